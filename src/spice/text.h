/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text between systems whose lines end differently. Thread: any. Never blocks. */
#ifndef ORIEL_SPICE_TEXT_H
#define ORIEL_SPICE_TEXT_H

#include <glib.h>

/* Each line end that is no CR LF yet becomes one. Owned by the caller. */
GBytes *oriel_spice_text_to_crlf(const void *data, gsize size);
/* Each CR LF becomes LF, and NULs at the end go. Owned by the caller. */
GBytes *oriel_spice_text_from_crlf(const void *data, gsize size);

#endif
