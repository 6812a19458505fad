/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What oriel-view measures of itself, and the JSON object of --stats. docs/viewer.md defines each
 * figure.
 *
 * Counting belongs to the render thread and neither allocates nor blocks; writing happens after it
 * ended.
 */
#ifndef ORIEL_VIEW_STATS_H
#define ORIEL_VIEW_STATS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "audio/audio.h"
#include "view/source.h"

/* Durations sorted into steps of a sixteenth, so that a percentile needs no list. */
#define ORIEL_STATS_STEPS 1024u

struct oriel_stats_spread {
	uint64_t count;
	uint64_t max_ns;
	uint32_t steps[ORIEL_STATS_STEPS];
};

void oriel_stats_spread_add_rt(struct oriel_stats_spread *spread, uint64_t duration_ns);
/* percent: 1 to 100. The upper end of the step that holds it, at most max_ns; 0 when empty. */
uint64_t oriel_stats_spread_get_ns(const struct oriel_stats_spread *spread, uint32_t percent);

/* Besides the window, in pictures. */
struct oriel_stats_exports {
	uint64_t recorded, recording_missed, recorded_bytes;
	uint64_t shared;
};

struct oriel_stats {
	uint64_t frames;	   /* taken over from the guest and presented */
	uint64_t unique_frames;	   /* of them, with another serial than the one before */
	uint64_t cursor_updates;   /* presented without a frame */
	uint64_t presents;	   /* times that anything was put on the window */
	uint64_t incomplete;	   /* did not arrive to their end in time */
	uint64_t bytes_copied;	   /* read from the guest's memory */
	uint64_t bytes_damaged;	   /* that the guest said had changed */
	uint64_t refreshes_missed; /* that --jit aimed at in vain */
	uint64_t first_frame_ns, last_frame_ns;
	struct oriel_stats_spread arrival;
	struct oriel_stats_spread upload;
	struct oriel_stats_spread render;
	struct oriel_stats_spread present;
	struct oriel_stats_spread photon; /* empty where the desktop does not tell */
	struct oriel_stats_spread held;	  /* by --jit, before frames were taken */
	struct oriel_source_counts source;
	const char *display;	   /* where the last frame came from; NULL: there was none */
	uint64_t display_switches; /* times that it came from elsewhere than the one before */
	struct oriel_stats_exports exports; /* filled by the main thread */
	struct oriel_audio_stats sound;	    /* likewise */
	bool has_sound;
};

/* Of the whole process, since its start. Any thread. */
double oriel_stats_get_cpu_seconds(void);

/* One object and a newline. */
void oriel_stats_write(const struct oriel_stats *stats, double cpu_seconds, FILE *file);

#endif
