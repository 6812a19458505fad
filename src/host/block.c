/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/block.h"

char *oriel_block_find_device(const struct oriel_host *host, const char *path)
{
	g_autofree char *name = oriel_host_read_link(host, "%s", path);

	if (!name)
		name = g_path_get_basename(path);
	return oriel_host_exists(host, "/sys/class/block/%s", name) ? g_steal_pointer(&name) : NULL;
}

/* The device itself and its partitions. */
static GPtrArray *list_parts(const struct oriel_host *host, const char *device)
{
	GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) names = oriel_host_list(host, "/sys/class/block/%s", device);

	g_ptr_array_add(parts, g_strdup(device));
	for (char **name = names; *name; name++)
		if (oriel_host_exists(host, "/sys/class/block/%s/%s/partition", device, *name))
			g_ptr_array_add(parts, g_strdup(*name));
	return parts;
}

/* Whether a word of the table's lines is /dev/part: a source of mounts, or an entry of swaps. */
static gboolean is_named_in(const struct oriel_host *host, const char *table, const char *part)
{
	g_autofree char *text = oriel_host_read(host, "%s", table);
	g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t\n", -1);
	g_autofree char *node = g_strconcat("/dev/", part, NULL);

	return g_strv_contains((const char *const *)words, node);
}

/* What the host does with that part; NULL: nothing that is known. */
static char *find_use(const struct oriel_host *host, const char *part)
{
	static const struct {
		const char *table, *use;
	} tables[] = {{"/proc/self/mountinfo", "is mounted"}, {"/proc/swaps", "is swap"},
		{"/etc/fstab", "stands in /etc/fstab"}};
	g_auto(GStrv) holders = oriel_host_list(host, "/sys/class/block/%s/holders", part);

	for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
		if (is_named_in(host, tables[i].table, part))
			return g_strdup_printf("/dev/%s %s", part, tables[i].use);
	if (*holders)
		return g_strdup_printf(
			"/dev/%s is part of %s (LVM, RAID or encryption)", part, *holders);
	return NULL;
}

char *oriel_block_find_use(const struct oriel_host *host, const char *device)
{
	g_autoptr(GPtrArray) parts = list_parts(host, device);
	char *use = NULL;

	for (guint i = 0; i < parts->len && !use; i++)
		use = find_use(host, g_ptr_array_index(parts, i));
	return use;
}

/* The disk of a passed-through NVMe controller: nvme/nvme0/nvme0n1 below the PCI device. */
char *oriel_block_find_use_of_pci(
	const struct oriel_host *host, const struct oriel_pci_address *address)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	g_auto(GStrv) controllers = oriel_host_list(
		host, "/sys/bus/pci/devices/%s/nvme", oriel_pci_address_format(address, name));
	char *use = NULL;

	for (char **controller = controllers; *controller && !use; controller++) {
		g_auto(GStrv) disks =
			oriel_host_list(host, "/sys/bus/pci/devices/%s/nvme/%s", name, *controller);

		for (char **disk = disks; *disk && !use; disk++)
			if (oriel_host_exists(host, "/sys/class/block/%s", *disk))
				use = oriel_block_find_use(host, *disk);
	}
	return use;
}
