/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Binding at the start, on made-up systems: what is planned is what is written, taking it back
 * gives the tree as it was, byte by byte, and so does every interruption.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/apply.h"
#include "bind/plan.h"
#include "tests/bind/systems.h"
#include "tests/host/tree.h"

/* ---- faults --------------------------------------------------------------------------------- */

/* The call of that number, counted from 1 over all three functions, ends the process or fails. */
static struct {
	guint at, count;
	gboolean kill;
	int code; /* errno of the failing call, and of all later ones when it lasts */
	gboolean lasts;
} fault;

static gboolean strikes(void)
{
	if (!fault.at)
		return FALSE;
	fault.count++;
	if (fault.count != fault.at && !(fault.lasts && fault.count > fault.at))
		return FALSE;
	if (fault.kill)
		_exit(99);
	errno = fault.code;
	return TRUE;
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

int __wrap_rename(const char *from, const char *to)
{
	return strikes() ? -1 : __real_rename(from, to);
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	return strikes() ? -1 : __real_write(fd, data, size);
}

/* Nothing fills up or wears out by removing; only being killed can come between. */
int __wrap_unlink(const char *path)
{
	if (fault.kill)
		strikes();
	return __real_unlink(path);
}

/* ---- trees as text -------------------------------------------------------------------------- */

static GString *listing;
static gsize listing_root;

static int list_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	g_autofree char *data = NULL;
	gsize size = 0;

	g_string_append_printf(listing, "%s %o", path + listing_root, info->st_mode);
	if (kind == FTW_F && g_file_get_contents(path, &data, &size, NULL)) {
		g_autofree char *sum =
			g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)data, size);

		g_string_append_printf(listing, " %s", sum);
	}
	g_string_append_c(listing, '\n');
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every path with its mode and the checksum of its content. */
static char *take_listing(const struct tree *tree)
{
	g_auto(GStrv) lines = NULL;

	listing = g_string_new(NULL);
	listing_root = strlen(tree->root);
	assert_int_equal(nftw(tree->root, list_one, 16, FTW_PHYS), 0);
	lines = g_strsplit(listing->str, "\n", -1);
	g_string_free(listing, TRUE);
	qsort(lines, g_strv_length(lines), sizeof *lines, compare_lines);
	return g_strjoinv("\n", lines);
}

/* ---- a system ------------------------------------------------------------------------------- */

struct computer {
	struct tree tree;
	struct oriel_host *host;
	GPtrArray *devices, *gpus;
	char *before; /* listing */
};

static void build(struct computer *computer, const struct system_case *system)
{
	tree_init(&computer->tree);
	tree_add_desktop(&computer->tree);
	tree_write(&computer->tree, "/var/lib/keep", "");
	for (guint i = 0; i < G_N_ELEMENTS(system->removed) && system->removed[i]; i++)
		tree_remove(&computer->tree, system->removed[i]);
	for (guint i = 0; i < G_N_ELEMENTS(system->files) && system->files[i].path; i++)
		tree_write(&computer->tree, system->files[i].path, system->files[i].text);
	tree_remove(&computer->tree, "/sys/class/iommu/.gone");
	computer->host = oriel_host_create(computer->tree.root);
	computer->devices = oriel_pci_list(computer->host);
	computer->gpus = oriel_gpu_list(computer->host, computer->devices);
	computer->before = take_listing(&computer->tree);
}

static void tear_down(struct computer *computer)
{
	g_free(computer->before);
	g_ptr_array_unref(computer->gpus);
	g_ptr_array_unref(computer->devices);
	oriel_host_destroy(computer->host);
	tree_finish(&computer->tree);
}

static struct oriel_bind_plan *plan_for(struct computer *computer, GError **error)
{
	struct oriel_pci_address address;

	assert_true(oriel_pci_address_parse(TREE_GUEST_GPU, &address, NULL));
	return oriel_bind_plan_create(
		computer->host, computer->devices, oriel_gpu_find(computer->gpus, &address), error);
}

static void assert_as_before(const struct computer *computer, const char *when)
{
	g_autofree char *now = take_listing(&computer->tree);

	if (strcmp(now, computer->before))
		fail_msg("%s: the tree was\n%s\nand is\n%s", when, computer->before, now);
}

static char *read_text(const struct computer *computer, const char *path)
{
	g_autofree char *full = oriel_host_get_path(computer->host, "%s", path);
	char *text = NULL;

	g_file_get_contents(full, &text, NULL, NULL);
	return text;
}

/* ---- the cases ------------------------------------------------------------------------------ */

