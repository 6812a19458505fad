/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An X server whose screen is ordinary memory to us: Xvfb keeps its framebuffer in a file, which is
 * mapped here and then unlinked. "The pixel is on the screen" is a load from that memory and costs
 * the server nothing.
 */
#ifndef BENCH_SCREEN_H
#define BENCH_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process.h"

struct bench_screen {
	struct bench_process server;
	char display[16]; /* ":7", or the name of a compositor that fills it */
	uint8_t *mapping;
	size_t mapping_bytes;
	const uint8_t *pixels;
	uint32_t width_px, height_px, pitch_bytes;
};

/* Starts the server; ends the program with a reason when that fails. */
void bench_screen_open(struct bench_screen *ret_screen, uint32_t width_px, uint32_t height_px);
void bench_screen_close(struct bench_screen *screen);
/* Removes what the start of a server that was interrupted has in the file system. Safe in a signal
 * handler. */
void bench_screen_forget_files(void);

/* 0x00rrggbb, read anew at every call. */
static inline uint32_t bench_screen_get_pixel(
	const struct bench_screen *screen, uint32_t x_px, uint32_t y_px)
{
	const uint32_t *row =
		(const uint32_t *)(screen->pixels + (size_t)y_px * screen->pitch_bytes);

	return __atomic_load_n(row + x_px, __ATOMIC_ACQUIRE) & 0xffffffu;
}

/* True when the screen shows exactly these BGRA pixels from its upper left corner on (alpha apart).
 */
bool bench_screen_shows(const struct bench_screen *screen, const uint8_t *pixels, uint32_t width_px,
	uint32_t height_px);

#endif
