/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan says, set value by value, and every value given back. */
#include "handover/tuning_plan.h"

#include <gio/gio.h>
#include <string.h>

/* ---- setting -------------------------------------------------------------------------------- */

static gboolean write_value(const struct oriel_tuning_work *work,
	const struct oriel_tuning_setting *setting, const char *value, GError **error)
{
	g_autofree char *line = NULL;

	if (*setting->target != '/')
		return work->kernel->ops->set_unit_cpus(
			work->kernel->data, setting->target, value, error);
	/* The line end alone is how "nothing" is written: no byte at all would do nothing. */
	line = g_strconcat(value, "\n", NULL);
	return work->kernel->ops->write_file(work->kernel->data, setting->target, line, error);
}

/* The kernel gives what it finds, without a word: memory that is in pieces is put together once. */
static gboolean reserve(const struct oriel_tuning_work *work,
	const struct oriel_tuning_setting *setting, GError **error)
{
	guint64 wanted = g_ascii_strtoull(setting->after, NULL, 10);
	guint64 had = g_ascii_strtoull(setting->before, NULL, 10), has = 0;

	for (int turn = 0; turn < 2; turn++) {
		if (turn)
			work->kernel->ops->write_file(
				work->kernel->data, "/proc/sys/vm/compact_memory", "1\n", NULL);
		if (!write_value(work, setting, setting->after, error))
			return FALSE;
		if (oriel_host_read_number(work->host, &has, "%s", setting->target) &&
			has >= wanted)
			return TRUE;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
		"only %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
		" huge pages could be reserved, because the memory is in pieces: close programs, "
		"start the machine sooner after the computer, or reserve them from its start on "
		"(the kernel's parameter hugepages=N)",
		has - MIN(has, had), wanted - had);
	return FALSE;
}

/* Some interrupts belong to one processor, and some came or went since: they stay as they are. */
static gboolean is_stuck(const struct oriel_tuning_setting *setting, const GError *failure)
{
	return setting->tuning == ORIEL_TUNING_IRQ &&
	       !g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static gboolean set_one(const struct oriel_tuning_work *work,
	const struct oriel_tuning_setting *setting, guint *ret_stuck, GError **error)
{
	g_autoptr(GError) failure = NULL;
	gboolean ok;

	if (!strcmp(setting->before, setting->after))
		return TRUE;
	if (setting->tuning == ORIEL_TUNING_HUGEPAGES)
		ok = reserve(work, setting, &failure);
	else
		ok = write_value(work, setting, setting->after, &failure);
	if (ok)
		return TRUE;
	if (is_stuck(setting, failure)) {
		(*ret_stuck)++;
		return TRUE;
	}
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

static gboolean set_tuning(
	const struct oriel_tuning_work *work, enum oriel_tuning tuning, GError **error)
{
	guint count = 0, stuck = 0;

	if (!oriel_tuning_journal_step(work->journal, work->host, tuning, error))
		return FALSE;
	for (guint i = 0; i < work->journal->settings->len; i++) {
		const struct oriel_tuning_setting *setting = work->journal->settings->pdata[i];

		if (setting->tuning != tuning)
			continue;
		count++;
		if (!set_one(work, setting, &stuck, error))
			return FALSE;
	}
	if (stuck)
		oriel_tuning_note(work,
			"%s: %u of %u interrupts stay where they are, the kernel does not move "
			"them",
			oriel_tunings_get_name(tuning), stuck, count);
	return TRUE;
}

gboolean oriel_tuning_set(const struct oriel_tuning_work *work, GError **error)
{
	if (!oriel_tuning_journal_begin(work->journal, work->host, error))
		return FALSE;
	for (guint i = 0; i < ORIEL_TUNING_COUNT; i++)
		if ((work->wish->tunings & 1u << i) && !set_tuning(work, i, error))
			return FALSE;
	return oriel_tuning_journal_set_bound(work->journal, work->host, error);
}

/* ---- undoing -------------------------------------------------------------------------------- */

static struct oriel_tuning_setting *find_setting(
	const struct oriel_tuning_journal *journal, const char *target)
{
	for (guint i = 0; i < journal->settings->len; i++) {
		struct oriel_tuning_setting *setting = g_ptr_array_index(journal->settings, i);

		if ((journal->begun & 1u << setting->tuning) && !strcmp(setting->target, target))
			return setting;
	}
	return NULL;
}

/* Whoever set the same next after us. */
static struct oriel_tuning_journal *find_heir(
	const struct oriel_tuning_work *work, const GPtrArray *others, const char *target)
{
	struct oriel_tuning_journal *heir = NULL;

	for (guint i = 0; i < others->len; i++) {
		struct oriel_tuning_journal *other = g_ptr_array_index(others, i);

		if (other->order > work->journal->order && find_setting(other, target) &&
			(!heir || other->order < heir->order))
			heir = other;
	}
	return heir;
}

/* What we found is what it will give back. */
static gboolean hand_down(const struct oriel_tuning_work *work, struct oriel_tuning_journal *heir,
	const struct oriel_tuning_setting *setting, GError **error)
{
	struct oriel_tuning_setting *theirs = find_setting(heir, setting->target);

	if (!strcmp(theirs->before, setting->before))
		return TRUE;
	g_free(theirs->before);
	theirs->before = g_strdup(setting->before);
	return oriel_tuning_journal_rewrite(heir, work->host, error);
}

/* The kernel refuses a group that has programs an empty list; all that can be are the same. */
static char *get_value_back(
	const struct oriel_tuning_work *work, const struct oriel_tuning_setting *setting)
{
	char *all = NULL;

	if (!*setting->before && g_str_has_suffix(setting->target, "/cpuset.cpus"))
		all = oriel_host_read(work->host, ORIEL_CPUS_POSSIBLE);
	return all ? all : g_strdup(setting->before);
}

static gboolean give_back(const struct oriel_tuning_work *work,
	const struct oriel_tuning_setting *setting, GError **error)
{
	g_autofree char *value = get_value_back(work, setting);
	g_autoptr(GError) failure = NULL;

	if (!strcmp(setting->before, setting->after) ||
		(*setting->target == '/' &&
			!oriel_host_exists(work->host, "%s", setting->target)) ||
		write_value(work, setting, value, &failure) || is_stuck(setting, failure))
		return TRUE;
	g_propagate_prefixed_error(error, g_steal_pointer(&failure),
		"%s could not be set back to '%s', as it was found: ", setting->target,
		setting->before);
	return FALSE;
}

/* In reverse; from whatever step it was interrupted at, and as often as need be. */
gboolean oriel_tuning_undo(const struct oriel_tuning_work *work, GError **error)
{
	g_autoptr(GPtrArray) others = oriel_tuning_journal_load_all(work->host);
	g_autoptr(GError) first = NULL;

	if (!oriel_tuning_journal_set_on_its_way(work->journal, work->host, error))
		return FALSE;
	for (guint i = work->journal->settings->len; i > 0; i--) {
		const struct oriel_tuning_setting *setting = work->journal->settings->pdata[i - 1];
		struct oriel_tuning_journal *heir = find_heir(work, others, setting->target);
		GError **slot = first ? NULL : &first;

		if (!(work->journal->begun & 1u << setting->tuning))
			continue;
		if (heir)
			hand_down(work, heir, setting, slot);
		else
			give_back(work, setting, slot);
	}
	if (!first)
		return oriel_tuning_journal_remove(work->journal, work->host, error);
	g_propagate_error(error, g_steal_pointer(&first));
	return FALSE;
}
