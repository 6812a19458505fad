/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Giving a GPU with all functions of its slot to vfio-pci, and taking it home. See the README for
 * the order. Every wait has an end; whatever fails, the card goes home and the message says why.
 *
 * Errors are of G_IO_ERROR: NOT_FOUND (no such card, or not handed over), BUSY (processes have it
 * open; they are named), PERMISSION_DENIED (the host needs it, and nobody typed its address),
 * NOT_SUPPORTED (this card or machine cannot do it), TIMED_OUT (the kernel does not answer),
 * FAILED. One thread, one at a time; blocks.
 */
#ifndef ORIEL_HANDOVER_HANDOVER_H
#define ORIEL_HANDOVER_HANDOVER_H

#include "handover/kernel.h"
#include "host/gpu.h"

/* How long somebody may have the card open before that refuses the hand-over: longer than a look
 * of a temperature widget takes, shorter than a user's patience. */
#define ORIEL_HANDOVER_PATIENCE_MS 1500

struct oriel_handover_request {
	struct oriel_pci_address address; /* any function of the card */
	const char *confirm;		  /* its address as the user typed it, or NULL */
	const char *const *services;	  /* units that may be stopped, ending with NULL; or NULL */
	const char *vm;			  /* for which machine, or NULL */
};

/* One that is handed over already is fine. */
gboolean oriel_handover_bind(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const struct oriel_handover_request *request, GError **error);

/* Refused while a machine still has it (BUSY). */
gboolean oriel_handover_release(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const struct oriel_pci_address *address, GError **error);

/* Takes home every card whose hand-over did not come to its end. ret_count: how many. The first
 * error is kept; the others are tried all the same. */
gboolean oriel_handover_repair(const struct oriel_kernel *kernel, const struct oriel_host *host,
	guint *ret_count, GError **error);

#endif
