/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel looking-glass client: our viewer, or a stock client with the options of its release. */
#include "cli/lg/client.h"

#include "cli/json.h"
#include "cli/lg/stock.h"
#include "cli/program.h"
#include "cli/vm/session.h"
#include "vm/error.h"
#include "vm/graphics.h"
#include "vm/profile.h"
#include "vm/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *oriel_lg_find_client(void)
{
	static const char *const names[] = {"looking-glass-client", "looking-glass",
		"/opt/looking-glass/client/build/looking-glass-client"};
	char *found = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(names) && !found; i++)
		found = g_find_program_in_path(names[i]);
	return found;
}

/* ---- what it is told ------------------------------------------------------------------------ */

static bool add_memory(GPtrArray *words, const struct oriel_stock_release *release,
	const struct oriel_vm_info *info, GError **error)
{
	if (!g_str_equal(info->relay, "plain") && !g_str_equal(info->relay, "kvmfr"))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"the stock client cannot use the shared memory of '%s' (%s); change it "
			"with: oriel vm edit %s --relay plain",
			info->name, info->relay, info->name);
	oriel_stock_add(words, release, ORIEL_STOCK_MEMORY, info->relay_path);
	oriel_stock_add(words, release, ORIEL_STOCK_TITLE, info->name);
	return true;
}

/* Without a server, the picture alone. */
static void add_spice(GPtrArray *words, const struct oriel_stock_release *release,
	struct oriel_session *session, const char *name)
{
	guint port_number = 0;
	g_autofree char *host =
		oriel_vm_graphics_get_address(session->connection, name, &port_number, NULL);
	g_autofree char *port = g_strdup_printf("%u", port_number);

	oriel_stock_add(words, release, ORIEL_STOCK_SPICE_ENABLE, host ? "yes" : "no");
	if (!host)
		return;
	oriel_stock_add(words, release, ORIEL_STOCK_SPICE_HOST, host);
	oriel_stock_add(words, release, ORIEL_STOCK_SPICE_PORT, port);
}

/* --profile, or that of the machine. */
static bool add_profile(GPtrArray *words, const struct oriel_stock_release *release,
	const struct oriel_call *call, const struct oriel_vm_info *info, GError **error)
{
	const char *said = oriel_call_get_text(call, "profile");
	const char *name = said ? said : info->profile;
	g_autoptr(GKeyFile) profile = name && *name ? oriel_vm_profile_load(name, error) : NULL;

	if (profile)
		oriel_stock_add_profile(words, release, profile);
	return profile || !name || !*name;
}

static bool fill_words(GPtrArray *words, struct oriel_session *session,
	const struct oriel_call *call, GError **error)
{
	const char *name = oriel_call_get_operand(call, 0);
	const char *key = oriel_call_get_text(call, "escape-key");
	const struct oriel_stock_release *release =
		oriel_stock_find_release(oriel_call_get_text(call, "release"), error);
	struct oriel_vm_info *info =
		release ? oriel_vm_run_look(session->connection, name, error) : NULL;
	bool ok = info && add_memory(words, release, info, error);

	if (ok)
		add_spice(words, release, session, name);
	ok = ok && add_profile(words, release, call, info, error);
	if (ok && oriel_call_has(call, "fullscreen"))
		oriel_stock_add(words, release, ORIEL_STOCK_FULLSCREEN, "yes");
	if (ok && key)
		oriel_stock_add(words, release, ORIEL_STOCK_ESCAPE_KEY, key);
	oriel_vm_info_free(info);
	return ok;
}

/* ---- its command line ----------------------------------------------------------------------- */

