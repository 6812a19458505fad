/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/lint.h"

#include "vm/definition.h"

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <string.h>

/* ---- rows that the document alone decides --------------------------------------------------- */

/* XPath 1.0 of the domain element; $cpus is the host's number of processors. */
static const struct {
	const char *condition, *what, *remedy; /* %s: the machine's name */
	gboolean is_serious;
} rows[] = {
	{"devices/memballoon[not(@model='none')] and devices/hostdev[@type='pci']",
		"a memory balloon beside a passed-through device: the device keeps all memory "
		"pinned, and the balloon only costs speed",
		"Set <memballoon model='none'/> ('virsh edit %s')", FALSE},
	{"not(devices/channel/target[@name='org.qemu.guest_agent.0'])",
		"no channel for the guest agent: the guest cannot be asked to shut down cleanly",
		"Add <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/>"
		"</channel> ('virsh edit %s')",
		FALSE},
	{"(metadata//*[local-name()='os' and contains(@id, 'microsoft.com/win')] or "
	 "metadata/*[local-name()='vm' and @system='windows']) and not(features/hyperv)",
		"a Windows guest without Hyper-V enlightenments is slow",
		"Add <hyperv mode='passthrough'/> to <features> ('virsh edit %s')", FALSE},
	{"$cpus > 0 and number(vcpu) >= $cpus and $cpus > 1",
		"the guest has all of the host's processors: both stutter",
		"'oriel vm edit %s --cpus' with at least one less", FALSE},
	{"cputune/vcpupin and count(cputune/vcpupin) < number(vcpu)",
		"some of the guest's processors are pinned and some are not",
		"'oriel vm edit %s --pin' pins all of them", FALSE},
	{"devices/video[1]/model[@type='qxl'] and devices/hostdev[@type='pci']",
		"QXL stays the guest's primary display, and the passed-through card stays dark",
		"'oriel vm edit %s --video vga'", FALSE},
	{"devices/disk[@device='cdrom' and source]/boot/@order < "
	 "devices/disk[not(@device) or @device='disk']/boot/@order or "
	 "(os/boot[1]/@dev='cdrom' and devices/disk[@device='cdrom' and source])",
		"the machine starts from its CD-ROM first: an installer that answers its own "
		"questions would install anew, over what is there",
		"Take the medium out: 'virsh change-media %s sda --eject --config'", TRUE},
	{"devices/disk[@device='cdrom' or @device='floppy']/source[contains(@file, 'unattend') or "
	 "contains(@file, 'answer')]",
		"the medium with the installer's answers is still in the drive, with the password "
		"that stands on it",
		"Take it out: 'virsh change-media %s sda --eject --config'", FALSE},
	{"features/kvm/hidden/@state='on' or features/hyperv/vendor_id/@state='on'",
		"the hypervisor is hidden from the guest: drivers no longer need that, and it "
		"turns enlightenments off",
		"Take <hidden state='on'/> and <vendor_id …/> out ('virsh edit %s')", FALSE},
};

static void add_row(struct oriel_domain *domain, gboolean is_serious, const char *what,
	const char *remedy_format)
{
	g_auto(GStrv) parts = g_strsplit(remedy_format, "%s", -1);
	g_autofree char *remedy = g_strjoinv(domain->name, parts);

	oriel_domain_add_flaw(domain, is_serious, what, remedy);
}

static void lint_rows(
	xmlDoc *document, const struct oriel_vm_lint_host *host, struct oriel_domain *domain)
{
	xmlXPathContext *context = xmlXPathNewContext(document);

	xmlXPathSetContextNode(xmlDocGetRootElement(document), context);
	xmlXPathRegisterVariable(context, BAD_CAST "cpus", xmlXPathNewFloat(host->cpus));
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		xmlXPathCompExpr *expression =
			xmlXPathCtxtCompile(context, BAD_CAST rows[i].condition);

		if (xmlXPathCompiledEvalToBoolean(expression, context) == 1)
			add_row(domain, rows[i].is_serious, rows[i].what, rows[i].remedy);
		xmlXPathFreeCompExpr(expression);
	}
	xmlXPathFreeContext(context);
}

/* ---- shared memory -------------------------------------------------------------------------- */

static void lint_memory(
	xmlDoc *document, const struct oriel_vm_lint_host *host, struct oriel_domain *domain)
{
	struct oriel_vm_relay_facts relay;
	guint64 size;

	oriel_vm_definition_read_relay(document, &relay);
	size = relay.size_bytes;
	if (relay.kind != ORIEL_VM_RELAY_NONE && (size & (size - 1) || size < 1 << 20))
		add_row(domain, TRUE,
			"the shared memory's size is no power of two of at least 1 MiB: QEMU does "
			"not start",
			"'oriel vm edit %s --relay-size' with 32M, 64M, 128M…");
	oriel_vm_relay_facts_finish(&relay);
}

/* ---- processors ----------------------------------------------------------------------------- */

/* "0-3,8,^2": bits of the first 64 processors, enough to see whether two sets meet. */
static guint64 parse_cpuset(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text ? text : "", ",", -1);
	guint64 set = 0;

	for (char **part = parts; *part; part++) {
		const char *word = g_strstrip(*part);
		gboolean without = *word == '^';
		char *end;
		guint64 first = g_ascii_strtoull(word + without, &end, 10);
		guint64 last = *end == '-' ? g_ascii_strtoull(end + 1, NULL, 10) : first;

		for (guint64 cpu = first; *word && cpu <= MIN(last, 63); cpu++)
			set = without ? set & ~(1ull << cpu) : set | 1ull << cpu;
	}
	return set;
}

