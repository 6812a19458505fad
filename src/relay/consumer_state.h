/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the consumer share: consumer.c turns the state machine, consumer_reason.c has
 * its sentences, consumer_frames.c and consumer_cursor.c take messages while it is live. They
 * report what goes wrong by oriel_consumer_fault(); the next step acts on it. Internal to the
 * consumer*.c files.
 */
#ifndef ORIEL_RELAY_CONSUMER_STATE_H
#define ORIEL_RELAY_CONSUMER_STATE_H

#include "relay/codec.h"
#include "relay/consumer.h"
#include "relay/pace.h"
#include "relay/region.h"

enum oriel_consumer_state {
	ORIEL_CONSUMER_CLOSED,	 /* no mapping; the file is tried every now and then */
	ORIEL_CONSUMER_WATCHING, /* mapped; no timestamp was seen to change yet */
	ORIEL_CONSUMER_JOINING,	 /* session known; data and subscriptions not complete */
	ORIEL_CONSUMER_LIVE,	 /* subscribed to both queues */
	ORIEL_CONSUMER_PAUSING,	 /* the guest broke the protocol; a pause before the next try */
	ORIEL_CONSUMER_STATES,
};

/* Has anything been seen to tick, and since when not (T25). */
struct oriel_consumer_watch {
	bool has_magic[ORIEL_CODEC_PLACES];
	uint64_t timestamp_ms[ORIEL_CODEC_PLACES];
	uint64_t unsupported_ns; /* when one that nobody here speaks last ticked; 0: never */
};

struct oriel_consumer_heartbeat {
	uint64_t timestamp_ms;
	uint64_t looked_ns;
	uint64_t absent_ns; /* time during which we looked and it did not change */
};

/* What is known of the frames before the next one. */
struct oriel_consumer_stream {
	bool is_continuous; /* serial and version are those of the message before */
	uint32_t serial;
	uint32_t format_version;
	struct oriel_damage damage; /* since the frame handed out last */
	bool has_picture;
	struct oriel_picture picture; /* handed out last */
	uint32_t picture_version;
	uint32_t rejected_in_row;
	uint32_t budget;    /* messages left for this step */
	bool is_incomplete; /* the frame handed out last was not read to its end */
	uint64_t incomplete_ns;
};

/*
 * A message that is not finished yet: of a frame that is out, or one behind such a frame. Messages
 * are finished in their order. Those of another generation are none of the queue's any more.
 */
struct oriel_consumer_lease {
	uint64_t mark; /* as in the frame */
	uint64_t generation;
	bool is_done;		     /* not out: waits for those before it */
	const uint32_t *pointer;     /* write pointer */
	struct oriel_region *region; /* where it lies; one of its users */
};

struct oriel_consumer {
	char *path;
	enum oriel_consumer_state state;
	uint64_t since_ns; /* in this state */
	enum oriel_link link;
	char reason[640];

	struct oriel_region *region;
	uint64_t next_open_ns;
	uint64_t next_check_ns; /* of the file behind the mapping */

	struct oriel_consumer_watch watch;
	const struct oriel_codec_ops *codec;
	struct oriel_codec_session session;
	struct oriel_consumer_heartbeat heartbeat;
	struct oriel_guest_info guest;
	bool has_guest;
	bool was_live; /* through this mapping */
	bool is_resubscribing;
	uint64_t next_subscribe_ns;
	uint64_t generation; /* of the frame subscription: pixels of an earlier one may be torn */

	int fault; /* 0, or what the next step has to act on */
	enum oriel_codec_queue_kind fault_queue;
	const char *fault_what;
	uint32_t faults_in_row;
	uint32_t short_sessions; /* in a row */
	uint32_t stuck_in_row;	 /* subscriptions that brought no complete frame */
	uint64_t retry_ns;

	struct oriel_consumer_stream stream;
	struct oriel_consumer_lease leases[ORIEL_CONSUMER_FRAMES_MAX]; /* the oldest first */
	uint32_t lease_count;
	uint64_t last_mark;
	struct oriel_codec_frame frame; /* too large for a stack that is to stay shallow */
	struct oriel_pace pace;
	uint8_t *cursor_image;
	uint32_t cursor_budget;
	bool has_new_cursor;
	uint64_t cursor_ns; /* when a cursor message was last seen */
	struct oriel_consumer_counts counts;
};

/* Remembers the first thing that went wrong since the last step. what: for the user, borrowed for
 * ever, completes "the guest program ...". */
void oriel_consumer_fault(struct oriel_consumer *consumer, int code,
	enum oriel_codec_queue_kind queue, const char *what);

/* Sets the link and its sentence. */
void oriel_consumer_tell(struct oriel_consumer *consumer, enum oriel_link link, const char *format,
	...) ORIEL_PRINTF(3, 4);
void oriel_consumer_tell_open_error(
	struct oriel_consumer *consumer, const struct oriel_error *error);
/* Nothing ticks in the mapping; has_magic: but something once did. */
void oriel_consumer_tell_silence(struct oriel_consumer *consumer, bool has_magic);
void oriel_consumer_tell_unsupported(
	struct oriel_consumer *consumer, const struct oriel_guest_info *info);
void oriel_consumer_tell_starting(struct oriel_consumer *consumer, const char *what);

/* The frame subscription begins anew: the next frame is full. */
void oriel_consumer_reset_stream(struct oriel_consumer *consumer);

#endif
