/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/topology.h"

#include "vm/error.h"

#include <stdbool.h>
#include <string.h>

#define CPUS_MAX 4096

struct core {
	guint first;  /* its lowest processor: stands for the core */
	GArray *cpus; /* guint */
	guint cache;  /* lowest processor behind the same L3 */
	int node;
	gboolean slow; /* an efficiency core of a hybrid processor */
};

static char *read_text(const char *sysfs, const char *path)
{
	g_autofree char *file = g_build_filename(sysfs, path, NULL);
	char *text = NULL;

	return g_file_get_contents(file, &text, NULL, NULL) ? g_strstrip(text) : NULL;
}

/* "0-2,8" -> 0 1 2 8. */
static GArray *parse_list(const char *text)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(guint));
	g_auto(GStrv) ranges = g_strsplit(text ? text : "", ",", -1);

	for (char **range = ranges; *range && **range; range++) {
		char *end = NULL;
		guint first = g_ascii_strtoull(*range, &end, 10);
		guint last = *end == '-' ? g_ascii_strtoull(end + 1, NULL, 10) : first;

		for (guint cpu = first; cpu <= last && cpu < CPUS_MAX; cpu++)
			g_array_append_val(list, cpu);
	}
	return list;
}

static gboolean has(GArray *list, guint cpu)
{
	for (guint i = 0; i < list->len; i++)
		if (g_array_index(list, guint, i) == cpu)
			return TRUE;
	return FALSE;
}

static GArray *read_list(const char *sysfs, const char *path)
{
	g_autofree char *text = read_text(sysfs, path);

	return parse_list(text);
}

static GArray *read_cpu_list(const char *sysfs, guint cpu, const char *file)
{
	g_autofree char *path = g_strdup_printf("devices/system/cpu/cpu%u/%s", cpu, file);

	return read_list(sysfs, path);
}

static int read_node(const char *sysfs, guint cpu)
{
	g_autoptr(GArray) nodes = read_list(sysfs, "devices/system/node/online");

	for (guint i = 0; i < nodes->len; i++) {
		guint node = g_array_index(nodes, guint, i);
		g_autofree char *path = g_strdup_printf("devices/system/node/node%u/cpulist", node);
		g_autoptr(GArray) cpus = read_list(sysfs, path);

		if (has(cpus, cpu))
			return node;
	}
	return -1;
}

static void free_core(void *data)
{
	struct core *core = data;

	g_array_unref(core->cpus);
	g_free(core);
}

static struct core *read_core(const char *sysfs, guint cpu, GArray *slow)
{
	g_autoptr(GArray) cache = read_cpu_list(sysfs, cpu, "cache/index3/shared_cpu_list");
	struct core *core = g_new0(struct core, 1);

	core->cpus = read_cpu_list(sysfs, cpu, "topology/thread_siblings_list");
	if (!core->cpus->len)
		g_array_append_val(core->cpus, cpu);
	core->first = g_array_index(core->cpus, guint, 0);
	core->cache = cache->len ? g_array_index(cache, guint, 0) : 0;
	core->node = read_node(sysfs, cpu);
	core->slow = has(slow, cpu);
	return core;
}

static GPtrArray *read_cores(const char *sysfs)
{
	GPtrArray *cores = g_ptr_array_new_with_free_func(free_core);
	g_autoptr(GArray) online = read_list(sysfs, "devices/system/cpu/online");
	g_autoptr(GArray) slow = read_list(sysfs, "devices/cpu_atom/cpus");

	for (guint i = 0; i < online->len; i++) {
		guint cpu = g_array_index(online, guint, i);
		struct core *core = read_core(sysfs, cpu, slow);

		if (core->first == cpu)
			g_ptr_array_add(cores, core);
		else
			free_core(core);
	}
	return cores;
}

/* The order in which cores are given away: fast ones, near ones, one cache after the other. */
static int compare_cores(const void *a, const void *b, void *data)
{
	int near_node = *(const int *)data;
	const struct core *left = *(const struct core *const *)a;
	const struct core *right = *(const struct core *const *)b;

	if (left->slow != right->slow)
		return left->slow - right->slow;
	if (left->node != right->node) {
		if (left->node == near_node || right->node == near_node)
			return left->node == near_node ? -1 : 1;
		return left->node - right->node;
	}
	if (left->cache != right->cache)
		return left->cache < right->cache ? -1 : 1;
	return left->first < right->first ? -1 : 1;
}

