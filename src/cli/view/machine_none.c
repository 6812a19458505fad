/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a build without libvirt. */
#include "cli/view/machine.h"

#include "cli/call.h"

struct oriel_view_machine {
	const char *vm;
};

struct oriel_view_machine *oriel_view_machine_create(const char *vm)
{
	struct oriel_view_machine *machine = g_new0(struct oriel_view_machine, 1);

	machine->vm = vm;
	return machine;
}

void oriel_view_machine_destroy(struct oriel_view_machine *machine)
{
	g_free(machine);
}

static void refuse(const struct oriel_view_machine *machine, GError **error)
{
	g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
		"this oriel was built without libvirt and does not know the machine '%s': name its "
		"memory with --source",
		machine->vm);
}

bool oriel_view_machine_look(struct oriel_view_machine *machine,
	struct oriel_view_screens *ret_screens, int *ret_status, GError **error)
{
	*ret_status = ORIEL_EXIT_USAGE;
	refuse(machine, error);
	return false;
}

int oriel_view_machine_connect_spice(struct oriel_view_machine *machine, GError **error)
{
	refuse(machine, error);
	return -1;
}
