/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The checks: will this machine do it, what must change, what is wrong right now. Each looks at
 * files below the host's root and says what it saw, what that means and what to do; "unknown" when
 * it could not see, never "pass" by default. Nothing is ever written.
 *
 * One thread. A context reads the facts once; all checks take well under a second on a desktop.
 */
#ifndef ORIEL_HOST_CHECK_H
#define ORIEL_HOST_CHECK_H

#include "host/display.h"
#include "host/domain.h"
#include "host/gpu.h"
#include "host/iommu.h"

enum oriel_check_result {
	ORIEL_CHECK_PASS,
	ORIEL_CHECK_WARN,
	ORIEL_CHECK_FAIL,
	ORIEL_CHECK_UNKNOWN,
};

struct oriel_check_report {
	const char *id;
	enum oriel_check_result result;
	char *evidence; /* the paths and values that were looked at */
	char *meaning;	/* what follows for the user */
	char *remedy;	/* a command or an exact thing to do; NULL when nothing is to be done
			 */
};

/* What all checks of one run share. Made by oriel_check_context_create(). */
struct oriel_check_context {
	const struct oriel_host *host;
	GPtrArray *devices;
	GPtrArray *gpus;
	struct oriel_iommu *iommu;
	const struct oriel_gpu *gpu; /* the one meant for the guest; NULL: this machine has none */
	guint64 guest_memory_bytes;  /* planned; 0: 8 GiB are assumed */
	guint64 guest_disk_bytes;    /* planned; 0: 64 GiB are assumed */
	/* Set by who can ask; not owned. */
	const GPtrArray *domains;	     /* struct oriel_domain *; NULL: could not be asked */
	const struct oriel_domain *domain;   /* the one that is meant; NULL: all of them */
	const struct oriel_display *display; /* NULL: no session to ask */
	guint64 watch_ns;		     /* how long pollers are watched for; 0: not at all */
};

struct oriel_check {
	const char *id;	     /* "iommu.kernel": stable, for scripts and --explain */
	const char *title;   /* what it looks at, a few words */
	const char *explain; /* why it matters and how it is measured, for --explain */
	void (*run)(const struct oriel_check_context *context, struct oriel_check_report *report);
};

/* All checks in the order in which they are run: cheapest hard stops first. */
const struct oriel_check *oriel_check_list(guint *ret_count);
/* NULL when there is none of that name. */
const struct oriel_check *oriel_check_find(const char *id);

/* gpu: address of the one meant for the guest, NULL for the fittest; an address that is no display
 * device is an error. The host must outlive the context. */
struct oriel_check_context *oriel_check_context_create(
	const struct oriel_host *host, const struct oriel_pci_address *gpu, GError **error);
void oriel_check_context_free(struct oriel_check_context *context);

/* Runs one check; free the report with oriel_check_report_free(). */
struct oriel_check_report *oriel_check_run(
	const struct oriel_check *check, const struct oriel_check_context *context);
void oriel_check_report_free(struct oriel_check_report *report);

/* "pass", "warn", "fail", "unknown"; static. */
const char *oriel_check_result_get_name(enum oriel_check_result result);

#endif
