/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For Wayland windows: memory shared with the compositor (wl_shm), three buffers of one pool.
 *
 * Compositors differ in how long they hold a buffer: some read it at once, others until the next
 * one is on the screen. A put goes to the compositor when that asks for a picture (frame callback),
 * which it does not while nobody sees the window; until then, further puts change the same waiting
 * buffer. So one buffer is on the screen, one on its way there, and one can always be written to.
 *
 * A buffer remembers what it misses. Before it is written to again, that is copied from the newest
 * one, less what is to be overwritten anyway: each pixel is written once for each buffer.
 */
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "base/fd.h"
#include "present/soft/target.h"

struct buffer {
	struct wl_buffer *wl;
	struct oriel_damage stale; /* against the current buffer */
	bool held;		   /* the compositor may read it */
};

struct wayland_target {
	struct oriel_soft_target base;
	struct wl_display *display;
	struct wl_event_queue *queue;
	struct wl_shm *shm;	    /* wrapper: what it makes is on the queue */
	struct wl_surface *surface; /* likewise */
	struct wl_callback *frame;  /* the compositor has not asked for the next picture yet */

	int fd;
	uint8_t *memory;
	size_t capacity_bytes;
	struct buffer buffers[ORIEL_SOFT_BUFFERS_MAX];
	uint32_t copied_from;	     /* by begin_rt(), else what is current */
	struct oriel_damage unshown; /* put, but not committed */
};

/* ---- buffers ------------------------------------------------------------------------------------
 */

static int find_free(const struct wayland_target *target)
{
	for (int i = 0; i < ORIEL_SOFT_BUFFERS_MAX; i++)
		if (target->buffers[i].wl && !target->buffers[i].held)
			return i;
	return -1;
}

static void note_busy(struct wayland_target *target)
{
	target->base.busy = target->base.pixels && find_free(target) < 0;
}

static void on_release(void *data, struct wl_buffer *wl)
{
	struct wayland_target *target = data;

	for (int i = 0; i < ORIEL_SOFT_BUFFERS_MAX; i++)
		if (target->buffers[i].wl == wl)
			target->buffers[i].held = false;
	note_busy(target);
}

static const struct wl_buffer_listener buffer_listener = {on_release};

static void copy_rect(
	struct wayland_target *target, uint32_t to, uint32_t from, const struct oriel_rect *rect)
{
	size_t pitch_bytes = target->base.pitch_bytes;
	size_t offset = (size_t)rect->y * pitch_bytes + (size_t)rect->x * 4;

	for (uint32_t y = 0; y < rect->h; y++, offset += pitch_bytes)
		memcpy(target->base.buffers[to] + offset, target->base.buffers[from] + offset,
			(size_t)rect->w * 4);
}

static struct oriel_rect whole(const struct wayland_target *target)
{
	return (struct oriel_rect){0, 0, target->base.width_px, target->base.height_px};
}

static bool contains(const struct oriel_rect *outer, const struct oriel_rect *inner)
{
	return inner->x >= outer->x && inner->y >= outer->y &&
	       inner->x + inner->w <= outer->x + outer->w &&
	       inner->y + inner->h <= outer->y + outer->h;
}

/* Takes hole out of the rectangles of list; those that are cut become up to four, as long as there
 * is room for them. */
static void subtract(struct oriel_damage *list, const struct oriel_rect *hole)
{
	struct oriel_damage left = {0};

	for (uint32_t i = 0; i < list->count; i++) {
		const struct oriel_rect *rect = &list->rects[i];
		struct oriel_rect cut;

		if (contains(hole, rect))
			continue;
		if (!oriel_rect_intersect(rect, hole, &cut) ||
			left.count + 4 + (list->count - i) > ORIEL_DAMAGE_MAX) {
			left.rects[left.count++] = *rect;
			continue;
		}
		const struct oriel_rect parts[] = {
			{rect->x, rect->y, rect->w, cut.y - rect->y},
			{rect->x, cut.y + cut.h, rect->w, rect->y + rect->h - cut.y - cut.h},
			{rect->x, cut.y, cut.x - rect->x, cut.h},
			{cut.x + cut.w, cut.y, rect->x + rect->w - cut.x - cut.w, cut.h},
		};

		for (int part = 0; part < 4; part++)
			if (parts[part].w && parts[part].h)
				left.rects[left.count++] = parts[part];
	}
	*list = left;
}

