/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/record.h"

#include <stdio.h>
#include <string.h>

static void free_file(void *data)
{
	struct oriel_record_file *file = data;

	g_free(file->path);
	g_free(file->sha256);
	g_free(file);
}

static gboolean is_sha256(const char *text, size_t length)
{
	enum { DIGITS = 64 };

	return length == DIGITS && strspn(text, "0123456789abcdef") >= DIGITS;
}

GPtrArray *oriel_record_list_files(const struct oriel_host *host, char **ret_version)
{
	static const char title[] = "# oriel ";
	g_autofree char *text = oriel_host_read(host, ORIEL_RECORD_INSTALLED);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
	GPtrArray *files;

	*ret_version = NULL;
	if (!text)
		return NULL;
	files = g_ptr_array_new_with_free_func(free_file);
	for (char **line = lines; *line; line++) {
		const char *path = strstr(*line, "  /");
		struct oriel_record_file *file;

		if (g_str_has_prefix(*line, title) && !*ret_version)
			*ret_version = g_strdup(*line + strlen(title));
		if (!path || !is_sha256(*line, (size_t)(path - *line)))
			continue;
		file = g_new0(struct oriel_record_file, 1);
		file->sha256 = g_strndup(*line, (size_t)(path - *line));
		file->path = g_strdup(path + strlen("  "));
		g_ptr_array_add(files, file);
	}
	return files;
}

/* "10de:2484" */
static gboolean parse_ids(const char *text, guint16 *ret_first, guint16 *ret_second)
{
	unsigned int first, second;
	char rest;

	if (!text || sscanf(text, "%4x:%4x%c", &first, &second, &rest) != 2)
		return FALSE;
	*ret_first = (guint16)first;
	*ret_second = (guint16)second;
	return TRUE;
}

GArray *oriel_record_list_devices(const struct oriel_host *host)
{
	GArray *devices = g_array_new(FALSE, FALSE, sizeof(struct oriel_record_device));
	g_autofree char *text = oriel_host_read(host, ORIEL_RECORD_DEVICES);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", -1);
		struct oriel_record_device device;

		if (g_strv_length(words) == 3 &&
			oriel_pci_address_parse(words[0], &device.address, NULL) &&
			parse_ids(words[1], &device.vendor, &device.device) &&
			parse_ids(words[2], &device.subvendor, &device.subdevice))
			g_array_append_val(devices, device);
	}
	return devices;
}

char *oriel_record_get_sha256(const struct oriel_host *host, const char *path)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);
	g_autofree char *data = NULL;
	gsize size;

	if (!g_file_get_contents(full, &data, &size, NULL))
		return NULL;
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)data, size);
}
