/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/plan.h"

#include "bind/initramfs.h"
#include "bind/loader.h"
#include "bind/modprobe.h"

#include <gio/gio.h>
#include <stdarg.h>
#include <string.h>

#define VENDOR_INTEL "GenuineIntel"

/* ---- changes -------------------------------------------------------------------------------- */

static void free_change(void *data)
{
	struct oriel_bind_change *change = data;

	g_clear_pointer(&change->before, g_bytes_unref);
	g_clear_pointer(&change->after, g_bytes_unref);
	g_free(change->path);
	g_free(change);
}

static struct oriel_bind_change *find_change(const struct oriel_bind_plan *plan, const char *path)
{
	for (guint i = 0; i < plan->changes->len; i++) {
		struct oriel_bind_change *change = g_ptr_array_index(plan->changes, i);

		if (!strcmp(change->path, path))
			return change;
	}
	return NULL;
}

/* NULL: there is no such file. */
static GBytes *read_file(const struct oriel_host *host, const char *path)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);
	char *data;
	gsize size;

	return g_file_get_contents(full, &data, &size, NULL) ? g_bytes_new_take(data, size) : NULL;
}

char *oriel_bind_plan_read(const struct oriel_bind_plan *plan, const char *path)
{
	const struct oriel_bind_change *change = find_change(plan, path);
	g_autoptr(GBytes) bytes = change ? g_bytes_ref(change->after) : read_file(plan->host, path);

	return bytes ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

void oriel_bind_plan_write_bytes(
	struct oriel_bind_plan *plan, const char *path, GBytes *bytes, guint mode, const char *why)
{
	struct oriel_bind_change *change = find_change(plan, path);
	g_autoptr(GBytes) before = NULL;

	if (change) {
		g_bytes_unref(change->after);
		change->after = g_bytes_ref(bytes);
		return;
	}
	before = read_file(plan->host, path);
	if (before && g_bytes_equal(before, bytes))
		return;
	change = g_new0(struct oriel_bind_change, 1);
	change->path = g_strdup(path);
	change->before = g_steal_pointer(&before);
	change->after = g_bytes_ref(bytes);
	change->mode = mode;
	change->why = why;
	g_ptr_array_add(plan->changes, change);
}

void oriel_bind_plan_write(
	struct oriel_bind_plan *plan, const char *path, const char *text, const char *why)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	oriel_bind_plan_write_bytes(plan, path, bytes, 0644, why);
}

void oriel_bind_plan_run(struct oriel_bind_plan *plan, const char *const *words)
{
	g_ptr_array_add(plan->commands, g_strdupv((char **)words));
}

void oriel_bind_plan_run_on_undo(struct oriel_bind_plan *plan, const char *const *words)
{
	g_ptr_array_add(plan->undo_commands, g_strdupv((char **)words));
}

void oriel_bind_plan_note(struct oriel_bind_plan *plan, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(plan->notes, g_strdup_vprintf(format, args));
	va_end(args);
}

/* ---- the devices ---------------------------------------------------------------------------- */

static gboolean is_ours(const struct oriel_gpu *gpu, const struct oriel_pci_device *device)
{
	return oriel_pci_address_same_slot(&gpu->device->address, &device->address);
}

/* Whether binding by that function's ids would take a device of another slot along. */
static gboolean has_twin(const GPtrArray *devices, const struct oriel_gpu *gpu,
	const struct oriel_pci_device *function)
{
	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_pci_device *device = g_ptr_array_index(devices, i);

		if (!is_ours(gpu, device) && device->vendor == function->vendor &&
			device->device == function->device)
			return TRUE;
	}
	return FALSE;
}

static void add_devices(
	struct oriel_bind_plan *plan, const GPtrArray *devices, const struct oriel_gpu *gpu)
{
	for (guint i = 0; i < gpu->functions->len; i++) {
		const struct oriel_pci_device *function = g_ptr_array_index(gpu->functions, i);
		struct oriel_record_device device = {function->address, function->vendor,
			function->device, function->subvendor, function->subdevice};

		if (oriel_pci_is_bridge(function))
			continue;
		g_array_append_val(plan->devices, device);
		plan->by_address |= has_twin(devices, gpu, function);
	}
}

/* ---- the kernel's parameters ---------------------------------------------------------------- */

static void add_parameter(struct oriel_bind_plan *plan, char *parameter)
{
	g_ptr_array_add(plan->parameters, parameter);
}

