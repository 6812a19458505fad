/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/x11.h"

#include <errno.h>
#include <limits.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/xcb.h>

#include "window/x11/input.h"
#include "window/x11/locks.h"
#include "window/x11/photon.h"
#include "window/x11/state.h"

enum atom {
	ATOM_WM_PROTOCOLS,
	ATOM_WM_DELETE_WINDOW,
	ATOM_NET_WM_NAME,
	ATOM_NET_WM_PID,
	ATOM_UTF8_STRING,
	ATOM_COUNT
};

static const char *const atom_names[ATOM_COUNT] = {
	[ATOM_WM_PROTOCOLS] = "WM_PROTOCOLS",
	[ATOM_WM_DELETE_WINDOW] = "WM_DELETE_WINDOW",
	[ATOM_NET_WM_NAME] = "_NET_WM_NAME",
	[ATOM_NET_WM_PID] = "_NET_WM_PID",
	[ATOM_UTF8_STRING] = "UTF8_STRING",
};

struct x11 {
	struct oriel_window base;
	xcb_connection_t *connection;
	const xcb_screen_t *screen;
	const xcb_visualtype_t *visual;
	uint8_t depth;
	xcb_window_t window;
	xcb_atom_t atoms[ATOM_COUNT];
	uint32_t width_px, height_px;
	bool shown;
	struct oriel_x11_input input;
	struct oriel_x11_locks locks;
	struct oriel_x11_photons photons;
	bool is_focused;
	struct oriel_x11_state state;
};

/* ---- events --------------------------------------------------------------------------------- */

static const uint32_t buttons[] = {
	[1] = BTN_LEFT, [2] = BTN_MIDDLE, [3] = BTN_RIGHT, [8] = BTN_SIDE, [9] = BTN_EXTRA};

/* X key codes are the kernel's plus this. */
#define KEY_OFFSET 8

struct delivery {
	struct x11 *x11;
	const struct oriel_window_listener *listener;
	void *data;
};

static void on_key(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_key_press_event_t *key = (const xcb_key_press_event_t *)event;
	bool pressed = (event->response_type & 0x7f) == XCB_KEY_PRESS;

	if (key->detail >= KEY_OFFSET)
		to->listener->key_rt(to->data, key->detail - KEY_OFFSET, pressed);
}

static void on_button(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_button_press_event_t *button = (const xcb_button_press_event_t *)event;
	bool pressed = (event->response_type & 0x7f) == XCB_BUTTON_PRESS;
	uint32_t number = button->detail;
	int32_t x_120, y_120;

	if (oriel_x11_raw_find_notch(number, &x_120, &y_120)) {
		if (pressed && !oriel_x11_raw_hears_rt(&to->x11->input.raw, event))
			to->listener->wheel_rt(to->data, x_120, y_120);
		return;
	}
	if (number < sizeof buttons / sizeof buttons[0] && buttons[number])
		to->listener->button_rt(to->data, buttons[number], pressed);
}

static void on_motion(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_motion_notify_event_t *motion = (const xcb_motion_notify_event_t *)event;
	struct oriel_x11_input *input = &to->x11->input;
	double x_px, y_px;

	if (!(input->grab & ORIEL_GRAB_POINTER))
		to->listener->motion_rt(to->data, motion->event_x, motion->event_y);
	else if (oriel_x11_input_take_motion_rt(input, motion, &x_px, &y_px))
		to->listener->relative_rt(to->data, x_px, y_px);
}

/* Where the pointer came in, or rested when the window came to be under it. Grabs tell such things
 * of themselves as well. */
static void on_enter(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_enter_notify_event_t *enter = (const xcb_enter_notify_event_t *)event;

	oriel_x11_input_note_crossing_rt(&to->x11->input, true);
	if (enter->mode == XCB_NOTIFY_MODE_NORMAL && !(to->x11->input.grab & ORIEL_GRAB_POINTER))
		to->listener->motion_rt(to->data, enter->event_x, enter->event_y);
}

static void on_leave(const struct delivery *to, const xcb_generic_event_t *event)
{
	oriel_x11_input_note_crossing_rt(&to->x11->input, false);
}

