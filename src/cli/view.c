/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel view: becomes oriel-view, the program next to this one. */
#include "cli/call.h"
#include "cli/program.h"
#include "cli/table.h"

#include <errno.h>
#include <unistd.h>

static int run_view(const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *program = oriel_program_find("oriel-view", error);

	if (!program)
		return ORIEL_EXIT_FAILED;
	g_ptr_array_add(argv, program);
	for (guint i = 0; i < call->operands->len; i++)
		g_ptr_array_add(argv, call->operands->pdata[i]);
	g_ptr_array_add(argv, NULL);
	execv(program, (char **)argv->pdata);
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot start %s: %s",
		program, g_strerror(errno));
	return ORIEL_EXIT_FAILED;
}

const struct oriel_command oriel_table_view = {
	.name = "view",
	.summary = "Open the viewer (the same as oriel-view).",
	.operands = "[ARGUMENTS OF ORIEL-VIEW]",
	.hands_on = true,
	.run = run_view,
};
