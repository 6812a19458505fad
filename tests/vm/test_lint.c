/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The generated Windows 11 + GPU machine, row by row against what is known to be right for such a
 * machine. The computer it is made for is recorded: libvirt 9.0's capabilities with KVM on an AMD
 * processor, eight cores of two threads behind two caches, a GPU with sound, an IOMMU of 39 bits.
 */
#include "vm/definition.h"
#include "vm/error.h"

#include <glib/gstdio.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *row;
	const char *holds; /* XPath, must be true */
} rows[] = {
	{"firmware by feature, no path of a distribution",
		"/domain/os[@firmware='efi'] and not(/domain/os/loader) and not(/domain/os/nvram)"},
	{"Secure Boot with enrolled keys",
		"/domain/os/firmware/feature[@name='secure-boot'][@enabled='yes'] and "
		"/domain/os/firmware/feature[@name='enrolled-keys'][@enabled='yes']"},
	{"system management mode, which Secure Boot needs", "/domain/features/smm[@state='on']"},
	{"TPM 2.0, emulated, CRB",
		"/domain/devices/tpm[@model='tpm-crb']/backend[@type='emulator'][@version='2.0']"},
	{"q35 without a version", "/domain/os/type[@machine='q35']"},
	{"hardware virtualization", "/domain[@type='kvm']"},
	{"root ports for hot-plug",
		"count(/domain/devices/controller[@model='pcie-root-port']) >= 10"},
	{"no address written by hand",
		"not(/domain/devices/*/address) and not(/domain/devices/controller/@index)"},
	{"the host's processor, not made migratable",
		"/domain/cpu[@mode='host-passthrough'][@check='none'][@migratable='off']"},
	{"one socket, and the topology equals the number of processors",
		"/domain/cpu/topology[@sockets='1'][@dies='1'] and "
		"/domain/cpu/topology/@cores * /domain/cpu/topology/@threads = /domain/vcpu"},
	{"the host's caches", "/domain/cpu/cache[@mode='passthrough']"},
	{"topoext for AMD threads", "/domain/cpu/feature[@name='topoext'][@policy='require']"},
	{"address width limited to the IOMMU's, as libvirt 9.0 spells it",
		"/domain/cpu/maxphysaddr[@mode='emulate'][@bits='39']"},
	{"Hyper-V: what is always on",
		"/domain/features/hyperv[@mode='custom'][relaxed][vapic][vpindex][runtime][synic]"
		"[stimer/direct][frequencies][tlbflush][ipi]"},
	{"Hyper-V: spinlocks 8191", "/domain/features/hyperv/spinlocks[@retries='8191']"},
	{"Hyper-V: nothing that harms",
		"not(/domain/features/hyperv/crash) and not(/domain/features/hyperv/evmcs) and "
		"not(/domain/features/hyperv/vendor_id) and "
		"not(/domain/features/hyperv/reenlightenment)"},
	{"the hypervisor is not hidden", "not(/domain/features/kvm/hidden)"},
	{"vmport off", "/domain/features/vmport[@state='off']"},
	{"clock: local time, rtc catchup, pit delay, no hpet",
		"/domain/clock[@offset='localtime'][timer[@name='rtc'][@tickpolicy='catchup']]"
		"[timer[@name='pit'][@tickpolicy='delay']][timer[@name='hpet'][@present='no']]"},
	{"clock: hypervclock on, kvmclock off",
		"/domain/clock[timer[@name='hypervclock'][@present='yes']]"
		"[timer[@name='kvmclock'][@present='no']]"},
	{"no sleep states", "/domain/pm/suspend-to-mem[@enabled='no'] and "
			    "/domain/pm/suspend-to-disk[@enabled='no']"},
	{"a serial port, for the console", "/domain/devices/serial[@type='pty']"},
	{"no balloon", "/domain/devices/memballoon[@model='none']"},
	{"memory is not locked by hand", "not(/domain/memoryBacking/locked)"},
	{"no page sharing with huge pages",
		"/domain/memoryBacking/hugepages and /domain/memoryBacking/nosharepages"},
	{"disk: virtio with the drivers' disc, native cache policy, trim",
		"/domain/devices/disk[@device='disk'][target/@bus='virtio']"
		"/driver[@cache='none'][@discard='unmap'][@detect_zeroes='unmap']"},
	{"boot order by device, the disk before the installer, no <os><boot>",
		"not(/domain/os/boot) and "
		"/domain/devices/disk[@device='disk']/boot/@order = '1' and "
		"/domain/devices/disk[@device='cdrom']/boot/@order = '2'"},
	{"exactly one disk that an answer file could wipe",
		"count(/domain/devices/disk[@device='disk']) = 1"},
	{"installer and drivers on SATA",
		"count(/domain/devices/disk[@device='cdrom'][target/@bus='sata'][readonly]) = 2"},
	{"network: virtio, an address of its own",
		"/domain/devices/interface[@type='network'][model/@type='virtio']"
		"[starts-with(mac/@address, '52:54:00:')]"},
	{"pinning: every virtual processor", "count(/domain/cputune/vcpupin) = /domain/vcpu"},
	{"pinning: threads of a core side by side, one cache",
		"/domain/cputune/vcpupin[@vcpu='0']/@cpuset = '4' and "
		"/domain/cputune/vcpupin[@vcpu='1']/@cpuset = '12' and "
		"/domain/cputune/vcpupin[@vcpu='7']/@cpuset = '15'"},
	{"pinning: QEMU's own threads on the host's cores",
		"/domain/cputune/emulatorpin/@cpuset = '0,1,2,3,8,9,10,11'"},
	{"pinning: memory near the processors",
		"/domain/numatune/memory[@mode='strict'][@nodeset='0']"},
	{"no real-time scheduler", "not(/domain/cputune/vcpusched)"},
	{"SPICE by a Unix socket",
		"/domain/devices/graphics[@type='spice'][listen/@type='socket'][not(@port)]"},
	{"a screen for the firmware, the installer and rescue",
		"/domain/devices/video/model[@type='vga']"},
	{"no tablet and no virtio keyboard", "not(/domain/devices/input)"},
	{"sound through SPICE",
		"/domain/devices/sound[@model='ich9'] and /domain/devices/audio[@type='spice']"},
	{"channels: guest agent, SPICE agent, ours",
		"/domain/devices/channel/target[@name='org.qemu.guest_agent.0'] and "
		"/domain/devices/channel[@type='spicevmc']/target[@name='com.redhat.spice.0'] and "
		"/domain/devices/channel/target[@name='org.oriel.agent.0']"},
	{"USB redirection", "count(/domain/devices/redirdev[@bus='usb'][@type='spicevmc']) >= 2"},
	{"relay: ivshmem-plain, a name of its own",
		"/domain/devices/shmem[@name='looking-glass-win11'][model/@type='ivshmem-plain']"},
	{"relay: a power of two from the resolution",
		"/domain/devices/shmem/size[@unit='M'] = '64'"},
	{"relay: no second ivshmem device", "count(/domain/devices/shmem) = 1"},
	{"GPU: all functions of the slot, no bridge",
		"count(/domain/devices/hostdev[@type='pci'][source/address/@bus='0x01']) = 2"},
	{"GPU: one writer, and that is not libvirt",
		"count(/domain/devices/hostdev[@type='pci'][source/address/@bus='0x01']"
		"[@managed='no']) = 2"},
	{"NVMe: one writer, and that is libvirt",
		"count(/domain/devices/hostdev[@type='pci'][source/address/@bus='0x02']"
		"[@managed='yes']) = 1"},
	{"USB: one writer, and that is libvirt",
		"count(/domain/devices/hostdev[@type='usb'][@managed='yes']) = 1"},
	{"GPU: the ROM on the display function only",
		"count(/domain/devices/hostdev/rom[@file='/usr/share/vgabios/gpu.rom']) = 1 and "
		"/domain/devices/hostdev[source/address/@function='0x0']/rom"},
	{"random numbers", "/domain/devices/rng/backend = '/dev/urandom'"},
	{"Oriel's settings in the metadata",
		"/domain/metadata/*[local-name()='vm'][namespace-uri()='urn:oriel:vm:1']"},
	{"no arguments past libvirt", "not(/domain/*[local-name()='commandline'])"},
};

