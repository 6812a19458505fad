/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON on standard output, for --json. Thread: main. */
#ifndef ORIEL_CLI_JSON_H
#define ORIEL_CLI_JSON_H

#include <json-glib/json-glib.h>

/* Adds "name": "text", or null where text is NULL. */
void oriel_json_add_text(JsonBuilder *builder, const char *name, const char *text);
void oriel_json_add_number(JsonBuilder *builder, const char *name, gint64 number);
void oriel_json_add_truth(JsonBuilder *builder, const char *name, gboolean truth);
/* Adds "name": ["text", …]; texts holds char *. */
void oriel_json_add_texts(JsonBuilder *builder, const char *name, const GPtrArray *texts);

/* What was built, indented; free with g_free(). */
char *oriel_json_get_text(JsonBuilder *builder);
/* Prints what was built, indented, with a newline. */
void oriel_json_print(JsonBuilder *builder);
/* Prints {"kind": "name", "done": …}: for commands that have nothing else to tell. */
void oriel_json_print_done(const char *kind, const char *name, gboolean done);

#endif
