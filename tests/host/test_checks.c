/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each check against made-up machines: the ready desktop with a few files changed. Every check has
 * a case that passes and one that does not; the last test sees to that.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "host/check.h"
#include "tests/host/tree.h"

#define GUEST "/sys/bus/pci/devices/" TREE_GUEST_GPU
#define HOST "/sys/bus/pci/devices/" TREE_HOST_GPU

/* A changed file: text NULL removes it, "@x" makes a link to x, "#n" an option ROM with an image of
 * code type n, "!x" a file of long ago, "=n" n empty bytes,
 * "~n" memory in which a guest of LGMP 6 and KVMFR n has started, "%" an empty file in a folder
 * only for its owner, "&kind PLACE" a link to an input device of that kind made at that place. */
struct change {
	const char *path, *text;
};

struct check_case {
	const char *id;
	enum oriel_check_result result;
	const char *evidence; /* must be in the report's evidence */
	struct change changes[4];
	guint64 disk_bytes; /* planned */
	/* Machines as words: "name word…; name word…", with disk=, medium=, shared=, pci=, usb=,
	 * relay=, flaw, serious, auto, run, agent=NUMBER; NULL: not known. */
	const char *domains;
	const char *display; /* kind and what it offers; NULL: none */
	guint64 watch_ns;
};

#define PASSWD "root:x:0:0::/root:/bin/sh\nlibvirt-qemu:x:64055:104::/var/lib/libvirt:/bin/no\n"

/* sda1 is the root file system, sdb is free. */
#define DISK_SDB                                                                                   \
	{                                                                                          \
		{"/proc/self/mountinfo", "26 1 8:1 / / rw - ext4 /dev/sda1 rw\n"},                 \
			{"/dev/disk/by-id/ata-one", "@../../sda"},                                 \
			{"/sys/class/block/sda/sda1/partition", "1\n"},                            \
		{                                                                                  \
			"/sys/class/block/sdb/sdb1/partition", "1\n"                               \
		}                                                                                  \
	}

/* A keyboard at the host's own, and a mouse (1532:0067) at a USB controller. */
#define INPUTS(controller)                                                                         \
	{                                                                                          \
		{"/sys/class/input/event0/device",                                                 \
			"&keyboard /sys/devices/platform/i8042/input0"},                           \
		{                                                                                  \
			"/sys/class/input/event1/device",                                          \
				"&mouse /sys/devices/pci0000:00/" controller "/usb1/1-1/input1"    \
		}                                                                                  \
	}

/* The checksum is that of an empty file. */
#define INSTALLED                                                                                  \
	"\n# oriel " ORIEL_VERSION "\n"                                                            \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  "                       \
	"/etc/modprobe.d/oriel.conf\n"

