/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "show.h"

#include "relay/wire.h"
#include "viewer.h"

static const enum bench_floor_wait floor_waits[BENCH_SIDE_COUNT] = {
	[BENCH_SIDE_SPIN] = BENCH_FLOOR_SPIN,
	[BENCH_SIDE_POLL] = BENCH_FLOOR_POLL,
	[BENCH_SIDE_PACED] = BENCH_FLOOR_PACED,
};

void bench_show_start(struct bench_show *ret_show, enum bench_side side,
	const struct bench_run *run, struct bench_guest *guest, const struct bench_screen *screen,
	uint64_t period_ns)
{
	struct bench_show show = {0};

	if (side == BENCH_SIDE_VIEWER) {
		bench_viewer_start(&show.process, run->viewer, "auto", guest, screen);
	} else {
		show.floor = bench_share(sizeof(*show.floor));
		*show.floor = (struct bench_floor){
			.wait = floor_waits[side],
			.display = screen->display,
			.base = guest->base,
			.width_px = guest->picture.width_px,
			.height_px = guest->picture.height_px,
			.period_ns = period_ns,
		};
		bench_process_fork(&show.process, bench_floor_run, show.floor);
	}
	bench_viewer_wait_shown(
		guest, screen, side == BENCH_SIDE_VIEWER ? "oriel-view" : "the floor");
	*ret_show = show;
}

void bench_show_stop(struct bench_show *show, struct bench_guest *guest)
{
	if (show->floor) {
		oriel_wire_store32(&show->floor->stop, 1);
		bench_process_join(&show->process);
		bench_unshare(show->floor, sizeof(*show->floor));
		show->floor = NULL;
	} else {
		bench_process_stop(&show->process);
	}
	if (!bench_guest_wait_watched(guest, false))
		bench_die("a viewer that was stopped is still subscribed");
}
