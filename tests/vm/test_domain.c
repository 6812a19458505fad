/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the checks are told of a definition: each remark has a definition that earns it, and a sound
 * definition earns none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/host/tree.h"
#include "vm/definition.h"
#include "vm/domain.h"

#define AGENT "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
#define HOSTDEV(function, managed, more)                                                           \
	"<hostdev mode='subsystem' type='pci' managed='" managed "'><source><address "             \
	"domain='0x0000' bus='0x01' slot='0x00' function='" function "'/></source>" more           \
	"</hostdev>"
#define NVME(managed)                                                                              \
	"<hostdev mode='subsystem' type='pci' managed='" managed "'><source><address "             \
	"domain='0x0000' bus='0x04' slot='0x00' function='0x0'/></source></hostdev>"
#define CARD HOSTDEV("0x0", "no", "") HOSTDEV("0x1", "no", "")
#define SHMEM(size)                                                                                \
	"<shmem name='looking-glass'><model type='ivshmem-plain'/><size unit='M'>" size            \
	"</size></shmem>"
#define WITHOUT_BALLOON "<memballoon model='none'/>"

struct lint_case {
	const char *before, *devices; /* in <domain> and in its <devices> */
	const char *remark;	      /* in a remark; NULL: there is none at all */
	gboolean is_serious;
};

static const struct lint_case cases[] = {
	{"<vcpu>4</vcpu>", AGENT CARD SHMEM("64") WITHOUT_BALLOON, NULL, FALSE},
	{"<vcpu>4</vcpu>", WITHOUT_BALLOON, "no channel for the guest agent", FALSE},
	{"<vcpu>4</vcpu>", AGENT CARD "<memballoon model='virtio'/>", "memory balloon", FALSE},
	{"<vcpu>4</vcpu>", AGENT "<memballoon model='virtio'/>", NULL, FALSE},
	{"<vcpu>8</vcpu>", AGENT, "all of the host's processors", FALSE},
	{"<vcpu>7</vcpu>", AGENT, NULL, FALSE},
	{"<metadata><l:libosinfo xmlns:l='urn:l'><l:os id='http://microsoft.com/win/11'/>"
	 "</l:libosinfo></metadata><vcpu>2</vcpu>",
		AGENT, "without Hyper-V", FALSE},
	{"<metadata><l:libosinfo xmlns:l='urn:l'><l:os id='http://microsoft.com/win/11'/>"
	 "</l:libosinfo></metadata><vcpu>2</vcpu><features><hyperv/></features>",
		AGENT, NULL, FALSE},
	{"<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='2'/></cputune>", AGENT,
		"some of the guest's processors", FALSE},
	{"<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='2'/><vcpupin vcpu='1' cpuset='3'/>"
	 "<emulatorpin cpuset='0-4,^2'/></cputune>",
		AGENT, "QEMU's own threads", FALSE},
	{"<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='2'/><vcpupin vcpu='1' cpuset='3'/>"
	 "<emulatorpin cpuset='0-4,^2,^3'/></cputune>",
		AGENT, NULL, FALSE},
	{"<vcpu>2</vcpu>", AGENT CARD WITHOUT_BALLOON "<video><model type='qxl'/></video>",
		"QXL stays", FALSE},
	{"<vcpu>2</vcpu>",
		AGENT "<disk device='cdrom'><source file='/w.iso'/><boot order='1'/></disk>"
		      "<disk device='disk'><source file='/w.raw'/><boot order='2'/></disk>",
		"starts from its CD-ROM", TRUE},
	{"<vcpu>2</vcpu>",
		AGENT "<disk device='cdrom'><source file='/w.iso'/><boot order='2'/></disk>"
		      "<disk device='disk'><source file='/w.raw'/><boot order='1'/></disk>",
		NULL, FALSE},
	{"<vcpu>2</vcpu><os><boot dev='cdrom'/><boot dev='hd'/></os>",
		AGENT "<disk device='cdrom'><source file='/w.iso'/></disk>", "starts from its",
		TRUE},
	{"<vcpu>2</vcpu>", AGENT "<disk device='cdrom'><source file='/autounattend.iso'/></disk>",
		"installer's answers", FALSE},
	{"<vcpu>2</vcpu><features><kvm><hidden state='on'/></kvm></features>", AGENT, "hidden",
		FALSE},
	{"<vcpu>2</vcpu>", AGENT SHMEM("48"), "no power of two", TRUE},
	{"<vcpu>2</vcpu>", AGENT WITHOUT_BALLOON HOSTDEV("0x0", "no", ""),
		"0000:01:00.1 (audio device) stays with the host", TRUE},
	{"<vcpu>2</vcpu>",
		AGENT WITHOUT_BALLOON HOSTDEV("0x0", "yes", "") HOSTDEV("0x1", "yes", ""),
		"managed='yes'", FALSE},
	{"<vcpu>2</vcpu>", AGENT WITHOUT_BALLOON CARD NVME("yes"), NULL, FALSE},
	{"<vcpu>2</vcpu>", AGENT WITHOUT_BALLOON CARD NVME("no"), "nobody moves a device", TRUE},
	{"<vcpu>2</vcpu>",
		AGENT WITHOUT_BALLOON HOSTDEV("0x0", "no", "<rom file='/nowhere/card.rom'/>")
			HOSTDEV("0x1", "no", ""),
		"/nowhere/card.rom does not exist", TRUE},
};

