/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/contest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "present/loader.h"
#include "present/stand_in.h"

/* The last frame and those before it that may still be held. */
#define LEASES 3

struct contest {
	struct oriel_stand_in stand_in; /* who shows the frames */
	const struct oriel_presenter_ops *candidates[ORIEL_TRIAL_CANDIDATES_MAX];
	int count;
	const struct oriel_window *window;
	struct oriel_present_options options;
	uint64_t (*get_time_ns)(void);
	struct oriel_trial trial;
	unsigned asked;	 /* who took part when it began */
	unsigned failed; /* who could not be created */
	bool is_stale;	 /* what was found out is of another size or layout */
	int shows;	 /* the candidate that shows the frames */
	int told;	 /* the fastest, as the log has it; -1: not yet */
	bool needs_all;	 /* who shows has not got the whole picture yet */

	struct oriel_loader *loader;   /* NULL: no candidate is slow */
	struct oriel_presenter *spare; /* the slow one, while another one shows; NULL: not loaded */

	/* Where the picture has got to, for the next one. */
	uint32_t width_px, height_px; /* of the window; 0: not known yet */
	const struct oriel_overlay *overlay;
	struct oriel_picture layout;
	struct oriel_soft_cursor cursor; /* never drawn */

	/* The one that was relieved has its picture on the window until the new one is put; then it
	 * may have frames that the display server still reads. */
	struct oriel_presenter *leaving, *retired;
	uint64_t retired_leases[LEASES];

	/* The frame that is measured; the newest first. */
	bool is_measuring, is_put;
	uint64_t arrived_ns;
	uint64_t leases[LEASES];
};

static struct contest *contest_of(const struct oriel_presenter *presenter)
{
	return (struct contest *)presenter;
}

static bool holds(const struct oriel_presenter *presenter, uint64_t lease)
{
	struct oriel_frame frame = {.lease = lease};

	return presenter && presenter->ops->holds_rt && presenter->ops->holds_rt(presenter, &frame);
}

/* ---- what came out of it ----------------------------------------------------------------------
 */

static void tell(struct contest *contest)
{
	const struct oriel_trial *trial = &contest->trial;
	bool is_news = contest->told != trial->current;
	char figures[200] = "";
	size_t used = 0;

	for (int i = 0; i < contest->count; i++)
		if (trial->able & 1u << i && used < sizeof figures)
			used += (size_t)snprintf(figures + used, sizeof figures - used,
				"%s%s %.2f ms", used ? ", " : "", contest->candidates[i]->name,
				(double)trial->figures_ns[i] / (double)ORIEL_NS_PER_MS);
	oriel_log_rt(is_news ? ORIEL_LOG_INFO : ORIEL_LOG_DEBUG,
		"presenters measured, until ready for the next frame: %s; %s shows the picture",
		figures, contest->candidates[trial->current]->name);
	contest->told = trial->current;
}

static void add_figure(struct contest *contest, uint64_t now_ns)
{
	contest->is_measuring = false;
	if (contest->shows == contest->trial.current &&
		oriel_trial_add(&contest->trial, now_ns - contest->arrived_ns, now_ns))
		tell(contest);
}

/* The frame before is the guest's again, and the display server has this one. */
static void check_measured(struct contest *contest)
{
	const struct oriel_presenter *active = contest->stand_in.active;

	if (contest->is_measuring && contest->is_put && !active->ops->is_busy_rt(active) &&
		!holds(active, contest->leases[1]))
		add_figure(contest, contest->get_time_ns());
}

/* Half of the picture or more is new. */
static bool is_worth_measuring(const struct oriel_frame *frame)
{
	const struct oriel_picture *picture = &frame->picture;
	uint64_t area_px =
		oriel_damage_area_px(&frame->damage, picture->width_px, picture->height_px);

	return area_px >= (uint64_t)picture->width_px * picture->height_px / 2;
}

/* ---- who takes part ---------------------------------------------------------------------------
 */

static void take_loaded(struct contest *contest)
{
	const struct oriel_error *reason;

	if (contest->loader && oriel_loader_take_rt(contest->loader, &contest->spare, &reason) &&
		!contest->spare)
		oriel_log_rt(ORIEL_LOG_INFO, "not to be measured: %s", reason->message);
}

static bool is_able(const struct contest *contest, int candidate, const struct oriel_frame *frame)
{
	const struct oriel_presenter_ops *ops = contest->candidates[candidate];

	if (contest->failed & 1u << candidate)
		return false;
	if (ops->is_slow && !contest->spare && candidate != contest->shows)
		return false;
	if (ops->needs_memory && !frame->memory)
		return false;
	return !ops->suits || ops->suits(&contest->options, contest->width_px, contest->height_px,
				      &contest->layout);
}

/* It begins anew when somebody is new, when who shows the frames cannot any more, and when what was
 * measured is of another picture. */
static void look_for_candidates(struct contest *contest, const struct oriel_frame *frame)
{
	unsigned able = 0;

	take_loaded(contest);
	for (int i = 0; i < contest->count; i++)
		able |= is_able(contest, i, frame) ? 1u << i : 0;
	if (!contest->is_stale && !(able & ~contest->asked) && able & 1u << contest->trial.current)
		return;
	contest->is_stale = false;
	contest->asked = able;
	oriel_trial_restart(&contest->trial, able);
}

