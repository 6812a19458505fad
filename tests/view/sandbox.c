/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sandbox, tried from inside, each time in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/remove_tree.h"
#include "tests/skip.h"
#include "view/sandbox.h"

struct place {
	char *top, *pictures, *source, *elsewhere;
};

static int set_up(void **state)
{
	struct place *place = g_new0(struct place, 1);

	place->top = g_dir_make_tmp("oriel-sandbox-XXXXXX", NULL);
	assert_non_null(place->top);
	place->pictures = g_build_filename(place->top, "pictures", NULL);
	place->source = g_build_filename(place->top, "source", NULL);
	place->elsewhere = g_build_filename(place->top, "elsewhere", NULL);
	mkdir(place->pictures, 0700);
	mkdir(place->source, 0700);
	mkdir(place->elsewhere, 0700);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	remove_tree(place->top);
	g_free(place->top);
	g_free(place->pictures);
	g_free(place->source);
	g_free(place->elsewhere);
	g_free(place);
	return 0;
}

static char *make_file(const char *folder)
{
	char *path = g_build_filename(folder, "file", NULL);

	assert_true(g_file_set_contents(path, "x", 1, NULL));
	return path;
}

/* What attempt(path) comes to in a sandboxed process: 0 or an errno. */
static int try_inside(const struct place *place, int (*attempt)(const char *path), const char *path)
{
	struct oriel_sandbox_folders folders = {
		.source = place->source, .pictures = place->pictures};
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		if (oriel_sandbox_enter(&folders, NULL))
			_exit(255);
		_exit(attempt(path));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

/* In a build without libseccomp nothing filters. */
static int has_filter(const char *path)
{
	return prctl(PR_GET_SECCOMP) == 2 ? 0 : ENOSYS;
}

/* ---- files ---------------------------------------------------------------------------------- */

static int do_read(const char *path)
{
	return open(path, O_RDONLY) < 0 ? errno : 0;
}

static int do_write(const char *path)
{
	return open(path, O_RDWR) < 0 ? errno : 0;
}

static int do_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	return fd < 0 || write(fd, "x", 1) != 1 || unlink(path) ? errno : 0;
}

static void files_are_closed(void **state)
{
	const struct place *place = *state;
	g_autofree char *own = make_file(place->pictures);
	g_autofree char *memory = make_file(place->source);
	g_autofree char *other = make_file(place->elsewhere);
	g_autofree char *made = g_strconcat(own, ".new", NULL);
	g_autofree char *made_at_source = g_strconcat(memory, ".new", NULL);
	g_autofree char *made_elsewhere = g_strconcat(other, ".new", NULL);

	if (!has_landlock())
		oriel_test_skip("this kernel has no Landlock");
	assert_int_equal(try_inside(place, do_read, other), EACCES);
	assert_int_equal(try_inside(place, do_write, other), EACCES);
	assert_int_equal(try_inside(place, do_make, made_elsewhere), EACCES);
	assert_int_equal(try_inside(place, do_write, "/etc/passwd"), EACCES);
	assert_int_equal(try_inside(place, do_make, made_at_source), EACCES);
	assert_int_equal(try_inside(place, do_write, memory), 0);
	assert_int_equal(try_inside(place, do_write, own), 0);
	assert_int_equal(try_inside(place, do_make, made), 0);
	assert_int_equal(try_inside(place, do_read, "/etc/passwd"), 0);
	assert_int_equal(try_inside(place, do_write, "/dev/null"), 0);
}

/* ---- system calls --------------------------------------------------------------------------- */

static int do_fork(const char *path)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return child < 0 ? errno : 0;
}

static int do_exec(const char *path)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int do_kill(const char *path)
{
	return kill(getppid(), 0) ? errno : 0;
}

static int do_ptrace(const char *path)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0;
}

static int do_netlink(const char *path)
{
	return socket(AF_NETLINK, SOCK_RAW, 0) < 0 ? errno : 0;
}

static int do_io_uring(const char *path)
{
	return syscall(SYS_io_uring_setup, 1, NULL) < 0 ? errno : 0;
}

static int do_unix_socket(const char *path)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static void *idle(void *data)
{
	return data;
}

static int do_thread(const char *path)
{
	pthread_t thread;
	int result = pthread_create(&thread, NULL, idle, NULL);

	return result ? result : pthread_join(thread, NULL);
}

static int do_abort(const char *path)
{
	signal(SIGABRT, SIG_IGN);
	return raise(SIGABRT) ? errno : 0;
}

static void system_calls_are_closed(void **state)
{
	const struct place *place = *state;

	if (try_inside(place, has_filter, NULL))
		oriel_test_skip("this build has no libseccomp");
	assert_int_equal(try_inside(place, do_fork, NULL), ENOSYS);
	assert_int_equal(try_inside(place, do_exec, NULL), ENOSYS);
	assert_int_equal(try_inside(place, do_kill, NULL), ENOSYS);
	assert_int_equal(try_inside(place, do_ptrace, NULL), ENOSYS);
	assert_int_equal(try_inside(place, do_netlink, NULL), ENOSYS);
	assert_int_equal(try_inside(place, do_io_uring, NULL), ENOSYS);
	assert_int_equal(try_inside(place, do_unix_socket, NULL), 0);
	assert_int_equal(try_inside(place, do_thread, NULL), 0);
	assert_int_equal(try_inside(place, do_abort, NULL), 0);
}

static int get_privileges(const char *path)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EPERM;
}

static void new_privileges_are_given_up(void **state)
{
	assert_int_equal(try_inside(*state, get_privileges, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_closed),
		TEST(system_calls_are_closed),
		TEST(new_privileges_are_given_up),
	};

	return cmocka_run_group_tests_name("view-sandbox", tests, NULL, NULL);
}
