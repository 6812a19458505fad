/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel-view: the window onto a guest. The main thread handles signals, time limits and the waiting
 * screen; the render thread (view/render.h) does the rest.
 */
#include <errno.h>
#include <glib-unix.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "control/path.h"
#include "present/present.h"
#include "relay/region.h"
#include "view/board.h"
#include "view/box.h"
#include "view/card.h"
#include "view/clipboard.h"
#include "view/config.h"
#include "view/exports.h"
#include "view/evdev.h"
#include "view/figures.h"
#include "view/help.h"
#include "view/import.h"
#include "view/input_path.h"
#include "view/input_queue.h"
#include "view/memory.h"
#include "view/option.h"
#include "view/options.h"
#include "view/remote.h"
#include "view/render.h"
#include "view/sandbox.h"
#include "view/screenshot.h"
#include "view/send.h"
#include "view/source.h"
#include "view/sound.h"
#include "view/source_pair.h"
#include "view/spice.h"
#include "window/window.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_TIMED_OUT = 124 };

/* Of a window that opens before the guest's size is known. */
#define DEFAULT_WIDTH_PX 1280
#define DEFAULT_HEIGHT_PX 720

/* A guest that is running shows its picture sooner than this; fonts are loaded only after it. */
#define CARD_DELAY_MS 150
/* The render thread ends within milliseconds of being asked, unless the display server hangs. */
#define STOP_LIMIT_MS 700
/* Nobody sees the waiting screen of a headless viewer: a source that is wrong for so long ends it.
 * A file that a VM is just making is wrong for a moment. */
#define REFUSED_LIMIT_MS 1000
/* How dark the last picture gets under the reason why there is no newer one. */
#define CARD_DIM 150
/* How long a remark stays, and for each of its letters. */
#define NOTE_MS 1500
#define NOTE_LETTER_MS 40
/* How often figures are drawn. */
#define FIGURES_MS 250

struct viewer {
	int argc;
	char **argv;
	struct oriel_view_options options;
	struct oriel_source *source;
	struct oriel_window *window;
	struct oriel_presenter *presenter;
	struct oriel_input_queue *inputs;
	struct oriel_evdev *evdev;     /* NULL: none */
	struct oriel_input_path input; /* the render thread's while it runs */
	struct oriel_sink *recorder;
	struct oriel_view_clipboard *clipboard;
	struct oriel_sound *sound; /* NULL: none */
	struct oriel_send *send;   /* NULL: none */
	struct oriel_view_spice *spice;
	struct oriel_box *box; /* for the display that comes by SPICE; NULL: none does */
	char *spice_problem;   /* NULL: none */
	struct oriel_render *render;
	struct oriel_exports *exports;
	struct oriel_remote *remote;
	GMainLoop *loop;
	struct oriel_board *board;
	guint note_timer; /* 0: none */
	struct oriel_figures *figures;
	uint32_t shown;	     /* of them: 1 << enum oriel_action */
	guint figures_timer; /* 0: none */
	enum oriel_capture_state capture;
	enum oriel_microphone_state microphone;
	struct oriel_render_event status;
	bool shows_cards; /* there is a window to see them in, and it is time */
	bool is_headless;
	guint refused_timer; /* 0: none */
	bool has_ended;
	int exit_status;
};

/* ---- stopping ------------------------------------------------------------------------------- */

static gboolean on_stop_limit(gpointer data)
{
	struct viewer *viewer = data;

	oriel_log(ORIEL_LOG_ERROR, "the display server does not answer; ending without it");
	viewer->exit_status = EXIT_FAILED;
	g_main_loop_quit(viewer->loop);
	return G_SOURCE_REMOVE;
}

static void stop(struct viewer *viewer, int exit_status)
{
	viewer->exit_status = exit_status;
	oriel_render_stop(viewer->render);
	g_timeout_add(STOP_LIMIT_MS, on_stop_limit, viewer);
}

/* ---- events of the render thread ------------------------------------------------------------ */

static void show_waiting(struct viewer *viewer)
{
	bool was_fresh = viewer->status.status.was_fresh;
	g_autofree char *reasons = NULL;
	struct oriel_card *card = NULL;

	if (viewer->shows_cards && !viewer->status.status.is_fresh) {
		reasons =
			g_strjoin("\n", viewer->status.status.reason, viewer->spice_problem, NULL);
		card = oriel_card_create(
			was_fresh ? "The picture stands still" : "Waiting for the guest", reasons,
			viewer->status.status.window_width_px);
	}
	if (card && was_fresh)
		card->overlay.dim = CARD_DIM;
	oriel_board_set(viewer->board, ORIEL_BOARD_WAITING, card);
}

static gboolean on_note_end(gpointer data)
{
	struct viewer *viewer = data;

	viewer->note_timer = 0;
	oriel_board_set(viewer->board, ORIEL_BOARD_NOTE, NULL);
	return G_SOURCE_REMOVE;
}

