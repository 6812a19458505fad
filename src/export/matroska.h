/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes one track of video into a Matroska file (RFC 9559).
 *
 * What was written so far can be played at any moment, even after a crash or a full disk: sizes and
 * the index, which only the end knows, are filled in last. Blocks on the disk. Thread: one.
 */
#ifndef ORIEL_EXPORT_MATROSKA_H
#define ORIEL_EXPORT_MATROSKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oriel_matroska;

struct oriel_matroska_track {
	const char *codec;     /* as Matroska names it: "V_FFV1" */
	const uint8_t *config; /* what a decoder needs first; may be NULL */
	size_t config_bytes;
	const char *fourcc; /* of uncompressed video; else NULL */
	uint32_t width_px, height_px;
};

/* fd: an empty file, borrowed. 0, or a negative errno. */
int oriel_matroska_create(
	struct oriel_matroska **ret_matroska, int fd, const struct oriel_matroska_track *track);
/* Times are from the beginning, and rise. After an error the file ends with the frame before. */
int oriel_matroska_write(struct oriel_matroska *matroska, const uint8_t *data, size_t bytes,
	uint64_t time_ns, bool is_key);
/* length_ns: how long the whole is. After an error the file can be played, but not searched. */
int oriel_matroska_finish(struct oriel_matroska *matroska, uint64_t length_ns);
/* Bytes of the file. */
uint64_t oriel_matroska_get_bytes(const struct oriel_matroska *matroska);
/* NULL is fine. */
void oriel_matroska_destroy(struct oriel_matroska *matroska);

#endif
