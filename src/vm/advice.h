/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How to get libvirt running on this system. Thread: any. Looks at a few files. */
#ifndef ORIEL_VM_ADVICE_H
#define ORIEL_VM_ADVICE_H

/* One sentence without a full stop for somebody whose connection to uri failed: what is missing
 * (the program, its socket, the right to use it) and the command that mends it. Owned by the
 * caller. */
char *oriel_vm_advice_for_uri(const char *uri);

#endif
