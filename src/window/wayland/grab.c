/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/grab.h"

#include <keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h>
#include <pointer-constraints-unstable-v1-client-protocol.h>
#include <relative-pointer-unstable-v1-client-protocol.h>

#include "base/log.h"
#include "window/window.h"

static void on_relative(void *data, struct zwp_relative_pointer_v1 *relative, uint32_t time_high,
	uint32_t time_low, wl_fixed_t x, wl_fixed_t y, wl_fixed_t raw_x, wl_fixed_t raw_y)
{
	struct oriel_wayland_grab *grab = data;

	grab->listener->relative_rt(
		grab->data, wl_fixed_to_double(raw_x), wl_fixed_to_double(raw_y));
}

static const struct zwp_relative_pointer_v1_listener relative_listener = {on_relative};

static void on_locked(void *data, struct zwp_locked_pointer_v1 *lock)
{
	((struct oriel_wayland_grab *)data)->is_locked = true;
}

static void on_unlocked(void *data, struct zwp_locked_pointer_v1 *lock)
{
	((struct oriel_wayland_grab *)data)->is_lost = true;
}

static const struct zwp_locked_pointer_v1_listener lock_listener = {on_locked, on_unlocked};

static void on_active(void *data, struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor)
{
}

/* The user took the shortcuts back, by a key of the compositor's. */
static void on_inactive(void *data, struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor)
{
	((struct oriel_wayland_grab *)data)->is_lost = true;
}

static const struct zwp_keyboard_shortcuts_inhibitor_v1_listener inhibitor_listener = {
	on_active, on_inactive};

void oriel_wayland_grab_init(struct oriel_wayland_grab *grab,
	const struct oriel_wayland_globals *globals, struct wl_surface *surface,
	const struct oriel_wayland_grab_listener *listener, void *data)
{
	grab->globals = globals;
	grab->surface = surface;
	grab->listener = listener;
	grab->data = data;
}

void oriel_wayland_grab_drop_pointer(struct oriel_wayland_grab *grab)
{
	if (grab->relative)
		zwp_relative_pointer_v1_destroy(grab->relative);
	if (grab->lock)
		zwp_locked_pointer_v1_destroy(grab->lock);
	grab->relative = NULL;
	grab->lock = NULL;
	grab->is_locked = false;
	if (grab->wanted & ORIEL_GRAB_POINTER)
		grab->is_lost = true;
}

static void drop_keyboard(struct oriel_wayland_grab *grab)
{
	if (grab->inhibitor)
		zwp_keyboard_shortcuts_inhibitor_v1_destroy(grab->inhibitor);
	grab->inhibitor = NULL;
}

static void grab_pointer(struct oriel_wayland_grab *grab, struct wl_pointer *pointer)
{
	const struct oriel_wayland_globals *globals = grab->globals;

	if (!pointer || !globals->pointer_constraints || !globals->relative_pointer) {
		grab->is_lost = true;
		if (pointer)
			oriel_log_rt(ORIEL_LOG_WARNING,
				"this compositor cannot hold the pointer in a window (no "
				"pointer-constraints or no relative-pointer)");
		return;
	}
	/* One shot: once it is broken it stays so, and the owner is told. */
	grab->lock = zwp_pointer_constraints_v1_lock_pointer(globals->pointer_constraints,
		grab->surface, pointer, NULL, ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_ONESHOT);
	zwp_locked_pointer_v1_add_listener(grab->lock, &lock_listener, grab);
	grab->relative = zwp_relative_pointer_manager_v1_get_relative_pointer(
		globals->relative_pointer, pointer);
	zwp_relative_pointer_v1_add_listener(grab->relative, &relative_listener, grab);
}

static void grab_keyboard(struct oriel_wayland_grab *grab)
{
	const struct oriel_wayland_globals *globals = grab->globals;

	if (globals->shortcuts_inhibit && globals->seat) {
		grab->inhibitor = zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(
			globals->shortcuts_inhibit, grab->surface, globals->seat);
		zwp_keyboard_shortcuts_inhibitor_v1_add_listener(
			grab->inhibitor, &inhibitor_listener, grab);
	} else if (!grab->has_complained) {
		grab->has_complained = true;
		oriel_log_rt(ORIEL_LOG_WARNING,
			"this compositor keeps its own shortcuts even while the guest has the "
			"keyboard (no keyboard-shortcuts-inhibit)");
	}
}

void oriel_wayland_grab_set_rt(
	struct oriel_wayland_grab *grab, unsigned wanted, struct wl_pointer *pointer)
{
	unsigned changed = grab->wanted ^ wanted;

	grab->wanted = wanted;
	if (changed & ORIEL_GRAB_POINTER && wanted & ORIEL_GRAB_POINTER)
		grab_pointer(grab, pointer);
	else if (changed & ORIEL_GRAB_POINTER)
		oriel_wayland_grab_drop_pointer(grab);
	if (changed & ORIEL_GRAB_KEYBOARD && wanted & ORIEL_GRAB_KEYBOARD)
		grab_keyboard(grab);
	else if (changed & ORIEL_GRAB_KEYBOARD)
		drop_keyboard(grab);
}

void oriel_wayland_grab_note_left_rt(struct oriel_wayland_grab *grab)
{
	if (!(grab->wanted & ORIEL_GRAB_POINTER) || grab->is_locked || grab->is_lost)
		return;
	grab->is_lost = true;
	oriel_log_rt(ORIEL_LOG_WARNING,
		"this compositor did not hold the pointer in the window; see its settings of "
		"pointer constraints");
}

bool oriel_wayland_grab_take_loss_rt(struct oriel_wayland_grab *grab)
{
	bool is_lost = grab->is_lost && grab->wanted;

	grab->is_lost = false;
	if (is_lost)
		oriel_wayland_grab_set_rt(grab, ORIEL_GRAB_NONE, NULL);
	return is_lost;
}

void oriel_wayland_grab_finish(struct oriel_wayland_grab *grab)
{
	grab->wanted = ORIEL_GRAB_NONE;
	oriel_wayland_grab_drop_pointer(grab);
	drop_keyboard(grab);
}
