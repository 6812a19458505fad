/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The presenter that copies nothing: the Wayland compositor reads the guest's memory itself.
 *
 * The picture is a layer over the window's black surface; the compositor places, scales and turns
 * it. Cursor and cards are further layers. A frame that arrived whole is attached where it lies,
 * and is held until the next one took its place and the compositor has let go of it, so that the
 * guest never writes to what is on the screen. It has two slots for its frames: one is on the
 * screen, the other one free for it.
 *
 * A screen that stands still must not cost the guest a slot for ever: leave_rt() copies what
 * changed since the last such copy and shows that instead. Where frames cannot be lent at all, or
 * the compositor keeps them for so long again and again that the guest waits, the soft presenter
 * goes on (aside.c).
 *
 * The guest can write to its frame while the compositor reads it: what it gets from that is a torn
 * picture of its own. What a buffer covers was checked against the memory before (lend.c).
 */
#include "present/direct/direct.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"

/* A compositor that keeps frames so often is left alone with them; so many without are forgiven. */
#define STALLS_MAX 3
#define FORGIVEN_AFTER 600
/* A guest that ends makes frames superfluous much sooner: that says nothing of the compositor. */
#define STALL_NS (50 * ORIEL_NS_PER_MS)

static struct oriel_direct *direct_of(const struct oriel_presenter *presenter)
{
	return (struct oriel_direct *)presenter;
}

/* ---- sizes --------------------------------------------------------------------------------------
 */

static void place_picture(struct oriel_direct *direct)
{
	if (direct->width_px && direct->scratch.pixels)
		direct->place = oriel_soft_place_make(direct->width_px, direct->height_px,
			direct->scratch.width_px, direct->scratch.height_px, direct->options.scale,
			direct->options.filter);
	direct->is_moved = true;
	direct->pointer.cursor.changed = true;
}

static void release_memory(struct oriel_direct *direct)
{
	oriel_soft_canvas_finish(&direct->scratch);
	oriel_direct_sheet_finish(&direct->copy);
}

static int get_memory(struct oriel_direct *direct, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	int result;

	release_memory(direct);
	result = oriel_soft_canvas_init(&direct->scratch, width_px, height_px, error);
	return result ? result
		      : oriel_direct_sheet_init(
				&direct->copy, &direct->server, width_px, height_px, false, error);
}

static int take_layout(
	struct oriel_direct *direct, const struct oriel_picture *layout, struct oriel_error *error)
{
	/* A guest that begins anew: what is shown stays until its first frame is there. */
	bool is_same = oriel_picture_is_same_layout(layout, &direct->layout);
	uint32_t width_px, height_px;
	int result = 0;

	oriel_damage_set_full(&direct->stale);
	oriel_damage_set_full(&direct->unread);
	oriel_damage_set_full(&direct->unshown);
	if (is_same && direct->where != ORIEL_DIRECT_NOWHERE)
		return 0;
	oriel_soft_upload_get_upright(layout, &width_px, &height_px);
	direct->layout = *layout;
	direct->convert = oriel_soft_convert_choose(layout, &direct->options.colours, false);
	direct->where = ORIEL_DIRECT_NOWHERE;
	direct->drawn = (struct oriel_rect){0};
	if (width_px != direct->scratch.width_px || height_px != direct->scratch.height_px)
		result = get_memory(direct, width_px, height_px, error);
	place_picture(direct);
	return result;
}

int oriel_direct_set_layout(struct oriel_presenter *presenter, const struct oriel_picture *layout,
	struct oriel_error *error)
{
	struct oriel_direct *direct = direct_of(presenter);
	bool was_aside = oriel_direct_is_aside(direct);
	const char *refusal;
	int result = 0;

	if (!oriel_direct_lender_takes(&direct->lender, layout, &refusal)) {
		direct->where = ORIEL_DIRECT_NOWHERE;
		if (!was_aside)
			result = oriel_direct_step_aside(direct, refusal, error);
		direct->layout = *layout;
		return result ? result
			      : direct->stand_in.active->ops->set_layout(
					direct->stand_in.active, layout, error);
	}
	if (was_aside) {
		oriel_direct_step_back_in(direct);
		result = presenter->ops->resize(
			presenter, direct->width_px, direct->height_px, error);
	}
	return result ? result : take_layout(direct, layout, error);
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	struct oriel_direct *direct = direct_of(presenter);

