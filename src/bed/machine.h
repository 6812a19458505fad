/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A throw-away virtual machine under QEMU: our kernel and initramfs, one screen, shared memory as
 * an ivshmem-plain device, and its serial line in our hands, line by line. No disk, no network; it
 * ends with this process.
 *
 * Thread: the one that started it. Every wait has an end, and is cut short by cancel_fd.
 */
#ifndef ORIEL_BED_MACHINE_H
#define ORIEL_BED_MACHINE_H

#include "bed/kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oriel_bed_machine_plan {
	const struct oriel_kernel *kernel;
	const char *kernel_arguments; /* besides those that make it boot fast and quietly */
	const char *const *devices;   /* QEMU's -device values, end with NULL */
	const char *const *chardevs;  /* QEMU's -chardev values, end with NULL; NULL: none */
	const char *spice; /* QEMU's -spice value; NULL: no SPICE server. See connect_spice() */
	const char *audio; /* QEMU's -audiodev value, for sound cards among devices; NULL: none */
	int initramfs_fd;
	int shm_fd; /* -1: no ivshmem device */
	size_t shm_bytes;
	unsigned int memory_mb;
	bool use_kvm;  /* else the processor is emulated */
	int cancel_fd; /* readable: every wait ends as cancelled; -1: none */
};

struct oriel_bed_machine;

/* NULL and error set when QEMU cannot be started. plan is not kept; its descriptors are borrowed
 * until destroy. */
struct oriel_bed_machine *oriel_bed_machine_create(
	const struct oriel_bed_machine_plan *plan, GError **error);
/* Ends QEMU at once. */
void oriel_bed_machine_destroy(struct oriel_bed_machine *machine);

/*
 * Reads the serial line until one begins with prefix; ret_line (may be NULL) is its rest, owned by
 * the caller. False and error set: G_IO_ERROR_TIMED_OUT at deadline_ns, G_IO_ERROR_CANCELLED, or
 * G_IO_ERROR_CLOSED with QEMU's own words when the machine ended.
 */
bool oriel_bed_machine_wait_line(struct oriel_bed_machine *machine, const char *prefix,
	uint64_t deadline_ns, char **ret_line, GError **error);

/* Writes one line to the guest's serial line. */
bool oriel_bed_machine_send(struct oriel_bed_machine *machine, const char *line, GError **error);

/* Everything that came over the serial line so far. Borrowed until the next call. */
const char *oriel_bed_machine_get_log(const struct oriel_bed_machine *machine);

/* A connection to its SPICE server, one for each channel; owned by the caller. -1 and error set
 * when there is none. Waits for QEMU, 10 s at most. */
int oriel_bed_machine_connect_spice(struct oriel_bed_machine *machine, GError **error);

/* Readable when the guest wrote something or the machine ended: to be polled together with other
 * things, and answered with oriel_bed_machine_wait_line(). */
int oriel_bed_machine_get_fd(const struct oriel_bed_machine *machine);

/* Whether /dev/kvm may be tried. Only a guest that boots shows that it works. */
bool oriel_bed_machine_may_use_kvm(void);

/* Anonymous shared memory for the ivshmem device; -1 and error set when there is none to be had. */
int oriel_bed_machine_create_shm(size_t size_bytes, GError **error);

#endif