/* ---- from one to the next ---------------------------------------------------------------------
 */

static void forward(struct contest *contest);

static bool still_reads(const struct contest *contest)
{
	for (int i = 0; i < LEASES; i++)
		if (holds(contest->retired, contest->retired_leases[i]))
			return true;
	return false;
}

static void end_retirement(struct contest *contest)
{
	if (!contest->retired || still_reads(contest))
		return;
	contest->retired->ops->destroy(contest->retired);
	contest->retired = NULL;
}

/* The new one has put the picture on the window. */
static void relieve(struct contest *contest)
{
	struct oriel_presenter *leaving = contest->leaving;
	uint64_t unused;

	contest->leaving = NULL;
	if (!leaving)
		return;
	if (leaving->ops->is_slow) {
		if (leaving->ops->leave_rt)
			leaving->ops->leave_rt(leaving, &unused);
		contest->spare = leaving;
		return;
	}
	if (leaving->ops->hide_rt)
		leaving->ops->hide_rt(leaving);
	memcpy(contest->retired_leases, contest->leases, sizeof contest->leases);
	contest->retired = leaving;
	end_retirement(contest);
}

/* Has it show what the others showed, all but the picture. */
static int prepare(
	struct contest *contest, struct oriel_presenter *presenter, struct oriel_error *error)
{
	static const struct oriel_soft_canvas no_canvas;
	struct oriel_stand_in_state state = {
		.width_px = contest->width_px,
		.height_px = contest->height_px,
		.overlay = contest->overlay,
		.canvas = &no_canvas,
		.cursor = &contest->cursor,
	};
	int result = oriel_stand_in_hand_over(presenter, &state, error);

	return result ? result : presenter->ops->set_layout(presenter, &contest->layout, error);
}

static int make(struct contest *contest, int candidate, struct oriel_presenter **ret_presenter,
	struct oriel_error *error)
{
	const struct oriel_presenter_ops *ops = contest->candidates[candidate];
	struct oriel_presenter *presenter = contest->spare;
	int result = 0;

	if (ops->is_slow)
		contest->spare = NULL;
	else
		result = ops->create(&presenter, contest->window, &contest->options, error);
	if (result)
		return result;
	result = prepare(contest, presenter, error);
	if (result)
		presenter->ops->destroy(presenter);
	else
		*ret_presenter = presenter;
	return result;
}

/* False: it stays as it is. */
static bool go_to(struct contest *contest, int candidate)
{
	struct oriel_presenter *before = contest->stand_in.active, *next;
	struct oriel_error error = {0};

	if (make(contest, candidate, &next, &error)) {
		oriel_log_rt(ORIEL_LOG_DEBUG, "%s is not to be measured: %s",
			contest->candidates[candidate]->name, error.message);
		contest->failed |= 1u << candidate;
		return false;
	}
	before->ops->set_overlay(before, NULL, NULL);
	contest->leaving = oriel_stand_in_swap(&contest->stand_in, next);
	forward(contest);
	contest->shows = candidate;
	contest->needs_all = true;
	return true;
}

/* A candidate that goes on by another one's way says so by its name. */
static bool has_stepped_aside(const struct contest *contest)
{
	return contest->stand_in.active->ops->name != contest->candidates[contest->shows]->name;
}

/* Whose turn it is cannot go on. */
static void drop(struct contest *contest)
{
	if (oriel_trial_drop(&contest->trial, contest->get_time_ns()))
		tell(contest);
}

/* Who shows this frame. */
static void choose(struct contest *contest, const struct oriel_frame *frame)
{
	int turn;

	look_for_candidates(contest, frame);
	turn = oriel_trial_get_turn(&contest->trial, contest->get_time_ns());
	if (turn == contest->shows || contest->leaving || contest->retired)
		return;
	if (!go_to(contest, turn))
		drop(contest);
}

/* ---- instead of the active one's own ----------------------------------------------------------
 */

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct contest *contest = contest_of(presenter);
	struct oriel_presenter *active = contest->stand_in.active;

	contest->is_stale |= width_px != contest->width_px || height_px != contest->height_px;
	contest->width_px = width_px;
	contest->height_px = height_px;
	return active->ops->resize(active, width_px, height_px, error);
}

static int set_layout(struct oriel_presenter *presenter, const struct oriel_picture *layout,
	struct oriel_error *error)
{
	struct contest *contest = contest_of(presenter);
	struct oriel_presenter *active = contest->stand_in.active;

	contest->is_stale |= !oriel_picture_is_same_layout(&contest->layout, layout);
	contest->layout = *layout;
	return active->ops->set_layout(active, layout, error);
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	struct contest *contest = contest_of(presenter);
	struct oriel_presenter *active = contest->stand_in.active;

	contest->overlay = overlay;
	return active->ops->set_overlay(active, overlay, error);
}

