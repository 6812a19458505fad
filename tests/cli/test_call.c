/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command lines read by a table: every way to be right, and every way to be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/call.h"

#include <string.h>

static int run_nothing(const struct oriel_call *call, GError **error)
{
	return ORIEL_EXIT_OK;
}

static const struct oriel_option start_options[] = {
	{.name = "headless", .help = "without a window"},
	{.name = "memory", ORIEL_OPTION_NUMBER, "MB", "memory of the guest", 64, 4096},
	{.name = "title", ORIEL_OPTION_TEXT, "TEXT", "title of the window"},
	{.name = NULL},
};
static const struct oriel_command start = {
	.name = "start",
	.summary = "Start one.",
	.operands = "VM [FILE]",
	.operands_min = 1,
	.operands_max = 2,
	.options = start_options,
	.run = run_nothing,
};
static const struct oriel_command stop = {
	.name = "stop", .also = "halt", .summary = "Stop one.", .run = run_nothing};
static const struct oriel_command *const vm_commands[] = {&start, &stop, NULL};
static const struct oriel_command vm = {
	.name = "vm", .summary = "Virtual machines.", .children = vm_commands};
static const struct oriel_command pass = {
	.name = "pass", .summary = "Hand on.", .hands_on = true, .run = run_nothing};
static const struct oriel_command *const top_commands[] = {&vm, &pass, NULL};
static const struct oriel_command top = {
	.name = "prog", .summary = "A program.", .children = top_commands};

static struct oriel_call *parse(const char *line, GError **error)
{
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);

	return oriel_call_parse(&top, (const char *const *)argv, error);
}

static void assert_refused(const char *line, const char *message)
{
	g_autoptr(GError) error = NULL;

	assert_null(parse(line, &error));
	assert_non_null(error);
	assert_string_equal(error->message, message);
	assert_int_equal(error->code, ORIEL_EXIT_USAGE);
}

static void reads_options_and_operands(void **state)
{
	struct oriel_call *call =
		parse("prog vm start --memory=128 win --headless --title -x- file", NULL);

	assert_non_null(call);
	assert_ptr_equal(call->command, &start);
	assert_string_equal(call->path, "prog vm start");
	assert_int_equal(oriel_call_get_number(call, "memory", 1), 128);
	assert_true(oriel_call_has(call, "headless"));
	assert_string_equal(oriel_call_get_text(call, "title"), "-x-");
	assert_string_equal(oriel_call_get_operand(call, 0), "win");
	assert_string_equal(oriel_call_get_operand(call, 1), "file");
	assert_null(oriel_call_get_operand(call, 2));
	oriel_call_destroy(call);
}

static void leaves_out_what_was_not_given(void **state)
{
	struct oriel_call *call = parse("prog vm start win", NULL);

	assert_non_null(call);
	assert_false(oriel_call_has(call, "headless"));
	assert_null(oriel_call_get_text(call, "title"));
	assert_int_equal(oriel_call_get_number(call, "memory", 77), 77);
	oriel_call_destroy(call);
}

static void ends_options_at_two_dashes(void **state)
{
	struct oriel_call *call = parse("prog vm start -- --headless", NULL);

	assert_non_null(call);
	assert_string_equal(oriel_call_get_operand(call, 0), "--headless");
	assert_false(oriel_call_has(call, "headless"));
	oriel_call_destroy(call);
}

static void hands_everything_on(void **state)
{
	struct oriel_call *call = parse("prog pass --help -x -- a", NULL);

	assert_non_null(call);
	assert_false(call->wants_help);
	assert_int_equal(call->operands->len, 4);
	assert_string_equal(oriel_call_get_operand(call, 2), "--");
	oriel_call_destroy(call);
}

static void knows_a_command_by_its_other_name(void **state)
{
	struct oriel_call *call = parse("prog vm halt", NULL);
	g_autofree char *own = NULL;
	g_autofree char *list = oriel_command_get_help(&vm, "prog vm");

	assert_non_null(call);
	assert_ptr_equal(call->command, &stop);
	own = oriel_command_get_help(call->command, call->path);
	assert_non_null(strstr(own, "Also: stop, halt\n"));
	assert_non_null(strstr(list, "  stop, halt             Stop one.\n"));
	assert_refused("prog vm hallt", "'prog vm' has no command 'hallt'; did you mean 'halt'?");
	oriel_call_destroy(call);
}

static void shows_help_before_it_complains(void **state)
{
	struct oriel_call *call = parse("prog vm start --help", NULL);
	g_autofree char *help = NULL;

	assert_non_null(call);
	assert_true(call->wants_help);
	help = oriel_command_get_help(call->command, call->path);
	assert_non_null(strstr(help, "usage: prog vm start [OPTIONS] VM [FILE]\n"));
	assert_non_null(strstr(help, "--memory MB "));
	oriel_call_destroy(call);
}

static void lists_the_commands_of_a_noun(void **state)
{
	g_autofree char *help = oriel_command_get_help(&vm, "prog vm");

	assert_non_null(strstr(help, "usage: prog vm COMMAND\n"));
	assert_non_null(strstr(help, "  start "));
	assert_non_null(strstr(help, "Stop one."));
}

static void refuses_what_is_wrong(void **state)
{
	assert_refused("prog vm banana",
		"'prog vm' has no command 'banana'; prog vm --help lists what there is");
	assert_refused(
		"prog vm strat x", "'prog vm' has no command 'strat'; did you mean 'start'?");
	assert_refused("prog vm stat", "'prog vm' has no command 'stat'; did you mean 'start'?");
	assert_refused("prog vm start a --headles",
		"unknown option '--headles' for 'prog vm start'; did you mean '--headless'?");
	assert_refused("prog vm start a -v",
		"unknown option '-v' for 'prog vm start'; options have two dashes");
	assert_refused("prog vm start a --memory 12x",
		"--memory takes a whole number from 64 to 4096, got '12x'");
	assert_refused("prog vm start a --memory 63",
		"--memory takes a whole number from 64 to 4096, got '63'");
	assert_refused("prog vm start a --memory", "--memory needs a value: --memory MB");
	assert_refused("prog vm start a --headless=1", "--headless takes no value, got '1'");
	assert_refused("prog vm start a --headless --headless", "--headless is given twice");
	assert_refused("prog vm start", "'prog vm start' needs VM [FILE]");
	assert_refused("prog vm start a b c", "'prog vm start' takes VM [FILE], 'c' is too many");
	assert_refused("prog vm stop a", "'prog vm stop' takes no operands, 'a' is too many");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_options_and_operands),
		cmocka_unit_test(leaves_out_what_was_not_given),
		cmocka_unit_test(ends_options_at_two_dashes),
		cmocka_unit_test(hands_everything_on),
		cmocka_unit_test(knows_a_command_by_its_other_name),
		cmocka_unit_test(shows_help_before_it_complains),
		cmocka_unit_test(lists_the_commands_of_a_noun),
		cmocka_unit_test(refuses_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
