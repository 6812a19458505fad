/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our consumer against hostile, dying and vanishing guests. Each case must leave a reason on show
 * and, once the guest behaves, a live picture within three seconds; nothing may hang, crash or
 * grow.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "harness/peer/attack.h"
#include "harness/peer/child.h"
#include "hostile/sink.h"

#define LIVE_MS 3000u
#define BEGIN_MS 10000u
#define ATTACK_MS 1500u
#define GROUP 5u
/* What one turn may take at the very most: several locks, each waited for and given up. */
#define TURN_MAX_NS ORIEL_NS_PER_S
#define REGION "8388608"

struct scene {
	char path[64];
	struct peer_child guest;
	struct sink sink;
};

static struct scene scenes[GROUP]; /* outlive a test that fails, as their threads may */
static size_t scene_count;

static void nap_ms(uint32_t ms)
{
	oriel_time_sleep_until_ns(oriel_time_now_ns() + ms * ORIEL_NS_PER_MS);
}

static void start_guest(struct scene *scene)
{
	assert_true(peer_child_start(
		&scene->guest, (const char *const[]){PEER_GUEST_PATH, scene->path, REGION, NULL}));
	assert_true(peer_child_ask(&scene->guest, "damage tiles"));
	assert_true(peer_child_ask(&scene->guest, "rate 100"));
	assert_true(peer_child_ask(&scene->guest, "begin"));
	assert_true(peer_child_ask(&scene->guest, "frames"));
}

/* A scene with a live picture. */
static struct scene *start_scene(void)
{
	struct scene *scene = &scenes[scene_count++];

	peer_make_path(scene->path, sizeof scene->path);
	start_guest(scene);
	sink_start(&scene->sink, scene->path);
	assert_true(sink_wait_good(&scene->sink, 2, BEGIN_MS));
	return scene;
}

static int tear_down(void **state)
{
	int rc = 0;

	while (scene_count) {
		struct scene *scene = &scenes[--scene_count];

		if (sink_look(&scene->sink).longest_ns > TURN_MAX_NS)
			rc = -1;
		sink_stop(&scene->sink);
		peer_child_stop(&scene->guest);
		unlink(scene->path);
	}
	return rc;
}

static void expect_live(struct scene *scene, const char *after)
{
	uint64_t began_ns = oriel_time_now_ns();

	sink_clear(&scene->sink);
	if (!sink_wait_good(&scene->sink, 2, LIVE_MS))
		fail_msg("after %s no live picture within %u ms: %s", after, LIVE_MS,
			sink_look(&scene->sink).reason);
	print_message("# %s: live after %u ms\n", after,
		(unsigned int)((oriel_time_now_ns() - began_ns) / ORIEL_NS_PER_MS));
}

/* ---- attacks -------------------------------------------------------------------------------- */

/* What has to be on show at some time during an attack; others may go unnoticed as long as the
 * picture does not suffer. */
static const struct {
	const char *attack;
	enum oriel_link link;
} sentences[] = {
	{"hold-frame-lock", ORIEL_LINK_BAD_GUEST},
	{"stop-heart", ORIEL_LINK_STOPPED},
	{"flip-sessions", ORIEL_LINK_BAD_GUEST},
	{"wild-positions", ORIEL_LINK_BAD_GUEST},
	{"wild-offsets", ORIEL_LINK_BAD_GUEST},
	{"wild-frames", ORIEL_LINK_BAD_GUEST},
	{"take-all-slots", ORIEL_LINK_STARTING},
	{"other-version", ORIEL_LINK_UNSUPPORTED},
	{"no-magic", ORIEL_LINK_STOPPED},
	{"turn-clock-back", ORIEL_LINK_BAD_GUEST},
	{"freeze-wp", ORIEL_LINK_BAD_GUEST},
};

static void expect_sentence(struct scene *scene, const char *attack)
{
	struct sink_seen seen = sink_look(&scene->sink);

	print_message("# %s: links %#x, %u good, %u wrong, %u unfinished; %s\n", attack, seen.links,
		seen.good, seen.wrong, seen.unfinished, seen.reason);
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
		if (!strcmp(attack, sentences[i].attack) && !(seen.links & 1u << sentences[i].link))
			fail_msg("%s: not told; now: %s", attack, seen.reason);
}

