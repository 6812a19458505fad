/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/view/view.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "cli/call.h"
#include "control/client.h"
#include "control/path.h"

/* A screenshot of a large picture takes a second to write. */
#define TIMEOUT_S 20

static JsonObject *make_request(const char *const *words, GError **error)
{
	g_autoptr(JsonObject) request = json_object_new();

	json_object_set_string_member(request, "command", *words);
	while (*++words) {
		const char *equals = strchr(*words, '=');
		g_autofree char *name = equals ? g_strndup(*words, equals - *words) : NULL;

		if (!name || !*name) {
			g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
				"after the command --send takes NAME=VALUE, not '%s'", *words);
			return NULL;
		}
		json_object_set_string_member(request, name, equals + 1);
	}
	return g_steal_pointer(&request);
}

static int print(JsonObject *answer)
{
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), answer);
	g_autofree char *text = json_to_string(node, TRUE);

	puts(text);
	return json_object_get_boolean_member(answer, "ok") ? ORIEL_EXIT_OK : ORIEL_EXIT_FAILED;
}

/* Nobody listens: the keeper may have left word why, and otherwise that is the answer. */
static int print_absent(const char *vm)
{
	g_autofree char *path = oriel_control_path_get_note(vm);
	g_autofree char *note = NULL;
	g_autoptr(JsonObject) answer = json_object_new();
	bool has_note = g_file_get_contents(path, &note, NULL, NULL);

	json_object_set_string_member(answer, "vm", vm);
	json_object_set_string_member(answer, "state", has_note ? "error" : "stopped");
	json_object_set_string_member(answer, "reason", has_note ? note : "");
	json_object_set_boolean_member(answer, "ok", TRUE);
	return print(answer);
}

static bool is_absent(const GError *error)
{
	return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
	       g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

/* Too many may wait in front of its door already. */
static bool is_hung(const GError *error)
{
	return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
	       g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

int oriel_view_send(const char *vm, const char *const *words, GError **error)
{
	g_autofree char *path = oriel_control_path_get(vm);
	g_autoptr(JsonObject) request = make_request(words, error);
	g_autoptr(JsonObject) answer = NULL;
	g_autoptr(GError) reason = NULL;

	if (!request)
		return ORIEL_EXIT_USAGE;
	answer = oriel_control_client_ask(path, request, TIMEOUT_S, &reason);
	if (answer)
		return print(answer);
	if (is_absent(reason) && !strcmp(*words, "status"))
		return print_absent(vm);
	if (is_absent(reason)) {
		g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_NOT_FOUND,
			"no viewer of '%s' is running; start it with: oriel view %s", vm, vm);
		return ORIEL_EXIT_NOT_FOUND;
	}
	if (is_hung(reason)) {
		g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_FAILED,
			"the viewer of '%s' does not answer: it hangs or was stopped; end it "
			"(Ctrl-C where it was started) and start it again",
			vm);
		return ORIEL_EXIT_FAILED;
	}
	g_propagate_prefixed_error(
		error, g_steal_pointer(&reason), "cannot ask the viewer of '%s': ", vm);
	return ORIEL_EXIT_FAILED;
}
