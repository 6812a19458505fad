/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/journal.h"

#include "bind/file.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

#define JOURNAL ORIEL_BIND_STATE_DIR "/journal"
#define COPIES ORIEL_BIND_STATE_DIR "/before"
#define CHECKSUM_LINE "# sha256 "

/* ---- making --------------------------------------------------------------------------------- */

static void free_entry(void *data)
{
	struct oriel_bind_entry *entry = data;

	g_free(entry->path);
	g_free(entry->before_sha256);
	g_free(entry->after_sha256);
	g_free(entry);
}

static void free_words(void *words)
{
	g_strfreev(words);
}

static struct oriel_bind_journal *create_empty(void)
{
	struct oriel_bind_journal *journal = g_new0(struct oriel_bind_journal, 1);

	journal->entries = g_ptr_array_new_with_free_func(free_entry);
	journal->folders = g_ptr_array_new_with_free_func(g_free);
	journal->undo_commands = g_ptr_array_new_with_free_func(free_words);
	return journal;
}

void oriel_bind_journal_free(struct oriel_bind_journal *journal)
{
	if (!journal)
		return;
	g_ptr_array_unref(journal->undo_commands);
	g_ptr_array_unref(journal->folders);
	g_ptr_array_unref(journal->entries);
	g_free(journal);
}

static gboolean has_folder(const struct oriel_bind_journal *journal, const char *path)
{
	for (guint i = 0; i < journal->folders->len; i++)
		if (!strcmp(g_ptr_array_index(journal->folders, i), path))
			return TRUE;
	return FALSE;
}

/* The folder and those above it that do not exist yet. */
static void add_folders(
	struct oriel_bind_journal *journal, const struct oriel_host *host, const char *folder)
{
	g_autofree char *above = NULL;

	if (oriel_host_exists(host, "%s", folder) || has_folder(journal, folder))
		return;
	above = g_path_get_dirname(folder);
	add_folders(journal, host, above);
	g_ptr_array_add(journal->folders, g_strdup(folder));
}

static void add_entry(struct oriel_bind_journal *journal, const struct oriel_host *host,
	const struct oriel_bind_change *change)
{
	struct oriel_bind_entry *entry = g_new0(struct oriel_bind_entry, 1);
	g_autofree char *full = oriel_host_get_path(host, "%s", change->path);
	g_autofree char *folder = g_path_get_dirname(change->path);
	struct stat info;

	entry->path = g_strdup(change->path);
	entry->existed = change->before != NULL;
	entry->mode = change->mode;
	if (entry->existed && !stat(full, &info)) {
		entry->mode = info.st_mode & 07777;
		entry->uid = info.st_uid;
		entry->gid = info.st_gid;
	}
	if (change->before)
		entry->before_sha256 =
			g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, change->before);
	entry->after_sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, change->after);
	add_folders(journal, host, folder);
	g_ptr_array_add(journal->entries, entry);
}

struct oriel_bind_journal *oriel_bind_journal_create(const struct oriel_bind_plan *plan)
{
	struct oriel_bind_journal *journal = create_empty();

	add_folders(journal, plan->host, COPIES);
	for (guint i = 0; i < plan->changes->len; i++)
		add_entry(journal, plan->host, g_ptr_array_index(plan->changes, i));
	for (guint i = 0; i < plan->undo_commands->len; i++)
		g_ptr_array_add(journal->undo_commands,
			g_strdupv(g_ptr_array_index(plan->undo_commands, i)));
	return journal;
}

char *oriel_bind_journal_get_copy(guint index)
{
	return g_strdup_printf(COPIES "/%u", index);
}

/* ---- saving --------------------------------------------------------------------------------- */

static void save_entry(GKeyFile *file, guint index, const struct oriel_bind_entry *entry)
{
	g_autofree char *group = g_strdup_printf("file %u", index);

	g_key_file_set_string(file, group, "path", entry->path);
	g_key_file_set_boolean(file, group, "existed", entry->existed);
	g_key_file_set_integer(file, group, "mode", (gint)entry->mode);
	g_key_file_set_integer(file, group, "uid", (gint)entry->uid);
	g_key_file_set_integer(file, group, "gid", (gint)entry->gid);
	if (entry->before_sha256)
		g_key_file_set_string(file, group, "before", entry->before_sha256);
	g_key_file_set_string(file, group, "after", entry->after_sha256);
}

static char *format(const struct oriel_bind_journal *journal)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *text = NULL;
	g_autofree char *checksum = NULL;

	g_key_file_set_string(file, "oriel", "version", ORIEL_VERSION);
	g_key_file_set_boolean(file, "oriel", "complete", journal->is_complete);
	g_key_file_set_integer(file, "oriel", "files", (gint)journal->entries->len);
	g_key_file_set_integer(file, "oriel", "commands", (gint)journal->undo_commands->len);
	g_key_file_set_string_list(file, "oriel", "folders",
		(const char *const *)journal->folders->pdata, journal->folders->len);
	for (guint i = 0; i < journal->entries->len; i++)
		save_entry(file, i, g_ptr_array_index(journal->entries, i));
	for (guint i = 0; i < journal->undo_commands->len; i++) {
		g_autofree char *key = g_strdup_printf("command %u", i);
		char **words = g_ptr_array_index(journal->undo_commands, i);

		g_key_file_set_string_list(
			file, "undo", key, (const char *const *)words, g_strv_length(words));
	}
	text = g_key_file_to_data(file, NULL, NULL);
	checksum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	return g_strconcat(text, CHECKSUM_LINE, checksum, "\n", NULL);
}

