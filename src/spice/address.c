/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/address.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/un.h>

#define PATH_MAX_BYTES (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static const struct {
	const char *scheme;
	enum oriel_spice_transport transport;
	bool has_default_port;
} schemes[] = {
	{"spice+unix", ORIEL_SPICE_UNIX, false},
	{"spice", ORIEL_SPICE_PLAIN, true},
	{"spice+tls", ORIEL_SPICE_TLS, false},
};

static bool fail(GError **error, const char *text, const char *why)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		"\"%s\" is no address of a SPICE server: %s; write the path of its socket, "
		"spice://HOST:PORT or spice+tls://HOST:PORT",
		text, why);
	return false;
}

static bool fill_path(
	struct oriel_spice_address *address, const char *text, const char *path, GError **error)
{
	if (strlen(path) > PATH_MAX_BYTES)
		return fail(error, text, "the path is longer than a socket's may be");
	address->transport = ORIEL_SPICE_UNIX;
	address->path = g_strdup(path);
	return true;
}

/* A password in it would stand in the process list: it is not even repeated. */
static bool refuse_secret(GError **error)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		"the address of the SPICE server carries more than host and port; give a password "
		"by a file or an environment variable, where other users cannot read it");
	return false;
}

static bool fill_host(struct oriel_spice_address *address, const char *text, GUri *uri,
	bool has_default_port, GError **error)
{
	const char *host = g_uri_get_host(uri);
	int port = g_uri_get_port(uri);

	if (!host || !*host)
		return fail(error, text, "it names no host");
	if (*g_uri_get_path(uri) && strcmp(g_uri_get_path(uri), "/"))
		return fail(error, text, "something follows the port");
	if (port < 0 && has_default_port)
		port = ORIEL_SPICE_PORT;
	if (port <= 0)
		return fail(error, text, "it names no port");
	address->host = g_strdup(host);
	address->port = (uint16_t)port;
	return true;
}

static bool fill(struct oriel_spice_address *address, const char *text, GError **error)
{
	g_autoptr(GUri) uri = NULL;

	if (*text == '/')
		return fill_path(address, text, text, error);
	uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
	if (!uri)
		return strchr(text, '@') || strchr(text, '?') ? refuse_secret(error)
							      : fail(error, text, "it is no URI");
	if (g_uri_get_userinfo(uri) || g_uri_get_query(uri) || g_uri_get_fragment(uri))
		return refuse_secret(error);
	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
		if (strcmp(schemes[i].scheme, g_uri_get_scheme(uri)))
			continue;
		if (schemes[i].transport == ORIEL_SPICE_UNIX)
			return *g_uri_get_path(uri) == '/' &&
					       (!g_uri_get_host(uri) || !*g_uri_get_host(uri))
				       ? fill_path(address, text, g_uri_get_path(uri), error)
				       : fail(error, text, "the path has to begin with /");
		address->transport = schemes[i].transport;
		return fill_host(address, text, uri, schemes[i].has_default_port, error);
	}
	return fail(error, text, "its first word is not known");
}

static bool is_loopback(const char *host)
{
	g_autoptr(GInetAddress) number = g_inet_address_new_from_string(host);

	return number ? g_inet_address_get_is_loopback(number)
		      : !g_ascii_strcasecmp(host, "localhost");
}

static bool check_plain(const struct oriel_spice_address *address, bool allow_plain, GError **error)
{
	if (address->transport != ORIEL_SPICE_PLAIN || allow_plain || is_loopback(address->host))
		return true;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
		"will not talk to %s in plain text: everyone on the way could read keys, password "
		"and picture; use spice+tls://, an SSH tunnel, or --insecure if you trust the "
		"network",
		address->host);
	return false;
}

bool oriel_spice_address_parse(
	struct oriel_spice_address *ret_address, const char *text, bool allow_plain, GError **error)
{
	struct oriel_spice_address address = {0};

	if (!fill(&address, text, error) || !check_plain(&address, allow_plain, error)) {
		oriel_spice_address_finish(&address);
		return false;
	}
	address.text = g_strdup(text);
	*ret_address = address;
	return true;
}

void oriel_spice_address_finish(struct oriel_spice_address *address)
{
	g_clear_pointer(&address->path, g_free);
	g_clear_pointer(&address->host, g_free);
	g_clear_pointer(&address->text, g_free);
}
