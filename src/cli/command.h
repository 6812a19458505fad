/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command table of `oriel`: what a command is called, takes and does.
 *
 * One tree of struct oriel_command feeds the parser, --help at every level and "did you mean";
 * nothing lists the commands a second time. A command is either a noun with children (`oriel vm …`)
 * or a verb with a run function (`oriel vm start`). To add one: define a const struct oriel_command
 * in a file of src/cli and name it in the children of its parent (src/cli/table.c for the top).
 *
 * Thread: main. Tables are constant and live for ever.
 */
#ifndef ORIEL_CLI_COMMAND_H
#define ORIEL_CLI_COMMAND_H

#include <glib.h>
#include <stdbool.h>

/* What the program ends with. */
enum oriel_exit {
	ORIEL_EXIT_OK = 0,
	ORIEL_EXIT_FAILED = 1,
	ORIEL_EXIT_USAGE = 2,
	ORIEL_EXIT_NOT_FOUND = 3, /* what the user named does not exist */
	ORIEL_EXIT_REFUSED = 4,	  /* it exists, but this must not be done to it now */
	ORIEL_EXIT_TIMED_OUT = 124,
};

enum oriel_option_kind {
	ORIEL_OPTION_SWITCH, /* given or not, takes no value */
	ORIEL_OPTION_TEXT,
	ORIEL_OPTION_NUMBER, /* a whole number from min to max */
};

/* One option of a command. An array of them ends with an entry whose name is NULL. */
struct oriel_option {
	const char *name; /* long name without dashes */
	enum oriel_option_kind kind;
	const char *value; /* what --help calls the value; NULL for a switch */
	const char *help;  /* one line, small letter, no full stop */
	gint64 min, max;   /* of a number */
};

/* One parsed command line: what command, its options and its operands. */
struct oriel_call;

struct oriel_command {
	const char *name;    /* one word, small letters */
	const char *also;    /* another name for the same, or NULL */
	const char *summary; /* one line for the list of commands */
	const char *details; /* more lines for its own --help, or NULL */

	/* A noun: its commands, ending with NULL. It takes no operands, and needs no run function:
	 * called alone, it shows its help and is a wrong use. */
	const struct oriel_command *const *children;

	const char *operands; /* how --help writes them, as "VM [FILE]", or NULL */
	unsigned int operands_min, operands_max;
	const struct oriel_option *options; /* or NULL; --help is always there */
	/* Options and operands are handed on unread (operands of the call), --help too. */
	bool hands_on;

	/* Does it and returns an enum oriel_exit. Where it sets error, the program prints that as
	 * one line. May block; may print its result to standard output. */
	int (*run)(const struct oriel_call *call, GError **error);
};

/* The top of the tree: `oriel` itself. */
extern const struct oriel_command oriel_command_root;

/* Finds the command that the words name, going down from top as long as they match; the number of
 * words used is put into ret_used. */
const struct oriel_command *oriel_command_find(
	const struct oriel_command *top, const char *const *words, unsigned int *ret_used);

/* Writes the --help of a command; path is how it was called, as "oriel vm". Owned by the caller. */
char *oriel_command_get_help(const struct oriel_command *command, const char *path);

/* The option of that name, or NULL. */
const struct oriel_option *oriel_command_find_option(
	const struct oriel_command *command, const char *name);

#endif