static void tell_raw(const struct delivery *to, const struct oriel_x11_raw_news *news)
{
	if (news->has_motion)
		to->listener->relative_rt(to->data, news->x_px, news->y_px);
	if (news->wheel_x_120 || news->wheel_y_120)
		to->listener->wheel_rt(to->data, news->wheel_x_120, news->wheel_y_120);
}

static void on_extension(const struct delivery *to, const xcb_generic_event_t *event)
{
	struct oriel_x11_raw_news news;
	struct oriel_x11_photon photon;

	if (oriel_x11_input_take_raw_rt(&to->x11->input, event, &news))
		tell_raw(to, &news);
	else if (oriel_x11_photons_take_rt(&to->x11->photons, event, &photon))
		to->listener->presented_rt(
			to->data, photon.stamp_ns, photon.seen_ns, photon.period_ns);
}

static void tell_focus(const struct delivery *to, bool is_in)
{
	to->x11->is_focused = is_in;
	to->listener->focus_rt(to->data, is_in);
	if (is_in)
		to->listener->locks_rt(to->data, to->x11->locks.now);
}

static void on_focus(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_focus_in_event_t *focus = (const xcb_focus_in_event_t *)event;
	bool is_in = (event->response_type & 0x7f) == XCB_FOCUS_IN;
	bool is_own =
		to->x11->input.grab & ORIEL_GRAB_KEYBOARD &&
		(focus->mode == XCB_NOTIFY_MODE_GRAB || focus->mode == XCB_NOTIFY_MODE_UNGRAB);

	/* Going out when a grab ends concerns the window that had the grab alone: this one. */
	is_own |= !is_in && focus->mode == XCB_NOTIFY_MODE_UNGRAB;
	/* Another program's grab takes the keys away as much as a change of focus does. */
	if (!is_own && focus->detail < XCB_NOTIFY_DETAIL_POINTER)
		tell_focus(to, is_in);
}

static void on_unmap(const struct delivery *to, const xcb_generic_event_t *event)
{
	if (oriel_x11_input_note_unmapped_rt(&to->x11->input))
		to->listener->grab_lost_rt(to->data);
}

static void on_expose(const struct delivery *to, const xcb_generic_event_t *event)
{
	if (((const xcb_expose_event_t *)event)->count == 0)
		to->listener->exposed_rt(to->data);
}

static void on_configure(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_configure_notify_event_t *configure = (const xcb_configure_notify_event_t *)event;

	if (configure->width == to->x11->width_px && configure->height == to->x11->height_px)
		return;
	to->x11->width_px = configure->width;
	to->x11->height_px = configure->height;
	to->listener->resized_rt(to->data, configure->width, configure->height);
}

static void on_client_message(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_client_message_event_t *message = (const xcb_client_message_event_t *)event;

	if (message->type == to->x11->atoms[ATOM_WM_PROTOCOLS] &&
		message->data.data32[0] == to->x11->atoms[ATOM_WM_DELETE_WINDOW])
		to->listener->close_requested_rt(to->data);
}

static void on_destroy(const struct delivery *to, const xcb_generic_event_t *event)
{
	to->listener->close_requested_rt(to->data);
}

typedef void (*event_handler)(const struct delivery *to, const xcb_generic_event_t *event);

static const event_handler handlers[128] = {
	[XCB_KEY_PRESS] = on_key,
	[XCB_KEY_RELEASE] = on_key,
	[XCB_BUTTON_PRESS] = on_button,
	[XCB_BUTTON_RELEASE] = on_button,
	[XCB_MOTION_NOTIFY] = on_motion,
	[XCB_ENTER_NOTIFY] = on_enter,
	[XCB_LEAVE_NOTIFY] = on_leave,
	[XCB_FOCUS_IN] = on_focus,
	[XCB_FOCUS_OUT] = on_focus,
	[XCB_EXPOSE] = on_expose,
	[XCB_CONFIGURE_NOTIFY] = on_configure,
	[XCB_CLIENT_MESSAGE] = on_client_message,
	[XCB_UNMAP_NOTIFY] = on_unmap,
	[XCB_DESTROY_NOTIFY] = on_destroy,
	[XCB_GE_GENERIC] = on_extension,
};

