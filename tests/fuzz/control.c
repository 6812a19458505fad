/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A control socket. The first byte of the input tells how long the pieces are that the others are
 * sent in. Each line gets one answer, an object that says whether it was done and why not; whatever
 * came, the next client is answered.
 */
#include "fuzz/target.h"

#include <glib/gstdio.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/server.h"

#define INPUT_MAX_BYTES 16384u

static char *folder, *path;
static struct oriel_control_server *server;
static struct oriel_control_call *late; /* one that is answered when everything else is done */

/* The first letter says how a command is dealt with. */
static void on_call(
	void *data, struct oriel_control_call *call, const char *command, JsonObject *request)
{
	fuzz_require(!strcmp(json_object_get_string_member(request, "command"), command));
	if (*command == 'l' && !late)
		late = call;
	else if (*command == 'n')
		oriel_control_call_refuse(call, "no: %s", command);
	else
		oriel_control_call_answer(call, NULL);
}

static void close_server(void)
{
	oriel_control_server_close(server);
	g_rmdir(folder);
	g_free(folder);
	g_free(path);
}

static void open_server(void)
{
	folder = g_dir_make_tmp("oriel-fuzz-XXXXXX", NULL);
	fuzz_require(folder);
	path = g_build_filename(folder, "socket", NULL);
	server = oriel_control_server_open(path, on_call, NULL, NULL);
	fuzz_require(server);
	atexit(close_server);
}

static void settle(void)
{
	do {
		struct oriel_control_call *call = late;

		late = NULL;
		if (call)
			oriel_control_call_answer(call, NULL);
		while (g_main_context_iteration(NULL, FALSE))
			;
	} while (late);
}

static int open_client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	fuzz_require(!connect(fd, (struct sockaddr *)&address, sizeof address));
	return fd;
}

static void take_answers(int fd, GString *answers)
{
	char buffer[4096];
	ssize_t got;

	while ((got = recv(fd, buffer, sizeof buffer, 0)) > 0)
		g_string_append_len(answers, buffer, got);
}

/* What came back for these bytes, which may be the beginning of a line. */
static GString *ask(const uint8_t *data, size_t size, size_t piece)
{
	GString *answers = g_string_new(NULL);
	int fd = open_client();

	for (size_t at = 0; at < size; at += piece) {
		if (send(fd, data + at, MIN(piece, size - at), MSG_NOSIGNAL) < 0)
			break;
		settle();
		take_answers(fd, answers);
	}
	close(fd);
	settle();
	return answers;
}

/* How many there are. */
static size_t check_answers(const GString *answers)
{
	g_auto(GStrv) lines = g_strsplit(answers->str, "\n", -1);
	size_t count = 0;

	for (; lines[count] && *lines[count]; count++) {
		g_autoptr(JsonNode) node = json_from_string(lines[count], NULL);
		JsonObject *answer = node ? json_node_get_object(node) : NULL;

		fuzz_require(answer && json_object_has_member(answer, "ok"));
		fuzz_require(json_object_get_boolean_member(answer, "ok") ||
			     *json_object_get_string_member(answer, "error"));
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char check[] = "{\"command\":\"still there\"}\n";
	size_t piece = size ? 1u + *data : 1, lines = 0, length = 0;
	bool is_long = false;
	GString *answers;

	if (!server)
		open_server();
	size = MIN(size, INPUT_MAX_BYTES);
	for (size_t i = 1; i < size; i++) {
		length = data[i - 1] == '\n' && i > 1 ? 1 : length + 1;
		is_long |= length > ORIEL_CONTROL_LINE_MAX_BYTES ||
			   (length == ORIEL_CONTROL_LINE_MAX_BYTES && data[i] != '\n');
		lines += data[i] == '\n';
	}
	answers = size > 1 ? ask(data + 1, size - 1, piece) : g_string_new(NULL);
	fuzz_require(
		is_long ? check_answers(answers) <= lines + 1 : check_answers(answers) == lines);
	g_string_free(answers, TRUE);
	answers = ask((const uint8_t *)check, sizeof check - 1, sizeof check);
	fuzz_require(!strcmp(answers->str, "{\"ok\":true}\n"));
	g_string_free(answers, TRUE);
	return 0;
}
