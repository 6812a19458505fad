/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which GPU is kept for which virtual machine: lines "ADDRESS VM" in /var/lib/oriel/reservations.
 * One thread; blocks on the file system.
 */
#ifndef ORIEL_HANDOVER_RESERVATION_H
#define ORIEL_HANDOVER_RESERVATION_H

#include "host/record.h"

#define ORIEL_RECORD_RESERVATIONS ORIEL_RECORD_DIR "/reservations"

/* The machine, free with g_free(); NULL: none. */
char *oriel_reservation_find(
	const struct oriel_host *host, const struct oriel_pci_address *address);
/* vm NULL: no longer kept. FALSE with G_IO_ERROR_EXISTS: kept for another one. */
gboolean oriel_reservation_set(const struct oriel_host *host,
	const struct oriel_pci_address *address, const char *vm, GError **error);
/* As for libvirt: no slash, no control characters, 1 to 63 bytes. */
gboolean oriel_reservation_is_name(const char *vm);

#endif