#define WANTED_EVENTS                                                                              \
	(XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE | XCB_EVENT_MASK_BUTTON_PRESS |     \
		XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION |                    \
		XCB_EVENT_MASK_ENTER_WINDOW | XCB_EVENT_MASK_LEAVE_WINDOW |                        \
		XCB_EVENT_MASK_FOCUS_CHANGE | XCB_EVENT_MASK_EXPOSURE |                            \
		XCB_EVENT_MASK_STRUCTURE_NOTIFY)

/* xcb hands each event out in memory of its own: the one allocation that X11 costs the frame path.
 */
static int dispatch_rt(struct oriel_window *window, bool readable,
	const struct oriel_window_listener *listener, void *data)
{
	struct x11 *x11 = (struct x11 *)window;
	struct delivery to = {x11, listener, data};
	xcb_generic_event_t *event = readable ? xcb_poll_for_event(x11->connection)
					      : xcb_poll_for_queued_event(x11->connection);

	while (event) {
		event_handler handler = handlers[event->response_type & 0x7f];

		if (handler)
			handler(&to, event);
		else if (oriel_x11_locks_take_rt(&x11->locks, event) && x11->is_focused)
			listener->locks_rt(data, x11->locks.now);
		free(event);
		event = xcb_poll_for_queued_event(x11->connection);
	}
	if (oriel_x11_input_take_refusal_rt(&x11->input))
		listener->grab_lost_rt(data);
	return xcb_connection_has_error(x11->connection) ? -EPIPE : 0;
}

static int get_fd(const struct oriel_window *window)
{
	return xcb_get_file_descriptor(((const struct x11 *)window)->connection);
}

/* ---- open ----------------------------------------------------------------------------------- */

static bool is_available(void)
{
	const char *display = getenv("DISPLAY");

	return display && *display;
}

static const xcb_screen_t *find_screen(xcb_connection_t *connection, int number)
{
	xcb_screen_iterator_t it = xcb_setup_roots_iterator(xcb_get_setup(connection));

	for (; it.rem && number > 0; number--)
		xcb_screen_next(&it);
	return it.rem ? it.data : NULL;
}

/* The root's own visual: a window of it needs no colour map, and the server need not convert. */
static const xcb_visualtype_t *find_visual(const xcb_screen_t *screen)
{
	xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(screen);

	for (; depth.rem; xcb_depth_next(&depth)) {
		xcb_visualtype_iterator_t visual = xcb_depth_visuals_iterator(depth.data);

		for (; visual.rem; xcb_visualtype_next(&visual))
			if (visual.data->visual_id == screen->root_visual)
				return visual.data;
	}
	return NULL;
}

static void intern_atoms(struct x11 *x11)
{
	xcb_intern_atom_cookie_t cookies[ATOM_COUNT];

	for (int i = 0; i < ATOM_COUNT; i++)
		cookies[i] = xcb_intern_atom(
			x11->connection, 0, (uint16_t)strlen(atom_names[i]), atom_names[i]);
	for (int i = 0; i < ATOM_COUNT; i++) {
		xcb_intern_atom_reply_t *reply =
			xcb_intern_atom_reply(x11->connection, cookies[i], NULL);

		x11->atoms[i] = reply ? reply->atom : XCB_ATOM_NONE;
		free(reply);
	}
}

static void set_title(struct oriel_window *window, const char *title)
{
	struct x11 *x11 = (struct x11 *)window;
	const xcb_atom_t names[] = {XCB_ATOM_WM_NAME, x11->atoms[ATOM_NET_WM_NAME]};

	for (int i = 0; i < 2; i++)
		xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window, names[i],
			x11->atoms[ATOM_UTF8_STRING], 8, (uint32_t)strlen(title), title);
	xcb_flush(x11->connection);
}

