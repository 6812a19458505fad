/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt calls when a machine starts and after it ended: cards that the machine has with
 * managed='no' are handed over and come home, and the computer is tuned as Oriel's settings of the
 * machine say and set back, also when nobody is logged in any more.
 *
 * Thread: main. Blocks. Never calls libvirt, which waits for it.
 */
#ifndef ORIEL_HELPER_HOOK_H
#define ORIEL_HELPER_HOOK_H

#include "handover/kernel.h"

/* vm, operation: as libvirt gives them ("prepare", "release" and others, which are nothing to us);
 * definition: the machine's XML. FALSE: the start must not go on; error says why. */
gboolean oriel_hook_run(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, const char *operation, const char *definition, GError **error);

/* PCI devices of a definition with managed='no' (struct oriel_pci_address). */
GArray *oriel_hook_list_devices(const char *definition, GError **error);

#endif
