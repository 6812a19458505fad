/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/input.h"

#include <stdlib.h>
#include <xcb/xcbext.h>
#include <xcb/xinput.h>
#include <xcb/xkb.h>

/* ---- raw motion ----------------------------------------------------------------------------- */

static double to_double(xcb_input_fp3232_t value)
{
	return value.integral + value.frac / 4294967296.0;
}

static void select_raw(struct oriel_x11_input *input, bool wanted)
{
	struct {
		xcb_input_event_mask_t head;
		uint32_t mask;
	} select = {
		.head = {.deviceid = XCB_INPUT_DEVICE_ALL_MASTER, .mask_len = 1},
		.mask = wanted ? XCB_INPUT_XI_EVENT_MASK_RAW_MOTION : 0,
	};

	if (input->xinput_opcode)
		xcb_input_xi_select_events(input->connection, input->screen->root, 1, &select.head);
}

static void note_axis(
	struct oriel_x11_tablet *tablet, const xcb_input_valuator_class_t *axis, int *found)
{
	if (axis->number > 1 || axis->mode != XCB_INPUT_VALUATOR_MODE_ABSOLUTE)
		return;
	tablet->min[axis->number] = to_double(axis->min);
	tablet->max[axis->number] = to_double(axis->max);
	*found |= tablet->max[axis->number] > tablet->min[axis->number] ? 1 << axis->number : 0;
}

static void note_device(struct oriel_x11_input *input, const xcb_input_xi_device_info_t *info)
{
	struct oriel_x11_tablet tablet = {.id = info->deviceid};
	xcb_input_device_class_iterator_t it = xcb_input_xi_device_info_classes_iterator(info);
	int found = 0;

	for (; it.rem; xcb_input_device_class_next(&it))
		if (it.data->type == XCB_INPUT_DEVICE_CLASS_TYPE_VALUATOR)
			note_axis(&tablet, (const xcb_input_valuator_class_t *)it.data, &found);
	if (found == 3 && input->tablet_count < ORIEL_X11_TABLETS_MAX)
		input->tablets[input->tablet_count++] = tablet;
}

/* A round trip; at a grab, since devices come and go. */
static void find_tablets(struct oriel_x11_input *input)
{
	xcb_input_xi_query_device_reply_t *reply;
	xcb_input_xi_device_info_iterator_t it;

	input->tablet_count = 0;
	if (!input->xinput_opcode)
		return;
	reply = xcb_input_xi_query_device_reply(input->connection,
		xcb_input_xi_query_device(input->connection, XCB_INPUT_DEVICE_ALL), NULL);
	if (!reply)
		return;
	for (it = xcb_input_xi_query_device_infos_iterator(reply); it.rem;
		xcb_input_xi_device_info_next(&it))
		if (it.data->type == XCB_INPUT_DEVICE_TYPE_SLAVE_POINTER)
			note_device(input, it.data);
	free(reply);
}

static struct oriel_x11_tablet *find_tablet(struct oriel_x11_input *input, uint16_t id)
{
	for (int i = 0; i < input->tablet_count; i++)
		if (input->tablets[i].id == id)
			return &input->tablets[i];
	return NULL;
}

/* Positions become ways, in pixels of the screen. */
static void take_positions(const struct oriel_x11_input *input, struct oriel_x11_tablet *tablet,
	const bool has[2], double values[2])
{
	const double pixels[2] = {input->screen->width_in_pixels, input->screen->height_in_pixels};

	for (int i = 0; i < 2; i++) {
		double position = has[i] ? values[i] : tablet->last[i];

		values[i] = tablet->has_last ? (position - tablet->last[i]) * pixels[i] /
						       (tablet->max[i] - tablet->min[i])
					     : 0.0;
		tablet->last[i] = position;
	}
	tablet->has_last = true;
}

