/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/gpu.h"
#include "host/holders.h"
#include "host/iommu.h"
#include "host/machine.h"
#include "host/pci.h"
#include "tests/host/tree.h"

/* One desktop and what the module says of it; the tree is changed before fill(). */
struct fixture {
	struct tree tree;
	struct oriel_host *host;
	GPtrArray *devices;
	GPtrArray *gpus;
	struct oriel_iommu *iommu;
};

static int set_up(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);

	tree_init(&fixture->tree);
	tree_add_desktop(&fixture->tree);
	fixture->host = oriel_host_create(fixture->tree.root);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	oriel_iommu_free(fixture->iommu);
	g_clear_pointer(&fixture->gpus, g_ptr_array_unref);
	g_clear_pointer(&fixture->devices, g_ptr_array_unref);
	oriel_host_destroy(fixture->host);
	tree_finish(&fixture->tree);
	g_free(fixture);
	return 0;
}

static void fill(struct fixture *fixture)
{
	fixture->devices = oriel_pci_list(fixture->host);
	fixture->gpus = oriel_gpu_list(fixture->host, fixture->devices);
	fixture->iommu = oriel_iommu_read(fixture->host, fixture->devices);
}

static const struct oriel_gpu *find_gpu(struct fixture *fixture, const char *name)
{
	struct oriel_pci_address address;

	assert_true(oriel_pci_address_parse(name, &address, NULL));
	return oriel_gpu_find(fixture->gpus, &address);
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void test_addresses_are_strict(void **state)
{
	static const char *const bad[] = {"", "0000:01:00", "01:00.8", "01:20.0", "0000:01:00.0 ",
		" 01:00.0", "0000:01:00.00", "10de:2484", "0000-01:00.0", "01:00,0",
		"00000:01:00.0", "0x00:01:00.0", "/sys/bus", "01:00.0/../x", "g0:00.0", "\xff\xfe",
		"0000:01:00.0\n"};
	struct oriel_pci_address address;
	char text[ORIEL_PCI_ADDRESS_BYTES];

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		if (oriel_pci_address_parse(bad[i], &address, &error))
			fail_msg("took '%s'", bad[i]);
		assert_non_null(strstr(error->message, "0000:01:00.0"));
		assert_true(g_utf8_validate(error->message, -1, NULL));
	}
	assert_true(oriel_pci_address_parse("00AB:cD:1f.7", &address, NULL));
	assert_string_equal(oriel_pci_address_format(&address, text), "00ab:cd:1f.7");
	assert_true(oriel_pci_address_parse("01:00.0", &address, NULL));
	assert_string_equal(oriel_pci_address_format(&address, text), "0000:01:00.0");
}

static void test_every_address_round_trips(void **state)
{
	struct oriel_pci_address in, out;
	char text[ORIEL_PCI_ADDRESS_BYTES];

	for (guint i = 0; i < 1u << 16; i++) {
		in = (struct oriel_pci_address){(guint16)(i * 7), (guint8)(i >> 8),
			(guint8)(i >> 3 & 0x1f), (guint8)(i & 7)};
		oriel_pci_address_format(&in, text);
		assert_true(oriel_pci_address_parse(text, &out, NULL));
		assert_true(oriel_pci_address_equal(&in, &out));
	}
}

/* ---- devices -------------------------------------------------------------------------------- */

static void test_devices_are_read_whole(void **state)
{
	struct fixture *fixture = *state;
	const struct oriel_pci_device *device;

	fill(fixture);
	assert_int_equal(fixture->devices->len, 7);
	device = find_gpu(fixture, TREE_GUEST_GPU)->device;
	assert_int_equal(device->vendor, 0x10de);
	assert_int_equal(device->class_code, 0x030000);
	assert_string_equal(device->driver, "nouveau");
	assert_null(device->driver_override);
	assert_int_equal(device->iommu_group, 14);
	assert_int_equal(device->boot_vga, 0);
	assert_int_equal(device->numa_node, ORIEL_PCI_UNKNOWN);
	assert_string_equal(device->reset_method, "flr bus");
	assert_int_equal(device->bar_bytes[0], 16 << 20);
	assert_int_equal(device->bar_bytes[1], 256 << 20);
	assert_int_equal(device->bar_bytes[2], 0);
	assert_true(device->has_resizable_bar);
	assert_true(device->has_rom);
	assert_int_equal(device->link_width, 16);
	assert_string_equal(device->power_state, "D0");
	assert_null(device->runtime_status);
}

