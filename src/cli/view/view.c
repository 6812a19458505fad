/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel view: becomes oriel-view, keeps the viewer of a machine running, or sends it a command. */
#include "cli/view/view.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/call.h"
#include "cli/program.h"
#include "cli/table.h"

static int become_viewer(char *program, GPtrArray *argv, GError **error)
{
	execv(program, (char **)argv->pdata);
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot start %s: %s",
		program, g_strerror(errno));
	return ORIEL_EXIT_FAILED;
}

static bool names_source(const struct oriel_call *call)
{
	for (guint i = 0; i < call->operands->len; i++)
		if (g_str_equal(call->operands->pdata[i], "--source") ||
			g_str_has_prefix(call->operands->pdata[i], "--source="))
			return true;
	return false;
}

static int keep_viewer(
	const struct oriel_call *call, const char *vm, GPtrArray *argv, GError **error)
{
	int status = ORIEL_EXIT_OK;

	g_ptr_array_insert(argv, 1, g_strdup("--vm"));
	g_ptr_array_insert(argv, 2, g_strdup(vm));
	if (!names_source(call)) {
		char *source = oriel_view_find_source(vm, &status, error);

		if (!source)
			return status;
		g_ptr_array_insert(argv, 3, g_strdup("--source"));
		g_ptr_array_insert(argv, 4, source);
	}
	return oriel_view_keep(vm, (const char *const *)argv->pdata, error);
}

static int send_command(const struct oriel_call *call, const char *vm, GError **error)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();

	for (guint i = 2; i < call->operands->len; i++)
		g_ptr_array_add(words, call->operands->pdata[i]);
	g_ptr_array_add(words, NULL);
	if (words->len > 1)
		return oriel_view_send(vm, (const char *const *)words->pdata, error);
	g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
		"--send needs a command; oriel view %s --send help lists them", vm);
	return ORIEL_EXIT_USAGE;
}

static int run_view(const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	const char *first = oriel_call_get_operand(call, 0);
	const char *second = oriel_call_get_operand(call, 1);
	const char *vm = first && *first != '-' ? first : NULL;
	char *program;

	if (vm && (*vm == '.' || strchr(vm, '/') || !*vm)) {
		g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
			"'%s' is no name of a machine; a file is named by --source", vm);
		return ORIEL_EXIT_USAGE;
	}
	if (vm && second && g_str_equal(second, "--send"))
		return send_command(call, vm, error);
	program = oriel_program_find("oriel-view", error);
	if (!program)
		return ORIEL_EXIT_FAILED;
	g_ptr_array_add(argv, program);
	for (guint i = vm ? 1 : 0; i < call->operands->len; i++)
		g_ptr_array_add(argv, g_strdup(call->operands->pdata[i]));
	g_ptr_array_add(argv, NULL);
	return vm ? keep_viewer(call, vm, argv, error) : become_viewer(program, argv, error);
}

const struct oriel_command oriel_table_view = {
	.name = "view",
	.summary = "Open the viewer of a machine, or send it a command.",
	.details = "With a VM its shared memory is found by libvirt, and a viewer that crashes is "
		   "started\nagain. Without one this is the same as oriel-view.\n\n"
		   "  oriel view VM --send COMMAND [NAME=VALUE]...\n\n"
		   "sends the VM's viewer a command and prints its answer: status, stats, "
		   "screenshot,\n"
		   "capture, release, reload, quit; help lists them all. What else there is: "
		   "oriel-view --help.",
	.operands = "[VM] [ARGUMENTS OF ORIEL-VIEW]",
	.hands_on = true,
	.run = run_view,
};
