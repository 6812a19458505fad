/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audio/pipewire/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/param/audio/format-utils.h>
#include <spa/param/props.h>

#include "base/log.h"
#include "base/time.h"

/* Periods asked for: three in the latency, so that one may be late. */
#define PERIODS 3
#define PERIOD_MIN 64
#define PERIOD_MAX 1024

/* ---- options ---- */

static int copy(char **ret_copy, const char *text)
{
	*ret_copy = text ? strdup(text) : NULL;
	return text && !*ret_copy ? -ENOMEM : 0;
}

int oriel_pipewire_options_copy(
	struct oriel_pipewire_options *ret_options, const struct oriel_audio_options *from)
{
	*ret_options = (struct oriel_pipewire_options){.latency_ms = from->latency_ms};
	if (!copy(&ret_options->name, from->name) && !copy(&ret_options->device, from->device) &&
		!copy(&ret_options->server, from->server))
		return 0;
	oriel_pipewire_options_finish(ret_options);
	return -ENOMEM;
}

void oriel_pipewire_options_finish(struct oriel_pipewire_options *options)
{
	free(options->name);
	free(options->device);
	free(options->server);
	*options = (struct oriel_pipewire_options){0};
}

/* ---- the connection ---- */

static void on_core_error(void *data, uint32_t id, int seq, int res, const char *message)
{
	struct oriel_pipewire *pipewire = data;

	if (id != PW_ID_CORE || res != -EPIPE) {
		oriel_log(ORIEL_LOG_WARNING, "%s: PipeWire reports: %s (%s)", pipewire->what,
			message, strerror(-res));
		return;
	}
	if (atomic_exchange(&pipewire->lost, true))
		return;
	oriel_log(ORIEL_LOG_WARNING, "%s: the connection to PipeWire is gone", pipewire->what);
	pw_thread_loop_signal(pipewire->loop, false);
	if (pipewire->on_lost)
		pipewire->on_lost(pipewire->on_lost_data);
}

static void on_core_done(void *data, uint32_t id, int seq)
{
	struct oriel_pipewire *pipewire = data;

	if (id != PW_ID_CORE || seq != pipewire->sync_seq)
		return;
	pipewire->synced = true;
	pw_thread_loop_signal(pipewire->loop, false);
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.done = on_core_done,
	.error = on_core_error,
};

static int connect_core(
	struct oriel_pipewire *pipewire, const char *server, struct oriel_error *error)
{
	struct pw_properties *properties = NULL;
	int code;

	if (server)
		properties = pw_properties_new(PW_KEY_REMOTE_NAME, server, NULL);
	pw_thread_loop_lock(pipewire->loop);
	pipewire->core = pw_context_connect(pipewire->context, properties, 0);
	code = errno;
	if (pipewire->core)
		pw_core_add_listener(
			pipewire->core, &pipewire->core_listener, &core_events, pipewire);
	pw_thread_loop_unlock(pipewire->loop);
	if (pipewire->core)
		return 0;
	return oriel_error_set_errno(error, -code,
		"%s: cannot reach the sound server PipeWire at '%s' (is it running for this user? "
		"systemctl --user start pipewire wireplumber)",
		pipewire->what, server ? server : "its default socket");
}

static void wait_for_server(struct oriel_pipewire *pipewire)
{
	struct timespec end;

	if (!pipewire->core || atomic_load(&pipewire->lost))
		return;
	pipewire->synced = false;
	pipewire->sync_seq = pw_core_sync(pipewire->core, PW_ID_CORE, 0);
	pw_thread_loop_get_time(
		pipewire->loop, &end, (int64_t)(ORIEL_AUDIO_WAIT_MS * ORIEL_NS_PER_MS));
	while (!pipewire->synced && !atomic_load(&pipewire->lost))
		if (pw_thread_loop_timed_wait_full(pipewire->loop, &end) < 0)
			break;
}

/* The server has taken the stream away when this returns, or ORIEL_AUDIO_WAIT_MS went by. */
static void close_stream(struct oriel_pipewire *pipewire)
{
	if (!pipewire->stream)
		return;
	pw_thread_loop_lock(pipewire->loop);
	pw_stream_destroy(pipewire->stream);
	pipewire->stream = NULL;
	wait_for_server(pipewire);
	pw_thread_loop_unlock(pipewire->loop);
}

