/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens when the device fails while the viewer runs: the soft presenter goes on from the
 * same picture. */
#include "base/log.h"
#include "present/gpu/gpu.h"

/* A device that hangs would take whoever closes it with it: it is left to the end of the process.
 */
static void leave_device(struct oriel_gpu *gpu)
{
	struct oriel_gpu_device *device = gpu->device;
	bool hangs;

	device->ops->bind_rt(device);
	hangs = !oriel_gpu_picture_wait_rt(&gpu->picture, device->gpu) &&
		!pl_gpu_is_failed(device->gpu);
	device->ops->unbind_rt(device);
	if (hangs)
		gpu->device = NULL;
	else
		oriel_gpu_close_device(gpu);
}

int oriel_gpu_loss_take_over(struct oriel_gpu *gpu, struct oriel_error *error)
{
	struct oriel_stand_in_state state = {
		.window = gpu->window,
		.options = &gpu->options,
		.width_px = gpu->width_px,
		.height_px = gpu->height_px,
		.overlay = gpu->overlay,
		.layout = &gpu->layout,
		.cursor = &gpu->cursor,
	};
	int result;

	oriel_gpu_refresh_rt(gpu);
	oriel_gpu_end_lending_rt(gpu);
	oriel_damage_add(
		&gpu->dirty, oriel_soft_cursor_lift_rt(&gpu->cursor, &gpu->picture.canvas));
	if (gpu->picture.twin)
		oriel_gpu_twin_note_rt(gpu->picture.twin, &gpu->dirty);
	state.canvas = oriel_gpu_picture_get_narrow(&gpu->picture);
	result = oriel_stand_in_begin(&gpu->stand_in, &state, error);

	oriel_log_rt(ORIEL_LOG_WARNING, "%s on %s failed%s%s; going on without it (soft)",
		gpu->device->ops->name, gpu->device->model, gpu->device->complaint[0] ? ": " : "",
		gpu->device->complaint);
	leave_device(gpu);
	return result;
}
