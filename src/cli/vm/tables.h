/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands below `oriel vm`, each group defined in a file of its own. */
#ifndef ORIEL_CLI_VM_TABLES_H
#define ORIEL_CLI_VM_TABLES_H

#include "cli/command.h"

extern const struct oriel_command oriel_table_vm_autostart;
extern const struct oriel_command oriel_table_vm_clone;
extern const struct oriel_command oriel_table_vm_console;
extern const struct oriel_command oriel_table_vm_create;
extern const struct oriel_command oriel_table_vm_delete;
extern const struct oriel_command oriel_table_vm_edit;
extern const struct oriel_command oriel_table_vm_events;
extern const struct oriel_command oriel_table_vm_info;
extern const struct oriel_command oriel_table_vm_list;
extern const struct oriel_command oriel_table_vm_pause;
extern const struct oriel_command oriel_table_vm_reboot;
extern const struct oriel_command oriel_table_vm_reset;
extern const struct oriel_command oriel_table_vm_resume;
extern const struct oriel_command oriel_table_vm_screenshot;
extern const struct oriel_command oriel_table_vm_snapshot;
extern const struct oriel_command oriel_table_vm_start;
extern const struct oriel_command oriel_table_vm_stop;
extern const struct oriel_command oriel_table_vm_supervise;
extern const struct oriel_command oriel_table_vm_tune;

#endif
