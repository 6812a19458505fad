/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks, network, screen and sound. */
#include "vm/definition_parts.h"

#include "vm/error.h"

#include <string.h>

static char *read_default(struct oriel_vm_work *work, const char *name)
{
	xmlNode *own = oriel_vm_tree_get_own(work->document, false);

	return own ? oriel_vm_tree_read(oriel_vm_tree_get(own, "defaults"), name) : NULL;
}

/* A guest without virtio drivers of its own has them once their disc is there. */
static char *choose(struct oriel_vm_work *work, const char *name)
{
	const char *disc = work->spec->virtio_iso;

	if (disc && !g_str_equal(disc, "none"))
		return g_strdup("virtio");
	return read_default(work, name);
}

static bool has_target(xmlNode *devices, const char *name)
{
	xmlNode *disk = NULL;

	while ((disk = oriel_vm_tree_next(devices, "disk", disk)))
		if (oriel_vm_tree_is(oriel_vm_tree_get(disk, "target"), "dev", name))
			return true;
	return false;
}

static void set_target(xmlNode *devices, xmlNode *disk, const char *bus)
{
	const char *prefix = g_str_equal(bus, "virtio") ? "vd" : "sd";
	char name[] = "xxa";
	xmlNode *target;

	memcpy(name, prefix, 2);
	while (has_target(devices, name) && name[2] < 'z')
		name[2]++;
	target = oriel_vm_tree_make(disk, "target");
	oriel_vm_tree_set(target, "dev", name);
	oriel_vm_tree_set(target, "bus", bus);
}

/* An empty disk does not boot, so the first start goes to the installer's disc and all later ones
 * to the disk: the disc never starts a second installation. */
static void set_boot_order(xmlNode *device, guint order)
{
	oriel_vm_tree_set_number(oriel_vm_tree_make(device, "boot"), "order", order);
}

static void add_disk(struct oriel_vm_work *work)
{
	const struct oriel_vm_spec *spec = work->spec;
	g_autofree char *bus = choose(work, "disk-bus");
	xmlNode *disk = oriel_vm_tree_add(work->devices, "disk");
	xmlNode *driver = oriel_vm_tree_add(disk, "driver");

	oriel_vm_tree_set(disk, "type", "file");
	oriel_vm_tree_set(disk, "device", "disk");
	oriel_vm_tree_set(driver, "name", "qemu");
	oriel_vm_tree_set(driver, "type", spec->disk_format ? spec->disk_format : "qcow2");
	oriel_vm_tree_set(driver, "cache", "none");
	oriel_vm_tree_set(driver, "discard", "unmap");
	oriel_vm_tree_set(driver, "detect_zeroes", "unmap");
	oriel_vm_tree_set(oriel_vm_tree_add(disk, "source"), "file", spec->disk_file);
	set_target(work->devices, disk, bus ? bus : "virtio");
	set_boot_order(disk, 1);
}

static bool has_disk(xmlNode *devices, const char *path)
{
	xmlNode *disk = NULL;

	while ((disk = oriel_vm_tree_next(devices, "disk", disk)))
		if (oriel_vm_tree_is(oriel_vm_tree_get(disk, "source"), "file", path))
			return true;
	return false;
}

static xmlNode *find_disc(struct oriel_vm_work *work, const char *role)
{
	xmlNode *own = oriel_vm_tree_get_own(work->document, false);
	xmlNode *disc = own ? oriel_vm_tree_find(own, "disc", "role", role) : NULL;
	g_autofree char *target = disc ? oriel_vm_tree_read(disc, "target") : NULL;
	xmlNode *disk = NULL;

	while (target && (disk = oriel_vm_tree_next(work->devices, "disk", disk)))
		if (oriel_vm_tree_is(oriel_vm_tree_get(disk, "target"), "dev", target))
			return disk;
	return NULL;
}

