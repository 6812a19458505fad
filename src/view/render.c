/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/render.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/time.h"
#include "view/jit.h"

/* A frame whose pixels take longer than this to arrive is shown as far as it came. */
#define ARRIVAL_LIMIT_NS (500 * ORIEL_NS_PER_MS)
/* How often a wait for pixels looks whether the viewer is to end. */
#define ARRIVAL_SLICE_NS (10 * ORIEL_NS_PER_MS)
/* While the display is busy, polling the guest closely has no point. */
#define BUSY_WAIT_NS ORIEL_NS_PER_MS
/* A guest has two slots for its frames. A presenter that shows them where they lie is to copy one
 * that stays for so long, well before the guest gives the viewer up for it (a second); and when it
 * still holds the one before, the guest may be waiting already. */
#define HOLD_LIMIT_NS (400 * ORIEL_NS_PER_MS)
#define STALL_LIMIT_NS (100 * ORIEL_NS_PER_MS)
/* No source hands out more. */
#define FRAMES_OUT_MAX 2

/* Cursor messages a turn: a guest that floods must not keep frames from being looked at. */
#define CURSORS_PER_TURN 32

#define EVENTS 32
#define COMMANDS 8
/* More than come between two looks of the main thread, four a second. */
#define SAMPLES 256

enum command_kind {
	COMMAND_CARD,
	COMMAND_SNAPSHOT,
	COMMAND_TITLE,
	COMMAND_CAPTURE,
	COMMAND_INPUT,
	COMMAND_FULLSCREEN,
	COMMAND_LOCKS,
};

/* What the main thread wants done. */
struct command {
	enum command_kind kind;
	bool is_waiting; /* card */
	union {
		const struct oriel_overlay *card;
		struct oriel_render_snapshot *snapshot;
		const char *title;
		bool is_wanted; /* the capture */
		struct {
			struct oriel_capture_options capture;
			unsigned grab;
		} input;
		enum oriel_fullscreen fullscreen;
		struct {
			unsigned changed, now;
		} locks; /* the guest's */
	};
};

enum poll_index { POLL_COMMAND, POLL_WINDOW, POLL_PRESENTER, POLL_SOURCE, POLL_EVDEV, POLL_COUNT };

struct oriel_render {
	struct oriel_render_setup setup;
	struct oriel_stats stats;
	pthread_t thread;
	bool is_started;

	/* shared with the main thread */
	_Atomic bool stop;
	struct oriel_ring *events;   /* struct oriel_render_event */
	struct oriel_ring *commands; /* struct command */
	struct oriel_ring *samples;  /* struct oriel_sample */
	_Atomic bool wants_samples;
	struct oriel_tap *taps[ORIEL_RENDER_TAPS];
	int event_fd, command_fd;

	/* the render thread's own */
	struct pollfd polls[POLL_COUNT];
	bool has_ended;
	struct oriel_render_event ended;
	struct oriel_render_event status; /* as last told, or to be told */
	bool status_changed;
	const struct oriel_overlay *card; /* the first of a list */
	bool is_card_waiting;
	bool is_shown;
	bool is_resized; /* window_*_px is news for the presenter */
	uint32_t window_width_px, window_height_px;
	uint32_t asked_width_px, asked_height_px; /* what the window was asked to be */
	bool needs_present;
	bool is_awake; /* the desktop is held back from blanking the screen */
	struct oriel_pointer pointer;
	uint64_t last_look_ns; /* at the source, frame or none; 0: none since it came to life */
	uint64_t look_before_ns;
	struct oriel_jit jit;
	uint64_t held_since_ns;	    /* the next picture, for its refresh; 0: it is not */
	uint64_t photon_ns;	    /* of the frame that was seen last; 0: none */
	struct oriel_sample sample; /* of the frame that the display is taking over */
	uint64_t arrived_ns;	    /* of the newest frame that is not presented yet; 0: none */
	uint64_t put_frame_ns; /* arrival of the frame that the display is taking over; 0: none */
	bool has_serial;
	uint32_t last_serial;
	uint64_t frame_deadline_ns;
	struct oriel_frame out[FRAMES_OUT_MAX]; /* that the presenter holds; the oldest first */
	int out_count;
	uint64_t out_since_ns; /* of the newest */
};

/* ---- events and commands -------------------------------------------------------------------- */

static void signal_fd(int fd)
{
	uint64_t one = 1;

	/* syscalls: read write */
	/* Fails only when the counter is full, and then it is readable anyway. */
	(void)!write(fd, &one, sizeof one);
}

static void clear_fd(int fd)
{
	uint64_t count;

	(void)!read(fd, &count, sizeof count);
}

static bool push_event(struct oriel_render *render, const struct oriel_render_event *event)
{
	bool pushed = oriel_ring_push_rt(render->events, event);

	if (pushed)
		signal_fd(render->event_fd);
	return pushed;
}

static void end_with(struct oriel_render *render, enum oriel_render_end end)
{
	if (render->has_ended)
		return;
	render->has_ended = true;
	render->ended.kind = ORIEL_RENDER_ENDED;
	render->ended.ended.end = end;
}

