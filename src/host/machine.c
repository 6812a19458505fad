/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/machine.h"

#include <string.h>

/* ---- processor and memory ------------------------------------------------------------------- */

/* The text behind "key<blanks>:<blanks>" on a line of its own; NULL when there is none. */
static char *find_value(const char *text, const char *key)
{
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		char *colon = strchr(*line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		if (!strcmp(g_strstrip(*line), key))
			return g_strdup(g_strstrip(colon + 1));
	}
	return NULL;
}

static const char *find_virtualisation(const char *flags)
{
	static const char *const names[] = {"vmx", "svm"};
	g_auto(GStrv) words = g_strsplit(flags ? flags : "", " ", -1);

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_strv_contains((const char *const *)words, names[i]))
			return names[i];
	return NULL;
}

static guint count_threads(const char *text)
{
	guint count = 0;

	for (const char *at = text; at && (at = strstr(at, "processor\t:")); at++)
		count++;
	return count;
}

void oriel_machine_read_cpu(const struct oriel_host *host, struct oriel_machine_cpu *ret_cpu)
{
	g_autofree char *text = oriel_host_read(host, "/proc/cpuinfo");
	g_autofree char *flags = find_value(text, "flags");
	g_autofree char *sizes = find_value(text, "address sizes");

	*ret_cpu = (struct oriel_machine_cpu){
		.vendor = find_value(text, "vendor_id"),
		.virtualisation = find_virtualisation(flags),
		/* "48 bits physical, 48 bits virtual" */
		.physical_bits = sizes ? (guint)g_ascii_strtoull(sizes, NULL, 10) : 0,
		.threads = count_threads(text),
	};
}

void oriel_machine_finish_cpu(struct oriel_machine_cpu *cpu)
{
	g_clear_pointer(&cpu->vendor, g_free);
}

static guint64 find_number(const char *text, const char *key, guint64 unit)
{
	g_autofree char *value = find_value(text, key);

	return value ? g_ascii_strtoull(value, NULL, 10) * unit : 0;
}

void oriel_machine_read_memory(
	const struct oriel_host *host, struct oriel_machine_memory *ret_memory)
{
	g_autofree char *text = oriel_host_read(host, "/proc/meminfo");

	*ret_memory = (struct oriel_machine_memory){
		.total_bytes = find_number(text, "MemTotal", 1024),
		.available_bytes = find_number(text, "MemAvailable", 1024),
		.hugepage_bytes = find_number(text, "Hugepagesize", 1024),
		.hugepages_total = find_number(text, "HugePages_Total", 1),
		.hugepages_free = find_number(text, "HugePages_Free", 1),
	};
}

/* ---- kernel and system ---------------------------------------------------------------------- */

char *oriel_machine_read_kernel(const struct oriel_host *host)
{
	return oriel_host_read(host, "/proc/sys/kernel/osrelease");
}

char *oriel_machine_read_os(const struct oriel_host *host)
{
	g_autofree char *text = oriel_host_read(host, "/etc/os-release");
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "PRETTY_NAME="))
			return g_shell_unquote(*line + strlen("PRETTY_NAME="), NULL);
	return NULL;
}

/* The order is the order of trust: an ostree system has GRUB too, Pop!_OS's kernelstub drives
 * systemd-boot. */
static const struct {
	enum oriel_machine_boot_loader loader;
	const char *path;
} loader_marks[] = {
	{ORIEL_BOOT_OSTREE, "/run/ostree-booted"},
	{ORIEL_BOOT_OSTREE, "/ostree/repo"},
	{ORIEL_BOOT_KERNELSTUB, "/etc/kernelstub/configuration"},
	{ORIEL_BOOT_LIMINE, "/etc/default/limine"},
	{ORIEL_BOOT_LIMINE, "/boot/limine.conf"},
	{ORIEL_BOOT_REFIND, "/boot/refind_linux.conf"},
	{ORIEL_BOOT_SYSTEMD, "/boot/loader/entries"},
	{ORIEL_BOOT_SYSTEMD, "/efi/loader/entries"},
	{ORIEL_BOOT_SYSTEMD, "/boot/efi/loader/entries"},
	{ORIEL_BOOT_UKI, "/etc/kernel/uki.conf"},
	{ORIEL_BOOT_UKI, "/efi/EFI/Linux"},
	{ORIEL_BOOT_UKI, "/boot/efi/EFI/Linux"},
	{ORIEL_BOOT_GRUB, "/etc/default/grub"},
	{ORIEL_BOOT_GRUB, "/boot/grub/grub.cfg"},
	{ORIEL_BOOT_GRUB, "/boot/grub2/grub.cfg"},
};

