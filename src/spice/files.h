/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of files on the clipboard: paths in the folder that guest and desktop share, as agents
 * write them ("copy" or "cut", then the paths from that folder on, each ended by a NUL), and as
 * desktops do (text/uri-list). A path that leads anywhere else, by ".." or by a link, makes the
 * list worthless.
 *
 * Thread: any. Asks the file system where links lead.
 */
#ifndef ORIEL_SPICE_FILES_H
#define ORIEL_SPICE_FILES_H

#include <glib.h>

/* More files make the list worthless, too. */
#define ORIEL_SPICE_FILES_MAX 1000u

/* NULL and error set when it is no list of files in folder. Owned by the caller. */
GBytes *oriel_spice_files_from_guest(
	const char *folder, const void *data, gsize size, GError **error);
GBytes *oriel_spice_files_to_guest(
	const char *folder, const void *data, gsize size, GError **error);

/* The paths that a list of the desktop (text/uri-list) names, links followed, NULL-ended and owned
 * by the caller. folders (NULL-ended): each path has to lie in one of them. NULL and error set when
 * one does not, or there is none. */
char **oriel_spice_files_find(
	const char *const *folders, const void *data, gsize size, GError **error);

#endif
