/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/randr.h>
#include <xcb/screensaver.h>

#include "base/log.h"
#include "base/time.h"
#include "window/x11/reply.h"

/* The place is asked for at the end, which a server that hangs is not to hold up. */
#define PLACE_WAIT_MS 300

/* ---- what the window manager is asked for ---------------------------------------------------
 */

static xcb_atom_t get_atom(const struct oriel_x11_state *state, const char *name)
{
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(state->connection,
		xcb_intern_atom(state->connection, 0, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t atom = reply ? reply->atom : XCB_ATOM_NONE;

	free(reply);
	return atom;
}

/* An unmapped window carries its wishes as a property. */
static void set_wishes(struct oriel_x11_state *state, const struct oriel_window_options *options)
{
	xcb_atom_t wishes[3];
	uint32_t count = 0;

	if (options->is_fullscreen)
		wishes[count++] = state->fullscreen_atom;
	if (options->is_maximized) {
		wishes[count++] = state->maximized_atoms[0];
		wishes[count++] = state->maximized_atoms[1];
	}
	if (count)
		xcb_change_property(state->connection, XCB_PROP_MODE_REPLACE, state->window,
			state->state_atom, XCB_ATOM_ATOM, 32, count, wishes);
}

static void drop_borders(struct oriel_x11_state *state)
{
	/* flags: decorations are told; functions; decorations: none; input mode; status */
	static const uint32_t hints[] = {1u << 1, 0, 0, 0, 0};
	xcb_atom_t atom = get_atom(state, "_MOTIF_WM_HINTS");

	xcb_change_property(state->connection, XCB_PROP_MODE_REPLACE, state->window, atom, atom, 32,
		sizeof hints / sizeof hints[0], hints);
}

/* As in WM_NORMAL_HINTS: what of the window is put there. */
enum gravity { GRAVITY_FRAME = 1, GRAVITY_CONTENTS = 10 };

/* A position that window managers keep to, as one that the user chose. */
static void place_at(struct oriel_x11_state *state, int32_t x, int32_t y, enum gravity gravity)
{
	uint32_t place[] = {(uint32_t)x, (uint32_t)y};
	/* flags: the user's position, gravity */
	uint32_t hints[18] = {1u << 0 | 1u << 9, place[0], place[1], [17] = gravity};

	xcb_configure_window(
		state->connection, state->window, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, place);
	xcb_change_property(state->connection, XCB_PROP_MODE_REPLACE, state->window,
		XCB_ATOM_WM_NORMAL_HINTS, XCB_ATOM_WM_SIZE_HINTS, 32,
		sizeof hints / sizeof hints[0], hints);
}

/* ---- screens ----------------------------------------------------------------------------------
 */

/* So much of a window, or all of a smaller one, has to be on a screen for it to be taken hold of.
 */
#define HOLD_PX 48

struct rect {
	int32_t x, y, width, height;
};

struct search {
	const char *name; /* of a screen; NULL: none is looked for */
	char known[256];  /* the names there are */
	bool is_found;
	struct rect found;
	struct rect window; /* would be there */
	bool is_seen;	    /* on any of the screens */
};

static void note_known(struct search *search, const char *name, size_t length)
{
	size_t used = strlen(search->known);

	if (used + length + 3 > sizeof search->known)
		return;
	if (used)
		strcat(search->known, ", ");
	strncat(search->known, name, length);
}

/* Of two lengths from begin on, what they have in common is so much of the first as is needed. */
static bool meet(int32_t begin, int32_t length, int32_t other_begin, int32_t other_length)
{
	int64_t first = begin > other_begin ? begin : other_begin;
	int64_t end = (int64_t)begin + length, other_end = (int64_t)other_begin + other_length;

	return (end < other_end ? end : other_end) - first >= (length < HOLD_PX ? length : HOLD_PX);
}

static void look_at_screen(struct search *search, const struct rect *screen)
{
	const struct rect *window = &search->window;

	search->is_seen |= meet(window->x, window->width, screen->x, screen->width) &&
			   meet(window->y, window->height, screen->y, screen->height);
}

static void look_at_output(const struct oriel_x11_state *state, xcb_randr_output_t output,
	xcb_timestamp_t timestamp, struct search *search)
{
	xcb_connection_t *connection = state->connection;
	xcb_randr_get_output_info_reply_t *info = xcb_randr_get_output_info_reply(
		connection, xcb_randr_get_output_info(connection, output, timestamp), NULL);
	xcb_randr_get_crtc_info_reply_t *crtc = NULL;

	if (info && info->crtc)
		crtc = xcb_randr_get_crtc_info_reply(connection,
			xcb_randr_get_crtc_info(connection, info->crtc, timestamp), NULL);
	if (crtc) {
		const char *name = (const char *)xcb_randr_get_output_info_name(info);
		size_t length = (size_t)xcb_randr_get_output_info_name_length(info);
		struct rect screen = {crtc->x, crtc->y, crtc->width, crtc->height};

		note_known(search, name, length);
		look_at_screen(search, &screen);
		if (search->name && length == strlen(search->name) &&
			!strncmp(name, search->name, length)) {
			search->is_found = true;
			search->found = screen;
		}
	}
	free(crtc);
	free(info);
}

static void look_at_outputs(const struct oriel_x11_state *state, struct search *search)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(state->connection, &xcb_randr_id);
	xcb_randr_get_screen_resources_current_reply_t *all;
	xcb_randr_output_t *outputs;
	int count;

	if (!extension || !extension->present)
		return;
	all = xcb_randr_get_screen_resources_current_reply(state->connection,
		xcb_randr_get_screen_resources_current(state->connection, state->screen->root),
		NULL);
	if (!all)
		return;
	outputs = xcb_randr_get_screen_resources_current_outputs(all);
	count = xcb_randr_get_screen_resources_current_outputs_length(all);
	for (int i = 0; i < count; i++)
		look_at_output(state, outputs[i], all->config_timestamp, search);
	free(all);
}

static int go_to_output(struct oriel_x11_state *state, const char *name, struct oriel_error *error)
{
	struct search search = {.name = name};

	look_at_outputs(state, &search);
	if (!search.is_found)
		return oriel_error_set(error, -ENODEV,
			"no screen here is called \"%s\"; there is: %s", name,
			search.known[0] ? search.known : "none that has a name");
	place_at(state, search.found.x, search.found.y, GRAVITY_FRAME);
	state->largest_width_px = (uint32_t)search.found.width;
	state->largest_height_px = (uint32_t)search.found.height;
	return 0;
}

/* The screen that it was on the last time may be gone. */
static void go_to_position(
	struct oriel_x11_state *state, const struct oriel_window_options *options)
{
	const struct rect whole = {
		0, 0, state->screen->width_in_pixels, state->screen->height_in_pixels};
	struct search search = {.window = {options->x_px, options->y_px, (int32_t)options->width_px,
					(int32_t)options->height_px}};

	look_at_outputs(state, &search);
	if (!search.known[0])
		look_at_screen(&search, &whole);
	if (search.is_seen)
		place_at(state, options->x_px, options->y_px, GRAVITY_CONTENTS);
	else
		oriel_log(ORIEL_LOG_INFO,
			"at %d,%d the window would be on no screen there is: the desktop places it",
			options->x_px, options->y_px);
}

/* ---- the door --------------------------------------------------------------------------------
 */

/* Suspending came with version 1.1. */
static bool has_saver(xcb_connection_t *connection)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection, &xcb_screensaver_id);
	xcb_screensaver_query_version_reply_t *version = NULL;
	bool good;

	if (extension && extension->present)
		version = xcb_screensaver_query_version_reply(
			connection, xcb_screensaver_query_version(connection, 1, 1), NULL);
	good = version && (version->server_major_version > 1 || version->server_minor_version >= 1);
	free(version);
	return good;
}

