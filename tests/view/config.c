/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of settings: what wins over what, what is refused and how, and a stock client's file. */
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "tests/remove_tree.h"
#include "view/config.h"
#include "view/import.h"

struct fixture {
	char *top, *system, *user;
	struct oriel_config_folders folders;
};

static int set_up(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);

	fixture->top = g_dir_make_tmp("oriel-config-XXXXXX", NULL);
	assert_non_null(fixture->top);
	fixture->system = g_build_filename(fixture->top, "etc", NULL);
	fixture->user = g_build_filename(fixture->top, "home", NULL);
	fixture->folders = (struct oriel_config_folders){fixture->system, fixture->user};
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	remove_tree(fixture->top);
	g_free(fixture->top);
	g_free(fixture->system);
	g_free(fixture->user);
	g_free(fixture);
	return 0;
}

static char *put(const char *folder, const char *file, const char *text)
{
	char *path = g_build_filename(folder, file, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	assert_int_equal(g_mkdir_with_parents(parent, 0700), 0);
	assert_true(g_file_set_contents(path, text, -1, NULL));
	return path;
}

static int load(struct fixture *fixture, struct oriel_view_options *ret_options,
	struct oriel_error *error, const char *line)
{
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);

	return oriel_config_load(
		ret_options, &fixture->folders, (int)g_strv_length(argv), argv, error);
}

static void nothing_there_gives_the_defaults(void **state)
{
	struct oriel_view_options options;

	assert_int_equal(load(*state, &options, NULL, "oriel-view"), 0);
	assert_string_equal(options.title, "Oriel");
	assert_non_null(options.source);
}

static void each_is_over_the_one_before(void **state)
{
	struct fixture *fixture = *state;
	struct oriel_view_options options;
	g_autofree char *system = put(fixture->system, "view.ini",
		"# the machine's\n[window]\ntitle = a\nsize=640x480\n\n[picture]\nscale = none\n"
		"filter = nearest\n[program]\nlog = debug\n");
	g_autofree char *user = put(fixture->user, "view.ini",
		"[window]\r\ntitle = b = c\r\n; mine\r\n[picture]\r\nscale=integer\r\n");
	g_autofree char *vm = put(fixture->user, "vm/win 11.ini", "[window]\n  title =  d\n");
	char name[] = "--vm=win 11", program[] = "oriel-view", title[] = "--title=e";
	char *argv[] = {program, name, title, NULL};

	assert_int_equal(load(fixture, &options, NULL, "oriel-view"), 0);
	assert_string_equal(options.title, "b = c");
	assert_int_equal(options.width_px, 640);
	assert_int_equal(options.scale, ORIEL_SCALE_INTEGER);
	assert_int_equal(options.filter, ORIEL_FILTER_NEAREST);
	assert_int_equal(options.log_level, ORIEL_LOG_DEBUG);
	assert_int_equal(oriel_config_load(&options, &fixture->folders, 2, argv, NULL), 0);
	assert_string_equal(options.title, "d");
	assert_int_equal(oriel_config_load(&options, &fixture->folders, 3, argv, NULL), 0);
	assert_string_equal(options.title, "e");
	assert_int_equal(options.scale, ORIEL_SCALE_INTEGER);
}

static void a_machines_profile_is_beneath_all(void **state)
{
	struct fixture *fixture = *state;
	struct oriel_view_options options;
	g_autofree char *user = put(fixture->user, "view.ini", "[audio]\naudio-latency = 33\n");

	assert_int_equal(load(fixture, &options, NULL, "oriel-view --machine-profile gaming"), 0);
	assert_int_equal(options.swap, ORIEL_SWAP_IMMEDIATE);
	assert_true(options.jit);
	assert_int_equal(options.width_px, 0);
	assert_int_equal(options.audio_latency_ms, 33);
	assert_int_equal(load(fixture, &options, NULL,
				 "oriel-view --swap vsync --machine-profile gaming --no-jit"),
		0);
	assert_int_equal(options.swap, ORIEL_SWAP_VSYNC);
	assert_false(options.jit);
	assert_int_equal(load(fixture, &options, NULL, "oriel-view --machine-profile mine"), 0);
	assert_int_equal(options.swap, ORIEL_SWAP_MAILBOX);
}

