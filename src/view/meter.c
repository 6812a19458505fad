/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/meter.h"

#include <errno.h>

#include "base/time.h"

/* More than come between two looks of the main thread, four a second. */
#define SAMPLES 256

int oriel_meter_init(struct oriel_meter *meter)
{
	meter->samples = oriel_ring_create(sizeof(struct oriel_sample), SAMPLES);
	return meter->samples ? 0 : -ENOMEM;
}

void oriel_meter_finish(struct oriel_meter *meter)
{
	oriel_ring_destroy(meter->samples);
	meter->samples = NULL;
}

void oriel_meter_want_samples(struct oriel_meter *meter, bool wanted)
{
	atomic_store_explicit(&meter->wants_samples, wanted, memory_order_relaxed);
}

bool oriel_meter_take_sample(struct oriel_meter *meter, struct oriel_sample *ret_sample)
{
	return oriel_ring_pop_rt(meter->samples, ret_sample);
}

void oriel_meter_look_rt(struct oriel_meter *meter, uint64_t now_ns)
{
	meter->look_before_ns = meter->last_look_ns;
	meter->last_look_ns = now_ns;
}

void oriel_meter_forget_look_rt(struct oriel_meter *meter)
{
	meter->last_look_ns = 0;
}

void oriel_meter_hold_rt(struct oriel_meter *meter, uint64_t now_ns)
{
	if (!meter->held_since_ns)
		meter->held_since_ns = now_ns;
}

static uint64_t damaged_bytes(const struct oriel_frame *frame)
{
	return oriel_damage_area_px(&frame->damage, frame->picture.width_px, frame->picture.rows) *
	       oriel_pixel_get_info(frame->picture.format)->bytes;
}

static bool note_serial(struct oriel_meter *meter, uint32_t serial)
{
	bool is_unique = !meter->has_serial || meter->last_serial != serial;

	meter->has_serial = true;
	meter->last_serial = serial;
	return is_unique;
}

static void note_origin(struct oriel_stats *stats, const char *origin)
{
	if (stats->display && stats->display != origin)
		stats->display_switches++;
	stats->display = origin;
}

void oriel_meter_frame_rt(struct oriel_meter *meter, const struct oriel_frame *frame,
	const char *origin, uint64_t uploaded_ns)
{
	struct oriel_stats *stats = &meter->stats;
	struct oriel_sample *sample = &meter->sample;
	uint64_t look_ns = meter->look_before_ns;

	*sample = (struct oriel_sample){.is_unique = note_serial(meter, frame->serial)};
	note_origin(stats, origin);
	stats->frames++;
	stats->unique_frames += sample->is_unique;
	stats->bytes_damaged += damaged_bytes(frame);
	if (look_ns && frame->arrived_ns >= look_ns) {
		sample->stages_ns[ORIEL_STAGE_ARRIVAL] = frame->arrived_ns - look_ns;
		oriel_stats_spread_add_rt(&stats->arrival, frame->arrived_ns - look_ns);
	}
	sample->stages_ns[ORIEL_STAGE_UPLOAD] = uploaded_ns - frame->arrived_ns;
	oriel_stats_spread_add_rt(&stats->upload, uploaded_ns - frame->arrived_ns);
	if (atomic_load_explicit(&meter->wants_samples, memory_order_relaxed))
		oriel_sample_set_damage_rt(sample, frame);
	meter->stamp_ns = frame->arrived_ns;
}

uint64_t oriel_meter_put_rt(struct oriel_meter *meter, uint64_t now_ns)
{
	uint64_t began_ns = meter->last_look_ns;
	uint64_t render_ns = now_ns - meter->stamp_ns;

	meter->sample.stages_ns[ORIEL_STAGE_RENDER] = render_ns;
	oriel_stats_spread_add_rt(&meter->stats.render, render_ns);
	if (meter->held_since_ns)
		oriel_stats_spread_add_rt(&meter->stats.held, began_ns - meter->held_since_ns);
	meter->held_since_ns = 0;
	return began_ns;
}

bool oriel_meter_done_rt(struct oriel_meter *meter)
{
	struct oriel_sample *sample = &meter->sample;
	struct oriel_stats *stats = &meter->stats;
	uint64_t now_ns;

	if (!meter->stamp_ns)
		return false;
	now_ns = oriel_time_now_ns();
	sample->shown_ns = now_ns;
	sample->stages_ns[ORIEL_STAGE_PRESENT] = now_ns - meter->stamp_ns;
	sample->stages_ns[ORIEL_STAGE_PHOTON] = meter->photon_ns;
	if (sample->rect_count)
		oriel_ring_push_rt(meter->samples, sample);
	oriel_stats_spread_add_rt(&stats->present, now_ns - meter->stamp_ns);
	if (!stats->first_frame_ns)
		stats->first_frame_ns = now_ns;
	stats->last_frame_ns = now_ns;
	meter->stamp_ns = 0;
	return true;
}

void oriel_meter_seen_rt(struct oriel_meter *meter, uint64_t stamp_ns, uint64_t seen_ns)
{
	meter->photon_ns = seen_ns - (stamp_ns < seen_ns ? stamp_ns : seen_ns);
	oriel_stats_spread_add_rt(&meter->stats.photon, meter->photon_ns);
}
