/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a SPICE server is, from one line of text. Thread: any. Never blocks, resolves no name. */
#ifndef ORIEL_SPICE_ADDRESS_H
#define ORIEL_SPICE_ADDRESS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum oriel_spice_transport { ORIEL_SPICE_UNIX, ORIEL_SPICE_PLAIN, ORIEL_SPICE_TLS };

struct oriel_spice_address {
	enum oriel_spice_transport transport;
	char *path; /* of the Unix socket, else NULL */
	char *host; /* name or number, else NULL */
	uint16_t port;
	char *text; /* as given, for messages; holds no secret: an address with one is refused */
};

#define ORIEL_SPICE_PORT 5900 /* of spice:// without one */

/*
 * text: /PATH or spice+unix:///PATH, spice://HOST[:PORT] (plain text), spice+tls://HOST:PORT.
 * Plain text to anything but this computer is refused unless allow_plain. False and error set
 * (G_IO_ERROR_INVALID_ARGUMENT, G_IO_ERROR_PERMISSION_DENIED for plain text); ret_address is
 * untouched then.
 */
bool oriel_spice_address_parse(struct oriel_spice_address *ret_address, const char *text,
	bool allow_plain, GError **error);
/* Frees what parse() filled; harmless on zeroes. */
void oriel_spice_address_finish(struct oriel_spice_address *address);

#endif
