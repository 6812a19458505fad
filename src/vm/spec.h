/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the user wants of a machine: settings by name and text, checked one by one. A setting that
 * was not given leaves the template (create) or the definition (edit) as it is.
 *
 * Thread: any, one object one thread. Never blocks.
 */
#ifndef ORIEL_VM_SPEC_H
#define ORIEL_VM_SPEC_H

#include "vm/check.h"

#include <glib.h>
#include <stdbool.h>

enum oriel_vm_choice { ORIEL_VM_UNSET, ORIEL_VM_NO, ORIEL_VM_YES };

enum oriel_vm_relay {
	ORIEL_VM_RELAY_UNSET,
	ORIEL_VM_RELAY_NONE,
	ORIEL_VM_RELAY_PLAIN,	 /* a file below /dev/shm: every tool knows it */
	ORIEL_VM_RELAY_DOORBELL, /* memory handed out by our own server, no file at all */
	ORIEL_VM_RELAY_KVMFR,	 /* /dev/kvmfr0 */
};

struct oriel_vm_usb {
	bool by_place; /* bus and device numbers, else vendor and product ids */
	guint first, second;
};

struct oriel_vm_spec {
	char *name, *os, *title, *profile;
	char *virtualization; /* "kvm", "qemu" */
	char *firmware;	      /* "efi", "bios" */
	guint64 memory_bytes;
	guint cpus, threads;
	enum oriel_vm_choice secure_boot, tpm, pin, hugepages, hdr;
	bool tune_given;
	guint tune;	   /* bits 1 << enum oriel_tuning (host/tunings.h); 0: none */
	char *disk_file;   /* full path */
	char *disk_format; /* "qcow2", "raw" */
	guint64 disk_bytes;
	bool disk_none;
	char *iso, *virtio_iso; /* full path, or "none" */
	char *network;		/* "none", "user", "network=NAME", "bridge=NAME" */
	char *sound;		/* "spice", "none" */
	char *display;		/* "socket", "local", "none" */
	char *video;		/* "vga", "qxl", "virtio", "bochs", "none" */
	GArray *gpus;		/* struct oriel_vm_pci; NULL: not given; empty: none */
	char *gpu_rom;
	GArray *pci;	  /* struct oriel_vm_pci, devices other than GPUs; likewise */
	GArray *usb;	  /* struct oriel_vm_usb; likewise */
	GPtrArray *evdev; /* paths; likewise */
	enum oriel_vm_relay relay;
	char *relay_name;
	guint64 relay_bytes; /* 0: from the resolution */
	guint width_px, height_px;
};

void oriel_vm_spec_init(struct oriel_vm_spec *spec);
void oriel_vm_spec_finish(struct oriel_vm_spec *spec);

/* setting: a name of the list below. INVALID with the setting, the value, the limit and the fix. */
bool oriel_vm_spec_set(
	struct oriel_vm_spec *spec, const char *setting, const char *text, GError **error);
/* The names of all settings, ending with NULL. Borrowed for ever. */
const char *const *oriel_vm_spec_list(void);

/* "none", "plain", "doorbell", "kvmfr". */
const char *oriel_vm_relay_get_name(enum oriel_vm_relay relay);

#endif
