/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/session.h"

#include <gio/gio.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "spice/address.h"
#include "spice/problem.h"

struct listening {
	const struct oriel_spice_listener *listener;
	void *data;
};

enum progress { PROGRESS_PENDING, PROGRESS_OPEN, PROGRESS_FAILED };

struct channel {
	struct oriel_spice_session *session;
	SpiceChannel *channel;
	enum oriel_spice_need need;
	enum progress progress;
};

struct oriel_spice_session {
	struct oriel_spice_address address;
	char *password, *ca_file, *name, *share;
	int (*open_fd)(void *data, GError **error);
	void *open_data;

	GArray *listeners; /* struct listening */
	struct oriel_spice_link link;
	char *reason;
	guint timer;   /* of the link's deadline; 0: none */
	guint settler; /* channels are looked at again soon; 0: no */

	/* of one attempt */
	SpiceSession *spice;
	GPtrArray *channels; /* struct channel */
	char *problem;	     /* what went wrong first, or NULL */
	enum oriel_spice_event problem_event;
};

static void handle(struct oriel_spice_session *session, enum oriel_spice_event event);

/* ---- listeners ----------------------------------------------------------------------------------
 */

static struct listening *listening_at(struct oriel_spice_session *session, guint index)
{
	return &g_array_index(session->listeners, struct listening, index);
}

static void tell_state(struct oriel_spice_session *session)
{
	for (guint i = 0; i < session->listeners->len; i++) {
		struct listening *at = listening_at(session, i);

		if (at->listener->state_changed)
			at->listener->state_changed(at->data);
	}
}

static enum oriel_spice_need tell_added(struct oriel_spice_session *session, SpiceChannel *channel)
{
	enum oriel_spice_need need = ORIEL_SPICE_UNWANTED;

	for (guint i = 0; i < session->listeners->len; i++) {
		struct listening *at = listening_at(session, i);
		enum oriel_spice_need wanted = ORIEL_SPICE_UNWANTED;

		if (at->listener->channel_added)
			wanted = at->listener->channel_added(at->data, channel);
		need = MAX(need, wanted);
	}
	return need;
}

static void tell_removed(struct listening *at, SpiceChannel *channel)
{
	if (at->listener->channel_removed)
		at->listener->channel_removed(at->data, channel);
}

/* ---- the sentence -------------------------------------------------------------------------------
 */

static char *describe(const struct oriel_spice_session *session)
{
	switch (session->link.state) {
	case ORIEL_SPICE_CONNECTING:
		return g_strdup_printf("Connecting to the SPICE server %s", session->name);
	case ORIEL_SPICE_CONNECTED:
		return g_strdup_printf("Connected to the SPICE server %s", session->name);
	case ORIEL_SPICE_DEGRADED:
		return g_strdup_printf(
			"Connected to the SPICE server %s, but not with all its channels: %s",
			session->name,
			session->problem ? session->problem : "one of them did not open");
	case ORIEL_SPICE_LOST:
		break;
	}
	return g_strdup(session->problem ? session->problem : "There is no SPICE connection yet");
}

/* A list of attempts that all fail for one reason is one piece of news. */
static void update_reason(struct oriel_spice_session *session)
{
	g_autofree char *reason = describe(session);

	if (!g_strcmp0(reason, session->reason))
		return;
	g_free(session->reason);
	session->reason = g_steal_pointer(&reason);
	tell_state(session);
}

/* Only the first counts: what follows is the rest of the same connection breaking. */
static void take_problem(
	struct oriel_spice_session *session, enum oriel_spice_event event, char *words)
{
	if (session->problem) {
		g_free(words);
		return;
	}
	session->problem = words;
	session->problem_event = event;
}

/* ---- channels -----------------------------------------------------------------------------------
 */

static gboolean on_settle(gpointer data);

/* Not from within the library's signal: a session must not be taken down there. */
static void settle_soon(struct oriel_spice_session *session)
{
	if (!session->settler)
		session->settler = g_idle_add(on_settle, session);
}

