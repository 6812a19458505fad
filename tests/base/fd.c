/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/oriel-test-fd-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(oriel_fd_write_all(fd, "0123456789", 10), 0);
	oriel_fd_close(&fd);
	assert_int_equal(fd, -1);
	return 0;
}

static int remove_file(void **state)
{
	return unlink(path);
}

static void test_read_file(void **state)
{
	char text[20];

	assert_int_equal(oriel_fd_read_file(path, text, sizeof text), 10);
	assert_string_equal(text, "0123456789");
	assert_int_equal(oriel_fd_read_file(path, text, 11), 10);
	assert_string_equal(text, "0123456789");
	assert_int_equal(oriel_fd_read_file(path, text, 10), -EFBIG);
	assert_int_equal(oriel_fd_read_file("/nowhere/at/all", text, sizeof text), -ENOENT);
	assert_int_equal(oriel_fd_read_file("/tmp", text, sizeof text), -EISDIR);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int open_in_scope(void)
{
	int fd ORIEL_FD_AUTO = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(is_open(fd));
	return fd;
}

static void test_closed_at_the_end_of_the_scope(void **state)
{
	assert_false(is_open(open_in_scope()));
}

static void test_steal(void **state)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int stolen = oriel_fd_steal(&fd);

	assert_int_equal(fd, -1);
	oriel_fd_close(&fd);
	assert_true(is_open(stolen));
	errno = 77;
	oriel_fd_close(&stolen);
	assert_int_equal(errno, 77);
}

static void test_write_reports_failure(void **state)
{
	int fd ORIEL_FD_AUTO = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(oriel_fd_write_all(fd, "x", 1), -EBADF);
	assert_int_equal(oriel_fd_write_all(fd, "", 0), 0);
}

static void test_messages_carry_a_descriptor(void **state)
{
	int ends[2], fd, file ORIEL_FD_AUTO = open(path, O_RDONLY | O_CLOEXEC);
	struct stat sent, got;
	char text[8];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(oriel_fd_receive(ends[1], text, sizeof text, &fd), -EAGAIN);
	assert_int_equal(oriel_fd_send(ends[0], "ab", 2, file), 0);
	assert_int_equal(oriel_fd_send(ends[0], "c", 1, -1), 0);
	assert_int_equal(oriel_fd_receive(ends[1], text, sizeof text, &fd), 2);
	assert_memory_equal(text, "ab", 2);
	assert_int_equal(fstat(file, &sent), 0);
	assert_int_equal(fstat(fd, &got), 0);
	assert_true(sent.st_ino == got.st_ino);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	oriel_fd_close(&fd);
	assert_int_equal(oriel_fd_receive(ends[1], text, sizeof text, &fd), 1);
	assert_int_equal(fd, -1);
	oriel_fd_close(&ends[1]);
	assert_int_equal(oriel_fd_send(ends[0], "d", 1, -1), -EPIPE);
	oriel_fd_close(&ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_closed_at_the_end_of_the_scope),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_write_reports_failure),
		cmocka_unit_test(test_messages_carry_a_descriptor),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
