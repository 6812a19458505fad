/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lending the guest's memory to the compositor: buffers made on frames where they lie. Internal to
 * src/present/direct; the presenter's thread.
 *
 * A loan is a buffer on one slot of the guest's, made for the first frame that comes to lie there
 * and used for those that follow. It is made in the first way (way.h) that takes it; a way that
 * refused is not tried again before the memory or the layout has changed.
 */
#ifndef ORIEL_PRESENT_DIRECT_LEND_H
#define ORIEL_PRESENT_DIRECT_LEND_H

#include "base/frame.h"
#include "present/direct/way.h"

/* Two memories' slots, each of them lent twice. */
#define ORIEL_DIRECT_LOANS_MAX 8

struct oriel_direct_loan {
	struct wl_buffer *wl; /* NULL: free */
	uint64_t memory_id;
	size_t offset_bytes;
	struct oriel_picture picture;
	uint64_t lease; /* of the frame that needs it */
	bool is_held;	/* the compositor may read it */
};

#define ORIEL_DIRECT_WAYS 2

struct oriel_direct_lender {
	struct oriel_direct_dmabuf dmabuf;
	struct oriel_direct_shm shm;
	struct oriel_direct_way *ways[ORIEL_DIRECT_WAYS]; /* the most wanted first */
	int way;	    /* of them; ORIEL_DIRECT_WAYS: none is left */
	bool has_memory;    /* that way took it */
	char refusals[200]; /* of the ways before */
	uint64_t memory_id;
	struct oriel_direct_loan loans[ORIEL_DIRECT_LOANS_MAX];
};

/* makers: as of oriel_direct_dmabuf_init(). At one address until finish. */
void oriel_direct_lender_init(struct oriel_direct_lender *lender,
	const struct oriel_direct_server *server, const struct oriel_maker_ops *const *makers);
/* Fine on a zeroed one. */
void oriel_direct_lender_finish(struct oriel_direct_lender *lender);

/* Frames look like this from now on: whether they can be lent, wherever they lie; otherwise why
 * not. */
bool oriel_direct_lender_takes(struct oriel_direct_lender *lender,
	const struct oriel_picture *picture, const char **ret_refusal);

/* The loan of a frame of a picture that it takes. NULL: it cannot be lent, *ret_refusal says why.
 * For a loan that has to be made, file system and compositor may be waited for, for a limited time.
 */
struct oriel_direct_loan *oriel_direct_lender_get(struct oriel_direct_lender *lender,
	const struct oriel_frame *frame, const char **ret_refusal);

/* In which way loans are made now, and why not in a better one ("" where there is none). */
const char *oriel_direct_lender_get_way(
	const struct oriel_direct_lender *lender, const char **ret_refusals);

/* The loan is being attached for frame. Whatever else the compositor still has of that slot (a
 * guest may send a frame twice) is from now on that frame's, too: the earlier one need not wait for
 * it. */
void oriel_direct_lender_attached_rt(struct oriel_direct_lender *lender,
	struct oriel_direct_loan *loan, const struct oriel_frame *frame);

/* Whether the compositor has a frame. */
bool oriel_direct_lender_holds_rt(
	const struct oriel_direct_lender *lender, const struct oriel_frame *frame);
/* Whether it has any but that one. */
bool oriel_direct_lender_holds_others_rt(
	const struct oriel_direct_lender *lender, const struct oriel_frame *frame);

#endif
