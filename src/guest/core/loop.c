/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/core/loop.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "guest/core/heartbeat.h"

/* Bounds how late a new viewer, a message of a viewer or the order to stop is noticed. */
#define NOTICE_NS (4 * ORIEL_NS_PER_MS)
#define REOPEN_NS (500 * ORIEL_NS_PER_MS)
#define REGION_CHECK_NS ORIEL_NS_PER_S
/* Both slots are unread: the viewer is at them right now, or it is slow. */
#define BUSY_NAP_NS (100 * ORIEL_NS_PER_US)
/* The wire's rows begin at multiples of this (protocol 4.5). */
#define WIRE_PITCH_BYTES 256u

struct loop {
	const struct oriel_loop_setup *setup;
	struct oriel_capture **capture;
	struct oriel_heartbeat *heartbeat;
	uint64_t region_check_ns; /* when due */
	uint64_t open_ns;	  /* when the lost source is looked for again */
	bool is_whole_due;	  /* what the viewers have is unknown */
	bool is_greeting_due;	  /* a viewer has no picture yet */
	bool is_pointer_greeting_due;
	bool is_cursor_waiting; /* cursor did not fit into the queue yet */
	struct oriel_capture_cursor cursor;
	struct oriel_picture told; /* last layout looked at for truncation */
	char reopen_reason[sizeof((struct oriel_error *)0)->message];
};

/* ---- pointer -------------------------------------------------------------------------------- */

static void publish_cursor(struct loop *loop)
{
	const struct oriel_capture_cursor *cursor = &loop->cursor;
	int rc = oriel_producer_publish_cursor_rt(loop->setup->producer, cursor->x_px, cursor->y_px,
		cursor->visible, cursor->has_shape ? &cursor->shape : NULL);

	loop->is_cursor_waiting = rc == -EAGAIN;
	if (rc == -EINVAL && cursor->has_shape)
		oriel_log(ORIEL_LOG_WARNING,
			"a cursor of %ux%u pixels cannot be sent: the largest is %ux%u",
			cursor->shape.width_px, cursor->shape.height_px, ORIEL_CURSOR_SIDE_MAX_PX,
			ORIEL_CURSOR_SIDE_MAX_PX);
}

static void serve_pointer(struct loop *loop)
{
	const struct oriel_capture_ops *ops = loop->setup->source;
	struct oriel_producer *producer = loop->setup->producer;
	int32_t x_px, y_px;

	while (oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px))
		if (ops->set_cursor)
			ops->set_cursor(*loop->capture, x_px, y_px);

	if (oriel_producer_take_new_pointer_viewer(producer))
		loop->is_pointer_greeting_due = true;
	if (loop->is_pointer_greeting_due)
		loop->is_pointer_greeting_due =
			oriel_producer_repeat_cursor_rt(producer) == -EAGAIN;

	if (!loop->is_cursor_waiting && ops->take_cursor)
		loop->is_cursor_waiting = ops->take_cursor(*loop->capture, &loop->cursor);
	if (loop->is_cursor_waiting)
		publish_cursor(loop);
}

/* ---- frames --------------------------------------------------------------------------------- */

static void check_room(struct loop *loop, const struct oriel_picture *picture)
{
	uint32_t pitch_bytes = (oriel_picture_get_row_bytes(picture) + WIRE_PITCH_BYTES - 1) &
			       ~(WIRE_PITCH_BYTES - 1);

	if (oriel_picture_is_same_layout(&loop->told, picture))
		return;
	loop->told = *picture;
	oriel_log(ORIEL_LOG_INFO, "picture: %ux%u %s", picture->width_px, picture->height_px,
		oriel_pixel_get_info(picture->format)->name);
	if ((uint64_t)pitch_bytes * picture->rows <=
		oriel_producer_get_slot_bytes(loop->setup->producer))
		return;
	oriel_log(ORIEL_LOG_WARNING,
		"the shared memory of %zu MiB is too small for %ux%u: the bottom rows are left "
		"out; "
		"%zu MiB would do",
		loop->setup->region_bytes >> 20, picture->width_px, picture->height_px,
		oriel_producer_get_needed_mib(pitch_bytes, picture->height_px));
}

