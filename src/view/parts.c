/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/parts.h"

#include <errno.h>

#include "base/log.h"
#include "base/time.h"
#include "relay/region.h"
#include "view/settings.h"
#include "view/source_pair.h"
#include "view/source_turned.h"

/* Of a window that opens before the guest's size is known. */
#define DEFAULT_WIDTH_PX 1280
#define DEFAULT_HEIGHT_PX 720

/* ---- what parts tell the user --------------------------------------------------------------- */

static void on_spice(void *data, const char *reason, bool is_problem)
{
	struct oriel_parts *parts = data;
	struct oriel_standing *standing = parts->standing;
	bool was_problem = standing->spice_problem != NULL;

	g_free(standing->spice_problem);
	standing->spice_problem = is_problem ? g_strdup(reason) : NULL;
	oriel_notices_show_spice(parts->notices, reason, is_problem || was_problem);
}

/* Something did not cross. */
static void on_remark(void *data, const char *text)
{
	oriel_log(ORIEL_LOG_WARNING, "%s", text);
	oriel_notices_remark(((struct oriel_parts *)data)->notices, text);
}

static void on_guest_locks(void *data, unsigned changed, unsigned locks)
{
	oriel_render_set_locks(((struct oriel_parts *)data)->render, changed, locks);
}

static void on_sound_told(void *data, const char *text)
{
	oriel_notices_remark(((struct oriel_parts *)data)->notices, text);
}

static void on_microphone(void *data, enum oriel_microphone_state state)
{
	oriel_notices_show_microphone(((struct oriel_parts *)data)->notices, state);
}

static void on_sent(void *data, const char *text, bool is_problem)
{
	oriel_log(is_problem ? ORIEL_LOG_WARNING : ORIEL_LOG_INFO, "%s", text);
	oriel_notices_remark(((struct oriel_parts *)data)->notices, text);
}

static void on_sending(void *data, int percent)
{
	oriel_notices_show_sending(((struct oriel_parts *)data)->notices, percent);
}

static void on_export(void *data, const char *text)
{
	oriel_notices_answer(((struct oriel_parts *)data)->notices, text);
}

/* ---- opening -------------------------------------------------------------------------------- */

/* Beside the relay's, or instead of it, the display that comes by SPICE. */
static int add_box(struct oriel_parts *parts, struct oriel_error *error)
{
	parts->box = oriel_box_create();
	return parts->box
		       ? oriel_source_pair_create(&parts->source, parts->source, parts->box, error)
		       : oriel_error_set_errno(error, -ENOMEM, "cannot prepare for SPICE");
}

static int open_source(struct oriel_parts *parts, struct oriel_error *error)
{
	const struct oriel_view_options *options = parts->options;
	const struct oriel_source_ops *ops = oriel_source_find(options->source);
	int result = 0;

	oriel_region_install_guard();
	if (options->display != ORIEL_DISPLAY_SPICE)
		result = ops->create(&parts->source, options->source, error);
	if (!result && options->spice && options->display != ORIEL_DISPLAY_RELAY)
		result = add_box(parts, error);
	if (!result && options->rotate != ORIEL_ROTATE_0)
		result = oriel_source_turned_create(
			&parts->source, parts->source, (enum oriel_rotation)options->rotate, error);
	/* A first look now: the guest's heartbeat then shows while the window opens. */
	if (!result)
		parts->source->ops->step_rt(parts->source, oriel_time_now_ns());
	return result;
}

static int open_window(struct oriel_parts *parts, struct oriel_error *error)
{
	const struct oriel_window_ops *ops = oriel_window_find(parts->options->window, error);
	struct oriel_window_options options = {
		.title = parts->options->title,
		.width_px = parts->options->width_px ? parts->options->width_px : DEFAULT_WIDTH_PX,
		.height_px =
			parts->options->height_px ? parts->options->height_px : DEFAULT_HEIGHT_PX,
		.is_fullscreen = parts->options->fullscreen,
		.is_maximized = parts->options->maximize,
		.is_borderless = parts->options->borderless,
		.output = parts->options->output,
		.content = (enum oriel_content)parts->options->content,
		.may_tear = parts->options->swap == ORIEL_SWAP_IMMEDIATE,
		.has_position = parts->options->position.is_set,
		.x_px = parts->options->position.x_px,
		.y_px = parts->options->position.y_px,
	};
	int result = ops ? ops->open(&parts->window, &options, error) : -ENODEV;

	if (!result)
		parts->window->ops->get_native(parts->window, &parts->native);
	return result;
}

static int open_presenter(struct oriel_parts *parts, struct oriel_error *error)
{
	struct oriel_present_options options = {
		.scale = (enum oriel_scale)parts->options->scale,
		.filter = (enum oriel_filter)parts->options->filter,
		.swap = (enum oriel_swap)parts->options->swap,
		.shader = parts->options->shader,
		.colours =
			{
				.blind = (enum oriel_colour_blind)parts->options->colour_blind,
				.brightness_percent = parts->options->brightness_percent,
				.hdr = (enum oriel_hdr)parts->options->hdr,
				.hdr_white_nits = parts->options->hdr_white_nits,
			},
	};

	return oriel_presenter_open(
		&parts->presenter, parts->options->present, parts->window, &options, error);
}

static int open_evdev(struct oriel_parts *parts, struct oriel_error *error)
{
	const char *paths = parts->options->input_evdev;
	int result = paths ? oriel_evdev_create(&parts->evdev, NULL, error) : 0;

	return paths && !result ? oriel_evdev_open(parts->evdev, paths, error) : result;
}

