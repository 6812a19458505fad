/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a compositor hears of the pictures to come, and one that does not listen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "base/log.h"
#include "harness/wayland/compositor.h"
#include "window/wayland/wayland.h"

/* As the protocols number them. */
enum { VIDEO = 2, GAME = 3, ASYNC = 1 };

/* Of a window with these wishes. Its size was waited for, which it asked for last. */
static struct test_hints hear(bool has_hints, enum oriel_content content, bool may_tear)
{
	struct test_compositor_options options = {.has_hints = has_hints};
	struct oriel_window_options wishes = {
		.title = "test", .width_px = 64, .height_px = 48, .is_borderless = true};
	struct test_compositor *compositor = test_compositor_start(&options);
	struct oriel_window *window;
	struct test_hints hints;

	wishes.content = content;
	wishes.may_tear = may_tear;
	assert_int_equal(oriel_window_wayland.open(&window, &wishes, NULL), 0);
	hints = test_compositor_get_hints(compositor);
	oriel_window_wayland.close(window);
	test_compositor_stop(compositor);
	return hints;
}

static void the_kind_of_picture_is_told(void **state)
{
	static const struct {
		enum oriel_content content;
		uint32_t told;
	} kinds[] = {{ORIEL_CONTENT_VIDEO, VIDEO}, {ORIEL_CONTENT_GAME, GAME}};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct test_hints hints = hear(true, kinds[i].content, false);

		assert_true(hints.has_content);
		assert_int_equal(hints.content, kinds[i].told);
		assert_false(hints.has_tearing);
	}
}

static void leave_to_show_pictures_at_once_is_told(void **state)
{
	struct test_hints hints = hear(true, ORIEL_CONTENT_ANY, true);

	assert_true(hints.has_tearing);
	assert_int_equal(hints.tearing, ASYNC);
	assert_false(hints.has_content);
}

static void one_that_does_not_listen_is_not_told(void **state)
{
	struct test_hints hints = hear(false, ORIEL_CONTENT_GAME, true);

	assert_false(hints.has_content);
	assert_false(hints.has_tearing);
}

/* Whether the window asked for the screen by its name, when it was to fill one. */
static bool fills_named(struct test_compositor *compositor, struct oriel_window *window)
{
	unsigned before = test_compositor_get_hints(compositor).fullscreens;
	struct test_hints hints;
	struct oriel_native native;

	window->ops->get_native(window, &native);
	window->ops->set_fullscreen_rt(window, ORIEL_FULLSCREEN_ON);
	assert_true(wl_display_roundtrip(native.wayland.display) >= 0);
	hints = test_compositor_get_hints(compositor);
	assert_int_equal(hints.fullscreens, before + 1);
	return hints.has_named;
}

static void a_screen_that_is_gone_is_not_asked_for(void **state)
{
	struct test_compositor_options options = {.output = "DP-1"};
	struct oriel_window_options wishes = {.title = "test",
		.width_px = 64,
		.height_px = 48,
		.is_borderless = true,
		.output = "DP-1"};
	struct test_compositor *compositor = test_compositor_start(&options);
	struct oriel_window *window;
	struct oriel_native native;

	assert_int_equal(oriel_window_wayland.open(&window, &wishes, NULL), 0);
	assert_true(fills_named(compositor, window));
	test_compositor_unplug(compositor);
	window->ops->get_native(window, &native);
	assert_true(wl_display_roundtrip(native.wayland.display) >= 0);
	assert_false(fills_named(compositor, window));
	oriel_window_wayland.close(window);
	test_compositor_stop(compositor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kind_of_picture_is_told),
		cmocka_unit_test(leave_to_show_pictures_at_once_is_told),
		cmocka_unit_test(one_that_does_not_listen_is_not_told),
		cmocka_unit_test(a_screen_that_is_gone_is_not_asked_for),
	};

	oriel_log_set_level(ORIEL_LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
