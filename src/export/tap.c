/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/tap.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/ring.h"

/* One that is being filled, one that is being written, the others for unevenness: an encoder's
 * first picture takes a tenth of a second. A power of two. */
#define SLOTS 8
/* Of pictures so large that all slots would take more than this, fewer are held. */
#define SLOTS_MIN 3
#define MEMORY_MAX_BYTES ((size_t)256 << 20)

struct slot {
	struct oriel_tap_slot public; /* the first: the worker sees only this */
	struct oriel_damage stale;    /* what differs from the picture that is shown */
};

struct oriel_tap {
	void (*wake_rt)(void *data);
	void *wake_data;
	struct oriel_ring *to_fill, *to_read; /* struct slot * */
	struct slot slots[SLOTS];
	int fd;
	_Atomic uint32_t session; /* 0: closed; another one each time it is opened */
	_Atomic int refusal;
	_Atomic bool is_orphan, is_pending;
	_Atomic uint64_t missed;

	/* the render thread's */
	uint32_t seen_session;
	bool has_begun; /* a picture was taken in it */
	struct slot *current;
	uint64_t time_ns;

	/* the worker's */
	unsigned int home;
	bool knows_size; /* of the pictures: before, one slot is enough to ask */
	uint32_t last_session;
};

static void signal_worker(struct oriel_tap *tap)
{
	eventfd_write(tap->fd, 1);
}

/* ---- the render thread ---------------------------------------------------------------------- */

static void pass_on(struct oriel_tap *tap, struct slot *slot)
{
	/* Has room for all of them. */
	oriel_ring_push_rt(tap->to_read, &slot);
	signal_worker(tap);
}

static void begin(struct oriel_tap *tap, uint32_t session, uint64_t now_ns)
{
	tap->seen_session = session;
	tap->has_begun = false;
	tap->time_ns = now_ns;
	for (int i = 0; i < SLOTS; i++)
		oriel_damage_set_full(&tap->slots[i].stale);
	atomic_store(&tap->is_pending, true);
}

static void return_slot(struct oriel_tap *tap, struct slot *slot)
{
	slot->public.is_filled = false;
	pass_on(tap, slot);
}

static void end(struct oriel_tap *tap)
{
	struct slot *slot;

	/* What was to be taken and is not. */
	if (tap->seen_session && tap->has_begun && atomic_load(&tap->is_pending))
		atomic_fetch_add(&tap->missed, 1);
	tap->seen_session = 0;
	if (tap->current)
		return_slot(tap, tap->current);
	tap->current = NULL;
	while (oriel_ring_pop_rt(tap->to_fill, &slot))
		return_slot(tap, slot);
}

bool oriel_tap_is_open_rt(const struct oriel_tap *tap)
{
	return tap->seen_session && tap->seen_session == atomic_load(&tap->session);
}

void oriel_tap_note_rt(struct oriel_tap *tap, const struct oriel_damage *changed, uint64_t time_ns)
{
	static const struct oriel_damage everything = {.full = true};

	if (!oriel_tap_is_open_rt(tap))
		return;
	if (changed && oriel_damage_is_empty(changed))
		return;
	for (int i = 0; i < SLOTS; i++)
		oriel_damage_merge(&tap->slots[i].stale, changed ? changed : &everything);
	if (tap->has_begun && atomic_load(&tap->is_pending))
		atomic_fetch_add(&tap->missed, 1);
	tap->time_ns = time_ns;
	atomic_store(&tap->is_pending, true);
}

bool oriel_tap_wants_rt(struct oriel_tap *tap, uint64_t now_ns)
{
	uint32_t session = atomic_load(&tap->session);

	if (!session) {
		end(tap);
		return false;
	}
	if (tap->seen_session != session)
		begin(tap, session, now_ns);
	if (!atomic_load(&tap->is_pending))
		return false;
	/* Either this finds the slot that comes back now, or who brings it sees that one is
	 * pending. */
	atomic_thread_fence(memory_order_seq_cst);
	return tap->current || oriel_ring_pop_rt(tap->to_fill, &tap->current);
}