/* error was filled by the call that failed. */
static void fail(struct oriel_render *render)
{
	end_with(render, ORIEL_RENDER_FAILED);
}

static struct oriel_error *error_of(struct oriel_render *render)
{
	return &render->ended.ended.error;
}

static void lose_display(struct oriel_render *render)
{
	oriel_error_set(error_of(render), -EPIPE, "the display server closed the connection");
	fail(render);
}

static void tell_status(struct oriel_render *render)
{
	if (render->status_changed && push_event(render, &render->status))
		render->status_changed = false;
}

static void keep_awake(struct oriel_render *render, bool awake)
{
	struct oriel_window *window = render->setup.window;

	if (awake != render->is_awake)
		window->ops->set_awake_rt(window, awake);
	render->is_awake = awake;
}

static void note_link(struct oriel_render *render, bool live)
{
	const char *reason;

	if (live && render->status.status.is_fresh)
		return;
	keep_awake(render, false);
	reason = render->setup.source->ops->get_reason(render->setup.source);
	if (render->status.status.is_fresh || strncmp(reason, render->status.status.reason,
						      sizeof render->status.status.reason - 1)) {
		strncpy(render->status.status.reason, reason,
			sizeof render->status.status.reason - 1);
		render->status.status.is_refused =
			render->setup.source->ops->is_refused(render->setup.source);
		render->status_changed = true;
	}
	render->status.status.is_fresh = false;
	tell_status(render);
}

static void note_fresh(struct oriel_render *render)
{
	const char *origin = render->setup.source->ops->get_origin(render->setup.source);

	if (render->status.status.is_fresh && render->status.status.origin == origin)
		return;
	if (render->status.status.origin && render->status.status.origin != origin)
		render->stats.display_switches++;
	render->status.status.origin = render->stats.display = origin;
	render->status.status.is_fresh = render->status.status.was_fresh = true;
	render->status.status.is_refused = false;
	render->status_changed = true;
	tell_status(render);
}

/* ---- the window ----------------------------------------------------------------------------- */

static void on_resized(void *data, uint32_t width_px, uint32_t height_px)
{
	struct oriel_render *render = data;

	/* Someone else decides about the size: leave it to them from now on. */
	if (width_px != render->asked_width_px || height_px != render->asked_height_px)
		render->setup.follows_guest = false;
	render->window_width_px = width_px;
	render->window_height_px = height_px;
	render->is_resized = true;
}

static void on_exposed(void *data)
{
	struct oriel_render *render = data;

	render->setup.presenter->ops->expose_rt(render->setup.presenter);
	render->needs_present = true;
}

static void on_close_requested(void *data)
{
	end_with(data, ORIEL_RENDER_CLOSED);
}

static struct oriel_input_path *input_of(void *data)
{
	return ((struct oriel_render *)data)->setup.input;
}

static void on_key(void *data, uint32_t key, bool pressed)
{
	oriel_input_path_key_rt(input_of(data), key, pressed);
}

static void on_button(void *data, uint32_t button, bool pressed)
{
	oriel_input_path_button_rt(input_of(data), button, pressed);
}

static void on_motion(void *data, double x_px, double y_px)
{
	oriel_input_path_motion_rt(input_of(data), x_px, y_px);
}

static void on_wheel(void *data, int32_t x_120, int32_t y_120)
{
	oriel_input_path_wheel_rt(input_of(data), x_120, y_120);
}

static void on_focus(void *data, bool focused)
{
	oriel_input_path_note_rt(
		input_of(data), focused ? ORIEL_CAPTURE_FOCUS_GAINED : ORIEL_CAPTURE_FOCUS_LOST);
}

static void on_locks(void *data, unsigned locks)
{
	oriel_input_path_locks_rt(input_of(data), locks);
}

static void on_relative(void *data, double x_px, double y_px)
{
	oriel_input_path_relative_rt(input_of(data), x_px, y_px);
}

static void on_grab_lost(void *data)
{
	oriel_input_path_note_rt(input_of(data), ORIEL_CAPTURE_GRAB_LOST);
}

static void on_device_lost(void *data)
{
	oriel_input_path_note_rt(input_of(data), ORIEL_CAPTURE_DEVICE_LOST);
}

static void on_presented(void *data, uint64_t stamp_ns, uint64_t seen_ns, uint64_t period_ns)
{
	struct oriel_render *render = data;

	render->photon_ns = seen_ns - (stamp_ns < seen_ns ? stamp_ns : seen_ns);
	oriel_stats_spread_add_rt(&render->stats.photon, render->photon_ns);
	oriel_jit_seen(&render->jit, stamp_ns, seen_ns, period_ns);
	render->stats.refreshes_missed = render->jit.missed;
}

static const struct oriel_window_listener listener = {
	.resized_rt = on_resized,
	.exposed_rt = on_exposed,
	.close_requested_rt = on_close_requested,
	.key_rt = on_key,
	.button_rt = on_button,
	.motion_rt = on_motion,
	.wheel_rt = on_wheel,
	.focus_rt = on_focus,
	.locks_rt = on_locks,
	.relative_rt = on_relative,
	.grab_lost_rt = on_grab_lost,
	.presented_rt = on_presented,
	.device_lost_rt = on_device_lost,
};

