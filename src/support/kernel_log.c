/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/collect.h"

#include "support/text_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of the kernel's log only what is about the things Oriel deals with. */
static const char *const words[] = {"amdgpu", "AMD-Vi", "aperture", "BAR ", "BOOTFB", "DMAR", "drm",
	"efifb", "i915", "iommu", "IOMMU", "ivshmem", "kvm", "Linux version", "nouveau", "NVRM",
	"nvidia", "oriel", "Out of memory", "pcieport", "qemu", "reset", "simpledrm", "vfio",
	"vgaarb", " xe "};

static gboolean matters(const char *line)
{
	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (strstr(line, words[i]))
			return TRUE;
	return FALSE;
}

static void add_lines(GString *log, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		if (matters(*line))
			g_string_append_printf(log, "%s\n", *line);
}

/* "6,339,5140900,-;text": level and flags, number, microseconds; what follows on further lines is
 * for programs. */
static void add_record(GString *log, char *record)
{
	char *text = strchr(record, ';');
	guint64 time_us = 0;

	if (!text || sscanf(record, "%*u,%*u,%" G_GUINT64_FORMAT, &time_us) != 1)
		return;
	text++;
	text[strcspn(text, "\n")] = '\0';
	if (matters(text))
		g_string_append_printf(log, "[%5" G_GUINT64_FORMAT ".%06u] %s\n",
			time_us / G_USEC_PER_SEC, (guint)(time_us % G_USEC_PER_SEC), text);
}

/* The kernel's own memory of its messages; each read gives one. FALSE: this user may not. */
static gboolean add_memory(GString *log)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];
	ssize_t got;

	if (fd < 0)
		return FALSE;
	while (log->len < ORIEL_COLLECT_FILE_BYTES_MAX &&
		(got = read(fd, record, sizeof record - 1)) > 0) {
		record[got] = '\0';
		add_record(log, record);
	}
	close(fd);
	return TRUE;
}

static void add_log_file(
	struct oriel_bundle *bundle, const struct oriel_host *host, const char *path)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);
	g_autofree char *name = g_strconcat("host", path, NULL);
	g_autoptr(GString) log = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	gsize size;
	g_autofree char *text =
		oriel_text_file_read(full, ORIEL_COLLECT_FILE_BYTES_MAX, &size, &error);

	if (text)
		add_lines(log, text);
	if (log->len)
		oriel_bundle_add(bundle, name, log->str, log->len);
	else if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
		oriel_bundle_add_missing(bundle, name, error->message);
}

void oriel_collect_kernel_log(struct oriel_bundle *bundle, const struct oriel_host *host)
{
	g_autoptr(GString) log = g_string_new(NULL);

	add_log_file(bundle, host, "/var/log/kern.log");
	add_log_file(bundle, host, "/var/log/dmesg");
	if (!oriel_host_is_live(host))
		return;
	if (!add_memory(log))
		oriel_bundle_add_missing(bundle, "host/kernel-messages",
			"may not be read; with sudo it would be inside");
	if (log->len)
		oriel_bundle_add(bundle, "host/kernel-messages", log->str, log->len);
}
