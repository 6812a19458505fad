/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking oriel-helper. Thread: main. Blocks until it answers, which takes as long as the user needs
 * for a password. */
#ifndef ORIEL_CLI_HOST_HANDOVER_H
#define ORIEL_CLI_HOST_HANDOVER_H

#include "cli/command.h"

extern const struct oriel_command oriel_command_gpu_bind;
extern const struct oriel_command oriel_command_gpu_release;
extern const struct oriel_command oriel_command_gpu_reserve;

#endif
