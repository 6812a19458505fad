/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/maker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/* ---- kvmfr --------------------------------------------------------------------------------------
 */

/* Protocol 6.4. */
struct kvmfr_create {
	uint8_t flags;
	uint8_t padding[7];
	uint64_t offset_bytes;
	uint64_t bytes;
};

static_assert(sizeof(struct kvmfr_create) == 24, "6.4");
#define KVMFR_CREATE _IOW('u', 0x42, struct kvmfr_create)
#define KVMFR_CLOEXEC 1u

static const char *refuse_kvmfr(const struct oriel_memory *memory)
{
	struct stat status;

	if (fstat(memory->fd, &status) || !S_ISCHR(status.st_mode))
		return "it is no device";
	return NULL;
}

/* syscalls: ioctl */
static int make_kvmfr(
	const struct oriel_memory *memory, size_t offset_bytes, size_t bytes, int *ret_fd)
{
	struct kvmfr_create create = {
		.flags = KVMFR_CLOEXEC, .offset_bytes = offset_bytes, .bytes = bytes};
	int fd = ioctl(memory->fd, KVMFR_CREATE, &create);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

const struct oriel_maker_ops oriel_maker_kvmfr = {"the kvmfr module", refuse_kvmfr, make_kvmfr};

/* ---- udmabuf ------------------------------------------------------------------------------------
 */

#define UDMABUF "/dev/udmabuf"

/* The driver takes nothing that could shrink, or that is not to be written to. */
static const char *refuse_udmabuf(const struct oriel_memory *memory)
{
	int seals = fcntl(memory->fd, F_GET_SEALS);

	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return "the guest's memory is no sealed memfd";
	if (seals & F_SEAL_WRITE)
		return "the guest's memory is sealed against writing";
	return NULL;
}

/* syscalls: open ioctl */
static int make_udmabuf(
	const struct oriel_memory *memory, size_t offset_bytes, size_t bytes, int *ret_fd)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)memory->fd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.offset = offset_bytes,
		.size = bytes,
	};
	int device_fd ORIEL_FD_AUTO = open(UDMABUF, O_RDWR | O_CLOEXEC);
	int fd = device_fd < 0 ? -1 : ioctl(device_fd, UDMABUF_CREATE, &create);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

const struct oriel_maker_ops oriel_maker_udmabuf = {UDMABUF, refuse_udmabuf, make_udmabuf};

const struct oriel_maker_ops *const oriel_makers[] = {
	&oriel_maker_kvmfr,
	&oriel_maker_udmabuf,
	NULL,
};

/* ---- any ----------------------------------------------------------------------------------------
 */

const struct oriel_maker_ops *oriel_maker_choose(const struct oriel_maker_ops *const *makers,
	const struct oriel_memory *memory, const char **ret_refusal)
{
	const char *refusal = "no driver makes dma-bufs of it";

	for (int i = 0; makers[i]; i++) {
		refusal = makers[i]->refuse(memory);
		if (!refusal)
			return makers[i];
	}
	*ret_refusal = refusal;
	return NULL;
}

bool oriel_maker_get_pages(
	const struct oriel_frame *frame, size_t *ret_offset_bytes, size_t *ret_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (size_t)frame->picture.pitch_bytes * frame->picture.height_px;
	size_t begin = frame->offset_bytes / page_bytes * page_bytes;
	size_t end = (frame->offset_bytes + bytes + page_bytes - 1) / page_bytes * page_bytes;

	if (end > frame->memory->size_bytes)
		return false;
	*ret_offset_bytes = begin;
	*ret_bytes = end - begin;
	return true;
}
