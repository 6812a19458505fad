/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The consumer's state machine.
 *
 *   closed    no mapping                    -> watching   the file could be opened
 *   watching  mapped, nothing ticks         -> joining    a timestamp that a codec speaks changed
 *   joining   session and codec are known   -> live       both queues are subscribed
 *   live      frames can be taken           -> joining    a subscription is gone
 *   pausing   the guest broke the protocol  -> watching   the pause is over
 *
 * From every state with a mapping -> closed when the file was replaced, resized or truncated; from
 * joining and live -> watching when the session is over, and -> pausing when the guest breaks the
 * protocol.
 *
 * The state is what the machine does next; the link is what the user is told, and lags behind so
 * that a guest's restart does not flicker through every sentence.
 */
#include "relay/consumer_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/errno.h"
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"

#define MS ORIEL_NS_PER_MS

#define OPEN_INTERVAL_NS (50 * MS)
#define CHECK_INTERVAL_NS (250 * MS)
/* The slowest generation ticks every 250 ms; half-written data is complete long before (T26). */
#define GRACE_NS (300 * MS)
#define HEARTBEAT_LOSS_NS (ORIEL_CONSUMER_HEARTBEAT_LOSS_MS * MS)
/* A longer time between two looks says more about us than about the guest. */
#define ABSENCE_STEP_NS (100 * MS)
#define SUBSCRIBE_INTERVAL_NS (100 * MS)
#define PAUSE_MIN_NS (100 * MS)
#define PAUSE_MAX_NS (1000 * MS)
/* Live for this long: earlier faults are forgiven. */
#define FORGIVE_NS (5000 * MS)
/* Sessions that ended this soon, one after the other. */
#define SHORT_SESSION_NS (1000 * MS)
#define SHORT_SESSIONS_MAX 4u
#define INCOMPLETE_RETRY_NS (500 * MS)
#define STUCK_MAX 2u
/* After subscribing, the guest sends a picture soon. */
#define FIRST_FRAME_NS (300 * MS)
#define MESSAGES_PER_STEP 64u

#define POLL_NOW_NS (1 * MS)
#define POLL_SOON_NS (10 * MS)
#define POLL_SELDOM_NS (50 * MS)
#define POLL_CURSOR_NS (2 * MS)
#define CURSOR_MOVES_NS (250 * MS)
/* Looks at least this often while frames come: a rhythm that became faster is noticed, and so is
 * the cursor. */
#define POLL_RHYTHM_NS (5 * MS)
#define RHYTHM_ENDS_NS (250 * MS)

static const char *const state_names[ORIEL_CONSUMER_STATES] = {
	[ORIEL_CONSUMER_CLOSED] = "closed",
	[ORIEL_CONSUMER_WATCHING] = "watching",
	[ORIEL_CONSUMER_JOINING] = "joining",
	[ORIEL_CONSUMER_LIVE] = "live",
	[ORIEL_CONSUMER_PAUSING] = "pausing",
};

/* A sentence that is worth keeping for a moment while the machine tries again. */
static bool is_sticky(enum oriel_link link)
{
	return link == ORIEL_LINK_LIVE || link == ORIEL_LINK_STOPPED ||
	       link == ORIEL_LINK_BAD_GUEST || link == ORIEL_LINK_UNSUPPORTED;
}

/* ---- transitions ---------------------------------------------------------------------------- */

static void set_state(
	struct oriel_consumer *consumer, enum oriel_consumer_state state, uint64_t now_ns)
{
	if (state != consumer->state)
		oriel_log_rt(ORIEL_LOG_DEBUG, "relay: %s -> %s", state_names[consumer->state],
			state_names[state]);
	consumer->state = state;
	consumer->since_ns = now_ns;
}

static bool is_past(const struct oriel_consumer *consumer, uint64_t now_ns, uint64_t age_ns)
{
	return now_ns - consumer->since_ns > age_ns;
}

