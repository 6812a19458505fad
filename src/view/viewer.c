/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/viewer.h"

#include <glib-unix.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "control/path.h"
#include "view/board.h"
#include "view/gauges.h"
#include "view/memory.h"
#include "view/notices.h"
#include "view/outcome.h"
#include "view/parts.h"
#include "view/remote.h"
#include "view/rotation.h"
#include "view/sandbox.h"
#include "view/standing.h"
#include "view/watch.h"

/* A guest that is running shows its picture sooner than this; fonts are loaded only after it. */
#define CARD_DELAY_MS 150
/* The render thread ends within milliseconds of being asked, unless the display server hangs. */
#define STOP_LIMIT_MS 700
/* Nor is a graphics driver waited for any longer that wants to know something of it at the end. */
#define CLOSE_LIMIT_S 5
/* Nobody sees the waiting screen of a headless viewer: a source that is wrong for so long ends it.
 * A file that a VM is just making is wrong for a moment. */
#define REFUSED_LIMIT_MS 1000

#define NO_ANSWER "the display server does not answer; ending without it"

#define MICROPHONE_ACTIONS (1u << ORIEL_ACTION_MICROPHONE | 1u << ORIEL_ACTION_NO_MICROPHONE)
#define FILE_ACTIONS (1u << ORIEL_ACTION_SEND_FILES | 1u << ORIEL_ACTION_CANCEL_FILES)

struct viewer {
	struct oriel_settings *settings;
	const struct oriel_view_options *options; /* the settings' */
	struct oriel_standing standing;
	struct oriel_notices *notices;
	struct oriel_parts parts;
	struct oriel_remote *remote; /* NULL: none */
	struct oriel_board *board;
	struct oriel_gauges *gauges;
	GMainLoop *loop;
	struct oriel_watch watch;
	guint refused_timer; /* 0: none */
	bool has_ended;
	enum oriel_viewer_exit exit_status;
};

/* While the render thread hangs, nothing that belongs to it may be touched; what it took from the
 * desktop, and what the guest has as pressed, can be given back without it. */
static void give_back(struct viewer *viewer)
{
	if (viewer->parts.evdev)
		oriel_evdev_take_away(viewer->parts.evdev);
	oriel_input_queue_release(viewer->parts.inputs);
}

/* ---- stopping ------------------------------------------------------------------------------- */

static gboolean on_stop_limit(gpointer data)
{
	struct viewer *viewer = data;

	oriel_log(ORIEL_LOG_ERROR, NO_ANSWER);
	give_back(viewer);
	viewer->exit_status = ORIEL_VIEWER_FAILED;
	g_main_loop_quit(viewer->loop);
	return G_SOURCE_REMOVE;
}

static void stop(struct viewer *viewer, enum oriel_viewer_exit exit_status)
{
	viewer->exit_status = exit_status;
	oriel_render_stop(viewer->parts.render);
	g_timeout_add(STOP_LIMIT_MS, on_stop_limit, viewer);
}

static gboolean on_signal(gpointer data)
{
	stop(data, ORIEL_VIEWER_DONE);
	return G_SOURCE_REMOVE;
}

static gboolean on_timeout(gpointer data)
{
	struct viewer *viewer = data;
	const struct oriel_render_event *event = &viewer->standing.status;

	if (event->status.is_fresh)
		oriel_log(ORIEL_LOG_ERROR, "the time of --timeout is over");
	else
		oriel_log(
			ORIEL_LOG_ERROR, "the time of --timeout is over: %s", event->status.reason);
	stop(viewer, event->status.is_refused ? ORIEL_VIEWER_FAILED : ORIEL_VIEWER_TIMED_OUT);
	return G_SOURCE_REMOVE;
}

static bool is_headless(const struct viewer *viewer)
{
	return viewer->parts.native.kind == ORIEL_NATIVE_HEADLESS;
}

static gboolean on_refused_limit(gpointer data)
{
	struct viewer *viewer = data;

	viewer->refused_timer = 0;
	oriel_log(ORIEL_LOG_ERROR, "%s", viewer->standing.status.status.reason);
	stop(viewer, ORIEL_VIEWER_FAILED);
	return G_SOURCE_REMOVE;
}

