/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Giving a card away and taking it home, on a made-up machine, with every step failing or killed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "handover/handover.h"
#include "handover/journal.h"
#include "handover/reservation.h"
#include "tests/handover/fake_kernel.h"

#define DEVICES "/sys/bus/pci/devices/"

struct bed {
	struct tree tree;
	struct oriel_host *host;
	struct fake_kernel fake;
	struct oriel_kernel kernel;
	struct oriel_handover_request request;
};

static int setup(void **state)
{
	struct bed *bed = g_new0(struct bed, 1);

	tree_init(&bed->tree);
	tree_add_desktop(&bed->tree);
	fake_kernel_set_home(&bed->tree, TREE_GUEST_GPU, "nouveau");
	fake_kernel_set_home(&bed->tree, TREE_GUEST_AUDIO, "snd_hda_intel");
	bed->host = oriel_host_create(bed->tree.root);
	bed->fake.tree = &bed->tree;
	bed->kernel = (struct oriel_kernel){&fake_kernel_ops, &bed->fake};
	assert_true(oriel_pci_address_parse(TREE_GUEST_GPU, &bed->request.address, NULL));
	*state = bed;
	return 0;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	fake_kernel_finish(&bed->fake);
	oriel_host_destroy(bed->host);
	tree_finish(&bed->tree);
	g_free(bed);
	return 0;
}

static void assert_driver(const struct bed *bed, const char *name, const char *driver)
{
	g_autofree char *now = oriel_host_read_link(bed->host, DEVICES "%s/driver", name);
	g_autofree char *override = oriel_host_read(bed->host, DEVICES "%s/driver_override", name);

	if (g_strcmp0(now, driver))
		fail_msg("%s has %s, wanted %s", name, now, driver);
	if (strcmp(override, strcmp(driver, "vfio-pci") ? "(null)" : "vfio-pci"))
		fail_msg("%s with %s is overridden to %s", name, now, override);
}

static void assert_bound(const struct bed *bed)
{
	assert_driver(bed, TREE_GUEST_GPU, "vfio-pci");
	assert_driver(bed, TREE_GUEST_AUDIO, "vfio-pci");
}

/* At home, and nothing on the disk says otherwise. */
static void assert_home(const struct bed *bed, const char *driver)
{
	g_auto(GStrv) files = oriel_host_list(bed->host, ORIEL_RECORD_HANDOVER);

	assert_driver(bed, TREE_GUEST_GPU, driver);
	assert_driver(bed, TREE_GUEST_AUDIO, "snd_hda_intel");
	assert_driver(bed, TREE_HOST_GPU, "amdgpu");
	if (*files)
		fail_msg("%s was left behind", *files);
}

static gboolean bind(struct bed *bed, GError **error)
{
	return oriel_handover_bind(&bed->kernel, bed->host, &bed->request, error);
}

static gboolean release(struct bed *bed, GError **error)
{
	return oriel_handover_release(&bed->kernel, bed->host, &bed->request.address, error);
}

static void assert_refused(struct bed *bed, gint code, const char *const *words)
{
	g_autoptr(GError) error = NULL;

	assert_false(bind(bed, &error));
	if (!g_error_matches(error, G_IO_ERROR, code))
		fail_msg("code %d, wanted %d: %s", error->code, code, error->message);
	for (; *words; words++)
		if (!strstr(error->message, *words))
			fail_msg("'%s' is not in: %s", *words, error->message);
}

#define REFUSED(bed, code, ...) assert_refused(bed, code, (const char *const[]){__VA_ARGS__, NULL})

/* ---- there and back ------------------------------------------------------------------------- */

static void test_there_and_back(void **state)
{
	struct bed *bed = *state;

	for (int i = 0; i < 3; i++) {
		assert_true(bind(bed, NULL));
		assert_bound(bed);
		assert_true(bind(bed, NULL));
		assert_bound(bed);
		assert_true(release(bed, NULL));
		assert_home(bed, "nouveau");
	}
}

/* The audio function's address names the card too. */
static void test_any_function_names_the_card(void **state)
{
	struct bed *bed = *state;

	assert_true(oriel_pci_address_parse(TREE_GUEST_AUDIO, &bed->request.address, NULL));
	assert_true(bind(bed, NULL));
	assert_bound(bed);
	assert_true(release(bed, NULL));
	assert_home(bed, "nouveau");
}

