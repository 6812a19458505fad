/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Source `x11`: an X server's whole screen, by XShm GetImage of what XDamage reports; the cursor by
 * XFixes. Needs access to the display ($DISPLAY, $XAUTHORITY) on the same machine. When it is not
 * built, x11_absent.c stands in for it: open says so.
 */
#ifndef ORIEL_GUEST_LINUX_X11_X11_H
#define ORIEL_GUEST_LINUX_X11_X11_H

#include "guest/core/capture.h"

extern const struct oriel_capture_ops oriel_capture_x11;

#endif
