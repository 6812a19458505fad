/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "screen.h"

#include <X11/X.h>
#include <X11/XWDFile.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define START_MS 10000

/* Only while a server starts; empty otherwise. */
static char folder[32], file[48];

void bench_screen_forget_files(void)
{
	if (file[0])
		unlink(file);
	if (folder[0])
		rmdir(folder);
	file[0] = folder[0] = '\0';
}

/* The server writes the number of its display when it is ready to be connected to. */
static void read_display(int fd, char *ret_display, size_t size)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char number[8] = "";
	size_t length = 0;

	while (!memchr(number, '\n', length) && length < sizeof(number) - 1) {
		ssize_t count = -1;

		if (poll(&ready, 1, START_MS) == 1)
			count = read(fd, number + length, sizeof(number) - 1 - length);
		if (count <= 0)
			bench_die("Xvfb did not start within %d s", START_MS / 1000);
		length += (size_t)count;
	}
	snprintf(ret_display, size, ":%d", atoi(number));
}

static void map_framebuffer(struct bench_screen *screen, const char *path)
{
	int fd ORIEL_FD_AUTO = open(path, O_RDWR | O_CLOEXEC);
	const XWDFileHeader *header;
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) < 0)
		bench_die("cannot open the framebuffer of Xvfb, %s: %s", path, strerror(errno));
	screen->mapping_bytes = (size_t)stat.st_size;
	screen->mapping = mmap(NULL, screen->mapping_bytes, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_POPULATE, fd, 0);
	if (screen->mapping == MAP_FAILED)
		bench_die("cannot map the framebuffer of Xvfb, %s: %s", path, strerror(errno));
	header = (const XWDFileHeader *)screen->mapping;
	if (ntohl(header->bits_per_pixel) != 32 || ntohl(header->byte_order) != LSBFirst)
		bench_die("Xvfb has %u bits per pixel in an order that is not handled here",
			ntohl(header->bits_per_pixel));
	screen->width_px = ntohl(header->pixmap_width);
	screen->height_px = ntohl(header->pixmap_height);
	screen->pitch_bytes = ntohl(header->bytes_per_line);
	screen->pixels = screen->mapping + ntohl(header->header_size) +
			 ntohl(header->ncolors) * sizeof(XWDColor);
}

static void start_server(struct bench_screen *screen, uint32_t width_px, uint32_t height_px)
{
	char size[32], fd_text[12];
	int pipe_fds[2];
	char *argv[] = {(char[]){"Xvfb"}, (char[]){"-displayfd"}, fd_text, (char[]){"-screen"},
		(char[]){"0"}, size, (char[]){"-fbdir"}, folder, (char[]){"-noreset"},
		(char[]){"-nolisten"}, (char[]){"tcp"}, NULL};

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		bench_die("cannot make a pipe: %s", strerror(errno));
	snprintf(size, sizeof(size), "%ux%ux24", width_px, height_px);
	snprintf(fd_text, sizeof(fd_text), "%d", pipe_fds[1]);
	bench_process_exec(&screen->server, argv, NULL, pipe_fds[1]);
	close(pipe_fds[1]);
	read_display(pipe_fds[0], screen->display, sizeof(screen->display));
	close(pipe_fds[0]);
}

void bench_screen_open(struct bench_screen *ret_screen, uint32_t width_px, uint32_t height_px)
{
	struct bench_screen screen = {0};

	memcpy(folder, "/dev/shm/oriel-bench-XXXXXX", sizeof("/dev/shm/oriel-bench-XXXXXX"));
	if (!mkdtemp(folder))
		bench_die("cannot make a folder in /dev/shm: %s", strerror(errno));
	snprintf(file, sizeof(file), "%s/Xvfb_screen0", folder);
	start_server(&screen, width_px, height_px);
	map_framebuffer(&screen, file);
	/* Both ends have it mapped: with the names gone nothing can stay behind. */
	bench_screen_forget_files();
	*ret_screen = screen;
}

void bench_screen_close(struct bench_screen *screen)
{
	if (screen->mapping)
		munmap(screen->mapping, screen->mapping_bytes);
	bench_process_finish(&screen->server);
	*screen = (struct bench_screen){0};
}

bool bench_screen_shows(const struct bench_screen *screen, const uint8_t *pixels, uint32_t width_px,
	uint32_t height_px)
{
	const uint32_t *wanted = (const uint32_t *)pixels;

	for (uint32_t y = 0; y < height_px; y++)
		for (uint32_t x = 0; x < width_px; x++)
			if (bench_screen_get_pixel(screen, x, y) !=
				(wanted[(size_t)y * width_px + x] & 0xffffffu))
				return false;
	return true;
}
