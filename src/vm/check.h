/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks of what a user writes: names, sizes, addresses, files. Each message names the field, the
 * value, the limit and the fix; long values are cut in the message. Thread: any. Never blocks.
 */
#ifndef ORIEL_VM_CHECK_H
#define ORIEL_VM_CHECK_H

#include <glib.h>
#include <stdbool.h>

#define ORIEL_VM_NAME_BYTES_MAX 63
#define ORIEL_VM_PATH_BYTES_MAX 1024
#define ORIEL_VM_TEXT_BYTES_MAX 256

/* A name of a machine, of shared memory, of a snapshot: 1 to 63 of a-z A-Z 0-9 . _ + -, the first a
 * letter or digit. It becomes part of file names, so nothing else is let through. */
bool oriel_vm_check_name(const char *field, const char *name, GError **error);

/* Any text for a human (title, description): valid UTF-8 without control characters, at most 256
 * bytes. */
bool oriel_vm_check_text(const char *field, const char *text, GError **error);

/* A full path without "..", control characters or a trailing slash, at most 1024 bytes, UTF-8. */
bool oriel_vm_check_path(const char *field, const char *path, GError **error);

/* "16G", "512M", "1T", "65536K"; a plain number counts MiB. Suffixes mean powers of 1024; "GiB" and
 * "GB" are taken as G. Outside of min..max is refused. */
bool oriel_vm_check_size(const char *field, const char *text, guint64 min_bytes, guint64 max_bytes,
	guint64 *ret_bytes, GError **error);

/* "16G", "512M", "1000 bytes": what the check above would take. Owned by the caller. */
char *oriel_vm_check_format_size(guint64 bytes);

/* A whole decimal number. */
bool oriel_vm_check_number(const char *field, const char *text, guint64 min, guint64 max,
	guint64 *ret_number, GError **error);

/* "1920x1080", within 640x480 and 7680x4320 (either way round). */
bool oriel_vm_check_resolution(const char *field, const char *text, guint *ret_width_px,
	guint *ret_height_px, GError **error);

/* A PCI address with its domain, as sysfs writes it: 0000:01:00.0. */
struct oriel_vm_pci {
	guint domain, bus, slot, function;
};
bool oriel_vm_check_pci(
	const char *field, const char *text, struct oriel_vm_pci *ret_pci, GError **error);

/* A value quoted for a message: at most 64 bytes of it, made printable. Owned by the caller. */
char *oriel_vm_check_quote(const char *value);

#endif
