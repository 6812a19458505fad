/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tuning a made-up computer for a machine and giving every value back, with every step failing or
 * killed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "handover/tuning.h"
#include "tests/handover/fake_kernel.h"

#define PAGES "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define NODE_PAGES "/sys/devices/system/node/node1/hugepages/hugepages-2048kB/"
#define THP "/sys/kernel/mm/transparent_hugepage/"
#define CGROUP "/sys/fs/cgroup/"
#define CPUFREQ "/sys/devices/system/cpu/cpufreq/"
#define MIB (1ull << 20)
#define ALL ((1u << ORIEL_TUNING_COUNT) - 1)
#define ONLY(tuning) (1u << ORIEL_TUNING_##tuning)

struct bed {
	struct tree tree;
	struct oriel_host *host;
	struct fake_kernel fake;
	struct oriel_kernel kernel;
	struct oriel_tuning_wish wish;
	GPtrArray *notes;
	char *found; /* the tree as it was at first */
};

/* Eight processors, of which 0 and 1 are one clock's, and so on. */
static const struct {
	const char *path, *text;
} computer[] = {
	{"/proc/sys/kernel/random/boot_id", "5f0c\n"},
	{"/proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\nHugepagesize: 2048 "
			  "kB\n"},
	{"/proc/sys/vm/compact_memory", ""},
	{"/sys/devices/system/cpu/online", "0-7\n"},
	{"/sys/devices/system/cpu/possible", "0-15\n"},
	{PAGES "nr_hugepages", "16\n"},
	{PAGES "free_hugepages", "12\n"},
	{PAGES "resv_hugepages", "4\n"},
	{NODE_PAGES "nr_hugepages", "0\n"},
	{NODE_PAGES "free_hugepages", "0\n"},
	{THP "enabled", "always madvise [never]"},
	{THP "defrag", "always [madvise] never"},
	{CGROUP "cgroup.controllers", "cpuset cpu memory\n"},
	{CGROUP "cgroup.subtree_control", "cpu memory\n"},
	{CGROUP "init.scope/cgroup.procs", "1\n"},
	{CGROUP "system.slice/cgroup.procs", ""},
	{CGROUP "user.slice/cgroup.procs", ""},
	{CGROUP "machine/cgroup.procs", ""},
	{CPUFREQ "policy0/scaling_governor", "schedutil\n"},
	{CPUFREQ "policy0/affected_cpus", "0 1\n"},
	{CPUFREQ "policy0/scaling_available_governors", "performance schedutil\n"},
	{CPUFREQ "policy4/scaling_governor", "powersave\n"},
	{CPUFREQ "policy4/affected_cpus", "4 5\n"},
	{CPUFREQ "policy4/scaling_available_governors", "performance powersave\n"},
	{CPUFREQ "policy6/scaling_governor", "schedutil\n"},
	{CPUFREQ "policy6/affected_cpus", "6 7\n"},
	{CPUFREQ "policy6/scaling_available_governors", "performance schedutil\n"},
	{"/proc/irq/9/smp_affinity_list", "0-7\n"},
	{"/proc/irq/30/smp_affinity_list", "4-5\n"},
	{"/proc/irq/31/smp_affinity_list", "2-4\n"},
	{"/proc/irq/32/smp_affinity_list", "0-3\n"},
};

static void add_units(struct bed *bed)
{
	tree_write(&bed->tree, "/run/systemd/system", NULL);
	tree_write(&bed->tree, "/run/systemd/test/system.slice", "");
	tree_write(&bed->tree, "/run/systemd/test/user.slice", "0-5");
	tree_write(&bed->tree, "/run/systemd/test/init.scope", "");
}

/* Paths and contents of all files below a folder ("" is all), but Oriel's own. */
static void describe(const struct oriel_host *host, const char *folder, GString *text)
{
	g_auto(GStrv) names = oriel_host_list(host, "%s/", folder);

	for (char **name = names; *name; name++) {
		g_autofree char *path = g_strconcat(folder, "/", *name, NULL);
		g_autofree char *full = oriel_host_get_path(host, "%s", path);
		g_autofree char *contents = NULL;

		if (!strcmp(path, ORIEL_RECORD_DIR))
			continue;
		if (g_file_test(full, G_FILE_TEST_IS_DIR)) {
			describe(host, path, text);
			continue;
		}
		contents = oriel_host_read(host, "%s", path);
		g_string_append_printf(text, "%s: %s\n", path, contents);
	}
}

