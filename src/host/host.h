/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading one machine's facts below a root directory. "/" is this machine; a test or a rescue
 * system names another. Paths are written absolute ("/sys/bus/pci"), symbolic links are followed as
 * the kernel follows them.
 *
 * Reads only. May block on the file system. One thread per object. A fact that cannot be read is
 * NULL or false, never a default: "could not be measured" must stay visible.
 */
#ifndef ORIEL_HOST_HOST_H
#define ORIEL_HOST_HOST_H

#include <glib.h>

struct oriel_host;

/* root: a directory; NULL or "/" is this machine. */
struct oriel_host *oriel_host_create(const char *root);
void oriel_host_destroy(struct oriel_host *host);

/* True for this machine: only then may questions be asked that no tree answers (a socket, access(2)
 * rights of this user). */
gboolean oriel_host_is_live(const struct oriel_host *host);

/* The path below the root, to show as evidence or to open. Free with g_free(). */
char *oriel_host_get_path(const struct oriel_host *host, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

/* A small text file (1 MiB at most) without its trailing white space; NULL when it cannot be read.
 */
char *oriel_host_read(const struct oriel_host *host, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A number in that file, decimal or with 0x; FALSE when there is none. */
gboolean oriel_host_read_number(const struct oriel_host *host, guint64 *ret_value,
	const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Last component of the link's target ("vfio-pci" for …/driver); NULL when it is no link. */
char *oriel_host_read_link(const struct oriel_host *host, const char *format, ...)
	G_GNUC_PRINTF(2, 3);
gboolean oriel_host_exists(const struct oriel_host *host, const char *format, ...)
	G_GNUC_PRINTF(2, 3);
/* Sorted names, an empty list where the directory cannot be read. Free with g_strfreev(). */
char **oriel_host_list(const struct oriel_host *host, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