int oriel_pipewire_open(
	struct oriel_pipewire *pipewire, const char *server, struct oriel_error *error)
{
	int rc;

	pw_init(NULL, NULL);
	atomic_store(&pipewire->lost, false);
	pipewire->loop = pw_thread_loop_new("oriel-sound", NULL);
	/* Its data thread before all others, as far as this user may; its memory never swapped out.
	 * syscalls: sched_setscheduler mlock munlock */
	if (pipewire->loop)
		pipewire->context = pw_context_new(pw_thread_loop_get_loop(pipewire->loop),
			pw_properties_new(PW_KEY_CONFIG_NAME, "client-rt.conf", NULL), 0);
	if (!pipewire->context || pw_thread_loop_start(pipewire->loop) < 0) {
		rc = oriel_error_set_errno(
			error, -errno, "%s: cannot start PipeWire's client side", pipewire->what);
		oriel_pipewire_close(pipewire);
		return rc;
	}
	rc = connect_core(pipewire, server, error);
	if (rc < 0)
		oriel_pipewire_close(pipewire);
	return rc;
}

void oriel_pipewire_close(struct oriel_pipewire *pipewire)
{
	if (!pipewire->loop)
		return;
	close_stream(pipewire);
	pw_thread_loop_stop(pipewire->loop);
	if (pipewire->core) {
		spa_hook_remove(&pipewire->core_listener);
		pw_core_disconnect(pipewire->core);
	}
	if (pipewire->context)
		pw_context_destroy(pipewire->context);
	pw_thread_loop_destroy(pipewire->loop);
	pipewire->core = NULL;
	pipewire->context = NULL;
	pipewire->loop = NULL;
	pw_deinit();
}

/* ---- the stream ---- */

static void apply_volume(struct oriel_pipewire *pipewire)
{
	float mute = pipewire->mute ? 1 : 0;

	if (!pipewire->stream)
		return;
	if (pipewire->amplitude_count)
		pw_stream_set_control(pipewire->stream, SPA_PROP_channelVolumes,
			pipewire->amplitude_count, pipewire->amplitudes, 0);
	pw_stream_set_control(pipewire->stream, SPA_PROP_mute, 1, &mute, 0);
}

static void on_state(
	void *data, enum pw_stream_state old, enum pw_stream_state state, const char *error)
{
	struct oriel_pipewire *pipewire = data;

	if (state == PW_STREAM_STATE_ERROR)
		oriel_log(ORIEL_LOG_WARNING, "%s: PipeWire cannot go on: %s", pipewire->what,
			error ? error : "no reason given");
	else
		oriel_log(ORIEL_LOG_DEBUG, "%s: %s -> %s", pipewire->what,
			pw_stream_state_as_string(old), pw_stream_state_as_string(state));
	/* Only a stream whose channels are settled keeps what it is told. */
	if (state == PW_STREAM_STATE_STREAMING)
		apply_volume(pipewire);
}

static void on_io(void *data, uint32_t id, void *area, uint32_t bytes)
{
	struct oriel_pipewire *pipewire = data;

	if (id == SPA_IO_RateMatch && pipewire->events->set_rate_match)
		pipewire->events->set_rate_match(pipewire->events_data, area);
}

static void on_process(void *data)
{
	struct oriel_pipewire *pipewire = data;

	pipewire->events->process_rt(pipewire->events_data);
}

static const struct pw_stream_events stream_events = {
	PW_VERSION_STREAM_EVENTS,
	.state_changed = on_state,
	.io_changed = on_io,
	.process = on_process,
};

static uint32_t get_period(const struct oriel_pipewire_options *options, uint32_t rate_hz)
{
	uint64_t most = (uint64_t)rate_hz * options->latency_ms / 1000 / PERIODS;
	uint32_t period = PERIOD_MIN;

	while (period * 2 <= most && period < PERIOD_MAX)
		period *= 2;
	return period;
}

