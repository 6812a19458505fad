/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that becomes the contents of a window: the last step of the soft presenter, one
 * implementation per window system. Internal to src/present/soft; the presenter's thread.
 */
#ifndef ORIEL_PRESENT_SOFT_TARGET_H
#define ORIEL_PRESENT_SOFT_TARGET_H

#include <pixman.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h"
#include "window/window.h"

/* A target may have that many buffers and go round. */
#define ORIEL_SOFT_BUFFERS_MAX 3

/* PIXMAN_x8r8g8b8 is B,G,R,X in memory: the presenter's own format, which needs no conversion. */
struct oriel_soft_target {
	const struct oriel_soft_target_ops *ops;
	pixman_format_code_t format;
	uint8_t *buffers[ORIEL_SOFT_BUFFERS_MAX];
	uint32_t buffer_count;
	uint32_t current;   /* which of them has the contents as they were put last */
	uint8_t *pixels;    /* of the current one */
	size_t pitch_bytes; /* a multiple of 4 */
	uint32_t width_px, height_px;
	bool busy;	/* the server still reads pixels: do not write there */
	bool untouched; /* pixels are zeros that nobody has written to */
};

struct oriel_soft_target_ops {
	const char *name;
	bool (*takes)(const struct oriel_native *native);
	/* No pixels before the first resize. */
	int (*create)(struct oriel_soft_target **ret_target, const struct oriel_native *native,
		struct oriel_error *error);
	void (*destroy)(struct oriel_soft_target *target);
	/* Contents are undefined afterwards, unless untouched, and nobody reads them. May block on
	 * the server. */
	int (*resize)(struct oriel_soft_target *target, uint32_t width_px, uint32_t height_px,
		struct oriel_error *error);
	/*
	 * Before writing to pixels, after each put: may go on to another buffer and bring it up to
	 * date, except for what is covered, which the caller promises to write (NULL: nothing).
	 * Nothing happens from then until the next put. NULL where there is one buffer.
	 */
	void (*begin_rt)(struct oriel_soft_target *target, const struct oriel_damage *covered);
	/* Breaks that promise: where begin_rt() went on to another buffer, covered is as it was put
	 * last again, whatever was written meanwhile: true. NULL as above. */
	bool (*undo_rt)(struct oriel_soft_target *target, const struct oriel_damage *covered);
	/* Shows these parts of pixels; they lie within it. Sets busy where the server reads later.
	 */
	void (*put_rt)(
		struct oriel_soft_target *target, const struct oriel_rect *rects, uint32_t count);
	int (*get_fd)(const struct oriel_soft_target *target);
	/* Clears busy when the server is done. 0, or -EPIPE: it is gone. */
	int (*dispatch_rt)(struct oriel_soft_target *target);
};

extern const struct oriel_soft_target_ops oriel_soft_target_memory;
extern const struct oriel_soft_target_ops oriel_soft_target_x11;
extern const struct oriel_soft_target_ops oriel_soft_target_wayland;

/* Those that were built, ends with NULL. */
extern const struct oriel_soft_target_ops *const oriel_soft_targets[];

#endif
