/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/turn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/time.h"
#include "view/jit.h"
#include "view/leases.h"
#include "view/limit.h"
#include "view/pane.h"
#include "view/report.h"
#include "view/rotation.h"
#include "view/window_events.h"

/* While the display is busy, polling the guest closely has no point. */
#define BUSY_WAIT_NS ORIEL_NS_PER_MS

/* Cursor messages a turn: a guest that floods must not keep frames from being looked at. */
#define CURSORS_PER_TURN 32

enum poll_index { POLL_COMMAND, POLL_WINDOW, POLL_PRESENTER, POLL_SOURCE, POLL_EVDEV, POLL_COUNT };

struct oriel_turn {
	/* borrowed */
	struct oriel_source *source;
	struct oriel_window *window;
	struct oriel_presenter *presenter;
	struct oriel_input_path *input;
	struct oriel_evdev *evdev; /* NULL: none */
	uint64_t frames;	   /* end after so many; 0: never */
	struct oriel_mail *mail;
	struct oriel_meter *meter;
	struct oriel_stats *stats; /* the meter's */
	struct oriel_taps *taps;

	struct pollfd polls[POLL_COUNT];
	bool has_ended;
	struct oriel_render_event end;
	struct oriel_pane pane;
	struct oriel_report report;
	struct oriel_leases leases;
	struct oriel_jit jit;
	struct oriel_limit limit;
	struct oriel_window_events events;
	struct oriel_pointer pointer;
	const struct oriel_overlay *card; /* the first of a list */
	bool is_card_waiting;
	bool needs_present;
};

/* ---- the end -------------------------------------------------------------------------------- */

static void end_with(struct oriel_turn *turn, enum oriel_render_end end)
{
	if (turn->has_ended)
		return;
	turn->has_ended = true;
	turn->end.kind = ORIEL_RENDER_ENDED;
	turn->end.ended.end = end;
}

/* error_of() was filled by the call that failed. */
static void fail(struct oriel_turn *turn)
{
	end_with(turn, ORIEL_RENDER_FAILED);
}

static struct oriel_error *error_of(struct oriel_turn *turn)
{
	return &turn->end.ended.error;
}

static void lose_display(struct oriel_turn *turn)
{
	oriel_error_set(error_of(turn), -EPIPE, "the display server closed the connection");
	fail(turn);
}

/* ---- the window ----------------------------------------------------------------------------- */

static void apply_size(struct oriel_turn *turn)
{
	struct oriel_pane *pane = &turn->pane;

	if (!pane->is_resized)
		return;
	turn->needs_present = true;
	oriel_input_path_set_window_rt(turn->input, pane->width_px, pane->height_px);
	if (oriel_pane_fit(pane, error_of(turn)))
		fail(turn);
	oriel_report_size_rt(&turn->report, pane->width_px, pane->height_px);
}

static void show_window(struct oriel_turn *turn)
{
	if (!oriel_pane_begin(&turn->pane))
		return;
	apply_size(turn);
	turn->window->ops->show(turn->window);
}

/* ---- commands ------------------------------------------------------------------------------- */

static void give_card_back(struct oriel_turn *turn, const struct oriel_overlay *card)
{
	struct oriel_render_event event = {.kind = ORIEL_RENDER_CARD_BACK, .card = card};

	/* The ring has room for more cards than there can be; one that is lost is freed at exit. */
	if (card)
		oriel_mail_tell_rt(turn->mail, &event);
}

static void set_card(struct oriel_turn *turn, const struct oriel_overlay *card)
{
	struct oriel_presenter *presenter = turn->presenter;

	if (presenter->ops->set_overlay(presenter, card, error_of(turn)))
		fail(turn);
	give_card_back(turn, turn->card);
	turn->card = card;
	turn->needs_present = true;
}

static void do_card(struct oriel_turn *turn, const struct oriel_mail_command *command)
{
	const struct oriel_overlay *card = command->card.first;
	bool is_waiting = command->card.is_waiting;

	if (is_waiting && oriel_report_is_fresh(&turn->report)) {
		give_card_back(turn, card);
		return;
	}
	if (is_waiting)
		show_window(turn);
	if (!card && !turn->card)
		return;
	set_card(turn, card);
	turn->is_card_waiting = is_waiting;
}

