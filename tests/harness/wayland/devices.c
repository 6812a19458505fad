/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A keyboard and a pointer for a Wayland compositor that lets clients be devices
 * (virtual-keyboard-unstable-v1 and wlr-virtual-pointer-unstable-v1, of which wayland-protocols has
 * no description: what is used of them is written down here). Commands by standard input, one a
 * line; each is answered with "ok" once the compositor has taken it.
 *
 *   keyboard | pointer           plug one in
 *   no-keyboard | no-pointer     unplug it
 *   key CODE 1|0                 numbers of linux/input-event-codes.h
 *   locked MODIFIERS             a mask of those that are; 2: Caps Lock, 16: Num Lock
 *   button CODE 1|0
 *   to X Y WIDTH HEIGHT          a place on a screen of that size
 *   by X Y
 *   axis AXIS UNITS              a finger on a touchpad; AXIS 0 is upright
 *   wheel AXIS NOTCHES
 *   token                        leave for a window to take the focus: answered with that first
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>
#include <xdg-activation-v1-client-protocol.h>

#define UNITS_PER_NOTCH 10
enum { SOURCE_WHEEL, SOURCE_FINGER };

/* ---- the two protocols ---------------------------------------------------------------------- */

static const struct wl_interface *any_types[6];

static const struct wl_message pointer_requests[] = {
	{"motion", "uff", any_types},
	{"motion_absolute", "uuuuu", any_types},
	{"button", "uuu", any_types},
	{"axis", "uuf", any_types},
	{"frame", "", any_types},
	{"axis_source", "u", any_types},
	{"axis_stop", "uu", any_types},
	{"axis_discrete", "uufi", any_types},
	{"destroy", "", any_types},
};
enum { MOTION, MOTION_ABSOLUTE, BUTTON, AXIS, FRAME, SOURCE, STOP, DISCRETE, POINTER_DESTROY };

static const struct wl_interface pointer_interface = {
	"zwlr_virtual_pointer_v1", 1, 9, pointer_requests, 0, NULL};

static const struct wl_interface *make_pointer_types[] = {NULL, &pointer_interface};
static const struct wl_message pointer_manager_requests[] = {
	{"create_virtual_pointer", "?on", make_pointer_types},
	{"destroy", "", any_types},
};
static const struct wl_interface pointer_manager_interface = {
	"zwlr_virtual_pointer_manager_v1", 1, 2, pointer_manager_requests, 0, NULL};

static const struct wl_message keyboard_requests[] = {
	{"keymap", "uhu", any_types},
	{"key", "uuu", any_types},
	{"modifiers", "uuuu", any_types},
	{"destroy", "", any_types},
};
enum { KEYMAP, KEY, MODIFIERS, KEYBOARD_DESTROY };

static const struct wl_interface keyboard_interface = {
	"zwp_virtual_keyboard_v1", 1, 4, keyboard_requests, 0, NULL};

static const struct wl_interface *make_keyboard_types[] = {NULL, &keyboard_interface};
static const struct wl_message keyboard_manager_requests[] = {
	{"create_virtual_keyboard", "on", make_keyboard_types},
};
static const struct wl_interface keyboard_manager_interface = {
	"zwp_virtual_keyboard_manager_v1", 1, 1, keyboard_manager_requests, 0, NULL};

/* ---- the connection ------------------------------------------------------------------------- */

static struct wl_display *display;
static struct wl_seat *seat;
static struct xdg_activation_v1 *activation;
static struct wl_proxy *pointers, *keyboards; /* their makers */
static struct wl_proxy *pointer, *keyboard;   /* NULL: not plugged in */
static uint32_t time_ms;

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	if (!strcmp(interface, wl_seat_interface.name) && !seat)
		seat = wl_registry_bind(registry, name, &wl_seat_interface, 1);
	if (!strcmp(interface, xdg_activation_v1_interface.name))
		activation = wl_registry_bind(registry, name, &xdg_activation_v1_interface, 1);
	if (!strcmp(interface, pointer_manager_interface.name))
		pointers = wl_registry_bind(registry, name, &pointer_manager_interface, 1);
	if (!strcmp(interface, keyboard_manager_interface.name))
		keyboards = wl_registry_bind(registry, name, &keyboard_manager_interface, 1);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {on_global, on_global_remove};

/* ---- devices -------------------------------------------------------------------------------- */

/* What keys mean is nobody's concern here, but a keyboard has to have a meaning. */
static void give_keymap(void)
{
	static const char text[] = "xkb_keymap { xkb_keycodes { include \"evdev\" };"
				   "xkb_types { include \"complete\" };"
				   "xkb_compat { include \"complete\" };"
				   "xkb_symbols { include \"pc+us+inet(evdev)\" }; };";
	int fd = memfd_create("keymap", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, sizeof text) != sizeof text)
		exit(1);
	wl_proxy_marshal_flags(keyboard, KEYMAP, NULL, 1, 0, 1u, fd, (uint32_t)sizeof text);
	close(fd);
}

static void plug_keyboard(const int *numbers)
{
	keyboard = wl_proxy_marshal_flags(keyboards, 0, &keyboard_interface, 1, 0, seat, NULL);
	give_keymap();
}

