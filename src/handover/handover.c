/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover/handover.h"

#include "handover/journal.h"
#include "handover/reservation.h"
#include "handover/services.h"
#include "host/holders.h"

#include <gio/gio.h>
#include <string.h>

#define VFIO_DRIVER "vfio-pci"
#define VFIO_MODULE "vfio_pci"
/* Between two looks: a widget that opens the card for half of the time is seen without it soon. */
#define LOOK_MS 20
/* A computer so busy that a look takes long looks as often all the same. */
#define LOOKS_MIN 10
/* A driver that was loaded needs a moment to take its card. */
#define HOME_PATIENCE_MS 5000

/* What one hand-over works with. */
struct work {
	const struct oriel_kernel *kernel;
	const struct oriel_host *host;
	GPtrArray *devices;
	GPtrArray *gpus;
	const struct oriel_gpu *gpu;
	struct oriel_handover_journal *journal;
};

static const struct oriel_kernel_ops *ops_of(const struct work *work)
{
	return work->kernel->ops;
}

static gint64 get_time_ms(const struct work *work)
{
	return ops_of(work)->get_time_ms(work->kernel->data);
}

static void work_init(
	struct work *work, const struct oriel_kernel *kernel, const struct oriel_host *host)
{
	*work = (struct work){.kernel = kernel, .host = host};
	work->devices = oriel_pci_list(host);
	work->gpus = oriel_gpu_list(host, work->devices);
}

static void work_finish(struct work *work)
{
	oriel_handover_journal_free(work->journal);
	g_ptr_array_unref(work->gpus);
	g_ptr_array_unref(work->devices);
}

/* The driver as it is now, not as it was when the facts were read. Free with g_free(). */
static char *read_driver(const struct oriel_host *host, const struct oriel_pci_address *address)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];

	return oriel_host_read_link(
		host, "/sys/bus/pci/devices/%s/driver", oriel_pci_address_format(address, name));
}

static gboolean note(struct work *work, const char *word, const struct oriel_pci_address *address,
	GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];

	return oriel_handover_journal_step(
		work->journal, work->host, word, oriel_pci_address_format(address, name), error);
}

/* ---- may it be done at all ------------------------------------------------------------------ */

static gboolean check_confirmed(
	const struct work *work, const struct oriel_handover_request *request, GError **error)
{
	g_autoptr(GPtrArray) objections =
		oriel_gpu_list_objections(work->host, work->devices, work->gpus, work->gpu);
	const char *name = work->gpu->device->name;
	g_autofree char *all = NULL;

	if (!objections->len || !g_strcmp0(request->confirm, name))
		return TRUE;
	g_ptr_array_add(objections, NULL);
	all = g_strjoinv("; ", (char **)objections->pdata);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
		"%s is not handed over: %s. To do it all the same, type its address: --confirm %s",
		name, all, name);
	return FALSE;
}

static gboolean check_group(const struct work *work, GError **error)
{
	if (work->gpu->device->iommu_group != ORIEL_PCI_UNKNOWN)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		"%s is in no IOMMU group, so no guest can have it: 'oriel check iommu.kernel' says "
		"what to do",
		work->gpu->device->name);
	return FALSE;
}

static gboolean check_reserved(
	const struct work *work, const struct oriel_handover_request *request, GError **error)
{
	g_autofree char *holder = oriel_reservation_find(work->host, &work->gpu->device->address);

	if (!holder || !g_strcmp0(holder, request->vm))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
		"%s is kept for '%s': 'oriel gpu reserve %s --none' gives it free",
		work->gpu->device->name, holder, work->gpu->device->name);
	return FALSE;
}

/* Drivers that let go of a device when they are told to, without the whole machine hanging.
 * NVIDIA's own does not: its modules are unloaded, which the kernel refuses while they are used. */
static const char *const unbindable[] = {"amdgpu", "radeon", "i915", "xe", "nouveau", "nova_core",
	"ast", "bochs-drm", "cirrus", "qxl", "virtio-pci", "snd_hda_intel", "xhci_hcd", "xhci_pci",
	"i2c-designware-pci", "nvidia-gpu", "i2c_nvidia_gpu", VFIO_DRIVER, NULL};
