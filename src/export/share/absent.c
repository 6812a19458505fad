/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sharing, where it was built without PipeWire. */
#include "export/share.h"

int oriel_share_start(struct oriel_share **ret_share, struct oriel_tap *tap,
	const struct oriel_share_name *name, struct oriel_error *error)
{
	return oriel_error_set(
		error, -ENOSYS, "cannot share the picture: this viewer was built without PipeWire");
}

void oriel_share_stop(struct oriel_share *share)
{
}

uint64_t oriel_share_get_count(const struct oriel_share *share)
{
	return 0;
}

int oriel_share_get_fd(const struct oriel_share *share)
{
	return -1;
}

void oriel_share_get_reason(const struct oriel_share *share, struct oriel_error *ret_reason)
{
	ret_reason->code = 0;
}
