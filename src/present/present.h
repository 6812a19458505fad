/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Putting frames on a window's surface.
 *
 * Implementations are tables of struct oriel_presenter_ops: soft (memory and the processor), direct
 * (a Wayland compositor reads the guest's memory itself), gpu (a graphics driver: vulkan, opengl,
 * or the first of them that works), and null, which shows nothing and always builds. A presenter is
 * created on a window and belongs to the thread that turns the frame path; functions ending in _rt
 * allocate nothing and wait for nobody but the display server, the others may do both and are
 * called when a size or a layout changes.
 *
 * The picture: what the guest shows, upright, cursor on it, at its own size (1:1). The window's
 * contents are that picture placed and scaled, with an overlay on top where there is one.
 *
 * The order of one frame: set_layout() when layout_changed, upload_rt(), present_rt(). A frame goes
 * back to its source when the presenter holds it no more: most copy what they need and never hold
 * one, others let the display server read it where it lies. While is_busy_rt() the display server
 * still reads what the presenter would write: only holds_rt(), dispatch_rt(), resize(), expose_rt()
 * and destroy() may be called then.
 */
#ifndef ORIEL_PRESENT_PRESENT_H
#define ORIEL_PRESENT_PRESENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h"
#include "window/window.h"

enum oriel_scale {
	ORIEL_SCALE_FIT,     /* as large as the window allows, aspect kept, black around */
	ORIEL_SCALE_NONE,    /* 1:1 in the middle, cut off where it is larger than the window */
	ORIEL_SCALE_INTEGER, /* the largest whole multiple that fits; smaller pictures as FIT */
	ORIEL_SCALE_STRETCH, /* the whole window, aspect ignored */
};

enum oriel_filter {
	ORIEL_FILTER_AUTO, /* nearest for whole multiples, else linear */
	ORIEL_FILTER_NEAREST,
	ORIEL_FILTER_LINEAR,
	ORIEL_FILTER_BEST, /* Lanczos and Mitchell; linear for presenters that have no such thing */
};

/* When a new picture replaces the one on the screen, where a presenter has a say in it. */
enum oriel_swap {
	ORIEL_SWAP_MAILBOX,   /* at the next refresh; a newer one replaces one that waits */
	ORIEL_SWAP_VSYNC,     /* at the next refresh, one after the other */
	ORIEL_SWAP_IMMEDIATE, /* at once, even in the middle of a refresh */
};

/* What such eyes miss is moved to colours that they see. */
enum oriel_colour_blind {
	ORIEL_COLOUR_BLIND_NONE,
	ORIEL_COLOUR_BLIND_PROTAN, /* no red */
	ORIEL_COLOUR_BLIND_DEUTAN, /* no green */
	ORIEL_COLOUR_BLIND_TRITAN, /* no blue */
};

/* What becomes of light that is brighter than white, on a window that has no such thing. */
enum oriel_hdr {
	ORIEL_HDR_CLIP,	    /* white */
	ORIEL_HDR_COMPRESS, /* the bright part of the range makes room for it */
};

/* How the guest's colours become the window's. */
struct oriel_colours {
	enum oriel_colour_blind blind;
	uint32_t brightness_percent; /* 0: 100 */
	enum oriel_hdr hdr;
	uint32_t hdr_white_nits; /* what is white; 0: 80 of RGBA16F, 203 of PQ */
};

struct oriel_present_options {
	enum oriel_scale scale;
	enum oriel_filter filter;
	enum oriel_swap swap;
	struct oriel_colours colours;
	const char *shader; /* file of a shader in mpv's format, or NULL; only gpu draws with it */
	bool hardware_only; /* no driver that draws with the processor */
};

/*
 * How a presenter follows a guest that still writes: waits until at least bytes of frame->pixels
 * have arrived and says how many there are now. 0, or a negative errno when they will not come: the
 * presenter then leaves the rest of the picture as it was.
 */
struct oriel_arrival {
	int (*wait_rt)(void *data, const struct oriel_frame *frame, size_t bytes,
		size_t *ret_arrived_bytes);
	void *data;
};

/* Of a frame that has arrived. */
extern const struct oriel_arrival oriel_present_arrived;

/* Where an overlay is, in each direction. */
enum oriel_side {
	ORIEL_SIDE_MIDDLE,
	ORIEL_SIDE_START, /* left, top */
	ORIEL_SIDE_END,	  /* right, bottom */
};

/* A picture on the window, above everything: B,G,R,A premultiplied. A list of them, the lowest
 * first, is borrowed by the presenter until another one is set. */
struct oriel_overlay {
	const struct oriel_overlay *next; /* NULL: the last one */
	uint32_t width_px, height_px;
	size_t pitch_bytes;
	const uint8_t *pixels;
	enum oriel_side x_side, y_side;
	uint8_t dim; /* how much of all that is beneath is darkened: 0 nothing, 255 black */
};

/* Where overlay is on a window of this size; parts of it may lie outside. Pure. */
void oriel_overlay_place(const struct oriel_overlay *overlay, uint32_t width_px, uint32_t height_px,
	int32_t *ret_x_px, int32_t *ret_y_px);

/*
 * The guest's cursor. x_px, y_px: top-left of its image on the upright guest screen, which is
 * screen_width_px wide (see struct oriel_picture) and may differ from the picture's size.
 */
struct oriel_pointer {
	int32_t x_px, y_px;
	bool visible;
	const struct oriel_cursor_shape *shape; /* NULL: the same as before */
};