static const char nvidia[] = "nvidia";

static gboolean check_drivers(const struct work *work, GError **error)
{
	for (guint i = 0; i < work->gpu->functions->len; i++) {
		const struct oriel_pci_device *function =
			g_ptr_array_index(work->gpu->functions, i);

		if (!function->driver || oriel_pci_is_bridge(function) ||
			!strcmp(function->driver, nvidia) ||
			g_strv_contains(unbindable, function->driver))
			continue;
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			"%s is driven by %s, and it is not known whether that lets go of a card "
			"safely while the computer runs: bind it from the start on ('oriel vfio "
			"plan %s')",
			function->name, function->driver, work->gpu->device->name);
		return FALSE;
	}
	return TRUE;
}

/* ---- home ----------------------------------------------------------------------------------- */

static gboolean is_home(
	const struct oriel_host *host, const struct oriel_handover_function *function)
{
	g_autofree char *driver = read_driver(host, &function->address);

	return !g_strcmp0(driver, function->home);
}

/* One that was pulled out, or fell off the bus, has nothing to be given back. */
static gboolean is_gone(
	const struct oriel_host *host, const struct oriel_handover_function *function)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];

	return !oriel_host_exists(host, "/sys/bus/pci/devices/%s",
		oriel_pci_address_format(&function->address, name));
}

/* The override aims at the home driver, so that no other one can come between. */
static gboolean let_go(
	const struct work *work, const struct oriel_handover_function *function, GError **error)
{
	if (is_gone(work->host, function))
		return TRUE;
	if (!ops_of(work)->set_override(
		    work->kernel->data, &function->address, function->home, error))
		return FALSE;
	return is_home(work->host, function) ||
	       ops_of(work)->unbind(work->kernel->data, &function->address, error);
}

/* Waits until it has its driver. */
static gboolean come_home(
	const struct work *work, const struct oriel_handover_function *function, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	g_autofree char *driver = NULL;
	gint64 end_ms;

	if (is_gone(work->host, function))
		return TRUE;
	if (!is_home(work->host, function) &&
		!ops_of(work)->probe(work->kernel->data, &function->address, error))
		return FALSE;
	end_ms = get_time_ms(work) + HOME_PATIENCE_MS;
	while (!is_home(work->host, function) && get_time_ms(work) < end_ms)
		ops_of(work)->pause(work->kernel->data, LOOK_MS);
	if (is_home(work->host, function))
		return ops_of(work)->set_override(
			work->kernel->data, &function->address, function->override, error);
	driver = read_driver(work->host, &function->address);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
		"%s did not get its driver %s back, it has %s: reboot, which gives every card its "
		"own driver",
		oriel_pci_address_format(&function->address, name),
		function->home ? function->home : "(none)", driver ? driver : "none");
	return FALSE;
}

static const struct oriel_handover_function *get_function(const struct work *work, guint index)
{
	return g_ptr_array_index(work->journal->functions, index);
}

/* From whatever step it was interrupted at: everything here may be done twice. The order of going
 * is turned round. */
static gboolean go_home(const struct work *work, GError **error)
{
	const struct oriel_handover_journal *journal = work->journal;
	gboolean ok = TRUE;

	for (guint i = journal->functions->len; i > 0 && ok; i--)
		ok = let_go(work, get_function(work, i - 1), error);
	for (guint i = journal->modules->len; i > 0 && ok; i--)
		ok = ops_of(work)->load_module(
			work->kernel->data, g_ptr_array_index(journal->modules, i - 1), error);
	for (guint i = 0; i < journal->functions->len && ok; i++)
		ok = come_home(work, get_function(work, i), error);
	/* A service that does not come back is no reason to keep the card away. */
	for (guint i = journal->services->len; i > 0 && ok; i--)
		ops_of(work)->start_service(
			work->kernel->data, g_ptr_array_index(journal->services, i - 1), NULL);
	return ok && oriel_handover_journal_remove(journal, work->host, error);
}

/* ---- who has it open ------------------------------------------------------------------------ */

