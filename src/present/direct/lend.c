/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/direct/lend.h"

#include <stddef.h>
#include <sys/stat.h>

/* ---- what can be lent ---------------------------------------------------------------------------
 */

#define ANY_HDR (ORIEL_PICTURE_HDR | ORIEL_PICTURE_HDR_PQ)

/* Formats that compositors show as they are. Half floats are not among them: those of the guest are
 * linear, and a surface's are taken for encoded. */
static const struct {
	enum oriel_pixel_format format;
	uint32_t shm_format;
} formats[] = {
	{ORIEL_PIXEL_BGRA, WL_SHM_FORMAT_XRGB8888},
	{ORIEL_PIXEL_RGBA, WL_SHM_FORMAT_XBGR8888},
	{ORIEL_PIXEL_RGBA10, WL_SHM_FORMAT_XBGR2101010},
	{ORIEL_PIXEL_BGR_32, WL_SHM_FORMAT_RGB888},
	{ORIEL_PIXEL_RGB_24, WL_SHM_FORMAT_BGR888},
};

/* False: no format of the compositor's means the same. */
static bool find_format(const struct oriel_direct_server *server,
	const struct oriel_picture *picture, uint32_t *ret_shm_format)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		if (formats[i].format != picture->format || picture->flags & ANY_HDR)
			continue;
		*ret_shm_format = formats[i].shm_format;
		return oriel_direct_server_has_format(server, formats[i].shm_format);
	}
	return false;
}

bool oriel_direct_lender_takes(const struct oriel_direct_lender *lender,
	const struct oriel_picture *picture, const char **ret_refusal)
{
	uint32_t shm_format;

	if (!find_format(lender->server, picture, &shm_format))
		*ret_refusal = "the compositor does not show its pixel format";
	else if (picture->rows < picture->height_px)
		*ret_refusal = "rows are missing";
	else if (picture->pitch_bytes % 4 || picture->height_px > INT32_MAX ||
		 (uint64_t)picture->pitch_bytes * picture->height_px > INT32_MAX)
		*ret_refusal = "its rows do not lie as Wayland wants them";
	else
		return true;
	return false;
}

/* ---- loans --------------------------------------------------------------------------------------
 */

static void on_release(void *data, struct wl_buffer *wl)
{
	((struct oriel_direct_loan *)data)->is_held = false;
}

static const struct wl_buffer_listener listener = {on_release};

static void end_loan(struct oriel_direct_loan *loan)
{
	if (loan->wl)
		wl_buffer_destroy(loan->wl);
	*loan = (struct oriel_direct_loan){0};
}

void oriel_direct_lender_init(
	struct oriel_direct_lender *lender, const struct oriel_direct_server *server)
{
	*lender = (struct oriel_direct_lender){.server = server};
}

