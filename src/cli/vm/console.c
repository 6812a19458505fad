/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm console: the guest's serial port in this terminal. */
#include "vm/console.h"

#include "cli/vm/session.h"
#include "cli/vm/tables.h"
#include "vm/error.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE "^]"

/* Those that can be caught; Ctrl-C is the guest's, and SIGINT from elsewhere is the session's. */
static const int ends[] = {SIGTERM, SIGHUP};

struct screen {
	struct termios before;
	const char *name;
	const char *escape;
};

static gboolean on_end(void *data)
{
	g_cancellable_cancel(data);
	return G_SOURCE_CONTINUE;
}

/* "^]" and the like. */
static bool read_escape(const char *text, char *ret_escape, GError **error)
{
	char key = strlen(text) == 2 && text[0] == '^' ? g_ascii_toupper(text[1]) : 0;

	if (key < '@' || key > '_')
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"--escape is ^ and a letter or one of @[\\]^_, as '^]', not '%.64s'", text);
	*ret_escape = key & 0x1f;
	return true;
}

static void make_raw(const void *data)
{
	const struct screen *screen = data;
	struct termios raw = screen->before;

	fprintf(stderr, "oriel: the console of '%s'; %s leaves it\n", screen->name, screen->escape);
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static bool open_console(
	struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	const char *escape = oriel_call_get_text(call, "escape");
	struct screen screen = {
		.name = oriel_call_get_operand(call, 0), .escape = escape ? escape : ESCAPE};
	struct oriel_vm_console_options options = {.in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.force = oriel_call_has(call, "force"),
		.opened = make_raw,
		.data = &screen};
	guint sources[G_N_ELEMENTS(ends)];
	bool ok;

	if (!read_escape(screen.escape, &options.escape, error))
		return false;
	if (tcgetattr(STDIN_FILENO, &screen.before) < 0)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"a console needs a terminal to type in, and standard input is none");
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		sources[i] = g_unix_signal_add(ends[i], on_end, session->cancellable);
	ok = oriel_vm_console_run(
		session->connection, screen.name, &options, session->cancellable, error);
	tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		g_source_remove(sources[i]);
	if (ok)
		fprintf(stderr, "\noriel: left the console of '%s'\n", screen.name);
	return ok;
}

static int run_console(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	int status;

	if (oriel_session_open(&session, call, error))
		open_console(&session, call, error);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

static const struct oriel_option options[] = {
	{.name = "connect",
		.kind = ORIEL_OPTION_TEXT,
		.value = "URI",
		.help = "which libvirt has the machines (qemu:///system)"},
	{.name = "escape",
		.kind = ORIEL_OPTION_TEXT,
		.value = "KEY",
		.help = "the key that leaves, as ^] for Ctrl and ] (the default)"},
	{.name = "force", .help = "take the console from whoever has it"},
	{.name = NULL},
};

const struct oriel_command oriel_table_vm_console = {
	.name = "console",
	.summary = "Show the guest's serial console in this terminal.",
	.details = "All keys go to the guest, Ctrl-C too; Ctrl-] leaves. The guest must use its "
		   "serial port:\nfor Linux, console=ttyS0 on the command line of its kernel.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_console,
};
