/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The relay's shared memory in a definition: three kinds of device, one name. */
#include "vm/definition_parts.h"

#include "vm/error.h"
#include "vm/paths.h"
#include "vm/shm.h"

#include <string.h>

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"
#define KVMFR_DEVICE "/dev/kvmfr0"
#define KVMFR_ID "oriel-relay"

/* What libvirt before this one calls the limit on address width. */
#define LIBVIRT_WITH_ADDRESS_LIMIT 9003000

static xmlNode *find_own_relay(xmlDoc *document)
{
	xmlNode *own = oriel_vm_tree_get_own(document, false);

	return own ? oriel_vm_tree_next(own, "relay", NULL) : NULL;
}

/* The one whose name we gave, or that has a name that is usual. */
static xmlNode *find_shmem(xmlDoc *document)
{
	xmlNode *devices = oriel_vm_tree_get(xmlDocGetRootElement(document), "devices");
	xmlNode *own = find_own_relay(document);
	g_autofree char *given = own ? oriel_vm_tree_read(own, "name") : NULL;
	xmlNode *shmem = NULL;

	while ((shmem = oriel_vm_tree_next(devices, "shmem", shmem))) {
		g_autofree char *name = oriel_vm_tree_read(shmem, "name");

		if (name &&
			(g_strcmp0(name, given) == 0 || g_str_has_prefix(name, "looking-glass") ||
				g_str_has_prefix(name, "oriel")))
			return shmem;
	}
	return NULL;
}

static guint64 read_shmem_size(xmlNode *shmem)
{
	static const struct {
		const char *unit;
		unsigned int shift;
	} units[] = {{"B", 0}, {"bytes", 0}, {"K", 10}, {"KiB", 10}, {"M", 20}, {"MiB", 20},
		{"G", 30}, {"GiB", 30}};
	xmlNode *size = oriel_vm_tree_get(shmem, "size");
	g_autofree char *text = oriel_vm_tree_read_text(size);
	g_autofree char *unit = oriel_vm_tree_read(size, "unit");

	for (size_t i = 0; text && i < G_N_ELEMENTS(units); i++)
		if (g_str_equal(unit ? unit : "B", units[i].unit))
			return g_ascii_strtoull(text, NULL, 10) << units[i].shift;
	return 0;
}

void oriel_vm_definition_read_relay(xmlDoc *document, struct oriel_vm_relay_facts *ret_relay)
{
	xmlNode *shmem = find_shmem(document);
	xmlNode *own = find_own_relay(document);
	g_autofree char *size = own ? oriel_vm_tree_read(own, "size") : NULL;

	memset(ret_relay, 0, sizeof(*ret_relay));
	ret_relay->kind = ORIEL_VM_RELAY_NONE;
	if (own && oriel_vm_tree_is(own, "kind", "kvmfr")) {
		ret_relay->kind = ORIEL_VM_RELAY_KVMFR;
		ret_relay->name = g_strdup(KVMFR_DEVICE);
	} else if (shmem) {
		ret_relay->server = oriel_vm_tree_read(oriel_vm_tree_get(shmem, "server"), "path");
		ret_relay->kind =
			ret_relay->server ? ORIEL_VM_RELAY_DOORBELL : ORIEL_VM_RELAY_PLAIN;
		ret_relay->name = oriel_vm_tree_read(shmem, "name");
		ret_relay->size_bytes = read_shmem_size(shmem);
	}
	if (!ret_relay->size_bytes && size)
		ret_relay->size_bytes = g_ascii_strtoull(size, NULL, 10);
}

void oriel_vm_relay_facts_finish(struct oriel_vm_relay_facts *relay)
{
	g_clear_pointer(&relay->name, g_free);
	g_clear_pointer(&relay->server, g_free);
}

/* ---- removing ------------------------------------------------------------------------------- */

static bool is_kvmfr_argument(xmlNode *argument)
{
	g_autofree char *value = oriel_vm_tree_read(argument, "value");

	return value && strstr(value, "\"" KVMFR_ID "\"");
}

/* -device VALUE and -object VALUE: the switch stands in the argument before. */
static void remove_kvmfr(xmlNode *root)
{
	xmlNode *commandline = oriel_vm_tree_get(root, "commandline");
	xmlNode *before = NULL;
	xmlNode *argument = oriel_vm_tree_next(commandline, "arg", NULL);

	while (argument) {
		xmlNode *next = oriel_vm_tree_next(commandline, "arg", argument);

		if (is_kvmfr_argument(argument)) {
			oriel_vm_tree_remove(before);
			oriel_vm_tree_remove(argument);
			before = NULL;
		} else {
			before = argument;
		}
		argument = next;
	}
	if (commandline && !commandline->children)
		oriel_vm_tree_remove(commandline);
}