static void begin_measuring(struct contest *contest, const struct oriel_frame *frame)
{
	memmove(contest->leases + 1, contest->leases, sizeof contest->leases[0] * (LEASES - 1));
	contest->leases[0] = frame->lease;
	contest->is_put = false;
	contest->is_measuring = is_worth_measuring(frame);
	contest->arrived_ns = frame->arrived_ns;
}

static int upload_rt(struct oriel_presenter *presenter, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct contest *contest = contest_of(presenter);
	struct oriel_frame whole = *frame;
	struct oriel_presenter *active;
	int result;

	if (contest->is_measuring)
		add_figure(contest, contest->get_time_ns());
	choose(contest, frame);
	active = contest->stand_in.active;
	if (contest->needs_all)
		oriel_damage_set_full(&whole.damage);
	result = active->ops->upload_rt(active, &whole, arrival, ret_bytes);
	if (result)
		return result;
	contest->needs_all = false;
	begin_measuring(contest, frame);
	if (has_stepped_aside(contest) && contest->shows == contest->trial.current)
		drop(contest);
	return 0;
}

static bool holds_rt(const struct oriel_presenter *presenter, const struct oriel_frame *frame)
{
	const struct contest *contest = contest_of(presenter);

	return holds(contest->stand_in.active, frame->lease) ||
	       holds(contest->leaving, frame->lease) || holds(contest->retired, frame->lease);
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
	struct contest *contest = contest_of(presenter);
	struct oriel_presenter *active = contest->stand_in.active;

	oriel_soft_cursor_set_rt(&contest->cursor, pointer);
	active->ops->set_cursor_rt(active, pointer);
}

static void present_rt(struct oriel_presenter *presenter)
{
	struct contest *contest = contest_of(presenter);
	struct oriel_presenter *active = contest->stand_in.active;

	active->ops->present_rt(active);
	contest->is_put = true;
	if (!contest->needs_all)
		relieve(contest);
	check_measured(contest);
}

static int get_fd(const struct oriel_presenter *presenter)
{
	const struct contest *contest = contest_of(presenter);
	const struct oriel_presenter *waited =
		contest->retired ? contest->retired : contest->stand_in.active;

	return waited->ops->get_fd(waited);
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	struct contest *contest = contest_of(presenter);
	struct oriel_presenter *active = contest->stand_in.active;
	int result = active->ops->dispatch_rt(active);

	if (!result && contest->retired)
		result = contest->retired->ops->dispatch_rt(contest->retired);
	end_retirement(contest);
	check_measured(contest);
	return result;
}

static void forward(struct contest *contest)
{
	struct oriel_presenter_ops *ops = &contest->stand_in.forwards;

	ops->resize = resize;
	ops->set_layout = set_layout;
	ops->set_overlay = set_overlay;
	ops->upload_rt = upload_rt;
	ops->holds_rt = holds_rt;
	ops->set_cursor_rt = set_cursor_rt;
	ops->present_rt = present_rt;
	ops->get_fd = get_fd;
	ops->dispatch_rt = dispatch_rt;
}

/* ---- life -------------------------------------------------------------------------------------
 */

static void destroy_one(struct oriel_presenter *presenter)
{
	if (presenter)
		presenter->ops->destroy(presenter);
}

static void destroy(struct oriel_presenter *presenter)
{
	struct contest *contest = contest_of(presenter);

	if (!contest)
		return;
	oriel_stand_in_end(&contest->stand_in);
	destroy_one(contest->leaving);
	destroy_one(contest->retired);
	destroy_one(contest->spare);
	oriel_loader_destroy(contest->loader);
	oriel_soft_cursor_finish(&contest->cursor);
	free(contest);
}

static const struct oriel_presenter_ops contest_ops = {.destroy = destroy};

static int begin(struct contest *contest, struct oriel_error *error)
{
	struct oriel_presenter *first;
	int result = oriel_soft_cursor_init(&contest->cursor);

	if (result)
		return oriel_error_set_errno(error, result, "cannot prepare the presenters");
	result = contest->candidates[0]->create(&first, contest->window, &contest->options, error);
	if (result)
		return result;
	oriel_stand_in_put(&contest->stand_in, first);
	forward(contest);
	for (int i = 1; i < contest->count && !result && !contest->loader; i++)
		if (contest->candidates[i]->is_slow)
			result = oriel_loader_start(&contest->loader, contest->candidates[i],
				contest->window, &contest->options, error);
	return result;
}

int oriel_contest_create(struct oriel_presenter **ret_presenter,
	const struct oriel_contest_setup *setup, struct oriel_error *error)
{
	struct contest *contest = calloc(1, sizeof *contest);
	int result;

	if (!contest)
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare the presenters");
	contest->stand_in.base.ops = &contest_ops;
	contest->window = setup->window;
	contest->options = *setup->options;
	contest->get_time_ns = setup->get_time_ns;
	contest->told = -1;
	while (setup->candidates[contest->count]) {
		contest->candidates[contest->count] = setup->candidates[contest->count];
		contest->count++;
	}
	result = begin(contest, error);
	if (result) {
		destroy(&contest->stand_in.base);
		return result;
	}
	*ret_presenter = &contest->stand_in.base;
	return 0;
}