static void show_note(struct viewer *viewer, const char *text)
{
	if (viewer->note_timer)
		g_source_remove(viewer->note_timer);
	oriel_board_set(viewer->board, ORIEL_BOARD_NOTE, oriel_card_create_note(text));
	viewer->note_timer =
		g_timeout_add(NOTE_MS + NOTE_LETTER_MS * (guint)strlen(text), on_note_end, viewer);
}

/* Waiting says what is wrong with SPICE; over a picture it is a remark. */
static void on_spice(void *data, const char *reason, bool is_problem)
{
	struct viewer *viewer = data;
	bool was_problem = viewer->spice_problem != NULL;

	g_free(viewer->spice_problem);
	viewer->spice_problem = is_problem ? g_strdup(reason) : NULL;
	if (!viewer->shows_cards)
		return;
	if (!viewer->status.status.is_fresh)
		show_waiting(viewer);
	else if (is_problem || was_problem)
		show_note(viewer, reason);
}

static void tell_origin(struct viewer *viewer, const char *origin)
{
	const char *before = viewer->status.status.origin;
	bool is_spice = !g_strcmp0(origin, "spice");

	if (!origin || origin == before || (!before && !is_spice))
		return;
	oriel_log(ORIEL_LOG_INFO, "the picture comes %s",
		is_spice ? "by SPICE" : "from the shared memory");
	if (viewer->shows_cards)
		show_note(viewer,
			is_spice ? "The display comes by SPICE: the guest program shows nothing"
				 : "The display comes from the guest program");
}

/* ---- sound ---------------------------------------------------------------------------------- */

/* Words come only after a while, like everything that loads fonts. */
static void on_sound_told(void *data, const char *text)
{
	struct viewer *viewer = data;

	if (viewer->shows_cards)
		show_note(viewer, text);
}

static void show_microphone(struct viewer *viewer)
{
	struct oriel_card *card = NULL;

	if (!viewer->shows_cards)
		return;
	if (viewer->microphone == ORIEL_MICROPHONE_ASKING)
		card = oriel_help_create_question(&viewer->options.capture,
			"The guest wants to hear you", ORIEL_ACTION_MICROPHONE,
			ORIEL_ACTION_NO_MICROPHONE, viewer->status.status.window_width_px);
	else if (viewer->microphone == ORIEL_MICROPHONE_OPEN)
		card = oriel_card_create_indicator("Microphone");
	oriel_board_set(viewer->board, ORIEL_BOARD_MICROPHONE, card);
}

static void on_microphone(void *data, enum oriel_microphone_state state)
{
	struct viewer *viewer = data;

	viewer->microphone = state;
	show_microphone(viewer);
}

static void switch_microphone(struct viewer *viewer, uint32_t actions)
{
	if (!viewer->sound)
		show_note(viewer, "There is no microphone: it needs --spice and PipeWire");
	else if (actions & 1u << ORIEL_ACTION_NO_MICROPHONE)
		oriel_sound_refuse_microphone(viewer->sound);
	else
		oriel_sound_switch_microphone(viewer->sound);
}

/* ---- files for the guest --------------------------------------------------------------------- */

static void on_sent(void *data, const char *text, bool is_problem)
{
	struct viewer *viewer = data;

	oriel_log(is_problem ? ORIEL_LOG_WARNING : ORIEL_LOG_INFO, "%s", text);
	if (viewer->shows_cards)
		show_note(viewer, text);
}

static void on_sending(void *data, int percent)
{
	struct viewer *viewer = data;
	struct oriel_card *card = NULL;
	char text[32];

	if (!viewer->shows_cards)
		return;
	g_snprintf(text, sizeof text, "Sending: %d %%", percent);
	if (percent >= 0)
		card = oriel_card_create_indicator(text);
	if (card)
		card->overlay.x_side = ORIEL_SIDE_START;
	oriel_board_set(viewer->board, ORIEL_BOARD_SENDING, card);
}

static void do_files(struct viewer *viewer, uint32_t actions)
{
	if (!viewer->send)
		show_note(viewer, "Files are sent over SPICE: it needs --spice");
	else if (actions & 1u << ORIEL_ACTION_CANCEL_FILES)
		oriel_send_cancel(viewer->send);
	else
		oriel_send_copied(viewer->send);
}

/* ---- more events ---------------------------------------------------------------------------- */

static gboolean on_refused_limit(gpointer data);

static void watch_refusal(struct viewer *viewer)
{
	bool is_wanted = viewer->is_headless && viewer->status.status.is_refused &&
			 !viewer->status.status.was_fresh;

	if (is_wanted && !viewer->refused_timer)
		viewer->refused_timer = g_timeout_add(REFUSED_LIMIT_MS, on_refused_limit, viewer);
	if (!is_wanted && viewer->refused_timer) {
		g_source_remove(viewer->refused_timer);
		viewer->refused_timer = 0;
	}
}

static void on_status(struct viewer *viewer, const struct oriel_render_event *event)
{
	bool is_news = event->status.is_fresh != viewer->status.status.is_fresh ||
		       g_strcmp0(event->status.reason, viewer->status.status.reason);

	tell_origin(viewer, event->status.origin);
	viewer->status = *event;
	oriel_view_spice_set_window(
		viewer->spice, event->status.window_width_px, event->status.window_height_px);
	watch_refusal(viewer);
	/* A refusal that ends the viewer is told once, as the error. */
	if (is_news && !event->status.is_fresh && !viewer->refused_timer)
		oriel_log(ORIEL_LOG_INFO, "%s", event->status.reason);
	show_waiting(viewer);
}

