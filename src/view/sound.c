/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/sound.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib.h>

#include "base/log.h"
#include "base/time.h"
#include "spice/sound.h"

/* How soon a sound server that is gone is noticed, and how often it is tried again. */
#define RETRY_MS 1000
#define READ_FRAMES 512

struct oriel_sound {
	struct oriel_sound_setup setup;
	struct oriel_spice_sound *channels;
	struct oriel_spice_sound_listener listener;
	char *told; /* the last thing; what it is about may go on */

	struct oriel_audio_sink *sink; /* NULL: OFF */
	struct oriel_audio_format format;
	guint watchdog; /* while the guest plays; else 0 */
	bool has_failed;

	struct oriel_microphone *microphone;
	guint microphone_watch; /* 0: it is not open */
};

static void tell(struct oriel_sound *sound, const char *text)
{
	if (sound->told && !g_ascii_strcasecmp(text, sound->told))
		return;
	g_free(sound->told);
	sound->told = g_strdup(text);
	/* Reasons begin small, since a log puts something before them. */
	sound->told[0] = g_ascii_toupper(text[0]);
	sound->setup.told(sound->setup.data, sound->told);
}

/* ---- what the guest plays ------------------------------------------------------------------- */

static void start_sink(struct oriel_sound *sound)
{
	struct oriel_error error = {0};

	if (sound->sink->ops->start(sound->sink, &sound->format, &error) < 0) {
		if (sound->has_failed)
			return;
		sound->has_failed = true;
		oriel_log(ORIEL_LOG_WARNING, "%s", error.message);
		tell(sound, error.message);
	} else if (sound->has_failed) {
		sound->has_failed = false;
		oriel_log(ORIEL_LOG_INFO, "sound: PipeWire is back");
		tell(sound, "The sound is back");
	}
}

static gboolean on_watchdog(gpointer data)
{
	struct oriel_sound *sound = data;

	if (sound->sink->ops->is_connected(sound->sink))
		return G_SOURCE_CONTINUE;
	/* Its end has been logged; whoever finds none at the start is told why. */
	if (!sound->has_failed)
		tell(sound, "The sound server is gone; the sound comes back with it");
	sound->has_failed = true;
	start_sink(sound);
	return G_SOURCE_CONTINUE;
}

static void on_play_started(void *data, const struct oriel_audio_format *format)
{
	struct oriel_sound *sound = data;

	oriel_log(ORIEL_LOG_DEBUG, "sound: the guest plays, %u channels at %u Hz", format->channels,
		format->rate_hz);
	sound->format = *format;
	start_sink(sound);
	sound->watchdog = g_timeout_add(RETRY_MS, on_watchdog, sound);
}

static void on_play_stopped(void *data)
{
	struct oriel_sound *sound = data;

	oriel_log(ORIEL_LOG_DEBUG, "sound: the guest is silent");
	g_clear_handle_id(&sound->watchdog, g_source_remove);
	sound->sink->ops->stop(sound->sink);
}

static void on_played(void *data, const int16_t *samples, size_t frames)
{
	struct oriel_sound *sound = data;

	sound->sink->ops->write(sound->sink, samples, frames, oriel_time_now_ns());
}

static void on_play_mixed(void *data, const float *amplitudes, uint32_t channels, bool mute)
{
	struct oriel_sound *sound = data;

	if (channels)
		sound->sink->ops->set_volume(sound->sink, amplitudes, channels);
	sound->sink->ops->set_mute(sound->sink, mute);
}

static const struct oriel_spice_sound_events playback = {
	.started = on_play_started,
	.stopped = on_play_stopped,
	.mixed = on_play_mixed,
};

/* ---- what it wants to hear ------------------------------------------------------------------ */

static gboolean on_recorded(gint fd, GIOCondition condition, gpointer data)
{
	struct oriel_sound *sound = data;
	int16_t samples[READ_FRAMES * ORIEL_AUDIO_CHANNELS_MAX];
	int frames;

	do {
		frames = oriel_microphone_read(sound->microphone, samples, READ_FRAMES);
		if (frames > 0)
			oriel_spice_sound_send(sound->channels, samples, (size_t)frames);
	} while (frames == READ_FRAMES);
	if (oriel_microphone_get_source(sound->microphone))
		return G_SOURCE_CONTINUE;
	sound->microphone_watch = 0;
	return G_SOURCE_REMOVE;
}

