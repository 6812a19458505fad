/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stand_in.h"

static struct {
	const struct oriel_spice_listener *listener;
	void *data;
	enum oriel_spice_state state;
	GObject *main;
	bool has_agent;
} bed;

/* ---- the session ----------------------------------------------------------------------------- */

void oriel_spice_session_add_listener(struct oriel_spice_session *session,
	const struct oriel_spice_listener *listener, void *data)
{
	bed.listener = listener;
	bed.data = data;
}

/* As the real one: channels go first. */
void oriel_spice_session_remove_listener(struct oriel_spice_session *session, void *data)
{
	if (bed.main)
		stand_in_disconnect();
	bed.listener = NULL;
}

enum oriel_spice_state oriel_spice_session_get_state(const struct oriel_spice_session *session)
{
	return bed.state;
}

void stand_in_set_state(enum oriel_spice_state state)
{
	bed.state = state;
	if (bed.listener->state_changed)
		bed.listener->state_changed(bed.data);
}

/* ---- the main channel ------------------------------------------------------------------------ */

/* A real one would have a real manager of USB devices made. This one is its own session. */
G_DEFINE_TYPE(SpiceChannel, spice_channel, G_TYPE_OBJECT)
G_DEFINE_TYPE(SpiceMainChannel, spice_main_channel, spice_channel_get_type())

enum { SESSION = 1, AGENT };

static void get_property(GObject *object, guint number, GValue *value, GParamSpec *specification)
{
	if (number == SESSION)
		g_value_set_object(value, object);
	else
		g_value_set_boolean(value, bed.has_agent);
}

static void spice_main_channel_class_init(SpiceMainChannelClass *class)
{
	GObjectClass *object = G_OBJECT_CLASS(class);

	object->get_property = get_property;
	g_object_class_install_property(object, SESSION,
		g_param_spec_object("spice-session", NULL, NULL, G_TYPE_OBJECT, G_PARAM_READABLE));
	g_object_class_install_property(object, AGENT,
		g_param_spec_boolean("agent-connected", NULL, NULL, FALSE, G_PARAM_READABLE));
	g_signal_new("new-file-transfer", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_FIRST, 0, NULL,
		NULL, NULL, G_TYPE_NONE, 1, G_TYPE_OBJECT);
}

static void spice_main_channel_init(SpiceMainChannel *channel)
{
}

static void spice_channel_class_init(SpiceChannelClass *class)
{
}

static void spice_channel_init(SpiceChannel *channel)
{
}

void stand_in_set_agent(bool is_there)
{
	bed.has_agent = is_there;
}

/* ---- the connection -------------------------------------------------------------------------- */

void stand_in_begin(void)
{
	bed = (typeof(bed)){.state = ORIEL_SPICE_CONNECTING};
}

void stand_in_end(void)
{
	g_clear_object(&bed.main);
}

void stand_in_connect(void)
{
	if (!bed.main)
		bed.main = g_object_new(spice_main_channel_get_type(), NULL);
	bed.listener->channel_added(bed.data, (SpiceChannel *)bed.main);
	stand_in_set_state(ORIEL_SPICE_CONNECTED);
}

void stand_in_disconnect(void)
{
	bed.listener->channel_removed(bed.data, (SpiceChannel *)bed.main);
}
