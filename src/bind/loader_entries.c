/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boot loader entries, one small file each: systemd-boot's, kernelstub's and Fedora's GRUB's. */
#include "bind/loader.h"
#include "bind/text.h"

#include <string.h>

#define RESCUE_FILE "oriel-rescue.conf"
#define WHY_PARAMETERS "the kernel's parameters"
#define WHY_RESCUE "an entry that starts without binding"

static const char *const folders[] = {
	"/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries"};

static const char *find_folder(const struct oriel_host *host)
{
	for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
		if (oriel_host_exists(host, "%s", folders[i]))
			return folders[i];
	return NULL;
}

/* Names of the entries, the rescue one left out, sorted: newer kernels come later. */
static GPtrArray *list_entries(const struct oriel_host *host, const char *folder)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) names = oriel_host_list(host, "%s", folder);

	for (char **name = names; *name; name++)
		if (g_str_has_suffix(*name, ".conf") && strcmp(*name, RESCUE_FILE))
			g_ptr_array_add(entries, g_build_filename(folder, *name, NULL));
	return entries;
}

gboolean oriel_bind_entries_add_parameters(struct oriel_bind_plan *plan)
{
	const char *folder = find_folder(plan->host);
	g_autoptr(GPtrArray) entries = folder ? list_entries(plan->host, folder) : NULL;

	for (guint i = 0; entries && i < entries->len; i++) {
		const char *path = g_ptr_array_index(entries, i);
		g_autofree char *text = oriel_bind_plan_read(plan, path);
		g_autofree char *longer =
			text ? oriel_bind_text_add_to_lines(text, "options ", plan->parameters)
			     : NULL;

		if (longer)
			oriel_bind_plan_write(plan, path, longer, WHY_PARAMETERS);
	}
	return entries && entries->len > 0;
}

/* Release of the running kernel stands in the entry of the one that is started now. */
static const char *choose_entry(const struct oriel_bind_plan *plan, const GPtrArray *entries)
{
	g_autofree char *kernel = oriel_machine_read_kernel(plan->host);

	for (guint i = 0; kernel && i < entries->len; i++) {
		g_autofree char *text = oriel_bind_plan_read(plan, g_ptr_array_index(entries, i));

		if (text && strstr(text, kernel))
			return g_ptr_array_index(entries, i);
	}
	return g_ptr_array_index(entries, entries->len - 1);
}

/* The entry under another title, with the parameter that starts without binding. */
static char *make_rescue(const char *entry)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_auto(GStrv) lines = g_strsplit(entry, "\n", -1);
	g_autofree char *joined = NULL;

	g_ptr_array_add(words, (char *)ORIEL_BIND_RESCUE_PARAMETER);
	for (char **line = lines; *line; line++) {
		if (g_str_has_prefix(*line, "title ")) {
			g_free(*line);
			*line = g_strdup("title " ORIEL_BIND_RESCUE_TITLE);
		} else if (g_str_has_prefix(*line, "sort-key ")) {
			g_free(*line);
			*line = g_strdup("sort-key zz-oriel-rescue");
		}
	}
	joined = g_strjoinv("\n", lines);
	return oriel_bind_text_add_to_lines(joined, "options ", words);
}

gboolean oriel_bind_entries_add_rescue(struct oriel_bind_plan *plan)
{
	const char *folder = find_folder(plan->host);
	g_autoptr(GPtrArray) entries = folder ? list_entries(plan->host, folder) : NULL;
	g_autofree char *path = NULL;
	g_autofree char *text = NULL;
	g_autofree char *rescue = NULL;

	if (!entries || !entries->len)
		return FALSE;
	text = oriel_bind_plan_read(plan, choose_entry(plan, entries));
	if (!text)
		return FALSE;
	path = g_build_filename(folder, RESCUE_FILE, NULL);
	rescue = make_rescue(text);
	oriel_bind_plan_write(plan, path, rescue, WHY_RESCUE);
	return TRUE;
}

void oriel_bind_entries_add_to_cmdline(struct oriel_bind_plan *plan)
{
	static const char file[] = "/etc/kernel/cmdline";
	g_autofree char *text = oriel_bind_plan_read(plan, file);
	g_autofree char *longer = NULL;
	g_autofree char *with_newline = NULL;
	gboolean ends;

	if (!text)
		return;
	ends = g_str_has_suffix(text, "\n");
	longer = oriel_bind_text_add_words(g_strchomp(text), plan->parameters);
	with_newline = g_strconcat(longer, ends ? "\n" : "", NULL);
	oriel_bind_plan_write(plan, file, with_newline, WHY_PARAMETERS);
}
