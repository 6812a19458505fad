/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/vm/settings.h"

#include "vm/profile.h"

bool oriel_settings_read_profile(const char *name, struct oriel_vm_spec *spec, GError **error)
{
	g_autoptr(GKeyFile) profile = oriel_vm_profile_load(name, error);

	return profile && oriel_vm_profile_apply(profile, spec, error);
}

bool oriel_settings_read(const struct oriel_call *call, struct oriel_vm_spec *spec, GError **error)
{
	const char *profile = oriel_call_get_text(call, "profile");

	if (profile && !oriel_settings_read_profile(profile, spec, error))
		return false;
	if (oriel_call_has(call, "looking-glass") &&
		!oriel_vm_spec_set(spec, "relay", "plain", error))
		return false;
	for (const char *const *setting = oriel_vm_spec_list(); *setting; setting++) {
		const char *text = oriel_call_get_text(call, *setting);

		if (text && !oriel_vm_spec_set(spec, *setting, text, error))
			return false;
	}
	return true;
}
