/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel: the one command line. The commands are in the table; this only runs the one called. */
#include "base/log.h"
#include "cli/call.h"

#include <locale.h>
#include <stdio.h>

static void print_help(const struct oriel_call *call, FILE *stream)
{
	g_autofree char *help = oriel_command_get_help(call->command, call->path);

	fputs(help, stream);
}

static int run(const struct oriel_call *call, GError **error)
{
	if (call->wants_help) {
		print_help(call, stdout);
		return ORIEL_EXIT_OK;
	}
	if (!call->command->run) {
		print_help(call, stderr);
		return ORIEL_EXIT_USAGE;
	}
	return call->command->run(call, error);
}

/* What was written may not have arrived: a full disk, a closed pipe. */
static int flush(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	perror("oriel: cannot write the output");
	return status ? status : ORIEL_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	struct oriel_call *call;
	int status;

	setlocale(LC_CTYPE, "");
	oriel_log_set_program("oriel");
	call = oriel_call_parse(&oriel_command_root, (const char *const *)argv, &error);
	status = call ? run(call, &error) : ORIEL_EXIT_USAGE;
	if (error)
		fprintf(stderr, "oriel: %s\n", error->message);
	oriel_call_destroy(call);
	return flush(status);
}
