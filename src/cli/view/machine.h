/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt knows of the machine whose viewer is wanted. Built without libvirt (machine_none.c)
 * it knows nothing and says so. Thread: main, with GLib's default main context. Blocks on libvirt.
 */
#ifndef ORIEL_CLI_VIEW_MACHINE_H
#define ORIEL_CLI_VIEW_MACHINE_H

#include <glib.h>
#include <stdbool.h>

struct oriel_view_machine;

struct oriel_view_screens {
	char *source; /* where it shares its frames, owned by the caller; NULL: nowhere */
	bool has_spice;
	char *profile; /* its name, owned by the caller; NULL: none */
};

/* vm is borrowed. */
struct oriel_view_machine *oriel_view_machine_create(const char *vm);
/* NULL is fine. */
void oriel_view_machine_destroy(struct oriel_view_machine *machine);

/* False and error set when it is not known, or shows its screen in no way; *ret_status: what to
 * exit with then. */
bool oriel_view_machine_look(struct oriel_view_machine *machine,
	struct oriel_view_screens *ret_screens, int *ret_status, GError **error);

/* One connection to its SPICE server (vm/graphics.h); -1 and error set. */
int oriel_view_machine_connect_spice(struct oriel_view_machine *machine, GError **error);

#endif
