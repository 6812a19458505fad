/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/canvas.h"

#include <string.h>
#include <sys/mman.h>

int oriel_soft_canvas_init(struct oriel_soft_canvas *ret_canvas, uint32_t width_px,
	uint32_t height_px, struct oriel_error *error)
{
	size_t pitch_bytes = (size_t)width_px * 4;
	void *pixels = mmap(NULL, pitch_bytes * height_px, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pixels == MAP_FAILED)
		return oriel_error_set_errno(error, -ENOMEM,
			"cannot get memory for a picture of %u x %u pixels", width_px, height_px);
	*ret_canvas = (struct oriel_soft_canvas){pixels, pitch_bytes, width_px, height_px};
	return 0;
}

void oriel_soft_canvas_finish(struct oriel_soft_canvas *canvas)
{
	if (canvas->pixels)
		munmap(canvas->pixels, canvas->pitch_bytes * canvas->height_px);
	*canvas = (struct oriel_soft_canvas){0};
}

void oriel_soft_canvas_copy_rt(
	const struct oriel_soft_canvas *to, const struct oriel_soft_canvas *from)
{
	for (uint32_t y = 0; y < from->height_px; y++)
		memcpy(to->pixels + y * to->pitch_bytes, from->pixels + y * from->pitch_bytes,
			(size_t)from->width_px * 4);
}

void oriel_soft_canvas_blacken_rt(const struct oriel_soft_canvas *canvas)
{
	for (uint32_t y = 0; y < canvas->height_px; y++)
		memset(canvas->pixels + y * canvas->pitch_bytes, 0, (size_t)canvas->width_px * 4);
}
