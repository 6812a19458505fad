/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One of the surfaces that lie on the window's own, one above the other in the order of their init:
 * the compositor places, scales and turns what is attached to them. They take no input. Internal to
 * src/present/direct; the presenter's thread.
 */
#ifndef ORIEL_PRESENT_DIRECT_LAYER_H
#define ORIEL_PRESENT_DIRECT_LAYER_H

#include "present/direct/server.h"
#include "present/soft/place.h"

struct oriel_direct_layer {
	struct wl_surface *surface;
	struct wl_subsurface *subsurface;
	struct wp_viewport *viewport;
	struct wl_buffer *clear;
	bool is_shown;
};

/* clear: a transparent pixel, borrowed. */
void oriel_direct_layer_init(struct oriel_direct_layer *layer,
	const struct oriel_direct_server *server, struct wl_buffer *clear);
/* Nothing shines through it: what is beneath need not be drawn. */
void oriel_direct_layer_set_opaque(
	struct oriel_direct_layer *layer, const struct oriel_direct_server *server);
/* Fine on a zeroed one. */
void oriel_direct_layer_finish(struct oriel_direct_layer *layer);

/*
 * Where it is: on the window as place has it, at part of the picture there; its buffer begins with
 * that part, upright. scale_120: of the window. Takes effect with the next commit of the layer, its
 * position with that of the window. False: nothing of it is seen, it is to be hidden.
 */
bool oriel_direct_layer_place_rt(struct oriel_direct_layer *layer,
	const struct oriel_soft_place *place, const struct oriel_rect *part, uint32_t scale_120);

/* What it shows with the next commit; nothing of it is damaged yet. */
void oriel_direct_layer_attach_rt(struct oriel_direct_layer *layer, struct wl_buffer *buffer,
	enum wl_output_transform transform);
/* Commits. */
void oriel_direct_layer_hide_rt(struct oriel_direct_layer *layer);

#endif