static void assert_plan(const struct oriel_bind_plan *plan, const struct system_case *system)
{
	guint count = 0;

	while (count < G_N_ELEMENTS(system->written) && system->written[count].path)
		count++;
	for (guint i = 0; i < MAX(plan->changes->len, count); i++) {
		const struct oriel_bind_change *change =
			i < plan->changes->len ? g_ptr_array_index(plan->changes, i) : NULL;

		if (!change || i >= count || strcmp(change->path, system->written[i].path))
			fail_msg("%s: change %u is of %s, wanted %s", system->name, i,
				change ? change->path : "nothing",
				i < count ? system->written[i].path : "nothing");
	}
	for (guint i = 0; i < G_N_ELEMENTS(system->commands); i++) {
		g_autofree char *command =
			i < plan->commands->len
				? g_strjoinv(" ", g_ptr_array_index(plan->commands, i))
				: NULL;

		if (g_strcmp0(command, system->commands[i]))
			fail_msg("%s: command %u is '%s', wanted '%s'", system->name, i,
				command ? command : "nothing",
				system->commands[i] ? system->commands[i] : "nothing");
	}
}

static void assert_note(const struct oriel_bind_plan *plan, const struct system_case *system)
{
	gboolean found = FALSE;

	for (guint i = 0; i < plan->notes->len; i++)
		found |= system->note &&
			 strstr(g_ptr_array_index(plan->notes, i), system->note) != NULL;
	if (found != (system->note != NULL) || (!system->note && plan->notes->len))
		fail_msg("%s: %u notes, the first '%s', wanted '%s'", system->name,
			plan->notes->len,
			plan->notes->len ? (char *)g_ptr_array_index(plan->notes, 0) : "",
			system->note ? system->note : "");
}

static void assert_written(const struct computer *computer, const struct system_case *system)
{
	for (guint i = 0; i < G_N_ELEMENTS(system->written) && system->written[i].path; i++) {
		g_autofree char *text = read_text(computer, system->written[i].path);

		if (g_strcmp0(text, system->written[i].text))
			fail_msg("%s: %s is\n%s\nwanted\n%s", system->name, system->written[i].path,
				text, system->written[i].text);
	}
}

static void run_system(const struct system_case *system)
{
	struct computer computer;
	struct oriel_bind_plan *plan;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) commands = NULL;
	g_autofree char *applied = NULL;
	g_autofree char *again = NULL;

	build(&computer, system);
	plan = plan_for(&computer, &error);
	if (!plan)
		fail_msg("%s: %s", system->name, error->message);
	assert_plan(plan, system);
	assert_note(plan, system);
	assert_as_before(&computer, "after planning");
	assert_true(oriel_bind_apply(plan, &error));
	assert_written(&computer, system);
	applied = take_listing(&computer.tree);
	assert_false(oriel_bind_apply(plan, &error));
	assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_EXISTS));
	again = take_listing(&computer.tree);
	assert_string_equal(applied, again);
	assert_true(oriel_bind_undo(computer.host, &commands, NULL, NULL));
	assert_int_equal(commands->len, plan->undo_commands->len);
	assert_as_before(&computer, system->name);
	oriel_bind_plan_free(plan);
	tear_down(&computer);
}

static void test_each_system(void **state)
{
	for (guint i = 0; i < system_case_count; i++)
		run_system(&system_cases[i]);
}

/* A plan on what the plan before has written plans nothing new but its rescue entry's like. */
static void test_planning_twice_is_planning_once(void **state)
{
	for (guint i = 0; i < system_case_count; i++) {
		struct computer computer;
		struct oriel_bind_plan *plan, *second;

		build(&computer, &system_cases[i]);
		plan = plan_for(&computer, NULL);
		assert_true(oriel_bind_apply(plan, NULL));
		second = plan_for(&computer, NULL);
		for (guint k = 0; k < second->changes->len; k++) {
			const struct oriel_bind_change *change =
				g_ptr_array_index(second->changes, k);

			if (!strstr(change->path, "rescue") && !strstr(change->path, "refind") &&
				!strstr(change->path, "limine.conf"))
				fail_msg("%s: %s would change again", system_cases[i].name,
					change->path);
		}
		oriel_bind_plan_free(second);
		oriel_bind_plan_free(plan);
		tear_down(&computer);
	}
}

/* ---- interruptions -------------------------------------------------------------------------- */

static void apply_in_child(struct computer *computer, guint at)
{
	struct oriel_bind_plan *plan = plan_for(computer, NULL);

	fault.at = at;
	fault.count = 0;
	fault.kill = TRUE;
	_exit(oriel_bind_apply(plan, NULL) ? 0 : 1);
}

static void undo_in_child(struct computer *computer, guint at)
{
	fault.at = at;
	fault.count = 0;
	fault.kill = TRUE;
	_exit(oriel_bind_undo(computer->host, NULL, NULL, NULL) ? 0 : 1);
}

