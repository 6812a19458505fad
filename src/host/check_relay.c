/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the shared memory between guest and viewer, and of who may use it. */
#include "host/check_private.h"
#include "host/machine.h"
#include "relay/codec.h"
#include "relay/region.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The name that the stock programs use, and Oriel where the user names none. */
#define DEFAULT_RELAY "looking-glass"
#define KVMFR_NODE "/dev/kvmfr0"
#define MIB (1u << 20)

/* FALSE: there is nothing at path. */
static gboolean look_at(
	const struct oriel_check_context *context, const char *path, struct stat *ret_info)
{
	g_autofree char *full = oriel_host_get_path(context->host, "%s", path);

	return !stat(full, ret_info);
}

/* The shared memory of the machine that is meant; free with g_free(). */
static char *get_shm_file(const struct oriel_check_context *context)
{
	const char *name = context->domain && context->domain->relays->len
				   ? g_ptr_array_index(context->domain->relays, 0)
				   : DEFAULT_RELAY;

	return g_strconcat("/dev/shm/", name, NULL);
}

/* Opens it as the viewer would: every reason for which that fails is told in the region's words. */
void oriel_check_shm_file(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *file = get_shm_file(context);
	g_autofree char *path = oriel_host_get_path(context->host, "%s", file);
	struct oriel_region *region = NULL;
	struct oriel_error error = {0};
	struct stat info;

	if (!look_at(context, file, &info)) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"no VM has made its shared memory yet; Oriel makes it when the VM starts",
			NULL, "%s: does not exist", file);
		return;
	}
	if (oriel_region_open(&region, path, 32 * MIB, &error) < 0)
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the viewer cannot use the shared memory as it is",
			"Shut the VM down, delete the file, and start the VM again", "%s",
			error.message);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the viewer can use the shared memory",
			NULL, "%s: %zu MiB, user %u, group %u, mode %03o", file,
			oriel_region_get_size_bytes(region) / MIB, info.st_uid, info.st_gid,
			info.st_mode & 0777);
	oriel_region_close(region);
}

/* What lies in the memory now: also of a guest that has stopped. Nothing is subscribed to. */
static gboolean read_versions(struct oriel_region *region, struct oriel_guest_info *ret_info,
	const struct oriel_codec_ops **ret_codec)
{
	struct oriel_codec_map map = {
		oriel_region_get_base(region), oriel_region_get_size_bytes(region)};

	for (guint32 place = 0; place < ORIEL_CODEC_PLACES; place++) {
		if (!oriel_codec_has_magic(&map, place))
			continue;
		oriel_codec_read_versions(&map, place, ret_info);
		*ret_codec = oriel_codec_find(place, ret_info->lgmp_version);
		return TRUE;
	}
	return FALSE;
}

void oriel_check_lg_version(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *file = get_shm_file(context);
	g_autofree char *path = oriel_host_get_path(context->host, "%s", file);
	const struct oriel_codec_ops *codec = NULL;
	struct oriel_guest_info info = {0};
	struct oriel_region *region = NULL;

	if (oriel_region_open(&region, path, ORIEL_CODEC_MIN_BYTES, NULL) < 0 ||
		!read_versions(region, &info, &codec))
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"no guest program has written to the shared memory yet", NULL,
			"%s: no magic", file);
	else if (!codec || codec->kvmfr_version != info.kvmfr_version)
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the guest's program speaks a version that this viewer does not",
			"Use oriel-guest or Looking Glass B7 (LGMP 6, KVMFR 20) in the guest",
			"%s: LGMP %u, KVMFR %u", file, info.lgmp_version, info.kvmfr_version);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"guest and viewer speak the same version", NULL, "%s: LGMP %u, KVMFR %u",
			file, info.lgmp_version, info.kvmfr_version);
	oriel_region_close(region);
}

void oriel_check_kvmfr_node(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	struct stat info;

	if (!look_at(context, KVMFR_NODE, &info))
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the kvmfr module is not in use; a plain file in /dev/shm works too", NULL,
			KVMFR_NODE ": does not exist");
	else if (S_ISREG(info.st_mode))
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"a plain file lies where the kvmfr device belongs: VM and viewer would not "
			"meet",
			"sudo rm " KVMFR_NODE ", sudo modprobe kvmfr, and start the VM again",
			KVMFR_NODE ": a regular file");
	else if (!S_ISCHR(info.st_mode))
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"something other than a device lies where the kvmfr device belongs",
			"Remove it and load the kvmfr module", KVMFR_NODE ": mode %o",
			info.st_mode);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the kvmfr device is there", NULL,
			KVMFR_NODE ": character device %u:%u", major(info.st_rdev),
			minor(info.st_rdev));
}

