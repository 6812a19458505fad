/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audio/audio.h"

#include <errno.h>

int oriel_audio_format_check(const struct oriel_audio_format *format, struct oriel_error *error)
{
	if (format->rate_hz < ORIEL_AUDIO_RATE_MIN_HZ || format->rate_hz > ORIEL_AUDIO_RATE_MAX_HZ)
		return oriel_error_set(error, -EINVAL,
			"cannot handle sound of %u samples a second: from %d to %d are possible",
			format->rate_hz, ORIEL_AUDIO_RATE_MIN_HZ, ORIEL_AUDIO_RATE_MAX_HZ);
	if (!format->channels || format->channels > ORIEL_AUDIO_CHANNELS_MAX)
		return oriel_error_set(error, -EINVAL,
			"cannot handle sound of %u channels: from 1 to %d are possible",
			format->channels, ORIEL_AUDIO_CHANNELS_MAX);
	return 0;
}