static void apply_size(struct oriel_render *render)
{
	struct oriel_presenter *presenter = render->setup.presenter;

	if (!render->is_resized)
		return;
	render->is_resized = false;
	render->needs_present = true;
	render->status.status.window_width_px = render->window_width_px;
	render->status.status.window_height_px = render->window_height_px;
	render->status_changed = true;
	oriel_input_path_set_window_rt(
		render->setup.input, render->window_width_px, render->window_height_px);
	if (presenter->ops->resize(
		    presenter, render->window_width_px, render->window_height_px, error_of(render)))
		fail(render);
	tell_status(render);
}

static void show_window(struct oriel_render *render)
{
	struct oriel_window *window = render->setup.window;

	if (render->is_shown)
		return;
	render->is_shown = true;
	window->ops->get_size(window, &render->window_width_px, &render->window_height_px);
	render->asked_width_px = render->window_width_px;
	render->asked_height_px = render->window_height_px;
	render->is_resized = true;
	apply_size(render);
	window->ops->show(window);
}

/* While the guest is being joined there is time to get memory for the largest window that can come
 * of it: the kernel takes longer to hand out a 4K picture than the first frame takes to arrive. */
static void prepare_window(struct oriel_render *render)
{
	struct oriel_window *window = render->setup.window;
	struct oriel_presenter *presenter = render->setup.presenter;
	uint32_t width_px, height_px;

	window->ops->get_screen_size(window, &width_px, &height_px);
	if (!render->setup.follows_guest || width_px == UINT32_MAX)
		return;
	if (presenter->ops->resize(presenter, width_px, height_px, error_of(render)))
		fail(render);
}

static bool is_lying(const struct oriel_picture *picture)
{
	return picture->rotation == ORIEL_ROTATE_90 || picture->rotation == ORIEL_ROTATE_270;
}

/* Asks for a window of the picture's size, or the largest of its shape that the screen has room
 * for. */
static void follow_guest(struct oriel_render *render, const struct oriel_picture *picture)
{
	struct oriel_window *window = render->setup.window;
	uint64_t width_px = is_lying(picture) ? picture->height_px : picture->width_px;
	uint64_t height_px = is_lying(picture) ? picture->width_px : picture->height_px;
	uint32_t screen_width_px, screen_height_px;

	if (!render->setup.follows_guest)
		return;
	window->ops->get_screen_size(window, &screen_width_px, &screen_height_px);
	if (width_px > screen_width_px) {
		height_px = height_px * screen_width_px / width_px;
		width_px = screen_width_px;
	}
	if (height_px > screen_height_px) {
		width_px = width_px * screen_height_px / height_px;
		height_px = screen_height_px;
	}
	render->asked_width_px = width_px ? (uint32_t)width_px : 1;
	render->asked_height_px = height_px ? (uint32_t)height_px : 1;
	if (render->asked_width_px != render->window_width_px ||
		render->asked_height_px != render->window_height_px)
		window->ops->set_size(window, render->asked_width_px, render->asked_height_px);
}

/* ---- cards ---------------------------------------------------------------------------------- */

static void give_card_back(struct oriel_render *render, const struct oriel_overlay *card)
{
	struct oriel_render_event event = {.kind = ORIEL_RENDER_CARD_BACK, .card = card};

	/* The ring has room for more cards than there can be; one that is lost is freed at exit. */
	if (card)
		push_event(render, &event);
}

static void set_card(struct oriel_render *render, const struct oriel_overlay *card)
{
	struct oriel_presenter *presenter = render->setup.presenter;

	if (presenter->ops->set_overlay(presenter, card, error_of(render)))
		fail(render);
	give_card_back(render, render->card);
	render->card = card;
	render->needs_present = true;
}

static void do_card(struct oriel_render *render, const struct command *command)
{
	if (command->is_waiting && render->status.status.is_fresh) {
		give_card_back(render, command->card);
		return;
	}
	if (command->is_waiting)
		show_window(render);
	if (!command->card && !render->card)
		return;
	set_card(render, command->card);
	render->is_card_waiting = command->is_waiting;
}

/* ---- snapshots ------------------------------------------------------------------------------ */

static void copy_image(struct oriel_render_snapshot *snapshot, const struct oriel_image *image)
{
	size_t row_bytes = (size_t)image->width_px * 4;

	snapshot->image_bytes = row_bytes * image->height_px;
	if (snapshot->image_bytes > snapshot->capacity_bytes)
		return;
	for (uint32_t y = 0; y < image->height_px; y++)
		memcpy(snapshot->pixels + y * row_bytes, image->pixels + y * image->pitch_bytes,
			row_bytes);
	snapshot->image = (struct oriel_image){
		snapshot->pixels, row_bytes, image->width_px, image->height_px};
}

