/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/call.h"

#include "base/suggest.h"

#include <string.h>

G_DEFINE_QUARK(oriel - call - error, oriel_call_error)

__attribute__((format(printf, 2, 3))) static bool refuse(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (error)
		*error = g_error_new_valist(ORIEL_CALL_ERROR, ORIEL_EXIT_USAGE, format, args);
	va_end(args);
	return false;
}

/* ", did you mean 'x'?" or ": see oriel vm --help". */
static char *describe_way_out(
	const char *word, GPtrArray *known, const char *dashes, const char *path)
{
	const char *near = oriel_suggest_nearest(word, (const char *const *)known->pdata);

	if (near)
		return g_strdup_printf("; did you mean '%s%s'?", dashes, near);
	return g_strdup_printf("; %s --help lists what there is", path);
}

static bool refuse_option(const struct oriel_call *call, const char *name, GError **error)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	g_autofree char *way_out = NULL;

	g_ptr_array_add(known, (char *)"help");
	for (const struct oriel_option *option = call->command->options; option && option->name;
		option++)
		g_ptr_array_add(known, (char *)option->name);
	g_ptr_array_add(known, NULL);
	way_out = describe_way_out(name, known, "--", call->path);
	return refuse(error, "unknown option '--%s' for '%s'%s", name, call->path, way_out);
}

static bool refuse_word(const struct oriel_call *call, const char *word, GError **error)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	g_autofree char *way_out = NULL;

	for (const struct oriel_command *const *child = call->command->children; *child; child++) {
		g_ptr_array_add(known, (char *)(*child)->name);
		if ((*child)->also)
			g_ptr_array_add(known, (char *)(*child)->also);
	}
	g_ptr_array_add(known, NULL);
	way_out = describe_way_out(word, known, "", call->path);
	return refuse(error, "'%s' has no command '%s'%s", call->path, word, way_out);
}

static bool check_number(const struct oriel_option *option, const char *value, GError **error)
{
	gint64 number;

	if (g_ascii_string_to_signed(value, 10, option->min, option->max, &number, NULL))
		return true;
	return refuse(error,
		"--%s takes a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
		", got '%s'",
		option->name, option->min, option->max, value);
}

/* text: what follows the dashes; *next: the argument after it, moved on where it is used up. */
static bool take_option(
	struct oriel_call *call, const char *text, const char *const **next, GError **error)
{
	const char *equals = strchr(text, '=');
	g_autofree char *name = equals ? g_strndup(text, equals - text) : g_strdup(text);
	const struct oriel_option *option = oriel_command_find_option(call->command, name);
	const char *value = equals ? equals + 1 : NULL;

	if (!option)
		return refuse_option(call, name, error);
	if (g_hash_table_contains(call->values, option->name))
		return refuse(error, "--%s is given twice", option->name);
	if (option->kind == ORIEL_OPTION_SWITCH) {
		if (value)
			return refuse(error, "--%s takes no value, got '%s'", option->name, value);
		value = "";
	} else if (!value) {
		value = **next;
		if (!value)
			return refuse(error, "--%s needs a value: --%s %s", option->name,
				option->name, option->value);
		(*next)++;
	}
	if (option->kind == ORIEL_OPTION_NUMBER && !check_number(option, value, error))
		return false;
	g_hash_table_insert(call->values, (char *)option->name, g_strdup(value));
	return true;
}

static bool check_operands(const struct oriel_call *call, GError **error)
{
	const struct oriel_command *command = call->command;
	const char *operands = command->operands ? command->operands : "no operands";

	if (call->operands->len < command->operands_min)
		return refuse(error, "'%s' needs %s", call->path, operands);
	if (call->operands->len > command->operands_max)
		return refuse(error, "'%s' takes %s, '%s' is too many", call->path, operands,
			(char *)call->operands->pdata[command->operands_max]);
	return true;
}

static bool take_rest(struct oriel_call *call, const char *const *next, GError **error)
{
	bool only_operands = call->command->hands_on;

	while (*next) {
		const char *word = *next++;

		if (only_operands || word[0] != '-' || !word[1]) {
			if (call->command->children)
				return refuse_word(call, word, error);
			g_ptr_array_add(call->operands, g_strdup(word));
		} else if (g_str_equal(word, "--")) {
			only_operands = true;
		} else if (g_str_equal(word, "--help") || g_str_equal(word, "-h")) {
			call->wants_help = true;
			return true;
		} else if (word[1] != '-') {
			return refuse(error,
				"unknown option '%s' for '%s'; options have two dashes", word,
				call->path);
		} else if (!take_option(call, word + 2, &next, error)) {
			return false;
		}
	}
	return call->command->hands_on || check_operands(call, error);
}

/* Options of the top that take a value may stand before the command: oriel --connect URI vm list.
 */
static bool take_first(struct oriel_call *call, const char *const **words, GError **error)
{
	while (**words && g_str_has_prefix(**words, "--")) {
		const char *const *next = *words + 1;
		g_autofree char *name = g_strndup(**words + 2, strcspn(**words + 2, "="));
		const struct oriel_option *option = oriel_command_find_option(call->command, name);

		if (!option || option->kind == ORIEL_OPTION_SWITCH)
			return true;
		if (!take_option(call, **words + 2, &next, error))
			return false;
		*words = next;
	}
	return true;
}

struct oriel_call *oriel_call_parse(
	const struct oriel_command *top, const char *const *argv, GError **error)
{
	struct oriel_call *call = g_new0(struct oriel_call, 1);
	const char *const *words = argv + 1;
	unsigned int used = 0;

	call->values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	call->operands = g_ptr_array_new_with_free_func(g_free);
	call->command = top;
	call->path = g_strdup(top->name);
	if (!take_first(call, &words, error)) {
		oriel_call_destroy(call);
		return NULL;
	}
	call->command = oriel_command_find(top, words, &used);
	for (unsigned int i = 0; i < used; i++) {
		g_autofree char *shorter = call->path;

		call->path = g_strdup_printf("%s %s", shorter, words[i]);
	}
	if (take_rest(call, words + used, error))
		return call;
	oriel_call_destroy(call);
	return NULL;
}

void oriel_call_destroy(struct oriel_call *call)
{
	if (!call)
		return;
	g_clear_pointer(&call->values, g_hash_table_unref);
	g_clear_pointer(&call->operands, g_ptr_array_unref);
	g_free(call->path);
	g_free(call);
}

bool oriel_call_has(const struct oriel_call *call, const char *option)
{
	return g_hash_table_contains(call->values, option);
}

const char *oriel_call_get_text(const struct oriel_call *call, const char *option)
{
	return g_hash_table_lookup(call->values, option);
}

gint64 oriel_call_get_number(const struct oriel_call *call, const char *option, gint64 fallback)
{
	const char *text = oriel_call_get_text(call, option);

	return text ? g_ascii_strtoll(text, NULL, 10) : fallback;
}

const char *oriel_call_get_operand(const struct oriel_call *call, unsigned int index)
{
	return index < call->operands->len ? call->operands->pdata[index] : NULL;
}
