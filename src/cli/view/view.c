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

/* Index among the operands of "--name" or "--name=…", -1 when there is none. */
static int find_option(const struct oriel_call *call, const char *name)
{
	for (guint i = 0; i < call->operands->len; i++) {
		const char *text = call->operands->pdata[i];

		if (g_str_has_prefix(text, name) &&
			(!text[strlen(name)] || text[strlen(name)] == '='))
			return (int)i;
	}
	return -1;
}

/* --spice without an address: that of the machine, and its picture. */
static bool is_bare(const struct oriel_call *call, int index)
{
	const char *next = oriel_call_get_operand(call, (guint)index + 1);

	return index >= 0 && g_str_equal(call->operands->pdata[index], "--spice") &&
	       (!next || *next == '-');
}

static void add_pair(GPtrArray *argv, const char *option, const char *value)
{
	g_ptr_array_add(argv, g_strdup(option));
	g_ptr_array_add(argv, g_strdup(value));
}

/* What the machine has and the arguments do not say; they come after it and win. False and error
 * set, and *ret_status what to exit with. */
static bool add_screens(const struct oriel_call *call, struct oriel_view_machine *machine,
	GPtrArray *argv, int *ret_status, GError **error)
{
	int spice = find_option(call, "--spice");
	bool forces_spice = is_bare(call, spice), has_source = find_option(call, "--source") >= 0;
	struct oriel_view_screens screens = {.has_spice = forces_spice};

	if (!has_source && !oriel_view_machine_look(machine, &screens, ret_status, error))
		return false;
	if (screens.source)
		add_pair(argv, "--source", screens.source);
	if (ORIEL_HAVE_SPICE && screens.has_spice && (spice < 0 || forces_spice))
		add_pair(argv, "--spice", "fd:" G_STRINGIFY(ORIEL_VIEW_SPICE_FD));
	if (forces_spice || (!screens.source && !has_source))
		add_pair(argv, "--display", "spice");
	if (screens.profile && *screens.profile)
		add_pair(argv, "--machine-profile", screens.profile);
	g_free(screens.source);
	g_free(screens.profile);
	return true;
}

static int keep_viewer(const struct oriel_call *call, const char *vm, char *program, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	struct oriel_view_machine *machine = oriel_view_machine_create(vm);
	int bare = find_option(call, "--spice"), status = ORIEL_EXIT_OK;

	bare = is_bare(call, bare) ? bare : -1;
	g_ptr_array_add(argv, program);
	add_pair(argv, "--vm", vm);
	if (add_screens(call, machine, argv, &status, error)) {
		for (guint i = 1; i < call->operands->len; i++)
			if ((int)i != bare)
				g_ptr_array_add(argv, g_strdup(call->operands->pdata[i]));
		g_ptr_array_add(argv, NULL);
		status = oriel_view_keep(vm, (const char *const *)argv->pdata, machine, error);
	}
	oriel_view_machine_destroy(machine);
	return status;
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
		"--send needs a command, as in oriel view VM --send status; oriel view %s --send "
		"help lists them",
		vm);
	return ORIEL_EXIT_USAGE;
}

/* Anywhere else it would be taken for an option of the viewer. */
static bool check_send(const struct oriel_call *call, const char *vm, GError **error)
{
	int index = find_option(call, "--send");
	const char *word = index < 0 ? "" : call->operands->pdata[index];

	if (index < 0 || (vm && index == 1 && g_str_equal(word, "--send")))
		return true;
	g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
		"'%s' is out of place: it is oriel view VM --send COMMAND, and nothing between "
		"them",
		word);
	return false;
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
	if (!check_send(call, vm, error))
		return ORIEL_EXIT_USAGE;
	if (vm && second && g_str_equal(second, "--send"))
		return send_command(call, vm, error);
	program = oriel_program_find("oriel-view", error);
	if (!program)
		return ORIEL_EXIT_FAILED;
	if (vm)
		return keep_viewer(call, vm, program, error);
	g_ptr_array_add(argv, program);
	for (guint i = 0; i < call->operands->len; i++)
		g_ptr_array_add(argv, g_strdup(call->operands->pdata[i]));
	g_ptr_array_add(argv, NULL);
	return become_viewer(program, argv, error);
}

const struct oriel_command oriel_table_view = {
	.name = "view",
	.summary = "Open the viewer of a machine, or send it a command.",
	.details = "With a VM its shared memory and its SPICE server are found by libvirt, and a "
		   "viewer that\ncrashes is started again. Without one this is the same as "
		   "oriel-view.\n\n"
		   "  oriel view VM --spice\n\n"
		   "shows the SPICE display and nothing else.\n\n"
		   "  oriel view VM --send COMMAND [NAME=VALUE]...\n\n"
		   "sends the VM's viewer a command and prints its answer: status, stats, "
		   "screenshot,\n"
		   "record-on, record-off, fullscreen-on, fullscreen-off, capture, release, "
		   "reload, quit;\n"
		   "help lists them all. What else there is: "
		   "oriel-view --help.",
	.operands = "[VM] [ARGUMENTS OF ORIEL-VIEW]",
	.hands_on = true,
	.run = run_view,
};
