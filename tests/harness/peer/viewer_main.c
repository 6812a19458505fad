/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peer-viewer FILE: a stock-like viewer at the end of a pipe. README.md lists the commands. Each is
 * answered by one line, "ok" or "error ...", on standard output; "event ..." lines may come before.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/peer/commands.h"
#include "harness/peer/raw.h"
#include "harness/peer/sabotage.h"
#include "harness/peer/viewer.h"

struct peer_program {
	struct peer_viewer viewer;
	const struct peer_sabotage *sabotage;
	bool attached, resubscribe, paused, quit;
	struct peer_input input;
};

static bool map_file(struct peer_program *program, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *base = MAP_FAILED;
	struct stat info;

	if (fd >= 0 && !fstat(fd, &info) && (size_t)info.st_size >= RAW_HEADER_BYTES)
		base = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (base == MAP_FAILED)
		return false;
	program->viewer.base = base;
	program->viewer.size_bytes = (size_t)info.st_size;
	return true;
}

/* ---- commands ------------------------------------------------------------------------------- */

static bool do_attach(struct peer_program *program, char **words)
{
	program->sabotage = NULL;
	program->attached =
		peer_viewer_attach(&program->viewer, peer_number(words[1], 3000)) == PEER_OK;
	return program->attached;
}

/* Again while the queues are being made. */
static bool subscribe(
	struct peer_program *program, struct peer_subscription *subscription, uint32_t queue_id)
{
	enum peer_status status = PEER_NO_QUEUE;

	for (int i = 0; i < 1000 && status == PEER_NO_QUEUE; i++) {
		status = peer_viewer_subscribe(&program->viewer, subscription, queue_id);
		if (status == PEER_NO_QUEUE)
			raw_nap_us(1000);
	}
	return status == PEER_OK;
}

static bool do_subscribe(struct peer_program *program, char **words)
{
	(void)words;
	program->viewer.has_picture = false;
	if (!program->attached || !subscribe(program, &program->viewer.frame, RAW_FRAME_QUEUE))
		return false;
	if (subscribe(program, &program->viewer.pointer, RAW_POINTER_QUEUE))
		return true;
	peer_viewer_unsubscribe(&program->viewer, &program->viewer.frame);
	return false;
}

static bool do_unsubscribe(struct peer_program *program, char **words)
{
	struct peer_viewer *viewer = &program->viewer;

	(void)words;
	return peer_viewer_unsubscribe(viewer, &viewer->frame) == PEER_OK &&
	       peer_viewer_unsubscribe(viewer, &viewer->pointer) == PEER_OK;
}

static bool do_resubscribe(struct peer_program *program, char **words)
{
	program->resubscribe = peer_number(words[1], 1) != 0;
	return true;
}

/* Subscribed, but reading nothing. */
static bool do_pause(struct peer_program *program, char **words)
{
	program->paused = peer_number(words[1], 1) != 0;
	return true;
}

static bool do_set_cursor(struct peer_program *program, char **words)
{
	return peer_viewer_set_cursor(&program->viewer, (int32_t)peer_number(words[1], 0),
		       words[1] ? (int32_t)peer_number(words[2], 0) : 0, 2000) == PEER_OK;
}

static bool do_cursor_serial(struct peer_program *program, char **words)
{
	program->viewer.cursor_serial = peer_number(words[1], 0);
	return true;
}

