/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel-helper on a bus of the test's own, with a polkit that the test plays and a kernel that
 * lives in a made-up tree.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/consent.h"
#include "handover/journal.h"
#include "helper/hook.h"
#include "helper/program.h"
#include "helper/service.h"
#include "tests/handover/fake_kernel.h"

#define INITRAMFS_MODULES "/etc/initramfs-tools/modules"
#define DEVICES "/sys/bus/pci/devices/"
#define CALL_TIMEOUT_MS 20000

struct bed {
	GTestDBus *daemon;
	GDBusConnection *bus;
	struct tree tree;
	struct oriel_host *host;
	struct fake_kernel fake;
	pid_t helper;
};

/* ---- a polkit ------------------------------------------------------------------------------- */

static struct {
	gint allow;
	gint asked;
	char action[64];
	GMainLoop *loop;
	GThread *thread;
	char *address;
	gint ready;
} polkit;

static void on_polkit_call(GDBusConnection *bus, const char *sender, const char *path,
	const char *interface, const char *method, GVariant *parameters,
	GDBusMethodInvocation *invocation, void *data)
{
	const char *action;

	g_variant_get(parameters, "((s@a{sv})&s@a{ss}us)", NULL, NULL, &action, NULL, NULL, NULL);
	g_strlcpy(polkit.action, action, sizeof polkit.action);
	g_atomic_int_inc(&polkit.asked);
	g_dbus_method_invocation_return_value(invocation,
		g_variant_new("((bba{ss}))", g_atomic_int_get(&polkit.allow), FALSE, NULL));
}

static GDBusConnection *connect_to(const char *address)
{
	GDBusConnection *bus = g_dbus_connection_new_for_address_sync(address,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, NULL);

	assert_non_null(bus);
	return bus;
}

static void *run_polkit(void *data)
{
	static const char xml[] =
		"<node><interface name='org.freedesktop.PolicyKit1.Authority'>"
		"<method name='CheckAuthorization'><arg type='(sa{sv})' direction='in'/>"
		"<arg type='s' direction='in'/><arg type='a{ss}' direction='in'/>"
		"<arg type='u' direction='in'/><arg type='s' direction='in'/>"
		"<arg type='(bba{ss})' direction='out'/></method></interface></node>";
	static const GDBusInterfaceVTable vtable = {.method_call = on_polkit_call};
	g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(xml, NULL);
	GMainContext *context = g_main_context_new();
	GDBusConnection *bus;

	g_main_context_push_thread_default(context);
	bus = connect_to(polkit.address);
	g_dbus_connection_register_object(bus, "/org/freedesktop/PolicyKit1/Authority",
		node->interfaces[0], &vtable, NULL, NULL, NULL);
	g_variant_unref(g_dbus_connection_call_sync(bus, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
		g_variant_new("(su)", "org.freedesktop.PolicyKit1", 4u), NULL,
		G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL));
	polkit.loop = g_main_loop_new(context, FALSE);
	g_atomic_int_set(&polkit.ready, 1);
	g_main_loop_run(polkit.loop);
	g_main_loop_unref(polkit.loop);
	g_object_unref(bus);
	g_main_context_pop_thread_default(context);
	g_main_context_unref(context);
	return NULL;
}

static void start_polkit(const char *address)
{
	polkit.address = g_strdup(address);
	polkit.thread = g_thread_new("polkit", run_polkit, NULL);
	while (!g_atomic_int_get(&polkit.ready))
		g_usleep(1000);
}

/* ---- the helper in a process of its own ----------------------------------------------------- */

#define PROGRAMS "/test/programs"

/* Notes what it is to run below the made-up root; fails where that says so. */
static gboolean note_program(void *tree, char **words, GError **error)
{
	const char *root = ((struct tree *)tree)->root;
	g_autofree char *path = g_build_filename(root, PROGRAMS, NULL);
	g_autofree char *fails = g_build_filename(root, "/test/fails", NULL);
	g_autofree char *before = NULL;
	g_autofree char *line = g_strjoinv(" ", words);
	g_autofree char *text = NULL;

	g_file_get_contents(path, &before, NULL, NULL);
	text = g_strconcat(before ? before : "", line, "\n", NULL);
	tree_write(tree, PROGRAMS, text);
	if (!g_file_test(fails, G_FILE_TEST_EXISTS))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "'%s' did not work", line);
	return FALSE;
}

