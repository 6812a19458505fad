/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/window_events.h"

static struct oriel_input_path *input_of(void *data)
{
	return ((struct oriel_window_events *)data)->input;
}

static void on_resized(void *data, uint32_t width_px, uint32_t height_px)
{
	struct oriel_window_events *events = data;

	oriel_pane_note_size_rt(events->pane, width_px, height_px);
}

static void on_exposed(void *data)
{
	struct oriel_window_events *events = data;

	events->presenter->ops->expose_rt(events->presenter);
	events->was_exposed = true;
}

static void on_close_requested(void *data)
{
	((struct oriel_window_events *)data)->is_close_wanted = true;
}

static void on_key(void *data, uint32_t key, bool pressed)
{
	oriel_input_path_key_rt(input_of(data), key, pressed);
}

static void on_button(void *data, uint32_t button, bool pressed)
{
	oriel_input_path_button_rt(input_of(data), button, pressed);
}

static void on_motion(void *data, double x_px, double y_px)
{
	oriel_input_path_motion_rt(input_of(data), x_px, y_px);
}

static void on_wheel(void *data, int32_t x_120, int32_t y_120)
{
	oriel_input_path_wheel_rt(input_of(data), x_120, y_120);
}

static void on_focus(void *data, bool focused)
{
	oriel_input_path_note_rt(
		input_of(data), focused ? ORIEL_CAPTURE_FOCUS_GAINED : ORIEL_CAPTURE_FOCUS_LOST);
}

static void on_locks(void *data, unsigned locks)
{
	oriel_input_path_locks_rt(input_of(data), locks);
}

static void on_relative(void *data, double x_px, double y_px)
{
	oriel_input_path_relative_rt(input_of(data), x_px, y_px);
}

static void on_grab_lost(void *data)
{
	oriel_input_path_note_rt(input_of(data), ORIEL_CAPTURE_GRAB_LOST);
}

static void on_device_lost(void *data)
{
	oriel_input_path_note_rt(input_of(data), ORIEL_CAPTURE_DEVICE_LOST);
}

static void on_presented(void *data, uint64_t stamp_ns, uint64_t seen_ns, uint64_t period_ns)
{
	struct oriel_window_events *events = data;

	oriel_meter_seen_rt(events->meter, stamp_ns, seen_ns);
	oriel_jit_seen(events->jit, stamp_ns, seen_ns, period_ns);
	events->meter->stats.refreshes_missed = events->jit->missed;
}

const struct oriel_window_listener oriel_window_events_listener = {
	.resized_rt = on_resized,
	.exposed_rt = on_exposed,
	.close_requested_rt = on_close_requested,
	.key_rt = on_key,
	.button_rt = on_button,
	.motion_rt = on_motion,
	.wheel_rt = on_wheel,
	.focus_rt = on_focus,
	.locks_rt = on_locks,
	.relative_rt = on_relative,
	.grab_lost_rt = on_grab_lost,
	.presented_rt = on_presented,
	.device_lost_rt = on_device_lost,
};
