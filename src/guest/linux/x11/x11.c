/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/x11/x11.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xcb/damage.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "base/fd.h"
#include "base/log.h"
#include "guest/core/options.h"
#include "guest/core/pixels.h"
#include "guest/core/tick.h"
#include "guest/linux/x11/cursor.h"
#include "guest/linux/x11/grab.h"

/* Attaching memory by file descriptor: works also when the X server runs as another user. */
#define SHM_MINOR_NEEDED 2

struct x11_capture {
	struct oriel_capture base;
	xcb_connection_t *connection;
	const xcb_screen_t *screen;
	const struct oriel_pixels_way *way;
	uint8_t damage_event, cursor_event;
	xcb_damage_damage_t damage;
	xcb_xfixes_region_t region;
	struct oriel_x11_grab *grab;
	struct oriel_x11_cursor cursor;
	uint8_t *converted; /* when the screen's format is none of the protocol's */
	struct oriel_picture picture;
	struct oriel_tick tick; /* no more often than this */
	bool is_damaged, is_size_stale, is_whole_due;
};

static struct x11_capture *get_self(struct oriel_capture *capture)
{
	return (struct x11_capture *)capture;
}

/* ---- size ----------------------------------------------------------------------------------- */

static void drop_layout(struct x11_capture *self)
{
	oriel_x11_grab_destroy(self->grab);
	free(self->converted);
	self->grab = NULL;
	self->converted = NULL;
}

static int set_layout(
	struct x11_capture *self, uint32_t width_px, uint32_t height_px, struct oriel_error *error)
{
	uint32_t bytes = oriel_pixel_get_info(self->way->format)->bytes;
	int rc;

	drop_layout(self);
	rc = oriel_x11_grab_create(&self->grab, self->connection, self->screen->root, width_px,
		height_px, self->way->source_bytes, error);
	if (rc)
		return rc;
	if (self->way->convert)
		self->converted = malloc((size_t)width_px * bytes * height_px);
	if (self->way->convert && !self->converted)
		return oriel_error_set_errno(error, -ENOMEM, "cannot convert the screen's pixels");
	self->picture = (struct oriel_picture){
		.format = self->way->format,
		.width_px = width_px,
		.height_px = height_px,
		.rows = height_px,
		.pitch_bytes = self->converted ? width_px * bytes
					       : oriel_x11_grab_get_pitch_bytes(self->grab),
		.screen_width_px = width_px,
		.screen_height_px = height_px,
	};
	self->is_whole_due = true;
	return 0;
}

/* Asks the server: what the connection knew at its beginning is old after a resize. */
static int refresh_size(struct x11_capture *self, struct oriel_error *error)
{
	xcb_get_geometry_reply_t *geometry = xcb_get_geometry_reply(
		self->connection, xcb_get_geometry(self->connection, self->screen->root), NULL);
	uint32_t width_px, height_px;

	if (!geometry)
		return oriel_error_set(error, -EPIPE, "the X server is gone");
	width_px = geometry->width;
	height_px = geometry->height;
	free(geometry);
	self->is_size_stale = false;
	if (self->grab && self->picture.width_px == width_px &&
		self->picture.height_px == height_px)
		return 0;
	return set_layout(self, width_px, height_px, error);
}

/* ---- damage --------------------------------------------------------------------------------- */

static void handle_event(struct x11_capture *self, const xcb_generic_event_t *event)
{
	uint8_t type = event->response_type & 0x7f;

	if (type == self->damage_event)
		self->is_damaged = true;
	else if (type == self->cursor_event)
		oriel_x11_cursor_expect_shape(&self->cursor);
	else if (type == XCB_CONFIGURE_NOTIFY)
		self->is_size_stale = true;
}

static void handle_events(struct x11_capture *self)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(self->connection))) {
		handle_event(self, event);
		free(event);
	}
}