static struct oriel_pci_device card[] = {
	{.address = {0, 1, 0, 0}, .name = "0000:01:00.0", .class_code = 0x030000},
	{.address = {0, 1, 0, 1}, .name = "0000:01:00.1", .class_code = 0x040300},
	{.address = {0, 4, 0, 0}, .name = "0000:04:00.0", .class_code = 0x010802},
};

static struct oriel_domain *read_case(const char *before, const char *devices)
{
	g_autofree char *text = g_strdup_printf(
		"<domain type='kvm'><name>win</name>%s<devices>%s</devices></domain>", before,
		devices);
	g_autoptr(xmlDoc) document = oriel_vm_tree_parse(text, "a case", NULL);
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	struct oriel_vm_lint_host host = {all, 8};

	assert_non_null(document);
	for (size_t i = 0; i < G_N_ELEMENTS(card); i++)
		g_ptr_array_add(all, &card[i]);
	return oriel_vm_domain_read(document, &host);
}

static void check_case(size_t index, const struct lint_case *wanted)
{
	struct oriel_domain *domain = read_case(wanted->before, wanted->devices);
	const struct oriel_domain_flaw *flaw =
		domain->flaws->len ? g_ptr_array_index(domain->flaws, 0) : NULL;

	if (domain->flaws->len != (wanted->remark ? 1 : 0))
		fail_msg("case %zu: %u remarks, the first: %s", index, domain->flaws->len,
			flaw ? flaw->what : "none");
	if (flaw && (!strstr(flaw->what, wanted->remark) || flaw->is_serious != wanted->is_serious))
		fail_msg("case %zu: %s", index, flaw->what);
	if (flaw && strstr(flaw->remedy, "%s"))
		fail_msg("case %zu: %s", index, flaw->remedy);
	oriel_domain_free(domain);
}

static void test_each_remark(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		check_case(i, &cases[i]);
}

static void test_a_relay_by_the_name_we_gave_it(void **state)
{
	static const char text[] =
		"<domain type='kvm'><name>win</name><metadata>"
		"<oriel:vm xmlns:oriel='urn:oriel:vm:1'>"
		"<oriel:relay kind='plain' name='picture' size='33554432'/></oriel:vm></metadata>"
		"<devices><shmem name='other'/>"
		"<shmem name='picture'><size unit='M'>32</size></shmem></devices></domain>";
	g_autoptr(xmlDoc) document = oriel_vm_tree_parse(text, "a case", NULL);
	struct oriel_vm_relay_facts relay;

	assert_non_null(document);
	oriel_vm_definition_read_relay(document, &relay);
	assert_int_equal(relay.kind, ORIEL_VM_RELAY_PLAIN);
	assert_string_equal(relay.name, "picture");
	assert_int_equal(relay.size_bytes, 32 << 20);
	oriel_vm_relay_facts_finish(&relay);
}

