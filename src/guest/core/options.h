/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of oriel-guest: one table feeds parsing, --help and the test of the man page. */
#ifndef ORIEL_GUEST_CORE_OPTIONS_H
#define ORIEL_GUEST_CORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/frame.h"
#include "guest/core/pattern.h"

enum oriel_guest_action { ORIEL_GUEST_RUN, ORIEL_GUEST_HELP, ORIEL_GUEST_VERSION };

/* How much of a change the test source admits to. */
enum oriel_test_damage {
	ORIEL_TEST_DAMAGE_RECTS, /* what changed */
	ORIEL_TEST_DAMAGE_FULL,	 /* one rectangle: the whole picture */
	ORIEL_TEST_DAMAGE_NONE,	 /* nothing is said; the protocol takes it for the whole picture */
};

/* Strings are borrowed from the arguments; NULL: not given. */
struct oriel_guest_options {
	enum oriel_guest_action action;
	const char *shm;
	const char *device;
	const char *capture; /* "auto" unless given */
	const char *card;
	const char *display;
	uint32_t fps;
	bool wait;
	bool verbose;
	struct {
		uint32_t width_px, height_px; /* of the upright picture */
		enum oriel_pixel_format format;
		enum oriel_rotation rotation;
		const struct oriel_pattern_kind *pattern;
		enum oriel_test_damage damage;
		bool has_cursor;
		enum oriel_cursor_type cursor;
		uint32_t frames; /* then it stands still; 0: never */
	} test;
};

/* Everything at its default. */
void oriel_guest_options_init(struct oriel_guest_options *options);
/* -EINVAL and a message for the first argument that is not understood; *ret_options is untouched.
 */
int oriel_guest_options_parse(
	struct oriel_guest_options *ret_options, int argc, char **argv, struct oriel_error *error);
void oriel_guest_options_print_help(FILE *out);

#endif
