/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Brings input from the render thread, where it arrives, to the main thread, where its sinks live.
 * Neither waits for the other.
 */
#ifndef ORIEL_VIEW_INPUT_QUEUE_H
#define ORIEL_VIEW_INPUT_QUEUE_H

#include <stdbool.h>

#include "view/sink.h"

struct oriel_input_queue;

/* NULL when memory or descriptors are short. */
struct oriel_input_queue *oriel_input_queue_create(void);
/* NULL is fine. Its sinks are not touched. */
void oriel_input_queue_destroy(struct oriel_input_queue *queue);

/* False when it is full, as when the main thread hangs: nothing was taken. Render thread. */
bool oriel_input_queue_push_rt(struct oriel_input_queue *queue, const struct oriel_input *input);
/* What any of the sinks said of takes_positions() at the last drain. Any thread. */
bool oriel_input_queue_takes_positions_rt(const struct oriel_input_queue *queue);

/* From now on sink gets what comes; borrowed, until it is removed. False: there are too many. Main
 * thread, as all below. */
bool oriel_input_queue_add_sink(struct oriel_input_queue *queue, struct oriel_sink *sink);
void oriel_input_queue_remove_sink(struct oriel_input_queue *queue, const struct oriel_sink *sink);
/* Readable when there is something to drain. */
int oriel_input_queue_get_fd(const struct oriel_input_queue *queue);
/* Gives each sink what has come. Also asks takes_positions(): call it when that changed. */
void oriel_input_queue_drain(struct oriel_input_queue *queue);
/* Drains, and tells the sinks that whatever is held was released, since the render thread does not
 * get to it. What comes of its release later is dropped. */
void oriel_input_queue_release(struct oriel_input_queue *queue);

#endif
