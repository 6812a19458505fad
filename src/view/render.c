/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/render.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/time.h"
#include "view/mail.h"
#include "view/meter.h"
#include "view/taps.h"
#include "view/turn.h"

struct oriel_render {
	pthread_t thread;
	bool is_started;

	/* for both threads */
	struct oriel_mail mail;
	struct oriel_meter meter;
	struct oriel_taps taps;

	struct oriel_turn *turn; /* the render thread's while it runs */
};

static void *run(void *data)
{
	struct oriel_render *render = data;

	pthread_setname_np(pthread_self(), "oriel-render");
	oriel_time_sharpen();
	oriel_turn_run(render->turn);
	return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

int oriel_render_create(struct oriel_render **ret_render, const struct oriel_render_setup *setup,
	struct oriel_error *error)
{
	struct oriel_render *render = calloc(1, sizeof *render);

	if (!render)
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare the render thread");
	if (!oriel_mail_init(&render->mail) && !oriel_meter_init(&render->meter) &&
		!oriel_taps_init(&render->taps, &render->mail))
		render->turn =
			oriel_turn_create(setup, &render->mail, &render->meter, &render->taps);
	if (!render->turn) {
		oriel_render_destroy(render);
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare the render thread");
	}
	*ret_render = render;
	return 0;
}

void oriel_render_destroy(struct oriel_render *render)
{
	if (!render)
		return;
	oriel_turn_destroy(render->turn);
	oriel_taps_finish(&render->taps);
	oriel_meter_finish(&render->meter);
	oriel_mail_finish(&render->mail);
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
	oriel_mail_ask_end(&render->mail);
}

void oriel_render_join(struct oriel_render *render)
{
	if (render->is_started)
		pthread_join(render->thread, NULL);
	render->is_started = false;
	oriel_taps_orphan(&render->taps);
}

/* ---- commands and events -------------------------------------------------------------------- */

bool oriel_render_show_cards(
	struct oriel_render *render, const struct oriel_overlay *first, bool is_waiting)
{
	return oriel_mail_send(&render->mail,
		&(struct oriel_mail_command){.kind = ORIEL_MAIL_CARD, .card = {first, is_waiting}});
}

bool oriel_render_take_snapshot(struct oriel_render *render, struct oriel_snapshot *snapshot)
{
	return oriel_mail_send(&render->mail,
		&(struct oriel_mail_command){.kind = ORIEL_MAIL_SNAPSHOT, .snapshot = snapshot});
}

bool oriel_render_set_title(struct oriel_render *render, const char *title)
{
	return oriel_mail_send(&render->mail,
		&(struct oriel_mail_command){.kind = ORIEL_MAIL_TITLE, .title = title});
}

bool oriel_render_capture(struct oriel_render *render, bool wanted)
{
	return oriel_mail_send(&render->mail,
		&(struct oriel_mail_command){.kind = ORIEL_MAIL_CAPTURE, .is_wanted = wanted});
}

bool oriel_render_set_input(
	struct oriel_render *render, const struct oriel_capture_options *capture, unsigned grab)
{
	return oriel_mail_send(&render->mail,
		&(struct oriel_mail_command){.kind = ORIEL_MAIL_INPUT, .input = {*capture, grab}});
}

bool oriel_render_set_fullscreen(struct oriel_render *render, enum oriel_fullscreen wanted)
{
	return oriel_mail_send(&render->mail,
		&(struct oriel_mail_command){.kind = ORIEL_MAIL_FULLSCREEN, .fullscreen = wanted});
}

bool oriel_render_set_locks(struct oriel_render *render, unsigned changed, unsigned locks)
{
	return oriel_mail_send(&render->mail,
		&(struct oriel_mail_command){.kind = ORIEL_MAIL_LOCKS, .locks = {changed, locks}});
}

int oriel_render_get_event_fd(const struct oriel_render *render)
{
	return render->mail.event_fd;
}

bool oriel_render_take_event(struct oriel_render *render, struct oriel_render_event *ret_event)
{
	return oriel_mail_take_event(&render->mail, ret_event);
}

/* ---- what else it has ----------------------------------------------------------------------- */

void oriel_render_want_samples(struct oriel_render *render, bool wanted)
{
	oriel_meter_want_samples(&render->meter, wanted);
}

bool oriel_render_take_sample(struct oriel_render *render, struct oriel_sample *ret_sample)
{
	return oriel_meter_take_sample(&render->meter, ret_sample);
}

struct oriel_tap *oriel_render_get_tap(struct oriel_render *render, enum oriel_render_tap tap)
{
	return render->taps.taps[tap];
}

unsigned oriel_render_get_beat(const struct oriel_render *render)
{
	return oriel_mail_get_beat(&render->mail);
}

bool oriel_render_follows_guest(const struct oriel_render *render)
{
	return oriel_turn_follows_guest(render->turn);
}

const struct oriel_stats *oriel_render_get_stats(const struct oriel_render *render)
{
	return &render->meter.stats;
}