static const struct check_case cases[] = {
	{"cpu.virt", ORIEL_CHECK_PASS, "svm"},
	{"cpu.virt", ORIEL_CHECK_FAIL, "neither",
		{{"/proc/cpuinfo", "processor\t: 0\nflags : fpu\n"}}},
	{"cpu.virt", ORIEL_CHECK_UNKNOWN, "not readable", {{"/proc/cpuinfo", NULL}}},
	{"kvm.node", ORIEL_CHECK_PASS, "readable", {{"/dev/kvm", ""}}},
	{"kvm.node", ORIEL_CHECK_FAIL, "does not exist"},
	{"iommu.firmware", ORIEL_CHECK_PASS, "IVRS"},
	{"iommu.firmware", ORIEL_CHECK_FAIL, "neither",
		{{"/sys/firmware/acpi/tables/IVRS", NULL}, {"/sys/firmware/acpi/tables/FACP", ""}}},
	{"iommu.firmware", ORIEL_CHECK_UNKNOWN, "does not exist", {{"/sys/firmware", NULL}}},
	{"iommu.kernel", ORIEL_CHECK_PASS, "ivhd0"},
	{"iommu.kernel", ORIEL_CHECK_FAIL, "empty",
		{{"/sys/class/iommu", NULL}, {"/proc/cmdline", "amd_iommu=on iommu=pt"}}},
	{"iommu.groups", ORIEL_CHECK_PASS, "6 with PCI devices"},
	{"iommu.groups", ORIEL_CHECK_FAIL, "none", {{"/sys/kernel/iommu_groups", NULL}}},
	{"iommu.irqremap", ORIEL_CHECK_PASS, "kern.log",
		{{"/var/log/kern.log", "AMD-Vi: Interrupt remapping enabled\n"}}},
	{"iommu.irqremap", ORIEL_CHECK_PASS, "ecap",
		{{"/sys/class/iommu/dmar0/intel-iommu/ecap", "f0105a\n"}}},
	{"iommu.irqremap", ORIEL_CHECK_UNKNOWN, "no message"},
	{"iommu.irqremap", ORIEL_CHECK_WARN, "Y",
		{{"/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n"},
			{"/var/log/kern.log", "DMAR-IR: Enabled IRQ remapping in x2apic mode\n"}}},
	{"iommu.width", ORIEL_CHECK_PASS, "ivhd0"},
	{"iommu.width", ORIEL_CHECK_PASS, "48 bits",
		{{"/sys/class/iommu/ivhd0", NULL},
			{"/sys/class/iommu/dmar0/intel-iommu/cap", "d2008c402f0462\n"}}},
	{"iommu.width", ORIEL_CHECK_WARN, "39 bits",
		{{"/sys/class/iommu/ivhd0", NULL},
			{"/sys/class/iommu/dmar0/intel-iommu/cap", "1c0000c40660462\n"}}},
	{"iommu.width", ORIEL_CHECK_UNKNOWN, "0 bits", {{"/sys/class/iommu/ivhd0", NULL}}},
	{"gpu.count", ORIEL_CHECK_PASS, "2 display"},
	{"gpu.count", ORIEL_CHECK_WARN, "1 display", {{HOST, NULL}}},
	{"gpu.count", ORIEL_CHECK_FAIL, "no display", {{HOST, NULL}, {GUEST, NULL}}},
	{"gpu.bootvga", ORIEL_CHECK_PASS, TREE_GUEST_GPU "/boot_vga: 0"},
	{"gpu.bootvga", ORIEL_CHECK_FAIL, ": 1", {{GUEST "/boot_vga", "1\n"}, {HOST, NULL}}},
	{"gpu.bootvga", ORIEL_CHECK_UNKNOWN, "does not exist", {{GUEST "/boot_vga", NULL}}},
	{"gpu.bootvga", ORIEL_CHECK_UNKNOWN, "no display", {{HOST, NULL}, {GUEST, NULL}}},
	{"gpu.monitor", ORIEL_CHECK_PASS, TREE_HOST_GPU " HDMI-A-1"},
	{"gpu.monitor", ORIEL_CHECK_UNKNOWN, "none connected",
		{{HOST "/drm/card0/card0-HDMI-A-1/status", "disconnected\n"}}},
	{"gpu.monitor", ORIEL_CHECK_FAIL, TREE_GUEST_GPU " DP-1",
		{{HOST, NULL}, {GUEST "/drm/card1/card1-DP-1/status", "connected\n"},
			{GUEST "/drm/card1/card1-DP-1/enabled", "enabled\n"}}},
	{"group.viable", ORIEL_CHECK_PASS, "others in it: none"},
	{"group.viable", ORIEL_CHECK_FAIL, "0000:04:00.0 NVMe controller [nvme]",
		{{"/sys/bus/pci/devices/0000:04:00.0/iommu_group",
			"@../../kernel/iommu_groups/14"}}},
	{"group.viable", ORIEL_CHECK_FAIL, "group -1",
		{{GUEST "/iommu_group", NULL}, {HOST, NULL}}},
	{"gpu.functions", ORIEL_CHECK_PASS, "0000:01:00.1 audio device [snd_hda_intel]"},
	{"gpu.functions", ORIEL_CHECK_FAIL, "[vfio-pci]",
		{{GUEST "/driver", "@../../bus/pci/drivers/vfio-pci"}}},
	{"gpu.duplicateids", ORIEL_CHECK_PASS, "10de:2484 is " TREE_GUEST_GPU " only"},
	{"gpu.duplicateids", ORIEL_CHECK_WARN, "and " TREE_HOST_GPU,
		{{HOST "/vendor", "0x10de\n"}, {HOST "/device", "0x2484\n"}}},
	{"gpu.rom", ORIEL_CHECK_UNKNOWN, "no image readable"},
	{"gpu.rom", ORIEL_CHECK_PASS, "type 3", {{GUEST "/rom", "#3"}}},
	{"gpu.rom", ORIEL_CHECK_WARN, "no image of type 3", {{GUEST "/rom", "#1"}}},
	{"gpu.rom", ORIEL_CHECK_WARN, "does not exist", {{GUEST "/rom", NULL}}},
	{"gpu.reset", ORIEL_CHECK_PASS, "flr bus"},
	{"gpu.reset", ORIEL_CHECK_FAIL, "empty", {{GUEST "/reset_method", "\n"}}},
	{"gpu.reset", ORIEL_CHECK_UNKNOWN, "does not exist", {{GUEST "/reset_method", NULL}}},
	{"gpu.reset", ORIEL_CHECK_WARN, "Navi 10",
		{{GUEST "/vendor", "0x1002\n"}, {GUEST "/device", "0x731f\n"}}},
	{"gpu.reset", ORIEL_CHECK_PASS, "device_specific",
		{{GUEST "/vendor", "0x1002\n"}, {GUEST "/device", "0x731f\n"},
			{GUEST "/reset_method", "device_specific bus\n"}}},
	{"gpu.link", ORIEL_CHECK_PASS, "16 lanes"},
	{"gpu.link", ORIEL_CHECK_WARN, "2.5 GT/s",
		{{GUEST "/current_link_speed", "2.5 GT/s PCIe\n"}}},
	{"gpu.link", ORIEL_CHECK_UNKNOWN, "does not exist", {{GUEST "/current_link_speed", NULL}}},
	{"gpu.link", ORIEL_CHECK_UNKNOWN, "Unknown", {{GUEST "/current_link_speed", "Unknown\n"}}},
	{"gpu.bar", ORIEL_CHECK_PASS, "256 MiB, resizable"},
	{"gpu.bar", ORIEL_CHECK_WARN, "8192 MiB",
		{{GUEST "/resource",
			"0x0000007c00000000 0x0000007dffffffff 0x000000000014220c\n"}}},
	{"gpu.bar", ORIEL_CHECK_WARN, "all empty", {{GUEST "/resource", NULL}}},
	{"gpu.power", ORIEL_CHECK_PASS, "D0"},
	{"gpu.power", ORIEL_CHECK_WARN, "D3cold", {{GUEST "/power_state", "D3cold\n"}}},
	{"gpu.power", ORIEL_CHECK_WARN, "error", {{GUEST "/power/runtime_status", "error\n"}}},
	{"gpu.power", ORIEL_CHECK_UNKNOWN, "does not exist", {{GUEST "/power_state", NULL}}},
	{"mem.free", ORIEL_CHECK_PASS, "guest 8.0 GiB"},
	{"mem.free", ORIEL_CHECK_WARN, "available",
		{{"/proc/meminfo", "MemAvailable: 9000000 kB\n"}}},
	{"mem.free", ORIEL_CHECK_UNKNOWN, "no MemAvailable", {{"/proc/meminfo", NULL}}},
	{"numa.cpu", ORIEL_CHECK_PASS, "1 node",
		{{"/sys/devices/system/node/node0/cpulist", "0-7\n"}}},
	{"numa.cpu", ORIEL_CHECK_UNKNOWN, "no node"},
	{"numa.cpu", ORIEL_CHECK_UNKNOWN, "numa_node: -1",
		{{"/sys/devices/system/node/node0/cpulist", "0-7\n"},
			{"/sys/devices/system/node/node1/cpulist", "8-15\n"}}},
	{"numa.cpu", ORIEL_CHECK_WARN, "on node 1",
		{{"/sys/devices/system/node/node0/cpulist", "0-7\n"},
			{"/sys/devices/system/node/node1/cpulist", "8-15\n"},
			{GUEST "/numa_node", "1\n"}}},
	{"vfio.modules", ORIEL_CHECK_PASS, "modules.dep"},
	{"vfio.modules", ORIEL_CHECK_FAIL, "no vfio-pci",
		{{"/lib/modules/6.1.0-18-amd64/modules.dep", "kernel/a.ko:\n"}}},
	{"vfio.modules", ORIEL_CHECK_PASS, "built in",
		{{"/lib/modules/6.1.0-18-amd64/modules.builtin", "kernel/vfio/vfio-pci.ko\n"}}},
	{"vfio.modules", ORIEL_CHECK_UNKNOWN, "no list", {{"/lib", NULL}}},
	{"bind.driver", ORIEL_CHECK_PASS, "nouveau"},
	{"bind.driver", ORIEL_CHECK_WARN, "driver_override vfio-pci, driver snd_hda_intel",
		{{"/sys/bus/pci/devices/" TREE_GUEST_AUDIO "/driver_override", "vfio-pci\n"}}},
	{"bind.persist", ORIEL_CHECK_PASS, "0 ids"},
	{"bind.persist", ORIEL_CHECK_PASS, "vfio.conf: 2 ids",
		{{"/etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:2484,10de:228b\n"}}},
	{"bind.persist", ORIEL_CHECK_PASS, "0 ids",
		{{"/etc/modprobe.d/vfio.conf", "# options vfio-pci ids=1002:1638\n"}}},
	{"bind.persist", ORIEL_CHECK_FAIL, "/proc/cmdline: 1002:1638 is " TREE_HOST_GPU,
		{{"/proc/cmdline", "quiet vfio-pci.ids=1002:1638\n"}}},
	{"bind.persist", ORIEL_CHECK_WARN, "10de:dead",
		{{"/etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:dead disable_vga=1\n"}}},
	{"bind.persist", ORIEL_CHECK_UNKNOWN, "does not exist", {{"/etc", NULL}}},
	{"bind.initramfs", ORIEL_CHECK_PASS, "/boot/initrd.img", {{"/boot/initrd.img-6.1.0", "x"}}},
	{"bind.initramfs", ORIEL_CHECK_WARN, "is newer than /boot/initramfs-linux.img",
		{{"/boot/initramfs-linux.img", "!x"}, {"/etc/modprobe.d/vfio.conf", ""}}},
	{"bind.initramfs", ORIEL_CHECK_UNKNOWN, "no initrd"},
	{"bind.pending", ORIEL_CHECK_PASS, "/etc/default/grub",
		{{"/proc/cmdline", "BOOT_IMAGE=/vmlinuz quiet\n"}}},
	{"bind.pending", ORIEL_CHECK_WARN, "'intel_iommu=on'",
		{{"/proc/cmdline", "quiet\n"},
			{"/etc/default/grub", "GRUB_CMDLINE_LINUX=\"quiet intel_iommu=on\"\n"}}},
	{"bind.pending", ORIEL_CHECK_WARN, "/etc/kernel/cmdline has 'iommu=pt'",
		{{"/proc/cmdline", "quiet\n"}, {"/etc/kernel/cmdline", "quiet iommu=pt\n"}}},
	{"bind.pending", ORIEL_CHECK_UNKNOWN, "/proc/cmdline"},
	{"fb.conflict", ORIEL_CHECK_UNKNOWN, "not readable"},
	{"fb.conflict", ORIEL_CHECK_UNKNOWN, "zero",
		{{"/proc/iomem", "00000000-00000000 : PCI Bus\n  00000000-00000000 : BOOTFB\n"}}},
	{"fb.conflict", ORIEL_CHECK_PASS, "no framebuffer",
		{{"/proc/iomem", "fb000000-fbffffff : PCI\n  d0000000-d07effff : BOOTFB\n"}}},
	{"fb.conflict", ORIEL_CHECK_WARN, "7c00000000-7c007effff : BOOTFB",
		{{"/proc/iomem",
			"7c00000000-7c0fffffff : PCI\n  7c00000000-7c007effff : BOOTFB\n"}}},
	{"holders", ORIEL_CHECK_PASS, "none"},
	{"holders", ORIEL_CHECK_WARN, "42 steam has /dev/dri/renderD129",
		{{"/proc/42/comm", "steam\n"}, {"/proc/42/fd/9", "@/dev/dri/renderD129"}}},
	{"session.pin", ORIEL_CHECK_PASS, "no compositor",
		{{"/proc/42/comm", "steam\n"}, {"/proc/42/fd/9", "@/dev/dri/card1"}}},
	{"session.pin", ORIEL_CHECK_WARN, "7 kwin_wayland has /dev/dri/card1",
		{{"/proc/7/comm", "kwin_wayland\n"}, {"/proc/7/fd/9", "@/dev/dri/card1"}}},
	{"conflicts", ORIEL_CHECK_PASS, "none of", {{"/usr/bin/true", ""}}},
	{"conflicts", ORIEL_CHECK_WARN, "supergfxd: is installed", {{"/usr/bin/supergfxd", ""}}},
	{"conflicts", ORIEL_CHECK_WARN, "is running",
		{{"/usr/bin/true", ""}, {"/proc/9/comm", "nvidia-powerd\n"}}},
	{"conflicts", ORIEL_CHECK_UNKNOWN, "does not exist"},
	{"libvirt.conn", ORIEL_CHECK_PASS, "virtqemud-sock", {{"/run/libvirt/virtqemud-sock", ""}}},
	{"libvirt.conn", ORIEL_CHECK_PASS, "libvirt-sock", {{"/run/libvirt/libvirt-sock", ""}}},
	{"libvirt.conn", ORIEL_CHECK_FAIL, "libvirtd is installed", {{"/usr/sbin/libvirtd", ""}}},
	{"libvirt.conn", ORIEL_CHECK_FAIL, "neither"},
	{"libvirt.net", ORIEL_CHECK_PASS, "autostart/default.xml",
		{{"/etc/libvirt/qemu/networks/default.xml", ""},
			{"/etc/libvirt/qemu/networks/autostart/default.xml", ""},
			{"/usr/sbin/dnsmasq", ""}}},
	{"libvirt.net", ORIEL_CHECK_WARN, "autostart",
		{{"/etc/libvirt/qemu/networks/default.xml", ""}, {"/usr/sbin/dnsmasq", ""}}},
	{"libvirt.net", ORIEL_CHECK_WARN, "dnsmasq",
		{{"/etc/libvirt/qemu/networks/default.xml", ""}}},
	{"libvirt.net", ORIEL_CHECK_WARN, "default.xml", {{"/etc/libvirt/qemu.conf", ""}}},
	{"libvirt.net", ORIEL_CHECK_UNKNOWN, "does not exist"},
	{"qemu.version", ORIEL_CHECK_PASS, "ui-spice-core.so",
		{{"/usr/bin/qemu-system-x86_64", ""}, {"/usr/lib/qemu/ui-spice-core.so", ""}}},
	{"qemu.version", ORIEL_CHECK_WARN, "was not found", {{"/usr/bin/qemu-system-x86_64", ""}}},
	{"qemu.version", ORIEL_CHECK_FAIL, "does not exist"},
	{"ovmf.secureboot", ORIEL_CHECK_PASS, "40-x.json",
		{{"/usr/share/qemu/firmware/40-x.json",
			"{\"interface-types\": [\"uefi\"], "
			"\"features\": [\"acpi-s3\", \"enrolled-keys\", \"secure-boot\"]}"}}},
	{"ovmf.secureboot", ORIEL_CHECK_FAIL, "2 descriptors",
		{{"/usr/share/qemu/firmware/40-x.json",
			 "{\"interface-types\": [\"uefi\"], \"features\": [\"secure-boot\"]}"},
			{"/usr/share/qemu/firmware/50-y.json", "{\"features\": 7, ["}}},
	{"ovmf.secureboot", ORIEL_CHECK_FAIL, "0 descriptors"},
	{"tpm", ORIEL_CHECK_PASS, "exist", {{"/usr/bin/swtpm", ""}, {"/usr/bin/swtpm_setup", ""}}},
	{"tpm", ORIEL_CHECK_FAIL, "/usr/bin/swtpm_setup", {{"/usr/bin/swtpm", ""}}},
	{"lsm.kvmfr", ORIEL_CHECK_UNKNOWN, "/sys/module"},
	{"lsm.kvmfr", ORIEL_CHECK_PASS, "does not exist",
		{{"/sys/module/apparmor/parameters/enabled", "Y\n"}}},
	{"lsm.kvmfr", ORIEL_CHECK_FAIL, "no rule",
		{{"/sys/module/apparmor/parameters/enabled", "Y\n"}, {"/dev/kvmfr0", ""}}},
	{"lsm.kvmfr", ORIEL_CHECK_PASS, "libvirt-qemu",
		{{"/sys/module/apparmor/parameters/enabled", "Y\n"}, {"/dev/kvmfr0", ""},
			{"/etc/apparmor.d/local/abstractions/libvirt-qemu", "/dev/kvmfr0 rw,\n"}}},
	{"lsm.kvmfr", ORIEL_CHECK_WARN, "selinux",
		{{"/sys/fs/selinux/enforce", "1"}, {"/dev/kvmfr0", ""}}},
	{"cgroup.acl", ORIEL_CHECK_UNKNOWN, "not readable"},
	{"cgroup.acl", ORIEL_CHECK_PASS, "does not exist", {{"/etc/libvirt/qemu.conf", ""}}},
	{"cgroup.acl", ORIEL_CHECK_PASS, "has /dev/kvmfr0",
		{{"/etc/libvirt/qemu.conf", "cgroup_device_acl = [\n \"/dev/kvmfr0\"\n]\n"},
			{"/dev/kvmfr0", ""}}},
	{"cgroup.acl", ORIEL_CHECK_FAIL, "not set",
		{{"/etc/libvirt/qemu.conf", "#cgroup_device_acl = [ \"/dev/kvmfr0\" ]\n"},
			{"/dev/kvmfr0", ""}}},
	{"cgroup.acl", ORIEL_CHECK_FAIL, "without",
		{{"/etc/libvirt/qemu.conf", "cgroup_device_acl = [ \"/dev/null\" ]\n"},
			{"/dev/kvmfr0", ""}}},
	{"shm.file", ORIEL_CHECK_UNKNOWN, "does not exist"},
	{"shm.file", ORIEL_CHECK_PASS, "32 MiB", {{"/dev/shm/looking-glass", "=33554432"}}},
	{"shm.file", ORIEL_CHECK_FAIL, "too small", {{"/dev/shm/looking-glass", "=1048576"}}},
	{"shm.file", ORIEL_CHECK_FAIL, "power of two", {{"/dev/shm/looking-glass", "=40000000"}}},
	{"kvmfr.node", ORIEL_CHECK_UNKNOWN, "does not exist"},
	{"kvmfr.node", ORIEL_CHECK_FAIL, "regular file", {{"/dev/kvmfr0", ""}}},
	{"kvmfr.node", ORIEL_CHECK_PASS, "character device 1:3", {{"/dev/kvmfr0", "@/dev/null"}}},
	{"kvmfr.sign", ORIEL_CHECK_PASS, "off"},
	{"kvmfr.sign", ORIEL_CHECK_UNKNOWN, "no SecureBoot", {{"/sys/firmware/efi/x", ""}}},
	{"kvmfr.sign", ORIEL_CHECK_PASS, "loaded", {{"/sys/module/kvmfr/initstate", "live\n"}}},
	{"lg.version", ORIEL_CHECK_UNKNOWN, "no magic", {{"/dev/shm/looking-glass", "=33554432"}}},
	{"lg.version", ORIEL_CHECK_PASS, "LGMP 6, KVMFR 20", {{"/dev/shm/looking-glass", "~20"}}},
	{"lg.version", ORIEL_CHECK_FAIL, "LGMP 6, KVMFR 19", {{"/dev/shm/looking-glass", "~19"}}},
	{"kernel.params", ORIEL_CHECK_UNKNOWN, "does not exist"},
	{"kernel.params", ORIEL_CHECK_PASS, "Y",
		{{"/sys/module/kvm/parameters/ignore_msrs", "Y\n"}}},
	{"kernel.params", ORIEL_CHECK_WARN, "N",
		{{"/sys/module/kvm/parameters/ignore_msrs", "N\n"}}},
	{"storage.pool", ORIEL_CHECK_UNKNOWN, "not readable"},
	{"storage.pool", ORIEL_CHECK_PASS, "free", {{"/var/lib/libvirt/images/a", ""}}, 1},
	{"storage.pool", ORIEL_CHECK_WARN, "planned", {{"/var/lib/libvirt/images/a", ""}},
		1ull << 62},
	{"audio", ORIEL_CHECK_PASS, "pipewire-0", {{"/run/user/1000/pipewire-0", ""}}},
	{"audio", ORIEL_CHECK_WARN, "does not exist"},
	{"sched.latency", ORIEL_CHECK_UNKNOWN, "does not exist"},
	{"sched.latency", ORIEL_CHECK_PASS, "schedutil",
		{{"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil\n"}}},
	{"sched.latency", ORIEL_CHECK_WARN, "powersave",
		{{"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"}}},
	{"sched.latency", ORIEL_CHECK_PASS, "powersave",
		{{"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"},
			{"/sys/devices/system/cpu/intel_pstate/status", "active\n"}}},
	{"bind.bdfmoved", ORIEL_CHECK_UNKNOWN, "does not exist"},
	{"bind.bdfmoved", ORIEL_CHECK_PASS, "1 addresses",
		.domains = "win pci=" TREE_GUEST_GPU "/10de:2484"},
	{"bind.bdfmoved", ORIEL_CHECK_PASS, "0 addresses", .domains = ""},
	{"bind.bdfmoved", ORIEL_CHECK_FAIL, "win: 0000:0a:00.0 is empty",
		.domains = "win pci=0000:0a:00.0"},
	{"bind.bdfmoved", ORIEL_CHECK_FAIL, "0000:04:00.0 is another one",
		.domains = "win pci=0000:04:00.0/10de:2484"},
	{"bind.bdfmoved", ORIEL_CHECK_FAIL, "/var/lib/oriel/devices: 0000:02:00.0 is empty",
		{{"/var/lib/oriel/devices", "0000:02:00.0 10de:2484 1458:4000\n"}}},
	{"bind.bdfmoved", ORIEL_CHECK_PASS, "1 addresses",
		{{"/var/lib/oriel/devices", "rubbish\n" TREE_GUEST_GPU " 10de:2484 1458:4000\n"}}},
	{"pollers", ORIEL_CHECK_UNKNOWN, "not watched"},
	{"pollers", ORIEL_CHECK_WARN, "nvtop", {{"/proc/77/comm", "nvtop\n"}}},
	{"pollers", ORIEL_CHECK_PASS, "looks", .watch_ns = 1},
	{"pollers", ORIEL_CHECK_PASS, "looks",
		{{"/proc/77/comm", "steady\n"}, {"/proc/77/fd/3", "@/dev/dri/card1"}},
		.watch_ns = 120000000},
	{"home.traverse", ORIEL_CHECK_UNKNOWN, "no definitions"},
	{"home.traverse", ORIEL_CHECK_UNKNOWN, "neither", .domains = "win"},
	{"home.traverse", ORIEL_CHECK_PASS, "2 files, as libvirt-qemu (uid 64055)",
		{{"/etc/passwd", PASSWD}, {"/srv/a.qcow2", ""}, {"/srv/deep/b.iso", ""}},
		.domains = "win disk=/srv/a.qcow2 medium=/srv/deep/b.iso"},
	{"home.traverse", ORIEL_CHECK_FAIL, "may not pass /closed",
		{{"/etc/passwd", PASSWD}, {"/closed/a.qcow2", "%"}},
		.domains = "win disk=/closed/a.qcow2"},
	{"home.traverse", ORIEL_CHECK_WARN, "/gone.iso of 'win': does not exist",
		{{"/etc/passwd", PASSWD}}, .domains = "win medium=/gone.iso"},
	{"disk.danger", ORIEL_CHECK_UNKNOWN, "no definitions"},
	{"disk.danger", ORIEL_CHECK_UNKNOWN, "not readable", .domains = "win"},
	{"disk.danger", ORIEL_CHECK_PASS, "1 whole disks", DISK_SDB,
		.domains = "win disk=/dev/sdb"},
	{"disk.danger", ORIEL_CHECK_PASS, "0 whole disks", DISK_SDB, .domains = "win disk=/srv/a"},
	{"disk.danger", ORIEL_CHECK_FAIL, "'win': /dev/sda1 is mounted", DISK_SDB,
		.domains = "ok disk=/dev/sdb; win disk=/dev/disk/by-id/ata-one"},
	{"disk.danger", ORIEL_CHECK_FAIL, "/dev/sdb1 is swap",
		{{"/proc/self/mountinfo", ""}, {"/sys/class/block/sdb/sdb1/partition", "1\n"},
			{"/proc/swaps", "Filename Type\n/dev/sdb1 partition\n"}},
		.domains = "win disk=/dev/sdb"},
	{"disk.danger", ORIEL_CHECK_FAIL, "/dev/sdb stands in /etc/fstab",
		{{"/proc/self/mountinfo", ""}, {"/sys/class/block/sdb/size", "1\n"},
			{"/etc/fstab", "/dev/sdb /data ext4 noauto\n"}},
		.domains = "win disk=/dev/sdb"},
	{"disk.danger", ORIEL_CHECK_FAIL, "/dev/sdb is part of dm-0",
		{{"/proc/self/mountinfo", ""}, {"/sys/class/block/sdb/holders/dm-0", ""}},
		.domains = "win disk=/dev/sdb"},
	{"disk.danger", ORIEL_CHECK_FAIL, "/dev/nvme0n1p2 is mounted",
		{{"/proc/self/mountinfo", "26 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n"},
			{"/sys/class/block/nvme0n1/nvme0n1p2/partition", "2\n"},
			{"/sys/bus/pci/devices/0000:04:00.0/nvme/nvme0/nvme0n1/size", "1\n"}},
		.domains = "win pci=0000:04:00.0"},
	{"usb.lastinput", ORIEL_CHECK_UNKNOWN, "none with letters"},
	{"usb.lastinput", ORIEL_CHECK_PASS, "keyboard and mouse", INPUTS("0000:06:00.2"),
		.domains = "win usb=046d:c077"},
	{"usb.lastinput", ORIEL_CHECK_FAIL, "no mouse would be left", INPUTS("0000:06:00.2"),
		.domains = "win usb=1532:0067"},
	{"usb.lastinput", ORIEL_CHECK_FAIL, "no mouse would be left", INPUTS(TREE_GUEST_AUDIO)},
	{"usb.lastinput", ORIEL_CHECK_FAIL, "no mouse would be left", INPUTS("0000:05:00.0"),
		.domains = "win pci=0000:05:00.0"},
	{"display.caps", ORIEL_CHECK_UNKNOWN, "no display server"},
	{"display.caps", ORIEL_CHECK_PASS, "Wayland on 0, but no wp_color_manager_v1",
		.display = "Wayland zwp_relative_pointer_manager_v1 zwp_pointer_constraints_v1 "
			   "zwp_keyboard_shortcuts_inhibit_manager_v1 wp_viewporter "
			   "zwp_linux_dmabuf_v1"},
	{"display.caps", ORIEL_CHECK_WARN, "zwp_pointer_constraints_v1",
		.display = "Wayland zwp_relative_pointer_manager_v1 wp_viewporter"},
	{"display.caps", ORIEL_CHECK_PASS, "X11 on 0",
		.display = "X11 XInputExtension MIT-SHM RANDR Present"},
	{"display.caps", ORIEL_CHECK_WARN, "has no XInputExtension",
		.display = "X11 MIT-SHM RANDR Present"},
	{"dom.lint", ORIEL_CHECK_UNKNOWN, "no definitions"},
	{"dom.lint", ORIEL_CHECK_PASS, "2 definitions read", .domains = "a; b"},
	{"dom.lint", ORIEL_CHECK_WARN, "definition of 'a'; 1 remarks", .domains = "a flaw; b"},
	{"dom.lint", ORIEL_CHECK_FAIL, "definition of 'b'; 3 remarks",
		.domains = "a flaw; b flaw serious"},
	{"dom.sharing", ORIEL_CHECK_UNKNOWN, "no definitions"},
	{"dom.sharing", ORIEL_CHECK_PASS, "2 definitions",
		.domains = "a disk=/x medium=/m pci=0000:01:00.0 relay=r shared=/s; "
			   "b disk=/y medium=/m pci=0000:01:00.1 relay=s shared=/s auto"},
	{"dom.sharing", ORIEL_CHECK_WARN, "'a' and 'b' both have disk /x",
		.domains = "a disk=/x auto; b disk=/x"},
	{"dom.sharing", ORIEL_CHECK_WARN, "device 0000:01:00.0",
		.domains = "a pci=0000:01:00.0; c; b pci=0000:01:00.0"},
	{"dom.sharing", ORIEL_CHECK_FAIL, "shared memory oriel-a",
		.domains = "a relay=oriel-a auto; b relay=oriel-a auto"},
	{"guest.agent", ORIEL_CHECK_UNKNOWN, "no definitions"},
	{"guest.agent", ORIEL_CHECK_UNKNOWN, "no definitions", .domains = ""},
	{"guest.agent", ORIEL_CHECK_UNKNOWN, "'a' does not run", .domains = "a agent=1"},
	{"guest.agent", ORIEL_CHECK_WARN, "'b' has no channel",
		.domains = "a agent=1; b run agent=0"},
	{"guest.agent", ORIEL_CHECK_WARN, "'b' guest-ping: no answer",
		.domains = "a run agent=4; b run agent=2"},
	{"guest.agent", ORIEL_CHECK_WARN, "nobody", .domains = "a run agent=3"},
	{"guest.agent", ORIEL_CHECK_PASS, "answered", .domains = "a run agent=4"},
	{"guest.agent", ORIEL_CHECK_PASS, "2 devices without",
		.domains = "a run agent=4 device=0,Display,PCI\\VEN_10DE "
			   "device=0,System,PCI\\VEN_1AF4&DEV_1110"},
	{"guest.agent", ORIEL_CHECK_FAIL, "VEN_10DE: problem code 43",
		.domains = "a run agent=4 device=28,System,PCI\\VEN_1AF4&DEV_1110 "
			   "device=43,Display,PCI\\VEN_10DE"},
	{"guest.agent", ORIEL_CHECK_FAIL, "DEV_1110: problem code 28",
		.domains = "a run agent=3 relay=r device=28,NetClient,PCI\\VEN_1AF4&DEV_1041 "
			   "device=28,System,PCI\\VEN_1AF4&DEV_1110"},
	{"guest.agent", ORIEL_CHECK_WARN, "DEV_1110: problem code 28",
		.domains = "a run agent=4 device=28,System,PCI\\VEN_1AF4&DEV_1110"},
	{"guest.agent", ORIEL_CHECK_WARN, "DEV_1041: problem code 3",
		.domains = "a run agent=4 device=3,Net,PCI\\VEN_1AF4&DEV_1041"},
	{"guest.agent", ORIEL_CHECK_WARN, "nobody",
		.domains = "a run agent=3 device=0,Display,PCI\\VEN_10DE"},
	{"postmortem", ORIEL_CHECK_UNKNOWN, "do not exist"},
	{"postmortem", ORIEL_CHECK_PASS, "aer_dev_*: 0",
		{{GUEST "/aer_dev_fatal", "DLP 0\nTOTAL_ERR_FATAL 0\n"}}},
	{"postmortem", ORIEL_CHECK_WARN, "TOTAL_ERR_NONFATAL 3",
		{{GUEST "/aer_dev_nonfatal", "DLP 3\nTOTAL_ERR_NONFATAL 3\n"}}},
	{"postmortem", ORIEL_CHECK_FAIL, "after FLR",
		{{"/var/log/kern.log",
			"vfio-pci " TREE_GUEST_GPU ": not ready 65535ms after FLR; giving up\n"}}},
	{"postmortem", ORIEL_CHECK_FAIL, "0000:01:00.0.journal: unbind",
		{{"/var/lib/oriel/handover/0000:01:00.0.journal", "begin\nunbind\n"}}},
	{"postmortem", ORIEL_CHECK_FAIL, "win11.journal: do\tirq",
		{{"/var/lib/oriel/tuning/win11.journal", "oriel tuning 1\ndo\tirq\n"}}},
	{"drift", ORIEL_CHECK_UNKNOWN, "/var/lib: does not exist", {{"/var", NULL}}},
	{"drift", ORIEL_CHECK_PASS, "0 files", {{"/var/lib/x", ""}}},
	{"drift", ORIEL_CHECK_PASS, "1 files",
		{{"/etc/modprobe.d/oriel.conf", ""}, {"/var/lib/oriel/installed", INSTALLED}}},
	{"drift", ORIEL_CHECK_WARN, "oriel.conf: was changed",
		{{"/etc/modprobe.d/oriel.conf", "x"}, {"/var/lib/oriel/installed", INSTALLED}}},
	{"drift", ORIEL_CHECK_WARN, "oriel.conf: is gone",
		{{"/var/lib/oriel/installed", INSTALLED}}},
	{"drift", ORIEL_CHECK_WARN, "0.0.1, this is",
		{{"/var/lib/oriel/installed", "\n# oriel 0.0.1\n"}}},
};