static void on_card_back(struct viewer *viewer, const struct oriel_render_event *event)
{
	oriel_board_take_back(viewer->board, event->card);
}

static void on_snapshot(struct viewer *viewer, const struct oriel_render_event *event)
{
	oriel_remote_on_snapshot(event->snapshot);
}

static void tell_capture(struct viewer *viewer, bool is_held)
{
	char escape[64], text[128];

	if (is_held == oriel_capture_state_is_held(viewer->capture))
		return;
	oriel_key_print_combination(&viewer->options.capture.escape, escape, sizeof escape);
	g_snprintf(text, sizeof text, "%s %s", escape,
		is_held ? "gives keyboard and pointer back" : "gives them to the guest again");
	show_note(viewer, text);
}

/* For as long as it lasts, where the user wants to see it. */
static void show_capture(struct viewer *viewer)
{
	const struct oriel_view_options *options = &viewer->options;
	bool is_held = oriel_capture_state_is_held(viewer->capture);
	struct oriel_card *card = NULL;
	g_autofree char *title = NULL;
	char escape[64];

	oriel_key_print_combination(&options->capture.escape, escape, sizeof escape);
	if (is_held && options->capture_sign == ORIEL_CAPTURE_SIGN_TITLE)
		title = g_strdup_printf("%s (%s releases)", options->title, escape);
	oriel_render_set_title(viewer->render, title ? g_intern_string(title) : options->title);
	if (is_held && options->capture_sign == ORIEL_CAPTURE_SIGN_PICTURE)
		card = oriel_card_create_indicator("Captured");
	if (card)
		card->overlay.x_side = ORIEL_SIDE_MIDDLE;
	oriel_board_set(viewer->board, ORIEL_BOARD_CAPTURE, card);
}

#define FIGURE_ACTIONS                                                                             \
	(1u << ORIEL_ACTION_FIGURES | 1u << ORIEL_ACTION_GRAPHS | 1u << ORIEL_ACTION_DAMAGE)

#define MICROPHONE_ACTIONS (1u << ORIEL_ACTION_MICROPHONE | 1u << ORIEL_ACTION_NO_MICROPHONE)

#define FILE_ACTIONS (1u << ORIEL_ACTION_SEND_FILES | 1u << ORIEL_ACTION_CANCEL_FILES)

static void draw_figures(struct viewer *viewer)
{
	uint64_t now_ns = oriel_time_now_ns();
	uint32_t shown = viewer->shown;

	oriel_board_set(viewer->board, ORIEL_BOARD_FIGURES,
		shown & 1u << ORIEL_ACTION_FIGURES
			? oriel_figures_draw_rates(viewer->figures, now_ns)
			: NULL);
	oriel_board_set(viewer->board, ORIEL_BOARD_GRAPHS,
		shown & 1u << ORIEL_ACTION_GRAPHS ? oriel_figures_draw_graphs(viewer->figures)
						  : NULL);
	oriel_board_set(viewer->board, ORIEL_BOARD_DAMAGE,
		shown & 1u << ORIEL_ACTION_DAMAGE
			? oriel_figures_draw_damage(viewer->figures, now_ns)
			: NULL);
}

static gboolean on_figures(gpointer data)
{
	struct viewer *viewer = data;
	struct oriel_sample sample;

	while (oriel_render_take_sample(viewer->render, &sample))
		oriel_figures_add(viewer->figures, &sample);
	draw_figures(viewer);
	return G_SOURCE_CONTINUE;
}

static void switch_figures(struct viewer *viewer, uint32_t actions)
{
	viewer->shown ^= actions & FIGURE_ACTIONS;
	oriel_render_want_samples(viewer->render, viewer->shown != 0);
	if (viewer->shown && !viewer->figures_timer)
		viewer->figures_timer = g_timeout_add(FIGURES_MS, on_figures, viewer);
	if (!viewer->shown && viewer->figures_timer) {
		g_source_remove(viewer->figures_timer);
		viewer->figures_timer = 0;
	}
	draw_figures(viewer);
}

static void on_input(struct viewer *viewer, const struct oriel_render_event *event)
{
	const struct oriel_input_news *news = &event->input;
	bool is_help = oriel_capture_state_is_help(news->state);
	bool was_held = oriel_capture_state_is_held(viewer->capture);

	tell_capture(viewer, oriel_capture_state_is_held(news->state));
	if (is_help != oriel_capture_state_is_help(viewer->capture))
		oriel_board_set(viewer->board, ORIEL_BOARD_HELP,
			is_help ? oriel_help_create(&viewer->options.capture) : NULL);
	viewer->capture = news->state;
	if (was_held != oriel_capture_state_is_held(news->state))
		show_capture(viewer);
	if (news->actions & 1u << ORIEL_ACTION_INPUT)
		show_note(viewer, news->takes_input ? "Keys and pointer go to the guest"
						    : "Keys and pointer stay here");
	if (news->actions & FIGURE_ACTIONS)
		switch_figures(viewer, news->actions);
	if (news->actions & MICROPHONE_ACTIONS)
		switch_microphone(viewer, news->actions);
	if (news->actions & FILE_ACTIONS)
		do_files(viewer, news->actions);
	if (news->actions & 1u << ORIEL_ACTION_QUIT)
		stop(viewer, EXIT_DONE);
}