static int open_input(struct oriel_parts *parts, struct oriel_error *error)
{
	const struct oriel_view_options *options = parts->options;
	struct oriel_input_path_setup setup = {
		.window = parts->window,
		.source = parts->source,
		.capture = options->capture,
		.grab = oriel_settings_get_grab(options),
		.scale = (enum oriel_scale)options->scale,
		.rotation = (enum oriel_rotation)options->rotate,
	};
	int result = open_evdev(parts, error);

	if (result)
		return result;
	setup.evdev = parts->evdev;
	setup.queue = parts->inputs = oriel_input_queue_create();
	if (!parts->inputs)
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare for input");
	oriel_input_path_init(&parts->input, &setup);
	if (!options->input_log)
		return 0;
	result = oriel_sink_create_recorder(&parts->recorder, options->input_log, error);
	if (!result)
		oriel_input_queue_add_sink(parts->inputs, parts->recorder);
	return result;
}

/* Where there is none, the viewer does without. */
static int open_clipboard(struct oriel_parts *parts, struct oriel_error *error)
{
	const struct oriel_view_options *options = parts->options;
	struct oriel_clipboard_setup setup = {
		.ways = (enum oriel_clipboard_ways)options->clipboard,
		.limit_bytes = options->clipboard_limit_bytes,
		.remark = on_remark,
		.data = parts,
	};

	if (options->spice)
		parts->clipboard = oriel_view_clipboard_open(&setup, &parts->native);
	return 0;
}

static int open_sound(struct oriel_parts *parts, struct oriel_error *error)
{
	const struct oriel_view_options *options = parts->options;
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
		.data = parts,
	};

	return options->spice ? oriel_sound_create(&parts->sound, &setup, error) : 0;
}

static int open_send(struct oriel_parts *parts, struct oriel_error *error)
{
	const struct oriel_view_options *options = parts->options;
	struct oriel_send_setup setup = {
		.folder = options->send_from,
		.share = options->share_folder,
		.limit_bytes = options->send_limit_bytes,
		.clipboard = oriel_view_clipboard_get(parts->clipboard),
		.told = on_sent,
		.moved = on_sending,
		.data = parts,
	};

	return options->spice ? oriel_send_create(&parts->send, &setup, error) : 0;
}

static int open_spice(struct oriel_parts *parts, struct oriel_error *error)
{
	const struct oriel_view_options *options = parts->options;
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
		.inputs = parts->inputs,
		.box = parts->box,
		.clipboard = oriel_view_clipboard_get(parts->clipboard),
		.changed = on_spice,
		.locks = on_guest_locks,
		.data = parts,
		.sound = parts->sound,
		.send = parts->send,
	};

	return options->spice ? oriel_view_spice_open(&parts->spice, &setup, error) : 0;
}

static int open_render(struct oriel_parts *parts, struct oriel_error *error)
{
	struct oriel_render_setup setup = {
		.source = parts->source,
		.window = parts->window,
		.presenter = parts->presenter,
		.input = &parts->input,
		.evdev = parts->evdev,
		.frames = parts->options->frames,
		.is_just_in_time = parts->options->jit,
		.fps_limit = parts->options->fps_limit,
		.awake = (enum oriel_awake)parts->options->keep_awake,
		.follows_guest = parts->options->follow == ORIEL_FOLLOW_GUEST &&
				 !parts->options->width_px && !parts->options->fullscreen &&
				 !parts->options->maximize,
	};

	return oriel_render_create(&parts->render, &setup, error);
}

static int open_exports(struct oriel_parts *parts, struct oriel_error *error)
{
	const struct oriel_view_options *options = parts->options;
	struct oriel_exports_setup setup = {
		.render = parts->render,
		.encoder = options->record_as,
		.vm = options->vm,
		.note = on_export,
		.data = parts,
	};
	int result = 0;

	parts->exports = oriel_exports_create(&setup);
	if (options->record)
		result = oriel_exports_record(parts->exports, options->record, error);
	if (!result && options->share)
		result = oriel_exports_share(parts->exports, error);
	return result;
}

int oriel_parts_open(struct oriel_parts *parts, struct oriel_error *error)
{
	static int (*const openers[])(struct oriel_parts * parts, struct oriel_error * error) = {
		open_source,
		open_window,
		open_presenter,
		open_input,
		open_clipboard,
		open_sound,
		open_send,
		open_spice,
		open_render,
		open_exports,
	};
	int result = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(openers) && !result; i++)
		result = openers[i](parts, error);
	return result;
}

void oriel_parts_close(struct oriel_parts *parts)
{
	oriel_sound_destroy(parts->sound);
	oriel_exports_destroy(parts->exports);
	oriel_render_destroy(parts->render);
	oriel_send_destroy(parts->send);
	oriel_view_spice_close(parts->spice);
	oriel_view_clipboard_close(parts->clipboard);
	oriel_input_queue_destroy(parts->inputs);
	oriel_evdev_destroy(parts->evdev);
	if (parts->recorder)
		parts->recorder->ops->destroy(parts->recorder);
	if (parts->presenter)
		parts->presenter->ops->destroy(parts->presenter);
	if (parts->window)
		parts->window->ops->close(parts->window);
	if (parts->source)
		parts->source->ops->destroy(parts->source);
	oriel_box_destroy(parts->box);
}
