/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/peer/commands.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint32_t peer_number(const char *word, uint32_t otherwise)
{
	return word ? (uint32_t)strtoll(word, NULL, 0) : otherwise;
}

static void run_line(struct peer_input *input, struct peer_program *program)
{
	char *words[PEER_WORDS_MAX + 1] = {NULL};
	char *rest = NULL;
	bool good = false;

	for (int i = 0; i < PEER_WORDS_MAX; i++) {
		words[i] = strtok_r(i ? NULL : input->line, " ", &rest);
		if (!words[i])
			break;
	}
	if (!words[0])
		return;
	for (const struct peer_command *i = input->commands; i->name; i++) {
		if (!strcmp(words[0], i->name))
			good = i->run(program, words);
	}
	printf("%s %s\n", good ? "ok" : "error", words[0]);
	fflush(stdout);
}

bool peer_input_read(struct peer_input *input, struct peer_program *program, int wait_ms)
{
	struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t got;
	char *end;

	if (poll(&ready, 1, wait_ms) <= 0)
		return true;
	got = read(STDIN_FILENO, input->line + input->line_bytes,
		sizeof(input->line) - 1 - input->line_bytes);
	if (got <= 0)
		return false;
	input->line_bytes += (size_t)got;
	input->line[input->line_bytes] = '\0';
	while ((end = strchr(input->line, '\n'))) {
		*end = '\0';
		run_line(input, program);
		input->line_bytes -= (size_t)(end + 1 - input->line);
		memmove(input->line, end + 1, input->line_bytes + 1);
	}
	return true;
}