static void on_ended(struct viewer *viewer, const struct oriel_render_event *event)
{
	if (event->ended.end == ORIEL_RENDER_FAILED) {
		oriel_log(ORIEL_LOG_ERROR, "%s", event->ended.error.message);
		viewer->exit_status = EXIT_FAILED;
	}
	/* The wish to stop and the last frame may cross: the frames were shown. */
	if (event->ended.end == ORIEL_RENDER_FRAMES)
		viewer->exit_status = EXIT_DONE;
	viewer->has_ended = true;
	g_main_loop_quit(viewer->loop);
}

static gboolean on_events(gint fd, GIOCondition condition, gpointer data)
{
	static void (*const handlers[])(
		struct viewer * viewer, const struct oriel_render_event *event) = {
		[ORIEL_RENDER_STATUS] = on_status,
		[ORIEL_RENDER_CARD_BACK] = on_card_back,
		[ORIEL_RENDER_SNAPSHOT] = on_snapshot,
		[ORIEL_RENDER_INPUT] = on_input,
		[ORIEL_RENDER_ENDED] = on_ended,
	};
	struct viewer *viewer = data;
	struct oriel_render_event event;

	while (oriel_render_take_event(viewer->render, &event)) {
		/* The lines that led to an event are there before it: flushed any earlier, one
		 * could stay behind until the next event. */
		oriel_log_flush();
		handlers[event.kind](viewer, &event);
	}
	oriel_log_flush();
	return G_SOURCE_CONTINUE;
}

/* ---- time and signals ----------------------------------------------------------------------- */

static gboolean on_signal(gpointer data)
{
	stop(data, EXIT_DONE);
	return G_SOURCE_REMOVE;
}

static gboolean on_timeout(gpointer data)
{
	struct viewer *viewer = data;

	if (viewer->status.status.is_fresh)
		oriel_log(ORIEL_LOG_ERROR, "the time of --timeout is over");
	else
		oriel_log(ORIEL_LOG_ERROR, "the time of --timeout is over: %s",
			viewer->status.status.reason);
	stop(viewer, viewer->status.status.is_refused ? EXIT_FAILED : EXIT_TIMED_OUT);
	return G_SOURCE_REMOVE;
}

static gboolean on_refused_limit(gpointer data)
{
	struct viewer *viewer = data;

	viewer->refused_timer = 0;
	oriel_log(ORIEL_LOG_ERROR, "%s", viewer->status.status.reason);
	stop(viewer, EXIT_FAILED);
	return G_SOURCE_REMOVE;
}

static gboolean on_card_delay(gpointer data)
{
	struct viewer *viewer = data;

	viewer->shows_cards = true;
	if (viewer->status.status.reason[0])
		show_waiting(viewer);
	show_microphone(viewer);
	return G_SOURCE_REMOVE;
}

/* ---- the settings --------------------------------------------------------------------------- */

static int load_options(const struct viewer *viewer, struct oriel_view_options *ret_options,
	struct oriel_error *error)
{
	g_autofree char *user = g_build_filename(g_get_user_config_dir(), "oriel", NULL);
	g_autofree char *state = oriel_memory_get_folder();
	struct oriel_config_folders folders = {"/etc/oriel", user, state};

	return oriel_config_load(ret_options, &folders, viewer->argc, viewer->argv, error);
}

static void apply_log(struct viewer *viewer)
{
	oriel_log_set_level((enum oriel_log_level)viewer->options.log_level);
}

static unsigned get_grab(const struct oriel_view_options *options)
{
	return ORIEL_GRAB_POINTER | (options->grab_keyboard ? ORIEL_GRAB_KEYBOARD : 0u);
}

static void apply_input(struct viewer *viewer)
{
	struct oriel_view_options *options = &viewer->options;

	oriel_options_finish_capture(options);
	oriel_render_set_input(viewer->render, &options->capture, get_grab(options));
}

enum part { PART_LOG, PART_INPUT, PART_SIGN, PART_COUNT };

static void (*const appliers[PART_COUNT])(struct viewer *viewer) = {
	[PART_LOG] = apply_log,
	[PART_SIGN] = show_capture,
	[PART_INPUT] = apply_input,
};

/* What can change while the viewer runs; everything else waits for the next start. */
static const struct {
	const char *option;
	enum part part;
} live[] = {
	{"log", PART_LOG},
	{"title", PART_SIGN},
	{"capture-sign", PART_SIGN},
	{"escape-key", PART_INPUT},
	{"bind", PART_INPUT},
	{"capture", PART_INPUT},
	{"input", PART_INPUT},
	{"sensitivity", PART_INPUT},
	{"grab-keyboard", PART_INPUT},
};

