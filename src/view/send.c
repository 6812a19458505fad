/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/send.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "spice/files.h"
#include "spice/transfer.h"

/* A guest that has to make room on a slow disk takes a while. */
#define PATIENCE_S 30u

struct oriel_send {
	struct oriel_send_setup setup;
	struct oriel_spice_transfer *transfer; /* NULL: not attached */
	enum oriel_spice_transfer_state state; /* as the user was told */
	int percent;
};

/* ---- how it goes ----------------------------------------------------------------------------- */

static int get_percent(const struct oriel_spice_transfer_status *status)
{
	return status->total_bytes
		       ? (int)((double)status->done_bytes * 100.0 / (double)status->total_bytes)
		       : 100;
}

static void tell_end(struct oriel_send *send, const struct oriel_spice_transfer_status *status)
{
	g_autofree char *size = g_format_size_full(status->total_bytes, G_FORMAT_SIZE_IEC_UNITS);
	g_autofree char *text = NULL;

	if (status->state == ORIEL_SPICE_TRANSFER_DONE)
		text = g_strdup_printf("The guest has %u file%s, %s", status->files,
			status->files == 1 ? "" : "s", size);
	else if (status->state == ORIEL_SPICE_TRANSFER_CANCELLED)
		text = g_strdup("Sending was cancelled; the guest keeps nothing of what was not "
				"whole");
	send->setup.told(send->setup.data, text ? text : status->problem,
		status->state == ORIEL_SPICE_TRANSFER_FAILED);
}

static void on_changed(void *data)
{
	struct oriel_send *send = data;
	struct oriel_spice_transfer_status status;
	bool is_sending, was_sending = send->state == ORIEL_SPICE_TRANSFER_SENDING;
	int percent;

	oriel_spice_transfer_get_status(send->transfer, &status);
	is_sending = status.state == ORIEL_SPICE_TRANSFER_SENDING;
	percent = is_sending ? get_percent(&status) : -1;
	if (percent != send->percent)
		send->setup.moved(send->setup.data, percent);
	if (is_sending && percent != send->percent)
		oriel_log(ORIEL_LOG_DEBUG, "sending %u files: %d %%", status.files, percent);
	send->state = status.state;
	send->percent = percent;
	if (was_sending && !is_sending)
		tell_end(send, &status);
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static bool start(struct oriel_send *send, const void *uris, gsize size, GError **error)
{
	const char *folders[] = {send->setup.folder, send->setup.share, NULL};
	g_auto(GStrv) paths = NULL;

	if (!folders[0]) {
		folders[0] = folders[1];
		folders[1] = NULL;
	}
	if (!folders[0]) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
			"No files can be sent: the viewer may read those of no folder; name one "
			"with --send-from FOLDER");
		return false;
	}
	paths = oriel_spice_files_find(folders, uris, size, error);
	return paths && oriel_spice_transfer_start(send->transfer, paths, error);
}

static void tell_problem(struct oriel_send *send, const char *problem)
{
	send->setup.told(send->setup.data, problem, true);
}

static void on_copied(void *data, GBytes *uris)
{
	struct oriel_send *send = data;
	g_autoptr(GError) error = NULL;
	gsize size;
	const void *list = uris ? g_bytes_get_data(uris, &size) : NULL;

	if (list && !start(send, list, size, &error))
		tell_problem(send, error->message);
	if (!list)
		tell_problem(send,
			"No files were copied on the desktop, or its clipboard does not go to the "
			"guest (--clipboard)");
}

void oriel_send_copied(struct oriel_send *send)
{
	if (send && send->setup.clipboard)
		oriel_clipboard_request(send->setup.clipboard, ORIEL_CLIPBOARD_GUEST,
			ORIEL_CLIPBOARD_FILES, on_copied, send);
	else if (send)
		tell_problem(send, "No files can be sent: the clipboard is switched off");
}

void oriel_send_cancel(struct oriel_send *send)
{
	if (send && !oriel_spice_transfer_cancel(send->transfer))
		tell_problem(send, "No files are being sent");
}

/* ---- the control socket ---------------------------------------------------------------------- */

/* False, and the call refused: there is no way to send any. */
static bool check(struct oriel_send *send, struct oriel_control_call *call)
{
	if (!send)
		oriel_control_call_refuse(
			call, "files go to the guest over SPICE: start the viewer with --spice");
	return send != NULL;
}

void oriel_send_answer_start(
	struct oriel_send *send, struct oriel_control_call *call, const char *path)
{
	g_autofree char *uri = path ? g_filename_to_uri(path, NULL, NULL) : NULL;
	g_autoptr(GError) error = NULL;

	if (!check(send, call))
		return;
	if (!uri)
		oriel_control_call_refuse(call, "which one? give file=PATH, which begins with /");
	else if (!start(send, uri, strlen(uri), &error))
		oriel_control_call_refuse(call, "%s", error->message);
	else
		oriel_control_call_answer(call, NULL);
}

void oriel_send_answer_status(struct oriel_send *send, struct oriel_control_call *call)
{
	static const char *const names[] = {
		[ORIEL_SPICE_TRANSFER_IDLE] = "idle",
		[ORIEL_SPICE_TRANSFER_SENDING] = "sending",
		[ORIEL_SPICE_TRANSFER_DONE] = "done",
		[ORIEL_SPICE_TRANSFER_CANCELLED] = "cancelled",
		[ORIEL_SPICE_TRANSFER_FAILED] = "failed",
	};
	struct oriel_spice_transfer_status status;
	JsonObject *members;

	if (!check(send, call))
		return;
	oriel_spice_transfer_get_status(send->transfer, &status);
	members = json_object_new();
	json_object_set_string_member(members, "sending", names[status.state]);
	json_object_set_int_member(members, "files", status.files);
	json_object_set_int_member(members, "done-bytes", (gint64)status.done_bytes);
	json_object_set_int_member(members, "total-bytes", (gint64)status.total_bytes);
	json_object_set_string_member(members, "reason", status.problem ? status.problem : "");
	oriel_control_call_answer(call, members);
}

void oriel_send_answer_cancel(struct oriel_send *send, struct oriel_control_call *call)
{
	if (!check(send, call))
		return;
	if (oriel_spice_transfer_cancel(send->transfer))
		oriel_control_call_answer(call, NULL);
	else
		oriel_control_call_refuse(call, "no files are being sent");
}

/* ---- life ------------------------------------------------------------------------------------ */

int oriel_send_create(struct oriel_send **ret_send, const struct oriel_send_setup *setup,
	struct oriel_error *error)
{
	struct oriel_send *send;

	if (setup->folder && !g_file_test(setup->folder, G_FILE_TEST_IS_DIR))
		return oriel_error_set(error, -ENOTDIR,
			"--send-from: there is no folder %s to send files from; make it first",
			setup->folder);
	send = g_new0(struct oriel_send, 1);
	send->setup = *setup;
	send->percent = -1;
	*ret_send = send;
	return 0;
}

void oriel_send_attach(struct oriel_send *send, struct oriel_spice_session *session)
{
	if (send)
		send->transfer = oriel_spice_transfer_create(
			session, &(struct oriel_spice_transfer_setup){
					 .limit_bytes = send->setup.limit_bytes,
					 .patience_s = PATIENCE_S,
					 .changed = on_changed,
					 .data = send,
				 });
}

void oriel_send_destroy(struct oriel_send *send)
{
	if (!send)
		return;
	oriel_spice_transfer_destroy(send->transfer);
	if (send->setup.clipboard)
		oriel_clipboard_forget(send->setup.clipboard, send);
	g_free(send);
}
