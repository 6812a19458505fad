/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source `test`: the patterns of guest/core/pattern.h. Its n-th picture is frame serial n - 1. */
#ifndef ORIEL_GUEST_TEST_SOURCE_TEST_H
#define ORIEL_GUEST_TEST_SOURCE_TEST_H

#include "guest/core/capture.h"

extern const struct oriel_capture_ops oriel_capture_test;

#endif
