/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of LGMP 6 + KVMFR 20 (Looking Glass B7) in shared memory, little-endian. Section
 * numbers are those of the protocol document in docs/PROTOCOL.md. Only the B7 codec and tests
 * include this.
 *
 * These structures lie in memory that the other side can change at any instant: read single fields
 * with the helpers of relay/wire.h, or copy whole structures once and look only at the copy.
 */
#ifndef ORIEL_RELAY_WIRE_B7_H
#define ORIEL_RELAY_WIRE_B7_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define B7_LGMP_MAGIC UINT32_C(0x504d474c) /* "LGMP" */
#define B7_LGMP_VERSION 6u
#define B7_KVMFR_MAGIC "KVMFR---" /* 8 bytes, no terminator */
#define B7_KVMFR_VERSION 20u

#define B7_QUEUES_MAX 5u
#define B7_SUBSCRIBERS_MAX 32u
#define B7_CLIENT_MESSAGES 10u
#define B7_CLIENT_MESSAGE_BYTES 64u

/* 2.3: one 64-byte message from a client, and its length. */
struct b7_client_message {
	uint32_t size;
	uint8_t data[B7_CLIENT_MESSAGE_BYTES];
};
static_assert(sizeof(struct b7_client_message) == 68, "2.3");

/* 2.3: queue block. */
struct b7_queue {
	uint32_t id;
	uint32_t length; /* N: configured length + 1 */
	uint32_t new_subscribers;
	uint32_t max_time_ms;
	uint32_t position;
	uint32_t messages_offset;
	uint64_t timeout_ms[B7_SUBSCRIBERS_MAX];
	uint32_t client_id[B7_SUBSCRIBERS_MAX];
	uint32_t lock;
	uint32_t pad0;
	uint64_t subs; /* high half ON mask, low half BAD mask */
	uint32_t start;
	uint32_t pad1;
	uint64_t deadline_ms;
	uint32_t count;
	uint32_t client_lock;
	uint32_t client_free;
	uint32_t client_write_index;
	uint32_t client_write_serial;
	uint32_t client_read_serial;
	struct b7_client_message client_messages[B7_CLIENT_MESSAGES];
};
static_assert(offsetof(struct b7_queue, new_subscribers) == 8, "2.3");
static_assert(offsetof(struct b7_queue, position) == 16, "2.3");
static_assert(offsetof(struct b7_queue, messages_offset) == 20, "2.3");
static_assert(offsetof(struct b7_queue, timeout_ms) == 24, "2.3");
static_assert(offsetof(struct b7_queue, client_id) == 280, "2.3");
static_assert(offsetof(struct b7_queue, lock) == 408, "2.3");
static_assert(offsetof(struct b7_queue, subs) == 416, "2.3");
static_assert(offsetof(struct b7_queue, start) == 424, "2.3");
static_assert(offsetof(struct b7_queue, deadline_ms) == 432, "2.3");
static_assert(offsetof(struct b7_queue, count) == 440, "2.3");
static_assert(offsetof(struct b7_queue, client_lock) == 444, "2.3");
static_assert(offsetof(struct b7_queue, client_free) == 448, "2.3");
static_assert(offsetof(struct b7_queue, client_write_index) == 452, "2.3");
static_assert(offsetof(struct b7_queue, client_write_serial) == 456, "2.3");
static_assert(offsetof(struct b7_queue, client_read_serial) == 460, "2.3");
static_assert(offsetof(struct b7_queue, client_messages) == 464, "2.3");
static_assert(sizeof(struct b7_queue) == 1144, "2.3");

/* 2.2: shared header; the application data (KVMFR header) starts at B7_UDATA_OFFSET. */
struct b7_header {
	uint32_t magic;
	uint32_t version;
	uint32_t session_id;
	uint32_t pad0;
	uint64_t timestamp_ms;
	uint32_t queue_count;
	uint32_t pad1;
	struct b7_queue queues[B7_QUEUES_MAX];
	uint32_t udata_size;
	uint8_t udata_start[4];
};
#define B7_UDATA_OFFSET 5756u
static_assert(offsetof(struct b7_header, session_id) == 8, "2.2");
static_assert(offsetof(struct b7_header, timestamp_ms) == 16, "2.2");
static_assert(offsetof(struct b7_header, queue_count) == 24, "2.2");
static_assert(offsetof(struct b7_header, queues) == 32, "2.2");
static_assert(offsetof(struct b7_header, udata_size) == 5752, "2.2");
static_assert(offsetof(struct b7_header, udata_start) == B7_UDATA_OFFSET, "2.2");
static_assert(sizeof(struct b7_header) == 5760, "2.2");

