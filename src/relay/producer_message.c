/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients send to the guest (protocol 2.17, 4.9). Sizes and numbers are theirs: checked here.
 */
#include "relay/producer_private.h"

#include <errno.h>
#include <string.h>

#include "relay/wire.h"

/* 1 and a copy of the oldest unread message, its size at most what it can hold; 0: there is none.
 */
static int receive(struct producer_messages *messages, struct producer_queue *queue,
	struct b7_client_message *ret_message)
{
	struct b7_queue *shared = queue->shared;
	uint32_t free_slots;

	/* Also when nothing was sent: a viewer that died with the lock held would keep all others
	 * from sending (T1). */
	if (!oriel_wire_lock(&shared->client_lock,
		    oriel_time_now_ns() + ORIEL_PRODUCER_LOCK_MS * ORIEL_NS_PER_MS))
		return -ETIMEDOUT;
	free_slots = oriel_wire_load32(&shared->client_free);
	if (free_slots < B7_CLIENT_MESSAGES) {
		memcpy(ret_message, &shared->client_messages[messages->read_index],
			sizeof *ret_message);
		oriel_wire_store32(&shared->client_free, free_slots + 1);
	}
	oriel_wire_unlock(&shared->client_lock);
	if (free_slots == B7_CLIENT_MESSAGES)
		return 0;
	if (free_slots > B7_CLIENT_MESSAGES)
		return -EBADMSG;

	messages->read_index = (messages->read_index + 1) % B7_CLIENT_MESSAGES;
	if (ret_message->size > sizeof ret_message->data)
		ret_message->size = sizeof ret_message->data;
	return 1;
}

static void handle_set_cursor(
	struct producer_messages *messages, const struct b7_client_message *message)
{
	struct b7_set_cursor body;

	memcpy(&body, message->data, sizeof body);
	messages->x_px = producer_clamp16(body.x);
	messages->y_px = producer_clamp16(body.y);
	messages->has_position = true;
}

/* Unknown types and wrong sizes are passed over, but acknowledged as the others are. */
static void handle(struct producer_messages *messages, const struct b7_client_message *message,
	bool accepts_set_cursor)
{
	uint32_t type;

	if (message->size < sizeof type)
		return;
	memcpy(&type, message->data, sizeof type);
	if (type == B7_MESSAGE_SET_CURSOR && message->size == sizeof(struct b7_set_cursor) &&
		accepts_set_cursor)
		handle_set_cursor(messages, message);
}

int oriel_producer_messages_drain(
	struct producer_messages *messages, struct producer_queue *queue, bool accepts_set_cursor)
{
	/* One round of the ring at most: a flooding client does not keep the heartbeat waiting. */
	for (uint32_t i = 0; i < B7_CLIENT_MESSAGES; i++) {
		struct b7_client_message message;
		int rc = receive(messages, queue, &message);

		if (rc <= 0)
			return rc;
		handle(messages, &message, accepts_set_cursor);
		messages->unacknowledged++;
	}
	return 0;
}

void oriel_producer_messages_acknowledge(
	struct producer_messages *messages, struct producer_queue *queue)
{
	if (messages->unacknowledged)
		__atomic_add_fetch(&queue->shared->client_read_serial, messages->unacknowledged,
			__ATOMIC_ACQ_REL);
	messages->unacknowledged = 0;
}
