/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/photon.h"

#include <presentation-time-client-protocol.h>

#include "base/log.h"
#include "base/time.h"

static void free_photon(struct oriel_wayland_photon *photon)
{
	if (photon->feedback)
		wp_presentation_feedback_destroy(photon->feedback);
	photon->feedback = NULL;
}

static void on_sync_output(
	void *data, struct wp_presentation_feedback *feedback, struct wl_output *output)
{
}

static void on_presented(void *data, struct wp_presentation_feedback *feedback,
	uint32_t seconds_high, uint32_t seconds_low, uint32_t nanoseconds, uint32_t refresh_ns,
	uint32_t sequence_high, uint32_t sequence_low, uint32_t flags)
{
	struct oriel_wayland_photon *photon = data;
	struct oriel_wayland_photons *all = photon->all;
	uint64_t seconds = (uint64_t)seconds_high << 32 | seconds_low;
	uint64_t theirs_ns = seconds * ORIEL_NS_PER_S + nanoseconds;
	struct timespec now;

	/* syscalls: clock_gettime */
	if (all->listener && !clock_gettime(all->clock, &now)) {
		uint64_t age_ns =
			(uint64_t)now.tv_sec * ORIEL_NS_PER_S + (uint64_t)now.tv_nsec - theirs_ns;

		all->listener->presented_rt(
			all->data, photon->stamp_ns, oriel_time_now_ns() - age_ns, refresh_ns);
	}
	free_photon(photon);
}

static void on_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	free_photon(data);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = on_sync_output,
	.presented = on_presented,
	.discarded = on_discarded,
};

static void on_clock(void *data, struct wp_presentation *presentation, uint32_t clock)
{
	((struct oriel_wayland_photons *)data)->clock = (clockid_t)clock;
}

static const struct wp_presentation_listener presentation_listener = {on_clock};

void oriel_wayland_photons_init(
	struct oriel_wayland_photons *photons, const struct oriel_wayland_globals *globals)
{
	if (!globals->presentation_name) {
		oriel_log(ORIEL_LOG_INFO,
			"this compositor does not tell when pictures were seen (no "
			"presentation-time): no photon figures");
		return;
	}
	photons->presentation = wl_registry_bind(
		globals->registry, globals->presentation_name, &wp_presentation_interface, 1);
	wp_presentation_add_listener(photons->presentation, &presentation_listener, photons);
}

void oriel_wayland_photons_finish(struct oriel_wayland_photons *photons)
{
	for (int i = 0; i < ORIEL_WAYLAND_PHOTONS; i++)
		free_photon(&photons->each[i]);
	if (photons->presentation)
		wp_presentation_destroy(photons->presentation);
}

void oriel_wayland_photons_watch_rt(
	struct oriel_wayland_photons *photons, struct wl_surface *surface, uint64_t stamp_ns)
{
	struct oriel_wayland_photon *photon = photons->each;

	if (!photons->presentation)
		return;
	while (photon->feedback)
		if (++photon == photons->each + ORIEL_WAYLAND_PHOTONS)
			return;
	photon->all = photons;
	photon->stamp_ns = stamp_ns;
	photon->feedback = wp_presentation_feedback(photons->presentation, surface);
	wp_presentation_feedback_add_listener(photon->feedback, &feedback_listener, photon);
}
