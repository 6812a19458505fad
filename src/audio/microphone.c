/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audio/microphone.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum answer { NONE, YES, NO };

struct oriel_microphone {
	struct oriel_microphone_options options;
	const struct oriel_microphone_listener *listener;
	void *data;
	enum oriel_microphone_state state;
	enum answer answer;
	struct oriel_audio_format format;
	struct oriel_audio_source *source;
	float amplitudes[ORIEL_AUDIO_CHANNELS_MAX];
	uint32_t amplitude_count; /* 0: never set */
	bool mute;
};

static const char *const state_names[] = {
	[ORIEL_MICROPHONE_OFF] = "off",
	[ORIEL_MICROPHONE_ASKING] = "asking",
	[ORIEL_MICROPHONE_REFUSED] = "refused",
	[ORIEL_MICROPHONE_OPEN] = "open",
};

static void set_state(
	struct oriel_microphone *microphone, enum oriel_microphone_state state, const char *reason)
{
	if (state == microphone->state && !reason)
		return;
	oriel_log(ORIEL_LOG_INFO, "microphone: %s -> %s%s%s", state_names[microphone->state],
		state_names[state], reason ? ": " : "", reason ? reason : "");
	microphone->state = state;
	if (microphone->listener->state_changed)
		microphone->listener->state_changed(microphone->data, state, reason);
}

static void leave_source(struct oriel_microphone *microphone)
{
	if (microphone->source)
		microphone->options.ops->close(microphone->source);
	microphone->source = NULL;
}

static void apply_volume(struct oriel_microphone *microphone)
{
	if (!microphone->source)
		return;
	if (microphone->amplitude_count)
		microphone->options.ops->set_volume(
			microphone->source, microphone->amplitudes, microphone->amplitude_count);
	microphone->options.ops->set_mute(microphone->source, microphone->mute);
}

static void open_source(struct oriel_microphone *microphone)
{
	struct oriel_error error = {0};
	int rc = microphone->options.ops->open(
		&microphone->source, &microphone->options.source, &microphone->format, &error);

	if (rc < 0)
		set_state(microphone, ORIEL_MICROPHONE_REFUSED, error.message);
	else
		set_state(microphone, ORIEL_MICROPHONE_OPEN, NULL);
	apply_volume(microphone);
}

struct oriel_microphone *oriel_microphone_create(const struct oriel_microphone_options *options,
	const struct oriel_microphone_listener *listener, void *data)
{
	struct oriel_microphone *microphone = calloc(1, sizeof *microphone);

	if (!microphone)
		return NULL;
	microphone->options = *options;
	microphone->listener = listener;
	microphone->data = data;
	return microphone;
}

void oriel_microphone_destroy(struct oriel_microphone *microphone)
{
	if (!microphone)
		return;
	leave_source(microphone);
	free(microphone);
}

static void decide(struct oriel_microphone *microphone)
{
	enum oriel_microphone_policy policy = microphone->options.policy;

	if (policy == ORIEL_MICROPHONE_DENY)
		set_state(microphone, ORIEL_MICROPHONE_REFUSED,
			"the guest wants the microphone, and the policy is deny");
	else if (microphone->answer == NO)
		set_state(microphone, ORIEL_MICROPHONE_REFUSED,
			"the guest wants the microphone, and you switched it off");
	else if (policy == ORIEL_MICROPHONE_ALLOW || microphone->answer == YES)
		open_source(microphone);
	else
		set_state(microphone, ORIEL_MICROPHONE_ASKING, NULL);
}

void oriel_microphone_request(
	struct oriel_microphone *microphone, const struct oriel_audio_format *format)
{
	bool changed = memcmp(&microphone->format, format, sizeof *format) != 0;

	microphone->format = *format;
	if (microphone->state == ORIEL_MICROPHONE_OFF) {
		decide(microphone);
	} else if (microphone->state == ORIEL_MICROPHONE_OPEN && changed) {
		leave_source(microphone);
		open_source(microphone);
	}
}

void oriel_microphone_release(struct oriel_microphone *microphone)
{
	leave_source(microphone);
	set_state(microphone, ORIEL_MICROPHONE_OFF, NULL);
}

void oriel_microphone_set_volume(
	struct oriel_microphone *microphone, const float *amplitudes, uint32_t channels, bool mute)
{
	if (channels > ORIEL_AUDIO_CHANNELS_MAX)
		channels = ORIEL_AUDIO_CHANNELS_MAX;
	memcpy(microphone->amplitudes, amplitudes, channels * sizeof *amplitudes);
	microphone->amplitude_count = channels;
	microphone->mute = mute;
	apply_volume(microphone);
}

void oriel_microphone_allow(struct oriel_microphone *microphone)
{
	microphone->answer = YES;
	if (microphone->state == ORIEL_MICROPHONE_ASKING ||
		microphone->state == ORIEL_MICROPHONE_REFUSED)
		decide(microphone);
}

void oriel_microphone_refuse(struct oriel_microphone *microphone)
{
	microphone->answer = NO;
	leave_source(microphone);
	if (microphone->state != ORIEL_MICROPHONE_OFF)
		set_state(microphone, ORIEL_MICROPHONE_REFUSED, "you switched the microphone off");
}

enum oriel_microphone_state oriel_microphone_get_state(const struct oriel_microphone *microphone)
{
	return microphone->state;
}

struct oriel_audio_source *oriel_microphone_get_source(const struct oriel_microphone *microphone)
{
	return microphone->source;
}

int oriel_microphone_read(struct oriel_microphone *microphone, int16_t *ret_samples, size_t frames)
{
	int rc;

	if (!microphone->source)
		return 0;
	rc = microphone->options.ops->read(microphone->source, ret_samples, frames);
	if (rc >= 0)
		return rc;
	leave_source(microphone);
	set_state(microphone, ORIEL_MICROPHONE_REFUSED,
		"the sound server is gone; switch the microphone on again when it is back");
	return 0;
}