/* Header, offset of the data structure at 0x18; there code type at 0x14, last-image flag at 0x15.
 */
static void write_rom(struct tree *tree, const char *path, guint8 type)
{
	guint8 rom[512] = {0x55, 0xaa, [0x18] = 0x1c, [0x1c] = 'P', 'C', 'I', 'R'};

	rom[0x1c + 0x10] = 1;
	rom[0x1c + 0x14] = type;
	rom[0x1c + 0x15] = 0x80;
	tree_write_bytes(tree, path, rom, sizeof rom);
}

static void write_old(struct tree *tree, const char *path, const char *text)
{
	g_autofree char *full = g_build_filename(tree->root, path, NULL);
	const struct utimbuf long_ago = {1000000000, 1000000000};

	tree_write(tree, path, text);
	assert_int_equal(utime(full, &long_ago), 0);
}

static void write_empty(struct tree *tree, const char *path, guint64 bytes)
{
	g_autofree char *full = g_build_filename(tree->root, path, NULL);

	tree_write(tree, path, "");
	assert_int_equal(truncate(full, (off_t)bytes), 0);
}

/* The fields that say a version, where docs/PROTOCOL.md, sections 2.2 and 4.1, puts them. */
static void write_guest(struct tree *tree, const char *path, guint8 kvmfr)
{
	g_autofree guint8 *memory = g_malloc0(32 << 20);

	memcpy(memory, "LGMP\x06", 5);
	memory[5752] = 48;
	memcpy(memory + 5756, "KVMFR---", 8);
	memory[5764] = kvmfr;
	tree_write_bytes(tree, path, memory, 32 << 20);
}

