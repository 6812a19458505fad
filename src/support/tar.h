/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes an archive as every tar reads it (ustar). Thread: any. Never blocks: it is in memory. */
#ifndef ORIEL_SUPPORT_TAR_H
#define ORIEL_SUPPORT_TAR_H

#include <glib.h>

#define ORIEL_TAR_NAME_BYTES_MAX 99

/* Appends a file of root's, mode 0600. name: relative, ORIEL_TAR_NAME_BYTES_MAX at most. time_s:
 * since 1970. */
void oriel_tar_add(GByteArray *tar, const char *name, const char *data, gsize size, gint64 time_s);
void oriel_tar_finish(GByteArray *tar);

#endif
