/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/doorbell.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"

#define VERSION 0
#define MEMORY_ID (-1)
#define WAIT_NS ORIEL_NS_PER_S
#define NEWS_MAX 256 /* messages looked at in one go */
#define IDS_MAX 64   /* peers with larger ids are not counted */

struct oriel_doorbell {
	int socket_fd;
	int64_t id;
	uint64_t others; /* one bit for each id */
	bool is_alone;	 /* there were others, and the last one left */
};

struct message {
	int64_t number;
	bool has_fd;
	int fd; /* -1 unless wanted and there */
};

/* ---- messages ------------------------------------------------------------------------------- */

/* Without wants_fd the kernel closes what comes along, and says so by MSG_CTRUNC. */
static int receive(int socket_fd, bool wants_fd, struct message *ret_message)
{
	int64_t wire;
	struct iovec part = {.iov_base = &wire, .iov_len = sizeof wire};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *attached;
	ssize_t got;

	if (wants_fd) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof control.bytes;
	}
	got = recvmsg(socket_fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -errno;
	*ret_message = (struct message){.has_fd = header.msg_flags & MSG_CTRUNC, .fd = -1};
	attached = wants_fd ? CMSG_FIRSTHDR(&header) : NULL;
	if (attached && attached->cmsg_level == SOL_SOCKET && attached->cmsg_type == SCM_RIGHTS &&
		attached->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(&ret_message->fd, CMSG_DATA(attached), sizeof(int));
		ret_message->has_fd = true;
	}
	if (got != (ssize_t)sizeof wire) {
		oriel_fd_close(&ret_message->fd);
		return got ? -EPROTO : -ECONNRESET;
	}
	ret_message->number = (int64_t)le64toh((uint64_t)wire);
	return 0;
}

static int receive_until(int socket_fd, uint64_t end_ns, bool wants_fd, struct message *ret_message)
{
	struct pollfd watched = {.fd = socket_fd, .events = POLLIN};
	int r;

	while ((r = receive(socket_fd, wants_fd, ret_message)) == -EAGAIN || r == -EINTR) {
		uint64_t now_ns = oriel_time_now_ns();

		if (now_ns >= end_ns)
			return -ETIMEDOUT;
		poll(&watched, 1, (int)((end_ns - now_ns) / ORIEL_NS_PER_MS) + 1);
	}
	return r;
}

/* ---- joining -------------------------------------------------------------------------------- */

static int greet(struct oriel_doorbell *doorbell, int *ret_memory_fd)
{
	uint64_t end_ns = oriel_time_now_ns() + WAIT_NS;
	struct message message;
	int r = receive_until(doorbell->socket_fd, end_ns, false, &message);

	if (!r && (message.number != VERSION || message.has_fd))
		r = -EPROTO;
	if (!r)
		r = receive_until(doorbell->socket_fd, end_ns, false, &message);
	if (r)
		return r;
	doorbell->id = message.number;
	if (message.number < 0 || message.has_fd)
		return -EPROTO;
	r = receive_until(doorbell->socket_fd, end_ns, true, &message);
	if (r)
		return r;
	if (message.number == MEMORY_ID && message.fd >= 0) {
		*ret_memory_fd = message.fd;
		return 0;
	}
	oriel_fd_close(&message.fd);
	return -EPROTO;
}

static int connect_to(const char *path)
{
	int fd ORIEL_FD_AUTO = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	return oriel_fd_steal(&fd);
}

static int explain(const char *path, int code, struct oriel_error *error)
{
	if (code == -ECONNREFUSED)
		return oriel_error_set(
			error, code, "nobody serves shared memory at %s: start the VM", path);
	if (code == -EPROTO)
		return oriel_error_set(error, code,
			"%s is no server of shared memory of version %d: name the socket of the "
			"VM's ivshmem-doorbell device",
			path, VERSION);
	return oriel_error_set_errno(
		error, code, "%s cannot be asked for the VM's shared memory", path);
}

int oriel_doorbell_join(struct oriel_doorbell **ret_doorbell, int *ret_memory_fd, const char *path,
	struct oriel_error *error)
{
	struct oriel_doorbell *doorbell = calloc(1, sizeof *doorbell);
	int r;

	if (!doorbell)
		return explain(path, -ENOMEM, error);
	doorbell->socket_fd = r = connect_to(path);
	if (r >= 0)
		r = greet(doorbell, ret_memory_fd);
	if (r < 0) {
		oriel_doorbell_leave(doorbell);
		return explain(path, r, error);
	}
	*ret_doorbell = doorbell;
	return 0;
}

void oriel_doorbell_leave(struct oriel_doorbell *doorbell)
{
	if (!doorbell)
		return;
	oriel_fd_close(&doorbell->socket_fd);
	free(doorbell);
}

/* ---- news ----------------------------------------------------------------------------------- */

static void take_news(struct oriel_doorbell *doorbell, const struct message *news)
{
	uint64_t bit;

	if (news->number == doorbell->id || news->number < 0 || news->number >= IDS_MAX)
		return;
	bit = UINT64_C(1) << news->number;
	if (news->has_fd) {
		doorbell->others |= bit;
	} else if (doorbell->others & bit) {
		doorbell->others &= ~bit;
		doorbell->is_alone = !doorbell->others;
	}
}

bool oriel_doorbell_is_current(struct oriel_doorbell *doorbell)
{
	struct message news;
	int r = 0;

	for (int i = 0; i < NEWS_MAX && !r && !doorbell->is_alone; i++) {
		r = receive(doorbell->socket_fd, false, &news);
		if (!r)
			take_news(doorbell, &news);
	}
	if (!doorbell->is_alone && (!r || r == -EAGAIN || r == -EINTR))
		return true;
	/* The mapping may be held for longer; the server need not wait for that. */
	oriel_fd_close(&doorbell->socket_fd);
	return false;
}
