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
	guint16 id;
};

struct oriel_vm_doorbell {
	char *path;
	int listen_fd, memory_fd;
	struct peer peers[PEERS_MAX];
	/* No id is given twice: QEMU (7.2) keeps what it freed of a peer that left, and dies of
	 * the next one with its id. */
	guint32 next_id;
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

	for (int place = 0; place < PEERS_MAX; place++)
		count += doorbell->peers[place].fd >= 0;
	return count;
}

static void forget_peer(struct peer *peer)
{
	oriel_fd_close(&peer->fd);
	oriel_fd_close(&peer->event_fd);
}

/* To all but the one it is about. A peer that does not take the message is found dead by the next
 * poll. */
static void announce(const struct oriel_vm_doorbell *doorbell, const struct peer *about)
{
	for (int place = 0; place < PEERS_MAX; place++) {
		const struct peer *other = &doorbell->peers[place];

		if (other->fd >= 0 && other != about)
			send_number(other->fd, about->id, about->event_fd);
	}
}

static bool greet(const struct oriel_vm_doorbell *doorbell, const struct peer *new_peer)
{
	if (!send_number(new_peer->fd, PROTOCOL_VERSION, -1) ||
		!send_number(new_peer->fd, new_peer->id, -1) ||
		!send_number(new_peer->fd, MEMORY_ID, doorbell->memory_fd))
		return false;
	for (int place = 0; place < PEERS_MAX; place++) {
		const struct peer *other = &doorbell->peers[place];

		if (other->fd >= 0 && other != new_peer &&
			!send_number(new_peer->fd, other->id, other->event_fd))
			return false;
	}
	return send_number(new_peer->fd, new_peer->id, new_peer->event_fd);
}

static void accept_peer(struct oriel_vm_doorbell *doorbell)
{
	int fd ORIEL_FD_AUTO = accept4(doorbell->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	struct peer *peer;
	int place = 0;

	while (place < PEERS_MAX && doorbell->peers[place].fd >= 0)
		place++;
	if (fd < 0 || place == PEERS_MAX || doorbell->next_id > G_MAXUINT16)
		return;
	peer = &doorbell->peers[place];
	peer->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (peer->event_fd < 0)
		return;
	peer->fd = oriel_fd_steal(&fd);
	peer->id = (guint16)doorbell->next_id++;
	if (greet(doorbell, peer))
		announce(doorbell, peer);
	else
		forget_peer(peer);
}

static void read_peer(struct oriel_vm_doorbell *doorbell, int place)
{
	char ignored[64];
	ssize_t got = recv(doorbell->peers[place].fd, ignored, sizeof(ignored), MSG_DONTWAIT);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
		forget_peer(&doorbell->peers[place]);
		announce(doorbell, &doorbell->peers[place]);
	}
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

	for (int place = 0; place < PEERS_MAX; place++)
		doorbell->peers[place] = (struct peer){.fd = -1, .event_fd = -1};
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
	for (int place = 0; place < PEERS_MAX; place++)
		forget_peer(&doorbell->peers[place]);
	oriel_fd_close(&doorbell->listen_fd);
	oriel_fd_close(&doorbell->memory_fd);
	g_free(doorbell->path);
	g_free(doorbell);
}

static int wait_for_news(struct oriel_vm_doorbell *doorbell, int timeout_ms)
{
	struct pollfd watched[PEERS_MAX + 1];
	int count;

	for (int place = 0; place < PEERS_MAX; place++)
		watched[place] = (struct pollfd){doorbell->peers[place].fd, POLLIN, 0};
	watched[PEERS_MAX] = (struct pollfd){.fd = doorbell->listen_fd, .events = POLLIN};
	count = poll(watched, PEERS_MAX + 1, timeout_ms);
	for (int place = 0; count > 0 && place < PEERS_MAX; place++)
		if (watched[place].revents)
			read_peer(doorbell, place);
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
