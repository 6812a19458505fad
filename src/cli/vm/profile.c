/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel profile …: bundles of settings. */
#include "cli/json.h"
#include "cli/table.h"
#include "cli/vm/edit.h"
#include "cli/vm/session.h"
#include "cli/vm/settings.h"
#include "vm/paths.h"
#include "vm/profile.h"

#include <stdio.h>

static int run_list(const struct oriel_call *call, GError **error)
{
	g_auto(GStrv) names = oriel_vm_paths_list("profiles", ".ini");
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (char **name = names; *name; name++) {
		json_builder_add_string_value(builder, *name);
		if (!oriel_call_has(call, "json"))
			puts(*name);
	}
	json_builder_end_array(builder);
	if (oriel_call_has(call, "json"))
		oriel_json_print(builder);
	return ORIEL_EXIT_OK;
}

/* { "vm": { "pin": "yes", … }, … } */
static void print_json(GKeyFile *profile)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_auto(GStrv) groups = g_key_file_get_groups(profile, NULL);

	json_builder_begin_object(builder);
	for (char **group = groups; *group; group++) {
		g_auto(GStrv) keys = g_key_file_get_keys(profile, *group, NULL, NULL);

		json_builder_set_member_name(builder, *group);
		json_builder_begin_object(builder);
		for (char **key = keys; key && *key; key++) {
			g_autofree char *value = g_key_file_get_value(profile, *group, *key, NULL);

			oriel_json_add_text(builder, *key, value);
		}
		json_builder_end_object(builder);
	}
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static int run_show(const struct oriel_call *call, GError **error)
{
	g_autoptr(GKeyFile) profile = oriel_vm_profile_load(oriel_call_get_operand(call, 0), error);
	g_autofree char *text = profile ? g_key_file_to_data(profile, NULL, NULL) : NULL;

	if (profile && oriel_call_has(call, "json"))
		print_json(profile);
	else if (profile)
		fputs(text, stdout);
	return oriel_session_get_exit(NULL, call, error);
}

static int run_apply(const struct oriel_call *call, GError **error)
{
	const char *profile = oriel_call_get_operand(call, 0);
	struct oriel_vm_spec spec;
	int status;

	oriel_vm_spec_init(&spec);
	if (oriel_settings_read_profile(profile, &spec, error) &&
		oriel_vm_spec_set(&spec, "profile", profile, error))
		status = oriel_edit_run(call, oriel_call_get_operand(call, 1), &spec, error);
	else
		status = oriel_session_get_exit(NULL, call, error);
	oriel_vm_spec_finish(&spec);
	return status;
}

static const struct oriel_option json_options[] = {
	{.name = "json", .help = "print JSON"}, {.name = NULL}};
static const struct oriel_option apply_options[] = {
	ORIEL_SESSION_OPTIONS, ORIEL_EDIT_OPTIONS, {.name = NULL}};

static const struct oriel_command list_command = {
	.name = "list",
	.summary = "List the profiles.",
	.options = json_options,
	.run = run_list,
};

static const struct oriel_command show_command = {
	.name = "show",
	.summary = "Show what a profile sets.",
	.operands = "PROFILE",
	.operands_min = 1,
	.operands_max = 1,
	.options = json_options,
	.run = run_show,
};

static const struct oriel_command apply_command = {
	.name = "apply",
	.summary = "Work a profile's settings into a machine, as 'oriel vm edit --profile' does.",
	.operands = "PROFILE VM",
	.operands_min = 2,
	.operands_max = 2,
	.options = apply_options,
	.run = run_apply,
};

static const struct oriel_command *const commands[] = {
	&list_command, &show_command, &apply_command, NULL};

const struct oriel_command oriel_table_profile = {
	.name = "profile",
	.summary = "Bundles of settings for machines.",
	.children = commands,
};
