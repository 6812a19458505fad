/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Systems whose entries are whole images: unified kernel images, and ostree's deployments. */
#include "bind/loader.h"

#include <gio/gio.h>
#include <string.h>

/* ---- unified kernel images ------------------------------------------------------------------ */

#define RESCUE_IMAGE "oriel-rescue.efi"

static const char *const folders[] = {"/efi/EFI/Linux", "/boot/efi/EFI/Linux", "/boot/EFI/Linux"};

static char *find_image(const struct oriel_host *host, const char **ret_folder)
{
	for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_auto(GStrv) names = oriel_host_list(host, "%s", folders[i]);

		for (char **name = names; *name; name++)
			if (g_str_has_suffix(*name, ".efi") && strcmp(*name, RESCUE_IMAGE)) {
				*ret_folder = folders[i];
				return g_build_filename(folders[i], *name, NULL);
			}
	}
	return NULL;
}

/* The image as it is now, which was made, and signed, without our parameters. It is copied once: an
 * image that is there already must stay the old one. */
static gboolean add_uki_rescue(struct oriel_bind_plan *plan, GError **error)
{
	const char *folder = NULL;
	g_autofree char *image = find_image(plan->host, &folder);
	g_autofree char *full = image ? oriel_host_get_path(plan->host, "%s", image) : NULL;
	g_autofree char *rescue = NULL;
	g_autoptr(GBytes) bytes = NULL;
	char *data;
	gsize size;

	if (!full || !g_file_get_contents(full, &data, &size, NULL)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"no unified kernel image (EFI/Linux/*.efi) could be read to be kept as the "
			"rescue entry: without one nothing is changed");
		return FALSE;
	}
	bytes = g_bytes_new_take(data, size);
	rescue = g_build_filename(folder, RESCUE_IMAGE, NULL);
	if (!oriel_host_exists(plan->host, "%s", rescue))
		oriel_bind_plan_write_bytes(plan, rescue, bytes, 0644,
			"the present image, which starts without binding");
	return TRUE;
}

/* Under Secure Boot nothing can be typed at the start, so what binds must stand in the image. */
static gboolean add_uki_parameters(struct oriel_bind_plan *plan, GError **error)
{
	g_autofree char *text = oriel_bind_plan_read(plan, "/etc/kernel/cmdline");

	if (plan->parameters->len && !text) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"/etc/kernel/cmdline does not exist: the image's parameters come from "
			"elsewhere on this system, and nothing is changed");
		return FALSE;
	}
	oriel_bind_entries_add_to_cmdline(plan);
	if (oriel_machine_read_secure_boot(plan->host) == ORIEL_SWITCH_ON)
		oriel_bind_plan_note(plan,
			"Secure Boot is on: the new image must be signed as the present one is, "
			"before you reboot (sbctl sign-all, or your own key)");
	return TRUE;
}

const struct oriel_bind_loader_ops oriel_bind_loader_uki = {
	ORIEL_BOOT_UKI, add_uki_rescue, add_uki_parameters};

/* ---- ostree --------------------------------------------------------------------------------- */

/* The deployment that runs now stays in the boot menu. */
static gboolean add_ostree_rescue(struct oriel_bind_plan *plan, GError **error)
{
	static const char *const pin[] = {"ostree", "admin", "pin", "booted", NULL};
	static const char *const unpin[] = {"ostree", "admin", "pin", "--unpin", "booted", NULL};

	oriel_bind_plan_run(plan, pin);
	oriel_bind_plan_run_on_undo(plan, unpin);
	return TRUE;
}

static void run_kargs(struct oriel_bind_plan *plan, const char *option, gboolean on_undo)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(words, g_strdup("rpm-ostree"));
	g_ptr_array_add(words, g_strdup("kargs"));
	for (guint i = 0; i < plan->parameters->len; i++)
		g_ptr_array_add(
			words, g_strdup_printf("%s=%s", option,
				       (const char *)g_ptr_array_index(plan->parameters, i)));
	g_ptr_array_add(words, NULL);
	if (on_undo)
		oriel_bind_plan_run_on_undo(plan, (const char *const *)words->pdata);
	else
		oriel_bind_plan_run(plan, (const char *const *)words->pdata);
}

/* Its tools change deployments as a whole, and take them back as a whole. */
static gboolean add_ostree_parameters(struct oriel_bind_plan *plan, GError **error)
{
	static const char *const enable[] = {"rpm-ostree", "initramfs", "--enable", NULL};
	static const char *const disable[] = {"rpm-ostree", "initramfs", "--disable", NULL};

	oriel_bind_plan_run(plan, enable);
	oriel_bind_plan_run_on_undo(plan, disable);
	if (plan->parameters->len) {
		run_kargs(plan, "--append-if-missing", FALSE);
		run_kargs(plan, "--delete-if-present", TRUE);
	}
	return TRUE;
}

const struct oriel_bind_loader_ops oriel_bind_loader_ostree = {
	ORIEL_BOOT_OSTREE, add_ostree_rescue, add_ostree_parameters};