static char *look(struct bed *bed)
{
	GString *text = g_string_new(NULL);

	describe(bed->host, "", text);
	return g_string_free(text, FALSE);
}

static int setup(void **state)
{
	struct bed *bed = g_new0(struct bed, 1);

	tree_init(&bed->tree);
	tree_write(&bed->tree, "/var/lib", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(computer); i++)
		tree_write(&bed->tree, computer[i].path, computer[i].text);
	bed->host = oriel_host_create(bed->tree.root);
	bed->fake.tree = &bed->tree;
	bed->kernel = (struct oriel_kernel){&fake_kernel_ops, &bed->fake};
	bed->wish = (struct oriel_tuning_wish){
		.tunings = ALL, .memory_bytes = 64 * MIB, .node = ORIEL_TUNING_NODE_ANY};
	assert_true(oriel_cpus_parse("4-6", &bed->wish.cpus));
	bed->notes = g_ptr_array_new_with_free_func(g_free);
	bed->found = look(bed);
	*state = bed;
	return 0;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	g_free(bed->found);
	g_ptr_array_unref(bed->notes);
	fake_kernel_finish(&bed->fake);
	oriel_host_destroy(bed->host);
	tree_finish(&bed->tree);
	g_free(bed);
	return 0;
}

static gboolean apply_for(struct bed *bed, const char *vm, GError **error)
{
	g_ptr_array_set_size(bed->notes, 0);
	return oriel_tuning_apply(&bed->kernel, bed->host, vm, &bed->wish, bed->notes, error);
}

static gboolean apply(struct bed *bed, GError **error)
{
	return apply_for(bed, "win11", error);
}

static gboolean revert(struct bed *bed, GError **error)
{
	return oriel_tuning_revert(&bed->kernel, bed->host, "win11", error);
}

static guint repair(struct bed *bed)
{
	g_autoptr(GError) error = NULL;
	guint count = 0;

	if (!oriel_tuning_repair(&bed->kernel, bed->host, &count, &error))
		fail_msg("%s", error->message);
	return count;
}

static void assert_value(struct bed *bed, const char *path, const char *wanted)
{
	g_autofree char *value = oriel_host_read(bed->host, "%s", path);

	if (g_strcmp0(value, wanted))
		fail_msg("%s: '%s', wanted '%s'", path, value, wanted);
}

/* Every value, and nothing on the disk but the lock. */
static void assert_as_found(struct bed *bed)
{
	g_auto(GStrv) files = oriel_host_list(bed->host, ORIEL_RECORD_TUNING);
	g_autofree char *now = look(bed);

	if (strcmp(now, bed->found))
		fail_msg("found:\n%s\nnow:\n%s", bed->found, now);
	for (char **file = files; *file; file++)
		if (strcmp(*file, "lock"))
			fail_msg("%s was left behind", *file);
}

static void assert_note(struct bed *bed, const char *word)
{
	for (guint i = 0; i < bed->notes->len; i++)
		if (strstr(bed->notes->pdata[i], word))
			return;
	fail_msg("no note has '%s'", word);
}

static void assert_fails(struct bed *bed, gint code, const char *word)
{
	g_autoptr(GError) error = NULL;

	assert_false(apply(bed, &error));
	if (!g_error_matches(error, G_IO_ERROR, code) || !strstr(error->message, word))
		fail_msg("%d: %s, wanted %d with '%s'", error->code, error->message, code, word);
}

/* ---- there and back ------------------------------------------------------------------------- */

