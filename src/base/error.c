/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

static void fill(struct oriel_error *error, int code, const char *format, va_list args)
	ORIEL_PRINTF(3, 0);

static void fill(struct oriel_error *error, int code, const char *format, va_list args)
{
	error->code = code;
	vsnprintf(error->message, sizeof error->message, format, args);
}

int oriel_error_set(struct oriel_error *error, int code, const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	va_start(args, format);
	fill(error, code, format, args);
	va_end(args);
	return code;
}

int oriel_error_set_errno(struct oriel_error *error, int code, const char *format, ...)
{
	va_list args;
	size_t used;

	if (!error)
		return code;
	va_start(args, format);
	fill(error, code, format, args);
	va_end(args);
	used = strlen(error->message);
	snprintf(error->message + used, sizeof error->message - used, ": %s", strerror(-code));
	return code;
}

void oriel_error_prefix(struct oriel_error *error, const char *format, ...)
{
	char old[sizeof error->message];
	va_list args;
	size_t used;

	if (!error)
		return;
	memcpy(old, error->message, sizeof old);
	va_start(args, format);
	vsnprintf(error->message, sizeof error->message, format, args);
	va_end(args);
	used = strlen(error->message);
	snprintf(error->message + used, sizeof error->message - used, ": %s", old);
}
