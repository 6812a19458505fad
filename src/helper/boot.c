/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper/boot.h"

#include "bind/consent.h"

#include <gio/gio.h>
#include <string.h>

/* What the helper sees of this machine. */
struct view {
	const struct oriel_host *host;
	GPtrArray *devices, *gpus;
};

static gboolean check_consent(const struct view *view, const struct oriel_gpu *gpu,
	const struct oriel_helper_boot_request *request, GError **error)
{
	g_autoptr(GPtrArray) objections =
		oriel_gpu_list_objections(view->host, view->devices, view->gpus, gpu);

	if (!objections->len || !strcmp(request->confirm, gpu->device->name))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
		"nothing was changed: %s; --confirm %s does it all the same",
		(const char *)g_ptr_array_index(objections, 0), gpu->device->name);
	return FALSE;
}

/* A file may have changed since, and some are for root's eyes only. */
static gboolean check_digest(const struct oriel_bind_plan *plan, const char *shown, GError **error)
{
	g_autofree char *digest = oriel_bind_consent_get_digest(plan);

	if (!strcmp(digest, shown))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
		"nothing was changed: what would be done is not what was shown, because a file "
		"changed meanwhile or only root can read it; look again with 'oriel vfio plan', or "
		"with 'sudo oriel vfio plan' and then 'sudo oriel vfio apply'");
	return FALSE;
}

static gboolean apply_to(const struct view *view, const struct oriel_bind_runner *runner,
	const struct oriel_helper_boot_request *request, const struct oriel_gpu *gpu,
	GError **error)
{
	struct oriel_bind_plan *plan =
		oriel_bind_plan_create(view->host, view->devices, gpu, error);
	gboolean ok = plan && check_consent(view, gpu, request, error) &&
		      check_digest(plan, request->digest, error) &&
		      oriel_bind_perform(plan, runner, error);

	oriel_bind_plan_free(plan);
	return ok;
}

gboolean oriel_helper_boot_apply(const struct oriel_host *host,
	const struct oriel_bind_runner *runner, const struct oriel_helper_boot_request *request,
	GError **error)
{
	g_autoptr(GPtrArray) devices = oriel_pci_list(host);
	g_autoptr(GPtrArray) gpus = oriel_gpu_list(host, devices);
	const struct view view = {host, devices, gpus};
	const struct oriel_gpu *gpu = oriel_gpu_find(gpus, &request->address);
	gboolean repaired;

	if (!gpu) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"that is no display device of this machine: 'oriel gpu list' shows those "
			"there are");
		return FALSE;
	}
	return oriel_bind_repair(host, &repaired, error) &&
	       apply_to(&view, runner, request, gpu, error);
}