static void do_snapshot(struct oriel_turn *turn, const struct oriel_mail_command *command)
{
	struct oriel_render_event event = {
		.kind = ORIEL_RENDER_SNAPSHOT, .snapshot = command->snapshot};

	oriel_snapshot_fill_rt(event.snapshot, turn->stats, turn->source, turn->presenter);
	oriel_mail_tell_rt(turn->mail, &event);
}

static void do_title(struct oriel_turn *turn, const struct oriel_mail_command *command)
{
	turn->window->ops->set_title(turn->window, command->title);
}

static void do_capture(struct oriel_turn *turn, const struct oriel_mail_command *command)
{
	oriel_input_path_note_rt(
		turn->input, command->is_wanted ? ORIEL_CAPTURE_WANTED : ORIEL_CAPTURE_UNWANTED);
}

static void do_input(struct oriel_turn *turn, const struct oriel_mail_command *command)
{
	oriel_input_path_set_options_rt(turn->input, &command->input.capture, command->input.grab);
}

static void do_fullscreen(struct oriel_turn *turn, const struct oriel_mail_command *command)
{
	turn->window->ops->set_fullscreen_rt(turn->window, command->fullscreen);
}

static void do_locks(struct oriel_turn *turn, const struct oriel_mail_command *command)
{
	oriel_input_path_guest_locks_rt(turn->input, command->locks.changed, command->locks.now);
}

static void take_commands(struct oriel_turn *turn)
{
	static void (*const handlers[ORIEL_MAIL_KINDS])(
		struct oriel_turn * turn, const struct oriel_mail_command *command) = {
		[ORIEL_MAIL_CARD] = do_card,
		[ORIEL_MAIL_SNAPSHOT] = do_snapshot,
		[ORIEL_MAIL_TITLE] = do_title,
		[ORIEL_MAIL_CAPTURE] = do_capture,
		[ORIEL_MAIL_INPUT] = do_input,
		[ORIEL_MAIL_FULLSCREEN] = do_fullscreen,
		[ORIEL_MAIL_LOCKS] = do_locks,
	};
	struct oriel_mail_command command;

	while (oriel_mail_take_command_rt(turn->mail, &command))
		handlers[command.kind](turn, &command);
}

/* Without a picture: the display may still read what the presenter has. */
static void give_snapshots_back(struct oriel_turn *turn)
{
	struct oriel_mail_command command;

	while (oriel_mail_take_command_rt(turn->mail, &command)) {
		if (command.kind != ORIEL_MAIL_SNAPSHOT)
			continue;
		command.snapshot->wants_image = false;
		do_snapshot(turn, &command);
	}
}

/* ---- the cursor ----------------------------------------------------------------------------- */

static bool take_cursors(struct oriel_turn *turn)
{
	struct oriel_cursor_update update;
	bool any = false;

	for (int i = 0; i < CURSORS_PER_TURN; i++) {
		if (turn->source->ops->take_cursor_rt(turn->source, &update) != 1)
			break;
		any = true;
		if (update.has_position) {
			turn->pointer.x_px = update.x_px;
			turn->pointer.y_px = update.y_px;
		}
		turn->pointer.visible = update.visible;
		turn->pointer.shape = update.has_shape ? &update.shape : NULL;
		turn->presenter->ops->set_cursor_rt(turn->presenter, &turn->pointer);
	}
	return any;
}

/* ---- frames --------------------------------------------------------------------------------- */

static void note_layout(const struct oriel_picture *picture)
{
	oriel_log_rt(ORIEL_LOG_INFO, "the guest shows %u x %u %s, seen turned by %u degrees",
		picture->width_px, picture->height_px, oriel_pixel_get_info(picture->format)->name,
		(unsigned)oriel_rotation_invert(picture->rotation) * 90);
	if (picture->flags & ORIEL_PICTURE_TRUNCATED || picture->rows < picture->height_px)
		oriel_log_rt(ORIEL_LOG_WARNING,
			"the shared memory holds only %u of the picture's %u rows: give the VM a "
			"larger one",
			picture->rows, picture->height_px);
}

static void take_layout(struct oriel_turn *turn, const struct oriel_picture *picture)
{
	note_layout(picture);
	oriel_input_path_set_picture_rt(turn->input, picture);
	oriel_pane_follow(&turn->pane, picture);
	show_window(turn);
	if (turn->presenter->ops->set_layout(turn->presenter, picture, error_of(turn)))
		fail(turn);
	/* On another screen it may have another place, which is shown with the picture. */
	take_cursors(turn);
}

