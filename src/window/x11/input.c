/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/input.h"

#include <stdlib.h>
#include <xcb/xcbext.h>
#include <xcb/xinput.h>
#include <xcb/xkb.h>

/* ---- motion and wheels ---------------------------------------------------------------------- */

/* Raw events know of no window, and many programs want them all the time: this one only those that
 * are meant for it. */
static void listen(struct oriel_x11_input *input)
{
	oriel_x11_raw_listen_rt(&input->raw, input->is_inside || input->grab & ORIEL_GRAB_POINTER);
}

void oriel_x11_input_note_crossing_rt(struct oriel_x11_input *input, bool is_inside)
{
	input->is_inside = is_inside;
	listen(input);
	xcb_flush(input->connection);
}

bool oriel_x11_input_take_raw_rt(struct oriel_x11_input *input, const xcb_generic_event_t *event,
	struct oriel_x11_raw_news *ret_news)
{
	struct oriel_x11_raw_news news;
	bool is_grabbed = input->grab & ORIEL_GRAB_POINTER;

	/* What is still under way after the pointer went out is somebody else's. */
	if (!oriel_x11_raw_take_rt(&input->raw, event, &news) || !(is_grabbed || input->is_inside))
		return false;
	news.has_motion &= is_grabbed;
	*ret_news = news;
	return true;
}

bool oriel_x11_input_take_motion_rt(struct oriel_x11_input *input,
	const xcb_motion_notify_event_t *event, double *ret_x_px, double *ret_y_px)
{
	*ret_x_px = event->event_x - input->middle_x_px;
	*ret_y_px = event->event_y - input->middle_y_px;
	if (input->raw.opcode || (!*ret_x_px && !*ret_y_px))
		return false;
	xcb_warp_pointer(input->connection, XCB_NONE, input->window, 0, 0, 0, 0,
		(int16_t)input->middle_x_px, (int16_t)input->middle_y_px);
	xcb_flush(input->connection);
	return true;
}

/* ---- grabs ---------------------------------------------------------------------------------- */

#define GRABBED_EVENTS                                                                             \
	(XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |                             \
		XCB_EVENT_MASK_POINTER_MOTION | XCB_EVENT_MASK_ENTER_WINDOW |                      \
		XCB_EVENT_MASK_LEAVE_WINDOW)

/* The pointer starts where the next motion will be measured from. */
static void start_in_middle(struct oriel_x11_input *input)
{
	xcb_query_pointer_reply_t *reply;

	if (input->raw.opcode)
		return;
	reply = xcb_query_pointer_reply(
		input->connection, xcb_query_pointer(input->connection, input->window), NULL);
	if (reply) {
		input->middle_x_px = reply->win_x;
		input->middle_y_px = reply->win_y;
	}
	free(reply);
}

/* Owner events stay off: with them the server tells raw motion twice, to the grab and to the root.
 */
static void grab_pointer(struct oriel_x11_input *input)
{
	start_in_middle(input);
	input->pointer_sequence = xcb_grab_pointer(input->connection, 0, input->window,
		GRABBED_EVENTS, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC, input->window,
		input->blank, XCB_CURRENT_TIME)
					  .sequence;
}

static void grab_keyboard(struct oriel_x11_input *input)
{
	input->keyboard_sequence = xcb_grab_keyboard(input->connection, 1, input->window,
		XCB_CURRENT_TIME, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC)
					   .sequence;
}

void oriel_x11_input_set_grab_rt(struct oriel_x11_input *input, unsigned grab)
{
	unsigned gained = grab & ~input->grab, lost = input->grab & ~grab;

	input->grab = grab;
	listen(input);
	if (gained & ORIEL_GRAB_POINTER)
		grab_pointer(input);
	if (gained & ORIEL_GRAB_KEYBOARD)
		grab_keyboard(input);
	if (lost & ORIEL_GRAB_POINTER)
		xcb_ungrab_pointer(input->connection, XCB_CURRENT_TIME);
	if (lost & ORIEL_GRAB_KEYBOARD)
		xcb_ungrab_keyboard(input->connection, XCB_CURRENT_TIME);
	xcb_flush(input->connection);
}

