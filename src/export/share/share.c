/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/share.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "audio/pipewire/stream.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/time.h"
#include "export/share/format.h"

#define POD_BYTES 1024
/* A program that holds all buffers gets the newest picture once it gave one back. */
#define RETRY_NS (10 * ORIEL_NS_PER_MS)
/* A picture that stands still is handed over again now and then, for programs that came meanwhile:
 * nobody tells us of them, nor when they are ready. */
#define REPEAT_NS (ORIEL_NS_PER_S / 2)
#define HOME_LIMIT_NS (ORIEL_NS_PER_S / 2)

struct oriel_share {
	struct oriel_tap *tap;
	char *node, *people;
	struct oriel_pipewire pipewire; /* its connection; the stream is our own */
	struct spa_source *tap_source, *timer;
	int event_fd;
	_Atomic uint64_t count;
	_Atomic bool has_reason;
	struct oriel_error reason; /* the thread's until then */

	/* the connection's thread: */
	struct pw_stream *stream;
	struct spa_hook listener;
	bool is_offered;
	struct oriel_tap_slot *current;	  /* the newest picture; NULL: none yet */
	uint32_t width_px, height_px;	  /* as offered */
	struct spa_video_info_raw format; /* as agreed on; size 0: not yet */
	bool is_watched;
	bool is_due; /* current has not been handed over */
};

/* ---- the end by itself ---------------------------------------------------------------------- */

static void tell(struct oriel_share *share)
{
	if (!atomic_exchange(&share->has_reason, true))
		eventfd_write(share->event_fd, 1);
}

static void on_lost(void *data)
{
	struct oriel_share *share = data;

	oriel_error_set(&share->reason, -EPIPE,
		"the picture is no longer shared: the connection to PipeWire is gone");
	tell(share);
}

static void fail(struct oriel_share *share, int code)
{
	if (atomic_load(&share->has_reason))
		return;
	if (code == -ENODATA)
		oriel_error_set(&share->reason, code,
			"cannot share the picture: this presenter keeps none; use --present soft");
	else
		oriel_error_set_errno(&share->reason, code, "the picture is no longer shared");
	tell(share);
}

/* ---- pictures ------------------------------------------------------------------------------- */

/* 0: not at all. */
static void set_timer(struct oriel_share *share, uint64_t delay_ns)
{
	struct timespec delay = {0, (long)delay_ns};

	pw_loop_update_timer(
		pw_thread_loop_get_loop(share->pipewire.loop), share->timer, &delay, NULL, false);
}

static bool is_agreed(const struct oriel_share *share)
{
	return share->format.size.width == share->width_px &&
	       share->format.size.height == share->height_px && share->width_px;
}

/* A buffer that was queued while the last one was on its way still lies here. One is always out: it
 * comes back in exchange for the next. */
static bool is_stuck(struct oriel_share *share)
{
	struct pw_time time = {0};

	return !pw_stream_get_time_n(share->stream, &time, sizeof time) && time.queued_buffers > 1;
}

/* Until it was handed over: a new size has to be agreed on first, and a buffer may be long in
 * coming. */
static void hand_over(struct oriel_share *share)
{
	if (share->is_watched && is_agreed(share) && (share->is_due || is_stuck(share)))
		pw_stream_trigger_process(share->stream);
	if (!share->is_watched)
		set_timer(share, 0);
	else
		set_timer(share, share->is_due || is_stuck(share) ? RETRY_NS : REPEAT_NS);
}

static void on_timer(void *data, uint64_t expirations)
{
	struct oriel_share *share = data;

	share->is_due = share->current != NULL;
	hand_over(share);
}

static void fill(struct oriel_share *share, struct spa_buffer *buffer)
{
	struct spa_data *data = &buffer->datas[0];
	size_t bytes = (size_t)share->width_px * share->height_px * 4;

	if (!data->data || data->maxsize < bytes) {
		data->chunk->size = 0;
		data->chunk->flags = SPA_CHUNK_FLAG_CORRUPTED;
		return;
	}
	oriel_share_format_copy(data->data, share->current, share->format.format);
	*data->chunk =
		(struct spa_chunk){.size = (uint32_t)bytes, .stride = (int32_t)share->width_px * 4};
	atomic_fetch_add(&share->count, 1);
}

