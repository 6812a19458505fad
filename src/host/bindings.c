/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bindings.h"

#include <string.h>

static void free_binding(void *data)
{
	struct oriel_binding *binding = data;

	g_free(binding->source);
	g_free(binding);
}

/* "10de:2484" with up to two more fields, as vfio-pci reads them. */
static gboolean parse_ids(const char *text, struct oriel_binding *binding)
{
	g_auto(GStrv) fields = g_strsplit(text, ":", 3);
	guint64 vendor, device;

	if (g_strv_length(fields) < 2 ||
		!g_ascii_string_to_unsigned(fields[0], 16, 0, 0xffff, &vendor, NULL) ||
		!g_ascii_string_to_unsigned(fields[1], 16, 0, 0xffff, &device, NULL))
		return FALSE;
	binding->vendor = (guint16)vendor;
	binding->device = (guint16)device;
	return TRUE;
}

static void add_list(GPtrArray *bindings, const char *list, const char *source)
{
	g_auto(GStrv) parts = g_strsplit(list, ",", -1);

	for (char **part = parts; *part; part++) {
		struct oriel_binding parsed;

		if (!parse_ids(*part, &parsed))
			continue;
		parsed.source = g_strdup(source);
		g_ptr_array_add(bindings, g_memdup2(&parsed, sizeof parsed));
	}
}

/* Every word that begins with prefix, on a line of options or in the parameters. */
static void add_words(GPtrArray *bindings, const char *text, const char *prefix, const char *source)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t\n\"", -1);

	for (char **word = words; *word; word++)
		if (g_str_has_prefix(*word, prefix))
			add_list(bindings, *word + strlen(prefix), source);
}

static void add_modprobe_file(GPtrArray *bindings, const struct oriel_host *host, const char *path)
{
	g_autofree char *text = oriel_host_read(host, "%s", path);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_strstrip(*line);
		if (g_str_has_prefix(*line, "options vfio-pci ") ||
			g_str_has_prefix(*line, "options vfio_pci "))
			add_words(bindings, *line, "ids=", path);
	}
}

GPtrArray *oriel_bindings_list(const struct oriel_host *host)
{
	GPtrArray *bindings = g_ptr_array_new_with_free_func(free_binding);
	g_auto(GStrv) names = oriel_host_list(host, "/etc/modprobe.d");
	g_autofree char *parameters = oriel_host_read(host, "/proc/cmdline");

	for (char **name = names; *name; name++) {
		g_autofree char *path = g_build_filename("/etc/modprobe.d", *name, NULL);

		if (g_str_has_suffix(*name, ".conf"))
			add_modprobe_file(bindings, host, path);
	}
	if (parameters) {
		add_words(bindings, parameters, "vfio-pci.ids=", "/proc/cmdline");
		add_words(bindings, parameters, "vfio_pci.ids=", "/proc/cmdline");
	}
	return bindings;
}

/* The values of GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT, as a shell would read them. */
static char *read_grub(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GString) words = g_string_new(NULL);

	for (char **line = lines; *line; line++) {
		char *equals = strchr(*line, '=');
		g_autofree char *value = NULL;

		if (!equals || !g_str_has_prefix(*line, "GRUB_CMDLINE_LINUX"))
			continue;
		value = g_shell_unquote(equals + 1, NULL);
		g_string_append_printf(words, "%s ", value ? value : "");
	}
	return g_string_free(g_steal_pointer(&words), FALSE);
}

char *oriel_bindings_read_parameters(const struct oriel_host *host, char **ret_source)
{
	g_autofree char *text = oriel_host_read(host, "/etc/kernel/cmdline");

	if (text) {
		*ret_source = g_strdup("/etc/kernel/cmdline");
		return g_steal_pointer(&text);
	}
	text = oriel_host_read(host, "/etc/default/grub");
	if (!text)
		return NULL;
	*ret_source = g_strdup("/etc/default/grub");
	return read_grub(text);
}