static void watch_refusal(struct viewer *viewer)
{
	const struct oriel_render_event *event = &viewer->standing.status;
	bool is_wanted =
		is_headless(viewer) && event->status.is_refused && !event->status.was_fresh;

	if (is_wanted && !viewer->refused_timer)
		viewer->refused_timer = g_timeout_add(REFUSED_LIMIT_MS, on_refused_limit, viewer);
	if (!is_wanted && viewer->refused_timer) {
		g_source_remove(viewer->refused_timer);
		viewer->refused_timer = 0;
	}
}

/* ---- events of the render thread ------------------------------------------------------------ */

static void tell_origin(struct viewer *viewer, const char *origin)
{
	const char *before = viewer->standing.status.status.origin;
	bool is_spice = !g_strcmp0(origin, "spice");

	if (!origin || origin == before || (!before && !is_spice))
		return;
	oriel_log(ORIEL_LOG_INFO, "the picture comes %s",
		is_spice ? "by SPICE" : "from the shared memory");
	oriel_notices_remark(viewer->notices,
		is_spice ? "The display comes by SPICE: the guest program shows nothing"
			 : "The display comes from the guest program");
}

/* Turned, its screen fills the window when it lies the other way. */
static void fit_guest(struct viewer *viewer, uint32_t width_px, uint32_t height_px)
{
	oriel_rotation_turn_size(
		(enum oriel_rotation)viewer->options->rotate, &width_px, &height_px);
	oriel_view_spice_set_window(viewer->parts.spice, width_px, height_px);
}

static void on_status(struct viewer *viewer, const struct oriel_render_event *event)
{
	struct oriel_render_event *status = &viewer->standing.status;
	bool is_news = event->status.is_fresh != status->status.is_fresh ||
		       g_strcmp0(event->status.reason, status->status.reason);

	tell_origin(viewer, event->status.origin);
	*status = *event;
	fit_guest(viewer, event->status.window_width_px, event->status.window_height_px);
	watch_refusal(viewer);
	/* A refusal that ends the viewer is told once, as the error. */
	if (is_news && !event->status.is_fresh && !viewer->refused_timer)
		oriel_log(ORIEL_LOG_INFO, "%s", event->status.reason);
	oriel_notices_show_waiting(viewer->notices);
}

static void on_card_back(struct viewer *viewer, const struct oriel_render_event *event)
{
	oriel_board_take_back(viewer->board, event->card);
}

static void on_snapshot(struct viewer *viewer, const struct oriel_render_event *event)
{
	oriel_remote_on_snapshot(event->snapshot);
}

static void do_microphone(struct viewer *viewer, uint32_t actions)
{
	struct oriel_sound *sound = viewer->parts.sound;

	if (!sound)
		oriel_notices_answer(
			viewer->notices, "There is no microphone: it needs --spice and PipeWire");
	else if (actions & 1u << ORIEL_ACTION_NO_MICROPHONE)
		oriel_sound_refuse_microphone(sound);
	else
		oriel_sound_switch_microphone(sound);
}

static void do_files(struct viewer *viewer, uint32_t actions)
{
	struct oriel_send *send = viewer->parts.send;

	if (!send)
		oriel_notices_answer(
			viewer->notices, "Files are sent over SPICE: it needs --spice");
	else if (actions & 1u << ORIEL_ACTION_CANCEL_FILES)
		oriel_send_cancel(send);
	else
		oriel_send_copied(send);
}

static void on_input(struct viewer *viewer, const struct oriel_render_event *event)
{
	const struct oriel_input_news *news = &event->input;

	oriel_notices_change_capture(viewer->notices, news->state);
	viewer->standing.capture = news->state;
	if (news->actions & 1u << ORIEL_ACTION_INPUT)
		oriel_notices_answer(viewer->notices, news->takes_input
							      ? "Keys and pointer go to the guest"
							      : "Keys and pointer stay here");
	if (news->actions & ORIEL_GAUGES_ACTIONS)
		oriel_gauges_switch(viewer->gauges, news->actions);
	if (news->actions & MICROPHONE_ACTIONS)
		do_microphone(viewer, news->actions);
	if (news->actions & FILE_ACTIONS)
		do_files(viewer, news->actions);
	if (news->actions & 1u << ORIEL_ACTION_QUIT)
		stop(viewer, ORIEL_VIEWER_DONE);
}

