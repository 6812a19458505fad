/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the guest may hear the user.
 *
 * The guest asks for the microphone and gives it back; the policy and the user decide. What must be
 * seen (a question, an indicator) is told by state_changed. A source exists in OPEN and in no other
 * state, so a microphone that is off is closed, not ignored.
 *
 * States:
 *   OFF      the guest does not want it
 *   ASKING   the guest wants it, the user has to answer
 *   REFUSED  the guest wants it and does not get it
 *   OPEN     recording: show the indicator
 * The guest wants it: OFF becomes OPEN, ASKING or REFUSED, by the policy and, with PROMPT, by the
 * last answer. The guest gives it back: OFF. The user allows it: ASKING and REFUSED become OPEN,
 * except under the policy DENY. The user refuses it: ASKING and OPEN become REFUSED. What cannot be
 * opened, and what breaks while open, is REFUSED.
 *
 * One thread. Functions block as the source's open and close do.
 */
#ifndef ORIEL_AUDIO_MICROPHONE_H
#define ORIEL_AUDIO_MICROPHONE_H

#include "audio/audio.h"

enum oriel_microphone_policy {
	ORIEL_MICROPHONE_DENY, /* what is not set is denied */
	ORIEL_MICROPHONE_PROMPT,
	ORIEL_MICROPHONE_ALLOW,
};

enum oriel_microphone_state {
	ORIEL_MICROPHONE_OFF,
	ORIEL_MICROPHONE_ASKING,
	ORIEL_MICROPHONE_REFUSED,
	ORIEL_MICROPHONE_OPEN,
};

struct oriel_microphone_options {
	enum oriel_microphone_policy policy;
	const struct oriel_audio_source_ops *ops;
	struct oriel_audio_options source; /* its strings outlive the microphone */
};

struct oriel_microphone_listener {
	/* reason: why it is REFUSED, in words for the user, also when it was so already; else NULL.
	 * Called while the new state is already in force. Must not call back into the microphone.
	 */
	void (*state_changed)(void *data, enum oriel_microphone_state state, const char *reason);
};

struct oriel_microphone;

/* listener and data outlive the microphone. NULL when memory is short. */
struct oriel_microphone *oriel_microphone_create(const struct oriel_microphone_options *options,
	const struct oriel_microphone_listener *listener, void *data);
/* Closes it; the listener is not called. NULL is fine. */
void oriel_microphone_destroy(struct oriel_microphone *microphone);

/* The guest wants it, in this format, or gives it back. */
void oriel_microphone_request(
	struct oriel_microphone *microphone, const struct oriel_audio_format *format);
void oriel_microphone_release(struct oriel_microphone *microphone);
/* Of the guest's own mixer, see struct oriel_audio_source_ops; kept for later. */
void oriel_microphone_set_volume(
	struct oriel_microphone *microphone, const float *amplitudes, uint32_t channels, bool mute);
/* The user's answer, or switch. Kept for later requests until the other one is given. */
void oriel_microphone_allow(struct oriel_microphone *microphone);
void oriel_microphone_refuse(struct oriel_microphone *microphone);

enum oriel_microphone_state oriel_microphone_get_state(const struct oriel_microphone *microphone);
/* The source while OPEN, to poll; else NULL. Valid until one of the functions above is called, or
 * read() returns 0. */
struct oriel_audio_source *oriel_microphone_get_source(const struct oriel_microphone *microphone);
/* As the source's read(); 0 when not OPEN, or when the sound server is gone, which ends in REFUSED.
 */
int oriel_microphone_read(struct oriel_microphone *microphone, int16_t *ret_samples, size_t frames);

#endif
