/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has the user's keyboard and pointer: the desktop or the guest.
 *
 * Free, the pointer comes and goes and the guest is told where it is; captured, it stays in the
 * window and the guest is told how far it moved. The escape key leads from one to the other by a
 * short press, shows help while it is held, and makes other keys do what the bindings say. Held for
 * ORIEL_CAPTURE_EMERGENCY_NS, or with Ctrl+Alt+Shift+Esc, it lets go in any case, since nothing
 * here waits for the guest, for what takes the input, or for the main thread.
 *
 * The guest is told of the release of whatever it was told of the press of: when the user lets go,
 * and at the latest when the capture ends, the focus or a device is lost, or the machine finishes.
 *
 * Belongs to the render thread. Time is passed in. Nothing allocates or blocks.
 */
#ifndef ORIEL_VIEW_CAPTURE_H
#define ORIEL_VIEW_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "view/bindings.h"
#include "view/sink.h"

#define ORIEL_CAPTURE_EMERGENCY_NS (2 * ORIEL_NS_PER_S)
#define ORIEL_CAPTURE_SENSITIVITY_MAX 9

enum oriel_capture_state {
	ORIEL_CAPTURE_AWAY, /* the window does not have the focus */
	ORIEL_CAPTURE_FREE,
	ORIEL_CAPTURE_FREE_DOWN, /* the escape key is held, for a short time yet */
	ORIEL_CAPTURE_FREE_HELP, /* it is held, and help is shown */
	ORIEL_CAPTURE_FREE_USED, /* it is held, and its release means nothing any more */
	ORIEL_CAPTURE_HELD,	 /* captured; the others as above */
	ORIEL_CAPTURE_HELD_DOWN,
	ORIEL_CAPTURE_HELD_HELP,
	ORIEL_CAPTURE_HELD_USED,
	ORIEL_CAPTURE_STATES
};

enum oriel_capture_event {
	ORIEL_CAPTURE_ESCAPE_PRESSED,
	ORIEL_CAPTURE_ESCAPE_RELEASED,
	ORIEL_CAPTURE_HELP_DUE,
	ORIEL_CAPTURE_EMERGENCY,
	ORIEL_CAPTURE_OTHER_KEY, /* pressed while the escape key is held */
	ORIEL_CAPTURE_FOCUS_GAINED,
	ORIEL_CAPTURE_FOCUS_LOST,
	ORIEL_CAPTURE_GRAB_LOST,   /* the desktop refused it or took it away */
	ORIEL_CAPTURE_DEVICE_LOST, /* one that keys came from */
	ORIEL_CAPTURE_WANTED,	   /* asked for by other means than the escape key */
	ORIEL_CAPTURE_UNWANTED,
	ORIEL_CAPTURE_EVENTS
};

enum oriel_capture_by {
	ORIEL_CAPTURE_BY_KEY, /* the escape key only */
	ORIEL_CAPTURE_BY_CLICK,
	ORIEL_CAPTURE_BY_FOCUS,
};

/* When input goes to the guest. */
enum oriel_capture_input {
	ORIEL_CAPTURE_INPUT_ALWAYS,
	ORIEL_CAPTURE_INPUT_CAPTURED,
	ORIEL_CAPTURE_INPUT_NEVER, /* then it cannot be captured either */
};

struct oriel_capture_options {
	struct oriel_key_combination escape;
	struct oriel_bindings bindings;
	uint64_t help_delay_ns;
	enum oriel_capture_by by;
	enum oriel_capture_input input;
	int sensitivity; /* of the captured pointer, in tenths more or less: -9 to 9 */
};

/* What the machine wants done; called from within the functions below. */
struct oriel_capture_listener {
	/* False: not now. A release that is not taken is sent again, anything else is lost. */
	bool (*send_rt)(void *data, const struct oriel_input *input);
	void (*grab_rt)(void *data, bool grab);
	/* One that is not input for the guest. */
	void (*act_rt)(void *data, enum oriel_action action);
};

struct oriel_capture {
	struct oriel_capture_options options;
	const struct oriel_capture_listener *listener;
	void *data;
	enum oriel_capture_state state;
	bool takes_input; /* switched by ORIEL_ACTION_INPUT */
	bool escape_held;
	uint64_t escape_ns;    /* since when, or since the last key that was used with it */
	double rest_x, rest_y; /* of relative motion, below one pixel or not taken yet */
	uint8_t down[ORIEL_KEY_COUNT / 8]; /* as the user holds them */
	uint8_t told[ORIEL_KEY_COUNT / 8]; /* as the guest knows them */
	uint8_t owed[ORIEL_KEY_COUNT / 8]; /* told, and their release was not taken */
	bool owes;
};

void oriel_capture_init(struct oriel_capture *capture, const struct oriel_capture_options *options,
	const struct oriel_capture_listener *listener, void *data);
/* Lets go of everything. */
void oriel_capture_finish_rt(struct oriel_capture *capture);
/* They count from the next event on. */
void oriel_capture_set_options_rt(
	struct oriel_capture *capture, const struct oriel_capture_options *options);

/* A press of a key that is held is a repeat. Buttons need the pointer on the picture. */
void oriel_capture_key_rt(
	struct oriel_capture *capture, uint64_t now_ns, uint32_t key, bool pressed);
void oriel_capture_button_rt(struct oriel_capture *capture, uint64_t now_ns, uint32_t button,
	bool pressed, bool on_picture);
/* A place on the guest's screen, where the pointer is or came from. */
void oriel_capture_move_to_rt(struct oriel_capture *capture, int32_t x_px, int32_t y_px,
	uint32_t width_px, uint32_t height_px, bool on_picture);
void oriel_capture_move_by_rt(struct oriel_capture *capture, double x_px, double y_px);
void oriel_capture_wheel_rt(
	struct oriel_capture *capture, int32_t x_120, int32_t y_120, bool on_picture);
/* Any event but the escape key's own, which come of keys and time. */
void oriel_capture_note_rt(
	struct oriel_capture *capture, uint64_t now_ns, enum oriel_capture_event event);

/* To be called at get_deadline_ns(), which is UINT64_MAX when nothing is due. */
void oriel_capture_tick_rt(struct oriel_capture *capture, uint64_t now_ns);
uint64_t oriel_capture_get_deadline_ns(const struct oriel_capture *capture, uint64_t now_ns);

bool oriel_capture_is_held(const struct oriel_capture *capture);
bool oriel_capture_state_is_held(enum oriel_capture_state state);
bool oriel_capture_state_is_help(enum oriel_capture_state state);
const char *oriel_capture_state_get_name(enum oriel_capture_state state);

/* Whether the guest gets the user's input as things stand. */
bool oriel_capture_passes_input_rt(const struct oriel_capture *capture);

#endif
