/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of keys and buttons gets onto the wire, and in which order: a real server, and somebody in
 * between who writes it down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "server.h"

#include <gio/gio.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <spice/enums.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "spice/inputs.h"
#include "spice/scancode.h"

#define LINES_MAX 8
#define LIMIT_NS (30 * ORIEL_NS_PER_S)
/* A connection's first message: how long it is, which channel, and what follows it. */
#define LINK_BYTES 16
#define LINK_SIZE_AT 12
#define LINK_CHANNEL_AT 20
#define AUTH_BYTES (4 + 128)
#define HEAD_BYTES 6

/* One connection, passed on both ways by threads of its own. */
struct line {
	int ours, server;
	GThread *up, *down;
	GMutex lock; /* of all below */
	GCond let_go;
	bool is_held;	  /* nothing goes up to the server */
	GByteArray *said; /* by the viewer */
};

struct bed {
	struct server server;
	struct line lines[LINES_MAX];
	int line_count;
	struct oriel_spice_session *session;
	struct oriel_spice_inputs *inputs;
	bool is_open; /* the server has spoken on the channel for input */
};

/* ---- in between ---------------------------------------------------------------------------------
 */

static void *pass_up(void *data)
{
	struct line *line = data;
	char bytes[4096];
	ssize_t size;

	while ((size = read(line->ours, bytes, sizeof bytes)) > 0) {
		g_mutex_lock(&line->lock);
		g_byte_array_append(line->said, (const guint8 *)bytes, (guint)size);
		while (line->is_held)
			g_cond_wait(&line->let_go, &line->lock);
		g_mutex_unlock(&line->lock);
		if (oriel_fd_write_all(line->server, bytes, (size_t)size))
			break;
	}
	shutdown(line->server, SHUT_RDWR);
	return NULL;
}

static void *pass_down(void *data)
{
	struct line *line = data;
	char bytes[4096];
	ssize_t size;

	while ((size = read(line->server, bytes, sizeof bytes)) > 0)
		if (oriel_fd_write_all(line->ours, bytes, (size_t)size))
			break;
	shutdown(line->ours, SHUT_RDWR);
	return NULL;
}

static void hold(struct line *line, bool is_held)
{
	g_mutex_lock(&line->lock);
	line->is_held = is_held;
	g_cond_signal(&line->let_go);
	g_mutex_unlock(&line->lock);
}

static int connect_server(const struct bed *bed)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(g_strlcpy(address.sun_path, bed->server.socket, sizeof address.sun_path) <
		    sizeof address.sun_path);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static int open_line(void *data, GError **error)
{
	struct bed *bed = data;
	struct line *line = &bed->lines[bed->line_count];
	int ends[2];

	assert_true(bed->line_count < LINES_MAX);
	line->server = connect_server(bed);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	line->ours = ends[0];
	line->said = g_byte_array_new();
	g_mutex_init(&line->lock);
	g_cond_init(&line->let_go);
	line->up = g_thread_new("up", pass_up, line);
	line->down = g_thread_new("down", pass_down, line);
	bed->line_count++;
	return ends[1];
}

static void close_line(struct line *line)
{
	hold(line, false);
	shutdown(line->ours, SHUT_RDWR);
	shutdown(line->server, SHUT_RDWR);
	g_thread_join(line->up);
	g_thread_join(line->down);
	oriel_fd_close(&line->ours);
	oriel_fd_close(&line->server);
	g_byte_array_unref(line->said);
	g_mutex_clear(&line->lock);
	g_cond_clear(&line->let_go);
}

static struct line *find_inputs(struct bed *bed)
{
	for (int i = 0; i < bed->line_count; i++) {
		struct line *line = &bed->lines[i];
		bool is_it;

		g_mutex_lock(&line->lock);
		is_it = line->said->len > LINK_CHANNEL_AT &&
			line->said->data[LINK_CHANNEL_AT] == SPICE_CHANNEL_INPUTS;
		g_mutex_unlock(&line->lock);
		if (is_it)
			return line;
	}
	fail_msg("there is no channel for input");
	return NULL;
}

/* ---- what was said ------------------------------------------------------------------------------
 */

static const char *const names[] = {
	[SPICE_MSGC_INPUTS_KEY_DOWN] = "down",
	[SPICE_MSGC_INPUTS_KEY_UP] = "up",
	[SPICE_MSGC_INPUTS_MOUSE_PRESS] = "press",
	[SPICE_MSGC_INPUTS_MOUSE_RELEASE] = "release",
};

static uint32_t get_number(const guint8 *at, int bytes)
{
	uint32_t number = 0;

	while (bytes-- > 0)
		number = number << 8 | at[bytes];
	return number;
}

/* Keys and buttons as "down 30;", with the first byte that each has. */
static char *list(struct line *line)
{
	GString *text = g_string_new(NULL);
	const guint8 *at, *end;

	g_mutex_lock(&line->lock);
	at = line->said->data;
	end = at + line->said->len;
	at += LINK_BYTES + get_number(at + LINK_SIZE_AT, 4) + AUTH_BYTES;
	while (end - at >= HEAD_BYTES) {
		uint32_t type = get_number(at, 2), size = get_number(at + 2, 4);

		if (end - at - HEAD_BYTES < (ptrdiff_t)size)
			break;
		if (type < G_N_ELEMENTS(names) && names[type])
			g_string_append_printf(text, "%s %u;", names[type], at[HEAD_BYTES]);
		at += HEAD_BYTES + size;
	}
	g_mutex_unlock(&line->lock);
	return g_string_free(text, FALSE);
}