static void write_closed(struct tree *tree, const char *path)
{
	g_autofree char *full = g_build_filename(tree->root, path, NULL);
	g_autofree char *folder = g_path_get_dirname(full);

	tree_write(tree, path, "");
	assert_int_equal(chmod(folder, 0700), 0);
}

/* text: "mouse /sys/devices/…". Masks as a 64-bit machine's sysfs prints them. */
static void write_input(struct tree *tree, const char *path, const char *text)
{
	gboolean is_mouse = g_str_has_prefix(text, "mouse");
	const char *place = strchr(text, '/');
	g_autofree char *up = g_strconcat("../../../..", place, NULL);
	const struct {
		const char *file, *text;
	} files[] = {{"capabilities/key", is_mouse ? "1f0000 0 0 0 0\n"
						   : "402000007 ff9f207ac14057ff "
						     "febeffdfffefffff fffffffffffffffe\n"},
		{"capabilities/rel", is_mouse ? "903\n" : "0\n"},
		{"id/bustype", is_mouse ? "0003\n" : "0011\n"}, {"id/vendor", "1532\n"},
		{"id/product", "0067\n"}};

	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *file = g_build_filename(place, files[i].file, NULL);

		tree_write(tree, file, files[i].text);
	}
	tree_link(tree, path, up);
}

