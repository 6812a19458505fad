/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/clipboard.h"

#include <spice/vd_agent.h>

#include "base/log.h"
#include "spice/agent.h"
#include "spice/files.h"
#include "spice/text.h"

/* An agent comes up with the guest's desktop; nobody complains before. */
#define AGENT_WAIT_S 5u
/* What a guest may ask for at a time. */
#define REQUESTS_MAX 16u

static const struct kind {
	uint32_t type; /* VD_AGENT_CLIPBOARD_… */
	enum oriel_clipboard_format format;
} kinds[] = {
	{VD_AGENT_CLIPBOARD_UTF8_TEXT, ORIEL_CLIPBOARD_TEXT},
	{VD_AGENT_CLIPBOARD_IMAGE_PNG, ORIEL_CLIPBOARD_PNG},
	{VD_AGENT_CLIPBOARD_IMAGE_BMP, ORIEL_CLIPBOARD_BMP},
	{VD_AGENT_CLIPBOARD_IMAGE_TIFF, ORIEL_CLIPBOARD_TIFF},
	{VD_AGENT_CLIPBOARD_IMAGE_JPG, ORIEL_CLIPBOARD_JPEG},
	{VD_AGENT_CLIPBOARD_FILE_LIST, ORIEL_CLIPBOARD_FILES},
};

struct oriel_spice_clipboard {
	struct oriel_spice_session *session;
	struct oriel_clipboard *clipboard;
	const char *share;	/* the folder whose files may cross; NULL: there is none */
	SpiceMainChannel *main; /* NULL: not connected */
	uint32_t offered;	/* by the desktop */
	bool is_usable;		/* there is an agent that knows clipboards */
	bool has_complained;	/* about the lack of one, in this connection */
	guint timer;		/* until it is complained about; 0: none */
	uint32_t fetching;	/* formats that the agent was asked for */
	GQueue requests;	/* struct request: what it asked for */
};

struct request {
	struct oriel_spice_clipboard *agent;
	const struct kind *kind;
};

static bool may_cross(const struct oriel_spice_clipboard *agent, const struct kind *kind)
{
	return kind->format != ORIEL_CLIPBOARD_FILES || agent->share;
}

static const struct kind *find_type(const struct oriel_spice_clipboard *agent, uint32_t type)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].type == type && may_cross(agent, &kinds[i]))
			return &kinds[i];
	return NULL;
}

static const struct kind *find_format(enum oriel_clipboard_format format)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].format == format)
			return &kinds[i];
	return NULL;
}

/* ---- the same content, here and there -------------------------------------------------------- */

static bool has_crlf(const struct oriel_spice_clipboard *agent)
{
	return spice_main_channel_agent_test_capability(
		agent->main, VD_AGENT_CAP_GUEST_LINEEND_CRLF);
}

/* NULL when it does not cross, and the user was told why. */
static GBytes *tell_refusal(struct oriel_spice_clipboard *agent, GBytes *made, GError *const *error)
{
	if (!made)
		oriel_clipboard_remark(
			agent->clipboard, "Nothing was pasted: %s", (*error)->message);
	return made;
}

static GBytes *make_for_guest(
	struct oriel_spice_clipboard *agent, const struct kind *kind, GBytes *bytes)
{
	gsize size;
	const void *data = g_bytes_get_data(bytes, &size);
	g_autoptr(GError) error = NULL;

	if (kind->format == ORIEL_CLIPBOARD_FILES)
		return tell_refusal(agent,
			oriel_spice_files_to_guest(agent->share, data, size, &error), &error);
	if (kind->format == ORIEL_CLIPBOARD_TEXT && has_crlf(agent))
		return oriel_spice_text_to_crlf(data, size);
	return g_bytes_ref(bytes);
}

static GBytes *make_for_desktop(
	struct oriel_spice_clipboard *agent, const struct kind *kind, const void *data, gsize size)
{
	g_autoptr(GError) error = NULL;

	if (kind->format == ORIEL_CLIPBOARD_FILES)
		return tell_refusal(agent,
			oriel_spice_files_from_guest(agent->share, data, size, &error), &error);
	if (kind->format == ORIEL_CLIPBOARD_TEXT && has_crlf(agent))
		return oriel_spice_text_from_crlf(data, size);
	return g_bytes_new(data, size);
}

/* ---- a guest without an agent ---------------------------------------------------------------- */

static gboolean on_missed(gpointer data)
{
	struct oriel_spice_clipboard *agent = data;

	agent->timer = 0;
	agent->has_complained = true;
	oriel_clipboard_remark(agent->clipboard,
		"The guest does not get the clipboard: no SPICE agent runs in it (spice-vdagent on "
		"Linux, the SPICE guest tools on Windows)");
	return G_SOURCE_REMOVE;
}

