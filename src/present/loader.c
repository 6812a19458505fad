/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/loader.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "base/fd.h"

/* A driver that takes longer to load hangs; whoever waits for it would, too. */
#define LOAD_LIMIT_MS 10000

struct oriel_loader {
	const struct oriel_presenter_ops *ops;
	const struct oriel_window *window;
	struct oriel_present_options options;
	pthread_t thread;
	bool is_running; /* and not joined yet */
	int done_fd;

	/* The thread's, while it runs. */
	struct oriel_presenter *loaded; /* NULL: it could not be created, error says why */
	struct oriel_error error;
};

static void *load(void *data)
{
	struct oriel_loader *loader = data;

	pthread_setname_np(pthread_self(), "oriel-load");
	loader->ops->create(&loader->loaded, loader->window, &loader->options, &loader->error);
	eventfd_write(loader->done_fd, 1);
	return NULL;
}

int oriel_loader_start(struct oriel_loader **ret_loader, const struct oriel_presenter_ops *ops,
	const struct oriel_window *window, const struct oriel_present_options *options,
	struct oriel_error *error)
{
	struct oriel_loader *loader = calloc(1, sizeof *loader);
	int result = -ENOMEM;

	if (loader) {
		*loader = (struct oriel_loader){.ops = ops, .window = window, .options = *options};
		loader->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		result = loader->done_fd < 0 ? -errno
					     : -pthread_create(&loader->thread, NULL, load, loader);
		loader->is_running = !result;
	}
	if (result) {
		oriel_loader_destroy(loader);
		return oriel_error_set_errno(error, result, "cannot load %s", ops->name);
	}
	*ret_loader = loader;
	return 0;
}

int oriel_loader_get_fd(const struct oriel_loader *loader)
{
	return loader->done_fd;
}

/* syscalls: read */
bool oriel_loader_take_rt(struct oriel_loader *loader, struct oriel_presenter **ret_presenter,
	const struct oriel_error **ret_error)
{
	if (!loader->is_running || eventfd_read(loader->done_fd, &(eventfd_t){0}))
		return false;
	pthread_join(loader->thread, NULL);
	loader->is_running = false;
	*ret_presenter = loader->loaded;
	*ret_error = &loader->error;
	loader->loaded = NULL;
	return true;
}

void oriel_loader_destroy(struct oriel_loader *loader)
{
	struct pollfd done;

	if (!loader)
		return;
	done = (struct pollfd){loader->done_fd, POLLIN, 0};
	if (loader->is_running && poll(&done, 1, LOAD_LIMIT_MS) <= 0)
		return;
	if (loader->is_running)
		pthread_join(loader->thread, NULL);
	if (loader->loaded)
		loader->loaded->ops->destroy(loader->loaded);
	oriel_fd_close(&loader->done_fd);
	free(loader);
}
