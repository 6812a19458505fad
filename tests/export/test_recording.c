/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was recorded is what was shown, to the bit, as FFmpeg's own programs read it. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/time.h"
#include "export/encoder.h"
#include "export/recording.h"
#include "skip.h"

#define LIMIT_NS (60 * ORIEL_NS_PER_S)
#define NAP_NS (ORIEL_NS_PER_MS / 2)
#define PICTURES 40
/* Far apart in time, so that a cluster is not enough: 40 take 6 seconds. */
#define PERIOD_NS (150 * ORIEL_NS_PER_MS + 300000)
#define BEGIN_NS (5 * ORIEL_NS_PER_S)

/* A render thread's end of a tap, and all that it has shown. */
struct scene {
	struct oriel_tap *tap;
	struct oriel_recording *recording;
	char *folder, *path;
	uint32_t width_px, height_px;
	uint8_t *pixels;
	uint32_t seed;
	uint64_t time_ns;
	GByteArray *shown; /* R,G,B of each picture */
};

static void wake(void *data)
{
}

static int set_up(void **state)
{
	struct scene *scene = g_new0(struct scene, 1);

	scene->folder = g_dir_make_tmp("oriel-recording-XXXXXX", NULL);
	assert_non_null(scene->folder);
	scene->path = g_build_filename(scene->folder, "film.mkv", NULL);
	scene->tap = oriel_tap_create(wake, NULL);
	scene->shown = g_byte_array_new();
	scene->seed = 1;
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;
	const char *name;
	GDir *folder = g_dir_open(scene->folder, 0, NULL);

	oriel_tap_orphan(scene->tap);
	oriel_recording_destroy(scene->recording);
	oriel_tap_destroy(scene->tap);
	while ((name = g_dir_read_name(folder))) {
		g_autofree char *path = g_build_filename(scene->folder, name, NULL);

		g_unlink(path);
	}
	g_dir_close(folder);
	g_rmdir(scene->folder);
	g_byte_array_unref(scene->shown);
	g_free(scene->pixels);
	g_free(scene->path);
	g_free(scene->folder);
	g_free(scene);
	return 0;
}

static void nap(void)
{
	oriel_time_sleep_until_ns(oriel_time_now_ns() + NAP_NS);
}

static uint32_t next_random(struct scene *scene)
{
	scene->seed = scene->seed * 1664525u + 1013904223u;
	return scene->seed >> 8;
}

static void set_size(struct scene *scene, uint32_t width_px, uint32_t height_px)
{
	g_free(scene->pixels);
	scene->width_px = width_px;
	scene->height_px = height_px;
	scene->pixels = g_malloc((gsize)width_px * height_px * 4);
	for (gsize i = 0; i < (gsize)width_px * height_px * 4; i++)
		scene->pixels[i] = (uint8_t)(i % 4 == 3 ? 0x55 : next_random(scene));
}

/* A part of the picture becomes noise, another one colour. */
static struct oriel_damage change(struct scene *scene)
{
	struct oriel_damage damage = {.count = 1};
	struct oriel_rect *rect = damage.rects;
	uint8_t flat = (uint8_t)next_random(scene);

	rect->x = next_random(scene) % scene->width_px;
	rect->y = next_random(scene) % scene->height_px;
	rect->w = 1 + next_random(scene) % (scene->width_px - rect->x);
	rect->h = 1 + next_random(scene) % (scene->height_px - rect->y);
	for (uint32_t y = rect->y; y < rect->y + rect->h; y++)
		for (uint32_t x = rect->x; x < rect->x + rect->w; x++)
			for (int c = 0; c < 3; c++)
				scene->pixels[((gsize)y * scene->width_px + x) * 4 + (gsize)c] =
					y % 2 ? flat : (uint8_t)next_random(scene);
	return damage;
}

/* True once the tap has taken what is shown, or wants nothing any more. */
static bool take(struct scene *scene)
{
	struct oriel_image image = {
		scene->pixels, (size_t)scene->width_px * 4, scene->width_px, scene->height_px};
	struct oriel_recording_news news;
	uint64_t end_ns = oriel_time_now_ns() + LIMIT_NS;
	int idle = 0;

	while (idle < 2 && oriel_time_now_ns() < end_ns) {
		oriel_recording_get_news(scene->recording, &news);
		if (news.has_ended)
			return true;
		if (oriel_tap_wants_rt(scene->tap, scene->time_ns)) {
			oriel_tap_take_rt(scene->tap, &image);
			idle = 0;
		} else {
			idle += news.written + news.missed > 0;
		}
		nap();
	}
	return idle == 2;
}

static void wait_written(struct scene *scene, uint64_t pictures)
{
	uint64_t end_ns = oriel_time_now_ns() + LIMIT_NS;
	struct oriel_recording_news news;

	do {
		assert_true(take(scene));
		oriel_recording_get_news(scene->recording, &news);
		assert_true(oriel_time_now_ns() < end_ns);
	} while (news.written < pictures && !news.has_ended);
}

