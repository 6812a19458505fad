/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A presenter that loads for as long as a case likes: soft shows the pictures until it is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>

#include "present/early.h"
#include "view/reference.h"

#define WIDTH_PX 90u
#define HEIGHT_PX 50u
#define PATIENCE_MS 30000

static const struct oriel_picture layout = {
	.format = ORIEL_PIXEL_RGBA,
	.width_px = WIDTH_PX,
	.height_px = HEIGHT_PX,
	.rows = HEIGHT_PX,
	.pitch_bytes = WIDTH_PX * 4,
	.rotation = ORIEL_ROTATE_180,
};

static uint8_t pixels[WIDTH_PX * HEIGHT_PX * 4];

/* ---- the presenter that is loaded: soft's twin, which counts ----------------------------------
 */

static int load_pipe[2];
static int load_result;
static const struct oriel_presenter_ops *loaded_soft;
static struct oriel_presenter_ops counting;
static unsigned presents, resizes, overlays;

static void present(struct oriel_presenter *presenter)
{
	presents++;
	loaded_soft->present_rt(presenter);
}

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	resizes++;
	assert_int_equal(width_px, WIDTH_PX);
	assert_int_equal(height_px, HEIGHT_PX);
	return loaded_soft->resize(presenter, width_px, height_px, error);
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	overlays += overlay ? 1 : 0;
	return loaded_soft->set_overlay(presenter, overlay, error);
}

/* On the loader's thread: until the case writes a byte. */
static int create(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	char byte;
	int result;

	if (read(load_pipe[0], &byte, 1) != 1)
		return oriel_error_set(error, -EIO, "the case ended");
	if (load_result)
		return oriel_error_set(error, load_result, "there is no such driver");
	result = oriel_presenter_soft.create(ret_presenter, window, options, error);
	if (result)
		return result;
	loaded_soft = (*ret_presenter)->ops;
	counting = *loaded_soft;
	counting.name = "slow";
	counting.present_rt = present;
	counting.resize = resize;
	counting.set_overlay = set_overlay;
	(*ret_presenter)->ops = &counting;
	return 0;
}

static const struct oriel_presenter_ops slow = {.name = "slow", .create = create};

/* ---- the case's own ---------------------------------------------------------------------------
 */

struct bench {
	struct oriel_window *window;
	struct oriel_presenter *early, *plain;
};

static int set_up(void **state)
{
	static struct bench bench;
	struct oriel_window_options options = {"test", WIDTH_PX, HEIGHT_PX};
	/* What was applied to a picture is not to be applied again. */
	struct oriel_present_options present_options = {.colours = {.brightness_percent = 70}};

	presents = resizes = overlays = 0;
	load_result = 0;
	assert_int_equal(pipe(load_pipe), 0);
	assert_int_equal(oriel_window_headless.open(&bench.window, &options, NULL), 0);
	assert_int_equal(
		oriel_early_create(&bench.early, &slow, bench.window, &present_options, NULL), 0);
	assert_int_equal(
		oriel_presenter_soft.create(&bench.plain, bench.window, &present_options, NULL), 0);
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	close(load_pipe[1]);
	bench->early->ops->destroy(bench->early);
	bench->plain->ops->destroy(bench->plain);
	bench->window->ops->close(bench->window);
	close(load_pipe[0]);
	return 0;
}

static void show(struct oriel_presenter *presenter, struct oriel_damage damage, uint32_t seed)
{
	struct oriel_frame frame = {
		.picture = layout, .pixels = pixels, .size_bytes = sizeof pixels, .damage = damage};
	uint64_t bytes;

	reference_fill(pixels, &layout, seed);
	assert_int_equal(
		presenter->ops->upload_rt(presenter, &frame, &oriel_present_arrived, &bytes), 0);
	presenter->ops->present_rt(presenter);
}

static void begin(struct oriel_presenter *presenter)
{
	static const uint8_t image[8 * 8 * 4] = {1, 2, 3, 255, 200, 100, 50, 255};
	static const struct oriel_cursor_shape shape = {ORIEL_CURSOR_MASKED, 8, 8, 32, 0, 0, image};
	struct oriel_pointer pointer = {20, 30, true, &shape};

	assert_int_equal(presenter->ops->resize(presenter, WIDTH_PX, HEIGHT_PX, NULL), 0);
	assert_int_equal(presenter->ops->set_layout(presenter, &layout, NULL), 0);
	presenter->ops->set_cursor_rt(presenter, &pointer);
	show(presenter, (struct oriel_damage){.full = true}, 1);
}

