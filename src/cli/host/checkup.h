/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run of checks: what `oriel check` and `oriel troubleshoot` share. Gathers the facts, among them
 * the machines' definitions and the desktop's abilities, and prints the reports.
 *
 * Thread: main. May block on libvirt and the display server, for a moment each.
 */
#ifndef ORIEL_CLI_HOST_CHECKUP_H
#define ORIEL_CLI_HOST_CHECKUP_H

#include "cli/call.h"
#include "cli/json.h"
#include "host/check.h"

struct oriel_checkup {
	struct oriel_host *host;
	struct oriel_check_context *context;
	GPtrArray *domains;
	struct oriel_display *display;
	GPtrArray *reports; /* struct oriel_check_report * */
};

/* The options that both commands have; put them first. */
#define ORIEL_CHECKUP_OPTIONS                                                                      \
	{"gpu", ORIEL_OPTION_TEXT, "ADDRESS",                                                      \
		"PCI address of the GPU for the guest (default: the VM's, or the fittest)"},       \
		{"connect", ORIEL_OPTION_TEXT, "URI",                                              \
			"which libvirt has the machines (qemu:///system)"},                        \
		{"watch", ORIEL_OPTION_NUMBER, "SECONDS",                                          \
			"how long to watch for programs that open the GPU for moments", 1, 600},   \
	{                                                                                          \
		"json", ORIEL_OPTION_SWITCH, NULL,                                                 \
			"print one JSON object with the list \"checks\""                           \
	}

/* vm: the machine that is meant, or NULL. On failure the exit code, and error set; what was opened
 * is closed by oriel_checkup_close() all the same. */
int oriel_checkup_open(struct oriel_checkup *checkup, const struct oriel_call *call, const char *vm,
	GError **error);
void oriel_checkup_close(struct oriel_checkup *checkup);

/* Runs one check, which exists. Of a machine that is meant each remark on its definition becomes a
 * report of its own. */
void oriel_checkup_run(struct oriel_checkup *checkup, const char *id);
void oriel_checkup_run_all(struct oriel_checkup *checkup);

/* {"checks": [...]}; owned by the caller. */
JsonBuilder *oriel_checkup_get_json(const struct oriel_checkup *checkup);
/* JSON, or a line each; only_bad leaves out what passes. */
void oriel_checkup_print(
	const struct oriel_checkup *checkup, const struct oriel_call *call, gboolean only_bad);
/* 1 when something fails, with --strict 5 when something warns, else 0. */
int oriel_checkup_get_exit(const struct oriel_checkup *checkup, const struct oriel_call *call);

/* All machines that libvirt tells of, as facts for the checks, of the one named vm (NULL: none)
 * also what its guest says of its devices; NULL and error set where it does not (domains.c, or
 * domains_none.c in a build without libvirt). */
GPtrArray *oriel_checkup_list_domains(
	const struct oriel_call *call, const GPtrArray *devices, const char *vm, GError **error);
/* The user's display server; NULL: none answers. */
struct oriel_display *oriel_checkup_probe_display(void);
void oriel_checkup_free_display(struct oriel_display *display);

#endif