void oriel_x11_state_set_awake_rt(struct oriel_x11_state *state, bool awake)
{
	if (!state->has_saver)
		return;
	xcb_screensaver_suspend(state->connection, awake);
	xcb_flush(state->connection);
}

int oriel_x11_state_init(struct oriel_x11_state *state, xcb_connection_t *connection,
	const xcb_screen_t *screen, xcb_window_t window, const struct oriel_window_options *options,
	struct oriel_error *error)
{
	*state = (struct oriel_x11_state){
		.connection = connection,
		.screen = screen,
		.window = window,
		.largest_width_px = screen->width_in_pixels,
		.largest_height_px = screen->height_in_pixels,
	};
	state->state_atom = get_atom(state, "_NET_WM_STATE");
	state->fullscreen_atom = get_atom(state, "_NET_WM_STATE_FULLSCREEN");
	state->maximized_atoms[0] = get_atom(state, "_NET_WM_STATE_MAXIMIZED_VERT");
	state->maximized_atoms[1] = get_atom(state, "_NET_WM_STATE_MAXIMIZED_HORZ");
	state->hidden_atom = get_atom(state, "_NET_WM_STATE_HIDDEN");
	state->has_saver = has_saver(connection);
	set_wishes(state, options);
	if (options->is_borderless)
		drop_borders(state);
	if (options->has_position)
		go_to_position(state, options);
	return options->output ? go_to_output(state, options->output, error) : 0;
}