static void remember_disc(struct oriel_vm_work *work, const char *role, xmlNode *disk)
{
	xmlNode *own = oriel_vm_tree_get_own(work->document, true);
	g_autofree char *target = oriel_vm_tree_read(oriel_vm_tree_get(disk, "target"), "dev");
	xmlNode *disc;

	oriel_vm_tree_remove(oriel_vm_tree_find(own, "disc", "role", role));
	disc = oriel_vm_tree_add_own(own, "disc");
	oriel_vm_tree_set(disc, "role", role);
	oriel_vm_tree_set(disc, "target", target);
}

static xmlNode *add_disc(struct oriel_vm_work *work)
{
	xmlNode *disk = oriel_vm_tree_add(work->devices, "disk");
	xmlNode *driver = oriel_vm_tree_add(disk, "driver");

	oriel_vm_tree_set(disk, "type", "file");
	oriel_vm_tree_set(disk, "device", "cdrom");
	oriel_vm_tree_set(driver, "name", "qemu");
	oriel_vm_tree_set(driver, "type", "raw");
	set_target(work->devices, disk, "sata");
	oriel_vm_tree_add(disk, "readonly");
	return disk;
}

/* path: NULL leaves it, "none" takes it out. order: 0 does not boot. */
static void apply_disc(struct oriel_vm_work *work, const char *role, const char *path, guint order)
{
	xmlNode *disk;

	if (!path)
		return;
	disk = find_disc(work, role);
	if (g_str_equal(path, "none")) {
		oriel_vm_tree_remove(disk);
		return;
	}
	if (!disk)
		disk = add_disc(work);
	oriel_vm_tree_set(oriel_vm_tree_make(disk, "source"), "file", path);
	if (order)
		set_boot_order(disk, order);
	remember_disc(work, role, disk);
}

/* Per-device boot elements and <os><boot> exclude each other. */
static void drop_os_boot(struct oriel_vm_work *work)
{
	xmlNode *os = oriel_vm_tree_get(work->root, "os");

	if (os)
		oriel_vm_tree_remove_all(os, "boot");
}

bool oriel_vm_definition_apply_disks(struct oriel_vm_work *work, GError **error)
{
	const struct oriel_vm_spec *spec = work->spec;
	bool boots = spec->disk_file || (spec->iso && !g_str_equal(spec->iso, "none"));

	if (boots && !oriel_vm_tree_get(work->root, "os/boot"))
		boots = false;
	if (boots)
		drop_os_boot(work);
	if (spec->disk_file && !has_disk(work->devices, spec->disk_file))
		add_disk(work);
	apply_disc(work, "installer", spec->iso, 2);
	apply_disc(work, "virtio", spec->virtio_iso, 0);
	return true;
}

/* ---- network -------------------------------------------------------------------------------- */

static void set_random_mac(xmlNode *interface)
{
	guint32 tail = g_random_int();
	g_autofree char *mac = g_strdup_printf(
		"52:54:00:%02x:%02x:%02x", tail >> 16 & 0xff, tail >> 8 & 0xff, tail & 0xff);

	oriel_vm_tree_set(oriel_vm_tree_make(interface, "mac"), "address", mac);
}

static xmlNode *add_interface(struct oriel_vm_work *work)
{
	g_autofree char *model = choose(work, "nic");
	xmlNode *interface = oriel_vm_tree_add(work->devices, "interface");

	set_random_mac(interface);
	oriel_vm_tree_set(oriel_vm_tree_add(interface, "model"), "type", model ? model : "virtio");
	return interface;
}

bool oriel_vm_definition_apply_network(struct oriel_vm_work *work, GError **error)
{
	const char *network = work->spec->network;
	xmlNode *interface = oriel_vm_tree_next(work->devices, "interface", NULL);
	const char *equals = network ? strchr(network, '=') : NULL;
	g_autofree char *type = equals ? g_strndup(network, equals - network) : g_strdup(network);

	if (!network)
		return true;
	if (g_str_equal(type, "none")) {
		oriel_vm_tree_remove_all(work->devices, "interface");
		return true;
	}
	if (!interface)
		interface = add_interface(work);
	if (!oriel_vm_tree_is(interface, "type", type))
		oriel_vm_tree_remove_all(interface, "source");
	oriel_vm_tree_set(interface, "type", type);
	if (equals)
		oriel_vm_tree_set(oriel_vm_tree_make(interface, "source"), type, equals + 1);
	return true;
}

