/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cursor plane of a CRTC, where the driver has one and tells where it is. Capture thread. */
#ifndef ORIEL_GUEST_LINUX_KMS_CURSOR_H
#define ORIEL_GUEST_LINUX_KMS_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/core/capture.h"
#include "guest/linux/kms/scanout.h"

struct oriel_kms_cursor {
	const struct oriel_kms_card *card;
	struct oriel_kms_scanout scanout; /* its own: cursors come and go more often than screens */
	uint32_t plane_id;		  /* 0: there is none */
	uint32_t x_property, y_property, hot_x_property, hot_y_property;
	struct oriel_capture_cursor last; /* as told */
	bool is_told;
	uint64_t shape_ns; /* when the image was looked at */
	uint32_t shape_fb_id;
	uint8_t *image; /* of last.shape, tightly packed */
	uint8_t *fresh;
};

/* Finds the plane; image memory is allocated here. */
int oriel_kms_cursor_init(struct oriel_kms_cursor *cursor, const struct oriel_kms_card *card,
	const struct oriel_kms_crtc *crtc);
void oriel_kms_cursor_finish(struct oriel_kms_cursor *cursor);

/* As take_cursor of the capture source; cheap when nothing changed. */
bool oriel_kms_cursor_take(struct oriel_kms_cursor *cursor, uint32_t crtc_id, uint64_t now_ns,
	struct oriel_capture_cursor *ret_cursor);

#endif
