/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames: what is said of them and when (protocol 4.4-4.8). There are two slots. While somebody may
 * still read one, the next picture goes into the other, which lacks what changed in both; so each
 * slot keeps its own list.
 */
#include "relay/producer_private.h"

#include <errno.h>
#include <string.h>

#include "relay/producer_fill.h"
#include "relay/wire.h"

#define PITCH_STEP_BYTES 256u /* what every stock viewer can take (4.5) */
#define RGB_24_STEP_PX 256u
#define SIDE_MAX_PX 16384u /* what viewers take for genuine (10) */
#define CHANGES_LAYOUT (ORIEL_PICTURE_HDR | ORIEL_PICTURE_HDR_PQ)

static const enum b7_frame_type wire_types[ORIEL_PIXEL_COUNT] = {
	[ORIEL_PIXEL_BGRA] = B7_FRAME_BGRA,
	[ORIEL_PIXEL_RGBA] = B7_FRAME_RGBA,
	[ORIEL_PIXEL_RGBA10] = B7_FRAME_RGBA10,
	[ORIEL_PIXEL_RGBA16F] = B7_FRAME_RGBA16F,
	[ORIEL_PIXEL_BGR_32] = B7_FRAME_BGR_32,
	[ORIEL_PIXEL_RGB_24] = B7_FRAME_RGB_24,
};

static_assert((int)ORIEL_PICTURE_BLOCK_SCREENSAVER == (int)B7_FLAG_BLOCK_SCREENSAVER &&
		      (int)ORIEL_PICTURE_REQUEST_ACTIVATION == (int)B7_FLAG_REQUEST_ACTIVATION &&
		      (int)ORIEL_PICTURE_TRUNCATED == (int)B7_FLAG_TRUNCATED &&
		      (int)ORIEL_PICTURE_HDR == (int)B7_FLAG_HDR &&
		      (int)ORIEL_PICTURE_HDR_PQ == (int)B7_FLAG_HDR_PQ,
	"flags go over the wire as they are (4.6)");

void oriel_producer_frames_begin(struct producer_frames *frames)
{
	frames->has_layout = false;
	frames->has_newest = false;
	frames->newest_was_posted = false;
	frames->newest = 0;
	frames->next_serial = 0;
	for (uint32_t i = 0; i < PRODUCER_FRAME_SLOTS; i++)
		oriel_damage_set_full(&frames->slots[i].lacks);
}

/* ---- layout on the wire --------------------------------------------------------------------- */

static uint32_t round_up(uint32_t value, uint32_t step)
{
	return (value + step - 1) / step * step;
}

static uint32_t get_wire_pitch(const struct oriel_picture *picture)
{
	if (picture->format == ORIEL_PIXEL_RGB_24)
		return 3 * round_up(picture->width_px, RGB_24_STEP_PX);
	return round_up(oriel_picture_get_row_bytes(picture), PITCH_STEP_BYTES);
}

/* The picture as it will lie in a slot: our pitch, and the rows that fit (6.5). */
static int plan_wire_picture(const struct oriel_producer *producer,
	const struct oriel_picture *picture, struct oriel_picture *ret_wire)
{
	struct oriel_picture wire = *picture;
	uint32_t fitting;

	if (!oriel_pixel_get_info(picture->format) || !picture->width_px || !picture->height_px ||
		picture->width_px > SIDE_MAX_PX || picture->height_px > SIDE_MAX_PX ||
		picture->rows > picture->height_px)
		return -EINVAL;
	wire.pitch_bytes = get_wire_pitch(picture);
	fitting = (uint32_t)(oriel_producer_get_slot_bytes(producer) / wire.pitch_bytes);
	if (wire.rows > fitting)
		wire.rows = fitting;
	if (!wire.rows)
		return -EINVAL;
	if (wire.rows < wire.height_px)
		wire.flags |= ORIEL_PICTURE_TRUNCATED;
	*ret_wire = wire;
	return 0;
}

/* Storage pixels of one row: triplets are stored in a texture of 4-byte pixels (4.5). */
static uint32_t get_data_width(const struct oriel_picture *wire)
{
	return wire->format == ORIEL_PIXEL_BGR_32 ? wire->pitch_bytes / 4 : wire->width_px;
}

