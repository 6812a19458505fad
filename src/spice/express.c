/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/express.h"

#include <gio/gio.h>
#include <spice/enums.h>
#include <spice/protocol.h>
#include <sys/socket.h>

#include "base/log.h"

/* Counted: flushes that are under way hold it as well. */
struct oriel_spice_express {
	SpiceChannel *channel; /* NULL: gone */
	GSocket *socket;       /* NULL: not open, or not of a kind for this */
	bool is_tls;
	unsigned int flushes; /* under way: the library still has what it was given */
};

/* What goes over the wire, SPICE's short header in front. */
struct key_message {
	uint16_t type;
	uint32_t size;
	uint32_t code;
} __attribute__((packed));

G_STATIC_ASSERT(sizeof(struct key_message) == 10);

static void on_open_fd(SpiceChannel *channel, int with_tls, gpointer data)
{
	((struct oriel_spice_express *)data)->is_tls = with_tls;
}

struct oriel_spice_express *oriel_spice_express_create(SpiceInputsChannel *channel)
{
	struct oriel_spice_express *express = g_rc_box_new0(struct oriel_spice_express);

	express->channel = SPICE_CHANNEL(channel);
	g_signal_connect(channel, "open-fd", G_CALLBACK(on_open_fd), express);
	return express;
}

void oriel_spice_express_destroy(struct oriel_spice_express *express)
{
	if (!express)
		return;
	g_signal_handlers_disconnect_by_data(express->channel, express);
	express->channel = NULL;
	g_clear_object(&express->socket);
	g_rc_box_release(express);
}

static bool is_suited(const struct oriel_spice_express *express, GSocket *socket)
{
	return socket && g_socket_get_family(socket) == G_SOCKET_FAMILY_UNIX && !express->is_tls &&
	       spice_channel_test_common_capability(
		       express->channel, SPICE_COMMON_CAP_MINI_HEADER) &&
	       !spice_channel_test_common_capability(express->channel, SPICE_COMMON_CAP_AUTH_SASL);
}

void oriel_spice_express_open(struct oriel_spice_express *express)
{
	g_autoptr(GSocket) socket = NULL;

	if (express->socket)
		return;
	g_object_get(express->channel, "socket", &socket, NULL);
	if (!is_suited(express, socket))
		return;
	express->socket = g_steal_pointer(&socket);
	oriel_log(ORIEL_LOG_DEBUG, "keys go straight onto the SPICE socket");
}

static void on_flushed(GObject *channel, GAsyncResult *result, gpointer data)
{
	struct oriel_spice_express *express = data;

	/* Where it failed, the library has dropped what it had. */
	spice_channel_flush_finish(SPICE_CHANNEL(channel), result, NULL);
	express->flushes--;
	g_rc_box_release(express);
}

/* One flush for each message: asked later, while the library waits for the socket with the last one
 * in its hands, it would say that it has none. */
void oriel_spice_express_note(struct oriel_spice_express *express)
{
	express->flushes++;
	spice_channel_flush_async(express->channel, NULL, on_flushed, g_rc_box_acquire(express));
}

bool oriel_spice_express_key(struct oriel_spice_express *express, uint32_t code, bool pressed)
{
	bool is_extended = code >= 0x100;
	uint32_t first = is_extended ? 0xe0 : code | (pressed ? 0 : 0x80);
	uint32_t second = is_extended ? (code & 0xff) | (pressed ? 0 : 0x80) : 0;
	const struct key_message message = {
		GUINT16_TO_LE(pressed ? SPICE_MSGC_INPUTS_KEY_DOWN : SPICE_MSGC_INPUTS_KEY_UP),
		GUINT32_TO_LE(sizeof message.code),
		GUINT32_TO_LE(first | second << 8),
	};

	if (!express->socket || express->flushes || g_socket_is_closed(express->socket))
		return false;
	/* syscalls: sendto */
	return send(g_socket_get_fd(express->socket), &message, sizeof message,
		       MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof message;
}
