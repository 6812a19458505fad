/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/import.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/time.h"

/* ---- ways --------------------------------------------------------------------------------------
 */

/* The pages of a frame, to be imported. */
struct job {
	const struct oriel_gpu_importer *importer;
	pl_gpu gpu;
	const struct oriel_frame *frame;
	size_t offset_bytes, bytes;
	char *name; /* of the way, as filled in */
	size_t name_bytes;
	char refusal[96];
};

static pl_buf import_dmabuf(struct job *job)
{
	const char *refusal = NULL;
	const struct oriel_maker_ops *maker =
		oriel_maker_choose(job->importer->makers, job->frame->memory, &refusal);
	int fd ORIEL_FD_AUTO = -1;
	pl_buf buffer = NULL;
	int result;

	snprintf(job->refusal, sizeof job->refusal, "%s", refusal ? refusal : "");
	if (!maker)
		return NULL;
	snprintf(job->name, job->name_bytes, "a dma-buf of %s", maker->name);
	result = maker->make(job->frame->memory, job->offset_bytes, job->bytes, &fd);
	if (!result)
		buffer = pl_buf_create(job->gpu,
			pl_buf_params(.size = job->bytes, .import_handle = PL_HANDLE_DMA_BUF,
				.shared_mem = {.handle.fd = fd, .size = job->bytes}));
	if (result)
		snprintf(job->refusal, sizeof job->refusal, "%s cannot be made (%s)", job->name,
			strerror(-result));
	else
		snprintf(job->refusal, sizeof job->refusal, "the driver does not take %s",
			job->name);
	return buffer;
}

/* host_mapped: only of such buffers do all drivers tell when they have read them. */
static pl_buf import_pointer(struct job *job)
{
	const uint8_t *begin = job->frame->pixels - (job->frame->offset_bytes - job->offset_bytes);
	size_t alignment = job->gpu->limits.align_host_ptr;

	snprintf(job->name, job->name_bytes, "the mapping of this process");
	snprintf(job->refusal, sizeof job->refusal, "the driver wants memory to lie otherwise");
	if (alignment && ((uintptr_t)begin % alignment || job->bytes % alignment))
		return NULL;
	snprintf(job->refusal, sizeof job->refusal, "the driver does not take %s", job->name);
	return pl_buf_create(
		job->gpu, pl_buf_params(.size = job->bytes, .host_mapped = true,
				  .import_handle = PL_HANDLE_HOST_PTR,
				  .shared_mem = {.handle.ptr = (void *)(uintptr_t)begin,
					  .size = job->bytes}));
}

/* The most wanted first. */
static const struct {
	enum pl_handle_type handle;
	const char *missing;
	pl_buf (*import)(struct job *job);
} ways[] = {
	{PL_HANDLE_DMA_BUF, "the driver takes no dma-bufs", import_dmabuf},
	{PL_HANDLE_HOST_PTR, "the driver takes no memory of processes", import_pointer},
};

#define WAYS (sizeof ways / sizeof ways[0])

/* Nothing more comes by that way; the next one shall try. */
static void leave_way(struct oriel_gpu_importer *importer, const char *refusal)
{
	size_t used = strlen(importer->refusals);

	snprintf(importer->refusals + used, sizeof importer->refusals - used, "%s%s",
		used ? ", " : "", refusal);
	importer->way++;
}

/* ---- looking at what the device reads ----------------------------------------------------------
 */

/* So often with something to see: what was there before the guest wrote again is noticed as well.
 */
#define CHECKS_TELLING 2u
#define CHECKS_MAX 8u
#define CHECK_WIDTH 16u
#define CHECK_PLACES 5u

#define CHECK_BYTES (CHECK_WIDTH * sizeof(uint32_t))
#define CHECK_LIMIT_NS ORIEL_NS_PER_S

