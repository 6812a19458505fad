/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the table of options says to people and to shells. */
#include "view/options.h"

#include <glib.h>
#include <string.h>

#include "view/option.h"

#define HELP_COLUMN 24

static void print_option(FILE *file, const struct oriel_view_option *option)
{
	int width = fprintf(file, "  --%s%s%s", option->name, option->argument ? " " : "",
		option->argument ? option->argument : "");

	fprintf(file, "%*s", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "");
	for (const char *at = option->help; *at; at++) {
		fputc(*at, file);
		if (*at == '\n')
			fprintf(file, "%*s", HELP_COLUMN, "");
	}
	fputc('\n', file);
}

void oriel_options_print_help(FILE *file)
{
	const char *section = "";

	fputs("Usage: oriel-view [OPTION]...\n"
	      "Shows the screen of a virtual machine that shares its frames through memory.\n",
		file);
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		if (row->section && g_strcmp0(section, row->section))
			fprintf(file, "\n[%s]\n", row->section);
		else if (!row->section && section)
			fputs("\nOnly on the command line:\n", file);
		section = row->section;
		print_option(file, row);
	}
	fputs("\nOptions below a [section] may also stand in a file, as \"name = value\" below "
	      "that\n"
	      "section; a switch takes yes or no there, and --no-NAME switches it off again here.\n"
	      "Files, each over the one before: /etc/oriel/view.ini, ~/.config/oriel/view.ini, "
	      "and\n"
	      "vm/NAME.ini beside them with --vm NAME. The command line is over all of them.\n\n"
	      "Exit status: 0 done, 1 failed, 2 wrong usage, 124 timed out.\n",
		file);
}

/* ---- completion ----------------------------------------------------------------------------- */

static bool takes_file(const struct oriel_view_option *option)
{
	return option->argument &&
	       (g_str_equal(option->argument, "FILE") || g_str_equal(option->argument, "PATH"));
}

static bool can_be_switched_off(const struct oriel_view_option *option)
{
	return !option->argument && option->section;
}

/* The first line of the help, as far as it can stand between single quotes. */
static void print_summary(const struct oriel_view_option *option, FILE *file)
{
	for (const char *at = option->help; *at && *at != '\n'; at++)
		fputc(strchr("'[]:", *at) ? ' ' : *at, file);
}

static void print_choices(const struct oriel_view_option *option, FILE *file)
{
	for (int i = 0; option->choices[i]; i++)
		fprintf(file, "%s%s", i ? " " : "", option->choices[i]);
}

static void print_bash(FILE *file)
{
	fputs("_oriel_view()\n{\n\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
	      "\tlocal before=${COMP_WORDS[COMP_CWORD-1]}\n\tCOMPREPLY=()\n"
	      "\tcase $before in\n",
		file);
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		if (!row->argument)
			continue;
		fprintf(file, "\t--%s) ", row->name);
		if (row->choices) {
			fputs("COMPREPLY=($(compgen -W '", file);
			print_choices(row, file);
			fputs("' -- \"$word\")); ", file);
		} else if (takes_file(row)) {
			fputs("compopt -o filenames; COMPREPLY=($(compgen -f -- \"$word\")); ",
				file);
		}
		fputs("return ;;\n", file);
	}
	fputs("\tesac\n\tCOMPREPLY=($(compgen -W '", file);
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		fprintf(file, "%s--%s", row == oriel_view_option_table ? "" : " ", row->name);
		if (can_be_switched_off(row))
			fprintf(file, " --no-%s", row->name);
	}
	fputs("' -- \"$word\"))\n}\ncomplete -F _oriel_view oriel-view\n", file);
}

static void print_zsh(FILE *file)
{
	fputs("#compdef oriel-view\n_arguments", file);
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		fprintf(file, " \\\n\t'--%s%s[", row->name, row->argument ? "=" : "");
		print_summary(row, file);
		fputc(']', file);
		if (row->argument)
			fprintf(file, ":%s:", row->argument);
		if (row->choices) {
			fputc('(', file);
			print_choices(row, file);
			fputc(')', file);
		} else if (takes_file(row)) {
			fputs("_files", file);
		}
		fputc('\'', file);
		if (can_be_switched_off(row))
			fprintf(file, " \\\n\t'--no-%s[not %s]'", row->name, row->name);
	}
	fputc('\n', file);
}

static void print_fish(FILE *file)
{
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		fprintf(file, "complete -c oriel-view -l %s", row->name);
		if (row->argument && !takes_file(row))
			fputs(" -x", file);
		else if (row->argument)
			fputs(" -r -F", file);
		else
			fputs(" -f", file);
		if (row->choices) {
			fputs(" -a '", file);
			print_choices(row, file);
			fputc('\'', file);
		}
		fputs(" -d '", file);
		print_summary(row, file);
		fputs("'\n", file);
		if (can_be_switched_off(row))
			fprintf(file, "complete -c oriel-view -f -l no-%s -d 'not %s'\n", row->name,
				row->name);
	}
}

void oriel_options_print_completion(enum oriel_options_shell shell, FILE *file)
{
	static void (*const printers[])(FILE * file) = {
		[ORIEL_OPTIONS_BASH] = print_bash,
		[ORIEL_OPTIONS_ZSH] = print_zsh,
		[ORIEL_OPTIONS_FISH] = print_fish,
	};

	printers[shell](file);
}
