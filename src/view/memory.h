/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is remembered of a VM's window for the next time: a file of settings below
 * oriel_memory_get_folder(), which view/config.h reads before all others. Main thread; small files.
 */
#ifndef ORIEL_VIEW_MEMORY_H
#define ORIEL_VIEW_MEMORY_H

#include "base/error.h"
#include "window/window.h"

/* $XDG_STATE_HOME/oriel, owned by the caller. */
char *oriel_memory_get_folder(void);

/* Writes down where the window is, and, has_own_size, how large. A window that is neither free nor
 * there any more changes nothing. 0 or a negative errno. */
int oriel_memory_write(
	const char *vm, struct oriel_window *window, bool has_own_size, struct oriel_error *error);

#endif
