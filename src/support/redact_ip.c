/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/redact_ip.h"

#include <arpa/inet.h>
#include <string.h>

/* What inet_pton() takes at the most: eight groups, the last two as an IPv4 address. */
#define ADDRESS_BYTES_MAX 45

static gboolean is_part(char c)
{
	return g_ascii_isxdigit(c) || c == ':' || c == '.';
}

/* Versions and addresses look alike: what has four numbers is taken for an address. */
static gboolean is_meant_4(const char *text)
{
	struct in_addr address;
	guint32 bits;

	if (inet_pton(AF_INET, text, &address) != 1)
		return FALSE;
	bits = ntohl(address.s_addr);
	return bits && bits >> 24 != 127 && bits >> 16 != 0xffff;
}

static gboolean is_meant_6(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, text, &address) == 1 && !IN6_IS_ADDR_UNSPECIFIED(&address) &&
	       !IN6_IS_ADDR_LOOPBACK(&address);
}

/* Two colons or three dots: less is no address. */
static gboolean is_candidate(const char *text)
{
	guint colons = 0, dots = 0;

	for (; *text; text++) {
		colons += *text == ':';
		dots += *text == '.';
	}
	return colons > 1 || dots > 2;
}

/* Bytes of the longest address that begins here; 0: none does. */
static gsize match(const char *at, gsize run)
{
	char text[ADDRESS_BYTES_MAX + 1] = "";

	memcpy(text, at, run);
	/* A letter can be part of an IPv6 address, or of a word; behind an IPv4 one it is neither.
	 */
	for (; is_candidate(text); text[--run] = '\0') {
		gboolean is_inside = g_ascii_isalnum(text[run - 1]) && g_ascii_isalnum(at[run]);

		if (!is_inside && is_meant_6(text))
			return run;
		if (!g_ascii_isdigit(at[run]) && is_meant_4(text))
			return run;
	}
	return 0;
}

static gsize get_run(const char *at)
{
	gsize run = 0;

	while (run < ADDRESS_BYTES_MAX && is_part(at[run]))
		run++;
	return run;
}

/* Whether an address can begin here: in the middle of a word or number none does. */
static gboolean is_begin(char before, const char *at)
{
	if (g_ascii_isdigit(*at))
		return !g_ascii_isdigit(before);
	if (*at == ':')
		return at[1] == ':' && before != ':' && !g_ascii_isalnum(before);
	return g_ascii_isxdigit(*at) && !g_ascii_isalnum(before);
}

const char *oriel_redact_ip_find(const char *begin, const char *at, gsize *ret_length)
{
	for (; *at; at++) {
		gsize length;

		if (!is_begin(at > begin ? at[-1] : ' ', at))
			continue;
		length = match(at, get_run(at));
		if (!length)
			continue;
		*ret_length = length;
		return at;
	}
	return NULL;
}
