/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only the gpu presenter has: the loss of its device, the measured choice, and the user's
 * shaders. */
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

#include "base/log.h"
#include "base/time.h"
#include "present/contest.h"
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

static void show_as(struct oriel_presenter *presenter, const struct oriel_picture *picture,
	struct oriel_damage damage, uint32_t seed)
{
	struct oriel_arrival arrival = {arrive, NULL};
	struct oriel_frame frame = {.picture = *picture,
		.pixels = pixels,
		.size_bytes = sizeof pixels,
		.damage = damage,
		.arrived_ns = oriel_time_now_ns()};
	uint64_t bytes;

	reference_fill(pixels, picture, seed);
	assert_int_equal(presenter->ops->upload_rt(presenter, &frame, &arrival, &bytes), 0);
	presenter->ops->present_rt(presenter);
}

static void show(struct oriel_presenter *presenter, struct oriel_damage damage, uint32_t seed)
{
	show_as(presenter, &layout, damage, seed);
}

/* At most slack of 255 apart. */
static void check_close(
	const struct oriel_presenter *one, const struct oriel_presenter *other, int slack)
{
	struct oriel_image a, b;

	assert_true(one->ops->get_image(one, &a));
	assert_true(other->ops->get_image(other, &b));
	assert_int_equal(a.width_px, b.width_px);
	assert_int_equal(a.height_px, b.height_px);
	for (uint32_t y = 0; y < a.height_px; y++)
		for (size_t at = 0; at < (size_t)a.width_px * 4; at++)
			if (at % 4 < 3 && abs(a.pixels[y * a.pitch_bytes + at] -
						  b.pixels[y * b.pitch_bytes + at]) > slack)
				fail_msg("the pictures differ in row %u, byte %zu", y, at);
}