static void unsubscribe(struct oriel_consumer *consumer)
{
	if (!consumer->codec)
		return;
	for (int i = 0; i < ORIEL_CODEC_QUEUES; i++)
		consumer->codec->unsubscribe(&consumer->session, i);
}

/* Forgets the session without touching it. */
static void leave(struct oriel_consumer *consumer)
{
	oriel_consumer_reset_stream(consumer);
	consumer->codec = NULL;
	consumer->has_guest = false;
	consumer->is_resubscribing = false;
	consumer->fault = 0;
}

static void watch(struct oriel_consumer *consumer, uint64_t now_ns)
{
	leave(consumer);
	memset(&consumer->watch, 0, sizeof consumer->watch);
	set_state(consumer, ORIEL_CONSUMER_WATCHING, now_ns);
}

/* Frames that are out keep it until they are given back. */
static void close_region(struct oriel_consumer *consumer)
{
	oriel_region_close(consumer->region);
	consumer->region = NULL;
	consumer->session.map = (struct oriel_codec_map){0};
}

static void close_file(struct oriel_consumer *consumer, uint64_t now_ns)
{
	leave(consumer);
	close_region(consumer);
	consumer->was_live = false;
	consumer->next_open_ns = now_ns;
	set_state(consumer, ORIEL_CONSUMER_CLOSED, now_ns);
}

/* code: -EBUSY leaves the subscription alone, its lock cannot be had. */
static void pause_guest(
	struct oriel_consumer *consumer, int code, const char *what, uint64_t now_ns)
{
	uint64_t pause_ns = PAUSE_MIN_NS
			    << (consumer->faults_in_row < 4 ? consumer->faults_in_row : 4);

	if (pause_ns > PAUSE_MAX_NS)
		pause_ns = PAUSE_MAX_NS;
	consumer->faults_in_row++;
	if (code != -EBUSY)
		unsubscribe(consumer);
	leave(consumer);
	consumer->retry_ns = now_ns + pause_ns;
	oriel_consumer_tell(consumer, ORIEL_LINK_BAD_GUEST,
		"the guest program at %s %s; trying again in a moment, and if this stays restart "
		"it or install a current one",
		consumer->path, what);
	set_state(consumer, ORIEL_CONSUMER_PAUSING, now_ns);
}

/* ---- checks that several states share ------------------------------------------------------- */

/* False: the mapping is no longer that of the file, and was closed. */
static bool check_file(struct oriel_consumer *consumer, uint64_t now_ns)
{
	bool is_current = true;

	if (now_ns >= consumer->next_check_ns) {
		consumer->next_check_ns = now_ns + CHECK_INTERVAL_NS;
		is_current = oriel_region_is_current(consumer->region);
	}
	if (is_current && !oriel_region_is_lost(consumer->region))
		return true;
	close_file(consumer, now_ns);
	return false;
}

static void start_heartbeat(struct oriel_consumer *consumer, uint64_t now_ns)
{
	consumer->heartbeat = (struct oriel_consumer_heartbeat){
		.timestamp_ms = oriel_codec_get_timestamp_ms(
			&consumer->session.map, consumer->codec->place),
		.looked_ns = now_ns,
	};
}

/* 2.12. A viewer that was itself paused comes back to a timestamp it cannot judge yet: time counts
 * as absence only as far as we were looking. */
static bool is_beating(struct oriel_consumer *consumer, uint64_t now_ns)
{
	struct oriel_consumer_heartbeat *heartbeat = &consumer->heartbeat;
	uint64_t seen_ms =
		oriel_codec_get_timestamp_ms(&consumer->session.map, consumer->codec->place);
	uint64_t gap_ns = now_ns - heartbeat->looked_ns;
	bool is_restart = seen_ms < heartbeat->timestamp_ms;

	heartbeat->looked_ns = now_ns;
	if (seen_ms != heartbeat->timestamp_ms) {
		heartbeat->timestamp_ms = seen_ms;
		heartbeat->absent_ns = 0;
		return !is_restart;
	}
	heartbeat->absent_ns += gap_ns < ABSENCE_STEP_NS ? gap_ns : ABSENCE_STEP_NS;
	return heartbeat->absent_ns <= HEARTBEAT_LOSS_NS;
}

