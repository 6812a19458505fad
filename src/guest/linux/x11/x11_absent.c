/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/x11/x11.h"

#include <errno.h>

static int absent_open(struct oriel_capture **ret_capture,
	const struct oriel_guest_options *options, struct oriel_error *error)
{
	return oriel_error_set(error, -ENOTSUP,
		"this oriel-guest was built without X11 capture: use --capture kms");
}

const struct oriel_capture_ops oriel_capture_x11 = {
	.name = "x11",
	.open = absent_open,
};
