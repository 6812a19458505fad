/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Moving test patterns as pure functions: which colour is at x, y of the upright picture in frame
 * number `serial`. The test source draws them, tests and measurements compute what must be on the
 * screen. Any thread; nothing blocks, nothing is allocated.
 */
#ifndef ORIEL_GUEST_CORE_PATTERN_H
#define ORIEL_GUEST_CORE_PATTERN_H

#include <stdint.h>

#include "base/frame.h"

#define ORIEL_PATTERN_BOX_PX 64u
#define ORIEL_PATTERN_BOXES_MAX 16u
/* After so many rows a scrolling pattern starts again. */
#define ORIEL_PATTERN_SCROLL_PX 256u
#define ORIEL_PATTERN_CURSOR_PX 32u

struct oriel_pattern_kind {
	const char *name;
	const char *help;
	uint32_t boxes;		 /* that wander over a still background */
	uint32_t scroll_step_px; /* the background moves up by so many rows per frame */
};

/* Ends with an entry whose name is NULL. */
extern const struct oriel_pattern_kind oriel_pattern_kinds[];
/* NULL when there is no such pattern. */
const struct oriel_pattern_kind *oriel_pattern_find(const char *name);

struct oriel_pattern {
	const struct oriel_pattern_kind *kind;
	uint32_t width_px, height_px; /* upright; at least ORIEL_PATTERN_BOX_PX each */
};

/* 0xRRGGBB. */
uint32_t oriel_pattern_get_rgb(
	const struct oriel_pattern *pattern, uint32_t serial, uint32_t x_px, uint32_t y_px);
/* The background alone, for any y_px. */
uint32_t oriel_pattern_get_background_rgb(uint32_t x_px, uint32_t y_px);
/* Rows the background moved up by. */
uint32_t oriel_pattern_get_scroll_px(const struct oriel_pattern *pattern, uint32_t serial);
/* Where box number index is and its colour; boxes of higher index lie on top. */
struct oriel_rect oriel_pattern_get_box(
	const struct oriel_pattern *pattern, uint32_t serial, uint32_t index);
uint32_t oriel_pattern_get_box_rgb(uint32_t serial, uint32_t index);
/* A superset of what differs from frame serial - 1, upright; full for scrolling patterns and for
 * serial 0. */
void oriel_pattern_get_damage(
	const struct oriel_pattern *pattern, uint32_t serial, struct oriel_damage *ret_damage);

/* Top-left of the cursor's image when frame serial is shown. */
void oriel_pattern_get_cursor(
	const struct oriel_pattern *pattern, uint32_t serial, int32_t *ret_x_px, int32_t *ret_y_px);
/* A shape of that type, ORIEL_PATTERN_CURSOR_PX square, with every value a pixel of the type can
 * have. image: room for 4 bytes per pixel; the shape borrows it. */
struct oriel_cursor_shape oriel_pattern_draw_cursor(enum oriel_cursor_type type, uint8_t *image);

/* Stores the pixel in one of the protocol's formats at to. 10 bits repeat the upper bits; half
 * floats are linear light, as the protocol wants them. Returns the bytes written. */
uint32_t oriel_pattern_store(enum oriel_pixel_format format, uint8_t *to, uint32_t rgb);

/* Where upright x, y is stored when the stored image is the upright one turned clockwise. */
void oriel_pattern_turn(const struct oriel_pattern *pattern, enum oriel_rotation rotation,
	uint32_t x_px, uint32_t y_px, uint32_t *ret_x_px, uint32_t *ret_y_px);

#endif
