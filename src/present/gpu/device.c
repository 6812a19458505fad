/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/device.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"

#define WAIT_SLICE_NS (10 * ORIEL_NS_PER_MS)

/* Before a device is open, what its driver says is the reason in an error message of ours. */
static void take_message(void *data, enum pl_log_level level, const char *message)
{
	struct oriel_gpu_device *device = data;

	if (level > PL_LOG_ERR || device->is_asked) {
		oriel_log_rt(ORIEL_LOG_DEBUG, "%s: %s", device->ops->name, message);
		return;
	}
	/* What comes first is the cause of what follows; ours is one line. */
	if (device->is_open || !device->complaint[0]) {
		snprintf(device->complaint, sizeof device->complaint, "%s", message);
		for (char *at = device->complaint; (at = strchr(at, '\n'));)
			*at = ' ';
	}
	if (device->is_open)
		oriel_log_rt(ORIEL_LOG_WARNING, "%s: %s", device->ops->name, message);
}

void oriel_gpu_device_init(struct oriel_gpu_device *device, const struct oriel_gpu_device_ops *ops)
{
	*device = (struct oriel_gpu_device){.ops = ops};
	device->log = pl_log_create(PL_API_VER,
		pl_log_params(.log_cb = take_message, .log_priv = device, .log_level = PL_LOG_ERR));
}

void oriel_gpu_device_finish(struct oriel_gpu_device *device)
{
	pl_log_destroy(&device->log);
}

bool oriel_gpu_device_wait_rt(pl_gpu gpu, pl_buf buffer, uint64_t deadline_ns)
{
	while (pl_buf_poll(gpu, buffer, WAIT_SLICE_NS))
		if (oriel_time_now_ns() >= deadline_ns)
			return false;
	return true;
}

int oriel_gpu_device_refuse(
	const struct oriel_gpu_device *device, const char *what, struct oriel_error *error)
{
	return oriel_error_set(error, -ENODEV, "%s: %s%s%s", device->ops->name, what,
		device->complaint[0] ? ": " : "", device->complaint);
}