static void run_group(const struct peer_attack *attacks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct scene *scene = start_scene();

		sink_clear(&scene->sink);
		if (!peer_child_ask(&scene->guest, "attack %s %zu", attacks[i].name, i))
			fail_msg("no attack %s", attacks[i].name);
	}
	nap_ms(ATTACK_MS);
	for (size_t i = 0; i < count; i++) {
		expect_sentence(&scenes[i], attacks[i].name);
		assert_true(peer_child_ask(&scenes[i].guest, "behave"));
		assert_true(peer_child_ask(&scenes[i].guest, "frames"));
		expect_live(&scenes[i], attacks[i].name);
	}
}

static void test_attacks_are_survived(void **state)
{
	size_t count = 0;

	while (peer_attacks[count].name)
		count++;
	for (size_t i = 0; i < count; i += GROUP) {
		run_group(&peer_attacks[i], count - i < GROUP ? count - i : GROUP);
		assert_int_equal(tear_down(state), 0);
	}
}

/* ---- the file ------------------------------------------------------------------------------- */

struct mishap {
	const char *commands[3];
	enum oriel_link link; /* to be told while it lasts; LINK_COUNT: nothing in particular */
};

static const struct mishap mishaps[] = {
	{{"resize 0"}, ORIEL_LINK_TOO_SMALL},
	{{"resize 4096"}, ORIEL_LINK_TOO_SMALL},
	{{"announce", "resize 4194304"}, ORIEL_LINK_STOPPED},
	{{"resize 16777216"}, ORIEL_LINK_STOPPED},
	{{"unlink"}, ORIEL_LINK_NO_FILE},
	{{"wipe"}, ORIEL_LINK_STOPPED},
	{{"replace"}, ORIEL_LINK_COUNT},
	{{"replace 16777216"}, ORIEL_LINK_COUNT},
};

/* A new file or a new size is another mapping, which knows nothing of a guest that was there. */
static void expect_told(struct scene *scene, const struct mishap *mishap)
{
	uint64_t end_ns = oriel_time_now_ns() + LIVE_MS * ORIEL_NS_PER_MS;
	uint32_t told = 1u << mishap->link;

	if (mishap->link == ORIEL_LINK_COUNT)
		return;
	if (mishap->link == ORIEL_LINK_STOPPED)
		told |= 1u << ORIEL_LINK_NO_GUEST;
	while (!(sink_look(&scene->sink).links & told)) {
		if (oriel_time_now_ns() > end_ns)
			fail_msg("%s: not told; %s", mishap->commands[0],
				sink_look(&scene->sink).reason);
		nap_ms(5);
	}
}

static void test_file_mishaps_are_survived(void **state)
{
	for (size_t i = 0; i < sizeof mishaps / sizeof mishaps[0]; i++) {
		struct scene *scene = start_scene();

		sink_clear(&scene->sink);
		for (size_t j = 0; mishaps[i].commands[j]; j++)
			assert_true(peer_child_ask(&scene->guest, "%s", mishaps[i].commands[j]));
		expect_told(scene, &mishaps[i]);
		assert_true(peer_child_ask(&scene->guest, "behave"));
		assert_true(peer_child_ask(&scene->guest, "frames"));
		expect_live(scene, mishaps[i].commands[0]);
		assert_int_equal(tear_down(state), 0);
	}
}

/* Truncated at every moment of a running picture, over and over. */
static void test_truncation_in_the_middle_of_frames(void **state)
{
	struct scene *scene = start_scene();

	for (int i = 0; i < 8; i++) {
		assert_true(peer_child_ask(&scene->guest, "mode 1 320 240"));
		assert_true(peer_child_ask(&scene->guest, "rate 1000"));
		nap_ms(10 + 7 * (uint32_t)i);
		assert_true(peer_child_ask(&scene->guest, "resize %d", 4096 * i * i));
		nap_ms(20);
		assert_true(peer_child_ask(&scene->guest, "behave"));
		assert_true(peer_child_ask(&scene->guest, "frames"));
		expect_live(scene, "truncation");
	}
}

