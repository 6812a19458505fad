/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Oriel has noted of its own doings on this host, below /var/lib/oriel: which files it
 * installed, which devices it was told to hand over, and a hand-over that has not come to its end.
 * Written by whoever does these things, read here. One thread; may block on the file system.
 */
#ifndef ORIEL_HOST_RECORD_H
#define ORIEL_HOST_RECORD_H

#include "host/pci.h"

#define ORIEL_RECORD_DIR "/var/lib/oriel"
/* First line "# oriel VERSION", then as sha256sum writes: "HEX  /absolute/path" */
#define ORIEL_RECORD_INSTALLED ORIEL_RECORD_DIR "/installed"
/* "0000:01:00.0 10de:2484 1458:4000": address, ids, subsystem ids. */
#define ORIEL_RECORD_DEVICES ORIEL_RECORD_DIR "/devices"
/* One file ADDRESS.journal while the device is on its way; the last line is the last step. */
#define ORIEL_RECORD_HANDOVER ORIEL_RECORD_DIR "/handover"
/* Likewise VM.journal while the computer is being tuned for a machine, VM.bound while it is. */
#define ORIEL_RECORD_TUNING ORIEL_RECORD_DIR "/tuning"

struct oriel_record_file {
	char *path;
	char *sha256; /* lower case */
};

struct oriel_record_device {
	struct oriel_pci_address address;
	guint16 vendor, device, subvendor, subdevice;
};

/* struct oriel_record_file *, freed with the array; NULL when nothing is noted. ret_version: of the
 * program that wrote it, NULL unknown; free with g_free(). Lines that make no sense are left out.
 */
GPtrArray *oriel_record_list_files(const struct oriel_host *host, char **ret_version);
/* struct oriel_record_device; empty where nothing is noted. */
GArray *oriel_record_list_devices(const struct oriel_host *host);
/* Of the file as it is now, in lower case; NULL when it cannot be read. Free with g_free(). */
char *oriel_record_get_sha256(const struct oriel_host *host, const char *path);

#endif