static void unplug_keyboard(const int *numbers)
{
	wl_proxy_marshal_flags(keyboard, KEYBOARD_DESTROY, NULL, 1, WL_MARSHAL_FLAG_DESTROY);
	keyboard = NULL;
}

static void plug_pointer(const int *numbers)
{
	pointer = wl_proxy_marshal_flags(pointers, 0, &pointer_interface, 1, 0, NULL, NULL);
}

static void unplug_pointer(const int *numbers)
{
	wl_proxy_marshal_flags(pointer, POINTER_DESTROY, NULL, 1, WL_MARSHAL_FLAG_DESTROY);
	pointer = NULL;
}

static void end_frame(void)
{
	wl_proxy_marshal_flags(pointer, FRAME, NULL, 1, 0);
}

static void do_key(const int *numbers)
{
	wl_proxy_marshal_flags(
		keyboard, KEY, NULL, 1, 0, time_ms, (uint32_t)numbers[0], (uint32_t)numbers[1]);
}

static void do_locked(const int *numbers)
{
	wl_proxy_marshal_flags(keyboard, MODIFIERS, NULL, 1, 0, 0u, 0u, (uint32_t)numbers[0], 0u);
}

static void do_button(const int *numbers)
{
	wl_proxy_marshal_flags(
		pointer, BUTTON, NULL, 1, 0, time_ms, (uint32_t)numbers[0], (uint32_t)numbers[1]);
	end_frame();
}

static void do_to(const int *numbers)
{
	wl_proxy_marshal_flags(pointer, MOTION_ABSOLUTE, NULL, 1, 0, time_ms, (uint32_t)numbers[0],
		(uint32_t)numbers[1], (uint32_t)numbers[2], (uint32_t)numbers[3]);
	end_frame();
}

static void do_by(const int *numbers)
{
	wl_proxy_marshal_flags(pointer, MOTION, NULL, 1, 0, time_ms, wl_fixed_from_int(numbers[0]),
		wl_fixed_from_int(numbers[1]));
	end_frame();
}

static void do_axis(const int *numbers)
{
	wl_proxy_marshal_flags(pointer, SOURCE, NULL, 1, 0, SOURCE_FINGER);
	wl_proxy_marshal_flags(pointer, AXIS, NULL, 1, 0, time_ms, (uint32_t)numbers[0],
		wl_fixed_from_int(numbers[1]));
	end_frame();
}

static void do_wheel(const int *numbers)
{
	wl_proxy_marshal_flags(pointer, SOURCE, NULL, 1, 0, SOURCE_WHEEL);
	wl_proxy_marshal_flags(pointer, DISCRETE, NULL, 1, 0, time_ms, (uint32_t)numbers[0],
		wl_fixed_from_int(numbers[1] * UNITS_PER_NOTCH), numbers[1]);
	end_frame();
}

static void on_token(void *data, struct xdg_activation_token_v1 *token, const char *text)
{
	printf("%s ", text);
	xdg_activation_token_v1_destroy(token);
}

static const struct xdg_activation_token_v1_listener token_listener = {on_token};

static void do_token(const int *numbers)
{
	struct xdg_activation_token_v1 *token = xdg_activation_v1_get_activation_token(activation);

	xdg_activation_token_v1_add_listener(token, &token_listener, NULL);
	xdg_activation_token_v1_commit(token);
}

static const struct {
	const char *name;
	int numbers;
	const void *needs; /* a pointer that must not be NULL */
	void (*run)(const int *numbers);
} commands[] = {
	{"keyboard", 0, &keyboards, plug_keyboard},
	{"pointer", 0, &pointers, plug_pointer},
	{"no-keyboard", 0, &keyboard, unplug_keyboard},
	{"no-pointer", 0, &pointer, unplug_pointer},
	{"key", 2, &keyboard, do_key},
	{"locked", 1, &keyboard, do_locked},
	{"button", 2, &pointer, do_button},
	{"to", 4, &pointer, do_to},
	{"by", 2, &pointer, do_by},
	{"axis", 2, &pointer, do_axis},
	{"wheel", 2, &pointer, do_wheel},
	{"token", 0, &activation, do_token},
};

static int obey(const char *line)
{
	char name[32];
	int numbers[4];
	int got = sscanf(
		line, "%31s %d %d %d %d", name, numbers, numbers + 1, numbers + 2, numbers + 3);

	for (size_t i = 0; got > 0 && i < sizeof commands / sizeof commands[0]; i++) {
		if (strcmp(commands[i].name, name) || commands[i].numbers != got - 1 ||
			!*(void *const *)commands[i].needs)
			continue;
		time_ms += 10;
		commands[i].run(numbers);
		return wl_display_roundtrip(display) < 0 ? -1 : 0;
	}
	return -1;
}

int main(void)
{
	struct wl_registry *registry;
	char line[128];

	display = wl_display_connect(NULL);
	if (!display)
		return 1;
	registry = wl_display_get_registry(display);
	wl_registry_add_listener(registry, &registry_listener, NULL);
	wl_display_roundtrip(display);
	while (fgets(line, sizeof line, stdin)) {
		puts(obey(line) ? "error" : "ok");
		fflush(stdout);
	}
	wl_display_disconnect(display);
	return 0;
}
