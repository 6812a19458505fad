/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/problem.h"

/* The last one is for whatever a later library may say. */
static const struct oriel_spice_problem problems[] = {
	{SPICE_CHANNEL_CLOSED, ORIEL_SPICE_CLOSED,
		"The SPICE server %s closed the connection; trying to get back", false},
	{SPICE_CHANNEL_ERROR_CONNECT, ORIEL_SPICE_CLOSED,
		"The SPICE server %s cannot be reached; is the VM running? Trying on", true},
	{SPICE_CHANNEL_ERROR_TLS, ORIEL_SPICE_REFUSED,
		"The SPICE server %s did not prove who it is: its certificate is not signed by a "
		"trusted authority, is out of date or is for another name; give the authority's "
		"certificate with --spice-ca",
		false},
	{SPICE_CHANNEL_ERROR_LINK, ORIEL_SPICE_CLOSED,
		"The server %s does not talk to this program as a SPICE server does; is the "
		"address right, and does it want TLS? Trying on",
		false},
	{SPICE_CHANNEL_ERROR_AUTH, ORIEL_SPICE_REFUSED,
		"The SPICE server %s did not accept the password; correct it and start again",
		false},
	{SPICE_CHANNEL_ERROR_IO, ORIEL_SPICE_CLOSED,
		"The connection to the SPICE server %s broke; trying to get back", false},
	{SPICE_CHANNEL_NONE, ORIEL_SPICE_CLOSED,
		"The connection to the SPICE server %s failed; trying on", true},
};

static const char no_password[] =
	"The SPICE server %s wants a password; give it with --password-file or --password-env";

const struct oriel_spice_problem *oriel_spice_problem_find(SpiceChannelEvent what)
{
	const struct oriel_spice_problem *problem = problems;

	while (problem->what != what && problem->what != SPICE_CHANNEL_NONE)
		problem++;
	return problem;
}

char *oriel_spice_problem_describe(const struct oriel_spice_problem *problem, const char *server,
	bool has_password, const GError *detail)
{
	bool lacks_password = problem->what == SPICE_CHANNEL_ERROR_AUTH && !has_password;
	g_auto(GStrv) parts = g_strsplit(lacks_password ? no_password : problem->words, "%s", 2);
	g_autofree char *sentence = g_strjoinv(server, parts);

	if (!problem->has_detail || !detail)
		return g_steal_pointer(&sentence);
	return g_strdup_printf("%s (%s)", sentence, detail->message);
}
