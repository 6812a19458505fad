/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Source `kms`: what a DRM driver scans out, whoever drew it (console, X, a Wayland compositor).
 * Needs CAP_SYS_ADMIN and no mastership. Changes are found by comparing, at the rate of --fps; a
 * cursor plane is sent as a cursor.
 */
#ifndef ORIEL_GUEST_LINUX_KMS_KMS_H
#define ORIEL_GUEST_LINUX_KMS_KMS_H

#include "guest/core/capture.h"

extern const struct oriel_capture_ops oriel_capture_kms;

#endif
