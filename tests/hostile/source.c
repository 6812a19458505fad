/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "hostile/source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/time.h"
#include "harness/peer/child.h"
#include "harness/peer/pattern.h"

#define FRAME_NS (4 * ORIEL_NS_PER_MS)
#define SOURCE_PITCH_EXTRA 12u /* so that the source's rows are not the wire's */

/* ---- the thread ----------------------------------------------------------------------------- */

static void draw(struct source *source)
{
	const struct oriel_picture *picture = &source->picture;
	uint32_t bytes = oriel_pixel_get_info(picture->format)->bytes;

	for (uint32_t y = 0; y < picture->rows; y++)
		peer_pattern_draw_row(source->pixels + (size_t)y * picture->pitch_bytes, bytes,
			picture->width_px, picture->height_px, y, source->serial);
}

static bool get_damage(const struct source *source, struct oriel_damage *ret_damage)
{
	struct peer_rect rects[PEER_RECTS_MAX];
	uint32_t count = peer_pattern_get_damage(
		rects, source->picture.width_px, source->picture.height_px, source->serial);

	oriel_damage_clear(ret_damage);
	for (uint32_t i = 0; i < count; i++)
		oriel_damage_add(ret_damage,
			(struct oriel_rect){rects[i].x, rects[i].y, rects[i].w, rects[i].h});
	return count > 0 && !source->full_damage;
}

static void note_time(struct source *source, uint64_t began_ns)
{
	uint64_t took_ns = oriel_time_now_ns() - began_ns;

	if (took_ns > source->longest_ns)
		source->longest_ns = took_ns;
}

static void publish(struct source *source, uint64_t now_ns)
{
	struct oriel_damage damage;
	uint64_t began_ns;
	int rc;

	if (!source->frames_left || now_ns < source->next_frame_ns ||
		!oriel_producer_is_watched(source->producer) ||
		!oriel_producer_is_ready(source->producer))
		return;
	draw(source);
	began_ns = oriel_time_now_ns();
	rc = oriel_producer_publish_rt(source->producer, &source->picture, source->pixels,
		get_damage(source, &damage) ? &damage : NULL);
	note_time(source, began_ns);
	if (rc != 1)
		return;
	source->serial++;
	source->published++;
	source->frames_left--;
	source->next_frame_ns = now_ns + FRAME_NS;
}

static void step(struct source *source, uint64_t now_ns)
{
	uint64_t now_ms = now_ns / ORIEL_NS_PER_MS;

	if (now_ms < source->next_step_ms)
		return;
	source->next_step_ms = now_ms + ORIEL_PRODUCER_STEP_MS;
	if (oriel_producer_step(source->producer, now_ms)) {
		source->sessions++;
		source->serial = 0;
	}
	if (oriel_producer_take_new_viewer(source->producer))
		oriel_producer_repeat_rt(source->producer);
	if (oriel_producer_take_new_pointer_viewer(source->producer))
		oriel_producer_repeat_cursor_rt(source->producer);
	source->set_cursors +=
		oriel_producer_take_set_cursor_rt(source->producer, &source->x_px, &source->y_px);
}

static void *run(void *data)
{
	struct source *source = data;
	bool quit = false;

	while (!quit) {
		uint64_t now_ns;

		pthread_mutex_lock(&source->mutex);
		now_ns = oriel_time_now_ns();
		step(source, now_ns);
		note_time(source, now_ns);
		publish(source, now_ns);
		quit = source->quit;
		pthread_mutex_unlock(&source->mutex);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS / 2);
	}
	return NULL;
}

/* ---- door ----------------------------------------------------------------------------------- */

static void create(struct source *source)
{
	const struct oriel_producer_options options = {
		.host_version = "test", .capture = "pattern", .accepts_set_cursor = true};
	struct oriel_error error = {0};

	if (oriel_producer_create(&source->producer, source->base, source->size_bytes, &options,
		    oriel_time_now_ns() / ORIEL_NS_PER_MS, &error) < 0)
		fail_msg("%s", error.message);
	source->serial = 0;
}

void source_start(struct source *source, size_t size_bytes)
{
	int fd;

	memset(source, 0, sizeof *source);
	peer_make_path(source->path, sizeof source->path);
	fd = open(source->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size_bytes), 0);
	source->size_bytes = size_bytes;
	source->base = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	assert_true(source->base != MAP_FAILED);
	create(source);
	pthread_mutex_init(&source->mutex, NULL);
	source_set_picture(source, ORIEL_PIXEL_BGRA, 200, 100);
	assert_int_equal(pthread_create(&source->thread, NULL, run, source), 0);
}

void source_stop(struct source *source)
{
	pthread_mutex_lock(&source->mutex);
	source->quit = true;
	pthread_mutex_unlock(&source->mutex);
	pthread_join(source->thread, NULL);
	pthread_mutex_destroy(&source->mutex);
	oriel_producer_destroy(source->producer);
	munmap(source->base, source->size_bytes);
	unlink(source->path);
	free(source->pixels);
}

void source_restart(struct source *source)
{
	pthread_mutex_lock(&source->mutex);
	oriel_producer_destroy(source->producer);
	create(source);
	pthread_mutex_unlock(&source->mutex);
}

void source_set_picture(struct source *source, enum oriel_pixel_format format, uint32_t width_px,
	uint32_t height_px)
{
	struct oriel_picture picture = {.format = format,
		.width_px = width_px,
		.height_px = height_px,
		.rows = height_px,
		.screen_width_px = width_px,
		.screen_height_px = height_px};

	picture.pitch_bytes = oriel_picture_get_row_bytes(&picture) + SOURCE_PITCH_EXTRA;
	pthread_mutex_lock(&source->mutex);
	source->picture = picture;
	free(source->pixels);
	source->pixels = malloc((size_t)picture.pitch_bytes * height_px);
	assert_non_null(source->pixels);
	pthread_mutex_unlock(&source->mutex);
}

void source_send_frames(struct source *source, uint32_t count)
{
	pthread_mutex_lock(&source->mutex);
	source->frames_left = count;
	pthread_mutex_unlock(&source->mutex);
}

void source_move_cursor(struct source *source)
{
	pthread_mutex_lock(&source->mutex);
	source->moves_cursor = true;
	pthread_mutex_unlock(&source->mutex);
}

int source_send_cursor(struct source *source, int32_t x_px, int32_t y_px,
	const struct oriel_cursor_shape *shape, uint32_t serial)
{
	struct oriel_cursor_shape drawn;
	uint8_t *image = NULL;
	int rc;

	if (shape) {
		drawn = *shape;
		image = malloc(oriel_cursor_get_image_bytes(shape));
		assert_non_null(image);
		peer_pattern_draw_cursor(image, oriel_cursor_get_image_bytes(shape), serial);
		drawn.image = image;
	}
	pthread_mutex_lock(&source->mutex);
	rc = oriel_producer_publish_cursor_rt(
		source->producer, x_px, y_px, true, shape ? &drawn : NULL);
	pthread_mutex_unlock(&source->mutex);
	free(image);
	return rc;
}

struct source source_look(struct source *source)
{
	struct source copy;

	pthread_mutex_lock(&source->mutex);
	copy = *source;
	pthread_mutex_unlock(&source->mutex);
	return copy;
}
