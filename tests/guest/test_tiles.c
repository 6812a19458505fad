/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding changes by comparison: whatever is drawn at random, the damage covers it and not much
 * more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest/core/pixels.h"
#include "guest/core/tiles.h"

#define WIDTH_PX 713u /* no multiple of anything */
#define HEIGHT_PX 391u
#define PITCH_BYTES 3000u

static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)random_state * limit >> 32);
}

struct screen {
	struct oriel_tiles *tiles;
	uint32_t pixel_bytes;
	uint8_t *pixels;
	uint8_t *mirror; /* updated by damage only */
};

static void begin(struct screen *screen, uint32_t pixel_bytes)
{
	screen->pixel_bytes = pixel_bytes;
	screen->tiles = oriel_tiles_create(WIDTH_PX * pixel_bytes, HEIGHT_PX, pixel_bytes);
	screen->pixels = calloc(HEIGHT_PX, PITCH_BYTES);
	screen->mirror = calloc(HEIGHT_PX, PITCH_BYTES);
	assert_non_null(screen->tiles);
	assert_non_null(screen->pixels);
	assert_non_null(screen->mirror);
	memset(screen->pixels, 0x11, HEIGHT_PX * PITCH_BYTES);
}

static void end(struct screen *screen)
{
	oriel_tiles_destroy(screen->tiles);
	free(screen->pixels);
	free(screen->mirror);
}

static void draw_something(struct screen *screen)
{
	struct oriel_rect rect = {random_below(WIDTH_PX), random_below(HEIGHT_PX),
		1 + random_below(90), 1 + random_below(90)};

	oriel_rect_clip(&rect, WIDTH_PX, HEIGHT_PX);
	for (uint32_t y = rect.y; y < rect.y + rect.h; y++)
		memset(screen->pixels + y * PITCH_BYTES + rect.x * screen->pixel_bytes,
			(int)random_below(256), rect.w * screen->pixel_bytes);
}

static void mirror(struct screen *screen, const struct oriel_damage *damage)
{
	const struct oriel_rect all = {0, 0, WIDTH_PX, HEIGHT_PX};
	const struct oriel_rect *rects = damage->full ? &all : damage->rects;
	uint32_t count = damage->full ? 1 : damage->count;
	size_t pitch_bytes = oriel_tiles_get_pitch_bytes(screen->tiles);

	for (uint32_t i = 0; i < count; i++) {
		assert_true(rects[i].w && rects[i].h);
		assert_true(rects[i].x + rects[i].w <= WIDTH_PX);
		assert_true(rects[i].y + rects[i].h <= HEIGHT_PX);
		for (uint32_t y = rects[i].y; y < rects[i].y + rects[i].h; y++)
			memcpy(screen->mirror + y * PITCH_BYTES + rects[i].x * screen->pixel_bytes,
				oriel_tiles_get_pixels(screen->tiles) + y * pitch_bytes +
					rects[i].x * screen->pixel_bytes,
				rects[i].w * screen->pixel_bytes);
	}
}

static void expect_mirrored(const struct screen *screen)
{
	for (uint32_t y = 0; y < HEIGHT_PX; y++)
		assert_memory_equal(screen->mirror + y * PITCH_BYTES,
			screen->pixels + y * PITCH_BYTES, WIDTH_PX * screen->pixel_bytes);
}

static void check_random(uint32_t pixel_bytes)
{
	struct oriel_damage damage;
	struct screen screen;

	begin(&screen, pixel_bytes);
	for (int round = 0; round < 300; round++) {
		for (uint32_t i = random_below(12); i > 0; i--)
			draw_something(&screen);
		oriel_tiles_update_rt(screen.tiles, screen.pixels, PITCH_BYTES, &damage);
		assert_int_equal(damage.full, round == 0);
		mirror(&screen, &damage);
		expect_mirrored(&screen);
	}
	end(&screen);
}

static void test_random(void **state)
{
	check_random(4);
	check_random(2);
}

static void test_nothing(void **state)
{
	struct oriel_damage damage;
	struct screen screen;

	begin(&screen, 4);
	oriel_tiles_update_rt(screen.tiles, screen.pixels, PITCH_BYTES, &damage);
	assert_true(damage.full);
	/* Bytes between the rows are nobody's business. */
	screen.pixels[WIDTH_PX * 4] ^= 1;
	oriel_tiles_update_rt(screen.tiles, screen.pixels, PITCH_BYTES, &damage);
	assert_true(oriel_damage_is_empty(&damage));
	end(&screen);
}

