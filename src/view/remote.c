/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/remote.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/suggest.h"
#include "control/path.h"
#include "control/server.h"
#include "view/remote_picture.h"
#include "view/spice.h"

struct oriel_remote {
	struct oriel_remote_setup setup;
	struct oriel_control_server *server;
	struct oriel_remote_pictures pictures;
};

/* ---- status, stats -------------------------------------------------------------------------- */

/* Why there is no picture, or "". */
static const char *get_reason(const struct oriel_standing *standing)
{
	const struct oriel_render_event *event = &standing->status;

	if (standing->is_stuck)
		return "the display server or the graphics driver does not answer";
	if (event->status.is_fresh)
		return "";
	return event->status.reason[0] ? event->status.reason : "it has just begun";
}

static void do_status(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	const struct oriel_standing *standing = remote->setup.standing;
	const struct oriel_render_event *event = &standing->status;
	const char *recording = oriel_exports_get_recording(remote->setup.exports);
	JsonObject *members = json_object_new();
	const char *state = "starting";

	if (event->status.was_fresh || standing->is_stuck)
		state = event->status.is_fresh && !standing->is_stuck ? "running" : "error";
	json_object_set_string_member(members, "vm", remote->setup.vm);
	json_object_set_string_member(members, "state", state);
	json_object_set_string_member(members, "reason", get_reason(standing));
	if (event->status.origin)
		json_object_set_string_member(members, "display", event->status.origin);
	json_object_set_boolean_member(
		members, "shared", oriel_exports_is_sharing(remote->setup.exports));
	if (standing->spice_problem)
		json_object_set_string_member(members, "spice-problem", standing->spice_problem);
	json_object_set_boolean_member(
		members, "captured", oriel_capture_state_is_held(standing->capture));
	json_object_set_string_member(members, "recording", recording ? recording : "");
	json_object_set_int_member(members, "pid", getpid());
	oriel_control_call_answer(call, members);
}

static void answer_stats(
	struct oriel_control_call *call, struct oriel_snapshot *snapshot, void *data)
{
	const struct oriel_remote *remote = data;
	JsonObject *members;
	g_autoptr(JsonNode) figures = NULL;
	char *text = NULL;
	size_t size;
	FILE *file;

	if (!snapshot) {
		oriel_control_call_refuse(call, "the viewer is busy");
		return;
	}
	oriel_exports_get_counts(remote->setup.exports, &snapshot->stats.exports);
	snapshot->stats.has_sound =
		oriel_sound_get_stats(remote->setup.sound, &snapshot->stats.sound);
	file = open_memstream(&text, &size);
	oriel_stats_write(&snapshot->stats, oriel_stats_get_cpu_seconds(), file);
	fclose(file);
	figures = json_from_string(text, NULL);
	free(text);
	members = json_object_new();
	json_object_set_member(members, "stats", g_steal_pointer(&figures));
	oriel_control_call_answer(call, members);
}

static void do_stats(struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_remote_take_snapshot(remote->setup.render, call, false, answer_stats, remote);
}

/* ---- the others ----------------------------------------------------------------------------- */

static void do_screenshot(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_remote_take_picture(&remote->pictures, call, text);
}

static void do_record_on(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	g_autofree char *path =
		oriel_remote_make_path(call, remote->setup.pictures, remote->setup.vm, text, "mkv");
	struct oriel_error error;
	JsonObject *members;

	if (!path)
		return;
	if (oriel_exports_record(remote->setup.exports, path, &error)) {
		oriel_control_call_refuse(call, "%s", error.message);
		return;
	}
	members = json_object_new();
	json_object_set_string_member(members, "file", path);
	oriel_control_call_answer(call, members);
}

static void answer_recorded(void *data, const char *path, const struct oriel_recording_news *news)
{
	JsonObject *members;

	if (news->error.code) {
		oriel_control_call_refuse(data, "%s", news->error.message);
		return;
	}
	if (!news->written) {
		oriel_control_call_refuse(data, "no picture came; there is no file %s", path);
		return;
	}
	members = json_object_new();
	json_object_set_string_member(members, "file", path);
	json_object_set_int_member(members, "pictures", (gint64)news->written);
	json_object_set_int_member(members, "missed", (gint64)news->missed);
	oriel_control_call_answer(data, members);
}