/* Brings a buffer up to date, except where it is covered. */
static void catch_up(struct wayland_target *target, uint32_t to, const struct oriel_damage *covered)
{
	struct oriel_damage *stale = &target->buffers[to].stale;

	if (covered && covered->full)
		oriel_damage_clear(stale);
	if (stale->full) {
		oriel_damage_clear(stale);
		oriel_damage_add(stale, whole(target));
	}
	for (uint32_t i = 0; covered && i < covered->count; i++)
		subtract(stale, &covered->rects[i]);
	for (uint32_t i = 0; i < stale->count; i++)
		copy_rect(target, to, target->base.current, &stale->rects[i]);
	oriel_damage_clear(stale);
}

static void make_current(struct wayland_target *target, uint32_t index)
{
	target->base.current = index;
	target->base.pixels = target->base.buffers[index];
}

static void begin_rt(struct oriel_soft_target *base, const struct oriel_damage *covered)
{
	struct wayland_target *target = (struct wayland_target *)base;
	int next;

	if (!target->buffers[base->current].held)
		return;
	next = find_free(target);
	/* Not while the target says that it is busy: the presenter keeps to that. */
	if (next < 0)
		return;
	catch_up(target, (uint32_t)next, covered);
	target->copied_from = base->current;
	make_current(target, (uint32_t)next);
}

static bool undo_rt(struct oriel_soft_target *base, const struct oriel_damage *covered)
{
	struct wayland_target *target = (struct wayland_target *)base;

	if (target->copied_from == base->current)
		return false;
	for (uint32_t i = 0; i < covered->count; i++)
		copy_rect(target, base->current, target->copied_from, &covered->rects[i]);
	return true;
}

/* ---- showing ------------------------------------------------------------------------------------
 */

static void commit(struct wayland_target *target);

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct wayland_target *target = data;

	wl_callback_destroy(callback);
	target->frame = NULL;
	if (!oriel_damage_is_empty(&target->unshown))
		commit(target);
}

static const struct wl_callback_listener frame_listener = {on_frame};

static void commit(struct wayland_target *target)
{
	struct buffer *buffer = &target->buffers[target->base.current];

	if (target->unshown.full) {
		oriel_damage_clear(&target->unshown);
		oriel_damage_add(&target->unshown, whole(target));
	}
	wl_surface_attach(target->surface, buffer->wl, 0, 0);
	for (uint32_t i = 0; i < target->unshown.count; i++) {
		const struct oriel_rect *rect = &target->unshown.rects[i];

		wl_surface_damage_buffer(target->surface, (int32_t)rect->x, (int32_t)rect->y,
			(int32_t)rect->w, (int32_t)rect->h);
	}
	target->frame = wl_surface_frame(target->surface);
	wl_callback_add_listener(target->frame, &frame_listener, target);
	wl_surface_commit(target->surface);
	buffer->held = true;
	oriel_damage_clear(&target->unshown);
	note_busy(target);
	wl_display_flush(target->display);
}

static void put_rt(struct oriel_soft_target *base, const struct oriel_rect *rects, uint32_t count)
{
	struct wayland_target *target = (struct wayland_target *)base;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < base->buffer_count; j++)
			if (j != base->current && !target->buffers[j].stale.full)
				oriel_damage_add(&target->buffers[j].stale, rects[i]);
		oriel_damage_add(&target->unshown, rects[i]);
	}
	target->copied_from = base->current;
	if (!target->frame && !oriel_damage_is_empty(&target->unshown))
		commit(target);
}

/* The window reads the connection; here is dispatched what that brought. */
static int dispatch_rt(struct oriel_soft_target *base)
{
	struct wayland_target *target = (struct wayland_target *)base;

	return wl_display_dispatch_queue_pending(target->display, target->queue) < 0 ? -EPIPE : 0;
}

static int get_fd(const struct oriel_soft_target *base)
{
	return wl_display_get_fd(((const struct wayland_target *)base)->display);
}

/* ---- size ---------------------------------------------------------------------------------------
 */

/* True: the compositor may still read one of them. */
static bool drop_buffers(struct wayland_target *target)
{
	bool any_held = false;

	for (int i = 0; i < ORIEL_SOFT_BUFFERS_MAX; i++) {
		any_held |= target->buffers[i].held;
		if (target->buffers[i].wl)
			wl_buffer_destroy(target->buffers[i].wl);
		target->buffers[i] = (struct buffer){0};
	}
	return any_held;
}

/* The compositor keeps its own mapping for what it still shows. */
static void release_memory(struct wayland_target *target)
{
	if (target->memory)
		munmap(target->memory, target->capacity_bytes);
	oriel_fd_close(&target->fd);
	target->memory = NULL;
	target->capacity_bytes = 0;
}

