/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/input_path.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <math.h>

#include "base/log.h"
#include "base/time.h"
#include "present/soft/place.h"
#include "present/soft/upload.h"
#include "view/rotation.h"

/* How long to wait before the guest program is asked again to place its cursor. */
#define PLACE_PAUSE_NS ORIEL_NS_PER_MS

/* ---- what the capture machine wants ---------------------------------------------------------
 */

/* Where neither a sink nor the guest program takes places. */
static bool send_way(struct oriel_input_path *path, int32_t x_px, int32_t y_px)
{
	const struct oriel_input way = {
		.kind = ORIEL_INPUT_MOVE_BY,
		.move_by = {x_px - path->x_px, y_px - path->y_px},
	};

	return !path->has_place || oriel_input_queue_push_rt(path->setup.queue, &way);
}

static bool send_place(struct oriel_input_path *path, const struct oriel_input *input)
{
	struct oriel_source *source = path->setup.source;
	int32_t x_px = input->move_to.x_px, y_px = input->move_to.y_px;
	int result;

	path->is_place_due = false;
	path->is_followed = oriel_input_queue_takes_positions_rt(path->setup.queue);
	if (path->is_followed) {
		if (!oriel_input_queue_push_rt(path->setup.queue, input))
			return false;
	} else {
		result = source->ops->place_cursor_rt(source, x_px, y_px);
		path->is_place_due = result == -EAGAIN;
		path->is_followed = !result || path->is_place_due;
		if (!path->is_followed && !send_way(path, x_px, y_px))
			return false;
	}
	path->has_place = true;
	path->x_px = x_px;
	path->y_px = y_px;
	return true;
}

static bool on_send(void *data, const struct oriel_input *input)
{
	struct oriel_input_path *path = data;

	path->setup.source->ops->expect_rt(path->setup.source, oriel_time_now_ns());
	return input->kind == ORIEL_INPUT_MOVE_TO
		       ? send_place(path, input)
		       : oriel_input_queue_push_rt(path->setup.queue, input);
}

/* The desktop's cursor would be a second one where the guest's own is. */
static void choose_cursor(struct oriel_input_path *path)
{
	bool follows = path->on_picture && path->has_place && path->is_followed && path->is_live;

	path->setup.window->ops->set_cursor_visible_rt(
		path->setup.window, !follows && !oriel_capture_is_held(&path->capture));
}

static void on_grab(void *data, bool grab)
{
	struct oriel_input_path *path = data;

	path->setup.window->ops->set_grab_rt(
		path->setup.window, grab ? path->setup.grab : ORIEL_GRAB_NONE);
	if (path->setup.evdev)
		oriel_evdev_set_grab_rt(path->setup.evdev, grab);
	/* It moved by ways meanwhile. */
	path->has_place = false;
	path->has_pointer = false;
	path->is_place_due = false;
	choose_cursor(path);
}

static void on_act(void *data, enum oriel_action action)
{
	struct oriel_input_path *path = data;

	if (action == ORIEL_ACTION_FULLSCREEN)
		path->setup.window->ops->set_fullscreen_rt(
			path->setup.window, ORIEL_FULLSCREEN_TOGGLE);
	path->news.actions |= 1u << action;
}

static const struct oriel_capture_listener listener = {
	.send_rt = on_send,
	.grab_rt = on_grab,
	.act_rt = on_act,
};

/* ---- places ---------------------------------------------------------------------------------
 */

void oriel_input_path_set_live_rt(struct oriel_input_path *path, bool live)
{
	if (path->is_live == live)
		return;
	path->is_live = live;
	choose_cursor(path);
}

/* In the guest's pixels, at most at its edge. */
static int32_t map(double at_px, int32_t begin_px, uint32_t shown_px, uint32_t screen_px)
{
	double mapped = floor((at_px - begin_px) * screen_px / shown_px);

	if (!(mapped > 0.0))
		return 0;
	return mapped < screen_px ? (int32_t)mapped : (int32_t)screen_px - 1;
}