/* Sets the option's part in *parts where it is one that can change. */
static bool take_over(struct viewer *viewer, const struct oriel_view_option *option,
	const struct oriel_view_options *options, unsigned *parts)
{
	for (size_t i = 0; i < G_N_ELEMENTS(live); i++) {
		if (strcmp(live[i].option, option->name))
			continue;
		memcpy((char *)&viewer->options + option->offset,
			(const char *)options + option->offset, option->size);
		*parts |= 1u << live[i].part;
		return true;
	}
	return false;
}

static int reload(void *data, JsonArray *now, JsonArray *later, struct oriel_error *error)
{
	struct viewer *viewer = data;
	struct oriel_view_options options;
	int result = load_options(viewer, &options, error);
	unsigned parts = 0;

	if (result)
		return result;
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		if (!row->section ||
			!memcmp((const char *)&options + row->offset,
				(const char *)&viewer->options + row->offset, row->size))
			continue;
		json_array_add_string_element(
			take_over(viewer, row, &options, &parts) ? now : later, row->name);
	}
	for (unsigned i = 0; i < PART_COUNT; i++)
		if (parts & 1u << i)
			appliers[i](viewer);
	return 0;
}

static gboolean on_reload(gpointer data)
{
	g_autoptr(JsonArray) now = json_array_new();
	g_autoptr(JsonArray) later = json_array_new();
	struct oriel_error error;

	if (reload(data, now, later, &error))
		oriel_log(ORIEL_LOG_ERROR, "the settings stay as they were: %s", error.message);
	return G_SOURCE_CONTINUE;
}

static gboolean on_inputs(gint fd, GIOCondition condition, gpointer data)
{
	oriel_input_queue_drain(((struct viewer *)data)->inputs);
	return G_SOURCE_CONTINUE;
}

static void watch(struct viewer *viewer, const struct oriel_native *native)
{
	uint64_t timeout_ms = (viewer->options.timeout_ns + ORIEL_NS_PER_MS - 1) / ORIEL_NS_PER_MS;

	g_unix_signal_add(SIGTERM, on_signal, viewer);
	g_unix_signal_add(SIGINT, on_signal, viewer);
	g_unix_signal_add(SIGHUP, on_reload, viewer);
	g_unix_fd_add(oriel_render_get_event_fd(viewer->render), G_IO_IN, on_events, viewer);
	/* Before pictures that come by SPICE and everything else there is to do here. */
	g_unix_fd_add_full(G_PRIORITY_HIGH, oriel_input_queue_get_fd(viewer->inputs), G_IO_IN,
		on_inputs, viewer, NULL);
	viewer->is_headless = native->kind == ORIEL_NATIVE_HEADLESS;
	if (!viewer->is_headless)
		g_timeout_add(CARD_DELAY_MS, on_card_delay, viewer);
	if (timeout_ms)
		g_timeout_add((guint)MIN(timeout_ms, (uint64_t)G_MAXUINT), on_timeout, viewer);
}

/* ---- the start ------------------------------------------------------------------------------ */

/* Beside the relay's, or instead of it, the display that comes by SPICE. */
static int add_box(struct viewer *viewer, struct oriel_error *error)
{
	viewer->box = oriel_box_create();
	return viewer->box ? oriel_source_pair_create(
				     &viewer->source, viewer->source, viewer->box, error)
			   : oriel_error_set_errno(error, -ENOMEM, "cannot prepare for SPICE");
}

static int open_source(struct viewer *viewer, struct oriel_error *error)
{
	const struct oriel_view_options *options = &viewer->options;
	const struct oriel_source_ops *ops = oriel_source_find(options->source);
	int result = 0;

	oriel_region_install_guard();
	if (options->display != ORIEL_DISPLAY_SPICE)
		result = ops->create(&viewer->source, options->source, error);
	if (!result && options->spice && options->display != ORIEL_DISPLAY_RELAY)
		result = add_box(viewer, error);
	/* A first look now: the guest's heartbeat then shows while the window opens. */
	if (!result)
		viewer->source->ops->step_rt(viewer->source, oriel_time_now_ns());
	return result;
}

static int open_window(struct viewer *viewer, struct oriel_error *error)
{
	const struct oriel_window_ops *ops = oriel_window_find(viewer->options.window, error);
	struct oriel_window_options options = {
		.title = viewer->options.title,
		.width_px = viewer->options.width_px ? viewer->options.width_px : DEFAULT_WIDTH_PX,
		.height_px =
			viewer->options.height_px ? viewer->options.height_px : DEFAULT_HEIGHT_PX,
		.is_fullscreen = viewer->options.fullscreen,
		.is_maximized = viewer->options.maximize,
		.is_borderless = viewer->options.borderless,
		.output = viewer->options.output,
		.content = (enum oriel_content)viewer->options.content,
		.may_tear = viewer->options.swap == ORIEL_SWAP_IMMEDIATE,
		.has_position = viewer->options.position.is_set,
		.x_px = viewer->options.position.x_px,
		.y_px = viewer->options.position.y_px,
	};

	return ops ? ops->open(&viewer->window, &options, error) : -ENODEV;
}

