/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/source_pair.h"

#include <errno.h>
#include <stdlib.h>

#include "base/time.h"

/* A relay that runs when the viewer starts has its first frame there within this time: the other
 * display does not flash up before it. */
#define PATIENCE_NS (150 * ORIEL_NS_PER_MS)

/* A guest that changes its mode has no SPICE display for a moment: no reason to tell of it. */
#define GONE_NS (500 * ORIEL_NS_PER_MS)

enum shown { SHOWN_NONE, SHOWN_RELAY, SHOWN_BOX };

struct pair {
	struct oriel_source base;
	struct oriel_source *relay; /* NULL: there is none */
	struct oriel_box *box;
	enum shown shown;
	const char *origin;   /* of the last frame */
	uint64_t patience_ns; /* until then it is the relay's turn; 0: not known yet */
	uint64_t gone_ns;     /* when the box last had a picture */
	bool is_relay_live, is_box_live;
};

static struct pair *pair_of(const struct oriel_source *source)
{
	return (struct pair *)source;
}

static void destroy(struct oriel_source *source)
{
	struct pair *pair = pair_of(source);

	if (pair && pair->relay)
		pair->relay->ops->destroy(pair->relay);
	free(pair);
}

/* ---- who is shown --------------------------------------------------------------------------- */

/* A display that went is not replaced before the other one has a frame. */
static bool has_lost(struct pair *pair, uint64_t now_ns)
{
	bool is_box_gone = !pair->is_box_live && now_ns - pair->gone_ns > GONE_NS;
	bool is_lost = pair->shown == SHOWN_RELAY ? !pair->is_relay_live && !pair->is_box_live
						  : pair->shown == SHOWN_BOX && is_box_gone;

	if (is_lost)
		pair->shown = SHOWN_NONE;
	return is_lost;
}

static bool step_rt(struct oriel_source *source, uint64_t now_ns)
{
	struct pair *pair = pair_of(source);

	if (!pair->patience_ns)
		pair->patience_ns = now_ns + PATIENCE_NS;
	pair->is_relay_live = pair->relay && pair->relay->ops->step_rt(pair->relay, now_ns);
	pair->is_box_live = oriel_box_step_rt(pair->box);
	if (pair->is_box_live)
		pair->gone_ns = now_ns;
	oriel_box_want_rt(pair->box, pair->shown == SHOWN_RELAY
					     ? !pair->is_relay_live
					     : !pair->relay || now_ns >= pair->patience_ns);
	/* Says once that what is seen is over, even where the other one may have frames. */
	return !has_lost(pair, now_ns) &&
	       (pair->is_relay_live || pair->is_box_live || pair->shown == SHOWN_BOX);
}

static void show(struct pair *pair, enum shown shown, struct oriel_frame *frame)
{
	if (pair->shown == shown)
		return;
	pair->shown = shown;
	pair->origin = shown == SHOWN_RELAY ? pair->relay->ops->get_origin(pair->relay) : "spice";
	frame->layout_changed = true;
	oriel_damage_set_full(&frame->damage);
}

static int take_frame_rt(
	struct oriel_source *source, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	struct pair *pair = pair_of(source);

	if (pair->is_relay_live &&
		pair->relay->ops->take_frame_rt(pair->relay, now_ns, ret_frame) == 1) {
		show(pair, SHOWN_RELAY, ret_frame);
		return 1;
	}
	if (!oriel_box_take_frame_rt(pair->box, now_ns, ret_frame))
		return 0;
	show(pair, SHOWN_BOX, ret_frame);
	return 1;
}

/* ---- what the shown one answers ------------------------------------------------------------- */

static size_t get_arrived_bytes_rt(
	const struct oriel_source *source, const struct oriel_frame *frame)
{
	const struct pair *pair = pair_of(source);

	return oriel_box_has_lent(pair->box, frame)
		       ? frame->size_bytes
		       : pair->relay->ops->get_arrived_bytes_rt(pair->relay, frame);
}

static int wait_bytes_rt(struct oriel_source *source, const struct oriel_frame *frame, size_t bytes,
	uint64_t deadline_ns)
{
	const struct pair *pair = pair_of(source);

	return oriel_box_has_lent(pair->box, frame)
		       ? 0
		       : pair->relay->ops->wait_bytes_rt(pair->relay, frame, bytes, deadline_ns);
}