static void test_unreadable_facts_are_unknown(void **state)
{
	struct fixture *fixture = *state;
	const struct oriel_pci_device *device;

	tree_remove(&fixture->tree, "/sys/bus/pci/devices/" TREE_GUEST_GPU "/boot_vga");
	tree_remove(&fixture->tree, "/sys/bus/pci/devices/" TREE_GUEST_GPU "/driver");
	tree_remove(&fixture->tree, "/sys/bus/pci/devices/" TREE_GUEST_GPU "/iommu_group");
	tree_remove(&fixture->tree, "/sys/bus/pci/devices/" TREE_GUEST_GPU "/reset_method");
	fill(fixture);
	device = find_gpu(fixture, TREE_GUEST_GPU)->device;
	assert_int_equal(device->boot_vga, ORIEL_PCI_UNKNOWN);
	assert_null(device->driver);
	assert_int_equal(device->iommu_group, ORIEL_PCI_UNKNOWN);
	assert_null(device->reset_method);
}

static void test_an_empty_machine_has_nothing(void **state)
{
	struct fixture *fixture = *state;

	tree_remove(&fixture->tree, "/sys");
	fill(fixture);
	assert_int_equal(fixture->devices->len, 0);
	assert_int_equal(fixture->gpus->len, 0);
	assert_int_equal(fixture->iommu->groups->len, 0);
	assert_null(fixture->iommu->firmware_table);
}

/* ---- GPUs ----------------------------------------------------------------------------------- */

static void test_gpus_have_functions_nodes_and_outputs(void **state)
{
	struct fixture *fixture = *state;
	const struct oriel_gpu *guest, *host;

	fill(fixture);
	assert_int_equal(fixture->gpus->len, 2);
	guest = find_gpu(fixture, TREE_GUEST_AUDIO);
	host = find_gpu(fixture, TREE_HOST_GPU);
	assert_string_equal(guest->device->name, TREE_GUEST_GPU);
	assert_int_equal(guest->functions->len, 2);
	assert_int_equal(guest->nodes->len, 2);
	assert_string_equal(g_ptr_array_index(guest->nodes, 1), "/dev/dri/renderD129");
	assert_false(oriel_gpu_is_connected(guest));
	assert_false(guest->is_integrated);
	assert_true(oriel_gpu_is_connected(host));
	assert_true(oriel_gpu_is_boot(host));
	assert_true(host->is_integrated);
}

static void test_all_display_classes_count(void **state)
{
	static const struct {
		const char *name;
		guint class_code;
	} more[] = {
		{"0000:07:00.0", 0x030000}, {"0000:08:00.0", 0x030200}, {"0000:09:00.0", 0x038000}};
	struct fixture *fixture = *state;

	for (guint i = 0; i < G_N_ELEMENTS(more); i++)
		tree_add_pci(&fixture->tree, &(struct tree_pci){more[i].name, 0x10de, 0x1234,
						     more[i].class_code, NULL, -1, -1});
	fill(fixture);
	assert_int_equal(fixture->gpus->len, 5);
	assert_non_null(find_gpu(fixture, "0000:07:00.0")->twin);
	assert_null(find_gpu(fixture, TREE_GUEST_GPU)->twin);
}

static enum oriel_gpu_fitness rate(struct fixture *fixture, const char *name, const char *reason)
{
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
	enum oriel_gpu_fitness fitness =
		oriel_gpu_rate(find_gpu(fixture, name), fixture->gpus, reasons);
	gboolean found = FALSE;

	for (guint i = 0; i < reasons->len; i++)
		found |= strstr(g_ptr_array_index(reasons, i), reason) != NULL;
	if (!found)
		fail_msg("no reason with '%s'", reason);
	return fitness;
}