static bool do_status(struct peer_program *program, char **words)
{
	const struct peer_viewer *viewer = &program->viewer;
	const struct peer_counts *counts = &viewer->counts;

	(void)words;
	printf("event frames %u repeats %u wrong %u incomplete %u skipped %u partial %u truncated "
	       "%u "
	       "cursors %u shapes %u wrong-shapes %u\n",
		counts->frames, counts->repeats, counts->wrong, counts->incomplete, counts->skipped,
		counts->partial, counts->truncated, counts->cursors, counts->shapes,
		counts->wrong_shapes);
	printf("event frame serial %u type %u size %ux%u rows %u rotation %u pitch %u flags %u\n",
		viewer->words[PEER_W_SERIAL], viewer->words[PEER_W_TYPE],
		viewer->words[PEER_W_FRAME_WIDTH], viewer->words[PEER_W_FRAME_HEIGHT], viewer->rows,
		viewer->words[PEER_W_ROTATION], viewer->words[PEER_W_PITCH], viewer->flags);
	printf("event cursor %d %d visible %d type %u size %ux%u pitch %u hot %d %d\n",
		viewer->cursor_x, viewer->cursor_y, viewer->cursor_visible, viewer->cursor_type,
		viewer->cursor_width, viewer->cursor_height, viewer->cursor_pitch, viewer->hot_x,
		viewer->hot_y);
	printf("event session %u active %d %d valid %d\n", viewer->session_id, viewer->frame.active,
		viewer->pointer.active,
		program->attached && peer_viewer_is_valid(&program->viewer));
	return true;
}

static bool do_sabotage(struct peer_program *program, char **words)
{
	program->sabotage = words[1] ? peer_sabotage_find(words[1]) : NULL;
	return program->sabotage != NULL;
}

static bool do_behave(struct peer_program *program, char **words)
{
	(void)words;
	program->sabotage = NULL;
	return true;
}

static bool do_quit(struct peer_program *program, char **words)
{
	(void)words;
	program->quit = true;
	return true;
}

static const struct peer_command commands[] = {
	{"attach", do_attach},
	{"subscribe", do_subscribe},
	{"unsubscribe", do_unsubscribe},
	{"resubscribe", do_resubscribe},
	{"pause", do_pause},
	{"set-cursor", do_set_cursor},
	{"cursor-serial", do_cursor_serial},
	{"status", do_status},
	{"sabotage", do_sabotage},
	{"behave", do_behave},
	{"quit", do_quit},
	{NULL, NULL},
};

/* ---- the loop ------------------------------------------------------------------------------- */

/* One that looks at frames for longer than they are apart still answers questions. */
#define ENTRIES_PER_TURN 4

static void say_lost(const char *queue, enum peer_status status)
{
	printf("event %s %s\n", queue,
		status == PEER_TIMEOUT	      ? "timeout"
		: status == PEER_UNSUBSCRIBED ? "unsubscribed"
		: status == PEER_NO_SESSION   ? "no-session"
					      : "corrupted");
	fflush(stdout);
}

static void poll_queue(struct peer_program *program, struct peer_subscription *subscription,
	const char *name, uint32_t queue_id, enum peer_status (*take)(struct peer_viewer *))
{
	enum peer_status status = PEER_EMPTY;

	for (int i = 0; i < ENTRIES_PER_TURN && subscription->active; i++) {
		status = take(&program->viewer);
		if (status != PEER_OK)
			break;
	}
	if (status == PEER_EMPTY || status == PEER_OK)
		return;
	say_lost(name, status);
	subscription->active = false;
	if (program->resubscribe && status == PEER_TIMEOUT) {
		program->viewer.has_picture = false;
		subscribe(program, subscription, queue_id);
	}
}

static void turn(struct peer_program *program)
{
	struct peer_viewer *viewer = &program->viewer;

	if (program->sabotage)
		program->sabotage->turn(viewer);
	if (program->sabotage || program->paused || !program->attached)
		return;
	poll_queue(
		program, &viewer->pointer, "pointer", RAW_POINTER_QUEUE, peer_viewer_take_cursor);
	poll_queue(program, &viewer->frame, "frame", RAW_FRAME_QUEUE, peer_viewer_take_frame);
}

int main(int argc, char **argv)
{
	struct peer_program program = {.input.commands = commands};

	if (argc != 2) {
		fprintf(stderr, "usage: peer-viewer FILE\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!map_file(&program, argv[1])) {
		perror(argv[1]);
		return 1;
	}
	while (!program.quit && peer_input_read(&program.input, &program, 1))
		turn(&program);
	peer_viewer_finish(&program.viewer);
	munmap(program.viewer.base, program.viewer.size_bytes);
	return 0;
}
