/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rEFInd and Limine: loaders whose entries are lines of one file. */
#include "bind/loader.h"
#include "bind/text.h"

#include <gio/gio.h>
#include <string.h>

#define WHY_RESCUE "an entry that starts without binding"
#define WHY_PARAMETERS "the kernel's parameters"

static gboolean fail_without_entry(const char *file, GError **error)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"no entry was found in %s that could be copied for the rescue: without one nothing "
		"is changed",
		file);
	return FALSE;
}

/* ---- rEFInd: "title" "parameters" ----------------------------------------------------------- */

#define REFIND_FILE "/boot/refind_linux.conf"
#define REFIND_RESCUE "\"" ORIEL_BIND_RESCUE_TITLE "\""

/* The parameters of a line, its quotes left out; NULL: it is no entry. */
static char *read_refind(const char *line)
{
	g_auto(GStrv) words = NULL;

	if (*line != '"' || !g_shell_parse_argv(line, NULL, &words, NULL))
		return NULL;
	return words[0] && words[1] ? g_strdup(words[1]) : NULL;
}

static gboolean add_refind_rescue(struct oriel_bind_plan *plan, GError **error)
{
	g_autofree char *text = oriel_bind_plan_read(plan, REFIND_FILE);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_autofree char *parameters = read_refind(*line);
		g_autofree char *longer = NULL;

		if (!parameters)
			continue;
		longer = g_strdup_printf("%s%s" REFIND_RESCUE " \"%s " ORIEL_BIND_RESCUE_PARAMETER
					 "\"\n",
			text, g_str_has_suffix(text, "\n") ? "" : "\n", parameters);
		oriel_bind_plan_write(plan, REFIND_FILE, longer, WHY_RESCUE);
		return TRUE;
	}
	return fail_without_entry(REFIND_FILE, error);
}

static char *extend_refind(const char *line, const GPtrArray *words)
{
	g_autofree char *parameters = read_refind(line);
	const char *title_end = strchr(line + 1, '"');
	g_autofree char *longer = NULL;

	if (!parameters || !title_end || g_str_has_prefix(line, REFIND_RESCUE))
		return g_strdup(line);
	longer = oriel_bind_text_add_words(parameters, words);
	return g_strdup_printf("%.*s \"%s\"", (int)(title_end + 1 - line), line, longer);
}

static gboolean add_refind_parameters(struct oriel_bind_plan *plan, GError **error)
{
	g_autofree char *text = oriel_bind_plan_read(plan, REFIND_FILE);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *joined = NULL;

	for (char **line = lines; *line; line++) {
		char *longer = **line ? extend_refind(*line, plan->parameters) : g_strdup("");

		g_free(*line);
		*line = longer;
	}
	joined = g_strjoinv("\n", lines);
	oriel_bind_plan_write(plan, REFIND_FILE, joined, WHY_PARAMETERS);
	return TRUE;
}

const struct oriel_bind_loader_ops oriel_bind_loader_refind = {
	ORIEL_BOOT_REFIND, add_refind_rescue, add_refind_parameters};

/* ---- Limine: "/Title", then "  key: value" -------------------------------------------------- */

#define LIMINE_DEFAULTS "/etc/default/limine"

static const char *const limine_files[] = {"/boot/limine.conf", "/boot/limine/limine.conf",
	"/boot/EFI/limine/limine.conf", "/efi/limine.conf"};

static const char *find_limine(const struct oriel_host *host)
{
	for (guint i = 0; i < G_N_ELEMENTS(limine_files); i++)
		if (oriel_host_exists(host, "%s", limine_files[i]))
			return limine_files[i];
	return NULL;
}

static gboolean is_cmdline(const char *line)
{
	const char *word = line + strspn(line, " \t");

	return g_str_has_prefix(word, "cmdline:") || g_str_has_prefix(word, "kernel_cmdline:");
}

/* The lines of the first entry that has a cmdline, without its title. */
static char *find_limine_entry(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GString) entry = g_string_new(NULL);
	gboolean complete = FALSE;

	for (char **line = lines; *line; line++) {
		gboolean is_title = (*line)[strspn(*line, " \t")] == '/';

		if (is_title && complete)
			break;
		if (is_title) {
			g_string_truncate(entry, 0);
			continue;
		}
		if (!**line || **line == '#')
			continue;
		complete |= is_cmdline(*line);
		g_string_append_printf(entry, "%s%s\n", *line,
			is_cmdline(*line) ? " " ORIEL_BIND_RESCUE_PARAMETER : "");
	}
	return complete ? g_string_free(g_steal_pointer(&entry), FALSE) : NULL;
}

static gboolean add_limine_rescue(struct oriel_bind_plan *plan, GError **error)
{
	const char *file = find_limine(plan->host);
	g_autofree char *text = file ? oriel_bind_plan_read(plan, file) : NULL;
	g_autofree char *entry = text ? find_limine_entry(text) : NULL;
	g_autofree char *lines = NULL;
	g_autofree char *longer = NULL;

	if (!entry)
		return fail_without_entry(file ? file : limine_files[0], error);
	lines = g_strconcat("/" ORIEL_BIND_RESCUE_TITLE "\n", entry, NULL);
	longer = oriel_bind_text_set_block(text, lines);
	oriel_bind_plan_write(plan, file, longer, WHY_RESCUE);
	return TRUE;
}

/* Entries that limine-mkinitcpio and its kin make take the parameters from the defaults. */
static void add_limine_defaults(struct oriel_bind_plan *plan, const char *text)
{
	static const char *const update[] = {"limine-update", NULL};
	g_autoptr(GString) line = g_string_new("KERNEL_CMDLINE[default]+=\"");
	g_autofree char *longer = NULL;

	for (guint i = 0; i < plan->parameters->len; i++)
		g_string_append_printf(
			line, " %s", (const char *)g_ptr_array_index(plan->parameters, i));
	g_string_append(line, "\"\n");
	longer = oriel_bind_text_set_block(text, line->str);
	oriel_bind_plan_write(plan, LIMINE_DEFAULTS, longer, WHY_PARAMETERS);
	oriel_bind_plan_run(plan, update);
	oriel_bind_plan_run_on_undo(plan, update);
}

/* All entries before our own. */
static void add_to_limine_entries(struct oriel_bind_plan *plan, const char *file)
{
	g_autofree char *text = oriel_bind_plan_read(plan, file);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *joined = NULL;

	for (char **line = lines; *line && !g_str_has_prefix(*line, "# begin oriel"); line++) {
		char *longer;

		if (!is_cmdline(*line))
			continue;
		longer = oriel_bind_text_add_words(*line, plan->parameters);
		g_free(*line);
		*line = longer;
	}
	joined = g_strjoinv("\n", lines);
	oriel_bind_plan_write(plan, file, joined, WHY_PARAMETERS);
}

static gboolean add_limine_parameters(struct oriel_bind_plan *plan, GError **error)
{
	g_autofree char *defaults = oriel_bind_plan_read(plan, LIMINE_DEFAULTS);

	if (!plan->parameters->len)
		return TRUE;
	if (defaults)
		add_limine_defaults(plan, defaults);
	else
		add_to_limine_entries(plan, find_limine(plan->host));
	return TRUE;
}

const struct oriel_bind_loader_ops oriel_bind_loader_limine = {
	ORIEL_BOOT_LIMINE, add_limine_rescue, add_limine_parameters};
