/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * USB devices of this computer, lent to the guest over SPICE: which there are, which the guest has,
 * and taking them back. The VM needs free USB redirection channels (usb-redir).
 *
 * Thread: the session's. Nothing blocks, except the library's first look at the devices.
 */
#ifndef ORIEL_SPICE_USB_H
#define ORIEL_SPICE_USB_H

#include "spice/session.h"

struct oriel_spice_usb;

struct oriel_spice_usb_setup {
	/* Devices to lend by themselves, in the words of usbredir's filters: rules with | between,
	 * CLASS,VENDOR,PRODUCT,VERSION,ALLOW each, -1 for any. NULL: none. Borrowed. */
	const char *automatic;
	const char
		*cd; /* an image that the guest gets as a CD in a USB drive; NULL: none. Borrowed */
	/* Something happened to a device: one sentence. */
	void (*remark)(void *data, const char *text);
	void *data;
};

struct oriel_spice_usb_device {
	const char *id;	  /* for attach and detach */
	const char *name; /* for people */
	bool is_attached;
	const char *reason; /* why it cannot be lent now; NULL: it can */
};

/* Before oriel_spice_session_start(). session is borrowed and has to live longer. */
struct oriel_spice_usb *oriel_spice_usb_create(
	struct oriel_spice_session *session, const struct oriel_spice_usb_setup *setup);
/* What waits is answered. NULL is fine. */
void oriel_spice_usb_destroy(struct oriel_spice_usb *usb);

/* One call for each device; what it gets is valid during the call. */
void oriel_spice_usb_list(struct oriel_spice_usb *usb,
	void (*each)(void *data, const struct oriel_spice_usb_device *device), void *data);

/* problem: one sentence; NULL: it is done. */
typedef void (*oriel_spice_usb_done)(void *data, const char *problem);
/* Lends a device to the guest, or takes it back. done may be called before this returns. */
void oriel_spice_usb_attach(
	struct oriel_spice_usb *usb, const char *id, oriel_spice_usb_done done, void *data);
void oriel_spice_usb_detach(
	struct oriel_spice_usb *usb, const char *id, oriel_spice_usb_done done, void *data);

#endif
