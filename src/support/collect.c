/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/collect.h"

#include "support/text_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- files ---------------------------------------------------------------------------------- */

/* A file, or those of a folder whose names end so. */
struct source {
	const char *path;
	const char *suffix; /* NULL: path is one file; "": all of the folder */
};

static const struct source sources[] = {
	{"/proc/cmdline"},
	{"/proc/modules"},
	{"/proc/version"},
	{"/boot/loader/entries", ".conf"},
	{"/etc/booster.yaml"},
	{"/etc/default/grub"},
	{"/etc/default/grub.d", ".cfg"},
	{"/etc/default/limine"},
	{"/etc/dracut.conf.d", ".conf"},
	{"/etc/initramfs-tools/modules"},
	{"/etc/kernel/cmdline"},
	{"/etc/libvirt/hooks/qemu"},
	{"/etc/libvirt/hooks/qemu.d", ""},
	{"/etc/libvirt/qemu.conf"},
	{"/etc/mkinitcpio.conf"},
	{"/etc/mkinitcpio.conf.d", ".conf"},
	{"/etc/modprobe.d", ".conf"},
	{"/etc/modules-load.d", ".conf"},
	{"/etc/oriel", ".ini"},
	{"/etc/oriel/vm", ".ini"},
	{"/var/lib/oriel", ""},
	{"/var/lib/oriel/boot/journal"},
	{"/var/lib/oriel/handover", ""},
	{"/var/log/libvirt/qemu", ".log"},
};

/* Below a user's folders of settings and of what is remembered. */
static const struct source user_sources[] = {
	{"", ".ini"},
	{"/log", ".log"},
	{"/vm", ".ini"},
	{"/profiles", ".ini"},
	{"/journal", ""},
};

static void add_file(struct oriel_bundle *bundle, const char *path, const char *name)
{
	g_autoptr(GError) error = NULL;
	gsize size;
	g_autofree char *text =
		oriel_text_file_read(path, ORIEL_COLLECT_FILE_BYTES_MAX, &size, &error);

	if (text)
		oriel_bundle_add(bundle, name, text, size);
	else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
		oriel_bundle_add_missing(bundle, name, error->message);
}

/* The last names: of logs with a date in their name the newest. */
static void add_folder(
	struct oriel_bundle *bundle, const char *path, const char *name, const char *suffix)
{
	struct oriel_host *folder = oriel_host_create(path);
	g_auto(GStrv) all = oriel_host_list(folder, "/");
	guint count = 0;

	for (guint i = g_strv_length(all); i-- > 0;) {
		g_autofree char *file = g_build_filename(path, all[i], NULL);
		g_autofree char *shown = g_build_filename(name, all[i], NULL);

		if (!g_str_has_suffix(all[i], suffix) || g_file_test(file, G_FILE_TEST_IS_DIR))
			continue;
		if (++count > ORIEL_COLLECT_FOLDER_FILES_MAX) {
			oriel_bundle_add_missing(bundle, name, "more files than are taken");
			break;
		}
		add_file(bundle, file, shown);
	}
	oriel_host_destroy(folder);
}

static void add_source(struct oriel_bundle *bundle, const char *path, const char *name,
	const struct source *source)
{
	if (!source->suffix)
		add_file(bundle, path, name);
	else if (!access(path, R_OK | X_OK))
		add_folder(bundle, path, name, source->suffix);
	else if (errno == EACCES)
		oriel_bundle_add_missing(
			bundle, name, "may not be read; with sudo it would be inside");
}

static void add_user(struct oriel_bundle *bundle, const struct oriel_host *host, const char *base,
	const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(user_sources); i++) {
		g_autofree char *path =
			oriel_host_get_path(host, "%s/oriel%s", base, user_sources[i].path);
		g_autofree char *shown = g_strconcat(name, user_sources[i].path, NULL);

		add_source(bundle, path, shown, &user_sources[i]);
	}
}

/* ---- people --------------------------------------------------------------------------------- */

#define FIRST_UID 1000
#define LAST_UID 60000

/* Each person with an account here: name, full name, home folder. */
static void for_each_person(struct oriel_bundle *bundle, const struct oriel_host *host,
	void (*act)(struct oriel_bundle *bundle, const struct oriel_host *host, char **account))
{
	g_autofree char *text = oriel_host_read(host, "/etc/passwd");
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) fields = g_strsplit(*line, ":", -1);
		guint64 uid;

		if (g_strv_length(fields) == 7 &&
			g_ascii_string_to_unsigned(fields[2], 10, FIRST_UID, LAST_UID, &uid, NULL))
			act(bundle, host, fields);
	}
}

static void add_home(struct oriel_bundle *bundle, const char *home)
{
	/* "/" and the folder above all homes are nobody's. */
	if (strlen(home) > 3 && strchr(home + 1, '/'))
		oriel_bundle_add_word(bundle, ORIEL_REDACT_HOME, home);
}

