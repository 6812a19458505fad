/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens when frames cannot be lent: the soft presenter goes on, and what comes is noted on
 * its way there, until a layout comes that can be. Meanwhile the compositor may still hold frames.
 */
#include "base/log.h"
#include "present/direct/direct.h"

static struct oriel_presenter *soft_of(struct oriel_direct *direct)
{
	return direct->stand_in.active;
}

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct oriel_direct *direct = (struct oriel_direct *)presenter;

	direct->width_px = width_px;
	direct->height_px = height_px;
	return soft_of(direct)->ops->resize(soft_of(direct), width_px, height_px, error);
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	struct oriel_direct *direct = (struct oriel_direct *)presenter;

	direct->overlay = overlay;
	return soft_of(direct)->ops->set_overlay(soft_of(direct), overlay, error);
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
	struct oriel_direct *direct = (struct oriel_direct *)presenter;

	oriel_soft_cursor_set_rt(&direct->pointer.cursor, pointer);
	soft_of(direct)->ops->set_cursor_rt(soft_of(direct), pointer);
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	struct oriel_direct *direct = (struct oriel_direct *)presenter;
	int result = oriel_direct_dispatch_rt(presenter);

	return result ? result : soft_of(direct)->ops->dispatch_rt(soft_of(direct));
}

void oriel_direct_hide_layers(struct oriel_direct *direct)
{
	oriel_direct_layer_hide_rt(&direct->cards);
	oriel_direct_layer_hide_rt(&direct->pointer.layer);
	oriel_direct_layer_hide_rt(&direct->picture);
	wl_display_flush(direct->server.display);
}

int oriel_direct_step_aside(
	struct oriel_direct *direct, const char *reason, struct oriel_error *error)
{
	struct oriel_presenter_ops *forwards = &direct->stand_in.forwards;
	struct oriel_soft_canvas canvas = {direct->copy.pixels, direct->copy.pitch_bytes,
		direct->copy.width_px, direct->copy.height_px};
	struct oriel_stand_in_state state = {
		.window = direct->window,
		.options = &direct->options,
		.width_px = direct->width_px,
		.height_px = direct->height_px,
		.overlay = direct->overlay,
		.canvas = &canvas,
		.layout = &direct->layout,
		.cursor = &direct->pointer.cursor,
	};
	int result;

	oriel_log_rt(ORIEL_LOG_INFO, "direct: frames are copied (soft), since %s", reason);
	if (direct->where == ORIEL_DIRECT_IN_FRAME)
		direct->read_bytes += oriel_direct_refresh(direct);
	if (direct->where == ORIEL_DIRECT_NOWHERE)
		canvas.pixels = NULL;
	result = oriel_stand_in_begin(&direct->stand_in, &state, error);
	forwards->resize = resize;
	forwards->set_overlay = set_overlay;
	forwards->set_cursor_rt = set_cursor_rt;
	forwards->set_layout = oriel_direct_set_layout;
	forwards->dispatch_rt = dispatch_rt;
	forwards->holds_rt = oriel_direct_holds_rt;
	forwards->leave_rt = oriel_direct_leave_rt;
	oriel_direct_hide_layers(direct);
	direct->where = ORIEL_DIRECT_NOWHERE;
	direct->told_way = -1;
	direct->is_black = false;
	return result;
}

bool oriel_direct_is_aside(const struct oriel_direct *direct)
{
	return direct->stand_in.active;
}

void oriel_direct_step_back_in(struct oriel_direct *direct)
{
	oriel_stand_in_end(&direct->stand_in);
	direct->pointer.cursor.changed = direct->pointer.is_new_shape = true;
	direct->stalls = 0;
}
