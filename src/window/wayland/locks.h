/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the keyboard's locks of a Wayland desktop stand at: its modifiers, by the keymap that it
 * gives out with them. Told to the window with the focus only.
 */
#ifndef ORIEL_WINDOW_WAYLAND_LOCKS_H
#define ORIEL_WINDOW_WAYLAND_LOCKS_H

#include <stdint.h>

struct xkb_keymap;

struct oriel_wayland_locks {
	struct xkb_keymap *keymap; /* NULL: not read yet */
	int keymap_fd;		   /* -1: none */
	uint32_t keymap_bytes;
	uint32_t locked; /* modifiers, as last told */
	unsigned now;	 /* enum oriel_lock */
};

void oriel_wayland_locks_init(struct oriel_wayland_locks *locks);
void oriel_wayland_locks_finish(struct oriel_wayland_locks *locks);

/* The desktop's keymap from now on: bytes of fd, which becomes ours. */
void oriel_wayland_locks_set_keymap(struct oriel_wayland_locks *locks, int fd, uint32_t bytes);
/* Which are on (enum oriel_lock) with those modifiers locked. The first time that some are it reads
 * the keymap, which takes a few milliseconds. */
unsigned oriel_wayland_locks_update(struct oriel_wayland_locks *locks, uint32_t locked);

#endif
