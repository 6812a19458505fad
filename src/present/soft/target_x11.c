/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For X11 windows: memory shared with the server (MIT-SHM: by a descriptor where the server takes
 * one, else by a System V segment), or plain PutImage where the server is not on this machine.
 *
 * On a connection of its own, so that waiting for the server never stands behind input. One
 * segment, so that each damaged pixel is written once; the server says when it has read it.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/time.h"
#include "present/soft/target.h"

/* PutImage without shared memory goes in packets of about this. */
#define PACKET_BYTES (256u * 1024)
/* A server that does not answer for that long while a window is resized is taken for hung. */
#define RESIZE_WAIT_MS 500

struct x11_target;

/* A kind of memory for pixels. */
struct store {
	const char *name;
	/* Sets pixels and what release needs. 0 or a negative errno. */
	int (*allocate)(struct x11_target *target, size_t bytes);
	void (*release)(struct x11_target *target);
	void (*put_rt)(struct x11_target *target, const struct oriel_rect *rect, bool last);
};

struct x11_target {
	struct oriel_soft_target base;
	xcb_connection_t *connection;
	xcb_window_t window;
	xcb_gcontext_t gc;
	uint8_t depth;
	const struct store *store;
	const struct store *const *candidates; /* ends with NULL; store is the first that worked */
	size_t capacity_bytes;
	xcb_shm_seg_t segment;
	uint8_t completion_event; /* 0: no MIT-SHM */
	uint8_t *packet;
	size_t packet_bytes;
};

/* ---- memory shared with the server ---------------------------------------------------------- */

/* Whether the server took the segment: it may be on another machine, or not let us. */
static bool succeeded(struct x11_target *target, xcb_void_cookie_t cookie)
{
	xcb_generic_error_t *error = xcb_request_check(target->connection, cookie);
	bool good = !error && !xcb_connection_has_error(target->connection);

	free(error);
	return good;
}

static int allocate_by_fd(struct x11_target *target, size_t bytes)
{
	int fd ORIEL_FD_AUTO = memfd_create("oriel-view", MFD_CLOEXEC);
	uint8_t *pixels;

	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		return -errno;
	pixels = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (pixels == MAP_FAILED)
		return -errno;
	target->segment = xcb_generate_id(target->connection);
	/* xcb closes the descriptor it is given. */
	if (!succeeded(target, xcb_shm_attach_fd_checked(target->connection, target->segment,
				       oriel_fd_steal(&fd), 1))) {
		munmap(pixels, bytes);
		return -EACCES;
	}
	target->base.pixels = pixels;
	return 0;
}

static void release_by_fd(struct x11_target *target)
{
	xcb_shm_detach(target->connection, target->segment);
	munmap(target->base.pixels, target->capacity_bytes);
}

static int allocate_by_id(struct x11_target *target, size_t bytes)
{
	int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
	uint8_t *pixels;
	bool good = false;

	if (id < 0)
		return -errno;
	pixels = shmat(id, NULL, 0);
	if (pixels != (void *)-1) {
		target->segment = xcb_generate_id(target->connection);
		good = succeeded(target, xcb_shm_attach_checked(target->connection, target->segment,
						 (uint32_t)id, 1));
		if (!good)
			shmdt(pixels);
	}
	/* Gone with its last user, however that one ends. */
	shmctl(id, IPC_RMID, NULL);
	if (!good)
		return -EACCES;
	target->base.pixels = pixels;
	return 0;
}

static void release_by_id(struct x11_target *target)
{
	xcb_shm_detach(target->connection, target->segment);
	shmdt(target->base.pixels);
}

static void put_shared_rt(struct x11_target *target, const struct oriel_rect *rect, bool last)
{
	xcb_shm_put_image(target->connection, target->window, target->gc,
		(uint16_t)(target->base.pitch_bytes * 8 / PIXMAN_FORMAT_BPP(target->base.format)),
		(uint16_t)target->base.height_px, (uint16_t)rect->x, (uint16_t)rect->y,
		(uint16_t)rect->w, (uint16_t)rect->h, (int16_t)rect->x, (int16_t)rect->y,
		target->depth, XCB_IMAGE_FORMAT_Z_PIXMAP, last, target->segment, 0);
	target->base.busy |= last;
}

static const struct store store_by_fd = {
	"MIT-SHM by descriptor", allocate_by_fd, release_by_fd, put_shared_rt};
static const struct store store_by_id = {
	"MIT-SHM by System V segment", allocate_by_id, release_by_id, put_shared_rt};

/* ---- plain memory --------------------------------------------------------------------------- */

static int allocate_plain(struct x11_target *target, size_t bytes)
{
	size_t limit_bytes = (size_t)xcb_get_maximum_request_length(target->connection) * 4 -
			     sizeof(xcb_put_image_request_t) - 4;

	free(target->packet);
	target->packet_bytes = limit_bytes < PACKET_BYTES ? limit_bytes : PACKET_BYTES;
	target->packet = malloc(target->packet_bytes);
	target->base.pixels = calloc(1, bytes);
	if (target->packet && target->base.pixels)
		return 0;
	free(target->base.pixels);
	target->base.pixels = NULL;
	return -ENOMEM;
}

