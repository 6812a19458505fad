/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the viewer is told about this machine (protocol 4.1). Blocks on small system files only. */
#ifndef ORIEL_GUEST_LINUX_MACHINE_H
#define ORIEL_GUEST_LINUX_MACHINE_H

#include <stdint.h>

struct oriel_guest_machine {
	uint8_t uuid[16]; /* textual order; zeros when not known */
	char cpu_model[128];
	uint8_t cpus, cores, sockets; /* 255 when there are more; at least 1 */
	char os_name[128];
};

/* root: "" or a folder that stands for / in tests. What cannot be read is left empty. */
void oriel_guest_machine_read(struct oriel_guest_machine *ret_machine, const char *root);

#endif
