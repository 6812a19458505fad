/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bind/systems.h"

#define WRITTEN "# Written by 'oriel vfio apply', taken out by 'oriel vfio undo'.\n"
#define BEGIN "# begin oriel: written by 'oriel vfio apply', taken out by 'oriel vfio undo'\n"
#define END "# end oriel\n"
#define MODPROBE_HEAD WRITTEN "# Gives the guest's GPU to vfio-pci before its own driver comes.\n"
#define SOFTDEPS                                                                                   \
	"softdep nvidia pre: vfio-pci\nsoftdep nvidia_drm pre: vfio-pci\n"                         \
	"softdep nouveau pre: vfio-pci\nsoftdep nova_core pre: vfio-pci\n"                         \
	"softdep snd_hda_intel pre: vfio-pci\nsoftdep xhci_pci pre: vfio-pci\n"
#define MODPROBE                                                                                   \
	{                                                                                          \
		"/etc/modprobe.d/oriel.conf",                                                      \
			MODPROBE_HEAD "options vfio-pci ids=10de:2484,10de:228b\n" SOFTDEPS        \
	}
#define DRACUT                                                                                     \
	{                                                                                          \
		"/etc/dracut.conf.d/oriel.conf",                                                   \
			WRITTEN "force_drivers+=\" vfio_pci vfio vfio_iommu_type1 \"\n"            \
	}
#define MKINITCPIO                                                                                 \
	{                                                                                          \
		"/etc/mkinitcpio.conf.d/oriel.conf",                                               \
			WRITTEN "MODULES=(vfio_pci vfio vfio_iommu_type1 \"${MODULES[@]}\")\n"     \
	}
#define TOOLS                                                                                      \
	{                                                                                          \
		"/etc/initramfs-tools/modules",                                                    \
			"# modules\n" BEGIN "vfio_pci\nvfio\nvfio_iommu_type1\n" END               \
	}

#define RESCUE_TITLE "Oriel rescue: start without handing over the GPU"
#define RESCUE_WORD "module_blacklist=vfio_pci"

/* An Intel processor whose IOMMU is off until the kernel is asked. */
#define INTEL                                                                                      \
	{"/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n"},      \
	{                                                                                          \
		"/sys/class/iommu/.gone", ""                                                       \
	}
#define OFF "/sys/class/iommu/ivhd0"
#define GRUB "/etc/default/grub"
#define INITRAMFS_TOOLS "/etc/initramfs-tools/initramfs.conf"
#define TWIN                                                                                       \
	{"/sys/bus/pci/devices/0000:06:00.0/vendor", "0x10de\n"},                                  \
	{                                                                                          \
		"/sys/bus/pci/devices/0000:06:00.0/device", "0x2484\n"                             \
	}
#define OVERRIDE(address, id)                                                                      \
	"d=/sys/bus/pci/devices/" address "; [ \"$(cat $d/vendor):$(cat $d/device)\" = " id        \
	" ] && echo vfio-pci > $d/driver_override"

#define GRUB_CFG                                                                                   \
	"set default=0\nmenuentry 'Debian' --class debian {\n\tinsmod ext2\n"                      \
	"\tlinux\t/boot/vmlinuz root=UUID=1 ro quiet\n\tinitrd\t/boot/initrd.img\n}\n"             \
	"menuentry 'Other' {\n\tchainloader +1\n}\n"
#define GRUB_RESCUE                                                                                \
	BEGIN "menuentry '" RESCUE_TITLE "' {\n\tinsmod ext2\n"                                    \
	      "\tlinux\t/boot/vmlinuz root=UUID=1 ro quiet " RESCUE_WORD "\n"                      \
	      "\tinitrd\t/boot/initrd.img\n}\n" END

