/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/early.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/fd.h"
#include "base/log.h"
#include "present/loader.h"
#include "present/soft/soft.h"
#include "present/stand_in.h"

struct early {
	struct oriel_stand_in stand_in; /* first soft, then what was asked for */
	const struct oriel_presenter_ops *ops;
	const struct oriel_window *window;
	struct oriel_present_options options;
	bool was_shown; /* there is something on the window */

	struct oriel_loader *loader;
	struct oriel_presenter *loaded; /* by it, and not used yet */
	int wait_fd;			/* it is done, or soft has news */
};

/* ---- going over to what was loaded ---------------------------------------------------------- */

/* What it could not take over, it does not show until the guest draws it again. */
static void take_over(struct early *early)
{
	struct oriel_presenter *loaded = early->loaded;
	struct oriel_stand_in_state state;
	struct oriel_error error = {0};

	early->loaded = NULL;
	oriel_soft_leave(early->stand_in.active, &state);
	if (oriel_stand_in_hand_over(loaded, &state, &error))
		oriel_log(ORIEL_LOG_WARNING, "%s cannot show the picture so far: %s",
			early->ops->name, error.message);
	/* Before soft takes away what it put there. */
	if (early->was_shown)
		loaded->ops->present_rt(loaded);
	oriel_stand_in_put(&early->stand_in, loaded);
	oriel_log(ORIEL_LOG_INFO,
		"%s is loaded and shows the picture from now on (until now: soft)",
		early->ops->name);
}

static void take_loaded(struct early *early)
{
	const struct oriel_error *reason;

	if (!oriel_loader_take_rt(early->loader, &early->loaded, &reason))
		return;
	epoll_ctl(early->wait_fd, EPOLL_CTL_DEL, oriel_loader_get_fd(early->loader), NULL);
	if (!early->loaded)
		oriel_log(ORIEL_LOG_WARNING, "the picture stays with soft, since %s failed: %s",
			early->ops->name, reason->message);
}

/* ---- instead of soft's own, until then ------------------------------------------------------ */

static void present_rt(struct oriel_presenter *presenter)
{
	struct early *early = (struct early *)presenter;
	struct oriel_presenter *soft = early->stand_in.active;

	early->was_shown = true;
	soft->ops->present_rt(soft);
}

static int get_fd(const struct oriel_presenter *presenter)
{
	return ((const struct early *)presenter)->wait_fd;
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	struct early *early = (struct early *)presenter;
	struct oriel_presenter *soft = early->stand_in.active;
	int result = soft->ops->dispatch_rt(soft);

	/* syscalls: epoll_ctl */
	take_loaded(early);
	if (early->loaded && !soft->ops->is_busy_rt(soft))
		take_over(early);
	return result;
}

/* ---- life ----------------------------------------------------------------------------------- */

static void destroy(struct oriel_presenter *presenter)
{
	struct early *early = (struct early *)presenter;

	if (!early)
		return;
	oriel_stand_in_end(&early->stand_in);
	oriel_loader_destroy(early->loader);
	if (early->loaded)
		early->loaded->ops->destroy(early->loaded);
	oriel_fd_close(&early->wait_fd);
	free(early);
}

static const struct oriel_presenter_ops early_ops = {.destroy = destroy};

static int begin_with_soft(struct early *early, struct oriel_error *error)
{
	static const struct oriel_soft_canvas no_canvas;
	static const struct oriel_soft_cursor no_cursor;
	struct oriel_stand_in_state state = {
		.window = early->window,
		.options = &early->options,
		.canvas = &no_canvas,
		.cursor = &no_cursor,
	};
	int result = oriel_stand_in_begin(&early->stand_in, &state, error);

	early->stand_in.forwards.present_rt = present_rt;
	early->stand_in.forwards.get_fd = get_fd;
	early->stand_in.forwards.dispatch_rt = dispatch_rt;
	return result;
}

static int watch(struct early *early, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return fd >= 0 && epoll_ctl(early->wait_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int start(struct early *early, struct oriel_error *error)
{
	const struct oriel_presenter *soft = early->stand_in.active;
	int result = oriel_loader_start(
		&early->loader, early->ops, early->window, &early->options, error);

	if (result)
		return result;
	early->wait_fd = epoll_create1(EPOLL_CLOEXEC);
	result = early->wait_fd < 0 ? -errno : watch(early, oriel_loader_get_fd(early->loader));
	if (!result)
		result = watch(early, soft->ops->get_fd(soft));
	return result ? oriel_error_set_errno(error, result, "cannot load %s", early->ops->name)
		      : 0;
}

int oriel_early_create(struct oriel_presenter **ret_presenter,
	const struct oriel_presenter_ops *ops, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	struct early *early = calloc(1, sizeof *early);
	int result;

	if (!early)
		return oriel_error_set_errno(error, -ENOMEM, "cannot load %s", ops->name);
	early->stand_in.base.ops = &early_ops;
	early->ops = ops;
	early->window = window;
	early->options = *options;
	early->wait_fd = -1;
	result = begin_with_soft(early, error);
	if (!result)
		result = start(early, error);
	if (result) {
		destroy(&early->stand_in.base);
		return result;
	}
	*ret_presenter = &early->stand_in.base;
	return 0;
}
