/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* replay FOLDER: gives every file of a corpus to the target; TAP. A crash is the failure. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz/target.h"

#define INPUT_MAX_BYTES (1u << 20)

static uint8_t input[INPUT_MAX_BYTES];

/* The copy has no byte behind it that could be read unnoticed. */
static void replay(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	unsigned int count = 0;
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

	if (!folder) {
		fprintf(stderr, "usage: replay FOLDER\n");
		return 2;
	}
	while ((entry = readdir(folder))) {
		int fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC);
		ssize_t size = fd < 0 ? -1 : read(fd, input, sizeof input);

		if (size >= 0) {
			/* The last name before a crash is the one to look at. */
			printf("# %s\n", entry->d_name);
			fflush(stdout);
			replay(input, (size_t)size);
			count++;
		}
		if (fd >= 0)
			close(fd);
	}
	closedir(folder);
	printf("1..1\n%s 1 - %u inputs do no harm\n", count ? "ok" : "not ok", count);
	return count ? 0 : 1;
}
