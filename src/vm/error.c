/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/error.h"

#include <libvirt/virterror.h>

G_DEFINE_QUARK(oriel - vm - error, oriel_vm_error)

bool oriel_vm_error_set(GError **error, enum oriel_vm_error_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (error)
		*error = g_error_new_valist(ORIEL_VM_ERROR, code, format, args);
	va_end(args);
	return false;
}

static const struct {
	int libvirt_code;
	enum oriel_vm_error_code code;
} known_errors[] = {
	{VIR_ERR_NO_DOMAIN, ORIEL_VM_ERROR_NOT_FOUND},
	{VIR_ERR_NO_DOMAIN_SNAPSHOT, ORIEL_VM_ERROR_NOT_FOUND},
	{VIR_ERR_OPERATION_INVALID, ORIEL_VM_ERROR_REFUSED},
	{VIR_ERR_OPERATION_TIMEOUT, ORIEL_VM_ERROR_TIMED_OUT},
	{VIR_ERR_XML_ERROR, ORIEL_VM_ERROR_INVALID},
	{VIR_ERR_XML_INVALID_SCHEMA, ORIEL_VM_ERROR_INVALID},
	{VIR_ERR_XML_DETAIL, ORIEL_VM_ERROR_INVALID},
	{VIR_ERR_AUTH_FAILED, ORIEL_VM_ERROR_UNAVAILABLE},
	{VIR_ERR_NO_CONNECT, ORIEL_VM_ERROR_UNAVAILABLE},
};

bool oriel_vm_error_set_libvirt(GError **error, const char *format, ...)
{
	const virError *last = virGetLastError();
	enum oriel_vm_error_code code = ORIEL_VM_ERROR_FAILED;
	const char *remark = "";
	g_autofree char *tried = NULL;
	va_list args;

	va_start(args, format);
	tried = g_strdup_vprintf(format, args);
	va_end(args);
	for (size_t i = 0; last && i < G_N_ELEMENTS(known_errors); i++)
		if (known_errors[i].libvirt_code == last->code)
			code = known_errors[i].code;
	/* The connection itself; what the other end refuses carries the domain of its driver. */
	if (last && last->domain == VIR_FROM_RPC) {
		code = ORIEL_VM_ERROR_UNAVAILABLE;
		remark = "; the connection was lost, so it may or may not have been done: look "
			 "before you ask again";
	}
	return oriel_vm_error_set(error, code, "%s: %s%s", tried,
		last && last->message ? last->message : "libvirt gave no reason", remark);
}
