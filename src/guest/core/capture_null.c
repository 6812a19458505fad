/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/core/capture.h"

#include "base/time.h"

static struct oriel_capture null_capture = {.ops = &oriel_capture_null};

static int null_open(struct oriel_capture **ret_capture, const struct oriel_guest_options *options,
	struct oriel_error *error)
{
	*ret_capture = &null_capture;
	return 0;
}

static int null_next(struct oriel_capture *capture, uint64_t deadline_ns, bool whole,
	struct oriel_capture_frame *ret_frame, struct oriel_error *error)
{
	oriel_time_sleep_until_ns(deadline_ns);
	return 0;
}

static void null_close(struct oriel_capture *capture)
{
}

const struct oriel_capture_ops oriel_capture_null = {
	.name = "null",
	.open = null_open,
	.next = null_next,
	.close = null_close,
};
