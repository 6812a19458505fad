/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control/client.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>

static char *get_line(JsonObject *request)
{
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), request);
	g_autofree char *text = json_to_string(node, FALSE);

	return g_strconcat(text, "\n", NULL);
}

static JsonObject *read_answer(const char *line, GError **error)
{
	g_autoptr(JsonNode) node = json_from_string(line, error);

	if (!node)
		return NULL;
	if (!JSON_NODE_HOLDS_OBJECT(node) ||
		!json_object_has_member(json_node_get_object(node), "ok")) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			"the answer is none of a viewer: %s", line);
		return NULL;
	}
	return json_node_dup_object(node);
}

JsonObject *oriel_control_client_ask(
	const char *path, JsonObject *request, guint timeout_s, GError **error)
{
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GSocketConnection) connection = NULL;
	g_autoptr(GDataInputStream) answers = NULL;
	g_autofree char *line = get_line(request);
	g_autofree char *answer = NULL;
	GError *unsent = NULL;

	g_socket_client_set_timeout(client, timeout_s);
	connection = g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, error);
	if (!connection)
		return NULL;
	/* A viewer that hung up before may have said why. */
	g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), line,
		strlen(line), NULL, NULL, &unsent);
	answers = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
	answer = g_data_input_stream_read_line_utf8(answers, NULL, NULL, unsent ? NULL : error);
	if (unsent && !answer) {
		g_propagate_error(error, unsent);
		return NULL;
	}
	g_clear_error(&unsent);
	if (answer)
		return read_answer(answer, error);
	if (error && !*error)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_CLOSED,
			"the viewer at %s hung up without an answer", path);
	return NULL;
}
