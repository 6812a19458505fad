/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection against libvirt's mock driver, in this process and behind a daemon of our own:
 * that one is reached through a small proxy, which can lose the connection at a chosen moment.
 */
#include "vm/connection.h"
#include "vm/error.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct seen {
	unsigned int count;
	int last_kind;
};

static void on_event(const struct oriel_vm_event *event, void *data)
{
	struct seen *seen = data;

	assert_string_equal(event->name, "test");
	seen->count++;
	seen->last_kind = event->kind;
}

static gboolean give_up(void *data)
{
	*(bool *)data = true;
	return G_SOURCE_REMOVE;
}

static void wait_for_kind(struct seen *seen, int kind)
{
	bool late = false;
	guint timer = g_timeout_add_seconds(10, give_up, &late);

	while (!late && !(seen->count && seen->last_kind == kind))
		g_main_context_iteration(NULL, TRUE);
	assert_false(late);
	g_source_remove(timer);
}

static void test_bad_addresses(void **state)
{
	static const char *const bad[] = {"", "nonsense", "http://x/", "qemu+carrier:///system",
		"xen:///system", "qemu:///embed", "qemu:///embed?root=relative"};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		assert_null(oriel_vm_connection_open(bad[i], &error));
		assert_true(g_error_matches(error, ORIEL_VM_ERROR, ORIEL_VM_ERROR_INVALID));
		assert_non_null(strstr(error->message, "qemu:///embed?root="));
	}
}

static void test_no_libvirt_there(void **state)
{
	g_autoptr(GError) error = NULL;

	assert_null(oriel_vm_connection_open("qemu:///system?socket=/nonexistent/sock", &error));
	assert_true(g_error_matches(error, ORIEL_VM_ERROR, ORIEL_VM_ERROR_UNAVAILABLE));
	assert_non_null(strstr(error->message, "daemon"));
}

static void test_events_arrive(void **state)
{
	struct oriel_vm_connection *connection = oriel_vm_connection_open("test:///default", NULL);
	g_autoptr(GError) error = NULL;
	struct seen seen = {0};

	assert_non_null(connection);
	assert_true(oriel_vm_connection_listen(connection, on_event, &seen, &error));
	{
		g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, "test", &error);

		assert_non_null(domain);
		assert_int_equal(virDomainSuspend(domain), 0);
	}
	wait_for_kind(&seen, VIR_DOMAIN_EVENT_SUSPENDED);
	assert_true(oriel_vm_connection_listen(connection, NULL, NULL, &error));
	assert_null(oriel_vm_connection_find(connection, "tset", &error));
	assert_true(g_error_matches(error, ORIEL_VM_ERROR, ORIEL_VM_ERROR_NOT_FOUND));
	oriel_vm_connection_close(connection);
	oriel_vm_connection_close(NULL);
}

/* ---- a daemon of our own -------------------------------------------------------------------- */

struct daemon {
	char *directory, *socket, *proxy_socket;
	pid_t pid;
	GSocketListener *listener;
	GThread *thread;
	gint stopping;
	gint lose_next_reply; /* atomic: cut the line instead of passing on the answer */
	gint requests;	      /* atomic: writes passed on since it was last set to 0 */
};

static void run_daemon(const char *config, const char *pid_file)
{
	/* No driver but the built-in mock: nothing of this computer is touched. */
	g_setenv("LIBVIRT_DRIVER_DIR", "/nonexistent", TRUE);
	execlp("libvirtd", "libvirtd", "-f", config, "-p", pid_file, NULL);
	_exit(127);
}

/* One client at a time: bytes both ways until either end closes. */
static void pass_on(struct daemon *daemon, int client)
{
	g_autoptr(GSocketClient) maker = g_socket_client_new();
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(daemon->socket);
	g_autoptr(GSocketConnection) up =
		g_socket_client_connect(maker, G_SOCKET_CONNECTABLE(address), NULL, NULL);
	int server = up ? g_socket_get_fd(g_socket_connection_get_socket(up)) : -1;
	GPollFD ends[2] = {{client, G_IO_IN, 0}, {server, G_IO_IN, 0}};
	char buffer[65536];

	while (up && !g_atomic_int_get(&daemon->stopping)) {
		g_poll(ends, 2, 100);
		for (int i = 0; i < 2; i++) {
			ssize_t got;

			if (!ends[i].revents)
				continue;
			got = recv(ends[i].fd, buffer, sizeof(buffer), MSG_DONTWAIT);
			if (got <= 0 || (i == 1 && g_atomic_int_compare_and_exchange(
							   &daemon->lose_next_reply, 1, 0)))
				return;
			if (i == 0)
				g_atomic_int_inc(&daemon->requests);
			if (send(ends[!i].fd, buffer, got, MSG_NOSIGNAL) != got)
				return;
		}
	}
}

static void *run_proxy(void *data)
{
	struct daemon *daemon = data;

	while (!g_atomic_int_get(&daemon->stopping)) {
		g_autoptr(GSocketConnection) client =
			g_socket_listener_accept(daemon->listener, NULL, NULL, NULL);

		if (client && !g_atomic_int_get(&daemon->stopping))
			pass_on(daemon, g_socket_get_fd(g_socket_connection_get_socket(client)));
	}
	return NULL;
}

