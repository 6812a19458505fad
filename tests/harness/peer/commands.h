/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line protocol that both peer programs speak on standard input and output. */
#ifndef PEER_COMMANDS_H
#define PEER_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_WORDS_MAX 12

/* Each program has its own. */
struct peer_program;

struct peer_command {
	const char *name;
	/* words[0] is the name; unused ones are NULL. False is answered by "error". */
	bool (*run)(struct peer_program *program, char **words);
};

struct peer_input {
	const struct peer_command *commands; /* ends with a NULL name */
	char line[512];
	size_t line_bytes;
};

/* Waits up to wait_ms for input and runs the lines that came. False at the end of the input. */
bool peer_input_read(struct peer_input *input, struct peer_program *program, int wait_ms);

/* word as a number in C notation, cut to 32 bits; otherwise when it is NULL. */
uint32_t peer_number(const char *word, uint32_t otherwise);

#endif
