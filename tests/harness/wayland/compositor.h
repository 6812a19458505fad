/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Wayland compositor for tests: a thread of the test's own process that shows nothing, writes
 * down what it was asked for and answers as the test wants. Its one client is whoever connects
 * next.
 *
 * It keeps each buffer until the test has it let go. Thread: the test's.
 */
#ifndef TESTS_HARNESS_WAYLAND_COMPOSITOR_H
#define TESTS_HARNESS_WAYLAND_COMPOSITOR_H

#include <stdbool.h>
#include <stdint.h>

struct test_compositor;

/* What becomes of a dma-buf. */
enum test_dmabuf_answer {
	TEST_DMABUF_TAKEN,
	TEST_DMABUF_REFUSED,
	TEST_DMABUF_SILENCE,
};

struct test_compositor_options {
	bool has_hints;		  /* content-type and tearing-control */
	const char *output;	  /* the name of its screen; NULL: it has none */
	uint32_t dmabuf_version;  /* 0: it has no such thing */
	uint64_t dmabuf_modifier; /* of the formats that it takes so */
};

/* A buffer on a surface; of a dma-buf what was said when it was handed over. */
struct test_buffer {
	bool is_dmabuf;
	uint32_t width_px, height_px, format;
	uint32_t offset_bytes, pitch_bytes;
	uint64_t modifier;
	uint64_t inode; /* of its file */
	/* Of a dma-buf until the compositor stops, and NULL for one that cannot be mapped; of
	 * others until the next commit. */
	const uint8_t *pixels;
};

/* Connects the next wl_display_connect() of this process to it. */
struct test_compositor *test_compositor_start(const struct test_compositor_options *options);
/* After the client has left. */
void test_compositor_stop(struct test_compositor *compositor);

/* From now on; at first they are taken. */
void test_compositor_answer(struct test_compositor *compositor, enum test_dmabuf_answer answer);
/* dma-bufs that it was offered. */
unsigned test_compositor_count_offers(struct test_compositor *compositor);

/* Waits until count buffers of that size were committed: the one that is shown. */
struct test_buffer test_compositor_wait_shown(
	struct test_compositor *compositor, uint32_t width_px, uint32_t height_px, unsigned count);
/* What the client said of its pictures, as far as it was heard: all of it once something that it
 * said later was. */
struct test_hints {
	bool has_content, has_tearing; /* it asked for the objects */
	uint32_t content, tearing;     /* as the protocols number them */
	unsigned fullscreens;	       /* how often it wanted to fill a screen */
	bool has_named;		       /* the last time its screen, and not just any */
};
struct test_hints test_compositor_get_hints(struct test_compositor *compositor);

/* Its screen is gone. */
void test_compositor_unplug(struct test_compositor *compositor);

/* It keeps only what is shown. */
void test_compositor_let_go(struct test_compositor *compositor);

#endif
