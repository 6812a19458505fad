/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clearing up behind a test that made files. */
#ifndef ORIEL_TESTS_REMOVE_TREE_H
#define ORIEL_TESTS_REMOVE_TREE_H

#include <ftw.h>
#include <stdio.h>

static inline int remove_entry(
	const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	return remove(path);
}

/* path and everything below it; follows no links. 0 or -1 with errno. */
static inline int remove_tree(const char *path)
{
	return nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
