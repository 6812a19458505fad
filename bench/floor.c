/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "floor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "base/frame.h"
#include "base/time.h"
#include "process.h"
#include "rawlink.h"
#include "relay/wire.h"

struct window {
	xcb_connection_t *connection;
	xcb_window_t id;
	xcb_gcontext_t gc;
	xcb_shm_seg_t segment;
	uint8_t *pixels;
	uint32_t width_px, height_px;
	uint32_t puts_pending; /* completion events to come before the segment is ours again */
};

static void open_window(struct window *window, const struct bench_floor *floor)
{
	uint32_t override = 1, mask = XCB_CW_OVERRIDE_REDIRECT;
	xcb_screen_t *screen;
	int id;

	window->width_px = floor->width_px;
	window->height_px = floor->height_px;
	window->connection = xcb_connect(floor->display, NULL);
	if (xcb_connection_has_error(window->connection))
		bench_die("the floor cannot connect to the X server %s", floor->display);
	screen = xcb_setup_roots_iterator(xcb_get_setup(window->connection)).data;
	window->id = xcb_generate_id(window->connection);
	xcb_create_window(window->connection, XCB_COPY_FROM_PARENT, window->id, screen->root, 0, 0,
		(uint16_t)window->width_px, (uint16_t)window->height_px, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, mask, &override);
	xcb_map_window(window->connection, window->id);
	window->gc = xcb_generate_id(window->connection);
	xcb_create_gc(window->connection, window->gc, window->id, 0, NULL);
	id = shmget(
		IPC_PRIVATE, (size_t)window->width_px * window->height_px * 4, IPC_CREAT | 0600);
	window->pixels = shmat(id, NULL, 0);
	window->segment = xcb_generate_id(window->connection);
	xcb_shm_attach(window->connection, window->segment, (uint32_t)id, 0);
	free(xcb_get_input_focus_reply(
		window->connection, xcb_get_input_focus(window->connection), NULL));
	shmctl(id, IPC_RMID, NULL);
}

static void wait_for_segment(struct window *window)
{
	while (window->puts_pending) {
		xcb_generic_event_t *event = xcb_wait_for_event(window->connection);

		if (!event)
			exit(0); /* the server is gone */
		if ((event->response_type & 0x7f) ==
			xcb_get_extension_data(window->connection, &xcb_shm_id)->first_event)
			window->puts_pending--;
		free(event);
	}
}

static void put(struct window *window, const struct oriel_rect *rect)
{
	xcb_shm_put_image(window->connection, window->id, window->gc, (uint16_t)window->width_px,
		(uint16_t)window->height_px, (uint16_t)rect->x, (uint16_t)rect->y,
		(uint16_t)rect->w, (uint16_t)rect->h, (int16_t)rect->x, (int16_t)rect->y, 24,
		XCB_IMAGE_FORMAT_Z_PIXMAP, 1, window->segment, 0);
	window->puts_pending++;
}

static void nap_until(const struct bench_floor *floor, uint64_t until_ns)
{
	uint64_t now_ns = oriel_time_now_ns();

	if (floor->wait == BENCH_FLOOR_SPIN)
		oriel_time_relax();
	else
		oriel_time_sleep_until_ns(
			until_ns > now_ns ? until_ns : now_ns + BENCH_FLOOR_NAP_NS);
}

/* Rows of the frame that have been written, at least above y. */
static uint32_t wait_row(const struct bench_floor *floor, const struct b7_frame *frame, uint32_t y)
{
	uint32_t rows;

	while ((rows = bench_rawlink_get_written_bytes(frame) / frame->pitch_bytes) <= y)
		nap_until(floor, 0);
	return rows;
}

/* Copies what is there and what comes, row by row or in one piece where the rows are one. */
static void copy_rect(const struct bench_floor *floor, struct window *window,
	const struct b7_frame *frame, const struct oriel_rect *rect)
{
	const uint8_t *from = bench_rawlink_get_pixels(frame);
	size_t to_pitch = (size_t)window->width_px * 4, bytes = (size_t)rect->w * 4;
	uint32_t y = rect->y, end = rect->y + rect->h;

	while (y < end) {
		uint32_t written = wait_row(floor, frame, y);
		uint32_t stop = written < end ? written : end;

		if (bytes == to_pitch && to_pitch == frame->pitch_bytes) {
			memcpy(window->pixels + y * to_pitch, from + y * to_pitch,
				(stop - y) * to_pitch);
			y = stop;
		}
		for (; y < stop; y++)
			memcpy(window->pixels + y * to_pitch + (size_t)rect->x * 4,
				from + (size_t)y * frame->pitch_bytes + (size_t)rect->x * 4, bytes);
	}
}

static void show(
	const struct bench_floor *floor, struct window *window, struct b7_frame *frame, bool whole)
{
	struct oriel_rect rects[64] = {{0, 0, window->width_px, window->height_px}};
	uint32_t count = whole ? 0 : frame->damage_count;

	for (uint32_t i = 0; i < count; i++)
		rects[i] = (struct oriel_rect){frame->damage[i].x, frame->damage[i].y,
			frame->damage[i].width, frame->damage[i].height};
	wait_for_segment(window);
	for (uint32_t i = 0; i == 0 || i < count; i++) {
		copy_rect(floor, window, frame, &rects[i]);
		put(window, &rects[i]);
	}
	xcb_flush(window->connection);
}

/* When to look next, having seen no frame. */
static uint64_t next_look_ns(const struct bench_floor *floor, uint64_t last_seen_ns)
{
	uint64_t now_ns = oriel_time_now_ns();
	uint64_t due_ns = last_seen_ns + floor->period_ns - BENCH_FLOOR_EARLY_NS;

	if (floor->wait == BENCH_FLOOR_POLL)
		return now_ns + ORIEL_NS_PER_MS;
	return last_seen_ns && due_ns > now_ns ? due_ns : 0;
}

void bench_floor_run(void *shared)
{
	const struct bench_floor *floor = shared;
	struct window window = {0};
	struct bench_rawlink link;
	uint64_t seen_ns = 0;
	bool whole = true;

	oriel_time_sharpen();
	open_window(&window, floor);
	bench_rawlink_subscribe(&link, floor->base);
	while (!oriel_wire_load32(&floor->stop)) {
		struct b7_frame *frame = bench_rawlink_peek(&link);

		if (!frame) {
			nap_until(floor, next_look_ns(floor, seen_ns));
			continue;
		}
		seen_ns = oriel_time_now_ns();
		show(floor, &window, frame, whole);
		bench_rawlink_done(&link);
		whole = false;
	}
	bench_rawlink_unsubscribe(&link);
	xcb_disconnect(window.connection);
}