static struct pw_properties *describe(enum pw_direction direction,
	const struct oriel_pipewire_options *options, const struct oriel_audio_format *format)
{
	bool play = direction == PW_DIRECTION_OUTPUT;
	struct pw_properties *properties =
		pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY,
			play ? "Playback" : "Capture", PW_KEY_MEDIA_ROLE, "Game", PW_KEY_APP_NAME,
			"Oriel", PW_KEY_NODE_NAME, play ? "oriel-sound" : "oriel-microphone",
			/* The guest's volume is not the one of the day before. */
			"state.restore-props", "false", NULL);

	if (!properties)
		return NULL;
	pw_properties_setf(properties, PW_KEY_NODE_LATENCY, "%u/%u",
		get_period(options, format->rate_hz), format->rate_hz);
	if (options->name) {
		pw_properties_set(properties, PW_KEY_NODE_DESCRIPTION, options->name);
		pw_properties_set(properties, PW_KEY_MEDIA_NAME, options->name);
	}
	if (options->device)
		pw_properties_set(properties, PW_KEY_TARGET_OBJECT, options->device);
	return properties;
}

/* The orders in which sound of so many channels comes. */
static void set_positions(struct spa_audio_info_raw *info)
{
	static const uint32_t order[ORIEL_AUDIO_CHANNELS_MAX] = {SPA_AUDIO_CHANNEL_FL,
		SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE,
		SPA_AUDIO_CHANNEL_RL, SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_SL,
		SPA_AUDIO_CHANNEL_SR};

	memcpy(info->position, order, sizeof order);
	if (info->channels == 1)
		info->position[0] = SPA_AUDIO_CHANNEL_MONO;
}

static int connect_stream(struct oriel_pipewire *pipewire, enum pw_direction direction,
	const struct oriel_audio_format *format)
{
	uint8_t memory[1024];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
	struct spa_audio_info_raw info = {.format = SPA_AUDIO_FORMAT_S16,
		.rate = format->rate_hz,
		.channels = format->channels};
	const struct spa_pod *parameters[1];

	set_positions(&info);
	parameters[0] = spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &info);
	return pw_stream_connect(pipewire->stream, direction, PW_ID_ANY,
		PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS,
		parameters, 1);
}

int oriel_pipewire_open_stream(struct oriel_pipewire *pipewire, enum pw_direction direction,
	const struct oriel_pipewire_options *options, const struct oriel_audio_format *format,
	const struct oriel_pipewire_events *events, void *data, struct oriel_error *error)
{
	int rc = -ENOMEM;

	close_stream(pipewire);
	pipewire->events = events;
	pipewire->events_data = data;
	pw_thread_loop_lock(pipewire->loop);
	pipewire->stream =
		pw_stream_new(pipewire->core, pipewire->what, describe(direction, options, format));
	if (pipewire->stream) {
		pw_stream_add_listener(
			pipewire->stream, &pipewire->stream_listener, &stream_events, pipewire);
		rc = connect_stream(pipewire, direction, format);
	}
	pw_thread_loop_unlock(pipewire->loop);
	if (rc >= 0)
		return 0;
	close_stream(pipewire);
	return oriel_error_set_errno(error, rc,
		"%s: PipeWire takes no stream of %u samples a second and %u channels",
		pipewire->what, format->rate_hz, format->channels);
}

/* ---- volume ---- */

/* Without a connection there is no other thread. */
static void lock(struct oriel_pipewire *pipewire)
{
	if (pipewire->loop)
		pw_thread_loop_lock(pipewire->loop);
}

static void unlock(struct oriel_pipewire *pipewire)
{
	if (pipewire->loop)
		pw_thread_loop_unlock(pipewire->loop);
}

void oriel_pipewire_set_volume(
	struct oriel_pipewire *pipewire, const float *amplitudes, uint32_t channels)
{
	if (channels > ORIEL_AUDIO_CHANNELS_MAX)
		channels = ORIEL_AUDIO_CHANNELS_MAX;
	lock(pipewire);
	memcpy(pipewire->amplitudes, amplitudes, channels * sizeof *amplitudes);
	pipewire->amplitude_count = channels;
	apply_volume(pipewire);
	unlock(pipewire);
}

void oriel_pipewire_set_mute(struct oriel_pipewire *pipewire, bool mute)
{
	lock(pipewire);
	pipewire->mute = mute;
	apply_volume(pipewire);
	unlock(pipewire);
}