static void stop_missing(struct oriel_spice_clipboard *agent)
{
	if (agent->timer)
		g_source_remove(agent->timer);
	agent->timer = 0;
}

/* Only when there is something that does not cross for want of it. */
static void miss_agent(struct oriel_spice_clipboard *agent)
{
	enum oriel_spice_state state = oriel_spice_session_get_state(agent->session);
	bool is_connected = state == ORIEL_SPICE_CONNECTED || state == ORIEL_SPICE_DEGRADED;

	if (!is_connected || agent->is_usable || !agent->offered) {
		stop_missing(agent);
		return;
	}
	if (!agent->timer && !agent->has_complained)
		agent->timer = g_timeout_add_seconds(AGENT_WAIT_S, on_missed, agent);
}

/* ---- what the desktop has -------------------------------------------------------------------- */

static void send_offer(struct oriel_spice_clipboard *agent)
{
	guint32 types[G_N_ELEMENTS(kinds)];
	int count = 0;

	if (!agent->is_usable)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (agent->offered & 1u << kinds[i].format && may_cross(agent, &kinds[i]))
			types[count++] = kinds[i].type;
	if (count)
		spice_main_channel_clipboard_selection_grab(
			agent->main, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, types, count);
	else
		spice_main_channel_clipboard_selection_release(
			agent->main, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD);
}

static void take_offer(void *data, uint32_t formats)
{
	struct oriel_spice_clipboard *agent = data;

	agent->offered = formats;
	send_offer(agent);
	miss_agent(agent);
}

static void send_content(struct oriel_spice_clipboard *agent, uint32_t type, GBytes *bytes)
{
	gsize size;
	const guchar *content = g_bytes_get_data(bytes, &size);

	spice_main_channel_clipboard_selection_notify(
		agent->main, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, type, content, size);
}

static void send_nothing(struct oriel_spice_clipboard *agent)
{
	spice_main_channel_clipboard_selection_notify(agent->main,
		VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, VD_AGENT_CLIPBOARD_NONE, NULL, 0);
}

static void on_content(void *data, GBytes *bytes)
{
	struct request *request = data;
	struct oriel_spice_clipboard *agent = request->agent;
	g_autoptr(GBytes) made = bytes ? make_for_guest(agent, request->kind, bytes) : NULL;

	if (made)
		send_content(agent, request->kind->type, made);
	else
		send_nothing(agent);
	g_queue_remove(&agent->requests, request);
	g_free(request);
}

static gboolean on_request(
	SpiceMainChannel *channel, guint selection, guint type, struct oriel_spice_clipboard *agent)
{
	const struct kind *kind = find_type(agent, type);
	struct request *request;

	if (selection != VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD || !kind ||
		agent->requests.length >= REQUESTS_MAX) {
		send_nothing(agent);
		return TRUE;
	}
	request = g_new0(struct request, 1);
	*request = (struct request){agent, kind};
	g_queue_push_tail(&agent->requests, request);
	oriel_clipboard_request(
		agent->clipboard, ORIEL_CLIPBOARD_GUEST, kind->format, on_content, request);
	return TRUE;
}

/* ---- what the guest has ---------------------------------------------------------------------- */

static gboolean on_grab(SpiceMainChannel *channel, guint selection, guint32 *types, guint count,
	struct oriel_spice_clipboard *agent)
{
	uint32_t formats = 0;

	if (selection != VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD)
		return FALSE;
	for (guint i = 0; i < count; i++) {
		const struct kind *kind = find_type(agent, types[i]);

		formats |= kind ? 1u << kind->format : 0;
	}
	agent->fetching = 0;
	oriel_clipboard_offer(agent->clipboard, ORIEL_CLIPBOARD_GUEST, formats);
	return TRUE;
}

static void on_release(
	SpiceMainChannel *channel, guint selection, struct oriel_spice_clipboard *agent)
{
	if (selection == VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD)
		oriel_clipboard_offer(agent->clipboard, ORIEL_CLIPBOARD_GUEST, 0);
}

static void fetch(void *data, enum oriel_clipboard_format format)
{
	struct oriel_spice_clipboard *agent = data;
	const struct kind *kind = find_format(format);

	if (!agent->is_usable || !kind) {
		oriel_clipboard_deliver(agent->clipboard, ORIEL_CLIPBOARD_GUEST, format, NULL);
		return;
	}
	agent->fetching |= 1u << format;
	spice_main_channel_clipboard_selection_request(
		agent->main, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, kind->type);
}

/* An agent that has nothing does not say which of the contents it has not. */
static void fail_fetching(struct oriel_spice_clipboard *agent)
{
	uint32_t fetching = agent->fetching;

	agent->fetching = 0;
	for (int i = 0; i < ORIEL_CLIPBOARD_FORMATS; i++)
		if (fetching & 1u << i)
			oriel_clipboard_deliver(agent->clipboard, ORIEL_CLIPBOARD_GUEST,
				(enum oriel_clipboard_format)i, NULL);
}

