/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* X11 capture of a real X server (Xvfb). */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/randr.h>
#include <xcb/xcb.h>

#include <cmocka.h>

#include "guest/rig.h"
#include "skip.h"

#define XVFB "/usr/bin/Xvfb"
#define WIDTH_PX 800u
#define HEIGHT_PX 600u

struct screen {
	pid_t server;
	char name[16];
	xcb_connection_t *connection;
	xcb_window_t root;
	xcb_gcontext_t gc;
};

/* Starts a server on a display number of its own choice; it names it when it is ready. */
static void begin_server(struct screen *screen, const char *layout)
{
	char number[8] = "", fd_text[8];
	int fds[2], nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t used = 0;

	assert_int_equal(pipe(fds), 0);
	snprintf(fd_text, sizeof fd_text, "%d", fds[1]);
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	screen->server = rig_spawn((const char *const[]){XVFB, "-displayfd", fd_text, "-noreset",
					   "-nolisten", "tcp", "-screen", "0", layout, NULL},
		nothing, nothing);
	close(fds[1]);
	close(nothing);
	while (used < sizeof number - 1 && read(fds[0], number + used, 1) == 1 &&
		number[used] != '\n')
		used++;
	number[used] = '\0';
	close(fds[0]);
	assert_true(used > 0);
	snprintf(screen->name, sizeof screen->name, ":%s", number);
}

static void begin_screen(struct screen *screen, const char *layout)
{
	begin_server(screen, layout);
	screen->connection = xcb_connect(screen->name, NULL);
	assert_int_equal(xcb_connection_has_error(screen->connection), 0);
	screen->root = xcb_setup_roots_iterator(xcb_get_setup(screen->connection)).data->root;
	screen->gc = xcb_generate_id(screen->connection);
	xcb_create_gc(screen->connection, screen->gc, screen->root, 0, NULL);
}

static void end_screen(struct screen *screen)
{
	xcb_disconnect(screen->connection);
	rig_stop(screen->server);
}

static void fill(struct screen *screen, struct oriel_rect rect, uint32_t colour)
{
	const xcb_rectangle_t area = {
		(int16_t)rect.x, (int16_t)rect.y, (uint16_t)rect.w, (uint16_t)rect.h};

	xcb_change_gc(screen->connection, screen->gc, XCB_GC_FOREGROUND, &colour);
	xcb_poly_fill_rectangle(screen->connection, screen->root, screen->gc, 1, &area);
	xcb_flush(screen->connection);
}

static uint32_t get_rgb(const struct rig *rig, uint32_t x, uint32_t y)
{
	const uint8_t *at = rig->pixels + (size_t)y * rig->picture.pitch_bytes + x * 4;

	return (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* What a pixel is to become. */
struct wanted {
	uint32_t x, y, rgb;
};

static bool is_shown(const struct rig *rig, void *data)
{
	const struct wanted *wanted = data;

	return rig->frames && wanted->x < rig->picture.width_px &&
	       wanted->y < rig->picture.height_px &&
	       get_rgb(rig, wanted->x, wanted->y) == wanted->rgb;
}

static void expect_rect(const struct rig *rig, struct oriel_rect rect, uint32_t rgb)
{
	for (uint32_t y = rect.y; y < rect.y + rect.h; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.w; x++)
			assert_int_equal(get_rgb(rig, x, y), rgb);
}

static void begin_both(struct screen *screen, struct rig *rig, const char *layout)
{
	const char *const arguments[] = {"--capture", "x11", "--display", screen->name, NULL};

	begin_screen(screen, layout);
	rig_begin(rig, RIG_SHM_MIB, arguments);
}

static void end_both(struct screen *screen, struct rig *rig)
{
	rig_end(rig);
	end_screen(screen);
}

static void test_damage(void **state)
{
	const struct oriel_rect first = {0, 0, WIDTH_PX, HEIGHT_PX}, second = {101, 203, 37, 11},
				third = {700, 500, 64, 64};
	struct screen screen;
	struct rig rig;

	if (access(XVFB, X_OK))
		oriel_test_skip("%s is not installed", XVFB);
	begin_both(&screen, &rig, "800x600x24");
	fill(&screen, first, 0x102030);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){799, 599, 0x102030}));
	assert_int_equal(rig.picture.format, ORIEL_PIXEL_BGRA);
	assert_int_equal(rig.picture.width_px, WIDTH_PX);
	assert_int_equal(rig.picture.height_px, HEIGHT_PX);
	expect_rect(&rig, first, 0x102030);

	fill(&screen, second, 0xa0b0c0);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){137, 213, 0xa0b0c0}));
	assert_false(rig.damage.full);
	assert_in_range(
		oriel_damage_area_px(&rig.damage, WIDTH_PX, HEIGHT_PX), 37 * 11, 37 * 11 * 4);
	fill(&screen, third, 0xffffff);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){763, 563, 0xffffff}));
	expect_rect(&rig, second, 0xa0b0c0);
	expect_rect(&rig, third, 0xffffff);
	expect_rect(&rig, (struct oriel_rect){0, 0, WIDTH_PX, 203}, 0x102030);
	expect_rect(&rig, (struct oriel_rect){138, 203, 500, 200}, 0x102030);
	end_both(&screen, &rig);
}

