/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/facts.h"

#include "host/block.h"
#include "vm/error.h"

#include <string.h>

static xmlNode *get_root(const struct oriel_vm_facts *facts)
{
	return xmlDocGetRootElement(facts->capabilities);
}

static char *ask(virConnectPtr handle, const char *virtualization)
{
	return virConnectGetDomainCapabilities(handle, NULL, "x86_64", "q35", virtualization, 0);
}

/* KVM is there when libvirt can describe it. */
static char *ask_best(virConnectPtr handle, const char **virtualization)
{
	char *text = ask(handle, *virtualization ? *virtualization : "kvm");

	if (text || *virtualization) {
		*virtualization = *virtualization ? *virtualization : "kvm";
		return text;
	}
	*virtualization = "qemu";
	return ask(handle, *virtualization);
}

struct oriel_vm_facts *oriel_vm_facts_load_text(const char *capabilities,
	const char *virtualization, unsigned long libvirt_version, const char *sysfs,
	GError **error)
{
	struct oriel_vm_facts *facts = g_new0(struct oriel_vm_facts, 1);

	facts->virtualization = g_intern_string(virtualization);
	facts->libvirt_version = libvirt_version;
	facts->sysfs = g_strdup(sysfs);
	if (!capabilities)
		return facts;
	facts->capabilities = oriel_vm_tree_parse(capabilities, "the domain capabilities", error);
	if (facts->capabilities)
		return facts;
	oriel_vm_facts_free(facts);
	return NULL;
}

struct oriel_vm_facts *oriel_vm_facts_load(struct oriel_vm_connection *connection,
	const char *virtualization, const char *sysfs, GError **error)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, error);
	struct oriel_vm_facts *facts;
	unsigned long version = 0;
	char *text = NULL;

	if (!handle)
		return NULL;
	virConnectGetLibVersion(handle, &version);
	if (oriel_vm_connection_is_mock(connection))
		virtualization = "test";
	else
		text = ask_best(handle, &virtualization);
	if (!text && !oriel_vm_connection_is_mock(connection)) {
		oriel_vm_error_set_libvirt(error,
			"cannot find out what %s machines can have at %s; is QEMU installed there?",
			virtualization, oriel_vm_connection_get_uri(connection));
		return NULL;
	}
	facts = oriel_vm_facts_load_text(text, virtualization, version,
		oriel_vm_connection_is_local(connection) ? sysfs : NULL, error);
	free(text);
	return facts;
}

void oriel_vm_facts_free(struct oriel_vm_facts *facts)
{
	if (!facts)
		return;
	xmlFreeDoc(facts->capabilities);
	g_free(facts->sysfs);
	g_free(facts);
}

bool oriel_vm_facts_has(
	const struct oriel_vm_facts *facts, const char *path, const char *list, const char *value)
{
	xmlNode *where, *values, *at = NULL;

	if (!facts->capabilities)
		return true;
	where = oriel_vm_tree_get(get_root(facts), path);
	values = where ? oriel_vm_tree_find(where, "enum", "name", list) : NULL;
	while (values && (at = oriel_vm_tree_next(values, "value", at))) {
		g_autofree char *text = oriel_vm_tree_read_text(at);

		if (g_str_equal(text, value))
			return true;
	}
	return false;
}

bool oriel_vm_facts_has_cpu_mode(const struct oriel_vm_facts *facts, const char *mode)
{
	xmlNode *cpu;

	if (!facts->capabilities)
		return true;
	cpu = oriel_vm_tree_get(get_root(facts), "cpu");
	return cpu &&
	       oriel_vm_tree_is(oriel_vm_tree_find(cpu, "mode", "name", mode), "supported", "yes");
}

bool oriel_vm_facts_is_amd(const struct oriel_vm_facts *facts)
{
	xmlNode *cpu = facts->capabilities ? oriel_vm_tree_get(get_root(facts), "cpu") : NULL;
	xmlNode *model = cpu ? oriel_vm_tree_find(cpu, "mode", "name", "host-model") : NULL;
	g_autofree char *vendor =
		model ? oriel_vm_tree_read_text(oriel_vm_tree_get(model, "vendor")) : NULL;

	return g_strcmp0(vendor, "AMD") == 0;
}

static char *read_sysfs(const struct oriel_vm_facts *facts, const char *path)
{
	g_autofree char *file = g_build_filename(facts->sysfs, path, NULL);
	char *text = NULL;

	return g_file_get_contents(file, &text, NULL, NULL) ? g_strstrip(text) : NULL;
}

/* Intel's capability register: the widest page table it walks, and the widest address it takes. */
static guint get_intel_bits(guint64 capability)
{
	static const struct {
		unsigned int bit, width;
	} tables[] = {{11, 57}, {10, 48}, {9, 39}};
	guint most = ((capability >> 16) & 0x3f) + 1;

	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		if (capability & (G_GUINT64_CONSTANT(1) << tables[i].bit))
			return MIN(most, tables[i].width);
	return most;
}

