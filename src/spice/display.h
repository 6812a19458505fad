/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first monitor of a SPICE session: its pixels as the library decodes them, and its cursor.
 *
 * Thread: the session's. Never blocks.
 */
#ifndef ORIEL_SPICE_DISPLAY_H
#define ORIEL_SPICE_DISPLAY_H

#include "base/frame.h"
#include "spice/session.h"

struct oriel_spice_display;

struct oriel_spice_screen {
	const uint8_t *pixels; /* B,G,R and one byte without meaning; valid until the next screen */
	uint32_t width_px, height_px;
	size_t pitch_bytes;
};

struct oriel_spice_cursor {
	int32_t x_px, y_px; /* the top left corner of its image */
	bool is_visible;
	const struct oriel_cursor_shape *shape; /* NULL: as before */
};

/* Told in the session's thread; all must be set. */
struct oriel_spice_display_listener {
	/* There is another screen now, all of it new; NULL: none. */
	void (*screen)(void *data, const struct oriel_spice_screen *screen);
	/* That part of it has changed; it lies inside. */
	void (*changed)(void *data, struct oriel_rect rect);
	/* What came at once has been told: a good moment to show it. */
	void (*settled)(void *data);
	void (*cursor)(void *data, const struct oriel_spice_cursor *cursor);
};

/* Before oriel_spice_session_start(); session, listener and data are borrowed and have to live
 * longer. */
struct oriel_spice_display *oriel_spice_display_create(struct oriel_spice_session *session,
	const struct oriel_spice_display_listener *listener, void *data);
/* NULL is fine. */
void oriel_spice_display_destroy(struct oriel_spice_display *display);

/* The user's pointer was sent there, on a screen of width_px x height_px: a server that takes
 * positions does not tell of them. */
void oriel_spice_display_move_cursor(struct oriel_spice_display *display, int32_t x_px,
	int32_t y_px, uint32_t width_px, uint32_t height_px);

#endif