static void test_what_a_machine_uses(void **state)
{
	struct oriel_domain *domain = read_case("<vcpu>2</vcpu>",
		AGENT CARD SHMEM("64") "<disk device='disk'><source file='/a'/><shareable/></disk>"
				       "<disk type='block'><source dev='/dev/sdb'/></disk>"
				       "<hostdev mode='subsystem' type='usb'><source><vendor "
				       "id='0x1532'/><product id='0x0067'/></source></hostdev>");
	const struct oriel_domain_file *first = g_ptr_array_index(domain->files, 0);
	const struct oriel_domain_file *second = g_ptr_array_index(domain->files, 1);
	const struct oriel_domain_usb *usb =
		&g_array_index(domain->usb, struct oriel_domain_usb, 0);

	assert_string_equal(domain->name, "win");
	assert_int_equal(domain->files->len, 2);
	assert_string_equal(first->path, "/a");
	assert_true(first->is_shared);
	assert_string_equal(second->path, "/dev/sdb");
	assert_false(second->is_shared);
	assert_int_equal(domain->pci->len, 2);
	assert_int_equal(domain->usb->len, 1);
	assert_int_equal(usb->vendor, 0x1532);
	assert_int_equal(usb->product, 0x0067);
	assert_string_equal(g_ptr_array_index(domain->relays, 0), "looking-glass");
	oriel_domain_free(domain);
}

/* Oriel's own templates earn no remark. */
static void test_templates_are_sound(void **state)
{
	static const char *const names[] = {"windows11", "windows10", "linux"};
	struct oriel_vm_lint_host host = {NULL, 0};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(xmlDoc) document = oriel_vm_definition_load_template(names[i], NULL);
		struct oriel_domain *domain;

		assert_non_null(document);
		domain = oriel_vm_domain_read(document, &host);
		if (domain->flaws->len)
			fail_msg("%s: %s", names[i],
				((struct oriel_domain_flaw *)g_ptr_array_index(domain->flaws, 0))
					->what);
		oriel_domain_free(domain);
	}
}

/* The guest is hostile: its agent may answer anything. */
static void test_answers_of_the_agent(void **state)
{
	static const char *const nobody[] = {NULL, "", "{", "[]", "7", "{}", "{\"return\":[]}",
		"{\"return\":{}}", "{\"error\":{\"class\":\"x\"}}", "{\"return\":null}"};

	for (size_t i = 0; i < G_N_ELEMENTS(nobody); i++)
		assert_false(oriel_vm_domain_has_users(nobody[i]));
	assert_true(
		oriel_vm_domain_has_users("{\"return\":[{\"login-time\":1.5,\"user\":\"a\"}]}"));
}

/* ---- PCI devices that are no GPUs ----------------------------------------------------------- */

static void assert_refused(
	const struct oriel_vm_facts *facts, guint bus, guint slot, guint function, const char *word)
{
	const struct oriel_vm_pci pci = {0, bus, slot, function};
	g_autoptr(GError) error = NULL;

	assert_false(oriel_vm_facts_check_pci(facts, &pci, &error));
	if (!strstr(error->message, word))
		fail_msg("'%s' is not in: %s", word, error->message);
}

/* What the host needs stays with it. */
static void test_which_devices_may_go(void **state)
{
	static const struct oriel_vm_pci nvme = {0, 4, 0, 0};
	g_autofree char *sysfs = NULL;
	struct oriel_vm_facts facts = {.sysfs = NULL};
	struct tree tree;

	assert_true(oriel_vm_facts_check_pci(&facts, &nvme, NULL));
	tree_init(&tree);
	tree_add_desktop(&tree);
	sysfs = g_strconcat(tree.root, "/sys", NULL);
	facts.sysfs = sysfs;
	tree_write_pci(&tree, "0000:04:00.0", "nvme/nvme0/nvme0n1/size", "1\n");
	tree_write(&tree, "/sys/class/block/nvme0n1/nvme0n1p1/partition", "1\n");
	tree_write(&tree, "/proc/self/mountinfo", "26 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	assert_true(oriel_vm_facts_check_pci(&facts, &nvme, NULL));
	tree_write(
		&tree, "/proc/self/mountinfo", "26 1 259:1 / /data rw - ext4 /dev/nvme0n1p1 rw\n");
	assert_refused(&facts, 4, 0, 0, "/dev/nvme0n1p1 is mounted");
	assert_refused(&facts, 9, 0, 0, "there is no such device");
	assert_refused(&facts, 1, 0, 0, "--gpu");
	assert_refused(&facts, 1, 0, 1, "--gpu");
	assert_refused(&facts, 0, 1, 1, "bridge");
	tree_finish(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_devices_may_go),
		cmocka_unit_test(test_each_remark),
		cmocka_unit_test(test_a_relay_by_the_name_we_gave_it),
		cmocka_unit_test(test_what_a_machine_uses),
		cmocka_unit_test(test_templates_are_sound),
		cmocka_unit_test(test_answers_of_the_agent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
