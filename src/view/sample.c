/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/frame.h"
#include "view/figures.h"

static struct oriel_rect join(const struct oriel_rect *a, const struct oriel_rect *b)
{
	uint32_t x = a->x < b->x ? a->x : b->x, y = a->y < b->y ? a->y : b->y;
	uint32_t right = a->x + a->w > b->x + b->w ? a->x + a->w : b->x + b->w;
	uint32_t bottom = a->y + a->h > b->y + b->h ? a->y + a->h : b->y + b->h;

	return (struct oriel_rect){x, y, right - x, bottom - y};
}

const char *oriel_sample_get_stage_name(enum oriel_stage stage)
{
	static const char *const names[ORIEL_STAGE_COUNT] = {
		[ORIEL_STAGE_ARRIVAL] = "arrival",
		[ORIEL_STAGE_UPLOAD] = "upload",
		[ORIEL_STAGE_RENDER] = "render",
		[ORIEL_STAGE_PRESENT] = "present",
		[ORIEL_STAGE_PHOTON] = "photon",
	};

	return names[stage];
}

void oriel_sample_set_damage_rt(struct oriel_sample *sample, const struct oriel_frame *frame)
{
	struct oriel_damage damage = frame->damage;
	uint32_t count = 0;

	sample->width_px = frame->picture.width_px;
	sample->height_px = frame->picture.height_px;
	oriel_damage_clip(&damage, sample->width_px, sample->height_px);
	if (damage.full)
		sample->rects[count++] =
			(struct oriel_rect){0, 0, sample->width_px, sample->height_px};
	for (uint32_t i = 0; i < damage.count && !damage.full; i++) {
		struct oriel_rect *last = &sample->rects[ORIEL_SAMPLE_RECTS - 1];

		if (count < ORIEL_SAMPLE_RECTS)
			sample->rects[count++] = damage.rects[i];
		else
			*last = join(last, &damage.rects[i]);
	}
	sample->rect_count = count;
}
