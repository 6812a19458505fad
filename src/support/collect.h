/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of a machine that help to understand what went wrong, into a bundle: settings, logs,
 * what Oriel noted of its own doings, the lines of the kernel's log that matter. And the names that
 * are private there: of the computer, its people and its networks.
 *
 * Only regular files of text are read, never through a link, and of each its end only. One thread;
 * blocks on files, and for some seconds at most on the system's journal.
 */
#ifndef ORIEL_SUPPORT_COLLECT_H
#define ORIEL_SUPPORT_COLLECT_H

#include "host/host.h"
#include "support/bundle.h"

#define ORIEL_COLLECT_FILE_BYTES_MAX (256u * 1024)
#define ORIEL_COLLECT_FOLDER_FILES_MAX 32u

void oriel_collect_names(struct oriel_bundle *bundle, const struct oriel_host *host);
void oriel_collect_files(struct oriel_bundle *bundle, const struct oriel_host *host);
void oriel_collect_kernel_log(struct oriel_bundle *bundle, const struct oriel_host *host);

#endif