static uint32_t get_stride_px(const struct oriel_picture *wire)
{
	if (wire->format == ORIEL_PIXEL_BGR_32)
		return wire->pitch_bytes / 4;
	return wire->pitch_bytes / oriel_pixel_get_info(wire->format)->bytes;
}

/* ---- one frame ------------------------------------------------------------------------------ */

static uint32_t get_slot_offset(const struct oriel_producer *producer, uint32_t slot)
{
	return producer->layout.frame_slots + slot * producer->layout.frame_slot_bytes;
}

static struct b7_frame *get_slot_header(const struct oriel_producer *producer, uint32_t slot)
{
	return (struct b7_frame *)(void *)(producer->base + get_slot_offset(producer, slot));
}

/* The write pointer sits right before the pixels, and those on an alignment boundary (4.7). */
static uint32_t get_pointer_offset(const struct oriel_producer *producer)
{
	return producer->layout.alignment_bytes - (uint32_t)sizeof(uint32_t);
}

static uint32_t *get_write_pointer(const struct oriel_producer *producer, uint32_t slot)
{
	return (uint32_t *)(void *)(producer->base + get_slot_offset(producer, slot) +
				    get_pointer_offset(producer));
}

static void write_header(
	const struct oriel_producer *producer, uint32_t slot, const struct oriel_damage *damage)
{
	const struct oriel_picture *wire = &producer->frames.picture;
	struct b7_frame frame = {
		.format_version = producer->frames.format_version,
		.serial = producer->frames.next_serial,
		.type = wire_types[wire->format],
		.screen_width = wire->screen_width_px,
		.screen_height = wire->screen_height_px,
		.data_width = get_data_width(wire),
		.data_height = wire->rows,
		.frame_width = wire->width_px,
		.frame_height = wire->height_px,
		.rotation = wire->rotation,
		.stride_px = get_stride_px(wire),
		.pitch_bytes = wire->pitch_bytes,
		.offset = get_pointer_offset(producer),
		.damage_count = damage->full ? 0 : damage->count,
		.flags = wire->flags,
	};

	for (uint32_t i = 0; i < frame.damage_count; i++) {
		const struct oriel_rect *rect = &damage->rects[i];

		frame.damage[i] = (struct b7_rect){rect->x, rect->y, rect->w, rect->h};
	}
	memcpy(get_slot_header(producer, slot), &frame, sizeof frame);
}

/* Takes over a new layout, after which both slots lack everything. */
static void set_picture(struct producer_frames *frames, const struct oriel_picture *wire)
{
	if (!frames->has_layout || !oriel_picture_is_same_layout(wire, &frames->picture) ||
		((wire->flags ^ frames->picture.flags) & CHANGES_LAYOUT)) {
		frames->format_version++;
		frames->has_newest = false;
		frames->has_layout = true;
		for (uint32_t i = 0; i < PRODUCER_FRAME_SLOTS; i++)
			oriel_damage_set_full(&frames->slots[i].lacks);
	}
	frames->picture = *wire;
}

/* What the viewers are told: relative to the newest picture, if there is one to be relative to. */
static void plan_damage(const struct producer_frames *frames, const struct oriel_damage *damage,
	struct oriel_damage *ret_damage)
{
	if (!damage || damage->full || !frames->has_newest) {
		oriel_damage_set_full(ret_damage);
		return;
	}
	*ret_damage = *damage;
	oriel_damage_clip(ret_damage, frames->picture.width_px, frames->picture.rows);
}

static int post(struct oriel_producer *producer, uint32_t slot)
{
	return oriel_producer_check(producer,
		oriel_producer_queue_post(&producer->frame_queue, producer->now_ms, 0,
			producer->layout.frame_slot_bytes, get_slot_offset(producer, slot)));
}

/* Announces the frame, whose pixels follow (4.7); the write pointer was set back before (T21). */
static int announce(
	struct oriel_producer *producer, uint32_t slot, const struct oriel_damage *damage)
{
	struct producer_frames *frames = &producer->frames;
	int rc;

