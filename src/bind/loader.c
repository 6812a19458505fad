/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/loader.h"

static const struct oriel_bind_loader_ops *const loaders[] = {
	&oriel_bind_loader_grub,
	&oriel_bind_loader_systemd,
	&oriel_bind_loader_kernelstub,
	&oriel_bind_loader_refind,
	&oriel_bind_loader_limine,
	&oriel_bind_loader_uki,
	&oriel_bind_loader_ostree,
};

const struct oriel_bind_loader_ops *oriel_bind_loader_find(enum oriel_machine_boot_loader loader)
{
	for (guint i = 0; i < G_N_ELEMENTS(loaders); i++)
		if (loaders[i]->loader == loader)
			return loaders[i];
	return &oriel_bind_loader_none;
}

/* ---- none ----------------------------------------------------------------------------------- */

static gboolean add_no_rescue(struct oriel_bind_plan *plan, GError **error)
{
	oriel_bind_plan_note(plan,
		"this system's boot loader is not known, so no rescue entry is made: know how to "
		"add '" ORIEL_BIND_RESCUE_PARAMETER "' to the kernel's parameters by hand before "
		"you apply this");
	return TRUE;
}

static gboolean add_no_parameters(struct oriel_bind_plan *plan, GError **error)
{
	g_autofree char *words = NULL;

	g_ptr_array_add(plan->parameters, NULL);
	words = g_strjoinv(" ", (char **)plan->parameters->pdata);
	g_ptr_array_set_size(plan->parameters, (gint)plan->parameters->len - 1);
	if (*words)
		oriel_bind_plan_note(
			plan, "add to the kernel's parameters in your boot loader: %s", words);
	return TRUE;
}

const struct oriel_bind_loader_ops oriel_bind_loader_none = {
	ORIEL_BOOT_UNKNOWN, add_no_rescue, add_no_parameters};