static int open_presenter(struct viewer *viewer, struct oriel_error *error)
{
	struct oriel_present_options options = {
		.scale = (enum oriel_scale)viewer->options.scale,
		.filter = (enum oriel_filter)viewer->options.filter,
		.swap = (enum oriel_swap)viewer->options.swap,
		.shader = viewer->options.shader,
		.colours =
			{
				.blind = (enum oriel_colour_blind)viewer->options.colour_blind,
				.brightness_percent = viewer->options.brightness_percent,
				.hdr = (enum oriel_hdr)viewer->options.hdr,
				.hdr_white_nits = viewer->options.hdr_white_nits,
			},
	};

	return oriel_presenter_open(
		&viewer->presenter, viewer->options.present, viewer->window, &options, error);
}

static int open_evdev(struct viewer *viewer, struct oriel_error *error)
{
	const char *paths = viewer->options.input_evdev;
	int result = paths ? oriel_evdev_create(&viewer->evdev, NULL, error) : 0;

	return paths && !result ? oriel_evdev_open(viewer->evdev, paths, error) : result;
}

static int open_input(struct viewer *viewer, struct oriel_error *error)
{
	const struct oriel_view_options *options = &viewer->options;
	struct oriel_input_path_setup setup = {
		.window = viewer->window,
		.source = viewer->source,
		.capture = options->capture,
		.grab = get_grab(options),
		.scale = (enum oriel_scale)options->scale,
	};
	int result = open_evdev(viewer, error);

	if (result)
		return result;
	setup.evdev = viewer->evdev;
	setup.queue = viewer->inputs = oriel_input_queue_create();
	if (!viewer->inputs)
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare for input");
	oriel_input_path_init(&viewer->input, &setup);
	if (!options->input_log)
		return 0;
	result = oriel_sink_create_recorder(&viewer->recorder, options->input_log, error);
	if (!result)
		oriel_input_queue_add_sink(viewer->inputs, viewer->recorder);
	return result;
}

/* Something did not cross. */
static void on_guest_locks(void *data, unsigned changed, unsigned locks)
{
	oriel_render_set_locks(((struct viewer *)data)->render, changed, locks);
}

static void on_remark(void *data, const char *text)
{
	struct viewer *viewer = data;

	oriel_log(ORIEL_LOG_WARNING, "%s", text);
	if (viewer->shows_cards)
		show_note(viewer, text);
}

static void open_clipboard(struct viewer *viewer, const struct oriel_native *native)
{
	const struct oriel_view_options *options = &viewer->options;
	struct oriel_clipboard_setup setup = {
		.ways = (enum oriel_clipboard_ways)options->clipboard,
		.limit_bytes = options->clipboard_limit_bytes,
		.remark = on_remark,
		.data = viewer,
	};

	if (options->spice)
		viewer->clipboard = oriel_view_clipboard_open(&setup, native);
}

static int open_sound(struct viewer *viewer, struct oriel_error *error)
{
	const struct oriel_view_options *options = &viewer->options;
	const struct oriel_sound_setup setup = {
		.mode = (enum oriel_sound_mode)options->audio,
		.policy = (enum oriel_microphone_policy)options->microphone,
		.playback = {.name = options->title,
			.device = options->audio_device,
			.latency_ms = options->audio_latency_ms},
		.microphone = {.name = options->title,
			.device = options->microphone_device,
			.latency_ms = options->audio_latency_ms},
		.told = on_sound_told,
		.microphone_changed = on_microphone,
		.data = viewer,
	};

	return options->spice ? oriel_sound_create(&viewer->sound, &setup, error) : 0;
}

static int open_send(struct viewer *viewer, struct oriel_error *error)
{
	const struct oriel_view_options *options = &viewer->options;
	struct oriel_send_setup setup = {
		.folder = options->send_from,
		.share = options->share_folder,
		.limit_bytes = options->send_limit_bytes,
		.clipboard = oriel_view_clipboard_get(viewer->clipboard),
		.told = on_sent,
		.moved = on_sending,
		.data = viewer,
	};

	return options->spice ? oriel_send_create(&viewer->send, &setup, error) : 0;
}

static int open_spice(struct viewer *viewer, struct oriel_error *error)
{
	const struct oriel_view_options *options = &viewer->options;
	struct oriel_view_spice_setup setup = {
		.address = options->spice,
		.password_file = options->password_file,
		.password_env = options->password_env,
		.ca_file = options->spice_ca,
		.share = options->share_folder,
		.is_followed = options->follow == ORIEL_FOLLOW_WINDOW,
		.usb_auto = options->usb_auto,
		.usb_cd = options->usb_cd,
		.remark = on_remark,
		.allow_plain = options->insecure,
		.inputs = viewer->inputs,
		.box = viewer->box,
		.clipboard = oriel_view_clipboard_get(viewer->clipboard),
		.changed = on_spice,
		.locks = on_guest_locks,
		.data = viewer,
		.sound = viewer->sound,
		.send = viewer->send,
	};

	return options->spice ? oriel_view_spice_open(&viewer->spice, &setup, error) : 0;
}

