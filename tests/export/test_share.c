/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-export-share VIEWER: a shared picture as another program of the desktop gets it, on a
 * PipeWire server of the test. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <pipewire/pipewire.h>
#include <spa/param/video/format-utils.h>

#include "base/time.h"
#include "export/share.h"
#include "harness/sound/sound.h"
#include "skip.h"

#define NODE "oriel-test"
#define LIMIT_NS (30 * ORIEL_NS_PER_S)
#define NAP_NS ORIEL_NS_PER_MS
#define SIDE_MAX 256
#define PICTURES 30

static const char *viewer; /* the program */

/* ---- a program that looks ------------------------------------------------------------------- */

struct eye {
	struct pw_thread_loop *loop;
	struct pw_stream *stream;
	struct spa_hook listener;
	enum spa_video_format wanted;
	struct spa_video_info_raw format;
	_Atomic unsigned int
		count; /* of pictures, one after another that is the same not counted */
	uint32_t pixels[SIDE_MAX * SIDE_MAX]; /* the newest; read with the loop locked */
};

static void on_param(void *data, uint32_t id, const struct spa_pod *param)
{
	struct eye *eye = data;

	if (id == SPA_PARAM_Format && param)
		spa_format_video_raw_parse(param, &eye->format);
}

static void on_process(void *data)
{
	struct eye *eye = data;
	struct pw_buffer *buffer;

	while ((buffer = pw_stream_dequeue_buffer(eye->stream))) {
		struct spa_data *plane = &buffer->buffer->datas[0];
		size_t bytes = (size_t)eye->format.size.width * eye->format.size.height * 4;

		if (plane->data && plane->chunk->size == bytes && bytes <= sizeof eye->pixels) {
			eye->count += !eye->count || memcmp(eye->pixels, plane->data, bytes) != 0;
			memcpy(eye->pixels, plane->data, bytes);
		}
		pw_stream_queue_buffer(eye->stream, buffer);
	}
}

static const struct pw_stream_events eye_events = {
	PW_VERSION_STREAM_EVENTS,
	.param_changed = on_param,
	.process = on_process,
};

static void connect_eye(struct eye *eye)
{
	uint8_t memory[1024];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
	struct spa_rectangle size = {64, 64}, smallest = {1, 1}, largest = {SIDE_MAX, SIDE_MAX};
	struct spa_fraction rate = {30, 1}, slowest = {0, 1}, fastest = {240, 1};
	const struct spa_pod *formats[] = {spa_pod_builder_add_object(&builder,
		SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType,
		SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
		SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format, SPA_POD_Id(eye->wanted),
		SPA_FORMAT_VIDEO_size, SPA_POD_CHOICE_RANGE_Rectangle(&size, &smallest, &largest),
		SPA_FORMAT_VIDEO_framerate,
		SPA_POD_CHOICE_RANGE_Fraction(&rate, &slowest, &fastest))};

	assert_true(
		pw_stream_connect(eye->stream, PW_DIRECTION_INPUT, PW_ID_ANY,
			PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS, formats, 1) >= 0);
}

static struct eye *open_eye(const char *node, enum spa_video_format wanted)
{
	struct eye *eye = calloc(1, sizeof *eye);

	assert_non_null(eye);
	eye->wanted = wanted;
	pw_init(NULL, NULL);
	eye->loop = pw_thread_loop_new("eye", NULL);
	assert_int_equal(pw_thread_loop_start(eye->loop), 0);
	pw_thread_loop_lock(eye->loop);
	eye->stream = pw_stream_new_simple(pw_thread_loop_get_loop(eye->loop), "eye",
		pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture",
			PW_KEY_MEDIA_ROLE, "Camera", PW_KEY_TARGET_OBJECT, node, NULL),
		&eye_events, eye);
	assert_non_null(eye->stream);
	connect_eye(eye);
	pw_thread_loop_unlock(eye->loop);
	return eye;
}

static void close_eye(struct eye *eye)
{
	pw_thread_loop_lock(eye->loop);
	pw_stream_destroy(eye->stream);
	pw_thread_loop_unlock(eye->loop);
	pw_thread_loop_stop(eye->loop);
	pw_thread_loop_destroy(eye->loop);
	pw_deinit();
	free(eye);
}

/* ---- what is shared ------------------------------------------------------------------------- */

struct scene {
	struct oriel_tap *tap;
	struct oriel_share *share;
	uint32_t width_px, height_px;
	uint32_t pixels[SIDE_MAX * SIDE_MAX];
	_Atomic bool is_over;
	pthread_mutex_t lock; /* of what is shown */
	pthread_t thread;
	pid_t viewer; /* 0: none */
};

static void wake(void *data)
{
}