static void do_record_off(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	if (!oriel_exports_end_recording(remote->setup.exports, answer_recorded, call))
		oriel_control_call_refuse(call, "nothing is recorded");
}

static void do_share_on(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	struct oriel_error error;

	if (oriel_exports_share(remote->setup.exports, &error))
		oriel_control_call_refuse(call, "%s", error.message);
	else
		oriel_control_call_answer(call, NULL);
}

static void do_share_off(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	if (oriel_exports_end_sharing(remote->setup.exports))
		oriel_control_call_answer(call, NULL);
	else
		oriel_control_call_refuse(call, "the picture is not shared");
}

static void do_reload(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	g_autoptr(JsonArray) now = json_array_new();
	g_autoptr(JsonArray) later = json_array_new();
	struct oriel_error error;
	JsonObject *members;

	if (remote->setup.reload(remote->setup.data, now, later, &error)) {
		oriel_control_call_refuse(call, "%s", error.message);
		return;
	}
	members = json_object_new();
	json_object_set_array_member(members, "now", g_steal_pointer(&now));
	json_object_set_array_member(members, "at-next-start", g_steal_pointer(&later));
	oriel_control_call_answer(call, members);
}

/* is_pushed: the render thread has the wish. */
static void answer_pushed(struct oriel_control_call *call, bool is_pushed)
{
	if (is_pushed)
		oriel_control_call_answer(call, NULL);
	else
		oriel_control_call_refuse(call, "the display server keeps the viewer waiting");
}

static void change_capture(
	struct oriel_remote *remote, struct oriel_control_call *call, bool wanted)
{
	answer_pushed(call, oriel_render_capture(remote->setup.render, wanted));
}

static void do_capture(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	change_capture(remote, call, true);
}

static void do_release(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	change_capture(remote, call, false);
}

static void change_fullscreen(
	struct oriel_remote *remote, struct oriel_control_call *call, enum oriel_fullscreen wanted)
{
	answer_pushed(call, oriel_render_set_fullscreen(remote->setup.render, wanted));
}

static void do_fullscreen_on(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	change_fullscreen(remote, call, ORIEL_FULLSCREEN_ON);
}

static void do_fullscreen_off(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	change_fullscreen(remote, call, ORIEL_FULLSCREEN_OFF);
}

static void do_usb_list(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_view_spice_list_usb(remote->setup.spice, call);
}

static void do_usb_attach(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_view_spice_attach_usb(remote->setup.spice, call, text);
}

static void do_usb_detach(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_view_spice_detach_usb(remote->setup.spice, call, text);
}

static void do_file_send(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_send_answer_start(remote->setup.send, call, text);
}

static void do_file_status(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_send_answer_status(remote->setup.send, call);
}

static void do_file_cancel(
	struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_send_answer_cancel(remote->setup.send, call);
}

static void do_quit(struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	oriel_control_call_answer(call, NULL);
	remote->setup.quit(remote->setup.data);
}

static void do_help(struct oriel_remote *remote, struct oriel_control_call *call, const char *text);

/* ---- the table ------------------------------------------------------------------------------ */

static const struct row {
	const char *name;
	const char *argument; /* the member that it may have besides its name, a text; or NULL */
	const char *help;
	void (*run)(struct oriel_remote *remote, struct oriel_control_call *call, const char *text);
} rows[] = {
	{"status", NULL, "whether a picture is shown, and why not", do_status},
	{"stats", NULL, "the figures of --stats, up to now", do_stats},
	{"screenshot", "file", "writes the picture into the folder of --pictures", do_screenshot},
	{"record-on", "file", "begins a recording in the folder of --pictures", do_record_on},
	{"record-off", NULL, "ends it, and says how many pictures it has", do_record_off},
	{"fullscreen-on", NULL, "shows it on the whole screen", do_fullscreen_on},
	{"fullscreen-off", NULL, "shows it in a window again", do_fullscreen_off},
	{"share-on", NULL, "offers the picture to other programs as a camera", do_share_on},
	{"share-off", NULL, "takes that camera away", do_share_off},
	{"capture", NULL, "gives keyboard and pointer to the guest alone", do_capture},
	{"release", NULL, "gives them back to the desktop", do_release},
	{"file-send", "file", "gives the guest a file of --send-from", do_file_send},
	{"file-status", NULL, "how much of it the guest has", do_file_status},
	{"file-cancel", NULL, "stops that", do_file_cancel},
	{"usb-list", NULL, "names the USB devices that the guest could have", do_usb_list},
	{"usb-attach", "device", "lends one to the guest", do_usb_attach},
	{"usb-detach", "device", "takes it back", do_usb_detach},
	{"reload", NULL, "reads the settings again", do_reload},
	{"quit", NULL, "closes the viewer, never the VM", do_quit},
	{"help", NULL, "lists the commands", do_help},
};

