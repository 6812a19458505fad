/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/transfer.h"

#include <errno.h>
#include <spice/vd_agent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spice/agent.h"

/* The library opens all files of a lot at once. */
#define FILES_MAX 100u
#define MIB (1024.0 * 1024.0)

/* One call of the library, which answers even after the transfer has ended. */
struct lot {
	struct oriel_spice_transfer *transfer; /* NULL: it has ended */
	GCancellable *cancellable;
	bool is_cancelled; /* by the user */
	char *problem;	   /* of the first file that did not get there; NULL: none */
	GError *error;	   /* of the whole */
};

struct oriel_spice_transfer {
	struct oriel_spice_session *session;
	struct oriel_spice_transfer_setup setup;
	SpiceMainChannel *main; /* NULL: not connected */
	struct lot *lot;	/* NULL: nothing is being sent */
	guint patience;		/* 0: none */
	struct oriel_spice_transfer_status status;
	char *problem; /* of the status */
};

/* ---- what may be sent ------------------------------------------------------------------------ */

static bool refuse(GError **error, char *sentence)
{
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, sentence);
	g_free(sentence);
	return false;
}

/* Whether the guest could take files. */
static bool check_guest(const struct oriel_spice_transfer *transfer, GError **error)
{
	if (transfer->lot)
		return refuse(error,
			g_strdup("Files are being sent already: wait until they are there, or "
				 "cancel that"));
	if (!transfer->main)
		return refuse(
			error, g_strdup("No files can be sent: there is no connection to the SPICE "
					"server"));
	if (!oriel_spice_agent_is_connected(transfer->main))
		return refuse(error,
			g_strdup("No files can be sent: no SPICE agent runs in the guest "
				 "(spice-vdagent on Linux, the SPICE guest tools on Windows)"));
	if (spice_main_channel_agent_test_capability(
		    transfer->main, VD_AGENT_CAP_FILE_XFER_DISABLED))
		return refuse(error,
			g_strdup("No files can be sent: the guest's SPICE agent was told to take "
				 "none"));
	return true;
}

static bool check_file(const char *path, uint64_t *total_bytes, GError **error)
{
	struct stat status;

	if (stat(path, &status) || access(path, R_OK))
		return refuse(
			error, g_strdup_printf("%s cannot be sent: %s", path, g_strerror(errno)));
	if (!S_ISREG(status.st_mode))
		return refuse(error,
			g_strdup_printf("%s cannot be sent: it is no file; a folder has to be "
					"packed into one first",
				path));
	*total_bytes += (uint64_t)status.st_size;
	return true;
}

static bool check_files(const struct oriel_spice_transfer *transfer, char *const *paths,
	uint64_t *total_bytes, GError **error)
{
	unsigned count = g_strv_length((char **)paths);

	if (!count || count > FILES_MAX)
		return refuse(
			error, g_strdup_printf("%u files cannot be sent at a time: 1 to %u can",
				       count, FILES_MAX));
	for (unsigned i = 0; i < count; i++)
		if (!check_file(paths[i], total_bytes, error))
			return false;
	if (*total_bytes <= transfer->setup.limit_bytes)
		return true;
	return refuse(error,
		g_strdup_printf("%.1f MiB cannot be sent: that is more than the %.0f MiB of "
				"--send-limit",
			(double)*total_bytes / MIB, (double)transfer->setup.limit_bytes / MIB));
}

/* ---- how it goes ----------------------------------------------------------------------------- */

static void stop_waiting(struct oriel_spice_transfer *transfer)
{
	if (transfer->patience)
		g_source_remove(transfer->patience);
	transfer->patience = 0;
}

/* Agents without file transfer say nothing at all. */
static gboolean on_impatient(gpointer data)
{
	struct oriel_spice_transfer *transfer = data;

	transfer->patience = 0;
	if (!transfer->lot->problem)
		transfer->lot->problem = g_strdup_printf(
			"the guest took nothing for %u seconds; its SPICE agent may be too old",
			transfer->setup.patience_s);
	g_cancellable_cancel(transfer->lot->cancellable);
	return G_SOURCE_REMOVE;
}

static void wait_for_guest(struct oriel_spice_transfer *transfer)
{
	stop_waiting(transfer);
	transfer->patience =
		g_timeout_add_seconds(transfer->setup.patience_s, on_impatient, transfer);
}

static void on_moved(goffset done_bytes, goffset total_bytes, gpointer data)
{
	struct oriel_spice_transfer *transfer = ((struct lot *)data)->transfer;

	if (!transfer || (uint64_t)done_bytes <= transfer->status.done_bytes)
		return;
	transfer->status.done_bytes = (uint64_t)done_bytes;
	if (!g_cancellable_is_cancelled(transfer->lot->cancellable))
		wait_for_guest(transfer);
	transfer->setup.changed(transfer->setup.data);
}

