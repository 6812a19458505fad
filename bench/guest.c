/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "process.h"

#define WATCH_S 10u
#define READY_S 3u

static void make_region(struct bench_guest *guest)
{
	guest->size_bytes =
		oriel_producer_get_needed_mib(guest->picture.pitch_bytes, guest->picture.height_px)
		<< 20;
	guest->fd = memfd_create("oriel-bench-region", MFD_CLOEXEC);
	if (guest->fd < 0 || ftruncate(guest->fd, (off_t)guest->size_bytes) < 0)
		bench_die("cannot make a region of %zu bytes: %s", guest->size_bytes,
			strerror(errno));
	guest->base = mmap(NULL, guest->size_bytes, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_POPULATE, guest->fd, 0);
	if (guest->base == MAP_FAILED)
		bench_die(
			"cannot map a region of %zu bytes: %s", guest->size_bytes, strerror(errno));
	snprintf(guest->path, sizeof(guest->path), "/proc/%d/fd/%d", (int)getpid(), guest->fd);
}

static void draw_picture(struct bench_guest *guest)
{
	uint32_t *pixel;

	guest->pixels =
		aligned_alloc(4096, (size_t)guest->picture.pitch_bytes * guest->picture.height_px);
	if (!guest->pixels)
		bench_die("no memory for the guest's picture");
	pixel = (uint32_t *)guest->pixels;
	for (uint32_t y = 0; y < guest->picture.height_px; y++)
		for (uint32_t x = 0; x < guest->picture.width_px; x++)
			*pixel++ = 0xff000000u | (x & 255) << 16 | (y & 255) << 8 | ((x ^ y) & 255);
}

void bench_guest_open(struct bench_guest *ret_guest, uint32_t width_px, uint32_t height_px)
{
	static const struct oriel_producer_options options = {
		.host_version = "oriel-bench",
		.capture = "bench",
		.cpus = 1,
		.cores = 1,
		.sockets = 1,
		.os = ORIEL_GUEST_OS_LINUX,
	};
	struct bench_guest guest = {
		.picture =
			{
				.format = ORIEL_PIXEL_BGRA,
				.width_px = width_px,
				.height_px = height_px,
				.rows = height_px,
				.pitch_bytes = width_px * 4,
				.screen_width_px = width_px,
				.screen_height_px = height_px,
			},
	};
	struct oriel_error error = {0};

	make_region(&guest);
	draw_picture(&guest);
	if (oriel_producer_create(&guest.producer, guest.base, guest.size_bytes, &options,
		    oriel_time_now_ns() / ORIEL_NS_PER_MS, &error) < 0)
		bench_die("%s", error.message);
	*ret_guest = guest;
}

void bench_guest_close(struct bench_guest *guest)
{
	oriel_producer_destroy(guest->producer);
	free(guest->pixels);
	if (guest->base)
		munmap(guest->base, guest->size_bytes);
	oriel_fd_close(&guest->fd);
	*guest = (struct bench_guest){.fd = -1};
}

void bench_guest_tick(struct bench_guest *guest)
{
	uint64_t now_ns = oriel_time_now_ns();

	if (now_ns < guest->next_step_ns)
		return;
	guest->next_step_ns = now_ns + ORIEL_PRODUCER_STEP_MS * ORIEL_NS_PER_MS;
	oriel_producer_step(guest->producer, now_ns / ORIEL_NS_PER_MS);
	oriel_producer_take_new_pointer_viewer(guest->producer);
	if (oriel_producer_take_new_viewer(guest->producer))
		guest->repeats += oriel_producer_repeat_rt(guest->producer) == 1;
}

void bench_guest_sleep_until(struct bench_guest *guest, uint64_t until_ns)
{
	do {
		bench_guest_tick(guest);
		oriel_time_sleep_until_ns(
			until_ns < guest->next_step_ns ? until_ns : guest->next_step_ns);
	} while (oriel_time_now_ns() < until_ns);
}

bool bench_guest_wait_watched(struct bench_guest *guest, bool wanted)
{
	uint64_t end_ns = oriel_time_now_ns() + WATCH_S * ORIEL_NS_PER_S;

	while (oriel_producer_is_watched(guest->producer) != wanted) {
		uint64_t now_ns = oriel_time_now_ns();

		if (now_ns >= end_ns)
			return false;
		bench_guest_sleep_until(guest, now_ns + ORIEL_NS_PER_MS);
	}
	return true;
}

/* The block wanders, so that each slot also lacks what the frame before changed. */
static struct oriel_rect place_block(const struct bench_guest *guest, uint32_t w_px, uint32_t h_px)
{
	uint32_t room_x = guest->picture.width_px - w_px, room_y = guest->picture.height_px - h_px;

	return (struct oriel_rect){
		.x = room_x ? guest->frames * w_px % room_x : 0,
		.y = room_y ? guest->frames * h_px % room_y : 0,
		.w = w_px,
		.h = h_px,
	};
}

static void draw_marker(struct bench_guest *guest)
{
	const struct oriel_rect *block = &guest->changed;
	uint32_t *row = (uint32_t *)(guest->pixels + (size_t)guest->picture.pitch_bytes *
							     (block->y + block->h - 1));

	/* An odd factor: any two of 2^24 frames in a row differ. */
	guest->marker = guest->frames * 0x9e3779b1u & 0xffffffu;
	for (uint32_t x = block->x; x < block->x + block->w; x++)
		row[x] = 0xff000000u | guest->marker;
}

void bench_guest_draw(struct bench_guest *guest, uint32_t w_px, uint32_t h_px)
{
	guest->frames++;
	guest->changed = place_block(guest, w_px, h_px);
	draw_marker(guest);
}

uint64_t bench_guest_publish(struct bench_guest *guest, uint32_t w_px, uint32_t h_px)
{
	uint64_t end_ns = oriel_time_now_ns() + READY_S * ORIEL_NS_PER_S, began_ns;
	struct oriel_damage damage;

	bench_guest_draw(guest, w_px, h_px);
	oriel_damage_clear(&damage);
	if (w_px == guest->picture.width_px && h_px == guest->picture.height_px)
		oriel_damage_set_full(&damage);
	else
		oriel_damage_add(&damage, guest->changed);
	while (!oriel_producer_is_ready(guest->producer)) {
		bench_guest_tick(guest);
		oriel_time_relax();
		if (oriel_time_now_ns() >= end_ns)
			bench_die("the viewer has not read a frame for %u s", READY_S);
	}
	began_ns = oriel_time_now_ns();
	if (oriel_producer_publish_rt(guest->producer, &guest->picture, guest->pixels, &damage) < 0)
		bench_die("the producer refuses a frame that it had room for");
	return began_ns;
}