/* Kept for as long as the device: some drivers do not like it when such things come and go. */
static bool make_bench(struct oriel_gpu_bench *bench, pl_gpu gpu, pl_fmt format)
{
	if (bench->texture && bench->texture->params.format != format)
		pl_tex_destroy(gpu, &bench->texture);
	if (!bench->texture)
		bench->texture =
			pl_tex_create(gpu, pl_tex_params(.w = CHECK_WIDTH, .h = 1, .format = format,
						   .host_writable = true, .host_readable = true));
	if (!bench->buffer)
		bench->buffer = pl_buf_create(
			gpu, pl_buf_params(.size = 2 * CHECK_BYTES, .host_mapped = true));
	return bench->texture && bench->buffer;
}

static void finish_bench(struct oriel_gpu_bench *bench, pl_gpu gpu)
{
	pl_tex_destroy(gpu, &bench->texture);
	pl_buf_destroy(gpu, &bench->buffer);
}

/* Pixels of one row of a frame, once as the processor reads them and once as the device does. What
 * it finds there before is sure to be something else. *ret_is_telling: they are not all zero, which
 * a device that reads nothing may have as well. */
static bool check_row(pl_gpu gpu, const struct oriel_gpu_bench *bench, pl_buf buffer,
	const uint8_t *pixels, size_t offset_bytes, bool *ret_is_telling)
{
	uint32_t expected[CHECK_WIDTH];
	uint32_t *other = (uint32_t *)(void *)bench->buffer->data;

	memcpy(expected, pixels, sizeof expected);
	for (uint32_t i = 0; i < CHECK_WIDTH; i++) {
		other[i] = ~expected[i];
		*ret_is_telling |= expected[i] != 0;
	}
	if (!pl_tex_upload(
		    gpu, pl_tex_transfer_params(.tex = bench->texture, .buf = bench->buffer)) ||
		!pl_tex_upload(gpu, pl_tex_transfer_params(.tex = bench->texture, .buf = buffer,
					    .buf_offset = offset_bytes)) ||
		!pl_tex_download(gpu, pl_tex_transfer_params(.tex = bench->texture,
					      .buf = bench->buffer, .buf_offset = CHECK_BYTES)))
		return false;
	return oriel_gpu_device_wait_rt(gpu, bench->buffer, oriel_time_now_ns() + CHECK_LIMIT_NS) &&
	       !memcmp(expected, other + CHECK_WIDTH, sizeof expected);
}

/* In the corners and in the middle. */
static bool check_rows(
	const struct job *job, struct oriel_gpu_import *import, const struct oriel_gpu_bench *bench)
{
	const struct oriel_picture *picture = &job->frame->picture;
	size_t begin = job->frame->offset_bytes - import->offset_bytes;
	uint32_t right = picture->width_px - CHECK_WIDTH, bottom = picture->height_px - 1;
	const uint32_t places[CHECK_PLACES][2] = {
		{0, 0}, {right, 0}, {right / 2, bottom / 2}, {0, bottom}, {right, bottom}};
	bool is_telling = false;

	for (uint32_t i = 0; i < CHECK_PLACES; i++) {
		size_t at = (size_t)places[i][1] * picture->pitch_bytes + (size_t)places[i][0] * 4;

		if (!check_row(job->gpu, bench, import->buffer, job->frame->pixels + at, begin + at,
			    &is_telling))
			return false;
	}
	import->checks++;
	import->checks_telling += is_telling;
	return true;
}

static bool check(struct oriel_gpu_bench *bench, const struct job *job,
	struct oriel_gpu_import *import, pl_fmt format)
{
	if (import->checks_telling >= CHECKS_TELLING || import->checks >= CHECKS_MAX)
		return true;
	return make_bench(bench, job->gpu, format) && check_rows(job, import, bench);
}

/* ---- imports -----------------------------------------------------------------------------------
 */

