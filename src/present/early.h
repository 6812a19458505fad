/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A presenter that shows the first pictures by soft, at once, while the one that was asked for is
 * created on a thread of its own: graphics drivers take longer to load than a guest's first picture
 * takes to come. When that one is there, it goes on with the same picture, cursor and overlay, also
 * when the picture stands still; one line says so. When it cannot be created, soft stays, and a
 * warning says why.
 *
 * That thread ends with the loading. It begins here, so that a sandbox entered later does not keep
 * drivers from their files.
 */
#ifndef ORIEL_PRESENT_EARLY_H
#define ORIEL_PRESENT_EARLY_H

#include "present/present.h"

/* ops: of a presenter that holds no frames. options->shader outlives the presenter. */
int oriel_early_create(struct oriel_presenter **ret_presenter,
	const struct oriel_presenter_ops *ops, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error);

#endif
