/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/initramfs.h"

#include "bind/text.h"

#include <gio/gio.h>
#include <string.h>

/* vfio_virqfd is no module of its own since Linux 6.2. */
#define MODULES "vfio_pci vfio vfio_iommu_type1"
#define WRITTEN "# Written by 'oriel vfio apply', taken out by 'oriel vfio undo'.\n"
#define WHY "vfio-pci comes before the card's own driver"

static gboolean add_to_mkinitcpio(struct oriel_bind_plan *plan, GError **error)
{
	g_autofree char *config = oriel_bind_plan_read(plan, "/etc/mkinitcpio.conf");

	if (!config || !strstr(config, "modconf"))
		oriel_bind_plan_note(plan,
			"/etc/mkinitcpio.conf does not name the hook 'modconf': put it into HOOKS, "
			"or the settings of modprobe come too late");
	oriel_bind_plan_write(plan, "/etc/mkinitcpio.conf.d/oriel.conf",
		WRITTEN "MODULES=(" MODULES " \"${MODULES[@]}\")\n", WHY);
	return TRUE;
}

static gboolean add_to_dracut(struct oriel_bind_plan *plan, GError **error)
{
	oriel_bind_plan_write(plan, "/etc/dracut.conf.d/oriel.conf",
		WRITTEN "force_drivers+=\" " MODULES " \"\n", WHY);
	return TRUE;
}

/* Has no folder of drop-ins for modules. */
static gboolean add_to_initramfs_tools(struct oriel_bind_plan *plan, GError **error)
{
	static const char file[] = "/etc/initramfs-tools/modules";
	g_autofree char *text = oriel_bind_plan_read(plan, file);
	g_autofree char *longer =
		oriel_bind_text_set_block(text ? text : "", "vfio_pci\nvfio\nvfio_iommu_type1\n");

	oriel_bind_plan_write(plan, file, longer, WHY);
	return TRUE;
}

/* "modules_force_load: a,b" or no such line. */
static gboolean add_to_booster(struct oriel_bind_plan *plan, GError **error)
{
	static const char file[] = "/etc/booster.yaml";
	static const char key[] = "modules_force_load:";
	static const char modules[] = "vfio_pci,vfio,vfio_iommu_type1";
	g_autofree char *text = oriel_bind_plan_read(plan, file);
	const char *line = text ? strstr(text, key) : NULL;
	const char *rest = line ? line + strlen(key) : "";
	g_autofree char *head = NULL;
	g_autofree char *longer = NULL;

	if (plan->by_address) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			"another device has the same ids as this card, so it can be bound by "
			"address only, and booster cannot do that: use mkinitcpio or dracut");
		return FALSE;
	}
	if (line && strstr(line, modules))
		return TRUE;
	rest += strspn(rest, " ");
	head = line ? g_strndup(text, (gsize)(line - text)) : NULL;
	longer = line ? g_strdup_printf("%s%s %s,%s", head, key, modules, rest)
		      : g_strdup_printf("%s%s %s\n", text ? text : "", key, modules);
	oriel_bind_plan_write(plan, file, longer, WHY);
	return TRUE;
}

static gboolean add_to_nothing(struct oriel_bind_plan *plan, GError **error)
{
	oriel_bind_plan_note(plan,
		"it is not known how this system makes its initramfs: have it load " MODULES
		" first, take /etc/modprobe.d along, and make it anew");
	return TRUE;
}

static const char *const mkinitcpio[] = {"mkinitcpio", "-P", NULL};
static const char *const dracut[] = {"dracut", "--force", "--regenerate-all", NULL};
static const char *const initramfs_tools[] = {"update-initramfs", "-u", "-k", "all", NULL};
static const char *const booster[] = {"/usr/lib/booster/regenerate_images", NULL};

static const struct oriel_bind_initramfs_ops systems[] = {
	{ORIEL_INITRAMFS_MKINITCPIO, add_to_mkinitcpio, mkinitcpio},
	{ORIEL_INITRAMFS_DRACUT, add_to_dracut, dracut},
	{ORIEL_INITRAMFS_TOOLS, add_to_initramfs_tools, initramfs_tools},
	{ORIEL_INITRAMFS_BOOSTER, add_to_booster, booster},
};

static const struct oriel_bind_initramfs_ops none = {ORIEL_INITRAMFS_UNKNOWN, add_to_nothing, NULL};

const struct oriel_bind_initramfs_ops *oriel_bind_initramfs_find(
	enum oriel_machine_initramfs initramfs)
{
	for (guint i = 0; i < G_N_ELEMENTS(systems); i++)
		if (systems[i].initramfs == initramfs)
			return &systems[i];
	return &none;
}
