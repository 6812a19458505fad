/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a build without PipeWire or SPICE. */
#include <stddef.h>

#include "base/log.h"
#include "view/sound.h"

int oriel_sound_create(struct oriel_sound **ret_sound, const struct oriel_sound_setup *setup,
	struct oriel_error *error)
{
	if (setup->mode != ORIEL_SOUND_OFF)
		oriel_log(ORIEL_LOG_INFO,
			"no sound: this oriel-view was built without PipeWire; build it with "
			"libpipewire-0.3-dev installed, or say --audio off");
	*ret_sound = NULL;
	return 0;
}

void oriel_sound_destroy(struct oriel_sound *sound)
{
}

void oriel_sound_attach(struct oriel_sound *sound, struct oriel_spice_session *session)
{
}

void oriel_sound_switch_microphone(struct oriel_sound *sound)
{
}

void oriel_sound_refuse_microphone(struct oriel_sound *sound)
{
}

bool oriel_sound_get_stats(const struct oriel_sound *sound, struct oriel_audio_stats *ret_stats)
{
	return false;
}