static void set_properties(struct x11 *x11, const struct oriel_window_options *options)
{
	static const char class[] = "oriel-view\0Oriel";
	uint32_t pid = (uint32_t)getpid();
	char host[HOST_NAME_MAX + 1] = "";

	xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window, XCB_ATOM_WM_CLASS,
		XCB_ATOM_STRING, 8, sizeof class, class);
	xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window,
		x11->atoms[ATOM_WM_PROTOCOLS], XCB_ATOM_ATOM, 32, 1,
		&x11->atoms[ATOM_WM_DELETE_WINDOW]);
	xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window,
		x11->atoms[ATOM_NET_WM_PID], XCB_ATOM_CARDINAL, 32, 1, &pid);
	/* A process has its number on its computer only. */
	if (!gethostname(host, sizeof host - 1))
		xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window,
			XCB_ATOM_WM_CLIENT_MACHINE, XCB_ATOM_STRING, 8, (uint32_t)strlen(host),
			host);
	set_title(&x11->base, options->title);
}

/* No background: the server would paint it before each picture when the window grows. */
static void create_window(struct x11 *x11)
{
	uint32_t values[] = {XCB_BACK_PIXMAP_NONE, WANTED_EVENTS};

	x11->window = xcb_generate_id(x11->connection);
	xcb_create_window(x11->connection, XCB_COPY_FROM_PARENT, x11->window, x11->screen->root, 0,
		0, (uint16_t)x11->width_px, (uint16_t)x11->height_px, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
		XCB_CW_BACK_PIXMAP | XCB_CW_EVENT_MASK, values);
}

static const char *display_name(void)
{
	const char *display = getenv("DISPLAY");

	return display ? display : "";
}

static int connect_display(struct x11 *x11, struct oriel_error *error)
{
	int number = 0;

	if (!*display_name())
		return oriel_error_set(error, -ENOENT,
			"there is no X server to open a window on: DISPLAY is not set; start it in "
			"an X11 session, or use --headless");
	x11->connection = xcb_connect(NULL, &number);
	if (xcb_connection_has_error(x11->connection))
		return oriel_error_set(error, -ECONNREFUSED,
			"cannot connect to the X server \"%s\" named by DISPLAY: it is not running "
			"or does not let this user in; check DISPLAY and XAUTHORITY, or use "
			"--headless",
			display_name());
	x11->screen = find_screen(x11->connection, number);
	x11->visual = x11->screen ? find_visual(x11->screen) : NULL;
	if (!x11->visual || x11->visual->_class != XCB_VISUAL_CLASS_TRUE_COLOR)
		return oriel_error_set(error, -ENOTSUP,
			"the X server \"%s\" has no true-colour screen; use one of depth 24",
			display_name());
	x11->depth = x11->screen->root_depth;
	return 0;
}

static void close_window(struct oriel_window *window)
{
	struct x11 *x11 = (struct x11 *)window;

	if (!x11)
		return;
	if (x11->connection)
		xcb_disconnect(x11->connection);
	free(x11);
}

/* A window manager takes the screen that most of a window is on for the window's own. */
static void fit_screen(struct x11 *x11)
{
	uint32_t values[2];

	if (x11->width_px > x11->state.largest_width_px)
		x11->width_px = x11->state.largest_width_px;
	if (x11->height_px > x11->state.largest_height_px)
		x11->height_px = x11->state.largest_height_px;
	values[0] = x11->width_px;
	values[1] = x11->height_px;
	xcb_configure_window(x11->connection, x11->window,
		XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, values);
}

static int open_window(struct oriel_window **ret_window, const struct oriel_window_options *options,
	struct oriel_error *error)
{
	struct x11 *x11 = calloc(1, sizeof *x11);
	int result;

	if (!x11)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a window");
	x11->base.ops = &oriel_window_x11;
	x11->width_px = options->width_px;
	x11->height_px = options->height_px;
	result = connect_display(x11, error);
	if (result) {
		close_window(&x11->base);
		return result;
	}
	create_window(x11);
	intern_atoms(x11);
	set_properties(x11, options);
	result = oriel_x11_state_init(
		&x11->state, x11->connection, x11->screen, x11->window, options, error);
	if (result) {
		close_window(&x11->base);
		return result;
	}
	if (options->output)
		fit_screen(x11);
	oriel_x11_input_init(&x11->input, x11->connection, x11->screen, x11->window);
	oriel_x11_locks_init(&x11->locks, x11->connection);
	oriel_x11_photons_init(&x11->photons, x11->connection, x11->window);
	*ret_window = &x11->base;
	return 0;
}

