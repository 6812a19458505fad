/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/sound.h"

#include <math.h>

#include "base/log.h"

/* A volume is a share of what the guest's device can do, evenly in decibels: the HDA codec that
 * QEMU emulates has 74 steps of 1 dB. */
#define VOLUME_MAX 65535.0
#define VOLUME_RANGE_DB 74.0

struct direction {
	struct oriel_spice_sound *sound;
	const struct oriel_spice_sound_events *events; /* NULL: not wanted */
	SpiceChannel *channel;			       /* NULL: there is none */
	uint32_t channels;			       /* 0: stopped */
};

struct oriel_spice_sound {
	struct oriel_spice_session *session;
	const struct oriel_spice_sound_listener *listener;
	void *data;
	struct direction playback, record;
};

/* ---- both directions ---------------------------------------------------------------------------
 */

static void stop(struct direction *direction)
{
	if (!direction->channels)
		return;
	direction->channels = 0;
	direction->events->stopped(direction->sound->data);
}

static void on_start(SpiceChannel *channel, gint kind, gint channels, gint rate_hz, gpointer data)
{
	struct direction *direction = data;
	const struct oriel_audio_format format = {(uint32_t)rate_hz, (uint32_t)channels};

	stop(direction);
	if (kind != SPICE_AUDIO_FMT_S16 || channels <= 0) {
		oriel_log(ORIEL_LOG_WARNING,
			"sound: the SPICE server speaks of %d channels in format %d, and only 16 "
			"bit are known",
			channels, kind);
		return;
	}
	direction->channels = format.channels;
	direction->events->started(direction->sound->data, &format);
}

static void on_stop(SpiceChannel *channel, gpointer data)
{
	stop(data);
}

static float get_amplitude(guint16 volume)
{
	double below_db = VOLUME_RANGE_DB * (1.0 - volume / VOLUME_MAX);

	return volume ? (float)pow(10.0, -below_db / 20.0) : 0.0f;
}

static void on_mixer(SpiceChannel *channel, GParamSpec *property, gpointer data)
{
	struct direction *direction = data;
	float amplitudes[ORIEL_AUDIO_CHANNELS_MAX];
	const guint16 *volumes = NULL;
	guint count = 0;
	gboolean mute = FALSE;

	g_object_get(channel, "volume", &volumes, "nchannels", &count, "mute", &mute, NULL);
	count = volumes ? MIN(count, G_N_ELEMENTS(amplitudes)) : 0;
	for (guint i = 0; i < count; i++)
		amplitudes[i] = get_amplitude(volumes[i]);
	direction->events->mixed(direction->sound->data, amplitudes, count, mute);
}

static void take(struct direction *direction, SpiceChannel *channel, const char *start_signal,
	const char *stop_signal)
{
	direction->channel = channel;
	g_signal_connect(channel, start_signal, G_CALLBACK(on_start), direction);
	g_signal_connect(channel, stop_signal, G_CALLBACK(on_stop), direction);
	g_signal_connect(channel, "notify::volume", G_CALLBACK(on_mixer), direction);
	g_signal_connect(channel, "notify::mute", G_CALLBACK(on_mixer), direction);
}

static void leave(struct direction *direction, SpiceChannel *channel)
{
	if (direction->channel != channel)
		return;
	g_signal_handlers_disconnect_by_data(channel, direction);
	direction->channel = NULL;
	stop(direction);
}

/* ---- samples -----------------------------------------------------------------------------------
 */

static void on_data(SpiceChannel *channel, gpointer samples, gint bytes, gpointer data)
{
	struct direction *direction = data;
	size_t frame_bytes = direction->channels * sizeof(int16_t);

	if (frame_bytes && bytes > 0)
		direction->sound->listener->played(
			direction->sound->data, samples, (size_t)bytes / frame_bytes);
}

void oriel_spice_sound_send(struct oriel_spice_sound *sound, int16_t *samples, size_t frames)
{
	const struct direction *record = &sound->record;

	if (record->channels)
		spice_record_channel_send_data(SPICE_RECORD_CHANNEL(record->channel), samples,
			frames * record->channels * sizeof *samples, 0);
}

/* ---- life --------------------------------------------------------------------------------------
 */

static enum oriel_spice_need on_channel_added(void *data, SpiceChannel *channel)
{
	struct oriel_spice_sound *sound = data;

	if (SPICE_IS_PLAYBACK_CHANNEL(channel) && sound->playback.events) {
		take(&sound->playback, channel, "playback-start", "playback-stop");
		g_signal_connect(channel, "playback-data", G_CALLBACK(on_data), &sound->playback);
		return ORIEL_SPICE_WANTED;
	}
	if (SPICE_IS_RECORD_CHANNEL(channel) && sound->record.events) {
		take(&sound->record, channel, "record-start", "record-stop");
		return ORIEL_SPICE_WANTED;
	}
	return ORIEL_SPICE_UNWANTED;
}

static void on_channel_removed(void *data, SpiceChannel *channel)
{
	struct oriel_spice_sound *sound = data;

	leave(&sound->playback, channel);
	leave(&sound->record, channel);
}

static const struct oriel_spice_listener session_listener = {
	.channel_added = on_channel_added,
	.channel_removed = on_channel_removed,
};

struct oriel_spice_sound *oriel_spice_sound_create(struct oriel_spice_session *session,
	const struct oriel_spice_sound_listener *listener, void *data)
{
	struct oriel_spice_sound *sound = g_new0(struct oriel_spice_sound, 1);

	sound->session = session;
	sound->listener = listener;
	sound->data = data;
	sound->playback = (struct direction){.sound = sound, .events = listener->playback};
	sound->record = (struct direction){.sound = sound, .events = listener->record};
	oriel_spice_session_add_listener(session, &session_listener, sound);
	return sound;
}

void oriel_spice_sound_destroy(struct oriel_spice_sound *sound)
{
	if (!sound)
		return;
	oriel_spice_session_remove_listener(sound->session, sound);
	g_free(sound);
}
