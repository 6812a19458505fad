/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking frames: newest first, no change forgotten (4.7, 4.8, T6, T7, T12, T13). */
#include "relay/consumer_state.h"

#include <string.h>

#include "base/errno.h"
#include "base/time.h"
#include "relay/wire.h"

/* Frame headers that fail their checks, one after the other, until the guest is called broken. */
#define REJECTED_MAX 3u
/* Waiting for pixels: spin this long, then nap. */
#define SPIN_NS (100 * ORIEL_NS_PER_US)
#define NAP_NS (50 * ORIEL_NS_PER_US)
/* Longer ones while the guest has much to write yet: every look costs about as much as a nap. */
#define NAP_MAX_NS (2 * ORIEL_NS_PER_MS)

/* ---- messages that are not finished --------------------------------------------------------- */

static bool is_current(
	const struct oriel_consumer *consumer, const struct oriel_consumer_lease *lease)
{
	return lease->generation == consumer->generation;
}

/* How many messages of the queue are ahead of the next one to be looked at. */
static uint32_t count_current(const struct oriel_consumer *consumer)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < consumer->lease_count; i++)
		count += is_current(consumer, &consumer->leases[i]);
	return count;
}

static struct oriel_consumer_lease *find_lease(
	const struct oriel_consumer *consumer, const struct oriel_frame *frame)
{
	for (uint32_t i = 0; i < consumer->lease_count; i++)
		if (consumer->leases[i].mark == frame->lease && !consumer->leases[i].is_done)
			return (struct oriel_consumer_lease *)&consumer->leases[i];
	return NULL;
}

static struct oriel_consumer_lease *add_lease(struct oriel_consumer *consumer)
{
	struct oriel_consumer_lease *lease = &consumer->leases[consumer->lease_count++];

	*lease = (struct oriel_consumer_lease){
		.mark = ++consumer->last_mark,
		.generation = consumer->generation,
	};
	return lease;
}

static void remove_lease(struct oriel_consumer *consumer, struct oriel_consumer_lease *lease)
{
	const struct oriel_consumer_lease *end = &consumer->leases[consumer->lease_count];

	oriel_region_close(lease->region);
	memmove(lease, lease + 1, (size_t)(end - lease - 1) * sizeof *lease);
	consumer->lease_count--;
}

/* Nothing waits for the end of a generation but frames that are out. */
static void forget_done(struct oriel_consumer *consumer)
{
	for (uint32_t i = consumer->lease_count; i-- > 0;)
		if (consumer->leases[i].is_done)
			remove_lease(consumer, &consumer->leases[i]);
}

void oriel_consumer_reset_stream(struct oriel_consumer *consumer)
{
	struct oriel_consumer_stream *stream = &consumer->stream;

	stream->is_continuous = false;
	stream->rejected_in_row = 0;
	stream->is_incomplete = false;
	oriel_damage_set_full(&stream->damage);
	consumer->generation++;
	forget_done(consumer);
}

static struct oriel_consumer_lease *find_oldest_current(struct oriel_consumer *consumer)
{
	for (uint32_t i = 0; i < consumer->lease_count; i++)
		if (is_current(consumer, &consumer->leases[i]))
			return &consumer->leases[i];
	return NULL;
}

/* The message at the read index. */
static bool finish_next(struct oriel_consumer *consumer)
{
	int r = consumer->codec->done(&consumer->session, ORIEL_CODEC_FRAMES);

	if (r < 0)
		oriel_consumer_fault(consumer, r, ORIEL_CODEC_FRAMES,
			"keeps a frame queue that is not in order");
	return r == 0;
}

/* What is done and has nothing before it. */
static bool finish_done(struct oriel_consumer *consumer)
{
	struct oriel_consumer_lease *lease;

	while ((lease = find_oldest_current(consumer)) && lease->is_done) {
		remove_lease(consumer, lease);
		if (!finish_next(consumer))
			return false;
	}
	return true;
}

/* The message that was looked at, behind those of frames that are out. */
static bool finish(struct oriel_consumer *consumer)
{
	add_lease(consumer)->is_done = true;
	return finish_done(consumer);
}

