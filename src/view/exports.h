/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What leaves the viewer besides its window: recordings (export/recording.h) and a camera for other
 * programs (export/share.h). At most one of a kind at a time, begun and ended by options and by the
 * control socket. Main thread.
 */
#ifndef ORIEL_VIEW_EXPORTS_H
#define ORIEL_VIEW_EXPORTS_H

#include "export/recording.h"
#include "export/share.h"
#include "view/render.h"
#include "view/stats.h"

struct oriel_exports;

struct oriel_exports_setup {
	struct oriel_render *render; /* outlives them */
	const char *encoder;	     /* a name of oriel_encoder_open() */
	const char *vm;		     /* whose picture it is; NULL: not known */
	/* A remark for the user, on the window. */
	void (*note)(void *data, const char *text);
	void *data;
};

struct oriel_exports *oriel_exports_create(const struct oriel_exports_setup *setup);
/* Ends them all; waits until everything is written. After the render thread ended. */
void oriel_exports_end(struct oriel_exports *exports);
/* After the render thread ended, or before it began. NULL is fine. */
void oriel_exports_destroy(struct oriel_exports *exports);

/* Begins a recording to path, or says why not. */
int oriel_exports_record(
	struct oriel_exports *exports, const char *path, struct oriel_error *error);
/* path and news are those of the recording, borrowed. */
typedef void (*oriel_exports_answer)(
	void *data, const char *path, const struct oriel_recording_news *news);
/* Ends it, and tells once everything is written. False: there is none, or its end is being waited
 * for. */
bool oriel_exports_end_recording(
	struct oriel_exports *exports, oriel_exports_answer answer, void *data);
/* Of the recording that goes on; NULL: there is none. */
const char *oriel_exports_get_recording(const struct oriel_exports *exports);

/* Begins to share the picture, or says why not; a moment is spent on PipeWire. */
int oriel_exports_share(struct oriel_exports *exports, struct oriel_error *error);
/* False: it was not shared. */
bool oriel_exports_end_sharing(struct oriel_exports *exports);
bool oriel_exports_is_sharing(const struct oriel_exports *exports);

/* All since the start. */
void oriel_exports_get_counts(
	const struct oriel_exports *exports, struct oriel_stats_exports *ret_counts);

#endif
