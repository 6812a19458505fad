/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A capture source: where the guest's pictures and its cursor come from. One object belongs to the
 * capture thread. Only open and next may wait, next no longer than its deadline.
 */
#ifndef ORIEL_GUEST_CORE_CAPTURE_H
#define ORIEL_GUEST_CORE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h"

struct oriel_guest_options;

/* A source puts this first into its own structure. */
struct oriel_capture {
	const struct oriel_capture_ops *ops;
};

struct oriel_capture_frame {
	struct oriel_picture picture;
	const uint8_t *pixels; /* the source's, until the next call of next or close */
	/* Against the frame before; full for the first one and when the layout changed. */
	struct oriel_damage damage;
};

struct oriel_capture_cursor {
	bool visible;
	int32_t x_px, y_px;		 /* top-left of the image on the upright desktop */
	bool has_shape;			 /* the shape is another than the one before */
	struct oriel_cursor_shape shape; /* image: the source's, until its next call */
};

struct oriel_capture_ops {
	const char *name; /* as in --capture and in what the viewer is told */

	/*
	 * Looks for the screen. Fails at once with a message that says what is missing: -ENODEV (no
	 * such device or display, or it is off: may come later), -EACCES, -ENOTSUP (there, but in a
	 * form that cannot be captured), others from the system.
	 */
	int (*open)(struct oriel_capture **ret_capture, const struct oriel_guest_options *options,
		struct oriel_error *error);

	/*
	 * Waits for a change of the picture, until deadline_ns at most. whole: hand out the picture
	 * at once, with full damage, changed or not. 1 and *ret_frame; 0: nothing changed, or the
	 * screen is off for the moment; negative: the source is lost, close it and open it again.
	 */
	int (*next)(struct oriel_capture *capture, uint64_t deadline_ns, bool whole,
		struct oriel_capture_frame *ret_frame, struct oriel_error *error);

	/* The cursor, when anything about it changed since the call before. NULL: the cursor is
	 * part of the picture. */
	bool (*take_cursor)(struct oriel_capture *capture, struct oriel_capture_cursor *ret_cursor);

	/* Moves the guest's cursor: its hot spot to x_px, y_px of the upright desktop. NULL:
	 * cannot. */
	void (*set_cursor)(struct oriel_capture *capture, int32_t x_px, int32_t y_px);

	/* NULL is fine. */
	void (*close)(struct oriel_capture *capture);
};

/* A screen on which nothing ever happens. */
extern const struct oriel_capture_ops oriel_capture_null;

#endif