static int serve(struct bed *bed, const char *address)
{
	struct oriel_helper_settings settings = {.kernel = {&fake_kernel_ops, &bed->fake},
		.runner = {note_program, &bed->tree},
		.host = bed->host};
	g_autoptr(GError) error = NULL;
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	GDBusConnection *bus = connect_to(address);

	g_dbus_connection_set_exit_on_close(bus, TRUE);
	return oriel_helper_serve(bus, loop, &settings, &error) ? 0 : 1;
}

/* Forks before this process has a bus connection of its own: a thread would not come along. */
static int zygote_fd = -1;
static pid_t zygote;

/* Starts a helper for each number that comes: the call that kills it, or 0. Answers with its pid.
 */
static void run_zygote(struct bed *bed, const char *address, int fd)
{
	guint32 kill_at;

	while (read(fd, &kill_at, sizeof kill_at) == sizeof kill_at) {
		pid_t pid = fork();

		if (!pid) {
			bed->fake.kill_at = kill_at;
			_exit(serve(bed, address));
		}
		if (write(fd, &pid, sizeof pid) != sizeof pid || waitpid(pid, NULL, 0) != pid)
			_exit(1);
	}
	_exit(0);
}

static gboolean has_owner(struct bed *bed)
{
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(bed->bus, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
		g_variant_new("(s)", ORIEL_HELPER_NAME), G_VARIANT_TYPE("(b)"),
		G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
	gboolean owned = FALSE;

	g_variant_get(reply, "(b)", &owned);
	return owned;
}

/* Until the name is, or is no longer, on the bus; 20 s at most. */
static void wait_for_owner(struct bed *bed, gboolean wanted)
{
	for (int i = 0; i < 2000 && has_owner(bed) != wanted; i++)
		g_usleep(10000);
	assert_int_equal(has_owner(bed), wanted);
}

static void start_helper(struct bed *bed, guint32 kill_at)
{
	assert_int_equal(write(zygote_fd, &kill_at, sizeof kill_at), sizeof kill_at);
	assert_int_equal(read(zygote_fd, &bed->helper, sizeof bed->helper), sizeof bed->helper);
	wait_for_owner(bed, TRUE);
}

static void stop_helper(struct bed *bed)
{
	kill(bed->helper, SIGKILL);
	wait_for_owner(bed, FALSE);
}

/* ---- the bed -------------------------------------------------------------------------------- */

static int setup(void **state)
{
	struct bed *bed = g_new0(struct bed, 1);
	int ends[2];

	tree_init(&bed->tree);
	tree_add_desktop(&bed->tree);
	tree_write(&bed->tree, INITRAMFS_MODULES, "# none\n");
	tree_write(&bed->tree, "/boot/grub/grub.cfg",
		"menuentry 'Debian' {\n\tlinux /vmlinuz root=/dev/sda1 ro quiet\n"
		"\tinitrd /initrd.img\n}\n");
	fake_kernel_set_home(&bed->tree, TREE_GUEST_GPU, "nouveau");
	fake_kernel_set_home(&bed->tree, TREE_GUEST_AUDIO, "snd_hda_intel");
	bed->host = oriel_host_create(bed->tree.root);
	bed->fake.tree = &bed->tree;
	bed->daemon = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_test_dbus_up(bed->daemon);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		return -1;
	zygote = fork();
	if (!zygote) {
		close(ends[0]);
		run_zygote(bed, g_test_dbus_get_bus_address(bed->daemon), ends[1]);
	}
	close(ends[1]);
	zygote_fd = ends[0];
	bed->bus = connect_to(g_test_dbus_get_bus_address(bed->daemon));
	start_polkit(g_test_dbus_get_bus_address(bed->daemon));
	*state = bed;
	return 0;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	close(zygote_fd);
	waitpid(zygote, NULL, 0);
	g_main_loop_quit(polkit.loop);
	g_thread_join(polkit.thread);
	g_free(polkit.address);
	g_object_unref(bed->bus);
	g_test_dbus_down(bed->daemon);
	g_object_unref(bed->daemon);
	fake_kernel_finish(&bed->fake);
	oriel_host_destroy(bed->host);
	tree_finish(&bed->tree);
	g_free(bed);
	return 0;
}

static GVariant *call(struct bed *bed, const char *method, GVariant *parameters, GError **error)
{
	return g_dbus_connection_call_sync(bed->bus, ORIEL_HELPER_NAME, ORIEL_HELPER_PATH,
		ORIEL_HELPER_INTERFACE, method, parameters, NULL, G_DBUS_CALL_FLAGS_NONE,
		CALL_TIMEOUT_MS, NULL, error);
}

static gboolean succeeds(struct bed *bed, const char *method, GVariant *parameters)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply = call(bed, method, parameters, &error);

	if (!reply)
		print_message("# %s: %s\n", method, error->message);
	return reply != NULL;
}