static void on_process(void *data)
{
	struct oriel_share *share = data;
	struct pw_buffer *buffer;

	/* Also asked for by programs with a clock of their own: there is nothing new for them. */
	if (!share->is_due || !is_agreed(share))
		return;
	buffer = pw_stream_dequeue_buffer(share->stream);
	if (!buffer)
		return;
	fill(share, buffer->buffer);
	pw_stream_queue_buffer(share->stream, buffer);
	share->is_due = false;
}

/* ---- the stream ----------------------------------------------------------------------------- */

static void offer(struct oriel_share *share)
{
	uint8_t memory[POD_BYTES];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
	const struct spa_pod *formats[] = {
		oriel_share_format_offer(&builder, share->width_px, share->height_px)};
	int result;

	if (share->is_offered)
		result = pw_stream_update_params(share->stream, formats, 1);
	else
		result = pw_stream_connect(share->stream, PW_DIRECTION_OUTPUT, PW_ID_ANY,
			PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_MAP_BUFFERS, formats, 1);
	share->is_offered = true;
	if (result < 0)
		fail(share, result);
}

static struct oriel_tap_slot *take_newest(struct oriel_share *share)
{
	struct oriel_tap_slot *newest = NULL, *slot;

	while ((slot = oriel_tap_next(share->tap))) {
		if (newest)
			oriel_tap_give_back(share->tap, newest);
		newest = slot;
	}
	return newest;
}

static void set_current(struct oriel_share *share, struct oriel_tap_slot *slot)
{
	if (share->current)
		oriel_tap_give_back(share->tap, share->current);
	share->current = slot;
	share->is_due = slot != NULL;
}

/* While nobody looks, pictures stay where they are: soon none is copied any more. */
static void take_pictures(struct oriel_share *share)
{
	struct oriel_tap_slot *newest;
	int refusal = oriel_tap_get_refusal(share->tap);

	if (share->is_offered && !share->is_watched)
		return;
	newest = take_newest(share);
	if (refusal)
		fail(share, refusal);
	if (!newest)
		return;
	set_current(share, newest);
	if (newest->width_px != share->width_px || newest->height_px != share->height_px) {
		share->width_px = newest->width_px;
		share->height_px = newest->height_px;
		offer(share);
	}
	hand_over(share);
}

static void on_tap(void *data, int fd, uint32_t mask)
{
	struct oriel_share *share = data;

	oriel_tap_clear_fd(share->tap);
	take_pictures(share);
	pw_thread_loop_signal(share->pipewire.loop, false);
}

static void on_state(
	void *data, enum pw_stream_state old, enum pw_stream_state state, const char *error)
{
	struct oriel_share *share = data;

	oriel_log(ORIEL_LOG_DEBUG, "sharing: %s -> %s", pw_stream_state_as_string(old),
		pw_stream_state_as_string(state));
	if (state == PW_STREAM_STATE_ERROR)
		fail(share, -EIO);
	share->is_watched = state == PW_STREAM_STATE_STREAMING;
	/* Whoever comes sees the picture at once, and those that waited meanwhile. */
	share->is_due = share->current != NULL;
	take_pictures(share);
	hand_over(share);
}

static void on_param(void *data, uint32_t id, const struct spa_pod *param)
{
	struct oriel_share *share = data;
	uint8_t memory[POD_BYTES];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
	const struct spa_pod *buffers;

	if (id != SPA_PARAM_Format)
		return;
	share->format = (struct spa_video_info_raw){0};
	if (!param || spa_format_video_raw_parse(param, &share->format) < 0)
		return;
	buffers = oriel_share_format_describe_buffers(
		&builder, share->format.size.width, share->format.size.height);
	pw_stream_update_params(share->stream, &buffers, 1);
}

static const struct pw_stream_events stream_events = {
	PW_VERSION_STREAM_EVENTS,
	.state_changed = on_state,
	.param_changed = on_param,
	.process = on_process,
};

/* ---- life ----------------------------------------------------------------------------------- */

static struct pw_properties *describe(const struct oriel_share *share)
{
	/* The role is what lists of cameras go by. */
	return pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture",
		PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_MEDIA_ROLE, "Camera", PW_KEY_APP_NAME,
		"Oriel", PW_KEY_NODE_NAME, share->node, PW_KEY_NODE_DESCRIPTION, share->people,
		PW_KEY_MEDIA_NAME, share->people, NULL);
}

