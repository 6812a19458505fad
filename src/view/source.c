/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/source.h"

/* The relay comes last: it takes every path. */
static const struct oriel_source_ops *const sources[] = {&oriel_source_test, &oriel_source_relay};

const struct oriel_source_ops *oriel_source_find(const char *path)
{
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
		if (sources[i]->takes(path))
			return sources[i];
	return NULL;
}