	write_header(producer, slot, damage);
	oriel_wire_store32(get_write_pointer(producer, slot), 0);
	oriel_wire_store_fence();
	rc = post(producer, slot);
	if (rc < 0)
		return rc;
	frames->newest = slot;
	frames->newest_was_posted = rc > 0;
	frames->next_serial++;
	return 1;
}

static int begin_frame(struct oriel_producer *producer, const struct oriel_picture *picture,
	const struct oriel_damage *damage, struct producer_fill *ret_fill)
{
	struct producer_frames *frames = &producer->frames;
	struct oriel_picture wire;
	struct oriel_damage told;
	uint32_t slot = frames->newest_was_posted ? 1 - frames->newest : frames->newest;
	int rc = plan_wire_picture(producer, picture, &wire);

	if (rc < 0)
		return rc;
	if (producer->broken || !oriel_producer_is_ready(producer))
		return -EAGAIN;
	set_picture(frames, &wire);
	plan_damage(frames, damage, &told);
	if (oriel_damage_is_empty(&told))
		return 0;
	for (uint32_t i = 0; i < PRODUCER_FRAME_SLOTS; i++)
		oriel_damage_merge(&frames->slots[i].lacks, &told);
	rc = announce(producer, slot, &told);
	if (rc < 0)
		return rc;
	*ret_fill = (struct producer_fill){
		.picture = wire,
		.lacks = frames->slots[slot].lacks,
		.write_pointer = get_write_pointer(producer, slot),
		.write_combined = producer->write_combined,
		.tuner = &producer->tuner,
	};
	return 1;
}

static void finish_frame(struct oriel_producer *producer, uint32_t session)
{
	struct producer_frames *frames = &producer->frames;

	/* In a session begun meanwhile both slots lack everything, whatever was just copied. */
	if (producer->sessions != session)
		return;
	oriel_damage_clear(&frames->slots[frames->newest].lacks);
	frames->has_newest = true;
}

int oriel_producer_publish_rt(struct oriel_producer *producer, const struct oriel_picture *picture,
	const uint8_t *pixels, const struct oriel_damage *damage)
{
	struct producer_fill fill;
	uint32_t session;
	int rc;

	if (damage && oriel_damage_is_empty(damage))
		return 0;
	pthread_mutex_lock(&producer->mutex);
	rc = begin_frame(producer, picture, damage, &fill);
	session = producer->sessions;
	pthread_mutex_unlock(&producer->mutex);
	if (rc <= 0)
		return rc;

	fill.source = pixels;
	fill.source_pitch_bytes = picture->pitch_bytes;
	__atomic_add_fetch(
		&producer->copied_bytes, oriel_producer_fill_rt(&fill), __ATOMIC_RELAXED);

	pthread_mutex_lock(&producer->mutex);
	finish_frame(producer, session);
	pthread_mutex_unlock(&producer->mutex);
	return 1;
}

int oriel_producer_repeat_rt(struct oriel_producer *producer)
{
	struct producer_frames *frames = &producer->frames;
	int rc = 0;

	pthread_mutex_lock(&producer->mutex);
	if (producer->broken)
		rc = -EAGAIN;
	else if (frames->has_newest)
		rc = oriel_producer_is_ready(producer) ? post(producer, frames->newest) : -EAGAIN;
	if (rc > 0)
		frames->newest_was_posted = true;
	pthread_mutex_unlock(&producer->mutex);
	return rc;
}

bool oriel_producer_is_ready(const struct oriel_producer *producer)
{
	return oriel_producer_queue_count(&producer->frame_queue) < PRODUCER_FRAME_SLOTS;
}

size_t oriel_producer_get_slot_bytes(const struct oriel_producer *producer)
{
	return producer->layout.frame_slot_bytes - producer->layout.alignment_bytes;
}

size_t oriel_producer_get_needed_mib(uint32_t pitch_bytes, uint32_t height_px)
{
	uint64_t mib = (UINT64_C(2) * pitch_bytes * height_px >> 20) + 10;
	size_t power = ORIEL_PRODUCER_MIN_BYTES >> 20;

	while (power < mib)
		power *= 2;
	return power;
}

uint64_t oriel_producer_get_copied_bytes(const struct oriel_producer *producer)
{
	return __atomic_load_n(&producer->copied_bytes, __ATOMIC_RELAXED);
}
