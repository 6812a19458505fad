/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control/server.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

#define CLIENTS_MAX 8
/* Room for a burst: one that finds none is refused by the kernel, and cannot be told why. */
#define BACKLOG 128

struct client {
	struct oriel_control_server *server;
	int fd;
	guint watch;
	struct oriel_control_call *call; /* not yet answered, or NULL */
	bool is_working;		 /* takes lines: answers need not */
	bool is_over;
	size_t used;
	char buffer[ORIEL_CONTROL_LINE_MAX_BYTES];
};

struct oriel_control_server {
	char *path;
	int fd;
	guint watch;
	oriel_control_handler handler;
	void *data;
	GPtrArray *clients;
};

struct oriel_control_call {
	struct client *client; /* NULL: has left */
	JsonNode *request;
};

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data);
static void work(struct client *client);

/* ---- clients -------------------------------------------------------------------------------- */

static void destroy_client(void *data)
{
	struct client *client = data;

	if (client->call)
		client->call->client = NULL;
	if (client->watch)
		g_source_remove(client->watch);
	oriel_fd_close(&client->fd);
	g_free(client);
}

static void drop(struct client *client)
{
	if (client->is_working)
		client->is_over = true;
	else
		g_ptr_array_remove_fast(client->server->clients, client);
}

/* One that lets its answers pile up until the kernel's buffer is full has lost its interest. */
static void send_object(struct client *client, JsonObject *object)
{
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
	g_autofree char *text = json_to_string(node, FALSE);
	g_autofree char *line = g_strconcat(text, "\n", NULL);
	ssize_t length = (ssize_t)strlen(line);

	if (send(client->fd, line, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) != length)
		client->is_over = true;
}

static void send_refusal(struct client *client, const char *reason)
{
	g_autoptr(JsonObject) object = json_object_new();
	/* It may quote what came, and JSON's escapes make half characters as well. */
	g_autofree char *valid = g_utf8_make_valid(reason, -1);

	json_object_set_boolean_member(object, "ok", FALSE);
	json_object_set_string_member(object, "error", valid);
	send_object(client, object);
}

/* ---- answers -------------------------------------------------------------------------------- */

/* Frees the call; the client that still waits for its answer, or NULL. */
static struct client *take_client(struct oriel_control_call *call)
{
	struct client *client = call->client;

	if (client)
		client->call = NULL;
	json_node_unref(call->request);
	g_free(call);
	return client;
}

void oriel_control_call_answer(struct oriel_control_call *call, JsonObject *members)
{
	g_autoptr(JsonObject) object = members ? members : json_object_new();
	struct client *client = take_client(call);

	if (!client)
		return;
	json_object_set_boolean_member(object, "ok", TRUE);
	send_object(client, object);
	work(client);
}

void oriel_control_call_refuse(struct oriel_control_call *call, const char *format, ...)
{
	struct client *client = take_client(call);
	g_autofree char *reason = NULL;
	va_list args;

	if (!client)
		return;
	va_start(args, format);
	reason = g_strdup_vprintf(format, args);
	va_end(args);
	send_refusal(client, reason);
	work(client);
}

/* ---- requests ------------------------------------------------------------------------------- */

static const char *command_of(JsonObject *request)
{
	JsonNode *node = json_object_get_member(request, "command");

	if (!node || !JSON_NODE_HOLDS_VALUE(node) ||
		json_node_get_value_type(node) != G_TYPE_STRING)
		return NULL;
	return json_node_get_string(node);
}

/* The parser stops at the end of the first value. A line that begins with an object has that end
 * where its braces, those in texts aside, are closed. */
static bool has_more(const char *line, size_t length)
{
	bool is_text = false;
	int depth = 0;

	for (size_t i = 0; i < length; i++) {
		bool was_open = depth > 0;

		if (is_text && line[i] == '\\')
			i++;
		else if (line[i] == '"')
			is_text = !is_text;
		else if (!is_text)
			depth += (line[i] == '{') - (line[i] == '}');
		if (was_open && !depth)
			return strspn(line + i + 1, " \t\r") < length - i - 1;
	}
	return false;
}

static void take_line(struct client *client, const char *line, size_t length)
{
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	g_autoptr(GError) error = NULL;
	JsonNode *root;
	const char *command;

	if (!g_utf8_validate(line, (gssize)length, NULL)) {
		send_refusal(client, "the line is no UTF-8 text");
		return;
	}
	if (!json_parser_load_from_data(parser, line, (gssize)length, &error)) {
		send_refusal(client, error ? error->message : "the line is no JSON");
		return;
	}
	root = json_parser_get_root(parser);
	command = root && JSON_NODE_HOLDS_OBJECT(root) ? command_of(json_node_get_object(root))
						       : NULL;
	if (!command) {
		send_refusal(client,
			"a request is an object with a command, like {\"command\":\"status\"}");
		return;
	}
	if (has_more(line, length)) {
		send_refusal(client, "a line holds one request; something follows it");
		return;
	}
	client->call = g_new0(struct oriel_control_call, 1);
	client->call->client = client;
	client->call->request = json_node_ref(root);
	client->server->handler(
		client->server->data, client->call, command, json_node_get_object(root));
}