static bool is_main(SpiceChannel *channel)
{
	return SPICE_IS_MAIN_CHANNEL(channel);
}

static void on_channel_event(SpiceChannel *spice, SpiceChannelEvent event, gpointer data)
{
	struct channel *channel = data;
	struct oriel_spice_session *session = channel->session;
	const struct oriel_spice_problem *problem;

	if (event == SPICE_CHANNEL_OPENED)
		channel->progress = PROGRESS_OPEN;
	if (event == SPICE_CHANNEL_OPENED || event == SPICE_CHANNEL_SWITCHING)
		return settle_soon(session);
	problem = oriel_spice_problem_find(event);
	channel->progress = PROGRESS_FAILED;
	take_problem(session, problem->event,
		oriel_spice_problem_describe(problem, session->name, session->password != NULL,
			spice_channel_get_error(spice)));
	settle_soon(session);
}

static void on_open_fd(SpiceChannel *spice, int with_tls, gpointer data)
{
	struct channel *channel = data;
	struct oriel_spice_session *session = channel->session;
	g_autoptr(GError) error = NULL;
	int fd = session->open_fd(session->open_data, &error);

	if (fd >= 0 && spice_channel_open_fd(spice, fd))
		return;
	channel->progress = PROGRESS_FAILED;
	take_problem(session, ORIEL_SPICE_CLOSED,
		g_strdup_printf("No connection to the SPICE server %s could be had: %s",
			session->name, error ? error->message : "the library refused it"));
	settle_soon(session);
}

static void free_channel(gpointer data)
{
	struct channel *channel = data;

	g_signal_handlers_disconnect_by_data(channel->channel, channel);
	g_object_unref(channel->channel);
	g_free(channel);
}

static void on_channel_new(SpiceSession *spice, SpiceChannel *channel, gpointer data)
{
	struct oriel_spice_session *session = data;
	struct channel *added = g_new0(struct channel, 1);

	added->session = session;
	added->channel = g_object_ref(channel);
	g_ptr_array_add(session->channels, added);
	g_signal_connect(channel, "channel-event", G_CALLBACK(on_channel_event), added);
	if (session->open_fd)
		g_signal_connect(channel, "open-fd", G_CALLBACK(on_open_fd), added);
	added->need = tell_added(session, channel);
	/* The library does all that such a channel wants. */
	if (session->share && SPICE_IS_WEBDAV_CHANNEL(channel))
		added->need = ORIEL_SPICE_WANTED;
	if (is_main(channel))
		added->need = ORIEL_SPICE_NEEDED; /* the library connects it by itself */
	else if (added->need != ORIEL_SPICE_UNWANTED)
		spice_channel_connect(channel);
	settle_soon(session);
}

static void remove_channel(struct oriel_spice_session *session, guint index)
{
	struct channel *channel = g_ptr_array_index(session->channels, index);

	for (guint i = 0; i < session->listeners->len; i++)
		tell_removed(listening_at(session, i), channel->channel);
	g_ptr_array_remove_index(session->channels, index);
}

static void on_channel_destroy(SpiceSession *spice, SpiceChannel *channel, gpointer data)
{
	struct oriel_spice_session *session = data;

	for (guint i = session->channels->len; i-- > 0;) {
		struct channel *at = g_ptr_array_index(session->channels, i);

		if (at->channel != channel)
			continue;
		if (at->need == ORIEL_SPICE_NEEDED)
			take_problem(session, ORIEL_SPICE_CLOSED,
				oriel_spice_problem_describe(
					oriel_spice_problem_find(SPICE_CHANNEL_CLOSED),
					session->name, false, NULL));
		remove_channel(session, i);
		settle_soon(session);
	}
}

/* What the channels together amount to. False: it is too early to say. */
static bool judge(const struct oriel_spice_session *session, enum oriel_spice_event *ret_event)
{
	bool is_all = true, is_listed = false;

	for (guint i = 0; i < session->channels->len; i++) {
		const struct channel *at = g_ptr_array_index(session->channels, i);

		is_listed |= !is_main(at->channel);
		if (at->need == ORIEL_SPICE_UNWANTED)
			continue;
		if (at->progress == PROGRESS_PENDING)
			return false;
		is_all &= at->progress == PROGRESS_OPEN;
	}
	*ret_event = is_all ? ORIEL_SPICE_READY : ORIEL_SPICE_PARTLY;
	return is_listed;
}