static void on_selection(SpiceMainChannel *channel, guint selection, guint type, gpointer content,
	guint size, struct oriel_spice_clipboard *agent)
{
	const struct kind *kind = find_type(agent, type);
	g_autoptr(GBytes) bytes = NULL;

	if (selection != VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD)
		return;
	if (!kind) {
		fail_fetching(agent);
		return;
	}
	agent->fetching &= ~(1u << kind->format);
	if (size > oriel_clipboard_get_limit(agent->clipboard)) {
		oriel_clipboard_refuse(agent->clipboard, ORIEL_CLIPBOARD_GUEST, kind->format);
		return;
	}
	bytes = make_for_desktop(agent, kind, content, size);
	oriel_clipboard_deliver(agent->clipboard, ORIEL_CLIPBOARD_GUEST, kind->format, bytes);
}

static const struct oriel_clipboard_end end = {take_offer, fetch};

/* ---- the channel ----------------------------------------------------------------------------- */

static void update(struct oriel_spice_clipboard *agent)
{
	bool was_usable = agent->is_usable;

	agent->is_usable = oriel_spice_agent_is_connected(agent->main) &&
			   spice_main_channel_agent_test_capability(
				   agent->main, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND);
	if (agent->is_usable && !was_usable) {
		oriel_log(ORIEL_LOG_DEBUG, "clipboard: the guest's agent is there");
		if (agent->offered)
			send_offer(agent);
	}
	if (!agent->is_usable && was_usable) {
		fail_fetching(agent);
		oriel_clipboard_offer(agent->clipboard, ORIEL_CLIPBOARD_GUEST, 0);
	}
	miss_agent(agent);
}

static void on_agent(SpiceMainChannel *channel, struct oriel_spice_clipboard *agent)
{
	update(agent);
}

static const struct {
	const char *signal;
	GCallback handler;
} signals[] = {
	{"main-agent-update", G_CALLBACK(on_agent)},
	{"main-clipboard-selection", G_CALLBACK(on_selection)},
	{"main-clipboard-selection-grab", G_CALLBACK(on_grab)},
	{"main-clipboard-selection-release", G_CALLBACK(on_release)},
	{"main-clipboard-selection-request", G_CALLBACK(on_request)},
};

static enum oriel_spice_need on_added(void *data, SpiceChannel *channel)
{
	struct oriel_spice_clipboard *agent = data;
	size_t limit_bytes = oriel_clipboard_get_limit(agent->clipboard);

	if (!SPICE_IS_MAIN_CHANNEL(channel))
		return ORIEL_SPICE_UNWANTED;
	agent->main = SPICE_MAIN_CHANNEL(channel);
	agent->has_complained = false;
	/* The library drops what is larger without a word: what is too large for us has to come
	 * through, so that there is one. */
	g_object_set(channel, "max-clipboard", (gint)MIN(2 * limit_bytes, (size_t)G_MAXINT), NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
		g_signal_connect(channel, signals[i].signal, signals[i].handler, agent);
	return ORIEL_SPICE_WANTED;
}

static void on_removed(void *data, SpiceChannel *channel)
{
	struct oriel_spice_clipboard *agent = data;
	struct request *request;

	if (!agent->main || channel != SPICE_CHANNEL(agent->main))
		return;
	g_signal_handlers_disconnect_by_data(channel, agent);
	while ((request = g_queue_pop_head(&agent->requests))) {
		oriel_clipboard_forget(agent->clipboard, request);
		g_free(request);
	}
	agent->main = NULL;
	update(agent);
}

static void on_state(void *data)
{
	miss_agent(data);
}

static const struct oriel_spice_listener listener = {
	.state_changed = on_state,
	.channel_added = on_added,
	.channel_removed = on_removed,
};

struct oriel_spice_clipboard *oriel_spice_clipboard_create(
	struct oriel_spice_session *session, struct oriel_clipboard *clipboard, const char *share)
{
	struct oriel_spice_clipboard *agent = g_new0(struct oriel_spice_clipboard, 1);

	agent->session = session;
	agent->clipboard = clipboard;
	agent->share = share;
	g_queue_init(&agent->requests);
	oriel_spice_session_add_listener(session, &listener, agent);
	oriel_clipboard_attach(clipboard, ORIEL_CLIPBOARD_GUEST, &end, agent);
	return agent;
}

void oriel_spice_clipboard_destroy(struct oriel_spice_clipboard *agent)
{
	if (!agent)
		return;
	oriel_spice_session_remove_listener(agent->session, agent);
	oriel_clipboard_attach(agent->clipboard, ORIEL_CLIPBOARD_GUEST, NULL, NULL);
	stop_missing(agent);
	g_free(agent);
}
