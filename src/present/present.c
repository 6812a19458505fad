/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/present.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

const struct oriel_presenter_ops *const oriel_presenters[] = {
	&oriel_presenter_soft,
#ifdef ORIEL_HAVE_GPU
	&oriel_presenter_gpu,
	&oriel_presenter_vulkan,
	&oriel_presenter_opengl,
#endif
	&oriel_presenter_null,
	NULL,
};

static const struct oriel_presenter_ops *find_best(const struct oriel_native *native)
{
	const struct oriel_presenter_ops *best = NULL;
	int best_score = 0;

	for (int i = 0; oriel_presenters[i]; i++) {
		int score = oriel_presenters[i]->probe(native);

		if (score > best_score) {
			best_score = score;
			best = oriel_presenters[i];
		}
	}
	return best;
}

const struct oriel_presenter_ops *oriel_presenter_find(
	const char *name, const struct oriel_native *native, struct oriel_error *error)
{
	if (!strcmp(name, "auto"))
		return find_best(native);
	for (int i = 0; oriel_presenters[i]; i++) {
		if (strcmp(oriel_presenters[i]->name, name))
			continue;
		if (oriel_presenters[i]->probe(native))
			return oriel_presenters[i];
		oriel_error_set(error, -ENOTSUP,
			"the presenter \"%s\" cannot draw on this window; use --present auto",
			name);
		return NULL;
	}
	oriel_error_set(error, -ENOSYS, "no presenter \"%s\" in this build", name);
	return NULL;
}
