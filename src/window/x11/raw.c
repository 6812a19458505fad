/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/raw.h"

#include <math.h>
#include <stdlib.h>
#include <xcb/xcbext.h>
#include <xcb/xinput.h>

/* ---- devices -------------------------------------------------------------------------------- */

static double to_double(xcb_input_fp3232_t value)
{
	return value.integral + value.frac / 4294967296.0;
}

static bool note_position(struct oriel_x11_device *device, const xcb_input_valuator_class_t *axis)
{
	if (axis->number > 1 || axis->mode != XCB_INPUT_VALUATOR_MODE_ABSOLUTE)
		return false;
	device->min[axis->number] = to_double(axis->min);
	device->max[axis->number] = to_double(axis->max);
	return device->max[axis->number] > device->min[axis->number];
}

static void note_wheel(struct oriel_x11_device *device, const xcb_input_scroll_class_t *wheel)
{
	int upright = wheel->scroll_type == XCB_INPUT_SCROLL_TYPE_VERTICAL;

	if (to_double(wheel->increment) == 0.0)
		return;
	device->wheel[upright] = wheel->number;
	device->notch[upright] = to_double(wheel->increment);
}

static void note_device(struct oriel_x11_raw *raw, const xcb_input_xi_device_info_t *info)
{
	struct oriel_x11_device device = {.id = info->deviceid};
	xcb_input_device_class_iterator_t it = xcb_input_xi_device_info_classes_iterator(info);
	int positions = 0;

	for (; it.rem; xcb_input_device_class_next(&it)) {
		if (it.data->type == XCB_INPUT_DEVICE_CLASS_TYPE_VALUATOR)
			positions +=
				note_position(&device, (const xcb_input_valuator_class_t *)it.data);
		else if (it.data->type == XCB_INPUT_DEVICE_CLASS_TYPE_SCROLL)
			note_wheel(&device, (const xcb_input_scroll_class_t *)it.data);
	}
	device.is_tablet = positions == 2;
	if (raw->device_count < ORIEL_X11_DEVICES_MAX)
		raw->devices[raw->device_count++] = device;
}

static void ask(struct oriel_x11_raw *raw)
{
	if (raw->question)
		xcb_discard_reply(raw->connection, raw->question);
	raw->question = xcb_input_xi_query_device(raw->connection, XCB_INPUT_DEVICE_ALL).sequence;
	xcb_flush(raw->connection);
}

/* Until it is there, events are taken by what was known before. */
static void take_answer(struct oriel_x11_raw *raw)
{
	xcb_input_xi_device_info_iterator_t it;
	xcb_generic_error_t *error = NULL;
	void *answer = NULL;

	if (!raw->question || !xcb_poll_for_reply(raw->connection, raw->question, &answer, &error))
		return;
	raw->question = 0;
	free(error);
	if (!answer)
		return;
	raw->device_count = 0;
	for (it = xcb_input_xi_query_device_infos_iterator(answer); it.rem;
		xcb_input_xi_device_info_next(&it))
		if (it.data->type == XCB_INPUT_DEVICE_TYPE_SLAVE_POINTER)
			note_device(raw, it.data);
	free(answer);
}

static struct oriel_x11_device *find_device(struct oriel_x11_raw *raw, uint16_t id)
{
	for (int i = 0; i < raw->device_count; i++)
		if (raw->devices[i].id == id)
			return &raw->devices[i];
	return NULL;
}

/* ---- motion and wheels ---------------------------------------------------------------------- */

#define NOTCH_120 120

bool oriel_x11_raw_find_notch(uint32_t button, int32_t *ret_x_120, int32_t *ret_y_120)
{
	static const struct {
		uint32_t button;
		int32_t x_120, y_120;
	} notches[] = {
		{4, 0, -NOTCH_120},
		{5, 0, NOTCH_120},
		{6, -NOTCH_120, 0},
		{7, NOTCH_120, 0},
	};

	for (size_t i = 0; i < sizeof notches / sizeof notches[0]; i++)
		if (notches[i].button == button) {
			*ret_x_120 = notches[i].x_120;
			*ret_y_120 = notches[i].y_120;
			return true;
		}
	return false;
}

/* The numbers that an event carries, by axis. */
#define AXES_MAX 32

struct axes {
	uint32_t has; /* one bit an axis */
	double values[AXES_MAX];
};

static void read_axes(const xcb_input_raw_button_press_event_t *raw, struct axes *ret_axes)
{
	const xcb_input_fp3232_t *values = xcb_input_raw_button_press_axisvalues_raw(raw);

	ret_axes->has = raw->valuators_len ? *xcb_input_raw_button_press_valuator_mask(raw) : 0;
	for (int i = 0; i < AXES_MAX; i++)
		if (ret_axes->has >> i & 1)
			ret_axes->values[i] = to_double(*values++);
}

/* Positions become ways, in pixels of the screen. */
static void take_positions(
	const struct oriel_x11_raw *raw, struct oriel_x11_device *tablet, struct axes *axes)
{
	const double pixels[2] = {raw->screen->width_in_pixels, raw->screen->height_in_pixels};

	for (int i = 0; i < 2; i++) {
		double position = axes->has >> i & 1 ? axes->values[i] : tablet->last[i];

		axes->values[i] = tablet->has_last ? (position - tablet->last[i]) * pixels[i] /
							     (tablet->max[i] - tablet->min[i])
						   : 0.0;
		tablet->last[i] = position;
	}
	tablet->has_last = true;
}

