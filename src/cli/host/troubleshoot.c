/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel troubleshoot: from what one sees to what is wrong. */
#include "base/suggest.h"
#include "cli/call.h"
#include "cli/host/checkup.h"
#include "cli/json.h"
#include "cli/table.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

struct symptom {
	const char *name, *title;
	const char *checks[12];
	const char *advice; /* what no check can see */
};

static const struct symptom symptoms[] = {
	{"black-screen", "the viewer's window, or the guest's monitor, stays black",
		{"gpu.monitor", "gpu.bootvga", "gpu.rom", "gpu.reset", "gpu.power", "fb.conflict",
			"bind.driver", "lg.version", "shm.file", "dom.lint", "guest.agent",
			"postmortem"},
		"A card without a monitor draws nothing on some systems: plug one in, or a dummy "
		"plug.\n"
		"'oriel view VM --spice' shows the start-up picture, which does not need the "
		"card.\n"
		"After Ctrl+Alt+Del of Windows or its lock screen, log on once by SPICE."},
	{"no-input", "the guest does not react to keyboard or mouse",
		{"display.caps", "usb.lastinput", "dom.lint", "libvirt.conn", "qemu.version"},
		"Click into the window and press the capture key (Scroll Lock) once; hold it for "
		"help.\n"
		"'oriel view VM --send status' says whether the SPICE session is connected."},
	{"no-guest-program", "the viewer waits for the guest's program",
		{"shm.file", "lg.version", "kvmfr.node", "lsm.kvmfr", "cgroup.acl", "dom.lint",
			"guest.agent"},
		"In the guest, the capture program must be installed and running: oriel-guest, or "
		"the stock one of version B7.\n"
		"In Windows, Device Manager must show the IVSHMEM device with its driver."},
	{"mouse-stuck", "the mouse is caught in the window, or jumps", {"display.caps", "dom.lint"},
		"Ctrl+Alt+Shift+Esc, or Scroll Lock held for two seconds, always lets go.\n"
		"A pointer that jumps while captured: take a tablet device out of the machine, or "
		"do not capture."},
	{"spice-refused", "the SPICE connection is refused",
		{"libvirt.conn", "qemu.version", "dom.lint", "guest.agent"},
		"'oriel vm info VM' must say that it runs and has SPICE.\n"
		"A wrong password and a certificate of another host are said in the window and in "
		"the viewer's log."},
	{"gpu-not-back", "the GPU does not come back to the host",
		{"bind.driver", "bind.persist", "gpu.reset", "gpu.power", "holders", "pollers",
			"session.pin", "conflicts", "postmortem", "drift"},
		"'oriel gpu release ADDRESS' does what is left to do and says at which step it "
		"stops.\n"
		"A card that cannot be reset comes back only after a reboot."},
};

static void list_symptoms_json(void)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (guint i = 0; i < G_N_ELEMENTS(symptoms); i++) {
		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "symptom", symptoms[i].name);
		oriel_json_add_text(builder, "title", symptoms[i].title);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	oriel_json_print(builder);
}

static void list_symptoms(const struct oriel_call *call)
{
	if (oriel_call_has(call, "json")) {
		list_symptoms_json();
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(symptoms); i++)
		printf("%-18s %s\n", symptoms[i].name, symptoms[i].title);
}

static const struct symptom *find_symptom(const char *name, GError **error)
{
	const char *names[G_N_ELEMENTS(symptoms) + 1] = {NULL};
	const char *near;

	for (guint i = 0; i < G_N_ELEMENTS(symptoms); i++) {
		if (!strcmp(symptoms[i].name, name))
			return &symptoms[i];
		names[i] = symptoms[i].name;
	}
	near = oriel_suggest_nearest(name, names);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"there is no symptom '%s'%s%s%s; 'oriel troubleshoot' lists them", name,
		near ? ": did you mean '" : "", near ? near : "", near ? "'" : "");
	return NULL;
}

static void run_symptom(
	const struct symptom *symptom, const struct oriel_call *call, struct oriel_checkup *checkup)
{
	for (guint i = 0; i < G_N_ELEMENTS(symptom->checks) && symptom->checks[i]; i++)
		oriel_checkup_run(checkup, symptom->checks[i]);
	oriel_checkup_print(checkup, call, TRUE);
	if (!oriel_call_has(call, "json"))
		printf("\nWhat no check can see:\n%s\n", symptom->advice);
}

static int run_troubleshoot(const struct oriel_call *call, GError **error)
{
	const char *name = oriel_call_get_operand(call, 0);
	const struct symptom *symptom;
	struct oriel_checkup checkup;
	int code;

	if (!name) {
		list_symptoms(call);
		return ORIEL_EXIT_OK;
	}
	symptom = find_symptom(name, error);
	if (!symptom)
		return ORIEL_EXIT_NOT_FOUND;
	code = oriel_checkup_open(&checkup, call, oriel_call_get_operand(call, 1), error);
	if (!code) {
		run_symptom(symptom, call, &checkup);
		code = oriel_checkup_get_exit(&checkup, call);
	}
	oriel_checkup_close(&checkup);
	return code;
}

static const struct oriel_option options[] = {
	ORIEL_CHECKUP_OPTIONS,
	{"root", ORIEL_OPTION_TEXT, "DIR", "look at the system below DIR (default: /)"},
	{.name = NULL},
};

const struct oriel_command oriel_table_troubleshoot = {
	.name = "troubleshoot",
	.summary = "From what you see to what is wrong.",
	.details = "Without a symptom: lists the known ones. With one: runs the checks that can\n"
		   "explain it, shows those that do not pass, and says what no check can see.\n"
		   "Looks only, and changes nothing. Ends with 1 when a check fails.",
	.operands = "[SYMPTOM [VM]]",
	.operands_max = 2,
	.options = options,
	.run = run_troubleshoot,
};
