/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A picture into a PNG file. Any ordinary thread; blocks on the file system. */
#ifndef ORIEL_VIEW_SCREENSHOT_H
#define ORIEL_VIEW_SCREENSHOT_H

#include "base/error.h"
#include "present/present.h"

/* Whether a file could be written at path, without leaving anything there. */
int oriel_screenshot_check(const char *path, struct oriel_error *error);

/* Writes beside path and renames at the end: path is whole or was not touched. */
int oriel_screenshot_write(
	const char *path, const struct oriel_image *image, struct oriel_error *error);

#endif
