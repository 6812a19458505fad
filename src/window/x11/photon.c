/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/photon.h"

#include <stdlib.h>
#include <xcb/present.h>

#include "base/log.h"
#include "base/time.h"

#define NS_PER_US UINT64_C(1000)

static bool is_offered(xcb_connection_t *connection, uint8_t *ret_opcode)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection, &xcb_present_id);
	xcb_present_query_version_reply_t *version;

	if (!extension || !extension->present)
		return false;
	version = xcb_present_query_version_reply(
		connection, xcb_present_query_version(connection, 1, 0), NULL);
	*ret_opcode = extension->major_opcode;
	free(version);
	return version != NULL;
}

void oriel_x11_photons_init(
	struct oriel_x11_photons *photons, xcb_connection_t *connection, xcb_window_t window)
{
	*photons = (struct oriel_x11_photons){.connection = connection, .window = window};
	if (!is_offered(connection, &photons->opcode)) {
		oriel_log(ORIEL_LOG_INFO,
			"this X server does not tell when pictures were seen (no Present "
			"extension): no photon figures");
		return;
	}
	xcb_present_select_input(connection, xcb_generate_id(connection), window,
		XCB_PRESENT_EVENT_MASK_COMPLETE_NOTIFY);
}

void oriel_x11_photons_watch_rt(struct oriel_x11_photons *photons, uint64_t stamp_ns)
{
	uint32_t serial = photons->serial + 1 ? photons->serial + 1 : 1;

	if (!photons->opcode)
		return;
	photons->serial = serial;
	photons->watched[serial % ORIEL_X11_PHOTONS].serial = serial;
	photons->watched[serial % ORIEL_X11_PHOTONS].stamp_ns = stamp_ns;
	/* Any refresh is the first one that is a multiple of one: the next. */
	xcb_present_notify_msc(photons->connection, photons->window, serial, 0, 1, 0);
	xcb_flush(photons->connection);
}

/* The time from one refresh to the next, as they were told of: it stays at the value first measured
 * until the screen's rhythm is plainly another one. */
static void note_refresh(struct oriel_x11_photons *photons, uint64_t us, uint64_t count)
{
	uint64_t refreshes = photons->last_us ? count - photons->last_count : 0;
	uint64_t period_ns, off_ns;

	if (refreshes && refreshes < UINT32_MAX && us > photons->last_us) {
		period_ns = (us - photons->last_us) * NS_PER_US / refreshes;
		off_ns = period_ns > photons->period_ns ? period_ns - photons->period_ns
							: photons->period_ns - period_ns;
		if (off_ns > photons->period_ns / 8)
			photons->period_ns = period_ns;
	}
	photons->last_us = us;
	photons->last_count = count;
}

bool oriel_x11_photons_take_rt(struct oriel_x11_photons *photons, const xcb_generic_event_t *event,
	struct oriel_x11_photon *ret_photon)
{
	const xcb_present_complete_notify_event_t *seen =
		(const xcb_present_complete_notify_event_t *)event;
	uint32_t at = seen->serial % ORIEL_X11_PHOTONS;

	if (!photons->opcode || seen->extension != photons->opcode ||
		seen->event_type != XCB_PRESENT_COMPLETE_NOTIFY || !seen->serial ||
		photons->watched[at].serial != seen->serial)
		return false;
	ret_photon->stamp_ns = photons->watched[at].stamp_ns;
	/* The clock of both is CLOCK_MONOTONIC. */
	ret_photon->seen_ns = seen->ust * NS_PER_US;
	note_refresh(photons, seen->ust, seen->msc);
	ret_photon->period_ns = photons->period_ns;
	photons->watched[at].serial = 0;
	return true;
}