/* Waits for something from the server. */
static void wait_for_events(struct x11_capture *self, uint64_t deadline_ns)
{
	struct pollfd wanted = {
		.fd = xcb_get_file_descriptor(self->connection),
		.events = POLLIN,
	};
	uint64_t now_ns = oriel_time_now_ns();
	uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
	struct timespec left = {
		.tv_sec = (time_t)(left_ns / ORIEL_NS_PER_S),
		.tv_nsec = (long)(left_ns % ORIEL_NS_PER_S),
	};

	xcb_flush(self->connection);
	ppoll(&wanted, 1, &left, NULL);
	handle_events(self);
}

/* What is taken here is asked for afterwards: anything drawn in between is damage again. */
static void take_damage(struct x11_capture *self, struct oriel_damage *ret_damage)
{
	xcb_xfixes_fetch_region_reply_t *reply;
	const xcb_rectangle_t *rects;
	int count;

	oriel_damage_clear(ret_damage);
	self->is_damaged = false;
	xcb_damage_subtract(self->connection, self->damage, XCB_NONE, self->region);
	reply = xcb_xfixes_fetch_region_reply(
		self->connection, xcb_xfixes_fetch_region(self->connection, self->region), NULL);
	if (!reply)
		return;
	rects = xcb_xfixes_fetch_region_rectangles(reply);
	count = xcb_xfixes_fetch_region_rectangles_length(reply);
	for (int i = 0; i < count; i++)
		oriel_damage_add(
			ret_damage, (struct oriel_rect){(uint32_t)rects[i].x, (uint32_t)rects[i].y,
					    rects[i].width, rects[i].height});
	free(reply);
	oriel_damage_clip(ret_damage, self->picture.width_px, self->picture.height_px);
	oriel_damage_sort(ret_damage);
}

/* ---- capture -------------------------------------------------------------------------------- */

static int grab_frame(struct x11_capture *self, bool whole, struct oriel_capture_frame *ret_frame,
	struct oriel_error *error)
{
	struct oriel_damage *damage = &ret_frame->damage;
	int rc;

	take_damage(self, damage);
	if (whole || self->is_whole_due)
		oriel_damage_set_full(damage);
	if (oriel_damage_is_empty(damage))
		return 0;
	rc = oriel_x11_grab_take(self->grab, damage);
	if (rc == -EAGAIN) {
		/* The screen just became smaller; the next round knows by how much. */
		self->is_size_stale = self->is_whole_due = true;
		return 0;
	}
	if (rc)
		return oriel_error_set(error, rc, "the X server is gone");
	self->is_whole_due = false;
	ret_frame->picture = self->picture;
	ret_frame->pixels = oriel_x11_grab_get_pixels(self->grab);
	if (!self->converted)
		return 1;
	oriel_pixels_convert_rt(self->way, self->converted, self->picture.pitch_bytes,
		ret_frame->pixels, oriel_x11_grab_get_pitch_bytes(self->grab),
		self->picture.width_px, self->picture.height_px, damage);
	ret_frame->pixels = self->converted;
	return 1;
}

static int x11_next(struct oriel_capture *capture, uint64_t deadline_ns, bool whole,
	struct oriel_capture_frame *ret_frame, struct oriel_error *error)
{
	struct x11_capture *self = get_self(capture);
	int rc;

	handle_events(self);
	if (!whole && !self->is_whole_due && !self->is_damaged && !self->is_size_stale)
		wait_for_events(self, deadline_ns);
	if (xcb_connection_has_error(self->connection))
		return oriel_error_set(error, -EPIPE, "the X server is gone");
	if (self->is_size_stale) {
		rc = refresh_size(self, error);
		if (rc)
			return rc;
	}
	if (!whole && !self->is_whole_due) {
		if (!self->is_damaged || !oriel_tick_wait(&self->tick, deadline_ns))
			return 0;
	}
	oriel_tick_advance(&self->tick, oriel_time_now_ns());
	return grab_frame(self, whole, ret_frame, error);
}

