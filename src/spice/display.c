/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/display.h"

#include <string.h>

#include "base/log.h"

/* What a hostile server may claim at most. */
#define SIDE_MAX_PX 16384

struct oriel_spice_display {
	struct oriel_spice_session *session;
	const struct oriel_spice_display_listener *listener;
	void *data;
	SpiceChannel *channel, *cursor_channel; /* NULL: none; borrowed */
	struct oriel_rect area;			/* of the surface: the first monitor */
	bool has_screen;
	guint settler; /* 0: nothing is to be told */
	int32_t hot_x_px, hot_y_px, x_px, y_px;
	bool is_visible;
	uint8_t *image; /* of the cursor, or NULL */
};

/* ---- the screen --------------------------------------------------------------------------------
 */

static gboolean on_settle(gpointer data)
{
	struct oriel_spice_display *display = data;

	display->settler = 0;
	display->listener->settled(display->data);
	return G_SOURCE_REMOVE;
}

/* Once for all that the library reads in one go. */
static void settle_soon(struct oriel_spice_display *display)
{
	if (!display->settler)
		display->settler = g_idle_add_full(G_PRIORITY_DEFAULT, on_settle, display, NULL);
}

/* Where the first monitor is on the surface: all of it where the server does not say. */
static struct oriel_rect find_area(SpiceChannel *channel, const SpiceDisplayPrimary *primary)
{
	struct oriel_rect all = {0, 0, (uint32_t)primary->width, (uint32_t)primary->height};
	struct oriel_rect area = all;
	g_autoptr(GArray) monitors = NULL;
	const SpiceDisplayMonitorConfig *first;

	g_object_get(channel, "monitors", &monitors, NULL);
	if (!monitors || !monitors->len)
		return all;
	first = &g_array_index(monitors, SpiceDisplayMonitorConfig, 0);
	area = (struct oriel_rect){first->x, first->y, first->width, first->height};
	oriel_rect_clip(&area, all.w, all.h);
	return first->surface_id || !area.w || !area.h ? all : area;
}

static bool is_usable(const SpiceDisplayPrimary *primary)
{
	bool is_32 = primary->format == SPICE_SURFACE_FMT_32_xRGB ||
		     primary->format == SPICE_SURFACE_FMT_32_ARGB;

	if (!is_32)
		oriel_log(ORIEL_LOG_WARNING,
			"the SPICE display has a kind of pixels (%d) that is not shown here: set "
			"the guest's screen to 32 bits a pixel",
			(int)primary->format);
	return is_32 && primary->data && primary->width > 0 && primary->width <= SIDE_MAX_PX &&
	       primary->height > 0 && primary->height <= SIDE_MAX_PX &&
	       primary->stride >= primary->width * 4;
}

static void drop_screen(struct oriel_spice_display *display)
{
	if (display->has_screen)
		display->listener->screen(display->data, NULL);
	display->has_screen = false;
}

static void take_screen(struct oriel_spice_display *display)
{
	struct oriel_spice_screen screen;
	SpiceDisplayPrimary primary;

	if (!spice_display_channel_get_primary(display->channel, 0, &primary) || !primary.marked ||
		!is_usable(&primary)) {
		drop_screen(display);
		return;
	}
	display->area = find_area(display->channel, &primary);
	screen = (struct oriel_spice_screen){
		.pixels = primary.data + (size_t)display->area.y * (size_t)primary.stride +
			  (size_t)display->area.x * 4,
		.width_px = display->area.w,
		.height_px = display->area.h,
		.pitch_bytes = (size_t)primary.stride,
	};
	display->has_screen = true;
	display->listener->screen(display->data, &screen);
}

static void on_create(SpiceChannel *channel, gint format, gint width, gint height, gint stride,
	gint shmid, gpointer pixels, gpointer data)
{
	take_screen(data);
}

static void on_mark(SpiceChannel *channel, gint mark, gpointer data)
{
	take_screen(data);
}

static void on_monitors(SpiceChannel *channel, GParamSpec *property, gpointer data)
{
	take_screen(data);
}

static void on_destroy(SpiceChannel *channel, gpointer data)
{
	drop_screen(data);
}

static void on_invalidate(SpiceChannel *channel, gint x, gint y, gint w, gint h, gpointer data)
{
	struct oriel_spice_display *display = data;
	struct oriel_rect rect = {(uint32_t)x, (uint32_t)y, (uint32_t)w, (uint32_t)h};

	if (!display->has_screen || x < 0 || y < 0 || w <= 0 || h <= 0 ||
		!oriel_rect_intersect(&rect, &display->area, &rect))
		return;
	rect.x -= display->area.x;
	rect.y -= display->area.y;
	display->listener->changed(display->data, rect);
	settle_soon(display);
}

static void on_scanout(SpiceChannel *channel, GParamSpec *property, gpointer data)
{
	oriel_log(ORIEL_LOG_WARNING, "the SPICE server draws its display with a GPU (gl=on), which "
				     "cannot be shown here: "
				     "switch that off in the VM's graphics settings");
	drop_screen(data);
}

/* ---- the cursor --------------------------------------------------------------------------------
 */

static void tell_cursor(struct oriel_spice_display *display, const struct oriel_cursor_shape *shape)
{
	const struct oriel_spice_cursor cursor = {
		.x_px = display->x_px - display->hot_x_px,
		.y_px = display->y_px - display->hot_y_px,
		.is_visible = display->is_visible && display->image,
		.shape = shape,
	};

	display->listener->cursor(display->data, &cursor);
}