static int open_render(struct viewer *viewer, struct oriel_error *error)
{
	struct oriel_render_setup setup = {
		.source = viewer->source,
		.window = viewer->window,
		.presenter = viewer->presenter,
		.input = &viewer->input,
		.evdev = viewer->evdev,
		.frames = viewer->options.frames,
		.is_just_in_time = viewer->options.jit,
		.follows_guest = viewer->options.follow == ORIEL_FOLLOW_GUEST &&
				 !viewer->options.width_px && !viewer->options.fullscreen &&
				 !viewer->options.maximize,
	};

	return oriel_render_create(&viewer->render, &setup, error);
}

static void note_export(void *data, const char *text)
{
	show_note(data, text);
}

static int open_exports(struct viewer *viewer, struct oriel_error *error)
{
	const struct oriel_view_options *options = &viewer->options;
	struct oriel_exports_setup setup = {
		.render = viewer->render,
		.encoder = options->record_as,
		.vm = options->vm,
		.note = note_export,
		.data = viewer,
	};

	int result = 0;

	viewer->exports = oriel_exports_create(&setup);
	if (options->record)
		result = oriel_exports_record(viewer->exports, options->record, error);
	if (!result && options->share)
		result = oriel_exports_share(viewer->exports, error);
	return result;
}

static void quit(void *data)
{
	stop(data, EXIT_DONE);
}

static int open_remote(struct viewer *viewer, struct oriel_error *error)
{
	struct oriel_remote_setup setup = {
		.vm = viewer->options.vm,
		.pictures = viewer->options.pictures,
		.render = viewer->render,
		.exports = viewer->exports,
		.sound = viewer->sound,
		.status = &viewer->status,
		.capture = &viewer->capture,
		.spice_problem = &viewer->spice_problem,
		.spice = viewer->spice,
		.send = viewer->send,
		.quit = quit,
		.reload = reload,
		.data = viewer,
	};
	g_autoptr(GError) reason = NULL;

	if (!viewer->options.vm)
		return 0;
	viewer->remote = oriel_remote_open(&setup, &reason);
	return viewer->remote ? 0 : oriel_error_set(error, -EADDRINUSE, "%s", reason->message);
}

static int open_all(
	struct viewer *viewer, struct oriel_native *ret_native, struct oriel_error *error)
{
	int result = open_source(viewer, error);

	if (!result)
		result = open_window(viewer, error);
	if (result)
		return result;
	viewer->window->ops->get_native(viewer->window, ret_native);
	result = open_presenter(viewer, error);
	if (!result)
		result = open_input(viewer, error);
	if (!result)
		open_clipboard(viewer, ret_native);
	if (!result)
		result = open_sound(viewer, error);
	if (!result)
		result = open_send(viewer, error);
	if (!result)
		result = open_spice(viewer, error);
	if (!result)
		result = open_render(viewer, error);
	if (!result)
		result = open_exports(viewer, error);
	return result ? result : open_remote(viewer, error);
}

/* ---- the end -------------------------------------------------------------------------------- */

static int write_screenshot(struct viewer *viewer, struct oriel_error *error)
{
	struct oriel_image image;

	if (!oriel_render_get_stats(viewer->render)->frames ||
		!viewer->presenter->ops->get_image(viewer->presenter, &image))
		return oriel_error_set(error, -ENODATA, "no screenshot %s: no frame was shown",
			viewer->options.screenshot);
	return oriel_screenshot_write(viewer->options.screenshot, &image, error);
}

static void write_stats(const struct viewer *viewer)
{
	struct oriel_stats stats = *oriel_render_get_stats(viewer->render);

	oriel_exports_get_counts(viewer->exports, &stats.exports);
	stats.has_sound = oriel_sound_get_stats(viewer->sound, &stats.sound);
	oriel_stats_write(&stats, oriel_stats_get_cpu_seconds(), stdout);
}