static void test_guest_dies_in_the_middle_of_a_frame(void **state)
{
	struct scene *scene = start_scene();

	for (int i = 0; i < 3; i++) {
		sink_clear(&scene->sink);
		assert_true(peer_child_end(&scene->guest, "die 4096"));
		if (i)
			assert_true(sink_wait_link(&scene->sink, ORIEL_LINK_STOPPED, LIVE_MS));
		start_guest(scene);
		expect_live(scene, "death");
	}
}

/* ---- growth --------------------------------------------------------------------------------- */

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static size_t count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	size_t count = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps))
		count += strstr(line, "/dev/shm/") != NULL;
	fclose(maps);
	return count;
}

static void spoil_and_mend(struct scene *scene, size_t i)
{
	static const char *const ways[] = {"begin", "replace", "attack noise-words", "resize 8192",
		"attack wild-cursors", "replace 4194304", "attack flip-sessions", "wipe"};

	assert_true(peer_child_ask(&scene->guest, "%s", ways[i % 8]));
	nap_ms(60);
	assert_true(peer_child_ask(&scene->guest, "behave"));
	assert_true(peer_child_ask(&scene->guest, "frames"));
	expect_live(scene, ways[i % 8]);
}

static void test_nothing_grows(void **state)
{
	struct scene *scene = start_scene();
	struct mallinfo2 before, after;
	size_t fds, mappings;

	for (size_t i = 0; i < 8; i++)
		spoil_and_mend(scene, i);
	fds = count_fds();
	mappings = count_mappings();
	before = mallinfo2();
	for (size_t i = 0; i < 8; i++)
		spoil_and_mend(scene, i);
	after = mallinfo2();
	assert_int_equal(count_fds(), fds);
	assert_int_equal(count_mappings(), mappings);
	/* The picture of the moment may be larger than the one before; a lost region or message is
	 * found by its number. */
	assert_true(after.uordblks < before.uordblks + 65536);
}

/* ---- a viewer that was paused --------------------------------------------------------------- */

static _Noreturn void be_a_viewer(const char *path, atomic_uint *good)
{
	static struct sink sink;

	sink_start(&sink, path);
	for (;;) {
		atomic_store(good, sink_look(&sink).good);
		nap_ms(2);
	}
}

static bool wait_more(atomic_uint *good, unsigned int than, uint32_t wait_ms)
{
	uint64_t end_ns = oriel_time_now_ns() + wait_ms * ORIEL_NS_PER_MS;

	while (atomic_load(good) <= than) {
		if (oriel_time_now_ns() > end_ns)
			return false;
		nap_ms(2);
	}
	return true;
}

static void test_paused_viewer_comes_back(void **state)
{
	atomic_uint *good =
		mmap(NULL, sizeof *good, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct peer_child guest;
	char path[64];
	pid_t viewer;
	bool began, resumed;

	assert_true(good != MAP_FAILED);
	peer_make_path(path, sizeof path);
	viewer = fork();
	if (!viewer)
		be_a_viewer(path, good);
	assert_true(peer_child_start(
		&guest, (const char *const[]){PEER_GUEST_PATH, path, REGION, NULL}));
	assert_true(peer_child_ask(&guest, "begin"));
	assert_true(peer_child_ask(&guest, "frames"));
	began = wait_more(good, 2, BEGIN_MS);
	kill(viewer, SIGSTOP);
	nap_ms(2500);
	kill(viewer, SIGCONT);
	resumed = wait_more(good, atomic_load(good), LIVE_MS);
	kill(viewer, SIGKILL);
	waitpid(viewer, NULL, 0);
	peer_child_stop(&guest);
	unlink(path);
	munmap(good, sizeof *good);
	assert_true(began);
	assert_true(resumed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paused_viewer_comes_back),
		cmocka_unit_test_teardown(test_attacks_are_survived, tear_down),
		cmocka_unit_test_teardown(test_file_mishaps_are_survived, tear_down),
		cmocka_unit_test_teardown(test_truncation_in_the_middle_of_frames, tear_down),
		cmocka_unit_test_teardown(test_guest_dies_in_the_middle_of_a_frame, tear_down),
		cmocka_unit_test_teardown(test_nothing_grows, tear_down),
	};

	cmocka_set_test_filter(getenv("CASE"));
	return cmocka_run_group_tests_name("hostile-guest", tests, NULL, NULL);
}
