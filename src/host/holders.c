/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/holders.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#define VENDOR_NVIDIA 0x10de
#define VENDOR_AMD 0x1002

static void free_holder(void *data)
{
	struct oriel_holder *holder = data;

	g_free(holder->command);
	g_free(holder->node);
	g_free(holder);
}

void oriel_holders_free(struct oriel_holders *holders)
{
	if (!holders)
		return;
	g_ptr_array_unref(holders->list);
	g_free(holders);
}

/* Sound card of one function: …/sound/card1 -> /dev/snd/controlC1, /dev/snd/pcmC1… */
static void add_sound_nodes(
	const struct oriel_host *host, const struct oriel_pci_device *function, GPtrArray *nodes)
{
	g_auto(GStrv) cards =
		oriel_host_list(host, "/sys/bus/pci/devices/%s/sound", function->name);

	for (char **card = cards; *card; card++) {
		const char *number = *card + strlen("card");

		if (!g_str_has_prefix(*card, "card"))
			continue;
		g_ptr_array_add(nodes, g_strdup_printf("/dev/snd/controlC%s", number));
		g_ptr_array_add(nodes, g_strdup_printf("/dev/snd/pcmC%sD*", number));
		g_ptr_array_add(nodes, g_strdup_printf("/dev/snd/hwC%sD*", number));
	}
}

GPtrArray *oriel_holders_list_nodes(const struct oriel_host *host, const struct oriel_gpu *gpu)
{
	GPtrArray *nodes = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < gpu->nodes->len; i++)
		g_ptr_array_add(nodes, g_strdup(g_ptr_array_index(gpu->nodes, i)));
	/* The vendors' own nodes are not per device: any holder of them may hold this one. */
	if (gpu->device->vendor == VENDOR_NVIDIA)
		g_ptr_array_add(nodes, g_strdup("/dev/nvidia*"));
	if (gpu->device->vendor == VENDOR_AMD)
		g_ptr_array_add(nodes, g_strdup("/dev/kfd"));
	if (gpu->device->iommu_group != ORIEL_PCI_UNKNOWN)
		g_ptr_array_add(nodes, g_strdup_printf("/dev/vfio/%d", gpu->device->iommu_group));
	for (guint i = 0; i < gpu->functions->len; i++)
		add_sound_nodes(host, g_ptr_array_index(gpu->functions, i), nodes);
	return nodes;
}

static gboolean is_node(const GPtrArray *nodes, const char *path)
{
	for (guint i = 0; i < nodes->len; i++) {
		const char *node = g_ptr_array_index(nodes, i);
		size_t length = strlen(node);

		if (length && node[length - 1] == '*' ? !strncmp(node, path, length - 1)
						      : !strcmp(node, path))
			return TRUE;
	}
	return FALSE;
}

static void add_holder(
	const struct oriel_host *host, struct oriel_holders *holders, int pid, const char *node)
{
	struct oriel_holder *holder;

	for (guint i = holders->list->len; i > 0; i--) {
		holder = g_ptr_array_index(holders->list, i - 1);
		if (holder->pid != pid)
			break;
		if (!strcmp(holder->node, node))
			return;
	}
	holder = g_new0(struct oriel_holder, 1);
	holder->pid = pid;
	holder->command = oriel_host_read(host, "/proc/%d/comm", pid);
	if (!holder->command)
		holder->command = g_strdup("?");
	holder->node = g_strdup(node);
	g_ptr_array_add(holders->list, holder);
}

/* FALSE when the process may not be looked into. One that ended meanwhile holds nothing. */
static gboolean scan_descriptors(const struct oriel_host *host, const GPtrArray *nodes, int pid,
	struct oriel_holders *holders)
{
	g_autofree char *path = oriel_host_get_path(host, "/proc/%d/fd", pid);
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return errno != EACCES && errno != EPERM;
	while ((entry = readdir(dir))) {
		g_autofree char *link = g_build_filename(path, entry->d_name, NULL);
		g_autofree char *target = g_file_read_link(link, NULL);

		if (target && is_node(nodes, target))
			add_holder(host, holders, pid, target);
	}
	closedir(dir);
	return TRUE;
}

static void scan_maps(const struct oriel_host *host, const GPtrArray *nodes, int pid,
	struct oriel_holders *holders)
{
	g_autofree char *maps = oriel_host_read(host, "/proc/%d/maps", pid);
	g_auto(GStrv) lines = maps ? g_strsplit(maps, "\n", -1) : NULL;

	for (char **line = lines; line && *line; line++) {
		const char *path = strchr(*line, '/');

		if (path && is_node(nodes, path))
			add_holder(host, holders, pid, path);
	}
}

static int compare_holders(const void *a, const void *b)
{
	const struct oriel_holder *const *left = a, *const *right = b;

	return (*left)->pid - (*right)->pid;
}

struct oriel_holders *oriel_holders_scan(const struct oriel_host *host, const GPtrArray *nodes)
{
	struct oriel_holders *holders = g_new0(struct oriel_holders, 1);
	g_auto(GStrv) names = oriel_host_list(host, "/proc");

	holders->list = g_ptr_array_new_with_free_func(free_holder);
	for (char **name = names; *name; name++) {
		guint64 pid;

		if (!g_ascii_string_to_unsigned(*name, 10, 1, G_MAXINT, &pid, NULL))
			continue;
		if (!scan_descriptors(host, nodes, (int)pid, holders))
			holders->unreadable++;
		else
			scan_maps(host, nodes, (int)pid, holders);
	}
	g_ptr_array_sort(holders->list, compare_holders);
	return holders;
}

gboolean oriel_holders_is_running(const struct oriel_host *host, const char *command)
{
	g_auto(GStrv) names = oriel_host_list(host, "/proc");

	for (char **name = names; *name; name++) {
		g_autofree char *own = g_ascii_isdigit(**name)
					       ? oriel_host_read(host, "/proc/%s/comm", *name)
					       : NULL;

		if (own && !strcmp(own, command))
			return TRUE;
	}
	return FALSE;
}