/* Takes the lines that are there, until one of them is not answered at once. */
static void work(struct client *client)
{
	if (client->is_working)
		return;
	client->is_working = true;
	while (!client->call && !client->is_over) {
		char *end = memchr(client->buffer, '\n', client->used);
		size_t length = end ? (size_t)(end - client->buffer) : 0;

		if (!end)
			break;
		take_line(client, client->buffer, length);
		client->used -= length + 1;
		memmove(client->buffer, end + 1, client->used);
	}
	client->is_working = false;
	if (!client->call && client->used == sizeof client->buffer && !client->is_over) {
		send_refusal(client, "the line is too long");
		client->is_over = true;
	}
	if (client->is_over)
		drop(client);
	else if (!client->call && !client->watch)
		client->watch = g_unix_fd_add(client->fd, G_IO_IN, on_readable, client);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct client *client = data;
	ssize_t got;

	/* The answer first: what comes meanwhile waits in the kernel's buffer. A client that is
	 * gone is noticed when the answer is sent. */
	if (client->call) {
		client->watch = 0;
		return G_SOURCE_REMOVE;
	}
	/* syscalls: recvfrom sendto close */
	got = recv(fd, client->buffer + client->used, sizeof client->buffer - client->used,
		MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (got <= 0) {
		drop(client);
		return G_SOURCE_CONTINUE;
	}
	client->used += (size_t)got;
	work(client);
	return G_SOURCE_CONTINUE;
}

/* ---- listening ------------------------------------------------------------------------------ */

static bool is_allowed(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

/* Who may talk to the viewer learns why it does not. */
static void turn_away(int peer_fd)
{
	static const char text[] =
		"{\"ok\":false,\"error\":\"as many clients as the viewer takes are "
		"connected already; try again when one of them has gone\"}\n";

	(void)!send(peer_fd, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static gboolean on_connection(gint fd, GIOCondition condition, gpointer data)
{
	struct oriel_control_server *server = data;
	/* syscalls: accept4 getsockopt */
	int peer_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *client;

	if (peer_fd < 0)
		return G_SOURCE_CONTINUE;
	if (server->clients->len >= CLIENTS_MAX || !is_allowed(peer_fd)) {
		if (is_allowed(peer_fd))
			turn_away(peer_fd);
		oriel_fd_close(&peer_fd);
		return G_SOURCE_CONTINUE;
	}
	client = g_new0(struct client, 1);
	client->server = server;
	client->fd = peer_fd;
	client->watch = g_unix_fd_add(peer_fd, G_IO_IN, on_readable, client);
	g_ptr_array_add(server->clients, client);
	return G_SOURCE_CONTINUE;
}

static bool refuse_errno(GError **error, const char *what, const char *path)
{
	int code = errno;

	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "cannot %s %s: %s", what, path,
		g_strerror(code));
	return false;
}

static bool make_folder(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	return !g_mkdir_with_parents(folder, 0700) || refuse_errno(error, "make", folder);
}

/* Removes what a viewer left behind that is no more. */
static bool clear_place(int fd, const struct sockaddr_un *address, GError **error)
{
	struct stat status;

	if (lstat(address->sun_path, &status))
		return errno == ENOENT || refuse_errno(error, "look at", address->sun_path);
	if (!S_ISSOCK(status.st_mode)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
			"%s is in the way of the control socket, and is none itself: remove it",
			address->sun_path);
		return false;
	}
	/* One that hangs may have as many in front of its door as there is room for. */
	if (!connect(fd, (const struct sockaddr *)address, sizeof *address) || errno == EAGAIN) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
			"another viewer listens at %s: close it first", address->sun_path);
		return false;
	}
	return !unlink(address->sun_path) || refuse_errno(error, "remove", address->sun_path);
}

static bool listen_at(struct oriel_control_server *server, GError **error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int probe_fd ORIEL_FD_AUTO = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (g_strlcpy(address.sun_path, server->path, sizeof address.sun_path) >=
		sizeof address.sun_path) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
			"the path of the control socket is longer than %zu bytes: %s; it begins "
			"with XDG_RUNTIME_DIR, for which a shorter one has to be taken",
			sizeof address.sun_path - 1, server->path);
		return false;
	}
	if (!clear_place(probe_fd, &address, error))
		return false;
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode is there before the name is: nobody can connect in between. */
	if (server->fd < 0 || fchmod(server->fd, 0600) ||
		bind(server->fd, (const struct sockaddr *)&address, sizeof address) ||
		listen(server->fd, BACKLOG))
		return refuse_errno(error, "listen at", server->path);
	return true;
}

struct oriel_control_server *oriel_control_server_open(
	const char *path, oriel_control_handler handler, void *data, GError **error)
{
	struct oriel_control_server *server = g_new0(struct oriel_control_server, 1);

	server->fd = -1;
	server->path = g_strdup(path);
	server->handler = handler;
	server->data = data;
	server->clients = g_ptr_array_new_with_free_func(destroy_client);
	if (!make_folder(path, error) || !listen_at(server, error)) {
		/* The name is somebody else's. */
		g_clear_pointer(&server->path, g_free);
		oriel_control_server_close(server);
		return NULL;
	}
	server->watch = g_unix_fd_add(server->fd, G_IO_IN, on_connection, server);
	return server;
}

void oriel_control_server_close(struct oriel_control_server *server)
{
	if (!server)
		return;
	if (server->watch)
		g_source_remove(server->watch);
	/* syscalls: unlink close */
	if (server->path)
		unlink(server->path);
	oriel_fd_close(&server->fd);
	g_ptr_array_unref(server->clients);
	g_free(server->path);
	g_free(server);
}
