/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/box.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/fd.h"

#define SLOTS 3u
#define FRESH 4u
/* Pictures that the reader may miss before it gets a whole one. */
#define HISTORY 16u

/* Which of three slots is whose. */
struct exchange {
	_Atomic unsigned int middle; /* a slot, with FRESH until the reader took it */
	unsigned int back;	     /* the writer's */
	unsigned int front;	     /* the reader's */
};

struct slot {
	uint8_t *pixels; /* NULL: there is no picture */
	size_t capacity_bytes;
	uint32_t width_px, height_px;
	uint32_t serial;
	struct oriel_damage damage; /* against a picture that the reader had, or an older one */
};

struct cursor_slot {
	struct oriel_cursor_update update;
	uint8_t *image;
	size_t capacity_bytes;
	uint32_t shape_serial; /* 0: there is none */
};

struct oriel_box {
	struct exchange pictures, cursors;
	struct slot slots[SLOTS];
	struct cursor_slot cursor_slots[SLOTS];
	_Atomic bool wanted;
	_Atomic uint32_t had_serial; /* of the reader's slot */
	int fd, wanted_fd;

	/* the writer's */
	struct oriel_box_screen screen;
	struct oriel_damage changed;	      /* since the last post */
	struct oriel_damage stale[SLOTS];     /* what of a slot is not as the screen is */
	struct oriel_damage history[HISTORY]; /* what serial % HISTORY changed */
	uint32_t serial;
	struct cursor_slot cursor;

	/* the reader's */
	bool wants, has_news, is_lent;
	bool is_known; /* the picture before was read to its end */
	uint32_t known_width_px, known_height_px;
	struct oriel_damage damage; /* since then */
	uint32_t known_shape;
};

/* ---- exchanging ----------------------------------------------------------------------------- */

static void init_exchange(struct exchange *exchange)
{
	atomic_init(&exchange->middle, 0);
	exchange->back = 1;
	exchange->front = 2;
}

static void post(struct exchange *exchange)
{
	exchange->back = atomic_exchange(&exchange->middle, exchange->back | FRESH) & ~FRESH;
}

static bool take_rt(struct exchange *exchange)
{
	if (!(atomic_load_explicit(&exchange->middle, memory_order_relaxed) & FRESH))
		return false;
	exchange->front = atomic_exchange(&exchange->middle, exchange->front) & ~FRESH;
	return true;
}

static bool reserve(uint8_t **bytes, size_t *capacity_bytes, size_t needed_bytes)
{
	uint8_t *grown;

	if (*bytes && *capacity_bytes >= needed_bytes)
		return true;
	grown = realloc(*bytes, needed_bytes);
	if (!grown)
		return false;
	*bytes = grown;
	*capacity_bytes = needed_bytes;
	return true;
}

/* ---- the writer ----------------------------------------------------------------------------- */

static void copy_rect(
	struct slot *slot, const struct oriel_box_screen *screen, const struct oriel_rect *rect)
{
	size_t pitch_bytes = (size_t)slot->width_px * 4;

	for (uint32_t y = rect->y; y < rect->y + rect->h; y++)
		memcpy(slot->pixels + y * pitch_bytes + (size_t)rect->x * 4,
			screen->pixels + y * screen->pitch_bytes + (size_t)rect->x * 4,
			(size_t)rect->w * 4);
}

static void refresh(struct oriel_box *box, struct slot *slot, struct oriel_damage *stale)
{
	struct oriel_rect all = {0, 0, box->screen.width_px, box->screen.height_px};

	if (stale->full)
		copy_rect(slot, &box->screen, &all);
	for (uint32_t i = 0; i < stale->count; i++)
		copy_rect(slot, &box->screen, &stale->rects[i]);
	oriel_damage_clear(stale);
}