static void do_snapshot(struct oriel_render *render, const struct command *command)
{
	struct oriel_render_event event = {
		.kind = ORIEL_RENDER_SNAPSHOT, .snapshot = command->snapshot};
	struct oriel_presenter *presenter = render->setup.presenter;
	struct oriel_image image;

	command->snapshot->stats = render->stats;
	render->setup.source->ops->get_counts(
		render->setup.source, &command->snapshot->stats.source);
	command->snapshot->image_bytes = 0;
	if (command->snapshot->wants_image && render->stats.frames &&
		presenter->ops->get_image(presenter, &image))
		copy_image(command->snapshot, &image);
	push_event(render, &event);
}

/* Without a picture: the display may still read what the presenter has. */
static void give_snapshots_back(struct oriel_render *render)
{
	struct command command;

	while (oriel_ring_pop_rt(render->commands, &command)) {
		if (command.kind != COMMAND_SNAPSHOT)
			continue;
		command.snapshot->wants_image = false;
		do_snapshot(render, &command);
	}
}

static void do_title(struct oriel_render *render, const struct command *command)
{
	render->setup.window->ops->set_title(render->setup.window, command->title);
}

static void do_capture(struct oriel_render *render, const struct command *command)
{
	oriel_input_path_note_rt(render->setup.input,
		command->is_wanted ? ORIEL_CAPTURE_WANTED : ORIEL_CAPTURE_UNWANTED);
}

static void do_input(struct oriel_render *render, const struct command *command)
{
	oriel_input_path_set_options_rt(
		render->setup.input, &command->input.capture, command->input.grab);
}

static void do_fullscreen(struct oriel_render *render, const struct command *command)
{
	render->setup.window->ops->set_fullscreen_rt(render->setup.window, command->fullscreen);
}

static void do_locks(struct oriel_render *render, const struct command *command)
{
	oriel_input_path_guest_locks_rt(
		render->setup.input, command->locks.changed, command->locks.now);
}

static void take_commands(struct oriel_render *render)
{
	static void (*const handlers[])(
		struct oriel_render * render, const struct command *command) = {
		[COMMAND_CARD] = do_card,
		[COMMAND_SNAPSHOT] = do_snapshot,
		[COMMAND_TITLE] = do_title,
		[COMMAND_CAPTURE] = do_capture,
		[COMMAND_INPUT] = do_input,
		[COMMAND_FULLSCREEN] = do_fullscreen,
		[COMMAND_LOCKS] = do_locks,
	};
	struct command command;

	while (oriel_ring_pop_rt(render->commands, &command))
		handlers[command.kind](render, &command);
}

/* ---- frames --------------------------------------------------------------------------------- */

static int wait_arrival(
	void *data, const struct oriel_frame *frame, size_t bytes, size_t *ret_arrived_bytes)
{
	struct oriel_render *render = data;
	struct oriel_source *source = render->setup.source;
	int result;

	do {
		uint64_t now_ns = oriel_time_now_ns();
		uint64_t left_ns = render->frame_deadline_ns - now_ns;

		if (now_ns >= render->frame_deadline_ns || atomic_load(&render->stop))
			return -ETIMEDOUT;
		result = source->ops->wait_bytes_rt(source, frame, bytes,
			now_ns + (left_ns < ARRIVAL_SLICE_NS ? left_ns : ARRIVAL_SLICE_NS));
	} while (result == -ETIMEDOUT);
	if (!result)
		*ret_arrived_bytes = source->ops->get_arrived_bytes_rt(source, frame);
	return result;
}

static void note_layout(const struct oriel_picture *picture)
{
	oriel_log_rt(ORIEL_LOG_INFO, "the guest shows %u x %u %s, rotation %u", picture->width_px,
		picture->height_px, oriel_pixel_get_info(picture->format)->name,
		(unsigned)picture->rotation * 90);
	if (picture->flags & ORIEL_PICTURE_TRUNCATED || picture->rows < picture->height_px)
		oriel_log_rt(ORIEL_LOG_WARNING,
			"the shared memory holds only %u of the picture's %u rows: give the VM a "
			"larger one",
			picture->rows, picture->height_px);
}

static void take_layout(struct oriel_render *render, const struct oriel_picture *picture)
{
	struct oriel_presenter *presenter = render->setup.presenter;

	note_layout(picture);
	oriel_input_path_set_picture_rt(render->setup.input, picture);
	follow_guest(render, picture);
	show_window(render);
	if (presenter->ops->set_layout(presenter, picture, error_of(render)))
		fail(render);
}

static uint64_t damaged_bytes(const struct oriel_frame *frame)
{
	return oriel_damage_area_px(&frame->damage, frame->picture.width_px, frame->picture.rows) *
	       oriel_pixel_get_info(frame->picture.format)->bytes;
}

static bool note_serial(struct oriel_render *render, uint32_t serial)
{
	bool is_unique = !render->has_serial || render->last_serial != serial;

	render->has_serial = true;
	render->last_serial = serial;
	return is_unique;
}

/* uploaded_ns: when all of its pixels had been taken over. */
static void count_frame(
	struct oriel_render *render, const struct oriel_frame *frame, uint64_t uploaded_ns)
{
	struct oriel_stats *stats = &render->stats;
	struct oriel_sample *sample = &render->sample;
	uint64_t look_ns = render->look_before_ns;

