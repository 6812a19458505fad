/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/view/view.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "cli/command.h"
#include "control/handout.h"
#include "control/path.h"

#define DELAY_FIRST_S 1
#define DELAY_MAX_S 30
/* One that ran this long is not in a loop of crashes: the next delay is the first one again. */
#define STEADY_S 60
#define CRASHES_MAX 6
/* A viewer that is to end and does not is killed: more than it needs when its display hangs. */
#define END_LIMIT_S 10

struct keeper {
	const char *vm;
	const char *const *argv;
	struct oriel_view_machine *machine; /* NULL: no SPICE connections are handed out */
	int handout_fd;			    /* where the viewer asks for them; -1: nowhere */
	guint handout_watch;		    /* 0: none */
	GMainLoop *loop;
	GSubprocess *viewer; /* NULL: between two of them */
	char *note;
	gint64 started_us;
	unsigned int crashes; /* in a row */
	guint timer;	      /* when the next is started; 0: none */
	guint end_timer;      /* likewise, when the viewer is killed */
	bool is_ending;
	int status;
	GError *error;
};

static void start(struct keeper *keeper);

/* ---- SPICE connections ---------------------------------------------------------------------- */

static int connect_spice(void *data, GError **error)
{
	return oriel_view_machine_connect_spice(data, error);
}

static gboolean on_request(gint fd, GIOCondition condition, gpointer data)
{
	struct keeper *keeper = data;

	if (oriel_handout_answer(fd, connect_spice, keeper->machine))
		return G_SOURCE_CONTINUE;
	keeper->handout_watch = 0;
	return G_SOURCE_REMOVE;
}

static void stop_handing_out(struct keeper *keeper)
{
	g_clear_handle_id(&keeper->handout_watch, g_source_remove);
	oriel_fd_close(&keeper->handout_fd);
}

/* A new pair for each viewer: what one that crashed asked for is not for the next. */
static bool hand_out(struct keeper *keeper, GSubprocessLauncher *launcher, GError **error)
{
	int fds[2];

	if (!keeper->machine)
		return true;
	stop_handing_out(keeper);
	if (!oriel_handout_open(fds, error))
		return false;
	g_subprocess_launcher_take_fd(launcher, fds[1], ORIEL_VIEW_SPICE_FD);
	keeper->handout_fd = fds[0];
	keeper->handout_watch = g_unix_fd_add(fds[0], G_IO_IN | G_IO_HUP, on_request, keeper);
	return true;
}

/* ---- the viewer ----------------------------------------------------------------------------- */

static void end(struct keeper *keeper, int status)
{
	keeper->status = status;
	g_main_loop_quit(keeper->loop);
}

static gboolean on_delay_over(gpointer data)
{
	struct keeper *keeper = data;

	keeper->timer = 0;
	start(keeper);
	return G_SOURCE_REMOVE;
}

static void on_crash(struct keeper *keeper, const char *how)
{
	g_autofree char *reason = NULL;
	unsigned int delay_s;

	if (g_get_monotonic_time() - keeper->started_us > STEADY_S * G_USEC_PER_SEC)
		keeper->crashes = 0;
	if (++keeper->crashes > CRASHES_MAX) {
		g_set_error(&keeper->error, G_IO_ERROR, G_IO_ERROR_FAILED,
			"the viewer of '%s' crashed %u times in a row (%s); not starting it again",
			keeper->vm, keeper->crashes, how);
		end(keeper, ORIEL_EXIT_FAILED);
		return;
	}
	delay_s = MIN((unsigned int)DELAY_FIRST_S << (keeper->crashes - 1), DELAY_MAX_S);
	reason = g_strdup_printf(
		"the viewer crashed (%s); it is started again in %u s", how, delay_s);
	fprintf(stderr, "oriel: %s\n", reason);
	/* Without the note, --send status says stopped: no reason to give up. */
	g_file_set_contents_full(keeper->note, reason, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
	keeper->timer = g_timeout_add_seconds(delay_s, on_delay_over, keeper);
}

static void on_end(GObject *source, GAsyncResult *result, gpointer data)
{
	struct keeper *keeper = data;
	g_autoptr(GSubprocess) viewer = g_steal_pointer(&keeper->viewer);

	g_subprocess_wait_finish(viewer, result, NULL);
	if (g_subprocess_get_if_exited(viewer))
		end(keeper, g_subprocess_get_exit_status(viewer));
	else if (keeper->is_ending)
		end(keeper, ORIEL_EXIT_FAILED);
	else
		on_crash(keeper, g_strsignal(g_subprocess_get_term_sig(viewer)));
}

static void start(struct keeper *keeper)
{
	g_autoptr(GSubprocessLauncher) launcher =
		g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_INHERIT);

	g_unlink(keeper->note);
	keeper->started_us = g_get_monotonic_time();
	if (hand_out(keeper, launcher, &keeper->error))
		keeper->viewer =
			g_subprocess_launcher_spawnv(launcher, keeper->argv, &keeper->error);
	if (keeper->viewer)
		g_subprocess_wait_async(keeper->viewer, NULL, on_end, keeper);
	else
		end(keeper, ORIEL_EXIT_FAILED);
}

static gboolean on_end_limit(gpointer data)
{
	struct keeper *keeper = data;

	keeper->end_timer = 0;
	fprintf(stderr, "oriel: the viewer of '%s' does not end; it is killed\n", keeper->vm);
	if (keeper->viewer)
		g_subprocess_force_exit(keeper->viewer);
	return G_SOURCE_REMOVE;
}

static void end_viewer(struct keeper *keeper)
{
	g_subprocess_send_signal(keeper->viewer, SIGTERM);
	/* One that was stopped hears of it only so. */
	g_subprocess_send_signal(keeper->viewer, SIGCONT);
	if (!keeper->end_timer)
		keeper->end_timer = g_timeout_add_seconds(END_LIMIT_S, on_end_limit, keeper);
}

static gboolean on_signal(gpointer data)
{
	struct keeper *keeper = data;

	keeper->is_ending = true;
	if (keeper->viewer)
		end_viewer(keeper);
	else
		end(keeper, ORIEL_EXIT_OK);
	return G_SOURCE_CONTINUE;
}

static gboolean on_reload(gpointer data)
{
	struct keeper *keeper = data;

	if (keeper->viewer)
		g_subprocess_send_signal(keeper->viewer, SIGHUP);
	return G_SOURCE_CONTINUE;
}

int oriel_view_keep(
	const char *vm, const char *const *argv, struct oriel_view_machine *machine, GError **error)
{
	g_autofree char *note = oriel_control_path_get_note(vm);
	g_autofree char *folder = oriel_control_path_get_folder();
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	struct keeper keeper = {.vm = vm,
		.argv = argv,
		.machine = machine,
		.handout_fd = -1,
		.loop = loop,
		.note = note};
	guint signals[] = {
		g_unix_signal_add(SIGTERM, on_signal, &keeper),
		g_unix_signal_add(SIGINT, on_signal, &keeper),
		g_unix_signal_add(SIGHUP, on_reload, &keeper),
	};

	g_mkdir_with_parents(folder, 0700);
	start(&keeper);
	if (keeper.viewer)
		g_main_loop_run(loop);
	g_unlink(note);
	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
		g_source_remove(signals[i]);
	g_clear_handle_id(&keeper.timer, g_source_remove);
	g_clear_handle_id(&keeper.end_timer, g_source_remove);
	stop_handing_out(&keeper);
	if (keeper.error)
		g_propagate_error(error, keeper.error);
	return keeper.status;
}
