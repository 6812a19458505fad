/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The check of what a running guest says of itself. */
#include "host/check_private.h"

#include <string.h>

/* ---- its devices ---------------------------------------------------------------------------- */

/* What Windows' Device Manager reports against a device. */
static const struct {
	guint code;
	const char *meaning, *remedy;
} problems[] = {
	{10, "cannot be started", "Install its newest driver in the guest, then restart the guest"},
	{12, "found no room for its memory",
		"Turn off Resizable BAR for the card in the firmware's setup, or give the guest's "
		"firmware more room; see 'oriel check gpu.bar'"},
	{14, "waits for a restart of the guest", "Restart the guest"},
	{22, "is disabled", "Enable it in the guest's Device Manager"},
	{28, "has no driver",
		"Install its driver in the guest (virtio-win's guest tools have those "
		"of virtio and IVSHMEM)"},
	{31, "has a driver that does not work", "Install its newest driver in the guest"},
	{39, "has a driver that is missing or damaged", "Install its driver in the guest anew"},
	{43, "was stopped by its driver (code 43)",
		"In this order: install the newest driver (NVIDIA: 465 or later), shut the guest "
		"down and start the host anew, look at 'oriel check gpu.reset' and 'oriel check "
		"gpu.rom'; in a laptop the driver may want the card's ROM as a file"},
	{45, "is no longer there", "Start the machine anew"},
	{52, "has a driver whose signature Windows refuses",
		"Install a signed driver in the guest"},
};

static gboolean is_display(const struct oriel_domain_guest_device *device)
{
	return !g_ascii_strcasecmp(device->class_name, "Display");
}

/* The shared memory's own device: without a driver no picture comes through it. */
static gboolean is_relay(const struct oriel_domain_guest_device *device)
{
	return strstr(device->id, "VEN_1AF4&DEV_1110") != NULL;
}

static void report_device(const struct oriel_domain *domain,
	const struct oriel_domain_guest_device *device, struct oriel_check_report *report)
{
	gboolean is_serious = is_display(device) || (is_relay(device) && domain->relays->len);
	const char *meaning = "has a problem";
	const char *remedy = "Look at it in the guest's Device Manager";
	g_autofree char *text = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(problems); i++)
		if (problems[i].code == device->problem) {
			meaning = problems[i].meaning;
			remedy = problems[i].remedy;
		}
	text = g_strdup_printf("in the guest '%s' %s", device->name, meaning);
	oriel_check_fill(report, is_serious ? ORIEL_CHECK_FAIL : ORIEL_CHECK_WARN, text, remedy,
		"'%s' %s: problem code %u", domain->name, device->id, device->problem);
}

/* The worst: of the graphics, then of the shared memory, then any. */
static guint get_weight(const struct oriel_domain_guest_device *device)
{
	return !device->problem ? 0 : is_display(device) ? 3 : is_relay(device) ? 2 : 1;
}

/* FALSE: there is nothing to report against them. */
static gboolean report_devices(const struct oriel_domain *domain, struct oriel_check_report *report)
{
	const struct oriel_domain_guest_device *worst = NULL;

	for (guint i = 0; domain->guest_devices && i < domain->guest_devices->len; i++) {
		const struct oriel_domain_guest_device *device =
			g_ptr_array_index(domain->guest_devices, i);

		if (get_weight(device) > (worst ? get_weight(worst) : 0))
			worst = device;
	}
	if (worst)
		report_device(domain, worst, report);
	return worst != NULL;
}

/* ---- the program in the guest --------------------------------------------------------------- */

static const struct {
	enum oriel_check_result result;
	const char *evidence, *meaning, *remedy;
} agents[] = {
	[ORIEL_DOMAIN_AGENT_NO_CHANNEL] = {ORIEL_CHECK_WARN,
		"has no channel org.qemu.guest_agent.0",
		"the guest cannot be asked to shut down cleanly, nor what is wrong in it",
		"Add <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/>"
		"</channel> ('virsh edit VM'), and install the QEMU guest agent in the guest"},
	[ORIEL_DOMAIN_AGENT_OFF] = {ORIEL_CHECK_UNKNOWN, "does not run",
		"a guest that does not run cannot be asked", "oriel vm start VM"},
	[ORIEL_DOMAIN_AGENT_SILENT] = {ORIEL_CHECK_WARN, "guest-ping: no answer",
		"the QEMU guest agent is not installed in the guest, or the guest hangs or still "
		"starts",
		"Install it in the guest (virtio-win's guest tools, or the package "
		"qemu-guest-agent)"},
	[ORIEL_DOMAIN_AGENT_NOBODY] = {ORIEL_CHECK_WARN, "guest-get-users: nobody",
		"nobody is logged on in the guest: there is no desktop to capture",
		"Log on in the guest, once by SPICE: 'oriel view VM --spice'"},
	[ORIEL_DOMAIN_AGENT_READY] = {ORIEL_CHECK_PASS, "guest-ping, guest-get-users: answered",
		"the guest's agent answers and somebody is logged on", NULL},
};

/* A running machine says most; where none is meant and several run, the least healthy one. */
static const struct oriel_domain *choose_guest(const struct oriel_check_context *context)
{
	const struct oriel_domain *chosen = context->domain;

	for (guint i = 0; i < context->domains->len && !context->domain; i++) {
		const struct oriel_domain *domain = g_ptr_array_index(context->domains, i);

		if (!chosen || (domain->running && !chosen->running) ||
			(domain->running && domain->agent < chosen->agent))
			chosen = domain;
	}
	return chosen;
}

void oriel_check_guest_agent(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_domain *domain;

	if (!oriel_check_has_domains(context, report))
		return;
	domain = choose_guest(context);
	if (!domain) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "there is no virtual machine to ask",
			"oriel vm create", "libvirt: no definitions");
		return;
	}
	if (report_devices(domain, report))
		return;
	if (domain->guest_devices && domain->agent == ORIEL_DOMAIN_AGENT_READY) {
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"the guest's agent answers, somebody is logged on, and the guest has no "
			"problem with its graphics and virtio devices",
			NULL, "'%s' guest-get-users: answered; %u devices without a problem code",
			domain->name, domain->guest_devices->len);
		return;
	}
	oriel_check_fill(report, agents[domain->agent].result, agents[domain->agent].meaning,
		agents[domain->agent].remedy, "'%s' %s", domain->name,
		agents[domain->agent].evidence);
}