static void assert_error(struct bed *bed, const char *method, GVariant *parameters,
	const char *name, const char *word)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply = call(bed, method, parameters, &error);
	g_autofree char *remote = NULL;

	assert_null(reply);
	remote = g_dbus_error_get_remote_error(error);
	if (!remote || !strstr(remote, name) || !strstr(error->message, word))
		fail_msg("%s: %s: %s, wanted %s with '%s'", method, remote, error->message, name,
			word);
}

static GVariant *bind_of(const char *address, const char *confirm, const char *vm)
{
	return g_variant_new("(ssass)", address, confirm, NULL, vm);
}

static void assert_driver(struct bed *bed, const char *name, const char *driver)
{
	g_autofree char *now = oriel_host_read_link(bed->host, DEVICES "%s/driver", name);

	assert_string_equal(now ? now : "none", driver);
}

static guint count_cards(struct bed *bed)
{
	g_autoptr(GVariant) reply = call(bed, "Status", NULL, NULL);
	g_autoptr(GVariant) cards = NULL;

	assert_non_null(reply);
	cards = g_variant_get_child_value(reply, 0);
	return (guint)g_variant_n_children(cards);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void test_there_and_back(void **state)
{
	struct bed *bed = *state;

	polkit.allow = TRUE;
	start_helper(bed, 0);
	assert_int_equal(count_cards(bed), 0);
	assert_true(succeeds(bed, "Bind", bind_of(TREE_GUEST_GPU, "", "")));
	assert_string_equal(polkit.action, "org.oriel.helper.handover");
	assert_driver(bed, TREE_GUEST_GPU, "vfio-pci");
	assert_int_equal(count_cards(bed), 1);
	assert_true(succeeds(bed, "Release", g_variant_new("(s)", TREE_GUEST_GPU)));
	assert_string_equal(polkit.action, "org.oriel.helper.release");
	assert_driver(bed, TREE_GUEST_GPU, "nouveau");
	assert_int_equal(count_cards(bed), 0);
	stop_helper(bed);
}

static void test_who_may_not_may_not(void **state)
{
	struct bed *bed = *state;

	polkit.allow = FALSE;
	start_helper(bed, 0);
	assert_error(bed, "Bind", bind_of(TREE_GUEST_GPU, "", ""), "Refused", "polkit");
	assert_error(bed, "Release", g_variant_new("(s)", TREE_GUEST_GPU), "Refused", "polkit");
	assert_error(
		bed, "Reserve", g_variant_new("(ss)", TREE_GUEST_GPU, "x"), "Refused", "polkit");
	assert_driver(bed, TREE_GUEST_GPU, "nouveau");
	assert_int_equal(count_cards(bed), 0);
	stop_helper(bed);
	polkit.allow = TRUE;
}

/* Rubbish is refused before anybody is asked for a password. */
static void test_rubbish_is_refused(void **state)
{
	struct bed *bed = *state;
	g_autofree char *huge = g_strnfill(100000, '0');
	static const char *const addresses[] = {"", "01:00.0", "0000:01:00.8", "0000:01:00.0 ",
		"/sys/bus/pci/devices/0000:01:00.0", "../../x", "0000:01:00.0\n", "$(reboot)"};
	int asked;

	start_helper(bed, 0);
	asked = g_atomic_int_get(&polkit.asked);
	for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
		assert_error(bed, "Bind", bind_of(addresses[i], "", ""), "Invalid", "address");
		assert_error(
			bed, "Release", g_variant_new("(s)", addresses[i]), "Invalid", "address");
	}
	assert_error(bed, "Bind", bind_of(huge, "", ""), "Invalid", "100000 bytes");
	assert_error(bed, "Bind", bind_of(TREE_GUEST_GPU, huge, ""), "Invalid", "bytes");
	assert_error(bed, "Bind", bind_of(TREE_GUEST_GPU, "", huge), "Invalid", "bytes");
	assert_error(bed, "Bind", bind_of(TREE_GUEST_GPU, "", "../x"), "Invalid", "../x");
	assert_error(
		bed, "Reserve", g_variant_new("(ss)", TREE_GUEST_GPU, "a b"), "Invalid", "a b");
	assert_error(bed, "Bind",
		g_variant_new_parsed("('0000:01:00.0', '', ['sshd.service'], '')"), "Invalid",
		"sshd.service");
	assert_error(bed, "Write", g_variant_new("(s)", "x"), "UnknownMethod", "Write");
	assert_error(bed, "Bind", g_variant_new("(s)", TREE_GUEST_GPU), "InvalidArgs", "ssass");
	assert_int_equal(g_atomic_int_get(&polkit.asked), asked);
	stop_helper(bed);
}