/* "1234 Xorg (/dev/dri/card1), 99 nvtop (…)": the first few. */
static char *describe(const struct oriel_holders *holders)
{
	enum { SHOWN = 4 };
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < MIN(holders->list->len, SHOWN); i++) {
		const struct oriel_holder *holder = g_ptr_array_index(holders->list, i);

		g_string_append_printf(text, "%s%d %s (%s)", i ? ", " : "", holder->pid,
			holder->command, holder->node);
	}
	if (holders->list->len > SHOWN)
		g_string_append_printf(text, " and %u more", holders->list->len - SHOWN);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* A service among them that could be stopped; NULL: none. */
static const struct oriel_service *find_service(const struct oriel_holders *holders)
{
	const struct oriel_service *service = NULL;

	for (guint i = 0; i < holders->list->len && !service; i++) {
		const struct oriel_holder *holder = g_ptr_array_index(holders->list, i);

		service = oriel_services_find_by_command(holder->command);
	}
	return service;
}

static gboolean may_stop(
	const struct oriel_handover_request *request, const struct oriel_service *service)
{
	return request->services && g_strv_contains(request->services, service->unit);
}

/* Stops one that the user allowed, if one of them has the card; ret_stopped: did so. */
static gboolean stop_allowed(struct work *work, const struct oriel_handover_request *request,
	const struct oriel_holders *holders, gboolean *ret_stopped, GError **error)
{
	const struct oriel_service *service = find_service(holders);

	*ret_stopped = FALSE;
	if (!service || !may_stop(request, service) ||
		g_ptr_array_find_with_equal_func(
			work->journal->services, service->unit, g_str_equal, NULL))
		return TRUE;
	*ret_stopped = TRUE;
	return oriel_handover_journal_step(
		       work->journal, work->host, "service", service->unit, error) &&
	       ops_of(work)->stop_service(work->kernel->data, service->unit, error);
}

static void set_busy(const struct work *work, const struct oriel_holders *holders, GError **error)
{
	const struct oriel_service *service = find_service(holders);
	g_autofree char *who = describe(holders);

	g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
		"%s is in use, and taking it away could hang the computer: %s. Close them%s%s, or "
		"set them to the other GPU",
		work->gpu->device->name, who, service ? ", or allow it with --stop-service " : "",
		service ? service->unit : "");
}

/* Waits for a moment in which nobody has it open: a widget that looks in passes, one that stays
 * refuses. */
static gboolean wait_until_free(
	struct work *work, const struct oriel_handover_request *request, GError **error)
{
	g_autoptr(GPtrArray) nodes = oriel_holders_list_nodes(work->host, work->gpu);
	gint64 end_ms = get_time_ms(work) + ORIEL_HANDOVER_PATIENCE_MS;

	for (guint looks = 1;; looks++) {
		struct oriel_holders *holders = oriel_holders_scan(work->host, nodes);
		gboolean is_free = holders->list->len == 0;
		gboolean stopped, ok = TRUE;

		if (!is_free)
			ok = stop_allowed(work, request, holders, &stopped, error);
		if (ok && !is_free && looks >= LOOKS_MIN && get_time_ms(work) >= end_ms) {
			set_busy(work, holders, error);
			ok = FALSE;
		}
		oriel_holders_free(holders);
		if (is_free || !ok)
			return ok;
		ops_of(work)->pause(work->kernel->data, LOOK_MS);
	}
}

/* ---- going ---------------------------------------------------------------------------------- */

static gboolean begin(struct work *work, GError **error)
{
	work->journal = oriel_handover_journal_create(&work->gpu->device->address);
	for (guint i = 0; i < work->gpu->functions->len; i++) {
		const struct oriel_pci_device *function =
			g_ptr_array_index(work->gpu->functions, i);

		if (!oriel_pci_is_bridge(function))
			oriel_handover_journal_add_function(work->journal, &function->address,
				function->driver, function->driver_override);
	}
	return oriel_handover_journal_begin(work->journal, work->host, error);
}

