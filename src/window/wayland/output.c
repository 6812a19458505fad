/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/output.h"

#include <errno.h>
#include <string.h>
#include <wayland-client.h>

static void on_geometry(void *data, struct wl_output *wl, int32_t x, int32_t y, int32_t width_mm,
	int32_t height_mm, int32_t subpixel, const char *make, const char *model, int32_t transform)
{
	/* Odd transforms are the ones by a quarter. */
	((struct oriel_wayland_output *)data)->is_turned = transform & 1;
}

static void on_mode(void *data, struct wl_output *wl, uint32_t flags, int32_t width_px,
	int32_t height_px, int32_t refresh)
{
	struct oriel_wayland_output *output = data;

	if (!(flags & WL_OUTPUT_MODE_CURRENT) || width_px <= 0 || height_px <= 0)
		return;
	output->width_px = (uint32_t)width_px;
	output->height_px = (uint32_t)height_px;
}

static void on_scale(void *data, struct wl_output *wl, int32_t scale)
{
	if (scale > 0)
		((struct oriel_wayland_output *)data)->scale = scale;
}

static void on_done(void *data, struct wl_output *wl)
{
}

static void on_name(void *data, struct wl_output *wl, const char *name)
{
	struct oriel_wayland_output *output = data;

	strncpy(output->name, name, sizeof output->name - 1);
}

static void on_description(void *data, struct wl_output *wl, const char *description)
{
}

static const struct wl_output_listener listener = {
	.geometry = on_geometry,
	.mode = on_mode,
	.done = on_done,
	.scale = on_scale,
	.name = on_name,
	.description = on_description,
};

static struct oriel_wayland_output *find(
	struct oriel_wayland_outputs *outputs, const struct wl_output *wl)
{
	for (int i = 0; i < ORIEL_WAYLAND_OUTPUTS_MAX; i++)
		if (outputs->list[i].wl == wl)
			return &outputs->list[i];
	return NULL;
}

void oriel_wayland_output_add(struct oriel_wayland_outputs *outputs, struct wl_registry *registry,
	uint32_t global, uint32_t version)
{
	struct oriel_wayland_output *output = find(outputs, NULL);
	struct wl_output *wl;

	if (!output || version < 2)
		return;
	wl = wl_registry_bind(registry, global, &wl_output_interface, version < 4 ? version : 4);
	*output = (struct oriel_wayland_output){.wl = wl, .global = global, .scale = 1};
	wl_output_add_listener(wl, &listener, output);
}

static void destroy(struct oriel_wayland_output *output)
{
	if (output->wl && wl_output_get_version(output->wl) >= WL_OUTPUT_RELEASE_SINCE_VERSION)
		wl_output_release(output->wl);
	else if (output->wl)
		wl_output_destroy(output->wl);
	*output = (struct oriel_wayland_output){0};
}

void oriel_wayland_output_remove(struct oriel_wayland_outputs *outputs, uint32_t global)
{
	for (int i = 0; i < ORIEL_WAYLAND_OUTPUTS_MAX; i++)
		if (outputs->list[i].wl && outputs->list[i].global == global)
			destroy(&outputs->list[i]);
}

void oriel_wayland_output_finish(struct oriel_wayland_outputs *outputs)
{
	for (int i = 0; i < ORIEL_WAYLAND_OUTPUTS_MAX; i++)
		destroy(&outputs->list[i]);
}

void oriel_wayland_output_note_entered(
	struct oriel_wayland_outputs *outputs, struct wl_output *wl, bool entered)
{
	struct oriel_wayland_output *output = wl ? find(outputs, wl) : NULL;

	if (output)
		output->is_entered = entered;
}

struct wl_output *oriel_wayland_output_look_up(
	const struct oriel_wayland_outputs *outputs, const char *name)
{
	for (int i = 0; i < ORIEL_WAYLAND_OUTPUTS_MAX; i++)
		if (outputs->list[i].wl && !strcmp(outputs->list[i].name, name))
			return outputs->list[i].wl;
	return NULL;
}

int oriel_wayland_output_check(
	const struct oriel_wayland_outputs *outputs, const char *name, struct oriel_error *error)
{
	char known[ORIEL_WAYLAND_OUTPUTS_MAX * (ORIEL_WAYLAND_OUTPUT_NAME_BYTES + 2)] = "";

	if (*name && oriel_wayland_output_look_up(outputs, name))
		return 0;
	for (int i = 0; i < ORIEL_WAYLAND_OUTPUTS_MAX; i++) {
		const struct oriel_wayland_output *output = &outputs->list[i];

		if (!output->wl || !output->name[0])
			continue;
		strcat(known, known[0] ? ", " : "");
		strcat(known, output->name);
	}
	return oriel_error_set(error, -ENODEV, "no screen here is called \"%s\"; there is: %s",
		name, known[0] ? known : "none that has a name");
}

static bool is_on_any(const struct oriel_wayland_outputs *outputs)
{
	for (int i = 0; i < ORIEL_WAYLAND_OUTPUTS_MAX; i++)
		if (outputs->list[i].wl && outputs->list[i].is_entered)
			return true;
	return false;
}

int32_t oriel_wayland_output_get_scale(const struct oriel_wayland_outputs *outputs)
{
	bool entered_only = is_on_any(outputs);
	int32_t scale = 1;

	for (int i = 0; i < ORIEL_WAYLAND_OUTPUTS_MAX; i++) {
		const struct oriel_wayland_output *output = &outputs->list[i];

		if (output->wl && output->is_entered >= entered_only && output->scale > scale)
			scale = output->scale;
	}
	return scale;
}

void oriel_wayland_output_get_size(const struct oriel_wayland_outputs *outputs,
	uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	bool entered_only = is_on_any(outputs);
	uint64_t largest_px = 0;

	*ret_width_px = *ret_height_px = UINT32_MAX;
	for (int i = 0; i < ORIEL_WAYLAND_OUTPUTS_MAX; i++) {
		const struct oriel_wayland_output *output = &outputs->list[i];
		uint64_t area_px = (uint64_t)output->width_px * output->height_px;

		if (!output->wl || output->is_entered < entered_only || area_px <= largest_px)
			continue;
		largest_px = area_px;
		*ret_width_px = output->is_turned ? output->height_px : output->width_px;
		*ret_height_px = output->is_turned ? output->width_px : output->height_px;
	}
}