static bool x11_take_cursor(struct oriel_capture *capture, struct oriel_capture_cursor *ret_cursor)
{
	struct x11_capture *self = get_self(capture);

	return oriel_x11_cursor_take(&self->cursor, oriel_time_now_ns(), ret_cursor);
}

static void x11_set_cursor(struct oriel_capture *capture, int32_t x_px, int32_t y_px)
{
	struct x11_capture *self = get_self(capture);

	xcb_warp_pointer(self->connection, XCB_NONE, self->screen->root, 0, 0, 0, 0, (int16_t)x_px,
		(int16_t)y_px);
	xcb_flush(self->connection);
}

/* ---- life ----------------------------------------------------------------------------------- */

static const xcb_screen_t *find_screen(xcb_connection_t *connection, int number)
{
	xcb_screen_iterator_t at = xcb_setup_roots_iterator(xcb_get_setup(connection));

	while (number-- > 0 && at.rem > 1)
		xcb_screen_next(&at);
	return at.data;
}

static const xcb_visualtype_t *find_visual(const xcb_screen_t *screen)
{
	for (xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(screen); depth.rem;
		xcb_depth_next(&depth)) {
		xcb_visualtype_iterator_t visual = xcb_depth_visuals_iterator(depth.data);

		for (; visual.rem; xcb_visualtype_next(&visual))
			if (visual.data->visual_id == screen->root_visual)
				return visual.data;
	}
	return NULL;
}

static uint8_t find_bits_per_pixel(xcb_connection_t *connection, uint8_t depth)
{
	xcb_format_iterator_t at = xcb_setup_pixmap_formats_iterator(xcb_get_setup(connection));

	for (; at.rem; xcb_format_next(&at))
		if (at.data->depth == depth)
			return at.data->bits_per_pixel;
	return 0;
}