/* Nothing drawn, nothing posted. */
static void test_quiet(void **state)
{
	struct screen screen;
	struct rig rig;
	uint32_t frames;

	if (access(XVFB, X_OK))
		oriel_test_skip("%s is not installed", XVFB);
	begin_both(&screen, &rig, "800x600x24");
	fill(&screen, (struct oriel_rect){5, 5, 1, 1}, 0x010203);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){5, 5, 0x010203}));
	frames = rig.frames;
	usleep(300000);
	fill(&screen, (struct oriel_rect){7, 7, 1, 1}, 0x040506);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){7, 7, 0x040506}));
	assert_int_equal(rig.frames, frames + 1);
	end_both(&screen, &rig);
}

/* 16 bits per pixel: widened. */
static void test_depth_16(void **state)
{
	const struct oriel_rect rect = {33, 44, 55, 66};
	struct screen screen;
	struct rig rig;

	if (access(XVFB, X_OK))
		oriel_test_skip("%s is not installed", XVFB);
	begin_both(&screen, &rig, "640x480x16");
	fill(&screen, rect, 0x1f << 11 | 0x20 << 5 | 0x01);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){33, 44, 0xff8208}));
	expect_rect(&rig, rect, 0xff8208);
	end_both(&screen, &rig);
}

/* ---- cursor --------------------------------------------------------------------------------- */

#define CURSOR_PX 16u

/* A square of one colour: all bits of source and mask set. */
static void show_cursor(struct screen *screen, uint16_t red, uint16_t hot_x, uint16_t hot_y)
{
	xcb_connection_t *connection = screen->connection;
	xcb_pixmap_t bits = xcb_generate_id(connection);
	xcb_gcontext_t gc = xcb_generate_id(connection);
	xcb_cursor_t cursor = xcb_generate_id(connection);
	const xcb_rectangle_t all = {0, 0, CURSOR_PX, CURSOR_PX};
	const uint32_t one = 1;

	xcb_create_pixmap(connection, 1, bits, screen->root, CURSOR_PX, CURSOR_PX);
	xcb_create_gc(connection, gc, bits, XCB_GC_FOREGROUND, &one);
	xcb_poly_fill_rectangle(connection, bits, gc, 1, &all);
	xcb_create_cursor(connection, cursor, bits, bits, red, 0, 0xffff, 0, 0, 0, hot_x, hot_y);
	xcb_change_window_attributes(connection, screen->root, XCB_CW_CURSOR, &cursor);
	xcb_free_pixmap(connection, bits);
	xcb_free_gc(connection, gc);
	xcb_flush(connection);
}

static void move_pointer(struct screen *screen, int16_t x, int16_t y)
{
	xcb_warp_pointer(screen->connection, XCB_NONE, screen->root, 0, 0, 0, 0, x, y);
	xcb_flush(screen->connection);
}

static bool has_cursor_at(const struct rig *rig, void *data)
{
	const struct wanted *wanted = data;
	const struct oriel_cursor_update *cursor = &rig->cursor;
	const uint8_t *image = cursor->shape.image;

	return cursor->visible && cursor->has_shape && cursor->has_position &&
	       cursor->x_px == (int32_t)wanted->x && cursor->y_px == (int32_t)wanted->y &&
	       cursor->shape.width_px == CURSOR_PX && image[2] == wanted->rgb >> 16;
}

static void test_cursor(void **state)
{
	struct screen screen;
	struct rig rig;

	if (access(XVFB, X_OK))
		oriel_test_skip("%s is not installed", XVFB);
	begin_both(&screen, &rig, "800x600x24");
	show_cursor(&screen, 0xffff, 2, 3);
	move_pointer(&screen, 400, 300);
	assert_true(rig_wait(&rig, has_cursor_at, &(struct wanted){398, 297, 0xff00ff}));
	assert_int_equal(rig.cursor.shape.type, ORIEL_CURSOR_COLOUR);
	assert_int_equal(rig.cursor.shape.height_px, CURSOR_PX);
	assert_int_equal(rig.cursor.shape.hot_x_px, 2);
	assert_int_equal(rig.cursor.shape.hot_y_px, 3);
	for (uint32_t i = 0; i < CURSOR_PX * CURSOR_PX; i++)
		assert_memory_equal(rig.cursor.shape.image + 4 * i, "\xff\x00\xff\xff", 4);

	move_pointer(&screen, 0, 0);
	assert_true(rig_wait(
		&rig, has_cursor_at, &(struct wanted){(uint32_t)-2, (uint32_t)-3, 0xff00ff}));
	show_cursor(&screen, 0x8080, 0, 0);
	assert_true(rig_wait(&rig, has_cursor_at, &(struct wanted){0, 0, 0x8000ff}));
	end_both(&screen, &rig);
}