void oriel_check_kvmfr_sign(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	enum oriel_machine_switch secure = oriel_machine_read_secure_boot(context->host);
	enum oriel_machine_module module = oriel_machine_find_module(context->host, "kvmfr");

	if (module == ORIEL_MODULE_LOADED)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the kvmfr module is loaded", NULL,
			"/sys/module/kvmfr: loaded");
	else if (secure == ORIEL_SWITCH_UNKNOWN)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "Secure Boot could not be seen", NULL,
			"/sys/firmware/efi/efivars: no SecureBoot variable");
	else if (secure == ORIEL_SWITCH_ON && module == ORIEL_MODULE_THERE)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"Secure Boot keeps the kvmfr module out unless you signed it",
			"Enrol a key (mokutil --import) and sign the module, or use a file in "
			"/dev/shm",
			"SecureBoot: on, kvmfr: not loaded");
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"Secure Boot does not stand in the way of the relay", NULL,
			"SecureBoot: %s, kvmfr: %s", secure == ORIEL_SWITCH_ON ? "on" : "off",
			module == ORIEL_MODULE_THERE ? "installed" : "not installed");
}

/* ---- who lets QEMU at the device ------------------------------------------------------------ */

void oriel_check_lsm_kvmfr(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *profile = "/etc/apparmor.d/local/abstractions/libvirt-qemu";
	g_autofree char *rules = oriel_host_read(context->host, "%s", profile);
	struct stat info;

	if (oriel_machine_read_selinux(context->host) == ORIEL_SWITCH_ON &&
		look_at(context, KVMFR_NODE, &info))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"SELinux keeps QEMU from the kvmfr device unless a rule allows it",
			"Allow it for svirt_t, or use a file in /dev/shm",
			"/sys/fs/selinux/enforce: 1, " KVMFR_NODE ": exists");
	else if (oriel_machine_read_apparmor(context->host) == ORIEL_SWITCH_UNKNOWN)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the security modules could not be seen", NULL,
			"/sys/module: does not exist");
	else if (oriel_machine_read_apparmor(context->host) == ORIEL_SWITCH_ON &&
		 look_at(context, KVMFR_NODE, &info) && !(rules && strstr(rules, KVMFR_NODE)))
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"AppArmor keeps QEMU from the kvmfr device",
			"echo '" KVMFR_NODE " rw,' | sudo tee -a "
			"/etc/apparmor.d/local/abstractions/libvirt-qemu, then reload AppArmor",
			"%s: no rule for " KVMFR_NODE, profile);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"no security module keeps QEMU from the shared memory", NULL, "%s",
			look_at(context, KVMFR_NODE, &info) ? profile
							    : KVMFR_NODE ": does not exist");
}

/* cgroup_device_acl as the file sets it, comments left out; NULL when it does not. */
static char *find_acl(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GString) plain = g_string_new(NULL);
	const char *start, *end;

	for (char **line = lines; *line; line++)
		if (*g_strchug(*line) != '#')
			g_string_append_printf(plain, "%s\n", *line);
	start = strstr(plain->str, "cgroup_device_acl");
	end = start ? strchr(start, ']') : NULL;
	return end ? g_strndup(start, (gsize)(end - start)) : NULL;
}

void oriel_check_cgroup_acl(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *file = "/etc/libvirt/qemu.conf";
	g_autofree char *text = oriel_host_read(context->host, "%s", file);
	g_autofree char *acl = text ? find_acl(text) : NULL;
	struct stat info;

	if (!text)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"libvirt's settings could not be read", NULL, "%s: not readable", file);
	else if (!look_at(context, KVMFR_NODE, &info))
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"a file in /dev/shm needs no entry in the device list", NULL,
			KVMFR_NODE ": does not exist");
	else if (acl && strstr(acl, KVMFR_NODE))
		oriel_check_fill(report, ORIEL_CHECK_PASS, "QEMU may open the kvmfr device", NULL,
			"%s: cgroup_device_acl has " KVMFR_NODE, file);
	else
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"libvirt keeps QEMU from opening the kvmfr device",
			"Set cgroup_device_acl in that file to the list in its comment with "
			"\"" KVMFR_NODE "\" added, and restart libvirt",
			"%s: cgroup_device_acl %s", file, acl ? "without " KVMFR_NODE : "not set");
}
