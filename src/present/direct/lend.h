/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lending the guest's memory to the compositor: buffers made on frames where they lie. Internal to
 * src/present/direct; the presenter's thread.
 *
 * A loan is a buffer on one slot of the guest's, made for the first frame that comes to lie there
 * and used for those that follow. The compositor maps the guest's memory as a whole, with the
 * descriptor that the relay opened: it has to be of a size that the memory really has, and not one
 * byte of a buffer may lie outside, or the compositor ends the connection.
 */
#ifndef ORIEL_PRESENT_DIRECT_LEND_H
#define ORIEL_PRESENT_DIRECT_LEND_H

#include "base/frame.h"
#include "present/direct/server.h"

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

struct oriel_direct_lender {
	const struct oriel_direct_server *server;
	uint64_t memory_id;
	struct wl_shm_pool *pool; /* of that memory; NULL: it cannot be lent */
	const char *refusal;	  /* why not */
	struct oriel_direct_loan loans[ORIEL_DIRECT_LOANS_MAX];
};

void oriel_direct_lender_init(
	struct oriel_direct_lender *lender, const struct oriel_direct_server *server);
/* Fine on a zeroed one. */
void oriel_direct_lender_finish(struct oriel_direct_lender *lender);

/* Whether frames that look like this can be lent, wherever they lie; otherwise why not. */
bool oriel_direct_lender_takes(const struct oriel_direct_lender *lender,
	const struct oriel_picture *picture, const char **ret_refusal);

/* The loan of a frame of a picture that it takes. NULL: it cannot be lent, *ret_refusal says why.
 * Memory that was not lent before is looked at, which may block on the file system. */
struct oriel_direct_loan *oriel_direct_lender_get(struct oriel_direct_lender *lender,
	const struct oriel_frame *frame, const char **ret_refusal);

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
