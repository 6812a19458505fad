/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The compositor maps the guest's memory as a whole, with the descriptor that the relay opened: it
 * has to be of a size that the memory really has, and not one byte of a buffer may lie outside, or
 * the compositor ends the connection.
 */
#include <sys/stat.h>

#include "present/direct/way.h"

static struct oriel_direct_shm *shm_of(struct oriel_direct_way *way)
{
	return (struct oriel_direct_shm *)way;
}

static const char *get_name(const struct oriel_direct_way *way)
{
	return "a wl_shm pool";
}

static const char *refuse_format(const struct oriel_direct_way *way, uint32_t format)
{
	return oriel_direct_server_has_format(way->server, format)
		       ? NULL
		       : "the compositor does not show its pixel format";
}

/* A file that is smaller than its mapping, or anything but a file, could end the connection. */
static const char *find_refusal(const struct oriel_memory *memory)
{
	struct stat status;

	if (memory->size_bytes > INT32_MAX)
		return "the shared memory is larger than a Wayland pool";
	if (fstat(memory->fd, &status) || !S_ISREG(status.st_mode))
		return "the shared memory is a device";
	if (status.st_size < (off_t)memory->size_bytes)
		return "the shared memory has shrunk";
	return NULL;
}

static void finish(struct oriel_direct_way *way)
{
	if (shm_of(way)->pool)
		wl_shm_pool_destroy(shm_of(way)->pool);
	shm_of(way)->pool = NULL;
}

static const char *take_memory(struct oriel_direct_way *way, const struct oriel_memory *memory)
{
	const char *refusal = find_refusal(memory);

	finish(way);
	if (!refusal)
		shm_of(way)->pool = wl_shm_create_pool(
			way->server->shm, memory->fd, (int32_t)memory->size_bytes);
	return refusal;
}

static struct wl_buffer *make(struct oriel_direct_way *way, const struct oriel_frame *frame,
	uint32_t format, const char **ret_refusal)
{
	const struct oriel_picture *picture = &frame->picture;

	return wl_shm_pool_create_buffer(shm_of(way)->pool, (int32_t)frame->offset_bytes,
		(int32_t)picture->width_px, (int32_t)picture->height_px,
		(int32_t)picture->pitch_bytes, format);
}

static const struct oriel_direct_way_ops ops = {get_name, refuse_format, take_memory, make, finish};

void oriel_direct_shm_init(struct oriel_direct_shm *shm, const struct oriel_direct_server *server)
{
	*shm = (struct oriel_direct_shm){.base = {&ops, server}};
}
