/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keyboards and mice taken straight from the kernel, past the desktop: a second way for input
 * beside the window's. While input is captured they are grabbed, which keeps the desktop from
 * seeing them at all; at other times they are the desktop's, and nothing comes from here.
 *
 * A device is grabbed once none of its keys is held, since the desktop would never learn of their
 * release; until then its events come by the window. One that is gone is told as lost and left.
 *
 * Opened on the main thread, then the render thread's, but for take_away(). Nothing there allocates
 * or blocks.
 */
#ifndef ORIEL_VIEW_EVDEV_H
#define ORIEL_VIEW_EVDEV_H

#include <stdbool.h>

#include "base/error.h"
#include "window/window.h"

#define ORIEL_EVDEV_DEVICES_MAX 8

struct oriel_evdev;

/* What is asked of a device besides its events; for tests. */
struct oriel_evdev_ops {
	/* 0 or a negative errno: -EBUSY, somebody else has it. */
	int (*grab)(int fd, bool wanted);
	bool (*is_any_down)(int fd);
};

/* -ENOMEM or -EMFILE. ops: NULL for the kernel's. */
int oriel_evdev_create(struct oriel_evdev **ret_evdev, const struct oriel_evdev_ops *ops,
	struct oriel_error *error);
/* Lets go of everything. NULL is fine. */
void oriel_evdev_destroy(struct oriel_evdev *evdev);

/* paths: with commas between. An error names the one that cannot be used, and why. */
int oriel_evdev_open(struct oriel_evdev *evdev, const char *paths, struct oriel_error *error);
/* Takes over fd, which does not block. name is borrowed. False, and fd still the caller's, when
 * there are too many. */
bool oriel_evdev_add(struct oriel_evdev *evdev, int fd, const char *name);

/* Readable when there is something to dispatch. */
int oriel_evdev_get_fd(const struct oriel_evdev *evdev);
/* Lets go at once; grabs with the next dispatch, which is due then. */
void oriel_evdev_set_grab_rt(struct oriel_evdev *evdev, bool wanted);
/* Gives the devices back to the desktop while the render thread hangs, which hears of it with the
 * next dispatch, as of a grab that was lost. Any thread. */
void oriel_evdev_take_away(struct oriel_evdev *evdev);
bool oriel_evdev_is_due_rt(const struct oriel_evdev *evdev);
/* Tells of keys, buttons, ways, the wheel, and devices and grabs that were lost. */
void oriel_evdev_dispatch_rt(
	struct oriel_evdev *evdev, const struct oriel_window_listener *listener, void *data);

#endif