gboolean oriel_bind_journal_save(
	const struct oriel_bind_journal *journal, const struct oriel_host *host, GError **error)
{
	static const struct oriel_file_owner owner = {0600, 0, 0};
	char *text = format(journal);
	g_autoptr(GBytes) bytes = g_bytes_new_take(text, strlen(text));

	return oriel_bind_file_write(host, JOURNAL, bytes, &owner, error);
}

/* ---- loading -------------------------------------------------------------------------------- */

/* Paths are written below the root: nothing may lead out of it. */
static gboolean is_safe(const char *path)
{
	return path && *path == '/' && !strstr(path, "/../") && !g_str_has_suffix(path, "/..");
}

static gboolean load_entry(GKeyFile *file, guint index, struct oriel_bind_journal *journal)
{
	g_autofree char *group = g_strdup_printf("file %u", index);
	struct oriel_bind_entry *entry = g_new0(struct oriel_bind_entry, 1);

	g_ptr_array_add(journal->entries, entry);
	entry->path = g_key_file_get_string(file, group, "path", NULL);
	entry->existed = g_key_file_get_boolean(file, group, "existed", NULL);
	entry->mode = (guint)g_key_file_get_integer(file, group, "mode", NULL);
	entry->uid = (guint)g_key_file_get_integer(file, group, "uid", NULL);
	entry->gid = (guint)g_key_file_get_integer(file, group, "gid", NULL);
	entry->before_sha256 = g_key_file_get_string(file, group, "before", NULL);
	entry->after_sha256 = g_key_file_get_string(file, group, "after", NULL);
	return is_safe(entry->path) && entry->after_sha256 &&
	       entry->existed == (entry->before_sha256 != NULL);
}

static gboolean load_lists(GKeyFile *file, guint commands, struct oriel_bind_journal *journal)
{
	g_auto(GStrv) folders = g_key_file_get_string_list(file, "oriel", "folders", NULL, NULL);

	for (char **folder = folders; folder && *folder; folder++) {
		if (!is_safe(*folder))
			return FALSE;
		g_ptr_array_add(journal->folders, g_strdup(*folder));
	}
	for (guint i = 0; i < commands; i++) {
		g_autofree char *key = g_strdup_printf("command %u", i);
		char **words = g_key_file_get_string_list(file, "undo", key, NULL, NULL);

		if (!words)
			return FALSE;
		g_ptr_array_add(journal->undo_commands, words);
	}
	return TRUE;
}

/* The text up to its checksum, when that is right. */
static gboolean check(char *text)
{
	char *line = strstr(text, CHECKSUM_LINE);
	g_autofree char *checksum = NULL;
	g_autofree char *stated = NULL;

	if (!line)
		return FALSE;
	stated = g_strchomp(g_strdup(line + strlen(CHECKSUM_LINE)));
	*line = '\0';
	checksum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	return !strcmp(checksum, stated);
}

static struct oriel_bind_journal *parse(char *text)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	struct oriel_bind_journal *journal;
	gint count, commands;
	gboolean ok;

	if (!check(text) || !g_key_file_load_from_data(file, text, (gsize)-1, 0, NULL))
		return NULL;
	journal = create_empty();
	count = g_key_file_get_integer(file, "oriel", "files", NULL);
	commands = g_key_file_get_integer(file, "oriel", "commands", NULL);
	journal->is_complete = g_key_file_get_boolean(file, "oriel", "complete", NULL);
	ok = load_lists(file, (guint)MAX(commands, 0), journal);
	for (gint i = 0; i < count && ok; i++)
		ok = load_entry(file, (guint)i, journal);
	if (ok)
		return journal;
	oriel_bind_journal_free(journal);
	return NULL;
}

struct oriel_bind_journal *oriel_bind_journal_load(const struct oriel_host *host, GError **error)
{
	g_autofree char *path = oriel_host_get_path(host, JOURNAL);
	g_autofree char *copies = oriel_host_get_path(host, COPIES);
	g_autoptr(GError) failure = NULL;
	g_autofree char *text = NULL;
	struct oriel_bind_journal *journal;

	if (!g_file_get_contents(path, &text, NULL, &failure)) {
		if (!g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
			g_propagate_error(error, g_steal_pointer(&failure));
		return NULL;
	}
	journal = parse(text);
	if (!journal)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			"the journal %s is damaged, so nothing is changed: the files as they were "
			"before are in %s; put them back by hand, and remove the folder then",
			path, copies);
	return journal;
}