void oriel_direct_lender_finish(struct oriel_direct_lender *lender)
{
	for (int i = 0; i < ORIEL_DIRECT_LOANS_MAX; i++)
		end_loan(&lender->loans[i]);
	if (lender->pool)
		wl_shm_pool_destroy(lender->pool);
	lender->pool = NULL;
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

static void open_memory(struct oriel_direct_lender *lender, const struct oriel_memory *memory)
{
	if (lender->pool)
		wl_shm_pool_destroy(lender->pool);
	lender->pool = NULL;
	lender->memory_id = memory->id;
	lender->refusal = find_refusal(memory);
	if (!lender->refusal)
		lender->pool = wl_shm_create_pool(
			lender->server->shm, memory->fd, (int32_t)memory->size_bytes);
}

/* One that the compositor still has is not attached again: its release could be that of either
 * time. */
static bool is_ready_for(const struct oriel_direct_loan *loan, const struct oriel_frame *frame)
{
	return loan->wl && !loan->is_held && loan->memory_id == frame->memory->id &&
	       loan->offset_bytes == frame->offset_bytes &&
	       oriel_picture_is_same_layout(&loan->picture, &frame->picture);
}

static bool fits(const struct oriel_frame *frame)
{
	const struct oriel_picture *picture = &frame->picture;
	size_t bytes = (size_t)picture->pitch_bytes * picture->height_px;

	return picture->width_px && picture->height_px && bytes <= frame->size_bytes &&
	       frame->offset_bytes % 4 == 0 && frame->size_bytes <= frame->memory->size_bytes &&
	       frame->offset_bytes <= frame->memory->size_bytes - frame->size_bytes &&
	       oriel_picture_get_row_bytes(picture) <= picture->pitch_bytes;
}

/* A free one, or the one that was not needed for the longest time: what is shown is of the last. */
static struct oriel_direct_loan *find_place(struct oriel_direct_lender *lender)
{
	struct oriel_direct_loan *oldest = NULL;

	for (int i = 0; i < ORIEL_DIRECT_LOANS_MAX; i++) {
		struct oriel_direct_loan *loan = &lender->loans[i];

		if (!loan->wl)
			return loan;
		if (!loan->is_held && (!oldest || loan->lease < oldest->lease))
			oldest = loan;
	}
	return oldest;
}

static struct oriel_direct_loan *make_loan(
	struct oriel_direct_lender *lender, const struct oriel_frame *frame)
{
	const struct oriel_picture *picture = &frame->picture;
	struct oriel_direct_loan *loan = find_place(lender);
	uint32_t shm_format;

	if (!loan || !find_format(lender->server, picture, &shm_format))
		return NULL;
	end_loan(loan);
	*loan = (struct oriel_direct_loan){
		.memory_id = frame->memory->id,
		.offset_bytes = frame->offset_bytes,
		.picture = *picture,
	};
	loan->wl = wl_shm_pool_create_buffer(lender->pool, (int32_t)frame->offset_bytes,
		(int32_t)picture->width_px, (int32_t)picture->height_px,
		(int32_t)picture->pitch_bytes, shm_format);
	wl_buffer_add_listener(loan->wl, &listener, loan);
	return loan;
}

struct oriel_direct_loan *oriel_direct_lender_get(struct oriel_direct_lender *lender,
	const struct oriel_frame *frame, const char **ret_refusal)
{
	*ret_refusal = "it does not lie in shared memory";
	if (!frame->memory)
		return NULL;
	if (frame->memory->id != lender->memory_id)
		open_memory(lender, frame->memory);
	*ret_refusal = lender->refusal;
	if (!lender->pool)
		return NULL;
	*ret_refusal = "it does not lie as Wayland wants it";
	if (!fits(frame))
		return NULL;
	for (int i = 0; i < ORIEL_DIRECT_LOANS_MAX; i++)
		if (is_ready_for(&lender->loans[i], frame))
			return &lender->loans[i];
	*ret_refusal = "the compositor has too many frames";
	return make_loan(lender, frame);
}

void oriel_direct_lender_attached_rt(struct oriel_direct_lender *lender,
	struct oriel_direct_loan *loan, const struct oriel_frame *frame)
{
	loan->is_held = true;
	for (int i = 0; i < ORIEL_DIRECT_LOANS_MAX; i++) {
		struct oriel_direct_loan *other = &lender->loans[i];

		if (other->is_held && other->memory_id == loan->memory_id &&
			other->offset_bytes == loan->offset_bytes)
			other->lease = frame->lease;
	}
}

bool oriel_direct_lender_holds_rt(
	const struct oriel_direct_lender *lender, const struct oriel_frame *frame)
{
	for (int i = 0; i < ORIEL_DIRECT_LOANS_MAX; i++)
		if (lender->loans[i].is_held && lender->loans[i].lease == frame->lease)
			return true;
	return false;
}

bool oriel_direct_lender_holds_others_rt(
	const struct oriel_direct_lender *lender, const struct oriel_frame *frame)
{
	for (int i = 0; i < ORIEL_DIRECT_LOANS_MAX; i++)
		if (lender->loans[i].is_held && lender->loans[i].lease != frame->lease)
			return true;
	return false;
}
