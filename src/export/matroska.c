/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/matroska.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

/* Times in the file are in tenths of a millisecond. */
#define TICK_NS 100000u
/* A block says its time in 16 bits, from the beginning of its cluster. */
#define CLUSTER_TICKS_MAX 30000u
/* A cluster is where a player can begin; not each frame needs to be one. */
#define CLUSTER_TICKS_MIN 10000u

/* The head is small: its elements are put together here. */
#define HEAD_BYTES_MAX 4096
#define SEEK_BYTES 64
#define DURATION_BYTES 11
/* A size that is not known yet takes as many bytes as any size can. */
#define SIZE_BYTES 8

enum id {
	ID_EBML = 0x1a45dfa3,
	ID_EBML_VERSION = 0x4286,
	ID_EBML_READ_VERSION = 0x42f7,
	ID_EBML_ID_LENGTH = 0x42f2,
	ID_EBML_SIZE_LENGTH = 0x42f3,
	ID_DOC_TYPE = 0x4282,
	ID_DOC_VERSION = 0x4287,
	ID_DOC_READ_VERSION = 0x4285,
	ID_VOID = 0xec,
	ID_SEGMENT = 0x18538067,
	ID_SEEK_HEAD = 0x114d9b74,
	ID_SEEK = 0x4dbb,
	ID_SEEK_ID = 0x53ab,
	ID_SEEK_POSITION = 0x53ac,
	ID_INFO = 0x1549a966,
	ID_TICK = 0x2ad7b1,
	ID_DURATION = 0x4489,
	ID_DATE = 0x4461,
	ID_MUXER = 0x4d80,
	ID_WRITER = 0x5741,
	ID_TRACKS = 0x1654ae6b,
	ID_TRACK = 0xae,
	ID_TRACK_NUMBER = 0xd7,
	ID_TRACK_UID = 0x73c5,
	ID_TRACK_TYPE = 0x83,
	ID_TRACK_LACING = 0x9c,
	ID_CODEC = 0x86,
	ID_CODEC_CONFIG = 0x63a2,
	ID_VIDEO = 0xe0,
	ID_WIDTH = 0xb0,
	ID_HEIGHT = 0xba,
	ID_FOURCC = 0x2eb524,
	ID_COLOUR = 0x55b0,
	ID_COLOUR_MATRIX = 0x55b1,
	ID_COLOUR_RANGE = 0x55b9,
	ID_COLOUR_TRANSFER = 0x55ba,
	ID_COLOUR_PRIMARIES = 0x55bb,
	ID_CLUSTER = 0x1f43b675,
	ID_CLUSTER_TIME = 0xe7,
	ID_BLOCK = 0xa3,
	ID_CUES = 0x1c53bb6b,
	ID_CUE = 0xbb,
	ID_CUE_TIME = 0xb3,
	ID_CUE_POSITIONS = 0xb7,
	ID_CUE_TRACK = 0xf7,
	ID_CUE_CLUSTER = 0xf1,
};

struct cue {
	uint64_t ticks, position;
};

struct oriel_matroska {
	int fd;
	uint64_t end;			       /* of what is in the file and whole */
	uint64_t segment, seek_head, duration; /* where they lie in the file */
	uint64_t cluster, cluster_ticks;       /* the one that is open; 0: none */
	bool has_frame;
	uint64_t last_ticks;
	struct cue *cues;
	size_t cue_count, cue_room;
};

/* ---- elements ------------------------------------------------------------------------------- */

struct buffer {
	uint8_t *data;
	size_t used, room;
	bool is_short; /* something did not fit */
};

static void put(struct buffer *buffer, const void *data, size_t bytes)
{
	if (bytes > buffer->room - buffer->used) {
		buffer->is_short = true;
		return;
	}
	if (bytes)
		memcpy(buffer->data + buffer->used, data, bytes);
	buffer->used += bytes;
}

/* The lowest bytes of value, the highest of them first. */
static void put_number(struct buffer *buffer, uint64_t value, unsigned int bytes)
{
	while (bytes--) {
		uint8_t byte = (uint8_t)(value >> (8 * bytes));

		put(buffer, &byte, 1);
	}
}

static unsigned int bytes_of(uint64_t value)
{
	unsigned int bytes = 1;

	while (bytes < 8 && value >> (8 * bytes))
		bytes++;
	return bytes;
}

/* An element's number says its own length. */
static void put_id(struct buffer *buffer, enum id id)
{
	put_number(buffer, id, bytes_of(id));
}

static void put_size(struct buffer *buffer, uint64_t size)
{
	put_number(buffer, size | 1ull << (7 * SIZE_BYTES), SIZE_BYTES);
}