static void copy_rect(
	struct oriel_tap_slot *slot, const struct oriel_image *image, const struct oriel_rect *rect)
{
	size_t pitch_bytes = (size_t)slot->width_px * 4;

	for (uint32_t y = rect->y; y < rect->y + rect->h; y++)
		memcpy(slot->pixels + y * pitch_bytes + (size_t)rect->x * 4,
			image->pixels + y * image->pitch_bytes + (size_t)rect->x * 4,
			(size_t)rect->w * 4);
}

static void fill(struct slot *slot, const struct oriel_image *image)
{
	struct oriel_tap_slot *public = &slot->public;
	struct oriel_rect all = {0, 0, image->width_px, image->height_px};

	if (public->width_px != image->width_px || public->height_px != image->height_px)
		oriel_damage_set_full(&slot->stale);
	public->width_px = image->width_px;
	public->height_px = image->height_px;
	oriel_damage_clip(&slot->stale, image->width_px, image->height_px);
	if (slot->stale.full)
		copy_rect(public, image, &all);
	for (uint32_t i = 0; i < slot->stale.count; i++)
		copy_rect(public, image, &slot->stale.rects[i]);
	oriel_damage_clear(&slot->stale);
}

void oriel_tap_take_rt(struct oriel_tap *tap, const struct oriel_image *image)
{
	struct slot *slot = tap->current;

	tap->current = NULL;
	if (!image) {
		atomic_store(&tap->is_pending, false);
		atomic_store(&tap->refusal, -ENODATA);
		return_slot(tap, slot);
		return;
	}
	slot->public.needed_bytes = (size_t)image->width_px * image->height_px * 4;
	if (slot->public.needed_bytes > slot->public.capacity_bytes) {
		return_slot(tap, slot);
		return;
	}
	fill(slot, image);
	slot->public.is_filled = true;
	slot->public.time_ns = tap->time_ns;
	tap->has_begun = true;
	atomic_store(&tap->is_pending, false);
	pass_on(tap, slot);
}

/* ---- the worker ----------------------------------------------------------------------------- */

static void release(struct oriel_tap_slot *slot)
{
	if (slot->pixels)
		munmap(slot->pixels, slot->capacity_bytes + ORIEL_TAP_MARGIN_BYTES);
	slot->pixels = NULL;
	slot->capacity_bytes = 0;
	slot->width_px = slot->height_px = 0;
}

/* Touches each page, so that the frame path does not wait for the kernel to find them. */
static void grow(struct oriel_tap *tap, struct oriel_tap_slot *slot)
{
	size_t bytes = slot->needed_bytes;
	void *pixels = mmap(NULL, bytes + ORIEL_TAP_MARGIN_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	release(slot);
	if (pixels == MAP_FAILED) {
		atomic_store(&tap->refusal, -ENOMEM);
		return;
	}
	slot->pixels = pixels;
	slot->capacity_bytes = bytes;
}

static void take_home(struct oriel_tap *tap, struct oriel_tap_slot *slot)
{
	release(slot);
	slot->is_filled = false;
	tap->home++;
}

static bool is_surplus(const struct oriel_tap *tap, const struct oriel_tap_slot *slot)
{
	size_t bytes = slot->needed_bytes > slot->capacity_bytes ? slot->needed_bytes
								 : slot->capacity_bytes;

	return SLOTS - tap->home > SLOTS_MIN && bytes * (SLOTS - tap->home) > MEMORY_MAX_BYTES;
}

static void bring_others(struct oriel_tap *tap, const struct oriel_tap_slot *first)
{
	tap->knows_size = true;
	for (int i = 0; i < SLOTS; i++) {
		struct oriel_tap_slot *other = &tap->slots[i].public;

		if (other == first)
			continue;
		other->needed_bytes = first->needed_bytes;
		tap->home--;
		oriel_tap_give_back(tap, other);
	}
}

void oriel_tap_give_back(struct oriel_tap *tap, struct oriel_tap_slot *public)
{
	struct slot *slot = (struct slot *)public;

	if (!atomic_load(&tap->session) || is_surplus(tap, public)) {
		take_home(tap, public);
		return;
	}
	if (public->needed_bytes > public->capacity_bytes)
		grow(tap, public);
	if (public->needed_bytes && !tap->knows_size)
		bring_others(tap, public);
	/* From here on it is the render thread's. */
	oriel_ring_push_rt(tap->to_fill, &slot);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load(&tap->is_pending) || !atomic_load(&tap->session))
		tap->wake_rt(tap->wake_data);
}