static const struct oriel_pixels_way *find_way(
	xcb_connection_t *connection, const xcb_screen_t *screen)
{
	static const struct {
		uint8_t bits_per_pixel;
		uint32_t red_mask;
		const struct oriel_pixels_way *way;
	} ways[] = {
		{32, 0x00ff0000, &oriel_pixels_bgra},
		{32, 0x000000ff, &oriel_pixels_rgba},
		{32, 0x3ff00000, &oriel_pixels_from_bgra10},
		{32, 0x000003ff, &oriel_pixels_rgba10},
		{16, 0x0000f800, &oriel_pixels_from_rgb565},
	};
	uint8_t bits_per_pixel = find_bits_per_pixel(connection, screen->root_depth);
	const xcb_visualtype_t *visual = find_visual(screen);

	if (!visual || xcb_get_setup(connection)->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
		return NULL;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (ways[i].bits_per_pixel == bits_per_pixel &&
			ways[i].red_mask == visual->red_mask)
			return ways[i].way;
	return NULL;
}

static bool has_extension(xcb_connection_t *connection, xcb_extension_t *extension)
{
	const xcb_query_extension_reply_t *reply = xcb_get_extension_data(connection, extension);

	return reply && reply->present;
}

/* Each extension wants to be asked for its version before anything else. */
static bool has_versions(xcb_connection_t *connection)
{
	xcb_shm_query_version_reply_t *shm =
		xcb_shm_query_version_reply(connection, xcb_shm_query_version(connection), NULL);
	xcb_damage_query_version_reply_t *damage = xcb_damage_query_version_reply(
		connection, xcb_damage_query_version(connection, 1, 1), NULL);
	xcb_xfixes_query_version_reply_t *xfixes = xcb_xfixes_query_version_reply(
		connection, xcb_xfixes_query_version(connection, 2, 0), NULL);
	bool has_all = shm && damage && xfixes &&
		       (shm->major_version > 1 || shm->minor_version >= SHM_MINOR_NEEDED);

	free(shm);
	free(damage);
	free(xfixes);
	return has_all;
}

static int check_server(struct x11_capture *self, const char *name, struct oriel_error *error)
{
	xcb_connection_t *connection = self->connection;

	if (!has_extension(connection, &xcb_shm_id) || !has_extension(connection, &xcb_damage_id) ||
		!has_extension(connection, &xcb_xfixes_id) || !has_versions(connection))
		return oriel_error_set(error, -ENOTSUP,
			"the X server '%s' lacks MIT-SHM 1.2, DAMAGE or XFIXES, or is on another "
			"machine",
			name);
	self->way = find_way(connection, self->screen);
	if (!self->way)
		return oriel_error_set(error, -ENOTSUP,
			"the X server '%s' has pixels of a kind that is not supported (depth %u)",
			name, self->screen->root_depth);
	self->damage_event =
		xcb_get_extension_data(connection, &xcb_damage_id)->first_event + XCB_DAMAGE_NOTIFY;
	self->cursor_event = xcb_get_extension_data(connection, &xcb_xfixes_id)->first_event +
			     XCB_XFIXES_CURSOR_NOTIFY;
	return 0;
}

/* One report, then silence until the damage is taken: costs the server nothing while no one looks.
 */
static void watch(struct x11_capture *self)
{
	const uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;

	self->damage = xcb_generate_id(self->connection);
	xcb_damage_create(self->connection, self->damage, self->screen->root,
		XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
	self->region = xcb_generate_id(self->connection);
	xcb_xfixes_create_region(self->connection, self->region, 0, NULL);
	xcb_change_window_attributes(
		self->connection, self->screen->root, XCB_CW_EVENT_MASK, &mask);
	xcb_xfixes_select_cursor_input(
		self->connection, self->screen->root, XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
	oriel_x11_cursor_init(&self->cursor, self->connection, self->screen->root);
}

static void x11_close(struct oriel_capture *capture)
{
	struct x11_capture *self = get_self(capture);

	if (!self)
		return;
	drop_layout(self);
	oriel_x11_cursor_finish(&self->cursor);
	if (self->connection)
		xcb_disconnect(self->connection);
	free(self);
}

static int begin(struct x11_capture *self, const char *name, struct oriel_error *error)
{
	int number = 0, rc;

	self->connection = xcb_connect(name, &number);
	if (xcb_connection_has_error(self->connection))
		return oriel_error_set(error, -ENODEV,
			"cannot connect to the X server '%s': is it running, and may this user "
			"($XAUTHORITY) use it?",
			name);
	self->screen = find_screen(self->connection, number);
	rc = check_server(self, name, error);
	if (rc)
		return rc;
	watch(self);
	rc = refresh_size(self, error);
	if (!rc)
		oriel_log(ORIEL_LOG_INFO, "x11: %s, %ux%u", name, self->picture.width_px,
			self->picture.height_px);
	return rc;
}

static int x11_open(struct oriel_capture **ret_capture, const struct oriel_guest_options *options,
	struct oriel_error *error)
{
	const char *name = options->display ? options->display : getenv("DISPLAY");
	struct x11_capture *self;
	int rc;

	if (!name || !*name)
		return oriel_error_set(
			error, -ENODEV, "no X display: set DISPLAY or use --display NAME");
	self = calloc(1, sizeof *self);
	if (!self)
		return oriel_error_set_errno(error, -ENOMEM, "cannot capture");
	self->base.ops = &oriel_capture_x11;
	oriel_tick_init(&self->tick, options->fps);
	rc = begin(self, name, error);
	if (rc) {
		x11_close(&self->base);
		return rc;
	}
	*ret_capture = &self->base;
	return 0;
}

const struct oriel_capture_ops oriel_capture_x11 = {
	.name = "x11",
	.open = x11_open,
	.next = x11_next,
	.take_cursor = x11_take_cursor,
	.set_cursor = x11_set_cursor,
	.close = x11_close,
};
