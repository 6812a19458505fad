/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way of the user's input, from the window's events through the capture machine
 * (view/capture.h) to the queue of the sinks: places on the window become places on the guest's
 * screen, and where no sink takes places, the guest program of the shared memory is asked to put
 * the cursor there, or the pointer's way is sent instead.
 *
 * Belongs to the render thread between init and finish; nothing allocates or blocks.
 */
#ifndef ORIEL_VIEW_INPUT_PATH_H
#define ORIEL_VIEW_INPUT_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "present/present.h"
#include "view/capture.h"
#include "view/evdev.h"
#include "view/input_queue.h"
#include "view/source.h"
#include "window/window.h"

/* All pointers are borrowed. */
struct oriel_input_path_setup {
	struct oriel_input_queue *queue;
	struct oriel_window *window;
	struct oriel_source *source;
	struct oriel_evdev *evdev; /* grabbed with the window's; NULL: none */
	struct oriel_capture_options capture;
	unsigned grab; /* enum oriel_grab: what a capture takes */
	enum oriel_scale scale;
	enum oriel_rotation rotation; /* of what is seen against the guest's screen */
};

/* What the user should see of it. */
struct oriel_input_news {
	enum oriel_capture_state state;
	bool takes_input; /* as ORIEL_ACTION_INPUT switches it */
	uint32_t actions; /* asked for since the last news: 1 << enum oriel_action */
};

struct oriel_input_path {
	struct oriel_input_path_setup setup;
	struct oriel_capture capture;
	struct oriel_input_news news;
	uint32_t window_width_px, window_height_px;
	uint32_t picture_width_px, picture_height_px; /* as it is seen; 0: none yet */
	uint32_t screen_width_px, screen_height_px;   /* the guest's, likewise */
	bool on_picture, is_live;
	bool has_pointer;		   /* the desktop's was over the window */
	double pointer_x_px, pointer_y_px; /* there, when last told */
	unsigned locks;			   /* of the desktop, when last told: enum oriel_lock */
	bool has_locks;			   /* were told once */
	bool were_locks_named;		   /* that the guest's are others was said */
	bool are_locks_due; /* the focus came back: what is told next may have changed elsewhere */
	bool has_place;	    /* the guest's cursor was told one */
	bool is_followed;   /* and went there, as far as is known */
	bool is_place_due;
	int32_t x_px, y_px; /* that place */
};

void oriel_input_path_init(
	struct oriel_input_path *path, const struct oriel_input_path_setup *setup);
/* Other keys and ways from the next event on. A capture stays, with what it took. */
void oriel_input_path_set_options_rt(
	struct oriel_input_path *path, const struct oriel_capture_options *capture, unsigned grab);
/* Lets go of everything. */
void oriel_input_path_finish_rt(struct oriel_input_path *path);

/* Where the pointer is over the picture may change with both, and is told again. */
void oriel_input_path_set_window_rt(
	struct oriel_input_path *path, uint32_t width_px, uint32_t height_px);
void oriel_input_path_set_picture_rt(
	struct oriel_input_path *path, const struct oriel_picture *picture);
/* Whether the guest's own cursor is to be seen. */
void oriel_input_path_set_live_rt(struct oriel_input_path *path, bool live);

/* As in struct oriel_window_listener. */
void oriel_input_path_key_rt(struct oriel_input_path *path, uint32_t key, bool pressed);
void oriel_input_path_button_rt(struct oriel_input_path *path, uint32_t button, bool pressed);
void oriel_input_path_motion_rt(struct oriel_input_path *path, double x_px, double y_px);
void oriel_input_path_relative_rt(struct oriel_input_path *path, double x_px, double y_px);
void oriel_input_path_wheel_rt(struct oriel_input_path *path, int32_t x_120, int32_t y_120);
/* Those that changed while the window was without the focus change in the guest as well; at other
 * times the guest sees the key itself. */
void oriel_input_path_locks_rt(struct oriel_input_path *path, unsigned locks);
/* The guest has switched those of changed: the desktop's follow while the user is at the guest and
 * where the window system lets them be set. Elsewhere it is said once. */
void oriel_input_path_guest_locks_rt(
	struct oriel_input_path *path, unsigned changed, unsigned locks);
/* Focus and grab; also WANTED and UNWANTED. */
void oriel_input_path_note_rt(struct oriel_input_path *path, enum oriel_capture_event event);

/* To be called at get_deadline_ns(), UINT64_MAX for never. */
void oriel_input_path_step_rt(struct oriel_input_path *path, uint64_t now_ns);
uint64_t oriel_input_path_get_deadline_ns(const struct oriel_input_path *path, uint64_t now_ns);

/* True when there is something new; it counts as told when told_rt is called. */
bool oriel_input_path_get_news_rt(
	const struct oriel_input_path *path, struct oriel_input_news *ret_news);
void oriel_input_path_told_rt(struct oriel_input_path *path);

#endif