static gboolean aim_at_vfio(struct work *work, GError **error)
{
	for (guint i = 0; i < work->journal->functions->len; i++) {
		const struct oriel_handover_function *function = get_function(work, i);

		if (!note(work, "override", &function->address, error) ||
			!ops_of(work)->set_override(
				work->kernel->data, &function->address, VFIO_DRIVER, error))
			return FALSE;
	}
	return TRUE;
}

/* The kernel refuses to unload what is used: nothing can hang here. Outer ones first. */
static gboolean unload_nvidia(struct work *work, GError **error)
{
	static const char *const modules[] = {
		"nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia"};

	for (guint i = 0; i < G_N_ELEMENTS(modules); i++) {
		if (!oriel_host_exists(work->host, "/sys/module/%s", modules[i]))
			continue;
		if (!oriel_handover_journal_step(
			    work->journal, work->host, "module", modules[i], error) ||
			!ops_of(work)->unload_module(work->kernel->data, modules[i], error))
			return FALSE;
	}
	return TRUE;
}

static gboolean free_function(
	struct work *work, const struct oriel_handover_function *function, GError **error)
{
	if (!function->home || !strcmp(function->home, VFIO_DRIVER) ||
		!strcmp(function->home, nvidia))
		return TRUE;
	return note(work, "unbind", &function->address, error) &&
	       ops_of(work)->unbind(work->kernel->data, &function->address, error);
}

static gboolean take_drivers_away(struct work *work, GError **error)
{
	gboolean has_nvidia = FALSE;

	for (guint i = 0; i < work->journal->functions->len; i++)
		has_nvidia |= !g_strcmp0(get_function(work, i)->home, nvidia);
	if (has_nvidia && !unload_nvidia(work, error))
		return FALSE;
	for (guint i = 0; i < work->journal->functions->len; i++)
		if (!free_function(work, get_function(work, i), error))
			return FALSE;
	return TRUE;
}

static gboolean bind_function(
	struct work *work, const struct oriel_handover_function *function, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	g_autofree char *before = read_driver(work->host, &function->address);
	g_autofree char *driver = NULL;

	if (!note(work, "probe", &function->address, error))
		return FALSE;
	if (g_strcmp0(before, VFIO_DRIVER) &&
		!ops_of(work)->probe(work->kernel->data, &function->address, error))
		return FALSE;
	driver = read_driver(work->host, &function->address);
	if (!g_strcmp0(driver, VFIO_DRIVER))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
		"%s was not taken by vfio-pci, it has %s: the kernel's log says why ('dmesg')",
		oriel_pci_address_format(&function->address, name), driver ? driver : "no driver");
	return FALSE;
}

static gboolean bind_functions(struct work *work, GError **error)
{
	for (guint i = 0; i < work->journal->functions->len; i++)
		if (!bind_function(work, get_function(work, i), error))
			return FALSE;
	return oriel_handover_journal_set_bound(work->journal, work->host, error);
}

static gboolean go(struct work *work, const struct oriel_handover_request *request, GError **error)
{
	return aim_at_vfio(work, error) && wait_until_free(work, request, error) &&
	       ops_of(work)->load_module(work->kernel->data, VFIO_MODULE, error) &&
	       take_drivers_away(work, error) && bind_functions(work, error);
}

/* Whatever fails, it goes home. */
static gboolean go_or_return(
	struct work *work, const struct oriel_handover_request *request, GError **error)
{
	g_autoptr(GError) second = NULL;

	if (go(work, request, error))
		return TRUE;
	if (!go_home(work, &second))
		g_prefix_error(error, "the card could not be taken home (%s); what came before: ",
			second->message);
	return FALSE;
}

/* ---- doors ---------------------------------------------------------------------------------- */

static gboolean find_gpu(struct work *work, const struct oriel_pci_address *address, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];

	work->gpu = oriel_gpu_find(work->gpus, address);
	if (work->gpu)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"%s is no display device of this machine: 'oriel gpu list' shows those there are",
		oriel_pci_address_format(address, name));
	return FALSE;
}