void oriel_tap_open(struct oriel_tap *tap)
{
	atomic_store(&tap->refusal, 0);
	atomic_store(&tap->missed, 0);
	tap->home = SLOTS - 1;
	tap->knows_size = false;
	tap->slots[0].public.needed_bytes = 0;
	tap->last_session += tap->last_session == UINT32_MAX ? 2 : 1;
	atomic_store(&tap->session, tap->last_session);
	oriel_tap_give_back(tap, &tap->slots[0].public);
	tap->wake_rt(tap->wake_data);
}

struct oriel_tap_slot *oriel_tap_next(struct oriel_tap *tap)
{
	struct slot *slot;

	if (atomic_load(&tap->is_orphan))
		end(tap);
	while (oriel_ring_pop_rt(tap->to_read, &slot)) {
		if (slot->public.is_filled)
			return &slot->public;
		oriel_tap_give_back(tap, &slot->public);
	}
	return NULL;
}

bool oriel_tap_is_home(const struct oriel_tap *tap)
{
	return tap->home == SLOTS;
}

int oriel_tap_get_refusal(const struct oriel_tap *tap)
{
	return atomic_load(&tap->refusal);
}

int oriel_tap_get_fd(const struct oriel_tap *tap)
{
	return tap->fd;
}

void oriel_tap_clear_fd(struct oriel_tap *tap)
{
	eventfd_read(tap->fd, &(eventfd_t){0});
}

/* ---- any thread ----------------------------------------------------------------------------- */

uint64_t oriel_tap_get_missed(const struct oriel_tap *tap)
{
	return atomic_load(&tap->missed);
}

void oriel_tap_close(struct oriel_tap *tap)
{
	atomic_store(&tap->session, 0);
	tap->wake_rt(tap->wake_data);
	signal_worker(tap);
}

void oriel_tap_orphan(struct oriel_tap *tap)
{
	atomic_store(&tap->session, 0);
	atomic_store(&tap->is_orphan, true);
	signal_worker(tap);
}

/* ---- life ----------------------------------------------------------------------------------- */

struct oriel_tap *oriel_tap_create(void (*wake_rt)(void *data), void *data)
{
	struct oriel_tap *tap = calloc(1, sizeof *tap);

	if (!tap)
		return NULL;
	tap->wake_rt = wake_rt;
	tap->wake_data = data;
	tap->home = SLOTS;
	tap->to_fill = oriel_ring_create(sizeof(struct slot *), SLOTS);
	tap->to_read = oriel_ring_create(sizeof(struct slot *), SLOTS);
	tap->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!tap->to_fill || !tap->to_read || tap->fd < 0) {
		oriel_tap_destroy(tap);
		return NULL;
	}
	return tap;
}

void oriel_tap_destroy(struct oriel_tap *tap)
{
	if (!tap)
		return;
	for (int i = 0; i < SLOTS; i++)
		release(&tap->slots[i].public);
	oriel_ring_destroy(tap->to_fill);
	oriel_ring_destroy(tap->to_read);
	oriel_fd_close(&tap->fd);
	free(tap);
}
