/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Binds the sound of a SPICE session (spice/sound.h) to the desktop's devices (audio/audio.h): what
 * the guest plays, and the microphone as far as the user allows it. A sound server that is not
 * there, or goes, is tried again while the guest plays. Built without PipeWire, there is none.
 *
 * Thread: main. Blocks as far as audio/audio.h says.
 */
#ifndef ORIEL_VIEW_SOUND_H
#define ORIEL_VIEW_SOUND_H

#include "audio/microphone.h"

struct oriel_spice_session;

enum oriel_sound_mode {
	ORIEL_SOUND_ACTIVE,	/* the device is let go while the guest is silent */
	ORIEL_SOUND_PERSISTENT, /* it is kept from the first sound on */
	ORIEL_SOUND_OFF,
};

struct oriel_sound_setup {
	enum oriel_sound_mode mode;
	enum oriel_microphone_policy policy;
	struct oriel_audio_options playback, microphone; /* their strings outlive the sound */
	/* Something for the user to read; it is logged already. */
	void (*told)(void *data, const char *text);
	/* While OPEN, an indicator has to be seen. Must not call back. */
	void (*microphone_changed)(void *data, enum oriel_microphone_state state);
	void *data;
};

struct oriel_sound;

/* 0, or -ENOMEM. */
int oriel_sound_create(struct oriel_sound **ret_sound, const struct oriel_sound_setup *setup,
	struct oriel_error *error);
/* Before the session goes. NULL is fine. */
void oriel_sound_destroy(struct oriel_sound *sound);

/* Once, before the session starts. */
void oriel_sound_attach(struct oriel_sound *sound, struct oriel_spice_session *session);

/* The user's answer to ASKING, and switch afterwards. Words are told where there is nothing to
 * switch. */
void oriel_sound_switch_microphone(struct oriel_sound *sound);
void oriel_sound_refuse_microphone(struct oriel_sound *sound);

/* False: nothing is to be played, or could be. */
bool oriel_sound_get_stats(const struct oriel_sound *sound, struct oriel_audio_stats *ret_stats);

#endif