/* After whatever may have opened or closed it. */
static void watch_microphone(struct oriel_sound *sound)
{
	const struct oriel_audio_source *source = oriel_microphone_get_source(sound->microphone);

	g_clear_handle_id(&sound->microphone_watch, g_source_remove);
	if (source)
		sound->microphone_watch =
			g_unix_fd_add(source->ops->get_fd(source), G_IO_IN, on_recorded, sound);
}

static void on_record_started(void *data, const struct oriel_audio_format *format)
{
	struct oriel_sound *sound = data;

	oriel_microphone_request(sound->microphone, format);
	watch_microphone(sound);
}

static void on_record_stopped(void *data)
{
	struct oriel_sound *sound = data;

	oriel_microphone_release(sound->microphone);
	watch_microphone(sound);
}

static void on_record_mixed(void *data, const float *amplitudes, uint32_t channels, bool mute)
{
	struct oriel_sound *sound = data;

	oriel_microphone_set_volume(sound->microphone, amplitudes, channels, mute);
}

static const struct oriel_spice_sound_events record = {
	.started = on_record_started,
	.stopped = on_record_stopped,
	.mixed = on_record_mixed,
};

static void on_microphone(void *data, enum oriel_microphone_state state, const char *reason)
{
	struct oriel_sound *sound = data;

	sound->setup.microphone_changed(sound->setup.data, state);
	if (reason)
		tell(sound, reason);
}

static const struct oriel_microphone_listener microphone_listener = {
	.state_changed = on_microphone,
};

void oriel_sound_switch_microphone(struct oriel_sound *sound)
{
	enum oriel_microphone_state state = oriel_microphone_get_state(sound->microphone);

	g_clear_pointer(&sound->told, g_free); /* what was asked for is told again */
	if (state == ORIEL_MICROPHONE_OFF)
		tell(sound, "The guest does not use the microphone now");
	else if (sound->setup.policy == ORIEL_MICROPHONE_DENY)
		tell(sound, "The guest gets no microphone; start oriel-view with --microphone "
			    "prompt to be asked");
	else if (state == ORIEL_MICROPHONE_OPEN)
		oriel_microphone_refuse(sound->microphone);
	else
		oriel_microphone_allow(sound->microphone);
	watch_microphone(sound);
}

void oriel_sound_refuse_microphone(struct oriel_sound *sound)
{
	g_clear_pointer(&sound->told, g_free);
	oriel_microphone_refuse(sound->microphone);
	watch_microphone(sound);
}

/* ---- life ----------------------------------------------------------------------------------- */

int oriel_sound_create(struct oriel_sound **ret_sound, const struct oriel_sound_setup *setup,
	struct oriel_error *error)
{
	struct oriel_sound *sound = g_new0(struct oriel_sound, 1);
	const struct oriel_microphone_options microphone = {
		.policy = setup->policy,
		.ops = &oriel_audio_source_pipewire,
		.source = setup->microphone,
	};
	int result = 0;

	sound->setup = *setup;
	sound->setup.playback.persistent = setup->mode == ORIEL_SOUND_PERSISTENT;
	sound->listener.record = &record;
	sound->listener.played = on_played;
	sound->microphone = oriel_microphone_create(&microphone, &microphone_listener, sound);
	if (!sound->microphone)
		result = oriel_error_set(error, -ENOMEM, "no sound: out of memory");
	else if (setup->mode != ORIEL_SOUND_OFF)
		result = oriel_audio_sink_pipewire.create(
			&sound->sink, &sound->setup.playback, error);
	if (sound->sink)
		sound->listener.playback = &playback;
	if (result)
		oriel_sound_destroy(sound);
	else
		*ret_sound = sound;
	return result;
}

void oriel_sound_destroy(struct oriel_sound *sound)
{
	if (!sound)
		return;
	oriel_spice_sound_destroy(sound->channels);
	g_clear_handle_id(&sound->microphone_watch, g_source_remove);
	oriel_microphone_destroy(sound->microphone);
	if (sound->sink)
		sound->sink->ops->destroy(sound->sink);
	g_free(sound->told);
	g_free(sound);
}

void oriel_sound_attach(struct oriel_sound *sound, struct oriel_spice_session *session)
{
	sound->channels = oriel_spice_sound_create(session, &sound->listener, sound);
}

bool oriel_sound_get_stats(const struct oriel_sound *sound, struct oriel_audio_stats *ret_stats)
{
	if (!sound || !sound->sink)
		return false;
	sound->sink->ops->get_stats(sound->sink, ret_stats);
	return true;
}