/* False: the session is over, and the machine watches again. */
static bool check_session(struct oriel_consumer *consumer, uint64_t now_ns)
{
	const struct oriel_codec_session *session = &consumer->session;
	bool is_same = oriel_codec_has_magic(&session->map, consumer->codec->place) &&
		       consumer->codec->get_session_id(&session->map) == session->id;

	if (is_same && is_beating(consumer, now_ns))
		return true;
	if (is_past(consumer, now_ns, SHORT_SESSION_NS))
		consumer->short_sessions = 0;
	if (++consumer->short_sessions > SHORT_SESSIONS_MAX) {
		pause_guest(consumer, -ESTALE, "begins a new session again and again", now_ns);
		return false;
	}
	/* A guest that was paused and goes on would wait for a reader that nobody is any more;
	 * nothing is touched when the session is another one (T5). */
	unsubscribe(consumer);
	watch(consumer, now_ns);
	if (consumer->was_live)
		oriel_consumer_tell_silence(consumer, true);
	return false;
}

/* ---- states --------------------------------------------------------------------------------- */

static void on_closed(struct oriel_consumer *consumer, uint64_t now_ns)
{
	struct oriel_error error;
	int r;

	if (now_ns < consumer->next_open_ns)
		return;
	consumer->next_open_ns = now_ns + OPEN_INTERVAL_NS;
	r = oriel_region_open(&consumer->region, consumer->path, ORIEL_CODEC_MIN_BYTES, &error);
	if (r < 0) {
		oriel_consumer_tell_open_error(consumer, &error);
		return;
	}
	consumer->session.map.base = oriel_region_get_base(consumer->region);
	consumer->session.map.size_bytes = oriel_region_get_size_bytes(consumer->region);
	consumer->next_check_ns = now_ns + CHECK_INTERVAL_NS;
	watch(consumer, now_ns);
}

static void join(
	struct oriel_consumer *consumer, const struct oriel_codec_ops *codec, uint64_t now_ns)
{
	struct oriel_codec_session *session = &consumer->session;

	consumer->codec = codec;
	session->id = codec->get_session_id(&session->map);
	session->client_id = oriel_random_u32();
	memset(session->queues, 0, sizeof session->queues);
	consumer->next_subscribe_ns = now_ns;
	start_heartbeat(consumer, now_ns);
	set_state(consumer, ORIEL_CONSUMER_JOINING, now_ns);
}

/* True once the place's timestamp differs from the one remembered (T25). */
static bool has_ticked(struct oriel_consumer *consumer, uint32_t place)
{
	struct oriel_consumer_watch *watched = &consumer->watch;
	const struct oriel_codec_map *map = &consumer->session.map;
	bool was_there = watched->has_magic[place];
	uint64_t before_ms = watched->timestamp_ms[place];

	watched->has_magic[place] = oriel_codec_has_magic(map, place);
	if (!watched->has_magic[place])
		return false;
	watched->timestamp_ms[place] = oriel_codec_get_timestamp_ms(map, place);
	return was_there && watched->timestamp_ms[place] != before_ms;
}

/* Something is alive at place: joined when it is spoken here. */
static bool meet(struct oriel_consumer *consumer, uint32_t place, uint64_t now_ns)
{
	struct oriel_guest_info info;
	const struct oriel_codec_ops *codec;

	oriel_codec_read_versions(&consumer->session.map, place, &info);
	codec = oriel_codec_find(place, info.lgmp_version);
	if (codec && codec->min_bytes <= consumer->session.map.size_bytes) {
		join(consumer, codec, now_ns);
		return true;
	}
	consumer->watch.unsupported_ns = now_ns;
	oriel_consumer_tell_unsupported(consumer, &info);
	return false;
}

