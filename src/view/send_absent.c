/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a build without SPICE. */
#include <stddef.h>

#include "view/send.h"

int oriel_send_create(struct oriel_send **ret_send, const struct oriel_send_setup *setup,
	struct oriel_error *error)
{
	*ret_send = NULL;
	return 0;
}

void oriel_send_destroy(struct oriel_send *send)
{
}

void oriel_send_attach(struct oriel_send *send, struct oriel_spice_session *session)
{
}

void oriel_send_copied(struct oriel_send *send)
{
}

void oriel_send_cancel(struct oriel_send *send)
{
}

static void refuse(struct oriel_control_call *call)
{
	oriel_control_call_refuse(
		call, "files go over SPICE, and this oriel-view was built without it");
}

void oriel_send_answer_start(
	struct oriel_send *send, struct oriel_control_call *call, const char *path)
{
	refuse(call);
}

void oriel_send_answer_status(struct oriel_send *send, struct oriel_control_call *call)
{
	refuse(call);
}

void oriel_send_answer_cancel(struct oriel_send *send, struct oriel_control_call *call)
{
	refuse(call);
}
