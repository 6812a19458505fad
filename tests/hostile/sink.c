/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "hostile/sink.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "harness/peer/pattern.h"

#define PIXELS_NS (30 * ORIEL_NS_PER_MS)
#define NAP_MAX_NS (5 * ORIEL_NS_PER_MS)
#define NAP_MIN_NS (50 * ORIEL_NS_PER_US)

/* ---- pixels --------------------------------------------------------------------------------- */

static bool copy_rect(struct sink *sink, const struct oriel_frame *frame,
	const struct oriel_rect *rect, uint64_t deadline_ns)
{
	const struct oriel_picture *picture = &frame->picture;
	size_t row_bytes = oriel_picture_get_row_bytes(picture);
	uint32_t bytes = oriel_pixel_get_info(picture->format)->bytes;

	for (uint32_t y = rect->y; y < rect->y + rect->h && y < picture->rows; y++) {
		size_t from = (size_t)y * picture->pitch_bytes + (size_t)rect->x * bytes;
		size_t length = (size_t)rect->w * bytes;

		if (oriel_consumer_wait_bytes_rt(
			    sink->consumer, frame, from + length, deadline_ns) < 0)
			return false;
		memcpy(sink->picture + y * row_bytes + (size_t)rect->x * bytes,
			frame->pixels + from, length);
	}
	return true;
}

static bool copy_damage(struct sink *sink, const struct oriel_frame *frame, uint64_t deadline_ns)
{
	const struct oriel_rect all = {0, 0, frame->picture.width_px, frame->picture.rows};

	if (frame->damage.full)
		return copy_rect(sink, frame, &all, deadline_ns);
	for (uint32_t i = 0; i < frame->damage.count; i++)
		if (!copy_rect(sink, frame, &frame->damage.rects[i], deadline_ns))
			return false;
	return true;
}

static bool is_pattern(const struct sink *sink, const struct oriel_frame *frame)
{
	const struct oriel_picture *picture = &frame->picture;
	size_t row_bytes = oriel_picture_get_row_bytes(picture);
	uint8_t *row = malloc(row_bytes);
	bool same = row != NULL;

	for (uint32_t y = 0; same && y < picture->rows; y++) {
		peer_pattern_draw_row(row, oriel_pixel_get_info(picture->format)->bytes,
			picture->width_px, picture->height_px, y, frame->serial);
		same = !memcmp(row, sink->picture + y * row_bytes, row_bytes);
	}
	free(row);
	return same;
}

/* What a viewer relies on, whatever the guest wrote. */
static void check_promises(const struct oriel_frame *frame)
{
	const struct oriel_picture *picture = &frame->picture;

	assert_non_null(oriel_pixel_get_info(picture->format));
	assert_true(picture->width_px && picture->rows && picture->rows <= picture->height_px);
	assert_true(oriel_picture_get_row_bytes(picture) <= picture->pitch_bytes);
	assert_true((uint64_t)picture->rows * picture->pitch_bytes <= frame->size_bytes);
	for (uint32_t i = 0; i < frame->damage.count; i++) {
		const struct oriel_rect *rect = &frame->damage.rects[i];

		assert_true((uint64_t)rect->x + rect->w <= picture->width_px);
		assert_true((uint64_t)rect->y + rect->h <= picture->height_px);
	}
}

static void prepare(struct sink *sink, const struct oriel_frame *frame)
{
	if (!frame->layout_changed)
		return;
	free(sink->picture);
	sink->picture = calloc(frame->picture.rows, oriel_picture_get_row_bytes(&frame->picture));
	assert_non_null(sink->picture);
}

/* ---- the thread ----------------------------------------------------------------------------- */

/* Returns how long it waited for pixels. */
static uint64_t take_frame(struct sink *sink, uint64_t now_ns)
{
	struct sink_seen *seen = &sink->seen;
	struct oriel_frame frame;
	bool complete, good;

	if (oriel_consumer_take_frame_rt(sink->consumer, now_ns, &frame) != 1)
		return 0;
	check_promises(&frame);
	prepare(sink, &frame);
	now_ns = oriel_time_now_ns();
	complete = copy_damage(sink, &frame, now_ns + PIXELS_NS);
	now_ns = oriel_time_now_ns() - now_ns;
	good = complete && is_pattern(sink, &frame);
	if (oriel_consumer_give_frame_rt(sink->consumer, &frame, complete) < 0 || !complete) {
		seen->unfinished++;
		return now_ns;
	}
	seen->good += good;
	seen->partial += good && !frame.damage.full;
	seen->wrong += !good;
	seen->picture = frame.picture;
	seen->serial = frame.serial;
	return now_ns;
}

static void check_shape(struct sink *sink, const struct oriel_cursor_shape *shape)
{
	size_t bytes = oriel_cursor_get_image_bytes(shape);
	uint32_t row_bytes = shape->type == ORIEL_CURSOR_MONOCHROME ? (shape->width_px + 7) / 8
								    : 4 * shape->width_px;
	uint8_t *image;

	assert_true(bytes <= ORIEL_CURSOR_BYTES_MAX);
	sink->seen.shapes++;
	sink->seen.shape = *shape;
	/* The peers' images have no padding between rows, so they arrive as they were. */
	assert_int_equal(shape->pitch_bytes, row_bytes);
	image = malloc(bytes);
	assert_non_null(image);
	peer_pattern_draw_cursor(image, bytes, sink->cursor_serial);
	sink->seen.wrong_shapes += memcmp(image, shape->image, bytes) != 0;
	free(image);
}

