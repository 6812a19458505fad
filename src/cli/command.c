/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"

#include <string.h>

#define LEFT_COLUMNS 22 /* of --help */

static const struct oriel_command *find_child(const struct oriel_command *command, const char *name)
{
	for (const struct oriel_command *const *child = command->children; child && *child; child++)
		if (g_str_equal((*child)->name, name) || !g_strcmp0((*child)->also, name))
			return *child;
	return NULL;
}

const struct oriel_command *oriel_command_find(
	const struct oriel_command *top, const char *const *words, unsigned int *ret_used)
{
	const struct oriel_command *command = top;
	unsigned int used = 0;

	while (words[used]) {
		const struct oriel_command *child = find_child(command, words[used]);

		if (!child)
			break;
		command = child;
		used++;
	}
	*ret_used = used;
	return command;
}

const struct oriel_option *oriel_command_find_option(
	const struct oriel_command *command, const char *name)
{
	for (const struct oriel_option *option = command->options; option && option->name; option++)
		if (g_str_equal(option->name, name))
			return option;
	return NULL;
}

static void append_usage(GString *text, const struct oriel_command *command, const char *path)
{
	g_string_append_printf(text, "usage: %s", path);
	if (command->children)
		g_string_append(text, " COMMAND");
	if (command->options)
		g_string_append(text, " [OPTIONS]");
	if (command->operands)
		g_string_append_printf(text, " %s", command->operands);
	g_string_append_printf(text, "\n\n%s\n", command->summary);
	if (command->also)
		g_string_append_printf(text, "\nAlso: %s, %s\n", command->name, command->also);
	if (command->details)
		g_string_append_printf(text, "\n%s\n", command->details);
}

/* A long left side has a line of its own. */
static void append_row(GString *text, const char *left, const char *right)
{
	bool is_long = strlen(left) >= LEFT_COLUMNS;

	g_string_append_printf(text, "  %-*s%s", LEFT_COLUMNS, left, is_long ? "\n" : "");
	g_string_append_printf(text, "%*s%s\n", is_long ? LEFT_COLUMNS + 3 : 1, "", right);
}

static void append_options(GString *text, const struct oriel_command *command)
{
	g_string_append(text, "\nOptions:\n");
	for (const struct oriel_option *option = command->options; option && option->name;
		option++) {
		g_autofree char *left = g_strdup_printf("--%s%s%s", option->name,
			option->value ? " " : "", option->value ? option->value : "");

		append_row(text, left, option->help);
	}
	append_row(text, "--help", "show this text");
}

static void append_child(GString *text, const struct oriel_command *child)
{
	g_autofree char *names = g_strdup_printf(
		"%s%s%s", child->name, child->also ? ", " : "", child->also ? child->also : "");

	append_row(text, names, child->summary);
}

char *oriel_command_get_help(const struct oriel_command *command, const char *path)
{
	GString *text = g_string_new(NULL);

	append_usage(text, command, path);
	if (command->children)
		g_string_append(text, "\nCommands:\n");
	for (const struct oriel_command *const *child = command->children; child && *child; child++)
		append_child(text, *child);
	if (!command->hands_on)
		append_options(text, command);
	return g_string_free(text, FALSE);
}