/* ---- size ----------------------------------------------------------------------------------- */

static void show(struct oriel_window *window)
{
	struct x11 *x11 = (struct x11 *)window;

	x11->shown = true;
	xcb_map_window(x11->connection, x11->window);
	xcb_flush(x11->connection);
}

static void read_back_size(struct x11 *x11)
{
	xcb_get_geometry_reply_t *reply = xcb_get_geometry_reply(
		x11->connection, xcb_get_geometry(x11->connection, x11->window), NULL);

	if (reply) {
		x11->width_px = reply->width;
		x11->height_px = reply->height;
	}
	free(reply);
}

static void set_size(struct oriel_window *window, uint32_t width_px, uint32_t height_px)
{
	struct x11 *x11 = (struct x11 *)window;
	uint32_t values[] = {width_px, height_px};

	xcb_configure_window(x11->connection, x11->window,
		XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, values);
	if (!x11->shown)
		read_back_size(x11);
	xcb_flush(x11->connection);
}

static void get_size(
	const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	const struct x11 *x11 = (const struct x11 *)window;

	*ret_width_px = x11->width_px;
	*ret_height_px = x11->height_px;
}

static bool get_place(struct oriel_window *window, struct oriel_window_place *ret_place)
{
	struct x11 *x11 = (struct x11 *)window;

	*ret_place =
		(struct oriel_window_place){.width_px = x11->width_px, .height_px = x11->height_px};
	return x11->shown && oriel_x11_state_get_place(&x11->state, ret_place);
}

static void get_screen_size(
	const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	const struct oriel_x11_state *state = &((const struct x11 *)window)->state;

	*ret_width_px = state->largest_width_px;
	*ret_height_px = state->largest_height_px;
}

static void set_awake(struct oriel_window *window, bool awake)
{
	oriel_x11_state_set_awake_rt(&((struct x11 *)window)->state, awake);
}

static void set_fullscreen(struct oriel_window *window, enum oriel_fullscreen wanted)
{
	oriel_x11_state_set_fullscreen_rt(&((struct x11 *)window)->state, wanted);
}

static void get_native(const struct oriel_window *window, struct oriel_native *ret_native)
{
	const struct x11 *x11 = (const struct x11 *)window;

	*ret_native = (struct oriel_native){
		.kind = ORIEL_NATIVE_X11,
		.x11 =
			{
				.window = x11->window,
				.depth = x11->depth,
				.red_mask = x11->visual->red_mask,
				.green_mask = x11->visual->green_mask,
				.blue_mask = x11->visual->blue_mask,
			},
	};
}

static void watch_put(struct oriel_window *window, uint64_t stamp_ns)
{
	oriel_x11_photons_watch_rt(&((struct x11 *)window)->photons, stamp_ns);
}

static void set_grab(struct oriel_window *window, unsigned grab)
{
	oriel_x11_input_set_grab_rt(&((struct x11 *)window)->input, grab);
}

static void set_cursor_visible(struct oriel_window *window, bool visible)
{
	oriel_x11_input_set_cursor_visible_rt(&((struct x11 *)window)->input, visible);
}

static void set_locks(struct oriel_window *window, unsigned changed, unsigned locks)
{
	oriel_x11_locks_set_rt(&((struct x11 *)window)->locks, changed, locks);
}

const struct oriel_window_ops oriel_window_x11 = {
	.name = "x11",
	.is_available = is_available,
	.open = open_window,
	.close = close_window,
	.show = show,
	.set_title = set_title,
	.set_size = set_size,
	.get_size = get_size,
	.get_place = get_place,
	.get_screen_size = get_screen_size,
	.set_awake_rt = set_awake,
	.set_fullscreen_rt = set_fullscreen,
	.get_native = get_native,
	.watch_put_rt = watch_put,
	.set_grab_rt = set_grab,
	.set_cursor_visible_rt = set_cursor_visible,
	.set_locks_rt = set_locks,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
};