bool oriel_x11_input_take_raw_rt(struct oriel_x11_input *input, const xcb_generic_event_t *event,
	double *ret_x_px, double *ret_y_px)
{
	const xcb_input_raw_button_press_event_t *raw =
		(const xcb_input_raw_button_press_event_t *)event;
	const xcb_input_fp3232_t *values;
	struct oriel_x11_tablet *tablet;
	double found[2] = {0.0, 0.0};
	bool has[2];
	uint32_t mask;

	if (!input->xinput_opcode || raw->extension != input->xinput_opcode ||
		raw->event_type != XCB_INPUT_RAW_MOTION || !raw->valuators_len ||
		!(input->grab & ORIEL_GRAB_POINTER))
		return false;
	mask = *xcb_input_raw_button_press_valuator_mask(raw);
	values = xcb_input_raw_button_press_axisvalues_raw(raw);
	for (int i = 0; i < 2; i++) {
		has[i] = mask >> i & 1;
		if (has[i])
			found[i] = to_double(*values++);
	}
	tablet = find_tablet(input, raw->sourceid);
	if (tablet)
		take_positions(input, tablet, has, found);
	*ret_x_px = found[0];
	*ret_y_px = found[1];
	return has[0] || has[1];
}

bool oriel_x11_input_take_motion_rt(struct oriel_x11_input *input,
	const xcb_motion_notify_event_t *event, double *ret_x_px, double *ret_y_px)
{
	*ret_x_px = event->event_x - input->middle_x_px;
	*ret_y_px = event->event_y - input->middle_y_px;
	if (input->xinput_opcode || (!*ret_x_px && !*ret_y_px))
		return false;
	xcb_warp_pointer(input->connection, XCB_NONE, input->window, 0, 0, 0, 0,
		(int16_t)input->middle_x_px, (int16_t)input->middle_y_px);
	xcb_flush(input->connection);
	return true;
}

/* ---- grabs ---------------------------------------------------------------------------------- */

#define GRABBED_EVENTS                                                                             \
	(XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |                             \
		XCB_EVENT_MASK_POINTER_MOTION)

/* The pointer starts where the next motion will be measured from. */
static void start_in_middle(struct oriel_x11_input *input)
{
	xcb_query_pointer_reply_t *reply;

	if (input->xinput_opcode)
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
	find_tablets(input);
	start_in_middle(input);
	select_raw(input, true);
	input->pointer_sequence = xcb_grab_pointer(input->connection, 0, input->window,
		GRABBED_EVENTS, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC, input->window,
		input->blank, XCB_CURRENT_TIME)
					  .sequence;
}

static void ungrab_pointer(struct oriel_x11_input *input)
{
	select_raw(input, false);
	xcb_ungrab_pointer(input->connection, XCB_CURRENT_TIME);
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
	if (gained & ORIEL_GRAB_POINTER)
		grab_pointer(input);
	if (gained & ORIEL_GRAB_KEYBOARD)
		grab_keyboard(input);
	if (lost & ORIEL_GRAB_POINTER)
		ungrab_pointer(input);
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

/* 2.1 is the first version that tells raw motion to a client while it grabs. */
static void find_xinput(struct oriel_x11_input *input)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(input->connection, &xcb_input_id);
	xcb_input_xi_query_version_reply_t *version;

	if (!extension || !extension->present)
		return;
	version = xcb_input_xi_query_version_reply(
		input->connection, xcb_input_xi_query_version(input->connection, 2, 2), NULL);
	if (version && (version->major_version > 2 ||
			       (version->major_version == 2 && version->minor_version >= 1)))
		input->xinput_opcode = extension->major_opcode;
	free(version);
}

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
		.screen = screen,
		.window = window,
		.is_visible = true,
	};
	xcb_prefetch_extension_data(connection, &xcb_input_id);
	xcb_prefetch_extension_data(connection, &xcb_xkb_id);
	make_blank_cursor(input);
	find_xinput(input);
	tell_repeats(input);
}
