/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/screenshot.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define SUFFIX_BYTES 32

/* Screens are flat: the fastest level is within a few percent of the best and many times quicker.
 */
#define COMPRESSION 1

/* A new, empty file beside path. name: room for path and SUFFIX_BYTES. */
static int make_beside(const char *path, char *name, struct oriel_error *error)
{
	struct stat status;
	int fd;

	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return oriel_error_set(error, -EEXIST,
			"cannot write a screenshot to %s: it is no ordinary file; name another one",
			path);
	sprintf(name, "%s.%ld.part", path, (long)getpid());
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return oriel_error_set_errno(
			error, -errno, "cannot write a screenshot to %s", path);
	return fd;
}

int oriel_screenshot_check(const char *path, struct oriel_error *error)
{
	char *name = malloc(strlen(path) + SUFFIX_BYTES);
	int fd ORIEL_FD_AUTO = -1;
	int result = 0;

	if (!name)
		return oriel_error_set_errno(error, -ENOMEM, "cannot check %s", path);
	fd = make_beside(path, name, error);
	if (fd < 0)
		result = fd;
	else
		unlink(name);
	free(name);
	return result;
}

static void on_png_error(png_structp png, png_const_charp text)
{
	snprintf(png_get_error_ptr(png), 128, "%s", text);
	png_longjmp(png, 1);
}

static void on_png_warning(png_structp png, png_const_charp text)
{
}

static void write_rows(png_structp png, png_infop info, const struct oriel_image *image)
{
	png_set_IHDR(png, info, image->width_px, image->height_px, 8, PNG_COLOR_TYPE_RGB,
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, COMPRESSION);
	png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
	png_write_info(png, info);
	png_set_filler(png, 0, PNG_FILLER_AFTER);
	png_set_bgr(png);
	for (uint32_t y = 0; y < image->height_px; y++)
		png_write_row(png, image->pixels + (size_t)y * image->pitch_bytes);
	png_write_end(png, NULL);
}

/* 0, or -EIO with the library's reason in ret_reason. */
static int encode(FILE *file, const struct oriel_image *image, char ret_reason[128])
{
	png_structp png = png_create_write_struct(
		PNG_LIBPNG_VER_STRING, ret_reason, on_png_error, on_png_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;

	if (!info || setjmp(png_jmpbuf(png))) {
		png_destroy_write_struct(&png, &info);
		return -EIO;
	}
	png_init_io(png, file);
	write_rows(png, info, image);
	png_destroy_write_struct(&png, &info);
	return 0;
}

static int write_and_rename(const char *path, const char *name, int fd,
	const struct oriel_image *image, struct oriel_error *error)
{
	char reason[128] = "out of memory";
	FILE *file = fdopen(fd, "wb");
	int result = file ? encode(file, image, reason) : -EIO;

	if (file ? fclose(file) : close(fd)) {
		snprintf(reason, sizeof reason, "%s", strerror(errno));
		result = -EIO;
	}
	if (!result && rename(name, path)) {
		snprintf(reason, sizeof reason, "%s", strerror(errno));
		result = -EIO;
	}
	if (result) {
		unlink(name);
		oriel_error_set(error, result, "cannot write a screenshot to %s: %s", path, reason);
	}
	return result;
}

int oriel_screenshot_write(
	const char *path, const struct oriel_image *image, struct oriel_error *error)
{
	char *name = malloc(strlen(path) + SUFFIX_BYTES);
	int result;

	if (!name)
		return oriel_error_set_errno(error, -ENOMEM, "cannot write %s", path);
	result = make_beside(path, name, error);
	if (result >= 0)
		result = write_and_rename(path, name, result, image, error);
	free(name);
	return result;
}
