/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The check that the host keeps a keyboard and a mouse. */
#include "host/check_private.h"

#include <stdlib.h>
#include <string.h>

#define INPUT "/sys/class/input"

enum { KEYBOARD = 1, MOUSE = 2 };

/* Bit of a mask as sysfs prints it: words of the machine's word length in hexadecimal, the highest
 * first. Only bits of a single word are asked for, counted from the end. */
static gboolean has_bit(const char *mask, guint bit)
{
	enum { WORD_BITS = sizeof(unsigned long) * 8 };
	g_auto(GStrv) words = g_strsplit(mask, " ", -1);
	guint count = g_strv_length(words);
	guint index = bit / WORD_BITS;

	return index < count &&
	       (g_ascii_strtoull(words[count - 1 - index], NULL, 16) >> bit % WORD_BITS & 1);
}

static gboolean has_capability(
	const struct oriel_host *host, const char *input, const char *kind, guint bit)
{
	g_autofree char *mask =
		oriel_host_read(host, INPUT "/%s/device/capabilities/%s", input, kind);

	return mask && has_bit(mask, bit);
}

/* By linux/input-event-codes.h: a keyboard has letters, a mouse moves and has a left button. */
static guint get_kinds(const struct oriel_host *host, const char *input)
{
	enum { KEY_A_BIT = 30, KEY_Z_BIT = 44, BTN_LEFT_BIT = 0x110, REL_X_BIT = 0 };
	guint kinds = 0;

	if (has_capability(host, input, "key", KEY_A_BIT) &&
		has_capability(host, input, "key", KEY_Z_BIT))
		kinds |= KEYBOARD;
	if (has_capability(host, input, "key", BTN_LEFT_BIT) &&
		has_capability(host, input, "rel", REL_X_BIT))
		kinds |= MOUSE;
	return kinds;
}

static gboolean goes_with_pci(const char *place, const struct oriel_pci_address *address)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	g_autofree char *part = g_strdup_printf("/%s/", oriel_pci_address_format(address, name));

	return strstr(place, part) != NULL;
}

/* Four hexadecimal digits without 0x; 0 unknown. */
static guint read_id(const struct oriel_host *host, const char *input, const char *name)
{
	g_autofree char *text = oriel_host_read(host, INPUT "/%s/device/id/%s", input, name);

	return text ? (guint)g_ascii_strtoull(text, NULL, 16) : 0;
}

static gboolean goes_with_usb(
	const struct oriel_host *host, const char *input, const struct oriel_domain_usb *usb)
{
	enum { BUS_USB_ID = 3 };

	return read_id(host, input, "bustype") == BUS_USB_ID &&
	       read_id(host, input, "vendor") == usb->vendor &&
	       read_id(host, input, "product") == usb->product;
}

static gboolean goes_with_domain(const struct oriel_host *host, const char *input,
	const char *place, const struct oriel_domain *domain)
{
	for (guint i = 0; i < domain->pci->len; i++)
		if (goes_with_pci(
			    place, &g_array_index(domain->pci, struct oriel_domain_pci, i).address))
			return TRUE;
	for (guint i = 0; i < domain->usb->len; i++)
		if (goes_with_usb(
			    host, input, &g_array_index(domain->usb, struct oriel_domain_usb, i)))
			return TRUE;
	return FALSE;
}

/* Whether the guest's card, or a machine that is meant, would take that input device along. */
static gboolean is_given_away(const struct oriel_check_context *context, const char *input)
{
	g_autofree char *path = oriel_host_get_path(context->host, INPUT "/%s/device", input);
	char *place = realpath(path, NULL);
	gboolean given = FALSE;

	if (!place)
		return FALSE;
	for (guint i = 0; context->gpu && i < context->gpu->functions->len && !given; i++) {
		const struct oriel_pci_device *function =
			g_ptr_array_index(context->gpu->functions, i);

		given = goes_with_pci(place, &function->address);
	}
	for (guint i = 0; context->domains && i < context->domains->len && !given; i++) {
		const struct oriel_domain *domain = g_ptr_array_index(context->domains, i);

		given = oriel_check_is_meant(context, domain) &&
			goes_with_domain(context->host, input, place, domain);
	}
	free(place);
	return given;
}

void oriel_check_usb_lastinput(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_auto(GStrv) names = oriel_host_list(context->host, INPUT);
	guint all = 0, kept = 0;

	for (char **name = names; *name; name++) {
		guint kinds =
			g_str_has_prefix(*name, "event") ? get_kinds(context->host, *name) : 0;

		all |= kinds;
		if (kinds && !is_given_away(context, *name))
			kept |= kinds;
	}
	if (!all)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "no keyboard and no mouse was seen",
			NULL, INPUT "/event*: none with letters, none that moves");
	else if (kept != all)
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the guest would take the last one along: the host could no longer be used",
			"Plug it into another port, or pass another device or controller",
			INPUT ": no %s would be left",
			kept & KEYBOARD ? "mouse"
			: kept		? "keyboard"
					: "keyboard and no mouse");
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"the host keeps what you type and point with", NULL, INPUT ": %s%s%s",
			kept & KEYBOARD ? "keyboard" : "",
			kept == (KEYBOARD | MOUSE) ? " and " : "", kept & MOUSE ? "mouse" : "");
}
