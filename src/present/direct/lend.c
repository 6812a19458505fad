/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/direct/lend.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

static bool find_format(const struct oriel_picture *picture, uint32_t *ret_shm_format)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		if (formats[i].format != picture->format || picture->flags & ANY_HDR)
			continue;
		*ret_shm_format = formats[i].shm_format;
		return true;
	}
	return false;
}

static const char *refuse_format(
	const struct oriel_direct_lender *lender, const struct oriel_picture *picture)
{
	const char *refusal = "no compositor shows its pixel format";
	uint32_t shm_format;

	if (!find_format(picture, &shm_format))
		return refusal;
	for (int i = 0; i < ORIEL_DIRECT_WAYS; i++) {
		refusal = lender->ways[i]->ops->refuse_format(lender->ways[i], shm_format);
		if (!refusal)
			return NULL;
	}
	return refusal;
}

static void begin_anew(struct oriel_direct_lender *lender)
{
	lender->way = 0;
	lender->has_memory = false;
	lender->refusals[0] = '\0';
}

bool oriel_direct_lender_takes(struct oriel_direct_lender *lender,
	const struct oriel_picture *picture, const char **ret_refusal)
{
	const char *refusal = refuse_format(lender, picture);

	begin_anew(lender);
	if (!refusal && picture->rows < picture->height_px)
		refusal = "rows are missing";
	else if (!refusal &&
		 (picture->pitch_bytes % 4 || picture->height_px > INT32_MAX ||
			 (uint64_t)picture->pitch_bytes * picture->height_px > INT32_MAX))
		refusal = "its rows do not lie as Wayland wants them";
	if (refusal)
		*ret_refusal = refusal;
	return !refusal;
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

void oriel_direct_lender_init(struct oriel_direct_lender *lender,
	const struct oriel_direct_server *server, const struct oriel_maker_ops *const *makers)
{
	*lender = (struct oriel_direct_lender){0};
	oriel_direct_dmabuf_init(&lender->dmabuf, server, makers);
	oriel_direct_shm_init(&lender->shm, server);
	lender->ways[0] = &lender->dmabuf.base;
	lender->ways[1] = &lender->shm.base;
}

void oriel_direct_lender_finish(struct oriel_direct_lender *lender)
{
	for (int i = 0; i < ORIEL_DIRECT_LOANS_MAX; i++)
		end_loan(&lender->loans[i]);
	for (int i = 0; i < ORIEL_DIRECT_WAYS; i++)
		if (lender->ways[i])
			lender->ways[i]->ops->finish(lender->ways[i]);
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

/* Nothing more comes from that way; the next one shall try. */
static void leave_way(struct oriel_direct_lender *lender, const char *refusal)
{
	size_t used = strlen(lender->refusals);

	snprintf(lender->refusals + used, sizeof lender->refusals - used, "%s%s",
		used ? ", and " : "", refusal);
	lender->way++;
	lender->has_memory = false;
}

static struct wl_buffer *make_in_way(struct oriel_direct_lender *lender,
	const struct oriel_frame *frame, uint32_t format, const char **ret_refusal)
{
	struct oriel_direct_way *way = lender->ways[lender->way];
	const char *refusal = way->ops->refuse_format(way, format);

	if (!refusal && !lender->has_memory)
		refusal = way->ops->take_memory(way, frame->memory);
	*ret_refusal = refusal;
	if (refusal)
		return NULL;
	lender->has_memory = true;
	return way->ops->make(way, frame, format, ret_refusal);
}

static struct wl_buffer *make_buffer(
	struct oriel_direct_lender *lender, const struct oriel_frame *frame, uint32_t format)
{
	struct wl_buffer *wl = NULL;
	const char *refusal;

	while (!wl && lender->way < ORIEL_DIRECT_WAYS) {
		wl = make_in_way(lender, frame, format, &refusal);
		if (!wl)
			leave_way(lender, refusal);
	}
	return wl;
}

static struct oriel_direct_loan *make_loan(struct oriel_direct_lender *lender,
	const struct oriel_frame *frame, const char **ret_refusal)
{
	struct oriel_direct_loan *loan = find_place(lender);
	struct wl_buffer *wl;
	uint32_t format;

	*ret_refusal = "the compositor has too many frames";
	if (!loan || !find_format(&frame->picture, &format))
		return NULL;
	*ret_refusal = lender->refusals;
	wl = make_buffer(lender, frame, format);
	if (!wl)
		return NULL;
	end_loan(loan);
	*loan = (struct oriel_direct_loan){
		.wl = wl,
		.memory_id = frame->memory->id,
		.offset_bytes = frame->offset_bytes,
		.picture = frame->picture,
	};
	wl_buffer_add_listener(wl, &listener, loan);
	return loan;
}

struct oriel_direct_loan *oriel_direct_lender_get(struct oriel_direct_lender *lender,
	const struct oriel_frame *frame, const char **ret_refusal)
{
	*ret_refusal = "it does not lie in shared memory";
	if (!frame->memory)
		return NULL;
	if (frame->memory->id != lender->memory_id)
		begin_anew(lender);
	lender->memory_id = frame->memory->id;
	*ret_refusal = "it does not lie as Wayland wants it";
	if (!fits(frame))
		return NULL;
	for (int i = 0; i < ORIEL_DIRECT_LOANS_MAX; i++)
		if (is_ready_for(&lender->loans[i], frame))
			return &lender->loans[i];
	return make_loan(lender, frame, ret_refusal);
}

const char *oriel_direct_lender_get_way(
	const struct oriel_direct_lender *lender, const char **ret_refusals)
{
	const struct oriel_direct_way *way = lender->ways[lender->way];

	*ret_refusals = lender->refusals;
	return way->ops->get_name(way);
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
