/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing files below a root so that they are whole or not there at all. One thread; blocks until
 * it is on the disk. On failure the error names the file and the reason. */
#ifndef ORIEL_BIND_FILE_H
#define ORIEL_BIND_FILE_H

#include "base/file.h"
#include "host/host.h"

/* Replaces the file in one step; what cannot have an owner (FAT) goes without. */
gboolean oriel_bind_file_write(const struct oriel_host *host, const char *path, GBytes *bytes,
	const struct oriel_file_owner *owner, GError **error);
/* Likewise what an interrupted writing left beside it. One that is not there is fine. */
gboolean oriel_bind_file_remove(const struct oriel_host *host, const char *path, GError **error);
/* Only what an interrupted writing left beside it. */
void oriel_bind_file_remove_rest(const struct oriel_host *host, const char *path);
gboolean oriel_bind_file_make_folder(
	const struct oriel_host *host, const char *path, GError **error);
/* Only an empty one; otherwise it stays. */
void oriel_bind_file_remove_folder(const struct oriel_host *host, const char *path);

#endif