static void check_same(const struct oriel_presenter *one, const struct oriel_presenter *other)
{
	check_close(one, other, 0);
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

static char outcome[300];

static void keep_outcome(void *data, enum oriel_log_level level, const char *line)
{
	if (strstr(line, "measured"))
		snprintf(outcome, sizeof outcome, "%s", line);
}

/* With the plain presenter beside it, so that each frame's picture can be compared. */
static void show_until_measured(struct oriel_presenter *const *both)
{
	const struct oriel_damage full = {.full = true};
	uint64_t end_ns = oriel_time_now_ns() + 30 * ORIEL_NS_PER_S;

	for (uint32_t seed = 1; !outcome[0] && oriel_time_now_ns() < end_ns; seed++) {
		for (int i = 0; i < 2; i++)
			show(both[i], full, seed);
		check_same(both[0], both[1]);
		oriel_log_flush();
	}
}

static void a_driver_is_measured_beside_soft_and_the_faster_one_goes_on(void **state)
{
	static const struct oriel_presenter_ops *const candidates[] = {
		&oriel_presenter_soft, &oriel_presenter_opengl, NULL};
	struct oriel_window *window = open_window();
	const struct oriel_present_options options = {0};
	const struct oriel_contest_setup setup = {candidates, window, &options, oriel_time_now_ns};
	struct oriel_presenter *both[2];
	double soft_ms = 0, opengl_ms = 0;
	const char *figures;

	outcome[0] = '\0';
	oriel_log_set_sink(keep_outcome, NULL);
	assert_int_equal(oriel_contest_create(&both[0], &setup, NULL), 0);
	assert_int_equal(oriel_presenter_soft.create(&both[1], window, &options, NULL), 0);
	begin(both[0]);
	begin(both[1]);
	show_until_measured(both);
	for (int i = 0; i < 2; i++)
		show(both[i], (struct oriel_damage){.full = true}, 7);
	check_same(both[0], both[1]);
	figures = strstr(outcome, "soft");
	if (figures && sscanf(figures, "soft %lf ms, opengl %lf ms", &soft_ms, &opengl_ms) == 2 &&
		opengl_ms != soft_ms)
		assert_string_equal(both[0]->ops->name, opengl_ms < soft_ms ? "opengl" : "soft");
	for (int i = 0; i < 2; i++)
		both[i]->ops->destroy(both[i]);
	oriel_window_headless.close(window);
	oriel_log_set_sink(NULL, NULL);
	assert_true(outcome[0]);
	if (!figures)
		oriel_test_skip("%s", outcome);
	print_message("# %s\n", outcome);
}

/* ---- shaders --------------------------------------------------------------------------------- */

static const char inverts[] =
	"//!HOOK MAIN\n//!BIND HOOKED\n"
	"vec4 hook() { return vec4(vec3(1.0) - HOOKED_tex(HOOKED_pos).rgb, 1.0); }\n";

static void write_shader(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int create_with_shader(const struct oriel_presenter_ops *ops,
	struct oriel_presenter **ret_presenter, struct oriel_window *window, const char *text,
	struct oriel_error *error)
{
	char path[] = "/tmp/oriel-test-shader-XXXXXX";
	struct oriel_present_options options = {.shader = path};
	int result;

	write_shader(path, text);
	result = ops->create(ret_presenter, window, &options, error);
	unlink(path);
	return result;
}

static void read_texture(struct oriel_gpu *gpu, void *ret_pixels)
{
	gpu->device->ops->bind_rt(gpu->device);
	assert_true(pl_tex_download(gpu->device->gpu,
		pl_tex_transfer_params(.tex = gpu->draw.offscreen, .ptr = ret_pixels)));
	gpu->device->ops->unbind_rt(gpu->device);
}

/* Eight bits: R,G,B,A, whatever the device has. */
static void read_window(struct oriel_gpu *gpu, uint8_t *ret_rgba)
{
	pl_tex texture = gpu->draw.offscreen;
	bool is_reversed = !strcmp(texture->params.format->name, "bgra8");

	read_texture(gpu, ret_rgba);
	for (int i = 0; is_reversed && i < texture->params.w * texture->params.h; i++) {
		uint8_t blue = ret_rgba[4 * i];

		ret_rgba[4 * i] = ret_rgba[4 * i + 2];
		ret_rgba[4 * i + 2] = blue;
	}
}

/* One of 255 apart at most. */
static void check_inverted(const uint8_t *rgba, const struct oriel_presenter *soft)
{
	struct oriel_image image;

	assert_true(soft->ops->get_image(soft, &image));
	for (uint32_t y = 0; y < HEIGHT_PX; y++)
		for (uint32_t x = 0; x < WIDTH_PX; x++, rgba += 4) {
			const uint8_t *bgr = image.pixels + y * image.pitch_bytes + 4 * (size_t)x;

			for (int i = 0; i < 3; i++)
				assert_in_range(rgba[i] + bgr[2 - i], 254, 256);
		}
}

static void a_shader_changes_what_is_drawn(void **state)
{
	const struct oriel_presenter_ops *ops = *state;
	static uint8_t drawn[WIDTH_PX * HEIGHT_PX * 4];
	struct oriel_window *window = open_window();
	struct oriel_present_options options = {0};
	struct oriel_presenter *both[2];
	struct oriel_error error = {0};

	if (create_with_shader(ops, &both[0], window, inverts, &error) == -ENODEV) {
		oriel_window_headless.close(window);
		oriel_test_skip("%s", error.message);
	}
	assert_string_equal(error.message, "");
	assert_int_equal(oriel_presenter_soft.create(&both[1], window, &options, NULL), 0);
	for (int i = 0; i < 2; i++) {
		begin(both[i]);
		show(both[i], (struct oriel_damage){.full = true}, 3);
	}
	read_window((struct oriel_gpu *)both[0], drawn);
	check_inverted(drawn, both[1]);
	/* What is kept of the picture is the guest's. */
	check_same(both[0], both[1]);
	for (int i = 0; i < 2; i++)
		both[i]->ops->destroy(both[i]);
	oriel_window_headless.close(window);
}

static void a_bad_shader_is_refused_with_a_reason(void **state)
{
	const struct oriel_presenter_ops *ops = *state;
	static const char *const texts[][2] = {{"", "is empty"},
		{"this is no shader\n", "no shader in mpv's format"},
		{"//!HOOK MAIN\n//!BIND HOOKED\nvec4 hook() { return no_such_thing; }\n",
			"no shader in mpv's format"}};
	struct oriel_window *window = open_window();

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct oriel_presenter *presenter = NULL;
		struct oriel_error error = {0};
		int result = create_with_shader(ops, &presenter, window, texts[i][0], &error);

		if (result == -ENODEV) {
			oriel_window_headless.close(window);
			oriel_test_skip("%s", error.message);
		}
		print_message("# %s\n", error.message);
		assert_int_equal(result, -EINVAL);
		assert_null(presenter);
		assert_null(strchr(error.message, '\n'));
		assert_non_null(strstr(error.message, "oriel-test-shader-"));
		assert_non_null(strstr(error.message, texts[i][1]));
	}
	oriel_window_headless.close(window);
}

static void a_shader_that_cannot_be_read_is_refused(void **state)
{
	char path[] = "/tmp/oriel-test-shader-XXXXXX";
	const struct {
		const char *path, *said;
		int result;
	} rows[] = {{"/nonexistent/a.glsl", "/nonexistent/a.glsl", -ENOENT},
		{"/tmp", "/tmp", -EISDIR}, {path, "too large", -EFBIG}};
	struct oriel_window *window = open_window();

	write_shader(path, inverts);
	assert_int_equal(truncate(path, (4 << 20) + 1), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct oriel_present_options options = {.shader = rows[i].path};
		struct oriel_presenter *presenter = NULL;
		struct oriel_error error = {0};
		int result = oriel_presenter_opengl.create(&presenter, window, &options, &error);

		if (result == -ENODEV) {
			unlink(path);
			oriel_window_headless.close(window);
			oriel_test_skip("%s", error.message);
		}
		print_message("# %s\n", error.message);
		assert_int_equal(result, rows[i].result);
		assert_non_null(strstr(error.message, rows[i].said));
	}
	unlink(path);
	oriel_window_headless.close(window);
}

/* ---- a window that takes nothing for a moment -------------------------------------------------
 *
 * These stand in for libplacebo's own: what is drawn goes to a texture that the case looks at.
 */

static struct {
	pl_tex texture;
	bool takes;
	int swaps;
} fake_window;

bool pl_swapchain_resize(pl_swapchain swapchain, int *width, int *height)
{
	return true;
}

bool pl_swapchain_start_frame(pl_swapchain swapchain, struct pl_swapchain_frame *ret_frame)
{
	if (fake_window.takes)
		*ret_frame = (struct pl_swapchain_frame){.fbo = fake_window.texture,
			.color_repr = pl_color_repr_rgb,
			.color_space = pl_color_space_srgb};
	return fake_window.takes;
}

bool pl_swapchain_submit_frame(pl_swapchain swapchain)
{
	return true;
}

void pl_swapchain_swap_buffers(pl_swapchain swapchain)
{
	fake_window.swaps++;
}

static void check_window(struct oriel_gpu *gpu, const struct oriel_presenter *soft)
{
	static uint8_t drawn[WIDTH_PX * HEIGHT_PX * 4];
	struct oriel_image image;

	read_window(gpu, drawn);
	assert_true(soft->ops->get_image(soft, &image));
	for (uint32_t y = 0; y < HEIGHT_PX; y++)
		for (uint32_t x = 0; x < WIDTH_PX; x++) {
			const uint8_t *rgba = drawn + 4 * ((size_t)y * WIDTH_PX + x);
			const uint8_t *bgr = image.pixels + y * image.pitch_bytes + 4 * (size_t)x;

			for (int i = 0; i < 3; i++)
				assert_int_equal(rgba[i], bgr[2 - i]);
		}
}

/* Nothing of what came meanwhile is lost, and it is drawn without anything new. */
static void what_the_window_did_not_take_is_shown_later(void **state)
{
	const struct oriel_presenter_ops *ops = *state;
	struct oriel_damage full = {.full = true}, part = {.count = 1, .rects = {{9, 9, 50, 40}}};
	struct oriel_present_options options = {0};
	struct oriel_window *window = open_window();
	struct oriel_presenter *both[2];
	struct oriel_error error = {0};
	struct oriel_gpu *gpu;

	if (ops->create(&both[0], window, &options, &error) == -ENODEV) {
		oriel_window_headless.close(window);
		oriel_test_skip("%s", error.message);
	}
	assert_int_equal(oriel_presenter_soft.create(&both[1], window, &options, NULL), 0);
	for (int i = 0; i < 2; i++) {
		begin(both[i]);
		show(both[i], full, 1);
	}
	gpu = (struct oriel_gpu *)both[0];
	gpu->device->swapchain = (pl_swapchain)&fake_window;
	fake_window.texture = gpu->draw.offscreen;
	fake_window.takes = false;
	fake_window.swaps = 0;
	for (int i = 0; i < 2; i++)
		show(both[i], part, 2);
	assert_int_equal(fake_window.swaps, 0);
	fake_window.takes = true;
	ops->present_rt(both[0]);
	assert_int_equal(fake_window.swaps, 1);
	check_window(gpu, both[1]);
	/* Nothing is left to be drawn. */
	ops->present_rt(both[0]);
	assert_int_equal(fake_window.swaps, 1);
	gpu->device->swapchain = NULL;
	for (int i = 0; i < 2; i++)
		both[i]->ops->destroy(both[i]);
	oriel_window_headless.close(window);
}

/* ---- ten bits -------------------------------------------------------------------------------- */

#define LEVELS 1024u

static const struct oriel_picture ramp_layout = {
	.format = ORIEL_PIXEL_RGBA10,
	.width_px = LEVELS,
	.height_px = 2,
	.rows = 2,
	.pitch_bytes = LEVELS * 4,
};

/* Red rises from left to right, blue falls; green does both. */
static uint32_t ramp_at(uint32_t x, uint32_t y)
{
	return x | (y ? LEVELS - 1 - x : x) << 10 | (LEVELS - 1 - x) << 20;
}

/* NULL: this machine lacks what error says. */
static struct oriel_gpu *open_ramp(const struct oriel_presenter_ops *ops,
	struct oriel_window **ret_window, const struct oriel_picture *as, struct oriel_error *error)
{
	struct oriel_window_options size = {"test", LEVELS, 2};
	static uint32_t words[2][LEVELS];
	struct oriel_present_options options = {0};
	struct oriel_presenter *presenter;
	struct oriel_frame frame = {.picture = *as,
		.pixels = (const uint8_t *)words,
		.size_bytes = sizeof words,
		.damage = {.full = true}};
	uint64_t bytes;

	for (uint32_t y = 0; y < 2; y++)
		for (uint32_t x = 0; x < LEVELS; x++)
			words[y][x] =
				as->format == ORIEL_PIXEL_RGBA10 ? ramp_at(x, y) : x / 4 * 0x010101;
	assert_int_equal(oriel_window_headless.open(ret_window, &size, NULL), 0);
	if (ops->create(&presenter, *ret_window, &options, error) == -ENODEV) {
		oriel_window_headless.close(*ret_window);
		return NULL;
	}
	assert_int_equal(ops->resize(presenter, LEVELS, 2, NULL), 0);
	assert_int_equal(ops->set_layout(presenter, as, NULL), 0);
	assert_int_equal(ops->upload_rt(presenter, &frame, &oriel_present_arrived, &bytes), 0);
	ops->present_rt(presenter);
	return (struct oriel_gpu *)presenter;
}

static void close_ramp(struct oriel_gpu *gpu, struct oriel_window *window)
{
	gpu->stand_in.base.ops->destroy(&gpu->stand_in.base);
	oriel_window_headless.close(window);
}

static void read_deep(struct oriel_gpu *gpu, uint16_t (*ret_rgba)[LEVELS][4])
{
	assert_int_equal(gpu->draw.offscreen->params.format->component_depth[0], 16);
	read_texture(gpu, ret_rgba);
}

static uint32_t count_levels(uint16_t (*rgba)[LEVELS][4], int channel)
{
	uint32_t levels = 1;

	for (uint32_t x = 1; x < LEVELS; x++)
		levels += rgba[0][x][channel] != rgba[0][x - 1][channel];
	return levels;
}

/* The same, and that with ten bits. */
static struct oriel_gpu *open_deep_ramp(const struct oriel_presenter_ops *ops,
	struct oriel_window **ret_window, struct oriel_error *error)
{
	struct oriel_gpu *gpu = open_ramp(ops, ret_window, &ramp_layout, error);

	if (!gpu || gpu->draw.is_deep)
		return gpu;
	close_ramp(gpu, *ret_window);
	oriel_error_set(error, -ENODEV, "%s has no textures of ten bits here", ops->name);
	return NULL;
}

static void a_picture_of_ten_bits_keeps_them(void **state)
{
	static uint16_t rgba[2][LEVELS][4];
	struct oriel_window *window;
	struct oriel_error error = {0};
	struct oriel_gpu *gpu = open_deep_ramp(*state, &window, &error);

	if (!gpu)
		oriel_test_skip("%s", error.message);
	read_deep(gpu, rgba);
	for (uint32_t y = 0; y < 2; y++)
		for (uint32_t x = 0; x < LEVELS; x++)
			for (int i = 0; i < 3; i++) {
				uint32_t code = ramp_at(x, y) >> 10 * i & 1023;

				assert_int_equal((rgba[y][x][i] * 1023u + 32767) / 65535, code);
			}
	print_message("# %u levels\n", count_levels(rgba, 0));
	assert_int_equal(count_levels(rgba, 0), LEVELS);
	close_ramp(gpu, window);
}

static void a_guest_of_eight_bits_costs_no_more(void **state)
{
	struct oriel_picture eight = ramp_layout;
	struct oriel_window *window;
	struct oriel_error error = {0};
	struct oriel_gpu *gpu;

	eight.format = ORIEL_PIXEL_BGRA;
	gpu = open_ramp(*state, &window, &eight, &error);
	if (!gpu)
		oriel_test_skip("%s", error.message);
	assert_false(gpu->draw.is_deep);
	assert_false(gpu->picture.canvas.is_deep);
	assert_null(gpu->picture.twin);
	assert_int_equal(gpu->draw.offscreen->params.format->component_depth[0], 8);
	close_ramp(gpu, window);
}

/* As soft has them, but for a cursor that is rounded later; on a changed part, and when the device
 * is lost. */
static void who_asks_for_eight_bits_gets_them(void **state)
{
	static const uint8_t shape_image[8 * 8 * 4] = {1, 2, 3, 255, 200, 100, 50, 128};
	struct oriel_cursor_shape shape = {ORIEL_CURSOR_COLOUR, 8, 8, 32, 0, 0, shape_image};
	struct oriel_pointer pointer = {20, 30, true, &shape};
	struct oriel_damage full = {.full = true}, part = {.count = 1, .rects = {{9, 9, 50, 40}}};
	struct oriel_present_options options = {0};
	struct oriel_picture deep = layout;
	struct oriel_window *window;
	struct oriel_error error = {0};
	struct oriel_gpu *gpu = open_deep_ramp(*state, &window, &error);
	struct oriel_presenter *both[2];

	if (!gpu)
		oriel_test_skip("%s", error.message);
	both[0] = &gpu->stand_in.base;
	deep.format = ORIEL_PIXEL_RGBA10;
	assert_int_equal(oriel_presenter_soft.create(&both[1], window, &options, NULL), 0);
	for (int i = 0; i < 2; i++) {
		begin(both[i]);
		show(both[i], full, 1);
		assert_int_equal(both[i]->ops->set_layout(both[i], &deep, NULL), 0);
	}
	assert_true(gpu->picture.canvas.is_deep);
	check_same(both[0], both[1]);
	for (int i = 0; i < 2; i++)
		show_as(both[i], &deep, part, 2);
	check_same(both[0], both[1]);
	for (int i = 0; i < 2; i++) {
		both[i]->ops->set_cursor_rt(both[i], &pointer);
		both[i]->ops->present_rt(both[i]);
	}
	check_close(both[0], both[1], 1);
	assert_int_equal(oriel_gpu_loss_take_over(gpu, NULL), 0);
	both[0]->ops->present_rt(both[0]);
	check_same(both[0], both[1]);
	both[1]->ops->destroy(both[1]);
	close_ramp(gpu, window);
}

/* The case for one of the drivers. */
#define WITH(driver, test)                                                                         \
	{                                                                                          \
		.name = #test " by " #driver, .test_func = test,                                   \
		.initial_state = (void *)&oriel_presenter_##driver                                 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_device_leaves_the_picture_to_soft),
		WITH(vulkan, a_shader_changes_what_is_drawn),
		WITH(opengl, a_shader_changes_what_is_drawn),
		WITH(vulkan, a_bad_shader_is_refused_with_a_reason),
		WITH(opengl, a_bad_shader_is_refused_with_a_reason),
		cmocka_unit_test(a_shader_that_cannot_be_read_is_refused),
		WITH(vulkan, what_the_window_did_not_take_is_shown_later),
		WITH(opengl, what_the_window_did_not_take_is_shown_later),
		WITH(vulkan, a_picture_of_ten_bits_keeps_them),
		WITH(opengl, a_picture_of_ten_bits_keeps_them),
		WITH(vulkan, a_guest_of_eight_bits_costs_no_more),
		WITH(opengl, a_guest_of_eight_bits_costs_no_more),
		WITH(vulkan, who_asks_for_eight_bits_gets_them),
		WITH(opengl, who_asks_for_eight_bits_gets_them),
		cmocka_unit_test(no_driver_that_draws_with_the_processor_is_chosen),
		cmocka_unit_test(a_driver_is_measured_beside_soft_and_the_faster_one_goes_on),
	};

	oriel_log_set_program("view-gpu");
	return cmocka_run_group_tests_name("view-gpu", tests, NULL, NULL);
}