/* Its settings are words of the command line, or, with --ini, in that file, which it is told of. */
static bool put_words(
	GPtrArray *argv, GPtrArray *words, const struct oriel_call *call, GError **error)
{
	const char *path = oriel_call_get_text(call, "ini");
	g_autofree char *text = path ? oriel_stock_make_file(words) : NULL;

	for (guint i = 0; !path && i < words->len; i++)
		g_ptr_array_add(argv, g_strdup(words->pdata[i]));
	if (path)
		g_ptr_array_add(argv, g_strdup_printf("app:configFile=%s", path));
	return !path || oriel_call_has(call, "dry-run") ||
	       g_file_set_contents_full(
		       path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static GPtrArray *make_argv(
	struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	const char *program = oriel_call_get_text(call, "program");
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	char *client = program ? g_strdup(program) : oriel_lg_find_client();
	bool ok = fill_words(words, session, call, error);

	g_ptr_array_add(argv, client);
	if (ok && !client)
		ok = oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"no stock client is installed (looking-glass-client); name it with "
			"--program, or leave --stock out for Oriel's own viewer");
	ok = ok && put_words(argv, words, call, error);
	g_ptr_array_add(argv, NULL);
	return ok ? g_steal_pointer(&argv) : NULL;
}

/* ---- the command ---------------------------------------------------------------------------- */

static void print_argv(struct oriel_session *session, GPtrArray *argv)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (guint i = 0; argv->pdata[i]; i++) {
		json_builder_add_string_value(builder, argv->pdata[i]);
		if (!session->json)
			puts(argv->pdata[i]);
	}
	json_builder_end_array(builder);
	if (session->json)
		oriel_json_print(builder);
}

static int become(GPtrArray *argv, GError **error)
{
	execv(argv->pdata[0], (char **)argv->pdata);
	oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "cannot start %s: %s",
		(char *)argv->pdata[0], g_strerror(errno));
	return ORIEL_EXIT_FAILED;
}

static int run_stock(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	g_autoptr(GPtrArray) argv = NULL;
	bool only_print = oriel_call_has(call, "dry-run");
	int status;

	if (oriel_session_open(&session, call, error))
		argv = make_argv(&session, call, error);
	if (argv && only_print)
		print_argv(&session, argv);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return argv && !only_print ? become(argv, error) : status;
}

static int run_own(const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	char *program = oriel_program_find("oriel", error);

	if (!program)
		return ORIEL_EXIT_FAILED;
	if (oriel_call_get_text(call, "connect"))
		g_setenv("ORIEL_CONNECT", oriel_call_get_text(call, "connect"), TRUE);
	g_ptr_array_add(argv, program);
	g_ptr_array_add(argv, g_strdup("view"));
	g_ptr_array_add(argv, g_strdup(oriel_call_get_operand(call, 0)));
	g_ptr_array_add(argv, NULL);
	return become(argv, error);
}

static int run_client(const struct oriel_call *call, GError **error)
{
	static const char *const of_stock[] = {
		"release", "program", "profile", "escape-key", "fullscreen", "ini", "dry-run"};

	if (oriel_call_has(call, "stock"))
		return run_stock(call, error);
	for (size_t i = 0; i < G_N_ELEMENTS(of_stock); i++)
		if (oriel_call_has(call, of_stock[i])) {
			oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
				"--%s is for a stock client: say --stock too", of_stock[i]);
			return ORIEL_EXIT_USAGE;
		}
	return run_own(call, error);
}

static const struct oriel_option options[] = {
	ORIEL_SESSION_OPTIONS,
	{.name = "stock", .help = "a stock Looking Glass client instead of Oriel's viewer"},
	{.name = "release",
		.kind = ORIEL_OPTION_TEXT,
		.value = "NAME",
		.help = "whose options it takes: B7, or B8 for what comes after it (B7)"},
	{.name = "program", .kind = ORIEL_OPTION_TEXT, .value = "FILE", .help = "the stock client"},
	{.name = "escape-key",
		.kind = ORIEL_OPTION_TEXT,
		.value = "KEY",
		.help = "its capture key, as KEY_RIGHTCTRL"},
	{.name = "profile",
		.kind = ORIEL_OPTION_TEXT,
		.value = "NAME",
		.help = "its size, sound, pointer and drawing; else the machine's profile"},
	{.name = "fullscreen", .help = "on the whole screen"},
	{.name = "ini",
		.kind = ORIEL_OPTION_TEXT,
		.value = "FILE",
		.help = "write the settings there, and name that file to it"},
	{.name = "dry-run", .help = "print its command line, a word a line, and start nothing"},
	{.name = NULL},
};

const struct oriel_command oriel_lg_client = {
	.name = "client",
	.summary = "Open the viewer of a machine, or a stock Looking Glass client.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_client,
};