guint oriel_vm_facts_get_iommu_bits(const struct oriel_vm_facts *facts)
{
	g_autofree char *folder =
		facts->sysfs ? g_build_filename(facts->sysfs, "class/iommu", NULL) : NULL;
	g_autoptr(GDir) dir = folder ? g_dir_open(folder, 0, NULL) : NULL;
	const char *name;
	guint least = 0;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path =
			g_build_filename("class/iommu", name, "intel-iommu/cap", NULL);
		g_autofree char *text = read_sysfs(facts, path);
		guint64 capability;

		if (!text ||
			!g_ascii_string_to_unsigned(text, 16, 0, G_MAXUINT64, &capability, NULL))
			continue;
		if (!least || get_intel_bits(capability) < least)
			least = get_intel_bits(capability);
	}
	/* No processor that has 48-bit IOMMUs offers its guests more. */
	return least >= 48 ? 0 : least;
}

static char *get_device_path(const struct oriel_vm_pci *pci, const char *file)
{
	return g_strdup_printf("bus/pci/devices/%04x:%02x:%02x.%x/%s", pci->domain, pci->bus,
		pci->slot, pci->function, file);
}

/* The class with its subclass, as 0x0300; 0 when there is no such device. */
static guint get_class(const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci)
{
	g_autofree char *path = get_device_path(pci, "class");
	g_autofree char *text = facts->sysfs ? read_sysfs(facts, path) : NULL;

	return text ? (guint)(g_ascii_strtoull(text, NULL, 16) >> 8) : 0;
}

bool oriel_vm_facts_is_display(const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci)
{
	return get_class(facts, pci) >> 8 == 0x03;
}

char *oriel_vm_facts_get_driver(const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci)
{
	g_autofree char *path = get_device_path(pci, "driver");
	g_autofree char *link = facts->sysfs ? g_build_filename(facts->sysfs, path, NULL) : NULL;
	g_autofree char *target = link ? g_file_read_link(link, NULL) : NULL;

	return target ? g_path_get_basename(target) : NULL;
}

static char *list_displays(const struct oriel_vm_facts *facts)
{
	g_autofree char *folder = g_build_filename(facts->sysfs, "bus/pci/devices", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	GString *list = g_string_new(NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		struct oriel_vm_pci pci;

		if (oriel_vm_check_pci("pci", name, &pci, NULL) &&
			oriel_vm_facts_is_display(facts, &pci))
			g_string_append_printf(list, "%s%s", list->len ? ", " : "", name);
	}
	return g_string_free(list, FALSE);
}

GArray *oriel_vm_facts_list_functions(
	const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci, GError **error)
{
	GArray *functions = g_array_new(FALSE, FALSE, sizeof(*pci));
	struct oriel_vm_pci at = *pci;
	g_autofree char *known = NULL;

	if (!facts->sysfs)
		return g_array_append_val(functions, at);
	if (get_class(facts, pci)) {
		for (at.function = 0; at.function < 8; at.function++) {
			guint class = get_class(facts, &at);

			if (class && class >> 8 != 0x06)
				g_array_append_val(functions, at);
		}
		return functions;
	}
	g_array_unref(functions);
	known = list_displays(facts);
	oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
		"gpu '%04x:%02x:%02x.%x': there is no such device; display devices here: %s",
		pci->domain, pci->bus, pci->slot, pci->function, *known ? known : "none");
	return NULL;
}

/* What this computer does with its disk; another tree than a whole one does not tell. */
static char *find_use(const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci)
{
	const struct oriel_pci_address address = {
		(guint16)pci->domain, (guint8)pci->bus, (guint8)pci->slot, (guint8)pci->function};
	g_autofree char *root = NULL;
	struct oriel_host *host;
	char *use;

	if (!g_str_has_suffix(facts->sysfs, "/sys"))
		return NULL;
	root = g_strndup(facts->sysfs, strlen(facts->sysfs) - strlen("/sys"));
	host = oriel_host_create(root);
	use = oriel_block_find_use_of_pci(host, &address);
	oriel_host_destroy(host);
	return use;
}

/* Its slot's first function tells: a card's sound goes with the card. */
static bool is_of_gpu(const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci)
{
	struct oriel_vm_pci first = *pci;

	first.function = 0;
	return oriel_vm_facts_is_display(facts, pci) || oriel_vm_facts_is_display(facts, &first);
}

bool oriel_vm_facts_check_pci(
	const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci, GError **error)
{
	g_autofree char *name = g_strdup_printf(
		"%04x:%02x:%02x.%x", pci->domain, pci->bus, pci->slot, pci->function);
	g_autofree char *use = NULL;
	guint class;

	if (!facts->sysfs)
		return true;
	class = get_class(facts, pci);
	if (!class)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"pci '%s': there is no such device; 'oriel iommu' lists them", name);
	if (is_of_gpu(facts, pci))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"pci '%s': is part of a GPU; --gpu gives it with all of its functions, and "
			"hands it over step by step",
			name);
	if (class >> 8 == 0x06)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"pci '%s': is a bridge, which no machine can have", name);
	use = find_use(facts, pci);
	return !use || oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			       "pci '%s': the host works with its disk (%s); unmount it and take "
			       "it out of /etc/fstab first",
			       name, use);
}
