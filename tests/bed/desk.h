/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel-view, and an X display of its own for it where it needs one, for the tests that look over
 * the user's shoulder. What fails, fails the test.
 */
#ifndef ORIEL_TESTS_BED_DESK_H
#define ORIEL_TESTS_BED_DESK_H

#include "bed/process.h"

struct desk {
	struct oriel_process display, viewer;
	int words_fd; /* what the viewer says on standard error */
	GString *words;
	size_t heard; /* of them, up to the one waited for last */
};

void desk_init(struct desk *desk);
/* Ends both. */
void desk_finish(struct desk *desk);

/* Sets DISPLAY. False: there is no Xvfb here. */
bool desk_start_display(struct desk *desk);
/* arguments end with NULL; the first one is the program. */
void desk_start_viewer(struct desk *desk, const char *const *arguments);
/* Asks it to end, which has to go well; what it printed on standard output, owned by the caller. */
char *desk_stop_viewer(struct desk *desk);
/* Until the viewer has said so, since the last word that was waited for. */
void desk_wait_word(struct desk *desk, const char *word);
/* arguments: with blanks between. */
void desk_run_xdotool(const char *arguments);

#endif
