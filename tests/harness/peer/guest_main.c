/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peer-guest FILE BYTES: a stock-like guest at the end of a pipe. README.md lists the commands.
 * Each is answered by one line, "ok" or "error ...", on standard output; "event ..." lines may come
 * before.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "harness/peer/attack.h"
#include "harness/peer/commands.h"
#include "harness/peer/guest.h"
#include "harness/peer/raw.h"

struct peer_program {
	const char *path;
	struct peer_guest guest;
	const struct peer_attack *attack;
	uint32_t rate, frames_left; /* UINT32_MAX: for ever */
	uint64_t next_frame_ns;
	bool begun;
	bool quiet; /* the mapping may be gone: touch nothing */
	bool quit;
	struct peer_input input;
};

static void say_set_cursor(void *data, int32_t x, int32_t y)
{
	(void)data;
	printf("event set-cursor %d %d\n", x, y);
}

/* ---- the file ------------------------------------------------------------------------------- */

/* Maps path with bytes, making it where it is missing. */
static bool map_file(struct peer_program *program, size_t bytes)
{
	int fd = open(program->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *base = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, (off_t)bytes))
		base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (base == MAP_FAILED)
		return false;
	if (program->guest.base)
		munmap(program->guest.base, program->guest.size_bytes);
	program->guest.base = base;
	program->guest.size_bytes = bytes;
	program->quiet = false;
	return true;
}

static bool begin(struct peer_program *program, uint32_t session_id)
{
	program->attack = NULL;
	program->begun = peer_guest_begin(&program->guest, session_id);
	return program->begun;
}

/* ---- commands ------------------------------------------------------------------------------- */

/* The stock host's generator yields 15 bits; never the id that is there. */
static bool do_begin(struct peer_program *program, char **words)
{
	uint32_t id = (uint32_t)rand() & 0x7fff;

	if (id == program->guest.session_id)
		id ^= 1;
	return begin(program, peer_number(words[1], id));
}

static bool do_mode(struct peer_program *program, char **words)
{
	struct peer_mode mode = program->guest.mode;

	mode.type = peer_number(words[1], mode.type);
	if (words[1] && words[2] && words[3]) {
		mode.width_px = peer_number(words[2], 0);
		mode.height_px = peer_number(words[3], 0);
		mode.pitch_bytes = peer_number(words[4], 0);
	}
	if (!mode.type || !mode.width_px || !mode.height_px)
		return false;
	peer_guest_set_mode(&program->guest, &mode);
	return true;
}

static bool do_rotation(struct peer_program *program, char **words)
{
	struct peer_mode mode = program->guest.mode;

	mode.rotation = peer_number(words[1], 0);
	peer_guest_set_mode(&program->guest, &mode);
	return true;
}

static bool do_flags(struct peer_program *program, char **words)
{
	program->guest.mode.flags = peer_number(words[1], 0);
	return true;
}

static bool do_damage(struct peer_program *program, char **words)
{
	static const char *const names[] = {"full", "tiles", "over"};

	for (uint32_t i = 0; words[1] && i < 3; i++) {
		if (!strcmp(words[1], names[i])) {
			program->guest.mode.damage = (enum peer_damage)i;
			return true;
		}
	}
	return false;
}

static bool do_short_rows(struct peer_program *program, char **words)
{
	program->guest.mode.short_rows = peer_number(words[1], 1) != 0;
	return true;
}

static bool do_serial(struct peer_program *program, char **words)
{
	program->guest.serial = peer_number(words[1], 0);
	return true;
}

static bool do_rate(struct peer_program *program, char **words)
{
	program->rate = peer_number(words[1], 60);
	return program->rate != 0;
}

static bool do_frames(struct peer_program *program, char **words)
{
	program->frames_left = peer_number(words[1], UINT32_MAX);
	program->next_frame_ns = raw_now_ns();
	return true;
}

static bool do_part(struct peer_program *program, char **words)
{
	peer_guest_send_frame(&program->guest, peer_number(words[1], 0));
	return true;
}

/* As a killed guest: nothing is tidied up, locks and messages stay as they are. */
static bool do_die(struct peer_program *program, char **words)
{
	if (words[1])
		peer_guest_send_frame(&program->guest, peer_number(words[1], 0));
	_exit(0);
}

static bool do_repeat(struct peer_program *program, char **words)
{
	(void)words;
	while (peer_guest_repeat_frame(&program->guest) < 0)
		peer_guest_pump(&program->guest);
	return true;
}

static bool do_cursor(struct peer_program *program, char **words)
{
	struct peer_cursor *cursor = &program->guest.cursor;

	cursor->x = (int16_t)peer_number(words[1], 0);
	cursor->y = (int16_t)(words[1] ? peer_number(words[2], 0) : 0);
	cursor->visible = words[1] && words[2] ? peer_number(words[3], 1) != 0 : true;
	peer_guest_send_cursor(&program->guest, false);
	return true;
}

static bool do_shape(struct peer_program *program, char **words)
{
	struct peer_cursor *cursor = &program->guest.cursor;

	for (int i = 1; i <= 7; i++) {
		if (!words[i])
			return false;
	}
	cursor->type = peer_number(words[1], 0);
	cursor->width_px = peer_number(words[2], 0);
	cursor->height_px = peer_number(words[3], 0);
	cursor->pitch_bytes = peer_number(words[4], 0);
	cursor->hot_x = (int8_t)peer_number(words[5], 0);
	cursor->hot_y = (int8_t)peer_number(words[6], 0);
	cursor->serial = peer_number(words[7], 0);
	if ((uint64_t)cursor->height_px * cursor->pitch_bytes > PEER_SHAPE_BYTES - 24)
		return false;
	peer_guest_send_cursor(&program->guest, true);
	return true;
}

