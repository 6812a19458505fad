/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/advice.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

/* Found by the tool that is there, never by the name of the distribution. */
static const struct {
	const char *tool, *command;
} installers[] = {
	{"apt-get", "apt-get install libvirt-daemon-system qemu-system-x86"},
	{"dnf", "dnf install libvirt-daemon-kvm qemu-kvm"},
	{"pacman", "pacman -S libvirt qemu-desktop"},
	{"zypper", "zypper install libvirt-daemon-qemu qemu-kvm"},
	{"apk", "apk add libvirt-daemon libvirt-qemu qemu-system-x86_64"},
	{"xbps-install", "xbps-install libvirt qemu"},
};

static const struct {
	const char *program, *socket, *unit;
} daemons[] = {
	{"virtqemud", "/run/libvirt/virtqemud-sock", "virtqemud.socket"},
	{"libvirtd", "/run/libvirt/libvirt-sock", "libvirtd.socket"},
};

static gboolean is_installed(const char *program)
{
	g_autofree char *in_path = g_find_program_in_path(program);
	g_autofree char *in_sbin = g_build_filename("/usr/sbin", program, NULL);

	return in_path || g_file_test(in_sbin, G_FILE_TEST_IS_EXECUTABLE);
}

static char *advise_install(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(installers); i++)
		if (is_installed(installers[i].tool))
			return g_strdup_printf(
				"libvirt's daemon is not installed: run '%s' as root",
				installers[i].command);
	return g_strdup("libvirt's daemon is not installed: install libvirt and QEMU with your "
			"system's package manager");
}

static char *advise_start(const char *unit)
{
	if (g_file_test("/run/systemd/system", G_FILE_TEST_IS_DIR))
		return g_strdup_printf(
			"its daemon is not running: run 'systemctl enable --now %s' as root", unit);
	return g_strdup(
		"its daemon is not running: start virtlogd and then libvirtd (or virtqemud) "
		"as root");
}

static char *advise_system(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(daemons); i++) {
		if (!is_installed(daemons[i].program))
			continue;
		if (access(daemons[i].socket, F_OK))
			return advise_start(daemons[i].unit);
		if (access(daemons[i].socket, R_OK | W_OK))
			return g_strdup_printf(
				"you may not use %s: run 'usermod -aG libvirt %s' as "
				"root and log in again",
				daemons[i].socket, g_get_user_name());
		return g_strdup_printf(
			"the daemon is there (%s): its log says more", daemons[i].socket);
	}
	return advise_install();
}

char *oriel_vm_advice_for_uri(const char *uri)
{
	if (strstr(uri, "+"))
		return g_strdup("check the host name, that you can log in there without a question "
				"('ssh HOST true'), and that libvirt runs there");
	if (strstr(uri, ":///embed"))
		return g_strdup("libvirt's QEMU driver must be installed, its directory be "
				"writable, and no other process may use that directory");
	if (strstr(uri, ":///session") && geteuid() == 0)
		return g_strdup(
			"qemu:///session is for ordinary users: as root use qemu:///system");
	return advise_system();
}