static void drop(struct oriel_gpu_import *import, pl_gpu gpu)
{
	if (!import->buffer)
		return;
	/* The memory must not go before the device has done with it. */
	if (import->is_read)
		pl_gpu_finish(gpu);
	pl_buf_destroy(gpu, &import->buffer);
	if (import->memory->release)
		import->memory->release(import->memory);
	*import = (struct oriel_gpu_import){0};
}

void oriel_gpu_importer_init(
	struct oriel_gpu_importer *importer, const struct oriel_maker_ops *const *makers)
{
	*importer = (struct oriel_gpu_importer){.makers = makers};
}

void oriel_gpu_importer_finish(struct oriel_gpu_importer *importer, pl_gpu gpu)
{
	for (size_t i = 0; i < ORIEL_GPU_IMPORTS_MAX; i++)
		drop(&importer->imports[i], gpu);
	finish_bench(&importer->bench, gpu);
}

bool oriel_gpu_import_is_read_rt(struct oriel_gpu_import *import, pl_gpu gpu)
{
	if (import->is_read)
		import->is_read = pl_buf_poll(gpu, import->buffer, 0);
	return import->is_read;
}

/* memory_id: that they are of; 0: none may stay. */
static void drop_others(struct oriel_gpu_importer *importer, pl_gpu gpu, uint64_t memory_id)
{
	for (size_t i = 0; i < ORIEL_GPU_IMPORTS_MAX; i++) {
		struct oriel_gpu_import *import = &importer->imports[i];

		if (import->buffer && import->memory->id != memory_id &&
			!oriel_gpu_import_is_read_rt(import, gpu))
			drop(import, gpu);
	}
}

static struct oriel_gpu_import *find(struct oriel_gpu_importer *importer, const struct job *job)
{
	for (size_t i = 0; i < ORIEL_GPU_IMPORTS_MAX; i++) {
		struct oriel_gpu_import *import = &importer->imports[i];

		if (import->buffer && import->memory->id == job->frame->memory->id &&
			import->offset_bytes == job->offset_bytes && import->bytes == job->bytes)
			return import;
	}
	return NULL;
}

/* A free one, or the one that was not needed for the longest time. */
static struct oriel_gpu_import *find_place(struct oriel_gpu_importer *importer, pl_gpu gpu)
{
	struct oriel_gpu_import *oldest = NULL;

	for (size_t i = 0; i < ORIEL_GPU_IMPORTS_MAX; i++) {
		struct oriel_gpu_import *import = &importer->imports[i];

		if (!import->buffer)
			return import;
		if (!oriel_gpu_import_is_read_rt(import, gpu) &&
			(!oldest || import->lease < oldest->lease))
			oldest = import;
	}
	if (oldest)
		drop(oldest, gpu);
	return oldest;
}

static pl_buf make_buffer(
	struct oriel_gpu_importer *importer, struct oriel_gpu_device *device, struct job *job)
{
	pl_buf buffer = NULL;

	while (!buffer && importer->way < WAYS) {
		const char *refusal = ways[importer->way].missing;

		if (job->gpu->import_caps.buf & ways[importer->way].handle) {
			device->is_asked = true;
			buffer = ways[importer->way].import(job);
			device->is_asked = false;
			refusal = job->refusal;
		}
		if (!buffer)
			leave_way(importer, refusal);
	}
	return buffer;
}

static struct oriel_gpu_import *make(
	struct oriel_gpu_importer *importer, struct oriel_gpu_device *device, struct job *job)
{
	struct oriel_gpu_import *import = find_place(importer, job->gpu);
	pl_buf buffer = import ? make_buffer(importer, device, job) : NULL;

	if (!buffer)
		return NULL;
	*import = (struct oriel_gpu_import){.buffer = buffer,
		.memory = job->frame->memory,
		.offset_bytes = job->offset_bytes,
		.bytes = job->bytes};
	if (import->memory->keep)
		import->memory->keep(import->memory);
	return import;
}