static void config_replaces_the_usual_files(void **state)
{
	struct fixture *fixture = *state;
	struct oriel_view_options options;
	struct oriel_error error;
	g_autofree char *user = put(fixture->user, "view.ini", "[window]\ntitle = a\nsize=1x1\n");
	g_autofree char *other = put(fixture->top, "other.ini", "[window]\ntitle = b\n");
	g_autofree char *line = g_strdup_printf("oriel-view --config %s", other);
	g_autofree char *missing = g_strdup_printf("oriel-view --config %s.not", other);

	assert_int_equal(load(fixture, &options, NULL, line), 0);
	assert_string_equal(options.title, "b");
	assert_int_equal(options.width_px, 0);
	assert_int_equal(load(fixture, &options, &error, missing), -ENOENT);
	assert_non_null(strstr(error.message, "other.ini.not"));
	assert_int_equal(load(fixture, &options, NULL, "oriel-view --config /dev/null"), 0);
	assert_string_equal(options.title, "Oriel");
}

/* The place in the file, and what is said about it. */
static void a_broken_file_names_the_place(void **state)
{
	static const char *const rows[][3] = {
		{"[window]\n\nsize = 640\n", ":3: size: ", "WIDTHxHEIGHT"},
		{"title = a\n", ":1: ", "belongs below [window]"},
		{"[picture]\ntitle = a\n", ":2: ", "belongs below [window]"},
		{"[window]\ntitel = a\n", ":2: ", "did you mean \"title\"?"},
		{"[window]\nxyzzy = abc\n", ":2: ", "\"xyzzy\" with the value \"abc\""},
		{"[window]\nxyzzy = a\n", ":2: ", "[window] takes window, size, follow"},
		{"[windw]\n", ":1: ", "did you mean [window]?"},
		{"[window\n", ":1: ", "]"},
		{"[]\n", ":1: ", "picture"},
		{"[window]\ntitle\n", ":2: ", "name = value"},
		{"[window]\ntitle =\n", ":2: title: ", "empty"},
		{"[window]\n= a\n", ":2: ", "unknown key"},
		{"[picture]\nscale = big\n", ":2: scale: ", "fit, none, integer, stretch"},
		{"[program]\nstats = yes\n", ":2: ", "only taken on the command line"},
		{"[window]\ntitle = \xff\n", ": ", "UTF-8"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct oriel_view_options options = {.frames = 77};
		struct oriel_error error;

		assert_int_equal(oriel_config_read(&options, "f.ini", rows[i][0], &error), -EINVAL);
		assert_int_equal(options.frames, 77);
		assert_true(g_str_has_prefix(error.message, "f.ini"));
		assert_non_null(strstr(error.message, rows[i][1]));
		assert_non_null(strstr(error.message, rows[i][2]));
		assert_null(strchr(error.message, '\n'));
	}
}

/* What it takes is said before a value that fills the message. */
static void a_long_value_hides_nothing(void **state)
{
	static const char *const rows[][2] = {
		{"scale", "fit, none, integer, stretch"},
		{"filter", "nearest"},
		{"brightness", "from 10 to 400"},
	};
	g_autofree char *value = g_strnfill(1000, 'x');

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strdup_printf("[picture]\n%s = %s\n", rows[i][0], value);
		g_autofree char *place = g_strdup_printf("f.ini:2: %s: takes ", rows[i][0]);
		struct oriel_view_options options = {0};
		struct oriel_error error;

		assert_int_equal(oriel_config_read(&options, "f.ini", text, &error), -EINVAL);
		assert_true(g_str_has_prefix(error.message, place));
		assert_non_null(strstr(error.message, rows[i][1]));
		assert_non_null(strstr(error.message, "not \"xxxx"));
	}
}