/* The server's colours are premultiplied, whatever the library calls them. */
static void copy_image(uint8_t *image, const uint8_t *rgba, size_t pixels)
{
	for (size_t i = 0; i < pixels; i++, rgba += 4, image += 4) {
		image[0] = MIN(rgba[2], rgba[3]);
		image[1] = MIN(rgba[1], rgba[3]);
		image[2] = MIN(rgba[0], rgba[3]);
		image[3] = rgba[3];
	}
}

static void on_cursor_set(SpiceChannel *channel, gint width, gint height, gint hot_x, gint hot_y,
	gpointer rgba, gpointer data)
{
	struct oriel_spice_display *display = data;
	struct oriel_cursor_shape shape = {.type = ORIEL_CURSOR_COLOUR};
	gint side_max = (gint)ORIEL_CURSOR_SIDE_MAX_PX;

	display->is_visible = rgba && width > 0 && width <= side_max && height > 0 &&
			      height <= side_max && hot_x >= 0 && hot_x <= INT8_MAX && hot_y >= 0 &&
			      hot_y <= INT8_MAX;
	if (!display->is_visible)
		return tell_cursor(display, NULL);
	g_free(display->image);
	display->image = g_malloc((size_t)width * (size_t)height * 4);
	copy_image(display->image, rgba, (size_t)width * (size_t)height);
	display->hot_x_px = hot_x;
	display->hot_y_px = hot_y;
	shape.width_px = (uint32_t)width;
	shape.height_px = (uint32_t)height;
	shape.pitch_bytes = shape.width_px * 4;
	shape.hot_x_px = (int8_t)hot_x;
	shape.hot_y_px = (int8_t)hot_y;
	shape.image = display->image;
	tell_cursor(display, &shape);
}

static void on_cursor_move(SpiceChannel *channel, gint x, gint y, gpointer data)
{
	struct oriel_spice_display *display = data;

	display->x_px = x - (gint)display->area.x;
	display->y_px = y - (gint)display->area.y;
	display->is_visible = true;
	tell_cursor(display, NULL);
}

static void on_cursor_hide(SpiceChannel *channel, gpointer data)
{
	struct oriel_spice_display *display = data;

	display->is_visible = false;
	tell_cursor(display, NULL);
}

void oriel_spice_display_move_cursor(struct oriel_spice_display *display, int32_t x_px,
	int32_t y_px, uint32_t width_px, uint32_t height_px)
{
	if (!display->has_screen || !width_px || !height_px)
		return;
	display->x_px = (int32_t)((int64_t)x_px * display->area.w / width_px);
	display->y_px = (int32_t)((int64_t)y_px * display->area.h / height_px);
	tell_cursor(display, NULL);
}

/* ---- channels ----------------------------------------------------------------------------------
 */

static enum oriel_spice_need on_added(void *data, SpiceChannel *channel)
{
	struct oriel_spice_display *display = data;
	gint id;

	g_object_get(channel, "channel-id", &id, NULL);
	if (SPICE_IS_DISPLAY_CHANNEL(channel) && !id) {
		display->channel = channel;
		g_signal_connect(channel, "display-primary-create", G_CALLBACK(on_create), display);
		g_signal_connect(
			channel, "display-primary-destroy", G_CALLBACK(on_destroy), display);
		g_signal_connect(channel, "display-mark", G_CALLBACK(on_mark), display);
		g_signal_connect(channel, "display-invalidate", G_CALLBACK(on_invalidate), display);
		g_signal_connect(channel, "notify::monitors", G_CALLBACK(on_monitors), display);
		g_signal_connect(channel, "notify::gl-scanout", G_CALLBACK(on_scanout), display);
		return ORIEL_SPICE_WANTED;
	}
	if (SPICE_IS_CURSOR_CHANNEL(channel) && !id) {
		display->cursor_channel = channel;
		g_signal_connect(channel, "cursor-set", G_CALLBACK(on_cursor_set), display);
		g_signal_connect(channel, "cursor-move", G_CALLBACK(on_cursor_move), display);
		g_signal_connect(channel, "cursor-hide", G_CALLBACK(on_cursor_hide), display);
		g_signal_connect(channel, "cursor-reset", G_CALLBACK(on_cursor_hide), display);
		return ORIEL_SPICE_WANTED;
	}
	return ORIEL_SPICE_UNWANTED;
}

static void on_removed(void *data, SpiceChannel *channel)
{
	struct oriel_spice_display *display = data;

	if (channel == display->channel) {
		g_signal_handlers_disconnect_by_data(channel, display);
		display->channel = NULL;
		drop_screen(display);
	}
	if (channel == display->cursor_channel) {
		g_signal_handlers_disconnect_by_data(channel, display);
		display->cursor_channel = NULL;
		on_cursor_hide(channel, display);
	}
}

static const struct oriel_spice_listener listener = {
	.channel_added = on_added,
	.channel_removed = on_removed,
};

/* ---- life --------------------------------------------------------------------------------------
 */

struct oriel_spice_display *oriel_spice_display_create(struct oriel_spice_session *session,
	const struct oriel_spice_display_listener *own, void *data)
{
	struct oriel_spice_display *display = g_new0(struct oriel_spice_display, 1);

	display->session = session;
	display->listener = own;
	display->data = data;
	oriel_spice_session_add_listener(session, &listener, display);
	return display;
}

void oriel_spice_display_destroy(struct oriel_spice_display *display)
{
	if (!display)
		return;
	oriel_spice_session_remove_listener(display->session, display);
	if (display->settler)
		g_source_remove(display->settler);
	g_free(display->image);
	g_free(display);
}
