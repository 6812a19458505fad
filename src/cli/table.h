/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands at the top of the table, each defined in a file of its own. */
#ifndef ORIEL_CLI_TABLE_H
#define ORIEL_CLI_TABLE_H

#include "cli/command.h"

extern const struct oriel_command oriel_table_check;
extern const struct oriel_command oriel_table_completion;
extern const struct oriel_command oriel_table_demo;
extern const struct oriel_command oriel_table_troubleshoot;
extern const struct oriel_command oriel_table_gpu;
extern const struct oriel_command oriel_table_iommu;
extern const struct oriel_command oriel_table_vfio;
extern const struct oriel_command oriel_table_looking_glass;
extern const struct oriel_command oriel_table_profile;
extern const struct oriel_command oriel_table_shm;
extern const struct oriel_command oriel_table_support;
extern const struct oriel_command oriel_table_usb;
extern const struct oriel_command oriel_table_view;
extern const struct oriel_command oriel_table_vm;

#endif