	*sample = (struct oriel_sample){.is_unique = note_serial(render, frame->serial)};
	stats->frames++;
	stats->unique_frames += sample->is_unique;
	stats->bytes_damaged += damaged_bytes(frame);
	if (look_ns && frame->arrived_ns >= look_ns) {
		sample->stages_ns[ORIEL_STAGE_ARRIVAL] = frame->arrived_ns - look_ns;
		oriel_stats_spread_add_rt(&stats->arrival, frame->arrived_ns - look_ns);
	}
	sample->stages_ns[ORIEL_STAGE_UPLOAD] = uploaded_ns - frame->arrived_ns;
	oriel_stats_spread_add_rt(&stats->upload, uploaded_ns - frame->arrived_ns);
	if (atomic_load_explicit(&render->wants_samples, memory_order_relaxed))
		oriel_sample_set_damage_rt(sample, frame);
	render->put_frame_ns = render->arrived_ns = frame->arrived_ns;
}

static bool holds(const struct oriel_render *render, const struct oriel_frame *frame)
{
	const struct oriel_presenter *presenter = render->setup.presenter;

	return presenter->ops->holds_rt && presenter->ops->holds_rt(presenter, frame);
}

static void give_frames_back(struct oriel_render *render)
{
	struct oriel_source *source = render->setup.source;
	int kept = 0;

	for (int i = 0; i < render->out_count; i++) {
		if (holds(render, &render->out[i]))
			render->out[kept++] = render->out[i];
		else
			source->ops->give_frame_rt(source, &render->out[i], true);
	}
	render->out_count = kept;
}

/* live false: nobody is there to leave them alone any more. */
static void leave_frames(struct oriel_render *render, bool live)
{
	struct oriel_presenter *presenter = render->setup.presenter;
	uint64_t limit_ns = render->out_count > 1 ? STALL_LIMIT_NS : HOLD_LIMIT_NS;
	uint64_t bytes = 0;

	if (!render->out_count || (live && oriel_time_now_ns() - render->out_since_ns < limit_ns))
		return;
	presenter->ops->leave_rt(presenter, &bytes);
	render->stats.bytes_copied += bytes;
}

/* False: it did not arrive whole. */
static bool upload(struct oriel_render *render, struct oriel_frame *frame)
{
	struct oriel_presenter *presenter = render->setup.presenter;
	struct oriel_source *source = render->setup.source;
	struct oriel_arrival arrival = {wait_arrival, render};
	uint64_t bytes = 0;
	int result;

	render->frame_deadline_ns = oriel_time_now_ns() + ARRIVAL_LIMIT_NS;
	result = presenter->ops->upload_rt(presenter, frame, &arrival, &bytes);
	render->stats.bytes_copied += bytes;
	if (!holds(render, frame))
		return !source->ops->give_frame_rt(source, frame, result == 0) && !result;
	render->out[render->out_count++] = *frame;
	render->out_since_ns = oriel_time_now_ns();
	return source->ops->get_arrived_bytes_rt(source, frame) > 0;
}

static void show_frame(struct oriel_render *render, struct oriel_frame *frame)
{
	uint32_t flags = frame->picture.flags;

	if (render->card && render->is_card_waiting)
		set_card(render, NULL);
	if (frame->layout_changed)
		take_layout(render, &frame->picture);
	if (upload(render, frame)) {
		count_frame(render, frame, oriel_time_now_ns());
		note_fresh(render);
		keep_awake(render, flags & ORIEL_PICTURE_BLOCK_SCREENSAVER);
	} else {
		render->stats.incomplete++;
	}
	render->needs_present = true;
}

static bool take_cursors(struct oriel_render *render)
{
	struct oriel_source *source = render->setup.source;
	struct oriel_presenter *presenter = render->setup.presenter;
	struct oriel_cursor_update update;
	bool any = false;

	for (int i = 0; i < CURSORS_PER_TURN; i++) {
		if (source->ops->take_cursor_rt(source, &update) != 1)
			break;
		any = true;
		if (update.has_position) {
			render->pointer.x_px = update.x_px;
			render->pointer.y_px = update.y_px;
		}
		render->pointer.visible = update.visible;
		render->pointer.shape = update.has_shape ? &update.shape : NULL;
		presenter->ops->set_cursor_rt(presenter, &render->pointer);
	}
	return any;
}

static void look_for_frame(struct oriel_render *render)
{
	struct oriel_source *source = render->setup.source;
	uint64_t now_ns = oriel_time_now_ns();
	struct oriel_frame frame;

	render->look_before_ns = render->last_look_ns;
	render->last_look_ns = now_ns;
	if (source->ops->take_frame_rt(source, now_ns, &frame) == 1)
		show_frame(render, &frame);
}

/* ---- taps ----------------------------------------------------------------------------------- */

static bool has_open_tap(const struct oriel_render *render)
{
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		if (oriel_tap_is_open_rt(render->taps[i]))
			return true;
	return false;
}

