/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Wayland window, without a toolkit. See window/window.h for the contract.
 *
 * The window reads the connection and dispatches its default queue. A presenter puts its own
 * objects on a queue of its own and dispatches that one: it is told to look after each read. All of
 * it on one thread.
 */
#ifndef ORIEL_WINDOW_WAYLAND_WAYLAND_H
#define ORIEL_WINDOW_WAYLAND_WAYLAND_H

#include "window/window.h"

extern const struct oriel_window_ops oriel_window_wayland;

#endif
