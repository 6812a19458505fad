/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"

#define PATIENCE_NS (5 * ORIEL_NS_PER_S)
#define ARGUMENTS_MAX 24

/* ---- processes ------------------------------------------------------------------------------ */

pid_t rig_spawn(const char *const *argv, int output_fd, int error_fd)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (output_fd >= 0)
		dup2(output_fd, STDOUT_FILENO);
	if (error_fd >= 0)
		dup2(error_fd, STDERR_FILENO);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

static bool wait_for_exit(pid_t pid, uint64_t deadline_ns, int *ret_status)
{
	while (oriel_time_now_ns() < deadline_ns) {
		if (waitpid(pid, ret_status, WNOHANG) == pid)
			return true;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS);
	}
	return false;
}

int rig_stop(pid_t pid)
{
	int status;

	kill(pid, SIGTERM);
	if (wait_for_exit(pid, oriel_time_now_ns() + 2 * ORIEL_NS_PER_S, &status))
		return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

int rig_run(const char *const *argv, int stream_fd, char *ret_text, size_t size)
{
	int fds[2], status, nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool is_error = stream_fd == STDERR_FILENO;
	size_t used = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = rig_spawn(argv, is_error ? nothing : fds[1], is_error ? fds[1] : nothing);
	close(fds[1]);
	close(nothing);
	while (used < size - 1 && (got = read(fds[0], ret_text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	ret_text[used] = '\0';
	close(fds[0]);
	assert_true(wait_for_exit(pid, oriel_time_now_ns() + PATIENCE_NS, &status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the rig -------------------------------------------------------------------------------- */

static int files;

static void name_file(char *ret_path, size_t size, int number)
{
	snprintf(ret_path, size, "/dev/shm/oriel-test-guest-%d-%d", (int)getpid(), number);
}

/* A case that fails leaves its rig behind; the files must go all the same. */
static void remove_files(void)
{
	char path[64];

	while (files > 0) {
		name_file(path, sizeof path, --files);
		unlink(path);
	}
}

void rig_begin_file(struct rig *rig, uint32_t size_mib)
{
	int fd;

	if (!files)
		atexit(remove_files);
	memset(rig, 0, sizeof *rig);
	name_file(rig->path, sizeof rig->path, files++);
	fd = open(rig->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size_mib << 20), 0);
	close(fd);
	rig->cursor_image = malloc(ORIEL_CURSOR_BYTES_MAX);
	assert_non_null(rig->cursor_image);
	assert_int_equal(oriel_consumer_create(&rig->consumer, rig->path, NULL), 0);
}

void rig_begin_guest(struct rig *rig, const char *const *arguments)
{
	const char *argv[ARGUMENTS_MAX] = {ORIEL_GUEST_PATH, "--shm", rig->path};
	size_t count = 3;

	while (*arguments && count < ARGUMENTS_MAX - 1)
		argv[count++] = *arguments++;
	assert_null(*arguments);
	rig->guest = rig_spawn(argv, -1, -1);
}

void rig_begin(struct rig *rig, uint32_t size_mib, const char *const *arguments)
{
	rig_begin_file(rig, size_mib);
	rig_begin_guest(rig, arguments);
}

void rig_end(struct rig *rig)
{
	oriel_consumer_destroy(rig->consumer);
	if (rig->guest)
		assert_int_equal(rig_stop(rig->guest), 0);
	unlink(rig->path);
	free(rig->pixels);
	free(rig->cursor_image);
}

/* ---- what arrives --------------------------------------------------------------------------- */

static void copy_rect(struct rig *rig, const struct oriel_frame *frame, struct oriel_rect rect)
{
	uint32_t bytes = oriel_pixel_get_info(frame->picture.format)->bytes;

	for (uint32_t y = rect.y; y < rect.y + rect.h && y < frame->picture.rows; y++) {
		size_t at = (size_t)y * frame->picture.pitch_bytes + (size_t)rect.x * bytes;

		memcpy(rig->pixels + at, frame->pixels + at, (size_t)rect.w * bytes);
	}
}

static void adopt_layout(struct rig *rig, const struct oriel_frame *frame)
{
	size_t bytes = (size_t)frame->picture.pitch_bytes * frame->picture.height_px;

	free(rig->pixels);
	rig->pixels = calloc(1, bytes);
	assert_non_null(rig->pixels);
}

/* Only what is said to have changed is copied: wrong damage leaves a wrong picture. */
static void adopt_frame(struct rig *rig, struct oriel_frame *frame)
{
	const struct oriel_damage *damage = &frame->damage;

	assert_int_equal(oriel_consumer_wait_bytes_rt(rig->consumer, frame, frame->size_bytes,
				 oriel_time_now_ns() + ORIEL_NS_PER_S),
		0);
	if (!rig->frames || !oriel_picture_is_same_layout(&rig->picture, &frame->picture)) {
		adopt_layout(rig, frame);
		assert_true(damage->full);
	}
	if (damage->full)
		copy_rect(rig, frame,
			(struct oriel_rect){
				0, 0, frame->picture.width_px, frame->picture.height_px});
	for (uint32_t i = 0; i < damage->count; i++)
		copy_rect(rig, frame, damage->rects[i]);
	rig->picture = frame->picture;
	rig->damage = *damage;
	rig->serial = frame->serial;
	rig->frames++;
}

static void adopt_cursor(struct rig *rig, const struct oriel_cursor_update *update)
{
	rig->cursor.visible = update->visible;
	if (update->has_position) {
		rig->cursor.has_position = true;
		rig->cursor.x_px = update->x_px;
		rig->cursor.y_px = update->y_px;
	}
	if (update->has_shape) {
		rig->cursor.has_shape = true;
		rig->cursor.shape = update->shape;
		memcpy(rig->cursor_image, update->shape.image,
			oriel_cursor_get_image_bytes(&update->shape));
		rig->cursor.shape.image = rig->cursor_image;
	}
}

static void turn(struct rig *rig)
{
	uint64_t now_ns = oriel_time_now_ns();
	struct oriel_cursor_update update;
	struct oriel_frame frame;

	oriel_consumer_step_rt(rig->consumer, now_ns);
	while (oriel_consumer_take_cursor_rt(rig->consumer, &update) == 1)
		adopt_cursor(rig, &update);
	if (oriel_consumer_take_frame_rt(rig->consumer, now_ns, &frame) != 1) {
		oriel_time_sleep_until_ns(now_ns + ORIEL_NS_PER_MS / 2);
		return;
	}
	adopt_frame(rig, &frame);
	assert_int_equal(oriel_consumer_give_frame_rt(rig->consumer, &frame, true), 0);
}

bool rig_wait(struct rig *rig, bool (*is_reached)(const struct rig *rig, void *data), void *data)
{
	uint64_t deadline_ns = oriel_time_now_ns() + PATIENCE_NS;

	while (!is_reached(rig, data)) {
		if (oriel_time_now_ns() > deadline_ns) {
			print_message(
				"# waited in vain: %s\n", oriel_consumer_get_reason(rig->consumer));
			return false;
		}
		turn(rig);
	}
	return true;
}

static bool has_more_frames(const struct rig *rig, void *data)
{
	return rig->frames > *(uint32_t *)data;
}

bool rig_take(struct rig *rig)
{
	uint32_t before = rig->frames;

	return rig_wait(rig, has_more_frames, &before);
}