static void what_editors_add_is_no_error(void **state)
{
	struct oriel_view_options options = {0};

	assert_int_equal(oriel_config_read(&options, "f.ini",
				 "\xef\xbb\xbf[window]\r\ntitle = a\r\n\r\nsize = 8x9", NULL),
		0);
	assert_string_equal(options.title, "a");
	assert_int_equal(options.height_px, 9);
}

static void what_is_no_text_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct oriel_view_options options;
	struct oriel_error error;
	g_autofree char *path = put(fixture->user, "view.ini", "");
	g_autofree char *large = g_strnfill(70000, '\n');

	assert_true(g_file_set_contents(path, "[window]\0x", 10, NULL));
	assert_int_equal(load(fixture, &options, &error, "oriel-view"), -EINVAL);
	assert_non_null(strstr(error.message, "view.ini"));
	assert_true(g_file_set_contents(path, large, -1, NULL));
	assert_int_equal(load(fixture, &options, &error, "oriel-view"), -EFBIG);
	assert_int_equal(load(fixture, &options, &error, "oriel-view --help"), 0);
	assert_true(options.help);
}

/* ---- import --------------------------------------------------------------------------------- */

#define IMPORT_MAX_BYTES 16384

static char *import(struct fixture *fixture, const char *text)
{
	g_autofree char *path = put(fixture->top, "client.ini", text);
	char *ours = g_malloc0(IMPORT_MAX_BYTES);
	FILE *file = fmemopen(ours, IMPORT_MAX_BYTES, "w");

	assert_int_equal(oriel_import_print(path, file, NULL), 0);
	fclose(file);
	return ours;
}

static void a_stock_file_becomes_ours(void **state)
{
	g_autofree char *ours = import(*state,
		"; stock\n[app]\nshmFile=/dev/shm/lg\nrenderer=EGL\n[win]\ntitle=My VM\n"
		"size=1024x768\nkeepAspect=no\njitRender=yes\nquickSplash=YES\n[egl]\nscale=2\n["
		"nonsense]\nx=y\n");
	struct oriel_view_options options;

	oriel_options_init(&options);
	assert_int_equal(oriel_config_read(&options, "imported", ours, NULL), 0);
	assert_string_equal(options.source, "/dev/shm/lg");
	assert_string_equal(options.title, "My VM");
	assert_int_equal(options.width_px, 1024);
	assert_int_equal(options.scale, ORIEL_SCALE_STRETCH);
	assert_int_equal(options.filter, ORIEL_FILTER_LINEAR);
	assert_true(options.jit);
	assert_string_equal(options.present, "gpu");
	assert_non_null(strstr(ours, "# line 10: win:quickSplash=YES: "));
	assert_non_null(strstr(ours, "# line 14: nonsense:x=y: no stock client"));
}

static void a_bad_stock_value_is_told(void **state)
{
	g_autofree char *ours = import(*state, "[win]\nsize=big\nintUpscale=maybe\nrubbish\n");

	assert_null(strstr(ours, "\nsize"));
	assert_null(strstr(ours, "[window]"));
	assert_non_null(strstr(ours, "# line 2: win:size=big: takes auto"));
	assert_non_null(strstr(ours, "# line 4: rubbish: is no setting"));
}

