/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel-demo-scene FRAMEBUFFER CONSOLE: runs in the demo's guest. Draws a turning globe at the
 * right of a 32-bit framebuffer 30 times a second, and a running clock on the text console.
 */
#include "base/fd.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fb.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SIDE_PX 320
#define MARGIN_PX 48
#define FRAMES_PER_S 30
#define LONGITUDES 512
#define LATITUDES 256

/* What a point of the disc shows; the light does not turn with the globe. */
struct point {
	uint16_t longitude;
	uint8_t latitude;
	uint8_t light; /* 0: outside of the globe */
};

static struct point points[SIDE_PX][SIDE_PX];
static uint32_t globe[LATITUDES][LONGITUDES];
static uint32_t picture[SIDE_PX][SIDE_PX];

/* Height above the sea, made of a few waves that meet at the date line. */
static double get_height(double longitude, double latitude)
{
	return sin(2 * longitude + 1) * cos(3 * latitude) +
	       0.6 * sin(3 * longitude + 4 * latitude) +
	       0.4 * cos(5 * longitude - 2 * latitude + 2) * cos(latitude) +
	       0.2 * sin(9 * longitude + 7 * latitude) + 0.15 * cos(14 * longitude - 9 * latitude);
}

static uint32_t get_colour(double longitude, double latitude)
{
	double height = get_height(longitude, latitude);
	double cold = fabs(latitude) + 0.08 * height;

	if (cold > 1.25)
		return 0xf0f4f8;
	if (height > 0.95)
		return 0xa08c64;
	if (height > 0.35)
		return 0x4c9a4a;
	return height > 0.2 ? 0x3a86c8 : 0x1c4f9c;
}

static void make_globe(void)
{
	for (int y = 0; y < LATITUDES; y++)
		for (int x = 0; x < LONGITUDES; x++)
			globe[y][x] = get_colour(
				x * 2 * M_PI / LONGITUDES, (y + 0.5) * M_PI / LATITUDES - M_PI / 2);
}

/* x, y: from -1 to 1 in the disc. */
static struct point make_point(double x, double y)
{
	double rest = 1 - x * x - y * y;
	double z, light;

	if (rest <= 0)
		return (struct point){0};
	z = sqrt(rest);
	light = 0.12 + 0.88 * fmax(0, -0.55 * x - 0.45 * y + 0.7 * z);
	return (struct point){
		.longitude = (uint16_t)((atan2(x, z) + M_PI) * LONGITUDES / (2 * M_PI)),
		.latitude = (uint8_t)((asin(y) + M_PI / 2) * (LATITUDES - 1) / M_PI),
		.light = (uint8_t)fmax(1, fmin(255, light * 255)),
	};
}

static void make_points(void)
{
	for (int y = 0; y < SIDE_PX; y++)
		for (int x = 0; x < SIDE_PX; x++)
			points[y][x] = make_point(
				(x + 0.5) * 2 / SIDE_PX - 1, (y + 0.5) * 2 / SIDE_PX - 1);
}

static uint32_t shade(uint32_t colour, uint32_t light)
{
	uint32_t red_blue = (colour & 0xff00ff) * light >> 8 & 0xff00ff;
	uint32_t green = (colour & 0x00ff00) * light >> 8 & 0x00ff00;

	return red_blue | green;
}

static void draw(uint32_t frame)
{
	uint32_t turn = LONGITUDES - frame % LONGITUDES;

	for (int y = 0; y < SIDE_PX; y++)
		for (int x = 0; x < SIDE_PX; x++) {
			const struct point *point = &points[y][x];
			uint32_t longitude = (point->longitude + turn) % LONGITUDES;

			picture[y][x] = shade(globe[point->latitude][longitude], point->light);
		}
}

/* write() to a framebuffer shows at once; a mapping of it only at the driver's own slow pace. */
static int show(int fd, const struct fb_var_screeninfo *screen, uint32_t pitch_bytes)
{
	uint32_t left = screen->xres - SIDE_PX - MARGIN_PX;
	uint32_t top = (screen->yres - SIDE_PX) / 2;

	for (uint32_t y = 0; y < SIDE_PX; y++) {
		off_t at = (off_t)(top + y) * pitch_bytes + (off_t)left * 4;

		if (pwrite(fd, picture[y], sizeof(picture[y]), at) != sizeof(picture[y]))
			return -EIO;
	}
	return 0;
}

/* The last row of the console; the text cursor is put back to where it was. */
static int show_clock(int fd, unsigned int row, uint32_t frame)
{
	char text[128];
	int size = snprintf(text, sizeof(text),
		"\0337\033[%u;1H\033[1;33m%s %5u.%u s   frame %6u\033[0m\0338", row, "running",
		frame / FRAMES_PER_S, frame % FRAMES_PER_S * 10 / FRAMES_PER_S, frame);

	return oriel_fd_write_all(fd, text, (size_t)size);
}

/* To whoever looks at this guest from outside (data/demo/init). */
static void tell_ready(void)
{
	puts("ORIEL-READY");
	fflush(stdout);
}

static int run(int screen_fd, int console_fd)
{
	struct fb_var_screeninfo screen;
	struct fb_fix_screeninfo layout;
	struct winsize console;
	uint64_t next_ns = oriel_time_now_ns();
	int rc = 0;

	if (ioctl(screen_fd, FBIOGET_VSCREENINFO, &screen) ||
		ioctl(screen_fd, FBIOGET_FSCREENINFO, &layout) ||
		ioctl(console_fd, TIOCGWINSZ, &console))
		return -errno;
	if (screen.bits_per_pixel != 32 || screen.xres < SIDE_PX + MARGIN_PX ||
		screen.yres < SIDE_PX)
		return -ENOTSUP;
	for (uint32_t frame = 0; !rc; frame++) {
		draw(frame);
		rc = show(screen_fd, &screen, layout.line_length);
		if (!rc && frame % 3 == 0)
			rc = show_clock(console_fd, console.ws_row, frame);
		if (!frame)
			tell_ready();
		next_ns += ORIEL_NS_PER_S / FRAMES_PER_S;
		oriel_time_sleep_until_ns(next_ns);
	}
	return rc;
}

int main(int argc, char **argv)
{
	int screen_fd ORIEL_FD_AUTO = argc == 3 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	int console_fd ORIEL_FD_AUTO = argc == 3 ? open(argv[2], O_WRONLY | O_CLOEXEC) : -1;

	if (argc != 3) {
		fprintf(stderr, "usage: oriel-demo-scene FRAMEBUFFER CONSOLE\n");
		return 2;
	}
	if (screen_fd < 0 || console_fd < 0) {
		fprintf(stderr, "oriel-demo-scene: cannot open %s and %s: %s\n", argv[1], argv[2],
			strerror(errno));
		return 1;
	}
	make_globe();
	make_points();
	fprintf(stderr, "oriel-demo-scene: cannot draw on %s: %s\n", argv[1],
		strerror(-run(screen_fd, console_fd)));
	return 1;
}
