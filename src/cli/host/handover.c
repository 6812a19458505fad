/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel gpu bind, release and reserve: by oriel-helper. */
#include "cli/host/handover.h"

#include "cli/call.h"
#include "cli/host/ask.h"
#include "cli/json.h"
#include "host/gpu.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- which card ----------------------------------------------------------------------------- */

struct card {
	struct oriel_host *host;
	GPtrArray *devices, *gpus;
	const struct oriel_gpu *gpu;
};

static void card_finish(struct card *card)
{
	g_ptr_array_unref(card->gpus);
	g_ptr_array_unref(card->devices);
	oriel_host_destroy(card->host);
}

/* 0, or the exit code with error set. */
static int card_init(struct card *card, const struct oriel_call *call, GError **error)
{
	const char *text = oriel_call_get_operand(call, 0);
	struct oriel_pci_address address;

	card->host = oriel_host_create(NULL);
	card->devices = oriel_pci_list(card->host);
	card->gpus = oriel_gpu_list(card->host, card->devices);
	card->gpu = NULL;
	if (!oriel_pci_address_parse(text, &address, error))
		return ORIEL_EXIT_USAGE;
	card->gpu = oriel_gpu_find(card->gpus, &address);
	if (card->gpu)
		return ORIEL_EXIT_OK;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"%s is no display device of this machine: 'oriel gpu list' shows those there are",
		text);
	return ORIEL_EXIT_NOT_FOUND;
}

static void add_functions(JsonBuilder *builder, const struct oriel_gpu *gpu)
{
	json_builder_set_member_name(builder, "functions");
	json_builder_begin_array(builder);
	for (guint i = 0; i < gpu->functions->len; i++) {
		const struct oriel_pci_device *function = g_ptr_array_index(gpu->functions, i);

		if (oriel_pci_is_bridge(function))
			continue;
		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "address", function->name);
		oriel_json_add_text(builder, "driver", function->driver);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

static void print_plan_json(const struct oriel_gpu *gpu, gboolean done)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "gpu", gpu->device->name);
	add_functions(builder, gpu);
	oriel_json_add_truth(builder, "done", done);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static void print_plan(const struct oriel_gpu *gpu)
{
	printf("Handed to vfio-pci, in this order, and home again if anything fails:\n");
	for (guint i = 0; i < gpu->functions->len; i++) {
		const struct oriel_pci_device *function = g_ptr_array_index(gpu->functions, i);

		if (!oriel_pci_is_bridge(function))
			printf("  %s (%s) from %s\n", function->name,
				oriel_pci_get_class_name(function),
				function->driver ? function->driver : "no driver");
	}
}

/* ---- bind ----------------------------------------------------------------------------------- */

/* The address typed at the terminal where the host would miss the card; else what --confirm says.
 */
static char *get_confirmation(const struct oriel_call *call, const struct card *card)
{
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
	const char *given = oriel_call_get_text(call, "confirm");
	char line[64] = "";

	if (given || !isatty(STDIN_FILENO) ||
		oriel_gpu_rate(card->gpu, card->gpus, reasons) != ORIEL_GPU_UNFIT)
		return g_strdup(given ? given : "");
	for (guint i = 0; i < reasons->len; i++)
		fprintf(stderr, "oriel: %s\n", (const char *)g_ptr_array_index(reasons, i));
	fprintf(stderr, "Type %s to do it all the same: ", card->gpu->device->name);
	return g_strdup(fgets(line, sizeof line, stdin) ? g_strchomp(line) : "");
}

static int bind_card(const struct oriel_call *call, const struct card *card, GError **error)
{
	const char *service = oriel_call_get_text(call, "stop-service");
	const char *vm = oriel_call_get_text(call, "vm");
	g_auto(GStrv) services = g_strsplit(service ? service : "", ",", -1);
	gboolean json = oriel_call_has(call, "json"), dry = oriel_call_has(call, "dry-run");
	g_autofree char *confirm = NULL;
	int code;

	if (!json)
		print_plan(card->gpu);
	else if (dry)
		print_plan_json(card->gpu, FALSE);
	if (dry)
		return ORIEL_EXIT_OK;
	confirm = get_confirmation(call, card);
	code = oriel_ask_helper("Bind",
		g_variant_new("(ss^ass)", card->gpu->device->name, confirm, services, vm ? vm : ""),
		NULL, error);
	if (!code && json)
		print_plan_json(card->gpu, TRUE);
	else if (!code)
		printf("%s is handed over.\n", card->gpu->device->name);
	return code;
}

