/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a build without libseccomp. */
#include "view/sandbox.h"

int oriel_sandbox_filter(struct oriel_error *error)
{
	return oriel_error_set_errno(error, -ENOSYS, "cannot filter system calls");
}
