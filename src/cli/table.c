/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The top of the command table, and the two commands that are about the table itself. */
#include "cli/table.h"

#include "cli/call.h"

#include <stdio.h>

static int run_root(const struct oriel_call *call, GError **error)
{
	g_autofree char *help = NULL;

	if (oriel_call_has(call, "version")) {
		printf("oriel %s\n", ORIEL_VERSION);
		return ORIEL_EXIT_OK;
	}
	help = oriel_command_get_help(call->command, call->path);
	fputs(help, stderr);
	return ORIEL_EXIT_USAGE;
}

static int run_help(const struct oriel_call *call, GError **error)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) words = NULL;
	g_autofree char *path = NULL;
	g_autofree char *joined = NULL;
	g_autofree char *help = NULL;
	unsigned int used;
	const struct oriel_command *command;

	for (guint i = 0; i < call->operands->len; i++)
		g_strv_builder_add(builder, oriel_call_get_operand(call, i));
	words = g_strv_builder_end(builder);
	command = oriel_command_find(&oriel_command_root, (const char *const *)words, &used);
	joined = g_strjoinv(" ", words);
	if (words[used]) {
		g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
			"there is no command '%s'; oriel help lists them", joined);
		return ORIEL_EXIT_USAGE;
	}
	path = g_strdup_printf("oriel%s%s", used ? " " : "", joined);
	help = oriel_command_get_help(command, path);
	fputs(help, stdout);
	return ORIEL_EXIT_OK;
}

static const struct oriel_command help_command = {
	.name = "help",
	.summary = "Show what a command does and takes.",
	.operands = "[COMMAND…]",
	.operands_max = 8,
	.run = run_help,
};

static const struct oriel_command *const commands[] = {
	&oriel_table_demo,
	&oriel_table_view,
	&oriel_table_check,
	&oriel_table_troubleshoot,
	&oriel_table_gpu,
	&oriel_table_iommu,
	&oriel_table_vfio,
	&oriel_table_vm,
	&oriel_table_profile,
	&oriel_table_shm,
	&oriel_table_looking_glass,
	&oriel_table_usb,
	&oriel_table_support,
	&oriel_table_completion,
	&help_command,
	NULL,
};

static const struct oriel_option options[] = {
	{.name = "version", .help = "show the version of Oriel"},
	{.name = "connect",
		.kind = ORIEL_OPTION_TEXT,
		.value = "URI",
		.help = "which libvirt has the machines (qemu:///system)"},
	{.name = NULL},
};

const struct oriel_command oriel_command_root = {
	.name = "oriel",
	.summary = "A window onto a virtual machine that owns a GPU.",
	.children = commands,
	.options = options,
	.run = run_root,
};