static void test_the_second_gpu_is_recommended(void **state)
{
	struct fixture *fixture = *state;

	fill(fixture);
	assert_int_equal(rate(fixture, TREE_GUEST_GPU, "another GPU"), ORIEL_GPU_FIT);
	assert_int_equal(rate(fixture, TREE_HOST_GPU, "boot_vga"), ORIEL_GPU_UNFIT);
	assert_int_equal(rate(fixture, TREE_HOST_GPU, "shows a picture"), ORIEL_GPU_UNFIT);
	assert_int_equal(rate(fixture, TREE_HOST_GPU, "part of the processor"), ORIEL_GPU_UNFIT);
}

static void test_the_only_gpu_is_unfit(void **state)
{
	struct fixture *fixture = *state;

	tree_remove(&fixture->tree, "/sys/bus/pci/devices/" TREE_HOST_GPU);
	fill(fixture);
	assert_int_equal(rate(fixture, TREE_GUEST_GPU, "only GPU"), ORIEL_GPU_UNFIT);
}

static void test_a_gpu_without_group_is_unfit(void **state)
{
	struct fixture *fixture = *state;

	tree_remove(&fixture->tree, "/sys/bus/pci/devices/" TREE_GUEST_GPU "/iommu_group");
	fill(fixture);
	assert_int_equal(rate(fixture, TREE_GUEST_GPU, "no IOMMU group"), ORIEL_GPU_UNFIT);
}

/* ---- groups --------------------------------------------------------------------------------- */

static enum oriel_iommu_verdict judge(struct fixture *fixture, guint *ret_others)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	enum oriel_iommu_verdict verdict = oriel_iommu_judge(
		fixture->iommu, find_gpu(fixture, TREE_GUEST_GPU)->device, others);

	*ret_others = others->len;
	return verdict;
}

static void test_group_verdicts(void **state)
{
	static const struct {
		const char *driver;
		guint class_code;
		enum oriel_iommu_verdict verdict;
		guint others;
	} cases[] = {
		{"pcieport", 0x060400, ORIEL_IOMMU_CLEAN, 0},
		{NULL, 0x060400, ORIEL_IOMMU_CLEAN, 0},
		{NULL, 0x0c0330, ORIEL_IOMMU_HARMLESS, 1},
		{"vfio-pci", 0x0c0330, ORIEL_IOMMU_HARMLESS, 1},
		{"xhci_hcd", 0x0c0330, ORIEL_IOMMU_NEEDED, 1},
		{"ahci", 0x010601, ORIEL_IOMMU_NEEDED, 1},
	};
	guint others;

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fixture *fixture;
		void *own;

		set_up(&own);
		fixture = own;
		tree_add_pci(&fixture->tree, &(struct tree_pci){"0000:02:00.0", 0x1b21, 0x2142,
						     cases[i].class_code, cases[i].driver, 14, -1});
		fill(fixture);
		assert_int_equal(judge(fixture, &others), cases[i].verdict);
		assert_int_equal(others, cases[i].others);
		tear_down(&own);
	}
}

static void test_group_zero_is_a_group(void **state)
{
	struct fixture *fixture = *state;
	guint others;

	tree_remove(&fixture->tree, "/sys/bus/pci/devices/" TREE_GUEST_GPU);
	tree_remove(&fixture->tree, "/sys/bus/pci/devices/" TREE_GUEST_AUDIO);
	tree_add_pci(&fixture->tree,
		&(struct tree_pci){TREE_GUEST_GPU, 0x10de, 0x2484, 0x030000, NULL, 0, 0});
	fill(fixture);
	assert_int_equal(judge(fixture, &others), ORIEL_IOMMU_CLEAN);
	assert_string_equal(oriel_iommu_find_group(fixture->iommu, 0)->type, "DMA-FQ");
}

static void test_iommu_is_read_from_the_kernel(void **state)
{
	struct fixture *fixture = *state;
	guint others;

	tree_write(&fixture->tree, "/proc/cmdline", "intel_iommu=on amd_iommu=on");
	tree_remove(&fixture->tree, "/sys/class/iommu");
	tree_remove(&fixture->tree, "/sys/kernel/iommu_groups");
	fill(fixture);
	assert_null(fixture->iommu->units[0]);
	assert_string_equal(fixture->iommu->firmware_table, "IVRS");
	assert_int_equal(judge(fixture, &others), ORIEL_IOMMU_NO_GROUP);
}

