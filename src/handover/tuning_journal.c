/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover/tuning_journal.h"

#include "handover/journal_file.h"
#include "handover/reservation.h"

#include <gio/gio.h>
#include <string.h>

#define TITLE "oriel tuning 1"
#define VALUE_BYTES_MAX 16384

static void free_setting(void *data)
{
	struct oriel_tuning_setting *setting = data;

	g_free(setting->target);
	g_free(setting->before);
	g_free(setting->after);
	g_free(setting);
}

struct oriel_tuning_journal *oriel_tuning_journal_create(const char *vm)
{
	struct oriel_tuning_journal *journal = g_new0(struct oriel_tuning_journal, 1);

	journal->vm = g_strdup(vm);
	journal->settings = g_ptr_array_new_with_free_func(free_setting);
	return journal;
}

void oriel_tuning_journal_free(struct oriel_tuning_journal *journal)
{
	if (!journal)
		return;
	g_ptr_array_unref(journal->settings);
	g_free(journal->boot);
	g_free(journal->wish);
	g_free(journal->vm);
	g_free(journal);
}

void oriel_tuning_journal_add(struct oriel_tuning_journal *journal, enum oriel_tuning tuning,
	const char *target, const char *before, const char *after)
{
	struct oriel_tuning_setting *setting = g_new0(struct oriel_tuning_setting, 1);

	setting->tuning = tuning;
	setting->target = g_strdup(target);
	setting->before = g_strdup(before);
	setting->after = g_strdup(after);
	g_ptr_array_add(journal->settings, setting);
}

char *oriel_tuning_journal_read_boot(const struct oriel_host *host)
{
	char *boot = oriel_host_read(host, "/proc/sys/kernel/random/boot_id");

	return boot ? boot : g_strdup("unknown");
}

/* ---- writing -------------------------------------------------------------------------------- */

static struct oriel_journal_file get_file(
	const struct oriel_tuning_journal *journal, const struct oriel_host *host)
{
	return (struct oriel_journal_file){host, ORIEL_RECORD_TUNING, journal->vm};
}

static char *format(const struct oriel_tuning_journal *journal)
{
	GString *text = g_string_new(TITLE "\n");

	g_string_append_printf(text, "wish\t%s\nboot\t%s\ntime\t%" G_GINT64_FORMAT "\norder\t%u\n",
		journal->wish, journal->boot, journal->time_ms, journal->order);
	for (guint i = 0; i < journal->settings->len; i++) {
		const struct oriel_tuning_setting *setting =
			g_ptr_array_index(journal->settings, i);

		g_string_append_printf(text, "set\t%s\t%s\t%s\t%s\n",
			oriel_tunings_get_name(setting->tuning), setting->target, setting->before,
			setting->after);
	}
	for (guint i = 0; i < ORIEL_TUNING_COUNT; i++)
		if (journal->begun & 1u << i)
			g_string_append_printf(text, "do\t%s\n", oriel_tunings_get_name(i));
	return g_string_free(text, FALSE);
}

gboolean oriel_tuning_journal_begin(
	const struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error)
{
	const struct oriel_journal_file file = get_file(journal, host);
	g_autofree char *text = format(journal);

	return oriel_journal_file_begin(&file, text, error);
}

gboolean oriel_tuning_journal_rewrite(
	const struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error)
{
	const struct oriel_journal_file file = get_file(journal, host);
	g_autofree char *text = format(journal);

	return oriel_journal_file_rewrite(&file, text, error);
}

gboolean oriel_tuning_journal_step(struct oriel_tuning_journal *journal,
	const struct oriel_host *host, enum oriel_tuning tuning, GError **error)
{
	const struct oriel_journal_file file = get_file(journal, host);
	g_autofree char *line = g_strdup_printf("do\t%s\n", oriel_tunings_get_name(tuning));

	journal->begun |= 1u << tuning;
	return oriel_journal_file_append(&file, line, error);
}

gboolean oriel_tuning_journal_set_bound(
	struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error)
{
	const struct oriel_journal_file file = get_file(journal, host);

	journal->is_bound = TRUE;
	return oriel_journal_file_set_bound(&file, error);
}

gboolean oriel_tuning_journal_set_on_its_way(
	struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error)
{
	const struct oriel_journal_file file = get_file(journal, host);

	if (!journal->is_bound)
		return TRUE;
	journal->is_bound = FALSE;
	return oriel_journal_file_set_on_its_way(&file, error);
}

