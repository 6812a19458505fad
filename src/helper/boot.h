/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binding at the computer's start, as the helper does it: the plan is made anew and compared with
 * the one that the user has seen. Thread: the worker. Blocks on files and programs. */
#ifndef ORIEL_HELPER_BOOT_H
#define ORIEL_HELPER_BOOT_H

#include "bind/perform.h"

struct oriel_helper_boot_request {
	struct oriel_pci_address address;
	const char *confirm; /* the address once more where there are reasons against it, or "" */
	const char *digest;  /* of the plan that was shown: oriel_bind_consent_get_digest() */
};

gboolean oriel_helper_boot_apply(const struct oriel_host *host,
	const struct oriel_bind_runner *runner, const struct oriel_helper_boot_request *request,
	GError **error);

#endif