static void apply(struct tree *tree, const struct change *change)
{
	tree_remove(tree, change->path);
	if (!change->text)
		return;
	if (*change->text == '#')
		write_rom(tree, change->path, (guint8)(change->text[1] - '0'));
	else if (*change->text == '!')
		write_old(tree, change->path, change->text + 1);
	else if (*change->text == '=')
		write_empty(tree, change->path, g_ascii_strtoull(change->text + 1, NULL, 10));
	else if (*change->text == '~')
		write_guest(tree, change->path, (guint8)atoi(change->text + 1));
	else if (*change->text == '%')
		write_closed(tree, change->path);
	else if (*change->text == '&')
		write_input(tree, change->path, change->text + 1);
	else if (*change->text == '@')
		tree_link(tree, change->path, change->text + 1);
	else
		tree_write(tree, change->path, change->text);
}

/* ---- machines and displays of words --------------------------------------------------------- */

static void add_pci(struct oriel_domain *domain, const char *text)
{
	g_auto(GStrv) parts = g_strsplit_set(text, "/", 2);
	struct oriel_domain_pci pci = {.vendor = 0};
	unsigned int vendor, device;

	assert_true(oriel_pci_address_parse(parts[0], &pci.address, NULL));
	if (parts[1]) {
		assert_int_equal(sscanf(parts[1], "%x:%x", &vendor, &device), 2);
		pci.vendor = (guint16)vendor;
		pci.device = (guint16)device;
	}
	g_array_append_val(domain->pci, pci);
}

