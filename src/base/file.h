/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are whole or were not touched, even across a power cut. Thread: any; blocks until it
 * is on the disk. Linux only. */
#ifndef ORIEL_BASE_FILE_H
#define ORIEL_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct oriel_file_owner {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* Writes a new file at fresh, which is beside path, and gives it path's name. What cannot have an
 * owner (FAT) goes without; owner NULL: this process's alone. 0, or a negative errno: then nothing
 * is left at fresh. */
int oriel_file_replace(const char *path, const char *fresh, const void *data, size_t size,
	const struct oriel_file_owner *owner);

/* Has what was renamed, made or removed in path's folder survive, as far as the file system can. */
void oriel_file_sync_folder(const char *path);

#endif
