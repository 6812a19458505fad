/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel looking-glass …: the words that users of Looking Glass tools know, over the same code as
 * `oriel check`, `oriel vm edit`, `oriel shm create` and `oriel view`.
 */
#include "cli/host/checkup.h"
#include "cli/json.h"
#include "cli/lg/client.h"
#include "cli/table.h"
#include "cli/vm/edit.h"
#include "cli/vm/session.h"
#include "cli/vm/settings.h"
#include "vm/error.h"
#include "vm/shm.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* ---- check ---------------------------------------------------------------------------------- */

/* The client is needed only by who wants that one. */
static int run_check(const struct oriel_call *call, GError **error)
{
	static const char *const ids[] = {
		"iommu.groups", "kvm.node", "libvirt.conn", "shm.file", "kvmfr.node"};
	g_autofree char *client = oriel_lg_find_client();
	struct oriel_checkup checkup;
	int status = oriel_checkup_open(&checkup, call, NULL, error);

	for (size_t i = 0; !*error && i < G_N_ELEMENTS(ids); i++)
		oriel_checkup_run(&checkup, ids[i]);
	if (!*error) {
		oriel_checkup_print(&checkup, call, FALSE);
		if (!oriel_call_has(call, "json"))
			printf("stock client: %s\n",
				client ? client : "none; Oriel's own viewer needs none");
		status = oriel_checkup_get_exit(&checkup, call);
	}
	oriel_checkup_close(&checkup);
	return status;
}

/* ---- setup and configure -------------------------------------------------------------------- */

/* Their option -> our setting. */
static const struct {
	const char *option, *setting, *suffix;
} settings[] = {
	{"profile", "profile", ""},
	{"gpu", "gpu", ""},
	{"resolution", "resolution", ""},
	{"framebuffer", "relay-size", "M"},
	{"framebuffer-size", "relay-size", "M"},
};

static bool read_settings(const struct oriel_call *call, struct oriel_vm_spec *spec, GError **error)
{
	const char *profile = oriel_call_get_text(call, "profile");

	if (profile && !oriel_settings_read_profile(profile, spec, error))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
		const char *text = oriel_call_get_text(call, settings[i].option);
		g_autofree char *value = g_strconcat(text ? text : "", settings[i].suffix, NULL);

		if (text && !oriel_vm_spec_set(spec, settings[i].setting, value, error))
			return false;
	}
	return true;
}

static int run_setup(const struct oriel_call *call, GError **error)
{
	struct oriel_vm_spec spec;
	int status;

	oriel_vm_spec_init(&spec);
	if (oriel_vm_spec_set(&spec, "relay", "plain", error) && read_settings(call, &spec, error))
		status = oriel_edit_run(call, oriel_call_get_operand(call, 0), &spec, error);
	else
		status = oriel_session_get_exit(NULL, call, error);
	oriel_vm_spec_finish(&spec);
	return status;
}

/* The viewer's file of that machine; what else is in it stays. */
static bool save_vsync(const char *name, bool vsync, GError **error)
{
	g_autofree char *folder = g_build_filename(g_get_user_config_dir(), "oriel", "vm", NULL);
	g_autofree char *file = g_strconcat(name, ".ini", NULL);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	g_autoptr(GKeyFile) settings_file = g_key_file_new();
	g_autoptr(GError) reason = NULL;

	if (!oriel_vm_check_name("machine", name, error))
		return false;
	if (!g_key_file_load_from_file(settings_file, path, G_KEY_FILE_KEEP_COMMENTS, &reason) &&
		!g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"cannot change the viewer's settings in %s: %s; write 'swap = %s' below "
			"[picture] there yourself",
			path, reason->message, vsync ? "vsync" : "mailbox");
	g_key_file_set_string(settings_file, "picture", "swap", vsync ? "vsync" : "mailbox");
	if (g_mkdir_with_parents(folder, 0700))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED,
			"cannot make the folder %s: %s", folder, g_strerror(errno));
	return g_key_file_save_to_file(settings_file, path, error);
}

static bool read_vsync(const struct oriel_call *call, bool *ret_vsync, GError **error)
{
	const char *text = oriel_call_get_text(call, "vsync");

	if (strcmp(text, "on") && strcmp(text, "off"))
		return oriel_vm_error_set(
			error, ORIEL_VM_ERROR_INVALID, "vsync '%.64s': say on or off", text);
	*ret_vsync = strcmp(text, "on") == 0;
	return true;
}

static int run_configure(const struct oriel_call *call, GError **error)
{
	const char *name = oriel_call_get_operand(call, 0);
	bool vsync = false, has_vsync = oriel_call_has(call, "vsync");
	struct oriel_vm_spec spec;
	int status;

	oriel_vm_spec_init(&spec);
	if ((!has_vsync || read_vsync(call, &vsync, error)) && read_settings(call, &spec, error))
		status = oriel_edit_run(call, name, &spec, error);
	else
		status = oriel_session_get_exit(NULL, call, error);
	oriel_vm_spec_finish(&spec);
	if (status || !has_vsync || oriel_call_has(call, "dry-run"))
		return status;
	save_vsync(name, vsync, error);
	return oriel_session_get_exit(NULL, call, error);
}

/* ---- shmem setup ---------------------------------------------------------------------------- */

#define SHMEM_NAME "looking-glass"
#define SHMEM_MIB 128

