/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a build without libvirt. */
#include "cli/view/view.h"

#include "cli/call.h"

char *oriel_view_find_source(const char *vm, int *ret_status, GError **error)
{
	*ret_status = ORIEL_EXIT_USAGE;
	g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
		"this oriel was built without libvirt and does not know the machine '%s': name its "
		"memory with --source",
		vm);
	return NULL;
}
