/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The check for programs that open the GPU again and again for a moment. */
#include "host/check_private.h"
#include "host/holders.h"

#include <string.h>

/* Twenty looks a second see what has the card open for a tenth of one. */
#define LOOK_US 50000

static const char *const known[] = {"nvtop", "nvidia-smi", "gpustat", "radeontop", "amdgpu_top",
	"intel_gpu_top", "btop", "conky", "coolercontrold", "corectrl", "lact", "mangohud",
	"psensor", "GreenWithEnvy"};

struct sighting {
	char *command;
	guint looks; /* in how many it was seen */
};

static void free_sighting(void *data)
{
	struct sighting *sighting = data;

	g_free(sighting->command);
	g_free(sighting);
}

/* Counts each process once per look; holders come sorted by pid. */
static void count_holders(GHashTable *sightings, const struct oriel_holders *holders)
{
	int last = -1;

	for (guint i = 0; i < holders->list->len; i++) {
		const struct oriel_holder *holder = g_ptr_array_index(holders->list, i);
		struct sighting *sighting =
			g_hash_table_lookup(sightings, GINT_TO_POINTER(holder->pid));

		if (!sighting) {
			sighting = g_new0(struct sighting, 1);
			sighting->command = g_strdup(holder->command);
			g_hash_table_insert(sightings, GINT_TO_POINTER(holder->pid), sighting);
		}
		sighting->looks += holder->pid != last;
		last = holder->pid;
	}
}

/* Looks until the time is over; returns how often. */
static guint watch(
	const struct oriel_check_context *context, GHashTable *sightings, guint *ret_unreadable)
{
	g_autoptr(GPtrArray) nodes = oriel_holders_list_nodes(context->host, context->gpu);
	gint64 end_us = g_get_monotonic_time() + (gint64)(context->watch_ns / 1000);
	guint looks = 0;

	do {
		struct oriel_holders *holders = oriel_holders_scan(context->host, nodes);

		count_holders(sightings, holders);
		*ret_unreadable = holders->unreadable;
		oriel_holders_free(holders);
		looks++;
		g_usleep(LOOK_US);
	} while (g_get_monotonic_time() < end_us);
	return looks;
}

static void report_watch(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autoptr(GHashTable) sightings = g_hash_table_new_full(NULL, NULL, NULL, free_sighting);
	guint unreadable = 0;
	guint looks = watch(context, sightings, &unreadable);
	GHashTableIter iter;
	void *pid, *value;

	g_hash_table_iter_init(&iter, sightings);
	while (!report->evidence && g_hash_table_iter_next(&iter, &pid, &value)) {
		const struct sighting *sighting = value;

		if (sighting->looks < looks)
			oriel_check_fill(report, ORIEL_CHECK_WARN,
				"a program opens the card for moments: a hand-over waits for such "
				"a moment to pass, and may need several tries",
				"Close it, or set it to use the other GPU",
				"%d %s: seen in %u of %u looks", GPOINTER_TO_INT(pid),
				sighting->command, sighting->looks, looks);
	}
	if (!report->evidence && unreadable)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"nobody was seen, but not every process could be looked into",
			"sudo oriel check pollers --watch 20",
			"/proc/*/fd: %u processes not readable", unreadable);
	else if (!report->evidence)
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"no program opened the card for a moment while it was watched", NULL,
			"/proc/*/fd: %u looks", looks);
}

void oriel_check_pollers(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	if (!oriel_check_has_gpu(context, report))
		return;
	if (context->watch_ns) {
		report_watch(context, report);
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(known) && !report->evidence; i++)
		if (oriel_holders_is_running(context->host, known[i]))
			oriel_check_fill(report, ORIEL_CHECK_WARN,
				"a program runs that looks at GPUs again and again: a hand-over "
				"may "
				"need several tries",
				"Close it before the hand-over, or set it to the other GPU",
				"/proc/*/comm: %s", known[i]);
	if (!report->evidence)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"who opens the card for moments is seen only by watching",
			"oriel check pollers --watch 20", "not watched; none of %u known programs",
			(guint)G_N_ELEMENTS(known));
}
