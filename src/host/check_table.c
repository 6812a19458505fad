/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/check_private.h"

static const struct oriel_check checks[] = {
	{"cpu.virt", "processor virtualisation",
		"KVM runs guests at full speed only with VT-x (vmx) or AMD-V (svm). Looks for the "
		"flag "
		"in /proc/cpuinfo.",
		oriel_check_cpu_virt},
	{"kvm.node", "access to KVM",
		"/dev/kvm is how QEMU reaches the processor's virtualisation. Looks whether it "
		"exists "
		"and whether this user may read and write it.",
		oriel_check_kvm_node},
	{"iommu.firmware", "IOMMU in the firmware",
		"The firmware describes an IOMMU in an ACPI table: DMAR for Intel, IVRS for AMD. "
		"Without one it is off in the firmware setup, or not there.",
		oriel_check_iommu_firmware},
	{"iommu.kernel", "IOMMU in the kernel",
		"The kernel lists the IOMMUs it uses in /sys/class/iommu. The kernel command line "
		"proves nothing: many kernels use it without being asked.",
		oriel_check_iommu_kernel},
	{"iommu.groups", "IOMMU groups",
		"Devices are handed over by group: those the hardware cannot keep apart. Counts "
		"the "
		"groups in /sys/kernel/iommu_groups that have PCI devices.",
		oriel_check_iommu_groups},
	{"iommu.irqremap", "interrupt remapping",
		"Without it a guest's device can send any interrupt to the host. Looks for the "
		"kernel's message, the IOMMU's capability, and whether unsafe interrupts were "
		"allowed.",
		oriel_check_iommu_irqremap},
	{"iommu.width", "address width of the IOMMU",
		"A guest that sees more address bits than the IOMMU can translate fails to start "
		"its "
		"GPU. Compares the IOMMU's width with the processor's.",
		oriel_check_iommu_width},
	{"gpu.count", "number of GPUs",
		"One GPU for the guest and one for the host make a desktop with a window onto the "
		"guest. Counts the display devices of the PCI bus.",
		oriel_check_gpu_count},
	{"gpu.bootvga", "firmware's primary GPU",
		"The GPU on which the firmware starts has its console and framebuffer, and is hard "
		"to "
		"free. Reads boot_vga.",
		oriel_check_gpu_bootvga},
	{"gpu.monitor", "host's monitor",
		"The host's monitor must be plugged into the GPU that stays with the host. Reads "
		"the "
		"status of each output.",
		oriel_check_gpu_monitor},
	{"group.viable", "the GPU's group",
		"All devices of a group go to the guest together. Judges the others in the GPU's "
		"group by what the host does with them.",
		oriel_check_group_viable},
	{"gpu.functions", "the GPU's companion functions",
		"A graphics card has more functions than graphics: sound, USB. They share its slot "
		"and "
		"must all be handed over. Lists them with their drivers.",
		oriel_check_gpu_functions},
	{"gpu.duplicateids", "twins of the GPU",
		"Binding by vendor and device id takes every card with that id. Looks for another "
		"one.",
		oriel_check_gpu_duplicateids},
	{"gpu.rom", "UEFI image in the GPU's ROM",
		"A guest with UEFI firmware shows its start-up picture only when the card's ROM "
		"has a "
		"UEFI image. Reads the ROM where that needs no writing.",
		oriel_check_gpu_rom},
	{"gpu.reset", "resetting the GPU",
		"A GPU that cannot be reset works for one guest start and then not before the next "
		"reboot. Reads the kernel's reset methods and compares the id with known cases.",
		oriel_check_gpu_reset},
	{"gpu.link", "the GPU's PCIe link",
		"Frames travel over the card's link twice. Reads its speed and width; power saving "
		"lowers the speed of an idle card.",
		oriel_check_gpu_link},
	{"gpu.bar", "the GPU's memory windows",
		"Large windows (resizable BAR) need room in the guest's address space. Reads their "
		"sizes.",
		oriel_check_gpu_bar},
	{"gpu.power", "the GPU's power state",
		"A card that sleeps in D3cold may not wake for the guest. Reads its power state.",
		oriel_check_gpu_power},
	{"mem.free", "memory for the guest",
		"A guest with a passed-through device has all its memory pinned. Compares what is "
		"free "
		"with the guest's size and 4 GiB for the host.",
		oriel_check_mem_free},
	{"numa.cpu", "processors near the GPU",
		"On machines with several memory nodes the guest should run on the node of its "
		"GPU. "
		"Reads the nodes and the GPU's own.",
		oriel_check_numa_cpu},
	{"vfio.modules", "vfio-pci in the kernel",
		"vfio-pci is the driver that holds a device for a guest. Looks whether the running "
		"kernel has it, as a module or built in.",
		oriel_check_vfio_modules},
	{"bind.driver", "the GPU's drivers",
		"driver_override says which driver a function is meant to have. Compares it with "
		"the "
		"one it has.",
		oriel_check_bind_driver},
	{"bind.persist", "what is bound at the next start",
		"Ids in modprobe.d or in the kernel's parameters take devices away from the host "
		"at "
		"the next start. Looks which, and whether they are the right ones.",
		oriel_check_bind_persist},
	{"bind.initramfs", "age of the initramfs",
		"Settings of modprobe.d work early only when the initramfs was made after them. "
		"Compares the times of the files.",
		oriel_check_bind_initramfs},
	{"bind.pending", "changes waiting for a reboot",
		"Parameters of the boot loader come into force at the next start. Compares its "
		"settings with what the running kernel was given.",
		oriel_check_bind_pending},
	{"bind.bdfmoved", "addresses that were noted",
		"Machines and boot settings name a card by its address, and addresses change when "
		"cards are moved. Compares what was noted with what is there.",
		oriel_check_bind_bdfmoved},
	{"fb.conflict", "the firmware's framebuffer",
		"The picture of the start-up may still claim the card's memory, and vfio-pci then "
		"cannot "
		"have it. Looks in /proc/iomem, which shows addresses to root only.",
		oriel_check_fb_conflict},
	{"holders", "programs that use the GPU",
		"Taking a card from a program that has it open can lock up its driver. Looks at "
		"the "
		"open files of all processes it may look into.",
		oriel_check_holders},
	{"session.pin", "the desktop and the GPU",
		"A compositor that opened the card at its start keeps it until you log out. Looks "
		"for "
		"compositors among the programs that use it.",
		oriel_check_session_pin},
	{"pollers", "programs that look in on the GPU",
		"Monitors of temperature and load open the card for a moment, again and again, and "
		"a hand-over can meet such a moment. Looks twenty times a second while --watch "
		"says, else for the known ones.",
		oriel_check_pollers},
	{"conflicts", "other GPU switchers",
		"Programs that switch GPUs by themselves rebind what Oriel has bound. Looks for "
		"the "
		"known ones, installed or running.",
		oriel_check_conflicts},
	{"libvirt.conn", "libvirt",
		"libvirt runs the guests. Looks for its daemons, the socket of the system's one, "
		"and "
		"whether this user may connect.",
		oriel_check_libvirt_conn},
	{"libvirt.net", "the default network",
		"New guests use libvirt's default network. Looks whether it is defined, starts by "
		"itself, and has the dnsmasq it needs.",
		oriel_check_libvirt_net},
	{"qemu.version", "QEMU",
		"QEMU is the machine itself; its SPICE part carries input and sound. Looks for "
		"both.",
		oriel_check_qemu_version},
	{"ovmf.secureboot", "UEFI firmware with Secure Boot",
		"Windows 11 wants Secure Boot. Reads the firmware descriptors of QEMU.",
		oriel_check_ovmf_secureboot},
	{"tpm", "emulated TPM",
		"Windows 11 wants a TPM; swtpm emulates one. Looks for its programs.",
		oriel_check_tpm},
	{"lsm.kvmfr", "security modules and kvmfr",
		"AppArmor and SELinux decide what QEMU may open. Looks whether they are on and let "
		"it "
		"at the kvmfr device, where there is one.",
		oriel_check_lsm_kvmfr},
	{"cgroup.acl", "libvirt's device list",
		"libvirt lets QEMU open listed devices only. Looks for kvmfr in cgroup_device_acl, "
		"where there is such a device.",
		oriel_check_cgroup_acl},
	{"shm.file", "the shared memory",
		"Guest and viewer meet in a file in /dev/shm. Looks whether the viewer can open it "
		"and whether its size will do.",
		oriel_check_shm_file},
	{"kvmfr.node", "the kvmfr device",
		"Without the kvmfr module QEMU makes a plain file of the device's name. Looks what "
		"/dev/kvmfr0 is.",
		oriel_check_kvmfr_node},
	{"kvmfr.sign", "Secure Boot and kvmfr",
		"With Secure Boot on the kernel loads signed modules only. Looks at both.",
		oriel_check_kvmfr_sign},
	{"lg.version", "version of the guest's program",
		"Guest and viewer must speak exactly the same version of the relay's protocol. "
		"Reads "
		"what the guest wrote into the shared memory.",
		oriel_check_lg_version},
	{"home.traverse", "the way to the machines' files",
		"QEMU runs as a user of its own, which may not enter everybody's home folder. "
		"Walks the folders above each machine's files with that user's rights.",
		oriel_check_home_traverse},
	{"disk.danger", "whole disks given to machines",
		"A disk that guest and host both write to is lost. Looks whether the host mounts "
		"or uses a disk, partition or NVMe controller that a machine has.",
		oriel_check_disk_danger},
	{"usb.lastinput", "the host's keyboard and mouse",
		"A USB controller or device given to the guest takes along what is plugged into "
		"it. Looks whether a keyboard and a mouse stay with the host.",
		oriel_check_usb_lastinput},
	{"kernel.params", "KVM's settings",
		"Some Windows programs touch processor registers that KVM does not know. Looks "
		"whether KVM ignores that.",
		oriel_check_kernel_params},
	{"storage.pool", "room for disks",
		"Guests' disks grow. Looks how much room /var/lib/libvirt/images has.",
		oriel_check_storage_pool},
	{"audio", "sound server",
		"Guests' sound goes to PipeWire. Looks for its socket in this session.",
		oriel_check_audio},
	{"display.caps", "what the desktop lets a viewer do",
		"Capturing the mouse and the desktop's shortcuts, and showing pictures without a "
		"copy, need the display server's help. Asks it what it offers.",
		oriel_check_display_caps},
	{"sched.latency", "the processor's clock",
		"A processor kept at its lowest clock makes guests stutter. Reads the governor.",
		oriel_check_sched_latency},
	{"dom.lint", "the machines' definitions",
		"Some settings of a definition cost speed, others keep a machine from starting. "
		"Reads the definitions by libvirt and shows the worst remark.",
		oriel_check_dom_lint},
	{"dom.sharing", "what machines share",
		"Two machines cannot use one device, disk or shared memory at the same time. "
		"Compares the definitions with each other.",
		oriel_check_dom_sharing},
	{"guest.agent", "the agent in the guest",
		"The QEMU guest agent shuts a guest down cleanly and tells what is wrong in it. "
		"Asks the running machine's agent, and who is logged on; of the one machine that "
		"is "
		"named, a Windows, also what its Device Manager reports against the graphics, "
		"virtio "
		"and IVSHMEM devices.",
		oriel_check_guest_agent},
	{"postmortem", "how it ended last time",
		"Looks for a hand-over or a tuning that did not come to its end, for a reset that "
		"failed in "
		"the kernel's log, and for errors counted on the card's link.",
		oriel_check_postmortem},
	{"drift", "files that Oriel installed",
		"A system update can overwrite settings. Compares the files that Oriel installed "
		"with their checksums.",
		oriel_check_drift},
};

const struct oriel_check *oriel_check_list(guint *ret_count)
{
	*ret_count = G_N_ELEMENTS(checks);
	return checks;
}