static void put(const char *root, const char *path, const char *text)
{
	g_autofree char *file = g_build_filename(root, path, NULL);
	g_autofree char *folder = g_path_get_dirname(file);

	g_mkdir_with_parents(folder, 0700);
	g_file_set_contents(file, text, -1, NULL);
}

static void put_processors(const char *root)
{
	put(root, "devices/system/cpu/online", "0-15\n");
	put(root, "devices/system/node/online", "0\n");
	put(root, "devices/system/node/node0/cpulist", "0-15\n");
	for (int cpu = 0; cpu < 16; cpu++) {
		g_autofree char *folder = g_strdup_printf("devices/system/cpu/cpu%d", cpu);
		g_autofree char *siblings =
			g_build_filename(folder, "topology/thread_siblings_list", NULL);
		g_autofree char *cache =
			g_build_filename(folder, "cache/index3/shared_cpu_list", NULL);
		g_autofree char *pair = g_strdup_printf("%d,%d\n", cpu % 8, cpu % 8 + 8);

		put(root, siblings, pair);
		put(root, cache, cpu % 8 < 4 ? "0-3,8-11\n" : "4-7,12-15\n");
	}
}

static void put_computer(const char *root)
{
	put_processors(root);
	put(root, "bus/pci/devices/0000:01:00.0/class", "0x030000\n");
	put(root, "bus/pci/devices/0000:01:00.0/numa_node", "0\n");
	put(root, "bus/pci/devices/0000:01:00.1/class", "0x040300\n");
	put(root, "bus/pci/devices/0000:01:00.2/class", "0x060400\n");
	put(root, "bus/pci/devices/0000:02:00.0/class", "0x010802\n");
	/* Page tables of 39 bits (SAGAW bit 1), addresses of 39 bits (MGAW 38). */
	put(root, "class/iommu/dmar0/intel-iommu/cap", "260200\n");
}