static void test_nvidia_goes_by_its_modules(void **state)
{
	struct bed *bed = *state;

	fake_kernel_set_home(&bed->tree, TREE_GUEST_GPU, "nvidia");
	tree_write(&bed->tree, "/sys/module/nvidia", NULL);
	tree_write(&bed->tree, "/sys/module/nvidia_drm", NULL);
	assert_true(bind(bed, NULL));
	assert_bound(bed);
	assert_false(oriel_host_exists(bed->host, "/sys/module/nvidia"));
	assert_true(release(bed, NULL));
	assert_home(bed, "nvidia");
	assert_true(oriel_host_exists(bed->host, "/sys/module/nvidia_drm"));
	bed->fake.nvidia_is_used = TRUE;
	REFUSED(bed, G_IO_ERROR_BUSY, "nvidia_drm", "in use");
	assert_home(bed, "nvidia");
}

/* ---- who has it open ------------------------------------------------------------------------ */

static void test_a_holder_refuses_and_is_named(void **state)
{
	struct bed *bed = *state;

	tree_add_process(&bed->tree, 812, "Xorg", "/dev/dri/renderD129");
	REFUSED(bed, G_IO_ERROR_BUSY, "812 Xorg", "/dev/dri/renderD129", TREE_GUEST_GPU);
	assert_home(bed, "nouveau");
}

static void test_a_poller_does_not(void **state)
{
	struct bed *bed = *state;

	tree_add_process(&bed->tree, 813, "tempwidget", "/dev/dri/renderD129");
	bed->fake.blinker = 813;
	assert_true(bind(bed, NULL));
	assert_bound(bed);
}

static void test_a_service_is_stopped_only_when_allowed(void **state)
{
	static const char *const wrong[] = {"ollama.service", NULL};
	static const char *const right[] = {"nvidia-persistenced.service", NULL};
	struct bed *bed = *state;

	tree_add_process(&bed->tree, 900, "nvidia-persiste", "/dev/dri/renderD129");
	REFUSED(bed, G_IO_ERROR_BUSY, "--stop-service nvidia-persistenced.service");
	bed->request.services = wrong;
	REFUSED(bed, G_IO_ERROR_BUSY, "900 nvidia-persiste");
	assert_null(bed->fake.stopped);
	bed->request.services = right;
	assert_true(bind(bed, NULL));
	assert_string_equal(bed->fake.stopped, "nvidia-persistenced.service ");
	assert_true(release(bed, NULL));
	assert_string_equal(bed->fake.started, "nvidia-persistenced.service ");
	assert_home(bed, "nouveau");
}

static void test_a_running_machine_keeps_it(void **state)
{
	struct bed *bed = *state;
	g_autoptr(GError) error = NULL;

	assert_true(bind(bed, NULL));
	tree_add_process(&bed->tree, 555, "qemu-system-x86", "/dev/vfio/14");
	assert_false(release(bed, &error));
	assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_BUSY));
	assert_non_null(strstr(error->message, "555 qemu-system-x86"));
	assert_bound(bed);
	tree_remove(&bed->tree, "/proc/555");
	assert_true(release(bed, NULL));
	assert_home(bed, "nouveau");
}

/* ---- what the host needs -------------------------------------------------------------------- */

static void test_the_boot_gpu_needs_its_address_typed(void **state)
{
	struct bed *bed = *state;

	fake_kernel_set_home(&bed->tree, TREE_HOST_GPU, "amdgpu");
	tree_remove(&bed->tree, DEVICES "0000:06:00.2");
	assert_true(oriel_pci_address_parse(TREE_HOST_GPU, &bed->request.address, NULL));
	REFUSED(bed, G_IO_ERROR_PERMISSION_DENIED, "--confirm " TREE_HOST_GPU);
	bed->request.confirm = TREE_GUEST_GPU;
	REFUSED(bed, G_IO_ERROR_PERMISSION_DENIED, TREE_HOST_GPU);
	assert_home(bed, "nouveau");
	bed->request.confirm = TREE_HOST_GPU;
	assert_true(bind(bed, NULL));
	assert_driver(bed, TREE_HOST_GPU, "vfio-pci");
}

static void test_what_cannot_be_done_is_refused(void **state)
{
	struct bed *bed = *state;

	assert_true(oriel_pci_address_parse("0000:04:00.0", &bed->request.address, NULL));
	REFUSED(bed, G_IO_ERROR_NOT_FOUND, "0000:04:00.0 is no display device");
	assert_true(oriel_pci_address_parse("0000:77:00.0", &bed->request.address, NULL));
	REFUSED(bed, G_IO_ERROR_NOT_FOUND, "0000:77:00.0");
	assert_true(oriel_pci_address_parse(TREE_GUEST_GPU, &bed->request.address, NULL));
	fake_kernel_set_home(&bed->tree, TREE_GUEST_GPU, "strange");
	REFUSED(bed, G_IO_ERROR_NOT_SUPPORTED, "strange", "oriel vfio plan");
	fake_kernel_set_home(&bed->tree, TREE_GUEST_GPU, "nouveau");
	tree_remove(&bed->tree, DEVICES TREE_GUEST_GPU "/iommu_group");
	REFUSED(bed, G_IO_ERROR_NOT_SUPPORTED, "IOMMU");
	assert_home(bed, "nouveau");
}

