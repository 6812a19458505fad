/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the demo tells of the figures that oriel-view --stats prints. Thread: main. */
#ifndef ORIEL_CLI_DEMO_REPORT_H
#define ORIEL_CLI_DEMO_REPORT_H

#include <glib.h>
#include <stdbool.h>

struct oriel_report_screen {
	unsigned int width_px, height_px;
};

/* "1280x720", as the guest says it. False and error set when it is something else. */
bool oriel_report_parse_screen(
	const char *text, struct oriel_report_screen *ret_screen, GError **error);

/* stats: the viewer's JSON object. Prints to standard output; false and error set when stats lacks
 * something or tells of no frame. */
bool oriel_report_print(
	const char *stats, const struct oriel_report_screen *screen, GError **error);

#endif
