/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/seat.h"

#include <math.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <viewporter-client-protocol.h>

/* Compositors scroll by this much for one notch of a wheel that does not tell its own steps. */
#define UNITS_PER_NOTCH 10.0
#define CURSOR_SIDE 24

/* ---- keyboard -----------------------------------------------------------------------------------
 */

static void on_keymap(
	void *data, struct wl_keyboard *keyboard, uint32_t format, int32_t fd, uint32_t size)
{
	struct oriel_wayland_seat *seat = data;

	if (format == WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1)
		oriel_wayland_locks_set_keymap(&seat->locks, fd, size);
	else
		close(fd);
}

/* A descriptor that is full has news already. */
void oriel_wayland_seat_tell_share_rt(const struct oriel_native_share *share)
{
	if (share->queue)
		eventfd_write(share->event_fd, 1);
}

static void tell_focus(struct oriel_wayland_seat *seat, bool focused)
{
	atomic_store(&seat->share->has_focus, focused);
	oriel_wayland_seat_tell_share_rt(seat->share);
	if (seat->listener)
		seat->listener->focus_rt(seat->data, focused);
}

static void on_keyboard_enter(void *data, struct wl_keyboard *keyboard, uint32_t serial,
	struct wl_surface *surface, struct wl_array *keys)
{
	struct oriel_wayland_seat *seat = data;

	atomic_store(&seat->share->serial, serial);
	tell_focus(seat, true);
}

static void on_keyboard_leave(
	void *data, struct wl_keyboard *keyboard, uint32_t serial, struct wl_surface *surface)
{
	tell_focus(data, false);
}

static void on_key(void *data, struct wl_keyboard *keyboard, uint32_t serial, uint32_t time,
	uint32_t key, uint32_t state)
{
	struct oriel_wayland_seat *seat = data;

	atomic_store(&seat->share->serial, serial);
	if (seat->listener)
		seat->listener->key_rt(seat->data, key, state == WL_KEYBOARD_KEY_STATE_PRESSED);
}

static void on_modifiers(void *data, struct wl_keyboard *keyboard, uint32_t serial,
	uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
	struct oriel_wayland_seat *seat = data;
	unsigned locks = oriel_wayland_locks_update(&seat->locks, locked);

	if (seat->listener && atomic_load(&seat->share->has_focus))
		seat->listener->locks_rt(seat->data, locks);
}

static void on_repeat_info(void *data, struct wl_keyboard *keyboard, int32_t rate, int32_t delay)
{
}

static const struct wl_keyboard_listener keyboard_listener = {
	.keymap = on_keymap,
	.enter = on_keyboard_enter,
	.leave = on_keyboard_leave,
	.key = on_key,
	.modifiers = on_modifiers,
	.repeat_info = on_repeat_info,
};

/* ---- the desktop's cursor -----------------------------------------------------------------------
 */

/* Loading a theme takes long: it stays at the scale of the first time. A theme has its images in a
 * few sizes, of which this is the nearest. */
static struct wl_cursor_image *get_arrow(struct oriel_wayland_seat *seat)
{
	struct wl_cursor *cursor;

	if (!seat->theme) {
		seat->theme_scale = oriel_wayland_output_get_scale(&seat->globals->outputs);
		seat->theme = wl_cursor_theme_load(getenv("XCURSOR_THEME"),
			CURSOR_SIDE * seat->theme_scale, seat->globals->shm);
	}
	cursor = seat->theme ? wl_cursor_theme_get_cursor(seat->theme, "left_ptr") : NULL;
	return cursor ? cursor->images[0] : NULL;
}

static void make_cursor_surface(struct oriel_wayland_seat *seat)
{
	const struct oriel_wayland_globals *globals = seat->globals;

	seat->cursor_surface = wl_compositor_create_surface(globals->compositor);
	if (globals->viewporter)
		seat->cursor_viewport =
			wp_viewporter_get_viewport(globals->viewporter, seat->cursor_surface);
}

static int32_t to_units(uint32_t px, int32_t scale)
{
	int32_t units = ((int32_t)px + scale / 2) / scale;

	return units > 1 ? units : 1;
}

/* The scale that it gets: a buffer has to be so many whole pixels large, and an image need not be.
 */
static int32_t scale_arrow(
	struct oriel_wayland_seat *seat, const struct wl_cursor_image *image, int32_t scale)
{
	if (seat->cursor_viewport) {
		wp_viewport_set_destination(seat->cursor_viewport, to_units(image->width, scale),
			to_units(image->height, scale));
		return scale;
	}
	while (image->width % (uint32_t)scale || image->height % (uint32_t)scale)
		scale--;
	wl_surface_set_buffer_scale(seat->cursor_surface, scale);
	return scale;
}