static bool has_any_magic(const struct oriel_consumer *consumer)
{
	for (uint32_t place = 0; place < ORIEL_CODEC_PLACES; place++)
		if (consumer->watch.has_magic[place])
			return true;
	return false;
}

static void on_watching(struct oriel_consumer *consumer, uint64_t now_ns)
{
	uint64_t unsupported_ns;
	bool has_magic;

	for (uint32_t place = 0; place < ORIEL_CODEC_PLACES; place++)
		if (has_ticked(consumer, place) && meet(consumer, place, now_ns))
			return;
	unsupported_ns = consumer->watch.unsupported_ns;
	if (unsupported_ns && now_ns - unsupported_ns <= HEARTBEAT_LOSS_NS)
		return;
	has_magic = has_any_magic(consumer);
	if (is_past(consumer, now_ns, GRACE_NS))
		oriel_consumer_tell_silence(consumer, has_magic);
	else if (has_magic && !is_sticky(consumer->link))
		oriel_consumer_tell_starting(consumer, "waiting for its heartbeat");
	else if (!is_sticky(consumer->link))
		oriel_consumer_tell_silence(consumer, has_magic);
}

/* 0, or what keeps the application data from being known. */
static int learn_guest(struct oriel_consumer *consumer)
{
	int r;

	if (consumer->has_guest)
		return 0;
	r = consumer->codec->read_info(&consumer->session.map, &consumer->guest);
	consumer->has_guest = !r;
	return r;
}

static int subscribe(struct oriel_consumer *consumer, uint64_t now_ns)
{
	bool is_waiting = now_ns < consumer->next_subscribe_ns;

	for (int i = 0; i < ORIEL_CODEC_QUEUES; i++) {
		int r = 0;

		if (consumer->session.queues[i].subscribed)
			continue;
		if (!is_waiting)
			r = consumer->codec->subscribe(&consumer->session, i);
		if (is_waiting || r < 0)
			return is_waiting ? -EAGAIN : r;
	}
	return 0;
}

static void go_live(struct oriel_consumer *consumer, uint64_t now_ns)
{
	if (consumer->is_resubscribing)
		consumer->counts.resubscribed++;
	else
		consumer->counts.sessions++;
	consumer->is_resubscribing = false;
	consumer->next_subscribe_ns = now_ns + SUBSCRIBE_INTERVAL_NS;
	consumer->was_live = true;
	consumer->stream.budget = consumer->cursor_budget = MESSAGES_PER_STEP;
	oriel_pace_init(&consumer->pace);
	oriel_pace_expect(&consumer->pace, now_ns + FIRST_FRAME_NS);
	oriel_consumer_tell(consumer, ORIEL_LINK_LIVE, "showing the guest at %s", consumer->path);
	set_state(consumer, ORIEL_CONSUMER_LIVE, now_ns);
}

/* What joining cannot get past; all of it may pass by itself while the guest is starting. */
static void explain_joining(struct oriel_consumer *consumer, int code, uint64_t now_ns)
{
	bool is_late = is_past(consumer, now_ns, GRACE_NS);

	if (code == -ESTALE)
		watch(consumer, now_ns);
	else if (code == -EBUSY)
		pause_guest(consumer, code, "holds a lock of a queue for too long", now_ns);
	else if (code == -EBADMSG && is_late)
		pause_guest(consumer, code, "describes its queues or itself wrongly", now_ns);
	else if (code == -EPROTONOSUPPORT && is_late)
		oriel_consumer_tell_unsupported(consumer, &consumer->guest);
	else if (code == -ENOSPC)
		oriel_consumer_tell_starting(
			consumer, "all 32 places for viewers are taken, close one of them");
	else if (is_late || !is_sticky(consumer->link))
		oriel_consumer_tell_starting(
			consumer, "waiting for its queues and its description");
}

static void on_joining(struct oriel_consumer *consumer, uint64_t now_ns)
{
	int r;

	if (!check_session(consumer, now_ns))
		return;
	r = learn_guest(consumer);
	if (!r)
		r = subscribe(consumer, now_ns);
	if (!r)
		go_live(consumer, now_ns);
	else
		explain_joining(consumer, r, now_ns);
}

