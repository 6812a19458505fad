/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding IP addresses in a text; private to the redactor. */
#ifndef ORIEL_SUPPORT_REDACT_IP_H
#define ORIEL_SUPPORT_REDACT_IP_H

#include <glib.h>

/* The first address at or behind at, and its length; NULL: none. Those of every machine (loopback,
 * "any", network masks) are no find. begin: of the whole text. */
const char *oriel_redact_ip_find(const char *begin, const char *at, gsize *ret_length);

#endif