	direct->overlay = overlay;
	return oriel_direct_show_cards(direct, error);
}

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct oriel_direct *direct = direct_of(presenter);
	struct oriel_native native;

	direct->window->ops->get_native(direct->window, &native);
	direct->scale_120 = native.wayland.scale_120;
	direct->width_px = width_px;
	direct->height_px = height_px;
	place_picture(direct);
	return oriel_direct_show_cards(direct, error);
}

/* ---- frames -------------------------------------------------------------------------------------
 */

/* Once for each way and picture. */
static void tell(struct oriel_direct *direct)
{
	const char *refusals, *way;

	if (direct->told_way == direct->lender.way || direct->lender.way == ORIEL_DIRECT_WAYS)
		return;
	direct->told_way = direct->lender.way;
	way = oriel_direct_lender_get_way(&direct->lender, &refusals);
	oriel_log_rt(ORIEL_LOG_INFO,
		"direct: the compositor reads the guest's memory itself (%s%s%s), nothing is "
		"copied",
		way, *refusals ? "; " : "", refusals);
}

static uint64_t take_read_bytes(struct oriel_direct *direct)
{
	uint64_t bytes = direct->read_bytes;

	direct->read_bytes = 0;
	return bytes;
}

/* The soft presenter shows this frame and those that follow. */
static int give_up(struct oriel_direct *direct, const char *reason, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct oriel_presenter *presenter = &direct->stand_in.base;
	bool has_picture = direct->where != ORIEL_DIRECT_NOWHERE;
	int result = oriel_direct_step_aside(direct, reason, NULL);

	if (!result && !has_picture)
		result = direct->stand_in.active->ops->set_layout(
			direct->stand_in.active, &direct->layout, NULL);
	if (!result)
		result = presenter->ops->upload_rt(presenter, frame, arrival, ret_bytes);
	*ret_bytes += take_read_bytes(direct);
	return result;
}

static int upload_rt(struct oriel_presenter *presenter, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct oriel_direct *direct = direct_of(presenter);
	struct oriel_direct_loan *loan;
	const char *refusal;
	size_t arrived;
	int result;

	if (direct->stalls >= STALLS_MAX)
		return give_up(direct, "the compositor keeps them for so long that the guest waits",
			frame, arrival, ret_bytes);
	loan = oriel_direct_lender_get(&direct->lender, frame, &refusal);
	if (!loan)
		return give_up(direct, refusal, frame, arrival, ret_bytes);
	*ret_bytes = take_read_bytes(direct);
	result = arrival->wait_rt(arrival->data, frame,
		(size_t)frame->picture.rows * frame->picture.pitch_bytes, &arrived);
	if (result)
		return result;
	direct->frame = *frame;
	direct->loan = loan;
	direct->where = ORIEL_DIRECT_IN_FRAME;
	direct->is_new = true;
	oriel_damage_merge(&direct->unshown, &frame->damage);
	oriel_damage_merge(&direct->stale, &frame->damage);
	oriel_damage_merge(&direct->unread, &frame->damage);
	direct->lent_ns = oriel_time_now_ns();
	if (++direct->lent >= FORGIVEN_AFTER)
		direct->stalls = 0;
	tell(direct);
	return 0;
}

bool oriel_direct_holds_rt(const struct oriel_presenter *presenter, const struct oriel_frame *frame)
{
	const struct oriel_direct *direct = direct_of(presenter);

	return (direct->where == ORIEL_DIRECT_IN_FRAME && direct->frame.lease == frame->lease) ||
	       oriel_direct_lender_holds_rt(&direct->lender, frame);
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
	struct oriel_direct *direct = direct_of(presenter);

	if (pointer->shape)
		direct->pointer.is_new_shape = true;
	oriel_soft_cursor_set_rt(&direct->pointer.cursor, pointer);
}

/* ---- onto the window ----------------------------------------------------------------------------
 */

/* What turns the stored picture back; Wayland counts the other way round. */
static const enum wl_output_transform transforms[] = {
	[ORIEL_ROTATE_0] = WL_OUTPUT_TRANSFORM_NORMAL,
	[ORIEL_ROTATE_90] = WL_OUTPUT_TRANSFORM_270,
	[ORIEL_ROTATE_180] = WL_OUTPUT_TRANSFORM_180,
	[ORIEL_ROTATE_270] = WL_OUTPUT_TRANSFORM_90,
};

static void attach_copy(struct oriel_direct *direct)
{
	oriel_direct_layer_attach_rt(&direct->picture, direct->copy.wl, WL_OUTPUT_TRANSFORM_NORMAL);
	wl_surface_damage_buffer(direct->picture.surface, 0, 0, (int32_t)direct->copy.width_px,
		(int32_t)direct->copy.height_px);
	direct->copy.is_held = true;
}

