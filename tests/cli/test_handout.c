/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections handed from one program to another, and reasons why there are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fd.h"
#include "control/handout.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <unistd.h>

static int make_pipe(void *data, GError **error)
{
	int *kept = data, ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	*kept = ends[0];
	return ends[1];
}

static int make_nothing(void *data, GError **error)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", (const char *)data);
	return -1;
}

struct server {
	int fd;
	int (*make)(void *data, GError **error);
	void *data;
};

static gpointer serve(gpointer data)
{
	const struct server *server = data;
	struct pollfd request = {.fd = server->fd, .events = POLLIN};

	poll(&request, 1, 10000);
	return GINT_TO_POINTER(oriel_handout_answer(server->fd, server->make, server->data));
}

static int ask(int fds[2], int (*make)(void *data, GError **error), void *data, GError **error)
{
	struct server server = {fds[0], make, data};
	GThread *thread = g_thread_new("server", serve, &server);
	int fd = oriel_handout_ask(fds[1], error);

	assert_true(GPOINTER_TO_INT(g_thread_join(thread)));
	return fd;
}

static void test_one_more_each_time(void **state)
{
	int fds[2], kept = -1;

	assert_true(oriel_handout_open(fds, NULL));
	for (int i = 0; i < 3; i++) {
		int fd = ask(fds, make_pipe, &kept, NULL);
		char byte;

		assert_int_equal(write(fd, "x", 1), 1);
		assert_int_equal(read(kept, &byte, 1), 1);
		/* The other end has kept none of it. */
		oriel_fd_close(&fd);
		assert_int_equal(read(kept, &byte, 1), 0);
		oriel_fd_close(&kept);
	}
	oriel_fd_close(&fds[0]);
	oriel_fd_close(&fds[1]);
}

static void test_reasons_arrive(void **state)
{
	char off[] = "the VM is off";
	g_autofree char *longest = g_strnfill(5000, 'x');
	g_autoptr(GError) error = NULL;
	int fds[2];

	assert_true(oriel_handout_open(fds, NULL));
	assert_int_equal(ask(fds, make_nothing, off, &error), -1);
	assert_string_equal(error->message, off);
	g_clear_error(&error);
	assert_int_equal(ask(fds, make_nothing, longest, &error), -1);
	assert_true(g_str_has_prefix(error->message, "xxx"));
	g_clear_error(&error);
	oriel_fd_close(&fds[0]);
	assert_int_equal(oriel_handout_ask(fds[1], &error), -1);
	assert_non_null(error);
	oriel_fd_close(&fds[1]);
}

static void test_nobody_asks_any_more(void **state)
{
	int fds[2];

	assert_true(oriel_handout_open(fds, NULL));
	assert_true(oriel_handout_answer(fds[0], make_nothing, NULL));
	oriel_fd_close(&fds[1]);
	assert_false(oriel_handout_answer(fds[0], make_nothing, NULL));
	oriel_fd_close(&fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_more_each_time),
		cmocka_unit_test(test_reasons_arrive),
		cmocka_unit_test(test_nobody_asks_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