static void release_plain(struct x11_target *target)
{
	free(target->base.pixels);
}

static size_t pad4(size_t bytes)
{
	return (bytes + 3) & ~(size_t)3;
}

/* The server wants the rows of a packet one after another, so they are gathered first. */
static void put_plain_rt(struct x11_target *target, const struct oriel_rect *rect, bool last)
{
	size_t pixel_bytes = PIXMAN_FORMAT_BPP(target->base.format) / 8;
	size_t row_bytes = rect->w * pixel_bytes, packed_bytes = pad4(row_bytes);
	size_t rows_max = target->packet_bytes / packed_bytes;

	for (uint32_t y = 0, rows; rows_max && y < rect->h; y += rows) {
		rows = rect->h - y < rows_max ? rect->h - y : (uint32_t)rows_max;
		for (uint32_t i = 0; i < rows; i++)
			memcpy(target->packet + i * packed_bytes,
				target->base.pixels +
					(size_t)(rect->y + y + i) * target->base.pitch_bytes +
					rect->x * pixel_bytes,
				row_bytes);
		xcb_put_image(target->connection, XCB_IMAGE_FORMAT_Z_PIXMAP, target->window,
			target->gc, (uint16_t)rect->w, (uint16_t)rows, (int16_t)rect->x,
			(int16_t)(rect->y + y), 0, target->depth, (uint32_t)(rows * packed_bytes),
			target->packet);
	}
}

static const struct store store_plain = {"PutImage", allocate_plain, release_plain, put_plain_rt};

/* ---- creation ------------------------------------------------------------------------------- */

static const struct {
	uint8_t bpp;
	uint32_t red_mask, green_mask, blue_mask;
	pixman_format_code_t format;
} visuals[] = {
	{32, 0xff0000, 0xff00, 0xff, PIXMAN_x8r8g8b8},
	{32, 0xff, 0xff00, 0xff0000, PIXMAN_x8b8g8r8},
	{32, 0x3ff00000, 0xffc00, 0x3ff, PIXMAN_x2r10g10b10},
	{32, 0x3ff, 0xffc00, 0x3ff00000, PIXMAN_x2b10g10r10},
	{16, 0xf800, 0x7e0, 0x1f, PIXMAN_r5g6b5},
	{16, 0x7c00, 0x3e0, 0x1f, PIXMAN_x1r5g5b5},
};

static uint8_t bpp_of_depth(const xcb_setup_t *setup, uint8_t depth)
{
	xcb_format_iterator_t it = xcb_setup_pixmap_formats_iterator(setup);

	for (; it.rem; xcb_format_next(&it))
		if (it.data->depth == depth)
			return it.data->bits_per_pixel;
	return 0;
}

static int choose_format(
	struct x11_target *target, const struct oriel_native_x11 *native, struct oriel_error *error)
{
	const xcb_setup_t *setup = xcb_get_setup(target->connection);
	uint8_t bpp = bpp_of_depth(setup, native->depth);

	for (size_t i = 0; i < sizeof visuals / sizeof visuals[0]; i++)
		if (setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST && visuals[i].bpp == bpp &&
			visuals[i].red_mask == native->red_mask &&
			visuals[i].green_mask == native->green_mask &&
			visuals[i].blue_mask == native->blue_mask) {
			target->base.format = visuals[i].format;
			return 0;
		}
	return oriel_error_set(error, -ENOTSUP,
		"the X server's pixels (depth %u, %u bits, red mask %#x) are of a kind that is not "
		"known; use a screen of depth 24",
		native->depth, bpp, native->red_mask);
}

/* Descriptors only travel over a socket of this machine; over any other one sending one would end
 * the connection. */
static bool is_local(struct x11_target *target)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof address;

	return !getsockname(xcb_get_file_descriptor(target->connection),
		       (struct sockaddr *)&address, &length) &&
	       address.ss_family == AF_UNIX;
}

static void choose_candidates(struct x11_target *target)
{
	static const struct store *const all[] = {&store_by_fd, &store_by_id, &store_plain, NULL};
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(target->connection, &xcb_shm_id);
	xcb_shm_query_version_reply_t *version = NULL;

	target->candidates = &all[2];
	if (!extension || !extension->present || !is_local(target))
		return;
	version = xcb_shm_query_version_reply(
		target->connection, xcb_shm_query_version(target->connection), NULL);
	if (version) {
		bool takes_fd = version->major_version > 1 || version->minor_version >= 2;

		target->completion_event = extension->first_event + XCB_SHM_COMPLETION;
		target->candidates = takes_fd ? &all[0] : &all[1];
	}
	free(version);
}

static bool takes(const struct oriel_native *native)
{
	return native->kind == ORIEL_NATIVE_X11;
}

static void release_store(struct x11_target *target)
{
	if (target->base.pixels)
		target->store->release(target);
	target->base.pixels = NULL;
	target->capacity_bytes = 0;
}