static void attach_frame(struct oriel_direct *direct)
{
	struct oriel_damage *damage = &direct->unshown;

	if (damage->full) {
		damage->count = 1;
		damage->rects[0] = (struct oriel_rect){
			0, 0, direct->layout.width_px, direct->layout.height_px};
	}
	oriel_direct_layer_attach_rt(
		&direct->picture, direct->loan->wl, transforms[direct->layout.rotation]);
	for (uint32_t i = 0; i < damage->count; i++)
		wl_surface_damage_buffer(direct->picture.surface, (int32_t)damage->rects[i].x,
			(int32_t)damage->rects[i].y, (int32_t)damage->rects[i].w,
			(int32_t)damage->rects[i].h);
	oriel_direct_lender_attached_rt(&direct->lender, direct->loan, &direct->frame);
}

static void put_picture(struct oriel_direct *direct)
{
	struct oriel_rect all = {0, 0, direct->scratch.width_px, direct->scratch.height_px};

	if (direct->where == ORIEL_DIRECT_NOWHERE ||
		!oriel_direct_layer_place_rt(
			&direct->picture, &direct->place, &all, direct->scale_120)) {
		oriel_direct_layer_hide_rt(&direct->picture);
		return;
	}
	if (!direct->picture.is_shown)
		oriel_damage_set_full(&direct->unshown);
	if (direct->is_new || !direct->picture.is_shown) {
		if (direct->where == ORIEL_DIRECT_IN_FRAME)
			attach_frame(direct);
		else
			attach_copy(direct);
	}
	wl_surface_commit(direct->picture.surface);
	direct->is_new = false;
	oriel_damage_clear(&direct->unshown);
}

/* Gives the layers their places, and what is around them its black. */
static void put_window(struct oriel_direct *direct)
{
	if (!direct->is_black) {
		wl_surface_attach(direct->server.window, direct->black.wl, 0, 0);
		wl_surface_damage_buffer(direct->server.window, 0, 0, 1, 1);
	}
	direct->is_black = true;
	direct->is_moved = false;
	wl_surface_commit(direct->server.window);
}

static void present_rt(struct oriel_presenter *presenter)
{
	struct oriel_direct *direct = direct_of(presenter);
	bool is_new = direct->is_new;

	if (!direct->width_px)
		return;
	if (is_new || direct->is_moved)
		put_picture(direct);
	if (direct->is_moved || !direct->is_black)
		put_window(direct);
	oriel_direct_pointer_show_rt(direct, is_new);
	wl_display_flush(direct->server.display);
}

void oriel_direct_leave_rt(struct oriel_presenter *presenter, uint64_t *ret_bytes)
{
	struct oriel_direct *direct = direct_of(presenter);

	*ret_bytes = 0;
	if (direct->where != ORIEL_DIRECT_IN_FRAME)
		return;
	if (oriel_direct_lender_holds_others_rt(&direct->lender, &direct->frame) &&
		oriel_time_now_ns() > direct->lent_ns + STALL_NS) {
		direct->stalls++;
		direct->lent = 0;
		direct->lent_ns = UINT64_MAX - STALL_NS; /* once a frame */
	}
	if (direct->copy.is_held)
		return;
	*ret_bytes = take_read_bytes(direct) + oriel_direct_refresh(direct);
	direct->where = ORIEL_DIRECT_IN_COPY;
	direct->is_new = true;
	if (direct->width_px)
		put_picture(direct);
	wl_display_flush(direct->server.display);
}

static void hide_rt(struct oriel_presenter *presenter)
{
	struct oriel_direct *direct = direct_of(presenter);

	oriel_direct_hide_layers(direct);
	direct->where = ORIEL_DIRECT_NOWHERE;
}

/* The compositor keeps what was attached. */
static void expose_rt(struct oriel_presenter *presenter)
{
}

/* Nothing that the display server reads is written to before it lets go of it. */
static bool is_busy_rt(const struct oriel_presenter *presenter)
{
	return false;
}

static int get_fd(const struct oriel_presenter *presenter)
{
	return wl_display_get_fd(direct_of(presenter)->server.display);
}

/* The window reads the connection; here is dispatched what that brought. */
int oriel_direct_dispatch_rt(struct oriel_presenter *presenter)
{
	struct oriel_direct_server *server = &direct_of(presenter)->server;

	return wl_display_dispatch_queue_pending(server->display, server->queue) < 0 ? -EPIPE : 0;
}