static int open_stream(struct oriel_share *share)
{
	struct pw_loop *loop = pw_thread_loop_get_loop(share->pipewire.loop);

	share->stream = pw_stream_new(share->pipewire.core, "picture", describe(share));
	share->timer = pw_loop_add_timer(loop, on_timer, share);
	if (!share->stream || !share->timer)
		return -ENOMEM;
	pw_stream_add_listener(share->stream, &share->listener, &stream_events, share);
	share->tap_source =
		pw_loop_add_io(loop, oriel_tap_get_fd(share->tap), SPA_IO_IN, false, on_tap, share);
	if (!share->tap_source)
		return -ENOMEM;
	oriel_tap_open(share->tap);
	return 0;
}

static void destroy(struct oriel_share *share)
{
	oriel_pipewire_close(&share->pipewire);
	oriel_fd_close(&share->event_fd);
	free(share->node);
	free(share->people);
	free(share);
}

static int prepare(struct oriel_share *share, const struct oriel_share_name *name)
{
	share->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	share->node = strdup(name->node);
	share->people = strdup(name->people);
	share->pipewire.what = "sharing";
	share->pipewire.on_lost = on_lost;
	share->pipewire.on_lost_data = share;
	return share->event_fd < 0 || !share->node || !share->people ? -ENOMEM : 0;
}

/* Not while slots of the time before are still out: the render thread was too slow for their way
 * home. */
static bool is_free(struct oriel_tap *tap)
{
	struct oriel_tap_slot *slot;

	while ((slot = oriel_tap_next(tap)))
		oriel_tap_give_back(tap, slot);
	return oriel_tap_is_home(tap);
}

int oriel_share_start(struct oriel_share **ret_share, struct oriel_tap *tap,
	const struct oriel_share_name *name, struct oriel_error *error)
{
	struct oriel_share *share = calloc(1, sizeof *share);
	int result;

	if (!share)
		return oriel_error_set_errno(error, -ENOMEM, "cannot share the picture");
	share->tap = tap;
	result = is_free(tap) ? prepare(share, name) : -EBUSY;
	if (result)
		oriel_error_set_errno(error, result, "cannot share the picture");
	else
		result = oriel_pipewire_open(&share->pipewire, NULL, error);
	if (result) {
		destroy(share);
		return result;
	}
	pw_thread_loop_lock(share->pipewire.loop);
	result = open_stream(share);
	pw_thread_loop_unlock(share->pipewire.loop);
	if (!result) {
		*ret_share = share;
		return 0;
	}
	oriel_share_stop(share);
	return oriel_error_set_errno(error, result, "cannot share the picture");
}

/* With the loop locked, this is the worker. */
static void bring_home(struct oriel_share *share)
{
	struct timespec end;

	oriel_tap_close(share->tap);
	set_current(share, NULL);
	pw_thread_loop_get_time(share->pipewire.loop, &end, (int64_t)HOME_LIMIT_NS);
	for (;;) {
		struct oriel_tap_slot *newest = take_newest(share);

		if (newest)
			oriel_tap_give_back(share->tap, newest);
		if (oriel_tap_is_home(share->tap) ||
			pw_thread_loop_timed_wait_full(share->pipewire.loop, &end) < 0)
			return;
	}
}

void oriel_share_stop(struct oriel_share *share)
{
	struct pw_loop *loop;

	if (!share)
		return;
	loop = pw_thread_loop_get_loop(share->pipewire.loop);
	pw_thread_loop_lock(share->pipewire.loop);
	if (share->tap_source)
		bring_home(share);
	if (share->stream)
		pw_stream_destroy(share->stream);
	if (share->timer)
		pw_loop_destroy_source(loop, share->timer);
	if (share->tap_source)
		pw_loop_destroy_source(loop, share->tap_source);
	pw_thread_loop_unlock(share->pipewire.loop);
	destroy(share);
}

uint64_t oriel_share_get_count(const struct oriel_share *share)
{
	return atomic_load(&share->count);
}

int oriel_share_get_fd(const struct oriel_share *share)
{
	return share->event_fd;
}

void oriel_share_get_reason(const struct oriel_share *share, struct oriel_error *ret_reason)
{
	*ret_reason = (struct oriel_error){0};
	if (atomic_load(&share->has_reason))
		*ret_reason = share->reason;
}