static void take_cursors(struct sink *sink)
{
	struct oriel_cursor_update update;

	while (oriel_consumer_take_cursor_rt(sink->consumer, &update)) {
		sink->seen.cursors++;
		sink->seen.cursor = update;
		if (update.has_shape)
			check_shape(sink, &update.shape);
	}
}

static void look_around(struct sink *sink, enum oriel_link link)
{
	const struct oriel_guest_info *guest = oriel_consumer_get_guest(sink->consumer);
	struct sink_seen *seen = &sink->seen;

	seen->link = link;
	seen->links |= 1u << link;
	strncpy(seen->reason, oriel_consumer_get_reason(sink->consumer), sizeof seen->reason - 1);
	assert_true(seen->reason[0] != '\0');
	if (guest)
		seen->guest = *guest;
	oriel_consumer_get_counts(sink->consumer, &seen->counts);
}

static void turn(struct sink *sink, uint64_t now_ns)
{
	uint64_t waited_ns, took_ns;

	look_around(sink, oriel_consumer_step_rt(sink->consumer, now_ns));
	take_cursors(sink);
	waited_ns = take_frame(sink, now_ns);
	took_ns = oriel_time_now_ns() - now_ns - waited_ns;
	if (took_ns > sink->seen.longest_ns)
		sink->seen.longest_ns = took_ns;
}

static void *run(void *data)
{
	struct sink *sink = data;
	bool quit = false;

	while (!quit) {
		uint64_t now_ns = oriel_time_now_ns();
		uint64_t wait_ns;

		pthread_mutex_lock(&sink->mutex);
		turn(sink, now_ns);
		now_ns = oriel_time_now_ns();
		wait_ns = oriel_consumer_get_wait_ns(sink->consumer, now_ns);
		quit = sink->quit;
		pthread_mutex_unlock(&sink->mutex);
		if (wait_ns < NAP_MIN_NS)
			wait_ns = NAP_MIN_NS;
		oriel_time_sleep_until_ns(now_ns + (wait_ns < NAP_MAX_NS ? wait_ns : NAP_MAX_NS));
	}
	return NULL;
}

/* ---- door ----------------------------------------------------------------------------------- */

/* cmocka puts its own handlers in place before each test, and the guard is installed only once. */
static void keep_guard(void)
{
	static struct sigaction guard;
	static bool known;

	if (known)
		sigaction(SIGBUS, &guard, NULL);
	else
		sigaction(SIGBUS, NULL, &guard);
	known = true;
}

void sink_start(struct sink *sink, const char *path)
{
	memset(sink, 0, sizeof *sink);
	assert_int_equal(oriel_consumer_create(&sink->consumer, path, NULL), 0);
	keep_guard();
	pthread_mutex_init(&sink->mutex, NULL);
	assert_int_equal(pthread_create(&sink->thread, NULL, run, sink), 0);
}

void sink_stop(struct sink *sink)
{
	pthread_mutex_lock(&sink->mutex);
	sink->quit = true;
	pthread_mutex_unlock(&sink->mutex);
	pthread_join(sink->thread, NULL);
	pthread_mutex_destroy(&sink->mutex);
	oriel_consumer_destroy(sink->consumer);
	free(sink->picture);
}

struct sink_seen sink_look(struct sink *sink)
{
	struct sink_seen seen;

	pthread_mutex_lock(&sink->mutex);
	seen = sink->seen;
	pthread_mutex_unlock(&sink->mutex);
	return seen;
}

void sink_clear(struct sink *sink)
{
	pthread_mutex_lock(&sink->mutex);
	memset(&sink->seen, 0, sizeof sink->seen);
	pthread_mutex_unlock(&sink->mutex);
}

void sink_expect_cursor(struct sink *sink, uint32_t serial)
{
	pthread_mutex_lock(&sink->mutex);
	sink->cursor_serial = serial;
	pthread_mutex_unlock(&sink->mutex);
}

int sink_send_cursor(struct sink *sink, int32_t x_px, int32_t y_px)
{
	int rc;

	pthread_mutex_lock(&sink->mutex);
	rc = oriel_consumer_send_cursor_rt(sink->consumer, x_px, y_px);
	pthread_mutex_unlock(&sink->mutex);
	return rc;
}

bool sink_wait_good(struct sink *sink, uint32_t count, uint32_t wait_ms)
{
	uint64_t end_ns = oriel_time_now_ns() + wait_ms * ORIEL_NS_PER_MS;

	while (sink_look(sink).good < count) {
		if (oriel_time_now_ns() > end_ns)
			return false;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 2 * ORIEL_NS_PER_MS);
	}
	return true;
}

bool sink_wait_link(struct sink *sink, enum oriel_link link, uint32_t wait_ms)
{
	uint64_t end_ns = oriel_time_now_ns() + wait_ms * ORIEL_NS_PER_MS;

	while (!(sink_look(sink).links & 1u << link)) {
		if (oriel_time_now_ns() > end_ns)
			return false;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 2 * ORIEL_NS_PER_MS);
	}
	return true;
}
