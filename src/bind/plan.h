/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What would have to be written so that a GPU is bound to vfio-pci when the computer starts. Making
 * a plan only reads. One thread; may block on the file system.
 */
#ifndef ORIEL_BIND_PLAN_H
#define ORIEL_BIND_PLAN_H

#include "host/gpu.h"
#include "host/machine.h"
#include "host/record.h"

/* One file, as it is and as it would be. */
struct oriel_bind_change {
	char *path;	/* below the host's root: "/etc/modprobe.d/oriel.conf" */
	GBytes *before; /* NULL: the file does not exist */
	GBytes *after;
	guint mode;	 /* of a file that does not exist yet */
	const char *why; /* a few words for the user; static */
};

struct oriel_bind_plan {
	const struct oriel_host *host;
	GPtrArray *changes;	  /* struct oriel_bind_change *, in the order of writing */
	GPtrArray *commands;	  /* char **: programs to run after writing, with arguments */
	GPtrArray *undo_commands; /* char **: likewise after taking back */
	GPtrArray *notes;	  /* char *: sentences for the user */
	GArray *devices;	  /* struct oriel_record_device: what is bound */
	GPtrArray *parameters;	  /* char *: the kernel's parameters */
	gboolean by_address;	  /* else by ids, which no other device has */
	gboolean is_builtin;	  /* vfio-pci is part of the kernel image */
	gboolean is_gated;	  /* bound only when the kernel was given ORIEL_BIND_GATE */
	enum oriel_machine_boot_loader loader;
	enum oriel_machine_initramfs initramfs;
};

/* A parameter that says "this start binds", where the boot loader cannot offer another one. */
#define ORIEL_BIND_GATE "oriel.bind=1"
/* What starts the computer without binding, whatever else is set. */
#define ORIEL_BIND_RESCUE_PARAMETER "module_blacklist=vfio_pci"
#define ORIEL_BIND_RESCUE_TITLE "Oriel rescue: start without handing over the GPU"

/* gpu and all functions of its slot; devices: of oriel_pci_list(). On failure NULL and error set
 * (by G_IO_ERROR): something needed could not be read, or this system cannot do it. */
struct oriel_bind_plan *oriel_bind_plan_create(const struct oriel_host *host,
	const GPtrArray *devices, const struct oriel_gpu *gpu, GError **error);
void oriel_bind_plan_free(struct oriel_bind_plan *plan);

/* ---- for the parts of a plan ---------------------------------------------------------------- */

/* The file as the plan leaves it so far: text ending with NUL, NULL where it does not exist. Free
 * with g_free(). */
char *oriel_bind_plan_read(const struct oriel_bind_plan *plan, const char *path);
/* Sets what the file would be; a file that is so already is no change. */
void oriel_bind_plan_write(
	struct oriel_bind_plan *plan, const char *path, const char *text, const char *why);
/* Likewise for bytes and for the mode of a new file. */
void oriel_bind_plan_write_bytes(
	struct oriel_bind_plan *plan, const char *path, GBytes *bytes, guint mode, const char *why);
/* words end with NULL. */
void oriel_bind_plan_run(struct oriel_bind_plan *plan, const char *const *words);
void oriel_bind_plan_run_on_undo(struct oriel_bind_plan *plan, const char *const *words);
void oriel_bind_plan_note(struct oriel_bind_plan *plan, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

#endif
