/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A real guest that draws known pictures and has the guest program beside them, for the tests that
 * look at its screen from outside. What fails, fails the test.
 */
#ifndef ORIEL_TESTS_BED_GUEST_H
#define ORIEL_TESTS_BED_GUEST_H

#include "bed/machine.h"
#include "bed/process.h"

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

struct guest {
	struct oriel_bed_machine *machine;
	int initramfs_fd, shm_fd;
	char *folder; /* for what the test writes; gone at the end */
	char *spice;  /* the socket of its SPICE server */
};

/* module: the screen's driver. False, and told on standard output: it is to be finished all the
 * same. */
bool guest_boot(struct guest *guest, const char *module, const char *device, bool has_spice);
void guest_finish(struct guest *guest);

/* Sends a command and waits for the line that says it is done. */
void guest_tell(struct guest *guest, const char *command, const char *answer);
/* Shows the picture of seed in that mode; cursor: "cursor" or "". */
void guest_draw(struct guest *guest, unsigned int width_px, unsigned int height_px,
	unsigned int seed, const char *cursor);
void guest_start_capture(struct guest *guest);
void guest_kill_capture(struct guest *guest);

/* How many pixels are not as the guest drew them; the first one is told. -1: another size. */
int guest_count_wrong(cairo_surface_t *picture, uint32_t width_px, uint32_t height_px,
	uint32_t seed, bool cursor);

#endif
