/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A presenter that finds out which of some candidates is the fastest here, with the guest's own
 * frames, while they are shown: nothing is measured before the first picture, and what is measured
 * is what the presenters do all day on this window, driver and compositor.
 *
 * The first candidate shows the first frames. When whole frames come often enough for speed to
 * matter, each candidate shows a few of them in its turn (present/trial.h); the next one is handed
 * a frame, which is the whole picture, and only when that was put on the window does the one before
 * take its own away.
 *
 * What is measured is the time from a frame's arrival until the presenter and the display server
 * are ready for the next one: the display server has taken the picture over, and nobody holds the
 * frame before any more. A guest has two slots for its frames: as long as the frame before is held,
 * it has none to write to. So a presenter that copies is measured by its copying, and one that
 * lends frames by how long this compositor keeps one after it got the next: at once where it copies
 * frames itself, until the next refresh or longer where it reads them later.
 *
 * The median counts. Only frames with at least half of the picture new are measured, since a copy
 * of a few pixels says nothing. After a change of size or layout it is found out anew. One that is
 * slow to create is loaded on a thread of its own meanwhile; when it has lost, it is out for good.
 */
#ifndef ORIEL_PRESENT_CONTEST_H
#define ORIEL_PRESENT_CONTEST_H

#include "present/present.h"
#include "present/trial.h"

struct oriel_contest_setup {
	/* Ends with NULL, at most ORIEL_TRIAL_CANDIDATES_MAX. The first is not slow and always
	 * works; at most one of the others is slow. */
	const struct oriel_presenter_ops *const *candidates;
	const struct oriel_window *window;
	const struct oriel_present_options *options;
	uint64_t (*get_time_ns)(void);
};

/* What setup points to outlives the presenter, but for the candidates' list and options. */
int oriel_contest_create(struct oriel_presenter **ret_presenter,
	const struct oriel_contest_setup *setup, struct oriel_error *error);

#endif