static void test_devices_that_are_no_cards(void **state)
{
	struct bed *bed = *state;

	start_helper(bed, 0);
	assert_error(bed, "Bind", bind_of("0000:04:00.0", "0000:04:00.0", ""), "NotFound",
		"no display device");
	assert_error(bed, "Bind", bind_of(TREE_HOST_GPU, "", ""), "Refused", "--confirm");
	tree_add_process(&bed->tree, 812, "Xorg", "/dev/dri/renderD129");
	assert_error(bed, "Bind", bind_of(TREE_GUEST_GPU, "", ""), "Busy", "812 Xorg");
	tree_remove(&bed->tree, "/proc/812");
	assert_driver(bed, TREE_GUEST_GPU, "nouveau");
	stop_helper(bed);
}

static void test_reservations(void **state)
{
	struct bed *bed = *state;

	start_helper(bed, 0);
	assert_true(succeeds(bed, "Reserve", g_variant_new("(ss)", TREE_GUEST_GPU, "win11")));
	assert_error(
		bed, "Reserve", g_variant_new("(ss)", TREE_GUEST_GPU, "other"), "Refused", "win11");
	assert_error(bed, "Bind", bind_of(TREE_GUEST_GPU, "", "other"), "Refused", "win11");
	assert_true(succeeds(bed, "Reserve", g_variant_new("(ss)", TREE_GUEST_GPU, "")));
	stop_helper(bed);
}

/* kill -9 at every step; the next start of the helper brings the card home. */
static void test_killed_at_every_step(void **state)
{
	struct bed *bed = *state;
	gboolean done = FALSE;
	guint32 at;

	for (at = 1; !done; at++) {
		start_helper(bed, at);
		done = succeeds(bed, "Bind", bind_of(TREE_GUEST_GPU, "", ""));
		if (done)
			stop_helper(bed);
		wait_for_owner(bed, FALSE);
		start_helper(bed, 0);
		assert_int_equal(count_cards(bed), done ? 1 : 0);
		assert_driver(bed, TREE_GUEST_GPU, done ? "vfio-pci" : "nouveau");
		assert_driver(bed, TREE_GUEST_AUDIO, done ? "vfio-pci" : "snd_hda_intel");
		if (done)
			assert_true(succeeds(bed, "Release", g_variant_new("(s)", TREE_GUEST_GPU)));
		stop_helper(bed);
	}
	assert_true(at > 7);
}

/* ---- binding at the start ------------------------------------------------------------------- */

#define MODPROBE "/etc/modprobe.d/oriel.conf"

/* Of the plan as a user's program makes it. */
static char *get_digest(struct bed *bed, const char *name)
{
	g_autoptr(GPtrArray) devices = oriel_pci_list(bed->host);
	g_autoptr(GPtrArray) gpus = oriel_gpu_list(bed->host, devices);
	struct oriel_pci_address address;
	struct oriel_bind_plan *plan;
	char *digest;

	assert_true(oriel_pci_address_parse(name, &address, NULL));
	plan = oriel_bind_plan_create(bed->host, devices, oriel_gpu_find(gpus, &address), NULL);
	assert_non_null(plan);
	digest = oriel_bind_consent_get_digest(plan);
	oriel_bind_plan_free(plan);
	return digest;
}

static GVariant *apply_of(const char *address, const char *confirm, const char *digest)
{
	return g_variant_new("(sss)", address, confirm, digest);
}

static gboolean is_applied(struct bed *bed)
{
	g_autofree char *settings = oriel_host_read(bed->host, MODPROBE);
	g_autofree char *grub = oriel_host_read(bed->host, "/etc/default/grub");

	assert_int_equal(settings != NULL, oriel_host_exists(bed->host, "/var/lib/oriel/devices"));
	assert_string_equal(grub, "GRUB_CMDLINE_LINUX=\"\"");
	return settings != NULL;
}

