/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of who drives the GPU now and after the next start. */
#include "host/bindings.h"
#include "host/check_private.h"
#include "host/holders.h"
#include "host/machine.h"

#include <string.h>
#include <sys/stat.h>

#define SYSFS "/sys/bus/pci/devices"

void oriel_check_vfio_modules(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	static const struct {
		enum oriel_check_result result;
		const char *meaning, *remedy, *evidence;
	} states[] = {
		[ORIEL_MODULE_ABSENT] = {ORIEL_CHECK_FAIL,
			"this kernel has no vfio-pci: no device can be handed to a guest",
			"Install the full kernel package (linux-image-amd64, kernel-modules-extra)",
			"/lib/modules: no vfio-pci"},
		[ORIEL_MODULE_THERE] = {ORIEL_CHECK_PASS, "vfio-pci can be loaded", NULL,
			"/lib/modules/*/modules.dep: vfio-pci"},
		[ORIEL_MODULE_LOADED] = {ORIEL_CHECK_PASS, "vfio-pci is loaded", NULL,
			"/sys/module/vfio_pci: loaded"},
		[ORIEL_MODULE_BUILTIN] = {ORIEL_CHECK_PASS,
			"vfio-pci is part of the kernel: it takes options from the kernel's "
			"parameters only",
			NULL, "vfio-pci: built in"},
		[ORIEL_MODULE_UNKNOWN] = {ORIEL_CHECK_UNKNOWN,
			"the running kernel's modules could not be seen", NULL,
			"/lib/modules: no list for the running kernel"},
	};
	enum oriel_machine_module state = oriel_machine_find_module(context->host, "vfio-pci");

	oriel_check_fill(report, states[state].result, states[state].meaning, states[state].remedy,
		"%s", states[state].evidence);
}

/* The first function whose override names a driver other than the one it has. */
static const struct oriel_pci_device *find_misdriven(const struct oriel_gpu *gpu)
{
	for (guint i = 0; i < gpu->functions->len; i++) {
		const struct oriel_pci_device *function = g_ptr_array_index(gpu->functions, i);

		if (function->driver_override &&
			g_strcmp0(function->driver_override, function->driver))
			return function;
	}
	return NULL;
}

void oriel_check_bind_driver(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_pci_device *function;

	if (!oriel_check_has_gpu(context, report))
		return;
	function = find_misdriven(context->gpu);
	if (function)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"a function of the card has not the driver that was meant for it",
			"'oriel gpu release ADDRESS' puts its own driver back, 'oriel gpu bind "
			"ADDRESS' hands it to vfio-pci",
			SYSFS "/%s: driver_override %s, driver %s", function->name,
			function->driver_override, function->driver ? function->driver : "none");
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"every function of the card has the driver that was meant for it", NULL,
			SYSFS "/%s: driver %s", context->gpu->device->name,
			context->gpu->device->driver ? context->gpu->device->driver : "none");
}

/* ---- what binds at the next start ----------------------------------------------------------- */

static gboolean has_ids(const struct oriel_pci_device *device, const struct oriel_binding *binding)
{
	return device->vendor == binding->vendor && device->device == binding->device;
}

/* How many devices the binding takes; *ret_boot is one of them that starts the machine. */
static guint count_taken(const struct oriel_check_context *context,
	const struct oriel_binding *binding, const struct oriel_pci_device **ret_boot)
{
	guint count = 0;

	for (guint i = 0; i < context->devices->len; i++) {
		const struct oriel_pci_device *device = g_ptr_array_index(context->devices, i);

		if (!has_ids(device, binding))
			continue;
		count++;
		if (device->boot_vga == 1)
			*ret_boot = device;
	}
	return count;
}

static void report_binding(const struct oriel_check_context *context,
	const struct oriel_binding *binding, struct oriel_check_report *report)
{
	const struct oriel_pci_device *boot = NULL;
	guint taken = count_taken(context, binding, &boot);

	if (boot)
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the GPU on which the machine starts is given away at the next start: the "
			"screen stays black",
			"Remove the ids from that file and make the initramfs anew, before you "
			"reboot",
			"%s: %04x:%04x is %s", binding->source, binding->vendor, binding->device,
			boot->name);
	else if (!taken)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"a device is meant for vfio-pci that is not there: an old setting",
			"Remove the ids from that file", "%s: %04x:%04x", binding->source,
			binding->vendor, binding->device);
	else if (taken > 1)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"one id takes several devices at the next start",
			"Bind by address instead: 'oriel vfio plan ADDRESS'",
			"%s: %04x:%04x are %u devices", binding->source, binding->vendor,
			binding->device, taken);
}

