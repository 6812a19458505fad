/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why something failed, in words its user can act on.
 *
 * Functions below the GLib layers return 0 or a negative errno and take an optional, caller-owned
 * struct oriel_error. The message says what was tried, on what, why it failed and the way out where
 * there is one; it ends without a full stop and without a newline. Thread: any. Never blocks.
 */
#ifndef ORIEL_BASE_ERROR_H
#define ORIEL_BASE_ERROR_H

#include <errno.h>
#include <stdarg.h>

#ifndef ESTALE /* mingw-w64 has none; a session or a handle that is over */
#define ESTALE 116
#endif

struct oriel_error {
	int code; /* negative errno, 0 while nothing failed */
	char message[512];
};

#if defined(__MINGW32__)
#define ORIEL_PRINTF(fmt, args) __attribute__((format(gnu_printf, fmt, args)))
#else
#define ORIEL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

/* Fills error (may be NULL) and returns code, so that a caller can `return oriel_error_set(...)`.
 * code: negative errno. */
int oriel_error_set(struct oriel_error *error, int code, const char *format, ...)
	ORIEL_PRINTF(3, 4);

/* As above, and appends ": <text of -code>". */
int oriel_error_set_errno(struct oriel_error *error, int code, const char *format, ...)
	ORIEL_PRINTF(3, 4);

/* Puts "<prefix>: " in front of the message, for callers that know more of what was tried. */
void oriel_error_prefix(struct oriel_error *error, const char *format, ...) ORIEL_PRINTF(2, 3);

#endif
