/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what VMs are made of: libvirt, QEMU, firmware, TPM, storage, sound, timing. */
#include "host/check_private.h"
#include "host/machine.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GIB (G_GUINT64_CONSTANT(1) << 30)

/* The first of the paths (ending with NULL) that exists; NULL: none. */
static const char *find_first(const struct oriel_host *host, const char *const *paths)
{
	for (; *paths; paths++)
		if (oriel_host_exists(host, "%s", *paths))
			return *paths;
	return NULL;
}

void oriel_check_libvirt_conn(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	static const char *const sockets[] = {
		"/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock", NULL};
	static const char *const daemons[] = {"/usr/sbin/virtqemud", "/usr/sbin/libvirtd",
		"/usr/bin/virtqemud", "/usr/bin/libvirtd", NULL};
	const char *socket = find_first(context->host, sockets);
	const char *daemon = find_first(context->host, daemons);
	g_autofree char *path = socket ? oriel_host_get_path(context->host, "%s", socket) : NULL;

	if (!socket && !daemon)
		oriel_check_fill(report, ORIEL_CHECK_FAIL, "libvirt is not installed",
			"Install it: on Debian, sudo apt install libvirt-daemon-system",
			"/usr/sbin: neither virtqemud nor libvirtd");
	else if (!socket)
		oriel_check_fill(report, ORIEL_CHECK_FAIL, "libvirt does not run",
			strstr(daemon, "virtqemud") ? "sudo systemctl enable --now virtqemud.socket"
						    : "sudo systemctl enable --now libvirtd.socket",
			"/run/libvirt: no socket, %s is installed", daemon);
	else if (access(path, R_OK | W_OK))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"this user may not speak to the system's libvirt without being asked",
			"sudo usermod -aG libvirt $USER, then log in again",
			"%s: no permission to connect", socket);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "libvirt can be reached", NULL,
			"%s: exists and may be used", socket);
}

void oriel_check_libvirt_net(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *folder = "/etc/libvirt/qemu/networks";
	static const char *const dnsmasq[] = {"/usr/sbin/dnsmasq", "/usr/bin/dnsmasq", NULL};

	if (!oriel_host_exists(context->host, "/etc/libvirt"))
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"libvirt's networks could not be seen", NULL,
			"/etc/libvirt: does not exist");
	else if (!oriel_host_exists(context->host, "%s/default.xml", folder))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"there is no default network: guests need another way to the network",
			"Install libvirt-daemon-config-network, or use a bridge",
			"%s/default.xml: does not exist", folder);
	else if (!find_first(context->host, dnsmasq))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the default network cannot start without dnsmasq",
			"Install dnsmasq-base (Debian) or dnsmasq",
			"/usr/sbin/dnsmasq: does not exist");
	else if (!oriel_host_exists(context->host, "%s/autostart/default.xml", folder))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the default network does not start with the machine",
			"virsh -c qemu:///system net-autostart default",
			"%s/autostart/default.xml: does not exist", folder);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the default network starts by itself",
			NULL, "%s/autostart/default.xml: exists", folder);
}

/* "7.2" from what "qemu-system-x86_64 --version" prints would mean to run it; its package knows. */
void oriel_check_qemu_version(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	static const char *const programs[] = {
		"/usr/bin/qemu-system-x86_64", "/usr/libexec/qemu-kvm", NULL};
	static const char *const spice[] = {"/usr/lib/x86_64-linux-gnu/qemu/ui-spice-core.so",
		"/usr/lib/qemu/ui-spice-core.so", "/usr/lib64/qemu/ui-spice-core.so",
		"/usr/lib64/qemu-kvm/ui-spice-core.so", NULL};
	const char *program = find_first(context->host, programs);

	if (!program)
		oriel_check_fill(report, ORIEL_CHECK_FAIL, "QEMU is not installed",
			"Install it: on Debian, sudo apt install qemu-system-x86",
			"/usr/bin/qemu-system-x86_64: does not exist");
	else if (!find_first(context->host, spice))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"QEMU has no SPICE: no keyboard, mouse, sound or clipboard for the guest",
			"Install its SPICE modules: qemu-system-modules-spice, qemu-ui-spice-core",
			"%s exists, ui-spice-core.so was not found", program);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "QEMU and its SPICE part are installed",
			NULL, "%s, %s", program, find_first(context->host, spice));
}

/* ---- firmware and TPM ----------------------------------------------------------------------- */

static gboolean array_has(JsonObject *object, const char *member, const char *wanted)
{
	JsonNode *node = json_object_get_member(object, member);
	JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

	for (guint i = 0; array && i < json_array_get_length(array); i++) {
		JsonNode *element = json_array_get_element(array, i);

		if (JSON_NODE_HOLDS_VALUE(element) &&
			!g_strcmp0(json_node_get_string(element), wanted))
			return TRUE;
	}
	return FALSE;
}

/* Does this firmware descriptor offer Secure Boot with keys enrolled? */
static gboolean offers_secure_boot(const char *text)
{
	g_autoptr(JsonNode) root = json_from_string(text, NULL);
	JsonObject *object =
		root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;

	return object && array_has(object, "interface-types", "uefi") &&
	       array_has(object, "features", "secure-boot") &&
	       array_has(object, "features", "enrolled-keys");
}

