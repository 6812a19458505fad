/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/spice.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib.h>
#include <limits.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "control/handout.h"
#include "spice/clipboard.h"
#include "spice/display.h"
#include "spice/inputs.h"
#include "spice/monitors.h"
#include "spice/session.h"
#include "spice/usb.h"

#define PASSWORD_MAX_BYTES 256
/* In front of the number of a descriptor at which connections are handed out. */
#define HANDOUT "fd:"

struct oriel_view_spice {
	struct oriel_sink sink;
	struct oriel_spice_session *session;
	struct oriel_spice_inputs *inputs;
	struct oriel_spice_display *display;	 /* NULL: not wanted */
	struct oriel_spice_clipboard *clipboard; /* NULL: not wanted */
	struct oriel_spice_monitors *monitors;	 /* NULL: the window is not followed */
	struct oriel_spice_usb *usb;
	struct oriel_input_queue *queue;
	struct oriel_box *box;
	guint wanted_watch; /* of the box; 0: none */
	void (*changed)(void *data, const char *reason, bool is_problem);
	void *data;
};

/* ---- the sink ------------------------------------------------------------------------------- */

static void send_key(struct oriel_view_spice *spice, const struct oriel_input *input)
{
	oriel_spice_inputs_key(spice->inputs, input->key.code, input->key.pressed);
}

static void send_button(struct oriel_view_spice *spice, const struct oriel_input *input)
{
	oriel_spice_inputs_button(spice->inputs, input->key.code, input->key.pressed);
}

static void send_move_to(struct oriel_view_spice *spice, const struct oriel_input *input)
{
	oriel_spice_inputs_move_to(spice->inputs, input->move_to.x_px, input->move_to.y_px,
		input->move_to.width_px, input->move_to.height_px);
	if (spice->display)
		oriel_spice_display_move_cursor(spice->display, input->move_to.x_px,
			input->move_to.y_px, input->move_to.width_px, input->move_to.height_px);
}

static void send_move_by(struct oriel_view_spice *spice, const struct oriel_input *input)
{
	oriel_spice_inputs_move_by(spice->inputs, input->move_by.x_px, input->move_by.y_px);
}

static void send_wheel(struct oriel_view_spice *spice, const struct oriel_input *input)
{
	oriel_spice_inputs_wheel(spice->inputs, input->wheel.y_120);
}

static void send_lock(struct oriel_view_spice *spice, const struct oriel_input *input)
{
	oriel_spice_inputs_set_lock(spice->inputs, input->key.code, input->key.pressed);
}

static void (*const senders[])(struct oriel_view_spice *spice, const struct oriel_input *input) = {
	[ORIEL_INPUT_KEY] = send_key,
	[ORIEL_INPUT_BUTTON] = send_button,
	[ORIEL_INPUT_MOVE_TO] = send_move_to,
	[ORIEL_INPUT_MOVE_BY] = send_move_by,
	[ORIEL_INPUT_WHEEL] = send_wheel,
	[ORIEL_INPUT_LOCK] = send_lock,
};

static void send_input(struct oriel_sink *sink, const struct oriel_input *input)
{
	senders[input->kind]((struct oriel_view_spice *)sink, input);
}

static bool takes_positions(const struct oriel_sink *sink)
{
	return oriel_spice_inputs_takes_positions(((const struct oriel_view_spice *)sink)->inputs);
}

static void destroy(struct oriel_sink *sink)
{
	oriel_view_spice_close((struct oriel_view_spice *)sink);
}

static const struct oriel_sink_ops sink_ops = {
	.name = "spice",
	.destroy = destroy,
	.takes_positions = takes_positions,
	.send = send_input,
};

/* ---- the display ---------------------------------------------------------------------------- */

static void on_screen(void *data, const struct oriel_spice_screen *screen)
{
	struct oriel_view_spice *spice = data;
	struct oriel_box_screen copied;

	if (!screen) {
		oriel_box_set_screen(spice->box, NULL);
		return;
	}
	copied = (struct oriel_box_screen){
		screen->pixels, screen->width_px, screen->height_px, screen->pitch_bytes};
	if (!oriel_box_set_screen(spice->box, &copied))
		oriel_log(ORIEL_LOG_WARNING, "no memory to show the SPICE display of %u x %u",
			screen->width_px, screen->height_px);
}

static void on_changed(void *data, struct oriel_rect rect)
{
	oriel_box_change(((struct oriel_view_spice *)data)->box, rect);
}

static void on_settled(void *data)
{
	oriel_box_post(((struct oriel_view_spice *)data)->box);
}

static void on_cursor(void *data, const struct oriel_spice_cursor *cursor)
{
	struct oriel_cursor_update update = {
		.has_position = true,
		.x_px = cursor->x_px,
		.y_px = cursor->y_px,
		.visible = cursor->is_visible,
		.has_shape = cursor->shape != NULL,
	};

	if (cursor->shape)
		update.shape = *cursor->shape;
	oriel_box_set_cursor(((struct oriel_view_spice *)data)->box, &update);
}

