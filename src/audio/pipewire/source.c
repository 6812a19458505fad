/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A PipeWire microphone. */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "audio/pipewire/stream.h"
#include "base/ring.h"

/* Frames held for a reader that is late: more than half a second at 48 kHz. */
#define ROOM_FRAMES 32768

struct source {
	struct oriel_audio_source source;
	struct oriel_pipewire_options options;
	struct oriel_pipewire pipewire;
	struct oriel_audio_format format;
	struct oriel_ring *frames;
	int event_fd;
};

static struct source *get_source(const struct oriel_audio_source *source)
{
	return (struct source *)source;
}

static void wake_reader(void *data)
{
	eventfd_write(((struct source *)data)->event_fd, 1);
}

static void process_rt(void *data)
{
	struct source *source = data;
	size_t stride = source->format.channels * sizeof(int16_t);
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(source->pipewire.stream);
	const struct spa_data *sound;
	uint32_t offset, end;

	if (!buffer)
		return;
	sound = &buffer->buffer->datas[0];
	offset = SPA_MIN(sound->chunk->offset, sound->maxsize);
	end = offset + SPA_MIN(sound->chunk->size, sound->maxsize - offset);
	/* What a reader that fell behind has no room for is left out. */
	for (; offset + stride <= end; offset += stride)
		if (!oriel_ring_push_rt(source->frames, (const char *)sound->data + offset))
			break;
	pw_stream_queue_buffer(source->pipewire.stream, buffer);
	wake_reader(source);
}

static const struct oriel_pipewire_events events = {.process_rt = process_rt};

static void close_source(struct oriel_audio_source *base)
{
	struct source *source = get_source(base);

	if (!source)
		return;
	oriel_pipewire_close(&source->pipewire);
	oriel_pipewire_options_finish(&source->options);
	oriel_ring_destroy(source->frames);
	if (source->event_fd >= 0)
		close(source->event_fd);
	free(source);
}

static struct source *allocate(
	const struct oriel_audio_options *options, const struct oriel_audio_format *format)
{
	struct source *source = calloc(1, sizeof *source);

	if (!source)
		return NULL;
	source->source.ops = &oriel_audio_source_pipewire;
	source->format = *format;
	source->pipewire.what = "microphone";
	source->pipewire.on_lost = wake_reader;
	source->pipewire.on_lost_data = source;
	source->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	source->frames = oriel_ring_create(format->channels * sizeof(int16_t), ROOM_FRAMES);
	if (source->event_fd >= 0 && source->frames &&
		!oriel_pipewire_options_copy(&source->options, options))
		return source;
	close_source(&source->source);
	return NULL;
}

static int open_source(struct oriel_audio_source **ret_source,
	const struct oriel_audio_options *options, const struct oriel_audio_format *format,
	struct oriel_error *error)
{
	int rc = oriel_audio_format_check(format, error);
	struct source *source;

	if (rc < 0)
		return rc;
	source = allocate(options, format);
	if (!source)
		return oriel_error_set(error, -ENOMEM, "cannot record sound: out of memory");
	rc = oriel_pipewire_open(&source->pipewire, source->options.server, error);
	if (rc >= 0)
		rc = oriel_pipewire_open_stream(&source->pipewire, PW_DIRECTION_INPUT,
			&source->options, format, &events, source, error);
	if (rc < 0) {
		close_source(&source->source);
		return rc;
	}
	*ret_source = &source->source;
	return 0;
}

static int get_fd(const struct oriel_audio_source *source)
{
	return get_source(source)->event_fd;
}

static int read_frames(struct oriel_audio_source *base, int16_t *ret_samples, size_t frames)
{
	struct source *source = get_source(base);
	eventfd_t events_seen;
	size_t count = 0;

	eventfd_read(source->event_fd, &events_seen);
	while (count < frames &&
		oriel_ring_pop_rt(source->frames, ret_samples + count * source->format.channels))
		count++;
	/* More may be there: the descriptor stays readable until a call came back short. */
	if (count == frames)
		wake_reader(source);
	if (!count && atomic_load(&source->pipewire.lost))
		return -EPIPE;
	return (int)count;
}

static void set_volume(
	struct oriel_audio_source *source, const float *amplitudes, uint32_t channels)
{
	oriel_pipewire_set_volume(&get_source(source)->pipewire, amplitudes, channels);
}

static void set_mute(struct oriel_audio_source *source, bool mute)
{
	oriel_pipewire_set_mute(&get_source(source)->pipewire, mute);
}

const struct oriel_audio_source_ops oriel_audio_source_pipewire = {
	.name = "pipewire",
	.open = open_source,
	.close = close_source,
	.get_fd = get_fd,
	.read = read_frames,
	.set_volume = set_volume,
	.set_mute = set_mute,
};
