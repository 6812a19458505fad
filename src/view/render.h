/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The render thread: owns source, window and presenter, and brings frames from one to the other.
 *
 * The main thread creates it, starts it, sends it commands and takes its events (view/mail.h);
 * neither ever waits for the other. What the thread does is view/turn.h.
 */
#ifndef ORIEL_VIEW_RENDER_H
#define ORIEL_VIEW_RENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "export/tap.h"
#include "present/present.h"
#include "view/evdev.h"
#include "view/figures.h"
#include "view/input_path.h"
#include "view/pane.h"
#include "view/snapshot.h"
#include "view/source.h"
#include "view/stats.h"
#include "window/window.h"

struct oriel_render;

/* All are borrowed and belong to the render thread between start and join. */
struct oriel_render_setup {
	struct oriel_source *source;
	struct oriel_window *window;
	struct oriel_presenter *presenter;
	struct oriel_input_path *input;
	struct oriel_evdev *evdev; /* NULL: none */
	uint64_t frames;	   /* end after so many; 0: never */
	bool is_just_in_time;	   /* pictures are made shortly before a refresh (view/jit.h) */
	uint32_t fps_limit;	   /* pictures a second at most; 0: any */
	bool follows_guest;	   /* the window takes on the size of the guest's screen */
	enum oriel_awake awake;
};

enum oriel_render_event_kind {
	ORIEL_RENDER_STATUS,	/* live, origin, reason or the window's size changed */
	ORIEL_RENDER_CARD_BACK, /* card is no longer used */
	ORIEL_RENDER_SNAPSHOT,	/* snapshot was taken */
	ORIEL_RENDER_INPUT,	/* the user did something that shows */
	ORIEL_RENDER_ENDED,	/* nothing comes after this one */
};

enum oriel_render_end {
	ORIEL_RENDER_STOPPED, /* oriel_render_stop() */
	ORIEL_RENDER_FRAMES,  /* as many as were asked for */
	ORIEL_RENDER_CLOSED,  /* the user closed the window */
	ORIEL_RENDER_FAILED,  /* error says why */
};

struct oriel_render_event {
	enum oriel_render_event_kind kind;
	union {
		struct {
			bool is_fresh;	    /* the window shows what the guest shows */
			bool was_fresh;	    /* it did so at some time */
			bool is_refused;    /* the source is wrong, and waiting hardly mends it */
			const char *origin; /* where the picture comes from; NULL: none yet */
			uint32_t window_width_px, window_height_px;
			char reason[512];
		} status;
		const struct oriel_overlay *card;
		struct oriel_snapshot *snapshot;
		struct oriel_input_news input;
		struct {
			enum oriel_render_end end;
			struct oriel_error error;
		} ended;
	};
};

/* 0 or -ENOMEM / -EMFILE. */
int oriel_render_create(struct oriel_render **ret_render, const struct oriel_render_setup *setup,
	struct oriel_error *error);
/* Not while it runs. NULL is fine. */
void oriel_render_destroy(struct oriel_render *render);

int oriel_render_start(struct oriel_render *render, struct oriel_error *error);
/* Asks it to end; the event says when it has. Any thread. */
void oriel_render_stop(struct oriel_render *render);
/* Waits for its end: call it after the event. */
void oriel_render_join(struct oriel_render *render);

/* Shows the list of cards that begins with first instead of those before; it comes back by an event
 * when it is no longer used. NULL: none. is_waiting: only until a frame comes. False: could not be
 * handed over, it is still the caller's. Main thread. */
bool oriel_render_show_cards(
	struct oriel_render *render, const struct oriel_overlay *first, bool is_waiting);

/* Has snapshot filled; it comes back by an event, and is the render thread's until then. Copying a
 * picture costs the frame path as much as copying a frame. False: could not be handed over. Main
 * thread. */
bool oriel_render_take_snapshot(struct oriel_render *render, struct oriel_snapshot *snapshot);
/* title lives as long as the render thread. False: could not be handed over. Main thread. */
bool oriel_render_set_title(struct oriel_render *render, const char *title);

/* Captures keyboard and pointer, or gives them back. False: too much is asked of the render thread
 * at once. Main thread. */
bool oriel_render_capture(struct oriel_render *render, bool wanted);

/* As oriel_input_path_set_options_rt(). False as above. Main thread. */
bool oriel_render_set_input(
	struct oriel_render *render, const struct oriel_capture_options *capture, unsigned grab);
/* False as above. Main thread. */
bool oriel_render_set_fullscreen(struct oriel_render *render, enum oriel_fullscreen wanted);

/* As oriel_input_path_guest_locks_rt(). False as above. Main thread. */
bool oriel_render_set_locks(struct oriel_render *render, unsigned changed, unsigned locks);

/* Whether a sample of each frame is kept for oriel_render_take_sample(). Main thread. */
void oriel_render_want_samples(struct oriel_render *render, bool wanted);
/* False when there are no more. Those that nobody took in time are lost. Main thread. */
bool oriel_render_take_sample(struct oriel_render *render, struct oriel_sample *ret_sample);

/* Who takes pictures from the render thread besides the window. */
enum oriel_render_tap { ORIEL_RENDER_RECORD, ORIEL_RENDER_SHARE, ORIEL_RENDER_TAPS };

/* It lives as long as render, and is an orphan after join. */
struct oriel_tap *oriel_render_get_tap(struct oriel_render *render, enum oriel_render_tap tap);

/* Odd while the render thread works, even while it rests; another number each time. Any thread. */
unsigned oriel_render_get_beat(const struct oriel_render *render);

/* Readable when there are events. Main thread. */
int oriel_render_get_event_fd(const struct oriel_render *render);
/* False when there are no more. Main thread. */
bool oriel_render_take_event(struct oriel_render *render, struct oriel_render_event *ret_event);

/* After join: whether the window still takes on the guest's size. */
bool oriel_render_follows_guest(const struct oriel_render *render);
/* After join. */
const struct oriel_stats *oriel_render_get_stats(const struct oriel_render *render);

#endif
