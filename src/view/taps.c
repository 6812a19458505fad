/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/taps.h"

#include <errno.h>

#include "base/time.h"

static void wake(void *data)
{
	oriel_mail_wake_rt(data);
}

int oriel_taps_init(struct oriel_taps *taps, struct oriel_mail *mail)
{
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++) {
		taps->taps[i] = oriel_tap_create(wake, mail);
		if (!taps->taps[i])
			return -ENOMEM;
	}
	return 0;
}

void oriel_taps_finish(struct oriel_taps *taps)
{
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		oriel_tap_destroy(taps->taps[i]);
}

void oriel_taps_orphan(struct oriel_taps *taps)
{
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		oriel_tap_orphan(taps->taps[i]);
}

static bool has_open(const struct oriel_taps *taps)
{
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		if (oriel_tap_is_open_rt(taps->taps[i]))
			return true;
	return false;
}

void oriel_taps_frame_rt(struct oriel_taps *taps, uint64_t arrived_ns)
{
	taps->arrived_ns = arrived_ns;
}

void oriel_taps_note_rt(struct oriel_taps *taps, struct oriel_presenter *presenter)
{
	uint64_t time_ns = taps->arrived_ns ? taps->arrived_ns : oriel_time_now_ns();
	struct oriel_image image;

	taps->arrived_ns = 0;
	/* Some presenters copy the picture to hand it out. */
	if (!has_open(taps) || !presenter->ops->get_image(presenter, &image))
		return;
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		oriel_tap_note_rt(taps->taps[i], image.changed, time_ns);
}

void oriel_taps_serve_rt(struct oriel_taps *taps, struct oriel_presenter *presenter, bool may_copy)
{
	struct oriel_image image;

	for (int i = 0; i < ORIEL_RENDER_TAPS; i++) {
		if (!oriel_tap_wants_rt(taps->taps[i], oriel_time_now_ns()) || !may_copy)
			continue;
		oriel_tap_take_rt(taps->taps[i],
			presenter->ops->get_image(presenter, &image) ? &image : NULL);
	}
}
