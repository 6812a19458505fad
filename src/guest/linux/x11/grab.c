/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/x11/grab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xcb/shm.h>

#include "base/fd.h"

#define ROW_ALIGNMENT_BYTES 4u /* of images that the server packs */

/*
 * The segment holds the picture, and behind it as much room again: the server packs the rows of a
 * part tightly, so parts narrower than the picture arrive there and are put into place. Full-width
 * parts arrive in place.
 */
struct oriel_x11_grab {
	xcb_connection_t *connection;
	xcb_window_t window;
	uint32_t width_px, height_px, pixel_bytes, pitch_bytes;
	xcb_shm_seg_t segment; /* 0: not attached */
	uint8_t *base;
	size_t picture_bytes;
};

/* One part on its way. */
struct part {
	struct oriel_rect rect;
	uint32_t offset_bytes; /* in the segment */
	xcb_shm_get_image_cookie_t cookie;
};

static uint32_t get_packed_bytes(const struct oriel_x11_grab *grab, uint32_t width_px)
{
	return (width_px * grab->pixel_bytes + ROW_ALIGNMENT_BYTES - 1) &
	       ~(ROW_ALIGNMENT_BYTES - 1);
}

static int attach(struct oriel_x11_grab *grab)
{
	int fd ORIEL_FD_AUTO = memfd_create("oriel-guest", MFD_CLOEXEC);
	size_t bytes = 2 * grab->picture_bytes;
	xcb_generic_error_t *refused;
	void *base;

	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		return -errno;
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	grab->base = base;
	grab->segment = xcb_generate_id(grab->connection);
	/* xcb closes the descriptor. */
	refused = xcb_request_check(grab->connection,
		xcb_shm_attach_fd_checked(grab->connection, grab->segment, oriel_fd_steal(&fd), 0));
	if (!refused)
		return 0;
	free(refused);
	grab->segment = 0;
	return -EACCES;
}

int oriel_x11_grab_create(struct oriel_x11_grab **ret_grab, xcb_connection_t *connection,
	xcb_window_t window, uint32_t width_px, uint32_t height_px, uint32_t pixel_bytes,
	struct oriel_error *error)
{
	struct oriel_x11_grab *grab = calloc(1, sizeof *grab);
	int rc = -ENOMEM;

	if (grab) {
		grab->connection = connection;
		grab->window = window;
		grab->width_px = width_px;
		grab->height_px = height_px;
		grab->pixel_bytes = pixel_bytes;
		grab->pitch_bytes = get_packed_bytes(grab, width_px);
		grab->picture_bytes = (size_t)grab->pitch_bytes * height_px;
		rc = attach(grab);
	}
	if (rc) {
		oriel_x11_grab_destroy(grab);
		return oriel_error_set_errno(error, rc,
			"cannot share memory for %ux%u pixels with the X server", width_px,
			height_px);
	}
	*ret_grab = grab;
	return 0;
}

void oriel_x11_grab_destroy(struct oriel_x11_grab *grab)
{
	if (!grab)
		return;
	if (grab->segment)
		xcb_shm_detach(grab->connection, grab->segment);
	if (grab->base)
		munmap(grab->base, 2 * grab->picture_bytes);
	free(grab);
}

static void request(struct oriel_x11_grab *grab, struct part *part)
{
	part->cookie = xcb_shm_get_image(grab->connection, grab->window, (int16_t)part->rect.x,
		(int16_t)part->rect.y, (uint16_t)part->rect.w, (uint16_t)part->rect.h, ~0u,
		XCB_IMAGE_FORMAT_Z_PIXMAP, grab->segment, part->offset_bytes);
}

static void put_into_place(struct oriel_x11_grab *grab, const struct part *part)
{
	size_t packed_bytes = get_packed_bytes(grab, part->rect.w);
	const uint8_t *from = grab->base + part->offset_bytes;
	uint8_t *to = grab->base + (size_t)part->rect.y * grab->pitch_bytes +
		      (size_t)part->rect.x * grab->pixel_bytes;

	if (part->offset_bytes < grab->picture_bytes)
		return;
	for (uint32_t y = 0; y < part->rect.h; y++)
		memcpy(to + y * (size_t)grab->pitch_bytes, from + y * packed_bytes,
			(size_t)part->rect.w * grab->pixel_bytes);
}

static int receive(struct oriel_x11_grab *grab, const struct part *part)
{
	xcb_generic_error_t *refused = NULL;
	xcb_shm_get_image_reply_t *reply =
		xcb_shm_get_image_reply(grab->connection, part->cookie, &refused);
	int rc = reply ? 0 : refused ? -EAGAIN : -EPIPE;

	free(reply);
	free(refused);
	if (!rc)
		put_into_place(grab, part);
	return rc;
}

/* Gives each part its place in the segment. False: they do not fit (rows are rounded up). */
static bool plan(
	const struct oriel_x11_grab *grab, const struct oriel_damage *damage, struct part *parts)
{
	size_t next_bytes = grab->picture_bytes;

	for (uint32_t i = 0; i < damage->count; i++) {
		const struct oriel_rect *rect = &damage->rects[i];
		size_t bytes = (size_t)get_packed_bytes(grab, rect->w) * rect->h;

		parts[i].rect = *rect;
		if (rect->w == grab->width_px) {
			parts[i].offset_bytes = rect->y * grab->pitch_bytes;
			continue;
		}
		if (next_bytes + bytes > 2 * grab->picture_bytes)
			return false;
		parts[i].offset_bytes = (uint32_t)next_bytes;
		next_bytes += bytes;
	}
	return true;
}

int oriel_x11_grab_take(struct oriel_x11_grab *grab, const struct oriel_damage *damage)
{
	struct part parts[ORIEL_DAMAGE_MAX];
	uint32_t count = damage->count;
	int rc = 0;

	if (damage->full || !plan(grab, damage, parts)) {
		parts[0].rect = (struct oriel_rect){0, 0, grab->width_px, grab->height_px};
		parts[0].offset_bytes = 0;
		count = 1;
	}
	/* All requests before the first answer: one way to the server and back. */
	for (uint32_t i = 0; i < count; i++)
		request(grab, &parts[i]);
	for (uint32_t i = 0; i < count; i++) {
		int one = receive(grab, &parts[i]);

		if (one)
			rc = one;
	}
	return rc;
}

const uint8_t *oriel_x11_grab_get_pixels(const struct oriel_x11_grab *grab)
{
	return grab->base;
}

uint32_t oriel_x11_grab_get_pitch_bytes(const struct oriel_x11_grab *grab)
{
	return grab->pitch_bytes;
}
