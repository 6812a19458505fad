/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said of files on their way to the guest, over a library made here (as in test_usb.c):
 * what the guest takes, and when the library tells of it, each case decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gio/gio.h>
#include <spice/vd_agent.h>
#include <string.h>

#include "spice/transfer.h"
#include "stand_in.h"
#include "tests/remove_tree.h"

#define SIZE_BYTES 1000u
#define LIMIT_BYTES (5u * SIZE_BYTES)

struct _SpiceFileTransferTask {
	GObject parent;
};

struct _SpiceFileTransferTaskClass {
	GObjectClass parent;
};

static struct {
	bool is_disabled; /* the agent takes no files */
	GTask *asked;	  /* NULL: nothing was */
	GFileProgressCallback progress;
	gpointer progress_data;
	SpiceFileTransferTask *file;
	const char *problem; /* of the file, and of all; NULL: it got there */
	struct oriel_spice_transfer *transfer;
	char *folder, *path;
	unsigned changes;
	unsigned pushes; /* of the queue of what the guest is told */
} bed;

/* ---- the library ----------------------------------------------------------------------------- */

G_DEFINE_TYPE(SpiceFileTransferTask, spice_file_transfer_task, G_TYPE_OBJECT)

static void spice_file_transfer_task_class_init(SpiceFileTransferTaskClass *class)
{
	g_signal_new("finished", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
		G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void spice_file_transfer_task_init(SpiceFileTransferTask *file)
{
}

char *spice_file_transfer_task_get_filename(SpiceFileTransferTask *file)
{
	return g_strdup("letter");
}

gboolean spice_main_channel_agent_test_capability(SpiceMainChannel *channel, guint32 capability)
{
	return capability == VD_AGENT_CAP_FILE_XFER_DISABLED ? bed.is_disabled : true;
}

void spice_main_channel_clipboard_selection_release(SpiceMainChannel *channel, guint selection)
{
	assert_int_not_equal(selection, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD);
	bed.pushes++;
}

void spice_main_channel_file_copy_async(SpiceMainChannel *channel, GFile **files,
	GFileCopyFlags flags, GCancellable *cancellable, GFileProgressCallback progress,
	gpointer progress_data, GAsyncReadyCallback callback, gpointer data)
{
	assert_null(bed.asked);
	bed.asked = g_task_new(channel, cancellable, callback, data);
	g_task_set_check_cancellable(bed.asked, FALSE);
	bed.progress = progress;
	bed.progress_data = progress_data;
	bed.file = g_object_new(spice_file_transfer_task_get_type(), NULL);
	g_signal_emit_by_name(channel, "new-file-transfer", bed.file);
}

gboolean spice_main_channel_file_copy_finish(
	SpiceMainChannel *channel, GAsyncResult *result, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error);
}

/* The whole ends before its last file does, as in the library. */
static gboolean on_end(gpointer data)
{
	GTask *task = g_steal_pointer(&bed.asked);
	bool is_cancelled = g_cancellable_is_cancelled(g_task_get_cancellable(task));
	g_autoptr(GError) error = NULL;

	if (is_cancelled)
		error = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
	else if (bed.problem)
		error = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_FAILED, bed.problem);
	if (error)
		g_task_return_new_error(task, G_IO_ERROR, error->code, "1 of 1 failed");
	else
		g_task_return_boolean(task, TRUE);
	g_signal_emit_by_name(bed.file, "finished", error);
	g_clear_object(&bed.file);
	g_object_unref(task);
	return G_SOURCE_REMOVE;
}

