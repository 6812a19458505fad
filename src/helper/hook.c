/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper/hook.h"

#include "handover/handover.h"
#include "handover/reservation.h"
#include "handover/tuning.h"

#include <gio/gio.h>
#include <string.h>

/* ---- the definition ------------------------------------------------------------------------- */

struct reader {
	GArray *devices;
	gboolean in_device; /* in a <hostdev> of ours */
	gboolean in_source;
};

static const char *find_attribute(const char **names, const char **values, const char *wanted)
{
	for (guint i = 0; names[i]; i++)
		if (!strcmp(names[i], wanted))
			return values[i];
	return "";
}

static guint read_number(const char **names, const char **values, const char *wanted)
{
	return (guint)g_ascii_strtoull(find_attribute(names, values, wanted), NULL, 0);
}

static void on_start(GMarkupParseContext *context, const char *element, const char **names,
	const char **values, void *data, GError **error)
{
	struct reader *reader = data;

	if (!strcmp(element, "hostdev")) {
		reader->in_device = !strcmp(find_attribute(names, values, "type"), "pci") &&
				    strcmp(find_attribute(names, values, "managed"), "yes");
	} else if (!strcmp(element, "source")) {
		reader->in_source = reader->in_device;
	} else if (!strcmp(element, "address") && reader->in_source) {
		struct oriel_pci_address address = {(guint16)read_number(names, values, "domain"),
			(guint8)read_number(names, values, "bus"),
			(guint8)read_number(names, values, "slot"),
			(guint8)read_number(names, values, "function")};

		g_array_append_val(reader->devices, address);
	}
}

static void on_end(GMarkupParseContext *context, const char *element, void *data, GError **error)
{
	struct reader *reader = data;

	if (!strcmp(element, "hostdev"))
		reader->in_device = FALSE;
	else if (!strcmp(element, "source"))
		reader->in_source = FALSE;
}

GArray *oriel_hook_list_devices(const char *definition, GError **error)
{
	static const GMarkupParser parser = {.start_element = on_start, .end_element = on_end};
	g_autoptr(GArray) devices = g_array_new(FALSE, FALSE, sizeof(struct oriel_pci_address));
	struct reader reader = {.devices = devices};
	g_autoptr(GMarkupParseContext) context =
		g_markup_parse_context_new(&parser, 0, &reader, NULL);

	if (!g_markup_parse_context_parse(context, definition, -1, error) ||
		!g_markup_parse_context_end_parse(context, error))
		return NULL;
	return g_steal_pointer(&devices);
}

/* ---- the operations ------------------------------------------------------------------------- */

/* Of its GPUs, each once: the other functions of a slot go along. */
static GArray *list_gpus(const struct oriel_host *host, const GArray *devices)
{
	g_autoptr(GPtrArray) all = oriel_pci_list(host);
	GArray *gpus = g_array_new(FALSE, FALSE, sizeof(struct oriel_pci_address));

	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_pci_address *address =
			&g_array_index(devices, struct oriel_pci_address, i);
		const struct oriel_pci_device *device = oriel_pci_find(all, address);

		if (device && oriel_pci_is_display(device))
			g_array_append_val(gpus, *address);
	}
	return gpus;
}

/* The user chose the card when the machine was defined, so its address counts as typed. */
static gboolean bind_all(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, const GArray *gpus, GError **error)
{
	for (guint i = 0; i < gpus->len; i++) {
		char name[ORIEL_PCI_ADDRESS_BYTES];
		struct oriel_handover_request request = {
			.address = g_array_index(gpus, struct oriel_pci_address, i), .vm = vm};

		request.confirm = oriel_pci_address_format(&request.address, name);
		if (!oriel_handover_bind(kernel, host, &request, error))
			return FALSE;
	}
	return TRUE;
}

/* All are tried; one that Oriel did not hand over is somebody else's. */
static gboolean release_all(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const GArray *gpus, GError **error)
{
	g_autoptr(GError) first = NULL;

	for (guint i = 0; i < gpus->len; i++) {
		g_autoptr(GError) failure = NULL;

		if (!oriel_handover_release(kernel, host,
			    &g_array_index(gpus, struct oriel_pci_address, i), &failure) &&
			!g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) && !first)
			first = g_steal_pointer(&failure);
	}
	if (!first)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&first));
	return FALSE;
}

/* ---- tuning --------------------------------------------------------------------------------- */

static gboolean tune(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, const char *definition, GError **error)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	struct oriel_tuning_wish wish;
	g_autofree char *name = NULL;

	if (!oriel_tuning_wish_read(definition, &wish, &name, error))
		return FALSE;
	if (!wish.tunings)
		return TRUE;
	if (!oriel_reservation_is_name(vm)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			"'%s': the computer can be tuned only for machines whose names are 1 to 63 "
			"letters, digits and . _ + -",
			vm);
		return FALSE;
	}
	if (!oriel_tuning_apply(kernel, host, vm, &wish, notes, error))
		return FALSE;
	for (guint i = 0; i < notes->len; i++)
		g_message("%s", (const char *)g_ptr_array_index(notes, i));
	return TRUE;
}

/* Whatever the definition says by now. */
static gboolean untune(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, GError **error)
{
	g_autoptr(GError) failure = NULL;

	if (!oriel_reservation_is_name(vm) || oriel_tuning_revert(kernel, host, vm, &failure) ||
		g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

/* ---- the door ------------------------------------------------------------------------------- */

static gboolean prepare(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, const char *definition, const GArray *gpus, GError **error)
{
	return bind_all(kernel, host, vm, gpus, error) && tune(kernel, host, vm, definition, error);
}

/* Both are tried. */
static gboolean release(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, const GArray *gpus, GError **error)
{
	gboolean ok = untune(kernel, host, vm, error);

	return release_all(kernel, host, gpus, ok ? error : NULL) && ok;
}

gboolean oriel_hook_run(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, const char *operation, const char *definition, GError **error)
{
	gboolean is_start = !strcmp(operation, "prepare");
	g_autoptr(GArray) devices = NULL;
	g_autoptr(GArray) gpus = NULL;

	if (!is_start && strcmp(operation, "release"))
		return TRUE;
	devices = oriel_hook_list_devices(definition, error);
	if (!devices)
		return FALSE;
	gpus = list_gpus(host, devices);
	return is_start ? prepare(kernel, host, vm, definition, gpus, error)
			: release(kernel, host, vm, gpus, error);
}
