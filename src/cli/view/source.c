/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/view/view.h"

#include "cli/command.h"
#include "vm/connection.h"
#include "vm/error.h"
#include "vm/run.h"

char *oriel_view_find_source(const char *vm, int *ret_status, GError **error)
{
	g_autoptr(GError) reason = NULL;
	struct oriel_vm_connection *connection =
		oriel_vm_connection_open(g_getenv("ORIEL_CONNECT"), &reason);
	struct oriel_vm_info *info = connection ? oriel_vm_run_look(connection, vm, &reason) : NULL;
	char *source = NULL;

	if (info)
		source = g_steal_pointer(&info->relay_path);
	*ret_status = g_error_matches(reason, ORIEL_VM_ERROR, ORIEL_VM_ERROR_NOT_FOUND)
			      ? ORIEL_EXIT_NOT_FOUND
			      : ORIEL_EXIT_FAILED;
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	else if (!source)
		oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"the machine '%s' shares no memory to show its screen through; give it "
			"some "
			"with: oriel vm edit %s --relay plain",
			vm, vm);
	oriel_vm_info_free(info);
	oriel_vm_connection_close(connection);
	return source;
}