/* What was presented is a picture for all taps. Some presenters copy it to hand it out. */
static void note_picture(struct oriel_render *render)
{
	struct oriel_presenter *presenter = render->setup.presenter;
	uint64_t time_ns = render->arrived_ns ? render->arrived_ns : oriel_time_now_ns();
	struct oriel_image image;

	render->arrived_ns = 0;
	if (!has_open_tap(render) || !presenter->ops->get_image(presenter, &image))
		return;
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		oriel_tap_note_rt(render->taps[i], image.changed, time_ns);
}

/* After the display has what it needs. Those that were closed are heeded in any case. */
static void serve_taps(struct oriel_render *render)
{
	struct oriel_presenter *presenter = render->setup.presenter;
	bool may_copy = render->stats.frames && !presenter->ops->is_busy_rt(presenter);
	struct oriel_image image;

	for (int i = 0; i < ORIEL_RENDER_TAPS; i++) {
		if (!oriel_tap_wants_rt(render->taps[i], oriel_time_now_ns()) || !may_copy)
			continue;
		oriel_tap_take_rt(render->taps[i],
			presenter->ops->get_image(presenter, &image) ? &image : NULL);
	}
}

/* ---- just in time --------------------------------------------------------------------------- */

/* Whether what is to be put on the window waits for the next refresh. */
static bool is_held(struct oriel_render *render)
{
	uint64_t now_ns = oriel_time_now_ns();

	if (oriel_jit_is_blind(&render->jit, now_ns))
		oriel_log_rt(ORIEL_LOG_INFO,
			"--jit has nothing to aim at: this screen does not tell when it shows "
			"pictures, or has no fixed refresh; they are shown as they come");
	if (!oriel_jit_get_wait_ns(&render->jit, now_ns))
		return false;
	if (!render->held_since_ns)
		render->held_since_ns = now_ns;
	return true;
}

static void note_put(struct oriel_render *render, uint64_t stamp_ns)
{
	uint64_t began_ns = render->last_look_ns;

	oriel_jit_put(&render->jit, stamp_ns, began_ns, oriel_time_now_ns());
	if (render->held_since_ns)
		oriel_stats_spread_add_rt(&render->stats.held, began_ns - render->held_since_ns);
	render->held_since_ns = 0;
}

