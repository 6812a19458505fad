/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words for pictures: what the relay, the presenters, the capture sources and the fallback
 * display say to each other. Nothing here knows a protocol version, a graphics API or a window.
 *
 * Plain data; thread: any; nothing blocks, nothing is allocated.
 */
#ifndef ORIEL_BASE_FRAME_H
#define ORIEL_BASE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- rectangles and damage ------------------------------------------------------------------ */

struct oriel_rect {
	uint32_t x, y, w, h; /* pixels; empty when w or h is 0 */
};

/* More rectangles than this are merged: it is what one frame header can carry (protocol 4.4). */
#define ORIEL_DAMAGE_MAX 64u

/*
 * What differs from an earlier picture. full: everything, count is 0 then. Neither full nor any
 * rectangle: nothing changed.
 */
struct oriel_damage {
	bool full;
	uint32_t count;
	struct oriel_rect rects[ORIEL_DAMAGE_MAX];
};

void oriel_damage_clear(struct oriel_damage *damage);
void oriel_damage_set_full(struct oriel_damage *damage);
static inline bool oriel_damage_is_empty(const struct oriel_damage *damage)
{
	return !damage->full && !damage->count;
}
/* Adds one rectangle, already clipped; empty ones are ignored. Contained and touching ones are
 * merged where that adds no area; a 65th is merged into the one where it adds the least area. */
void oriel_damage_add(struct oriel_damage *damage, struct oriel_rect rect);
/* Adds all of other. */
void oriel_damage_merge(struct oriel_damage *damage, const struct oriel_damage *other);
/* Clips to width_px x height_px and drops what becomes empty. Safe for any 32-bit values. */
void oriel_damage_clip(struct oriel_damage *damage, uint32_t width_px, uint32_t height_px);
/* Sum of the areas in pixels; overlaps count twice; width_px * height_px when full. */
uint64_t oriel_damage_area_px(
	const struct oriel_damage *damage, uint32_t width_px, uint32_t height_px);
/* Sorts by y, then x: the order in which rows are published. */
void oriel_damage_sort(struct oriel_damage *damage);

/* Overflow-safe; *rect becomes empty when nothing is inside. */
void oriel_rect_clip(struct oriel_rect *rect, uint32_t width_px, uint32_t height_px);
/* False when they share no pixel; *ret_shared is untouched then. */
bool oriel_rect_intersect(
	const struct oriel_rect *a, const struct oriel_rect *b, struct oriel_rect *ret_shared);
struct oriel_rect oriel_rect_union(const struct oriel_rect *a, const struct oriel_rect *b);

/* ---- pixels --------------------------------------------------------------------------------- */

/* Names are of the order in memory, little-endian (protocol 4.5). The wire's numbers live in the
 * codecs. */
enum oriel_pixel_format {
	ORIEL_PIXEL_INVALID,
	ORIEL_PIXEL_BGRA,    /* 4 bytes B,G,R,A; A is undefined: treat as opaque */
	ORIEL_PIXEL_RGBA,    /* 4 bytes R,G,B,A; likewise */
	ORIEL_PIXEL_RGBA10,  /* u32: R bits 0-9, G 10-19, B 20-29, A 30-31 */
	ORIEL_PIXEL_RGBA16F, /* four IEEE half floats, linear scRGB, 1.0 = 80 nits */
	ORIEL_PIXEL_BGR_32,  /* tightly packed B,G,R triplets in rows that are a multiple of 4 bytes
			      */
	ORIEL_PIXEL_RGB_24,  /* R,G,B triplets */
	ORIEL_PIXEL_COUNT
};

struct oriel_pixel_info {
	const char *name;     /* "bgra", "rgba", "rgba10", "rgba16f", "bgr_32", "rgb_24" */
	uint32_t bytes;	      /* per pixel */
	uint32_t colour_bits; /* per channel; 16 for half floats */
};

/* NULL for ORIEL_PIXEL_INVALID and anything unknown. */
const struct oriel_pixel_info *oriel_pixel_get_info(enum oriel_pixel_format format);
/* ORIEL_PIXEL_INVALID when no format has that name. */
enum oriel_pixel_format oriel_pixel_from_name(const char *name);