/* In whole parts; what is less is kept for the next time. */
static int32_t turn_wheel(struct oriel_x11_device *device, int upright, const struct axes *axes)
{
	uint16_t axis = device->wheel[upright];
	double turned;

	if (!axis || axis >= AXES_MAX || !(axes->has >> axis & 1))
		return 0;
	turned = device->rest[upright] + axes->values[axis] / device->notch[upright] * NOTCH_120;
	/* No hand turns that far: a number that is wrong. */
	if (!(fabs(turned) < INT16_MAX))
		return 0;
	device->rest[upright] = turned - trunc(turned);
	return (int32_t)trunc(turned);
}

static bool take_motion(struct oriel_x11_raw *raw, const xcb_input_raw_button_press_event_t *event,
	struct oriel_x11_raw_news *ret_news)
{
	struct oriel_x11_device *device = find_device(raw, event->sourceid);
	struct oriel_x11_raw_news news = {0};
	struct axes axes = {0};

	read_axes(event, &axes);
	news.has_motion = axes.has & 3;
	if (device && device->is_tablet && news.has_motion)
		take_positions(raw, device, &axes);
	news.x_px = axes.values[0];
	news.y_px = axes.values[1];
	if (device) {
		news.wheel_x_120 = turn_wheel(device, 0, &axes);
		news.wheel_y_120 = turn_wheel(device, 1, &axes);
	}
	*ret_news = news;
	return news.has_motion || news.wheel_x_120 || news.wheel_y_120;
}

static bool take_button(
	const xcb_input_raw_button_press_event_t *event, struct oriel_x11_raw_news *ret_news)
{
	struct oriel_x11_raw_news news = {0};

	if (!oriel_x11_raw_find_notch(event->detail, &news.wheel_x_120, &news.wheel_y_120))
		return false;
	*ret_news = news;
	return true;
}

/* Which device moves the pointer changes all the time; what a device is like does not. */
static void take_change(struct oriel_x11_raw *raw, const xcb_generic_event_t *event)
{
	const xcb_input_device_changed_event_t *change =
		(const xcb_input_device_changed_event_t *)event;

	if (change->event_type == XCB_INPUT_HIERARCHY ||
		change->reason == XCB_INPUT_CHANGE_REASON_DEVICE_CHANGE)
		ask(raw);
}

/* ---- the door ------------------------------------------------------------------------------- */

bool oriel_x11_raw_take_rt(struct oriel_x11_raw *raw, const xcb_generic_event_t *event,
	struct oriel_x11_raw_news *ret_news)
{
	const xcb_input_raw_button_press_event_t *input =
		(const xcb_input_raw_button_press_event_t *)event;

	if (!raw->opcode || input->extension != raw->opcode)
		return false;
	take_answer(raw);
	if (input->event_type != XCB_INPUT_RAW_MOTION &&
		input->event_type != XCB_INPUT_RAW_BUTTON_PRESS) {
		take_change(raw, event);
		return false;
	}
	/* Of a wheel the server makes buttons, and of buttons a wheel: nothing new either way. */
	if (input->flags & XCB_INPUT_POINTER_EVENT_FLAGS_POINTER_EMULATED)
		return false;
	return input->event_type == XCB_INPUT_RAW_MOTION ? take_motion(raw, input, ret_news)
							 : take_button(input, ret_news);
}

static void select_events(struct oriel_x11_raw *raw, uint16_t device, uint32_t mask)
{
	struct {
		xcb_input_event_mask_t head;
		uint32_t mask;
	} select = {.head = {.deviceid = device, .mask_len = 1}, .mask = mask};

	raw->request =
		xcb_input_xi_select_events(raw->connection, raw->screen->root, 1, &select.head)
			.sequence;
}

void oriel_x11_raw_listen_rt(struct oriel_x11_raw *raw, bool wanted)
{
	if (!raw->opcode || raw->is_listening == wanted)
		return;
	raw->is_listening = wanted;
	raw->is_settled = false;
	select_events(raw, XCB_INPUT_DEVICE_ALL_MASTER,
		wanted ? XCB_INPUT_XI_EVENT_MASK_RAW_MOTION |
				 XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_PRESS
		       : 0);
	/* Where tablets go meanwhile is not heard. */
	for (int i = 0; i < raw->device_count; i++)
		raw->devices[i].has_last = false;
}

bool oriel_x11_raw_hears_rt(struct oriel_x11_raw *raw, const xcb_generic_event_t *event)
{
	if (!raw->is_settled && (int32_t)(event->full_sequence - raw->request) >= 0)
		raw->is_settled = true;
	return raw->is_settled == raw->is_listening;
}

/* 2.1 is the first version that tells raw events to a client while it grabs. */
static uint8_t find_xinput(xcb_connection_t *connection)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection, &xcb_input_id);
	xcb_input_xi_query_version_reply_t *version;
	bool is_good;

	if (!extension || !extension->present)
		return 0;
	version = xcb_input_xi_query_version_reply(
		connection, xcb_input_xi_query_version(connection, 2, 2), NULL);
	is_good = version && (version->major_version > 2 ||
				     (version->major_version == 2 && version->minor_version >= 1));
	free(version);
	return is_good ? extension->major_opcode : 0;
}

void oriel_x11_raw_init(
	struct oriel_x11_raw *raw, xcb_connection_t *connection, const xcb_screen_t *screen)
{
	*raw = (struct oriel_x11_raw){
		.connection = connection,
		.screen = screen,
		.opcode = find_xinput(connection),
		.is_settled = true,
	};
	if (!raw->opcode)
		return;
	select_events(raw, XCB_INPUT_DEVICE_ALL,
		XCB_INPUT_XI_EVENT_MASK_HIERARCHY | XCB_INPUT_XI_EVENT_MASK_DEVICE_CHANGED);
	ask(raw);
}