/* ---- taking --------------------------------------------------------------------------------- */

static void reject(struct oriel_consumer *consumer)
{
	struct oriel_consumer_stream *stream = &consumer->stream;

	consumer->counts.rejected++;
	stream->is_continuous = false;
	if (++stream->rejected_in_row >= REJECTED_MAX)
		oriel_consumer_fault(consumer, -EBADMSG, ORIEL_CODEC_FRAMES,
			"sends frames whose description fails its checks");
}

/* Adds a frame's changes to those that wait. False: a repeat of what was seen already. */
static bool fold(struct oriel_consumer_stream *stream, const struct oriel_codec_frame *frame)
{
	bool is_same_format =
		stream->is_continuous && frame->format_version == stream->format_version;

	if (is_same_format && frame->serial == stream->serial)
		return false;
	if (is_same_format && frame->serial == stream->serial + 1 &&
		oriel_picture_is_same_layout(&frame->picture, &stream->picture))
		oriel_damage_merge(&stream->damage, &frame->damage);
	else
		oriel_damage_set_full(&stream->damage);
	stream->is_continuous = true;
	stream->serial = frame->serial;
	stream->format_version = frame->format_version;
	stream->rejected_in_row = 0;
	return true;
}

static void hand_out(
	struct oriel_consumer *consumer, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	struct oriel_consumer_stream *stream = &consumer->stream;
	const struct oriel_codec_frame *frame = &consumer->frame;
	uint8_t *base = consumer->session.map.base;
	struct oriel_consumer_lease *lease = add_lease(consumer);

	lease->region = oriel_region_ref(consumer->region);
	lease->pointer = (const uint32_t *)(const void *)(base + frame->pointer_offset);
	*ret_frame = (struct oriel_frame){
		.picture = frame->picture,
		.pixels = base + frame->pixels_offset,
		.size_bytes = frame->size_bytes,
		.memory = oriel_region_get_memory(consumer->region),
		.offset_bytes = frame->pixels_offset,
		.serial = frame->serial,
		.layout_changed = !stream->has_picture ||
				  stream->picture_version != frame->format_version ||
				  !oriel_picture_is_same_layout(&frame->picture, &stream->picture),
		.damage = stream->damage,
		.arrived_ns = now_ns,
		.lease = lease->mark,
	};
	if (ret_frame->layout_changed)
		oriel_damage_set_full(&ret_frame->damage);
	stream->has_picture = true;
	stream->picture = frame->picture;
	stream->picture_version = frame->format_version;
	stream->is_incomplete = false;
	oriel_damage_clear(&stream->damage);
	consumer->counts.frames++;
}

/* One message: 1 handed out, 0 finished, negative: no more. */
static int take_one(struct oriel_consumer *consumer, uint64_t now_ns, uint32_t *seen,
	struct oriel_frame *ret_frame)
{
	struct oriel_codec_message message;
	bool is_repeat, has_news;
	uint32_t ahead = count_current(consumer);
	int r = consumer->codec->peek(&consumer->session, ORIEL_CODEC_FRAMES, ahead, &message);

	if (r < 0)
		oriel_consumer_fault(consumer, r, ORIEL_CODEC_FRAMES,
			"keeps a frame queue that is not in order");
	if (r <= 0)
		return -EAGAIN;
	consumer->stream.budget--;
	if (consumer->codec->read_frame(&consumer->session, &message, &consumer->frame) < 0) {
		reject(consumer);
		return finish(consumer) ? 0 : -EAGAIN;
	}
	is_repeat = !fold(&consumer->stream, &consumer->frame);
	*seen += !is_repeat;
	/* A repeat is all there is of a frame that was passed over for it. */
	has_news = !is_repeat || !oriel_damage_is_empty(&consumer->stream.damage);
	/* Behind one that is out it would keep a slot from the guest until that is given back. */
	if (ahead || (has_news && !message.behind)) {
		hand_out(consumer, now_ns, ret_frame);
		return 1;
	}
	*(is_repeat ? &consumer->counts.repeats : &consumer->counts.skipped) += 1;
	return finish(consumer) ? 0 : -EAGAIN;
}