static void resubscribe(
	struct oriel_consumer *consumer, enum oriel_codec_queue_kind queue, uint64_t now_ns)
{
	consumer->codec->unsubscribe(&consumer->session, queue);
	if (queue == ORIEL_CODEC_FRAMES)
		oriel_consumer_reset_stream(consumer);
	consumer->fault = 0;
	consumer->is_resubscribing = true;
	set_state(consumer, ORIEL_CONSUMER_JOINING, now_ns);
}

static void act_on_fault(struct oriel_consumer *consumer, uint64_t now_ns)
{
	if (consumer->fault == -ESTALE)
		watch(consumer, now_ns);
	else if (consumer->fault == -ETIMEDOUT)
		resubscribe(consumer, consumer->fault_queue, now_ns);
	else
		pause_guest(consumer, consumer->fault, consumer->fault_what, now_ns);
}

/* A picture that stayed incomplete on a screen that does not change would stay so for ever: whoever
 * subscribes anew is sent it again. */
static bool is_stuck_incomplete(struct oriel_consumer *consumer, uint64_t now_ns)
{
	struct oriel_consumer_stream *stream = &consumer->stream;

	if (!stream->is_incomplete || consumer->lease_count) {
		stream->incomplete_ns = now_ns;
		return false;
	}
	return now_ns - stream->incomplete_ns > INCOMPLETE_RETRY_NS;
}

/* Asked again in vain, the user is told why the picture stands still. */
static void retry_incomplete(struct oriel_consumer *consumer, uint64_t now_ns)
{
	if (++consumer->stuck_in_row < STUCK_MAX) {
		resubscribe(consumer, ORIEL_CODEC_FRAMES, now_ns);
		return;
	}
	consumer->stuck_in_row = 0;
	pause_guest(consumer, -EBADMSG, "announces frames whose pixels do not come", now_ns);
}

static void on_live(struct oriel_consumer *consumer, uint64_t now_ns)
{
	if (!check_session(consumer, now_ns))
		return;
	if (consumer->fault) {
		act_on_fault(consumer, now_ns);
		return;
	}
	if (is_stuck_incomplete(consumer, now_ns)) {
		retry_incomplete(consumer, now_ns);
		return;
	}
	if (is_past(consumer, now_ns, FORGIVE_NS))
		consumer->faults_in_row = 0;
	if (consumer->has_new_cursor)
		consumer->cursor_ns = now_ns;
	consumer->has_new_cursor = false;
	consumer->stream.budget = consumer->cursor_budget = MESSAGES_PER_STEP;
}

static void on_pausing(struct oriel_consumer *consumer, uint64_t now_ns)
{
	if (now_ns >= consumer->retry_ns)
		watch(consumer, now_ns);
}

static void (*const handlers[ORIEL_CONSUMER_STATES])(struct oriel_consumer *, uint64_t) = {
	[ORIEL_CONSUMER_CLOSED] = on_closed,
	[ORIEL_CONSUMER_WATCHING] = on_watching,
	[ORIEL_CONSUMER_JOINING] = on_joining,
	[ORIEL_CONSUMER_LIVE] = on_live,
	[ORIEL_CONSUMER_PAUSING] = on_pausing,
};

/* Every transition forward is worth going on at once; a machine that goes in circles is stopped by
 * the number of states. */
enum oriel_link oriel_consumer_step_rt(struct oriel_consumer *consumer, uint64_t now_ns)
{
	for (int turns = 0; turns < ORIEL_CONSUMER_STATES; turns++) {
		enum oriel_consumer_state before = consumer->state;

		if (consumer->region)
			check_file(consumer, now_ns);
		handlers[consumer->state](consumer, now_ns);
		if (consumer->state == before)
			break;
	}
	return consumer->link;
}

/* ---- the rest of the door ------------------------------------------------------------------- */