static void put_unknown_size(struct buffer *buffer)
{
	put_number(buffer, (2ull << (7 * SIZE_BYTES)) - 1, SIZE_BYTES);
}

static void put_bytes(struct buffer *buffer, enum id id, const void *data, size_t bytes)
{
	put_id(buffer, id);
	put_size(buffer, bytes);
	put(buffer, data, bytes);
}

static void put_text(struct buffer *buffer, enum id id, const char *text)
{
	put_bytes(buffer, id, text, strlen(text));
}

static void put_uint(struct buffer *buffer, enum id id, uint64_t value)
{
	put_id(buffer, id);
	put_size(buffer, bytes_of(value));
	put_number(buffer, value, bytes_of(value));
}

/* Returns where its size goes once its contents are there. */
static size_t begin(struct buffer *buffer, enum id id)
{
	size_t at;

	put_id(buffer, id);
	at = buffer->used;
	put_unknown_size(buffer);
	return at;
}

static void end(struct buffer *buffer, size_t at)
{
	struct buffer size = {buffer->data + at, 0, SIZE_BYTES};

	if (!buffer->is_short)
		put_size(&size, buffer->used - at - SIZE_BYTES);
}

/* So many bytes in all, at least 9: room for what comes later. */
static void put_void(struct buffer *buffer, size_t bytes)
{
	static const uint8_t nothing[SEEK_BYTES];

	put_bytes(buffer, ID_VOID, nothing, bytes - 1 - SIZE_BYTES);
}

/* ---- the file ------------------------------------------------------------------------------- */

static int write_at(int fd, const struct iovec *parts, int count, uint64_t at)
{
	struct iovec left[2];
	uint64_t done = 0;

	memcpy(left, parts, sizeof *parts * (size_t)count);
	for (int i = 0; i < count;) {
		/* syscalls: pwritev pwritev2 */
		ssize_t put_bytes_now = pwritev(fd, left + i, count - i, (off_t)(at + done));

		if (put_bytes_now < 0 && errno == EINTR)
			continue;
		if (put_bytes_now <= 0)
			return put_bytes_now ? -errno : -EIO;
		done += (uint64_t)put_bytes_now;
		for (; i < count && (size_t)put_bytes_now >= left[i].iov_len; i++)
			put_bytes_now -= (ssize_t)left[i].iov_len;
		if (i < count) {
			left[i].iov_base = (uint8_t *)left[i].iov_base + put_bytes_now;
			left[i].iov_len -= (size_t)put_bytes_now;
		}
	}
	return 0;
}

/* At the end of the file; all of it or nothing. */
static int append(struct oriel_matroska *matroska, const struct buffer *head, const uint8_t *data,
	size_t bytes)
{
	struct iovec parts[] = {{head->data, head->used}, {(void *)(uintptr_t)data, bytes}};
	int result = write_at(matroska->fd, parts, bytes ? 2 : 1, matroska->end);

	if (!result)
		matroska->end += head->used + bytes;
	else
		(void)!ftruncate(matroska->fd, (off_t)matroska->end);
	return result;
}

/* Over what is there already. */
static int patch(struct oriel_matroska *matroska, const struct buffer *buffer, uint64_t at)
{
	struct iovec part = {buffer->data, buffer->used};

	return write_at(matroska->fd, &part, 1, at);
}

static int patch_size(struct oriel_matroska *matroska, uint64_t at, uint64_t size)
{
	uint8_t data[SIZE_BYTES];
	struct buffer buffer = {data, 0, sizeof data};

	put_size(&buffer, size);
	return patch(matroska, &buffer, at);
}

/* ---- the beginning -------------------------------------------------------------------------- */

static void put_file_type(struct buffer *buffer)
{
	size_t at = begin(buffer, ID_EBML);

	put_uint(buffer, ID_EBML_VERSION, 1);
	put_uint(buffer, ID_EBML_READ_VERSION, 1);
	put_uint(buffer, ID_EBML_ID_LENGTH, 4);
	put_uint(buffer, ID_EBML_SIZE_LENGTH, 8);
	put_text(buffer, ID_DOC_TYPE, "matroska");
	put_uint(buffer, ID_DOC_VERSION, 4);
	put_uint(buffer, ID_DOC_READ_VERSION, 2);
	end(buffer, at);
}

/* Nanoseconds since the beginning of 2001. */
static uint64_t get_date(void)
{
	static const int64_t beginning_s = 978307200;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)((now.tv_sec - beginning_s) * (int64_t)ORIEL_NS_PER_S + now.tv_nsec);
}

