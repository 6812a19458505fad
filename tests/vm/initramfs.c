/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * initramfs KERNELS INIT FILE [PROGRAM|+MODULE…]: writes the first root of a guest with a bochs
 * screen and a power button to FILE, and prints the path of the kernel to go with it. Exit code 77:
 * there is no kernel.
 */
#include "base/fd.h"
#include "bed/initramfs.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_NO_KERNEL 77

static bool copy_to(int from_fd, const char *path)
{
	int fd ORIEL_FD_AUTO = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat info = {0};
	off_t at = 0;

	if (fd < 0 || fstat(from_fd, &info))
		return false;
	while (at < info.st_size)
		if (sendfile(fd, from_fd, &at, info.st_size - at) <= 0)
			return false;
	return true;
}

/* Both lists end with NULL. */
static void sort_arguments(char **arguments, GPtrArray *modules, GPtrArray *programs)
{
	static const char *const always[] = {"bochs", "button", "evdev"};

	for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
		g_ptr_array_add(modules, (char *)always[i]);
	for (; *arguments; arguments++)
		if (**arguments == '+')
			g_ptr_array_add(modules, *arguments + 1);
		else
			g_ptr_array_add(programs, *arguments);
	g_ptr_array_add(modules, NULL);
	g_ptr_array_add(programs, NULL);
}

int main(int argc, char **argv)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_new();
	g_autoptr(GPtrArray) programs = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	struct oriel_kernel *kernel = argc > 3 ? oriel_kernel_find(argv[1], &error) : NULL;
	g_autofree char *init = NULL;
	gsize size;
	int fd ORIEL_FD_AUTO = -1;

	if (!kernel) {
		fprintf(stderr, "%s\n", error ? error->message : "wrong arguments");
		return EXIT_NO_KERNEL;
	}
	sort_arguments(argv + 4, modules, programs);
	if (g_file_get_contents(argv[2], &init, &size, &error)) {
		g_autoptr(GBytes) script = g_bytes_new_take(g_steal_pointer(&init), size);
		const struct oriel_initramfs_plan plan = {kernel,
			(const char *const *)modules->pdata, (const char *const *)programs->pdata,
			script};

		fd = oriel_initramfs_build(&plan, &error);
	}
	if (fd >= 0 && copy_to(fd, argv[3])) {
		puts(kernel->image);
		oriel_kernel_destroy(kernel);
		return 0;
	}
	fprintf(stderr, "%s\n", error ? error->message : "cannot write the initramfs");
	oriel_kernel_destroy(kernel);
	return 1;
}
