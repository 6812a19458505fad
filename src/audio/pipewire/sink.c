/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's sound on a PipeWire device. */
#include <errno.h>
#include <stdlib.h>

#include "audio/pipewire/stream.h"
#include "audio/queue.h"
#include "base/time.h"

/* How long the device is kept after the guest fell silent. */
#define KEEP_S 5

struct sink {
	struct oriel_audio_sink sink;
	struct oriel_pipewire_options options;
	bool persistent;
	struct oriel_pipewire pipewire;
	struct spa_source *timer;
	struct oriel_audio_queue *queue;
	struct oriel_audio_format format;
	struct spa_io_rate_match *rate_match; /* the data thread's, once streaming */
};

static struct sink *get_sink(const struct oriel_audio_sink *sink)
{
	return (struct sink *)sink;
}

/* ---- PipeWire's data thread ---- */

static uint64_t get_period_start_ns(struct pw_stream *stream)
{
	struct pw_time time = {0};

	if (pw_stream_get_time_n(stream, &time, sizeof time) < 0 || time.now <= 0)
		return oriel_time_now_ns();
	return (uint64_t)time.now;
}

static void process_rt(void *data)
{
	struct sink *sink = data;
	uint32_t stride = sink->format.channels * sizeof(int16_t);
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(sink->pipewire.stream);
	struct spa_io_rate_match *match = sink->rate_match;
	struct spa_data *room;
	uint64_t frames;
	double speed;

	if (!buffer)
		return;
	room = &buffer->buffer->datas[0];
	frames = room->maxsize / stride;
	if (buffer->requested && buffer->requested < frames)
		frames = buffer->requested;
	speed = oriel_audio_queue_take_rt(
		sink->queue, room->data, frames, get_period_start_ns(sink->pipewire.stream));
	if (match) {
		SPA_FLAG_SET(match->flags, SPA_IO_RATE_MATCH_FLAG_ACTIVE);
		match->rate = 1 / speed;
	}
	room->chunk->offset = 0;
	room->chunk->stride = (int32_t)stride;
	room->chunk->size = (uint32_t)(frames * stride);
	pw_stream_queue_buffer(sink->pipewire.stream, buffer);
}

static void set_rate_match(void *data, struct spa_io_rate_match *rate_match)
{
	((struct sink *)data)->rate_match = rate_match;
}

static const struct oriel_pipewire_events events = {
	.process_rt = process_rt,
	.set_rate_match = set_rate_match,
};

/* ---- letting the device go ---- */

static void set_timer(struct sink *sink, time_t seconds)
{
	struct timespec when = {.tv_sec = seconds};

	pw_thread_loop_lock(sink->pipewire.loop);
	pw_loop_update_timer(
		pw_thread_loop_get_loop(sink->pipewire.loop), sink->timer, &when, NULL, false);
	pw_thread_loop_unlock(sink->pipewire.loop);
}

/* On the connection's thread. Without a stream to drive, the device may sleep. */
static void on_timer(void *data, uint64_t expirations)
{
	pw_stream_set_active(((struct sink *)data)->pipewire.stream, false);
}

static void disconnect(struct sink *sink)
{
	/* The timer goes with its loop, but must not strike while the stream is taken down. */
	if (sink->timer)
		set_timer(sink, 0);
	sink->timer = NULL;
	oriel_pipewire_close(&sink->pipewire);
	sink->rate_match = NULL;
	oriel_audio_queue_destroy(sink->queue);
	sink->queue = NULL;
}

/* ---- the owner's thread ---- */

static int create(struct oriel_audio_sink **ret_sink, const struct oriel_audio_options *options,
	struct oriel_error *error)
{
	struct sink *sink = calloc(1, sizeof *sink);

	if (!sink || oriel_pipewire_options_copy(&sink->options, options) < 0) {
		free(sink);
		return oriel_error_set(error, -ENOMEM, "cannot play sound: out of memory");
	}
	sink->sink.ops = &oriel_audio_sink_pipewire;
	sink->persistent = options->persistent;
	sink->pipewire.what = "sound";
	*ret_sink = &sink->sink;
	return 0;
}

