/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The figures that are shown over the picture: rates, graphs of how long each frame took, and a map
 * of what changes. The same as --stats has, over the last moments only.
 *
 * The render thread fills in samples, while they are wanted; all else is the main thread's.
 */
#ifndef ORIEL_VIEW_FIGURES_H
#define ORIEL_VIEW_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "view/card.h"

#define ORIEL_SAMPLE_RECTS 16

/* The stages of a frame; docs/viewer.md defines them. */
enum oriel_stage {
	ORIEL_STAGE_ARRIVAL,
	ORIEL_STAGE_UPLOAD,
	ORIEL_STAGE_RENDER,
	ORIEL_STAGE_PRESENT,
	ORIEL_STAGE_PHOTON, /* known later: of the last frame before that was seen; 0: none */
	ORIEL_STAGE_COUNT
};

/* One frame that was shown. */
struct oriel_sample {
	uint64_t shown_ns;
	uint64_t stages_ns[ORIEL_STAGE_COUNT];
	bool is_unique;
	/* What had changed of the picture as stored; what exceeds the room is in the last one. */
	uint32_t width_px, height_px;
	uint32_t rect_count;
	struct oriel_rect rects[ORIEL_SAMPLE_RECTS];
};

/* Its latency is "NAME_latency_ms" of --stats. */
const char *oriel_sample_get_stage_name(enum oriel_stage stage);

void oriel_sample_set_damage_rt(struct oriel_sample *sample, const struct oriel_frame *frame);

struct oriel_figures;

struct oriel_figures *oriel_figures_create(void);
/* NULL is fine. */
void oriel_figures_destroy(struct oriel_figures *figures);
void oriel_figures_add(struct oriel_figures *figures, const struct oriel_sample *sample);

/* Of frames, and of those that were new, a second: over the last one and a half, or as long as the
 * samples that there is room for reach back. */
void oriel_figures_get_rates(const struct oriel_figures *figures, uint64_t now_ns,
	double *ret_frames, double *ret_unique);

/* Each is NULL when memory is short. */
struct oriel_card *oriel_figures_draw_rates(const struct oriel_figures *figures, uint64_t now_ns);
struct oriel_card *oriel_figures_draw_graphs(const struct oriel_figures *figures);
struct oriel_card *oriel_figures_draw_damage(const struct oriel_figures *figures, uint64_t now_ns);

#endif