static void add_usb(struct oriel_domain *domain, const char *text)
{
	struct oriel_domain_usb usb;
	unsigned int vendor, product;

	assert_int_equal(sscanf(text, "%x:%x", &vendor, &product), 2);
	usb = (struct oriel_domain_usb){(guint16)vendor, (guint16)product};
	g_array_append_val(domain->usb, usb);
}

static void add_disk(struct oriel_domain *domain, const char *path)
{
	oriel_domain_add_file(domain, ORIEL_DOMAIN_DISK, path, FALSE);
}

static void add_shared(struct oriel_domain *domain, const char *path)
{
	oriel_domain_add_file(domain, ORIEL_DOMAIN_DISK, path, TRUE);
}

static void add_medium(struct oriel_domain *domain, const char *path)
{
	oriel_domain_add_file(domain, ORIEL_DOMAIN_MEDIUM, path, TRUE);
}

static void add_relay(struct oriel_domain *domain, const char *name)
{
	g_ptr_array_add(domain->relays, g_strdup(name));
}

static void set_agent(struct oriel_domain *domain, const char *number)
{
	domain->agent = (enum oriel_domain_agent)atoi(number);
}

static void add_flaw(struct oriel_domain *domain, const char *none)
{
	oriel_domain_add_flaw(domain, FALSE, "it costs something", "mend it");
}

