/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bed/archive.h"

#include "base/fd.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct oriel_archive {
	GByteArray *bytes;
	GHashTable *paths; /* those written already */
};

/* Every part of the archive begins at a multiple of four bytes. */
static void pad(GByteArray *bytes)
{
	static const guint8 zeros[4];

	g_byte_array_append(bytes, zeros, -bytes->len & 3u);
}

static void append_entry(struct oriel_archive *archive, const char *name, mode_t mode,
	const unsigned int device[2], const void *data, size_t size)
{
	g_autofree char *header =
		g_strdup_printf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
			g_hash_table_size(archive->paths), mode, 0, 0, 1, 0, (unsigned int)size, 0,
			0, device[0], device[1], (unsigned int)strlen(name) + 1, 0);

	g_byte_array_append(archive->bytes, (const guint8 *)header, strlen(header));
	g_byte_array_append(archive->bytes, (const guint8 *)name, strlen(name) + 1);
	pad(archive->bytes);
	g_byte_array_append(archive->bytes, data, size);
	pad(archive->bytes);
}

/* An entry and the folders above it, once. */
static void add(struct oriel_archive *archive, const char *path, mode_t mode,
	const unsigned int device[2], const void *data, size_t size)
{
	if (g_hash_table_contains(archive->paths, path))
		return;
	if (strrchr(path, '/') != path) {
		g_autofree char *above = g_path_get_dirname(path);

		oriel_archive_add_folder(archive, above);
	}
	g_hash_table_add(archive->paths, g_strdup(path));
	append_entry(archive, path + 1, mode, device, data, size);
}

static const unsigned int no_device[2];

struct oriel_archive *oriel_archive_create(void)
{
	struct oriel_archive *archive = g_new0(struct oriel_archive, 1);

	archive->bytes = g_byte_array_new();
	archive->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return archive;
}

void oriel_archive_destroy(struct oriel_archive *archive)
{
	if (!archive)
		return;
	g_byte_array_unref(archive->bytes);
	g_hash_table_unref(archive->paths);
	g_free(archive);
}

void oriel_archive_add_folder(struct oriel_archive *archive, const char *path)
{
	add(archive, path, S_IFDIR | 0755, no_device, NULL, 0);
}

void oriel_archive_add_bytes(
	struct oriel_archive *archive, const char *path, mode_t mode, const void *data, size_t size)
{
	add(archive, path, S_IFREG | mode, no_device, data, size);
}

void oriel_archive_add_link(struct oriel_archive *archive, const char *path, const char *target)
{
	add(archive, path, S_IFLNK | 0777, no_device, target, strlen(target));
}

void oriel_archive_add_device(
	struct oriel_archive *archive, const char *path, unsigned int major, unsigned int minor)
{
	const unsigned int device[2] = {major, minor};

	add(archive, path, S_IFCHR | 0600, device, NULL, 0);
}

bool oriel_archive_add_file(
	struct oriel_archive *archive, const char *path, const char *source, GError **error)
{
	g_autoptr(GMappedFile) file = g_mapped_file_new(source, FALSE, error);
	struct stat status;

	if (!file)
		return false;
	if (stat(source, &status))
		status.st_mode = 0755;
	oriel_archive_add_bytes(archive, path, status.st_mode & 0777,
		g_mapped_file_get_contents(file), g_mapped_file_get_length(file));
	return true;
}

int oriel_archive_finish(struct oriel_archive *archive, GError **error)
{
	ORIEL_FD_AUTO int fd = memfd_create("oriel-initramfs", MFD_CLOEXEC);
	int rc;

	append_entry(archive, "TRAILER!!!", 0, no_device, NULL, 0);
	rc = fd < 0 ? -errno : oriel_fd_write_all(fd, archive->bytes->data, archive->bytes->len);
	if (!rc)
		return oriel_fd_steal(&fd);
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-rc),
		"cannot write the guest's initramfs into memory: %s", g_strerror(-rc));
	return -1;
}
