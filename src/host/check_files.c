/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the files and disks that virtual machines use. */
#include "host/block.h"
#include "host/check_private.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* ---- who QEMU runs as ----------------------------------------------------------------------- */

struct account {
	const char *name; /* one of qemu_users */
	guint64 uid, gid;
};

static const char *const qemu_users[] = {"libvirt-qemu", "qemu", "nobody"};

/* "libvirt-qemu:x:64055:104:…" */
static gboolean find_account(
	const struct oriel_host *host, const char *name, struct account *ret_account)
{
	g_autofree char *text = oriel_host_read(host, "/etc/passwd");
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) fields = g_strsplit(*line, ":", 5);

		if (g_strv_length(fields) < 4 || strcmp(fields[0], name))
			continue;
		ret_account->name = name;
		return g_ascii_string_to_unsigned(
			       fields[2], 10, 0, G_MAXUINT32, &ret_account->uid, NULL) &&
		       g_ascii_string_to_unsigned(
			       fields[3], 10, 0, G_MAXUINT32, &ret_account->gid, NULL);
	}
	return FALSE;
}

static gboolean find_qemu_account(const struct oriel_host *host, struct account *ret_account)
{
	for (guint i = 0; i < G_N_ELEMENTS(qemu_users); i++)
		if (find_account(host, qemu_users[i], ret_account))
			return TRUE;
	return FALSE;
}

/* ---- the way to a file ---------------------------------------------------------------------- */

/* Whether an access list of the folder lets that user through: entries of tag, rights and id behind
 * a version of four bytes (posix_acl_xattr of the kernel's headers), little endian. */
static gboolean is_let_through(const char *path, guint64 uid)
{
	enum { HEADER = 4, ENTRY = 8, TAG_USER = 0x02, RIGHT_SEARCH = 0x01 };
	guint8 list[1024];
	ssize_t size = getxattr(path, "system.posix_acl_access", list, sizeof list);

	for (ssize_t at = HEADER; at + ENTRY <= size; at += ENTRY) {
		guint tag = list[at] | list[at + 1] << 8;
		guint id = list[at + 4] | list[at + 5] << 8 | list[at + 6] << 16 |
			   (guint)list[at + 7] << 24;

		if (tag == TAG_USER && id == uid)
			return (list[at + 2] & RIGHT_SEARCH) != 0;
	}
	return FALSE;
}

static gboolean may_search(const char *path, const struct account *account)
{
	struct stat info;
	mode_t right = S_IXOTH;

	if (stat(path, &info))
		return FALSE;
	if (info.st_uid == account->uid)
		right = S_IXUSR;
	else if (info.st_gid == account->gid)
		right = S_IXGRP;
	return (info.st_mode & right) || is_let_through(path, account->uid);
}

/* The outermost folder above path that the user may not pass; NULL: it may pass all. */
static char *find_barrier(
	const struct oriel_host *host, const char *path, const struct account *account)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	g_autoptr(GString) folder = g_string_new("");

	for (char **part = parts; *part && part[1]; part++) {
		g_autofree char *below = NULL;

		if (!**part)
			continue;
		g_string_append_printf(folder, "/%s", *part);
		below = oriel_host_get_path(host, "%s", folder->str);
		if (!may_search(below, account))
			return g_strdup(folder->str);
	}
	return NULL;
}

static void report_file(const struct oriel_check_context *context,
	const struct oriel_domain *domain, const struct oriel_domain_file *file,
	const struct account *account, struct oriel_check_report *report)
{
	g_autofree char *barrier = NULL;
	g_autofree char *remedy = NULL;

	if (!oriel_host_exists(context->host, "%s", file->path)) {
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"a file of the machine cannot be found, or not be seen by you",
			"Put it there, or give the machine another one ('oriel vm edit')",
			"%s of '%s': does not exist", file->path, domain->name);
		return;
	}
	barrier = find_barrier(context->host, file->path, account);
	if (!barrier)
		return;
	remedy = g_strdup_printf("setfacl -m u:%s:x %s   (or move the file to "
				 "/var/lib/libvirt/images)",
		account->name, barrier);
	oriel_check_fill(report, ORIEL_CHECK_FAIL,
		"QEMU cannot reach a file of the machine: it will not start", remedy,
		"%s of '%s': %s (uid %u) may not pass %s", file->path, domain->name, account->name,
		(guint)account->uid, barrier);
}

void oriel_check_home_traverse(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	struct account account;
	guint files = 0;

	if (!oriel_check_has_domains(context, report))
		return;
	if (!find_qemu_account(context->host, &account)) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "it is not known as whom QEMU runs",
			NULL, "/etc/passwd: neither libvirt-qemu nor qemu");
		return;
	}
	for (guint i = 0; i < context->domains->len; i++) {
		const struct oriel_domain *domain = g_ptr_array_index(context->domains, i);

		if (!oriel_check_is_meant(context, domain))
			continue;
		for (guint k = 0; k < domain->files->len && !report->evidence; k++, files++)
			report_file(context, domain, g_ptr_array_index(domain->files, k), &account,
				report);
	}
	if (!report->evidence)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "QEMU can reach the machines' files",
			NULL, "%u files, as %s (uid %u)", files, account.name, (guint)account.uid);
}

/* ---- whole disks ---------------------------------------------------------------------------- */

static char *find_use_by_host(
	const struct oriel_host *host, const struct oriel_domain *domain, guint *ret_disks)
{
	char *use = NULL;

	for (guint i = 0; i < domain->files->len && !use; i++) {
		const struct oriel_domain_file *file = g_ptr_array_index(domain->files, i);
		g_autofree char *device = file->kind == ORIEL_DOMAIN_DISK
						  ? oriel_block_find_device(host, file->path)
						  : NULL;

		if (!device)
			continue;
		++*ret_disks;
		use = oriel_block_find_use(host, device);
	}
	for (guint i = 0; i < domain->pci->len && !use; i++)
		use = oriel_block_find_use_of_pci(
			host, &g_array_index(domain->pci, struct oriel_domain_pci, i).address);
	return use;
}

void oriel_check_disk_danger(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	guint disks = 0;

	if (!oriel_check_has_domains(context, report))
		return;
	if (!oriel_host_exists(context->host, "/proc/self/mountinfo")) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"it could not be seen which disks the host uses", NULL,
			"/proc/self/mountinfo: not readable");
		return;
	}
	for (guint i = 0; i < context->domains->len && !report->evidence; i++) {
		const struct oriel_domain *domain = g_ptr_array_index(context->domains, i);
		g_autofree char *use = oriel_check_is_meant(context, domain)
					       ? find_use_by_host(context->host, domain, &disks)
					       : NULL;

		if (use)
			oriel_check_fill(report, ORIEL_CHECK_FAIL,
				"a disk of the machine is in use by the host: both writing to it "
				"destroys what is on it",
				"Take it out of the machine ('virsh edit'), or unmount it and take "
				"it out of /etc/fstab first",
				"'%s': %s", domain->name, use);
	}
	if (!report->evidence)
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"no machine writes to a disk that the host uses", NULL,
			"%u whole disks in %u definitions; mountinfo, swaps, fstab, holders", disks,
			context->domain ? 1 : context->domains->len);
}
