/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The USB devices of this machine. Thread: any. Reads files below the host's root. */
#ifndef ORIEL_HOST_USB_H
#define ORIEL_HOST_USB_H

#include "host/host.h"

struct oriel_usb_device {
	char *port; /* where it is plugged in, as "3-1.2": the same until it is unplugged */
	guint bus, number;
	guint vendor, product;
	char *name; /* "Logitech USB Receiver", as the device says; "" where it says nothing */
	const char *kind; /* "keyboard or mouse", "storage", ...; static */
	guint speed_mbps; /* 0: unknown */
};

/* All but hubs, by bus and number (struct oriel_usb_device *). Owned by the caller. */
GPtrArray *oriel_usb_list(const struct oriel_host *host);

#endif
