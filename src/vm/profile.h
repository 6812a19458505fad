/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Named bundles of settings: key files with a [vm] and a [viewer] group. Thread: any. Reads files.
 */
#ifndef ORIEL_VM_PROFILE_H
#define ORIEL_VM_PROFILE_H

#include "vm/spec.h"

/* The profile of that name; NOT_FOUND with the known ones. Owned by the caller (g_key_file_unref).
 */
GKeyFile *oriel_vm_profile_load(const char *name, GError **error);
/* Puts its [vm] group into the settings. */
bool oriel_vm_profile_apply(GKeyFile *profile, struct oriel_vm_spec *spec, GError **error);

#endif
