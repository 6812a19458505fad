/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's frames through shared memory: relay/consumer.h as a source. */
#include <errno.h>
#include <stdlib.h>

#include "relay/consumer.h"
#include "view/source.h"

struct relay_source {
	struct oriel_source base;
	struct oriel_consumer *consumer;
};

static struct oriel_consumer *consumer_of(const struct oriel_source *source)
{
	return ((const struct relay_source *)source)->consumer;
}

static bool takes(const char *path)
{
	return true;
}

static int create(struct oriel_source **ret_source, const char *path, struct oriel_error *error)
{
	struct relay_source *relay = calloc(1, sizeof *relay);
	int result;

	if (!relay)
		return oriel_error_set_errno(error, -ENOMEM, "cannot watch %s", path);
	relay->base.ops = &oriel_source_relay;
	result = oriel_consumer_create(&relay->consumer, path, error);
	if (result) {
		free(relay);
		return result;
	}
	*ret_source = &relay->base;
	return 0;
}

static void destroy(struct oriel_source *source)
{
	if (source)
		oriel_consumer_destroy(consumer_of(source));
	free(source);
}

static bool step_rt(struct oriel_source *source, uint64_t now_ns)
{
	return oriel_consumer_step_rt(consumer_of(source), now_ns) == ORIEL_LINK_LIVE;
}

static uint64_t get_wait_ns(const struct oriel_source *source, uint64_t now_ns)
{
	return oriel_consumer_get_wait_ns(consumer_of(source), now_ns);
}

static const char *get_reason(const struct oriel_source *source)
{
	return oriel_consumer_get_reason(consumer_of(source));
}

static bool is_refused(const struct oriel_source *source)
{
	switch (oriel_consumer_get_link(consumer_of(source))) {
	case ORIEL_LINK_NO_PERMISSION:
	case ORIEL_LINK_BAD_FILE:
	case ORIEL_LINK_TOO_SMALL:
		return true;
	default:
		return false;
	}
}

static void get_counts(const struct oriel_source *source, struct oriel_source_counts *ret_counts)
{
	struct oriel_consumer_counts counts;

	oriel_consumer_get_counts(consumer_of(source), &counts);
	*ret_counts = (struct oriel_source_counts){
		.skipped = counts.skipped,
		.rejected = counts.rejected,
		.sessions = counts.sessions,
	};
}

static int take_frame_rt(
	struct oriel_source *source, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	return oriel_consumer_take_frame_rt(consumer_of(source), now_ns, ret_frame);
}

static size_t get_arrived_bytes_rt(
	const struct oriel_source *source, const struct oriel_frame *frame)
{
	return oriel_consumer_get_arrived_bytes_rt(consumer_of(source), frame);
}

static int wait_bytes_rt(struct oriel_source *source, const struct oriel_frame *frame, size_t bytes,
	uint64_t deadline_ns)
{
	return oriel_consumer_wait_bytes_rt(consumer_of(source), frame, bytes, deadline_ns);
}

static int give_frame_rt(struct oriel_source *source, struct oriel_frame *frame, bool complete)
{
	return oriel_consumer_give_frame_rt(consumer_of(source), frame, complete);
}

static int take_cursor_rt(struct oriel_source *source, struct oriel_cursor_update *ret_update)
{
	return oriel_consumer_take_cursor_rt(consumer_of(source), ret_update);
}

static int place_cursor_rt(struct oriel_source *source, int32_t x_px, int32_t y_px)
{
	return oriel_consumer_send_cursor_rt(consumer_of(source), x_px, y_px);
}

static void expect_rt(struct oriel_source *source, uint64_t now_ns)
{
	oriel_consumer_expect_rt(consumer_of(source), now_ns);
}

static int get_fd(const struct oriel_source *source)
{
	return -1;
}

static const char *get_origin(const struct oriel_source *source)
{
	return source->ops->name;
}

const struct oriel_source_ops oriel_source_relay = {
	.name = "relay",
	.takes = takes,
	.create = create,
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