static void turn(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static void end_lot(const char *problem)
{
	bed.problem = problem;
	assert_non_null(bed.asked);
	g_idle_add(on_end, NULL);
	turn();
}

static bool is_stopped(void)
{
	return g_cancellable_is_cancelled(g_task_get_cancellable(bed.asked));
}

/* ---- each case ------------------------------------------------------------------------------- */

static void on_changed(void *data)
{
	bed.changes++;
}

static int begin(void **state)
{
	static const char content[SIZE_BYTES];
	const struct oriel_spice_transfer_setup setup = {
		.limit_bytes = LIMIT_BYTES, .patience_s = 1, .changed = on_changed};

	memset(&bed, 0, sizeof bed);
	stand_in_begin();
	stand_in_set_agent(true);
	bed.folder = g_dir_make_tmp("oriel-transfer-XXXXXX", NULL);
	bed.path = g_build_filename(bed.folder, "letter", NULL);
	g_file_set_contents(bed.path, content, sizeof content, NULL);
	bed.transfer = oriel_spice_transfer_create(NULL, &setup);
	return 0;
}

static int end(void **state)
{
	oriel_spice_transfer_destroy(bed.transfer);
	stand_in_end();
	remove_tree(bed.folder);
	g_free(bed.folder);
	g_free(bed.path);
	return 0;
}

static void start(void)
{
	char *paths[] = {bed.path, NULL};

	assert_true(oriel_spice_transfer_start(bed.transfer, paths, NULL));
}

/* paths: so many times the one. */
static void expect_refusal(unsigned paths, const char *wanted)
{
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	g_auto(GStrv) named = NULL;
	g_autoptr(GError) error = NULL;

	for (unsigned i = 0; i < paths; i++)
		g_strv_builder_add(list, bed.path);
	named = g_strv_builder_end(list);
	assert_false(oriel_spice_transfer_start(bed.transfer, named, &error));
	if (!strstr(error->message, wanted))
		fail_msg("'%s' has no '%s'", error->message, wanted);
}

static void expect_status(
	enum oriel_spice_transfer_state state, uint64_t done_bytes, const char *problem)
{
	struct oriel_spice_transfer_status status;

	oriel_spice_transfer_get_status(bed.transfer, &status);
	assert_int_equal(status.state, state);
	assert_int_equal(status.done_bytes, done_bytes);
	if (!problem)
		assert_null(status.problem);
	else
		assert_string_equal(status.problem, problem);
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void test_counted(void **state)
{
	stand_in_connect();
	expect_status(ORIEL_SPICE_TRANSFER_IDLE, 0, NULL);
	start();
	expect_status(ORIEL_SPICE_TRANSFER_SENDING, 0, NULL);
	bed.progress(400, SIZE_BYTES, bed.progress_data);
	expect_status(ORIEL_SPICE_TRANSFER_SENDING, 400, NULL);
	bed.progress(300, SIZE_BYTES, bed.progress_data); /* never back */
	expect_status(ORIEL_SPICE_TRANSFER_SENDING, 400, NULL);
	expect_refusal(1, "are being sent already");
	end_lot(NULL);
	expect_status(ORIEL_SPICE_TRANSFER_DONE, SIZE_BYTES, NULL);
	assert_int_equal(bed.changes, 3);
	assert_int_equal(bed.pushes, 0);
	assert_false(oriel_spice_transfer_cancel(bed.transfer));
}

static void test_failed(void **state)
{
	stand_in_connect();
	start();
	end_lot("no space is left");
	expect_status(ORIEL_SPICE_TRANSFER_FAILED, 0,
		"Not everything reached the guest: letter: no space is left");
	start();
	expect_status(ORIEL_SPICE_TRANSFER_SENDING, 0, NULL);
	end_lot(NULL);
	expect_status(ORIEL_SPICE_TRANSFER_DONE, SIZE_BYTES, NULL);
}

static void test_cancelled(void **state)
{
	stand_in_connect();
	start();
	assert_true(oriel_spice_transfer_cancel(bed.transfer));
	assert_true(is_stopped());
	expect_status(ORIEL_SPICE_TRANSFER_SENDING, 0, NULL);
	end_lot(NULL);
	expect_status(ORIEL_SPICE_TRANSFER_CANCELLED, 0, NULL);
	assert_int_equal(bed.pushes, 1);
}

/* An agent that knows no files never answers. */
static void test_guest_takes_nothing(void **state)
{
	stand_in_connect();
	start();
	while (!is_stopped())
		g_main_context_iteration(NULL, TRUE);
	end_lot(NULL);
	expect_status(ORIEL_SPICE_TRANSFER_FAILED, 0,
		"Not everything reached the guest: the guest took nothing for 1 seconds; its "
		"SPICE agent may be too old");
}

static void test_connection_breaks(void **state)
{
	stand_in_connect();
	start();
	stand_in_disconnect();
	assert_true(is_stopped());
	end_lot(NULL);
	expect_status(ORIEL_SPICE_TRANSFER_FAILED, 0,
		"Not everything reached the guest: the connection to the SPICE server broke");
	expect_refusal(1, "there is no connection");
}

static void test_refused(void **state)
{
	expect_refusal(1, "there is no connection");
	stand_in_connect();
	stand_in_set_agent(false);
	expect_refusal(1, "no SPICE agent runs");
	stand_in_set_agent(true);
	bed.is_disabled = true;
	expect_refusal(1, "told to take none");
	bed.is_disabled = false;
	expect_refusal(0, "0 files cannot be sent");
	expect_refusal(101, "101 files cannot be sent");
	expect_refusal(LIMIT_BYTES / SIZE_BYTES + 1, "of --send-limit");
	remove_tree(bed.path);
	expect_refusal(1, "No such file");
	assert_null(bed.asked);
	assert_int_equal(bed.changes, 0);
}

/* The library answers afterwards, to nobody. */
static void test_end_while_sending(void **state)
{
	stand_in_connect();
	start();
	g_clear_pointer(&bed.transfer, oriel_spice_transfer_destroy);
	assert_true(is_stopped());
	bed.progress(500, SIZE_BYTES, bed.progress_data);
	end_lot(NULL);
	assert_int_equal(bed.changes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counted, begin, end),
		cmocka_unit_test_setup_teardown(test_failed, begin, end),
		cmocka_unit_test_setup_teardown(test_cancelled, begin, end),
		cmocka_unit_test_setup_teardown(test_guest_takes_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_connection_breaks, begin, end),
		cmocka_unit_test_setup_teardown(test_refused, begin, end),
		cmocka_unit_test_setup_teardown(test_end_while_sending, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