static void add_serious(struct oriel_domain *domain, const char *none)
{
	oriel_domain_add_flaw(domain, TRUE, "it breaks", "mend it");
}

static void set_auto(struct oriel_domain *domain, const char *none)
{
	domain->autostart = TRUE;
}

/* "43,Display,PCI\VEN_10DE" */
static void add_guest_device(struct oriel_domain *domain, const char *value)
{
	g_auto(GStrv) fields = g_strsplit(value, ",", 3);

	assert_int_equal(g_strv_length(fields), 3);
	if (!domain->guest_devices)
		oriel_domain_begin_guest_devices(domain);
	oriel_domain_add_guest_device(domain, (guint)g_ascii_strtoull(fields[0], NULL, 10),
		fields[1], fields[2], "a device");
}

static void set_running(struct oriel_domain *domain, const char *none)
{
	domain->running = TRUE;
}

static const struct {
	const char *word;
	void (*work)(struct oriel_domain *domain, const char *value);
} words[] = {{"disk=", add_disk}, {"shared=", add_shared}, {"medium=", add_medium},
	{"pci=", add_pci}, {"usb=", add_usb}, {"relay=", add_relay}, {"agent=", set_agent},
	{"device=", add_guest_device}, {"flaw", add_flaw}, {"serious", add_serious},
	{"auto", set_auto}, {"run", set_running}};

static void work_word(struct oriel_domain *domain, const char *text)
{
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(text, words[i].word)) {
			words[i].work(domain, text + strlen(words[i].word));
			return;
		}
	fail_msg("no such word: %s", text);
}

static GPtrArray *make_domains(const char *text)
{
	GPtrArray *domains = oriel_domain_list_create();
	g_auto(GStrv) each = g_strsplit(text, "; ", -1);

	for (char **one = each; *one && **one; one++) {
		g_auto(GStrv) parts = g_strsplit(*one, " ", -1);
		struct oriel_domain *domain = oriel_domain_create(parts[0]);

		for (char **part = parts + 1; *part; part++)
			work_word(domain, *part);
		g_ptr_array_add(domains, domain);
	}
	return domains;
}

static GPtrArray *make_offered(const char *text)
{
	GPtrArray *offered = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) parts = g_strsplit(text, " ", -1);

	for (char **part = parts + 1; *part; part++)
		g_ptr_array_add(offered, g_strdup(*part));
	return offered;
}

/* Runs the check of a case, with the machines and the display it names. */
static struct oriel_check_report *run_in_context(
	const struct check_case *wanted, struct oriel_check_context *context)
{
	g_autoptr(GPtrArray) domains = wanted->domains ? make_domains(wanted->domains) : NULL;
	g_autoptr(GPtrArray) offered = wanted->display ? make_offered(wanted->display) : NULL;
	struct oriel_display display = {.name = (char *)"0", .offered = offered};

	context->guest_disk_bytes = wanted->disk_bytes;
	context->watch_ns = wanted->watch_ns;
	context->domains = domains;
	if (wanted->display) {
		display.kind = g_str_has_prefix(wanted->display, "X11") ? "X11" : "Wayland";
		context->display = &display;
	}
	return oriel_check_run(oriel_check_find(wanted->id), context);
}

