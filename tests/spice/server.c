/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "server.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "tests/remove_tree.h"

#define LIMIT_S 30

void server_init(struct server *server)
{
	*server = (struct server){.qemu = ORIEL_PROCESS_NONE};
	server->folder = g_dir_make_tmp("oriel-spice-XXXXXX", NULL);
	assert_non_null(server->folder);
	server->socket = g_build_filename(server->folder, "spice", NULL);
}

void server_finish(struct server *server)
{
	server_stop(server);
	remove_tree(server->folder);
	g_free(server->folder);
	g_free(server->socket);
	g_free(server->uri);
}

/* ---- starting -----------------------------------------------------------------------------------
 */

static bool can_connect(const struct sockaddr *address, socklen_t size)
{
	ORIEL_FD_AUTO int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return !connect(fd, address, size);
}

static void wait_for_server(struct server *server, const struct sockaddr *address, socklen_t size)
{
	uint64_t deadline_ns = oriel_time_now_ns() + LIMIT_S * ORIEL_NS_PER_S;

	while (!can_connect(address, size)) {
		assert_true(oriel_time_now_ns() < deadline_ns);
		assert_false(oriel_process_wait(&server->qemu, 0));
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 5 * ORIEL_NS_PER_MS);
	}
}

static void start_qemu(struct server *server, const char *spice)
{
	const char *const argv[] = {"qemu-system-x86_64", "-S", "-nodefaults", "-no-user-config",
		"-display", "none", "-machine", "q35", "-accel", "tcg", "-m", "64", "-device",
		"VGA", "-object", "secret,id=word,data=correct horse", "-spice", spice, NULL};
	const struct oriel_process_plan plan = {
		.argv = argv, .keep_fds = {-1}, .error_fd = STDERR_FILENO};
	g_autoptr(GError) error = NULL;

	if (!oriel_process_start(&plan, &server->qemu, &error))
		fail_msg("%s", error->message);
}

void server_start(struct server *server)
{
	g_autofree char *spice =
		g_strdup_printf("unix=on,addr=%s,disable-ticketing=on", server->socket);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	g_strlcpy(address.sun_path, server->socket, sizeof address.sun_path);
	start_qemu(server, spice);
	wait_for_server(server, (struct sockaddr *)&address, sizeof address);
}

static uint16_t find_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	ORIEL_FD_AUTO int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin_port);
}

static void start_on_port(struct server *server, const char *spice, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	start_qemu(server, spice);
	wait_for_server(server, (struct sockaddr *)&address, sizeof address);
}

void server_start_tcp(struct server *server)
{
	uint16_t port = find_port();
	g_autofree char *spice =
		g_strdup_printf("port=%u,addr=127.0.0.1,password-secret=word", port);

	server->uri = g_strdup_printf("spice://127.0.0.1:%u", port);
	start_on_port(server, spice, port);
}

static void run_openssl(const struct server *server, const char *arguments)
{
	g_autofree char *line = g_strdup_printf("openssl %s", arguments);
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	gint status = -1;

	assert_true(g_spawn_sync(server->folder, argv, NULL,
		G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL | G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
		NULL, NULL, NULL, &status, NULL));
	assert_true(g_spawn_check_wait_status(status, NULL));
}

bool server_start_tls(struct server *server)
{
	g_autofree char *openssl = g_find_program_in_path("openssl");
	uint16_t port = find_port();
	g_autofree char *spice =
		g_strdup_printf("tls-port=%u,addr=127.0.0.1,x509-dir=%s,disable-ticketing=on", port,
			server->folder);

	if (!openssl)
		return false;
	run_openssl(server, "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-authority "
			    "-keyout ca-key.pem -out ca-cert.pem");
	run_openssl(server, "req -newkey rsa:2048 -nodes -subj /CN=localhost "
			    "-keyout server-key.pem -out server.csr");
	run_openssl(server, "x509 -req -days 2 -in server.csr -CA ca-cert.pem -CAkey ca-key.pem "
			    "-set_serial 1 -out server-cert.pem");
	server->uri = g_strdup_printf("spice+tls://localhost:%u", port);
	start_on_port(server, spice, port);
	return true;
}

void server_stop(struct server *server)
{
	oriel_process_stop(&server->qemu, 0);
	unlink(server->socket);
}

/* ---- waiting ------------------------------------------------------------------------------------
 */

static gboolean on_tick(gpointer data)
{
	return G_SOURCE_CONTINUE;
}

void wait_until(bool (*is_done)(void *data), void *data)
{
	uint64_t deadline_ns = oriel_time_now_ns() + LIMIT_S * ORIEL_NS_PER_S;
	guint timer = g_timeout_add(20, on_tick, NULL);

	while (!is_done(data) && oriel_time_now_ns() < deadline_ns)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	assert_true(is_done(data));
}

struct wish {
	struct oriel_spice_session *session;
	enum oriel_spice_state state;
};

static bool has_state(void *data)
{
	struct wish *wish = data;

	return oriel_spice_session_get_state(wish->session) == wish->state;
}

void wait_for_state(struct oriel_spice_session *session, enum oriel_spice_state state)
{
	wait_until(has_state, &(struct wish){session, state});
}