static void a_stock_clients_keys_are_taken_over(void **state)
{
	g_autofree char *ours =
		import(*state, "[input]\nescapeKey=KEY_RIGHTCTRL\nmouseSens=-3\ngrabKeyboard=no\n"
			       "captureOnly=yes\ncaptureOnFocus=yes\nrawMouse=yes\n");
	g_autofree char *by_number = import(*state, "[input]\nescapeKey=70\n");
	g_autofree char *unknown = import(*state, "[input]\nescapeKey=KEY_NONE\n");
	struct oriel_view_options options;

	oriel_options_init(&options);
	assert_int_equal(oriel_config_read(&options, "imported", ours, NULL), 0);
	assert_int_equal(options.capture.escape.keys[0], KEY_RIGHTCTRL);
	assert_int_equal(options.capture.sensitivity, -3);
	assert_false(options.grab_keyboard);
	assert_int_equal(options.input, ORIEL_CAPTURE_INPUT_CAPTURED);
	assert_int_equal(options.capture_by, ORIEL_CAPTURE_BY_FOCUS);
	assert_non_null(strstr(ours, "# line 7: input:rawMouse=yes: "));
	assert_int_equal(oriel_config_read(&options, "imported", by_number, NULL), 0);
	assert_int_equal(options.capture.escape.keys[0], KEY_SCROLLLOCK);
	assert_non_null(strstr(unknown, "# line 2: input:escapeKey=KEY_NONE: "));
}

/* By groups, as B7 and the releases after it have them. */
static const char *const stock_options[] = {
	"app",
	"configFile renderer license cursorPollInterval framePollInterval allowDMA shmFile "
	"transport",
	"lgmp",
	"shmDevice allowDMA framePollInterval cursorPollInterval",
	"win",
	"title appId position size autoResize allowResize keepAspect forceAspect "
	"dontUpscale intUpscale shrinkOnUpscale borderless fullScreen maximize "
	"minimizeOnFocusLoss setGuestRes fpsMin ignoreQuit noScreensaver autoScreensaver "
	"alerts quickSplash overlayDimsDesktop rotate uiFont uiSize jitRender "
	"requestActivation showFPS disableWaitingMessage",
	"input",
	"captureOnFocus grabKeyboard grabKeyboardOnFocus releaseKeysOnFocusLoss escapeKey "
	"ignoreWindowsKeys hideCursor mouseSens mouseSmoothing rawMouse mouseRedraw "
	"mouseTrace autoCapture captureOnly helpMenuDelay evdev evdevExclusive "
	"scaleCursor captureOnStart alwaysShowCursor showCursorDot largeCursorDot",
	"clipboard",
	"toVM toLocal",
	"spice",
	"enable host port input clipboard clipboardToVM clipboardToLocal audio "
	"waitForServer usbAudio scaleCursor captureOnStart alwaysShowCursor "
	"showCursorDot largeCursorDot",
	"audio",
	"periodSize bufferLatency latencyOffset resampler micDefault micShowIndicator "
	"syncVolume debug",
	"pipewire",
	"outDevice recDevice",
	"egl",
	"vsync doubleBuffer multisample nvGainMax nvGain cbMode scale debug noBufferAge "
	"noSwapDamage scalePointer mapHDRtoSDR peakLuminance maxCLL preset",
	"eglFilter",
	"order ffxFSR ffxFSRSharpness ffxCAS ffxCASSharpness downscale "
	"downscaleFilter downscalePixelSize downscaleHOffset downscaleVOffset "
	"glslPath glslEnabled",
	"opengl",
	"mipmap vsync preventBuffer amdPinnedMem",
	"wayland",
	"warpSupport fractionScale",
	"i3",
	"globalFullScreen",
	"test",
	"width height frameRate format damage stride frameCount captureFile captureFrame "
	"captureDelay realtime holdLastFrame",
	NULL,
};

/* Its words go into files that people read: each has an answer of its own. */
static void every_stock_option_has_an_answer(void **state)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *ours = NULL;

	for (int i = 0; stock_options[i]; i += 2) {
		g_auto(GStrv) keys = g_strsplit(stock_options[i + 1], " ", -1);

		g_string_append_printf(text, "[%s]\n", stock_options[i]);
		for (char **key = keys; *key; key++)
			g_string_append_printf(text, "%s=1\n", *key);
	}
	ours = import(*state, text->str);
	assert_null(strstr(ours, "no stock client"));
	assert_non_null(strstr(ours, "win:appId=1: "));
	assert_non_null(strstr(ours, "eglFilter:glslEnabled=1: "));
}