static void show_arrow(struct oriel_wayland_seat *seat)
{
	struct wl_cursor_image *image = get_arrow(seat);
	int32_t scale;

	if (!image)
		return;
	if (!seat->cursor_surface)
		make_cursor_surface(seat);
	scale = scale_arrow(seat, image, seat->theme_scale);
	wl_surface_attach(seat->cursor_surface, wl_cursor_image_get_buffer(image), 0, 0);
	wl_surface_damage_buffer(seat->cursor_surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(seat->cursor_surface);
	wl_pointer_set_cursor(seat->pointer, seat->enter_serial, seat->cursor_surface,
		(int32_t)image->hotspot_x / scale, (int32_t)image->hotspot_y / scale);
}

static void apply_cursor(struct oriel_wayland_seat *seat)
{
	if (!seat->pointer || !seat->enter_serial)
		return;
	if (seat->is_cursor_visible)
		show_arrow(seat);
	else
		wl_pointer_set_cursor(seat->pointer, seat->enter_serial, NULL, 0, 0);
}

void oriel_wayland_seat_set_cursor_visible_rt(struct oriel_wayland_seat *seat, bool visible)
{
	if (visible == seat->is_cursor_visible)
		return;
	seat->is_cursor_visible = visible;
	apply_cursor(seat);
}

/* ---- pointer ------------------------------------------------------------------------------------
 */

/* Over the window itself, and not over its borders where a library draws them. */
static bool is_here(const struct oriel_wayland_seat *seat)
{
	return seat->enter_serial;
}

static void tell_motion(struct oriel_wayland_seat *seat, wl_fixed_t x, wl_fixed_t y)
{
	if (seat->listener && is_here(seat) && !(seat->grab.wanted & ORIEL_GRAB_POINTER))
		seat->listener->motion_rt(seat->data, wl_fixed_to_double(x) * seat->scale,
			wl_fixed_to_double(y) * seat->scale);
}

static void on_pointer_enter(void *data, struct wl_pointer *pointer, uint32_t serial,
	struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y)
{
	struct oriel_wayland_seat *seat = data;

	if (surface != seat->surface)
		return;
	seat->enter_serial = serial;
	apply_cursor(seat);
	tell_motion(seat, x, y);
}

static void on_pointer_leave(
	void *data, struct wl_pointer *pointer, uint32_t serial, struct wl_surface *surface)
{
	struct oriel_wayland_seat *seat = data;

	if (!is_here(seat))
		return;
	seat->enter_serial = 0;
	oriel_wayland_grab_note_left_rt(&seat->grab);
}

static void on_motion(
	void *data, struct wl_pointer *pointer, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
	tell_motion(data, x, y);
}

static void on_button(void *data, struct wl_pointer *pointer, uint32_t serial, uint32_t time,
	uint32_t button, uint32_t state)
{
	struct oriel_wayland_seat *seat = data;

	atomic_store(&seat->share->serial, serial);
	if (seat->listener && is_here(seat))
		seat->listener->button_rt(
			seat->data, button, state == WL_POINTER_BUTTON_STATE_PRESSED);
}

static void on_axis(
	void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis, wl_fixed_t value)
{
	if (axis < ORIEL_WAYLAND_AXES)
		((struct oriel_wayland_seat *)data)->distance[axis] += wl_fixed_to_double(value);
}

static void on_axis_source(void *data, struct wl_pointer *pointer, uint32_t source)
{
}

static void on_axis_stop(void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis)
{
}

static void on_axis_discrete(void *data, struct wl_pointer *pointer, uint32_t axis, int32_t notches)
{
	if (axis < ORIEL_WAYLAND_AXES)
		((struct oriel_wayland_seat *)data)->wheel_120[axis] += notches * 120;
}

static void on_axis_value120(void *data, struct wl_pointer *pointer, uint32_t axis, int32_t value)
{
	if (axis < ORIEL_WAYLAND_AXES)
		((struct oriel_wayland_seat *)data)->wheel_120[axis] += value;
}

/* What an axis went since the last frame event, in 1/120 of a notch. */
static int32_t take_axis(struct oriel_wayland_seat *seat, int axis)
{
	int32_t wheel_120 = seat->wheel_120[axis];
	double whole;

	if (!wheel_120) {
		seat->wheel_rest[axis] += seat->distance[axis] * 120 / UNITS_PER_NOTCH;
		seat->wheel_rest[axis] = modf(seat->wheel_rest[axis], &whole);
		wheel_120 = (int32_t)fmax(fmin(whole, 120000), -120000);
	}
	seat->wheel_120[axis] = 0;
	seat->distance[axis] = 0;
	return wheel_120;
}

static void on_frame(void *data, struct wl_pointer *pointer)
{
	struct oriel_wayland_seat *seat = data;
	int32_t y_120 = take_axis(seat, WL_POINTER_AXIS_VERTICAL_SCROLL);
	int32_t x_120 = take_axis(seat, WL_POINTER_AXIS_HORIZONTAL_SCROLL);

	if (seat->listener && is_here(seat) && (x_120 || y_120))
		seat->listener->wheel_rt(seat->data, x_120, y_120);
}

static const struct wl_pointer_listener pointer_listener = {
	.enter = on_pointer_enter,
	.leave = on_pointer_leave,
	.motion = on_motion,
	.button = on_button,
	.axis = on_axis,
	.frame = on_frame,
	.axis_source = on_axis_source,
	.axis_stop = on_axis_stop,
	.axis_discrete = on_axis_discrete,
	.axis_value120 = on_axis_value120,
};

static void on_relative(void *data, double x, double y)
{
	struct oriel_wayland_seat *seat = data;

	if (seat->listener)
		seat->listener->relative_rt(seat->data, x, y);
}

static const struct oriel_wayland_grab_listener grab_listener = {on_relative};

/* ---- what the seat has --------------------------------------------------------------------------
 */

static void drop_pointer(struct oriel_wayland_seat *seat)
{
	oriel_wayland_grab_drop_pointer(&seat->grab);
	if (seat->pointer)
		wl_pointer_release(seat->pointer);
	seat->pointer = NULL;
	seat->enter_serial = 0;
}

static void drop_keyboard(struct oriel_wayland_seat *seat)
{
	if (seat->keyboard)
		wl_keyboard_release(seat->keyboard);
	seat->keyboard = NULL;
}

static void on_capabilities(void *data, struct wl_seat *wl, uint32_t capabilities)
{
	struct oriel_wayland_seat *seat = data;

	if (!(capabilities & WL_SEAT_CAPABILITY_KEYBOARD) && seat->keyboard) {
		/* No leave event comes from a keyboard that is gone. */
		tell_focus(seat, false);
		drop_keyboard(seat);
	} else if (capabilities & WL_SEAT_CAPABILITY_KEYBOARD && !seat->keyboard) {
		seat->keyboard = wl_seat_get_keyboard(wl);
		wl_keyboard_add_listener(seat->keyboard, &keyboard_listener, seat);
	}
	if (!(capabilities & WL_SEAT_CAPABILITY_POINTER) && seat->pointer) {
		if (seat->listener)
			seat->listener->device_lost_rt(seat->data);
		drop_pointer(seat);
	} else if (capabilities & WL_SEAT_CAPABILITY_POINTER && !seat->pointer) {
		seat->pointer = wl_seat_get_pointer(wl);
		wl_pointer_add_listener(seat->pointer, &pointer_listener, seat);
	}
}

static void on_name(void *data, struct wl_seat *wl, const char *name)
{
}

static const struct wl_seat_listener seat_listener = {on_capabilities, on_name};

void oriel_wayland_seat_init(struct oriel_wayland_seat *seat, struct oriel_wayland_globals *globals,
	struct wl_surface *surface, struct oriel_native_share *share)
{
	seat->globals = globals;
	seat->share = share;
	seat->surface = surface;
	seat->scale = 1;
	seat->is_cursor_visible = true;
	oriel_wayland_locks_init(&seat->locks);
	oriel_wayland_grab_init(&seat->grab, globals, surface, &grab_listener, seat);
	if (!globals->seat_version)
		return;
	globals->seat = wl_registry_bind(
		globals->registry, globals->seat_name, &wl_seat_interface, globals->seat_version);
	wl_seat_add_listener(globals->seat, &seat_listener, seat);
}

void oriel_wayland_seat_finish(struct oriel_wayland_seat *seat)
{
	oriel_wayland_grab_finish(&seat->grab);
	drop_pointer(seat);
	drop_keyboard(seat);
	oriel_wayland_locks_finish(&seat->locks);
	if (seat->cursor_viewport)
		wp_viewport_destroy(seat->cursor_viewport);
	if (seat->cursor_surface)
		wl_surface_destroy(seat->cursor_surface);
	if (seat->theme)
		wl_cursor_theme_destroy(seat->theme);
}