/* ---- holders -------------------------------------------------------------------------------- */

static void test_holders_are_named(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(GPtrArray) nodes = NULL;
	struct oriel_holders *holders;
	const struct oriel_holder *holder;

	tree_add_process(&fixture->tree, 4242, "compositor", "/dev/dri/card1");
	tree_add_process(&fixture->tree, 77, "pipewire", "/dev/snd/pcmC1D3p");
	tree_add_process(&fixture->tree, 99, "other", "/dev/dri/card10");
	tree_add_process(&fixture->tree, 100, "poller", "/dev/nvidia0");
	fill(fixture);
	nodes = oriel_holders_list_nodes(fixture->host, find_gpu(fixture, TREE_GUEST_GPU));
	holders = oriel_holders_scan(fixture->host, nodes);
	assert_int_equal(holders->list->len, 3);
	assert_int_equal(holders->unreadable, 0);
	holder = g_ptr_array_index(holders->list, 0);
	assert_int_equal(holder->pid, 77);
	assert_string_equal(holder->command, "pipewire");
	holder = g_ptr_array_index(holders->list, 2);
	assert_int_equal(holder->pid, 4242);
	assert_string_equal(holder->node, "/dev/dri/card1");
	oriel_holders_free(holders);
}

static void test_this_process_is_found_on_the_live_machine(void **state)
{
	g_autoptr(GPtrArray) nodes = g_ptr_array_new();
	struct oriel_host *host = oriel_host_create(NULL);
	struct oriel_holders *holders;
	char name[] = "/tmp/oriel-holder-XXXXXX";
	gboolean found = FALSE;
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	g_ptr_array_add(nodes, name);
	holders = oriel_holders_scan(host, nodes);
	for (guint i = 0; i < holders->list->len; i++) {
		const struct oriel_holder *holder = g_ptr_array_index(holders->list, i);

		found |= holder->pid == getpid() && !strcmp(holder->node, name);
	}
	assert_true(found);
	assert_int_equal(holders->list->len, 1);
	oriel_holders_free(holders);
	oriel_host_destroy(host);
	close(fd);
	unlink(name);
}

/* ---- machine -------------------------------------------------------------------------------- */

static void test_processor_and_memory(void **state)
{
	struct fixture *fixture = *state;
	struct oriel_machine_cpu cpu;
	struct oriel_machine_memory memory;

	oriel_machine_read_cpu(fixture->host, &cpu);
	assert_string_equal(cpu.vendor, "AuthenticAMD");
	assert_string_equal(cpu.virtualisation, "svm");
	assert_int_equal(cpu.physical_bits, 48);
	assert_int_equal(cpu.threads, 2);
	oriel_machine_finish_cpu(&cpu);
	oriel_machine_read_memory(fixture->host, &memory);
	assert_int_equal(memory.total_bytes / 1024, 32768000);
	assert_int_equal(memory.hugepage_bytes, 2 << 20);
	assert_int_equal(memory.hugepages_free, 4);
}

static void test_virtualisation_is_a_whole_word(void **state)
{
	struct fixture *fixture = *state;
	struct oriel_machine_cpu cpu;

	tree_write(&fixture->tree, "/proc/cpuinfo", "flags : svm_lock vmxx\n");
	oriel_machine_read_cpu(fixture->host, &cpu);
	assert_null(cpu.virtualisation);
	assert_int_equal(cpu.physical_bits, 0);
	oriel_machine_finish_cpu(&cpu);
}