/* Fedora's GRUB reads entries of systemd-boot's kind (BLS): with GRUB's own defaults there, it is
 * GRUB that starts the machine. */
static gboolean is_grub_with_entries(const struct oriel_host *host, const char *path)
{
	return g_str_has_suffix(path, "/loader/entries") &&
	       oriel_host_exists(host, "/etc/default/grub");
}

enum oriel_machine_boot_loader oriel_machine_find_boot_loader(const struct oriel_host *host)
{
	for (guint i = 0; i < G_N_ELEMENTS(loader_marks); i++)
		if (oriel_host_exists(host, "%s", loader_marks[i].path) &&
			!is_grub_with_entries(host, loader_marks[i].path))
			return loader_marks[i].loader;
	return ORIEL_BOOT_UNKNOWN;
}

static const char *const loader_names[] = {
	[ORIEL_BOOT_UNKNOWN] = "unknown",
	[ORIEL_BOOT_GRUB] = "GRUB",
	[ORIEL_BOOT_SYSTEMD] = "systemd-boot",
	[ORIEL_BOOT_KERNELSTUB] = "systemd-boot by kernelstub",
	[ORIEL_BOOT_REFIND] = "rEFInd",
	[ORIEL_BOOT_LIMINE] = "Limine",
	[ORIEL_BOOT_UKI] = "unified kernel image",
	[ORIEL_BOOT_OSTREE] = "ostree",
};

const char *oriel_machine_boot_loader_get_name(enum oriel_machine_boot_loader loader)
{
	return loader_names[loader];
}

static const struct {
	enum oriel_machine_initramfs initramfs;
	const char *path;
} initramfs_marks[] = {
	{ORIEL_INITRAMFS_MKINITCPIO, "/etc/mkinitcpio.conf"},
	{ORIEL_INITRAMFS_BOOSTER, "/etc/booster.yaml"},
	{ORIEL_INITRAMFS_TOOLS, "/etc/initramfs-tools/initramfs.conf"},
	{ORIEL_INITRAMFS_DRACUT, "/etc/dracut.conf"},
	{ORIEL_INITRAMFS_DRACUT, "/usr/lib/dracut"},
};

enum oriel_machine_initramfs oriel_machine_find_initramfs(const struct oriel_host *host)
{
	for (guint i = 0; i < G_N_ELEMENTS(initramfs_marks); i++)
		if (oriel_host_exists(host, "%s", initramfs_marks[i].path))
			return initramfs_marks[i].initramfs;
	return ORIEL_INITRAMFS_UNKNOWN;
}

static const char *const initramfs_names[] = {
	[ORIEL_INITRAMFS_UNKNOWN] = "unknown",
	[ORIEL_INITRAMFS_MKINITCPIO] = "mkinitcpio",
	[ORIEL_INITRAMFS_DRACUT] = "dracut",
	[ORIEL_INITRAMFS_TOOLS] = "initramfs-tools",
	[ORIEL_INITRAMFS_BOOSTER] = "booster",
};

const char *oriel_machine_initramfs_get_name(enum oriel_machine_initramfs initramfs)
{
	return initramfs_names[initramfs];
}

/* ---- security ------------------------------------------------------------------------------- */

#define SECURE_BOOT_VARIABLE                                                                       \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