static void assert_tuned(struct bed *bed)
{
	/* 32 pages, of which 8 were there and nobody's. */
	assert_value(bed, PAGES "nr_hugepages", "40");
	assert_value(bed, THP "enabled", "always [madvise] never");
	assert_value(bed, THP "defrag", "always [madvise] never");
	assert_value(bed, CPUFREQ "policy0/scaling_governor", "schedutil");
	assert_value(bed, CPUFREQ "policy4/scaling_governor", "performance");
	assert_value(bed, CPUFREQ "policy6/scaling_governor", "performance");
	assert_value(bed, "/proc/irq/9/smp_affinity_list", "0-3,7");
	assert_value(bed, "/proc/irq/30/smp_affinity_list", "0-3,7");
	assert_value(bed, "/proc/irq/31/smp_affinity_list", "2-3");
	assert_value(bed, "/proc/irq/32/smp_affinity_list", "0-3");
}

static void test_there_and_back(void **state)
{
	struct bed *bed = *state;

	for (int turn = 0; turn < 3; turn++) {
		assert_true(apply(bed, NULL));
		assert_int_equal(bed->notes->len, 0);
		assert_tuned(bed);
		assert_value(bed, CGROUP "cgroup.subtree_control", "cpu cpuset memory");
		assert_value(bed, CGROUP "system.slice/cpuset.cpus", "0-3,7");
		assert_value(bed, CGROUP "user.slice/cpuset.cpus", "0-3,7");
		assert_value(bed, CGROUP "init.scope/cpuset.cpus", "0-3,7");
		assert_value(bed, CGROUP "machine/cpuset.cpus", "");
		assert_true(apply(bed, NULL));
		assert_tuned(bed);
		assert_true(revert(bed, NULL));
		assert_as_found(bed);
	}
}

static void test_by_the_service_manager(void **state)
{
	struct bed *bed = *state;
	g_autofree char *found = NULL;

	add_units(bed);
	found = look(bed);
	assert_true(apply(bed, NULL));
	assert_tuned(bed);
	assert_value(bed, "/run/systemd/test/system.slice", "0-3,7");
	assert_value(bed, "/run/systemd/test/user.slice", "0-3");
	assert_value(bed, "/run/systemd/test/init.scope", "0-3,7");
	assert_value(bed, CGROUP "cgroup.subtree_control", "cpu memory");
	assert_true(revert(bed, NULL));
	g_free(bed->found);
	bed->found = g_steal_pointer(&found);
	assert_as_found(bed);
}

/* The kernel takes no empty list from a group that has programs. */
static void test_groups_that_are_controlled_already(void **state)
{
	struct bed *bed = *state;

	bed->wish.tunings = ONLY(CPUS);
	tree_write(&bed->tree, CGROUP "cgroup.subtree_control", "cpuset\n");
	tree_write(&bed->tree, CGROUP "system.slice/cpuset.cpus", "\n");
	tree_write(&bed->tree, CGROUP "user.slice/cpuset.cpus", "2-5\n");
	tree_write(&bed->tree, CGROUP "init.scope/cpuset.cpus", "4-6\n");
	assert_true(apply(bed, NULL));
	assert_note(bed, "init.scope");
	assert_value(bed, CGROUP "system.slice/cpuset.cpus", "0-3,7");
	assert_value(bed, CGROUP "user.slice/cpuset.cpus", "2-3");
	assert_value(bed, CGROUP "init.scope/cpuset.cpus", "4-6");
	assert_true(revert(bed, NULL));
	assert_value(bed, CGROUP "system.slice/cpuset.cpus", "0-15");
	assert_value(bed, CGROUP "user.slice/cpuset.cpus", "2-5");
	assert_value(bed, CGROUP "init.scope/cpuset.cpus", "4-6");
	assert_value(bed, CGROUP "cgroup.subtree_control", "cpuset");
}