static void destroy(struct oriel_audio_sink *sink)
{
	if (!sink)
		return;
	disconnect(get_sink(sink));
	oriel_pipewire_options_finish(&get_sink(sink)->options);
	free(get_sink(sink));
}

static bool is_connected(const struct oriel_audio_sink *base)
{
	const struct sink *sink = (const struct sink *)base;

	return sink->pipewire.stream && !atomic_load(&sink->pipewire.lost);
}

static bool is_usable(const struct sink *sink, const struct oriel_audio_format *format)
{
	return is_connected(&sink->sink) && sink->format.rate_hz == format->rate_hz &&
	       sink->format.channels == format->channels;
}

static int connect(
	struct sink *sink, const struct oriel_audio_format *format, struct oriel_error *error)
{
	int rc;

	disconnect(sink);
	sink->format = *format;
	sink->queue = oriel_audio_queue_create(format, sink->options.latency_ms);
	if (!sink->queue)
		return oriel_error_set(error, -ENOMEM, "cannot play sound: out of memory");
	rc = oriel_pipewire_open(&sink->pipewire, sink->options.server, error);
	if (rc < 0)
		return rc;
	pw_thread_loop_lock(sink->pipewire.loop);
	sink->timer =
		pw_loop_add_timer(pw_thread_loop_get_loop(sink->pipewire.loop), on_timer, sink);
	pw_thread_loop_unlock(sink->pipewire.loop);
	return oriel_pipewire_open_stream(
		&sink->pipewire, PW_DIRECTION_OUTPUT, &sink->options, format, &events, sink, error);
}

static void wake_device(struct sink *sink)
{
	set_timer(sink, 0);
	pw_thread_loop_lock(sink->pipewire.loop);
	pw_stream_set_active(sink->pipewire.stream, true);
	pw_thread_loop_unlock(sink->pipewire.loop);
}

static int start(struct oriel_audio_sink *base, const struct oriel_audio_format *format,
	struct oriel_error *error)
{
	struct sink *sink = get_sink(base);
	int rc = oriel_audio_format_check(format, error);

	if (rc < 0)
		return rc;
	if (is_usable(sink, format))
		wake_device(sink);
	else
		rc = connect(sink, format, error);
	if (rc < 0) {
		disconnect(sink);
		return rc;
	}
	oriel_audio_queue_start(sink->queue);
	return 0;
}

static void write_sound(
	struct oriel_audio_sink *base, const int16_t *samples, size_t frames, uint64_t now_ns)
{
	struct sink *sink = get_sink(base);

	if (sink->queue)
		oriel_audio_queue_write(sink->queue, samples, frames, now_ns);
}

static void stop(struct oriel_audio_sink *base)
{
	struct sink *sink = get_sink(base);

	if (!sink->queue)
		return;
	oriel_audio_queue_stop(sink->queue);
	if (!sink->persistent)
		set_timer(sink, KEEP_S);
}

static void set_volume(struct oriel_audio_sink *sink, const float *amplitudes, uint32_t channels)
{
	oriel_pipewire_set_volume(&get_sink(sink)->pipewire, amplitudes, channels);
}

static void set_mute(struct oriel_audio_sink *sink, bool mute)
{
	oriel_pipewire_set_mute(&get_sink(sink)->pipewire, mute);
}

static void get_stats(const struct oriel_audio_sink *sink, struct oriel_audio_stats *ret_stats)
{
	*ret_stats = (struct oriel_audio_stats){0};
	if (get_sink(sink)->queue)
		oriel_audio_queue_get_stats(get_sink(sink)->queue, ret_stats);
}

const struct oriel_audio_sink_ops oriel_audio_sink_pipewire = {
	.name = "pipewire",
	.create = create,
	.destroy = destroy,
	.start = start,
	.write = write_sound,
	.stop = stop,
	.is_connected = is_connected,
	.set_volume = set_volume,
	.set_mute = set_mute,
	.get_stats = get_stats,
};
