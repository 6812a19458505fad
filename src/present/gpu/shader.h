/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The user's own shader, a file in mpv's format. With the device bound; blocks on the file and the
 * driver. Internal to src/present/gpu.
 */
#ifndef ORIEL_PRESENT_GPU_SHADER_H
#define ORIEL_PRESENT_GPU_SHADER_H

#include <libplacebo/shaders/custom.h>

#include "base/error.h"
#include "present/gpu/device.h"

/* Reads it and draws something with it, so that a bad one is found now. 0, or -EINVAL or what the
 * file could not be read for, with a message that names the file. *ret_text: to free() after the
 * hook, which may refer to it. */
int oriel_gpu_shader_open(const struct pl_hook **ret_hook, char **ret_text,
	struct oriel_gpu_device *device, const char *path, struct oriel_error *error);

#endif
