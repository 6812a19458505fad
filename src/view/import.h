/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the settings of a Looking Glass client as ours. Main thread; reads a small file. */
#ifndef ORIEL_VIEW_IMPORT_H
#define ORIEL_VIEW_IMPORT_H

#include <stdio.h>

#include "base/error.h"

/* Writes a file of our settings; what has no equal here stands in it as a comment with the reason,
 * and so does what the stock client itself would not have understood. 0 or a negative errno. */
int oriel_import_print(const char *path, FILE *file, struct oriel_error *error);

#endif