static void write_config(struct daemon *daemon, const char *path)
{
	g_autofree char *text =
		g_strdup_printf("unix_sock_dir = \"%s\"\nauth_unix_rw = \"none\"\n"
				"auth_unix_ro = \"none\"\nunix_sock_rw_perms = \"0700\"\n",
			daemon->directory);

	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static bool wait_for_socket(struct daemon *daemon)
{
	for (int tries = 0; tries < 200; tries++) {
		if (!access(daemon->socket, F_OK))
			return true;
		if (waitpid(daemon->pid, NULL, WNOHANG) == daemon->pid) {
			daemon->pid = 0;
			return false;
		}
		g_usleep(50000);
	}
	return false;
}

static int start_daemon(void **state)
{
	struct daemon *daemon = g_new0(struct daemon, 1);
	g_autofree char *config = NULL;
	g_autofree char *pid_file = NULL;
	g_autoptr(GSocketAddress) address = NULL;

	*state = daemon;
	daemon->directory = g_dir_make_tmp("oriel-vm-XXXXXX", NULL);
	daemon->socket = g_build_filename(daemon->directory, "libvirt-sock", NULL);
	daemon->proxy_socket = g_build_filename(daemon->directory, "proxy-sock", NULL);
	config = g_build_filename(daemon->directory, "libvirtd.conf", NULL);
	pid_file = g_build_filename(daemon->directory, "libvirtd.pid", NULL);
	write_config(daemon, config);
	daemon->pid = fork();
	if (daemon->pid == 0)
		run_daemon(config, pid_file);
	if (!wait_for_socket(daemon))
		return 0;
	address = g_unix_socket_address_new(daemon->proxy_socket);
	daemon->listener = g_socket_listener_new();
	assert_true(g_socket_listener_add_address(daemon->listener, address, G_SOCKET_TYPE_STREAM,
		G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, NULL));
	daemon->thread = g_thread_new("proxy", run_proxy, daemon);
	return 0;
}

static void stop_proxy(struct daemon *daemon)
{
	g_autoptr(GSocketClient) maker = g_socket_client_new();
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(daemon->proxy_socket);
	g_autoptr(GSocketConnection) wake = NULL;

	if (!daemon->thread)
		return;
	g_atomic_int_set(&daemon->stopping, 1);
	wake = g_socket_client_connect(maker, G_SOCKET_CONNECTABLE(address), NULL, NULL);
	g_thread_join(daemon->thread);
	g_object_unref(daemon->listener);
}

static int stop_daemon(void **state)
{
	static const char *const names[] = {"libvirtd.conf", "libvirt-sock", "libvirt-sock-ro",
		"libvirt-admin-sock", "proxy-sock", "libvirtd.pid"};
	struct daemon *daemon = *state;

	stop_proxy(daemon);
	if (daemon->pid > 0) {
		kill(daemon->pid, SIGTERM);
		waitpid(daemon->pid, NULL, 0);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(daemon->directory, names[i], NULL);

		g_unlink(path);
	}
	g_rmdir(daemon->directory);
	g_free(daemon->directory);
	g_free(daemon->socket);
	g_free(daemon->proxy_socket);
	g_free(daemon);
	return 0;
}

static struct oriel_vm_connection *open_by(const char *socket)
{
	g_autofree char *uri = g_strdup_printf("test+unix:///default?socket=%s", socket);
	g_autoptr(GError) error = NULL;
	struct oriel_vm_connection *connection = oriel_vm_connection_open(uri, &error);

	if (!connection)
		fail_msg("%s", error->message);
	return connection;
}

static void test_lost_in_a_request(void **state)
{
	struct daemon *daemon = *state;
	struct oriel_vm_connection *connection, *witness;
	g_autoptr(virDomain) domain = NULL;
	g_autoptr(virDomain) again = NULL;
	g_autoptr(GError) error = NULL;
	struct seen seen = {0};
	int listed;

	if (!daemon->thread) {
		print_message("libvirtd does not start here\n");
		skip();
	}
	/* The mock driver forgets everything with its last connection: this one stays. */
	witness = open_by(daemon->socket);
	connection = open_by(daemon->proxy_socket);
	assert_true(oriel_vm_connection_listen(connection, on_event, &seen, &error));
	domain = oriel_vm_connection_find(connection, "test", &error);
	assert_non_null(domain);

	/* The daemon gets the request and carries it out; its answer is lost. */
	g_atomic_int_set(&daemon->requests, 0);
	g_atomic_int_set(&daemon->lose_next_reply, 1);
	assert_null(virDomainSnapshotCreateXML(
		domain, "<domainsnapshot><name>once</name></domainsnapshot>", 0));
	oriel_vm_error_set_libvirt(&error, "cannot take a snapshot of 'test'");
	assert_true(g_error_matches(error, ORIEL_VM_ERROR, ORIEL_VM_ERROR_UNAVAILABLE));
	assert_non_null(strstr(error->message, "may or may not"));
	assert_int_equal(g_atomic_int_get(&daemon->requests), 1);
	g_clear_error(&error);

	/* The next request comes by a new connection, and nothing was sent twice. */
	again = oriel_vm_connection_find(connection, "test", &error);
	if (!again)
		fail_msg("%s", error->message);
	assert_int_equal(oriel_vm_connection_get_reopened(connection), 1);
	listed = virDomainSnapshotNum(again, 0);
	assert_int_equal(listed, 1);

	/* The listener went along. */
	assert_int_equal(virDomainSuspend(again), 0);
	wait_for_kind(&seen, VIR_DOMAIN_EVENT_SUSPENDED);
	assert_int_equal(seen.count, 1);
	oriel_vm_connection_close(connection);
	oriel_vm_connection_close(witness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_no_libvirt_there),
		cmocka_unit_test(test_events_arrive),
		cmocka_unit_test_setup_teardown(test_lost_in_a_request, start_daemon, stop_daemon),
	};

	return cmocka_run_group_tests_name("vm-connection", tests, NULL, NULL);
}
