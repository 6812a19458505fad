/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/sound/sound.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>

#include "base/time.h"

#define CHANNELS 2

/* A run of frames that the device plays from time_ns on. */
struct run {
	size_t first;
	uint64_t time_ns;
};

struct client {
	struct pw_thread_loop *loop;
	struct pw_context *context;
	struct pw_stream *stream;
	struct spa_hook listener;
};

struct sound_ear {
	struct client client;
	float *samples;
	size_t room;
	struct run *runs;
	size_t run_room;
	_Atomic size_t count, run_count;
};

struct sound_mouth {
	struct client client;
	double step, phase, amplitude;
};

static void close_client(struct client *client)
{
	if (client->loop)
		pw_thread_loop_stop(client->loop);
	if (client->stream)
		pw_stream_destroy(client->stream);
	if (client->context)
		pw_context_destroy(client->context);
	if (client->loop)
		pw_thread_loop_destroy(client->loop);
	pw_deinit();
}

static bool open_client(struct client *client, enum pw_direction direction,
	struct pw_properties *properties, const struct pw_stream_events *events, void *data)
{
	uint8_t memory[1024];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
	struct spa_audio_info_raw info = {.format = SPA_AUDIO_FORMAT_F32,
		.rate = SOUND_RATE_HZ,
		.channels = CHANNELS,
		.position = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR}};
	const struct spa_pod *parameters[1] = {
		spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &info)};
	struct pw_core *core;

	pw_init(NULL, NULL);
	client->loop = pw_thread_loop_new("test", NULL);
	/* Gets its turn like the server itself, where it may: what it missed proves nothing. */
	client->context = pw_context_new(pw_thread_loop_get_loop(client->loop),
		pw_properties_new(PW_KEY_CONFIG_NAME, "client-rt.conf", NULL), 0);
	core = pw_context_connect(client->context, NULL, 0);
	if (!core)
		return false;
	client->stream = pw_stream_new(core, "test", properties);
	if (client->stream)
		pw_stream_add_listener(client->stream, &client->listener, events, data);
	return client->stream &&
	       pw_stream_connect(client->stream, direction, PW_ID_ANY,
		       PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS |
			       PW_STREAM_FLAG_RT_PROCESS,
		       parameters, 1) >= 0 &&
	       pw_thread_loop_start(client->loop) >= 0;
}

/* ---- the ear ---- */

static void note_time_rt(struct sound_ear *ear, size_t first)
{
	size_t count = atomic_load(&ear->run_count);
	struct pw_time time = {0};

	if (count == ear->run_room)
		return;
	pw_stream_get_time_n(ear->client.stream, &time, sizeof time);
	ear->runs[count] = (struct run){first, (uint64_t)time.now};
	atomic_store(&ear->run_count, count + 1);
}

static void hear_rt(void *data)
{
	struct sound_ear *ear = data;
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(ear->client.stream);
	size_t count = atomic_load(&ear->count);
	const struct spa_data *sound;
	const float *samples;
	size_t frames;

	if (!buffer)
		return;
	sound = &buffer->buffer->datas[0];
	samples = (const float *)((const char *)sound->data + sound->chunk->offset);
	frames = SPA_MIN(sound->chunk->size / (CHANNELS * sizeof(float)), ear->room - count);
	for (size_t i = 0; i < frames; i++)
		ear->samples[count + i] = samples[i * CHANNELS];
	note_time_rt(ear, count);
	atomic_store(&ear->count, count + frames);
	pw_stream_queue_buffer(ear->client.stream, buffer);
}

static const struct pw_stream_events ear_events = {
	PW_VERSION_STREAM_EVENTS,
	.process = hear_rt,
};

struct sound_ear *sound_ear_open(const char *sink, double seconds)
{
	struct pw_properties *properties;
	struct sound_ear *ear = calloc(1, sizeof *ear);

	pw_init(NULL, NULL);
	properties = pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Capture",
		PW_KEY_NODE_NAME, "test-ear", PW_KEY_STREAM_CAPTURE_SINK, "true",
		PW_KEY_TARGET_OBJECT, sink, NULL);
	ear->room = (size_t)(seconds * SOUND_RATE_HZ);
	ear->samples = calloc(ear->room, sizeof *ear->samples);
	ear->run_room = ear->room / 32;
	ear->runs = calloc(ear->run_room, sizeof *ear->runs);
	if (open_client(&ear->client, PW_DIRECTION_INPUT, properties, &ear_events, ear))
		return ear;
	sound_ear_close(ear);
	return NULL;
}