void oriel_check_ovmf_secureboot(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	static const char *const folders[] = {"/etc/qemu/firmware", "/usr/share/qemu/firmware"};
	guint seen = 0;

	for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_auto(GStrv) names = oriel_host_list(context->host, "%s", folders[i]);

		for (char **name = names; *name; name++) {
			g_autofree char *text =
				oriel_host_read(context->host, "%s/%s", folders[i], *name);

			seen++;
			if (!text || !offers_secure_boot(text))
				continue;
			oriel_check_fill(report, ORIEL_CHECK_PASS,
				"there is UEFI firmware with Secure Boot for Windows 11", NULL,
				"%s/%s: secure-boot and enrolled-keys", folders[i], *name);
			return;
		}
	}
	oriel_check_fill(report, ORIEL_CHECK_FAIL,
		"no UEFI firmware with Secure Boot is installed: Windows 11 will not install",
		"Install it: on Debian, sudo apt install ovmf",
		"/usr/share/qemu/firmware: %u descriptors, none with secure-boot and enrolled-keys",
		seen);
}

void oriel_check_tpm(const struct oriel_check_context *context, struct oriel_check_report *report)
{
	static const char *const programs[] = {"/usr/bin/swtpm", "/usr/bin/swtpm_setup"};

	for (guint i = 0; i < G_N_ELEMENTS(programs); i++) {
		if (oriel_host_exists(context->host, "%s", programs[i]))
			continue;
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"guests cannot have a TPM: Windows 11 will not install",
			"Install it: on Debian, sudo apt install swtpm swtpm-tools",
			"%s: does not exist", programs[i]);
		return;
	}
	oriel_check_fill(report, ORIEL_CHECK_PASS, "guests can have a TPM", NULL,
		"/usr/bin/swtpm, /usr/bin/swtpm_setup: exist");
}

/* ---- kernel and timing ---------------------------------------------------------------------- */

void oriel_check_kernel_params(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *file = "/sys/module/kvm/parameters/ignore_msrs";
	g_autofree char *ignores = oriel_host_read(context->host, "%s", file);

	if (!ignores)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "KVM's settings could not be seen",
			NULL, "%s: does not exist", file);
	else if (*ignores == 'Y')
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"guests may touch processor registers that KVM does not know", NULL,
			"%s: Y", file);
	else
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"some Windows programs stop the guest when they touch unknown registers",
			"If a guest dies so: options kvm ignore_msrs=1 in /etc/modprobe.d/kvm.conf",
			"%s: %s", file, ignores);
}

void oriel_check_storage_pool(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *folder = "/var/lib/libvirt/images";
	g_autofree char *path = oriel_host_get_path(context->host, "%s", folder);
	guint64 wanted = context->guest_disk_bytes ? context->guest_disk_bytes : 64 * GIB;
	struct statvfs info;
	guint64 free_bytes;

	if (statvfs(path, &info)) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the folder for disks could not be seen", NULL, "%s: not readable", folder);
		return;
	}
	free_bytes = (guint64)info.f_bavail * info.f_frsize;
	if (free_bytes >= wanted)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "there is room for the guest's disk",
			NULL, "%s: %.0f GiB free", folder, (double)free_bytes / GIB);
	else
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the guest's disk can grow larger than the room there is",
			"Free some, or put the guest's disk elsewhere",
			"%s: %.0f GiB free, %.0f GiB planned", folder, (double)free_bytes / GIB,
			(double)wanted / GIB);
}

void oriel_check_audio(const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *runtime = g_getenv("XDG_RUNTIME_DIR");
	g_autofree char *folder = oriel_host_is_live(context->host)
					  ? g_strdup(runtime)
					  : oriel_host_get_path(context->host, "/run/user/1000");
	g_autofree char *pipewire = g_build_filename(folder ? folder : "/", "pipewire-0", NULL);

	if (!folder)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"there is no desktop session to look for sound in", NULL,
			"XDG_RUNTIME_DIR: not set");
	else if (!access(pipewire, F_OK))
		oriel_check_fill(report, ORIEL_CHECK_PASS, "PipeWire runs: guests can be heard",
			NULL, "%s: exists", pipewire);
	else
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"PipeWire does not run: guests are not heard",
			"Install and start it: on Debian, sudo apt install pipewire-audio",
			"%s: does not exist", pipewire);
}

void oriel_check_sched_latency(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *file = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
	g_autofree char *governor = oriel_host_read(context->host, "%s", file);

	if (!governor)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the processor's clock is not the kernel's to set here", NULL,
			"%s: does not exist", file);
	else if (!strcmp(governor, "powersave") &&
		 !oriel_host_exists(context->host, "/sys/devices/system/cpu/intel_pstate") &&
		 !oriel_host_exists(context->host, "/sys/devices/system/cpu/amd_pstate"))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the processor stays at its lowest clock: guests stutter",
			"Set another governor: sudo cpupower frequency-set -g schedutil; or only "
			"while a "
			"machine runs: 'oriel vm edit VM --pin yes --tune governor'",
			"%s: %s", file, governor);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the processor's clock rises under load",
			NULL, "%s: %s", file, governor);
}
