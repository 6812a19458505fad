/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/view/machine.h"

#include "cli/command.h"
#include "vm/connection.h"
#include "vm/error.h"
#include "vm/graphics.h"
#include "vm/run.h"

struct oriel_view_machine {
	const char *vm;
	struct oriel_vm_connection *connection; /* NULL: not needed yet */
};

struct oriel_view_machine *oriel_view_machine_create(const char *vm)
{
	struct oriel_view_machine *machine = g_new0(struct oriel_view_machine, 1);

	machine->vm = vm;
	return machine;
}

void oriel_view_machine_destroy(struct oriel_view_machine *machine)
{
	if (machine)
		oriel_vm_connection_close(machine->connection);
	g_free(machine);
}

static struct oriel_vm_connection *call_up(struct oriel_view_machine *machine, GError **error)
{
	if (!machine->connection)
		machine->connection = oriel_vm_connection_open(g_getenv("ORIEL_CONNECT"), error);
	return machine->connection;
}

bool oriel_view_machine_look(struct oriel_view_machine *machine,
	struct oriel_view_screens *ret_screens, int *ret_status, GError **error)
{
	g_autoptr(GError) reason = NULL;
	struct oriel_vm_connection *connection = call_up(machine, &reason);
	struct oriel_vm_info *info =
		connection ? oriel_vm_run_look(connection, machine->vm, &reason) : NULL;
	struct oriel_view_screens screens = {0};

	if (!info) {
		*ret_status = g_error_matches(reason, ORIEL_VM_ERROR, ORIEL_VM_ERROR_NOT_FOUND)
				      ? ORIEL_EXIT_NOT_FOUND
				      : ORIEL_EXIT_FAILED;
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	/* A file of the same name on this computer would be another machine's. */
	if (!oriel_vm_connection_is_local(connection)) {
		oriel_vm_info_free(info);
		*ret_status = ORIEL_EXIT_REFUSED;
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"the machine '%s' runs on another computer (%s), and its memory cannot be "
			"looked into from here: open the viewer there",
			machine->vm, oriel_vm_connection_get_uri(connection));
	}
	screens.source = g_steal_pointer(&info->relay_path);
	screens.has_spice = oriel_vm_graphics_has_spice(connection, machine->vm, NULL);
	screens.profile = g_steal_pointer(&info->profile);
	oriel_vm_info_free(info);
	if (screens.source || screens.has_spice) {
		*ret_screens = screens;
		return true;
	}
	g_free(screens.profile);
	*ret_status = ORIEL_EXIT_FAILED;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
		"the machine '%s' neither shares memory to show its screen through nor has a SPICE "
		"server; give it the one with: oriel vm edit %s --relay plain",
		machine->vm, machine->vm);
}

int oriel_view_machine_connect_spice(struct oriel_view_machine *machine, GError **error)
{
	struct oriel_vm_connection *connection = call_up(machine, error);

	return connection ? oriel_vm_graphics_open_spice(connection, machine->vm, error) : -1;
}