static void lint_pinning(
	xmlDoc *document, const struct oriel_vm_lint_host *host, struct oriel_domain *domain)
{
	xmlNode *tune = oriel_vm_tree_get(xmlDocGetRootElement(document), "cputune");
	xmlNode *emulator = tune ? oriel_vm_tree_get(tune, "emulatorpin") : NULL;
	g_autofree char *theirs = oriel_vm_tree_read(emulator, "cpuset");
	xmlNode *pin = NULL;
	guint64 guests = 0;

	while (tune && (pin = oriel_vm_tree_next(tune, "vcpupin", pin))) {
		g_autofree char *cpuset = oriel_vm_tree_read(pin, "cpuset");

		guests |= parse_cpuset(cpuset);
	}
	if (guests & parse_cpuset(theirs))
		add_row(domain, FALSE,
			"QEMU's own threads are pinned onto a processor of the guest and take its "
			"time",
			"'oriel vm edit %s --pin' pins both apart");
}

/* ---- devices of the host -------------------------------------------------------------------- */

static gboolean has_pci(const struct oriel_domain *domain, const struct oriel_pci_address *address)
{
	for (guint i = 0; i < domain->pci->len; i++)
		if (oriel_pci_address_equal(
			    &g_array_index(domain->pci, struct oriel_domain_pci, i).address,
			    address))
			return TRUE;
	return FALSE;
}

/* Of a slot with a display device: its sound goes with it. */
static gboolean is_of_gpu(
	const struct oriel_vm_lint_host *host, const struct oriel_pci_address *address)
{
	for (guint i = 0; i < host->devices->len; i++) {
		const struct oriel_pci_device *device = g_ptr_array_index(host->devices, i);

		if (oriel_pci_is_display(device) &&
			oriel_pci_address_same_slot(&device->address, address))
			return TRUE;
	}
	return FALSE;
}

/* One writer for each device: Oriel's hand-over moves GPUs, libvirt all others. */
static void lint_writers(
	xmlNode *devices, const struct oriel_vm_lint_host *host, struct oriel_domain *domain)
{
	gboolean gpu_by_libvirt = FALSE, other_by_nobody = FALSE;
	xmlNode *hostdev = NULL;
	guint index = 0;

	while (host->devices && (hostdev = oriel_vm_tree_next(devices, "hostdev", hostdev))) {
		const struct oriel_domain_pci *pci;
		gboolean managed = oriel_vm_tree_is(hostdev, "managed", "yes");

		if (!oriel_vm_tree_is(hostdev, "type", "pci"))
			continue;
		pci = &g_array_index(domain->pci, struct oriel_domain_pci, index++);
		if (!oriel_pci_find(host->devices, &pci->address))
			continue;
		gpu_by_libvirt |= managed && is_of_gpu(host, &pci->address);
		other_by_nobody |= !managed && !is_of_gpu(host, &pci->address);
	}
	if (gpu_by_libvirt)
		add_row(domain, FALSE,
			"libvirt would move the card by itself (managed='yes'), which can lock up "
			"its driver; Oriel's hand-over moves it step by step",
			"'oriel vm edit %s --gpu ADDRESS' writes managed='no'");
	if (other_by_nobody)
		add_row(domain, TRUE,
			"nobody moves a device that is no GPU (managed='no'): the machine does not "
			"start while the host's driver has it",
			"'oriel vm edit %s --pci ADDRESS' writes managed='yes'");
}

/* A function in the slot of one the machine has, which it has not. */
static const struct oriel_pci_device *find_left_out(
	const struct oriel_vm_lint_host *host, const struct oriel_domain *domain)
{
	for (guint i = 0; i < domain->pci->len; i++)
		for (guint k = 0; host->devices && k < host->devices->len; k++) {
			const struct oriel_pci_device *device = g_ptr_array_index(host->devices, k);

			if (oriel_pci_address_same_slot(&device->address,
				    &g_array_index(domain->pci, struct oriel_domain_pci, i)
					     .address) &&
				!oriel_pci_is_bridge(device) && !has_pci(domain, &device->address))
				return device;
		}
	return NULL;
}

static void lint_devices(
	xmlDoc *document, const struct oriel_vm_lint_host *host, struct oriel_domain *domain)
{
	const struct oriel_pci_device *left_out = find_left_out(host, domain);
	xmlNode *devices = oriel_vm_tree_get(xmlDocGetRootElement(document), "devices");

	if (left_out) {
		g_autofree char *what = g_strdup_printf(
			"%s (%s) stays with the host, although the other functions of its slot go "
			"to the guest",
			left_out->name, oriel_pci_get_class_name(left_out));

		add_row(domain, TRUE, what, "'oriel vm edit %s --gpu ADDRESS' passes all of them");
	}
	lint_writers(devices, host, domain);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void lint_files(
	xmlDoc *document, const struct oriel_vm_lint_host *host, struct oriel_domain *domain)
{
	for (guint i = 0; host->devices && i < domain->files->len; i++) {
		const struct oriel_domain_file *file = g_ptr_array_index(domain->files, i);
		g_autofree char *what = NULL;

		if (file->kind != ORIEL_DOMAIN_ROM || g_file_test(file->path, G_FILE_TEST_EXISTS))
			continue;
		what = g_strdup_printf(
			"the card's ROM file %s does not exist, or may not be seen", file->path);
		add_row(domain, TRUE, what,
			"Put it below /usr/share/vgabios, or 'oriel vm edit %s --gpu-rom none'");
	}
}

void oriel_vm_lint(
	xmlDoc *document, const struct oriel_vm_lint_host *host, struct oriel_domain *domain)
{
	void (*const parts[])(
		xmlDoc *, const struct oriel_vm_lint_host *, struct oriel_domain *) = {
		lint_rows, lint_memory, lint_pinning, lint_devices, lint_files};

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		parts[i](document, host, domain);
}