/* Whether something without which there is no session has failed. */
static bool is_broken(const struct oriel_spice_session *session)
{
	for (guint i = 0; i < session->channels->len; i++) {
		const struct channel *at = g_ptr_array_index(session->channels, i);

		if (at->need == ORIEL_SPICE_NEEDED && at->progress == PROGRESS_FAILED)
			return true;
	}
	return !session->channels->len;
}

static gboolean on_settle(gpointer data)
{
	struct oriel_spice_session *session = data;
	enum oriel_spice_event event;

	session->settler = 0;
	if (!session->spice)
		return G_SOURCE_REMOVE;
	if (session->problem && is_broken(session))
		handle(session, session->problem_event);
	else if (judge(session, &event))
		handle(session, event);
	return G_SOURCE_REMOVE;
}

/* ---- attempts -----------------------------------------------------------------------------------
 */

static void drop(struct oriel_spice_session *session)
{
	if (!session->spice)
		return;
	g_signal_handlers_disconnect_by_data(session->spice, session);
	while (session->channels->len)
		remove_channel(session, session->channels->len - 1);
	spice_session_disconnect(session->spice);
	g_clear_object(&session->spice);
}

static void set_target(struct oriel_spice_session *session)
{
	g_autofree char *port = g_strdup_printf("%u", session->address.port);

	switch (session->address.transport) {
	case ORIEL_SPICE_UNIX:
		g_object_set(session->spice, "unix-path", session->address.path, NULL);
		break;
	case ORIEL_SPICE_PLAIN:
		g_object_set(session->spice, "host", session->address.host, "port", port, NULL);
		break;
	case ORIEL_SPICE_TLS:
		g_object_set(session->spice, "host", session->address.host, "tls-port", port,
			"verify", SPICE_SESSION_VERIFY_HOSTNAME, NULL);
		if (session->ca_file)
			g_object_set(session->spice, "ca-file", session->ca_file, NULL);
		break;
	}
}

static bool connect_spice(struct oriel_spice_session *session)
{
	if (session->open_fd) /* asks for each descriptor by on_open_fd() */
		return spice_session_open_fd(session->spice, -1);
	set_target(session);
	return spice_session_connect(session->spice);
}

static void open_spice(struct oriel_spice_session *session)
{
	g_clear_pointer(&session->problem, g_free);
	session->spice = spice_session_new();
	if (session->password)
		g_object_set(session->spice, "password", session->password, NULL);
	if (session->share)
		g_object_set(
			session->spice, "shared-dir", session->share, "share-dir-ro", FALSE, NULL);
	g_signal_connect(session->spice, "channel-new", G_CALLBACK(on_channel_new), session);
	g_signal_connect(
		session->spice, "channel-destroy", G_CALLBACK(on_channel_destroy), session);
	if (connect_spice(session))
		return;
	take_problem(session, ORIEL_SPICE_CLOSED,
		g_strdup_printf("The SPICE server %s cannot be reached", session->name));
	settle_soon(session);
}

static gboolean on_deadline(gpointer data)
{
	struct oriel_spice_session *session = data;

	session->timer = 0;
	if (session->link.state == ORIEL_SPICE_CONNECTING)
		take_problem(session, ORIEL_SPICE_CLOSED,
			g_strdup_printf(
				"The SPICE server %s does not answer; trying on", session->name));
	handle(session, ORIEL_SPICE_TIME);
	return G_SOURCE_REMOVE;
}

static void set_timer(struct oriel_spice_session *session)
{
	uint64_t now_ns = oriel_time_now_ns(), deadline_ns = session->link.deadline_ns;
	uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;

	if (session->timer)
		g_source_remove(session->timer);
	session->timer = 0;
	if (deadline_ns) /* never early */
		session->timer =
			g_timeout_add((guint)(left_ns / ORIEL_NS_PER_MS) + 1, on_deadline, session);
}