/* Each alone sets nothing that another one is for. */
static void test_each_alone(void **state)
{
	static const char *const values[] = {
		[ORIEL_TUNING_HUGEPAGES] = PAGES "nr_hugepages",
		[ORIEL_TUNING_THP] = THP "enabled",
		[ORIEL_TUNING_CPUS] = CGROUP "cgroup.subtree_control",
		[ORIEL_TUNING_GOVERNOR] = CPUFREQ "policy4/scaling_governor",
		[ORIEL_TUNING_IRQ] = "/proc/irq/9/smp_affinity_list",
	};
	struct bed *bed = *state;

	for (guint i = 0; i < ORIEL_TUNING_COUNT; i++) {
		bed->wish.tunings = 1u << i;
		assert_true(apply(bed, NULL));
		for (guint j = 0; j < ORIEL_TUNING_COUNT; j++) {
			g_autofree char *now = oriel_host_read(bed->host, "%s", values[j]);
			g_autofree char *line = g_strdup_printf("%s: %s\n", values[j], now);

			assert_int_equal(strstr(bed->found, line) == NULL, i == j);
		}
		assert_true(revert(bed, NULL));
		assert_as_found(bed);
	}
}

static void test_pages_of_one_node(void **state)
{
	struct bed *bed = *state;

	bed->wish.tunings = ONLY(HUGEPAGES);
	bed->wish.node = 1;
	assert_true(apply(bed, NULL));
	assert_value(bed, NODE_PAGES "nr_hugepages", "32");
	assert_value(bed, PAGES "nr_hugepages", "16");
	assert_true(revert(bed, NULL));
	assert_as_found(bed);
	bed->wish.node = 5;
	assert_fails(bed, G_IO_ERROR_NOT_SUPPORTED, "node5");
	assert_as_found(bed);
}

/* The machine was changed between two runs, and nobody saw to the end of the first. */
static void test_another_wish_replaces_the_old_one(void **state)
{
	struct bed *bed = *state;

	assert_true(apply(bed, NULL));
	bed->wish.tunings = ONLY(IRQ);
	assert_true(oriel_cpus_parse("2", &bed->wish.cpus));
	assert_true(apply(bed, NULL));
	assert_value(bed, PAGES "nr_hugepages", "16");
	assert_value(bed, "/proc/irq/9/smp_affinity_list", "0-1,3-7");
	assert_true(revert(bed, NULL));
	assert_as_found(bed);
}

/* ---- what this computer does not have ------------------------------------------------------- */

static void test_what_is_not_there_is_told(void **state)
{
	struct bed *bed = *state;

	tree_remove(&bed->tree, CGROUP "cgroup.controllers");
	tree_remove(&bed->tree, CPUFREQ);
	tree_remove(&bed->tree, THP);
	assert_true(apply(bed, NULL));
	assert_note(bed, "version 1");
	assert_note(bed, "governor: the processors' clock is not the kernel's");
	assert_note(bed, "thp: this kernel has no");
	assert_value(bed, "/proc/irq/9/smp_affinity_list", "0-3,7");
	assert_true(revert(bed, NULL));
	tree_write(&bed->tree, CGROUP "cgroup.controllers", "cpu memory\n");
	assert_true(apply(bed, NULL));
	assert_note(bed, "cpu memory");
	assert_true(revert(bed, NULL));
}

static void test_a_clock_without_that_governor(void **state)
{
	struct bed *bed = *state;

	tree_write(&bed->tree, CPUFREQ "policy4/scaling_available_governors", "powersave\n");
	assert_true(apply(bed, NULL));
	assert_note(bed, "no governor 'performance'");
	assert_value(bed, CPUFREQ "policy4/scaling_governor", "powersave");
	assert_value(bed, CPUFREQ "policy6/scaling_governor", "performance");
	assert_true(revert(bed, NULL));
}

static void test_processors_that_cannot_be_kept(void **state)
{
	static const char *const lists[] = {"", "0-7", "4-8", "9"};
	struct bed *bed = *state;

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		assert_true(oriel_cpus_parse(lists[i], &bed->wish.cpus));
		assert_fails(bed, G_IO_ERROR_INVALID_ARGUMENT, "at least one");
		assert_as_found(bed);
	}
}

static void test_memory_that_does_not_fit(void **state)
{
	struct bed *bed = *state;

	bed->wish.memory_bytes = 7200 * MIB;
	assert_fails(bed, G_IO_ERROR_NOT_SUPPORTED, "do not fit");
	assert_as_found(bed);
	bed->wish.memory_bytes = G_MAXUINT64 / 2;
	assert_fails(bed, G_IO_ERROR_NOT_SUPPORTED, "do not fit");
	assert_as_found(bed);
}

