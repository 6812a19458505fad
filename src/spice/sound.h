/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sound channels of a SPICE session: what the guest plays, and what it wants to record.
 *
 * Thread: the session's. Never blocks. A channel that goes has stopped first.
 */
#ifndef ORIEL_SPICE_SOUND_H
#define ORIEL_SPICE_SOUND_H

#include "audio/audio.h"
#include "spice/session.h"

/* Of one direction; called as things happen, from the main loop. Formats are as the server says, so
 * they may be out of the limits of audio/audio.h. */
struct oriel_spice_sound_events {
	void (*started)(void *data, const struct oriel_audio_format *format);
	void (*stopped)(void *data);
	/* Of the guest's mixer. amplitudes: linear, one for each channel; there may be none yet. */
	void (*mixed)(void *data, const float *amplitudes, uint32_t channels, bool mute);
};

struct oriel_spice_sound_listener {
	/* NULL: that channel is not wanted. Else every member is there. */
	const struct oriel_spice_sound_events *playback, *record;
	/* Between started and stopped of playback. */
	void (*played)(void *data, const int16_t *samples, size_t frames);
};

struct oriel_spice_sound;

/* Before oriel_spice_session_start(); all is borrowed and has to live longer. */
struct oriel_spice_sound *oriel_spice_sound_create(struct oriel_spice_session *session,
	const struct oriel_spice_sound_listener *listener, void *data);
/* Tells that what runs has stopped. NULL is fine. */
void oriel_spice_sound_destroy(struct oriel_spice_sound *sound);

/* What was recorded, in the format that was asked for; dropped when the guest wants none. */
void oriel_spice_sound_send(struct oriel_spice_sound *sound, int16_t *samples, size_t frames);

#endif