static int get_memory(struct wayland_target *target, size_t bytes, struct oriel_error *error)
{
	void *memory = MAP_FAILED;

	release_memory(target);
	target->fd = memfd_create("oriel-view", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (target->fd >= 0 && !ftruncate(target->fd, (off_t)bytes))
		memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, target->fd, 0);
	if (memory == MAP_FAILED)
		return oriel_error_set_errno(
			error, -errno, "cannot get %zu bytes for the window's picture", bytes);
	target->memory = memory;
	target->capacity_bytes = bytes;
	target->base.untouched = true;
	return 0;
}

static void make_buffers(struct wayland_target *target, size_t buffer_bytes)
{
	struct oriel_soft_target *base = &target->base;
	struct wl_shm_pool *pool =
		wl_shm_create_pool(target->shm, target->fd, (int32_t)target->capacity_bytes);

	base->buffer_count = ORIEL_SOFT_BUFFERS_MAX;
	for (uint32_t i = 0; i < base->buffer_count; i++) {
		struct buffer *buffer = &target->buffers[i];

		base->buffers[i] = target->memory + i * buffer_bytes;
		buffer->wl = wl_shm_pool_create_buffer(pool, (int32_t)(i * buffer_bytes),
			(int32_t)base->width_px, (int32_t)base->height_px,
			(int32_t)base->pitch_bytes, WL_SHM_FORMAT_XRGB8888);
		wl_buffer_add_listener(buffer->wl, &buffer_listener, target);
		oriel_damage_set_full(&buffer->stale);
	}
	wl_shm_pool_destroy(pool);
	oriel_damage_clear(&target->buffers[0].stale);
	make_current(target, 0);
	target->copied_from = 0;
	oriel_damage_clear(&target->unshown);
	base->busy = false;
}

static int resize(struct oriel_soft_target *base, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct wayland_target *target = (struct wayland_target *)base;
	size_t pitch_bytes = (size_t)width_px * 4, buffer_bytes = pitch_bytes * height_px;
	size_t bytes = buffer_bytes * ORIEL_SOFT_BUFFERS_MAX;
	bool any_held;

	if (bytes > INT32_MAX)
		return oriel_error_set(error, -EFBIG,
			"a window of %u x %u pixels is more than a Wayland pool can hold", width_px,
			height_px);
	any_held = drop_buffers(target);
	/* Rather new memory than some that the compositor may still be reading. */
	if (any_held || bytes > target->capacity_bytes) {
		int result = get_memory(target, bytes, error);

		if (result)
			return result;
	}
	base->width_px = width_px;
	base->height_px = height_px;
	base->pitch_bytes = pitch_bytes;
	make_buffers(target, buffer_bytes);
	return 0;
}

/* ---- creation -----------------------------------------------------------------------------------
 */

static bool takes(const struct oriel_native *native)
{
	return native->kind == ORIEL_NATIVE_WAYLAND;
}

static void destroy(struct oriel_soft_target *base)
{
	struct wayland_target *target = (struct wayland_target *)base;

	if (!target)
		return;
	if (target->frame)
		wl_callback_destroy(target->frame);
	drop_buffers(target);
	release_memory(target);
	if (target->surface)
		wl_proxy_wrapper_destroy(target->surface);
	if (target->shm)
		wl_proxy_wrapper_destroy(target->shm);
	if (target->queue)
		wl_event_queue_destroy(target->queue);
	free(target);
}

static int create(struct oriel_soft_target **ret_target, const struct oriel_native *native,
	struct oriel_error *error)
{
	struct wayland_target *target = calloc(1, sizeof *target);

	if (!target)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a picture for Wayland");
	target->base.ops = &oriel_soft_target_wayland;
	target->base.format = PIXMAN_x8r8g8b8;
	target->fd = -1;
	target->display = native->wayland.display;
	target->queue = wl_display_create_queue(target->display);
	target->shm = wl_proxy_create_wrapper(native->wayland.shm);
	target->surface = wl_proxy_create_wrapper(native->wayland.surface);
	if (!target->queue || !target->shm || !target->surface) {
		destroy(&target->base);
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a picture for Wayland");
	}
	wl_proxy_set_queue((struct wl_proxy *)target->shm, target->queue);
	wl_proxy_set_queue((struct wl_proxy *)target->surface, target->queue);
	*ret_target = &target->base;
	return 0;
}

const struct oriel_soft_target_ops oriel_soft_target_wayland = {
	.name = "wayland",
	.takes = takes,
	.create = create,
	.destroy = destroy,
	.resize = resize,
	.begin_rt = begin_rt,
	.undo_rt = undo_rt,
	.put_rt = put_rt,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
};