struct wanted {
	struct line *line;
	const char *end;
};

static bool has_end(void *data)
{
	const struct wanted *wanted = data;
	g_autofree char *said = list(wanted->line);

	return g_str_has_suffix(said, wanted->end);
}

/* ---- the cases ----------------------------------------------------------------------------------
 */

static void on_modifiers(SpiceChannel *channel, gpointer data)
{
	((struct bed *)data)->is_open = true;
}

static enum oriel_spice_need on_added(void *data, SpiceChannel *channel)
{
	if (SPICE_IS_INPUTS_CHANNEL(channel))
		g_signal_connect(channel, "inputs-modifiers", G_CALLBACK(on_modifiers), data);
	return ORIEL_SPICE_UNWANTED;
}

static const struct oriel_spice_listener listener = {.channel_added = on_added};

static bool is_open(void *data)
{
	return ((const struct bed *)data)->is_open;
}

static int begin(void **state)
{
	struct bed *bed = g_new0(struct bed, 1);

	*state = bed;
	signal(SIGPIPE, SIG_IGN);
	server_init(&bed->server);
	server_start(&bed->server);
	bed->session = oriel_spice_session_create(
		&(struct oriel_spice_setup){
			.open_fd = open_line, .open_data = bed, .name = "in between"},
		NULL);
	bed->inputs = oriel_spice_inputs_create(bed->session);
	oriel_spice_session_add_listener(bed->session, &listener, bed);
	oriel_spice_session_start(bed->session);
	wait_for_state(bed->session, ORIEL_SPICE_CONNECTED);
	wait_until(is_open, bed);
	return 0;
}

static int end(void **state)
{
	struct bed *bed = *state;

	oriel_spice_inputs_destroy(bed->inputs);
	oriel_spice_session_destroy(bed->session);
	for (int i = 0; i < bed->line_count; i++)
		close_line(&bed->lines[i]);
	server_finish(&bed->server);
	g_free(bed);
	return 0;
}

/* The main loop does not turn meanwhile. */
static void a_key_is_on_the_socket_at_once(void **state)
{
	struct bed *bed = *state;
	struct wanted wanted = {find_inputs(bed), "down 30;up 158;"};
	uint64_t deadline_ns = oriel_time_now_ns() + LIMIT_NS;

	oriel_spice_inputs_key(bed->inputs, KEY_A, true);
	oriel_spice_inputs_key(bed->inputs, KEY_A, false);
	while (!has_end(&wanted)) {
		assert_true(oriel_time_now_ns() < deadline_ns);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS);
	}
}

/* What was said after the keys of the case before. */
static void expect_said(struct bed *bed, size_t from, const GString *wanted)
{
	struct line *line = find_inputs(bed);
	g_autofree char *said = NULL;

	wait_until(has_end, &(struct wanted){line, "down 1;up 129;"});
	said = list(line);
	assert_string_equal(said + from, wanted->str);
}

static void keys_and_buttons_keep_their_order(void **state)
{
	struct bed *bed = *state;
	g_autofree char *before = list(find_inputs(bed));
	g_autoptr(GString) wanted = g_string_new(NULL);

	for (int i = 0; i < 100; i++) {
		oriel_spice_inputs_key(bed->inputs, KEY_LEFTCTRL, true);
		oriel_spice_inputs_move_by(bed->inputs, 1, 1);
		oriel_spice_inputs_button(bed->inputs, BTN_LEFT, true);
		/* As often as not there is a turn of the main loop in between. */
		if (i % 3 == 0)
			g_main_context_iteration(NULL, FALSE);
		oriel_spice_inputs_key(bed->inputs, KEY_A, true);
		oriel_spice_inputs_key(bed->inputs, KEY_A, false);
		oriel_spice_inputs_button(bed->inputs, BTN_LEFT, false);
		for (int turns = 0; turns < i % 5; turns++)
			g_main_context_iteration(NULL, FALSE);
		oriel_spice_inputs_key(bed->inputs, KEY_LEFTCTRL, false);
		g_string_append(wanted, "down 29;press 1;down 30;up 158;release 1;up 157;");
	}
	oriel_spice_inputs_key(bed->inputs, KEY_ESC, true);
	oriel_spice_inputs_key(bed->inputs, KEY_ESC, false);
	g_string_append(wanted, "down 1;up 129;");
	expect_said(bed, strlen(before), wanted);
}

/* Far more than a socket holds. */
static void a_server_that_hangs_loses_no_key(void **state)
{
	struct bed *bed = *state;
	struct line *line = find_inputs(bed);
	g_autofree char *before = list(line);
	g_autoptr(GString) wanted = g_string_new(NULL);

	hold(line, true);
	for (uint32_t i = 0; i < 5000; i++) {
		uint32_t key = KEY_1 + i % 9;

		oriel_spice_inputs_key(bed->inputs, key, true);
		oriel_spice_inputs_key(bed->inputs, key, false);
		g_string_append_printf(wanted, "down %u;up %u;", oriel_spice_scancode_get(key),
			oriel_spice_scancode_get(key) | 0x80);
		if (i % 50 == 0)
			g_main_context_iteration(NULL, FALSE);
	}
	hold(line, false);
	oriel_spice_inputs_key(bed->inputs, KEY_ESC, true);
	oriel_spice_inputs_key(bed->inputs, KEY_ESC, false);
	g_string_append(wanted, "down 1;up 129;");
	expect_said(bed, strlen(before), wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_on_the_socket_at_once),
		cmocka_unit_test(keys_and_buttons_keep_their_order),
		cmocka_unit_test(a_server_that_hangs_loses_no_key),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