enum oriel_machine_switch oriel_machine_read_secure_boot(const struct oriel_host *host)
{
	g_autofree char *path = oriel_host_get_path(host, SECURE_BOOT_VARIABLE);
	g_autofree char *data = NULL;
	gsize size;

	if (!oriel_host_exists(host, "/sys/firmware"))
		return ORIEL_SWITCH_UNKNOWN;
	if (!oriel_host_exists(host, "/sys/firmware/efi"))
		return ORIEL_SWITCH_OFF;
	/* Four bytes of attributes, then the value. */
	if (!g_file_get_contents(path, &data, &size, NULL) || size != 5)
		return ORIEL_SWITCH_UNKNOWN;
	return data[4] == 1 ? ORIEL_SWITCH_ON : ORIEL_SWITCH_OFF;
}

enum oriel_machine_switch oriel_machine_read_apparmor(const struct oriel_host *host)
{
	g_autofree char *text = oriel_host_read(host, "/sys/module/apparmor/parameters/enabled");

	if (!text)
		return oriel_host_exists(host, "/sys/module") ? ORIEL_SWITCH_OFF
							      : ORIEL_SWITCH_UNKNOWN;
	return *text == 'Y' ? ORIEL_SWITCH_ON : ORIEL_SWITCH_OFF;
}

enum oriel_machine_switch oriel_machine_read_selinux(const struct oriel_host *host)
{
	g_autofree char *text = oriel_host_read(host, "/sys/fs/selinux/enforce");

	if (!text)
		return oriel_host_exists(host, "/sys/fs") ? ORIEL_SWITCH_OFF : ORIEL_SWITCH_UNKNOWN;
	return *text == '1' ? ORIEL_SWITCH_ON : ORIEL_SWITCH_OFF;
}

/* "none [integrity] confidentiality": the one in brackets holds. */
char *oriel_machine_read_lockdown(const struct oriel_host *host)
{
	g_autofree char *text = oriel_host_read(host, "/sys/kernel/security/lockdown");
	char *open = text ? strchr(text, '[') : NULL;
	char *close = open ? strchr(open, ']') : NULL;

	return close ? g_strndup(open + 1, (gsize)(close - open - 1)) : NULL;
}

/* ---- modules -------------------------------------------------------------------------------- */

/* Is there a line ".../<name>.ko[.xz|.zst|.gz]" (up to ':' in modules.dep)? */
static gboolean lists_module(const char *text, const char *name)
{
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		char *base, *end = strchr(*line, ':');

		if (end)
			*end = '\0';
		base = strrchr(*line, '/');
		base = base ? base + 1 : *line;
		end = strstr(base, ".ko");
		if (!end)
			continue;
		*end = '\0';
		if (!strcmp(g_strdelimit(base, "-", '_'), name))
			return TRUE;
	}
	return FALSE;
}

static char *read_module_list(const struct oriel_host *host, const char *kernel, const char *file)
{
	g_autofree char *path = oriel_host_get_path(host, "/lib/modules/%s/%s", kernel, file);
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

enum oriel_machine_module oriel_machine_find_module(const struct oriel_host *host, const char *name)
{
	g_autofree char *plain = g_strdelimit(g_strdup(name), "-", '_');
	g_autofree char *kernel = oriel_machine_read_kernel(host);
	g_autofree char *builtin = read_module_list(host, kernel ? kernel : "?", "modules.builtin");
	g_autofree char *loadable = read_module_list(host, kernel ? kernel : "?", "modules.dep");

	if (lists_module(builtin, plain))
		return ORIEL_MODULE_BUILTIN;
	if (oriel_host_exists(host, "/sys/module/%s/initstate", plain))
		return ORIEL_MODULE_LOADED;
	if (lists_module(loadable, plain))
		return ORIEL_MODULE_THERE;
	/* Built-in code with parameters has a folder too, without an initstate. */
	if (oriel_host_exists(host, "/sys/module/%s", plain))
		return ORIEL_MODULE_BUILTIN;
	return loadable ? ORIEL_MODULE_ABSENT : ORIEL_MODULE_UNKNOWN;
}