static void on_ended(struct viewer *viewer, const struct oriel_render_event *event)
{
	if (event->ended.end == ORIEL_RENDER_FAILED) {
		oriel_log(ORIEL_LOG_ERROR, "%s", event->ended.error.message);
		viewer->exit_status = ORIEL_VIEWER_FAILED;
	}
	/* The wish to stop and the last frame may cross: the frames were shown. */
	if (event->ended.end == ORIEL_RENDER_FRAMES)
		viewer->exit_status = ORIEL_VIEWER_DONE;
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

	while (oriel_render_take_event(viewer->parts.render, &event)) {
		/* The lines that led to an event are there before it: flushed any earlier, one
		 * could stay behind until the next event. */
		oriel_log_flush();
		handlers[event.kind](viewer, &event);
	}
	oriel_log_flush();
	return G_SOURCE_CONTINUE;
}

/* ---- what else the main thread heeds -------------------------------------------------------- */

static gboolean on_card_delay(gpointer data)
{
	oriel_notices_begin(((struct viewer *)data)->notices);
	return G_SOURCE_REMOVE;
}

static gboolean on_inputs(gint fd, GIOCondition condition, gpointer data)
{
	oriel_input_queue_drain(((struct viewer *)data)->parts.inputs);
	return G_SOURCE_CONTINUE;
}

static void on_stuck(struct viewer *viewer)
{
	oriel_log(ORIEL_LOG_WARNING,
		"the display server or the graphics driver has not answered for %d s: the picture "
		"stands still, all keys are released%s",
		ORIEL_WATCH_LOOKS * ORIEL_WATCH_PERIOD_S,
		viewer->parts.evdev ? ", and the input devices are the desktop's" : "");
	give_back(viewer);
}

static gboolean on_watch(gpointer data)
{
	struct viewer *viewer = data;
	unsigned beat = oriel_render_get_beat(viewer->parts.render);
	bool was_stuck = viewer->standing.is_stuck;

	viewer->standing.is_stuck = oriel_watch_look(&viewer->watch, beat);
	if (viewer->standing.is_stuck && !was_stuck)
		on_stuck(viewer);
	else if (was_stuck && !viewer->standing.is_stuck)
		oriel_log(ORIEL_LOG_INFO, "the picture moves again");
	return G_SOURCE_CONTINUE;
}