static struct oriel_check_report *run_case(const struct check_case *wanted)
{
	struct oriel_check_context *context;
	struct oriel_check_report *report;
	struct oriel_host *host;
	struct tree tree;

	assert_non_null(oriel_check_find(wanted->id));
	tree_init(&tree);
	tree_add_desktop(&tree);
	for (size_t i = 0; i < G_N_ELEMENTS(wanted->changes) && wanted->changes[i].path; i++)
		apply(&tree, &wanted->changes[i]);
	host = oriel_host_create(tree.root);
	context = oriel_check_context_create(host, NULL, NULL);
	report = run_in_context(wanted, context);
	oriel_check_context_free(context);
	oriel_host_destroy(host);
	tree_finish(&tree);
	return report;
}

/* What is wrong comes with a way out; what is right needs none. */
static gboolean has_fitting_remedy(const struct oriel_check_report *report)
{
	switch (report->result) {
	case ORIEL_CHECK_PASS:
		return !report->remedy;
	case ORIEL_CHECK_UNKNOWN:
		return TRUE;
	default:
		return report->remedy != NULL;
	}
}

static void test_each_case(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct oriel_check_report *report = run_case(&cases[i]);

		if (report->result != cases[i].result ||
			!strstr(report->evidence, cases[i].evidence))
			fail_msg("case %zu, %s: %s (%s), wanted %s with '%s'", i, cases[i].id,
				oriel_check_result_get_name(report->result), report->evidence,
				oriel_check_result_get_name(cases[i].result), cases[i].evidence);
		if (!*report->meaning || !has_fitting_remedy(report))
			fail_msg("case %zu, %s: remedy '%s'", i, cases[i].id, report->remedy);
		oriel_check_report_free(report);
	}
}

static gboolean has_case(const char *id, gboolean passing)
{
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		if (!strcmp(cases[i].id, id) && (cases[i].result == ORIEL_CHECK_PASS) == passing)
			return TRUE;
	return FALSE;
}

static void test_every_check_can_pass_and_not_pass(void **state)
{
	guint count;
	const struct oriel_check *checks = oriel_check_list(&count);

	for (guint i = 0; i < count; i++)
		if (!has_case(checks[i].id, TRUE) || !has_case(checks[i].id, FALSE))
			fail_msg("%s lacks a case", checks[i].id);
}

/* On a machine of which nothing can be read, nothing passes. */
static void test_nothing_passes_on_an_empty_machine(void **state)
{
	struct oriel_check_context *context;
	struct oriel_host *host;
	struct tree tree;
	guint count;
	const struct oriel_check *checks = oriel_check_list(&count);

	tree_init(&tree);
	host = oriel_host_create(tree.root);
	context = oriel_check_context_create(host, NULL, NULL);
	assert_int_equal(count, 55);
	for (guint i = 0; i < count; i++) {
		struct oriel_check_report *report = oriel_check_run(&checks[i], context);

		if (report->result == ORIEL_CHECK_PASS)
			fail_msg("%s passes: %s", report->id, report->evidence);
		oriel_check_report_free(report);
	}
	oriel_check_context_free(context);
	oriel_host_destroy(host);
	tree_finish(&tree);
}

struct blinker {
	struct tree *tree;
	gint stop;
};

/* Opens the card for a moment, again and again, as it looks in /proc. */
static void *blink(void *data)
{
	struct blinker *blinker = data;

	while (!g_atomic_int_get(&blinker->stop)) {
		tree_link(blinker->tree, "/proc/77/fd/3", "/dev/dri/renderD129");
		g_usleep(70000);
		tree_remove(blinker->tree, "/proc/77/fd/3");
		g_usleep(70000);
	}
	return NULL;
}

static void test_a_poller_is_seen_by_watching(void **state)
{
	struct oriel_check_context *context;
	struct oriel_check_report *report;
	struct oriel_host *host;
	struct tree tree;
	struct blinker blinker = {&tree, 0};
	GThread *thread;

	tree_init(&tree);
	tree_add_desktop(&tree);
	tree_write(&tree, "/proc/77/comm", "tempwidget\n");
	host = oriel_host_create(tree.root);
	context = oriel_check_context_create(host, NULL, NULL);
	context->watch_ns = 1500000000;
	thread = g_thread_new("blink", blink, &blinker);
	report = oriel_check_run(oriel_check_find("pollers"), context);
	g_atomic_int_set(&blinker.stop, 1);
	g_thread_join(thread);
	assert_int_equal(report->result, ORIEL_CHECK_WARN);
	assert_non_null(strstr(report->evidence, "77 tempwidget"));
	oriel_check_report_free(report);
	oriel_check_context_free(context);
	oriel_host_destroy(host);
	tree_finish(&tree);
}

/* One machine alone is judged when it is the one that is meant. */
static void test_only_the_meant_machine_is_judged(void **state)
{
	g_autoptr(GPtrArray) domains = make_domains("good; bad flaw");
	struct oriel_check_context *context;
	struct oriel_check_report *report;
	struct oriel_host *host;
	struct tree tree;

	tree_init(&tree);
	host = oriel_host_create(tree.root);
	context = oriel_check_context_create(host, NULL, NULL);
	context->domains = domains;
	context->domain = oriel_domain_list_find(domains, "good");
	report = oriel_check_run(oriel_check_find("dom.lint"), context);
	assert_int_equal(report->result, ORIEL_CHECK_PASS);
	oriel_check_report_free(report);
	oriel_check_context_free(context);
	oriel_host_destroy(host);
	tree_finish(&tree);
}

static void test_a_chosen_gpu_must_exist(void **state)
{
	struct oriel_pci_address address = {0, 0x77, 0, 0};
	g_autoptr(GError) error = NULL;
	struct oriel_host *host;
	struct tree tree;

	tree_init(&tree);
	tree_add_desktop(&tree);
	host = oriel_host_create(tree.root);
	assert_null(oriel_check_context_create(host, &address, &error));
	assert_non_null(strstr(error->message, "0000:77:00.0"));
	oriel_host_destroy(host);
	tree_finish(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_case),
		cmocka_unit_test(test_every_check_can_pass_and_not_pass),
		cmocka_unit_test(test_nothing_passes_on_an_empty_machine),
		cmocka_unit_test(test_a_poller_is_seen_by_watching),
		cmocka_unit_test(test_only_the_meant_machine_is_judged),
		cmocka_unit_test(test_a_chosen_gpu_must_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
