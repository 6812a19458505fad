/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The capture sources of a Linux guest, and which of them --capture means. */
#ifndef ORIEL_GUEST_LINUX_SOURCES_H
#define ORIEL_GUEST_LINUX_SOURCES_H

#include "guest/core/capture.h"

/* Opens the source that options->capture names; for "auto" the first that works, a display server
 * being asked before the kernel. Errors: those of open; for "auto" the message names every try. */
int oriel_sources_open(const struct oriel_capture_ops **ret_source,
	struct oriel_capture **ret_capture, const struct oriel_guest_options *options,
	struct oriel_error *error);

#endif
