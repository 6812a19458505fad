/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sound of a guest on the desktop's devices, and the desktop's microphone to the guest.
 *
 * Knows nothing of where the guest's sound comes from. A sink plays what is written to it, a source
 * records; both are tables of functions with several implementations: PipeWire, and null, which
 * always builds. Samples are 16 bit, native byte order, channels interleaved; a frame is one sample
 * of each channel.
 *
 * Threads: an object belongs to the thread that created it. No function waits for the sound server,
 * except close() of a source, and that no longer than ORIEL_AUDIO_WAIT_MS.
 */
#ifndef ORIEL_AUDIO_AUDIO_H
#define ORIEL_AUDIO_AUDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ORIEL_AUDIO_CHANNELS_MAX 8
#define ORIEL_AUDIO_RATE_MIN_HZ 8000
#define ORIEL_AUDIO_RATE_MAX_HZ 192000
#define ORIEL_AUDIO_WAIT_MS 500

struct oriel_audio_format {
	uint32_t rate_hz;
	uint32_t channels; /* 1: mono, 2: left, right; more: in the order of SMPTE */
};

struct oriel_audio_options {
	const char *name;    /* what mixers show, such as the machine's name */
	const char *device;  /* name of the sound server's node; NULL: the user's default */
	const char *server;  /* name of the sound server's socket; NULL: the user's */
	uint32_t latency_ms; /* sound held against unevenness; a profile's audio-latency-ms */
	bool persistent; /* keep the device while the guest is silent: no delay when it begins */
};

/* What happened since start(). */
struct oriel_audio_stats {
	uint32_t gaps;	     /* times the guest's sound was missing while it should play */
	uint32_t skips;	     /* times sound was left out because far too much had come */
	uint32_t late;	     /* times the device left out more than half a period: a busy machine */
	uint32_t lost;	     /* packets that found no room */
	int32_t speed_ppm;   /* how much faster than nominal is played now */
	uint32_t latency_us; /* from the arrival of a frame to its being given to the server */
};

struct oriel_audio_sink {
	const struct oriel_audio_sink_ops *ops;
};

struct oriel_audio_sink_ops {
	const char *name;

	/* Strings of options are copied. Nothing is connected yet. */
	int (*create)(struct oriel_audio_sink **ret_sink, const struct oriel_audio_options *options,
		struct oriel_error *error);
	/* NULL is fine. */
	void (*destroy)(struct oriel_audio_sink *sink);

	/* The guest begins to play. Connects where there is no connection, or no longer one.
	 * -EINVAL: a format outside the limits above. A start after a start changes the format. */
	int (*start)(struct oriel_audio_sink *sink, const struct oriel_audio_format *format,
		struct oriel_error *error);
	/* Sound that arrived at now_ns (as oriel_time_now_ns()). Before start() it is dropped. */
	void (*write)(struct oriel_audio_sink *sink, const int16_t *samples, size_t frames,
		uint64_t now_ns);
	/* The guest falls silent; what was written is still played. Unless persistent, the device
	 * is let go some seconds later. */
	void (*stop)(struct oriel_audio_sink *sink);
	/* False before the first start() that went well, and once the sound server is gone: what is
	 * written is dropped until start() is called again. */
	bool (*is_connected)(const struct oriel_audio_sink *sink);

	/* amplitudes: linear, 1 is unchanged, one for each channel; kept for later starts. */
	void (*set_volume)(
		struct oriel_audio_sink *sink, const float *amplitudes, uint32_t channels);
	void (*set_mute)(struct oriel_audio_sink *sink, bool mute);
	void (*get_stats)(const struct oriel_audio_sink *sink, struct oriel_audio_stats *ret_stats);
};

extern const struct oriel_audio_sink_ops oriel_audio_sink_null;
extern const struct oriel_audio_sink_ops oriel_audio_sink_pipewire;

struct oriel_audio_source {
	const struct oriel_audio_source_ops *ops;
};

/* A source that exists records; there is no way to have one that is silent. */
struct oriel_audio_source_ops {
	const char *name;

	int (*open)(struct oriel_audio_source **ret_source,
		const struct oriel_audio_options *options, const struct oriel_audio_format *format,
		struct oriel_error *error);
	/* The device is free for others when this returns. NULL is fine. */
	void (*close)(struct oriel_audio_source *source);

	/* To poll for reading; the same for the source's life. */
	int (*get_fd)(const struct oriel_audio_source *source);
	/* At most frames, never waits. Returns how many there were; -EPIPE: the sound server is
	 * gone, close the source. */
	int (*read)(struct oriel_audio_source *source, int16_t *ret_samples, size_t frames);

	void (*set_volume)(
		struct oriel_audio_source *source, const float *amplitudes, uint32_t channels);
	void (*set_mute)(struct oriel_audio_source *source, bool mute);
};

extern const struct oriel_audio_source_ops oriel_audio_source_null;
extern const struct oriel_audio_source_ops oriel_audio_source_pipewire;

/* 0, or -EINVAL with the limits. */
int oriel_audio_format_check(const struct oriel_audio_format *format, struct oriel_error *error);

#endif
