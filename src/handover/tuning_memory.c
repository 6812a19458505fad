/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Huge pages: reserved ones and transparent ones. */
#include "handover/tuning_plan.h"

#include "host/machine.h"

#include <gio/gio.h>
#include <string.h>

#define GIB (G_GUINT64_CONSTANT(1) << 30)

/* ---- reserved ------------------------------------------------------------------------------- */

static char *get_folder(const struct oriel_tuning_work *work, guint64 page_bytes)
{
	int node = work->wish->node;

	if (node == ORIEL_TUNING_NODE_ANY)
		return g_strdup_printf("/sys/kernel/mm/hugepages/hugepages-%" G_GUINT64_FORMAT "kB",
			page_bytes / 1024);
	return g_strdup_printf(
		"/sys/devices/system/node/node%d/hugepages/hugepages-%" G_GUINT64_FORMAT "kB", node,
		page_bytes / 1024);
}

/* Of those that are there already, the ones that no other machine has or was promised. */
static guint64 count_usable(const struct oriel_host *host, const char *folder)
{
	guint64 unused = 0, promised = 0;

	oriel_host_read_number(host, &unused, "%s/free_hugepages", folder);
	oriel_host_read_number(host, &promised, "%s/resv_hugepages", folder);
	return unused - MIN(promised, unused);
}

/* The host keeps a gibibyte, or an eighth of a small memory. */
static gboolean check_room(
	const struct oriel_machine_memory *memory, guint64 more_bytes, GError **error)
{
	guint64 kept_bytes = MIN(GIB, memory->total_bytes / 8);

	if (more_bytes + kept_bytes <= memory->available_bytes)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		"%.1f GiB more in huge pages do not fit: %.1f GiB of memory are free, and the host "
		"keeps %.1f. Close programs, or give the machine less memory",
		(double)more_bytes / GIB, (double)memory->available_bytes / GIB,
		(double)kept_bytes / GIB);
	return FALSE;
}

gboolean oriel_tuning_plan_hugepages(struct oriel_tuning_work *work, GError **error)
{
	g_autofree char *folder = NULL, *path = NULL, *before = NULL, *after = NULL;
	struct oriel_machine_memory memory;
	guint64 now, wanted, more;

	oriel_machine_read_memory(work->host, &memory);
	folder = get_folder(work, memory.hugepage_bytes);
	if (!memory.hugepage_bytes ||
		!oriel_host_read_number(work->host, &now, "%s/nr_hugepages", folder)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			"there are no huge pages to reserve here: %s/nr_hugepages cannot be read",
			folder);
		return FALSE;
	}
	wanted = (work->wish->memory_bytes + memory.hugepage_bytes - 1) / memory.hugepage_bytes;
	more = wanted - MIN(wanted, count_usable(work->host, folder));
	if (!check_room(&memory, more * memory.hugepage_bytes, error))
		return FALSE;
	path = g_strconcat(folder, "/nr_hugepages", NULL);
	before = g_strdup_printf("%" G_GUINT64_FORMAT, now);
	after = g_strdup_printf("%" G_GUINT64_FORMAT, now + more);
	oriel_tuning_journal_add(work->journal, ORIEL_TUNING_HUGEPAGES, path, before, after);
	return TRUE;
}

/* ---- transparent ---------------------------------------------------------------------------- */

/* QEMU asks for them, so "madvise" is all it needs; the words that do as well are left. */
static const struct {
	const char *path;
	const char *enough[4];
} switches[] = {
	{"/sys/kernel/mm/transparent_hugepage/enabled", {"always", "madvise"}},
	{"/sys/kernel/mm/transparent_hugepage/defrag", {"always", "defer+madvise", "madvise"}},
};

/* "always [madvise] never" -> "madvise"; free with g_free(). */
static char *read_choice(const struct oriel_host *host, const char *path)
{
	g_autofree char *text = oriel_host_read(host, "%s", path);
	const char *open = text ? strchr(text, '[') : NULL;
	const char *close = open ? strchr(open, ']') : NULL;

	return close ? g_strndup(open + 1, (gsize)(close - open - 1)) : NULL;
}

gboolean oriel_tuning_plan_thp(struct oriel_tuning_work *work, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(switches); i++) {
		g_autofree char *now = read_choice(work->host, switches[i].path);

		if (now)
			oriel_tuning_journal_add(work->journal, ORIEL_TUNING_THP, switches[i].path,
				now, g_strv_contains(switches[i].enough, now) ? now : "madvise");
		else
			oriel_tuning_note(work,
				"thp: this kernel has no transparent huge pages (%s cannot be "
				"read)",
				switches[i].path);
	}
	return TRUE;
}