/* ---- life ---------------------------------------------------------------------------------------
 */

static enum oriel_probe probe(const struct oriel_native *native)
{
	bool is_able = native->kind == ORIEL_NATIVE_WAYLAND && native->wayland.subcompositor &&
		       native->wayland.viewporter;

	return is_able ? ORIEL_PROBE_GOOD : ORIEL_PROBE_NO;
}

/* The compositor scales, as smoothly as it likes. */
static bool suits(const struct oriel_present_options *options, uint32_t width_px,
	uint32_t height_px, const struct oriel_picture *picture)
{
	uint32_t picture_width_px, picture_height_px;
	struct oriel_soft_place place;

	oriel_soft_upload_get_upright(picture, &picture_width_px, &picture_height_px);
	place = oriel_soft_place_make(width_px, height_px, picture_width_px, picture_height_px,
		options->scale, options->filter);
	return place.is_1to1 || !place.nearest;
}

static void destroy(struct oriel_presenter *presenter)
{
	struct oriel_direct *direct = direct_of(presenter);

	if (!direct)
		return;
	oriel_stand_in_end(&direct->stand_in);
	oriel_direct_layer_finish(&direct->cards);
	oriel_direct_pointer_finish(&direct->pointer);
	oriel_direct_layer_finish(&direct->picture);
	oriel_direct_sheet_finish(&direct->card);
	oriel_direct_sheet_finish(&direct->clear);
	oriel_direct_sheet_finish(&direct->black);
	release_memory(direct);
	oriel_direct_lender_finish(&direct->lender);
	oriel_direct_server_finish(&direct->server);
	free(direct);
}

static int make_layers(struct oriel_direct *direct, struct oriel_error *error)
{
	int result = oriel_direct_sheet_init(&direct->black, &direct->server, 1, 1, false, error);

	if (!result)
		result =
			oriel_direct_sheet_init(&direct->clear, &direct->server, 1, 1, true, error);
	if (!result)
		result = oriel_direct_pointer_init(direct, error);
	if (result)
		return result;
	oriel_direct_layer_init(&direct->picture, &direct->server, direct->clear.wl);
	oriel_direct_layer_set_opaque(&direct->picture, &direct->server);
	oriel_direct_layer_init(&direct->pointer.layer, &direct->server, direct->clear.wl);
	oriel_direct_layer_init(&direct->cards, &direct->server, direct->clear.wl);
	return 0;
}

int oriel_direct_create(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, const struct oriel_maker_ops *const *makers,
	struct oriel_error *error)
{
	struct oriel_direct *direct;
	struct oriel_soft_colour unused;
	struct oriel_native native;
	int result;

	if (oriel_soft_colour_make(&unused, &options->colours))
		return oriel_error_set(error, -ENOTSUP,
			"the direct presenter shows the guest's own pixels and changes no colours; "
			"use --present soft");
	direct = calloc(1, sizeof *direct);
	if (!direct)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make the direct presenter");
	direct->stand_in.base.ops = &oriel_presenter_direct;
	direct->window = window;
	direct->options = *options;
	direct->told_way = -1;
	oriel_copy_tuner_init(&direct->tuner);
	window->ops->get_native(window, &native);
	result = oriel_direct_server_init(&direct->server, &native.wayland, error);
	oriel_direct_lender_init(&direct->lender, &direct->server, makers);
	if (!result)
		result = make_layers(direct, error);
	if (result) {
		destroy(&direct->stand_in.base);
		return result;
	}
	*ret_presenter = &direct->stand_in.base;
	return 0;
}

static int create(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	return oriel_direct_create(ret_presenter, window, options, oriel_makers, error);
}

const struct oriel_presenter_ops oriel_presenter_direct = {
	.name = "direct",
	.next = &oriel_presenter_soft,
	.needs_memory = true,
	.suits = suits,
	.probe = probe,
	.create = create,
	.destroy = destroy,
	.resize = resize,
	.set_layout = oriel_direct_set_layout,
	.set_overlay = set_overlay,
	.upload_rt = upload_rt,
	.holds_rt = oriel_direct_holds_rt,
	.leave_rt = oriel_direct_leave_rt,
	.hide_rt = hide_rt,
	.set_cursor_rt = set_cursor_rt,
	.present_rt = present_rt,
	.expose_rt = expose_rt,
	.is_busy_rt = is_busy_rt,
	.get_fd = get_fd,
	.dispatch_rt = oriel_direct_dispatch_rt,
	.get_image = oriel_direct_get_image,
};
