/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest made of bytes: a shared memory image as the protocol's worked example has it (section 8),
 * built by hand from the wire structs and changed one word at a time. It lives in an anonymous file
 * that /proc names, so that a consumer can open it and nothing is left behind.
 *
 * Every function asserts that it could do its work. One thread.
 */
#ifndef ORIEL_TESTS_HARNESS_IMAGE_H
#define ORIEL_TESTS_HARNESS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/wire_b7.h"

#define IMAGE_BYTES (8u * 1024 * 1024)
#define IMAGE_SESSION 0x2a2au

/* 8.1 */
#define IMAGE_FRAME_RING 0x1708u
#define IMAGE_POINTER_RING 0x1738u
#define IMAGE_POSITION_BUFFER 0x1888u
#define IMAGE_SHAPE_BUFFER 0x1a68u
#define IMAGE_SHAPE_BYTES 0x100018u
#define IMAGE_FRAME_0 0x302000u
#define IMAGE_FRAME_1 0x581000u
#define IMAGE_FRAME_BYTES 0x27f000u
#define IMAGE_POINTER_OFFSET 4092u /* of the write pointer in a frame */

enum { IMAGE_FRAMES, IMAGE_POINTER };

struct image {
	int fd;
	char path[40];
	uint8_t *base;
	size_t size_bytes;
	uint32_t next_serial;
};

/* An empty (zeroed) image; then image_start(). */
void image_create(struct image *image, size_t size_bytes);
void image_destroy(struct image *image);
/* Another empty file under the same path. */
void image_replace(struct image *image, size_t size_bytes);

/* Writes header, application data and queues. */
void image_start(struct image *image, uint32_t session_id);
/* The heartbeat goes on by ms. */
void image_beat(struct image *image, uint32_t ms);

struct b7_header *image_header(const struct image *image);
struct b7_queue *image_queue(const struct image *image, int block);
struct b7_message *image_slot(const struct image *image, int block, uint32_t slot);
uint32_t image_on(const struct image *image, int block);
uint32_t image_bad(const struct image *image, int block);
void image_set_subs(const struct image *image, int block, uint32_t on, uint32_t bad);

/* 2.10, without looking whether there is room or a subscriber. */
void image_post(struct image *image, int block, uint32_t udata, uint32_t size, uint32_t offset);

/* 64 x 32 BGRA as in 8.4, with the image's next serial and full damage; serial may be changed. */
struct b7_frame image_make_frame(struct image *image);
/* Writes the header into the buffer that is its turn, wp = all rows, and posts it. */
void image_post_frame(struct image *image, const struct b7_frame *frame);
/* 32 x 32 monochrome as in 8.7, by its header; the image bytes count up from 0. */
struct b7_cursor image_make_cursor(void);
void image_post_cursor(struct image *image, uint32_t flags, const struct b7_cursor *cursor);

#endif
