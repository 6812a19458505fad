/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copying pixels with the kind of store that suits what they do to the cache: ordinary stores where
 * the reader will find the bytes still cached (a 1080p frame), non-temporal ones where they would
 * only push everything else out (a 4K frame) or where the target is write-combined.
 *
 * Any thread; nothing blocks. Instruction sets are chosen at run time.
 */
#ifndef ORIEL_RELAY_COPY_H
#define ORIEL_RELAY_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oriel_copy_kind { ORIEL_COPY_CACHED, ORIEL_COPY_STREAM };

/* working_set_bytes: what one round over all buffers touches (both frame slots and the source). */
enum oriel_copy_kind oriel_copy_choose(size_t working_set_bytes, bool target_write_combined);

/* Streamed stores are not fenced: call oriel_wire_store_fence() before publishing. */
void oriel_copy_rt(enum oriel_copy_kind kind, void *to, const void *from, size_t bytes);

/* rows rows of row_bytes each. */
void oriel_copy_rows_rt(enum oriel_copy_kind kind, uint8_t *to, size_t to_pitch_bytes,
	const uint8_t *from, size_t from_pitch_bytes, size_t row_bytes, size_t rows);

#endif