static void publish(struct loop *loop, const struct oriel_capture_frame *frame)
{
	int rc;

	check_room(loop, &frame->picture);
	/* A cursor that moved with the picture is there before the picture. */
	serve_pointer(loop);
	rc = oriel_producer_publish_rt(
		loop->setup->producer, &frame->picture, frame->pixels, &frame->damage);
	loop->is_whole_due = rc < 0;
	loop->is_greeting_due = false;
}

/* The picture did not change since a newcomer's predecessors saw it. */
static void greet(struct loop *loop)
{
	int rc = oriel_producer_repeat_rt(loop->setup->producer);

	loop->is_greeting_due = rc == -EAGAIN;
	if (!rc)
		loop->is_whole_due = true;
}

/* try_open() opens it again at once. */
static void close_capture(struct loop *loop)
{
	if (*loop->capture)
		(*loop->capture)->ops->close(*loop->capture);
	*loop->capture = NULL;
	loop->is_cursor_waiting = false;
	loop->open_ns = 0;
	loop->reopen_reason[0] = '\0';
}

static void capture_frame(struct loop *loop, uint64_t now_ns)
{
	struct oriel_capture_frame frame;
	struct oriel_error error = {0};
	uint64_t deadline_ns = loop->is_greeting_due ? now_ns : now_ns + NOTICE_NS;
	int rc = loop->setup->source->next(
		*loop->capture, deadline_ns, loop->is_whole_due, &frame, &error);

	if (rc < 0) {
		oriel_log(ORIEL_LOG_WARNING, "%s; looking for it again", error.message);
		close_capture(loop);
	} else if (rc > 0)
		publish(loop, &frame);
	else if (loop->is_greeting_due)
		greet(loop);
}

static void serve_viewers(struct loop *loop, uint64_t now_ns)
{
	serve_pointer(loop);
	if (oriel_producer_take_new_viewer(loop->setup->producer))
		loop->is_greeting_due = true;
	if (oriel_producer_is_ready(loop->setup->producer))
		capture_frame(loop, now_ns);
	else
		oriel_time_sleep_until_ns(now_ns + BUSY_NAP_NS);
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* Says why only when the reason is another than before. */
static void try_open(struct loop *loop, uint64_t now_ns)
{
	struct oriel_error error = {0};

	if (now_ns < loop->open_ns) {
		oriel_time_sleep_until_ns(now_ns + NOTICE_NS);
		return;
	}
	loop->open_ns = now_ns + REOPEN_NS;
	if (!loop->setup->source->open(loop->capture, loop->setup->options, &error)) {
		oriel_log(ORIEL_LOG_INFO, "capturing again");
		loop->is_whole_due = true;
		return;
	}
	if (strcmp(loop->reopen_reason, error.message)) {
		oriel_log(ORIEL_LOG_WARNING, "%s; waiting for it", error.message);
		strcpy(loop->reopen_reason, error.message);
	}
}

static bool is_region_good(struct loop *loop, uint64_t now_ns)
{
	if (now_ns < loop->region_check_ns)
		return true;
	loop->region_check_ns = now_ns + REGION_CHECK_NS;
	return loop->setup->is_region_good(loop->setup->data);
}

static int run(struct loop *loop)
{
	while (!atomic_load(loop->setup->is_stopping)) {
		uint64_t now_ns = oriel_time_now_ns();

		if (!is_region_good(loop, now_ns))
			return 1;
		/* Everything said before is forgotten, the cursor's shape too: a fresh source
		 * says everything. */
		if (oriel_heartbeat_take_renewed(loop->heartbeat))
			close_capture(loop);
		if (!*loop->capture)
			try_open(loop, now_ns);
		else if (!oriel_producer_is_watched(loop->setup->producer))
			oriel_time_sleep_until_ns(now_ns + NOTICE_NS);
		else
			serve_viewers(loop, now_ns);
	}
	return 0;
}

int oriel_loop_run(const struct oriel_loop_setup *setup, struct oriel_capture **capture,
	struct oriel_error *error)
{
	struct loop loop = {.setup = setup, .capture = capture, .is_whole_due = true};
	int rc;

	rc = oriel_heartbeat_start(&loop.heartbeat, setup->producer, error);
	if (rc)
		return rc;
	oriel_time_sharpen();
	rc = run(&loop);
	oriel_heartbeat_stop(loop.heartbeat);
	return rc;
}