gboolean oriel_tuning_journal_remove(
	const struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error)
{
	const struct oriel_journal_file file = get_file(journal, host);

	return oriel_journal_file_remove(&file, error);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* What is written back as root: only where the kernel's settings are, or a unit's name. */
static gboolean is_target(const char *text)
{
	if (*text == '/')
		return (g_str_has_prefix(text, "/sys/") || g_str_has_prefix(text, "/proc/")) &&
		       !strstr(text, "/../") && !g_str_has_suffix(text, "/..");
	return *text && strlen(text) < 64 && !strchr(text, '/');
}

static gboolean parse_setting(struct oriel_tuning_journal *journal, char **words)
{
	guint tuning;

	if (g_strv_length(words) != 5 || !oriel_tunings_parse(words[1], &tuning, NULL) || !tuning ||
		!is_target(words[2]) || strlen(words[3]) > VALUE_BYTES_MAX ||
		strlen(words[4]) > VALUE_BYTES_MAX)
		return FALSE;
	oriel_tuning_journal_add(journal, (enum oriel_tuning)g_bit_nth_lsf(tuning, -1), words[2],
		words[3], words[4]);
	return TRUE;
}

static gboolean parse_step(struct oriel_tuning_journal *journal, char **words)
{
	guint tuning;

	if (!oriel_tunings_parse(words[1], &tuning, NULL))
		return FALSE;
	journal->begun |= tuning;
	return TRUE;
}

static gboolean parse_wish(struct oriel_tuning_journal *journal, char **words)
{
	g_free(journal->wish);
	journal->wish = g_strdup(words[1]);
	return TRUE;
}

static gboolean parse_boot(struct oriel_tuning_journal *journal, char **words)
{
	g_free(journal->boot);
	journal->boot = g_strdup(words[1]);
	return TRUE;
}

static gboolean parse_time(struct oriel_tuning_journal *journal, char **words)
{
	return g_ascii_string_to_signed(words[1], 10, 0, G_MAXINT64, &journal->time_ms, NULL);
}

static gboolean parse_order(struct oriel_tuning_journal *journal, char **words)
{
	guint64 order;

	if (!g_ascii_string_to_unsigned(words[1], 10, 0, G_MAXUINT32, &order, NULL))
		return FALSE;
	journal->order = (guint)order;
	return TRUE;
}

static const struct {
	const char *word;
	gboolean (*parse)(struct oriel_tuning_journal *journal, char **words);
} lines[] = {
	{"wish", parse_wish},
	{"boot", parse_boot},
	{"time", parse_time},
	{"order", parse_order},
	{"set", parse_setting},
	{"do", parse_step},
};

static gboolean parse_line(struct oriel_tuning_journal *journal, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, "\t", -1);

	for (guint i = 0; words[0] && words[1] && i < G_N_ELEMENTS(lines); i++)
		if (!strcmp(lines[i].word, words[0]))
			return lines[i].parse(journal, words);
	return FALSE;
}

/* The last part of the split stands behind the last line end: nothing, or a line cut off. */
static gboolean parse(struct oriel_tuning_journal *journal, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "\n", -1);
	guint count = g_strv_length(parts);

	if (count < 2 || strcmp(parts[0], TITLE))
		return FALSE;
	for (guint i = 1; i + 1 < count; i++)
		if (!parse_line(journal, parts[i]))
			return FALSE;
	return journal->wish && journal->boot;
}

struct oriel_tuning_journal *oriel_tuning_journal_load(
	const struct oriel_host *host, const char *vm, GError **error)
{
	struct oriel_tuning_journal *journal = oriel_tuning_journal_create(vm);
	const struct oriel_journal_file file = get_file(journal, host);
	g_autofree char *path = NULL;
	g_autofree char *text = oriel_journal_file_read(&file, &journal->is_bound, &path);

	if (text && parse(journal, text))
		return journal;
	if (text)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			"the journal %s is damaged, so it is not known how the computer was before "
			"it was tuned: remove that file and reboot, which ends every tuning",
			path);
	oriel_tuning_journal_free(journal);
	return NULL;
}

GPtrArray *oriel_tuning_journal_load_all(const struct oriel_host *host)
{
	g_autoptr(GPtrArray) names = oriel_journal_file_list(host, ORIEL_RECORD_TUNING);
	GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)oriel_tuning_journal_free);

	for (guint i = 0; i < names->len; i++) {
		const char *vm = g_ptr_array_index(names, i);
		struct oriel_tuning_journal *journal =
			oriel_reservation_is_name(vm) ? oriel_tuning_journal_load(host, vm, NULL)
						      : NULL;

		if (journal)
			g_ptr_array_add(all, journal);
	}
	return all;
}
