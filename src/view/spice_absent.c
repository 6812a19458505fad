/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "view/spice.h"

int oriel_view_spice_open(struct oriel_view_spice **ret_spice,
	const struct oriel_view_spice_setup *setup, struct oriel_error *error)
{
	return oriel_error_set(error, -ENOTSUP,
		"this oriel-view was built without SPICE; build it with "
		"libspice-client-glib-2.0-dev "
		"installed, or leave out --spice");
}

void oriel_view_spice_close(struct oriel_view_spice *spice)
{
}

void oriel_view_spice_set_window(
	struct oriel_view_spice *spice, uint32_t width_px, uint32_t height_px)
{
}

static void refuse(struct oriel_control_call *call)
{
	oriel_control_call_refuse(call, "this oriel-view was built without SPICE");
}

void oriel_view_spice_list_usb(struct oriel_view_spice *spice, struct oriel_control_call *call)
{
	refuse(call);
}

void oriel_view_spice_attach_usb(
	struct oriel_view_spice *spice, struct oriel_control_call *call, const char *id)
{
	refuse(call);
}

void oriel_view_spice_detach_usb(
	struct oriel_view_spice *spice, struct oriel_control_call *call, const char *id)
{
	refuse(call);
}
