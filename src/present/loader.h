/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Creates a presenter on a thread of its own, for those that load drivers. The thread ends with
 * that. All calls on one other thread.
 */
#ifndef ORIEL_PRESENT_LOADER_H
#define ORIEL_PRESENT_LOADER_H

#include "present/present.h"

struct oriel_loader;

/* Begins at once, so that a sandbox entered later does not keep drivers from their files. The
 * window, and what options points to, outlive the loader. */
int oriel_loader_start(struct oriel_loader **ret_loader, const struct oriel_presenter_ops *ops,
	const struct oriel_window *window, const struct oriel_present_options *options,
	struct oriel_error *error);

/* Readable when it is done, until it was taken. */
int oriel_loader_get_fd(const struct oriel_loader *loader);

/* False: not done yet, or taken before. The presenter is the caller's; NULL: it could not be
 * created, and error, which is valid as long as the loader, says why. */
bool oriel_loader_take_rt(struct oriel_loader *loader, struct oriel_presenter **ret_presenter,
	const struct oriel_error **ret_error);

/* Waits for its end; one that hangs is left to the end of the process. NULL is fine. */
void oriel_loader_destroy(struct oriel_loader *loader);

#endif