/* The stored image is the upright picture turned clockwise by this (protocol 4.4). */
enum oriel_rotation { ORIEL_ROTATE_0, ORIEL_ROTATE_90, ORIEL_ROTATE_180, ORIEL_ROTATE_270 };

enum oriel_picture_flags {
	ORIEL_PICTURE_BLOCK_SCREENSAVER = 1u << 0,  /* level */
	ORIEL_PICTURE_REQUEST_ACTIVATION = 1u << 1, /* edge */
	ORIEL_PICTURE_TRUNCATED = 1u << 2, /* shared memory too small: bottom rows are missing */
	ORIEL_PICTURE_HDR = 1u << 3,
	ORIEL_PICTURE_HDR_PQ = 1u << 4,
	/* Never of a guest: the picture has the window's colours already. */
	ORIEL_PICTURE_IS_SHOWN = 1u << 31,
};

/* What a block of pixels means. */
struct oriel_picture {
	enum oriel_pixel_format format;
	enum oriel_rotation rotation;
	uint32_t width_px,
		height_px;    /* the image after unpacking, as stored (before turning back) */
	uint32_t rows;	      /* stored rows, <= height_px */
	uint32_t pitch_bytes; /* from one row to the next, >= the row's useful bytes */
	uint32_t screen_width_px, screen_height_px; /* guest screen, stored orientation */
	uint32_t flags;				    /* enum oriel_picture_flags */
};

/* Useful bytes of one row: width_px * bytes per pixel (for BGR_32 the packed 3 * width_px). */
uint32_t oriel_picture_get_row_bytes(const struct oriel_picture *picture);
/* Same format, rotation, sizes and pitch (flags may differ). */
bool oriel_picture_is_same_layout(const struct oriel_picture *a, const struct oriel_picture *b);

/* Memory that other processes can map as well: what pixels lie in, for whoever hands that on. */
struct oriel_memory {
	uint64_t id; /* no other memory of this process ever has it */
	int fd;	     /* readable and writable; closed by its owner */
	size_t size_bytes;
	/* It stays open, and mapped where frames show it, until it was released as often. The
	 * owner's thread. NULL: it stays in any case. */
	void (*keep)(const struct oriel_memory *memory);
	void (*release)(const struct oriel_memory *memory);
};

/*
 * One picture as a source hands it out. pixels may still be arriving: ask the source to wait before
 * reading. Valid until given back to the source.
 */
struct oriel_frame {
	struct oriel_picture picture;
	const uint8_t *pixels;
	size_t size_bytes;		   /* readable bytes at pixels: >= rows * pitch_bytes */
	const struct oriel_memory *memory; /* holds pixels, offset_bytes from its begin; or NULL */
	size_t offset_bytes;
	uint32_t serial;
	bool layout_changed;	    /* anything about the format may differ from the frame before */
	struct oriel_damage damage; /* against the frame handed out before this one; clipped */
	uint64_t arrived_ns;	    /* when the source saw it */
	uint64_t lease;		    /* the source's own mark, larger from frame to frame */
};

/* ---- cursor --------------------------------------------------------------------------------- */

enum oriel_cursor_type {
	ORIEL_CURSOR_COLOUR,	 /* B,G,R,A premultiplied */
	ORIEL_CURSOR_MONOCHROME, /* 1 bpp MSB first: height_px AND rows, then height_px XOR rows */
	ORIEL_CURSOR_MASKED,	 /* B,G,R,A; A = 0 replaces the pixel, else XORs RGB into it */
};

#define ORIEL_CURSOR_SIDE_MAX_PX 512u
#define ORIEL_CURSOR_BYTES_MAX (ORIEL_CURSOR_SIDE_MAX_PX * ORIEL_CURSOR_SIDE_MAX_PX * 4u)

struct oriel_cursor_shape {
	enum oriel_cursor_type type;
	uint32_t width_px,
		height_px; /* of the visible image: a monochrome's height is not doubled here */
	uint32_t pitch_bytes;
	int8_t hot_x_px, hot_y_px;
	const uint8_t *image; /* pitch_bytes * height_px, twice that for monochrome */
};

/* Bytes at shape->image. */
size_t oriel_cursor_get_image_bytes(const struct oriel_cursor_shape *shape);

#endif