static void assert_programs(struct bed *bed, const char *word)
{
	g_autofree char *programs = oriel_host_read(bed->host, PROGRAMS);

	if (!programs || !strstr(programs, word))
		fail_msg("'%s' was not run: %s", word, programs ? programs : "nothing was");
	tree_remove(&bed->tree, PROGRAMS);
}

static void test_the_start_is_changed_and_back(void **state)
{
	struct bed *bed = *state;
	g_autofree char *digest = get_digest(bed, TREE_GUEST_GPU);

	start_helper(bed, 0);
	assert_error(bed, "UndoBoot", NULL, "NotFound", "nothing is set up");
	assert_true(succeeds(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", digest)));
	assert_string_equal(polkit.action, "org.oriel.helper.boot");
	assert_true(is_applied(bed));
	assert_programs(bed, "update-initramfs");
	assert_error(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", digest), "Refused", "");
	assert_true(is_applied(bed));
	assert_true(succeeds(bed, "UndoBoot", NULL));
	assert_false(is_applied(bed));
	assert_programs(bed, "update-initramfs");
	stop_helper(bed);
}

/* Only the plan that was shown, and only with its consent. */
static void test_another_plan_is_not_carried_out(void **state)
{
	struct bed *bed = *state;
	g_autofree char *digest = get_digest(bed, TREE_GUEST_GPU);
	g_autofree char *host_digest = get_digest(bed, TREE_HOST_GPU);

	start_helper(bed, 0);
	assert_error(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", host_digest), "Refused",
		"not what was shown");
	tree_write(&bed->tree, INITRAMFS_MODULES, "# changed meanwhile\n");
	assert_error(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", digest), "Refused",
		"not what was shown");
	tree_write(&bed->tree, INITRAMFS_MODULES, "# none\n");
	assert_error(bed, "ApplyBoot", apply_of(TREE_HOST_GPU, "", host_digest), "Refused",
		"--confirm " TREE_HOST_GPU);
	assert_error(bed, "ApplyBoot", apply_of(TREE_HOST_GPU, TREE_GUEST_GPU, host_digest),
		"Refused", "--confirm " TREE_HOST_GPU);
	assert_error(bed, "ApplyBoot", apply_of("0000:04:00.0", "", digest), "NotFound",
		"no display device");
	assert_false(is_applied(bed));
	assert_false(oriel_host_exists(bed->host, PROGRAMS));
	assert_true(
		succeeds(bed, "ApplyBoot", apply_of(TREE_HOST_GPU, TREE_HOST_GPU, host_digest)));
	assert_true(succeeds(bed, "UndoBoot", NULL));
	tree_remove(&bed->tree, PROGRAMS);
	stop_helper(bed);
}

static void test_a_failed_program_takes_everything_back(void **state)
{
	struct bed *bed = *state;
	g_autofree char *digest = get_digest(bed, TREE_GUEST_GPU);

	start_helper(bed, 0);
	tree_write(&bed->tree, "/test/fails", "");
	assert_error(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", digest), "Failed",
		"everything was taken back");
	assert_false(is_applied(bed));
	tree_remove(&bed->tree, "/test/fails");
	tree_remove(&bed->tree, PROGRAMS);
	polkit.allow = FALSE;
	assert_error(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", digest), "Refused", "polkit");
	assert_error(bed, "UndoBoot", NULL, "Refused", "polkit");
	polkit.allow = TRUE;
	assert_false(is_applied(bed));
	stop_helper(bed);
}

/* What was begun when the helper was killed is taken back when it starts again. */
static void test_a_start_half_changed_is_repaired(void **state)
{
	struct bed *bed = *state;
	g_autofree char *digest = get_digest(bed, TREE_GUEST_GPU);
	g_autofree char *path = g_build_filename(bed->tree.root, ORIEL_BIND_STATE_DIR, NULL);
	struct oriel_bind_journal *journal;

	start_helper(bed, 0);
	assert_true(succeeds(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", digest)));
	stop_helper(bed);
	journal = oriel_bind_journal_load(bed->host, NULL);
	assert_non_null(journal);
	journal->is_complete = FALSE;
	assert_true(oriel_bind_journal_save(journal, bed->host, NULL));
	oriel_bind_journal_free(journal);
	start_helper(bed, 0);
	assert_false(is_applied(bed));
	assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	tree_remove(&bed->tree, PROGRAMS);
	stop_helper(bed);
}

static void test_rubbish_about_the_start_is_refused(void **state)
{
	struct bed *bed = *state;
	g_autofree char *digest = get_digest(bed, TREE_GUEST_GPU);
	g_autofree char *large = g_ascii_strup(digest, -1);
	int asked;

	start_helper(bed, 0);
	asked = g_atomic_int_get(&polkit.asked);
	assert_error(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", ""), "Invalid", "digest");
	assert_error(bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "", large), "Invalid", "digest");
	assert_error(bed, "ApplyBoot", apply_of("/etc/passwd", "", digest), "Invalid", "address");
	assert_error(
		bed, "ApplyBoot", apply_of(TREE_GUEST_GPU, "../x", digest), "Invalid", "address");
	assert_error(bed, "ApplyBoot", g_variant_new("(s)", TREE_GUEST_GPU), "InvalidArgs", "sss");
	assert_error(bed, "UndoBoot", g_variant_new("(s)", "/"), "InvalidArgs", "");
	assert_int_equal(g_atomic_int_get(&polkit.asked), asked);
	stop_helper(bed);
}

/* The helper's own way to run a program: found in the system's folders, whatever PATH says. */
static void test_programs_are_the_systems(void **state)
{
	static const char *const good[] = {"sh", "-c", "test \"$PATH\" != /nonexistent", NULL};
	static const char *const bad[] = {"false", "x", NULL};
	static const char *const none[] = {"oriel-no-such-program", NULL};
	g_autofree char *path = g_strdup(g_getenv("PATH"));
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) second = NULL;

	g_setenv("PATH", "/nonexistent", TRUE);
	assert_true(oriel_program_run(NULL, (char **)good, NULL));
	assert_false(oriel_program_run(NULL, (char **)bad, &error));
	assert_non_null(strstr(error->message, "'false x' did not work"));
	assert_false(oriel_program_run(NULL, (char **)none, &second));
	assert_non_null(strstr(second->message, "oriel-no-such-program"));
	g_setenv("PATH", path, TRUE);
}

/* ---- libvirt's hook ------------------------------------------------------------------------- */

#define HOSTDEV(managed, bus)                                                                      \
	"<hostdev mode='subsystem' type='pci' managed='" managed                                   \
	"'><driver name='vfio'/><source><address domain='0x0000' bus='" bus                        \
	"' slot='0x00' function='0x0'/></source><address type='pci' domain='0x0000' bus='0x09' "   \
	"slot='0x00' function='0x0'/></hostdev>"
#define DEFINITION(devices) "<domain><name>w</name><devices>" devices "</devices></domain>"

static void test_the_hook_hands_over_and_back(void **state)
{
	static const char definition[] = DEFINITION(HOSTDEV("no", "0x01") HOSTDEV("yes", "0x04"));
	struct bed *bed = *state;
	struct oriel_kernel kernel = {&fake_kernel_ops, &bed->fake};
	g_autoptr(GError) error = NULL;

	assert_true(oriel_hook_run(&kernel, bed->host, "w", "started", definition, NULL));
	assert_driver(bed, TREE_GUEST_GPU, "nouveau");
	assert_true(oriel_hook_run(&kernel, bed->host, "w", "prepare", definition, NULL));
	assert_driver(bed, TREE_GUEST_GPU, "vfio-pci");
	assert_true(oriel_hook_run(&kernel, bed->host, "w", "release", definition, NULL));
	assert_driver(bed, TREE_GUEST_GPU, "nouveau");
	assert_true(oriel_hook_run(&kernel, bed->host, "w", "release", definition, NULL));
	tree_add_process(&bed->tree, 812, "Xorg", "/dev/dri/renderD129");
	assert_false(oriel_hook_run(&kernel, bed->host, "w", "prepare", definition, &error));
	assert_non_null(strstr(error->message, "812 Xorg"));
	tree_remove(&bed->tree, "/proc/812");
}

static void test_what_the_hook_reads(void **state)
{
	g_autoptr(GArray) devices = oriel_hook_list_devices(
		DEFINITION(HOSTDEV("no", "0x01")
				HOSTDEV("yes", "0x04") "<interface type='hostdev'><source><address "
						       "type='pci' bus='0x07'/></source>"
						       "</interface>"),
		NULL);

	assert_int_equal(devices->len, 1);
	assert_int_equal(g_array_index(devices, struct oriel_pci_address, 0).bus, 1);
	assert_null(oriel_hook_list_devices("<domain><devices>", NULL));
	assert_null(oriel_hook_list_devices("rubbish", NULL));
}

/* ---- tuning --------------------------------------------------------------------------------- */

#define ENABLED "/sys/kernel/mm/transparent_hugepage/enabled"
#define IRQ "/proc/irq/30/smp_affinity_list"

static GVariant *tune_of(
	const char *vm, const char *tunings, const char *cpus, guint64 memory_bytes, gint32 node)
{
	return g_variant_new("(sssti)", vm, tunings, cpus, memory_bytes, node);
}

static void add_tunables(struct bed *bed)
{
	tree_write(&bed->tree, "/sys/devices/system/cpu/online", "0-7\n");
	tree_write(&bed->tree, ENABLED, "always madvise [never]");
	tree_write(
		&bed->tree, "/sys/kernel/mm/transparent_hugepage/defrag", "always [madvise] never");
	tree_write(&bed->tree, IRQ, "0-7\n");
	tree_write(&bed->tree, "/proc/irq/31/smp_affinity_list", "4-7\n");
}

static void assert_tuned(struct bed *bed, gboolean is_tuned)
{
	g_autofree char *enabled = oriel_host_read(bed->host, ENABLED);
	g_autofree char *irq = oriel_host_read(bed->host, IRQ);

	assert_string_equal(
		enabled, is_tuned ? "always [madvise] never" : "always madvise [never]");
	assert_string_equal(irq, is_tuned ? "0-3" : "0-7");
}

/* What Tunings answers, as text. */
static void assert_tunings(struct bed *bed, const char *wanted)
{
	g_autoptr(GVariant) reply = call(bed, "Tunings", NULL, NULL);
	g_autofree char *text = NULL;

	assert_non_null(reply);
	text = g_variant_print(reply, FALSE);
	assert_string_equal(text, wanted);
}

static void test_tuned_and_back(void **state)
{
	struct bed *bed = *state;
	g_autoptr(GVariant) reply = NULL;
	g_autofree char *notes = NULL;

	add_tunables(bed);
	start_helper(bed, 0);
	reply = call(bed, "Tune", tune_of("win11", "thp,irq,governor", "4-7", 0, -1), NULL);
	assert_non_null(reply);
	notes = g_variant_print(reply, FALSE);
	assert_non_null(strstr(notes, "governor: "));
	assert_string_equal(polkit.action, "org.oriel.helper.tune");
	assert_tuned(bed, TRUE);
	assert_tunings(bed, "([('win11', 'thp,governor,irq', 'tuned')],)");
	assert_true(succeeds(bed, "Untune", g_variant_new("(s)", "win11")));
	assert_string_equal(polkit.action, "org.oriel.helper.untune");
	assert_tuned(bed, FALSE);
	assert_tunings(bed, "([],)");
	assert_error(bed, "Untune", g_variant_new("(s)", "win11"), "NotFound", "win11");
	polkit.allow = FALSE;
	assert_error(bed, "Tune", tune_of("win11", "irq", "4-7", 0, -1), "Refused", "polkit");
	assert_error(bed, "Untune", g_variant_new("(s)", "win11"), "Refused", "polkit");
	polkit.allow = TRUE;
	assert_tuned(bed, FALSE);
	stop_helper(bed);
}

static void test_rubbish_is_not_tuned(void **state)
{
	struct bed *bed = *state;
	g_autofree char *huge = g_strnfill(100000, '1');
	int asked;

	start_helper(bed, 0);
	asked = g_atomic_int_get(&polkit.asked);
	assert_error(bed, "Tune", tune_of("", "irq", "4", 0, -1), "Invalid", "name is empty");
	assert_error(bed, "Tune", tune_of("../x", "irq", "4", 0, -1), "Invalid", "../x");
	assert_error(bed, "Tune", tune_of("w", "", "4", 0, -1), "Invalid", "no tuning");
	assert_error(bed, "Tune", tune_of("w", "irq,reboot", "4", 0, -1), "Invalid", "reboot");
	assert_error(bed, "Tune", tune_of("w", "irq", "4;reboot", 0, -1), "Invalid", "4;reboot");
	assert_error(bed, "Tune", tune_of("w", "irq", "/sys", 0, -1), "Invalid", "/sys");
	assert_error(bed, "Tune", tune_of("w", "irq", huge, 0, -1), "Invalid", "100000 bytes");
	assert_error(bed, "Tune", tune_of("w", huge, "4", 0, -1), "Invalid", "100000 bytes");
	assert_error(bed, "Tune", tune_of("w", "irq", "4", G_MAXUINT64, -1), "Invalid", "memory");
	assert_error(bed, "Tune", tune_of("w", "irq", "4", 0, -2), "Invalid", "memory node");
	assert_error(bed, "Tune", tune_of("w", "irq", "4", 0, 5000), "Invalid", "memory node");
	assert_error(bed, "Untune", g_variant_new("(s)", "a/b"), "Invalid", "a/b");
	assert_error(bed, "Tune", g_variant_new("(s)", "w"), "InvalidArgs", "sssti");
	assert_int_equal(g_atomic_int_get(&polkit.asked), asked);
	/* What only this computer can tell. */
	assert_error(bed, "Tune", tune_of("w", "irq", "0-7", 0, -1), "Invalid", "at least one");
	assert_error(bed, "Tune", tune_of("w", "irq", "64", 0, -1), "Invalid", "0-7");
	assert_tuned(bed, FALSE);
	stop_helper(bed);
}

/* kill -9 at every step; the next start of the helper sets everything back. */
static void test_killed_while_tuning(void **state)
{
	struct bed *bed = *state;
	gboolean done = FALSE;
	guint32 at;

	for (at = 1; !done; at++) {
		start_helper(bed, at);
		done = succeeds(bed, "Tune", tune_of("win11", "thp,irq", "4-7", 0, -1));
		if (done)
			stop_helper(bed);
		wait_for_owner(bed, FALSE);
		start_helper(bed, 0);
		assert_tuned(bed, done);
		if (done)
			assert_true(succeeds(bed, "Untune", g_variant_new("(s)", "win11")));
		assert_tuned(bed, FALSE);
		stop_helper(bed);
	}
	assert_true(at > 3);
}

static void test_the_hook_tunes_and_sets_back(void **state)
{
	static const char definition[] =
		"<domain><name>w</name><metadata><oriel:vm xmlns:oriel='urn:oriel:vm:1' "
		"tune='thp,irq'/></metadata><cputune><vcpupin vcpu='0' cpuset='4-7'/></cputune>"
		"</domain>";
	struct bed *bed = *state;
	struct oriel_kernel kernel = {&fake_kernel_ops, &bed->fake};
	g_autoptr(GError) error = NULL;

	assert_true(oriel_hook_run(&kernel, bed->host, "w", "started", definition, NULL));
	assert_tuned(bed, FALSE);
	assert_true(oriel_hook_run(&kernel, bed->host, "w", "prepare", definition, NULL));
	assert_tuned(bed, TRUE);
	assert_true(oriel_hook_run(&kernel, bed->host, "w", "release", definition, NULL));
	assert_tuned(bed, FALSE);
	assert_true(oriel_hook_run(&kernel, bed->host, "w", "release", definition, NULL));
	assert_false(oriel_hook_run(&kernel, bed->host, "a b", "prepare", definition, &error));
	assert_non_null(strstr(error->message, "'a b'"));
	assert_true(oriel_hook_run(&kernel, bed->host, "a b", "release", definition, NULL));
	assert_tuned(bed, FALSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_who_may_not_may_not),
		cmocka_unit_test(test_rubbish_is_refused),
		cmocka_unit_test(test_devices_that_are_no_cards),
		cmocka_unit_test(test_reservations),
		cmocka_unit_test(test_killed_at_every_step),
		cmocka_unit_test(test_the_start_is_changed_and_back),
		cmocka_unit_test(test_another_plan_is_not_carried_out),
		cmocka_unit_test(test_a_failed_program_takes_everything_back),
		cmocka_unit_test(test_a_start_half_changed_is_repaired),
		cmocka_unit_test(test_rubbish_about_the_start_is_refused),
		cmocka_unit_test(test_programs_are_the_systems),
		cmocka_unit_test(test_the_hook_hands_over_and_back),
		cmocka_unit_test(test_what_the_hook_reads),
		cmocka_unit_test(test_tuned_and_back),
		cmocka_unit_test(test_rubbish_is_not_tuned),
		cmocka_unit_test(test_killed_while_tuning),
		cmocka_unit_test(test_the_hook_tunes_and_sets_back),
	};
	g_autofree char *daemon = g_find_program_in_path("dbus-daemon");

	if (!daemon) {
		puts("1..0 # SKIP there is no dbus-daemon");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
