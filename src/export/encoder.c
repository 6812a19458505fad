/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/encoder.h"

#include <string.h>

#include "base/log.h"

const struct oriel_encoder_ops *const oriel_encoders[] = {
#ifdef ORIEL_HAVE_AVCODEC
	&oriel_encoder_h264,
	&oriel_encoder_ffv1,
#endif
	&oriel_encoder_raw,
	NULL,
};

void oriel_encoder_prepare(void)
{
	for (int i = 0; oriel_encoders[i]; i++)
		if (oriel_encoders[i]->prepare)
			oriel_encoders[i]->prepare();
}

int oriel_encoder_open(struct oriel_encoder **ret_encoder, const char *name, uint32_t width_px,
	uint32_t height_px, struct oriel_error *error)
{
	bool any = !strcmp(name, "auto");
	struct oriel_error reason;
	int result = oriel_error_set(
		&reason, -ENOSYS, "no encoder \"%s\" was built into this viewer", name);

	for (int i = 0; oriel_encoders[i] && result; i++) {
		if (!any && strcmp(oriel_encoders[i]->name, name))
			continue;
		result = oriel_encoders[i]->open(ret_encoder, width_px, height_px, &reason);
		/* One that is not there, or that such pictures are too large or small for. */
		if (result && any)
			oriel_log(ORIEL_LOG_INFO, "%s", reason.message);
	}
	if (result && error)
		*error = reason;
	return result;
}
