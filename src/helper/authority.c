/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper/authority.h"

/* A password may have to be looked for. */
#define ANSWER_TIMEOUT_MS 300000
#define ALLOW_USER_INTERACTION 1u

struct question {
	GDBusConnection *bus;
	char *sender;
	char *action;
	oriel_authority_answer answer;
	void *data;
};

static void finish(struct question *question, gboolean allowed, const char *why)
{
	question->answer(allowed, why, question->data);
	g_object_unref(question->bus);
	g_free(question->sender);
	g_free(question->action);
	g_free(question);
}

static void on_polkit(GObject *bus, GAsyncResult *result, void *data)
{
	struct question *question = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply =
		g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, &error);
	g_autofree char *why = NULL;
	gboolean allowed = FALSE;

	if (reply)
		g_variant_get(reply, "((bba{ss}))", &allowed, NULL, NULL);
	else
		why = g_strdup_printf("polkit does not answer (%s), and without it only root may "
				      "do this",
			error->message);
	finish(question, allowed,
		why ? why : "polkit did not allow it; its rules stand in polkit-1/rules.d");
}

static void ask_polkit(struct question *question)
{
	GVariantBuilder subject;

	g_variant_builder_init(&subject, G_VARIANT_TYPE("a{sv}"));
	g_variant_builder_add(&subject, "{sv}", "name", g_variant_new_string(question->sender));
	g_dbus_connection_call(question->bus, "org.freedesktop.PolicyKit1",
		"/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
		"CheckAuthorization",
		g_variant_new("((sa{sv})sa{ss}us)", "system-bus-name", &subject, question->action,
			NULL, ALLOW_USER_INTERACTION, ""),
		G_VARIANT_TYPE("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE, ANSWER_TIMEOUT_MS, NULL,
		on_polkit, question);
}

static void on_user(GObject *bus, GAsyncResult *result, void *data)
{
	struct question *question = data;
	g_autoptr(GVariant) reply =
		g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, NULL);
	guint32 uid = G_MAXUINT32;

	if (reply)
		g_variant_get(reply, "(u)", &uid);
	if (uid == 0)
		finish(question, TRUE, NULL);
	else
		ask_polkit(question);
}

void oriel_authority_ask(GDBusConnection *bus, const char *sender, const char *action,
	gboolean trust_root, oriel_authority_answer answer, void *data)
{
	struct question *question = g_new0(struct question, 1);

	question->bus = g_object_ref(bus);
	question->sender = g_strdup(sender);
	question->action = g_strdup(action);
	question->answer = answer;
	question->data = data;
	if (!trust_root) {
		ask_polkit(question);
		return;
	}
	g_dbus_connection_call(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		"org.freedesktop.DBus", "GetConnectionUnixUser", g_variant_new("(s)", sender),
		G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_user, question);
}
