/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One session with a VM's SPICE server: connects, says in words how things stand, and finds its way
 * back when the server went away.
 *
 * Thread: the one that runs GLib's default main context; nothing blocks, except a listener or an
 * opener that does. Parts that use a channel (keys, sound, display) are listeners: they are told of
 * each channel before it is connected, and before it goes.
 */
#ifndef ORIEL_SPICE_SESSION_H
#define ORIEL_SPICE_SESSION_H

#include <spice-client.h>
#include <stdbool.h>

#include "spice/link.h"

/* What a listener wants of a channel that the server offers. */
enum oriel_spice_need {
	ORIEL_SPICE_UNWANTED, /* it is not connected if nobody wants it */
	ORIEL_SPICE_WANTED,   /* without it the session is degraded */
	ORIEL_SPICE_NEEDED,   /* without it the session is made anew */
};

/* Every member may be NULL. Listeners must not destroy the session from within. */
struct oriel_spice_listener {
	/* oriel_spice_session_get_state() or get_reason() has changed. */
	void (*state_changed)(void *data);
	/* The server offers channel, the main one included; it is connected afterwards. Signals may
	 * be bound to it until channel_removed. */
	enum oriel_spice_need (*channel_added)(void *data, SpiceChannel *channel);
	void (*channel_removed)(void *data, SpiceChannel *channel);
};

struct oriel_spice_setup {
	const char *address;  /* see spice/address.h; NULL with open_fd */
	const char *password; /* NULL: none */
	const char *ca_file;  /* whose signature a TLS server needs; NULL: the system's */
	const char *share;    /* a folder that the guest may read and change; NULL: none */
	bool allow_plain;     /* plain text over the network as well */
	/* Makes one more connected descriptor, one for each channel, as libvirt does; the session
	 * owns it from then on. Must answer at once. -1 and error set when it cannot. */
	int (*open_fd)(void *data, GError **error);
	void *open_data;
	const char *name; /* of the server, for messages; NULL: the address */
};

struct oriel_spice_session;

/* Strings are copied. NULL and error set when the address is wrong or refused. */
struct oriel_spice_session *oriel_spice_session_create(
	const struct oriel_spice_setup *setup, GError **error);
/* Removes the channels from their listeners first. NULL is fine. */
void oriel_spice_session_destroy(struct oriel_spice_session *session);

/* Before start. listener and data are borrowed until remove_listener() or destroy. */
void oriel_spice_session_add_listener(struct oriel_spice_session *session,
	const struct oriel_spice_listener *listener, void *data);
/* Its channels are removed from it first. Harmless when it is not there. */
void oriel_spice_session_remove_listener(struct oriel_spice_session *session, void *data);

/* Begins to connect; also after a refusal. Without effect while there is a connection. */
void oriel_spice_session_start(struct oriel_spice_session *session);

enum oriel_spice_state oriel_spice_session_get_state(const struct oriel_spice_session *session);
/* One sentence: how things stand and what to do about it. Valid until the state changes. */
const char *oriel_spice_session_get_reason(const struct oriel_spice_session *session);

#endif