/* Where nobody ever tells when a picture was seen, that is said before the first. */
static void prepare_jit(struct oriel_render *render)
{
	bool is_wanted = render->setup.is_just_in_time;
	const struct oriel_window_ops *ops = render->setup.window->ops;
	bool is_told = ops->watch_picture_rt || ops->watch_put_rt;

	if (is_wanted && !is_told)
		oriel_log(ORIEL_LOG_INFO,
			"--jit has nothing to aim at: with --window %s nobody tells when pictures "
			"are seen; they are shown as they come",
			ops->name);
	oriel_jit_init(&render->jit, is_wanted && is_told);
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* The display has taken over what was put. */
static void note_put_done(struct oriel_render *render)
{
	uint64_t now_ns;

	if (!render->put_frame_ns)
		return;
	now_ns = oriel_time_now_ns();
	render->sample.shown_ns = now_ns;
	render->sample.stages_ns[ORIEL_STAGE_PRESENT] = now_ns - render->put_frame_ns;
	render->sample.stages_ns[ORIEL_STAGE_PHOTON] = render->photon_ns;
	if (render->sample.rect_count)
		oriel_ring_push_rt(render->samples, &render->sample);
	oriel_stats_spread_add_rt(&render->stats.present, now_ns - render->put_frame_ns);
	if (!render->stats.first_frame_ns)
		render->stats.first_frame_ns = now_ns;
	render->stats.last_frame_ns = now_ns;
	render->put_frame_ns = 0;
	if (render->setup.frames && render->stats.frames >= render->setup.frames)
		end_with(render, ORIEL_RENDER_FRAMES);
}

static void present(struct oriel_render *render)
{
	struct oriel_presenter *presenter = render->setup.presenter;
	struct oriel_window *window = render->setup.window;
	uint64_t stamp_ns = render->put_frame_ns;

	if (!render->needs_present || !render->is_shown)
		return;
	render->needs_present = false;
	render->stats.presents++;
	if (stamp_ns && window->ops->watch_picture_rt)
		window->ops->watch_picture_rt(window, stamp_ns);
	presenter->ops->present_rt(presenter);
	if (stamp_ns && window->ops->watch_put_rt)
		window->ops->watch_put_rt(window, stamp_ns);
	if (stamp_ns)
		note_put(render, stamp_ns);
	note_picture(render);
	if (!presenter->ops->is_busy_rt(presenter))
		note_put_done(render);
}

/* What may only happen while the display reads nothing of the presenter's. */
static void work(struct oriel_render *render, bool live)
{
	bool cursor_moved, held;

	note_put_done(render);
	serve_taps(render);
	if (render->has_ended)
		return;
	apply_size(render);
	take_commands(render);
	cursor_moved = take_cursors(render);
	if (cursor_moved && !render->needs_present)
		render->stats.cursor_updates++;
	render->needs_present |= cursor_moved;
	leave_frames(render, live);
	held = is_held(render);
	if (!live)
		render->last_look_ns = 0;
	else if (!held)
		look_for_frame(render);
	if (!held)
		present(render);
	give_frames_back(render);
}

static void dispatch(struct oriel_render *render)
{
	struct oriel_window *window = render->setup.window;
	struct oriel_presenter *presenter = render->setup.presenter;

	if (render->polls[POLL_COMMAND].revents)
		clear_fd(render->command_fd);
	if (window->ops->dispatch_rt(
		    window, render->polls[POLL_WINDOW].revents != 0, &listener, render))
		lose_display(render);
	if (render->setup.evdev &&
		(render->polls[POLL_EVDEV].revents || oriel_evdev_is_due_rt(render->setup.evdev)))
		oriel_evdev_dispatch_rt(render->setup.evdev, &listener, render);
	if ((render->polls[POLL_PRESENTER].revents || presenter->ops->is_busy_rt(presenter)) &&
		presenter->ops->dispatch_rt(presenter))
		lose_display(render);
	give_frames_back(render);
}

static uint64_t get_wait_ns(struct oriel_render *render)
{
	uint64_t now_ns = oriel_time_now_ns();
	uint64_t wait_ns = render->setup.source->ops->get_wait_ns(render->setup.source, now_ns);
	uint64_t due_ns = oriel_input_path_get_deadline_ns(render->setup.input, now_ns);
	uint64_t held_ns = oriel_jit_get_wait_ns(&render->jit, now_ns);

	if (due_ns <= now_ns)
		return 0;
	/* A frame that comes before then is not taken. */
	if (held_ns)
		wait_ns = held_ns;
	return due_ns - now_ns < wait_ns ? due_ns - now_ns : wait_ns;
}

static void sleep_until_due(struct oriel_render *render)
{
	uint64_t wait_ns = get_wait_ns(render);
	struct timespec timeout;

	/* With all that a source hands out on the display, the next frame waits for it as well. */
	if ((render->setup.presenter->ops->is_busy_rt(render->setup.presenter) ||
		    render->out_count == FRAMES_OUT_MAX) &&
		wait_ns < BUSY_WAIT_NS)
		wait_ns = BUSY_WAIT_NS;
	/* A presenter that lost its device goes on by another way. */
	render->polls[POLL_PRESENTER].fd =
		render->setup.presenter->ops->get_fd(render->setup.presenter);
	for (int i = 0; i < POLL_COUNT; i++)
		render->polls[i].revents = 0;
	if (!wait_ns) {
		oriel_time_relax();
		return;
	}
	timeout.tv_sec = (time_t)(wait_ns / ORIEL_NS_PER_S);
	timeout.tv_nsec = (long)(wait_ns % ORIEL_NS_PER_S);
	/* syscalls: ppoll */
	ppoll(render->polls, POLL_COUNT, &timeout, NULL);
}

static void step_input(struct oriel_render *render)
{
	struct oriel_input_path *input = render->setup.input;
	struct oriel_render_event event = {.kind = ORIEL_RENDER_INPUT};

	oriel_input_path_set_live_rt(input, render->status.status.is_fresh);
	oriel_input_path_step_rt(input, oriel_time_now_ns());
	if (oriel_input_path_get_news_rt(input, &event.input) && push_event(render, &event))
		oriel_input_path_told_rt(input);
}

static void *run(void *data)
{
	struct oriel_render *render = data;
	struct oriel_source *source = render->setup.source;
	struct oriel_presenter *presenter = render->setup.presenter;

	pthread_setname_np(pthread_self(), "oriel-render");
	oriel_time_sharpen();
	prepare_window(render);
	while (!render->has_ended && !atomic_load_explicit(&render->stop, memory_order_relaxed)) {
		bool live = source->ops->step_rt(source, oriel_time_now_ns());

		note_link(render, live);
		dispatch(render);
		step_input(render);
		if (!presenter->ops->is_busy_rt(presenter))
			work(render, live);
		serve_taps(render);
		sleep_until_due(render);
	}
	give_snapshots_back(render);
	oriel_input_path_finish_rt(render->setup.input);
	source->ops->get_counts(source, &render->stats.source);
	end_with(render, ORIEL_RENDER_STOPPED);
	while (!push_event(render, &render->ended))
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS);
	return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

static void wake(void *data)
{
	signal_fd(((struct oriel_render *)data)->command_fd);
}

static bool make_taps(struct oriel_render *render)
{
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++) {
		render->taps[i] = oriel_tap_create(wake, render);
		if (!render->taps[i])
			return false;
	}
	return true;
}

int oriel_render_create(struct oriel_render **ret_render, const struct oriel_render_setup *setup,
	struct oriel_error *error)
{
	struct oriel_render *render = calloc(1, sizeof *render);

