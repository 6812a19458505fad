/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The window as the render thread has it: whether it is shown, how large it is, and whose size
 * follows whose. Render thread; functions without _rt have the presenter get memory, or wait for
 * the display server.
 */
#ifndef ORIEL_VIEW_PANE_H
#define ORIEL_VIEW_PANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h"
#include "present/present.h"
#include "window/window.h"

/* When the desktop is held back from blanking the screen. */
enum oriel_awake {
	ORIEL_AWAKE_GUEST,  /* while the guest asks for it */
	ORIEL_AWAKE_ALWAYS, /* while the guest shows a picture */
	ORIEL_AWAKE_NEVER,
};

struct oriel_pane {
	struct oriel_window *window;
	struct oriel_presenter *presenter;
	bool follows_guest; /* until somebody else decides about the size */
	bool is_shown;
	bool is_resized; /* width_px and height_px are news for the presenter */
	enum oriel_awake awake;
	bool is_awake; /* the desktop is held back */
	uint32_t width_px, height_px;
	uint32_t asked_width_px, asked_height_px; /* what the window was asked to be */
};

/* Both are borrowed. */
void oriel_pane_init(struct oriel_pane *pane, struct oriel_window *window,
	struct oriel_presenter *presenter, bool follows_guest, enum oriel_awake awake);

/* While the guest is being joined there is time to get memory for the largest window that can come
 * of it: the kernel takes longer to hand out a 4K picture than the first frame takes to arrive. */
int oriel_pane_prepare(struct oriel_pane *pane, struct oriel_error *error);

/* The window is to be shown, as large as it is. False: it is already. */
bool oriel_pane_begin(struct oriel_pane *pane);
/* The window has this size now. */
void oriel_pane_note_size_rt(struct oriel_pane *pane, uint32_t width_px, uint32_t height_px);
/* Has the presenter take on the size that is_resized tells of. */
int oriel_pane_fit(struct oriel_pane *pane, struct oriel_error *error);
/* Asks for a window of the picture's size, or the largest of its shape that the screen has room
 * for, while it follows the guest. */
void oriel_pane_follow(struct oriel_pane *pane, const struct oriel_picture *picture);

/* Holds the desktop back, or no longer. has_picture: the window shows what the guest shows;
 * is_wished: the guest asks for it. */
void oriel_pane_keep_awake_rt(struct oriel_pane *pane, bool has_picture, bool is_wished);

#endif
