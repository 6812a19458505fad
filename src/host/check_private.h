/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of checks share. Each check is one function; check_table.c lists them in order. */
#ifndef ORIEL_HOST_CHECK_PRIVATE_H
#define ORIEL_HOST_CHECK_PRIVATE_H

#include "host/check.h"

/* Fills the report. meaning and remedy are copied, remedy may be NULL; evidence is formatted. */
void oriel_check_fill(struct oriel_check_report *report, enum oriel_check_result result,
	const char *meaning, const char *remedy, const char *evidence, ...) G_GNUC_PRINTF(5, 6);

/* For checks of the guest's GPU: TRUE when there is one, else the report says that there is none.
 */
gboolean oriel_check_has_gpu(
	const struct oriel_check_context *context, struct oriel_check_report *report);

/* For checks of virtual machines: TRUE when their definitions are known, else the report says that
 * they are not. */
gboolean oriel_check_has_domains(
	const struct oriel_check_context *context, struct oriel_check_report *report);
/* Whether the check is about that machine: it is the one that is meant, or none is. */
gboolean oriel_check_is_meant(
	const struct oriel_check_context *context, const struct oriel_domain *domain);

#define ORIEL_CHECK(name)                                                                          \
	void oriel_check_##name(                                                                   \
		const struct oriel_check_context *context, struct oriel_check_report *report)

/* check_machine.c */
ORIEL_CHECK(cpu_virt);
ORIEL_CHECK(kvm_node);
ORIEL_CHECK(iommu_firmware);
ORIEL_CHECK(iommu_kernel);
ORIEL_CHECK(iommu_groups);
ORIEL_CHECK(iommu_irqremap);
ORIEL_CHECK(iommu_width);
ORIEL_CHECK(mem_free);
ORIEL_CHECK(numa_cpu);
/* check_gpu.c */
ORIEL_CHECK(gpu_count);
ORIEL_CHECK(gpu_bootvga);
ORIEL_CHECK(gpu_monitor);
ORIEL_CHECK(group_viable);
ORIEL_CHECK(gpu_functions);
ORIEL_CHECK(gpu_duplicateids);
ORIEL_CHECK(gpu_rom);
ORIEL_CHECK(gpu_reset);
ORIEL_CHECK(gpu_link);
ORIEL_CHECK(gpu_bar);
ORIEL_CHECK(gpu_power);
/* check_binding.c */
ORIEL_CHECK(vfio_modules);
ORIEL_CHECK(bind_driver);
ORIEL_CHECK(bind_persist);
ORIEL_CHECK(bind_initramfs);
ORIEL_CHECK(bind_pending);
ORIEL_CHECK(fb_conflict);
ORIEL_CHECK(holders);
ORIEL_CHECK(session_pin);
ORIEL_CHECK(conflicts);
/* check_stack.c */
ORIEL_CHECK(libvirt_conn);
ORIEL_CHECK(libvirt_net);
ORIEL_CHECK(qemu_version);
ORIEL_CHECK(ovmf_secureboot);
ORIEL_CHECK(tpm);
ORIEL_CHECK(kernel_params);
ORIEL_CHECK(storage_pool);
ORIEL_CHECK(audio);
ORIEL_CHECK(sched_latency);
/* check_relay.c */
ORIEL_CHECK(lsm_kvmfr);
ORIEL_CHECK(cgroup_acl);
ORIEL_CHECK(shm_file);
ORIEL_CHECK(kvmfr_node);
ORIEL_CHECK(kvmfr_sign);
ORIEL_CHECK(lg_version);
/* check_history.c */
ORIEL_CHECK(bind_bdfmoved);
ORIEL_CHECK(postmortem);
ORIEL_CHECK(drift);
/* check_pollers.c */
ORIEL_CHECK(pollers);
/* check_files.c */
ORIEL_CHECK(home_traverse);
ORIEL_CHECK(disk_danger);
/* check_input.c */
ORIEL_CHECK(usb_lastinput);
/* check_display.c */
ORIEL_CHECK(display_caps);
/* check_domain.c */
ORIEL_CHECK(dom_lint);
ORIEL_CHECK(dom_sharing);
/* check_guest.c */
ORIEL_CHECK(guest_agent);

#endif
