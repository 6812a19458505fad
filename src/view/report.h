/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ORIEL_RENDER_STATUS: what the render thread last told the main thread of how things stand, and
 * telling it when that changes. Render thread; nothing allocates or blocks.
 */
#ifndef ORIEL_VIEW_REPORT_H
#define ORIEL_VIEW_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "view/mail.h"
#include "view/source.h"
#include "window/window.h"

struct oriel_report {
	const struct oriel_source *source;
	struct oriel_mail *mail;
	struct oriel_render_event event; /* as last told, or to be told */
	bool is_due;
};

/* All are borrowed; the window is only asked for its size. */
void oriel_report_init(struct oriel_report *report, const struct oriel_source *source,
	struct oriel_mail *mail, const struct oriel_window *window);

/* The window shows what the guest shows. */
bool oriel_report_is_fresh(const struct oriel_report *report);
/* A frame was taken over. */
void oriel_report_fresh_rt(struct oriel_report *report);
/* There is none to be had, and the source knows why. */
void oriel_report_stale_rt(struct oriel_report *report);
/* The window has this size now. */
void oriel_report_size_rt(struct oriel_report *report, uint32_t width_px, uint32_t height_px);

#endif
