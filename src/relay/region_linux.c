/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/region.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "relay/doorbell.h"
#include "relay/guard.h"

#define SIZE_LIMIT (UINT64_C(1) << 32) /* offsets on the wire have 32 bits */
#define KVMFR_GET_SIZE 0x7544ul

struct oriel_region {
	unsigned users;
	uint8_t *base;
	struct oriel_memory memory;
	enum oriel_region_kind kind;
	bool write_combined;
	struct stat opened;
	struct oriel_guard_slot *guard;
	struct oriel_doorbell *doorbell; /* NULL unless its kind is ORIEL_REGION_DOORBELL */
	char *path;
};

static struct oriel_region *region_of(const struct oriel_memory *memory)
{
	return (struct oriel_region *)((uintptr_t)memory - offsetof(struct oriel_region, memory));
}

static void keep(const struct oriel_memory *memory)
{
	oriel_region_ref(region_of(memory));
}

static void release(const struct oriel_memory *memory)
{
	oriel_region_close(region_of(memory));
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && !strcmp(text + length - strlen(end), end);
}

static int explain_open_error(const char *path, int code, struct oriel_error *error)
{
	struct stat found;

	if (code == -ENOENT)
		return oriel_error_set(error, code,
			"%s does not exist: start the VM, or name the shared memory file of the VM "
			"that runs",
			path);
	if (code == -EISDIR)
		return oriel_error_set(error, code,
			"%s is a directory: name the shared memory file of the VM, for example "
			"/dev/shm/looking-glass",
			path);
	if (code == -EACCES && !stat(path, &found))
		return oriel_error_set(error, code,
			"%s may not be opened for reading and writing: it belongs to user %u and "
			"group %u with mode %03o, and you are user %u; make it yours or join that "
			"group",
			path, found.st_uid, found.st_gid, found.st_mode & 0777, geteuid());
	if (code == -EACCES)
		return oriel_error_set(error, code,
			"%s cannot be reached: a folder on the way does not let user %u in", path,
			geteuid());
	return oriel_error_set_errno(
		error, code, "%s cannot be opened for reading and writing", path);
}

/* The size by the device's own word. Not by ioctl(): its int would break at 2 GiB (protocol 6.4).
 */
static int get_device_size(int fd, const char *path, uint64_t *ret_size, struct oriel_error *error)
{
	long size = syscall(SYS_ioctl, fd, KVMFR_GET_SIZE, 0ul);

	if (size < 0)
		return oriel_error_set(error, -ENODEV,
			"%s is a character device, but not one of the kvmfr module (%s): name a "
			"kvmfr device or a shared memory file",
			path, strerror(errno));
	*ret_size = (uint64_t)size;
	return 0;
}

static int classify(
	struct oriel_region *region, int fd, uint64_t *ret_size, struct oriel_error *error)
{
	const char *path = region->path;

	if (S_ISCHR(region->opened.st_mode)) {
		region->kind = ORIEL_REGION_KVMFR;
		return get_device_size(fd, path, ret_size, error);
	}
	if (!S_ISREG(region->opened.st_mode))
		return oriel_error_set(error, -ENODEV,
			"%s is neither a file nor a character device: name the shared memory file "
			"of the VM",
			path);
	if (region->doorbell) {
		region->kind = ORIEL_REGION_DOORBELL;
		*ret_size = (uint64_t)region->opened.st_size;
		return 0;
	}
	if (starts_with(path, "/dev/kvmfr"))
		return oriel_error_set(error, -ENODEV,
			"%s is an ordinary file where the device of the kvmfr module is meant; it "
			"comes from starting the VM before the module was loaded: delete it, load "
			"kvmfr, start the VM again",
			path);
	if (starts_with(path, "/sys/") &&
		(ends_with(path, "/resource2") || ends_with(path, "/resource2_wc"))) {
		region->kind = ORIEL_REGION_PCI;
		region->write_combined = ends_with(path, "_wc");
	}
	*ret_size = (uint64_t)region->opened.st_size;
	return 0;
}

static uint64_t round_up_to_power(uint64_t size)
{
	uint64_t power = 1;

	while (power < size)
		power *= 2;
	return power < 1 << 20 ? 1 << 20 : power;
}

