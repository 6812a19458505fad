/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/leases.h"

#include <errno.h>

#include "base/time.h"

/* A frame whose pixels take longer than this to arrive is shown as far as it came. */
#define ARRIVAL_LIMIT_NS (500 * ORIEL_NS_PER_MS)
/* How often a wait for pixels looks whether the viewer is to end. */
#define ARRIVAL_SLICE_NS (10 * ORIEL_NS_PER_MS)
/* A guest has two slots for its frames. A presenter that shows them where they lie is to copy one
 * that stays for so long, well before the guest gives the viewer up for it (a second); and when it
 * still holds the one before, the guest may be waiting already. */
#define HOLD_LIMIT_NS (400 * ORIEL_NS_PER_MS)
#define STALL_LIMIT_NS (100 * ORIEL_NS_PER_MS)

void oriel_leases_init(struct oriel_leases *leases, struct oriel_source *source,
	struct oriel_presenter *presenter, const struct oriel_mail *mail)
{
	*leases = (struct oriel_leases){.source = source, .presenter = presenter, .mail = mail};
}

static int wait_arrival(
	void *data, const struct oriel_frame *frame, size_t bytes, size_t *ret_arrived_bytes)
{
	struct oriel_leases *leases = data;
	struct oriel_source *source = leases->source;
	int result;

	do {
		uint64_t now_ns = oriel_time_now_ns();
		uint64_t left_ns = leases->deadline_ns - now_ns;

		if (now_ns >= leases->deadline_ns || oriel_mail_is_end_wanted_rt(leases->mail))
			return -ETIMEDOUT;
		result = source->ops->wait_bytes_rt(source, frame, bytes,
			now_ns + (left_ns < ARRIVAL_SLICE_NS ? left_ns : ARRIVAL_SLICE_NS));
	} while (result == -ETIMEDOUT);
	if (!result)
		*ret_arrived_bytes = source->ops->get_arrived_bytes_rt(source, frame);
	return result;
}

static bool holds(const struct oriel_leases *leases, const struct oriel_frame *frame)
{
	const struct oriel_presenter *presenter = leases->presenter;

	return presenter->ops->holds_rt && presenter->ops->holds_rt(presenter, frame);
}

bool oriel_leases_upload_rt(
	struct oriel_leases *leases, struct oriel_frame *frame, uint64_t *ret_bytes)
{
	struct oriel_presenter *presenter = leases->presenter;
	struct oriel_source *source = leases->source;
	struct oriel_arrival arrival = {wait_arrival, leases};
	int result;

	*ret_bytes = 0;
	leases->deadline_ns = oriel_time_now_ns() + ARRIVAL_LIMIT_NS;
	result = presenter->ops->upload_rt(presenter, frame, &arrival, ret_bytes);
	if (!holds(leases, frame))
		return !source->ops->give_frame_rt(source, frame, result == 0) && !result;
	leases->out[leases->count++] = *frame;
	leases->since_ns = oriel_time_now_ns();
	return source->ops->get_arrived_bytes_rt(source, frame) > 0;
}

void oriel_leases_give_back_rt(struct oriel_leases *leases)
{
	struct oriel_source *source = leases->source;
	int kept = 0;

	for (int i = 0; i < leases->count; i++) {
		if (holds(leases, &leases->out[i]))
			leases->out[kept++] = leases->out[i];
		else
			source->ops->give_frame_rt(source, &leases->out[i], true);
	}
	leases->count = kept;
}

void oriel_leases_leave_rt(struct oriel_leases *leases, bool live, uint64_t *ret_bytes)
{
	uint64_t limit_ns = leases->count > 1 ? STALL_LIMIT_NS : HOLD_LIMIT_NS;

	*ret_bytes = 0;
	if (!leases->count || (live && oriel_time_now_ns() - leases->since_ns < limit_ns))
		return;
	leases->presenter->ops->leave_rt(leases->presenter, ret_bytes);
}

bool oriel_leases_is_full(const struct oriel_leases *leases)
{
	return leases->count == ORIEL_LEASES_MAX;
}
