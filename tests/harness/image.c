/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const uint32_t rings[] = {IMAGE_FRAME_RING, IMAGE_POINTER_RING};

static int make_file(size_t size_bytes)
{
	int fd = memfd_create("oriel-test-image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size_bytes), 0);
	return fd;
}

static void map_image(struct image *image, size_t size_bytes)
{
	image->size_bytes = size_bytes;
	image->base = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, image->fd, 0);
	assert_true(image->base != MAP_FAILED);
}

void image_create(struct image *image, size_t size_bytes)
{
	memset(image, 0, sizeof *image);
	image->fd = make_file(size_bytes);
	snprintf(image->path, sizeof image->path, "/proc/self/fd/%d", image->fd);
	map_image(image, size_bytes);
}

void image_destroy(struct image *image)
{
	munmap(image->base, image->size_bytes);
	close(image->fd);
}

void image_replace(struct image *image, size_t size_bytes)
{
	int fd = make_file(size_bytes);

	munmap(image->base, image->size_bytes);
	assert_int_equal(dup2(fd, image->fd), image->fd);
	close(fd);
	map_image(image, size_bytes);
	image->next_serial = 0;
}

static size_t put_record(uint8_t *at, uint8_t type, const void *body, uint32_t size)
{
	struct b7_record record = {.type = type, .size = size};

	memcpy(at, &record, sizeof record);
	memcpy(at + sizeof record, body, size);
	return sizeof record + size;
}

static void put_udata(struct image *image)
{
	struct b7_kvmfr kvmfr = {
		.version = B7_KVMFR_VERSION,
		.host_version = "TEST-1",
		.features = B7_FEATURE_SET_CURSOR,
	};
	uint8_t vm[51 + sizeof "Test CPU"] = {0};
	uint8_t *at = image->base + B7_UDATA_OFFSET;

	memcpy(kvmfr.magic, B7_KVMFR_MAGIC, 8);
	memcpy(at, &kvmfr, sizeof kvmfr);
	at += sizeof kvmfr;
	for (uint8_t i = 0; i < 16; i++)
		vm[i] = i;
	memcpy(vm + 16, "TestCapture", 11);
	memcpy(vm + 48, "\x08\x04\x01", 3);
	memcpy(vm + 51, "Test CPU", 9);
	at += put_record(at, B7_RECORD_VM, vm, sizeof vm);
	at += put_record(at, B7_RECORD_OS, "\x03Test OS", 9);
	image_header(image)->udata_size = (uint32_t)(at - image->base - B7_UDATA_OFFSET);
}

static void put_queue(struct image *image, int block, uint32_t id, uint32_t length)
{
	struct b7_queue *queue = image_queue(image, block);

	memset(queue, 0, sizeof *queue);
	queue->id = id;
	queue->length = length + 1;
	queue->max_time_ms = B7_MAX_TIME_MS;
	queue->messages_offset = rings[block];
	queue->client_free = B7_CLIENT_MESSAGES;
}

void image_start(struct image *image, uint32_t session_id)
{
	struct b7_header *header = image_header(image);

	header->magic = 0;
	header->version = B7_LGMP_VERSION;
	header->session_id = session_id;
	header->timestamp_ms = 1000;
	put_queue(image, IMAGE_FRAMES, B7_QUEUE_FRAME, B7_FRAME_LENGTH);
	put_queue(image, IMAGE_POINTER, B7_QUEUE_POINTER, B7_POINTER_LENGTH);
	header->queue_count = 2;
	put_udata(image);
	header->magic = B7_LGMP_MAGIC;
	image->next_serial = 0;
}

void image_beat(struct image *image, uint32_t ms)
{
	image_header(image)->timestamp_ms += ms;
}

struct b7_header *image_header(const struct image *image)
{
	return (struct b7_header *)(void *)image->base;
}

struct b7_queue *image_queue(const struct image *image, int block)
{
	return &image_header(image)->queues[block];
}

struct b7_message *image_slot(const struct image *image, int block, uint32_t slot)
{
	return (struct b7_message *)(void *)(image->base + rings[block]) + slot;
}

uint32_t image_on(const struct image *image, int block)
{
	return (uint32_t)(image_queue(image, block)->subs >> 32);
}

uint32_t image_bad(const struct image *image, int block)
{
	return (uint32_t)image_queue(image, block)->subs;
}

void image_set_subs(const struct image *image, int block, uint32_t on, uint32_t bad)
{
	image_queue(image, block)->subs = (uint64_t)on << 32 | bad;
}

void image_post(struct image *image, int block, uint32_t udata, uint32_t size, uint32_t offset)
{
	struct b7_queue *queue = image_queue(image, block);
	uint32_t position = queue->position;

	*image_slot(image, block, position) = (struct b7_message){
		udata, size, offset, image_on(image, block) & ~image_bad(image, block)};
	if (!queue->count++)
		queue->deadline_ms = image_header(image)->timestamp_ms + queue->max_time_ms;
	queue->position = (position + 1) % queue->length;
}

struct b7_frame image_make_frame(struct image *image)
{
	return (struct b7_frame){
		.format_version = 1,
		.serial = image->next_serial++,
		.type = B7_FRAME_BGRA,
		.screen_width = 64,
		.screen_height = 32,
		.data_width = 64,
		.data_height = 32,
		.frame_width = 64,
		.frame_height = 32,
		.stride_px = 64,
		.pitch_bytes = 256,
		.offset = IMAGE_POINTER_OFFSET,
	};
}

void image_post_frame(struct image *image, const struct b7_frame *frame)
{
	uint32_t offset =
		image_queue(image, IMAGE_FRAMES)->position % 2 ? IMAGE_FRAME_1 : IMAGE_FRAME_0;
	uint32_t all = frame->data_height * frame->pitch_bytes;

	memcpy(image->base + offset, frame, sizeof *frame);
	memcpy(image->base + offset + IMAGE_POINTER_OFFSET, &all, sizeof all);
	image_post(image, IMAGE_FRAMES, 0, IMAGE_FRAME_BYTES, offset);
}

struct b7_cursor image_make_cursor(void)
{
	return (struct b7_cursor){
		.x = 100,
		.y = 50,
		.type = 1,
		.hot_x = 3,
		.hot_y = 4,
		.width = 32,
		.height = 64,
		.pitch = 4,
	};
}

void image_post_cursor(struct image *image, uint32_t flags, const struct b7_cursor *cursor)
{
	uint8_t *at = image->base + IMAGE_SHAPE_BUFFER;

	memcpy(at, cursor, sizeof *cursor);
	for (uint32_t i = sizeof *cursor; i < IMAGE_SHAPE_BYTES; i++)
		at[i] = (uint8_t)(i - sizeof *cursor);
	image_post(image, IMAGE_POINTER, flags, IMAGE_SHAPE_BYTES, IMAGE_SHAPE_BUFFER);
}
