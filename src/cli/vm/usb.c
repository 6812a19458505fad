/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel usb …: the host's USB devices, into machines and out of them. */
#include "cli/json.h"
#include "cli/table.h"
#include "cli/vm/session.h"
#include "host/usb.h"
#include "vm/error.h"
#include "vm/usb.h"

#include <stdio.h>

/* ---- list ----------------------------------------------------------------------------------- */

static GPtrArray *list_devices(const struct oriel_call *call)
{
	struct oriel_host *host = oriel_host_create(oriel_call_get_text(call, "root"));
	GPtrArray *devices = oriel_usb_list(host);

	oriel_host_destroy(host);
	return devices;
}

static void print_json(GPtrArray *devices)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_usb_device *device = devices->pdata[i];
		g_autofree char *id = g_strdup_printf("%04x:%04x", device->vendor, device->product);
		g_autofree char *place = g_strdup_printf("%u-%u", device->bus, device->number);

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "id", id);
		oriel_json_add_text(builder, "place", place);
		oriel_json_add_text(builder, "port", device->port);
		oriel_json_add_text(builder, "name", device->name);
		oriel_json_add_text(builder, "kind", device->kind);
		oriel_json_add_number(builder, "speed_mbps", device->speed_mbps);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	oriel_json_print(builder);
}

static int run_list(const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) devices = list_devices(call);

	if (oriel_call_has(call, "json")) {
		print_json(devices);
		return ORIEL_EXIT_OK;
	}
	printf("%-9s  %-7s  %7s  %-17s  %s\n", "ID", "PLACE", "MBIT/S", "KIND", "NAME");
	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_usb_device *device = devices->pdata[i];
		g_autofree char *place = g_strdup_printf("%u-%u", device->bus, device->number);

		printf("%04x:%04x  %-7s  %7u  %-17s  %s\n", device->vendor, device->product, place,
			device->speed_mbps, device->kind, device->name);
	}
	return ORIEL_EXIT_OK;
}

/* ---- attach and detach ---------------------------------------------------------------------- */

static bool is_meant(const struct oriel_usb_device *device, const struct oriel_vm_usb *usb)
{
	if (usb->by_place)
		return device->bus == usb->first && device->number == usb->second;
	return device->vendor == usb->first && device->product == usb->second;
}

/* Two of the same kind are told apart by their places only. */
static bool check_devices(
	GPtrArray *devices, const char *text, const struct oriel_vm_usb *usb, GError **error)
{
	g_autoptr(GString) places = g_string_new(NULL);
	guint count = 0;

	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_usb_device *device = devices->pdata[i];

		if (!is_meant(device, usb))
			continue;
		g_string_append_printf(
			places, "%s%u-%u", count++ ? ", " : "", device->bus, device->number);
	}
	if (count == 0)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"USB device '%s' is not plugged in; 'oriel usb list' shows what is", text);
	return count == 1 ||
	       oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
		       "there are %u USB devices '%s': name the place of the one you mean (%s)",
		       count, text, places->str);
}

typedef bool (*plug_func)(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_usb *usb, GError **error);

static void print_done(
	struct oriel_session *session, const char *name, const char *device, const char *what)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	if (!session->json) {
		printf("%s: %s %s\n", name, what, device);
		return;
	}
	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "name", name);
	oriel_json_add_text(builder, "device", device);
	oriel_json_add_text(builder, "done", what);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static bool plug(const struct oriel_call *call, struct oriel_session *session,
	const struct oriel_vm_spec *spec, bool attach, GError **error)
{
	const char *name = oriel_call_get_operand(call, 0);
	const char *device = oriel_call_get_operand(call, 1);
	const struct oriel_vm_usb *usb = &g_array_index(spec->usb, struct oriel_vm_usb, 0);
	g_autoptr(GPtrArray) devices = list_devices(call);
	plug_func function = attach ? oriel_vm_usb_attach : oriel_vm_usb_detach;

	/* One that was pulled out is still taken from the machine. */
	if (attach && oriel_vm_connection_is_local(session->connection) &&
		!check_devices(devices, device, usb, error))
		return false;
	if (!function(session->connection, name, usb, error))
		return false;
	print_done(session, name, device, attach ? "attached" : "detached");
	return true;
}