/* A group that holds the host's disk is refused like a card that the host needs. */
static void test_an_unclean_group_is_refused(void **state)
{
	struct bed *bed = *state;

	tree_remove(&bed->tree, DEVICES "0000:04:00.0/iommu_group");
	tree_link(
		&bed->tree, DEVICES "0000:04:00.0/iommu_group", "../../../kernel/iommu_groups/14");
	REFUSED(bed, G_IO_ERROR_PERMISSION_DENIED, "IOMMU group");
	assert_home(bed, "nouveau");
}

static void test_a_reserved_card_is_for_its_machine(void **state)
{
	struct bed *bed = *state;
	g_autoptr(GError) error = NULL;
	g_autofree char *holder = NULL;

	assert_true(oriel_reservation_set(bed->host, &bed->request.address, "win11", NULL));
	REFUSED(bed, G_IO_ERROR_PERMISSION_DENIED, "win11");
	bed->request.vm = "other";
	REFUSED(bed, G_IO_ERROR_PERMISSION_DENIED, "win11");
	assert_false(oriel_reservation_set(bed->host, &bed->request.address, "other", &error));
	assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_EXISTS));
	bed->request.vm = "win11";
	assert_true(bind(bed, NULL));
	assert_true(oriel_reservation_set(bed->host, &bed->request.address, NULL, NULL));
	holder = oriel_reservation_find(bed->host, &bed->request.address);
	assert_null(holder);
}

static void test_names_of_machines(void **state)
{
	assert_true(oriel_reservation_is_name("win-11_b.2+x"));
	assert_false(oriel_reservation_is_name(""));
	assert_false(oriel_reservation_is_name("../x"));
	assert_false(oriel_reservation_is_name("a b"));
	assert_false(oriel_reservation_is_name("a\nb"));
}

/* ---- failures ------------------------------------------------------------------------------- */

static void test_a_failure_at_every_step_brings_it_home(void **state)
{
	struct bed *bed = *state;
	guint at = 0;
	gboolean ok;

	do {
		g_autoptr(GError) error = NULL;

		bed->fake.calls = 0;
		bed->fake.fail_at = ++at;
		ok = bind(bed, &error);
		bed->fake.fail_at = 0;
		if (!ok)
			assert_home(bed, "nouveau");
	} while (!ok);
	assert_int_equal(at, 8);
	assert_bound(bed);
}

static void test_vfio_that_takes_nothing_brings_it_home(void **state)
{
	struct bed *bed = *state;

	bed->fake.vfio_takes_none = TRUE;
	REFUSED(bed, G_IO_ERROR_FAILED, TREE_GUEST_GPU, "not taken by vfio-pci");
	assert_home(bed, "nouveau");
}

/* Runs work in a process that is killed at a call. */
static int run_killed(struct bed *bed, gboolean (*work)(struct bed *, GError **), guint at)
{
	if (fake_kernel_fork(&bed->fake, at))
		_exit(work(bed, NULL) ? 0 : 1);
	return fake_kernel_wait(&bed->fake);
}

static void kill_at_every_step(
	struct bed *bed, const char *driver, gboolean (*work)(struct bed *, GError **))
{
	guint at = 0, count;
	int ended;

