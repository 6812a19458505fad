/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a file that somebody else may have put there. One thread; never waits for another
 * program. */
#ifndef ORIEL_SUPPORT_TEXT_FILE_H
#define ORIEL_SUPPORT_TEXT_FILE_H

#include <gio/gio.h>

/* The end of a regular file of text, whole lines and bytes_max at most; the result ends with a zero
 * byte that is not counted. NULL and error set, with a reason that names no path: not there
 * (G_IO_ERROR_NOT_FOUND), a link, no regular file, not readable, not text. Free with g_free(). */
char *oriel_text_file_read(const char *path, gsize bytes_max, gsize *ret_size, GError **error);

#endif