void sound_ear_close(struct sound_ear *ear)
{
	if (!ear)
		return;
	close_client(&ear->client);
	pw_deinit();
	free(ear->samples);
	free(ear->runs);
	free(ear);
}

size_t sound_ear_get_count(const struct sound_ear *ear)
{
	return atomic_load(&ear->count);
}

const float *sound_ear_get_samples(const struct sound_ear *ear)
{
	return ear->samples;
}

uint64_t sound_ear_get_time_ns(const struct sound_ear *ear, size_t frame)
{
	size_t i = atomic_load(&ear->run_count);

	while (i > 1 && ear->runs[i - 1].first > frame)
		i--;
	return ear->runs[i - 1].time_ns +
	       (frame - ear->runs[i - 1].first) * ORIEL_NS_PER_S / SOUND_RATE_HZ;
}

bool sound_ear_wait(
	const struct sound_ear *ear, size_t first, float level, double seconds, size_t *ret_frame)
{
	uint64_t end_ns = oriel_time_now_ns() + (uint64_t)(seconds * 1e9);

	while (oriel_time_now_ns() < end_ns) {
		for (; first < sound_ear_get_count(ear); first++) {
			if (fabsf(ear->samples[first]) > level) {
				*ret_frame = first;
				return true;
			}
		}
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 5 * ORIEL_NS_PER_MS);
	}
	return false;
}

/* ---- the mouth ---- */

static void speak_rt(void *data)
{
	struct sound_mouth *mouth = data;
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(mouth->client.stream);
	struct spa_data *room;
	size_t frames;
	float *samples;

	if (!buffer)
		return;
	room = &buffer->buffer->datas[0];
	frames = room->maxsize / (CHANNELS * sizeof(float));
	if (buffer->requested && buffer->requested < frames)
		frames = buffer->requested;
	samples = room->data;
	for (size_t i = 0; i < frames; i++) {
		samples[i * 2] = samples[i * 2 + 1] = (float)(mouth->amplitude * sin(mouth->phase));
		mouth->phase = fmod(mouth->phase + mouth->step, 2 * M_PI);
	}
	room->chunk->offset = 0;
	room->chunk->stride = CHANNELS * sizeof(float);
	room->chunk->size = (uint32_t)(frames * CHANNELS * sizeof(float));
	pw_stream_queue_buffer(mouth->client.stream, buffer);
}

static const struct pw_stream_events mouth_events = {
	PW_VERSION_STREAM_EVENTS,
	.process = speak_rt,
};

struct sound_mouth *sound_mouth_open(double hz, double amplitude)
{
	struct sound_mouth *mouth = calloc(1, sizeof *mouth);
	struct pw_properties *properties;

	pw_init(NULL, NULL);
	properties = pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY,
		"Playback", PW_KEY_NODE_NAME, "test-mouth", PW_KEY_NODE_AUTOCONNECT, "false", NULL);
	mouth->step = 2 * M_PI * hz / SOUND_RATE_HZ;
	mouth->amplitude = amplitude;
	if (open_client(&mouth->client, PW_DIRECTION_OUTPUT, properties, &mouth_events, mouth))
		return mouth;
	sound_mouth_close(mouth);
	return NULL;
}

void sound_mouth_close(struct sound_mouth *mouth)
{
	if (!mouth)
		return;
	close_client(&mouth->client);
	pw_deinit();
	free(mouth);
}

/* ---- judging ---- */

struct sound_tone sound_measure(const float *samples, size_t count, double hz)
{
	const double step = 2 * M_PI * hz / SOUND_RATE_HZ;
	double cosine = 0, sine = 0, power = 0;
	struct sound_tone tone = {0};

	for (size_t i = 0; i < count; i++) {
		cosine += samples[i] * cos(step * i);
		sine += samples[i] * sin(step * i);
		power += (double)samples[i] * samples[i];
		/* Each sample of a tone follows from the two before it. */
		if (i >= 2)
			tone.worst = fmax(tone.worst,
				fabs(samples[i] - 2 * cos(step) * samples[i - 1] + samples[i - 2]));
	}
	if (!count || power <= 0)
		return tone;
	tone.phase = atan2(-sine, cosine);
	tone.amplitude = 2 * hypot(cosine, sine) / count;
	tone.purity = tone.amplitude * tone.amplitude / 2 / (power / count);
	return tone;
}