int oriel_consumer_create(
	struct oriel_consumer **ret_consumer, const char *path, struct oriel_error *error)
{
	struct oriel_consumer *consumer = calloc(1, sizeof *consumer);

	if (consumer) {
		consumer->path = strdup(path);
		consumer->cursor_image = malloc(ORIEL_CURSOR_BYTES_MAX);
	}
	if (!consumer || !consumer->path || !consumer->cursor_image) {
		oriel_consumer_destroy(consumer);
		return oriel_error_set_errno(error, -ENOMEM, "no viewer for %s", path);
	}
	/* Touched here, or the first cursor would fault it in on the frame path. */
	memset(consumer->cursor_image, 0, ORIEL_CURSOR_BYTES_MAX);
	oriel_region_install_guard();
	oriel_consumer_tell(consumer, ORIEL_LINK_NO_FILE, "%s was not looked at yet", path);
	*ret_consumer = consumer;
	return 0;
}

void oriel_consumer_destroy(struct oriel_consumer *consumer)
{
	if (!consumer)
		return;
	unsubscribe(consumer);
	oriel_region_close(consumer->region);
	for (uint32_t i = 0; i < consumer->lease_count; i++)
		oriel_region_close(consumer->leases[i].region);
	free(consumer->cursor_image);
	free(consumer->path);
	free(consumer);
}

void oriel_consumer_fault(struct oriel_consumer *consumer, int code,
	enum oriel_codec_queue_kind queue, const char *what)
{
	if (consumer->fault)
		return;
	consumer->fault = code;
	consumer->fault_queue = queue;
	consumer->fault_what = code == -EBUSY ? "holds a lock of a queue for too long" : what;
}

enum oriel_link oriel_consumer_get_link(const struct oriel_consumer *consumer)
{
	return consumer->link;
}

const char *oriel_consumer_get_reason(const struct oriel_consumer *consumer)
{
	return consumer->reason;
}

const struct oriel_guest_info *oriel_consumer_get_guest(const struct oriel_consumer *consumer)
{
	return consumer->has_guest ? &consumer->guest : NULL;
}

void oriel_consumer_get_counts(
	const struct oriel_consumer *consumer, struct oriel_consumer_counts *ret_counts)
{
	*ret_counts = consumer->counts;
}

void oriel_consumer_expect_rt(struct oriel_consumer *consumer, uint64_t now_ns)
{
	oriel_pace_expect(&consumer->pace, now_ns + 100 * MS);
}

static uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t wait_live(const struct oriel_consumer *consumer, uint64_t now_ns)
{
	uint64_t wait_ns = oriel_pace_get_wait_ns(&consumer->pace, now_ns);

	if (consumer->fault)
		return 0;
	if (!consumer->stream.budget || !consumer->cursor_budget)
		return POLL_NOW_NS;
	if (consumer->pace.period_ns && now_ns - consumer->pace.last_arrival_ns < RHYTHM_ENDS_NS)
		wait_ns = min64(wait_ns, POLL_RHYTHM_NS);
	if (consumer->has_new_cursor || now_ns - consumer->cursor_ns < CURSOR_MOVES_NS)
		wait_ns = min64(wait_ns, POLL_CURSOR_NS);
	return wait_ns;
}

static uint64_t wait_young(const struct oriel_consumer *consumer, uint64_t now_ns)
{
	if (!is_past(consumer, now_ns, GRACE_NS))
		return POLL_NOW_NS;
	return is_past(consumer, now_ns, 2000 * MS) ? POLL_SELDOM_NS : POLL_SOON_NS;
}

uint64_t oriel_consumer_get_wait_ns(const struct oriel_consumer *consumer, uint64_t now_ns)
{
	switch (consumer->state) {
	case ORIEL_CONSUMER_LIVE:
		return wait_live(consumer, now_ns);
	case ORIEL_CONSUMER_CLOSED:
		return OPEN_INTERVAL_NS;
	case ORIEL_CONSUMER_PAUSING:
		return POLL_SELDOM_NS;
	default:
		return wait_young(consumer, now_ns);
	}
}
