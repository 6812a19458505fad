/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/json.h"

#include <stdio.h>

void oriel_json_add_text(JsonBuilder *builder, const char *name, const char *text)
{
	json_builder_set_member_name(builder, name);
	if (text)
		json_builder_add_string_value(builder, text);
	else
		json_builder_add_null_value(builder);
}

void oriel_json_add_number(JsonBuilder *builder, const char *name, gint64 number)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_int_value(builder, number);
}

void oriel_json_add_truth(JsonBuilder *builder, const char *name, gboolean truth)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_boolean_value(builder, truth);
}

void oriel_json_add_texts(JsonBuilder *builder, const char *name, const GPtrArray *texts)
{
	json_builder_set_member_name(builder, name);
	json_builder_begin_array(builder);
	for (guint i = 0; i < texts->len; i++)
		json_builder_add_string_value(builder, texts->pdata[i]);
	json_builder_end_array(builder);
}

char *oriel_json_get_text(JsonBuilder *builder)
{
	g_autoptr(JsonNode) root = json_builder_get_root(builder);

	return json_to_string(root, TRUE);
}

void oriel_json_print(JsonBuilder *builder)
{
	g_autofree char *text = oriel_json_get_text(builder);

	puts(text);
}

void oriel_json_print_done(const char *kind, const char *name, gboolean done)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	oriel_json_add_text(builder, kind, name);
	oriel_json_add_truth(builder, "done", done);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}
