/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an X11 window does about input beyond the core protocol's events: grabs, the blank cursor,
 * raw motion and wheels (x11/raw.h) and key repeat without releases (XKB). A server that lacks one
 * of the two extensions gets the next best: accelerated motion and whole notches, and repeats that
 * look like fresh presses.
 */
#ifndef ORIEL_WINDOW_X11_INPUT_H
#define ORIEL_WINDOW_X11_INPUT_H

#include <xcb/xcb.h>

#include "window/window.h"
#include "window/x11/raw.h"

struct oriel_x11_input {
	xcb_connection_t *connection;
	xcb_window_t window;
	xcb_cursor_t blank;
	bool is_visible; /* the cursor */
	bool is_inside;	 /* the pointer */
	unsigned grab;	 /* asked for */
	/* Answers that have not come yet; 0: none. */
	unsigned pointer_sequence, keyboard_sequence;
	bool is_refused;
	/* Without XInput 2, motion is measured from here and the pointer brought back. */
	int32_t middle_x_px, middle_y_px;
	struct oriel_x11_raw raw;
};

/* Blocks for some round trips. */
void oriel_x11_input_init(struct oriel_x11_input *input, xcb_connection_t *connection,
	const xcb_screen_t *screen, xcb_window_t window);

void oriel_x11_input_set_grab_rt(struct oriel_x11_input *input, unsigned grab);
void oriel_x11_input_set_cursor_visible_rt(struct oriel_x11_input *input, bool visible);

/* Whether the grab that was asked for has been refused since the last call. Never blocks. */
bool oriel_x11_input_take_refusal_rt(struct oriel_x11_input *input);
/* The window is no longer on the screen, which ends every grab: true when there was one. */
bool oriel_x11_input_note_unmapped_rt(struct oriel_x11_input *input);

/* The pointer came over the window or left it, by itself or because of somebody's grab. */
void oriel_x11_input_note_crossing_rt(struct oriel_x11_input *input, bool is_inside);

/* True when event brought news of the grabbed pointer, or of a wheel over the window. */
bool oriel_x11_input_take_raw_rt(struct oriel_x11_input *input, const xcb_generic_event_t *event,
	struct oriel_x11_raw_news *ret_news);
/* A core motion event while the pointer is grabbed: true when it is to be told as relative. */
bool oriel_x11_input_take_motion_rt(struct oriel_x11_input *input,
	const xcb_motion_notify_event_t *event, double *ret_x_px, double *ret_y_px);

#endif
