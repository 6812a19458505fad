/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/host/tree.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/remove_tree.h"

void tree_init(struct tree *tree)
{
	/* In memory: a run makes and removes thousands of small files. */
	tree->root = g_strdup("/dev/shm/oriel-host-XXXXXX");
	g_assert_nonnull(g_mkdtemp(tree->root));
}

void tree_finish(struct tree *tree)
{
	remove_tree(tree->root);
	g_clear_pointer(&tree->root, g_free);
}

static char *make_place(struct tree *tree, const char *path)
{
	char *full = g_build_filename(tree->root, path, NULL);
	g_autofree char *folder = g_path_get_dirname(full);

	g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
	return full;
}

void tree_write_bytes(struct tree *tree, const char *path, const void *data, gsize size)
{
	g_autofree char *full = make_place(tree, path);

	/* No flag: these files need not outlive a power cut, and there are thousands. Without one a
	 * longer file that is there would keep its end. */
	unlink(full);
	g_assert_true(g_file_set_contents_full(
		full, data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
}

void tree_write(struct tree *tree, const char *path, const char *text)
{
	g_autofree char *full = NULL;

	if (text) {
		tree_write_bytes(tree, path, text, strlen(text));
		return;
	}
	full = make_place(tree, path);
	g_assert_cmpint(g_mkdir_with_parents(full, 0755), ==, 0);
}

void tree_link(struct tree *tree, const char *path, const char *target)
{
	g_autofree char *full = make_place(tree, path);

	g_assert_cmpint(symlink(target, full), ==, 0);
}

void tree_remove(struct tree *tree, const char *path)
{
	g_autofree char *full = g_build_filename(tree->root, path, NULL);

	remove_tree(full);
}

void tree_write_pci(struct tree *tree, const char *name, const char *file, const char *format, ...)
{
	g_autofree char *path = g_strdup_printf("/sys/bus/pci/devices/%s/%s", name, file);
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	tree_write(tree, path, text);
}

static void link_driver(struct tree *tree, const struct tree_pci *pci)
{
	g_autofree char *path = g_strdup_printf("/sys/bus/pci/devices/%s/driver", pci->name);
	g_autofree char *target = g_strdup_printf("../../../bus/pci/drivers/%s", pci->driver);

	tree_link(tree, path, target);
}

static void link_group(struct tree *tree, const struct tree_pci *pci)
{
	g_autofree char *path = g_strdup_printf("/sys/bus/pci/devices/%s/iommu_group", pci->name);
	g_autofree char *target = g_strdup_printf("../../../kernel/iommu_groups/%d", pci->group);
	g_autofree char *type = g_strdup_printf("/sys/kernel/iommu_groups/%d/type", pci->group);

	tree_link(tree, path, target);
	tree_write(tree, type, "DMA-FQ\n");
}

void tree_add_pci(struct tree *tree, const struct tree_pci *pci)
{
	tree_write_pci(tree, pci->name, "vendor", "0x%04x\n", pci->vendor);
	tree_write_pci(tree, pci->name, "device", "0x%04x\n", pci->device);
	tree_write_pci(tree, pci->name, "subsystem_vendor", "0x1458\n");
	tree_write_pci(tree, pci->name, "subsystem_device", "0x4000\n");
	tree_write_pci(tree, pci->name, "class", "0x%06x\n", pci->class_code);
	tree_write_pci(tree, pci->name, "numa_node", "-1\n");
	tree_write_pci(tree, pci->name, "driver_override", "(null)\n");
	if (pci->boot_vga >= 0)
		tree_write_pci(tree, pci->name, "boot_vga", "%d\n", pci->boot_vga);
	if (pci->driver)
		link_driver(tree, pci);
	if (pci->group >= 0)
		link_group(tree, pci);
}

void tree_add_output(struct tree *tree, const char *name, const char *card, const char *connector,
	const char *status, const char *enabled)
{
	g_autofree char *base = g_strdup_printf("drm/%s/%s-%s", card, card, connector);
	g_autofree char *status_file = g_strconcat(base, "/status", NULL);
	g_autofree char *enabled_file = g_strconcat(base, "/enabled", NULL);

	tree_write_pci(tree, name, status_file, "%s\n", status);
	tree_write_pci(tree, name, enabled_file, "%s\n", enabled);
}

void tree_add_process(struct tree *tree, int pid, const char *command, const char *node)
{
	g_autofree char *comm = g_strdup_printf("/proc/%d/comm", pid);
	g_autofree char *maps = g_strdup_printf("/proc/%d/maps", pid);
	g_autofree char *link = g_strdup_printf("/proc/%d/fd/3", pid);

	tree_write(tree, comm, command);
	tree_write(tree, maps, "");
	tree_link(tree, link, node);
}

static const struct tree_pci desktop[] = {
	{"0000:00:01.1", 0x1022, 0x1483, 0x060400, "pcieport", 1, -1},
	{TREE_GUEST_GPU, 0x10de, 0x2484, 0x030000, "nouveau", 14, 0},
	{TREE_GUEST_AUDIO, 0x10de, 0x228b, 0x040300, "snd_hda_intel", 14, -1},
	{"0000:04:00.0", 0x144d, 0xa808, 0x010802, "nvme", 15, -1},
	{"0000:05:00.0", 0x10ec, 0x8125, 0x020000, "r8169", 16, -1},
	{TREE_HOST_GPU, 0x1002, 0x1638, 0x030000, "amdgpu", 17, 1},
	{"0000:06:00.2", 0x1022, 0x15df, 0x108000, "ccp", 18, -1},
};

static const struct {
	const char *path, *text;
} desktop_files[] = {
	{"/sys/class/iommu/ivhd0", NULL},
	{"/sys/firmware/acpi/tables/IVRS", "IVRS"},
	{"/proc/cpuinfo", "processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu svm avx2\n"
			  "address sizes\t: 48 bits physical, 48 bits virtual\n\n"
			  "processor\t: 1\nvendor_id\t: AuthenticAMD\n"},
	{"/proc/meminfo", "MemTotal:       32768000 kB\nMemAvailable:   24000000 kB\n"
			  "HugePages_Total:      16\nHugePages_Free:        4\nHugepagesize:       "
			  "2048 kB\n"},
	{"/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"},
	{"/lib/modules/6.1.0-18-amd64/modules.dep",
		"kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/vfio.ko\n"},
	{"/lib/modules/6.1.0-18-amd64/modules.builtin",
		"kernel/drivers/char/hw_random/rng-core.ko\n"},
	{"/etc/os-release", "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n"},
	{"/etc/default/grub", "GRUB_CMDLINE_LINUX=\"\"\n"},
	{"/etc/initramfs-tools/initramfs.conf", "MODULES=most\n"},
};

static const struct {
	const char *file, *text;
} guest_gpu_files[] = {
	{"reset_method", "flr bus\n"},
	{"rom", ""},
	{"current_link_speed", "16.0 GT/s PCIe\n"},
	{"current_link_width", "16\n"},
	{"power_state", "D0\n"},
	{"resource", "0x00000000fb000000 0x00000000fbffffff 0x0000000000040200\n"
		     "0x0000007c00000000 0x0000007c0fffffff 0x000000000014220c\n"
		     "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"},
	{"resource1_resize", "0000000000003fc0\n"},
	{"drm/renderD129/dev", "226:129\n"},
};

void tree_add_desktop(struct tree *tree)
{
	for (guint i = 0; i < G_N_ELEMENTS(desktop); i++)
		tree_add_pci(tree, &desktop[i]);
	for (guint i = 0; i < G_N_ELEMENTS(desktop_files); i++)
		tree_write(tree, desktop_files[i].path, desktop_files[i].text);
	for (guint i = 0; i < G_N_ELEMENTS(guest_gpu_files); i++)
		tree_write_pci(tree, TREE_GUEST_GPU, guest_gpu_files[i].file, "%s",
			guest_gpu_files[i].text);
	tree_write_pci(tree, TREE_GUEST_AUDIO, "sound/card1/number", "1\n");
	tree_add_output(tree, TREE_GUEST_GPU, "card1", "DP-1", "disconnected", "disabled");
	tree_add_output(tree, TREE_HOST_GPU, "card0", "HDMI-A-1", "connected", "enabled");
}
