/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * FFmpeg's libavcodec, looked for at run time: it brings a hundred libraries along, and a viewer
 * that records nothing should neither load nor need them.
 */
#ifndef ORIEL_EXPORT_AVCODEC_LIBRARY_H
#define ORIEL_EXPORT_AVCODEC_LIBRARY_H

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

#include "base/error.h"

/* The functions that are used, by their names. */
#define ORIEL_AVCODEC_FUNCTIONS(X)                                                                 \
	X(av_buffer_create)                                                                        \
	X(av_frame_alloc)                                                                          \
	X(av_frame_free)                                                                           \
	X(av_frame_unref)                                                                          \
	X(av_log_set_level)                                                                        \
	X(av_opt_set)                                                                              \
	X(av_packet_alloc)                                                                         \
	X(av_packet_free)                                                                          \
	X(av_packet_unref)                                                                         \
	X(av_strerror)                                                                             \
	X(avcodec_alloc_context3)                                                                  \
	X(avcodec_find_encoder_by_name)                                                            \
	X(avcodec_free_context)                                                                    \
	X(avcodec_open2)                                                                           \
	X(avcodec_receive_packet)                                                                  \
	X(avcodec_send_frame)

struct oriel_avcodec_library {
#define ORIEL_AVCODEC_MEMBER(name) __typeof__(name) *name;
	ORIEL_AVCODEC_FUNCTIONS(ORIEL_AVCODEC_MEMBER)
#undef ORIEL_AVCODEC_MEMBER
};

/* NULL: this machine has it not, or another version; error says which one is needed. Loaded once,
 * for the life of the process. Blocks on the disk. Any thread. */
const struct oriel_avcodec_library *oriel_avcodec_library_get(struct oriel_error *error);

#endif
