/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only the gpu presenter has: the loss of its device, and the measured choice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>

#include "present/gpu/gpu.h"
#include "tests/skip.h"
#include "view/reference.h"

#define WIDTH_PX 120u
#define HEIGHT_PX 70u

static const struct oriel_picture layout = {
	.format = ORIEL_PIXEL_RGBA,
	.width_px = WIDTH_PX,
	.height_px = HEIGHT_PX,
	.rows = HEIGHT_PX,
	.pitch_bytes = WIDTH_PX * 4,
};

static uint8_t pixels[WIDTH_PX * HEIGHT_PX * 4];

static int arrive(void *data, const struct oriel_frame *frame, size_t bytes, size_t *ret_arrived)
{
	*ret_arrived = frame->size_bytes;
	return 0;
}

static void show(struct oriel_presenter *presenter, struct oriel_damage damage, uint32_t seed)
{
	struct oriel_arrival arrival = {arrive, NULL};
	struct oriel_frame frame = {
		.picture = layout, .pixels = pixels, .size_bytes = sizeof pixels, .damage = damage};
	uint64_t bytes;

	reference_fill(pixels, &layout, seed);
	assert_int_equal(presenter->ops->upload_rt(presenter, &frame, &arrival, &bytes), 0);
	presenter->ops->present_rt(presenter);
}

static void check_same(const struct oriel_presenter *one, const struct oriel_presenter *other)
{
	struct oriel_image a, b;

	assert_true(one->ops->get_image(one, &a));
	assert_true(other->ops->get_image(other, &b));
	assert_int_equal(a.width_px, b.width_px);
	assert_int_equal(a.height_px, b.height_px);
	for (uint32_t y = 0; y < a.height_px; y++)
		for (uint32_t x = 0; x < a.width_px; x++)
			assert_memory_equal(a.pixels + y * a.pitch_bytes + 4 * (size_t)x,
				b.pixels + y * b.pitch_bytes + 4 * (size_t)x, 3);
}

static struct oriel_window *open_window(void)
{
	struct oriel_window_options options = {"test", WIDTH_PX, HEIGHT_PX};
	struct oriel_window *window;

	assert_int_equal(oriel_window_headless.open(&window, &options, NULL), 0);
	return window;
}

static void begin(struct oriel_presenter *presenter)
{
	assert_int_equal(presenter->ops->resize(presenter, WIDTH_PX, HEIGHT_PX, NULL), 0);
	assert_int_equal(presenter->ops->set_layout(presenter, &layout, NULL), 0);
}

static void a_lost_device_leaves_the_picture_to_soft(void **state)
{
	static const uint8_t shape_image[8 * 8 * 4] = {1, 2, 3, 255, 200, 100, 50, 255};
	struct oriel_cursor_shape shape = {ORIEL_CURSOR_MASKED, 8, 8, 32, 0, 0, shape_image};
	struct oriel_pointer pointer = {20, 30, true, &shape};
	struct oriel_damage full = {.full = true}, part = {.count = 1, .rects = {{9, 9, 50, 40}}};
	struct oriel_window *window = open_window();
	struct oriel_present_options options = {0};
	struct oriel_presenter *both[2];
	struct oriel_error error = {0};

	if (oriel_presenter_opengl.create(&both[0], window, &options, &error) == -ENODEV) {
		oriel_window_headless.close(window);
		oriel_test_skip("%s", error.message);
	}
	assert_int_equal(oriel_presenter_soft.create(&both[1], window, &options, NULL), 0);
	for (int i = 0; i < 2; i++) {
		begin(both[i]);
		both[i]->ops->set_cursor_rt(both[i], &pointer);
		show(both[i], full, 1);
	}
	check_same(both[0], both[1]);
	assert_int_equal(oriel_gpu_loss_take_over((struct oriel_gpu *)both[0], NULL), 0);
	assert_null(((struct oriel_gpu *)both[0])->device);
	both[0]->ops->present_rt(both[0]);
	check_same(both[0], both[1]);
	pointer.x_px = 55;
	pointer.shape = NULL;
	for (int i = 0; i < 2; i++) {
		both[i]->ops->set_cursor_rt(both[i], &pointer);
		show(both[i], part, 2);
	}
	check_same(both[0], both[1]);
	for (int i = 0; i < 2; i++)
		both[i]->ops->destroy(both[i]);
	oriel_window_headless.close(window);
}

/* ---- the choice ------------------------------------------------------------------------------ */

static void no_driver_that_draws_with_the_processor_is_chosen(void **state)
{
	struct oriel_present_options options = {.hardware_only = true};
	struct oriel_window *window = open_window();
	struct oriel_presenter *presenter = NULL;
	struct oriel_error error = {0};
	int result = oriel_presenter_gpu.create(&presenter, window, &options, &error);

	if (!result) {
		presenter->ops->destroy(presenter);
		oriel_window_headless.close(window);
		oriel_test_skip("there is a graphics device on this machine");
	}
	assert_int_equal(result, -ENODEV);
	assert_non_null(strstr(error.message, "--present soft"));
	assert_int_equal(oriel_presenter_open(&presenter, "auto", window, &options, NULL), 0);
	assert_string_equal(presenter->ops->name, "soft");
	presenter->ops->destroy(presenter);
	oriel_window_headless.close(window);
}

static void a_measured_presenter_goes_on_with_frames(void **state)
{
	struct oriel_present_options options = {0};
	struct oriel_window *window = open_window();
	struct oriel_presenter *both[2];
	struct oriel_error error = {0};

	if (oriel_presenter_opengl.create(&both[0], window, &options, &error) == -ENODEV) {
		oriel_window_headless.close(window);
		oriel_test_skip("%s", error.message);
	}
	assert_int_equal(oriel_presenter_soft.create(&both[1], window, &options, NULL), 0);
	for (int i = 0; i < 2; i++) {
		uint64_t took_ns = oriel_presenter_measure_ns(both[i], window);

		assert_true(took_ns > 0 && took_ns < UINT64_MAX);
		print_message("# %s: %.2f ms\n", both[i]->ops->name, (double)took_ns / 1e6);
		begin(both[i]);
		show(both[i], (struct oriel_damage){.full = true}, 4);
	}
	check_same(both[0], both[1]);
	for (int i = 0; i < 2; i++)
		both[i]->ops->destroy(both[i]);
	oriel_window_headless.close(window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_device_leaves_the_picture_to_soft),
		cmocka_unit_test(a_measured_presenter_goes_on_with_frames),
		cmocka_unit_test(no_driver_that_draws_with_the_processor_is_chosen),
	};

	return cmocka_run_group_tests_name("view-gpu", tests, NULL, NULL);
}