static void add_person(struct oriel_bundle *bundle, const char *name, const char *full_name)
{
	g_auto(GStrv) parts = g_strsplit(full_name, " ", -1);

	oriel_bundle_add_word(bundle, ORIEL_REDACT_USER, name);
	oriel_bundle_add_word(bundle, ORIEL_REDACT_USER, full_name);
	for (char **part = parts; *part; part++)
		if (g_utf8_strlen(*part, -1) > 2)
			oriel_bundle_add_word(bundle, ORIEL_REDACT_USER, *part);
}

static void learn_account(
	struct oriel_bundle *bundle, const struct oriel_host *host, char **account)
{
	g_auto(GStrv) about = g_strsplit(account[4], ",", -1);

	add_home(bundle, account[5]);
	add_person(bundle, account[0], *about ? *about : "");
}

static void add_account(struct oriel_bundle *bundle, const struct oriel_host *host, char **account)
{
	g_autofree char *config = g_strconcat(account[5], "/.config", NULL);
	g_autofree char *state = g_strconcat(account[5], "/.local/state", NULL);

	add_user(bundle, host, config, "user/config");
	add_user(bundle, host, state, "user/state");
}

/* Who calls, also where no file names them. */
static void learn_caller(struct oriel_bundle *bundle)
{
	const char *real = g_get_real_name();

	if (geteuid())
		add_home(bundle, g_get_home_dir());
	add_person(bundle, g_get_user_name(), strcmp(real, "Unknown") ? real : "");
	oriel_bundle_add_word(bundle, ORIEL_REDACT_HOST, g_get_host_name());
}

/* ---- names ---------------------------------------------------------------------------------- */

static void learn_host(struct oriel_bundle *bundle, const struct oriel_host *host)
{
	static const char *const paths[] = {"/etc/hostname", "/proc/sys/kernel/hostname"};

	for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autofree char *name = oriel_host_read(host, "%s", paths[i]);
		g_auto(GStrv) parts = g_strsplit(name ? name : "", ".", 2);

		if (name)
			oriel_bundle_add_word(bundle, ORIEL_REDACT_HOST, name);
		if (*parts)
			oriel_bundle_add_word(bundle, ORIEL_REDACT_HOST, *parts);
	}
}

/* Files that tell the names of networks and single devices; none of them goes into the bundle. */
static void learn_files(struct oriel_bundle *bundle, const struct oriel_host *host)
{
	static const char *const folders[] = {
		"/etc/NetworkManager/system-connections", "/etc/wpa_supplicant", "/var/lib/iwd"};
	static const char *const serials[] = {"product_serial", "product_uuid", "board_serial",
		"chassis_serial", "chassis_asset_tag"};

	for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_auto(GStrv) names = oriel_host_list(host, "%s", folders[i]);

		for (char **name = names; *name; name++) {
			g_autofree char *text = oriel_host_read(host, "%s/%s", folders[i], *name);
			g_autofree char *all =
				g_strdup_printf("%s/%s\n%s", folders[i], *name, text ? text : "");

			oriel_bundle_learn(bundle, all, strlen(all));
		}
	}
	for (guint i = 0; i < G_N_ELEMENTS(serials); i++) {
		g_autofree char *text = oriel_host_read(host, "/sys/class/dmi/id/%s", serials[i]);

		if (text)
			oriel_bundle_add_word(bundle, ORIEL_REDACT_SERIAL, text);
	}
}

void oriel_collect_names(struct oriel_bundle *bundle, const struct oriel_host *host)
{
	if (oriel_host_is_live(host))
		learn_caller(bundle);
	for_each_person(bundle, host, learn_account);
	learn_host(bundle, host);
	learn_files(bundle, host);
}

/* Of a system that does not run: libvirt cannot be asked. */
static void add_definitions(struct oriel_bundle *bundle, const struct oriel_host *host)
{
	static const struct source source = {"/etc/libvirt/qemu", ".xml"};
	g_autofree char *path = oriel_host_get_path(host, "%s", source.path);

	add_source(bundle, path, "vm", &source);
}

void oriel_collect_files(struct oriel_bundle *bundle, const struct oriel_host *host)
{
	for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
		g_autofree char *path = oriel_host_get_path(host, "%s", sources[i].path);
		g_autofree char *name = g_strconcat("host", sources[i].path, NULL);

		add_source(bundle, path, name, &sources[i]);
	}
	if (!oriel_host_is_live(host)) {
		add_definitions(bundle, host);
		for_each_person(bundle, host, add_account);
		return;
	}
	add_user(bundle, host, g_get_user_config_dir(), "user/config");
	add_user(bundle, host, g_get_user_state_dir(), "user/state");
}