/* One pixel costs one block of one row. */
static void test_one_pixel(void **state)
{
	struct oriel_damage damage;
	struct screen screen;

	begin(&screen, 4);
	oriel_tiles_update_rt(screen.tiles, screen.pixels, PITCH_BYTES, &damage);
	screen.pixels[200 * PITCH_BYTES + 150 * 4] ^= 1;
	oriel_tiles_update_rt(screen.tiles, screen.pixels, PITCH_BYTES, &damage);
	assert_int_equal(damage.count, 1);
	assert_int_equal(damage.rects[0].x, 128);
	assert_int_equal(damage.rects[0].y, 200);
	assert_int_equal(damage.rects[0].w, 64);
	assert_int_equal(damage.rects[0].h, 1);
	/* The last block ends with the row. */
	screen.pixels[390 * PITCH_BYTES + 712 * 4] ^= 1;
	oriel_tiles_update_rt(screen.tiles, screen.pixels, PITCH_BYTES, &damage);
	assert_int_equal(damage.count, 1);
	assert_int_equal(damage.rects[0].x + damage.rects[0].w, WIDTH_PX);
	end(&screen);
}

static void test_probe(void **state)
{
	struct oriel_damage damage;
	struct screen screen;
	uint32_t seen = 0;

	begin(&screen, 4);
	assert_true(oriel_tiles_probe_rt(screen.tiles, screen.pixels, PITCH_BYTES, 0));
	oriel_tiles_update_rt(screen.tiles, screen.pixels, PITCH_BYTES, &damage);
	for (uint32_t phase = 0; phase < ORIEL_TILES_PROBE_STEP; phase++)
		assert_false(oriel_tiles_probe_rt(screen.tiles, screen.pixels, PITCH_BYTES, phase));
	screen.pixels[123 * PITCH_BYTES + 40] ^= 1;
	for (uint32_t phase = 0; phase < ORIEL_TILES_PROBE_STEP; phase++)
		seen += oriel_tiles_probe_rt(screen.tiles, screen.pixels, PITCH_BYTES, phase);
	assert_int_equal(seen, 1);
	for (uint32_t y = 123; y < 123 + ORIEL_TILES_PROBE_STEP; y++)
		screen.pixels[y * PITCH_BYTES + 40] ^= 2;
	for (uint32_t phase = 0; phase < ORIEL_TILES_PROBE_STEP; phase++)
		assert_true(oriel_tiles_probe_rt(screen.tiles, screen.pixels, PITCH_BYTES, phase));
	end(&screen);
}

static void test_impossible_sizes(void **state)
{
	assert_null(oriel_tiles_create(0, 10, 4));
	assert_null(oriel_tiles_create(400, 0, 4));
	assert_null(oriel_tiles_create(401, 10, 4));
	assert_null(oriel_tiles_create(UINT32_MAX - 3, 10, 4));
	oriel_tiles_destroy(NULL);
}

/* ---- pixel formats of screens --------------------------------------------------------------- */

static void test_convert(void **state)
{
	const uint32_t bgra10[] = {0x3ff00000 | 0x00001 << 10 | 2, 0xc0000000 | 0x155};
	const uint16_t rgb565[] = {0xffff, 0xf800, 0x07e0, 0x001f, 0x0000, 0x8410};
	const uint32_t widened[] = {
		0xffffffff, 0xffff0000, 0xff00ff00, 0xff0000ff, 0xff000000, 0xff848284};
	uint32_t out[6];

	oriel_pixels_from_bgra10.convert((uint8_t *)out, (const uint8_t *)bgra10, 2);
	assert_int_equal(out[0], 0x3ff | 1u << 10 | 2u << 20);
	assert_int_equal(out[1], 0xc0000000 | 0x155u << 20);
	oriel_pixels_from_rgb565.convert((uint8_t *)out, (const uint8_t *)rgb565, 6);
	assert_memory_equal(out, widened, sizeof widened);
}

static void test_convert_damage(void **state)
{
	const uint16_t from[4][5] = {{0}, {0, 0xffff, 0xffff}, {0xffff, 0xffff}, {0}};
	uint32_t to[4][5] = {{0}};
	struct oriel_damage damage = {.count = 1, .rects = {{1, 1, 2, 1}}};

	oriel_pixels_convert_rt(&oriel_pixels_from_rgb565, (uint8_t *)to, sizeof to[0],
		(const uint8_t *)from, sizeof from[0], 5, 4, &damage);
	assert_int_equal(to[1][1], 0xffffffff);
	assert_int_equal(to[1][2], 0xffffffff);
	assert_int_equal(to[1][0], 0);
	assert_int_equal(to[2][0], 0);
	oriel_damage_set_full(&damage);
	oriel_pixels_convert_rt(&oriel_pixels_from_rgb565, (uint8_t *)to, sizeof to[0],
		(const uint8_t *)from, sizeof from[0], 5, 4, &damage);
	assert_int_equal(to[2][1], 0xffffffff);
	assert_int_equal(to[3][4], 0xff000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_one_pixel),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_impossible_sizes),
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_convert_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
