/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/domain.h"

#include <string.h>

static void free_file(void *data)
{
	struct oriel_domain_file *file = data;

	g_free(file->path);
	g_free(file);
}

static void free_flaw(void *data)
{
	struct oriel_domain_flaw *flaw = data;

	g_free(flaw->what);
	g_free(flaw->remedy);
	g_free(flaw);
}

static void free_guest_device(void *data)
{
	struct oriel_domain_guest_device *device = data;

	g_free(device->class_name);
	g_free(device->id);
	g_free(device->name);
	g_free(device);
}

struct oriel_domain *oriel_domain_create(const char *name)
{
	struct oriel_domain *domain = g_new0(struct oriel_domain, 1);

	domain->name = g_strdup(name);
	domain->files = g_ptr_array_new_with_free_func(free_file);
	domain->pci = g_array_new(FALSE, FALSE, sizeof(struct oriel_domain_pci));
	domain->usb = g_array_new(FALSE, FALSE, sizeof(struct oriel_domain_usb));
	domain->relays = g_ptr_array_new_with_free_func(g_free);
	domain->flaws = g_ptr_array_new_with_free_func(free_flaw);
	return domain;
}

void oriel_domain_free(struct oriel_domain *domain)
{
	if (!domain)
		return;
	if (domain->guest_devices)
		g_ptr_array_unref(domain->guest_devices);
	g_ptr_array_unref(domain->flaws);
	g_ptr_array_unref(domain->relays);
	g_array_unref(domain->usb);
	g_array_unref(domain->pci);
	g_ptr_array_unref(domain->files);
	g_free(domain->name);
	g_free(domain);
}

void oriel_domain_add_file(struct oriel_domain *domain, enum oriel_domain_file_kind kind,
	const char *path, gboolean is_shared)
{
	struct oriel_domain_file *file = g_new0(struct oriel_domain_file, 1);

	file->path = g_strdup(path);
	file->kind = kind;
	file->is_shared = is_shared;
	g_ptr_array_add(domain->files, file);
}

void oriel_domain_begin_guest_devices(struct oriel_domain *domain)
{
	g_return_if_fail(!domain->guest_devices);
	domain->guest_devices = g_ptr_array_new_with_free_func(free_guest_device);
}

void oriel_domain_add_guest_device(struct oriel_domain *domain, guint problem,
	const char *class_name, const char *id, const char *name)
{
	struct oriel_domain_guest_device *device = g_new0(struct oriel_domain_guest_device, 1);

	*device = (struct oriel_domain_guest_device){
		g_strdup(class_name), g_strdup(id), g_strdup(name), problem};
	g_ptr_array_add(domain->guest_devices, device);
}

void oriel_domain_add_flaw(
	struct oriel_domain *domain, gboolean is_serious, const char *what, const char *remedy)
{
	struct oriel_domain_flaw *flaw = g_new0(struct oriel_domain_flaw, 1);

	flaw->what = g_strdup(what);
	flaw->remedy = g_strdup(remedy);
	flaw->is_serious = is_serious;
	g_ptr_array_add(domain->flaws, flaw);
}

static void free_domain(void *data)
{
	oriel_domain_free(data);
}

GPtrArray *oriel_domain_list_create(void)
{
	return g_ptr_array_new_with_free_func(free_domain);
}

const struct oriel_domain *oriel_domain_list_find(const GPtrArray *domains, const char *name)
{
	for (guint i = 0; i < domains->len; i++) {
		const struct oriel_domain *domain = g_ptr_array_index(domains, i);

		if (!strcmp(domain->name, name))
			return domain;
	}
	return NULL;
}
