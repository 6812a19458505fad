/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The direct presenter's own state, for its files alone. */
#ifndef ORIEL_PRESENT_DIRECT_DIRECT_H
#define ORIEL_PRESENT_DIRECT_DIRECT_H

#include "present/direct/layer.h"
#include "present/direct/lend.h"
#include "present/direct/server.h"
#include "present/direct/sheet.h"
#include "present/present.h"
#include "present/soft/convert.h"
#include "present/soft/cursor.h"
#include "present/soft/place.h"
#include "present/stand_in.h"

/* Where the picture is. */
enum oriel_direct_where {
	ORIEL_DIRECT_NOWHERE,
	ORIEL_DIRECT_IN_FRAME, /* the guest's memory */
	ORIEL_DIRECT_IN_COPY,
};

#define ORIEL_DIRECT_POINTER_SHEETS 2

/* The cursor's layer. */
struct oriel_direct_pointer {
	struct oriel_soft_cursor cursor; /* never drawn on a canvas; changed: not shown so yet */
	struct oriel_direct_layer layer;
	/* As large as any cursor: shown is their top-left corner. */
	struct oriel_direct_sheet sheets[ORIEL_DIRECT_POINTER_SHEETS];
	bool is_new_shape;			       /* not painted yet */
	uint32_t left_px, top_px, width_px, height_px; /* of its image, what is painted */
	struct wl_callback *frame; /* the compositor has not shown the last change yet */
};

struct oriel_direct {
	struct oriel_stand_in stand_in;
	const struct oriel_window *window;
	struct oriel_present_options options;
	struct oriel_direct_server server;
	struct oriel_direct_lender lender;

	uint32_t width_px, height_px; /* of the window; 0: not known yet */
	uint32_t scale_120;
	const struct oriel_overlay *overlay;
	struct oriel_picture layout; /* of the guest's frames; format invalid: not known yet */
	struct oriel_soft_convert convert;
	struct oriel_copy_tuner tuner;
	struct oriel_soft_place place;

	/* from the lowest to the highest */
	struct oriel_direct_sheet black, clear; /* one pixel each */
	bool is_black;				/* the window's surface has it */
	struct oriel_direct_layer picture;
	struct oriel_direct_pointer pointer;
	struct oriel_direct_layer cards;
	struct oriel_direct_sheet card;

	enum oriel_direct_where where;
	struct oriel_frame frame; /* the last one, while the picture is there */
	struct oriel_direct_loan *loan;
	struct oriel_direct_sheet copy;	  /* upright */
	struct oriel_damage stale;	  /* of copy, as stored, against the last frame */
	struct oriel_soft_canvas scratch; /* upright; what was looked at last, and the cursor */
	struct oriel_damage unread;	  /* of scratch, as stored, against the last frame */
	struct oriel_rect drawn;	  /* there, the cursor */
	bool is_new;			  /* the picture is to be attached */
	bool is_moved;			  /* it is to be placed */
	struct oriel_damage unshown;	  /* as stored, not committed */
	uint32_t stalls;		  /* times that the compositor kept a frame for too long */
	uint32_t lent;			  /* frames since the last of them */
	uint64_t lent_ns;		  /* when the last one was taken over */
	uint64_t read_bytes;		  /* not told of yet */
	int told_way;			  /* the lender's, that the log has; -1: none */
};

/* Reads what of the picture damage covers, as stored, into canvas, which is upright and as large.
 * The picture is in a frame. Returns the bytes. */
uint64_t oriel_direct_read(struct oriel_direct *direct, const struct oriel_soft_canvas *canvas,
	const struct oriel_damage *damage);
/* A rectangle of the upright picture, as it is stored. */
struct oriel_rect oriel_direct_to_stored(
	const struct oriel_picture *picture, const struct oriel_rect *upright);
/* Brings the copy up to date. */
uint64_t oriel_direct_refresh(struct oriel_direct *direct);
/* The presenter's own: what is shown, and the cursor on it. */
bool oriel_direct_get_image(const struct oriel_presenter *presenter, struct oriel_image *ret_image);

/* The overlay on a window of the size as it is now, or none. 0 or -ENOMEM. */
int oriel_direct_show_cards(struct oriel_direct *direct, struct oriel_error *error);

/* 0 or -ENOMEM. */
int oriel_direct_pointer_init(struct oriel_direct *direct, struct oriel_error *error);
void oriel_direct_pointer_finish(struct oriel_direct_pointer *pointer);
/* Shows the cursor as it is now, as soon as the compositor can take that. has_new_picture: what is
 * beneath it may have changed. */
void oriel_direct_pointer_show_rt(struct oriel_direct *direct, bool has_new_picture);

/* The soft presenter goes on; reason completes "frames are copied: ". */
int oriel_direct_step_aside(
	struct oriel_direct *direct, const char *reason, struct oriel_error *error);
/* All above the window's own surface. */
void oriel_direct_hide_layers(struct oriel_direct *direct);
bool oriel_direct_is_aside(const struct oriel_direct *direct);
/* Back in charge: everything is to be shown anew. */
void oriel_direct_step_back_in(struct oriel_direct *direct);

/* As the presenter's create(), with dma-bufs by makers (lend.h). */
int oriel_direct_create(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, const struct oriel_maker_ops *const *makers,
	struct oriel_error *error);

/* The presenter's own, also while the soft presenter goes on. */
bool oriel_direct_holds_rt(
	const struct oriel_presenter *presenter, const struct oriel_frame *frame);
void oriel_direct_leave_rt(struct oriel_presenter *presenter, uint64_t *ret_bytes);
int oriel_direct_set_layout(struct oriel_presenter *presenter, const struct oriel_picture *layout,
	struct oriel_error *error);
int oriel_direct_dispatch_rt(struct oriel_presenter *presenter);

#endif
