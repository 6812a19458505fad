/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/profile.h"

#include "vm/paths.h"

GKeyFile *oriel_vm_profile_load(const char *name, GError **error)
{
	g_autofree char *path = oriel_vm_paths_find("profiles", ".ini", name, error);
	g_autoptr(GKeyFile) file = g_key_file_new();

	if (!path)
		return NULL;
	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error)) {
		g_prefix_error(error, "profile %s: ", path);
		return NULL;
	}
	return g_steal_pointer(&file);
}

bool oriel_vm_profile_apply(GKeyFile *profile, struct oriel_vm_spec *spec, GError **error)
{
	g_auto(GStrv) keys = g_key_file_get_keys(profile, "vm", NULL, NULL);

	for (char **key = keys; key && *key; key++) {
		g_autofree char *value = g_key_file_get_value(profile, "vm", *key, NULL);

		if (!oriel_vm_spec_set(spec, *key, value, error))
			return false;
	}
	return true;
}