static bool upload(struct oriel_turn *turn, struct oriel_frame *frame)
{
	uint64_t bytes;
	bool is_whole = oriel_leases_upload_rt(&turn->leases, frame, &bytes);

	turn->stats->bytes_copied += bytes;
	return is_whole;
}

static void show_frame(struct oriel_turn *turn, struct oriel_frame *frame)
{
	uint32_t flags = frame->picture.flags;

	if (turn->card && turn->is_card_waiting)
		set_card(turn, NULL);
	if (frame->layout_changed)
		take_layout(turn, &frame->picture);
	if (upload(turn, frame)) {
		oriel_meter_frame_rt(turn->meter, frame,
			turn->source->ops->get_origin(turn->source), oriel_time_now_ns());
		oriel_taps_frame_rt(turn->taps, frame->arrived_ns);
		oriel_report_fresh_rt(&turn->report);
		oriel_pane_keep_awake_rt(
			&turn->pane, true, flags & ORIEL_PICTURE_BLOCK_SCREENSAVER);
	} else {
		turn->stats->incomplete++;
	}
	turn->needs_present = true;
}

static void look_for_frame(struct oriel_turn *turn)
{
	uint64_t now_ns = oriel_time_now_ns();
	struct oriel_frame frame;

	oriel_meter_look_rt(turn->meter, now_ns);
	if (turn->source->ops->take_frame_rt(turn->source, now_ns, &frame) == 1)
		show_frame(turn, &frame);
}

static void leave_frames(struct oriel_turn *turn, bool live)
{
	uint64_t bytes;

	oriel_leases_leave_rt(&turn->leases, live, &bytes);
	turn->stats->bytes_copied += bytes;
}

/* ---- when to make the next picture ---------------------------------------------------------- */

/* How long what is to be put on the window waits: for the next refresh, or for the limit. */
static uint64_t get_hold_ns(struct oriel_turn *turn, uint64_t now_ns)
{
	uint64_t refresh_ns = oriel_jit_get_wait_ns(&turn->jit, now_ns);
	uint64_t limit_ns = oriel_limit_get_wait_ns(&turn->limit, now_ns);

	return refresh_ns > limit_ns ? refresh_ns : limit_ns;
}

static bool is_held(struct oriel_turn *turn)
{
	uint64_t now_ns = oriel_time_now_ns();

	if (oriel_jit_is_blind(&turn->jit, now_ns))
		oriel_log_rt(ORIEL_LOG_INFO,
			"--jit has nothing to aim at: this screen does not tell when it shows "
			"pictures, or has no fixed refresh; they are shown as they come");
	if (oriel_jit_get_wait_ns(&turn->jit, now_ns))
		oriel_meter_hold_rt(turn->meter, now_ns);
	return get_hold_ns(turn, now_ns) > 0;
}