static const char *const settings[][2] = {
	{"name", "win11"},
	{"memory", "16G"},
	{"cpus", "8"},
	{"disk", "128G"},
	{"disk-file", "/var/lib/libvirt/images/win11.qcow2"},
	{"disk-format", "qcow2"},
	{"iso", "/isos/Win11.iso"},
	{"virtio-iso", "/isos/virtio-win.iso"},
	{"gpu", "0000:01:00.0"},
	{"pci", "0000:02:00.0"},
	{"usb", "046d:c52b"},
	{"gpu-rom", "/usr/share/vgabios/gpu.rom"},
	{"relay", "plain"},
	{"resolution", "2560x1440"},
	{"pin", "yes"},
	{"hugepages", "yes"},
	{"network", "network=default"},
};

static xmlDoc *make(const struct oriel_vm_facts *facts, GError **error)
{
	struct oriel_vm_spec spec;
	xmlDoc *document = oriel_vm_definition_load_template("windows11", error);
	bool ok = document != NULL;

	oriel_vm_spec_init(&spec);
	for (size_t i = 0; ok && i < G_N_ELEMENTS(settings); i++)
		ok = oriel_vm_spec_set(&spec, settings[i][0], settings[i][1], error);
	ok = ok && oriel_vm_definition_complete(document, &spec, error) &&
	     oriel_vm_definition_apply(document, &spec, facts, error) &&
	     oriel_vm_definition_fit(document, &spec, facts, error);
	oriel_vm_spec_finish(&spec);
	if (!ok)
		g_clear_pointer(&document, xmlFreeDoc);
	return document;
}

static int check_rows(xmlDoc *document)
{
	xmlXPathContext *context = xmlXPathNewContext(document);
	int failed = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		xmlXPathCompExpr *expression = xmlXPathCompile((const xmlChar *)rows[i].holds);
		int holds = xmlXPathCompiledEvalToBoolean(expression, context);

		xmlXPathFreeCompExpr(expression);
		failed += holds != 1;
		printf("%s %zu - %s\n", holds == 1 ? "ok" : "not ok", i + 1, rows[i].row);
	}
	xmlXPathFreeContext(context);
	return failed;
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		remove_tree(below);
	}
	g_remove(path);
}

int main(int argc, char **argv)
{
	g_autofree char *root = g_dir_make_tmp("oriel-lint-XXXXXX", NULL);
	g_autofree char *capabilities = NULL;
	g_autoptr(GError) error = NULL;
	struct oriel_vm_facts *facts;
	g_autoptr(xmlDoc) document = NULL;
	int failed = 1;

	put_computer(root);
	g_file_get_contents(argv[1], &capabilities, NULL, &error);
	facts = oriel_vm_facts_load_text(capabilities, "kvm", 9000000, root, &error);
	document = facts ? make(facts, &error) : NULL;
	printf("1..%zu\n", G_N_ELEMENTS(rows) + 1);
	if (document)
		failed = check_rows(document);
	if (document && oriel_vm_definition_check_schema(document, &error))
		printf("ok %zu - libvirt's schema\n", G_N_ELEMENTS(rows) + 1);
	else
		printf("not ok %zu - %s\n", G_N_ELEMENTS(rows) + 1, error->message);
	if (failed && document && argc > 2) {
		g_autofree char *text = oriel_vm_tree_to_text(document);

		fputs(text, stderr);
	}
	oriel_vm_facts_free(facts);
	remove_tree(root);
	return failed || error;
}
