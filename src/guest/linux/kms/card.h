/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One DRM device and what it shows. Capture thread; nothing waits but the kernel's own locks. */
#ifndef ORIEL_GUEST_LINUX_KMS_CARD_H
#define ORIEL_GUEST_LINUX_KMS_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* The first CRTC that is on, as it is now. */
struct oriel_kms_crtc {
	uint32_t id, index;
	uint32_t fb_id;
	uint32_t x_px, y_px; /* where in the frame buffer the screen begins */
	uint32_t width_px, height_px;
};

struct oriel_kms_card {
	int fd;
	char path[64];
	char driver[32];
};

/* 0 or a negative errno; interrupted calls are repeated. */
int oriel_kms_ioctl(int fd, unsigned long request, void *argument);

/* path NULL: the first card that shows something. -ENODEV: none does, or there is none; -EACCES. */
int oriel_kms_card_open(
	struct oriel_kms_card *ret_card, const char *path, struct oriel_error *error);
void oriel_kms_card_close(struct oriel_kms_card *card);

/* -ENODEV when everything is off or the device is gone. */
int oriel_kms_card_find_crtc(const struct oriel_kms_card *card, struct oriel_kms_crtc *ret_crtc);

#endif