void oriel_check_bind_persist(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autoptr(GPtrArray) bindings = oriel_bindings_list(context->host);
	const struct oriel_binding *first;

	for (guint i = 0; i < bindings->len && !report->evidence; i++)
		report_binding(context, g_ptr_array_index(bindings, i), report);
	if (report->evidence)
		return;
	if (!oriel_host_exists(context->host, "/etc")) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the system's settings could not be seen", NULL, "/etc: does not exist");
		return;
	}
	first = bindings->len ? g_ptr_array_index(bindings, 0) : NULL;
	oriel_check_fill(report, ORIEL_CHECK_PASS,
		first ? "what is bound at the next start exists and is no GPU of the host"
		      : "nothing is bound to vfio-pci at the next start",
		NULL, "%s: %u ids", first ? first->source : "/proc/cmdline, /etc/modprobe.d",
		bindings->len);
}

/* ---- the initramfs -------------------------------------------------------------------------- */

/* Newest change below a folder whose names begin with prefix; 0: none. */
static gint64 find_newest(
	const struct oriel_host *host, const char *folder, const char *prefix, char **ret_name)
{
	g_auto(GStrv) names = oriel_host_list(host, "%s", folder);
	gint64 newest = 0;

	for (char **name = names; *name; name++) {
		g_autofree char *path = oriel_host_get_path(host, "%s/%s", folder, *name);
		struct stat info;

		if (!g_str_has_prefix(*name, prefix) || stat(path, &info) ||
			info.st_mtim.tv_sec <= newest)
			continue;
		newest = info.st_mtim.tv_sec;
		g_free(*ret_name);
		*ret_name = g_build_filename(folder, *name, NULL);
	}
	return newest;
}

static gint64 find_newest_image(const struct oriel_host *host, char **ret_name)
{
	static const char *const prefixes[] = {"initrd", "initramfs", "booster"};
	gint64 newest = 0;

	for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
		newest = MAX(newest, find_newest(host, "/boot", prefixes[i], ret_name));
	return newest;
}

void oriel_check_bind_initramfs(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *image = NULL;
	g_autofree char *config = NULL;
	gint64 image_time = find_newest_image(context->host, &image);
	gint64 config_time = find_newest(context->host, "/etc/modprobe.d", "", &config);

	if (!image)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"no initramfs was found to compare with", NULL,
			"/boot: no initrd*, initramfs* or booster*");
	else if (config_time > image_time)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the initramfs is older than the settings it should contain",
			"Make it anew: update-initramfs -u, dracut -f, or mkinitcpio -P",
			"%s is newer than %s", config, image);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"the initramfs is newer than the settings", NULL, "%s is newer than %s",
			image, config ? config : "/etc/modprobe.d");
}

/* The first word of the loader's settings that the running kernel was not given. */
static char *find_pending(const char *wanted, const char *running)
{
	g_auto(GStrv) words = g_strsplit_set(wanted, " \t\n", -1);
	g_auto(GStrv) given = g_strsplit_set(running, " \t\n", -1);

	for (char **word = words; *word; word++)
		if (**word && !g_strv_contains((const char *const *)given, *word))
			return g_strdup(*word);
	return NULL;
}

void oriel_check_bind_pending(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *running = oriel_host_read(context->host, "/proc/cmdline");
	g_autofree char *source = NULL;
	g_autofree char *wanted = oriel_bindings_read_parameters(context->host, &source);
	g_autofree char *pending = NULL;

	if (!running || !wanted) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the kernel's parameters could not be compared", NULL, "%s: not readable",
			running ? "the boot loader's settings" : "/proc/cmdline");
		return;
	}
	pending = find_pending(wanted, running);
	if (pending)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the boot loader's settings differ from what the running kernel was given",
			"Reboot; if it stays so, write the boot loader's files anew (update-grub)",
			"%s has '%s', /proc/cmdline has not", source, pending);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"the running kernel was given what is set", NULL, "%s, /proc/cmdline",
			source);
}

/* ---- the firmware's framebuffer ------------------------------------------------------------- */

static gboolean is_in_bar(const struct oriel_pci_device *device, guint64 address)
{
	for (guint i = 0; i < ORIEL_PCI_BARS; i++)
		if (address >= device->bar_start[i] &&
			address - device->bar_start[i] < device->bar_bytes[i])
			return TRUE;
	return FALSE;
}

/* "  fb000000-fb7effff : BOOTFB": the first such line within the device's memory. *ret_visible:
 * some address is not zero, as they all are for ordinary users. */
static char *find_framebuffer(
	const char *iomem, const struct oriel_pci_device *device, gboolean *ret_visible)
{
	static const char *const names[] = {
		"BOOTFB", "efifb", "simplefb", "simple-framebuffer", "vesafb", NULL};
	g_auto(GStrv) lines = g_strsplit(iomem, "\n", -1);

	*ret_visible = FALSE;
	for (char **line = lines; *line; line++) {
		guint64 start = g_ascii_strtoull(g_strchug(*line), NULL, 16);
		const char *name = strstr(*line, " : ");

		*ret_visible |= start != 0;
		if (name && g_strv_contains(names, name + 3) && is_in_bar(device, start))
			return g_strdup(*line);
	}
	return NULL;
}