/* ---- failures ------------------------------------------------------------------------------- */

static void test_pages_that_the_kernel_does_not_give(void **state)
{
	struct bed *bed = *state;

	bed->fake.pages_max = 30;
	assert_fails(bed, G_IO_ERROR_FAILED, "only 14 of 24 huge pages");
	assert_int_equal(bed->fake.compactions, 1);
	assert_as_found(bed);
}

static void test_interrupts_that_stay(void **state)
{
	struct bed *bed = *state;

	bed->fake.stuck = "/irq/30/";
	assert_true(apply(bed, NULL));
	assert_note(bed, "1 of 3 interrupts stay");
	assert_value(bed, "/proc/irq/30/smp_affinity_list", "4-5");
	assert_value(bed, "/proc/irq/31/smp_affinity_list", "2-3");
	assert_true(revert(bed, NULL));
	assert_as_found(bed);
}

static void test_a_file_that_cannot_be_written(void **state)
{
	static const char *const files[] = {
		"policy6", "nr_hugepages", "enabled", "subtree_control", "user.slice"};
	struct bed *bed = *state;

	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		bed->fake.stuck = files[i];
		assert_fails(bed, G_IO_ERROR_FAILED, files[i]);
		bed->fake.stuck = NULL;
		repair(bed);
		assert_as_found(bed);
	}
}

/* It is said, the rest goes home, and it is tried again. */
static void test_a_value_that_cannot_be_given_back(void **state)
{
	struct bed *bed = *state;
	g_autoptr(GError) error = NULL;

	assert_true(apply(bed, NULL));
	bed->fake.stuck = "policy4/";
	assert_false(revert(bed, &error));
	assert_non_null(strstr(error->message, "could not be set back to 'powersave'"));
	assert_value(bed, PAGES "nr_hugepages", "16");
	assert_value(bed, CPUFREQ "policy6/scaling_governor", "schedutil");
	bed->fake.stuck = NULL;
	assert_int_equal(repair(bed), 1);
	assert_as_found(bed);
}

/* A processor was taken out, an interrupt's device unplugged. */
static void test_files_that_vanished(void **state)
{
	struct bed *bed = *state;

	assert_true(apply(bed, NULL));
	tree_remove(&bed->tree, CPUFREQ "policy4");
	tree_remove(&bed->tree, "/proc/irq/30");
	tree_remove(&bed->tree, CGROUP "user.slice");
	assert_true(revert(bed, NULL));
	assert_value(bed, CPUFREQ "policy6/scaling_governor", "schedutil");
	assert_value(bed, "/proc/irq/31/smp_affinity_list", "2-4");
	assert_false(oriel_host_exists(bed->host, ORIEL_RECORD_TUNING "/win11.bound"));
	assert_false(oriel_host_exists(bed->host, ORIEL_RECORD_TUNING "/win11.journal"));
}

static void test_a_failure_at_every_step(void **state)
{
	struct bed *bed = *state;
	guint failed = 0;

	for (guint at = 1; at <= 16; at++) {
		bed->fake.calls = 0;
		bed->fake.fail_at = at;
		if (!apply(bed, NULL)) {
			failed++;
			assert_as_found(bed);
			continue;
		}
		bed->fake.fail_at = 0;
		assert_true(revert(bed, NULL));
		assert_as_found(bed);
	}
	/* Pages, enabled, four of the groups, two clocks; an interrupt may stay. */
	assert_int_equal(failed, 8);
}

/* Runs work in a process that is killed at a call. */
static int run_killed(struct bed *bed, gboolean (*work)(struct bed *, GError **), guint at)
{
	if (fake_kernel_fork(&bed->fake, at))
		_exit(work(bed, NULL) ? 0 : 1);
	return fake_kernel_wait(&bed->fake);
}

