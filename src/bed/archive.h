/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes an archive that the kernel unpacks as its first root: cpio, "newc" layout, uncompressed.
 * Everything in it belongs to root. Thread: one at a time. Blocks on the files only.
 */
#ifndef ORIEL_BED_ARCHIVE_H
#define ORIEL_BED_ARCHIVE_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

struct oriel_archive;

struct oriel_archive *oriel_archive_create(void);
void oriel_archive_destroy(struct oriel_archive *archive);

/* Paths in the archive are absolute; folders above are made on the way. A path that is there
 * already is left as it is. */
void oriel_archive_add_folder(struct oriel_archive *archive, const char *path);
void oriel_archive_add_bytes(struct oriel_archive *archive, const char *path, mode_t mode,
	const void *data, size_t size);
void oriel_archive_add_link(struct oriel_archive *archive, const char *path, const char *target);
void oriel_archive_add_device(
	struct oriel_archive *archive, const char *path, unsigned int major, unsigned int minor);
/* With the permissions of the file source. False and error set when it cannot be read. */
bool oriel_archive_add_file(
	struct oriel_archive *archive, const char *path, const char *source, GError **error);

/* Ends the archive and returns a descriptor of an anonymous file that holds it, or -1 and error
 * set. The file is gone when its last descriptor is. */
int oriel_archive_finish(struct oriel_archive *archive, GError **error);

#endif
