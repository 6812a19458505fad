/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GRUB: with menu entries of its own making (Debian, Arch), or with boot loader entries (Fedora,
 * where grubby looks after them). */
#include "bind/loader.h"
#include "bind/text.h"

#include <gio/gio.h>
#include <string.h>

#define WHY_RESCUE "an entry that starts without binding"
#define WHY_PARAMETERS "the kernel's parameters"

static const char *const folders[] = {"/boot/grub", "/boot/grub2"};

static const char *find_folder(const struct oriel_host *host)
{
	for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
		if (oriel_host_exists(host, "%s/grub.cfg", folders[i]))
			return folders[i];
	return NULL;
}

/* ---- the rescue entry ----------------------------------------------------------------------- */

/* The first menu entry, up to the brace that closes it; NULL: none. Entries stand at the start of a
 * line, so do their ends. */
static char *find_first_entry(const char *config)
{
	const char *begin = g_str_has_prefix(config, "menuentry ") ? config : NULL;
	const char *end;

	if (!begin) {
		begin = strstr(config, "\nmenuentry ");
		begin = begin ? begin + 1 : NULL;
	}
	end = begin ? strstr(begin, "\n}\n") : NULL;
	return end ? g_strndup(begin, (gsize)(end - begin) + strlen("\n}\n")) : NULL;
}

/* The entry under another name, with the parameter that starts without binding. */
static char *make_rescue(const char *entry)
{
	g_autoptr(GString) rescue = g_string_new(NULL);
	g_auto(GStrv) lines = g_strsplit(entry, "\n", -1);

	g_string_append(rescue, "menuentry '" ORIEL_BIND_RESCUE_TITLE "' {\n");
	for (char **line = lines + 1; *line && **line; line++) {
		const char *word = *line + strspn(*line, " \t");
		gboolean is_kernel = g_str_has_prefix(word, "linux");

		g_string_append_printf(
			rescue, "%s%s\n", *line, is_kernel ? " " ORIEL_BIND_RESCUE_PARAMETER : "");
	}
	return g_string_free(g_steal_pointer(&rescue), FALSE);
}

/* GRUB reads custom.cfg beside its own configuration by itself. */
static gboolean add_rescue(struct oriel_bind_plan *plan, GError **error)
{
	const char *folder = find_folder(plan->host);
	g_autofree char *config = NULL;
	g_autofree char *custom = NULL;
	g_autofree char *before = NULL;
	g_autofree char *entry = NULL;
	g_autofree char *rescue = NULL;
	g_autofree char *text = NULL;

	if (oriel_bind_entries_add_rescue(plan))
		return TRUE;
	config = folder ? g_strconcat(folder, "/grub.cfg", NULL) : NULL;
	before = config ? oriel_bind_plan_read(plan, config) : NULL;
	entry = before ? find_first_entry(before) : NULL;
	if (!entry) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"no menu entry was found in %s that could be copied for the rescue: "
			"without "
			"one nothing is changed; is it readable?",
			config ? config : "/boot/grub/grub.cfg");
		return FALSE;
	}
	rescue = make_rescue(entry);
	custom = g_strconcat(folder, "/custom.cfg", NULL);
	g_free(before);
	before = oriel_bind_plan_read(plan, custom);
	text = oriel_bind_text_set_block(before ? before : "", rescue);
	oriel_bind_plan_write(plan, custom, text, WHY_RESCUE);
	return TRUE;
}

/* ---- parameters ----------------------------------------------------------------------------- */

static char *join(const GPtrArray *words)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < words->len; i++)
		g_string_append_printf(
			text, "%s%s", i ? " " : "", (const char *)g_ptr_array_index(words, i));
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* The line GRUB_CMDLINE_LINUX="…" with the words before its closing quote; NULL: no such line. */
static char *extend_defaults(const char *text, const GPtrArray *parameters)
{
	static const char key[] = "GRUB_CMDLINE_LINUX=";
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_autofree char *value = NULL;
		g_autofree char *longer = NULL;

		if (!g_str_has_prefix(*line, key))
			continue;
		value = g_shell_unquote(*line + strlen(key), NULL);
		if (!value || strpbrk(value, "\"$`\\"))
			return NULL;
		longer = oriel_bind_text_add_words(value, parameters);
		g_free(*line);
		*line = g_strdup_printf("%s\"%s\"", key, longer);
		return g_strjoinv("\n", lines);
	}
	return NULL;
}

/* A drop-in where the system reads those (Debian and its kin). */
static void add_drop_in(struct oriel_bind_plan *plan, const char *words)
{
	g_autofree char *text =
		g_strdup_printf("# Written by 'oriel vfio apply', taken out by 'oriel vfio undo'.\n"
				"GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"\n",
			words);

	oriel_bind_plan_write(plan, "/etc/default/grub.d/oriel.cfg", text, WHY_PARAMETERS);
}

static gboolean add_defaults(struct oriel_bind_plan *plan, GError **error)
{
	static const char file[] = "/etc/default/grub";
	g_autofree char *text = oriel_bind_plan_read(plan, file);
	g_autofree char *longer = text ? extend_defaults(text, plan->parameters) : NULL;
	g_autofree char *words = join(plan->parameters);

	if (longer) {
		oriel_bind_plan_write(plan, file, longer, WHY_PARAMETERS);
		return TRUE;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
		"%s has no plain line GRUB_CMDLINE_LINUX=\"…\" that could be extended: add it, or "
		"add these parameters by hand: %s",
		file, words);
	return FALSE;
}

static void run_everywhere(struct oriel_bind_plan *plan, const char *const *words)
{
	oriel_bind_plan_run(plan, words);
	oriel_bind_plan_run_on_undo(plan, words);
}

static void add_command(struct oriel_bind_plan *plan)
{
	static const char *const update[] = {"update-grub", NULL};
	static const char *const grub[] = {"grub-mkconfig", "-o", "/boot/grub/grub.cfg", NULL};
	static const char *const grub2[] = {"grub2-mkconfig", "-o", "/boot/grub2/grub.cfg", NULL};

	if (oriel_host_exists(plan->host, "/usr/sbin/update-grub"))
		run_everywhere(plan, update);
	else if (oriel_host_exists(plan->host, "/boot/grub2"))
		run_everywhere(plan, grub2);
	else
		run_everywhere(plan, grub);
}

static gboolean add_parameters(struct oriel_bind_plan *plan, GError **error)
{
	g_autofree char *words = join(plan->parameters);

	if (!plan->parameters->len)
		return TRUE;
	/* With boot loader entries the parameters stand in those, as grubby would write them. */
	if (oriel_bind_entries_add_parameters(plan)) {
		oriel_bind_entries_add_to_cmdline(plan);
		return add_defaults(plan, error);
	}
	if (oriel_host_exists(plan->host, "/etc/default/grub.d"))
		add_drop_in(plan, words);
	else if (!add_defaults(plan, error))
		return FALSE;
	add_command(plan);
	return TRUE;
}

const struct oriel_bind_loader_ops oriel_bind_loader_grub = {
	ORIEL_BOOT_GRUB, add_rescue, add_parameters};
