/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a boot loader is given kernel parameters and an entry to start without them. One table entry
 * per loader; a file of its own where it takes more than a few lines.
 */
#ifndef ORIEL_BIND_LOADER_H
#define ORIEL_BIND_LOADER_H

#include "bind/plan.h"

struct oriel_bind_loader_ops {
	enum oriel_machine_boot_loader loader;
	/* Adds the entry that starts without binding; it is written before all else. */
	gboolean (*add_rescue)(struct oriel_bind_plan *plan, GError **error);
	/* Adds plan->parameters, which may be empty. */
	gboolean (*add_parameters)(struct oriel_bind_plan *plan, GError **error);
};

/* Never NULL: a loader that is not known gets the null one, which writes nothing and says what to
 * do by hand. */
const struct oriel_bind_loader_ops *oriel_bind_loader_find(enum oriel_machine_boot_loader loader);

extern const struct oriel_bind_loader_ops oriel_bind_loader_none;
extern const struct oriel_bind_loader_ops oriel_bind_loader_grub;
extern const struct oriel_bind_loader_ops oriel_bind_loader_systemd;
extern const struct oriel_bind_loader_ops oriel_bind_loader_kernelstub;
extern const struct oriel_bind_loader_ops oriel_bind_loader_refind;
extern const struct oriel_bind_loader_ops oriel_bind_loader_limine;
extern const struct oriel_bind_loader_ops oriel_bind_loader_uki;
extern const struct oriel_bind_loader_ops oriel_bind_loader_ostree;

/* ---- entries as systemd-boot and Fedora's GRUB have them (loader_entries.c) -------------------
 */

/* Adds the parameters to every entry but the rescue one; FALSE: there are none. */
gboolean oriel_bind_entries_add_parameters(struct oriel_bind_plan *plan);
/* Copies the entry that is started now, or the newest, for the rescue; FALSE: there is none. */
gboolean oriel_bind_entries_add_rescue(struct oriel_bind_plan *plan);
/* Adds the parameters to /etc/kernel/cmdline where that exists. */
void oriel_bind_entries_add_to_cmdline(struct oriel_bind_plan *plan);

#endif