/* Where nobody ever tells when a picture was seen, that is said before the first. */
static void prepare_jit(struct oriel_turn *turn, bool is_wanted)
{
	const struct oriel_window_ops *ops = turn->window->ops;
	bool is_told = ops->watch_picture_rt || ops->watch_put_rt;

	if (is_wanted && !is_told)
		oriel_log(ORIEL_LOG_INFO,
			"--jit has nothing to aim at: with --window %s nobody tells when pictures "
			"are seen; they are shown as they come",
			ops->name);
	oriel_jit_init(&turn->jit, is_wanted && is_told);
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* The display has taken over what was put. */
static void note_done(struct oriel_turn *turn)
{
	if (oriel_meter_done_rt(turn->meter) && turn->frames && turn->stats->frames >= turn->frames)
		end_with(turn, ORIEL_RENDER_FRAMES);
}

static void note_put(struct oriel_turn *turn, uint64_t stamp_ns)
{
	uint64_t now_ns = oriel_time_now_ns();

	oriel_jit_put(&turn->jit, stamp_ns, oriel_meter_put_rt(turn->meter, now_ns), now_ns);
}

static void present(struct oriel_turn *turn)
{
	struct oriel_presenter *presenter = turn->presenter;
	struct oriel_window *window = turn->window;
	uint64_t stamp_ns = turn->meter->stamp_ns;

	if (!turn->needs_present || !turn->pane.is_shown)
		return;
	turn->needs_present = false;
	turn->stats->presents++;
	oriel_limit_note(&turn->limit, oriel_time_now_ns());
	if (stamp_ns && window->ops->watch_picture_rt)
		window->ops->watch_picture_rt(window, stamp_ns);
	presenter->ops->present_rt(presenter);
	if (stamp_ns && window->ops->watch_put_rt)
		window->ops->watch_put_rt(window, stamp_ns);
	if (stamp_ns)
		note_put(turn, stamp_ns);
	oriel_taps_note_rt(turn->taps, presenter);
	if (!presenter->ops->is_busy_rt(presenter))
		note_done(turn);
}

static void serve_taps(struct oriel_turn *turn)
{
	bool may_copy = turn->stats->frames && !turn->presenter->ops->is_busy_rt(turn->presenter);

	oriel_taps_serve_rt(turn->taps, turn->presenter, may_copy);
}

/* What may only happen while the display reads nothing of the presenter's. */
static void work(struct oriel_turn *turn, bool live)
{
	bool cursor_moved, held;

	note_done(turn);
	serve_taps(turn);
	if (turn->has_ended)
		return;
	apply_size(turn);
	take_commands(turn);
	cursor_moved = take_cursors(turn);
	if (cursor_moved && !turn->needs_present)
		turn->stats->cursor_updates++;
	turn->needs_present |= cursor_moved;
	leave_frames(turn, live);
	held = is_held(turn);
	if (!live)
		oriel_meter_forget_look_rt(turn->meter);
	else if (!held)
		look_for_frame(turn);
	if (!held)
		present(turn);
	oriel_leases_give_back_rt(&turn->leases);
}

static void note_link(struct oriel_turn *turn, bool live)
{
	if (live && oriel_report_is_fresh(&turn->report))
		return;
	oriel_pane_keep_awake_rt(&turn->pane, false, false);
	oriel_report_stale_rt(&turn->report);
}

static void dispatch_window(struct oriel_turn *turn)
{
	struct oriel_window *window = turn->window;
	struct oriel_window_events *events = &turn->events;
	int result = window->ops->dispatch_rt(window, turn->polls[POLL_WINDOW].revents != 0,
		&oriel_window_events_listener, events);

	turn->needs_present |= events->was_exposed;
	events->was_exposed = false;
	if (events->is_close_wanted)
		end_with(turn, ORIEL_RENDER_CLOSED);
	if (result)
		lose_display(turn);
}

static void dispatch(struct oriel_turn *turn)
{
	struct oriel_presenter *presenter = turn->presenter;

	if (turn->polls[POLL_COMMAND].revents)
		oriel_mail_woken_rt(turn->mail);
	dispatch_window(turn);
	if (turn->evdev && (turn->polls[POLL_EVDEV].revents || oriel_evdev_is_due_rt(turn->evdev)))
		oriel_evdev_dispatch_rt(turn->evdev, &oriel_window_events_listener, &turn->events);
	if ((turn->polls[POLL_PRESENTER].revents || presenter->ops->is_busy_rt(presenter)) &&
		presenter->ops->dispatch_rt(presenter))
		lose_display(turn);
	oriel_leases_give_back_rt(&turn->leases);
}

static uint64_t get_wait_ns(struct oriel_turn *turn)
{
	uint64_t now_ns = oriel_time_now_ns();
	uint64_t wait_ns = turn->source->ops->get_wait_ns(turn->source, now_ns);
	uint64_t due_ns = oriel_input_path_get_deadline_ns(turn->input, now_ns);
	uint64_t held_ns = get_hold_ns(turn, now_ns);

	if (due_ns <= now_ns)
		return 0;
	/* A frame that comes before then is not taken. */
	if (held_ns)
		wait_ns = held_ns;
	return due_ns - now_ns < wait_ns ? due_ns - now_ns : wait_ns;
}

static void sleep_until_due(struct oriel_turn *turn)
{
	struct oriel_presenter *presenter = turn->presenter;
	uint64_t wait_ns = get_wait_ns(turn);
	struct timespec timeout;

	/* With all that a source hands out on the display, the next frame waits for it as well. */
	if ((presenter->ops->is_busy_rt(presenter) || oriel_leases_is_full(&turn->leases)) &&
		wait_ns < BUSY_WAIT_NS)
		wait_ns = BUSY_WAIT_NS;
	/* A presenter that lost its device goes on by another way. */
	turn->polls[POLL_PRESENTER].fd = presenter->ops->get_fd(presenter);
	for (int i = 0; i < POLL_COUNT; i++)
		turn->polls[i].revents = 0;
	if (!wait_ns) {
		oriel_time_relax();
		return;
	}
	timeout.tv_sec = (time_t)(wait_ns / ORIEL_NS_PER_S);
	timeout.tv_nsec = (long)(wait_ns % ORIEL_NS_PER_S);
	/* syscalls: ppoll */
	ppoll(turn->polls, POLL_COUNT, &timeout, NULL);
}

static void step_input(struct oriel_turn *turn)
{
	struct oriel_input_path *input = turn->input;
	struct oriel_render_event event = {.kind = ORIEL_RENDER_INPUT};

	oriel_input_path_set_live_rt(input, oriel_report_is_fresh(&turn->report));
	oriel_input_path_step_rt(input, oriel_time_now_ns());
	if (oriel_input_path_get_news_rt(input, &event.input) &&
		oriel_mail_tell_rt(turn->mail, &event))
		oriel_input_path_told_rt(input);
}

void oriel_turn_run(struct oriel_turn *turn)
{
	struct oriel_source *source = turn->source;

	oriel_mail_beat_rt(turn->mail);
	if (oriel_pane_prepare(&turn->pane, error_of(turn)))
		fail(turn);
	while (!turn->has_ended && !oriel_mail_is_end_wanted_rt(turn->mail)) {
		bool live = source->ops->step_rt(source, oriel_time_now_ns());

		note_link(turn, live);
		dispatch(turn);
		step_input(turn);
		if (!turn->presenter->ops->is_busy_rt(turn->presenter))
			work(turn, live);
		serve_taps(turn);
		oriel_mail_tell_lines_rt(turn->mail);
		oriel_mail_beat_rt(turn->mail);
		sleep_until_due(turn);
		oriel_mail_beat_rt(turn->mail);
	}
	give_snapshots_back(turn);
	oriel_input_path_finish_rt(turn->input);
	source->ops->get_counts(source, &turn->stats->source);
	end_with(turn, ORIEL_RENDER_STOPPED);
	while (!oriel_mail_tell_rt(turn->mail, &turn->end))
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS);
}

