/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel check: will this machine do it, and what must change. */
#include "cli/call.h"
#include "cli/host/checkup.h"
#include "cli/table.h"

#include <gio/gio.h>
#include <stdio.h>

/* What concerns one machine: its definition, its files, its devices, and showing it. */
static const char *const vm_checks[] = {"group.viable", "gpu.functions", "gpu.reset", "bind.driver",
	"bind.bdfmoved", "shm.file", "lg.version", "home.traverse", "disk.danger", "usb.lastinput",
	"display.caps", "dom.lint", "dom.sharing", "guest.agent", "postmortem"};

static int explain(const char *id, GError **error)
{
	const struct oriel_check *check = oriel_check_find(id);

	if (!check) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"there is no check '%s'; 'oriel check --json' lists them all", id);
		return ORIEL_EXIT_NOT_FOUND;
	}
	printf("%s: %s\n\n%s\n", check->id, check->title, check->explain);
	return ORIEL_EXIT_OK;
}

/* The one operand that is no check, so the name of a machine; ret_several: there are more. */
static const char *find_vm(const struct oriel_call *call, const char **ret_several)
{
	const char *vm = NULL;

	*ret_several = NULL;
	for (guint i = 0; i < call->operands->len; i++) {
		const char *operand = oriel_call_get_operand(call, i);

		if (oriel_check_find(operand))
			continue;
		if (vm)
			*ret_several = operand;
		else
			vm = operand;
	}
	return vm;
}

/* The checks named, else those of the machine named, else all. */
static void run_wanted(struct oriel_checkup *checkup, const struct oriel_call *call, const char *vm)
{
	guint named = 0;

	for (guint i = 0; i < call->operands->len; i++) {
		const char *operand = oriel_call_get_operand(call, i);

		if (!oriel_check_find(operand))
			continue;
		oriel_checkup_run(checkup, operand);
		named++;
	}
	if (!named && !vm)
		oriel_checkup_run_all(checkup);
	for (guint i = 0; !named && vm && i < G_N_ELEMENTS(vm_checks); i++)
		oriel_checkup_run(checkup, vm_checks[i]);
}

static int run_check(const struct oriel_call *call, GError **error)
{
	const char *several;
	const char *vm = find_vm(call, &several);
	struct oriel_checkup checkup;
	int code;

	if (oriel_call_has(call, "explain"))
		return explain(oriel_call_get_text(call, "explain"), error);
	if (several) {
		g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
			"'%s' and '%s' are no checks, and only one machine can be looked at at a "
			"time; 'oriel check --json' lists all checks",
			vm, several);
		return ORIEL_EXIT_USAGE;
	}
	code = oriel_checkup_open(&checkup, call, vm, error);
	if (!code) {
		run_wanted(&checkup, call, vm);
		oriel_checkup_print(&checkup, call, FALSE);
		code = oriel_checkup_get_exit(&checkup, call);
	}
	oriel_checkup_close(&checkup);
	return code;
}

static const struct oriel_option options[] = {
	ORIEL_CHECKUP_OPTIONS,
	{"explain", ORIEL_OPTION_TEXT, "ID", "say what a check looks at and why, and run nothing"},
	{"strict", ORIEL_OPTION_SWITCH, NULL, "end with 5 when nothing fails but something warns"},
	{"root", ORIEL_OPTION_TEXT, "DIR", "look at the system below DIR (default: /)"},
	{.name = NULL},
};

#define CHECK_DETAILS                                                                              \
	"Looks only, and changes nothing. Each check says what it saw, what that means and what\n" \
	"to do. Ends with 0 when nothing fails and with 1 when something does; what could not "    \
	"be\n"                                                                                     \
	"seen is \"unknown\", which is no failure. With the name of a virtual machine: what\n"     \
	"concerns that one, its definition remark by remark."

const struct oriel_command oriel_table_check = {
	.name = "check",
	.also = "doctor",
	.summary = "Check whether this machine can give a GPU to a guest.",
	.details = CHECK_DETAILS,
	.operands = "[ID…|VM]",
	.operands_max = 64,
	.options = options,
	.run = run_check,
};