static const struct oriel_spice_display_listener display_listener = {
	.screen = on_screen,
	.changed = on_changed,
	.settled = on_settled,
	.cursor = on_cursor,
};

static gboolean on_wanted(gint fd, GIOCondition condition, gpointer data)
{
	oriel_box_start(((struct oriel_view_spice *)data)->box);
	return G_SOURCE_CONTINUE;
}

static void open_display(struct oriel_view_spice *spice, struct oriel_box *box)
{
	spice->box = box;
	spice->display = oriel_spice_display_create(spice->session, &display_listener, spice);
	spice->wanted_watch =
		g_unix_fd_add(oriel_box_get_wanted_fd(box), G_IO_IN, on_wanted, spice);
}

void oriel_view_spice_set_window(
	struct oriel_view_spice *spice, uint32_t width_px, uint32_t height_px)
{
	if (spice && spice->monitors)
		oriel_spice_monitors_ask(spice->monitors, width_px, height_px);
}

/* ---- USB ------------------------------------------------------------------------------------ */

static void add_device(void *data, const struct oriel_spice_usb_device *device)
{
	JsonObject *object = json_object_new();

	json_object_set_string_member(object, "device", device->id);
	json_object_set_string_member(object, "name", device->name);
	json_object_set_boolean_member(object, "attached", device->is_attached);
	if (device->reason)
		json_object_set_string_member(object, "reason", device->reason);
	json_array_add_object_element(data, object);
}

void oriel_view_spice_list_usb(struct oriel_view_spice *spice, struct oriel_control_call *call)
{
	JsonObject *members = json_object_new();
	JsonArray *devices = json_array_new();

	if (spice)
		oriel_spice_usb_list(spice->usb, add_device, devices);
	json_object_set_array_member(members, "devices", devices);
	oriel_control_call_answer(call, members);
}

static void on_moved(void *data, const char *problem)
{
	if (problem)
		oriel_control_call_refuse(data, "%s", problem);
	else
		oriel_control_call_answer(data, NULL);
}

typedef void (*usb_move)(
	struct oriel_spice_usb *usb, const char *id, oriel_spice_usb_done done, void *data);

static void move_usb(struct oriel_view_spice *spice, struct oriel_control_call *call,
	const char *id, usb_move move)
{
	if (!spice)
		oriel_control_call_refuse(
			call, "USB devices go over SPICE: start the viewer with --spice");
	else if (!id)
		oriel_control_call_refuse(call, "which one? give device=ID as usb-list names them");
	else
		move(spice->usb, id, on_moved, call);
}

void oriel_view_spice_attach_usb(
	struct oriel_view_spice *spice, struct oriel_control_call *call, const char *id)
{
	move_usb(spice, call, id, oriel_spice_usb_attach);
}

void oriel_view_spice_detach_usb(
	struct oriel_view_spice *spice, struct oriel_control_call *call, const char *id)
{
	move_usb(spice, call, id, oriel_spice_usb_detach);
}

static void open_usb(struct oriel_view_spice *spice, const struct oriel_view_spice_setup *setup)
{
	spice->usb = oriel_spice_usb_create(spice->session, &(struct oriel_spice_usb_setup){
								    .automatic = setup->usb_auto,
								    .cd = setup->usb_cd,
								    .remark = setup->remark,
								    .data = setup->data,
							    });
}

/* ---- how it stands -------------------------------------------------------------------------- */

static void on_state(void *data)
{
	static const enum oriel_log_level levels[] = {
		[ORIEL_SPICE_LOST] = ORIEL_LOG_WARNING,
		[ORIEL_SPICE_CONNECTING] = ORIEL_LOG_DEBUG,
		[ORIEL_SPICE_CONNECTED] = ORIEL_LOG_INFO,
		[ORIEL_SPICE_DEGRADED] = ORIEL_LOG_WARNING,
	};
	struct oriel_view_spice *spice = data;
	enum oriel_spice_state state = oriel_spice_session_get_state(spice->session);
	const char *reason = oriel_spice_session_get_reason(spice->session);

	oriel_log(levels[state], "%s", reason);
	spice->changed(
		spice->data, reason, state == ORIEL_SPICE_LOST || state == ORIEL_SPICE_DEGRADED);
}

static const struct oriel_spice_listener listener = {.state_changed = on_state};

/* ---- the password --------------------------------------------------------------------------- */

static int read_file(char *ret_password, const char *path, struct oriel_error *error)
{
	ssize_t size = oriel_fd_read_file(path, ret_password, PASSWORD_MAX_BYTES);

	if (size < 0)
		return oriel_error_set_errno(
			error, (int)size, "cannot read the SPICE password from %s", path);
	ret_password[strcspn(ret_password, "\r\n")] = '\0';
	return 0;
}

