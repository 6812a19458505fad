/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/doorbell.h"

#include "base/fd.h"
#include "base/time.h"
#include "vm/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PEERS_MAX 16
#define PROTOCOL_VERSION 0
#define MEMORY_ID (-1)

struct peer {
	int fd; /* -1: free */
	int event_fd;
};

struct oriel_vm_doorbell {
	char *path;
	int listen_fd, memory_fd;
	struct peer peers[PEERS_MAX]; /* the place is the id */
};

/* ---- messages ------------------------------------------------------------------------------- */

/* A peer that does not read its few messages is not waited for. */
static bool send_number(int fd, gint64 number, int attached_fd)
{
	gint64 wire = GINT64_TO_LE(number);

	return !oriel_fd_send(fd, &wire, sizeof(wire), attached_fd);
}

static unsigned int count_peers(const struct oriel_vm_doorbell *doorbell)
{
	unsigned int count = 0;

	for (int id = 0; id < PEERS_MAX; id++)
		count += doorbell->peers[id].fd >= 0;
	return count;
}

static void drop_peer(struct oriel_vm_doorbell *doorbell, int gone)
{
	oriel_fd_close(&doorbell->peers[gone].fd);
	oriel_fd_close(&doorbell->peers[gone].event_fd);
	/* One that does not take the message is found dead by the next poll. */
	for (int id = 0; id < PEERS_MAX; id++)
		if (doorbell->peers[id].fd >= 0)
			send_number(doorbell->peers[id].fd, gone, -1);
}

static bool greet(struct oriel_vm_doorbell *doorbell, int new_id)
{
	const struct peer *new_peer = &doorbell->peers[new_id];

	if (!send_number(new_peer->fd, PROTOCOL_VERSION, -1) ||
		!send_number(new_peer->fd, new_id, -1) ||
		!send_number(new_peer->fd, MEMORY_ID, doorbell->memory_fd))
		return false;
	for (int id = 0; id < PEERS_MAX; id++) {
		const struct peer *other = &doorbell->peers[id];

		if (other->fd < 0 || id == new_id)
			continue;
		send_number(other->fd, new_id, new_peer->event_fd);
		if (!send_number(new_peer->fd, id, other->event_fd))
			return false;
	}
	return send_number(new_peer->fd, new_id, new_peer->event_fd);
}

static void accept_peer(struct oriel_vm_doorbell *doorbell)
{
	int fd ORIEL_FD_AUTO = accept4(doorbell->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	int id = 0;

	while (id < PEERS_MAX && doorbell->peers[id].fd >= 0)
		id++;
	if (fd < 0 || id == PEERS_MAX)
		return;
	doorbell->peers[id].event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (doorbell->peers[id].event_fd < 0)
		return;
	doorbell->peers[id].fd = oriel_fd_steal(&fd);
	if (!greet(doorbell, id))
		drop_peer(doorbell, id);
}

static void read_peer(struct oriel_vm_doorbell *doorbell, int id)
{
	char ignored[64];
	ssize_t got = recv(doorbell->peers[id].fd, ignored, sizeof(ignored), MSG_DONTWAIT);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		drop_peer(doorbell, id);
}

/* ---- life ----------------------------------------------------------------------------------- */

/* Sealed: nobody can shorten it under the feet of those who map it, and /dev/udmabuf takes it. */
static int make_memory(guint64 size_bytes)
{
	int fd ORIEL_FD_AUTO = memfd_create("oriel-relay", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, size_bytes) ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -errno;
	return oriel_fd_steal(&fd);
}

static bool fill_address(const char *path, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	return g_strlcpy(ret_address->sun_path, path, sizeof(ret_address->sun_path)) <
	       sizeof(ret_address->sun_path);
}

static bool is_served(const char *socket_path)
{
	int fd ORIEL_FD_AUTO = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;

	return fill_address(socket_path, &address) &&
	       !connect(fd, (const struct sockaddr *)&address, sizeof(address));
}

static int listen_at(const char *path)
{
	int fd ORIEL_FD_AUTO = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	if (!fill_address(path, &address))
		return -ENAMETOOLONG;
	if (is_served(path))
		return -EADDRINUSE;
	unlink(path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
		chmod(path, 0660) || listen(fd, PEERS_MAX))
		return -errno;
	return oriel_fd_steal(&fd);
}

struct oriel_vm_doorbell *oriel_vm_doorbell_open(
	const char *socket_path, guint64 size_bytes, GError **error)
{
	struct oriel_vm_doorbell *doorbell = g_new0(struct oriel_vm_doorbell, 1);

	for (int id = 0; id < PEERS_MAX; id++)
		doorbell->peers[id] = (struct peer){-1, -1};
	doorbell->memory_fd = make_memory(size_bytes);
	doorbell->listen_fd =
		doorbell->memory_fd < 0 ? doorbell->memory_fd : listen_at(socket_path);
	if (doorbell->listen_fd >= 0) {
		doorbell->path = g_strdup(socket_path);
		return doorbell;
	}
	oriel_vm_error_set(error,
		doorbell->listen_fd == -EADDRINUSE ? ORIEL_VM_ERROR_REFUSED : ORIEL_VM_ERROR_FAILED,
		"cannot serve shared memory at %s: %s", socket_path,
		g_strerror(-doorbell->listen_fd));
	oriel_vm_doorbell_close(doorbell);
	return NULL;
}

void oriel_vm_doorbell_close(struct oriel_vm_doorbell *doorbell)
{
	if (!doorbell)
		return;
	if (doorbell->path)
		unlink(doorbell->path);
	for (int id = 0; id < PEERS_MAX; id++) {
		oriel_fd_close(&doorbell->peers[id].fd);
		oriel_fd_close(&doorbell->peers[id].event_fd);
	}
	oriel_fd_close(&doorbell->listen_fd);
	oriel_fd_close(&doorbell->memory_fd);
	g_free(doorbell->path);
	g_free(doorbell);
}

static int wait_for_news(struct oriel_vm_doorbell *doorbell, int timeout_ms)
{
	struct pollfd watched[PEERS_MAX + 1];
	int count;

	for (int id = 0; id < PEERS_MAX; id++)
		watched[id] = (struct pollfd){.fd = doorbell->peers[id].fd, .events = POLLIN};
	watched[PEERS_MAX] = (struct pollfd){.fd = doorbell->listen_fd, .events = POLLIN};
	count = poll(watched, PEERS_MAX + 1, timeout_ms);
	for (int id = 0; count > 0 && id < PEERS_MAX; id++)
		if (watched[id].revents)
			read_peer(doorbell, id);
	if (count > 0 && watched[PEERS_MAX].revents)
		accept_peer(doorbell);
	return count;
}

bool oriel_vm_doorbell_run(struct oriel_vm_doorbell *doorbell, guint first_s, GError **error)
{
	uint64_t end_ns = oriel_time_now_ns() + first_s * ORIEL_NS_PER_S;

	while (!count_peers(doorbell)) {
		uint64_t now_ns = oriel_time_now_ns();

		if (now_ns >= end_ns)
			return oriel_vm_error_set(error, ORIEL_VM_ERROR_TIMED_OUT,
				"nobody asked for the shared memory at %s within %u s",
				doorbell->path, first_s);
		wait_for_news(doorbell, (end_ns - now_ns) / ORIEL_NS_PER_MS + 1);
	}
	while (count_peers(doorbell))
		wait_for_news(doorbell, -1);
	return true;
}
