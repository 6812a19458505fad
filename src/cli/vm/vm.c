/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm …: virtual machines. */
#include "cli/table.h"
#include "cli/vm/tables.h"

static const struct oriel_command *const commands[] = {
	&oriel_table_vm_create,
	&oriel_table_vm_edit,
	&oriel_table_vm_list,
	&oriel_table_vm_info,
	&oriel_table_vm_start,
	&oriel_table_vm_pause,
	&oriel_table_vm_resume,
	&oriel_table_vm_reset,
	&oriel_table_vm_reboot,
	&oriel_table_vm_stop,
	&oriel_table_vm_delete,
	&oriel_table_vm_clone,
	&oriel_table_vm_snapshot,
	&oriel_table_vm_autostart,
	&oriel_table_vm_events,
	&oriel_table_vm_screenshot,
	&oriel_table_vm_console,
	&oriel_table_vm_tune,
	&oriel_table_vm_supervise,
	NULL,
};

const struct oriel_command oriel_table_vm = {
	.name = "vm",
	.summary = "Define, run, change and remove virtual machines.",
	.children = commands,
};