/* What was asked for at the end; keeps the status of an end that was not as wanted. */
static int report(struct viewer *viewer)
{
	struct oriel_error error = {0};
	int status = viewer->exit_status;

	if (viewer->options.vm && !viewer->options.config &&
		oriel_memory_write(viewer->options.vm, viewer->window,
			!oriel_render_follows_guest(viewer->render), &error))
		oriel_log(ORIEL_LOG_WARNING, "%s", error.message);
	if (viewer->options.stats)
		write_stats(viewer);
	if (fflush(stdout)) {
		oriel_log(
			ORIEL_LOG_ERROR, "cannot write to standard output: %s", g_strerror(errno));
		status = status ? status : EXIT_FAILED;
	}
	if (viewer->options.screenshot && write_screenshot(viewer, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		status = status ? status : EXIT_FAILED;
	}
	return status;
}

static void close_all(struct viewer *viewer)
{
	oriel_remote_close(viewer->remote);
	oriel_sound_destroy(viewer->sound);
	oriel_exports_destroy(viewer->exports);
	oriel_render_destroy(viewer->render);
	oriel_send_destroy(viewer->send);
	oriel_view_spice_close(viewer->spice);
	oriel_view_clipboard_close(viewer->clipboard);
	oriel_input_queue_destroy(viewer->inputs);
	oriel_evdev_destroy(viewer->evdev);
	if (viewer->recorder)
		viewer->recorder->ops->destroy(viewer->recorder);
	if (viewer->presenter)
		viewer->presenter->ops->destroy(viewer->presenter);
	if (viewer->window)
		viewer->window->ops->close(viewer->window);
	if (viewer->source)
		viewer->source->ops->destroy(viewer->source);
	oriel_box_destroy(viewer->box);
	g_free(viewer->spice_problem);
	oriel_board_destroy(viewer->board);
	oriel_figures_destroy(viewer->figures);
	if (viewer->loop)
		g_main_loop_unref(viewer->loop);
}

/* Its folder, owned by the caller; NULL for no path. */
static char *folder_of(const char *path)
{
	return path ? g_path_get_dirname(path) : NULL;
}

static int enter_sandbox(const struct viewer *viewer, struct oriel_error *error)
{
	g_autofree char *source = folder_of(viewer->options.source);
	g_autofree char *screenshot = folder_of(viewer->options.screenshot);
	g_autofree char *record = folder_of(viewer->options.record);
	g_autofree char *control = oriel_control_path_get_folder();
	g_autofree char *state = oriel_memory_get_folder();
	struct oriel_sandbox_folders folders = {
		.source = source,
		.screenshot = screenshot,
		.record = record,
		.pictures = viewer->remote ? viewer->options.pictures : NULL,
		.control = viewer->remote ? control : NULL,
		.authority = viewer->options.spice_ca,
		.share = viewer->options.share_folder,
		.send = viewer->options.send_from,
		.cd = viewer->options.usb_cd,
		.config = viewer->options.config,
		.state = viewer->remote ? state : NULL,
	};

	/* Where that fails, writing does, and says why. */
	if (viewer->remote)
		g_mkdir_with_parents(state, 0700);
	return viewer->options.sandbox ? oriel_sandbox_enter(&folders, error) : 0;
}

static int run(struct viewer *viewer)
{
	struct oriel_error error = {0};
	struct oriel_native native;
	int result = open_all(viewer, &native, &error);

	if (!result)
		result = enter_sandbox(viewer, &error);
	if (!result)
		result = oriel_render_start(viewer->render, &error);
	if (result) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return EXIT_FAILED;
	}
	viewer->loop = g_main_loop_new(NULL, FALSE);
	viewer->board = oriel_board_create(viewer->render);
	viewer->figures = oriel_figures_create();
	watch(viewer, &native);
	g_main_loop_run(viewer->loop);
	if (!viewer->has_ended) {
		/* The render thread hangs in the display server: nothing it owns may be touched. */
		fflush(NULL);
		_exit(viewer->exit_status);
	}
	oriel_render_join(viewer->render);
	oriel_exports_end(viewer->exports);
	/* The last releases. */
	oriel_input_queue_drain(viewer->inputs);
	oriel_log_flush();
	return report(viewer);
}

/* What is only printed. -1: nothing was asked for. */
static int print(const struct oriel_view_options *options)
{
	struct oriel_error error = {0};

	if (options->help)
		oriel_options_print_help(stdout);
	else if (options->version)
		puts("oriel-view " ORIEL_VERSION);
	else if (options->completion)
		oriel_options_print_completion(
			(enum oriel_options_shell)options->completion, stdout);
	else if (!options->import)
		return -1;
	else if (oriel_import_print(options->import, stdout, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return EXIT_FAILED;
	}
	return fflush(stdout) ? EXIT_FAILED : EXIT_DONE;
}

/* A viewer needs nothing of root's, and a guest that takes it over should find little. */
static bool refuses_root(const struct viewer *viewer)
{
	if (geteuid() || viewer->options.allow_root)
		return false;
	oriel_log(ORIEL_LOG_ERROR,
		"not started as root: the viewer needs no privileges, only access to the shared "
		"memory (%s); run it as an ordinary user, or with --allow-root",
		viewer->options.source);
	return true;
}

int main(int argc, char *argv[])
{
	struct viewer viewer = {.argc = argc, .argv = argv};
	struct oriel_error error = {0};
	int status;

	oriel_log_set_program("oriel-view");
	/* The SPICE library begins GStreamer, which would look for plugins with a program that the
	 * sandbox does not let it start. None is needed: moving pictures come as JPEG. */
	g_setenv("GST_REGISTRY_DISABLE", "yes", TRUE);
	/* A program that pastes may be gone before it has everything. */
	signal(SIGPIPE, SIG_IGN);
	if (load_options(&viewer, &viewer.options, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return EXIT_USAGE;
	}
	status = print(&viewer.options);
	if (status >= 0)
		return status;
	if (refuses_root(&viewer))
		return EXIT_FAILED;
	oriel_log_set_level((enum oriel_log_level)viewer.options.log_level);
	if (viewer.options.screenshot &&
		oriel_screenshot_check(viewer.options.screenshot, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return EXIT_FAILED;
	}
	status = run(&viewer);
	close_all(&viewer);
	return status;
}
