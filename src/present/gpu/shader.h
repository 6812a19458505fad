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

struct oriel_gpu_shader {
	const struct pl_hook *hook; /* NULL: none */
	char *text;		    /* the hook refers to it */
};

/* Reads the file and draws something with it, so that a bad one is found now. path NULL: none.
 * -ENODEV: this driver takes no shaders. Else -EINVAL, or what the file could not be read for, with
 * a message that names the file. */
int oriel_gpu_shader_open(struct oriel_gpu_shader *ret_shader, struct oriel_gpu_device *device,
	const char *path, struct oriel_error *error);
/* After whatever draws with it. A zeroed one is fine. */
void oriel_gpu_shader_close(struct oriel_gpu_shader *shader);

#endif
