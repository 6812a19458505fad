/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/demo/report.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>

#define SIDE_MAX_PX 16384u
#define BYTES_PER_PX 4.0

static bool fail(GError **error, const char *what)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s", what);
	return false;
}

bool oriel_report_parse_screen(
	const char *text, struct oriel_report_screen *ret_screen, GError **error)
{
	g_auto(GStrv) sides = g_strsplit(text, "x", 2);
	guint64 width, height;

	if (g_strv_length(sides) != 2 ||
		!g_ascii_string_to_unsigned(sides[0], 10, 1, SIDE_MAX_PX, &width, NULL) ||
		!g_ascii_string_to_unsigned(sides[1], 10, 1, SIDE_MAX_PX, &height, NULL))
		return fail(error, "the guest did not tell the size of its screen");
	*ret_screen = (struct oriel_report_screen){(unsigned int)width, (unsigned int)height};
	return true;
}

/* A number of object, or of the object inside it that group names. -1: not there. */
static double get(JsonObject *object, const char *group, const char *name)
{
	if (group) {
		if (!json_object_has_member(object, group))
			return -1;
		object = json_object_get_object_member(object, group);
	}
	return object ? json_object_get_double_member_with_default(object, name, -1) : -1;
}

static void print_latency(JsonObject *stats, const char *title, const char *group)
{
	printf("%-12s median %.2f ms, 90 %% below %.2f ms, 99 %% below %.2f ms\n", title,
		get(stats, group, "p50"), get(stats, group, "p90"), get(stats, group, "p99"));
}

static bool print_figures(
	JsonObject *stats, const struct oriel_report_screen *screen, GError **error)
{
	double frames = get(stats, NULL, "frames");
	double frame_bytes = screen->width_px * BYTES_PER_PX * screen->height_px;

	if (frames < 1)
		return fail(error, "the viewer showed no frame");
	if (get(stats, "arrival_latency_ms", "p50") < 0 ||
		get(stats, "present_latency_ms", "p50") < 0 || get(stats, NULL, "fps") < 0 ||
		get(stats, NULL, "bytes_copied") < 0)
		return fail(error, "the viewer did not tell all its figures");
	printf("%-12s %ux%u, %.1f frames a second, %.0f shown\n", "Screen", screen->width_px,
		screen->height_px, get(stats, NULL, "fps"), frames);
	print_latency(stats, "Arrival", "arrival_latency_ms");
	print_latency(stats, "Presented", "present_latency_ms");
	printf("%-12s %.3f of a whole frame's bytes for each frame\n", "Copied",
		get(stats, NULL, "bytes_copied") / frames / frame_bytes);
	return true;
}

bool oriel_report_print(const char *stats, const struct oriel_report_screen *screen, GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root;

	if (!json_parser_load_from_data(parser, stats, -1, error))
		return false;
	root = json_parser_get_root(parser);
	if (!root || !JSON_NODE_HOLDS_OBJECT(root))
		return fail(error, "the viewer told no figures");
	return print_figures(json_node_get_object(root), screen, error);
}