static void kill_at_every_step(struct bed *bed, gboolean (*work)(struct bed *, GError **))
{
	guint at = 0;
	int ended;

	do {
		if (work == revert)
			assert_true(apply(bed, NULL));
		ended = run_killed(bed, work, ++at);
		if (ended == FAKE_KERNEL_KILLED)
			assert_int_equal(repair(bed), 1);
		else if (work == apply)
			assert_true(revert(bed, NULL));
		assert_as_found(bed);
	} while (ended == FAKE_KERNEL_KILLED);
	assert_int_equal(ended, 0);
	assert_true(at > 10);
}

static void test_killed_at_every_step(void **state)
{
	kill_at_every_step(*state, apply);
	kill_at_every_step(*state, revert);
}

/* ---- several machines ----------------------------------------------------------------------- */

static void start_two(struct bed *bed)
{
	assert_true(oriel_cpus_parse("6-7", &bed->wish.cpus));
	assert_true(apply_for(bed, "first", NULL));
	/* The first machine has its pages. */
	tree_write(&bed->tree, PAGES "free_hugepages", "0\n");
	tree_write(&bed->tree, PAGES "resv_hugepages", "0\n");
	assert_true(oriel_cpus_parse("4-5", &bed->wish.cpus));
	assert_true(apply_for(bed, "second", NULL));
	tree_write(&bed->tree, PAGES "free_hugepages", "12\n");
	tree_write(&bed->tree, PAGES "resv_hugepages", "4\n");
	assert_value(bed, CGROUP "system.slice/cpuset.cpus", "0-3");
	assert_value(bed, PAGES "nr_hugepages", "72");
}

static void end_machine(struct bed *bed, const char *vm)
{
	g_autoptr(GError) error = NULL;

	if (!oriel_tuning_revert(&bed->kernel, bed->host, vm, &error))
		fail_msg("%s", error->message);
}

static void test_two_machines_end_in_any_order(void **state)
{
	struct bed *bed = *state;

	start_two(bed);
	end_machine(bed, "second");
	assert_value(bed, CGROUP "system.slice/cpuset.cpus", "0-5");
	assert_value(bed, PAGES "nr_hugepages", "40");
	end_machine(bed, "first");
	assert_as_found(bed);
	start_two(bed);
	end_machine(bed, "first");
	/* The second one's values stay for as long as it runs. */
	assert_value(bed, CGROUP "system.slice/cpuset.cpus", "0-3");
	assert_value(bed, THP "enabled", "always [madvise] never");
	end_machine(bed, "second");
	assert_as_found(bed);
}

static gboolean revert_first(struct bed *bed, GError **error)
{
	return oriel_tuning_revert(&bed->kernel, bed->host, "first", error);
}

static void test_the_first_of_two_killed_at_every_step(void **state)
{
	struct bed *bed = *state;
	guint at = 0;
	int ended;

	do {
		start_two(bed);
		ended = run_killed(bed, revert_first, ++at);
		if (ended == FAKE_KERNEL_KILLED)
			assert_int_equal(repair(bed), 1);
		assert_value(bed, CGROUP "system.slice/cpuset.cpus", "0-3");
		end_machine(bed, "second");
		assert_as_found(bed);
	} while (ended == FAKE_KERNEL_KILLED);
	assert_int_equal(ended, 0);
}

/* ---- what is left over ---------------------------------------------------------------------- */

static void test_a_machine_that_ended_unseen(void **state)
{
	static const char cmdline[] = "qemu-system-x86_64\0-name\0guest=win11,debug-threads=on";
	struct bed *bed = *state;

	assert_true(apply(bed, NULL));
	/* Its process has not begun yet. */
	assert_int_equal(repair(bed), 0);
	tree_write_bytes(&bed->tree, "/proc/555/cmdline", cmdline, sizeof cmdline);
	bed->fake.time_ms += 3600000;
	assert_int_equal(repair(bed), 0);
	assert_tuned(bed);
	tree_remove(&bed->tree, "/proc/555");
	assert_int_equal(repair(bed), 1);
	assert_as_found(bed);
}