static int run_shmem_setup(const struct oriel_call *call, GError **error)
{
	const char *given = oriel_call_get_text(call, "name");
	const char *name = given ? given : SHMEM_NAME;
	guint64 size_bytes = (guint64)oriel_call_get_number(call, "size", SHMEM_MIB) << 20;
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autofree char *path = NULL;
	bool made = false;

	if (!oriel_vm_shm_create(name, size_bytes, &made, error))
		return oriel_session_get_exit(NULL, call, error);
	path = oriel_vm_shm_get_path(name);
	if (!oriel_call_has(call, "json")) {
		printf("%s: %s\nTo have it after each start of this computer, put this line into "
		       "/etc/tmpfiles.d/oriel.conf:\nf %s 0660 %s kvm -\n",
			path, made ? "made" : "was there already", path, g_get_user_name());
		return ORIEL_EXIT_OK;
	}
	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "path", path);
	oriel_json_add_number(builder, "size_bytes", size_bytes);
	oriel_json_add_truth(builder, "made", made);
	json_builder_end_object(builder);
	oriel_json_print(builder);
	return ORIEL_EXIT_OK;
}

/* ---- what is to be done in Windows ---------------------------------------------------------- */

static const char *const windows_steps[] = {
	"Give the machine shared memory: oriel looking-glass setup VM; then start it.",
	"In the guest, install the program that shares its screen: Looking Glass's host of release "
	"B7. Its installer brings the driver of the shared memory (IVSHMEM) too; where it does "
	"not, "
	"update the driver of the \"PCI standard RAM Controller\" in the device manager.",
	"Plug a monitor or a dummy plug into the GPU, or install a virtual display driver: without "
	"one there is no picture to share.",
	"Look at it: oriel looking-glass client VM",
};

static int run_windows(const struct oriel_call *call, GError **error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (size_t i = 0; i < G_N_ELEMENTS(windows_steps); i++) {
		json_builder_add_string_value(builder, windows_steps[i]);
		if (!oriel_call_has(call, "json"))
			printf("%zu. %s\n", i + 1, windows_steps[i]);
	}
	json_builder_end_array(builder);
	if (oriel_call_has(call, "json"))
		oriel_json_print(builder);
	return ORIEL_EXIT_OK;
}

/* ---- the tables ----------------------------------------------------------------------------- */

static const struct oriel_option check_options[] = {ORIEL_CHECKUP_OPTIONS, {.name = NULL}};
static const struct oriel_option json_options[] = {
	{.name = "json", .help = "print JSON"}, {.name = NULL}};

static const struct oriel_option setup_options[] = {
	ORIEL_SESSION_OPTIONS,
	ORIEL_SETTINGS_TEXT("gpu", "ADDRESS", "also give it the host's GPU, as 0000:01:00.0"),
	ORIEL_SETTINGS_TEXT("profile", "NAME", "the settings of that profile first"),
	ORIEL_SETTINGS_TEXT("framebuffer", "MIB", "the shared memory's size, else as needed"),
	ORIEL_EDIT_OPTIONS,
	{.name = NULL},
};

static const struct oriel_option configure_options[] = {
	ORIEL_SESSION_OPTIONS,
	ORIEL_SETTINGS_TEXT("resolution", "WxH", "the largest screen of the guest"),
	ORIEL_SETTINGS_TEXT("framebuffer-size", "MIB", "the shared memory's size"),
	ORIEL_SETTINGS_TEXT("vsync", "on|off", "whether its viewer waits for the screen"),
	ORIEL_EDIT_OPTIONS,
	{.name = NULL},
};

static const struct oriel_option shmem_options[] = {
	{.name = "size",
		.kind = ORIEL_OPTION_NUMBER,
		.value = "MIB",
		.help = "its size (128)",
		.min = 1,
		.max = ORIEL_VM_SHM_BYTES_MAX >> 20},
	ORIEL_SETTINGS_TEXT("name", "NAME", "its name below /dev/shm (looking-glass)"),
	{.name = "json", .help = "print JSON"},
	{.name = NULL},
};

static const struct oriel_command check_command = {
	.name = "check",
	.summary = "Is what Looking Glass needs there? Part of 'oriel check'.",
	.options = check_options,
	.run = run_check,
};

static const struct oriel_command setup_command = {
	.name = "setup",
	.summary = "Give a machine shared memory for its screen, and a GPU with --gpu.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = setup_options,
	.run = run_setup,
};

static const struct oriel_command configure_command = {
	.name = "configure",
	.summary = "Change the size of that memory, and how the viewer shows it.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = configure_options,
	.run = run_configure,
};

static const struct oriel_command shmem_setup_command = {
	.name = "setup",
	.summary = "Make the file now, and say how to have it after each start.",
	.options = shmem_options,
	.run = run_shmem_setup,
};

static const struct oriel_command *const shmem_commands[] = {&shmem_setup_command, NULL};

static const struct oriel_command shmem_command = {
	.name = "shmem",
	.summary = "The shared memory as a file that is always there.",
	.children = shmem_commands,
};

static const struct oriel_command windows_command = {
	.name = "windows-driver-setup",
	.summary = "What has to be installed in a Windows guest, step by step.",
	.options = json_options,
	.run = run_windows,
};

static const struct oriel_command *const commands[] = {&check_command, &setup_command,
	&configure_command, &shmem_command, &oriel_lg_client, &windows_command, NULL};

const struct oriel_command oriel_table_looking_glass = {
	.name = "looking-glass",
	.summary = "The same by the words of Looking Glass: check, setup, client and so on.",
	.children = commands,
};
