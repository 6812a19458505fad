/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/link.h"

#include <stdbool.h>

#include "base/log.h"

static const char *const names[] = {
	[ORIEL_SPICE_LOST] = "lost",
	[ORIEL_SPICE_CONNECTING] = "connecting",
	[ORIEL_SPICE_CONNECTED] = "connected",
	[ORIEL_SPICE_DEGRADED] = "degraded",
};

static void set_state(struct oriel_spice_link *link, enum oriel_spice_state state, uint64_t now_ns)
{
	if (link->state == state)
		return;
	oriel_log(ORIEL_LOG_DEBUG, "SPICE: %s -> %s", names[link->state], names[state]);
	link->state = state;
	link->since_ns = now_ns;
	link->deadline_ns = 0;
}

static enum oriel_spice_action begin(struct oriel_spice_link *link, uint64_t now_ns)
{
	set_state(link, ORIEL_SPICE_CONNECTING, now_ns);
	link->deadline_ns = now_ns + ORIEL_SPICE_ATTEMPT_NS;
	return ORIEL_SPICE_OPEN;
}

static enum oriel_spice_action lose(struct oriel_spice_link *link, uint64_t now_ns)
{
	uint64_t pause_ns = ORIEL_SPICE_PAUSE_NS;

	for (unsigned int i = 0; i < link->pauses && pause_ns < ORIEL_SPICE_PAUSE_MAX_NS; i++)
		pause_ns *= 2;
	link->pauses++;
	set_state(link, ORIEL_SPICE_LOST, now_ns);
	link->deadline_ns = now_ns + pause_ns;
	return ORIEL_SPICE_DROP;
}

static enum oriel_spice_action refuse(struct oriel_spice_link *link, uint64_t now_ns)
{
	set_state(link, ORIEL_SPICE_LOST, now_ns);
	return ORIEL_SPICE_DROP;
}

static enum oriel_spice_action settle(
	struct oriel_spice_link *link, enum oriel_spice_event event, uint64_t now_ns)
{
	uint64_t since_ns = link->since_ns;
	bool was_open = link->state != ORIEL_SPICE_CONNECTING;

	set_state(link, event == ORIEL_SPICE_READY ? ORIEL_SPICE_CONNECTED : ORIEL_SPICE_DEGRADED,
		now_ns);
	/* A channel that comes or goes does not make the connection younger. */
	if (was_open)
		link->since_ns = since_ns;
	return ORIEL_SPICE_NOTHING;
}

static bool is_due(const struct oriel_spice_link *link, uint64_t now_ns)
{
	return link->deadline_ns && now_ns >= link->deadline_ns;
}

static enum oriel_spice_action handle_lost(
	struct oriel_spice_link *link, enum oriel_spice_event event, uint64_t now_ns)
{
	if (event == ORIEL_SPICE_BEGIN || (event == ORIEL_SPICE_TIME && is_due(link, now_ns)))
		return begin(link, now_ns);
	return ORIEL_SPICE_NOTHING;
}

static enum oriel_spice_action handle_connecting(
	struct oriel_spice_link *link, enum oriel_spice_event event, uint64_t now_ns)
{
	switch (event) {
	case ORIEL_SPICE_READY:
	case ORIEL_SPICE_PARTLY:
		return settle(link, event, now_ns);
	case ORIEL_SPICE_CLOSED:
		return lose(link, now_ns);
	case ORIEL_SPICE_REFUSED:
		return refuse(link, now_ns);
	case ORIEL_SPICE_TIME:
		return is_due(link, now_ns) ? lose(link, now_ns) : ORIEL_SPICE_NOTHING;
	case ORIEL_SPICE_BEGIN:
		break;
	}
	return ORIEL_SPICE_NOTHING;
}

static enum oriel_spice_action handle_open(
	struct oriel_spice_link *link, enum oriel_spice_event event, uint64_t now_ns)
{
	switch (event) {
	case ORIEL_SPICE_READY:
	case ORIEL_SPICE_PARTLY:
		return settle(link, event, now_ns);
	case ORIEL_SPICE_CLOSED:
		if (now_ns - link->since_ns >= ORIEL_SPICE_SETTLED_NS)
			link->pauses = 0;
		return lose(link, now_ns);
	case ORIEL_SPICE_REFUSED:
		return refuse(link, now_ns);
	case ORIEL_SPICE_BEGIN:
	case ORIEL_SPICE_TIME:
		break;
	}
	return ORIEL_SPICE_NOTHING;
}

void oriel_spice_link_init(struct oriel_spice_link *link)
{
	*link = (struct oriel_spice_link){.state = ORIEL_SPICE_LOST};
}

enum oriel_spice_action oriel_spice_link_handle(
	struct oriel_spice_link *link, enum oriel_spice_event event, uint64_t now_ns)
{
	static enum oriel_spice_action (*const handlers[])(
		struct oriel_spice_link * link, enum oriel_spice_event event, uint64_t now_ns) = {
		[ORIEL_SPICE_LOST] = handle_lost,
		[ORIEL_SPICE_CONNECTING] = handle_connecting,
		[ORIEL_SPICE_CONNECTED] = handle_open,
		[ORIEL_SPICE_DEGRADED] = handle_open,
	};

	return handlers[link->state](link, event, now_ns);
}
