/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The compositor's screens: their sizes and scales, and which of them a surface is on. */
#ifndef ORIEL_WINDOW_WAYLAND_OUTPUT_H
#define ORIEL_WINDOW_WAYLAND_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct wl_output;
struct wl_registry;

/* More screens than this are not looked at. */
#define ORIEL_WAYLAND_OUTPUTS_MAX 16

/* Longer names are cut. */
#define ORIEL_WAYLAND_OUTPUT_NAME_BYTES 32

struct oriel_wayland_output {
	struct wl_output *wl; /* NULL: free */
	uint32_t global;      /* its number in the registry */
	uint32_t width_px, height_px;
	int32_t scale;
	char name[ORIEL_WAYLAND_OUTPUT_NAME_BYTES]; /* empty: the compositor does not say */
	bool is_turned;				    /* width and height change places */
	bool is_entered;			    /* by the window's surface */
};

struct oriel_wayland_outputs {
	struct oriel_wayland_output list[ORIEL_WAYLAND_OUTPUTS_MAX];
};

void oriel_wayland_output_add(struct oriel_wayland_outputs *outputs, struct wl_registry *registry,
	uint32_t global, uint32_t version);
void oriel_wayland_output_remove(struct oriel_wayland_outputs *outputs, uint32_t global);
void oriel_wayland_output_finish(struct oriel_wayland_outputs *outputs);

void oriel_wayland_output_note_entered(
	struct oriel_wayland_outputs *outputs, struct wl_output *wl, bool entered);
/* The screen of that name, until events are dispatched the next time; NULL: there is none, or none
 * any more. */
struct wl_output *oriel_wayland_output_look_up(
	const struct oriel_wayland_outputs *outputs, const char *name);
/* -ENODEV, with the names there are, when none has that name. */
int oriel_wayland_output_check(
	const struct oriel_wayland_outputs *outputs, const char *name, struct oriel_error *error);
/* The largest scale of the screens the surface is on; of all of them while it is on none. */
int32_t oriel_wayland_output_get_scale(const struct oriel_wayland_outputs *outputs);
/* Of the largest screen the surface is on, or of all; UINT32_MAX twice when there is none. */
void oriel_wayland_output_get_size(const struct oriel_wayland_outputs *outputs,
	uint32_t *ret_width_px, uint32_t *ret_height_px);

#endif