static void put_info(struct oriel_matroska *matroska, struct buffer *buffer)
{
	size_t at = begin(buffer, ID_INFO);

	put_uint(buffer, ID_TICK, TICK_NS);
	matroska->duration = buffer->used;
	put_void(buffer, DURATION_BYTES);
	put_id(buffer, ID_DATE);
	put_size(buffer, 8);
	put_number(buffer, get_date(), 8);
	put_text(buffer, ID_MUXER, "Oriel " ORIEL_VERSION);
	put_text(buffer, ID_WRITER, "Oriel " ORIEL_VERSION);
	end(buffer, at);
}

/* What the numbers mean: RGB in full range, as on an ordinary screen (sRGB). */
static void put_colour(struct buffer *buffer)
{
	size_t at = begin(buffer, ID_COLOUR);

	put_uint(buffer, ID_COLOUR_MATRIX, 0);
	put_uint(buffer, ID_COLOUR_RANGE, 2);
	put_uint(buffer, ID_COLOUR_TRANSFER, 13);
	put_uint(buffer, ID_COLOUR_PRIMARIES, 1);
	end(buffer, at);
}

static void put_track(struct buffer *buffer, const struct oriel_matroska_track *track)
{
	size_t all = begin(buffer, ID_TRACKS), at = begin(buffer, ID_TRACK), video;

	put_uint(buffer, ID_TRACK_NUMBER, 1);
	put_uint(buffer, ID_TRACK_UID, 1);
	put_uint(buffer, ID_TRACK_TYPE, 1);
	put_uint(buffer, ID_TRACK_LACING, 0);
	put_text(buffer, ID_CODEC, track->codec);
	if (track->config_bytes)
		put_bytes(buffer, ID_CODEC_CONFIG, track->config, track->config_bytes);
	video = begin(buffer, ID_VIDEO);
	put_uint(buffer, ID_WIDTH, track->width_px);
	put_uint(buffer, ID_HEIGHT, track->height_px);
	if (track->fourcc)
		put_text(buffer, ID_FOURCC, track->fourcc);
	put_colour(buffer);
	end(buffer, video);
	end(buffer, at);
	end(buffer, all);
}

static int write_head(struct oriel_matroska *matroska, const struct oriel_matroska_track *track)
{
	uint8_t data[HEAD_BYTES_MAX];
	struct buffer buffer = {data, 0, sizeof data};

	put_file_type(&buffer);
	matroska->segment = begin(&buffer, ID_SEGMENT) + SIZE_BYTES;
	matroska->seek_head = buffer.used;
	put_void(&buffer, SEEK_BYTES);
	put_info(matroska, &buffer);
	put_track(&buffer, track);
	return buffer.is_short ? -E2BIG : append(matroska, &buffer, NULL, 0);
}

int oriel_matroska_create(
	struct oriel_matroska **ret_matroska, int fd, const struct oriel_matroska_track *track)
{
	struct oriel_matroska *matroska = calloc(1, sizeof *matroska);
	int result;

	if (!matroska)
		return -ENOMEM;
	matroska->fd = fd;
	result = write_head(matroska, track);
	if (result)
		oriel_matroska_destroy(matroska);
	else
		*ret_matroska = matroska;
	return result;
}

/* ---- frames --------------------------------------------------------------------------------- */

static int end_cluster(struct oriel_matroska *matroska)
{
	uint64_t at = matroska->cluster + bytes_of(ID_CLUSTER);
	uint64_t size = matroska->end - at - SIZE_BYTES;

	if (!matroska->cluster)
		return 0;
	matroska->cluster = 0;
	return patch_size(matroska, at, size);
}

static int add_cue(struct oriel_matroska *matroska, uint64_t ticks)
{
	struct cue *cues = matroska->cues;

	if (matroska->cue_count == matroska->cue_room) {
		size_t room = matroska->cue_room ? 2 * matroska->cue_room : 64;

		cues = realloc(cues, room * sizeof *cues);
		if (!cues)
			return -ENOMEM;
		matroska->cues = cues;
		matroska->cue_room = room;
	}
	cues[matroska->cue_count++] = (struct cue){ticks, matroska->end - matroska->segment};
	return 0;
}

static int begin_cluster(struct oriel_matroska *matroska, uint64_t ticks, bool is_key)
{
	uint8_t data[32];
	struct buffer buffer = {data, 0, sizeof data};
	uint64_t at = matroska->end;
	int result = end_cluster(matroska);

	if (!result && is_key)
		result = add_cue(matroska, ticks);
	if (result)
		return result;
	begin(&buffer, ID_CLUSTER);
	put_uint(&buffer, ID_CLUSTER_TIME, ticks);
	result = append(matroska, &buffer, NULL, 0);
	if (result) {
		matroska->cue_count -= is_key;
		return result;
	}
	matroska->cluster = at;
	matroska->cluster_ticks = ticks;
	return 0;
}