int oriel_consumer_take_frame_rt(
	struct oriel_consumer *consumer, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	uint32_t seen = 0;
	int r = 0;

	if (consumer->state != ORIEL_CONSUMER_LIVE)
		return 0;
	while (!r && !consumer->fault && consumer->stream.budget &&
		consumer->lease_count < ORIEL_CONSUMER_FRAMES_MAX)
		r = take_one(consumer, now_ns, &seen, ret_frame);
	if (seen)
		oriel_pace_arrived(&consumer->pace, now_ns, seen);
	return r == 1;
}

/* The message still belongs to the session and the subscription. */
static bool is_valid(
	const struct oriel_consumer *consumer, const struct oriel_consumer_lease *lease)
{
	return lease && is_current(consumer, lease) && consumer->codec && consumer->region &&
	       !oriel_region_is_lost(consumer->region) &&
	       consumer->codec->get_session_id(&consumer->session.map) == consumer->session.id;
}

size_t oriel_consumer_get_arrived_bytes_rt(
	const struct oriel_consumer *consumer, const struct oriel_frame *frame)
{
	const struct oriel_consumer_lease *lease = find_lease(consumer, frame);
	uint32_t arrived;

	if (!is_valid(consumer, lease))
		return 0;
	arrived = oriel_wire_load32(lease->pointer);
	return arrived < frame->size_bytes ? arrived : frame->size_bytes;
}

/* Half of the time that the rest will take, at the pace of what came since the wait began. */
static uint64_t choose_nap_ns(size_t came_bytes, size_t left_bytes, uint64_t elapsed_ns)
{
	uint64_t nap_ns = came_bytes ? left_bytes * elapsed_ns / came_bytes / 2 : 0;

	return nap_ns < NAP_NS ? NAP_NS : nap_ns > NAP_MAX_NS ? NAP_MAX_NS : nap_ns;
}

int oriel_consumer_wait_bytes_rt(struct oriel_consumer *consumer, const struct oriel_frame *frame,
	size_t bytes, uint64_t deadline_ns)
{
	size_t first_bytes = oriel_consumer_get_arrived_bytes_rt(consumer, frame), arrived;
	uint64_t spin_until_ns = 0;

	if (bytes > frame->size_bytes)
		bytes = frame->size_bytes;
	while ((arrived = oriel_consumer_get_arrived_bytes_rt(consumer, frame)) < bytes) {
		uint64_t now_ns = oriel_time_now_ns();

		if (!is_valid(consumer, find_lease(consumer, frame)))
			return -ESTALE;
		if (now_ns >= deadline_ns) {
			consumer->counts.incomplete++;
			return -ETIMEDOUT;
		}
		if (!spin_until_ns)
			spin_until_ns = now_ns + SPIN_NS;
		if (now_ns < spin_until_ns)
			oriel_time_relax();
		else
			oriel_time_sleep_until_ns(
				now_ns + choose_nap_ns(arrived - first_bytes, bytes - arrived,
						 now_ns - spin_until_ns + SPIN_NS));
	}
	return 0;
}

/* False: what was read of it may be torn. */
static bool give_back(struct oriel_consumer *consumer, struct oriel_consumer_lease *lease)
{
	if (!is_valid(consumer, lease)) {
		if (lease)
			remove_lease(consumer, lease);
		return false;
	}
	lease->is_done = true;
	return finish_done(consumer);
}

int oriel_consumer_give_frame_rt(
	struct oriel_consumer *consumer, struct oriel_frame *frame, bool complete)
{
	struct oriel_consumer_lease *lease = find_lease(consumer, frame);
	/* Of an earlier subscription: the stream has begun anew since. */
	bool is_past = lease && !is_current(consumer, lease);
	bool was_valid = give_back(consumer, lease);

	frame->pixels = NULL;
	frame->size_bytes = 0;
	frame->memory = NULL;
	if (is_past)
		return -ESTALE;
	if (was_valid && complete) {
		consumer->stuck_in_row = 0;
		return 0;
	}
	oriel_damage_set_full(&consumer->stream.damage);
	consumer->stream.is_continuous = false;
	consumer->stream.is_incomplete = was_valid;
	return was_valid ? 0 : -ESTALE;
}