static void on_file_ended(SpiceFileTransferTask *task, GError *error, struct lot *lot)
{
	g_autofree char *name = spice_file_transfer_task_get_filename(task);

	if (error && !lot->problem && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		lot->problem = g_strdup_printf("%s: %s", name, error->message);
}

static void on_file(SpiceMainChannel *channel, SpiceFileTransferTask *task,
	struct oriel_spice_transfer *transfer)
{
	if (transfer->lot)
		g_signal_connect(task, "finished", G_CALLBACK(on_file_ended), transfer->lot);
}

static enum oriel_spice_transfer_state get_end(const struct lot *lot)
{
	if (!lot->error && !lot->problem)
		return ORIEL_SPICE_TRANSFER_DONE;
	return lot->is_cancelled ? ORIEL_SPICE_TRANSFER_CANCELLED : ORIEL_SPICE_TRANSFER_FAILED;
}

static void set_end(struct oriel_spice_transfer *transfer, const struct lot *lot)
{
	struct oriel_spice_transfer_status *status = &transfer->status;

	stop_waiting(transfer);
	transfer->lot = NULL;
	status->state = get_end(lot);
	if (status->state == ORIEL_SPICE_TRANSFER_DONE)
		status->done_bytes = status->total_bytes;
	if (status->state == ORIEL_SPICE_TRANSFER_FAILED)
		transfer->problem = g_strdup_printf("Not everything reached the guest: %s",
			lot->problem ? lot->problem : lot->error->message);
	transfer->setup.changed(transfer->setup.data);
}

/* The library leaves the word of an end in its queue until there is something else to say. Giving
 * up a selection that nobody has says nothing and has the queue sent. */
static void send_queue(SpiceMainChannel *channel)
{
	if (spice_main_channel_agent_test_capability(channel, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND))
		spice_main_channel_clipboard_selection_release(
			channel, VD_AGENT_CLIPBOARD_SELECTION_SECONDARY);
}

static gboolean on_all_told(gpointer data)
{
	struct lot *lot = data;

	if (lot->error && lot->transfer && lot->transfer->main)
		send_queue(lot->transfer->main);
	if (lot->transfer)
		set_end(lot->transfer, lot);
	g_object_unref(lot->cancellable);
	g_clear_error(&lot->error);
	g_free(lot->problem);
	g_free(lot);
	return G_SOURCE_REMOVE;
}

/* The library tells the end of the lot before that of its last file, and what was wrong with that
 * only afterwards. */
static void on_ended(GObject *source, GAsyncResult *result, gpointer data)
{
	struct lot *lot = data;

	spice_main_channel_file_copy_finish(SPICE_MAIN_CHANNEL(source), result, &lot->error);
	g_idle_add(on_all_told, lot);
}

/* ---- doors ----------------------------------------------------------------------------------- */

bool oriel_spice_transfer_start(
	struct oriel_spice_transfer *transfer, char *const *paths, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_null_terminated(0, g_object_unref, TRUE);
	uint64_t total_bytes = 0;

	if (!check_guest(transfer, error) || !check_files(transfer, paths, &total_bytes, error))
		return false;
	for (; *paths; paths++)
		g_ptr_array_add(files, g_file_new_for_path(*paths));
	g_clear_pointer(&transfer->problem, g_free);
	transfer->status = (struct oriel_spice_transfer_status){
		.state = ORIEL_SPICE_TRANSFER_SENDING,
		.files = files->len,
		.total_bytes = total_bytes,
	};
	transfer->lot = g_new0(struct lot, 1);
	transfer->lot->transfer = transfer;
	transfer->lot->cancellable = g_cancellable_new();
	wait_for_guest(transfer);
	spice_main_channel_file_copy_async(transfer->main, (GFile **)files->pdata, G_FILE_COPY_NONE,
		transfer->lot->cancellable, on_moved, transfer->lot, on_ended, transfer->lot);
	transfer->setup.changed(transfer->setup.data);
	return true;
}

bool oriel_spice_transfer_cancel(struct oriel_spice_transfer *transfer)
{
	if (!transfer->lot)
		return false;
	transfer->lot->is_cancelled = true;
	stop_waiting(transfer);
	g_cancellable_cancel(transfer->lot->cancellable);
	return true;
}

void oriel_spice_transfer_get_status(
	const struct oriel_spice_transfer *transfer, struct oriel_spice_transfer_status *ret_status)
{
	*ret_status = transfer->status;
	ret_status->problem = transfer->problem;
}

/* ---- life ------------------------------------------------------------------------------------ */

static enum oriel_spice_need on_added(void *data, SpiceChannel *channel)
{
	struct oriel_spice_transfer *transfer = data;

	if (!SPICE_IS_MAIN_CHANNEL(channel))
		return ORIEL_SPICE_UNWANTED;
	transfer->main = SPICE_MAIN_CHANNEL(channel);
	g_signal_connect(channel, "new-file-transfer", G_CALLBACK(on_file), transfer);
	return ORIEL_SPICE_WANTED;
}

static void on_removed(void *data, SpiceChannel *channel)
{
	struct oriel_spice_transfer *transfer = data;

	if (!transfer->main || channel != SPICE_CHANNEL(transfer->main))
		return;
	g_signal_handlers_disconnect_by_data(channel, transfer);
	transfer->main = NULL;
	if (!transfer->lot)
		return;
	if (!transfer->lot->problem)
		transfer->lot->problem = g_strdup("the connection to the SPICE server broke");
	g_cancellable_cancel(transfer->lot->cancellable);
}

static const struct oriel_spice_listener listener = {
	.channel_added = on_added,
	.channel_removed = on_removed,
};

struct oriel_spice_transfer *oriel_spice_transfer_create(
	struct oriel_spice_session *session, const struct oriel_spice_transfer_setup *setup)
{
	struct oriel_spice_transfer *transfer = g_new0(struct oriel_spice_transfer, 1);

	transfer->session = session;
	transfer->setup = *setup;
	oriel_spice_session_add_listener(session, &listener, transfer);
	return transfer;
}

void oriel_spice_transfer_destroy(struct oriel_spice_transfer *transfer)
{
	if (!transfer)
		return;
	oriel_spice_session_remove_listener(transfer->session, transfer);
	stop_waiting(transfer);
	if (transfer->lot) {
		transfer->lot->transfer = NULL;
		g_cancellable_cancel(transfer->lot->cancellable);
	}
	g_free(transfer->problem);
	g_free(transfer);
}