static bool needs_cluster(const struct oriel_matroska *matroska, uint64_t ticks, bool is_key)
{
	uint64_t since = ticks - matroska->cluster_ticks;

	return !matroska->cluster || since > CLUSTER_TICKS_MAX ||
	       (is_key && since > CLUSTER_TICKS_MIN);
}

int oriel_matroska_write(struct oriel_matroska *matroska, const uint8_t *data, size_t bytes,
	uint64_t time_ns, bool is_key)
{
	uint64_t ticks = time_ns / TICK_NS;
	uint8_t head[16];
	struct buffer buffer = {head, 0, sizeof head};
	int result;

	if (matroska->has_frame && ticks <= matroska->last_ticks)
		ticks = matroska->last_ticks + 1;
	if (needs_cluster(matroska, ticks, is_key)) {
		result = begin_cluster(matroska, ticks, is_key);
		if (result)
			return result;
	}
	put_id(&buffer, ID_BLOCK);
	put_size(&buffer, bytes + 4);
	put_number(&buffer, 0x81, 1); /* of track 1 */
	put_number(&buffer, ticks - matroska->cluster_ticks, 2);
	put_number(&buffer, is_key ? 0x80 : 0, 1);
	result = append(matroska, &buffer, data, bytes);
	if (!result) {
		matroska->has_frame = true;
		matroska->last_ticks = ticks;
	}
	return result;
}

/* ---- the end -------------------------------------------------------------------------------- */

static int write_cues(struct oriel_matroska *matroska)
{
	size_t room = 16 + matroska->cue_count * 80;
	struct buffer buffer = {malloc(room), 0, room};
	size_t all;
	int result;

	if (!buffer.data)
		return -ENOMEM;
	all = begin(&buffer, ID_CUES);
	for (size_t i = 0; i < matroska->cue_count; i++) {
		size_t cue = begin(&buffer, ID_CUE), positions;

		put_uint(&buffer, ID_CUE_TIME, matroska->cues[i].ticks);
		positions = begin(&buffer, ID_CUE_POSITIONS);
		put_uint(&buffer, ID_CUE_TRACK, 1);
		put_uint(&buffer, ID_CUE_CLUSTER, matroska->cues[i].position);
		end(&buffer, positions);
		end(&buffer, cue);
	}
	end(&buffer, all);
	result = append(matroska, &buffer, NULL, 0);
	free(buffer.data);
	return result;
}

static void put_seek(struct buffer *buffer, enum id id, uint64_t position)
{
	uint8_t number[4];
	struct buffer name = {number, 0, sizeof number};
	size_t at = begin(buffer, ID_SEEK);

	put_id(&name, id);
	put_bytes(buffer, ID_SEEK_ID, number, name.used);
	put_uint(buffer, ID_SEEK_POSITION, position);
	end(buffer, at);
}

/* Where the index is; the rest is found on the way to the first frame. */
static int patch_seek_head(struct oriel_matroska *matroska, uint64_t cues)
{
	uint8_t data[SEEK_BYTES];
	struct buffer buffer = {data, 0, sizeof data};
	size_t at = begin(&buffer, ID_SEEK_HEAD);

	put_seek(&buffer, ID_CUES, cues - matroska->segment);
	end(&buffer, at);
	put_void(&buffer, sizeof data - buffer.used);
	return patch(matroska, &buffer, matroska->seek_head);
}

static int patch_duration(struct oriel_matroska *matroska, uint64_t length_ns)
{
	uint8_t data[DURATION_BYTES];
	struct buffer buffer = {data, 0, sizeof data};
	double ticks = (double)length_ns / TICK_NS;
	uint64_t bits;

	memcpy(&bits, &ticks, sizeof bits);
	put_id(&buffer, ID_DURATION);
	put_number(&buffer, 0x88, 1); /* the size 8 in its shortest form */
	put_number(&buffer, bits, 8);
	return patch(matroska, &buffer, matroska->duration);
}

int oriel_matroska_finish(struct oriel_matroska *matroska, uint64_t length_ns)
{
	int result = end_cluster(matroska), sized;
	uint64_t cues = matroska->end;

	if (!result)
		result = patch_duration(matroska, length_ns);
	if (!result)
		result = write_cues(matroska);
	if (!result)
		result = patch_seek_head(matroska, cues);
	sized = patch_size(
		matroska, matroska->segment - SIZE_BYTES, matroska->end - matroska->segment);
	return result ? result : sized;
}

uint64_t oriel_matroska_get_bytes(const struct oriel_matroska *matroska)
{
	return matroska->end;
}

void oriel_matroska_destroy(struct oriel_matroska *matroska)
{
	if (!matroska)
		return;
	free(matroska->cues);
	free(matroska);
}