static void remember(struct scene *scene)
{
	for (gsize i = 0; i < (gsize)scene->width_px * scene->height_px; i++) {
		uint8_t rgb[] = {
			scene->pixels[4 * i + 2], scene->pixels[4 * i + 1], scene->pixels[4 * i]};

		g_byte_array_append(scene->shown, rgb, sizeof rgb);
	}
}

/* Shows so many pictures, the first without a change, and waits until each is written. */
static void show(struct scene *scene, unsigned int pictures, uint64_t already)
{
	for (unsigned int i = 0; i < pictures; i++) {
		struct oriel_damage damage;

		if (i || already) {
			damage = i ? change(scene) : (struct oriel_damage){.full = true};
			scene->time_ns += PERIOD_NS;
			oriel_tap_note_rt(scene->tap, &damage, scene->time_ns);
		}
		remember(scene);
		wait_written(scene, already + i + 1);
	}
}

static void start(struct scene *scene, const char *encoder)
{
	struct oriel_error error = {0};

	scene->time_ns = BEGIN_NS;
	if (oriel_recording_start(&scene->recording, scene->tap, scene->path, encoder, &error))
		fail_msg("%s", error.message);
}

static void end(struct scene *scene, struct oriel_recording_news *ret_news)
{
	oriel_tap_orphan(scene->tap);
	oriel_recording_finish(scene->recording);
	oriel_recording_get_news(scene->recording, ret_news);
	assert_true(ret_news->has_ended);
}

/* Runs a program to its end. */
static void run(const char *const *argv)
{
	g_autoptr(GError) error = NULL;
	int status;

	if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
		    NULL, NULL, &status, &error)) {
		assert_true(g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT));
		oriel_test_skip("ffmpeg is not installed");
	}
	assert_true(g_spawn_check_wait_status(status, NULL));
}

/* The pictures in a file as R,G,B, and the time of each, a line each. */
static void decode(
	struct scene *scene, const char *path, GByteArray **ret_pictures, char ***ret_times)
{
	g_autofree char *pictures = g_build_filename(scene->folder, "pictures.rgb", NULL);
	g_autofree char *times = g_build_filename(scene->folder, "times", NULL);
	const char *const decoding[] = {"ffmpeg", "-v", "fatal", "-xerror", "-y", "-i", path,
		"-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", pictures, NULL};
	const char *const probing[] = {"ffprobe", "-v", "error", "-show_entries", "packet=pts_time",
		"-of", "csv=p=0", "-o", times, path, NULL};
	g_autofree char *text = NULL;
	char *data;
	gsize bytes;

	run(decoding);
	run(probing);
	assert_true(g_file_get_contents(pictures, &data, &bytes, NULL));
	*ret_pictures = g_byte_array_new_take((guint8 *)data, bytes);
	assert_true(g_file_get_contents(times, &text, NULL, NULL));
	*ret_times = g_strsplit(g_strchomp(text), "\n", -1);
}

static void assert_film(
	struct scene *scene, const char *path, const uint8_t *shown, unsigned int pictures)
{
	gsize bytes = (gsize)scene->width_px * scene->height_px * 3;
	g_autoptr(GByteArray) found = NULL;
	g_auto(GStrv) times = NULL;

	decode(scene, path, &found, &times);
	assert_int_equal(g_strv_length(times), pictures);
	for (unsigned int i = 0; i < pictures; i++)
		assert_int_equal((int)(g_ascii_strtod(times[i], NULL) * 10000 + 0.5),
			(uint64_t)i * PERIOD_NS / 100000);
	assert_int_equal(found->len, bytes * pictures);
	assert_memory_equal(found->data, shown, found->len);
}

/* ---- the cases ------------------------------------------------------------------------------ */

static void check_encoder(struct scene *scene, const char *encoder, uint32_t width_px,
	uint32_t height_px, unsigned int pictures)
{
	struct oriel_encoder *opened = NULL;
	struct oriel_error error;
	struct oriel_recording_news news;

	if (oriel_encoder_open(&opened, encoder, 64, 64, &error))
		oriel_test_skip("no such encoder here");
	opened->ops->close(opened);
	set_size(scene, width_px, height_px);
	start(scene, encoder);
	show(scene, pictures, 0);
	end(scene, &news);
	assert_int_equal(news.error.code, 0);
	assert_int_equal(news.written, pictures);
	assert_int_equal(news.missed, 0);
	assert_film(scene, scene->path, scene->shown->data, pictures);
}

static void h264_keeps_every_bit_and_time(void **state)
{
	check_encoder(*state, "h264", 101, 67, PICTURES);
}

static void ffv1_keeps_every_bit_and_time(void **state)
{
	check_encoder(*state, "ffv1", 101, 67, PICTURES);
}

static void raw_keeps_every_bit_and_time(void **state)
{
	check_encoder(*state, "raw", 101, 67, PICTURES);
}