/* The picture as it was last presented; 4 bytes a pixel, B,G,R and one without meaning. */
struct oriel_image {
	const uint8_t *pixels;
	size_t pitch_bytes;
	uint32_t width_px, height_px;
	/* Where it is another one than before the last present_rt(); NULL: not known. */
	const struct oriel_damage *changed;
};

struct oriel_presenter {
	const struct oriel_presenter_ops *ops;
};

/* Whether a presenter draws on a window. */
enum oriel_probe {
	ORIEL_PROBE_NO,
	ORIEL_PROBE_ASKED, /* only when it is asked for by its name */
	ORIEL_PROBE_GOOD,  /* worth being measured */
};

struct oriel_presenter_ops {
	const char *name; /* as in --present */
	/* Takes its place, with a line, on windows that it does not draw on. NULL: that is an
	 * error. */
	const struct oriel_presenter_ops *next;
	/* To create: it loads drivers. */
	bool is_slow;
	/* Has its own way only for frames that lie in shared memory. */
	bool needs_memory;
	/* Whether frames of that layout look on a window of that size as soft shows them. NULL:
	 * they always do. */
	bool (*suits)(const struct oriel_present_options *options, uint32_t width_px,
		uint32_t height_px, const struct oriel_picture *picture);

	/* Cheap: loads no driver. */
	enum oriel_probe (*probe)(const struct oriel_native *native);

	/* The window outlives the presenter. */
	int (*create)(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
		const struct oriel_present_options *options, struct oriel_error *error);
	/* NULL is fine. */
	void (*destroy)(struct oriel_presenter *presenter);

	/* The window has this size now. */
	int (*resize)(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
		struct oriel_error *error);
	/* Frames look like this from now on. A change of size makes the picture black. */
	int (*set_layout)(struct oriel_presenter *presenter, const struct oriel_picture *picture,
		struct oriel_error *error);
	/* The first of a list. NULL: none. Returns after those before are no longer used. */
	int (*set_overlay)(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
		struct oriel_error *error);

	/* Takes the damaged part of frame into the picture, each pixel once. 0, or what wait_rt()
	 * failed with. *ret_bytes: bytes of pixels read from frame. */
	int (*upload_rt)(struct oriel_presenter *presenter, const struct oriel_frame *frame,
		const struct oriel_arrival *arrival, uint64_t *ret_bytes);
	/* Whether it, or the display server, still needs the pixels of a frame that upload_rt()
	 * took over: nobody may write to them. NULL: it never does. */
	bool (*holds_rt)(const struct oriel_presenter *presenter, const struct oriel_frame *frame);
	/* It is to do without the frames that it holds: copies what it needs of them, as far as it
	 * has memory for it now. When the display server has let go of them, holds_rt() says so.
	 * Call it again until then. *ret_bytes: copied. NULL as above. */
	void (*leave_rt)(struct oriel_presenter *presenter, uint64_t *ret_bytes);
	/* Another presenter has put its picture on the window: it takes away what it has above
	 * that. Only holds_rt(), dispatch_rt() and destroy() may be called from then on. NULL:
	 * nothing is above. */
	void (*hide_rt)(struct oriel_presenter *presenter);
	/* The shape is copied. */
	void (*set_cursor_rt)(
		struct oriel_presenter *presenter, const struct oriel_pointer *pointer);
	/* Puts on the surface what changed since the last time. */
	void (*present_rt)(struct oriel_presenter *presenter);
	/* The surface lost its contents: the next present_rt() puts everything. */
	void (*expose_rt)(struct oriel_presenter *presenter);

	/* True until the display server has taken over what present_rt() gave it. */
	bool (*is_busy_rt)(const struct oriel_presenter *presenter);
	/* To poll for reading while busy; -1 when there is nothing to wait for. */
	int (*get_fd)(const struct oriel_presenter *presenter);
	/* Reads what arrived; call it before each sleep while busy, since an answer may already
	 * have been read along with another one. 0, or -EPIPE: the display is gone. */
	int (*dispatch_rt)(struct oriel_presenter *presenter);

	/* False when it keeps no picture or has none yet. Valid until the next call. Allowed while
	 * busy. */
	bool (*get_image)(const struct oriel_presenter *presenter, struct oriel_image *ret_image);
};

/* All that were built, ends with NULL. */
extern const struct oriel_presenter_ops *const oriel_presenters[];

extern const struct oriel_presenter_ops oriel_presenter_soft;
extern const struct oriel_presenter_ops oriel_presenter_direct;
extern const struct oriel_presenter_ops oriel_presenter_gpu;
extern const struct oriel_presenter_ops oriel_presenter_vulkan;
extern const struct oriel_presenter_ops oriel_presenter_opengl;
extern const struct oriel_presenter_ops oriel_presenter_null;

/*
 * name: one of the table, or "auto": of those that are worth it here, the one that is the soonest
 * ready for the next frame, measured with the guest's own frames (present/contest.h), and never a
 * driver that draws with the processor. One that is slow to create has soft show the first pictures
 * (present/early.h), unless there is nobody to see them. The window outlives the presenter and is
 * not shown yet. Blocks on drivers and display.
 */
int oriel_presenter_open(struct oriel_presenter **ret_presenter, const char *name,
	const struct oriel_window *window, const struct oriel_present_options *options,
	struct oriel_error *error);

#endif