static bool passes_check(struct oriel_gpu_importer *importer, const struct job *job,
	struct oriel_gpu_import *import, pl_fmt format)
{
	if (check(&importer->bench, job, import, format))
		return true;
	drop(import, job->gpu);
	drop_others(importer, job->gpu, 0);
	leave_way(importer, "the device does not see there what the guest draws");
	return false;
}

/* NULL with a way left: there is no place for it just now. */
static struct oriel_gpu_import *get_in_some_way(struct oriel_gpu_importer *importer,
	struct oriel_gpu_device *device, struct job *job, pl_fmt format)
{
	struct oriel_gpu_import *import;

	do {
		import = find(importer, job);
		if (!import)
			import = make(importer, device, job);
	} while (import && !passes_check(importer, job, import, format));
	return import;
}

static const char *refuse_place(const struct oriel_frame *frame)
{
	const struct oriel_picture *picture = &frame->picture;
	size_t bytes = (size_t)picture->pitch_bytes * picture->height_px, unused;

	if (!frame->memory)
		return "they do not lie in shared memory";
	if (picture->width_px < CHECK_WIDTH || picture->rows < picture->height_px ||
		bytes > frame->size_bytes || frame->offset_bytes % 4 ||
		!oriel_maker_get_pages(frame, &unused, &unused))
		return "they do not lie as the driver wants them";
	return NULL;
}

const char *oriel_gpu_importer_refuses(
	const struct oriel_gpu_importer *importer, const struct oriel_frame *frame, pl_fmt format)
{
	const char *refusal = refuse_place(frame);

	if (!refusal && !(format->caps & PL_FMT_CAP_HOST_READABLE))
		refusal = "it could not be seen whether the device reads them right";
	if (!refusal && importer->memory_id == frame->memory->id && importer->way == WAYS)
		refusal = importer->refusals;
	return refusal;
}

static void begin_anew(struct oriel_gpu_importer *importer, pl_gpu gpu, uint64_t memory_id)
{
	drop_others(importer, gpu, memory_id);
	importer->memory_id = memory_id;
	importer->way = 0;
	importer->refusals[0] = '\0';
}

struct oriel_gpu_import *oriel_gpu_importer_get(struct oriel_gpu_importer *importer,
	struct oriel_gpu_device *device, const struct oriel_frame *frame, pl_fmt format,
	const char **ret_refusal)
{
	struct job job = {importer, device->gpu, frame, .name = importer->name,
		.name_bytes = sizeof importer->name};
	struct oriel_gpu_import *import;

	if (frame->memory->id != importer->memory_id)
		begin_anew(importer, job.gpu, frame->memory->id);
	oriel_maker_get_pages(frame, &job.offset_bytes, &job.bytes);
	import = get_in_some_way(importer, device, &job, format);
	*ret_refusal = importer->way < WAYS ? NULL : importer->refusals;
	if (import) {
		import->lease = frame->lease;
		import->is_read = true;
	}
	return import;
}

/* ---- who still reads ---------------------------------------------------------------------------
 */

struct oriel_gpu_import *oriel_gpu_importer_find_rt(
	struct oriel_gpu_importer *importer, const struct oriel_frame *frame)
{
	for (size_t i = 0; i < ORIEL_GPU_IMPORTS_MAX; i++) {
		struct oriel_gpu_import *import = &importer->imports[i];

		if (import->buffer && import->lease == frame->lease)
			return import;
	}
	return NULL;
}

bool oriel_gpu_importer_wait_rt(
	struct oriel_gpu_importer *importer, pl_gpu gpu, uint64_t deadline_ns)
{
	for (size_t i = 0; i < ORIEL_GPU_IMPORTS_MAX; i++) {
		struct oriel_gpu_import *import = &importer->imports[i];

		if (import->is_read && !oriel_gpu_device_wait_rt(gpu, import->buffer, deadline_ns))
			return false;
		import->is_read = false;
	}
	return true;
}