static void handle(struct oriel_spice_session *session, enum oriel_spice_event event)
{
	enum oriel_spice_action action =
		oriel_spice_link_handle(&session->link, event, oriel_time_now_ns());

	if (action == ORIEL_SPICE_DROP)
		drop(session);
	if (action == ORIEL_SPICE_OPEN)
		open_spice(session);
	if (session->link.state == ORIEL_SPICE_CONNECTED)
		g_clear_pointer(&session->problem, g_free);
	set_timer(session);
	/* While it tries again, the reason why it has to is what the user needs to know. */
	if (session->link.state != ORIEL_SPICE_CONNECTING || !session->link.pauses)
		update_reason(session);
}

/* ---- life ---------------------------------------------------------------------------------------
 */

static void log_library(
	const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
	oriel_log(ORIEL_LOG_DEBUG, "SPICE library: %s", message);
}

/* The library's words are for those who look for an error; ours are for the user. */
static void quieten_library(void)
{
	static const char *const domains[] = {"GSpice", "Spice"};
	static gsize once;

	if (!g_once_init_enter(&once))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(domains); i++)
		g_log_set_handler(domains[i],
			G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_MESSAGE |
				G_LOG_LEVEL_INFO,
			log_library, NULL);
	g_once_init_leave(&once, 1);
}

struct oriel_spice_session *oriel_spice_session_create(
	const struct oriel_spice_setup *setup, GError **error)
{
	struct oriel_spice_address address = {0};
	struct oriel_spice_session *session;

	if (!setup->open_fd &&
		!oriel_spice_address_parse(&address, setup->address, setup->allow_plain, error))
		return NULL;
	quieten_library();
	session = g_new0(struct oriel_spice_session, 1);
	session->address = address;
	session->password = g_strdup(setup->password);
	session->ca_file = g_strdup(setup->ca_file);
	session->share = g_strdup(setup->share);
	session->name = g_strdup(setup->name ? setup->name : setup->address);
	session->open_fd = setup->open_fd;
	session->open_data = setup->open_data;
	session->listeners = g_array_new(FALSE, FALSE, sizeof(struct listening));
	session->channels = g_ptr_array_new_with_free_func(free_channel);
	oriel_spice_link_init(&session->link);
	session->reason = describe(session);
	return session;
}

static void free_secret(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	g_free(secret);
}

void oriel_spice_session_destroy(struct oriel_spice_session *session)
{
	if (!session)
		return;
	drop(session);
	if (session->timer)
		g_source_remove(session->timer);
	if (session->settler)
		g_source_remove(session->settler);
	g_array_unref(session->listeners);
	g_ptr_array_unref(session->channels);
	oriel_spice_address_finish(&session->address);
	free_secret(session->password);
	g_free(session->ca_file);
	g_free(session->share);
	g_free(session->name);
	g_free(session->reason);
	g_free(session->problem);
	g_free(session);
}

void oriel_spice_session_add_listener(struct oriel_spice_session *session,
	const struct oriel_spice_listener *listener, void *data)
{
	struct listening added = {listener, data};

	g_array_append_val(session->listeners, added);
}

void oriel_spice_session_remove_listener(struct oriel_spice_session *session, void *data)
{
	for (guint i = session->listeners->len; i-- > 0;) {
		if (listening_at(session, i)->data != data)
			continue;
		for (guint j = 0; j < session->channels->len; j++) {
			struct channel *channel = g_ptr_array_index(session->channels, j);

			tell_removed(listening_at(session, i), channel->channel);
		}
		g_array_remove_index(session->listeners, i);
	}
}

void oriel_spice_session_start(struct oriel_spice_session *session)
{
	handle(session, ORIEL_SPICE_BEGIN);
}

enum oriel_spice_state oriel_spice_session_get_state(const struct oriel_spice_session *session)
{
	return session->link.state;
}

const char *oriel_spice_session_get_reason(const struct oriel_spice_session *session)
{
	return session->reason;
}
