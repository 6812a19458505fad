/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/x11.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/xcb.h>

#include "window/x11/events.h"
#include "window/x11/parts.h"

static const char *const atom_names[ORIEL_X11_ATOMS] = {
	[ORIEL_X11_ATOM_WM_PROTOCOLS] = "WM_PROTOCOLS",
	[ORIEL_X11_ATOM_WM_DELETE_WINDOW] = "WM_DELETE_WINDOW",
	[ORIEL_X11_ATOM_NET_WM_NAME] = "_NET_WM_NAME",
	[ORIEL_X11_ATOM_NET_WM_PID] = "_NET_WM_PID",
	[ORIEL_X11_ATOM_UTF8_STRING] = "UTF8_STRING",
};

static int get_fd(const struct oriel_window *window)
{
	return xcb_get_file_descriptor(((const struct oriel_x11 *)window)->connection);
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

static void intern_atoms(struct oriel_x11 *x11)
{
	xcb_intern_atom_cookie_t cookies[ORIEL_X11_ATOMS];

	for (int i = 0; i < ORIEL_X11_ATOMS; i++)
		cookies[i] = xcb_intern_atom(
			x11->connection, 0, (uint16_t)strlen(atom_names[i]), atom_names[i]);
	for (int i = 0; i < ORIEL_X11_ATOMS; i++) {
		xcb_intern_atom_reply_t *reply =
			xcb_intern_atom_reply(x11->connection, cookies[i], NULL);

		x11->atoms[i] = reply ? reply->atom : XCB_ATOM_NONE;
		free(reply);
	}
}

static void set_title(struct oriel_window *window, const char *title)
{
	struct oriel_x11 *x11 = (struct oriel_x11 *)window;
	const xcb_atom_t names[] = {XCB_ATOM_WM_NAME, x11->atoms[ORIEL_X11_ATOM_NET_WM_NAME]};

	for (int i = 0; i < 2; i++)
		xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window, names[i],
			x11->atoms[ORIEL_X11_ATOM_UTF8_STRING], 8, (uint32_t)strlen(title), title);
	xcb_flush(x11->connection);
}

static void set_properties(struct oriel_x11 *x11, const struct oriel_window_options *options)
{
	static const char class[] = "oriel-view\0Oriel";
	uint32_t pid = (uint32_t)getpid();
	char host[HOST_NAME_MAX + 1] = "";

	xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window, XCB_ATOM_WM_CLASS,
		XCB_ATOM_STRING, 8, sizeof class, class);
	xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window,
		x11->atoms[ORIEL_X11_ATOM_WM_PROTOCOLS], XCB_ATOM_ATOM, 32, 1,
		&x11->atoms[ORIEL_X11_ATOM_WM_DELETE_WINDOW]);
	xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window,
		x11->atoms[ORIEL_X11_ATOM_NET_WM_PID], XCB_ATOM_CARDINAL, 32, 1, &pid);
	/* A process has its number on its computer only. */
	if (!gethostname(host, sizeof host - 1))
		xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->window,
			XCB_ATOM_WM_CLIENT_MACHINE, XCB_ATOM_STRING, 8, (uint32_t)strlen(host),
			host);
	set_title(&x11->base, options->title);
}

/* No background: the server would paint it before each picture when the window grows. */
static void create_window(struct oriel_x11 *x11)
{
	uint32_t values[] = {XCB_BACK_PIXMAP_NONE, ORIEL_X11_EVENTS};

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

static int connect_display(struct oriel_x11 *x11, struct oriel_error *error)
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
	struct oriel_x11 *x11 = (struct oriel_x11 *)window;

	if (!x11)
		return;
	if (x11->connection)
		xcb_disconnect(x11->connection);
	free(x11);
}

/* A window manager takes the screen that most of a window is on for the window's own. */
static void fit_screen(struct oriel_x11 *x11)
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
	struct oriel_x11 *x11 = calloc(1, sizeof *x11);
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
	struct oriel_x11 *x11 = (struct oriel_x11 *)window;

	x11->shown = true;
	xcb_map_window(x11->connection, x11->window);
	xcb_flush(x11->connection);
}

static void read_back_size(struct oriel_x11 *x11)
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
	struct oriel_x11 *x11 = (struct oriel_x11 *)window;
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
	const struct oriel_x11 *x11 = (const struct oriel_x11 *)window;

	*ret_width_px = x11->width_px;
	*ret_height_px = x11->height_px;
}

static bool get_place(struct oriel_window *window, struct oriel_window_place *ret_place)
{
	struct oriel_x11 *x11 = (struct oriel_x11 *)window;

	*ret_place =
		(struct oriel_window_place){.width_px = x11->width_px, .height_px = x11->height_px};
	return x11->shown && oriel_x11_state_get_place(&x11->state, ret_place);
}

static void get_screen_size(
	const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	const struct oriel_x11_state *state = &((const struct oriel_x11 *)window)->state;

	*ret_width_px = state->largest_width_px;
	*ret_height_px = state->largest_height_px;
}

static void set_awake(struct oriel_window *window, bool awake)
{
	oriel_x11_state_set_awake_rt(&((struct oriel_x11 *)window)->state, awake);
}

static void set_fullscreen(struct oriel_window *window, enum oriel_fullscreen wanted)
{
	oriel_x11_state_set_fullscreen_rt(&((struct oriel_x11 *)window)->state, wanted);
}

static void get_native(const struct oriel_window *window, struct oriel_native *ret_native)
{
	const struct oriel_x11 *x11 = (const struct oriel_x11 *)window;

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
	oriel_x11_photons_watch_rt(&((struct oriel_x11 *)window)->photons, stamp_ns);
}

static void set_grab(struct oriel_window *window, unsigned grab)
{
	oriel_x11_input_set_grab_rt(&((struct oriel_x11 *)window)->input, grab);
}

static void set_cursor_visible(struct oriel_window *window, bool visible)
{
	oriel_x11_input_set_cursor_visible_rt(&((struct oriel_x11 *)window)->input, visible);
}

static void set_locks(struct oriel_window *window, unsigned changed, unsigned locks)
{
	oriel_x11_locks_set_rt(&((struct oriel_x11 *)window)->locks, changed, locks);
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
	.dispatch_rt = oriel_x11_dispatch_rt,
};
