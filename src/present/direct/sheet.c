/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/direct/sheet.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"

static void on_release(void *data, struct wl_buffer *wl)
{
	((struct oriel_direct_sheet *)data)->is_held = false;
}

static const struct wl_buffer_listener listener = {on_release};

/* syscalls: memfd_create ftruncate */
static int get_memory(struct oriel_direct_sheet *sheet, int *ret_fd, struct oriel_error *error)
{
	int fd ORIEL_FD_AUTO = memfd_create("oriel-view", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *pixels = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, (off_t)sheet->bytes))
		pixels = mmap(NULL, sheet->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pixels == MAP_FAILED)
		return oriel_error_set_errno(
			error, -errno, "cannot get %zu bytes for a picture", sheet->bytes);
	sheet->pixels = pixels;
	*ret_fd = oriel_fd_steal(&fd);
	return 0;
}

int oriel_direct_sheet_init(struct oriel_direct_sheet *sheet,
	const struct oriel_direct_server *server, uint32_t width_px, uint32_t height_px,
	bool has_alpha, struct oriel_error *error)
{
	int fd ORIEL_FD_AUTO = -1;
	struct wl_shm_pool *pool;
	int result;

	*sheet = (struct oriel_direct_sheet){
		.pitch_bytes = (size_t)width_px * 4,
		.bytes = (size_t)width_px * 4 * height_px,
		.width_px = width_px,
		.height_px = height_px,
	};
	if (sheet->bytes > INT32_MAX)
		return oriel_error_set(error, -EFBIG,
			"a picture of %u x %u pixels is more than a Wayland pool can hold",
			width_px, height_px);
	result = get_memory(sheet, &fd, error);
	if (result)
		return result;
	pool = wl_shm_create_pool(server->shm, fd, (int32_t)sheet->bytes);
	sheet->wl = wl_shm_pool_create_buffer(pool, 0, (int32_t)width_px, (int32_t)height_px,
		(int32_t)sheet->pitch_bytes,
		has_alpha ? WL_SHM_FORMAT_ARGB8888 : WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	wl_buffer_add_listener(sheet->wl, &listener, sheet);
	return 0;
}

void oriel_direct_sheet_finish(struct oriel_direct_sheet *sheet)
{
	if (sheet->wl)
		wl_buffer_destroy(sheet->wl);
	if (sheet->pixels)
		munmap(sheet->pixels, sheet->bytes);
	*sheet = (struct oriel_direct_sheet){0};
}
