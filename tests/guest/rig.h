/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real oriel-guest over a real file, seen by the real consumer: starts the program, keeps a
 * private picture that only what is said to have changed is copied into, and keeps the last cursor.
 */
#ifndef ORIEL_TESTS_GUEST_RIG_H
#define ORIEL_TESTS_GUEST_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "relay/consumer.h"

#define RIG_SHM_MIB 32u

struct rig {
	char path[64];
	pid_t guest;
	struct oriel_consumer *consumer;
	struct oriel_picture picture; /* of the newest frame */
	uint32_t serial;
	struct oriel_damage damage; /* of the newest frame */
	uint8_t *pixels;	    /* picture.pitch_bytes apart */
	uint32_t frames;
	struct oriel_cursor_update cursor; /* what is known so far */
	uint8_t *cursor_image;
};

/* A fresh file of size_mib, a guest program with these arguments ending with NULL, a consumer. */
void rig_begin(struct rig *rig, uint32_t size_mib, const char *const *arguments);
void rig_begin_file(struct rig *rig, uint32_t size_mib);
void rig_begin_guest(struct rig *rig, const char *const *arguments);
/* Asks the guest to end, which it must do with status 0 at once; removes the file. */
void rig_end(struct rig *rig);

/* Takes the next frame into the private picture; false after 5 s without one. */
bool rig_take(struct rig *rig);
/* Handles what arrives until is_reached says so; false after 5 s. */
bool rig_wait(struct rig *rig, bool (*is_reached)(const struct rig *rig, void *data), void *data);

/* Runs a program to its end; returns its exit status and what it wrote to that stream of its; the
 * other one's is dropped. */
int rig_run(const char *const *argv, int stream_fd, char *ret_text, size_t size);
/* output_fd and error_fd: what it writes to; -1: where this program writes to. */
pid_t rig_spawn(const char *const *argv, int output_fd, int error_fd);
/* SIGTERM, then the exit status; -1 when it needed SIGKILL or died of a signal. */
int rig_stop(pid_t pid);

#endif