/* What the child ended with: 0, or 99 when it was killed. */
static int run_child(void (*work)(struct computer *, guint), struct computer *computer, guint at)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		work(computer, at);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const struct system_case *find_debian(void)
{
	for (guint i = 0; i < system_case_count; i++)
		if (g_str_has_prefix(system_cases[i].name, "Debian, "))
			return &system_cases[i];
	return NULL;
}

static void test_killed_at_every_step_of_apply(void **state)
{
	guint steps = 0;
	int ended;

	do {
		struct computer computer;
		gboolean repaired;
		g_autoptr(GError) error = NULL;

		build(&computer, find_debian());
		ended = run_child(apply_in_child, &computer, ++steps);
		assert_true(oriel_bind_repair(computer.host, &repaired, &error));
		/* The last steps come after the journal says that all is written. */
		if (ended)
			oriel_bind_undo(computer.host, NULL, NULL, NULL);
		if (ended)
			assert_as_before(&computer, "killed");
		tear_down(&computer);
	} while (ended == 99);
	assert_int_equal(ended, 0);
	assert_true(steps > 15);
}

static void test_killed_at_every_step_of_undo(void **state)
{
	guint steps = 0;
	int ended;

	do {
		struct computer computer;
		struct oriel_bind_plan *plan;
		g_autoptr(GError) error = NULL;

		build(&computer, find_debian());
		plan = plan_for(&computer, NULL);
		assert_true(oriel_bind_apply(plan, NULL));
		oriel_bind_plan_free(plan);
		ended = run_child(undo_in_child, &computer, ++steps);
		if (ended && !oriel_bind_undo(computer.host, NULL, NULL, &error))
			assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
		assert_as_before(&computer, "killed while taking back");
		tear_down(&computer);
	} while (ended == 99);
	assert_int_equal(ended, 0);
	assert_true(steps > 8);
}

/* A full disk or a read-only folder at every step: one sentence, and the tree as it was. */
static void fail_at_every_step(int code, gboolean lasts)
{
	gboolean ok;
	guint at = 0;

	do {
		struct computer computer;
		struct oriel_bind_plan *plan;
		g_autoptr(GError) error = NULL;

		build(&computer, find_debian());
		plan = plan_for(&computer, NULL);
		memset(&fault, 0, sizeof fault);
		fault.at = ++at;
		fault.code = code;
		ok = oriel_bind_apply(plan, &error);
		memset(&fault, 0, sizeof fault);
		if (!ok) {
			assert_non_null(strstr(error->message, g_strerror(code)));
			assert_non_null(strstr(error->message, computer.tree.root));
			assert_as_before(&computer, error->message);
		}
		oriel_bind_plan_free(plan);
		tear_down(&computer);
	} while (!ok);
	assert_true(at > 15);
}

static void test_a_full_disk_at_every_step(void **state)
{
	fail_at_every_step(ENOSPC, FALSE);
	fail_at_every_step(EROFS, FALSE);
}

/* ---- what users do meanwhile ---------------------------------------------------------------- */

static void test_a_file_changed_meanwhile_is_kept(void **state)
{
	static const char file[] = "/etc/initramfs-tools/modules";
	struct computer computer;
	struct oriel_bind_plan *plan;
	g_autoptr(GPtrArray) kept = NULL;
	g_autofree char *text = NULL;

	build(&computer, find_debian());
	plan = plan_for(&computer, NULL);
	assert_true(oriel_bind_apply(plan, NULL));
	tree_write(&computer.tree, file, "mine\n");
	assert_true(oriel_bind_undo(computer.host, NULL, &kept, NULL));
	assert_int_equal(kept->len, 1);
	text = read_text(&computer, g_ptr_array_index(kept, 0));
	assert_string_equal(text, "mine\n");
	tree_remove(&computer.tree, g_ptr_array_index(kept, 0));
	assert_as_before(&computer, "kept");
	oriel_bind_plan_free(plan);
	tear_down(&computer);
}

static void test_a_damaged_journal_changes_nothing(void **state)
{
	static const char *const damages[] = {"", "rubbish", "[oriel]\nfiles=1\n# sha256 00\n"};

	for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
		struct computer computer;
		struct oriel_bind_plan *plan;
		g_autoptr(GError) error = NULL;
		g_autoptr(GError) second = NULL;
		g_autofree char *before = NULL;
		g_autofree char *after = NULL;

		build(&computer, find_debian());
		plan = plan_for(&computer, NULL);
		assert_true(oriel_bind_apply(plan, NULL));
		tree_write(&computer.tree, ORIEL_BIND_STATE_DIR "/journal", damages[i]);
		before = take_listing(&computer.tree);
		assert_false(oriel_bind_undo(computer.host, NULL, NULL, &error));
		assert_non_null(strstr(error->message, "is damaged"));
		assert_non_null(strstr(error->message, ORIEL_BIND_STATE_DIR "/before"));
		assert_false(oriel_bind_apply(plan, &second));
		assert_non_null(strstr(second->message, "is damaged"));
		after = take_listing(&computer.tree);
		assert_string_equal(before, after);
		oriel_bind_plan_free(plan);
		tear_down(&computer);
	}
}