/* The render thread. */
static void *render(void *data)
{
	struct scene *scene = data;

	while (!scene->is_over) {
		pthread_mutex_lock(&scene->lock);
		if (oriel_tap_wants_rt(scene->tap, oriel_time_now_ns()))
			oriel_tap_take_rt(
				scene->tap, &(struct oriel_image){(uint8_t *)scene->pixels,
						    (size_t)scene->width_px * 4, scene->width_px,
						    scene->height_px, NULL});
		pthread_mutex_unlock(&scene->lock);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + NAP_NS / 2);
	}
	return NULL;
}

static void show(struct scene *scene, uint32_t width_px, uint32_t height_px, uint32_t seed)
{
	pthread_mutex_lock(&scene->lock);
	scene->width_px = width_px;
	scene->height_px = height_px;
	for (uint32_t i = 0; i < width_px * height_px; i++)
		scene->pixels[i] = (i * 2654435761u + seed * 40503u) & 0xffffff;
	oriel_tap_note_rt(scene->tap, NULL, oriel_time_now_ns());
	pthread_mutex_unlock(&scene->lock);
}

static uint32_t turn(uint32_t pixel, enum spa_video_format format)
{
	if (format == SPA_VIDEO_FORMAT_BGRx || format == SPA_VIDEO_FORMAT_BGRA)
		return pixel | 0xff000000u;
	return 0xff000000u | (pixel & 0xff00) | (pixel & 0xff) << 16 | pixel >> 16;
}

/* The eye sees what is shown now. */
static bool sees(struct scene *scene, struct eye *eye)
{
	bool same;

	pw_thread_loop_lock(eye->loop);
	same = eye->format.size.width == scene->width_px &&
	       eye->format.size.height == scene->height_px && eye->count;
	for (uint32_t i = 0; same && i < scene->width_px * scene->height_px; i++)
		same = eye->pixels[i] == turn(scene->pixels[i], eye->wanted);
	pw_thread_loop_unlock(eye->loop);
	return same;
}

static void wait_seen(struct scene *scene, struct eye *eye)
{
	uint64_t end_ns = oriel_time_now_ns() + LIMIT_NS;

	while (!sees(scene, eye)) {
		if (oriel_time_now_ns() > end_ns)
			fail_msg("not seen: %u pictures came, the last of %u x %u",
				(unsigned)eye->count, eye->format.size.width,
				eye->format.size.height);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + NAP_NS);
	}
}

static void share(struct scene *scene)
{
	static const struct oriel_share_name name = {NODE, "Screen of a test"};
	struct oriel_error error = {0};

	if (oriel_share_start(&scene->share, scene->tap, &name, &error))
		fail_msg("%s", error.message);
}

static void stop(struct scene *scene)
{
	oriel_share_stop(scene->share);
	scene->share = NULL;
	assert_true(oriel_tap_is_home(scene->tap));
	assert_true(sound_wait_listed(NODE, false));
}

/* ---- the cases ------------------------------------------------------------------------------ */

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);

	*state = scene;
	if (!scene || sound_find_obstacle())
		return 0;
	scene->tap = oriel_tap_create(wake, NULL);
	pthread_mutex_init(&scene->lock, NULL);
	show(scene, 64, 48, 0);
	return !scene->tap || !sound_start() || pthread_create(&scene->thread, NULL, render, scene);
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	if (scene->viewer)
		kill(scene->viewer, SIGKILL);
	if (scene->tap) {
		oriel_share_stop(scene->share);
		scene->is_over = true;
		pthread_join(scene->thread, NULL);
		oriel_tap_destroy(scene->tap);
		sound_stop();
	}
	free(scene);
	return 0;
}

static void need_server(void)
{
	if (sound_find_obstacle())
		oriel_test_skip("%s", sound_find_obstacle());
}

/* One after the other: each is seen, and no other one between. */
static void each_picture_arrives(void **state)
{
	struct scene *scene = *state;
	struct eye *eye;

	need_server();
	assert_int_equal(sound_find_listed(NODE), 0);
	share(scene);
	assert_true(sound_wait_listed(NODE, true));
	eye = open_eye(NODE, SPA_VIDEO_FORMAT_BGRx);
	wait_seen(scene, eye);
	assert_int_equal(eye->count, 1);
	for (uint32_t i = 1; i <= PICTURES; i++) {
		show(scene, 64, 48, i);
		wait_seen(scene, eye);
		assert_int_equal(eye->count, 1 + i);
	}
	assert_true(oriel_share_get_count(scene->share) >= 1 + PICTURES);
	close_eye(eye);
	stop(scene);
}

