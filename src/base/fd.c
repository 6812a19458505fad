/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

void oriel_fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static ssize_t read_some(int fd, void *to, size_t size)
{
	ssize_t got;

	do
		got = read(fd, to, size);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

ssize_t oriel_fd_read_file(const char *path, char *ret_text, size_t size)
{
	int fd ORIEL_FD_AUTO = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;
	char more;

	if (fd < 0)
		return -errno;
	while (used < size - 1) {
		got = read_some(fd, ret_text + used, size - 1 - used);
		if (got < 0)
			return got;
		if (!got) {
			ret_text[used] = '\0';
			return (ssize_t)used;
		}
		used += (size_t)got;
	}
	ret_text[used] = '\0';
	got = read_some(fd, &more, 1);
	if (got < 0)
		return got;
	return got ? -EFBIG : (ssize_t)used;
}

int oriel_fd_write_all(int fd, const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size) {
		ssize_t put = write(fd, from, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		from += put;
		size -= (size_t)put;
	}
	return 0;
}

/* Room for one descriptor, aligned as the kernel wants it. */
union attachment {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* syscalls: sendmsg recvmsg */
int oriel_fd_send(int socket_fd, const void *data, size_t size, int attached_fd)
{
	struct iovec part = {.iov_base = (void *)data, .iov_len = size};
	union attachment attachment = {0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t sent;

	if (attached_fd >= 0) {
		message.msg_control = attachment.bytes;
		message.msg_controllen = sizeof attachment.bytes;
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(int)),
		};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &attached_fd, sizeof(int));
	}
	sent = sendmsg(socket_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EMSGSIZE;
}

ssize_t oriel_fd_receive(int socket_fd, void *ret_data, size_t size, int *ret_fd)
{
	struct iovec part = {.iov_base = ret_data, .iov_len = size};
	union attachment attachment = {0};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = attachment.bytes,
		.msg_controllen = sizeof attachment.bytes,
	};
	const struct cmsghdr *header;
	ssize_t got = recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	*ret_fd = -1;
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(header), sizeof(int));
	return got;
}