/* Nothing is planned where no way back can be made, or the kernel cannot do it. */
static void test_what_cannot_be_done_is_refused(void **state)
{
	static const struct {
		struct system_case system;
		const char *word;
	} cases[] = {
		{{.files = {{"/lib/modules/6.1.0-18-amd64/modules.dep", "kernel/a.ko:\n"}}},
			"no vfio-pci"},
		{{.files = {{"/boot/grub/grub.cfg", "set default=0\n"}}}, "no menu entry"},
		{{.removed = {"/etc/default/grub"}, .files = {{"/boot/loader/entries/x", ""}}},
			"no boot entry"},
		{{.removed = {"/etc/default/grub"},
			 .files = {{"/etc/kernelstub/configuration", "{}"},
				 {"/boot/efi/loader/entries/a.conf", "options a\n"},
				 {"/lib/modules/6.1.0-18-amd64/modules.builtin",
					 "kernel/vfio-pci.ko\n"}}},
			"user.kernel_options"},
		{{.removed = {"/etc/default/grub", "/etc/initramfs-tools/initramfs.conf"},
			 .files = {{"/boot/refind_linux.conf", "\"a\" \"b\"\n"},
				 {"/etc/booster.yaml", "\n"},
				 {"/sys/bus/pci/devices/0000:06:00.0/vendor", "0x10de\n"},
				 {"/sys/bus/pci/devices/0000:06:00.0/device", "0x2484\n"}}},
			"booster"},
		{{.files = {{"/boot/grub/grub.cfg", "menuentry 'a' {\nlinux /k\n}\n"},
			  {"/etc/default/grub", "GRUB_CMDLINE_LINUX=\"$(cat /x)\"\n"},
			  {"/lib/modules/6.1.0-18-amd64/modules.builtin", "kernel/vfio-pci.ko\n"}}},
			"no plain line"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct computer computer;
		g_autoptr(GError) error = NULL;

		build(&computer, &cases[i].system);
		assert_null(plan_for(&computer, &error));
		if (!strstr(error->message, cases[i].word))
			fail_msg("case %u: %s", i, error->message);
		assert_as_before(&computer, "refused");
		tear_down(&computer);
	}
}

/* ---- after the reboot ----------------------------------------------------------------------- */

static guint count_problems(struct computer *computer)
{
	g_autoptr(GPtrArray) devices = oriel_pci_list(computer->host);
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	gboolean ok = oriel_bind_verify(computer->host, devices, problems);

	assert_int_equal(ok, problems->len == 0);
	return problems->len;
}

static void test_verify(void **state)
{
	static const char *const functions[] = {TREE_GUEST_GPU, TREE_GUEST_AUDIO};
	struct computer computer;
	struct oriel_bind_plan *plan;

	build(&computer, find_debian());
	assert_int_equal(count_problems(&computer), 1);
	plan = plan_for(&computer, NULL);
	assert_true(oriel_bind_apply(plan, NULL));
	oriel_bind_plan_free(plan);
	assert_int_equal(count_problems(&computer), 2);
	for (guint i = 0; i < G_N_ELEMENTS(functions); i++) {
		g_autofree char *link =
			g_strdup_printf("/sys/bus/pci/devices/%s/driver", functions[i]);

		tree_remove(&computer.tree, link);
		tree_link(&computer.tree, link, "../../drivers/vfio-pci");
	}
	assert_int_equal(count_problems(&computer), 0);
	tree_write_pci(&computer.tree, TREE_GUEST_AUDIO, "device", "0x1111\n");
	assert_int_equal(count_problems(&computer), 1);
	tear_down(&computer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_system),
		cmocka_unit_test(test_planning_twice_is_planning_once),
		cmocka_unit_test(test_killed_at_every_step_of_apply),
		cmocka_unit_test(test_killed_at_every_step_of_undo),
		cmocka_unit_test(test_a_full_disk_at_every_step),
		cmocka_unit_test(test_a_file_changed_meanwhile_is_kept),
		cmocka_unit_test(test_a_damaged_journal_changes_nothing),
		cmocka_unit_test(test_what_cannot_be_done_is_refused),
		cmocka_unit_test(test_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
