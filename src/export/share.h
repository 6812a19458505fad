/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a tap gives, as a camera that other programs of the desktop can pick: a video source of
 * PipeWire, there while sharing is on and gone with it.
 *
 * A thread of its own hands the newest picture to whoever looks; while nobody does, it takes none.
 * The functions here belong to the main thread and wait for nobody, except where they say so.
 */
#ifndef ORIEL_EXPORT_SHARE_H
#define ORIEL_EXPORT_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "export/tap.h"

struct oriel_share;

/* How other programs see it. */
struct oriel_share_name {
	const char *node;   /* for programs, without blanks */
	const char *people; /* what lists of cameras show */
};

/* tap is closed. Connects to PipeWire, which may take a moment; the camera appears with the first
 * picture. -ENOSYS: this build has no PipeWire. */
int oriel_share_start(struct oriel_share **ret_share, struct oriel_tap *tap,
	const struct oriel_share_name *name, struct oriel_error *error);
/* Takes the camera away. Waits until the tap is home, half a second at most: the render thread
 * still turns, or the tap is an orphan. NULL is fine. */
void oriel_share_stop(struct oriel_share *share);

/* Pictures that were handed over. */
uint64_t oriel_share_get_count(const struct oriel_share *share);
/* Readable when sharing has ended by itself; reason (code 0: it has not) says why. */
int oriel_share_get_fd(const struct oriel_share *share);
void oriel_share_get_reason(const struct oriel_share *share, struct oriel_error *ret_reason);

#endif