void oriel_x11_state_set_fullscreen_rt(struct oriel_x11_state *state, enum oriel_fullscreen wanted)
{
	/* As _NET_WM_STATE has them. */
	static const uint32_t actions[] = {
		[ORIEL_FULLSCREEN_OFF] = 0,
		[ORIEL_FULLSCREEN_ON] = 1,
		[ORIEL_FULLSCREEN_TOGGLE] = 2,
	};
	xcb_client_message_event_t message = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = state->window,
		.type = state->state_atom,
	};

	message.data.data32[0] = actions[wanted];
	message.data.data32[1] = state->fullscreen_atom;
	message.data.data32[3] = 1; /* from an application */
	xcb_send_event(state->connection, 0, state->screen->root,
		XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT,
		(const char *)&message);
	xcb_flush(state->connection);
}

/* Any state but having the focus or being above others: the size is then not the window's own. */
static bool is_special(
	const struct oriel_x11_state *state, const xcb_get_property_reply_t *property)
{
	const xcb_atom_t special[] = {state->fullscreen_atom, state->maximized_atoms[0],
		state->maximized_atoms[1], state->hidden_atom};
	const xcb_atom_t *atoms = xcb_get_property_value(property);
	int count = xcb_get_property_value_length(property) / (int)sizeof *atoms;

	for (int i = 0; i < count; i++)
		for (size_t j = 0; j < sizeof special / sizeof special[0]; j++)
			if (atoms[i] == special[j])
				return true;
	return false;
}

bool oriel_x11_state_get_place(
	const struct oriel_x11_state *state, struct oriel_window_place *ret_place)
{
	uint64_t end_ns = oriel_time_now_ns() + PLACE_WAIT_MS * ORIEL_NS_PER_MS;
	unsigned int property_sequence = xcb_get_property(
		state->connection, 0, state->window, state->state_atom, XCB_ATOM_ATOM, 0, 32)
						 .sequence;
	unsigned int place_sequence = xcb_translate_coordinates(
		state->connection, state->window, state->screen->root, 0, 0)
					      .sequence;
	xcb_get_property_reply_t *property =
		oriel_x11_reply_wait(state->connection, property_sequence, end_ns);
	xcb_translate_coordinates_reply_t *place =
		oriel_x11_reply_wait(state->connection, place_sequence, end_ns);
	bool is_there = property && place && !is_special(state, property);

	if (is_there) {
		ret_place->has_position = true;
		ret_place->x_px = place->dst_x;
		ret_place->y_px = place->dst_y;
	}
	free(place);
	free(property);
	return is_there;
}