static bool do_features(struct peer_program *program, char **words)
{
	program->guest.features = peer_number(words[1], 0);
	return true;
}

static bool do_freeze(struct peer_program *program, char **words)
{
	program->guest.frozen_until_ms = raw_now_ms() + peer_number(words[1], 0);
	return true;
}

static bool do_attack(struct peer_program *program, char **words)
{
	program->attack = words[1] ? peer_attack_find(words[1]) : NULL;
	program->frames_left = 0;
	peer_attack_seed(words[1] ? peer_number(words[2], 1) : 1);
	return program->attack != NULL;
}

/* The file again as it was, and a new session in it. */
static bool do_behave(struct peer_program *program, char **words)
{
	return map_file(program, program->guest.size_bytes) && do_begin(program, words);
}

static bool do_resize(struct peer_program *program, char **words)
{
	program->quiet = true;
	return !truncate(program->path, (off_t)peer_number(words[1], 0));
}

/* A frame in memory that resize took away: announced without being touched. */
static bool do_announce(struct peer_program *program, char **words)
{
	struct peer_guest *guest = &program->guest;

	(void)words;
	peer_guest_pump(guest);
	peer_guest_post(guest, PEER_FRAME, 0, guest->frame_bytes, guest->frame_buffers[1]);
	return true;
}

static bool do_unlink(struct peer_program *program, char **words)
{
	(void)words;
	program->quiet = true;
	return !unlink(program->path);
}

/* A new file under the old name, perhaps of another size; the old one is left without a guest. */
static bool do_replace(struct peer_program *program, char **words)
{
	size_t bytes = peer_number(words[1], (uint32_t)program->guest.size_bytes);
	char *rest[2] = {NULL, NULL};

	return !unlink(program->path) && map_file(program, bytes) && do_begin(program, rest);
}

static bool do_wipe(struct peer_program *program, char **words)
{
	(void)words;
	program->quiet = true;
	memset(program->guest.base, 0, program->guest.size_bytes);
	return true;
}

static bool do_status(struct peer_program *program, char **words)
{
	const struct peer_guest *guest = &program->guest;

	(void)words;
	printf("event status serial %u frame %d pointer %d\n", guest->serial,
		peer_guest_has_viewer(guest, PEER_FRAME),
		peer_guest_has_viewer(guest, PEER_POINTER));
	return true;
}

static bool do_quit(struct peer_program *program, char **words)
{
	(void)words;
	program->quit = true;
	return true;
}

static const struct peer_command commands[] = {
	{"begin", do_begin},
	{"mode", do_mode},
	{"rotation", do_rotation},
	{"flags", do_flags},
	{"damage", do_damage},
	{"short-rows", do_short_rows},
	{"serial", do_serial},
	{"rate", do_rate},
	{"frames", do_frames},
	{"part", do_part},
	{"die", do_die},
	{"repeat", do_repeat},
	{"cursor", do_cursor},
	{"shape", do_shape},
	{"features", do_features},
	{"freeze", do_freeze},
	{"attack", do_attack},
	{"behave", do_behave},
	{"resize", do_resize},
	{"announce", do_announce},
	{"unlink", do_unlink},
	{"replace", do_replace},
	{"wipe", do_wipe},
	{"status", do_status},
	{"quit", do_quit},
	{NULL, NULL},
};

/* ---- the loop ------------------------------------------------------------------------------- */

static void send_due_frame(struct peer_program *program)
{
	uint64_t now_ns = raw_now_ns();

	if (!program->frames_left || now_ns < program->next_frame_ns ||
		!peer_guest_has_viewer(&program->guest, PEER_FRAME))
		return;
	peer_guest_send_frame(&program->guest, SIZE_MAX);
	if (program->frames_left != UINT32_MAX)
		program->frames_left--;
	program->next_frame_ns += 1000000000u / program->rate;
	if (program->next_frame_ns < now_ns)
		program->next_frame_ns = now_ns;
}

static void turn(struct peer_program *program)
{
	if (program->quiet || !program->begun)
		return;
	if (!program->attack) {
		peer_guest_pump(&program->guest);
		send_due_frame(program);
		return;
	}
	if (!program->attack->without_heartbeat)
		raw_store64(program->guest.base, RAW_TIMESTAMP, raw_now_ms());
	program->attack->turn(&program->guest);
}

int main(int argc, char **argv)
{
	struct peer_program program = {.rate = 60, .input.commands = commands};

	if (argc != 3) {
		fprintf(stderr, "usage: peer-guest FILE BYTES\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srand((unsigned int)raw_now_ns());
	program.path = argv[1];
	program.guest.features = 1;
	program.guest.on_set_cursor = say_set_cursor;
	program.guest.mode = (struct peer_mode){.type = 1, .width_px = 64, .height_px = 32};
	if (!map_file(&program, strtoull(argv[2], NULL, 0))) {
		perror(argv[1]);
		return 1;
	}
	while (!program.quit && peer_input_read(&program.input, &program, 1))
		turn(&program);
	return 0;
}