static void test_boot_loaders(void **state)
{
	static const struct {
		const char *path;
		enum oriel_machine_boot_loader loader;
	} cases[] = {
		{"/boot/loader/entries/arch.conf", ORIEL_BOOT_SYSTEMD},
		{"/etc/kernelstub/configuration", ORIEL_BOOT_KERNELSTUB},
		{"/boot/refind_linux.conf", ORIEL_BOOT_REFIND},
		{"/etc/default/limine", ORIEL_BOOT_LIMINE},
		{"/boot/efi/EFI/Linux/a.efi", ORIEL_BOOT_UKI},
		{"/ostree/repo/config", ORIEL_BOOT_OSTREE},
		{"/boot/grub2/grub.cfg", ORIEL_BOOT_GRUB},
	};
	static const char *const all[] = {"/etc/default", "/boot", "/etc/kernelstub", "/ostree"};
	struct fixture *fixture = *state;

	assert_int_equal(oriel_machine_find_boot_loader(fixture->host), ORIEL_BOOT_GRUB);
	/* Fedora: entries of the boot loader specification, read by GRUB. */
	tree_write(&fixture->tree, "/boot/loader/entries/fedora.conf", "");
	assert_int_equal(oriel_machine_find_boot_loader(fixture->host), ORIEL_BOOT_GRUB);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (guint j = 0; j < G_N_ELEMENTS(all); j++)
			tree_remove(&fixture->tree, all[j]);
		assert_int_equal(oriel_machine_find_boot_loader(fixture->host), ORIEL_BOOT_UNKNOWN);
		tree_write(&fixture->tree, cases[i].path, "");
		assert_int_equal(oriel_machine_find_boot_loader(fixture->host), cases[i].loader);
	}
}

static void test_modules(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(oriel_machine_find_module(fixture->host, "vfio-pci"), ORIEL_MODULE_THERE);
	assert_int_equal(
		oriel_machine_find_module(fixture->host, "rng_core"), ORIEL_MODULE_BUILTIN);
	assert_int_equal(oriel_machine_find_module(fixture->host, "kvmfr"), ORIEL_MODULE_ABSENT);
	tree_write(&fixture->tree, "/sys/module/vfio_pci/initstate", "live\n");
	assert_int_equal(oriel_machine_find_module(fixture->host, "vfio-pci"), ORIEL_MODULE_LOADED);
	tree_remove(&fixture->tree, "/lib");
	assert_int_equal(oriel_machine_find_module(fixture->host, "kvmfr"), ORIEL_MODULE_UNKNOWN);
}

static void test_security_switches(void **state)
{
	static const guint8 on[] = {6, 0, 0, 0, 1};
	struct fixture *fixture = *state;
	g_autofree char *lockdown = NULL;

	assert_int_equal(oriel_machine_read_secure_boot(fixture->host), ORIEL_SWITCH_OFF);
	tree_write(&fixture->tree, "/sys/firmware/efi/efivars", NULL);
	assert_int_equal(oriel_machine_read_secure_boot(fixture->host), ORIEL_SWITCH_UNKNOWN);
	tree_write_bytes(&fixture->tree,
		"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", on,
		sizeof on);
	assert_int_equal(oriel_machine_read_secure_boot(fixture->host), ORIEL_SWITCH_ON);
	assert_int_equal(oriel_machine_read_apparmor(fixture->host), ORIEL_SWITCH_UNKNOWN);
	tree_write(&fixture->tree, "/sys/module/apparmor/parameters/enabled", "Y\n");
	assert_int_equal(oriel_machine_read_apparmor(fixture->host), ORIEL_SWITCH_ON);
	tree_write(&fixture->tree, "/sys/kernel/security/lockdown",
		"none [integrity] confidentiality\n");
	lockdown = oriel_machine_read_lockdown(fixture->host);
	assert_string_equal(lockdown, "integrity");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_strict),
		cmocka_unit_test(test_every_address_round_trips),
		CASE(test_devices_are_read_whole),
		CASE(test_unreadable_facts_are_unknown),
		CASE(test_an_empty_machine_has_nothing),
		CASE(test_gpus_have_functions_nodes_and_outputs),
		CASE(test_all_display_classes_count),
		CASE(test_the_second_gpu_is_recommended),
		CASE(test_the_only_gpu_is_unfit),
		CASE(test_a_gpu_without_group_is_unfit),
		cmocka_unit_test(test_group_verdicts),
		CASE(test_group_zero_is_a_group),
		CASE(test_iommu_is_read_from_the_kernel),
		CASE(test_holders_are_named),
		cmocka_unit_test(test_this_process_is_found_on_the_live_machine),
		CASE(test_processor_and_memory),
		CASE(test_virtualisation_is_a_whole_word),
		CASE(test_boot_loaders),
		CASE(test_modules),
		CASE(test_security_switches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
