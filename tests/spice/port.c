/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "port.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int port_open(const char *wanted)
{
	const char *root = "/sys/class/virtio-ports";
	DIR *folder = opendir(root);
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		char path[512], name[64] = "";
		FILE *file;

		snprintf(path, sizeof path, "%s/%s/name", root, entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(name, sizeof name, file))
			name[strcspn(name, "\n")] = '\0';
		fclose(file);
		snprintf(path, sizeof path, "/dev/%s", entry->d_name);
		if (!strcmp(name, wanted))
			return open(path, O_RDWR);
	}
	return -1;
}

void port_write(int fd, const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = write(fd, (const char *)data + done, size - done);

		if (count < 0)
			usleep(1000);
		else
			done += (size_t)count;
	}
}

bool port_read(int fd, void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = read(fd, (char *)data + done, size - done);

		if (count <= 0)
			return false;
		done += (size_t)count;
	}
	return true;
}

uint64_t add_sum(uint64_t sum, const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001b3);
	return sum;
}
