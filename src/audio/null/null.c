/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound that nobody hears, and a microphone that hears nothing. */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "audio/audio.h"

static int create(struct oriel_audio_sink **ret_sink, const struct oriel_audio_options *options,
	struct oriel_error *error)
{
	struct oriel_audio_sink *sink = calloc(1, sizeof *sink);

	if (!sink)
		return oriel_error_set(error, -ENOMEM, "cannot play sound: out of memory");
	sink->ops = &oriel_audio_sink_null;
	*ret_sink = sink;
	return 0;
}

static void destroy(struct oriel_audio_sink *sink)
{
	free(sink);
}

static int start(struct oriel_audio_sink *sink, const struct oriel_audio_format *format,
	struct oriel_error *error)
{
	return oriel_audio_format_check(format, error);
}

static void write_nothing(
	struct oriel_audio_sink *sink, const int16_t *samples, size_t frames, uint64_t now_ns)
{
}

static void stop(struct oriel_audio_sink *sink)
{
}

static bool is_connected(const struct oriel_audio_sink *sink)
{
	return true;
}

static void set_volume(struct oriel_audio_sink *sink, const float *amplitudes, uint32_t channels)
{
}

static void set_mute(struct oriel_audio_sink *sink, bool mute)
{
}

static void get_stats(const struct oriel_audio_sink *sink, struct oriel_audio_stats *ret_stats)
{
	*ret_stats = (struct oriel_audio_stats){0};
}

const struct oriel_audio_sink_ops oriel_audio_sink_null = {
	.name = "null",
	.create = create,
	.destroy = destroy,
	.start = start,
	.write = write_nothing,
	.stop = stop,
	.is_connected = is_connected,
	.set_volume = set_volume,
	.set_mute = set_mute,
	.get_stats = get_stats,
};

struct source {
	struct oriel_audio_source source;
	int event_fd; /* never readable */
};

static struct source *get_source(const struct oriel_audio_source *source)
{
	return (struct source *)source;
}

static int open_source(struct oriel_audio_source **ret_source,
	const struct oriel_audio_options *options, const struct oriel_audio_format *format,
	struct oriel_error *error)
{
	int rc = oriel_audio_format_check(format, error);
	struct source *source;

	if (rc < 0)
		return rc;
	source = calloc(1, sizeof *source);
	if (!source)
		return oriel_error_set(error, -ENOMEM, "cannot record sound: out of memory");
	source->source.ops = &oriel_audio_source_null;
	source->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*ret_source = &source->source;
	return 0;
}

static void close_source(struct oriel_audio_source *source)
{
	if (!source)
		return;
	close(get_source(source)->event_fd);
	free(get_source(source));
}

static int get_fd(const struct oriel_audio_source *source)
{
	return get_source(source)->event_fd;
}

static int read_nothing(struct oriel_audio_source *source, int16_t *ret_samples, size_t frames)
{
	return 0;
}

static void set_source_volume(
	struct oriel_audio_source *source, const float *amplitudes, uint32_t channels)
{
}

static void set_source_mute(struct oriel_audio_source *source, bool mute)
{
}

const struct oriel_audio_source_ops oriel_audio_source_null = {
	.name = "null",
	.open = open_source,
	.close = close_source,
	.get_fd = get_fd,
	.read = read_nothing,
	.set_volume = set_source_volume,
	.set_mute = set_source_mute,
};