static void remove_relay(struct oriel_vm_work *work)
{
	oriel_vm_tree_remove(find_shmem(work->document));
	oriel_vm_tree_remove(find_own_relay(work->document));
	remove_kvmfr(work->root);
}

/* ---- adding --------------------------------------------------------------------------------- */

static xmlNode *make_shmem(struct oriel_vm_work *work, const char *name, const char *model)
{
	xmlNode *shmem = find_shmem(work->document);

	if (!shmem)
		shmem = oriel_vm_tree_add(work->devices, "shmem");
	oriel_vm_tree_set(shmem, "name", name);
	if (!oriel_vm_tree_is(oriel_vm_tree_make(shmem, "model"), "type", model)) {
		oriel_vm_tree_set(oriel_vm_tree_make(shmem, "model"), "type", model);
		oriel_vm_tree_remove_all(shmem, "size");
		oriel_vm_tree_remove_all(shmem, "server");
		oriel_vm_tree_remove_all(shmem, "msi");
	}
	return shmem;
}

static bool add_plain(
	struct oriel_vm_work *work, const char *name, guint64 size_bytes, GError **error)
{
	xmlNode *size = oriel_vm_tree_make(make_shmem(work, name, "ivshmem-plain"), "size");
	g_autofree char *mib = g_strdup_printf("%" G_GUINT64_FORMAT, size_bytes >> 20);

	oriel_vm_tree_set(size, "unit", "M");
	oriel_vm_tree_set_text(size, mib);
	return true;
}

static bool add_doorbell(
	struct oriel_vm_work *work, const char *name, guint64 size_bytes, GError **error)
{
	g_autofree char *folder = oriel_vm_paths_make_runtime(error);
	g_autofree char *path = folder ? g_strdup_printf("%s/%s.ivshmem", folder, name) : NULL;
	xmlNode *shmem;

	if (!folder)
		return false;
	shmem = make_shmem(work, name, "ivshmem-doorbell");
	oriel_vm_tree_set(oriel_vm_tree_make(shmem, "server"), "path", path);
	oriel_vm_tree_set(oriel_vm_tree_make(shmem, "msi"), "vectors", "1");
	return true;
}

static void add_argument(xmlNode *commandline, const char *value)
{
	xmlNode *argument = oriel_vm_tree_add_own(commandline, "arg");

	oriel_vm_tree_set(argument, "value", value);
}

static xmlNode *make_commandline(xmlNode *root)
{
	xmlNode *commandline = oriel_vm_tree_next(root, "commandline", NULL);
	const xmlChar *href = (const xmlChar *)QEMU_NAMESPACE;
	xmlNs *space = xmlSearchNsByHref(root->doc, root, href);

	if (commandline)
		return commandline;
	if (!space)
		space = xmlNewNs(root, href, (const xmlChar *)"qemu");
	commandline = oriel_vm_tree_add(root, "commandline");
	xmlSetNs(commandline, space);
	return commandline;
}

static bool add_kvmfr(
	struct oriel_vm_work *work, const char *name, guint64 size_bytes, GError **error)
{
	g_autofree char *object =
		g_strdup_printf("{\"qom-type\":\"memory-backend-file\",\"id\":\"" KVMFR_ID
				"\",\"mem-path\":\"" KVMFR_DEVICE "\",\"size\":%" G_GUINT64_FORMAT
				",\"share\":true}",
			size_bytes);
	xmlNode *commandline;

	if (work->facts->sysfs && !oriel_vm_shm_check_kvmfr(KVMFR_DEVICE, error))
		return false;
	oriel_vm_tree_remove(find_shmem(work->document));
	remove_kvmfr(work->root);
	commandline = make_commandline(work->root);
	add_argument(commandline, "-object");
	add_argument(commandline, object);
	add_argument(commandline, "-device");
	add_argument(commandline,
		"{\"driver\":\"ivshmem-plain\",\"id\":\"oriel-relay0\",\"memdev\":\"" KVMFR_ID
		"\"}");
	return true;
}