/* AMD's IOMMU needs no parameter; Intel's is off in some kernels until it is asked for. */
static void add_iommu(struct oriel_bind_plan *plan)
{
	g_auto(GStrv) units = oriel_host_list(plan->host, "/sys/class/iommu");
	struct oriel_machine_cpu cpu;

	oriel_machine_read_cpu(plan->host, &cpu);
	if (!*units && !g_strcmp0(cpu.vendor, VENDOR_INTEL))
		add_parameter(plan, g_strdup("intel_iommu=on"));
	oriel_machine_finish_cpu(&cpu);
}

static void add_parameters(struct oriel_bind_plan *plan)
{
	add_iommu(plan);
	if (!plan->by_address && (plan->is_builtin || plan->is_gated)) {
		g_autofree char *ids = oriel_bind_modprobe_list_ids(plan);

		add_parameter(plan, g_strconcat("vfio-pci.ids=", ids, NULL));
	}
	if (plan->by_address && plan->is_gated)
		add_parameter(plan, g_strdup(ORIEL_BIND_GATE));
	if (plan->initramfs == ORIEL_INITRAMFS_DRACUT && !plan->is_builtin)
		add_parameter(plan, g_strdup("rd.driver.pre=vfio-pci"));
}

/* ---- the plan ------------------------------------------------------------------------------- */

static void free_words(void *words)
{
	g_strfreev(words);
}

static struct oriel_bind_plan *create_empty(const struct oriel_host *host)
{
	struct oriel_bind_plan *plan = g_new0(struct oriel_bind_plan, 1);

	plan->host = host;
	plan->changes = g_ptr_array_new_with_free_func(free_change);
	plan->commands = g_ptr_array_new_with_free_func(free_words);
	plan->undo_commands = g_ptr_array_new_with_free_func(free_words);
	plan->notes = g_ptr_array_new_with_free_func(g_free);
	plan->devices = g_array_new(FALSE, FALSE, sizeof(struct oriel_record_device));
	plan->parameters = g_ptr_array_new_with_free_func(g_free);
	return plan;
}

void oriel_bind_plan_free(struct oriel_bind_plan *plan)
{
	if (!plan)
		return;
	g_ptr_array_unref(plan->parameters);
	g_array_unref(plan->devices);
	g_ptr_array_unref(plan->notes);
	g_ptr_array_unref(plan->undo_commands);
	g_ptr_array_unref(plan->commands);
	g_ptr_array_unref(plan->changes);
	g_free(plan);
}

/* The rescue entry comes first: it must be there before anything could need it. */
static gboolean fill(struct oriel_bind_plan *plan, GError **error)
{
	const struct oriel_bind_loader_ops *loader = oriel_bind_loader_find(plan->loader);
	const struct oriel_bind_initramfs_ops *initramfs =
		oriel_bind_initramfs_find(plan->initramfs);

	if (!loader->add_rescue(plan, error) || !oriel_bind_modprobe_add(plan, error))
		return FALSE;
	if (!plan->is_builtin && !initramfs->add_modules(plan, error))
		return FALSE;
	add_parameters(plan);
	if (initramfs->rebuild && plan->loader != ORIEL_BOOT_OSTREE) {
		oriel_bind_plan_run(plan, initramfs->rebuild);
		oriel_bind_plan_run_on_undo(plan, initramfs->rebuild);
	}
	return loader->add_parameters(plan, error);
}

struct oriel_bind_plan *oriel_bind_plan_create(const struct oriel_host *host,
	const GPtrArray *devices, const struct oriel_gpu *gpu, GError **error)
{
	struct oriel_bind_plan *plan = create_empty(host);
	enum oriel_machine_module module = oriel_machine_find_module(host, "vfio-pci");

	plan->loader = oriel_machine_find_boot_loader(host);
	plan->initramfs = oriel_machine_find_initramfs(host);
	plan->is_builtin = module == ORIEL_MODULE_BUILTIN;
	add_devices(plan, devices, gpu);
	/* Where the rescue entry cannot switch it off, each start has to ask for it. */
	plan->is_gated = plan->loader == ORIEL_BOOT_UKI || (plan->by_address && plan->is_builtin);
	if (module == ORIEL_MODULE_ABSENT)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			"this system's kernel has no vfio-pci, so nothing can be bound to it: "
			"install the full kernel package first (linux-image-amd64, "
			"kernel-modules-extra)");
	else if (fill(plan, error))
		return plan;
	oriel_bind_plan_free(plan);
	return NULL;
}
