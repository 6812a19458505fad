/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What playing and recording through PipeWire have in common: the connection with its thread, and
 * one stream on it.
 *
 * Everything is called on the owner's thread. The connection's own thread runs the server's
 * answers; the process function of a stream runs on PipeWire's data thread, and the rules of _rt
 * functions hold for it.
 */
#ifndef ORIEL_AUDIO_PIPEWIRE_STREAM_H
#define ORIEL_AUDIO_PIPEWIRE_STREAM_H

#include <stdatomic.h>

#include <pipewire/pipewire.h>

#include "audio/audio.h"

struct oriel_pipewire_options {
	char *name, *device, *server; /* owned */
	uint32_t latency_ms;
};

struct oriel_pipewire {
	struct pw_thread_loop *loop;
	struct pw_context *context;
	struct pw_core *core;
	struct spa_hook core_listener;
	struct pw_stream *stream;
	struct spa_hook stream_listener;
	const char *what;	     /* "sound" or "microphone", for messages */
	void (*on_lost)(void *data); /* on the connection's thread; may be NULL */
	void *on_lost_data;
	int sync_seq;
	bool synced;
	_Atomic bool lost;

	/* Set again whenever the stream begins to run. */
	float amplitudes[ORIEL_AUDIO_CHANNELS_MAX];
	uint32_t amplitude_count; /* 0: never set */
	bool mute;

	/* The stream's own events. */
	const struct oriel_pipewire_events *events;
	void *events_data;
};

struct oriel_pipewire_events {
	void (*process_rt)(void *data);
	/* The area through which the resampler is told how fast to go; NULL: gone. */
	void (*set_rate_match)(void *data, struct spa_io_rate_match *rate_match);
};

/* 0 or -ENOMEM. NULL strings of from become NULL. */
int oriel_pipewire_options_copy(
	struct oriel_pipewire_options *ret_options, const struct oriel_audio_options *from);
void oriel_pipewire_options_finish(struct oriel_pipewire_options *options);

/* Connects. what, on_lost and its data are set before. */
int oriel_pipewire_open(
	struct oriel_pipewire *pipewire, const char *server, struct oriel_error *error);
/* Ends stream and connection. Zeroed, closed or half-open is fine. */
void oriel_pipewire_close(struct oriel_pipewire *pipewire);

/* Replaces the stream there was. */
int oriel_pipewire_open_stream(struct oriel_pipewire *pipewire, enum pw_direction direction,
	const struct oriel_pipewire_options *options, const struct oriel_audio_format *format,
	const struct oriel_pipewire_events *events, void *data, struct oriel_error *error);

void oriel_pipewire_set_volume(
	struct oriel_pipewire *pipewire, const float *amplitudes, uint32_t channels);
void oriel_pipewire_set_mute(struct oriel_pipewire *pipewire, bool mute);

#endif
