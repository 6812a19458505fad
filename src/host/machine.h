/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processor, memory, kernel and how the system starts. Plain facts read from files; what could not
 * be read is NULL or ORIEL_PCI_UNKNOWN. One thread; may block on the file system.
 */
#ifndef ORIEL_HOST_MACHINE_H
#define ORIEL_HOST_MACHINE_H

#include "host/host.h"

struct oriel_machine_cpu {
	char *vendor;		    /* "GenuineIntel", "AuthenticAMD"; NULL unknown */
	const char *virtualisation; /* "vmx", "svm", or NULL: the flag is not shown */
	guint physical_bits;	    /* address width; 0 unknown */
	guint threads;
};

struct oriel_machine_memory {
	guint64 total_bytes, available_bytes; /* 0 unknown */
	guint64 hugepage_bytes;		      /* size of one default huge page */
	guint64 hugepages_total, hugepages_free;
};

enum oriel_machine_boot_loader {
	ORIEL_BOOT_UNKNOWN,
	ORIEL_BOOT_GRUB,
	ORIEL_BOOT_SYSTEMD,
	ORIEL_BOOT_KERNELSTUB,
	ORIEL_BOOT_REFIND,
	ORIEL_BOOT_LIMINE,
	ORIEL_BOOT_UKI,
	ORIEL_BOOT_OSTREE,
};

enum oriel_machine_initramfs {
	ORIEL_INITRAMFS_UNKNOWN,
	ORIEL_INITRAMFS_MKINITCPIO,
	ORIEL_INITRAMFS_DRACUT,
	ORIEL_INITRAMFS_TOOLS,
	ORIEL_INITRAMFS_BOOSTER,
};

enum oriel_machine_switch { ORIEL_SWITCH_UNKNOWN, ORIEL_SWITCH_OFF, ORIEL_SWITCH_ON };

void oriel_machine_read_cpu(const struct oriel_host *host, struct oriel_machine_cpu *ret_cpu);
void oriel_machine_finish_cpu(struct oriel_machine_cpu *cpu);
void oriel_machine_read_memory(
	const struct oriel_host *host, struct oriel_machine_memory *ret_memory);

/* Release of the running kernel (/proc/sys/kernel/osrelease); NULL unknown. */
char *oriel_machine_read_kernel(const struct oriel_host *host);
/* PRETTY_NAME of os-release; NULL unknown. */
char *oriel_machine_read_os(const struct oriel_host *host);
/* By what is installed below the root; the most specific one wins. */
enum oriel_machine_boot_loader oriel_machine_find_boot_loader(const struct oriel_host *host);
const char *oriel_machine_boot_loader_get_name(enum oriel_machine_boot_loader loader);
enum oriel_machine_initramfs oriel_machine_find_initramfs(const struct oriel_host *host);
const char *oriel_machine_initramfs_get_name(enum oriel_machine_initramfs initramfs);
/* UEFI Secure Boot, from the firmware's variable; off where the machine did not start by UEFI. */
enum oriel_machine_switch oriel_machine_read_secure_boot(const struct oriel_host *host);
enum oriel_machine_switch oriel_machine_read_apparmor(const struct oriel_host *host);
/* On: enforcing. */
enum oriel_machine_switch oriel_machine_read_selinux(const struct oriel_host *host);
/* "none", "integrity", "confidentiality"; NULL unknown. */
char *oriel_machine_read_lockdown(const struct oriel_host *host);

enum oriel_machine_module {
	ORIEL_MODULE_ABSENT, /* neither loaded nor found for the running kernel */
	ORIEL_MODULE_THERE,  /* can be loaded */
	ORIEL_MODULE_LOADED,
	ORIEL_MODULE_BUILTIN, /* part of the kernel image: modprobe.d has no say */
	ORIEL_MODULE_UNKNOWN, /* no module list for the running kernel */
};
/* name with dashes or underscores. */
enum oriel_machine_module oriel_machine_find_module(
	const struct oriel_host *host, const char *name);

#endif
