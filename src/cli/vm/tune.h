/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tuning this computer for a machine, by oriel-helper. Thread: main. Blocks until it answers. */
#ifndef ORIEL_CLI_VM_TUNE_H
#define ORIEL_CLI_VM_TUNE_H

#include "vm/connection.h"

extern const struct oriel_vm_tuner oriel_tune_by_helper;

#endif
