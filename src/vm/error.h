/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the vm module says what went wrong. Thread: any. Never blocks.
 *
 * Messages say what was tried, on which machine, why it failed and the way out; the code says what
 * kind of failure it was, so that a program can choose its exit code.
 */
#ifndef ORIEL_VM_ERROR_H
#define ORIEL_VM_ERROR_H

#include <glib.h>
#include <stdbool.h>

#define ORIEL_VM_ERROR (oriel_vm_error_quark())
GQuark oriel_vm_error_quark(void);

enum oriel_vm_error_code {
	ORIEL_VM_ERROR_FAILED,	    /* it was tried and did not work */
	ORIEL_VM_ERROR_INVALID,	    /* a value that cannot be used; nothing was tried */
	ORIEL_VM_ERROR_NOT_FOUND,   /* what was named does not exist */
	ORIEL_VM_ERROR_REFUSED,	    /* it exists, but this must not be done to it now */
	ORIEL_VM_ERROR_TIMED_OUT,   /* it was asked for and did not happen in time */
	ORIEL_VM_ERROR_UNAVAILABLE, /* libvirt cannot be reached */
	ORIEL_VM_ERROR_CANCELLED,   /* the user asked to stop */
};

/* Sets error (may be NULL) and returns false, so that a caller can `return
 * oriel_vm_error_set(...)`. */
bool oriel_vm_error_set(GError **error, enum oriel_vm_error_code code, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* As above, and appends ": <what libvirt said last on this thread>". A lost connection becomes
 * ORIEL_VM_ERROR_UNAVAILABLE with the remark that the request may or may not have been carried out;
 * "no domain" becomes NOT_FOUND, "operation is not valid" REFUSED. A call of libvirt among the
 * arguments, even virDomainGetName(), makes it forget what it said. */
bool oriel_vm_error_set_libvirt(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
