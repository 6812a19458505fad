/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of the computer is tuned while the machine runs; oriel-helper reads it too. */
#include "vm/definition_parts.h"

#include "host/tunings.h"
#include "vm/error.h"

#define PROCESSORS (1u << ORIEL_TUNING_CPUS | 1u << ORIEL_TUNING_GOVERNOR | 1u << ORIEL_TUNING_IRQ)

guint oriel_vm_definition_read_tune(xmlDoc *document)
{
	g_autofree char *text = oriel_vm_tree_read(oriel_vm_tree_get_own(document, false), "tune");
	guint tunings = 0;

	if (text)
		oriel_tunings_parse(text, &tunings, NULL);
	return tunings;
}

static bool check(struct oriel_vm_work *work, guint tunings, GError **error)
{
	g_autofree char *names = oriel_tunings_format(tunings);

	if ((tunings & PROCESSORS) && !oriel_vm_tree_get(work->root, "cputune/vcpupin"))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"tune '%s': it is not known which processors are the machine's; pin them "
			"with --pin yes",
			names);
	if ((tunings & 1u << ORIEL_TUNING_HUGEPAGES) &&
		!oriel_vm_tree_get(work->root, "memoryBacking/hugepages"))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"tune '%s': the machine's memory is not in huge pages; add --hugepages yes",
			names);
	return true;
}

bool oriel_vm_definition_apply_tuning(struct oriel_vm_work *work, GError **error)
{
	guint tunings = work->spec->tune_given ? work->spec->tune
					       : oriel_vm_definition_read_tune(work->document);
	g_autofree char *names = oriel_tunings_format(tunings);
	xmlNode *own = oriel_vm_tree_get_own(work->document, work->spec->tune_given && tunings);

	if (!check(work, tunings, error))
		return false;
	if (own && work->spec->tune_given)
		oriel_vm_tree_set(own, "tune", tunings ? names : NULL);
	return true;
}