	if (!render)
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare the render thread");
	render->setup = *setup;
	render->status.kind = ORIEL_RENDER_STATUS;
	prepare_jit(render);
	render->events = oriel_ring_create(sizeof(struct oriel_render_event), EVENTS);
	render->commands = oriel_ring_create(sizeof(struct command), COMMANDS);
	render->samples = oriel_ring_create(sizeof(struct oriel_sample), SAMPLES);
	render->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	render->command_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!render->events || !render->commands || !render->samples || render->event_fd < 0 ||
		render->command_fd < 0 || !make_taps(render)) {
		oriel_render_destroy(render);
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare the render thread");
	}
	setup->window->ops->get_size(setup->window, &render->status.status.window_width_px,
		&render->status.status.window_height_px);
	render->polls[POLL_COMMAND] = (struct pollfd){render->command_fd, POLLIN, 0};
	render->polls[POLL_WINDOW] =
		(struct pollfd){setup->window->ops->get_fd(setup->window), POLLIN, 0};
	render->polls[POLL_PRESENTER] =
		(struct pollfd){setup->presenter->ops->get_fd(setup->presenter), POLLIN, 0};
	render->polls[POLL_EVDEV] =
		(struct pollfd){setup->evdev ? oriel_evdev_get_fd(setup->evdev) : -1, POLLIN, 0};
	render->polls[POLL_SOURCE] =
		(struct pollfd){setup->source->ops->get_fd(setup->source), POLLIN, 0};
	*ret_render = render;
	return 0;
}

void oriel_render_destroy(struct oriel_render *render)
{
	if (!render)
		return;
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		oriel_tap_destroy(render->taps[i]);
	oriel_ring_destroy(render->events);
	oriel_ring_destroy(render->commands);
	oriel_ring_destroy(render->samples);
	oriel_fd_close(&render->event_fd);
	oriel_fd_close(&render->command_fd);
	free(render);
}

int oriel_render_start(struct oriel_render *render, struct oriel_error *error)
{
	int result = pthread_create(&render->thread, NULL, run, render);

	if (result)
		return oriel_error_set_errno(error, -result, "cannot start the render thread");
	render->is_started = true;
	return 0;
}

void oriel_render_stop(struct oriel_render *render)
{
	atomic_store(&render->stop, true);
	signal_fd(render->command_fd);
}

void oriel_render_join(struct oriel_render *render)
{
	if (render->is_started)
		pthread_join(render->thread, NULL);
	render->is_started = false;
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		oriel_tap_orphan(render->taps[i]);
}

static bool push_command(struct oriel_render *render, const struct command *command)
{
	if (!oriel_ring_push_rt(render->commands, command))
		return false;
	signal_fd(render->command_fd);
	return true;
}

bool oriel_render_show_cards(
	struct oriel_render *render, const struct oriel_overlay *first, bool is_waiting)
{
	return push_command(render,
		&(struct command){.kind = COMMAND_CARD, .is_waiting = is_waiting, .card = first});
}

bool oriel_render_take_snapshot(struct oriel_render *render, struct oriel_render_snapshot *snapshot)
{
	return push_command(
		render, &(struct command){.kind = COMMAND_SNAPSHOT, .snapshot = snapshot});
}

bool oriel_render_set_title(struct oriel_render *render, const char *title)
{
	return push_command(render, &(struct command){.kind = COMMAND_TITLE, .title = title});
}

bool oriel_render_capture(struct oriel_render *render, bool wanted)
{
	return push_command(
		render, &(struct command){.kind = COMMAND_CAPTURE, .is_wanted = wanted});
}

bool oriel_render_set_input(
	struct oriel_render *render, const struct oriel_capture_options *capture, unsigned grab)
{
	return push_command(
		render, &(struct command){.kind = COMMAND_INPUT, .input = {*capture, grab}});
}

bool oriel_render_set_fullscreen(struct oriel_render *render, enum oriel_fullscreen wanted)
{
	return push_command(
		render, &(struct command){.kind = COMMAND_FULLSCREEN, .fullscreen = wanted});
}

bool oriel_render_set_locks(struct oriel_render *render, unsigned changed, unsigned locks)
{
	return push_command(
		render, &(struct command){.kind = COMMAND_LOCKS, .locks = {changed, locks}});
}

void oriel_render_want_samples(struct oriel_render *render, bool wanted)
{
	atomic_store_explicit(&render->wants_samples, wanted, memory_order_relaxed);
}

bool oriel_render_take_sample(struct oriel_render *render, struct oriel_sample *ret_sample)
{
	return oriel_ring_pop_rt(render->samples, ret_sample);
}

struct oriel_tap *oriel_render_get_tap(struct oriel_render *render, enum oriel_render_tap tap)
{
	return render->taps[tap];
}

int oriel_render_get_event_fd(const struct oriel_render *render)
{
	return render->event_fd;
}

bool oriel_render_take_event(struct oriel_render *render, struct oriel_render_event *ret_event)
{
	if (oriel_ring_pop_rt(render->events, ret_event))
		return true;
	clear_fd(render->event_fd);
	return oriel_ring_pop_rt(render->events, ret_event);
}

bool oriel_render_follows_guest(const struct oriel_render *render)
{
	return render->setup.follows_guest;
}

const struct oriel_stats *oriel_render_get_stats(const struct oriel_render *render)
{
	return &render->stats;
}