static bool is_live(const struct rig *rig, void *data)
{
	return oriel_consumer_get_link(rig->consumer) == ORIEL_LINK_LIVE && rig->frames;
}

static bool has_moved(const struct rig *rig, void *data)
{
	struct screen *screen = data;
	xcb_query_pointer_reply_t *reply = xcb_query_pointer_reply(
		screen->connection, xcb_query_pointer(screen->connection, screen->root), NULL);
	bool is_there = reply && reply->root_x == 123 && reply->root_y == 456;

	free(reply);
	return is_there;
}

/* The viewer puts the guest's pointer somewhere. */
static void test_set_cursor(void **state)
{
	struct screen screen;
	struct rig rig;

	if (access(XVFB, X_OK))
		oriel_test_skip("%s is not installed", XVFB);
	begin_both(&screen, &rig, "800x600x24");
	assert_true(rig_wait(&rig, is_live, NULL));
	assert_true(oriel_consumer_get_guest(rig.consumer)->accepts_set_cursor);
	assert_int_equal(oriel_consumer_send_cursor_rt(rig.consumer, 123, 456), 0);
	assert_true(rig_wait(&rig, has_moved, &screen));
	end_both(&screen, &rig);
}

/* ---- changes of the screen ------------------------------------------------------------------ */

static bool has_size(const struct rig *rig, void *data)
{
	const struct oriel_rect *wanted = data;

	return rig->frames && rig->picture.width_px == wanted->w &&
	       rig->picture.height_px == wanted->h;
}

/* A screen can only become smaller than its monitor once that is off. */
static bool set_screen_size(struct screen *screen, uint16_t width_px, uint16_t height_px)
{
	xcb_connection_t *connection = screen->connection;
	xcb_randr_get_screen_resources_reply_t *resources = xcb_randr_get_screen_resources_reply(
		connection, xcb_randr_get_screen_resources(connection, screen->root), NULL);
	xcb_generic_error_t *refused;

	if (!resources)
		return false;
	for (int i = 0; i < resources->num_crtcs; i++)
		free(xcb_randr_set_crtc_config_reply(connection,
			xcb_randr_set_crtc_config(connection,
				xcb_randr_get_screen_resources_crtcs(resources)[i],
				XCB_CURRENT_TIME, resources->config_timestamp, 0, 0, XCB_NONE,
				XCB_RANDR_ROTATION_ROTATE_0, 0, NULL),
			NULL));
	free(resources);
	refused =
		xcb_request_check(connection, xcb_randr_set_screen_size_checked(connection,
						      screen->root, width_px, height_px, 169, 127));
	free(refused);
	return !refused;
}

static void test_resize(void **state)
{
	struct oriel_rect smaller = {0, 0, 640, 480}, larger = {0, 0, WIDTH_PX, HEIGHT_PX};
	struct screen screen;
	struct rig rig;

	if (access(XVFB, X_OK))
		oriel_test_skip("%s is not installed", XVFB);
	begin_both(&screen, &rig, "800x600x24");
	assert_true(rig_wait(&rig, has_size, &larger));
	if (!set_screen_size(&screen, 640, 480)) {
		end_both(&screen, &rig);
		oriel_test_skip("this Xvfb cannot change its size");
	}
	assert_true(rig_wait(&rig, has_size, &smaller));
	fill(&screen, smaller, 0x778899);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){639, 479, 0x778899}));
	expect_rect(&rig, smaller, 0x778899);
	assert_true(set_screen_size(&screen, WIDTH_PX, HEIGHT_PX));
	assert_true(rig_wait(&rig, has_size, &larger));
	fill(&screen, larger, 0x445566);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){799, 599, 0x445566}));
	expect_rect(&rig, larger, 0x445566);
	end_both(&screen, &rig);
}

/* The X server ends; the guest program waits for it and goes on with the next one. */
static void test_server_restart(void **state)
{
	struct screen screen, other;
	struct rig rig;

	if (access(XVFB, X_OK))
		oriel_test_skip("%s is not installed", XVFB);
	begin_both(&screen, &rig, "800x600x24");
	assert_true(rig_wait(&rig, is_live, NULL));
	end_screen(&screen);
	for (int tries = 0; tries < 3; tries++) {
		begin_screen(&other, "640x480x24");
		if (!strcmp(other.name, screen.name))
			break;
		end_screen(&other);
	}
	if (strcmp(other.name, screen.name)) {
		rig_end(&rig);
		oriel_test_skip("another program took the display %s", screen.name);
	}
	fill(&other, (struct oriel_rect){0, 0, 640, 480}, 0x315263);
	assert_true(rig_wait(&rig, is_shown, &(struct wanted){639, 479, 0x315263}));
	end_both(&other, &rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_depth_16),
		cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_set_cursor),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_server_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