static void check_same(const struct bench *bench)
{
	struct oriel_image a, b;

	assert_true(bench->early->ops->get_image(bench->early, &a));
	assert_true(bench->plain->ops->get_image(bench->plain, &b));
	assert_int_equal(a.width_px, b.width_px);
	assert_int_equal(a.height_px, b.height_px);
	for (uint32_t y = 0; y < a.height_px; y++)
		for (uint32_t x = 0; x < a.width_px; x++)
			assert_memory_equal(a.pixels + y * a.pitch_bytes + 4 * (size_t)x,
				b.pixels + y * b.pitch_bytes + 4 * (size_t)x, 3);
}

/* As the render thread does: told by the descriptor, whatever else it waits for. */
static void load(const struct bench *bench)
{
	struct pollfd wait = {bench->early->ops->get_fd(bench->early), POLLIN, 0};

	assert_int_equal(write(load_pipe[1], "x", 1), 1);
	assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
	assert_int_equal(bench->early->ops->dispatch_rt(bench->early), 0);
}

/* ---- cases ------------------------------------------------------------------------------------
 */

static void what_is_loaded_goes_on_with_the_same_picture(void **state)
{
	static uint8_t grey[20 * 10 * 4];
	static const struct oriel_overlay overlay = {NULL, 20, 10, 80, grey};
	struct oriel_damage part = {.count = 1, .rects = {{9, 9, 40, 30}}};
	struct oriel_pointer pointer = {50, 12, true, NULL};
	struct bench *bench = *state;
	struct oriel_presenter *both[] = {bench->early, bench->plain};

	for (int i = 0; i < 2; i++) {
		begin(both[i]);
		both[i]->ops->set_overlay(both[i], &overlay, NULL);
	}
	assert_string_equal(bench->early->ops->name, "soft");
	check_same(bench);
	assert_int_equal(bench->early->ops->dispatch_rt(bench->early), 0);
	assert_int_equal(presents, 0);
	load(bench);
	assert_string_equal(bench->early->ops->name, "slow");
	/* At once, without a frame or a cursor that would ask for it. */
	assert_int_equal(presents, 1);
	assert_int_equal(overlays, 1);
	check_same(bench);
	for (int i = 0; i < 2; i++) {
		both[i]->ops->set_cursor_rt(both[i], &pointer);
		show(both[i], part, 2);
	}
	assert_int_equal(presents, 2);
	check_same(bench);
	assert_true(bench->early->ops->get_fd(bench->early) < 0);
}

static void nothing_is_put_on_a_window_that_is_not_shown(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(bench->early->ops->resize(bench->early, WIDTH_PX, HEIGHT_PX, NULL), 0);
	load(bench);
	assert_string_equal(bench->early->ops->name, "slow");
	assert_int_equal(resizes, 1);
	assert_int_equal(presents, 0);
	begin(bench->early);
	begin(bench->plain);
	assert_int_equal(presents, 1);
	check_same(bench);
}

static void soft_stays_when_nothing_can_be_loaded(void **state)
{
	struct oriel_damage part = {.count = 1, .rects = {{9, 9, 40, 30}}};
	struct bench *bench = *state;

	load_result = -ENODEV;
	begin(bench->early);
	begin(bench->plain);
	load(bench);
	assert_string_equal(bench->early->ops->name, "soft");
	check_same(bench);
	show(bench->early, part, 3);
	show(bench->plain, part, 3);
	check_same(bench);
	/* It is told once, and wakes nobody again. */
	assert_int_equal(
		poll(&(struct pollfd){bench->early->ops->get_fd(bench->early), POLLIN, 0}, 1, 0),
		0);
}

/* What tear_down() does then is the case. */
static void an_end_before_it_is_loaded_waits_for_the_loader(void **state)
{
	struct bench *bench = *state;

	begin(bench->early);
	assert_int_equal(write(load_pipe[1], "x", 1), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_loaded_goes_on_with_the_same_picture),
		CASE(nothing_is_put_on_a_window_that_is_not_shown),
		CASE(soft_stays_when_nothing_can_be_loaded),
		CASE(an_end_before_it_is_loaded_waits_for_the_loader),
	};

	return cmocka_run_group_tests_name("view-early", tests, NULL, NULL);
}
