/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lossless video of what a tap gives, as a Matroska file: each picture when it came, none where
 * nothing changed.
 *
 * A thread of its own encodes and writes, less urgently than everything else of the program. The
 * functions here belong to the main thread and do not wait, except finish() and destroy(). A file
 * without a picture is removed.
 */
#ifndef ORIEL_EXPORT_RECORDING_H
#define ORIEL_EXPORT_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "export/tap.h"

struct oriel_recording;

struct oriel_recording_news {
	uint64_t written, missed; /* pictures */
	uint64_t bytes;
	bool has_ended;
	struct oriel_error error; /* code 0: it ended as it was asked to */
};

/* Makes the file, which must not be there yet, and asks tap, which is closed, for pictures.
 * encoder: a name of oriel_encoder_open(). Pictures of another size go on in FILE-2.mkv and so on.
 */
int oriel_recording_start(struct oriel_recording **ret_recording, struct oriel_tap *tap,
	const char *path, const char *encoder, struct oriel_error *error);
/* Takes no more pictures; what was taken is still written. */
void oriel_recording_stop(struct oriel_recording *recording);
/* Stops, and waits until everything is written. The tap's render thread still turns, or the tap is
 * an orphan. */
void oriel_recording_finish(struct oriel_recording *recording);
/* Finishes it if nobody did. NULL is fine. */
void oriel_recording_destroy(struct oriel_recording *recording);

/* Readable when pictures began to be missed, and when it has ended. */
int oriel_recording_get_fd(const struct oriel_recording *recording);
void oriel_recording_clear_fd(struct oriel_recording *recording);
void oriel_recording_get_news(
	const struct oriel_recording *recording, struct oriel_recording_news *ret_news);

#endif