/* All that changed since the picture that the reader has, or an earlier one. */
static void sum_history(const struct oriel_box *box, struct oriel_damage *ret_damage)
{
	uint32_t missed = box->serial - atomic_load(&box->had_serial);

	if (missed > HISTORY) {
		oriel_damage_set_full(ret_damage);
		return;
	}
	oriel_damage_clear(ret_damage);
	for (uint32_t i = 0; i < missed; i++)
		oriel_damage_merge(ret_damage, &box->history[(box->serial - i) % HISTORY]);
}

static void hand_over(struct oriel_box *box)
{
	struct slot *slot = &box->slots[box->pictures.back];

	box->history[++box->serial % HISTORY] = box->changed;
	for (unsigned int i = 0; i < SLOTS; i++)
		oriel_damage_merge(&box->stale[i], &box->changed);
	oriel_damage_clear(&box->changed);
	slot->serial = box->serial;
	slot->width_px = box->screen.width_px;
	slot->height_px = box->screen.height_px;
	if (box->screen.pixels)
		refresh(box, slot, &box->stale[box->pictures.back]);
	sum_history(box, &slot->damage);
	post(&box->pictures);
	eventfd_write(box->fd, 1);
}

/* The slot to be handed over has room for the screen. */
static bool make_room(struct oriel_box *box)
{
	struct slot *slot = &box->slots[box->pictures.back];
	size_t bytes = (size_t)box->screen.width_px * box->screen.height_px * 4;

	if (!box->screen.pixels || reserve(&slot->pixels, &slot->capacity_bytes, bytes))
		return true;
	box->screen = (struct oriel_box_screen){0};
	return false;
}

bool oriel_box_set_screen(struct oriel_box *box, const struct oriel_box_screen *screen)
{
	bool has_room;

	box->screen = screen ? *screen : (struct oriel_box_screen){0};
	oriel_damage_set_full(&box->changed);
	has_room = make_room(box);
	hand_over(box);
	return has_room;
}

void oriel_box_change(struct oriel_box *box, struct oriel_rect rect)
{
	oriel_rect_clip(&rect, box->screen.width_px, box->screen.height_px);
	oriel_damage_add(&box->changed, rect);
}

void oriel_box_post(struct oriel_box *box)
{
	if (!box->screen.pixels || oriel_damage_is_empty(&box->changed) ||
		!atomic_load(&box->wanted))
		return;
	make_room(box);
	hand_over(box);
}

static void hand_cursor_over(struct oriel_box *box)
{
	struct cursor_slot *slot = &box->cursor_slots[box->cursors.back];
	size_t bytes = oriel_cursor_get_image_bytes(&box->cursor.update.shape);

	slot->update = box->cursor.update;
	if (box->cursor.shape_serial && slot->shape_serial != box->cursor.shape_serial) {
		/* Without the memory the reader keeps the image before. */
		if (!reserve(&slot->image, &slot->capacity_bytes, bytes))
			return;
		memcpy(slot->image, box->cursor.image, bytes);
		slot->shape_serial = box->cursor.shape_serial;
	}
	slot->update.shape.image = slot->image;
	post(&box->cursors);
	eventfd_write(box->fd, 1);
}

bool oriel_box_set_cursor(struct oriel_box *box, const struct oriel_cursor_update *update)
{
	struct cursor_slot *cursor = &box->cursor;
	struct oriel_cursor_shape shape = cursor->update.shape;

	if (update->has_shape) {
		size_t bytes = oriel_cursor_get_image_bytes(&update->shape);

		if (!reserve(&cursor->image, &cursor->capacity_bytes, bytes))
			return false;
		memcpy(cursor->image, update->shape.image, bytes);
		cursor->shape_serial++;
		shape = update->shape;
	}
	cursor->update = *update;
	cursor->update.shape = shape;
	hand_cursor_over(box);
	return true;
}

int oriel_box_get_wanted_fd(const struct oriel_box *box)
{
	return box->wanted_fd;
}

void oriel_box_start(struct oriel_box *box)
{
	eventfd_read(box->wanted_fd, &(eventfd_t){0});
	oriel_damage_set_full(&box->changed);
	oriel_box_post(box);
	hand_cursor_over(box);
}