void oriel_check_fb_conflict(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *iomem = oriel_host_read(context->host, "/proc/iomem");
	g_autofree char *found = NULL;
	gboolean visible = FALSE;

	if (!oriel_check_has_gpu(context, report))
		return;
	if (iomem)
		found = find_framebuffer(iomem, context->gpu->device, &visible);
	if (found)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the start-up picture still claims the card's memory",
			"Kernels from 6.0 on give it up by themselves; else add "
			"initcall_blacklist=sysfb_init to the kernel's parameters",
			"/proc/iomem: %s", found);
	else if (!visible)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"who has the card's memory is shown to root only",
			"sudo oriel check fb.conflict", "/proc/iomem: %s",
			iomem ? "all addresses are zero" : "not readable");
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"no start-up picture claims the card's memory", NULL,
			"/proc/iomem: no framebuffer in the memory of %s",
			context->gpu->device->name);
}

/* ---- processes ------------------------------------------------------------------------------ */

static void report_unreadable(struct oriel_check_report *report, guint unreadable)
{
	oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
		"nobody was seen, but not every process could be looked into",
		"sudo oriel check holders", "/proc/*/fd: %u processes not readable", unreadable);
}

void oriel_check_holders(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autoptr(GPtrArray) nodes = NULL;
	struct oriel_holders *holders;
	const struct oriel_holder *first;

	if (!oriel_check_has_gpu(context, report))
		return;
	nodes = oriel_holders_list_nodes(context->host, context->gpu);
	holders = oriel_holders_scan(context->host, nodes);
	first = holders->list->len ? g_ptr_array_index(holders->list, 0) : NULL;
	if (first)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"programs have the card open: it cannot be handed over while they do",
			"'oriel gpu holders ADDRESS' lists them; close them, or set them to use "
			"the "
			"other GPU",
			"%u processes, the first: %d %s has %s", holders->list->len, first->pid,
			first->command, first->node);
	else if (holders->unreadable)
		report_unreadable(report, holders->unreadable);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "no program has the card open", NULL,
			"/proc/*/fd: none");
	oriel_holders_free(holders);
}

static const char *const compositors[] = {"gnome-shell", "kwin_wayland", "kwin_x11", "Xorg", "X",
	"Xwayland", "sway", "Hyprland", "weston", "labwc", "wayfire", "river", "niri",
	"cosmic-comp", "mutter", "gamescope", "sddm-greeter", "gdm-x-session", NULL};

void oriel_check_session_pin(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autoptr(GPtrArray) nodes = NULL;
	struct oriel_holders *holders;

	if (!oriel_check_has_gpu(context, report))
		return;
	nodes = oriel_holders_list_nodes(context->host, context->gpu);
	holders = oriel_holders_scan(context->host, nodes);
	for (guint i = 0; i < holders->list->len && !report->evidence; i++) {
		const struct oriel_holder *holder = g_ptr_array_index(holders->list, i);

		if (g_strv_contains(compositors, holder->command))
			oriel_check_fill(report, ORIEL_CHECK_WARN,
				"your desktop itself has the guest's card open",
				"Keep it off the card: KWIN_DRM_DEVICES, WLR_DRM_DEVICES, "
				"AQ_DRM_DEVICES or Xorg's AutoAddGPU, then log in again",
				"%d %s has %s", holder->pid, holder->command, holder->node);
	}
	if (!report->evidence && holders->unreadable)
		report_unreadable(report, holders->unreadable);
	else if (!report->evidence)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the desktop leaves the card alone",
			NULL, "/proc/*/fd: no compositor has it open");
	oriel_holders_free(holders);
}

static const struct {
	const char *program, *command; /* file, and the name of its process (15 letters) */
} rivals[] = {
	{"/usr/bin/supergfxd", "supergfxd"},
	{"/usr/bin/optimus-manager", "optimus-manager"},
	{"/usr/bin/envycontrol", "envycontrol"},
	{"/usr/bin/prime-select", "prime-select"},
	{"/usr/bin/system76-power", "system76-power"},
	{"/usr/bin/nvidia-persistenced", "nvidia-persiste"},
	{"/usr/bin/nvidia-powerd", "nvidia-powerd"},
	{"/usr/sbin/bumblebeed", "bumblebeed"},
};

void oriel_check_conflicts(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	if (!oriel_host_exists(context->host, "/usr/bin")) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the installed programs could not be seen", NULL,
			"/usr/bin: does not exist");
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(rivals); i++) {
		gboolean running = oriel_holders_is_running(context->host, rivals[i].command);

		if (!running && !oriel_host_exists(context->host, "%s", rivals[i].program))
			continue;
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"another program decides who drives the GPUs: the two would fight",
			"Stop it while a guest has the card, or remove it", "%s: %s",
			rivals[i].program, running ? "is running" : "is installed");
		return;
	}
	oriel_check_fill(report, ORIEL_CHECK_PASS, "no other program switches the GPUs", NULL,
		"/usr/bin, /proc: none of %u known ones", (guint)G_N_ELEMENTS(rivals));
}
