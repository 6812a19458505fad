/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel shm …: the relay's shared memory. */
#include "cli/call.h"
#include "cli/json.h"
#include "cli/table.h"
#include "cli/vm/detach.h"
#include "cli/vm/session.h"
#include "vm/check.h"
#include "vm/doorbell.h"
#include "vm/error.h"
#include "vm/shm.h"

#include <stdio.h>

/* What one of these commands did, and its exit code. */
static int end(const struct oriel_call *call, const char *name, guint64 size_bytes, GError **error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	if (*error || !oriel_call_has(call, "json"))
		return oriel_session_get_exit(NULL, call, error);
	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "name", name);
	oriel_json_add_number(builder, "size_bytes", size_bytes);
	json_builder_end_object(builder);
	oriel_json_print(builder);
	return ORIEL_EXIT_OK;
}

static void print_files_json(GPtrArray *files)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (guint i = 0; i < files->len; i++) {
		const struct oriel_vm_shm_info *info = files->pdata[i];

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "name", info->name);
		oriel_json_add_number(builder, "size_bytes", info->size_bytes);
		oriel_json_add_number(builder, "owner", info->owner);
		oriel_json_add_number(builder, "mode", info->mode);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	oriel_json_print(builder);
}

static int run_list(const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) files = oriel_vm_shm_list();

	if (oriel_call_has(call, "json")) {
		print_files_json(files);
		return ORIEL_EXIT_OK;
	}
	printf("%8s  %4s  %6s  %s\n", "SIZE", "MODE", "OWNER", "NAME");
	for (guint i = 0; i < files->len; i++) {
		const struct oriel_vm_shm_info *info = files->pdata[i];
		g_autofree char *size = oriel_vm_check_format_size(info->size_bytes);

		printf("%8s  %04o  %6u  %s\n", size, info->mode, info->owner, info->name);
	}
	return ORIEL_EXIT_OK;
}

static bool read_size(const char *text, guint64 *ret_bytes, GError **error)
{
	return oriel_vm_check_size(
		"size", text, ORIEL_VM_SHM_BYTES_MIN, ORIEL_VM_SHM_BYTES_MAX, ret_bytes, error);
}

static int run_create(const struct oriel_call *call, GError **error)
{
	guint64 size_bytes = 0;
	bool made = false;

	if (read_size(oriel_call_get_operand(call, 1), &size_bytes, error))
		oriel_vm_shm_create(oriel_call_get_operand(call, 0), size_bytes, &made, error);
	return end(call, oriel_call_get_operand(call, 0), size_bytes, error);
}

static int run_resize(const struct oriel_call *call, GError **error)
{
	const char *name = oriel_call_get_operand(call, 0);
	guint64 size_bytes = 0;
	bool made = false;

	/* A new file: whoever comes in between keeps the old one, and is not torn down by a
	 * shorter one. */
	if (read_size(oriel_call_get_operand(call, 1), &size_bytes, error) &&
		oriel_vm_shm_delete_unused(name, error))
		oriel_vm_shm_create(name, size_bytes, &made, error);
	return end(call, name, size_bytes, error);
}

static int run_delete(const struct oriel_call *call, GError **error)
{
	oriel_vm_shm_delete_unused(oriel_call_get_operand(call, 0), error);
	return end(call, oriel_call_get_operand(call, 0), 0, error);
}

static int run_size(const struct oriel_call *call, GError **error)
{
	guint width, height;
	guint64 size_bytes = 0;

	if (oriel_vm_check_resolution(
		    "resolution", oriel_call_get_operand(call, 0), &width, &height, error))
		size_bytes = oriel_vm_shm_get_size(width, height, oriel_call_has(call, "hdr"));
	if (size_bytes && !oriel_call_has(call, "json"))
		printf("%" G_GUINT64_FORMAT "M\n", size_bytes >> 20);
	return end(call, NULL, size_bytes, error);
}

#define FIRST_PEER_S 30

/* Started by `oriel vm start`: lives as long as somebody uses the memory, whatever becomes of the
 * terminal. */
static int run_serve(const struct oriel_call *call, GError **error)
{
	const char *path = oriel_call_get_operand(call, 0);
	struct oriel_vm_doorbell *doorbell = NULL;
	guint64 size_bytes = 0;

	if (oriel_vm_check_path("socket", path, error) &&
		read_size(oriel_call_get_operand(call, 1), &size_bytes, error))
		doorbell = oriel_vm_doorbell_open(path, size_bytes, error);
	if (doorbell) {
		oriel_detach();
		oriel_vm_doorbell_run(doorbell, FIRST_PEER_S, error);
	}
	oriel_vm_doorbell_close(doorbell);
	return oriel_session_get_exit(NULL, call, error);
}

/* ---- the tables ----------------------------------------------------------------------------- */

static const struct oriel_option json_options[] = {
	{.name = "json", .help = "print JSON"}, {.name = NULL}};
static const struct oriel_option size_options[] = {
	{.name = "hdr", .help = "with high dynamic range"}, {.name = "json", .help = "print JSON"},
	{.name = NULL}};

#define COMMAND(its_name, text, words, count, its_options, function)                               \
	{                                                                                          \
		.name = its_name, .summary = text, .operands = words, .operands_min = count,       \
		.operands_max = count, .options = its_options, .run = function,                    \
	}

static const struct oriel_command list_command =
	COMMAND("list", "List the shared memory files.", NULL, 0, json_options, run_list);
static const struct oriel_command create_command = COMMAND(
	"create", "Make one of exactly that size.", "NAME SIZE", 2, json_options, run_create);
static const struct oriel_command resize_command =
	COMMAND("resize", "Replace one that nothing uses by one of another size.", "NAME SIZE", 2,
		json_options, run_resize);
static const struct oriel_command delete_command =
	COMMAND("delete", "Remove one that nothing uses.", "NAME", 1, json_options, run_delete);
static const struct oriel_command size_command =
	COMMAND("size", "Say how large it must be for a guest's screen.", "WIDTHxHEIGHT", 1,
		size_options, run_size);

static const struct oriel_command serve_command =
	COMMAND("serve", "Hand memory to QEMU and viewers over a socket until the last has left.",
		"SOCKET SIZE", 2, NULL, run_serve);

static const struct oriel_command *const shm_commands[] = {&list_command, &create_command,
	&resize_command, &delete_command, &size_command, &serve_command, NULL};

const struct oriel_command oriel_table_shm = {
	.name = "shm",
	.summary = "The shared memory between guest and viewer.",
	.children = shm_commands,
};