/* The values are the kernel's own again after its start. */
static void test_the_computer_started_anew(void **state)
{
	struct bed *bed = *state;

	assert_true(apply(bed, NULL));
	tree_write(&bed->tree, "/proc/sys/kernel/random/boot_id", "77aa\n");
	tree_write(&bed->tree, PAGES "nr_hugepages", "3\n");
	assert_int_equal(repair(bed), 0);
	assert_value(bed, PAGES "nr_hugepages", "3");
	assert_false(oriel_host_exists(bed->host, ORIEL_RECORD_TUNING "/win11.bound"));
}

static void test_a_damaged_journal_is_said(void **state)
{
	static const char *const damages[] = {"", "rubbish\n", "oriel tuning 1\n",
		"oriel tuning 1\nwish\tx\nboot\t5f0c\nset\tirq\t/etc/passwd\ta\tb\n",
		"oriel tuning 1\nwish\tx\nboot\t5f0c\nset\tirq\t/sys/../etc/passwd\ta\tb\n",
		"oriel tuning 1\nwish\tx\nboot\t5f0c\nset\tnothing\t/sys/x\ta\tb\n",
		"oriel tuning 1\nwish\tx\nboot\t5f0c\nset\tirq\t/sys/x\ta\n",
		"oriel tuning 1\nwish\tx\nboot\t5f0c\ntime\t-x\n",
		"oriel tuning 1\nwish\tx\nboot\t5f0c\nx\n"};
	struct bed *bed = *state;

	for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *now = NULL;

		tree_write(&bed->tree, ORIEL_RECORD_TUNING "/win11.bound", damages[i]);
		assert_fails(bed, G_IO_ERROR_INVALID_DATA, "win11.bound is damaged");
		assert_false(revert(bed, &error));
		assert_non_null(strstr(error->message, "damaged"));
		now = look(bed);
		assert_string_equal(now, bed->found);
	}
}

static void test_a_line_cut_off_is_left_out(void **state)
{
	struct bed *bed = *state;

	tree_write(&bed->tree, ORIEL_RECORD_TUNING "/win11.journal",
		"oriel tuning 1\nwish\tx\nboot\t5f0c\ntime\t0\norder\t0\n"
		"set\tgovernor\t" CPUFREQ "policy4/scaling_governor\tpowersave\tperformance\n"
		"set\thugepages\t" PAGES "nr_hugepages\t99\t200\ndo\tgovernor\ndo\thuge");
	tree_write(&bed->tree, CPUFREQ "policy4/scaling_governor", "performance\n");
	tree_write(&bed->tree, ORIEL_RECORD_TUNING "/other.journal.new", "oriel tuning 1\n");
	assert_int_equal(repair(bed), 1);
	assert_as_found(bed);
}

static void test_revert_of_what_is_not_tuned(void **state)
{
	struct bed *bed = *state;
	g_autoptr(GError) error = NULL;

	assert_false(revert(bed, &error));
	assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
	assert_int_equal(repair(bed), 0);
	assert_as_found(bed);
}

/* ---- what is read --------------------------------------------------------------------------- */

#define DOMAIN(inner) "<domain type='kvm'><name>win11</name>" inner "</domain>"
#define OWN(attributes) "<o:vm xmlns:o='urn:oriel:vm:1' " attributes "/>"

static void test_what_a_definition_says(void **state)
{
	static const char definition[] = DOMAIN("<metadata>" OWN(
		"tune='cpus,hugepages'") "</metadata>"
					 "<memory unit='KiB'>8388608</memory><cputune><vcpupin "
					 "vcpu='0' cpuset='4'/>"
					 "<vcpupin vcpu='1' cpuset='5-6'/><emulatorpin "
					 "cpuset='0-1'/></cputune>"
					 "<numatune><memory mode='strict' "
					 "nodeset='1'/></numatune><devices><memory "
					 "model='dimm'><target><size>1</size></target></memory></"
					 "devices>");
	struct oriel_tuning_wish wish;
	g_autofree char *vm = NULL, *cpus = NULL;

	assert_true(oriel_tuning_wish_read(definition, &wish, &vm, NULL));
	cpus = oriel_cpus_format(&wish.cpus);
	assert_string_equal(vm, "win11");
	assert_int_equal(wish.tunings, ONLY(CPUS) | ONLY(HUGEPAGES));
	assert_string_equal(cpus, "4-6");
	assert_int_equal(wish.memory_bytes, 8ull << 30);
	assert_int_equal(wish.node, 1);
}