/* 2.4: message descriptor, one slot of a queue's ring. */
struct b7_message {
	uint32_t udata;
	uint32_t size;
	uint32_t offset;
	uint32_t pending;
};
static_assert(sizeof(struct b7_message) == 16, "2.4");

/* 4.1: application data. Records follow at 48, packed without alignment. */
struct b7_kvmfr {
	char magic[8];
	uint32_t version;
	char host_version[32];
	uint32_t features;
};
static_assert(offsetof(struct b7_kvmfr, host_version) == 12, "4.1");
static_assert(sizeof(struct b7_kvmfr) == 48, "4.1");
#define B7_FEATURE_SET_CURSOR 0x1u

struct b7_record {
	uint8_t type;
	uint8_t pad[3];
	uint32_t size;
};
static_assert(sizeof(struct b7_record) == 8, "4.1");
enum b7_record_type { B7_RECORD_VM = 1, B7_RECORD_OS = 2 };

struct b7_record_vm {
	uint8_t uuid[16];
	char capture[32];
	uint8_t cpus;
	uint8_t cores;
	uint8_t sockets;
	/* NUL-terminated CPU model follows at 51 */
};
static_assert(sizeof(struct b7_record_vm) == 51, "4.1");

/* 4.2: queue numbers and configured lengths. */
enum b7_queue_id { B7_QUEUE_POINTER = 1, B7_QUEUE_FRAME = 2 };
#define B7_POINTER_LENGTH 20u
#define B7_FRAME_LENGTH 2u
#define B7_MAX_TIME_MS 1000u

/* 4.3: cursor; the image follows at 24. */
enum b7_cursor_flags {
	B7_CURSOR_POSITION = 0x1,
	B7_CURSOR_VISIBLE = 0x2,
	B7_CURSOR_SHAPE = 0x4,
};
struct b7_cursor {
	int16_t x, y;
	uint32_t type;
	int8_t hot_x, hot_y;
	uint8_t pad[2];
	uint32_t width;
	uint32_t height; /* doubled for monochrome */
	uint32_t pitch;
};
static_assert(offsetof(struct b7_cursor, hot_x) == 8, "4.3");
static_assert(offsetof(struct b7_cursor, width) == 12, "4.3");
static_assert(sizeof(struct b7_cursor) == 24, "4.3");

/* 4.4: frame. */
struct b7_rect {
	uint32_t x, y, width, height;
};
struct b7_frame {
	uint32_t format_version;
	uint32_t serial;
	uint32_t type;
	uint32_t screen_width, screen_height;
	uint32_t data_width, data_height;
	uint32_t frame_width, frame_height;
	uint32_t rotation;
	uint32_t stride_px;
	uint32_t pitch_bytes;
	uint32_t offset; /* from this structure to the write pointer */
	uint32_t damage_count;
	struct b7_rect damage[64];
	uint32_t flags;
};
static_assert(offsetof(struct b7_frame, type) == 8, "4.4");
static_assert(offsetof(struct b7_frame, frame_width) == 28, "4.4");
static_assert(offsetof(struct b7_frame, offset) == 48, "4.4");
static_assert(offsetof(struct b7_frame, damage) == 56, "4.4");
static_assert(offsetof(struct b7_frame, flags) == 1080, "4.4");
static_assert(sizeof(struct b7_frame) == 1084, "4.4");

/* 4.5 */
enum b7_frame_type {
	B7_FRAME_BGRA = 1,
	B7_FRAME_RGBA = 2,
	B7_FRAME_RGBA10 = 3,
	B7_FRAME_RGBA16F = 4,
	B7_FRAME_BGR_32 = 5,
	B7_FRAME_RGB_24 = 6,
};

/* 4.6 */
enum b7_frame_flags {
	B7_FLAG_BLOCK_SCREENSAVER = 0x1,
	B7_FLAG_REQUEST_ACTIVATION = 0x2,
	B7_FLAG_TRUNCATED = 0x4,
	B7_FLAG_HDR = 0x8,
	B7_FLAG_HDR_PQ = 0x10,
};

/* 4.9: client to guest, on the pointer queue. */
enum b7_client_message_type { B7_MESSAGE_SET_CURSOR = 0 };
struct b7_set_cursor {
	uint32_t type;
	int32_t x, y;
};
static_assert(sizeof(struct b7_set_cursor) == 12, "4.9");

#endif