static void do_help(struct oriel_remote *remote, struct oriel_control_call *call, const char *text)
{
	JsonObject *commands = json_object_new();
	JsonObject *members = json_object_new();

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		json_object_set_string_member(commands, rows[i].name, rows[i].help);
	json_object_set_object_member(members, "commands", commands);
	oriel_control_call_answer(call, members);
}

static void refuse_command(struct oriel_control_call *call, const char *command)
{
	const char *names[G_N_ELEMENTS(rows) + 1] = {NULL};
	const char *near;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		names[i] = rows[i].name;
	near = oriel_suggest_nearest(command, names);
	if (near)
		oriel_control_call_refuse(
			call, "unknown command \"%s\"; did you mean \"%s\"?", command, near);
	else
		oriel_control_call_refuse(
			call, "unknown command \"%s\"; \"help\" lists them", command);
}

/* A JSON text may have half of a pair of escapes in it, which is no character. */
static bool is_text(JsonNode *node)
{
	return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING &&
	       g_utf8_validate(json_node_get_string(node), -1, NULL);
}

/* False, and the call refused, when the request has what this command does not take. */
static bool check_members(
	struct oriel_control_call *call, const struct row *row, JsonObject *request)
{
	g_autoptr(GList) names = json_object_get_members(request);

	for (GList *name = names; name; name = name->next) {
		JsonNode *node = json_object_get_member(request, name->data);

		if (!g_strcmp0(name->data, "command"))
			continue;
		if (g_strcmp0(name->data, row->argument)) {
			oriel_control_call_refuse(call, "%s takes no \"%s\"%s%s", row->name,
				(char *)name->data, row->argument ? ", only " : "",
				row->argument ? row->argument : "");
			return false;
		}
		if (!is_text(node)) {
			oriel_control_call_refuse(
				call, "%s of %s is no text", row->argument, row->name);
			return false;
		}
	}
	return true;
}

static void on_call(
	void *data, struct oriel_control_call *call, const char *command, JsonObject *request)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *text = NULL;

		if (strcmp(rows[i].name, command))
			continue;
		if (!check_members(call, &rows[i], request))
			return;
		if (rows[i].argument && json_object_has_member(request, rows[i].argument))
			text = json_object_get_string_member(request, rows[i].argument);
		rows[i].run(data, call, text);
		return;
	}
	refuse_command(call, command);
}

/* ---- life ----------------------------------------------------------------------------------- */

struct oriel_remote *oriel_remote_open(const struct oriel_remote_setup *setup, GError **error)
{
	struct oriel_remote *remote = g_new0(struct oriel_remote, 1);
	g_autofree char *path = oriel_control_path_get(setup->vm);

	/* Where that fails, a screenshot does, and says why. */
	g_mkdir_with_parents(setup->pictures, 0700);
	remote->setup = *setup;
	remote->pictures = (struct oriel_remote_pictures){
		.render = setup->render, .folder = setup->pictures, .vm = setup->vm};
	remote->server = oriel_control_server_open(path, on_call, remote, error);
	if (!remote->server)
		g_clear_pointer(&remote, g_free);
	return remote;
}

void oriel_remote_close(struct oriel_remote *remote)
{
	if (!remote)
		return;
	oriel_remote_finish_pictures(&remote->pictures);
	oriel_control_server_close(remote->server);
	g_free(remote);
}