static int check_size(const char *path, uint64_t size, size_t min_bytes, struct oriel_error *error)
{
	if (!size || size < min_bytes)
		return oriel_error_set(error, -ENOSPC,
			"%s is too small: it has %llu bytes and at least %zu are needed; give the "
			"VM a shared memory of 32 MiB for 1920x1080, 128 MiB for 3840x2160",
			path, (unsigned long long)size, min_bytes ? min_bytes : 1);
	if (size >= SIZE_LIMIT)
		return oriel_error_set(error, -EFBIG,
			"%s is too large: it has %llu MiB and the protocol can address less than "
			"4096; give the VM a smaller shared memory, 128 MiB does for 3840x2160",
			path, (unsigned long long)(size >> 20));
	if (size & (size - 1))
		return oriel_error_set(error, -EINVAL,
			"%s has %llu bytes, which is no power of two: no VM can share such a "
			"memory; "
			"make it %llu MiB and give the VM the same size",
			path, (unsigned long long)size,
			(unsigned long long)(round_up_to_power(size) >> 20));
	return 0;
}

static size_t get_page_bytes(int fd)
{
	struct statfs fs;

	if (!fstatfs(fd, &fs) && fs.f_type == HUGETLBFS_MAGIC)
		return (size_t)fs.f_bsize;
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int open_memory(struct oriel_region *region, int *ret_fd, struct oriel_error *error)
{
	struct stat found;
	int fd;

	if (!stat(region->path, &found) && S_ISSOCK(found.st_mode))
		return oriel_doorbell_join(&region->doorbell, ret_fd, region->path, error);
	fd = open(region->path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return explain_open_error(region->path, -errno, error);
	*ret_fd = fd;
	return 0;
}

static int map(struct oriel_region *region, size_t min_bytes, struct oriel_error *error)
{
	static _Atomic uint64_t last_id;
	int fd ORIEL_FD_AUTO = -1;
	uint64_t size = 0;
	void *base;
	int r = open_memory(region, &fd, error);

	if (r < 0)
		return r;
	if (fstat(fd, &region->opened) < 0)
		return oriel_error_set_errno(error, -errno, "%s cannot be examined", region->path);
	r = classify(region, fd, &size, error);
	if (!r)
		r = check_size(region->path, size, min_bytes, error);
	if (r < 0)
		return r;

	base = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return oriel_error_set_errno(error, -errno, "%s cannot be mapped (%llu bytes)",
			region->path, (unsigned long long)size);
	region->base = base;
	region->memory.id = atomic_fetch_add(&last_id, 1) + 1;
	region->memory.size_bytes = (size_t)size;
	region->memory.keep = keep;
	region->memory.release = release;
	region->guard = oriel_guard_add(base, (size_t)size, get_page_bytes(fd));
	region->memory.fd = oriel_fd_steal(&fd);
	return 0;
}

int oriel_region_open(struct oriel_region **ret_region, const char *path, size_t min_bytes,
	struct oriel_error *error)
{
	struct oriel_region *region = calloc(1, sizeof *region);
	int r;

	if (region) {
		region->users = 1;
		region->memory.fd = -1;
		region->path = strdup(path);
	}
	if (!region || !region->path) {
		oriel_region_close(region);
		return oriel_error_set_errno(error, -ENOMEM, "%s cannot be mapped", path);
	}
	r = map(region, min_bytes, error);
	if (r < 0) {
		oriel_region_close(region);
		return r;
	}
	*ret_region = region;
	return 0;
}

struct oriel_region *oriel_region_ref(struct oriel_region *region)
{
	region->users++;
	return region;
}

void oriel_region_close(struct oriel_region *region)
{
	if (!region || --region->users)
		return;
	oriel_guard_remove(region->guard);
	if (region->base)
		munmap(region->base, region->memory.size_bytes);
	oriel_fd_close(&region->memory.fd);
	oriel_doorbell_leave(region->doorbell);
	free(region->path);
	free(region);
}

uint8_t *oriel_region_get_base(const struct oriel_region *region)
{
	return region->base;
}

size_t oriel_region_get_size_bytes(const struct oriel_region *region)
{
	return region->memory.size_bytes;
}

const struct oriel_memory *oriel_region_get_memory(const struct oriel_region *region)
{
	return &region->memory;
}

enum oriel_region_kind oriel_region_get_kind(const struct oriel_region *region)
{
	return region->kind;
}

bool oriel_region_is_write_combined(const struct oriel_region *region)
{
	return region->write_combined;
}

bool oriel_region_is_current(const struct oriel_region *region)
{
	const struct stat *opened = &region->opened;
	struct stat found;

	if (region->doorbell)
		return oriel_doorbell_is_current(region->doorbell);
	if (stat(region->path, &found) < 0)
		return false;
	return found.st_dev == opened->st_dev && found.st_ino == opened->st_ino &&
	       found.st_rdev == opened->st_rdev && found.st_size == opened->st_size;
}

bool oriel_region_is_lost(const struct oriel_region *region)
{
	return oriel_guard_has_lost(region->guard);
}