/* The host keeps processor 0 and its neighbours: interrupts land there. */
static guint count_for_host(guint cores)
{
	return cores > 4 ? 2 : cores > 1 ? 1 : 0;
}

static guint keep_for_host(GPtrArray *cores, GPtrArray *host)
{
	guint keep = count_for_host(cores->len);

	/* Cores are still in the order of their numbers here. */
	for (guint i = 0; i < keep; i++)
		g_ptr_array_add(host, g_ptr_array_steal_index(cores, 0));
	return keep;
}

/* The first place, in the order above, where `wanted` cores in a row share one cache; else 0. */
static guint find_shared_cache(GPtrArray *cores, guint wanted)
{
	for (guint start = 0; start + wanted <= cores->len; start++) {
		const struct core *first = cores->pdata[start];
		const struct core *last = cores->pdata[start + wanted - 1];

		if (first->cache == last->cache && first->node == last->node)
			return start;
	}
	return 0;
}

static void append_cpus(GArray *list, const struct core *core)
{
	g_array_append_vals(list, core->cpus->data, core->cpus->len);
}

static int compare_numbers(const void *a, const void *b)
{
	return (int)*(const guint *)a - (int)*(const guint *)b;
}

static char *format_list(GArray *cpus)
{
	GString *text = g_string_new(NULL);

	g_array_sort(cpus, compare_numbers);
	for (guint i = 0; i < cpus->len; i++)
		g_string_append_printf(text, "%s%u", i ? "," : "", g_array_index(cpus, guint, i));
	return g_string_free(text, FALSE);
}

static struct oriel_vm_pinning *take(
	GPtrArray *cores, GPtrArray *host, guint start, guint wanted, guint cpus)
{
	struct oriel_vm_pinning *pinning = g_new0(struct oriel_vm_pinning, 1);
	g_autoptr(GArray) rest = g_array_new(FALSE, FALSE, sizeof(guint));
	const struct core *first = cores->pdata[start];

	pinning->cpus = g_array_new(FALSE, FALSE, sizeof(guint));
	pinning->threads = first->cpus->len;
	pinning->node = first->node;
	for (guint i = 0; i < cores->len; i++) {
		const struct core *core = cores->pdata[i];
		bool ours = i >= start && i < start + wanted;

		append_cpus(ours ? pinning->cpus : rest, core);
		if (ours && core->node != first->node)
			pinning->node = -1;
		if (ours && core->cpus->len != pinning->threads)
			pinning->threads = 1;
	}
	for (guint i = 0; i < host->len; i++)
		append_cpus(rest, host->pdata[i]);
	g_array_set_size(pinning->cpus, cpus);
	if (cpus % pinning->threads)
		pinning->threads = 1;
	pinning->host_cpus = format_list(rest);
	return pinning;
}

/* How many cores in the given order have that many processors together; 0: not enough. */
static guint count_cores(GPtrArray *cores, guint cpus)
{
	guint found = 0;

	for (guint i = 0; i < cores->len; i++) {
		found += ((const struct core *)cores->pdata[i])->cpus->len;
		if (found >= cpus)
			return i + 1;
	}
	return 0;
}

struct oriel_vm_pinning *oriel_vm_topology_plan(
	const char *sysfs, guint cpus, int near_node, GError **error)
{
	g_autoptr(GPtrArray) cores = read_cores(sysfs);
	g_autoptr(GPtrArray) host = g_ptr_array_new_with_free_func(free_core);
	guint kept, wanted;

	kept = keep_for_host(cores, host);
	g_ptr_array_sort_with_data(cores, compare_cores, &near_node);
	wanted = count_cores(cores, cpus);
	if (wanted && kept)
		return take(cores, host, find_shared_cache(cores, wanted), wanted, cpus);
	oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
		"pin 'yes': %u virtual processors do not fit on this computer's %u cores, of which "
		"%u stay with the host; use fewer --cpus, or --pin no",
		cpus, cores->len + host->len, MAX(kept, 1));
	return NULL;
}

void oriel_vm_pinning_free(struct oriel_vm_pinning *pinning)
{
	if (!pinning)
		return;
	g_array_unref(pinning->cpus);
	g_free(pinning->host_cpus);
	g_free(pinning);
}