static int reload(void *data, JsonArray *now, JsonArray *later, struct oriel_error *error)
{
	struct viewer *viewer = data;

	return oriel_settings_reload(
		viewer->settings, viewer->parts.render, viewer->notices, now, later, error);
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

static void watch(struct viewer *viewer)
{
	struct oriel_parts *parts = &viewer->parts;
	uint64_t timeout_ms = (viewer->options->timeout_ns + ORIEL_NS_PER_MS - 1) / ORIEL_NS_PER_MS;

	g_unix_signal_add(SIGTERM, on_signal, viewer);
	g_unix_signal_add(SIGINT, on_signal, viewer);
	g_unix_signal_add(SIGHUP, on_reload, viewer);
	g_unix_fd_add(oriel_render_get_event_fd(parts->render), G_IO_IN, on_events, viewer);
	/* Before pictures that come by SPICE and everything else there is to do here. */
	g_unix_fd_add_full(G_PRIORITY_HIGH, oriel_input_queue_get_fd(parts->inputs), G_IO_IN,
		on_inputs, viewer, NULL);
	if (!is_headless(viewer)) {
		g_timeout_add(CARD_DELAY_MS, on_card_delay, viewer);
		g_timeout_add_seconds(ORIEL_WATCH_PERIOD_S, on_watch, viewer);
	}
	if (timeout_ms)
		g_timeout_add((guint)MIN(timeout_ms, (uint64_t)G_MAXUINT), on_timeout, viewer);
}

/* ---- a run ---------------------------------------------------------------------------------- */

static void quit(void *data)
{
	stop(data, ORIEL_VIEWER_DONE);
}

static int open_remote(struct viewer *viewer, struct oriel_error *error)
{
	const struct oriel_parts *parts = &viewer->parts;
	struct oriel_remote_setup setup = {
		.vm = viewer->options->vm,
		.pictures = viewer->options->pictures,
		.standing = &viewer->standing,
		.render = parts->render,
		.exports = parts->exports,
		.sound = parts->sound,
		.spice = parts->spice,
		.send = parts->send,
		.quit = quit,
		.reload = reload,
		.data = viewer,
	};
	g_autoptr(GError) reason = NULL;

	if (!viewer->options->vm)
		return 0;
	viewer->remote = oriel_remote_open(&setup, &reason);
	return viewer->remote ? 0 : oriel_error_set(error, -EADDRINUSE, "%s", reason->message);
}

/* Its folder, owned by the caller; NULL for no path. */
static char *folder_of(const char *path)
{
	return path ? g_path_get_dirname(path) : NULL;
}

static int enter_sandbox(const struct viewer *viewer, struct oriel_error *error)
{
	g_autofree char *source = folder_of(viewer->options->source);
	g_autofree char *screenshot = folder_of(viewer->options->screenshot);
	g_autofree char *record = folder_of(viewer->options->record);
	g_autofree char *control = oriel_control_path_get_folder();
	g_autofree char *state = oriel_memory_get_folder();
	struct oriel_sandbox_folders folders = {
		.source = source,
		.screenshot = screenshot,
		.record = record,
		.pictures = viewer->remote ? viewer->options->pictures : NULL,
		.control = viewer->remote ? control : NULL,
		.authority = viewer->options->spice_ca,
		.share = viewer->options->share_folder,
		.send = viewer->options->send_from,
		.cd = viewer->options->usb_cd,
		.config = viewer->options->config,
		.state = viewer->remote ? state : NULL,
	};

	/* Where that fails, writing does, and says why. */
	if (viewer->remote)
		g_mkdir_with_parents(state, 0700);
	return viewer->options->sandbox ? oriel_sandbox_enter(&folders, error) : 0;
}

static int open_all(struct viewer *viewer, struct oriel_error *error)
{
	int result;

	viewer->notices = oriel_notices_create(viewer->options, &viewer->standing);
	viewer->parts = (struct oriel_parts){.options = viewer->options,
		.standing = &viewer->standing,
		.notices = viewer->notices};
	result = oriel_parts_open(&viewer->parts, error);
	if (!result)
		result = open_remote(viewer, error);
	if (!result)
		result = enter_sandbox(viewer, error);
	return result ? result : oriel_render_start(viewer->parts.render, error);
}

static void attend(struct viewer *viewer)
{
	struct oriel_render *render = viewer->parts.render;

	viewer->loop = g_main_loop_new(NULL, FALSE);
	viewer->board = oriel_board_create(render);
	viewer->gauges = oriel_gauges_create(viewer->board, render);
	oriel_notices_attach(viewer->notices, viewer->board, render);
	watch(viewer);
	g_main_loop_run(viewer->loop);
	if (!viewer->has_ended) {
		/* The render thread hangs in the display server: nothing it owns may be touched. */
		fflush(NULL);
		_exit(viewer->exit_status);
	}
	oriel_render_join(render);
	oriel_exports_end(viewer->parts.exports);
	/* The last releases. */
	oriel_input_queue_drain(viewer->parts.inputs);
	oriel_log_flush();
}

/* In a signal handler: no log. */
static void on_close_limit(int number)
{
	static const char text[] = "oriel-view: error: " NO_ANSWER "\n";

	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	_exit(ORIEL_VIEWER_FAILED);
}

/* All that was to be written is: what hangs may be left as it is. */
static void close_parts(struct oriel_parts *parts)
{
	/* syscalls: alarm setitimer */
	signal(SIGALRM, on_close_limit);
	alarm(CLOSE_LIMIT_S);
	oriel_parts_close(parts);
	alarm(0);
}

static void close_all(struct viewer *viewer)
{
	oriel_remote_close(viewer->remote);
	close_parts(&viewer->parts);
	oriel_gauges_destroy(viewer->gauges);
	oriel_notices_destroy(viewer->notices);
	oriel_board_destroy(viewer->board);
	g_free(viewer->standing.spice_problem);
	if (viewer->loop)
		g_main_loop_unref(viewer->loop);
}

enum oriel_viewer_exit oriel_viewer_run(struct oriel_settings *settings)
{
	struct viewer viewer = {.settings = settings, .options = &settings->options};
	struct oriel_error error;

	if (open_all(&viewer, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		viewer.exit_status = ORIEL_VIEWER_FAILED;
	} else {
		attend(&viewer);
		/* Keeps the status of an end that was not as wanted. */
		if (!oriel_outcome_write(&viewer.parts) && !viewer.exit_status)
			viewer.exit_status = ORIEL_VIEWER_FAILED;
	}
	close_all(&viewer);
	return viewer.exit_status;
}
