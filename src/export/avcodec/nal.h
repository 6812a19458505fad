/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264 as a stream has it (units with a start code before each, Annex B of the standard) and as a
 * file has it (units with their length before each, parameters apart; ISO/IEC 14496-15). Pure.
 */
#ifndef ORIEL_EXPORT_AVCODEC_NAL_H
#define ORIEL_EXPORT_AVCODEC_NAL_H

#include <stddef.h>
#include <stdint.h>

/* What the units of a stream need as a file has them, at most. */
size_t oriel_nal_room(size_t bytes);
/* Writes the units of a stream as a file has them; returns the bytes. */
size_t oriel_nal_convert(const uint8_t *stream, size_t bytes, uint8_t *to);
/* Writes the parameters of RGB with 8 bits as a file has them, from those in a stream; returns the
 * bytes, 0: they are not there. to: oriel_nal_room(bytes) and 32 more. */
size_t oriel_nal_make_config(const uint8_t *stream, size_t bytes, uint8_t *to);

#endif
