/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plain file. A mapped file cannot be truncated under Windows, so there is nothing to guard
 * against; the IVSHMEM device is the guest program's business.
 */
#include "relay/region.h"

#include <errno.h>
#include <stdlib.h>
#include <windows.h>

#define SIZE_LIMIT (UINT64_C(1) << 32) /* offsets on the wire have 32 bits */
#define PATH_LENGTH 1024

struct oriel_region {
	unsigned users;
	uint8_t *base;
	size_t size_bytes;
	BY_HANDLE_FILE_INFORMATION opened;
	wchar_t path[PATH_LENGTH];
};

static int to_errno(DWORD code)
{
	switch (code) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
		return -ENOENT;
	case ERROR_ACCESS_DENIED:
	case ERROR_SHARING_VIOLATION:
		return -EACCES;
	default:
		return -EIO;
	}
}

static HANDLE open_file(const wchar_t *path, DWORD access)
{
	return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
		NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
}

static uint64_t get_size(const BY_HANDLE_FILE_INFORMATION *file)
{
	return (uint64_t)file->nFileSizeHigh << 32 | file->nFileSizeLow;
}

static int check_size(const char *path, uint64_t size, size_t min_bytes, struct oriel_error *error)
{
	if (!size || size < min_bytes)
		return oriel_error_set(error, -ENOSPC,
			"%s is too small: it has %llu bytes and at least %zu are needed", path,
			(unsigned long long)size, min_bytes ? min_bytes : 1);
	if (size >= SIZE_LIMIT)
		return oriel_error_set(error, -EFBIG,
			"%s is too large: it has %llu MiB and the protocol can address less than "
			"4096",
			path, (unsigned long long)(size >> 20));
	return 0;
}

static int map_file(struct oriel_region *region, HANDLE file, const char *path, size_t min_bytes,
	struct oriel_error *error)
{
	HANDLE mapping;
	int r;

	if (!GetFileInformationByHandle(file, &region->opened))
		return oriel_error_set(error, -EIO, "%s cannot be examined: system error %lu", path,
			GetLastError());
	r = check_size(path, get_size(&region->opened), min_bytes, error);
	if (r < 0)
		return r;
	mapping = CreateFileMappingW(file, NULL, PAGE_READWRITE, 0, 0, NULL);
	if (mapping) {
		region->base = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
		CloseHandle(mapping);
	}
	if (!region->base)
		return oriel_error_set(
			error, -EIO, "%s cannot be mapped: system error %lu", path, GetLastError());
	region->size_bytes = (size_t)get_size(&region->opened);
	return 0;
}

static int map(
	struct oriel_region *region, const char *path, size_t min_bytes, struct oriel_error *error)
{
	DWORD attributes;
	HANDLE file;
	int r;

	if (!MultiByteToWideChar(CP_UTF8, 0, path, -1, region->path, PATH_LENGTH))
		return oriel_error_set(error, -ENOENT, "%s is no usable path", path);
	attributes = GetFileAttributesW(region->path);
	if (attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY)
		return oriel_error_set(
			error, -EISDIR, "%s is a directory: name a shared memory file", path);
	file = open_file(region->path, GENERIC_READ | GENERIC_WRITE);
	if (file == INVALID_HANDLE_VALUE)
		return oriel_error_set(error, to_errno(GetLastError()),
			"%s cannot be opened for reading and writing: system error %lu", path,
			GetLastError());
	r = map_file(region, file, path, min_bytes, error);
	CloseHandle(file);
	return r;
}

int oriel_region_open(struct oriel_region **ret_region, const char *path, size_t min_bytes,
	struct oriel_error *error)
{
	struct oriel_region *region = calloc(1, sizeof *region);
	int r;

	if (!region)
		return oriel_error_set(error, -ENOMEM, "%s cannot be mapped: no memory", path);
	r = map(region, path, min_bytes, error);
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
	if (region->base)
		UnmapViewOfFile(region->base);
	free(region);
}

uint8_t *oriel_region_get_base(const struct oriel_region *region)
{
	return region->base;
}

size_t oriel_region_get_size_bytes(const struct oriel_region *region)
{
	return region->size_bytes;
}

const struct oriel_memory *oriel_region_get_memory(const struct oriel_region *region)
{
	return NULL;
}

enum oriel_region_kind oriel_region_get_kind(const struct oriel_region *region)
{
	return ORIEL_REGION_FILE;
}

bool oriel_region_is_write_combined(const struct oriel_region *region)
{
	return false;
}

bool oriel_region_is_current(const struct oriel_region *region)
{
	const BY_HANDLE_FILE_INFORMATION *opened = &region->opened;
	BY_HANDLE_FILE_INFORMATION found;
	HANDLE file = open_file(region->path, 0);
	bool known;

	if (file == INVALID_HANDLE_VALUE)
		return false;
	known = GetFileInformationByHandle(file, &found);
	CloseHandle(file);
	return known && found.dwVolumeSerialNumber == opened->dwVolumeSerialNumber &&
	       found.nFileIndexHigh == opened->nFileIndexHigh &&
	       found.nFileIndexLow == opened->nFileIndexLow && get_size(&found) == get_size(opened);
}

bool oriel_region_is_lost(const struct oriel_region *region)
{
	return false;
}

void oriel_region_install_guard(void)
{
}