/* ---- life ----------------------------------------------------------------------------------- */

static void prepare_polls(struct oriel_turn *turn)
{
	const int fds[POLL_COUNT] = {
		[POLL_COMMAND] = turn->mail->command_fd,
		[POLL_WINDOW] = turn->window->ops->get_fd(turn->window),
		[POLL_PRESENTER] = turn->presenter->ops->get_fd(turn->presenter),
		[POLL_SOURCE] = turn->source->ops->get_fd(turn->source),
		[POLL_EVDEV] = turn->evdev ? oriel_evdev_get_fd(turn->evdev) : -1,
	};

	for (int i = 0; i < POLL_COUNT; i++)
		turn->polls[i] = (struct pollfd){fds[i], POLLIN, 0};
}

struct oriel_turn *oriel_turn_create(const struct oriel_render_setup *setup,
	struct oriel_mail *mail, struct oriel_meter *meter, struct oriel_taps *taps)
{
	struct oriel_turn *turn = calloc(1, sizeof *turn);

	if (!turn)
		return NULL;
	turn->source = setup->source;
	turn->window = setup->window;
	turn->presenter = setup->presenter;
	turn->input = setup->input;
	turn->evdev = setup->evdev;
	turn->frames = setup->frames;
	turn->mail = mail;
	turn->meter = meter;
	turn->stats = &meter->stats;
	turn->taps = taps;
	turn->events = (struct oriel_window_events){
		turn->input, &turn->pane, turn->presenter, meter, &turn->jit, false, false};
	oriel_pane_init(
		&turn->pane, turn->window, turn->presenter, setup->follows_guest, setup->awake);
	oriel_report_init(&turn->report, turn->source, mail, turn->window);
	oriel_leases_init(&turn->leases, turn->source, turn->presenter, mail);
	prepare_jit(turn, setup->is_just_in_time);
	oriel_limit_init(&turn->limit, setup->fps_limit);
	prepare_polls(turn);
	return turn;
}

void oriel_turn_destroy(struct oriel_turn *turn)
{
	free(turn);
}

bool oriel_turn_follows_guest(const struct oriel_turn *turn)
{
	return turn->pane.follows_guest;
}