static int run_plug(const struct oriel_call *call, bool attach, GError **error)
{
	struct oriel_session session = {0};
	struct oriel_vm_spec spec;
	int status;

	oriel_vm_spec_init(&spec);
	if (oriel_vm_spec_set(&spec, "usb", oriel_call_get_operand(call, 1), error)) {
		if (spec.usb->len != 1)
			oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
				"usb '%s': name one device, as in 046d:c52b or 3-12",
				oriel_call_get_operand(call, 1));
		else if (oriel_session_open(&session, call, error))
			plug(call, &session, &spec, attach, error);
	}
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	oriel_vm_spec_finish(&spec);
	return status;
}

static int run_attach(const struct oriel_call *call, GError **error)
{
	return run_plug(call, true, error);
}

static int run_detach(const struct oriel_call *call, GError **error)
{
	return run_plug(call, false, error);
}

/* ---- rules ---------------------------------------------------------------------------------- */

static bool is_wanted(const struct oriel_usb_device *device, const struct oriel_vm_spec *spec)
{
	for (guint i = 0; spec->usb && i < spec->usb->len; i++)
		if (is_meant(device, &g_array_index(spec->usb, struct oriel_vm_usb, i)))
			return true;
	return !spec->usb;
}

static char *make_rules(GPtrArray *devices, const struct oriel_vm_spec *spec)
{
	GString *rules = g_string_new(
		"# The user at the screen may hand these USB devices to machines.\n"
		"# To be put into /etc/udev/rules.d/70-oriel-usb.rules; then: udevadm control "
		"--reload && udevadm trigger\n");

	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_usb_device *device = devices->pdata[i];

		if (is_wanted(device, spec))
			g_string_append_printf(rules,
				"# %s\nSUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", "
				"ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", "
				"TAG+=\"uaccess\"\n",
				device->name, device->vendor, device->product);
	}
	return g_string_free(rules, FALSE);
}

static int run_rules(const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) devices = list_devices(call);
	g_autofree char *rules = NULL;
	struct oriel_vm_spec spec;

	oriel_vm_spec_init(&spec);
	if (!oriel_call_get_operand(call, 0) ||
		oriel_vm_spec_set(&spec, "usb", oriel_call_get_operand(call, 0), error))
		rules = make_rules(devices, &spec);
	oriel_vm_spec_finish(&spec);
	if (rules && oriel_call_has(call, "json")) {
		g_autoptr(JsonBuilder) builder = json_builder_new();

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "rules", rules);
		json_builder_end_object(builder);
		oriel_json_print(builder);
	} else if (rules) {
		fputs(rules, stdout);
	}
	return oriel_session_get_exit(NULL, call, error);
}

/* ---- the tables ----------------------------------------------------------------------------- */

#define ROOT_OPTION                                                                                \
	{                                                                                          \
		.name = "root", .kind = ORIEL_OPTION_TEXT, .value = "DIR",                         \
		.help = "look for devices below DIR instead of /"                                  \
	}

static const struct oriel_option list_options[] = {
	{.name = "json", .help = "print JSON"}, ROOT_OPTION, {.name = NULL}};
static const struct oriel_option plug_options[] = {
	ORIEL_SESSION_OPTIONS, ROOT_OPTION, {.name = NULL}};

static const struct oriel_command list_command = {
	.name = "list",
	.summary = "List this computer's USB devices.",
	.options = list_options,
	.run = run_list,
};

static const struct oriel_command attach_command = {
	.name = "attach",
	.summary = "Plug a device into a machine, now and for its next starts.",
	.details = "DEVICE is VENDOR:PRODUCT, which follows it to another port, or BUS-NUMBER, "
		   "which is\n"
		   "this one device until it is unplugged.",
	.operands = "VM DEVICE",
	.operands_min = 2,
	.operands_max = 2,
	.options = plug_options,
	.run = run_attach,
};

static const struct oriel_command detach_command = {
	.name = "detach",
	.summary = "Take a device out of a machine.",
	.operands = "VM DEVICE",
	.operands_min = 2,
	.operands_max = 2,
	.options = plug_options,
	.run = run_detach,
};

static const struct oriel_command rules_command = {
	.name = "rules",
	.summary = "Print the udev rules that let you hand devices to machines as a user.",
	.operands = "[DEVICES]",
	.operands_max = 1,
	.options = list_options,
	.run = run_rules,
};

static const struct oriel_command *const commands[] = {
	&list_command, &attach_command, &detach_command, &rules_command, NULL};

const struct oriel_command oriel_table_usb = {
	.name = "usb",
	.summary = "This computer's USB devices, into machines and out of them.",
	.children = commands,
};