static int run_bind(const struct oriel_call *call, GError **error)
{
	struct card card;
	int code = card_init(&card, call, error);

	if (!code)
		code = bind_card(call, &card, error);
	card_finish(&card);
	return code;
}

/* ---- release, reserve ----------------------------------------------------------------------- */

/* Also of a card that is no longer seen: its journal is. */
static int run_release(const struct oriel_call *call, GError **error)
{
	struct oriel_pci_address address;
	char name[ORIEL_PCI_ADDRESS_BYTES];
	int code;

	if (!oriel_pci_address_parse(oriel_call_get_operand(call, 0), &address, error))
		return ORIEL_EXIT_USAGE;
	oriel_pci_address_format(&address, name);
	code = oriel_ask_helper("Release", g_variant_new("(s)", name), NULL, error);
	if (!code && oriel_call_has(call, "json"))
		oriel_json_print_done("gpu", name, TRUE);
	else if (!code)
		printf("%s is home.\n", name);
	return code;
}

static int run_reserve(const struct oriel_call *call, GError **error)
{
	const char *vm = oriel_call_get_operand(call, 1);
	gboolean none = oriel_call_has(call, "none");
	struct card card;
	int code;

	if (none == (vm != NULL)) {
		g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
			"name the virtual machine that the card is kept for, or --none, and not "
			"both");
		return ORIEL_EXIT_USAGE;
	}
	code = card_init(&card, call, error);
	if (!code)
		code = oriel_ask_helper("Reserve",
			g_variant_new("(ss)", card.gpu->device->name, none ? "" : vm), NULL, error);
	if (!code && oriel_call_has(call, "json"))
		oriel_json_print_done("gpu", card.gpu->device->name, TRUE);
	card_finish(&card);
	return code;
}

/* ---- tables --------------------------------------------------------------------------------- */

#define JSON                                                                                       \
	{                                                                                          \
		"json", ORIEL_OPTION_SWITCH, NULL, "print JSON"                                    \
	}

static const struct oriel_option release_options[] = {JSON, {.name = NULL}};

static const struct oriel_option bind_options[] = {
	JSON,
	{"confirm", ORIEL_OPTION_TEXT, "ADDRESS",
		"do it although the host needs it; the address once more"},
	{"stop-service", ORIEL_OPTION_TEXT, "UNITS",
		"services that may be stopped for it, with commas between"},
	{"vm", ORIEL_OPTION_TEXT, "VM", "for which virtual machine, where it is kept for one"},
	{"dry-run", ORIEL_OPTION_SWITCH, NULL, "show the plan and change nothing"},
	{.name = NULL},
};

static const struct oriel_option reserve_options[] = {
	JSON,
	{"none", ORIEL_OPTION_SWITCH, NULL, "no longer keep it for a machine"},
	{.name = NULL},
};

const struct oriel_command oriel_command_gpu_bind = {
	.name = "bind",
	.summary = "Hand a GPU to vfio-pci now.",
	.details =
		"Looks first who has the card open and refuses while somebody has; takes it home\n"
		"again when anything fails. oriel-helper does it, and polkit asks for a password.",
	.operands = "ADDRESS",
	.operands_min = 1,
	.operands_max = 1,
	.options = bind_options,
	.run = run_bind,
};

const struct oriel_command oriel_command_gpu_release = {
	.name = "release",
	.summary = "Take a GPU home to the driver it had.",
	.operands = "ADDRESS",
	.operands_min = 1,
	.operands_max = 1,
	.options = release_options,
	.run = run_release,
};

const struct oriel_command oriel_command_gpu_reserve = {
	.name = "reserve",
	.summary = "Keep a GPU for one virtual machine.",
	.operands = "ADDRESS [VM]",
	.operands_min = 1,
	.operands_max = 2,
	.options = reserve_options,
	.run = run_reserve,
};