static void what_stock_options_say_together(void **state)
{
	static const struct {
		const char *stock, *ours, *without;
	} cases[] = {
		{"[spice]\nhost=127.0.0.1\nport=5901\n", "spice = spice://127.0.0.1:5901\n"},
		{"[spice]\nport=5901\nhost=::1\n", "spice = spice://[::1]:5901\n"},
		{"[spice]\nhost=/run/vm.sock\nport=0\n", "spice = /run/vm.sock\n"},
		{"[spice]\nhost=localhost\nenable=no\n", "", "spice = "},
		{"[win]\ntitle=x\n",
			"# spice: the stock client takes the server at 127.0.0.1:5900"},
		{"[win]\nsetGuestRes=yes\n[spice]\nport=5900\n", "follow = window\n"},
		{"[win]\nsetGuestRes=yes\n", "# follow: ", "follow = "},
		{"[win]\nintUpscale=yes\nkeepAspect=yes\n", "scale = integer\n"},
		{"[win]\nkeepAspect=yes\n", "", "scale = "},
		{"[win]\nautoResize=yes\nsize=800x600\n", "size = auto\n", "800x600"},
		{"[win]\nposition=100x200\n", "position = 100,200\n"},
		{"[win]\nposition=center\n", "", "position"},
		{"[win]\nrotate=270\n", "rotate = 270\n# Not taken over:\n# rotate: leave it out"},
		{"[win]\nrotate=0\n", "", "rotate"},
		{"[win]\nrotate=45\n", "# rotate: takes 0, 90, 180, 270, not \"45\"", "rotate = "},
		{"[clipboard]\ntoVM=no\n", "clipboard = to-host\n"},
		{"[spice]\nclipboardToLocal=no\n", "clipboard = to-guest\n"},
		{"[clipboard]\ntoVM=no\ntoLocal=off\n", "clipboard = off\n"},
		{"[spice]\nclipboard=no\n", "clipboard = off\n"},
		{"[input]\ncaptureOnly=yes\n[spice]\ninput=no\n", "input = never\n"},
		{"[win]\nnoScreensaver=yes\n", "keep-awake = always\n"},
		{"[egl]\nvsync=yes\n", "swap = vsync\n"},
		{"[input]\nevdev=/dev/input/event3\n", "input-evdev = /dev/input/event3\n"},
		{"[pipewire]\noutDevice=a\nrecDevice=b\n", "audio-device = a\n"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		g_autofree char *ours = import(*state, cases[i].stock);
		struct oriel_view_options options;

		if (!strstr(ours, cases[i].ours) ||
			(cases[i].without && strstr(ours, cases[i].without)))
			fail_msg("%s became\n%s", cases[i].stock, ours);
		oriel_options_init(&options);
		assert_int_equal(oriel_config_read(&options, "imported", ours, NULL), 0);
		assert_int_equal(oriel_options_finish(&options, NULL), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_there_gives_the_defaults),
		TEST(each_is_over_the_one_before),
		TEST(a_machines_profile_is_beneath_all),
		TEST(config_replaces_the_usual_files),
		TEST(a_broken_file_names_the_place),
		TEST(a_long_value_hides_nothing),
		TEST(what_editors_add_is_no_error),
		TEST(what_is_no_text_is_refused),
		TEST(a_stock_file_becomes_ours),
		TEST(a_bad_stock_value_is_told),
		TEST(a_stock_clients_keys_are_taken_over),
		TEST(every_stock_option_has_an_answer),
		TEST(what_stock_options_say_together),
	};

	return cmocka_run_group_tests_name("view-config", tests, NULL, NULL);
}
