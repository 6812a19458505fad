/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An X11 window by xcb: core events, no toolkit. See window/window.h for the contract. */
#ifndef ORIEL_WINDOW_X11_X11_H
#define ORIEL_WINDOW_X11_X11_H

#include "window/window.h"

extern const struct oriel_window_ops oriel_window_x11;

#endif