	do {
		if (work == release)
			assert_true(bind(bed, NULL));
		ended = run_killed(bed, work, ++at);
		assert_true(oriel_handover_repair(&bed->kernel, bed->host, &count, NULL));
		if (ended == FAKE_KERNEL_KILLED && work == bind) {
			assert_int_equal(count, 1);
			assert_home(bed, driver);
		}
		if (ended == 0 || work == release) {
			g_autoptr(GError) error = NULL;

			if (!release(bed, &error))
				assert_true(
					g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
			assert_home(bed, driver);
		}
	} while (ended == FAKE_KERNEL_KILLED);
	assert_int_equal(ended, 0);
	assert_true(at >= 6);
}

static void test_killed_at_every_step(void **state)
{
	struct bed *bed = *state;

	kill_at_every_step(bed, "nouveau", bind);
	kill_at_every_step(bed, "nouveau", release);
}

static void test_nvidia_killed_at_every_step(void **state)
{
	struct bed *bed = *state;

	fake_kernel_set_home(&bed->tree, TREE_GUEST_GPU, "nvidia");
	tree_write(&bed->tree, "/sys/module/nvidia", NULL);
	tree_write(&bed->tree, "/sys/module/nvidia_modeset", NULL);
	kill_at_every_step(bed, "nvidia", bind);
	kill_at_every_step(bed, "nvidia", release);
}

static void test_a_card_that_vanished(void **state)
{
	struct bed *bed = *state;
	g_auto(GStrv) files = NULL;

	assert_true(bind(bed, NULL));
	tree_remove(&bed->tree, DEVICES TREE_GUEST_GPU);
	assert_true(release(bed, NULL));
	assert_driver(bed, TREE_GUEST_AUDIO, "snd_hda_intel");
	files = oriel_host_list(bed->host, ORIEL_RECORD_HANDOVER);
	assert_null(*files);
}

/* ---- the journal ---------------------------------------------------------------------------- */

static void test_a_damaged_journal_is_said(void **state)
{
	static const char *const damages[] = {"", "rubbish\n", "oriel handover 1\n",
		"oriel handover 1\nfunction 0000:01:00.0 ../x -\n",
		"oriel handover 1\nfunction 0000:09:00.0 nouveau -\n",
		"oriel handover 1\nfunction 0000:01:00.0 nouveau -\nx\n"};
	struct bed *bed = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(damages); i++) {
		g_autoptr(GError) error = NULL;

		tree_write(
			&bed->tree, ORIEL_RECORD_HANDOVER "/" TREE_GUEST_GPU ".bound", damages[i]);
		REFUSED(bed, G_IO_ERROR_INVALID_DATA, "damaged", TREE_GUEST_GPU);
		assert_false(release(bed, &error));
		assert_non_null(strstr(error->message, "damaged"));
		assert_driver(bed, TREE_GUEST_GPU, "nouveau");
	}
}

/* The power was cut while a line was written. */
static void test_a_line_cut_off_is_left_out(void **state)
{
	struct bed *bed = *state;
	struct oriel_handover_journal *journal;
	guint count;

	tree_write(&bed->tree, ORIEL_RECORD_HANDOVER "/" TREE_GUEST_GPU ".journal",
		"oriel handover 1\nfunction 0000:01:00.0 nouveau -\nunbind 0000:01:00.0\nmod");
	journal = oriel_handover_journal_load(bed->host, &bed->request.address, NULL);
	assert_non_null(journal);
	assert_false(journal->is_bound);
	assert_string_equal(journal->last, "unbind 0000:01:00.0");
	oriel_handover_journal_free(journal);
	assert_true(oriel_handover_repair(&bed->kernel, bed->host, &count, NULL));
	assert_int_equal(count, 1);
	assert_home(bed, "nouveau");
}

/* Killed between the writing of the journal and its taking effect: nothing was begun. */
static void test_a_journal_that_never_began_is_cleared(void **state)
{
	struct bed *bed = *state;
	guint count;

	tree_write(&bed->tree, ORIEL_RECORD_HANDOVER "/" TREE_GUEST_GPU ".journal.new",
		"oriel handover 1\nfunction 0000:01:00.0 nouveau -\n");
	assert_true(oriel_handover_repair(&bed->kernel, bed->host, &count, NULL));
	assert_int_equal(count, 0);
	assert_home(bed, "nouveau");
}

static void test_release_of_what_was_not_handed_over(void **state)
{
	struct bed *bed = *state;
	g_autoptr(GError) error = NULL;

	assert_false(release(bed, &error));
	assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
	assert_home(bed, "nouveau");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_there_and_back),
		TEST(test_any_function_names_the_card),
		TEST(test_nvidia_goes_by_its_modules),
		TEST(test_a_holder_refuses_and_is_named),
		TEST(test_a_poller_does_not),
		TEST(test_a_service_is_stopped_only_when_allowed),
		TEST(test_a_running_machine_keeps_it),
		TEST(test_the_boot_gpu_needs_its_address_typed),
		TEST(test_what_cannot_be_done_is_refused),
		TEST(test_an_unclean_group_is_refused),
		TEST(test_a_reserved_card_is_for_its_machine),
		cmocka_unit_test(test_names_of_machines),
		TEST(test_a_failure_at_every_step_brings_it_home),
		TEST(test_vfio_that_takes_nothing_brings_it_home),
		TEST(test_killed_at_every_step),
		TEST(test_nvidia_killed_at_every_step),
		TEST(test_a_card_that_vanished),
		TEST(test_a_damaged_journal_is_said),
		TEST(test_a_line_cut_off_is_left_out),
		TEST(test_a_journal_that_never_began_is_cleared),
		TEST(test_release_of_what_was_not_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
