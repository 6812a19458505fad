/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the user's input goes.
 *
 * An implementation is a table of struct oriel_sink_ops and lives on the main thread; it may
 * allocate, but not wait for the guest. The render thread, where input arrives, reaches it through
 * view/input_queue.h. Only what was pressed is released, and everything that was pressed is, at the
 * latest when the guest loses the user's attention: view/capture.h sees to both.
 *
 * Keys and buttons are numbers of linux/input-event-codes.h (KEY_…, BTN_…).
 */
#ifndef ORIEL_VIEW_SINK_H
#define ORIEL_VIEW_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum oriel_input_kind {
	ORIEL_INPUT_KEY,
	ORIEL_INPUT_BUTTON,
	ORIEL_INPUT_MOVE_TO, /* the pointer is here */
	ORIEL_INPUT_MOVE_BY, /* the pointer went so far */
	ORIEL_INPUT_WHEEL,
	ORIEL_INPUT_LOCK, /* the desktop's changed: the guest's is to be so, too */
};

struct oriel_input {
	enum oriel_input_kind kind;
	union {
		struct {
			uint32_t code;
			bool pressed;
		} key; /* a button as well; of a lock its key, and whether it is on */
		struct {
			/* Inside the upright guest screen, which is so large. */
			int32_t x_px, y_px;
			uint32_t width_px, height_px;
		} move_to;
		struct {
			int32_t x_px, y_px; /* positive is right and down */
		} move_by;
		struct {
			int32_t x_120, y_120; /* 1/120 of a notch; positive is right and down */
		} wheel;
	};
};

struct oriel_sink {
	const struct oriel_sink_ops *ops;
};

struct oriel_sink_ops {
	const char *name;
	/* NULL is fine. */
	void (*destroy)(struct oriel_sink *sink);
	/* True while the guest takes ORIEL_INPUT_MOVE_TO from here; else the shared memory's guest
	 * program is asked to place the cursor. May change with time. */
	bool (*takes_positions)(const struct oriel_sink *sink);
	void (*send)(struct oriel_sink *sink, const struct oriel_input *input);
};

/* Writes each input as one line to a file (docs/viewer.md, --input-log). It takes positions.
 * -errno when path cannot be written. */
int oriel_sink_create_recorder(
	struct oriel_sink **ret_sink, const char *path, struct oriel_error *error);

#endif
