/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/shm.h"

#include "base/fd.h"
#include "vm/check.h"
#include "vm/error.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB G_GUINT64_CONSTANT(1048576)
#define SIZE_FLOOR (32 * MIB)

static guint64 round_up(guint64 bytes)
{
	guint64 size = SIZE_FLOOR;

	while (size < bytes)
		size *= 2;
	return size;
}

guint64 oriel_vm_shm_get_size(guint width_px, guint height_px, bool hdr)
{
	guint64 b7 = (guint64)width_px * height_px * (hdr ? 8 : 4) * 2 + 10 * MIB;
	guint64 pitch = ((guint64)width_px * 4 + 255) / 256 * 256;
	guint64 driver = pitch * height_px * 3 + 4 * MIB;

	return round_up(MAX(b7, driver));
}

static const char *get_folder(void)
{
	const char *folder = g_getenv("ORIEL_SHM_DIR");

	return folder ? folder : "/dev/shm";
}

char *oriel_vm_shm_get_path(const char *name)
{
	return g_build_filename(get_folder(), name, NULL);
}

static bool refuse_stale(const char *path, const char *name, const char *why, GError **error)
{
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
		"shared memory %s is there already, but %s; make sure that nothing uses it and "
		"remove it with 'oriel shm delete %s'",
		path, why, name);
}

static bool check_existing(const char *path, const char *name, guint64 size_bytes, GError **error)
{
	g_autofree char *why = NULL;
	struct stat info;

	if (lstat(path, &info) || !S_ISREG(info.st_mode))
		return refuse_stale(path, name, "it is no regular file", error);
	if ((guint64)info.st_size != size_bytes) {
		g_autofree char *has = oriel_vm_check_format_size(info.st_size);
		g_autofree char *wants = oriel_vm_check_format_size(size_bytes);

		why = g_strdup_printf("it has %s and not %s", has, wants);
		return refuse_stale(path, name, why, error);
	}
	if (access(path, R_OK | W_OK)) {
		why = g_strdup_printf("you may not use it (it belongs to user %u, mode %04o)",
			info.st_uid, info.st_mode & 07777);
		return refuse_stale(path, name, why, error);
	}
	return true;
}

/* The group that QEMU's user is in on most systems; failing that the file stays with our own group.
 */
static void give_to_kvm(int fd)
{
	const struct group *kvm = getgrnam("kvm");

	if (kvm && fchown(fd, -1, kvm->gr_gid))
		errno = 0;
}

static int make_file(const char *path, guint64 size_bytes)
{
	int fd ORIEL_FD_AUTO = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int code;

	if (fd < 0)
		return -errno;
	give_to_kvm(fd);
	/* Reserved and not only sized: a full /dev/shm is an error now, not a crash later. */
	code = posix_fallocate(fd, 0, size_bytes);
	if (!code && fchmod(fd, 0660))
		code = errno;
	if (code)
		unlink(path);
	return -code;
}

bool oriel_vm_shm_create(const char *name, guint64 size_bytes, bool *ret_made, GError **error)
{
	g_autofree char *path = NULL;
	int code;

	if (!oriel_vm_check_name("shared memory", name, error))
		return false;
	path = oriel_vm_shm_get_path(name);
	code = make_file(path, size_bytes);
	if (code == -EEXIST) {
		*ret_made = false;
		return check_existing(path, name, size_bytes, error);
	}
	if (code) {
		g_autofree char *size = oriel_vm_check_format_size(size_bytes);

		return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED,
			"cannot make shared memory %s of %s: %s", path, size, g_strerror(-code));
	}
	*ret_made = true;
	return true;
}

bool oriel_vm_shm_delete(const char *name, GError **error)
{
	g_autofree char *path = NULL;
	struct stat info;

	if (!oriel_vm_check_name("shared memory", name, error))
		return false;
	path = oriel_vm_shm_get_path(name);
	if (lstat(path, &info))
		return oriel_vm_error_set(
			error, ORIEL_VM_ERROR_NOT_FOUND, "there is no shared memory %s", path);
	if (!S_ISREG(info.st_mode))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"%s is no regular file; it is left alone", path);
	if (unlink(path))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "cannot remove %s: %s",
			path, g_strerror(errno));
	return true;
}

bool oriel_vm_shm_delete_unused(const char *name, GError **error)
{
	g_autofree char *path = oriel_vm_shm_get_path(name);
	int fd ORIEL_FD_AUTO = -1;

	if (!oriel_vm_check_name("shared memory", name, error))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	/* The system grants a lease only on a file that nobody else has open for writing. Whoever
	 * opens it while we hold that would have us killed by SIGIO: SIGURG is ignored. */
	if (fd >= 0 && !fcntl(fd, F_SETSIG, SIGURG) && fcntl(fd, F_SETLEASE, F_WRLCK) &&
		errno == EAGAIN)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"shared memory %s is in use by a machine or a viewer: stop them first",
			path);
	return oriel_vm_shm_delete(name, error);
}

static void free_info(void *data)
{
	struct oriel_vm_shm_info *info = data;

	g_free(info->name);
	g_free(info);
}

static int compare_info(const void *a, const void *b)
{
	const struct oriel_vm_shm_info *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

GPtrArray *oriel_vm_shm_list(void)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(free_info);
	g_autoptr(GDir) dir = g_dir_open(get_folder(), 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = oriel_vm_shm_get_path(name);
		struct oriel_vm_shm_info *info;
		struct stat found;

		if (!g_str_has_prefix(name, "looking-glass") && !g_str_has_prefix(name, "oriel"))
			continue;
		if (lstat(path, &found) || !S_ISREG(found.st_mode))
			continue;
		info = g_new0(struct oriel_vm_shm_info, 1);
		info->name = g_strdup(name);
		info->size_bytes = found.st_size;
		info->owner = found.st_uid;
		info->mode = found.st_mode & 07777;
		g_ptr_array_add(list, info);
	}
	g_ptr_array_sort(list, compare_info);
	return list;
}

bool oriel_vm_shm_check_kvmfr(const char *path, GError **error)
{
	struct stat info;

	if (stat(path, &info))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"there is no %s: load the module with 'modprobe kvmfr "
			"static_size_mb=SIZE', "
			"or use --relay plain",
			path);
	if (!S_ISCHR(info.st_mode))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"%s is no device but an ordinary file, left by a machine that started "
			"before the module was loaded: remove it, then 'modprobe kvmfr "
			"static_size_mb=SIZE'",
			path);
	return true;
}
