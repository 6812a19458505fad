/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover/reservation.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

gboolean oriel_reservation_is_name(const char *vm)
{
	enum { BYTES_MAX = 63 };
	size_t length = strlen(vm);

	if (!length || length > BYTES_MAX || !g_ascii_isalnum(*vm))
		return FALSE;
	for (const char *at = vm; *at; at++)
		if (!g_ascii_isalnum(*at) && !strchr("._+-", *at))
			return FALSE;
	return TRUE;
}

char *oriel_reservation_find(const struct oriel_host *host, const struct oriel_pci_address *address)
{
	g_autofree char *text = oriel_host_read(host, ORIEL_RECORD_RESERVATIONS);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", -1);
		struct oriel_pci_address at;

		if (g_strv_length(words) == 2 && oriel_pci_address_parse(words[0], &at, NULL) &&
			oriel_pci_address_same_slot(&at, address) &&
			oriel_reservation_is_name(words[1]))
			return g_strdup(words[1]);
	}
	return NULL;
}

/* All lines but those of that card. */
static GString *read_others(const struct oriel_host *host, const struct oriel_pci_address *address)
{
	g_autofree char *text = oriel_host_read(host, ORIEL_RECORD_RESERVATIONS);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
	GString *others = g_string_new(NULL);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", -1);
		struct oriel_pci_address at;

		if (words[0] && oriel_pci_address_parse(words[0], &at, NULL) &&
			!oriel_pci_address_same_slot(&at, address))
			g_string_append_printf(others, "%s\n", *line);
	}
	return others;
}

gboolean oriel_reservation_set(const struct oriel_host *host,
	const struct oriel_pci_address *address, const char *vm, GError **error)
{
	g_autofree char *path = oriel_host_get_path(host, ORIEL_RECORD_RESERVATIONS);
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *holder = oriel_reservation_find(host, address);
	g_autoptr(GString) text = read_others(host, address);
	char name[ORIEL_PCI_ADDRESS_BYTES];

	oriel_pci_address_format(address, name);
	if (vm && holder && strcmp(holder, vm)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
			"%s is kept for '%s': 'oriel gpu reserve %s --none' gives it free", name,
			holder, name);
		return FALSE;
	}
	if (vm)
		g_string_append_printf(text, "%s %s\n", name, vm);
	g_mkdir_with_parents(folder, 0755);
	return g_file_set_contents_full(path, text->str, (gssize)text->len,
		G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, error);
}