static void remember(
	struct oriel_vm_work *work, enum oriel_vm_relay kind, const char *name, guint64 size_bytes)
{
	xmlNode *own = oriel_vm_tree_get_own(work->document, true);
	xmlNode *relay = oriel_vm_tree_next(own, "relay", NULL);

	if (!relay)
		relay = oriel_vm_tree_add_own(own, "relay");
	oriel_vm_tree_set(relay, "kind", oriel_vm_relay_get_name(kind));
	oriel_vm_tree_set(relay, "name", name);
	oriel_vm_tree_set_number(relay, "size", size_bytes);
}

static guint64 choose_size(const struct oriel_vm_spec *spec, const struct oriel_vm_relay_facts *now)
{
	if (spec->relay_bytes)
		return spec->relay_bytes;
	if (!spec->width_px && now->size_bytes && spec->hdr == ORIEL_VM_UNSET)
		return now->size_bytes;
	return oriel_vm_shm_get_size(spec->width_px ? spec->width_px : 1920,
		spec->height_px ? spec->height_px : 1080, spec->hdr == ORIEL_VM_YES);
}

static char *choose_name(struct oriel_vm_work *work, const struct oriel_vm_relay_facts *now)
{
	g_autofree char *machine = oriel_vm_tree_read_text(oriel_vm_tree_get(work->root, "name"));

	if (work->spec->relay_name)
		return g_strdup(work->spec->relay_name);
	if (now->name && now->kind != ORIEL_VM_RELAY_KVMFR)
		return g_strdup(now->name);
	return g_strdup_printf("looking-glass-%s", machine);
}

static bool (*const adders[])(
	struct oriel_vm_work *work, const char *name, guint64 size_bytes, GError **error) = {
	[ORIEL_VM_RELAY_PLAIN] = add_plain,
	[ORIEL_VM_RELAY_DOORBELL] = add_doorbell,
	[ORIEL_VM_RELAY_KVMFR] = add_kvmfr,
};

/* Memory of devices placed above what the IOMMU can address ends the machine at its start. */
static void limit_addresses(struct oriel_vm_work *work)
{
	guint bits = oriel_vm_facts_get_iommu_bits(work->facts);
	xmlNode *cpu = oriel_vm_tree_make(work->root, "cpu");
	xmlNode *limit;

	if (!bits || !oriel_vm_tree_is(cpu, "mode", "host-passthrough"))
		return;
	limit = oriel_vm_tree_make(cpu, "maxphysaddr");
	if (work->facts->libvirt_version >= LIBVIRT_WITH_ADDRESS_LIMIT) {
		oriel_vm_tree_set(limit, "mode", "passthrough");
		oriel_vm_tree_set_number(limit, "limit", bits);
	} else {
		oriel_vm_tree_set(limit, "mode", "emulate");
		oriel_vm_tree_set_number(limit, "bits", bits);
	}
}

static bool has_gpu(xmlNode *devices)
{
	return oriel_vm_tree_find(devices, "hostdev", "type", "pci") != NULL;
}

static bool apply(struct oriel_vm_work *work, const struct oriel_vm_relay_facts *now,
	enum oriel_vm_relay kind, GError **error)
{
	guint64 size_bytes = choose_size(work->spec, now);
	g_autofree char *name = choose_name(work, now);

	if (strlen(name) > ORIEL_VM_NAME_BYTES_MAX + strlen("looking-glass-"))
		return oriel_vm_check_name("relay-name", name, error);
	if (kind != now->kind)
		remove_kvmfr(work->root);
	if (!adders[kind](work, name, size_bytes, error))
		return false;
	remember(work, kind, name, size_bytes);
	if (has_gpu(work->devices))
		limit_addresses(work);
	return true;
}

bool oriel_vm_definition_apply_relay(struct oriel_vm_work *work, GError **error)
{
	const struct oriel_vm_spec *spec = work->spec;
	struct oriel_vm_relay_facts now;
	enum oriel_vm_relay kind;
	bool sized = spec->relay_bytes || spec->relay_name || spec->width_px || spec->hdr;
	bool ok = true;

	oriel_vm_definition_read_relay(work->document, &now);
	kind = spec->relay ? spec->relay : now.kind;
	if (spec->relay == ORIEL_VM_RELAY_NONE)
		remove_relay(work);
	else if (kind != ORIEL_VM_RELAY_NONE && (spec->relay || sized || spec->gpus))
		ok = apply(work, &now, kind, error);
	oriel_vm_relay_facts_finish(&now);
	return ok;
}
