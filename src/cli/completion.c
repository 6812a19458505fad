/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel completion SHELL: writes what a shell needs to complete command lines of oriel, from the
 * command table. Each script walks the words before the cursor down to a command, whose path
 * ("oriel vm start") then says what may follow.
 */
#include "cli/call.h"
#include "cli/table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef void (*visit_func)(const struct oriel_command *command, const char *path);

static void visit(const struct oriel_command *command, const char *path, visit_func function);

static void visit_child(
	const struct oriel_command *child, const char *path, const char *name, visit_func function)
{
	g_autofree char *longer = g_strdup_printf("%s %s", path, name);

	visit(child, longer, function);
}

/* Parents first; what has two names is visited by both. */
static void visit(const struct oriel_command *command, const char *path, visit_func function)
{
	function(command, path);
	for (const struct oriel_command *const *child = command->children; child && *child;
		child++) {
		visit_child(*child, path, (*child)->name, function);
		if ((*child)->also)
			visit_child(*child, path, (*child)->also, function);
	}
}

/* As it can stand between single quotes, and in front of what zsh splits at. */
static char *clean(const char *text)
{
	return g_strdelimit(g_strdup(text), "'\\:[]", ' ');
}

/* The pattern of all paths, 'oriel'|'oriel vm'|'oriel vm start'|…; the top is never asked for. */
static void append_path(const struct oriel_command *command, const char *path)
{
	printf("%s'%s'", command == &oriel_command_root ? "" : "|", path);
}

static void print_pattern(void)
{
	visit(&oriel_command_root, oriel_command_root.name, append_path);
	putchar(')');
}

/* What asks for the names of the machines; where there is no libvirt, there are none. */
#define MACHINES "oriel vm list --names 2>/dev/null"

/* A VM is among the operands, as --help writes them. */
static bool takes_machine(const struct oriel_command *command)
{
	g_auto(GStrv) words =
		g_strsplit_set(command->operands ? command->operands : "", " []|", -1);

	return g_strv_contains((const char *const *)words, "VM");
}

/* ---- bash ----------------------------------------------------------------------------------- */

static void print_bash_row(const struct oriel_command *command, const char *path)
{
	printf("\t'%s') known='", path);
	for (const struct oriel_command *const *child = command->children; child && *child; child++)
		printf("%s %s ", (*child)->name, (*child)->also ? (*child)->also : "");
	for (const struct oriel_option *option = command->options; option && option->name; option++)
		printf("--%s ", option->name);
	printf("--help'%s ;;\n", takes_machine(command) ? " machines=1" : "");
}

static void print_bash(void)
{
	fputs("_oriel()\n{\n\tlocal word=${COMP_WORDS[COMP_CWORD]} at=oriel known machines i\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase \"$at ${COMP_WORDS[i]}\" in\n\t\t",
		stdout);
	print_pattern();
	fputs(" at=\"$at ${COMP_WORDS[i]}\" ;;\n\t\tesac\n\tdone\n\tcase $at in\n", stdout);
	visit(&oriel_command_root, oriel_command_root.name, print_bash_row);
	fputs("\tesac\n\t[[ $machines && $word != -* ]] && known+=\" $(" MACHINES ")\"\n"
	      "\tCOMPREPLY=($(compgen -W \"$known\" -- \"$word\"))\n}\n"
	      "complete -o bashdefault -o default -F _oriel oriel\n",
		stdout);
}

/* ---- zsh ------------------------------------------------------------------------------------ */

/* Plain names as "commands" and "options" are special parameters there. */
static void print_zsh_row(const struct oriel_command *command, const char *path)
{
	printf("('%s')\n\twords_here=(", path);
	for (const struct oriel_command *const *child = command->children; child && *child;
		child++) {
		g_autofree char *help = clean((*child)->summary);

		printf("'%s:%s' ", (*child)->name, help);
		if ((*child)->also)
			printf("'%s:%s' ", (*child)->also, help);
	}
	fputs(")\n\toptions_here=(", stdout);
	for (const struct oriel_option *option = command->options; option && option->name;
		option++) {
		g_autofree char *help = clean(option->help);

		printf("'--%s:%s' ", option->name, help);
	}
	puts("'--help:show what it does and takes')");
	if (takes_machine(command))
		puts("\twords_here+=(${(f)\"$(" MACHINES ")\"})");
	puts("\t;;");
}

static void print_zsh(void)
{
	fputs("#compdef oriel\nlocal at=oriel word\nlocal -a words_here options_here\n"
	      "for word in ${words[2,CURRENT-1]}; do\n\tcase \"$at $word\" in\n\t(",
		stdout);
	print_pattern();
	fputs(" at=\"$at $word\" ;;\n\tesac\ndone\ncase $at in\n", stdout);
	visit(&oriel_command_root, oriel_command_root.name, print_zsh_row);
	fputs("esac\n_describe command words_here\n_describe -o option options_here\n_files\n",
		stdout);
}

/* ---- fish ----------------------------------------------------------------------------------- */

static void print_fish_case(const struct oriel_command *command, const char *path)
{
	if (command != &oriel_command_root)
		printf(" '%s'", path);
}

static void print_fish_row(const struct oriel_command *command, const char *path)
{
	for (const struct oriel_command *const *child = command->children; child && *child;
		child++) {
		g_autofree char *help = clean((*child)->summary);

		printf("complete -c oriel -n '__oriel_at %s' -f -a '%s %s' -d '%s'\n", path,
			(*child)->name, (*child)->also ? (*child)->also : "", help);
	}
	for (const struct oriel_option *option = command->options; option && option->name;
		option++) {
		g_autofree char *help = clean(option->help);

		printf("complete -c oriel -n '__oriel_at %s' -l %s%s -d '%s'\n", path, option->name,
			option->value ? " -r" : "", help);
	}
	if (takes_machine(command))
		printf("complete -c oriel -n '__oriel_at %s' -f -a '(" MACHINES ")'\n", path);
}

static void print_fish(void)
{
	fputs("function __oriel_at\n\tset -l at oriel\n\tset -l words (commandline -opc)\n"
	      "\tset -e words[1]\n\tfor word in $words\n\t\tswitch \"$at $word\"\n\t\t\tcase",
		stdout);
	visit(&oriel_command_root, oriel_command_root.name, print_fish_case);
	fputs("\n\t\t\t\tset at \"$at $word\"\n\t\tend\n\tend\n\ttest \"$at\" = \"$argv\"\nend\n"
	      "complete -c oriel -l help -d 'show what it does and takes'\n",
		stdout);
	visit(&oriel_command_root, oriel_command_root.name, print_fish_row);
}

/* ---- the command ---------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

static int run_completion(const struct oriel_call *call, GError **error)
{
	const char *name = oriel_call_get_operand(call, 0);

	for (size_t i = 0; i < G_N_ELEMENTS(shells); i++)
		if (g_str_equal(name, shells[i].name)) {
			shells[i].print();
			return ORIEL_EXIT_OK;
		}
	g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE,
		"shell '%.64s' is not known: say bash, zsh or fish", name);
	return ORIEL_EXIT_USAGE;
}

const struct oriel_command oriel_table_completion = {
	.name = "completion",
	.summary = "Write the completion of command lines for bash, zsh or fish.",
	.details = "In this shell only: source <(oriel completion bash)",
	.operands = "SHELL",
	.operands_min = 1,
	.operands_max = 1,
	.run = run_completion,
};