static void small_pictures_keep_every_bit(void **state)
{
	check_encoder(*state, "ffv1", 8, 9, 3);
}

static void the_smallest_picture_is_recorded(void **state)
{
	check_encoder(*state, "auto", 1, 1, 3);
}

/* FFV1 would lose what is so narrow, and H.264 knows nothing so high. */
static void what_one_encoder_refuses_another_takes(void **state)
{
	struct oriel_encoder *opened = NULL;
	struct oriel_error error;

	assert_int_not_equal(oriel_encoder_open(&opened, "ffv1", 2, 20000, &error), 0);
	assert_int_not_equal(oriel_encoder_open(&opened, "h264", 2, 20000, &error), 0);
	assert_int_equal(oriel_encoder_open(&opened, "auto", 2, 20000, &error), 0);
	assert_string_equal(opened->ops->name, "raw");
	opened->ops->close(opened);
}

static void ffv1_takes_the_largest_screens(void **state)
{
	struct oriel_encoder *opened = NULL;
	struct oriel_error error;

	if (oriel_encoder_open(&opened, "ffv1", 64, 64, &error))
		oriel_test_skip("no such encoder here");
	opened->ops->close(opened);
	assert_int_equal(oriel_encoder_open(&opened, "ffv1", 7680, 4320, &error), 0);
	opened->ops->close(opened);
}

static void another_size_is_another_file(void **state)
{
	struct scene *scene = *state;
	g_autofree char *second = g_build_filename(scene->folder, "film-2.mkv", NULL);
	struct oriel_recording_news news;
	gsize first_bytes;

	set_size(scene, 64, 48);
	start(scene, "raw");
	show(scene, 3, 0);
	first_bytes = scene->shown->len;
	assert_film(scene, scene->path, scene->shown->data, 3);
	set_size(scene, 80, 30);
	show(scene, 4, 3);
	end(scene, &news);
	assert_int_equal(news.error.code, 0);
	assert_int_equal(news.written, 7);
	assert_film(scene, second, scene->shown->data + first_bytes, 4);
}

static void no_file_is_replaced(void **state)
{
	struct scene *scene = *state;
	struct oriel_error error = {0};

	assert_true(g_file_set_contents(scene->path, "mine", -1, NULL));
	assert_int_equal(
		oriel_recording_start(&scene->recording, scene->tap, scene->path, "raw", &error),
		-EEXIST);
	assert_non_null(strstr(error.message, scene->path));
	assert_non_null(strstr(error.message, "name another one"));
}

static void without_a_picture_there_is_no_file(void **state)
{
	struct scene *scene = *state;
	struct oriel_recording_news news;

	start(scene, "raw");
	assert_true(g_file_test(scene->path, G_FILE_TEST_EXISTS));
	end(scene, &news);
	assert_int_equal(news.error.code, 0);
	assert_int_equal(news.written, 0);
	assert_false(g_file_test(scene->path, G_FILE_TEST_EXISTS));
}

/* The limit of a file's size is to write() what a full disk is. */
static void a_full_disk_ends_it_with_what_it_has(void **state)
{
	struct scene *scene = *state;
	struct rlimit before, limit;
	struct oriel_recording_news news;

	set_size(scene, 64, 48);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 5 * 64 * 48 * 4;
	setrlimit(RLIMIT_FSIZE, &limit);
	start(scene, "raw");
	show(scene, 8, 0);
	end(scene, &news);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(news.error.code, -EFBIG);
	assert_non_null(strstr(news.error.message, scene->path));
	assert_int_equal(news.written, 4);
	assert_film(scene, scene->path, scene->shown->data, 4);
}

/* The file's head finds room, the first picture does not. */
static void on_a_disk_too_small_for_a_picture_there_is_no_file(void **state)
{
	struct scene *scene = *state;
	struct rlimit before, limit;
	struct oriel_recording_news news;

	set_size(scene, 64, 48);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &limit);
	start(scene, "raw");
	show(scene, 1, 0);
	end(scene, &news);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(news.error.code, -EFBIG);
	assert_non_null(strstr(news.error.message, "no such file"));
	assert_int_equal(news.written, 0);
	assert_int_equal(news.bytes, 0);
	assert_false(g_file_test(scene->path, G_FILE_TEST_EXISTS));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(h264_keeps_every_bit_and_time),
		TEST(ffv1_keeps_every_bit_and_time),
		TEST(raw_keeps_every_bit_and_time),
		TEST(small_pictures_keep_every_bit),
		TEST(the_smallest_picture_is_recorded),
		TEST(what_one_encoder_refuses_another_takes),
		TEST(ffv1_takes_the_largest_screens),
		TEST(another_size_is_another_file),
		TEST(no_file_is_replaced),
		TEST(without_a_picture_there_is_no_file),
		TEST(a_full_disk_ends_it_with_what_it_has),
		TEST(on_a_disk_too_small_for_a_picture_there_is_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
