/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/ivshmem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define VENDOR_REDHAT 0x1af4
#define DEVICE_IVSHMEM 0x1110

/* Of one device's directory; -1 when it cannot be read. */
static long read_number(const char *pci_dir, const char *address, const char *name)
{
	char path[512], text[32];

	snprintf(path, sizeof path, "%s/%s/%s", pci_dir, address, name);
	if (oriel_fd_read_file(path, text, sizeof text) < 0)
		return -1;
	return strtol(text, NULL, 0);
}

static int is_ivshmem(const char *pci_dir, const char *address)
{
	return read_number(pci_dir, address, "vendor") == VENDOR_REDHAT &&
	       read_number(pci_dir, address, "device") == DEVICE_IVSHMEM;
}

/* resource2_wc is there when the memory is prefetchable; its stores are many times faster. sysfs
 * tells a resource's size by stat. */
static int find_memory(struct oriel_ivshmem *device, const char *pci_dir, size_t *ret_bytes)
{
	static const char *const names[] = {"resource2_wc", "resource2"};
	struct stat status;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(device->path, sizeof device->path, "%s/%s/%s", pci_dir, device->address,
			names[i]);
		if (stat(device->path, &status))
			continue;
		*ret_bytes = (size_t)status.st_size;
		return 0;
	}
	return -ENXIO;
}

/* Without a driver nobody switched the device's memory on: it would read as ones. */
static int enable(const char *pci_dir, const char *address, struct oriel_error *error)
{
	char path[512];
	int fd ORIEL_FD_AUTO = -1;
	int rc;

	if (read_number(pci_dir, address, "enable") > 0)
		return 0;
	snprintf(path, sizeof path, "%s/%s/enable", pci_dir, address);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	rc = fd < 0 ? -errno : oriel_fd_write_all(fd, "1", 1);
	if (rc)
		return oriel_error_set_errno(
			error, rc, "cannot switch on the IVSHMEM device %s by %s", address, path);
	return 0;
}

static int find_at(struct oriel_ivshmem *device, const char *pci_dir, const char *address,
	struct oriel_error *error)
{
	size_t bytes;

	snprintf(device->address, sizeof device->address, "%s", address);
	if (read_number(pci_dir, address, "vendor") < 0)
		return oriel_error_set(error, -ENODEV, "no PCI device at %s", address);
	if (!is_ivshmem(pci_dir, address))
		return oriel_error_set(error, -ENXIO,
			"the PCI device at %s is %04lx:%04lx and no IVSHMEM device (1af4:1110)",
			address, read_number(pci_dir, address, "vendor"),
			read_number(pci_dir, address, "device"));
	if (find_memory(device, pci_dir, &bytes))
		return oriel_error_set(error, -ENXIO,
			"the IVSHMEM device %s has no memory (no resource2 in %s/%s)", address,
			pci_dir, address);
	return 0;
}

static int skip_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int find_first(struct oriel_ivshmem *device, const char *pci_dir, size_t min_bytes,
	struct oriel_error *error)
{
	struct dirent **entries;
	int count = scandir(pci_dir, &entries, skip_hidden, alphasort);
	size_t bytes, largest_bytes = 0;
	int rc = -ENODEV;

	if (count < 0)
		return oriel_error_set_errno(
			error, -errno, "cannot list PCI devices in %s", pci_dir);
	for (int i = 0; i < count; i++) {
		if (rc && is_ivshmem(pci_dir, entries[i]->d_name)) {
			snprintf(device->address, sizeof device->address, "%.15s",
				entries[i]->d_name);
			if (find_memory(device, pci_dir, &bytes))
				bytes = 0;
			if (bytes > largest_bytes)
				largest_bytes = bytes;
			rc = bytes < min_bytes ? -ENOSPC : 0;
		}
		free(entries[i]);
	}
	free(entries);
	if (rc == -ENOSPC)
		return oriel_error_set(error, rc,
			"the IVSHMEM device has %zu MiB of memory, %zu MiB are the least: give it "
			"a "
			"larger size",
			largest_bytes >> 20, min_bytes >> 20);
	if (rc)
		return oriel_error_set(error, rc,
			"no IVSHMEM device (PCI 1af4:1110) in this machine: add one to the virtual "
			"machine, or name a file with --shm");
	return 0;
}

int oriel_ivshmem_find(struct oriel_ivshmem *ret_device, const char *pci_dir, const char *address,
	size_t min_bytes, struct oriel_error *error)
{
	struct oriel_ivshmem device;
	int rc = address ? find_at(&device, pci_dir, address, error)
			 : find_first(&device, pci_dir, min_bytes, error);

	if (!rc)
		rc = enable(pci_dir, device.address, error);
	if (rc)
		return rc;
	*ret_device = device;
	return 0;
}
