/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-view without a window over hostile guests: it does not die of them, and SIGTERM always ends
 * it within a second. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "harness/peer/child.h"

#define PLACES 6u
#define END_MS 1000u
#define STATE_MS 700u

struct scene {
	char path[64];
	struct peer_child guest;
	pid_t viewer;
};

static struct scene scenes[PLACES];

static void nap_ms(uint32_t ms)
{
	oriel_time_sleep_until_ns(oriel_time_now_ns() + ms * ORIEL_NS_PER_MS);
}

static pid_t start_viewer(const char *path)
{
	pid_t pid = fork();

	if (!pid) {
		dup2(open("/dev/null", O_RDWR | O_CLOEXEC), STDERR_FILENO);
		execl(ORIEL_VIEW_PATH, ORIEL_VIEW_PATH, "--allow-root", "--source", path,
			"--headless", NULL);
		_exit(127);
	}
	return pid;
}

static bool has_viewer(struct scene *scene)
{
	return peer_child_ask(&scene->guest, "status") &&
	       peer_child_get(&scene->guest, "frame") == 1;
}

static void wait_viewer(struct scene *scene)
{
	uint64_t end_ns = oriel_time_now_ns() + 10 * ORIEL_NS_PER_S;

	while (!has_viewer(scene)) {
		assert_true(oriel_time_now_ns() < end_ns);
		nap_ms(5);
	}
}

static void start_scene(struct scene *scene, bool with_viewer)
{
	peer_make_path(scene->path, sizeof scene->path);
	assert_true(peer_child_start(&scene->guest,
		(const char *const[]){PEER_GUEST_PATH, scene->path, "8388608", NULL}));
	assert_true(peer_child_ask(&scene->guest, "begin"));
	assert_true(peer_child_ask(&scene->guest, "mode 1 640 400"));
	assert_true(peer_child_ask(&scene->guest, "shape 0 32 32 128 0 0 0"));
	assert_true(peer_child_ask(&scene->guest, "frames"));
	scene->viewer = with_viewer ? start_viewer(scene->path) : 0;
	if (with_viewer)
		wait_viewer(scene);
}

/* Its exit status, or -1 when it had to be killed or died of a signal. */
static int end_viewer(struct scene *scene)
{
	uint64_t end_ns = oriel_time_now_ns() + END_MS * ORIEL_NS_PER_MS;
	int status = -1;

	kill(scene->viewer, SIGTERM);
	while (waitpid(scene->viewer, &status, WNOHANG) == 0) {
		if (oriel_time_now_ns() > end_ns) {
			kill(scene->viewer, SIGKILL);
			waitpid(scene->viewer, &status, 0);
			break;
		}
		nap_ms(1);
	}
	scene->viewer = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < PLACES; i++) {
		struct scene *scene = &scenes[i];

		if (scene->viewer > 0) {
			kill(scene->viewer, SIGKILL);
			waitpid(scene->viewer, NULL, 0);
		}
		scene->viewer = 0;
		if (scene->guest.pid)
			peer_child_stop(&scene->guest);
		if (*scene->path)
			unlink(scene->path);
	}
	return 0;
}

static void end_all_in(const char *const states[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		start_scene(&scenes[i], true);
	for (size_t i = 0; i < count; i++)
		assert_true(peer_child_ask(&scenes[i].guest, "%s", states[i]));
	nap_ms(STATE_MS);
	for (size_t i = 0; i < count; i++) {
		int status = end_viewer(&scenes[i]);

		if (status)
			fail_msg("in \"%s\" SIGTERM led to %d", states[i], status);
	}
}

static void test_sigterm_ends_it_while_attacked(void **state)
{
	static const char *const states[PLACES] = {"attack hold-frame-lock", "attack freeze-wp",
		"attack flood-frames", "attack flood-cursors", "attack noise-words",
		"attack wild-frames"};

	end_all_in(states, PLACES);
}

static void test_sigterm_ends_it_without_a_guest(void **state)
{
	static const char *const states[PLACES] = {
		"resize 0", "resize 8192", "unlink", "wipe", "part 4096", "freeze 60000"};

	end_all_in(states, PLACES);
}

static void test_sigterm_ends_it_before_there_is_anything(void **state)
{
	struct scene *scene = &scenes[0];

	peer_make_path(scene->path, sizeof scene->path);
	scene->viewer = start_viewer(scene->path);
	nap_ms(STATE_MS);
	assert_int_equal(end_viewer(scene), 0);
}

/* Attacked, robbed of its file and stopped, it is a subscriber again within three seconds. */
static void test_it_comes_back(void **state)
{
	static const char *const spoil[] = {"attack noise-pages", "attack hold-pointer-lock",
		"attack wild-cursors", "resize 4096", "replace 16777216", "attack flip-sessions"};
	struct scene *scene = &scenes[0];

	start_scene(scene, true);
	for (size_t i = 0; i < sizeof spoil / sizeof spoil[0]; i++) {
		uint64_t end_ns;

		assert_true(peer_child_ask(&scene->guest, "%s", spoil[i]));
		nap_ms(200);
		assert_true(peer_child_ask(&scene->guest, "behave"));
		assert_true(peer_child_ask(&scene->guest, "frames"));
		end_ns = oriel_time_now_ns() + 3 * ORIEL_NS_PER_S;
		while (!has_viewer(scene)) {
			if (oriel_time_now_ns() > end_ns)
				fail_msg("it did not come back after \"%s\"", spoil[i]);
			nap_ms(5);
		}
	}
	kill(scene->viewer, SIGSTOP);
	nap_ms(2200);
	assert_false(has_viewer(scene));
	kill(scene->viewer, SIGCONT);
	wait_viewer(scene);
	assert_int_equal(end_viewer(scene), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_sigterm_ends_it_while_attacked, tear_down),
		cmocka_unit_test_teardown(test_sigterm_ends_it_without_a_guest, tear_down),
		cmocka_unit_test_teardown(test_sigterm_ends_it_before_there_is_anything, tear_down),
		cmocka_unit_test_teardown(test_it_comes_back, tear_down),
	};

	return cmocka_run_group_tests_name("hostile-view", tests, NULL, NULL);
}