static bool is_seen(const struct oriel_rect *seen, double x_px, double y_px)
{
	return x_px >= seen->x && x_px < (double)seen->x + seen->w && y_px >= seen->y &&
	       y_px < (double)seen->y + seen->h;
}

/* at: on the screen as it is seen. */
static void move_to(struct oriel_input_path *path, struct oriel_rotation_area at)
{
	enum oriel_rotation back = oriel_rotation_invert(path->setup.rotation);
	uint32_t width_px = path->screen_width_px, height_px = path->screen_height_px;

	oriel_rotation_turn_area(back, &at, width_px, height_px);
	oriel_rotation_turn_size(back, &width_px, &height_px);
	oriel_capture_move_to_rt(&path->capture, (int32_t)at.x_px, (int32_t)at.y_px, width_px,
		height_px, path->on_picture);
}

static void place_pointer(struct oriel_input_path *path)
{
	struct oriel_rotation_area at = {.width_px = 1, .height_px = 1};
	struct oriel_soft_place place;

	if (!path->picture_width_px || !path->picture_height_px || !path->window_width_px ||
		!path->window_height_px)
		return;
	place = oriel_soft_place_make(path->window_width_px, path->window_height_px,
		path->picture_width_px, path->picture_height_px, path->setup.scale,
		ORIEL_FILTER_AUTO);
	path->on_picture = is_seen(&place.seen, path->pointer_x_px, path->pointer_y_px);
	at.x_px = map(path->pointer_x_px, place.x_px, place.width_px, path->screen_width_px);
	at.y_px = map(path->pointer_y_px, place.y_px, place.height_px, path->screen_height_px);
	move_to(path, at);
	choose_cursor(path);
}

/* It has not moved, so that where only ways can be told there is none. */
static void place_again(struct oriel_input_path *path)
{
	if (!path->has_pointer)
		return;
	path->has_place = false;
	place_pointer(path);
}

void oriel_input_path_motion_rt(struct oriel_input_path *path, double x_px, double y_px)
{
	path->has_pointer = true;
	path->pointer_x_px = x_px;
	path->pointer_y_px = y_px;
	place_pointer(path);
}

void oriel_input_path_set_window_rt(
	struct oriel_input_path *path, uint32_t width_px, uint32_t height_px)
{
	path->window_width_px = width_px;
	path->window_height_px = height_px;
	place_again(path);
}

void oriel_input_path_set_picture_rt(
	struct oriel_input_path *path, const struct oriel_picture *picture)
{
	oriel_soft_upload_get_upright(picture, &path->picture_width_px, &path->picture_height_px);
	oriel_soft_upload_get_screen(picture, &path->screen_width_px, &path->screen_height_px);
	place_again(path);
}

/* ---- the rest -------------------------------------------------------------------------------
 */

void oriel_input_path_key_rt(struct oriel_input_path *path, uint32_t key, bool pressed)
{
	oriel_capture_key_rt(&path->capture, oriel_time_now_ns(), key, pressed);
}

void oriel_input_path_button_rt(struct oriel_input_path *path, uint32_t button, bool pressed)
{
	oriel_capture_button_rt(
		&path->capture, oriel_time_now_ns(), button, pressed, path->on_picture);
}

void oriel_input_path_relative_rt(struct oriel_input_path *path, double x_px, double y_px)
{
	/* The guest's cursor is to go where the hand goes. */
	oriel_rotation_turn_way(oriel_rotation_invert(path->setup.rotation), &x_px, &y_px);
	oriel_capture_move_by_rt(&path->capture, x_px, y_px);
}

void oriel_input_path_wheel_rt(struct oriel_input_path *path, int32_t x_120, int32_t y_120)
{
	oriel_capture_wheel_rt(&path->capture, x_120, y_120, path->on_picture);
}