/* ---- the reader ----------------------------------------------------------------------------- */

int oriel_box_get_fd(const struct oriel_box *box)
{
	return box->fd;
}

void oriel_box_want_rt(struct oriel_box *box, bool wanted)
{
	if (box->wants == wanted)
		return;
	box->wants = wanted;
	box->is_known = box->has_news = false;
	box->known_shape = 0;
	atomic_store(&box->wanted, wanted);
	if (wanted)
		eventfd_write(box->wanted_fd, 1);
}

bool oriel_box_step_rt(struct oriel_box *box)
{
	const struct slot *front;

	/* First: what is posted after the look makes it readable again. */
	eventfd_read(box->fd, &(eventfd_t){0});
	if (!box->is_lent && take_rt(&box->pictures)) {
		front = &box->slots[box->pictures.front];
		atomic_store(&box->had_serial, front->serial);
		oriel_damage_merge(&box->damage, &front->damage);
		box->has_news = box->wants;
	}
	return box->slots[box->pictures.front].width_px != 0;
}

int oriel_box_take_frame_rt(struct oriel_box *box, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	const struct slot *front;
	bool is_same;

	front = &box->slots[box->pictures.front];
	if (!box->has_news || box->is_lent || !front->width_px)
		return 0;
	is_same = box->is_known && front->width_px == box->known_width_px &&
		  front->height_px == box->known_height_px;
	if (!is_same)
		oriel_damage_set_full(&box->damage);
	*ret_frame = (struct oriel_frame){
		.picture =
			{
				.format = ORIEL_PIXEL_BGRA,
				.width_px = front->width_px,
				.height_px = front->height_px,
				.rows = front->height_px,
				.pitch_bytes = front->width_px * 4,
				.screen_width_px = front->width_px,
				.screen_height_px = front->height_px,
			},
		.pixels = front->pixels,
		.size_bytes = (size_t)front->width_px * front->height_px * 4,
		.serial = front->serial,
		.layout_changed = !is_same,
		.damage = box->damage,
		.arrived_ns = now_ns,
	};
	box->known_width_px = front->width_px;
	box->known_height_px = front->height_px;
	box->has_news = false;
	box->is_lent = true;
	return 1;
}

void oriel_box_give_frame_rt(struct oriel_box *box, bool complete)
{
	box->is_known = complete;
	box->is_lent = false;
	oriel_damage_clear(&box->damage);
}

bool oriel_box_has_lent(const struct oriel_box *box, const struct oriel_frame *frame)
{
	return box->is_lent && frame->pixels == box->slots[box->pictures.front].pixels;
}

int oriel_box_take_cursor_rt(struct oriel_box *box, struct oriel_cursor_update *ret_update)
{
	const struct cursor_slot *front;

	if (!take_rt(&box->cursors))
		return 0;
	front = &box->cursor_slots[box->cursors.front];
	*ret_update = front->update;
	ret_update->has_shape = front->shape_serial != box->known_shape;
	box->known_shape = front->shape_serial;
	return 1;
}

/* ---- life ----------------------------------------------------------------------------------- */

struct oriel_box *oriel_box_create(void)
{
	struct oriel_box *box = calloc(1, sizeof *box);

	if (!box)
		return NULL;
	init_exchange(&box->pictures);
	init_exchange(&box->cursors);
	for (unsigned int i = 0; i < SLOTS; i++)
		oriel_damage_set_full(&box->stale[i]);
	box->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	box->wanted_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (box->fd >= 0 && box->wanted_fd >= 0)
		return box;
	oriel_box_destroy(box);
	return NULL;
}

void oriel_box_destroy(struct oriel_box *box)
{
	if (!box)
		return;
	for (unsigned int i = 0; i < SLOTS; i++) {
		free(box->slots[i].pixels);
		free(box->cursor_slots[i].image);
	}
	free(box->cursor.image);
	oriel_fd_close(&box->fd);
	oriel_fd_close(&box->wanted_fd);
	free(box);
}
