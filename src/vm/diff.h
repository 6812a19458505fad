/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines two texts differ in. Thread: any. Never blocks. */
#ifndef ORIEL_VM_DIFF_H
#define ORIEL_VM_DIFF_H

/* "-old" and "+new" lines with up to two unchanged lines (" same") around them and "..." between
 * places; "" when equal. Owned by the caller. Meant for definitions: time and memory grow with the
 * product of lines. */
char *oriel_vm_diff(const char *before, const char *after);

#endif
