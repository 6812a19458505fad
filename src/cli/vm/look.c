/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm list, oriel vm info. */
#include "cli/json.h"
#include "cli/vm/session.h"
#include "cli/vm/tables.h"
#include "host/tunings.h"
#include "vm/check.h"
#include "vm/run.h"

#include <stdio.h>
#include <string.h>

static void print_list(GPtrArray *machines)
{
	size_t width = strlen("NAME");

	for (guint i = 0; i < machines->len; i++)
		width = MAX(width, strlen(((struct oriel_vm_info *)machines->pdata[i])->name));
	printf("%-*s  STATE\n", (int)width, "NAME");
	for (guint i = 0; i < machines->len; i++) {
		const struct oriel_vm_info *info = machines->pdata[i];

		printf("%-*s  %s\n", (int)width, info->name, oriel_vm_state_get_name(info->state));
	}
}

static void print_list_json(GPtrArray *machines)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (guint i = 0; i < machines->len; i++) {
		const struct oriel_vm_info *info = machines->pdata[i];

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "name", info->name);
		oriel_json_add_text(builder, "state", oriel_vm_state_get_name(info->state));
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	oriel_json_print(builder);
}

static void print_names(GPtrArray *machines)
{
	for (guint i = 0; i < machines->len; i++)
		puts(((struct oriel_vm_info *)machines->pdata[i])->name);
}

static int run_list(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	g_autoptr(GPtrArray) machines = NULL;
	int status;

	if (oriel_session_open(&session, call, error))
		machines = oriel_vm_run_list(session.connection, error);
	if (machines && oriel_call_has(call, "names"))
		print_names(machines);
	else if (machines)
		(session.json ? print_list_json : print_list)(machines);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

static void print_info(const struct oriel_vm_info *info)
{
	g_autofree char *memory = oriel_vm_check_format_size(info->memory_bytes);
	g_autofree char *relay = oriel_vm_check_format_size(info->relay_bytes);
	g_autofree char *tune = oriel_tunings_format(info->tune);

	printf("name:       %s\n", info->name);
	if (info->title)
		printf("title:      %s\n", info->title);
	printf("uuid:       %s\n", info->uuid);
	printf("state:      %s\n", oriel_vm_state_get_name(info->state));
	printf("memory:     %s\n", memory);
	printf("processors: %u\n", info->cpus);
	printf("autostart:  %s\n", info->autostart ? "yes" : "no");
	printf("devices:    %u of the host\n", info->gpus);
	if (info->relay_name)
		printf("relay:      %s, %s, %s\n", info->relay, info->relay_path, relay);
	else
		printf("relay:      none\n");
	if (info->profile)
		printf("profile:    %s\n", info->profile);
	if (info->tune)
		printf("tuning:     %s\n", tune);
	for (guint i = 0; i < info->disks->len; i++)
		printf("disk:       %s\n", (char *)info->disks->pdata[i]);
}

static void print_info_json(const struct oriel_vm_info *info)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autofree char *tune = oriel_tunings_format(info->tune);

	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "name", info->name);
	oriel_json_add_text(builder, "title", info->title);
	oriel_json_add_text(builder, "uuid", info->uuid);
	oriel_json_add_text(builder, "state", oriel_vm_state_get_name(info->state));
	oriel_json_add_number(builder, "memory_bytes", info->memory_bytes);
	oriel_json_add_number(builder, "cpus", info->cpus);
	oriel_json_add_truth(builder, "autostart", info->autostart);
	oriel_json_add_number(builder, "host_devices", info->gpus);
	oriel_json_add_text(builder, "relay", info->relay);
	oriel_json_add_text(builder, "relay_name", info->relay_name);
	oriel_json_add_text(builder, "relay_path", info->relay_path);
	oriel_json_add_number(builder, "relay_bytes", info->relay_bytes);
	oriel_json_add_text(builder, "profile", info->profile);
	oriel_json_add_text(builder, "tune", tune);
	oriel_json_add_truth(builder, "made_by_oriel", info->ours);
	json_builder_set_member_name(builder, "disks");
	json_builder_begin_array(builder);
	for (guint i = 0; i < info->disks->len; i++)
		json_builder_add_string_value(builder, info->disks->pdata[i]);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static int run_info(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	struct oriel_vm_info *info = NULL;
	int status;

	if (oriel_session_open(&session, call, error))
		info = oriel_vm_run_look(
			session.connection, oriel_call_get_operand(call, 0), error);
	if (info)
		(session.json ? print_info_json : print_info)(info);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	oriel_vm_info_free(info);
	return status;
}

static const struct oriel_option options[] = {ORIEL_SESSION_OPTIONS, {.name = NULL}};

static const struct oriel_option list_options[] = {
	ORIEL_SESSION_OPTIONS,
	{.name = "names", .help = "only the names, a line each"},
	{.name = NULL},
};

const struct oriel_command oriel_table_vm_list = {
	.name = "list",
	.summary = "List all machines and their states.",
	.options = list_options,
	.run = run_list,
};

const struct oriel_command oriel_table_vm_info = {
	.name = "info",
	.summary = "Show what a machine is and has.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_info,
};