static void destroy(struct oriel_soft_target *base)
{
	struct x11_target *target = (struct x11_target *)base;

	if (!target)
		return;
	release_store(target);
	if (target->connection)
		xcb_disconnect(target->connection);
	free(target->packet);
	free(target);
}

static int create(struct oriel_soft_target **ret_target, const struct oriel_native *native,
	struct oriel_error *error)
{
	struct x11_target *target = calloc(1, sizeof *target);
	uint32_t no_exposures = 0;
	int result;

	if (!target)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a picture for X11");
	target->base.ops = &oriel_soft_target_x11;
	target->window = native->x11.window;
	target->depth = native->x11.depth;
	target->connection = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(target->connection))
		result = oriel_error_set(error, -ECONNREFUSED,
			"cannot connect to the X server a second time, for the picture");
	else
		result = choose_format(target, &native->x11, error);
	if (result) {
		destroy(&target->base);
		return result;
	}
	choose_candidates(target);
	target->gc = xcb_generate_id(target->connection);
	xcb_create_gc(target->connection, target->gc, target->window, XCB_GC_GRAPHICS_EXPOSURES,
		&no_exposures);
	*ret_target = &target->base;
	return 0;
}

/* ---- events --------------------------------------------------------------------------------- */

static void take_event(struct x11_target *target, const xcb_generic_event_t *event)
{
	if (event->response_type == 0) {
		const xcb_generic_error_t *error = (const xcb_generic_error_t *)event;

		/* A put that failed completes nothing; the window may just have gone. */
		oriel_log_rt(ORIEL_LOG_DEBUG, "X11 error %u for request %u.%u", error->error_code,
			error->major_code, error->minor_code);
		target->base.busy = false;
	} else if ((event->response_type & 0x7f) == target->completion_event &&
		   ((const xcb_shm_completion_event_t *)event)->shmseg == target->segment) {
		target->base.busy = false;
	}
}

static int dispatch_rt(struct oriel_soft_target *base)
{
	struct x11_target *target = (struct x11_target *)base;
	xcb_generic_event_t *event = xcb_poll_for_event(target->connection);

	while (event) {
		take_event(target, event);
		free(event);
		event = xcb_poll_for_queued_event(target->connection);
	}
	return xcb_connection_has_error(target->connection) ? -EPIPE : 0;
}

static int get_fd(const struct oriel_soft_target *base)
{
	return xcb_get_file_descriptor(((const struct x11_target *)base)->connection);
}

static void put_rt(struct oriel_soft_target *base, const struct oriel_rect *rects, uint32_t count)
{
	struct x11_target *target = (struct x11_target *)base;

	for (uint32_t i = 0; i < count; i++)
		target->store->put_rt(target, &rects[i], i + 1 == count);
	xcb_flush(target->connection);
}

/* ---- size ----------------------------------------------------------------------------------- */

static int wait_idle(struct x11_target *target)
{
	uint64_t deadline_ns = oriel_time_now_ns() + RESIZE_WAIT_MS * ORIEL_NS_PER_MS;
	struct pollfd wait = {.fd = get_fd(&target->base), .events = POLLIN};

	while (target->base.busy && oriel_time_now_ns() < deadline_ns) {
		int result = dispatch_rt(&target->base);

		if (result)
			return result;
		if (target->base.busy)
			poll(&wait, 1, 10);
	}
	return 0;
}

static int grow(struct x11_target *target, size_t bytes, struct oriel_error *error)
{
	int result = -ENOMEM;

	release_store(target);
	for (; *target->candidates; target->candidates++) {
		target->store = *target->candidates;
		result = target->store->allocate(target, bytes);
		if (!result) {
			target->capacity_bytes = bytes;
			target->base.untouched = true;
			target->base.buffers[0] = target->base.pixels;
			target->base.buffer_count = 1;
			oriel_log(ORIEL_LOG_DEBUG, "pictures reach the X server by %s",
				target->store->name);
			return 0;
		}
		oriel_log(ORIEL_LOG_INFO, "the X server does not take pictures by %s: %s",
			target->store->name, strerror(-result));
	}
	return oriel_error_set_errno(
		error, result, "cannot get %zu bytes for the window's picture", bytes);
}

static int resize(struct oriel_soft_target *base, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct x11_target *target = (struct x11_target *)base;
	size_t pitch_bytes = pad4((size_t)width_px * PIXMAN_FORMAT_BPP(base->format) / 8);
	int result = wait_idle(target);

	if (result)
		return oriel_error_set(error, result, "the X server closed the connection");
	/* Rather a new segment than one that the server may still be reading. */
	if (base->busy || pitch_bytes * height_px > target->capacity_bytes) {
		result = grow(target, pitch_bytes * height_px, error);
		if (result)
			return result;
	}
	base->pitch_bytes = pitch_bytes;
	base->width_px = width_px;
	base->height_px = height_px;
	base->busy = false;
	return 0;
}

const struct oriel_soft_target_ops oriel_soft_target_x11 = {
	.name = "x11",
	.takes = takes,
	.create = create,
	.destroy = destroy,
	.resize = resize,
	.put_rt = put_rt,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
};
