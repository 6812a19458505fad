/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/direct/layer.h"

#include <math.h>

#include <viewporter-client-protocol.h>

void oriel_direct_layer_init(struct oriel_direct_layer *layer,
	const struct oriel_direct_server *server, struct wl_buffer *clear)
{
	struct wl_region *nothing = wl_compositor_create_region(server->compositor);

	layer->surface = wl_compositor_create_surface(server->compositor);
	layer->subsurface = wl_subcompositor_get_subsurface(
		server->subcompositor, layer->surface, server->window);
	layer->viewport = wp_viewporter_get_viewport(server->viewporter, layer->surface);
	layer->clear = clear;
	layer->is_shown = false;
	wl_subsurface_set_desync(layer->subsurface);
	wl_surface_set_input_region(layer->surface, nothing);
	wl_region_destroy(nothing);
}

void oriel_direct_layer_set_opaque(
	struct oriel_direct_layer *layer, const struct oriel_direct_server *server)
{
	struct wl_region *all = wl_compositor_create_region(server->compositor);

	wl_region_add(all, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_set_opaque_region(layer->surface, all);
	wl_region_destroy(all);
}

void oriel_direct_layer_finish(struct oriel_direct_layer *layer)
{
	if (!layer->surface)
		return;
	wp_viewport_destroy(layer->viewport);
	wl_subsurface_destroy(layer->subsurface);
	wl_surface_destroy(layer->surface);
	layer->surface = NULL;
}

/* One direction of the way from the picture to the window. */
struct stretch {
	double source, source_length; /* from the part's begin, in its pixels */
	int32_t position, length;     /* on the window, in the compositor's units */
};

static bool stretch_side(uint32_t part, uint32_t part_length, uint32_t picture, int32_t at,
	uint32_t shown, uint32_t seen, uint32_t seen_length, uint32_t scale_120,
	struct stretch *ret_stretch)
{
	double factor = (double)shown / picture;
	double begin = at + part * factor, end = at + (part + (double)part_length) * factor;
	double from = fmax(begin, seen), to = fmin(end, (double)seen + seen_length);
	double per_unit = scale_120 / 120.0;

	if (to <= from)
		return false;
	ret_stretch->source = (from - begin) / factor;
	ret_stretch->source_length = fmin((to - from) / factor, part_length - ret_stretch->source);
	ret_stretch->position = (int32_t)lround(from / per_unit);
	ret_stretch->length = (int32_t)lround(to / per_unit) - ret_stretch->position;
	if (ret_stretch->length < 1)
		ret_stretch->length = 1;
	/* Less than a 256th of a pixel cannot be said. */
	return ret_stretch->source_length >= 1.0 / 256;
}

bool oriel_direct_layer_place_rt(struct oriel_direct_layer *layer,
	const struct oriel_soft_place *place, const struct oriel_rect *part, uint32_t scale_120)
{
	struct stretch x, y;

	if (!stretch_side(part->x, part->w, place->picture_width_px, place->x_px, place->width_px,
		    place->seen.x, place->seen.w, scale_120, &x) ||
		!stretch_side(part->y, part->h, place->picture_height_px, place->y_px,
			place->height_px, place->seen.y, place->seen.h, scale_120, &y))
		return false;
	wl_subsurface_set_position(layer->subsurface, x.position, y.position);
	wp_viewport_set_source(layer->viewport, wl_fixed_from_double(x.source),
		wl_fixed_from_double(y.source), wl_fixed_from_double(x.source_length),
		wl_fixed_from_double(y.source_length));
	wp_viewport_set_destination(layer->viewport, x.length, y.length);
	return true;
}

void oriel_direct_layer_attach_rt(struct oriel_direct_layer *layer, struct wl_buffer *buffer,
	enum wl_output_transform transform)
{
	wl_surface_set_buffer_transform(layer->surface, (int32_t)transform);
	wl_surface_attach(layer->surface, buffer, 0, 0);
	layer->is_shown = true;
}

void oriel_direct_layer_hide_rt(struct oriel_direct_layer *layer)
{
	if (!layer->is_shown)
		return;
	/* Some compositors (sway 1.7) repaint what a surface had, but not where one was. */
	wp_viewport_set_source(layer->viewport, 0, 0, wl_fixed_from_int(1), wl_fixed_from_int(1));
	wl_surface_attach(layer->surface, layer->clear, 0, 0);
	wl_surface_damage_buffer(layer->surface, 0, 0, 1, 1);
	wl_surface_commit(layer->surface);
	wl_surface_attach(layer->surface, NULL, 0, 0);
	wl_surface_commit(layer->surface);
	layer->is_shown = false;
}