const struct system_case system_cases[] = {
	{
		.name = "Arch, mkinitcpio, systemd-boot",
		.removed = {GRUB, INITRAMFS_TOOLS},
		.files = {{"/etc/mkinitcpio.conf", "HOOKS=(base udev modconf block)\n"},
			{"/etc/mkinitcpio.conf.d/keep.conf", "\n"},
			{"/boot/loader/entries/arch.conf",
				"title Arch Linux\nlinux /vmlinuz-linux\ninitrd /initramfs.img\n"
				"options root=UUID=1 rw\n"},
			{"/boot/loader/loader.conf", "default arch.conf\n"}},
		.written = {{"/boot/loader/entries/oriel-rescue.conf",
				    "title " RESCUE_TITLE "\nlinux /vmlinuz-linux\n"
				    "initrd /initramfs.img\noptions root=UUID=1 rw " RESCUE_WORD
				    "\n"},
			MODPROBE, MKINITCPIO},
		.commands = {"mkinitcpio -P"},
	},
	{
		.name = "Arch on Intel: parameters too, and no modconf",
		.removed = {GRUB, INITRAMFS_TOOLS, OFF},
		.files = {{"/etc/mkinitcpio.conf", "HOOKS=(base udev block)\n"},
			{"/etc/kernel/cmdline", "root=UUID=1 rw"},
			{"/boot/loader/entries/arch.conf",
				"title Arch Linux\noptions root=UUID=1 rw\n"},
			INTEL},
		.written = {{"/boot/loader/entries/oriel-rescue.conf",
				    "title " RESCUE_TITLE "\noptions root=UUID=1 rw " RESCUE_WORD
				    "\n"},
			MODPROBE, MKINITCPIO,
			{"/etc/kernel/cmdline", "root=UUID=1 rw intel_iommu=on"},
			{"/boot/loader/entries/arch.conf",
				"title Arch Linux\noptions root=UUID=1 rw intel_iommu=on\n"}},
		.commands = {"mkinitcpio -P"},
		.note = "modconf",
	},
	{
		.name = "Fedora, dracut, GRUB with entries for grubby",
		.removed = {INITRAMFS_TOOLS, OFF},
		.files = {{"/etc/dracut.conf", "\n"},
			{GRUB, "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX=\"rhgb quiet\"\n"},
			{"/boot/grub2/grub.cfg", "blscfg\n"},
			{"/boot/loader/entries/abc-5.0.conf",
				"title Fedora (5.0)\nversion 5.0\noptions root=UUID=1 ro rhgb\n"},
			{"/boot/loader/entries/abc-6.1.conf",
				"title Fedora (6.1)\nversion 6.1.0-18-amd64\n"
				"options root=UUID=1 ro rhgb\n"},
			INTEL},
		.written = {{"/boot/loader/entries/oriel-rescue.conf",
				    "title " RESCUE_TITLE "\nversion 6.1.0-18-amd64\n"
				    "options root=UUID=1 ro rhgb " RESCUE_WORD "\n"},
			MODPROBE, DRACUT,
			{"/boot/loader/entries/abc-5.0.conf",
				"title Fedora (5.0)\nversion 5.0\noptions root=UUID=1 ro rhgb "
				"intel_iommu=on rd.driver.pre=vfio-pci\n"},
			{"/boot/loader/entries/abc-6.1.conf",
				"title Fedora (6.1)\nversion 6.1.0-18-amd64\n"
				"options root=UUID=1 ro rhgb intel_iommu=on "
				"rd.driver.pre=vfio-pci\n"},
			{GRUB, "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX=\"rhgb quiet intel_iommu=on "
			       "rd.driver.pre=vfio-pci\"\n"}},
		.commands = {"dracut --force --regenerate-all"},
	},
	{
		.name = "Debian, initramfs-tools, GRUB",
		.removed = {OFF},
		.files = {{"/etc/initramfs-tools/modules", "# modules\n"},
			{"/etc/default/grub.d/keep.cfg", "\n"}, {"/boot/grub/grub.cfg", GRUB_CFG},
			{"/usr/sbin/update-grub", "\n"}, INTEL},
		.written = {{"/boot/grub/custom.cfg", GRUB_RESCUE}, MODPROBE, TOOLS,
			{"/etc/default/grub.d/oriel.cfg",
				WRITTEN "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX "
					"intel_iommu=on\"\n"}},
		.commands = {"update-initramfs -u -k all", "update-grub"},
	},
	{
		.name = "Debian without drop-ins, vfio-pci built in",
		.files = {{"/etc/initramfs-tools/modules", "# modules\n"},
			{"/boot/grub/grub.cfg", GRUB_CFG}, {"/boot/grub/custom.cfg", "# mine"},
			{"/lib/modules/6.1.0-18-amd64/modules.builtin",
				"kernel/drivers/vfio/pci/vfio-pci.ko\n"}},
		.written = {{"/boot/grub/custom.cfg", "# mine\n" GRUB_RESCUE},
			{GRUB, "GRUB_CMDLINE_LINUX=\"vfio-pci.ids=10de:2484,10de:228b\"\n"}},
		.commands = {"update-initramfs -u -k all", "grub-mkconfig -o /boot/grub/grub.cfg"},
	},
	{
		.name = "Pop!_OS, kernelstub",
		.removed = {GRUB, OFF},
		.files = {{"/etc/initramfs-tools/modules", "# modules\n"},
			{"/etc/kernelstub/configuration",
				"{\n  \"default\": {\n    \"kernel_options\": [\n      \"quiet\"\n "
				"   ]\n"
				"  },\n  \"user\": {\n    \"kernel_options\": [\n      \"quiet\",\n"
				"      \"splash\"\n    ],\n    \"setup_loader\": true\n  }\n}\n"},
			{"/boot/efi/loader/entries/Pop_OS-current.conf",
				"title Pop!_OS\noptions root=UUID=1 ro quiet splash\n"},
			INTEL},
		.written = {{"/boot/efi/loader/entries/oriel-rescue.conf",
				    "title " RESCUE_TITLE
				    "\noptions root=UUID=1 ro quiet splash " RESCUE_WORD "\n"},
			MODPROBE, TOOLS,
			{"/etc/kernelstub/configuration",
				"{\n  \"default\" : {\n    \"kernel_options\" : [\n"
				"      \"quiet\"\n    ]\n  },\n  \"user\" : {\n"
				"    \"kernel_options\" : [\n      \"quiet\",\n"
				"      \"splash\",\n      \"intel_iommu=on\"\n    ],\n"
				"    \"setup_loader\" : true\n  }\n}\n"},
			{"/boot/efi/loader/entries/Pop_OS-current.conf",
				"title Pop!_OS\noptions root=UUID=1 ro quiet splash "
				"intel_iommu=on\n"}},
		.commands = {"update-initramfs -u -k all"},
	},
	{
		.name = "Silverblue, ostree",
		.removed = {INITRAMFS_TOOLS, OFF},
		.files = {{"/etc/dracut.conf", "\n"}, {"/ostree/repo/config", "\n"}, INTEL},
		.written = {MODPROBE, DRACUT},
		.commands = {"ostree admin pin booted", "rpm-ostree initramfs --enable",
			"rpm-ostree kargs --append-if-missing=intel_iommu=on "
			"--append-if-missing=rd.driver.pre=vfio-pci"},
	},
	{
		.name = "unified kernel image under Secure Boot",
		.removed = {GRUB, INITRAMFS_TOOLS},
		.files = {{"/etc/mkinitcpio.conf", "HOOKS=(systemd modconf)\n"},
			{"/etc/kernel/cmdline", "root=UUID=1 rw\n"}, {"/etc/kernel/uki.conf", "\n"},
			{"/efi/EFI/Linux/arch.efi", "MZ signed"},
			{"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-"
			 "00e098032b8c",
				"\x06\x01\x01\x01\x01"}},
		.written = {{"/efi/EFI/Linux/oriel-rescue.efi", "MZ signed"},
			{"/etc/modprobe.d/oriel.conf", MODPROBE_HEAD SOFTDEPS}, MKINITCPIO,
			{"/etc/kernel/cmdline",
				"root=UUID=1 rw vfio-pci.ids=10de:2484,10de:228b\n"}},
		.commands = {"mkinitcpio -P"},
		.note = "must be signed",
	},
	{
		.name = "rEFInd with booster",
		.removed = {GRUB, INITRAMFS_TOOLS, OFF},
		.files = {{"/etc/booster.yaml", "network: false\nmodules_force_load: dm_mod\n"},
			{"/boot/refind_linux.conf",
				"\"Boot with defaults\" \"root=UUID=1 rw\"\n# remark\n"},
			INTEL},
		.written = {{"/boot/refind_linux.conf",
				    "\"Boot with defaults\" \"root=UUID=1 rw intel_iommu=on\"\n"
				    "# remark\n\"" RESCUE_TITLE "\" \"root=UUID=1 rw " RESCUE_WORD
				    "\"\n"},
			MODPROBE,
			{"/etc/booster.yaml", "network: false\nmodules_force_load: "
					      "vfio_pci,vfio,vfio_iommu_type1,dm_mod\n"}},
		.commands = {"/usr/lib/booster/regenerate_images"},
	},
	{
		.name = "Limine with its defaults",
		.removed = {GRUB, INITRAMFS_TOOLS, OFF},
		.files = {{"/etc/mkinitcpio.conf", "HOOKS=(modconf)\n"},
			{"/etc/default/limine", "ESP_PATH=/boot\n"},
			{"/boot/limine.conf", "timeout: 5\n/Arch\n  protocol: linux\n"
					      "  cmdline: root=UUID=1\n/Other\n  protocol: efi\n"},
			INTEL},
		.written = {{"/boot/limine.conf",
				    "timeout: 5\n/Arch\n  protocol: linux\n"
				    "  cmdline: root=UUID=1\n/Other\n  protocol: efi\n" BEGIN
				    "/" RESCUE_TITLE "\n  protocol: linux\n"
				    "  cmdline: root=UUID=1 " RESCUE_WORD "\n" END},
			MODPROBE, MKINITCPIO,
			{"/etc/default/limine",
				"ESP_PATH=/boot\n" BEGIN
				"KERNEL_CMDLINE[default]+=\" intel_iommu=on\"\n" END}},
		.commands = {"mkinitcpio -P", "limine-update"},
	},
	{
		.name = "Limine without defaults",
		.removed = {GRUB, INITRAMFS_TOOLS, OFF},
		.files = {{"/etc/mkinitcpio.conf", "HOOKS=(modconf)\n"},
			{"/boot/limine.conf", "/Arch\n  protocol: linux\n  cmdline: root=UUID=1\n"},
			INTEL},
		.written = {{"/boot/limine.conf",
				    "/Arch\n  protocol: linux\n  cmdline: root=UUID=1 "
				    "intel_iommu=on\n" BEGIN "/" RESCUE_TITLE
				    "\n  protocol: linux\n  cmdline: root=UUID=1 " RESCUE_WORD
				    "\n" END},
			MODPROBE, MKINITCPIO},
		.commands = {"mkinitcpio -P"},
	},
	{
		.name = "identical twins are bound by address",
		.removed = {GRUB, INITRAMFS_TOOLS},
		.files = {{"/etc/mkinitcpio.conf", "HOOKS=(modconf)\n"},
			{"/boot/loader/entries/arch.conf", "title A\noptions rw\n"}, TWIN},
		.written = {{"/boot/loader/entries/oriel-rescue.conf",
				    "title " RESCUE_TITLE "\noptions rw " RESCUE_WORD "\n"},
			{"/etc/modprobe.d/oriel.conf",
				MODPROBE_HEAD "install vfio-pci " OVERRIDE("0000:01:00.0",
					"0x10de:0x2484") "; " OVERRIDE("0000:01:00.1",
					"0x10de:0x228b") "; modprobe "
							 "--ignore-install "
							 "vfio-pci "
							 "$CMDLINE_OPTS\n" SOFTDEPS},
			MKINITCPIO},
		.commands = {"mkinitcpio -P"},
	},
	{
		.name = "a system that nobody knows",
		.removed = {GRUB, INITRAMFS_TOOLS, OFF},
		.files = {INTEL},
		.written = {MODPROBE},
		.note = "add to the kernel's parameters in your boot loader: intel_iommu=on",
	},
};

const guint system_case_count = G_N_ELEMENTS(system_cases);