static void send_locks(struct oriel_input_path *path, unsigned changed, unsigned locks)
{
	static const struct {
		unsigned lock;
		uint32_t key;
	} keys[] = {
		{ORIEL_LOCK_CAPS, KEY_CAPSLOCK},
		{ORIEL_LOCK_NUM, KEY_NUMLOCK},
		{ORIEL_LOCK_SCROLL, KEY_SCROLLLOCK},
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct oriel_input input = {
			.kind = ORIEL_INPUT_LOCK,
			.key = {keys[i].key, locks & keys[i].lock},
		};

		if (changed & keys[i].lock)
			oriel_input_queue_push_rt(path->setup.queue, &input);
	}
}

void oriel_input_path_locks_rt(struct oriel_input_path *path, unsigned locks)
{
	if (path->has_locks && path->are_locks_due && oriel_capture_passes_input_rt(&path->capture))
		send_locks(path, path->locks ^ locks, locks);
	path->locks = locks;
	path->has_locks = true;
	path->are_locks_due = false;
}

void oriel_input_path_guest_locks_rt(
	struct oriel_input_path *path, unsigned changed, unsigned locks)
{
	const struct oriel_window_ops *window = path->setup.window->ops;

	/* A key that both saw has switched both. */
	changed &= path->locks ^ locks;
	if (!path->has_locks || !changed || path->capture.state == ORIEL_CAPTURE_AWAY ||
		!oriel_capture_passes_input_rt(&path->capture))
		return;
	if (window->set_locks_rt) {
		window->set_locks_rt(path->setup.window, changed, locks);
		/* The desktop tells of it only after what the guest may do next. */
		path->locks ^= changed;
	} else if (!path->were_locks_named) {
		path->were_locks_named = true;
		oriel_log_rt(ORIEL_LOG_INFO,
			"the guest has switched its lock keys; this desktop lets no program "
			"switch its own, so that the keyboard's lamps show the desktop's");
	}
}

void oriel_input_path_note_rt(struct oriel_input_path *path, enum oriel_capture_event event)
{
	path->are_locks_due |= event == ORIEL_CAPTURE_FOCUS_GAINED;
	oriel_capture_note_rt(&path->capture, oriel_time_now_ns(), event);
	if (event == ORIEL_CAPTURE_FOCUS_GAINED)
		place_again(path);
}

void oriel_input_path_step_rt(struct oriel_input_path *path, uint64_t now_ns)
{
	struct oriel_source *source = path->setup.source;

	oriel_capture_tick_rt(&path->capture, now_ns);
	if (path->is_place_due)
		path->is_place_due =
			source->ops->place_cursor_rt(source, path->x_px, path->y_px) == -EAGAIN;
}

uint64_t oriel_input_path_get_deadline_ns(const struct oriel_input_path *path, uint64_t now_ns)
{
	uint64_t deadline_ns = oriel_capture_get_deadline_ns(&path->capture, now_ns);

	if (path->is_place_due && now_ns + PLACE_PAUSE_NS < deadline_ns)
		deadline_ns = now_ns + PLACE_PAUSE_NS;
	return deadline_ns;
}

bool oriel_input_path_get_news_rt(
	const struct oriel_input_path *path, struct oriel_input_news *ret_news)
{
	if (path->capture.state == path->news.state && !path->news.actions)
		return false;
	*ret_news = path->news;
	ret_news->state = path->capture.state;
	ret_news->takes_input = path->capture.takes_input;
	return true;
}

void oriel_input_path_told_rt(struct oriel_input_path *path)
{
	path->news = (struct oriel_input_news){.state = path->capture.state};
}

void oriel_input_path_init(
	struct oriel_input_path *path, const struct oriel_input_path_setup *setup)
{
	*path = (struct oriel_input_path){.setup = *setup};
	oriel_capture_init(&path->capture, &setup->capture, &listener, path);
}

void oriel_input_path_set_options_rt(
	struct oriel_input_path *path, const struct oriel_capture_options *capture, unsigned grab)
{
	path->setup.capture = *capture;
	path->setup.grab = grab;
	oriel_capture_set_options_rt(&path->capture, capture);
}

void oriel_input_path_finish_rt(struct oriel_input_path *path)
{
	oriel_capture_finish_rt(&path->capture);
}
