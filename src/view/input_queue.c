/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/input_queue.h"

#include <linux/input-event-codes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "base/fd.h"
#include "base/ring.h"

/* Half a second of an 8 kHz mouse. */
#define INPUTS 4096
#define SINKS_MAX 4
/* Of inputs that are pressed and released: keys and buttons. */
#define KINDS 2

struct oriel_input_queue {
	struct oriel_ring *inputs; /* struct oriel_input */
	int fd;
	_Atomic bool takes_positions;
	struct oriel_sink *sinks[SINKS_MAX];
	int sink_count;
	uint8_t held[KINDS][KEY_CNT / 8]; /* as the sinks were told; by kind and code */
};

struct oriel_input_queue *oriel_input_queue_create(void)
{
	struct oriel_input_queue *queue = calloc(1, sizeof *queue);

	if (!queue)
		return NULL;
	queue->inputs = oriel_ring_create(sizeof(struct oriel_input), INPUTS);
	queue->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->inputs && queue->fd >= 0)
		return queue;
	oriel_input_queue_destroy(queue);
	return NULL;
}

void oriel_input_queue_destroy(struct oriel_input_queue *queue)
{
	if (!queue)
		return;
	oriel_ring_destroy(queue->inputs);
	oriel_fd_close(&queue->fd);
	free(queue);
}

bool oriel_input_queue_push_rt(struct oriel_input_queue *queue, const struct oriel_input *input)
{
	if (!oriel_ring_push_rt(queue->inputs, input))
		return false;
	eventfd_write(queue->fd, 1);
	return true;
}

bool oriel_input_queue_takes_positions_rt(const struct oriel_input_queue *queue)
{
	return atomic_load_explicit(&queue->takes_positions, memory_order_relaxed);
}

static void ask_positions(struct oriel_input_queue *queue)
{
	bool takes = false;

	for (int i = 0; i < queue->sink_count; i++)
		takes |= queue->sinks[i]->ops->takes_positions(queue->sinks[i]);
	atomic_store_explicit(&queue->takes_positions, takes, memory_order_relaxed);
}

bool oriel_input_queue_add_sink(struct oriel_input_queue *queue, struct oriel_sink *sink)
{
	if (queue->sink_count == SINKS_MAX)
		return false;
	queue->sinks[queue->sink_count++] = sink;
	ask_positions(queue);
	return true;
}

void oriel_input_queue_remove_sink(struct oriel_input_queue *queue, const struct oriel_sink *sink)
{
	int kept = 0;

	for (int i = 0; i < queue->sink_count; i++)
		if (queue->sinks[i] != sink)
			queue->sinks[kept++] = queue->sinks[i];
	queue->sink_count = kept;
	ask_positions(queue);
}

int oriel_input_queue_get_fd(const struct oriel_input_queue *queue)
{
	return queue->fd;
}

static bool is_held(
	const struct oriel_input_queue *queue, enum oriel_input_kind kind, uint32_t code)
{
	return queue->held[kind][code / 8] >> code % 8 & 1;
}

static void set_held(struct oriel_input_queue *queue, const struct oriel_input *input)
{
	uint8_t *held = &queue->held[input->kind][input->key.code / 8];
	uint8_t bit = (uint8_t)(1u << input->key.code % 8);

	*held = (uint8_t)(input->key.pressed ? *held | bit : *held & ~bit);
}

static void deliver(struct oriel_input_queue *queue, const struct oriel_input *input)
{
	if (input->kind < KINDS && input->key.code < KEY_CNT) {
		if (!input->key.pressed && !is_held(queue, input->kind, input->key.code))
			return;
		set_held(queue, input);
	}
	for (int i = 0; i < queue->sink_count; i++)
		queue->sinks[i]->ops->send(queue->sinks[i], input);
}

void oriel_input_queue_drain(struct oriel_input_queue *queue)
{
	struct oriel_input input;

	/* Emptied first: what comes meanwhile makes it readable again. */
	eventfd_read(queue->fd, &(eventfd_t){0});
	while (oriel_ring_pop_rt(queue->inputs, &input))
		deliver(queue, &input);
	ask_positions(queue);
}

void oriel_input_queue_release(struct oriel_input_queue *queue)
{
	oriel_input_queue_drain(queue);
	for (enum oriel_input_kind kind = 0; kind < KINDS; kind++)
		for (uint32_t code = 0; code < KEY_CNT; code++)
			deliver(queue, &(struct oriel_input){.kind = kind, .key = {code, false}});
}