/* ---- screen and sound ----------------------------------------------------------------------- */

static void remove_where(xmlNode *devices, const char *name, const char *type)
{
	xmlNode *node;

	while ((node = oriel_vm_tree_find(devices, name, "type", type)))
		oriel_vm_tree_remove(node);
}

static void remove_spice(xmlNode *devices)
{
	xmlNode *audio = oriel_vm_tree_find(devices, "audio", "type", "spice");

	remove_where(devices, "graphics", "spice");
	remove_where(devices, "channel", "spicevmc");
	remove_where(devices, "redirdev", "spicevmc");
	if (audio)
		oriel_vm_tree_set(audio, "type", "none");
}

static void set_listen(xmlNode *devices, const char *type)
{
	xmlNode *graphics = oriel_vm_tree_find(devices, "graphics", "type", "spice");
	xmlNode *listen;

	if (!graphics) {
		graphics = oriel_vm_tree_add(devices, "graphics");
		oriel_vm_tree_set(graphics, "type", "spice");
	}
	listen = oriel_vm_tree_make(graphics, "listen");
	if (oriel_vm_tree_is(listen, "type", type))
		return;
	oriel_vm_tree_remove(listen);
	listen = oriel_vm_tree_make(graphics, "listen");
	oriel_vm_tree_set(listen, "type", type);
	oriel_vm_tree_set(graphics, "listen", NULL);
	oriel_vm_tree_set(graphics, "port", NULL);
	oriel_vm_tree_set(graphics, "tlsPort", NULL);
	oriel_vm_tree_set(graphics, "autoport", g_str_equal(type, "address") ? "yes" : NULL);
	if (g_str_equal(type, "address"))
		oriel_vm_tree_set(listen, "address", "127.0.0.1");
}

static void set_sound(xmlNode *devices, const char *sound)
{
	bool wanted = g_str_equal(sound, "spice");
	xmlNode *audio;

	if (!wanted) {
		oriel_vm_tree_remove_all(devices, "sound");
		oriel_vm_tree_remove_all(devices, "audio");
		return;
	}
	if (!oriel_vm_tree_next(devices, "sound", NULL))
		oriel_vm_tree_set(oriel_vm_tree_add(devices, "sound"), "model", "ich9");
	audio = oriel_vm_tree_make(devices, "audio");
	if (oriel_vm_tree_is(audio, "type", "spice"))
		return;
	oriel_vm_tree_set(audio, "type", "spice");
	if (!xmlHasProp(audio, (const xmlChar *)"id"))
		oriel_vm_tree_set(audio, "id", "1");
}

static bool set_video(struct oriel_vm_work *work, const char *video, GError **error)
{
	xmlNode *model = oriel_vm_tree_make(work->devices, "video/model");

	if (!oriel_vm_facts_has(work->facts, "devices/video", "modelType", video))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"video '%s': the QEMU there has no such device; use vga or virtio", video);
	if (oriel_vm_tree_is(model, "type", video))
		return true;
	/* The old model's memory and address belong to the old model. */
	oriel_vm_tree_remove_all(work->devices, "video");
	oriel_vm_tree_set(oriel_vm_tree_make(work->devices, "video/model"), "type", video);
	return true;
}

bool oriel_vm_definition_apply_display(struct oriel_vm_work *work, GError **error)
{
	const struct oriel_vm_spec *spec = work->spec;

	if (spec->display && g_str_equal(spec->display, "none"))
		remove_spice(work->devices);
	else if (spec->display)
		set_listen(
			work->devices, g_str_equal(spec->display, "socket") ? "socket" : "address");
	if (spec->sound)
		set_sound(work->devices, spec->sound);
	return !spec->video || set_video(work, spec->video, error);
}
