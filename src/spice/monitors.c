/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/monitors.h"

#include "spice/agent.h"

/* While a border is dragged, each size would cost the guest a change of its mode. */
#define STILL_MS 300
/* An agent comes up with the guest's desktop; nobody complains before. */
#define AGENT_WAIT_MS 30000

struct oriel_spice_monitors {
	struct oriel_spice_session *session;
	SpiceMainChannel *main; /* NULL: not there */
	uint32_t width_px, height_px;
	guint timer; /* 0: there is nothing to tell */
	bool has_complained;
	void (*remark)(void *data, const char *text);
	void *data;
};

static gboolean on_time(gpointer data);

static void plan(struct oriel_spice_monitors *monitors)
{
	if (monitors->timer)
		g_source_remove(monitors->timer);
	monitors->timer = monitors->width_px ? g_timeout_add(STILL_MS, on_time, monitors) : 0;
}

static gboolean on_missed(gpointer data)
{
	struct oriel_spice_monitors *monitors = data;

	monitors->timer = 0;
	monitors->has_complained = true;
	monitors->remark(monitors->data,
		"The guest does not follow the window: no SPICE agent runs in it (spice-vdagent on "
		"Linux, the SPICE guest tools on Windows)");
	return G_SOURCE_REMOVE;
}

static gboolean on_time(gpointer data)
{
	struct oriel_spice_monitors *monitors = data;

	monitors->timer = 0;
	if (oriel_spice_agent_is_connected(monitors->main)) {
		spice_main_channel_update_display_enabled(monitors->main, 0, TRUE, FALSE);
		spice_main_channel_update_display(monitors->main, 0, 0, 0, (int)monitors->width_px,
			(int)monitors->height_px, FALSE);
		spice_main_channel_send_monitor_config(monitors->main);
	} else if (monitors->main && !monitors->has_complained) {
		monitors->timer = g_timeout_add(AGENT_WAIT_MS, on_missed, monitors);
	}
	return G_SOURCE_REMOVE;
}

static void on_agent(SpiceMainChannel *channel, struct oriel_spice_monitors *monitors)
{
	plan(monitors);
}

void oriel_spice_monitors_ask(
	struct oriel_spice_monitors *monitors, uint32_t width_px, uint32_t height_px)
{
	if (width_px == monitors->width_px && height_px == monitors->height_px)
		return;
	monitors->width_px = width_px;
	monitors->height_px = height_px;
	plan(monitors);
}

/* ---- life ----------------------------------------------------------------------------------- */

static enum oriel_spice_need on_channel_added(void *data, SpiceChannel *channel)
{
	struct oriel_spice_monitors *monitors = data;

	if (!SPICE_IS_MAIN_CHANNEL(channel))
		return ORIEL_SPICE_UNWANTED;
	monitors->main = SPICE_MAIN_CHANNEL(channel);
	g_signal_connect(channel, "main-agent-update", G_CALLBACK(on_agent), monitors);
	plan(monitors);
	return ORIEL_SPICE_WANTED;
}

static void on_channel_removed(void *data, SpiceChannel *channel)
{
	struct oriel_spice_monitors *monitors = data;

	if (!monitors->main || channel != SPICE_CHANNEL(monitors->main))
		return;
	g_signal_handlers_disconnect_by_data(channel, monitors);
	monitors->main = NULL;
}

static const struct oriel_spice_listener listener = {
	.channel_added = on_channel_added,
	.channel_removed = on_channel_removed,
};

struct oriel_spice_monitors *oriel_spice_monitors_create(struct oriel_spice_session *session,
	void (*remark)(void *data, const char *text), void *data)
{
	struct oriel_spice_monitors *monitors = g_new0(struct oriel_spice_monitors, 1);

	monitors->session = session;
	monitors->remark = remark;
	monitors->data = data;
	oriel_spice_session_add_listener(session, &listener, monitors);
	return monitors;
}

void oriel_spice_monitors_destroy(struct oriel_spice_monitors *monitors)
{
	if (!monitors)
		return;
	oriel_spice_session_remove_listener(monitors->session, monitors);
	if (monitors->timer)
		g_source_remove(monitors->timer);
	g_free(monitors);
}