static void every_format_has_the_right_colours(void **state)
{
	static const enum spa_video_format formats[] = {SPA_VIDEO_FORMAT_BGRA,
		SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_RGBA, SPA_VIDEO_FORMAT_BGRx};
	struct scene *scene = *state;

	need_server();
	share(scene);
	assert_true(sound_wait_listed(NODE, true));
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct eye *eye = open_eye(NODE, formats[i]);

		/* Nothing changes: whoever comes sees the picture all the same. */
		wait_seen(scene, eye);
		close_eye(eye);
	}
	stop(scene);
}

static void another_size_is_agreed_on_anew(void **state)
{
	struct scene *scene = *state;
	struct eye *eye;

	need_server();
	share(scene);
	assert_true(sound_wait_listed(NODE, true));
	eye = open_eye(NODE, SPA_VIDEO_FORMAT_BGRx);
	wait_seen(scene, eye);
	show(scene, 100, 30, 7);
	wait_seen(scene, eye);
	show(scene, 64, 48, 8);
	wait_seen(scene, eye);
	close_eye(eye);
	stop(scene);
}

/* While nobody looks, copying ends after the few that fit; the next one to come sees the newest. */
static void nobody_looks_and_nothing_is_copied(void **state)
{
	struct scene *scene = *state;
	struct eye *eye;
	uint64_t missed;

	need_server();
	share(scene);
	assert_true(sound_wait_listed(NODE, true));
	eye = open_eye(NODE, SPA_VIDEO_FORMAT_BGRx);
	wait_seen(scene, eye);
	close_eye(eye);
	for (uint32_t i = 0; i < 3 * PICTURES; i++) {
		show(scene, 64, 48, 100 + i);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 3 * NAP_NS);
	}
	missed = oriel_tap_get_missed(scene->tap);
	assert_true(missed > PICTURES);
	eye = open_eye(NODE, SPA_VIDEO_FORMAT_BGRx);
	wait_seen(scene, eye);
	close_eye(eye);
	stop(scene);
}

/* The program as it is, in its sandbox. */
static void the_viewer_shares_what_it_shows(void **state)
{
	char *const argv[] = {(char *)viewer, (char[]){"--config"}, (char[]){"/dev/null"},
		(char[]){"--headless"}, (char[]){"--source"}, (char[]){"test:200x100@10"},
		(char[]){"--share"}, (char[]){"--allow-root"}, NULL};
	uint64_t end_ns = oriel_time_now_ns() + LIMIT_NS;
	struct scene *scene = *state;
	struct eye *eye;
	int status;

	need_server();
	assert_int_equal(posix_spawn(&scene->viewer, viewer, NULL, NULL, argv, environ), 0);
	assert_true(sound_wait_listed("Screen in Oriel", true));
	eye = open_eye("oriel-view", SPA_VIDEO_FORMAT_BGRx);
	while (eye->count < 10 && oriel_time_now_ns() < end_ns)
		oriel_time_sleep_until_ns(oriel_time_now_ns() + NAP_NS);
	assert_true(eye->count >= 10);
	assert_int_equal(eye->format.size.width, 200);
	assert_int_equal(eye->format.size.height, 100);
	close_eye(eye);
	kill(scene->viewer, SIGTERM);
	assert_int_equal(waitpid(scene->viewer, &status, 0), scene->viewer);
	scene->viewer = 0;
	assert_int_equal(status, 0);
	assert_true(sound_wait_listed("Screen in Oriel", false));
}

static void it_ends_with_the_server(void **state)
{
	struct scene *scene = *state;
	uint64_t end_ns = oriel_time_now_ns() + LIMIT_NS;
	struct oriel_error reason = {0};

	need_server();
	share(scene);
	assert_true(sound_wait_listed(NODE, true));
	sound_stop();
	while (!reason.code && oriel_time_now_ns() < end_ns) {
		oriel_share_get_reason(scene->share, &reason);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + NAP_NS);
	}
	assert_int_equal(reason.code, -EPIPE);
	oriel_share_stop(scene->share);
	scene->share = NULL;
	assert_true(oriel_tap_is_home(scene->tap));
	assert_true(oriel_share_start(&scene->share, scene->tap,
			    &(struct oriel_share_name){NODE, NODE}, &reason) < 0);
	assert_non_null(strstr(reason.message, "PipeWire"));
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_picture_arrives),
		cmocka_unit_test(every_format_has_the_right_colours),
		cmocka_unit_test(another_size_is_agreed_on_anew),
		cmocka_unit_test(nobody_looks_and_nothing_is_copied),
		cmocka_unit_test(the_viewer_shares_what_it_shows),
		cmocka_unit_test(it_ends_with_the_server),
	};

	viewer = argv[argc - 1];
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