static void test_definitions_without_and_with_rubbish(void **state)
{
	static const char *const plain[] = {DOMAIN(""), DOMAIN("<metadata>" OWN("") "</metadata>"),
		DOMAIN("<metadata><vm tune='cpus'/><o:vm xmlns:o='urn:x' "
		       "tune='cpus'/></metadata>"),
		DOMAIN("<cputune><vcpupin cpuset='-1'/></cputune>")};
	static const char *const rubbish[] = {"", "rubbish", "<domain/>",
		DOMAIN("<metadata>" OWN("tune='reboot'") "</metadata>"),
		DOMAIN("<cputune><vcpupin cpuset='-1'/><vcpupin/></cputune><metadata>" OWN(
			"tune='irq'") "</metadata>"),
		"<domain><name>x</name>"};
	struct oriel_tuning_wish wish;

	for (guint i = 0; i < G_N_ELEMENTS(plain); i++) {
		g_autofree char *vm = NULL;

		assert_true(oriel_tuning_wish_read(plain[i], &wish, &vm, NULL));
		assert_int_equal(wish.tunings, 0);
		assert_int_equal(wish.node, ORIEL_TUNING_NODE_ANY);
	}
	for (guint i = 0; i < G_N_ELEMENTS(rubbish); i++) {
		g_autoptr(GError) error = NULL;
		char *vm = NULL;

		assert_false(oriel_tuning_wish_read(rubbish[i], &wish, &vm, &error));
		assert_non_null(error);
		assert_null(vm);
	}
}

static void test_lists_of_processors(void **state)
{
	static const struct {
		const char *text, *again; /* NULL: refused */
	} lists[] = {{"", ""}, {"0", "0"}, {"0-2,8", "0-2,8"}, {"8,0,1,2", "0-2,8"},
		{"0-7,^3", "0-2,4-7"}, {"4095", "4095"}, {"4096", NULL}, {"-1", NULL}, {"1-", NULL},
		{"3-1", NULL}, {"1,", NULL}, {"a", NULL}, {" 1", NULL}, {"1 2", NULL}, {"^", NULL},
		{"99999999999999999999", NULL}, {"0-4294967296", NULL}};

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		struct oriel_cpus cpus;
		g_autofree char *again = NULL;
		gboolean ok = oriel_cpus_parse(lists[i].text, &cpus);

		if (ok != (lists[i].again != NULL))
			fail_msg("'%s' was %s", lists[i].text, ok ? "taken" : "refused");
		again = ok ? oriel_cpus_format(&cpus) : NULL;
		if (ok)
			assert_string_equal(again, lists[i].again);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_there_and_back),
		TEST(test_by_the_service_manager),
		TEST(test_groups_that_are_controlled_already),
		TEST(test_each_alone),
		TEST(test_pages_of_one_node),
		TEST(test_another_wish_replaces_the_old_one),
		TEST(test_what_is_not_there_is_told),
		TEST(test_a_clock_without_that_governor),
		TEST(test_processors_that_cannot_be_kept),
		TEST(test_memory_that_does_not_fit),
		TEST(test_pages_that_the_kernel_does_not_give),
		TEST(test_interrupts_that_stay),
		TEST(test_a_file_that_cannot_be_written),
		TEST(test_a_value_that_cannot_be_given_back),
		TEST(test_files_that_vanished),
		TEST(test_a_failure_at_every_step),
		TEST(test_killed_at_every_step),
		TEST(test_two_machines_end_in_any_order),
		TEST(test_the_first_of_two_killed_at_every_step),
		TEST(test_a_machine_that_ended_unseen),
		TEST(test_the_computer_started_anew),
		TEST(test_a_damaged_journal_is_said),
		TEST(test_a_line_cut_off_is_left_out),
		TEST(test_revert_of_what_is_not_tuned),
		cmocka_unit_test(test_what_a_definition_says),
		cmocka_unit_test(test_definitions_without_and_with_rubbish),
		cmocka_unit_test(test_lists_of_processors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
