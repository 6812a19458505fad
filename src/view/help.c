/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/help.h"

#include <glib.h>

#define MARGIN_PX 24
#define COLUMN_GAP_PX 28
#define ROW_GAP_PX 4

static const char key_font[] = "Sans Bold 11";
static const char text_font[] = "Sans 11";

struct row {
	PangoLayout *key, *text;
};

static void clear_row(gpointer data)
{
	struct row *row = data;

	g_object_unref(row->key);
	g_object_unref(row->text);
}

static void add_row(GArray *rows, const char *key, const char *text)
{
	struct row row = {
		oriel_card_make_text(key_font, key, -1), oriel_card_make_text(text_font, text, -1)};

	g_array_append_val(rows, row);
}

static void add_name(GString *names, uint32_t key)
{
	const char *name = oriel_key_get_name(key);

	if (name)
		g_string_append(names, name);
	else
		g_string_append_printf(names, "code:%u", key);
}

static bool does(const struct oriel_bindings *bindings, uint32_t key, enum oriel_action action)
{
	return key < ORIEL_KEY_COUNT && bindings->actions[key] == action;
}

/* Keys beside each other on the keyboard as a range. Empty: no key does it. */
static char *name_keys(const struct oriel_bindings *bindings, enum oriel_action action)
{
	GString *names = g_string_new(NULL);

	for (uint32_t key = 0; key < ORIEL_KEY_COUNT; key++) {
		uint32_t first = key;

		if (!does(bindings, key, action))
			continue;
		while (does(bindings, key + 1, action))
			key++;
		if (names->len)
			g_string_append(names, ", ");
		add_name(names, first);
		if (key > first)
			g_string_append(names, key > first + 1 ? " – " : ", ");
		if (key > first)
			add_name(names, key);
	}
	return g_string_free(names, FALSE);
}

static GArray *make_rows(const struct oriel_capture_options *options)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));
	char escape[128];

	g_array_set_clear_func(rows, clear_row);
	oriel_key_print_combination(&options->escape, escape, sizeof escape);
	add_row(rows, escape, "short: capture or release keyboard and pointer");
	add_row(rows, "", "two seconds, or Ctrl+Alt+Shift+Esc: release in any case");
	add_row(rows, "", "with another key:");
	for (int action = ORIEL_ACTION_NONE + 1; action < ORIEL_ACTION_COUNT; action++) {
		g_autofree char *keys = name_keys(&options->bindings, (enum oriel_action)action);

		if (*keys)
			add_row(rows, keys,
				oriel_bindings_get_action_help((enum oriel_action)action));
	}
	return rows;
}

static void measure(const GArray *rows, int *ret_key_px, int *ret_text_px, int *ret_row_px)
{
	int key_px = 0, text_px = 0, row_px = 0;

	for (guint i = 0; i < rows->len; i++) {
		const struct row *row = &g_array_index(rows, struct row, i);
		int width, height;

		pango_layout_get_pixel_size(row->key, &width, &height);
		key_px = MAX(key_px, width);
		row_px = MAX(row_px, height);
		pango_layout_get_pixel_size(row->text, &width, &height);
		text_px = MAX(text_px, width);
		row_px = MAX(row_px, height);
	}
	*ret_key_px = key_px;
	*ret_text_px = text_px;
	*ret_row_px = row_px + ROW_GAP_PX;
}

struct oriel_card *oriel_help_create(const struct oriel_capture_options *options)
{
	g_autoptr(GArray) rows = make_rows(options);
	int key_px, text_px, row_px;
	struct oriel_card *card;
	cairo_t *cairo;

	measure(rows, &key_px, &text_px, &row_px);
	card = oriel_card_begin(2 * MARGIN_PX + key_px + COLUMN_GAP_PX + text_px,
		2 * MARGIN_PX + (int)rows->len * row_px, &cairo);
	if (!card)
		return NULL;
	for (guint i = 0; i < rows->len; i++) {
		const struct row *row = &g_array_index(rows, struct row, i);
		int y_px = MARGIN_PX + (int)i * row_px;

		cairo_set_source_rgb(cairo, 1.0, 0.85, 0.45);
		cairo_move_to(cairo, MARGIN_PX, y_px);
		pango_cairo_show_layout(cairo, row->key);
		cairo_set_source_rgb(cairo, 0.93, 0.95, 0.97);
		cairo_move_to(cairo, MARGIN_PX + key_px + COLUMN_GAP_PX, y_px);
		pango_cairo_show_layout(cairo, row->text);
	}
	oriel_card_end(cairo);
	return card;
}

struct oriel_card *oriel_help_create_question(const struct oriel_capture_options *options,
	const char *question, enum oriel_action yes, enum oriel_action no, uint32_t window_width_px)
{
	g_autofree char *yes_keys = name_keys(&options->bindings, yes);
	g_autofree char *no_keys = name_keys(&options->bindings, no);
	g_autofree char *text = NULL;
	struct oriel_card *card;
	char escape[128];

	oriel_key_print_combination(&options->escape, escape, sizeof escape);
	text = g_strdup_printf("Hold %s and press %s for yes, %s for no.", escape,
		*yes_keys ? yes_keys : "(no key)", *no_keys ? no_keys : "(no key)");
	card = oriel_card_create(question, text, window_width_px);
	if (card)
		card->overlay.y_side = ORIEL_SIDE_START;
	return card;
}