static gboolean bind_fresh(
	struct work *work, const struct oriel_handover_request *request, GError **error)
{
	return check_group(work, error) && check_reserved(work, request, error) &&
	       check_confirmed(work, request, error) && check_drivers(work, error) &&
	       begin(work, error) && go_or_return(work, request, error);
}

gboolean oriel_handover_bind(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const struct oriel_handover_request *request, GError **error)
{
	g_autoptr(GError) failure = NULL;
	struct work work;
	guint repaired;
	gboolean ok;

	if (!oriel_handover_repair(kernel, host, &repaired, error))
		return FALSE;
	work_init(&work, kernel, host);
	ok = find_gpu(&work, &request->address, error);
	if (ok)
		work.journal =
			oriel_handover_journal_load(host, &work.gpu->device->address, &failure);
	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		ok = FALSE;
	} else if (ok && !work.journal) {
		ok = bind_fresh(&work, request, error);
	} else if (ok) {
		ok = check_reserved(&work, request, error);
	}
	work_finish(&work);
	return ok;
}

/* A machine that runs has the group's node open; unbinding would wait for its end. */
static gboolean check_unused(const struct work *work, GError **error)
{
	g_autoptr(GPtrArray) nodes = g_ptr_array_new_with_free_func(g_free);
	struct oriel_holders *holders;
	g_autofree char *who = NULL;

	if (!work->gpu || work->gpu->device->iommu_group == ORIEL_PCI_UNKNOWN)
		return TRUE;
	g_ptr_array_add(nodes, g_strdup_printf("/dev/vfio/%d", work->gpu->device->iommu_group));
	holders = oriel_holders_scan(work->host, nodes);
	if (holders->list->len)
		who = describe(holders);
	oriel_holders_free(holders);
	if (!who)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
		"%s still belongs to a running machine: %s. Stop it first ('oriel vm stop')",
		work->gpu->device->name, who);
	return FALSE;
}

static gboolean release(struct work *work, const struct oriel_pci_address *address, GError **error)
{
	struct oriel_pci_address first = *address;
	g_autoptr(GError) failure = NULL;
	char name[ORIEL_PCI_ADDRESS_BYTES];

	work->gpu = oriel_gpu_find(work->gpus, address);
	if (work->gpu)
		first = work->gpu->device->address;
	work->journal = oriel_handover_journal_load(work->host, &first, &failure);
	if (work->journal)
		return check_unused(work, error) && go_home(work, error);
	if (failure)
		g_propagate_error(error, g_steal_pointer(&failure));
	else
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"%s was not handed over by Oriel, so it is not known which driver is its "
			"own; one that is bound at the start is taken back by 'oriel vfio undo' "
			"and "
			"a reboot",
			oriel_pci_address_format(&first, name));
	return FALSE;
}

gboolean oriel_handover_release(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const struct oriel_pci_address *address, GError **error)
{
	struct work work;
	gboolean ok;

	work_init(&work, kernel, host);
	ok = release(&work, address, error);
	work_finish(&work);
	return ok;
}

static gboolean repair_one(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const struct oriel_pci_address *address, guint *ret_count, GError **error)
{
	struct work work;
	g_autoptr(GError) failure = NULL;
	gboolean ok = TRUE;

	work_init(&work, kernel, host);
	work.gpu = oriel_gpu_find(work.gpus, address);
	work.journal = oriel_handover_journal_load(host, address, &failure);
	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		ok = FALSE;
	} else if (work.journal && !work.journal->is_bound) {
		ok = go_home(&work, error);
		*ret_count += ok;
	}
	work_finish(&work);
	return ok;
}

gboolean oriel_handover_repair(const struct oriel_kernel *kernel, const struct oriel_host *host,
	guint *ret_count, GError **error)
{
	g_autoptr(GArray) addresses = oriel_handover_journal_list(host);
	g_autoptr(GError) first = NULL;

	*ret_count = 0;
	oriel_handover_journal_clear(host);
	for (guint i = 0; i < addresses->len; i++) {
		const struct oriel_pci_address *address =
			&g_array_index(addresses, struct oriel_pci_address, i);

		repair_one(kernel, host, address, ret_count, first ? NULL : &first);
	}
	if (!first)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&first));
	return FALSE;
}