/* An answer that still belongs to a grab given up meanwhile changes nothing. */
static void take_answer(struct oriel_x11_input *input, unsigned *sequence, unsigned grab)
{
	xcb_generic_error_t *error = NULL;
	void *answer = NULL;

	if (!*sequence || !xcb_poll_for_reply(input->connection, *sequence, &answer, &error))
		return;
	*sequence = 0;
	/* Both kinds of answer have the status at the same place. */
	if ((!answer || ((xcb_grab_pointer_reply_t *)answer)->status != XCB_GRAB_STATUS_SUCCESS) &&
		(input->grab & grab))
		input->is_refused = true;
	free(answer);
	free(error);
}

bool oriel_x11_input_take_refusal_rt(struct oriel_x11_input *input)
{
	bool refused;

	take_answer(input, &input->pointer_sequence, ORIEL_GRAB_POINTER);
	take_answer(input, &input->keyboard_sequence, ORIEL_GRAB_KEYBOARD);
	refused = input->is_refused;
	input->is_refused = false;
	if (refused)
		oriel_x11_input_set_grab_rt(input, ORIEL_GRAB_NONE);
	return refused;
}

bool oriel_x11_input_note_unmapped_rt(struct oriel_x11_input *input)
{
	bool had = input->grab != ORIEL_GRAB_NONE;

	input->is_inside = false;
	oriel_x11_input_set_grab_rt(input, ORIEL_GRAB_NONE);
	return had;
}

/* ---- the cursor ----------------------------------------------------------------------------- */

void oriel_x11_input_set_cursor_visible_rt(struct oriel_x11_input *input, bool visible)
{
	uint32_t cursor = visible ? XCB_CURSOR_NONE : input->blank;

	if (input->is_visible == visible)
		return;
	input->is_visible = visible;
	xcb_change_window_attributes(input->connection, input->window, XCB_CW_CURSOR, &cursor);
	xcb_flush(input->connection);
}

static void make_blank_cursor(struct oriel_x11_input *input)
{
	xcb_pixmap_t pixmap = xcb_generate_id(input->connection);
	xcb_gcontext_t gc = xcb_generate_id(input->connection);
	const xcb_rectangle_t all = {0, 0, 1, 1};
	uint32_t black = 0;

	input->blank = xcb_generate_id(input->connection);
	xcb_create_pixmap(input->connection, 1, pixmap, input->window, 1, 1);
	xcb_create_gc(input->connection, gc, pixmap, XCB_GC_FOREGROUND, &black);
	xcb_poly_fill_rectangle(input->connection, pixmap, gc, 1, &all);
	xcb_create_cursor(input->connection, input->blank, pixmap, pixmap, 0, 0, 0, 0, 0, 0, 0, 0);
	xcb_free_gc(input->connection, gc);
	xcb_free_pixmap(input->connection, pixmap);
}

/* ---- extensions ----------------------------------------------------------------------------- */

/* Without this each repeat of a held key comes with a release in front. */
static void tell_repeats(struct oriel_x11_input *input)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(input->connection, &xcb_xkb_id);
	const uint32_t flag = XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT;
	xcb_xkb_use_extension_reply_t *use;

	if (!extension || !extension->present)
		return;
	use = xcb_xkb_use_extension_reply(
		input->connection, xcb_xkb_use_extension(input->connection, 1, 0), NULL);
	if (use && use->supported)
		xcb_discard_reply(
			input->connection, xcb_xkb_per_client_flags(input->connection,
						   XCB_XKB_ID_USE_CORE_KBD, flag, flag, 0, 0, 0)
						   .sequence);
	free(use);
}

void oriel_x11_input_init(struct oriel_x11_input *input, xcb_connection_t *connection,
	const xcb_screen_t *screen, xcb_window_t window)
{
	*input = (struct oriel_x11_input){
		.connection = connection,
		.window = window,
		.is_visible = true,
	};
	xcb_prefetch_extension_data(connection, &xcb_input_id);
	xcb_prefetch_extension_data(connection, &xcb_xkb_id);
	make_blank_cursor(input);
	oriel_x11_raw_init(&input->raw, connection, screen);
	tell_repeats(input);
}