static int give_frame_rt(struct oriel_source *source, struct oriel_frame *frame, bool complete)
{
	const struct pair *pair = pair_of(source);

	if (!oriel_box_has_lent(pair->box, frame))
		return pair->relay->ops->give_frame_rt(pair->relay, frame, complete);
	oriel_box_give_frame_rt(pair->box, complete);
	return 0;
}

static int take_cursor_rt(struct oriel_source *source, struct oriel_cursor_update *ret_update)
{
	const struct pair *pair = pair_of(source);

	if (pair->shown == SHOWN_BOX)
		return oriel_box_take_cursor_rt(pair->box, ret_update);
	return pair->is_relay_live ? pair->relay->ops->take_cursor_rt(pair->relay, ret_update) : 0;
}

static int place_cursor_rt(struct oriel_source *source, int32_t x_px, int32_t y_px)
{
	const struct pair *pair = pair_of(source);

	return pair->shown == SHOWN_RELAY
		       ? pair->relay->ops->place_cursor_rt(pair->relay, x_px, y_px)
		       : -EOPNOTSUPP;
}

/* ---- what both say -------------------------------------------------------------------------- */

static uint64_t get_wait_ns(const struct oriel_source *source, uint64_t now_ns)
{
	const struct pair *pair = pair_of(source);
	uint64_t wait_ns =
		pair->relay ? pair->relay->ops->get_wait_ns(pair->relay, now_ns) : ORIEL_NS_PER_S;

	if (pair->patience_ns > now_ns && pair->patience_ns - now_ns < wait_ns)
		return pair->patience_ns - now_ns;
	if (pair->shown == SHOWN_BOX && !pair->is_box_live && wait_ns > GONE_NS)
		return GONE_NS;
	return wait_ns;
}

static const char *get_reason(const struct oriel_source *source)
{
	const struct pair *pair = pair_of(source);

	return pair->relay ? pair->relay->ops->get_reason(pair->relay)
			   : "Waiting for the VM's display by SPICE";
}

/* Whatever is wrong with the shared memory, the box may get a picture. */
static bool is_refused(const struct oriel_source *source)
{
	return false;
}

static void get_counts(const struct oriel_source *source, struct oriel_source_counts *ret_counts)
{
	const struct pair *pair = pair_of(source);

	*ret_counts = (struct oriel_source_counts){0};
	if (pair->relay)
		pair->relay->ops->get_counts(pair->relay, ret_counts);
}

static void expect_rt(struct oriel_source *source, uint64_t now_ns)
{
	const struct pair *pair = pair_of(source);

	if (pair->relay)
		pair->relay->ops->expect_rt(pair->relay, now_ns);
}

static int get_fd(const struct oriel_source *source)
{
	return oriel_box_get_fd(pair_of(source)->box);
}

static const char *get_origin(const struct oriel_source *source)
{
	return pair_of(source)->origin;
}

static const struct oriel_source_ops pair_ops = {
	.name = "pair",
	.destroy = destroy,
	.step_rt = step_rt,
	.get_wait_ns = get_wait_ns,
	.get_reason = get_reason,
	.is_refused = is_refused,
	.get_counts = get_counts,
	.take_frame_rt = take_frame_rt,
	.get_arrived_bytes_rt = get_arrived_bytes_rt,
	.wait_bytes_rt = wait_bytes_rt,
	.give_frame_rt = give_frame_rt,
	.take_cursor_rt = take_cursor_rt,
	.place_cursor_rt = place_cursor_rt,
	.expect_rt = expect_rt,
	.get_fd = get_fd,
	.get_origin = get_origin,
};

int oriel_source_pair_create(struct oriel_source **ret_source, struct oriel_source *relay,
	struct oriel_box *box, struct oriel_error *error)
{
	struct pair *pair = calloc(1, sizeof *pair);

	if (!pair)
		return oriel_error_set_errno(error, -ENOMEM, "cannot watch two displays");
	pair->base.ops = &pair_ops;
	pair->relay = relay;
	pair->box = box;
	*ret_source = &pair->base;
	return 0;
}