/* The variable goes, so that no program that this one starts finds it. */
static int read_environment(char *ret_password, const char *name, struct oriel_error *error)
{
	const char *value = g_getenv(name);

	if (!value)
		return oriel_error_set(error, -ENOENT,
			"there is no environment variable %s to take the SPICE password from",
			name);
	if (g_strlcpy(ret_password, value, PASSWORD_MAX_BYTES) >= PASSWORD_MAX_BYTES)
		return oriel_error_set(error, -EFBIG,
			"the password in the environment variable %s is too long: a SPICE server "
			"takes far less than %d bytes",
			name, PASSWORD_MAX_BYTES);
	g_unsetenv(name);
	return 0;
}

static int read_password(
	char *ret_password, const struct oriel_view_spice_setup *setup, struct oriel_error *error)
{
	if (setup->password_file)
		return read_file(ret_password, setup->password_file, error);
	return setup->password_env ? read_environment(ret_password, setup->password_env, error) : 0;
}

/* ---- life ----------------------------------------------------------------------------------- */

/* The descriptor of "fd:NUMBER", -1 when address is none of that kind. */
static int find_handout(const char *address)
{
	guint64 fd;

	if (!g_str_has_prefix(address, HANDOUT) ||
		!g_ascii_string_to_unsigned(address + strlen(HANDOUT), 10, 0, INT_MAX, &fd, NULL))
		return -1;
	return (int)fd;
}

static int ask_for_fd(void *data, GError **error)
{
	return oriel_handout_ask(GPOINTER_TO_INT(data), error);
}

static int create_session(struct oriel_view_spice *spice,
	const struct oriel_view_spice_setup *setup, struct oriel_error *error)
{
	char password[PASSWORD_MAX_BYTES] = "";
	struct oriel_spice_setup session = {
		.address = setup->address,
		.ca_file = setup->ca_file,
		.share = setup->share,
		.allow_plain = setup->allow_plain,
	};
	g_autoptr(GError) reason = NULL;
	int result = read_password(password, setup, error);

	int handout_fd = find_handout(setup->address);

	if (result)
		return result;
	if (handout_fd >= 0) {
		session.open_fd = ask_for_fd;
		session.open_data = GINT_TO_POINTER(handout_fd);
		session.name = "of the VM";
	}
	session.password = *password ? password : NULL;
	spice->session = oriel_spice_session_create(&session, &reason);
	explicit_bzero(password, sizeof password);
	return spice->session ? 0 : oriel_error_set(error, -EINVAL, "--spice: %s", reason->message);
}

static int check_share(const struct oriel_view_spice_setup *setup, struct oriel_error *error)
{
	if (!setup->share || g_file_test(setup->share, G_FILE_TEST_IS_DIR))
		return 0;
	return oriel_error_set(error, -ENOTDIR,
		"--share-folder: there is no folder %s to share with the guest; make it first",
		setup->share);
}

int oriel_view_spice_open(struct oriel_view_spice **ret_spice,
	const struct oriel_view_spice_setup *setup, struct oriel_error *error)
{
	struct oriel_view_spice *spice = g_new0(struct oriel_view_spice, 1);
	int result = check_share(setup, error);

	if (!result)
		result = create_session(spice, setup, error);
	if (result) {
		oriel_view_spice_close(spice);
		return result;
	}
	spice->sink.ops = &sink_ops;
	spice->queue = setup->inputs;
	spice->changed = setup->changed;
	spice->data = setup->data;
	spice->inputs = oriel_spice_inputs_create(spice->session);
	if (setup->locks)
		oriel_spice_inputs_watch_locks(spice->inputs, setup->locks, setup->data);
	if (setup->box)
		open_display(spice, setup->box);
	if (setup->clipboard)
		spice->clipboard = oriel_spice_clipboard_create(
			spice->session, setup->clipboard, setup->share);
	if (setup->is_followed)
		spice->monitors =
			oriel_spice_monitors_create(spice->session, setup->remark, setup->data);
	open_usb(spice, setup);
	if (setup->sound)
		oriel_sound_attach(setup->sound, spice->session);
	oriel_send_attach(setup->send, spice->session);
	oriel_spice_session_add_listener(spice->session, &listener, spice);
	if (!oriel_input_queue_add_sink(spice->queue, &spice->sink)) {
		oriel_view_spice_close(spice);
		return oriel_error_set(error, -ENOSPC, "too many places want the input");
	}
	oriel_spice_session_start(spice->session);
	*ret_spice = spice;
	return 0;
}

void oriel_view_spice_close(struct oriel_view_spice *spice)
{
	if (!spice)
		return;
	if (spice->queue)
		oriel_input_queue_remove_sink(spice->queue, &spice->sink);
	if (spice->wanted_watch)
		g_source_remove(spice->wanted_watch);
	oriel_spice_inputs_destroy(spice->inputs);
	oriel_spice_display_destroy(spice->display);
	oriel_spice_clipboard_destroy(spice->clipboard);
	oriel_spice_monitors_destroy(spice->monitors);
	oriel_spice_usb_destroy(spice->usb);
	oriel_spice_session_destroy(spice->session);
	g_free(spice);
}
