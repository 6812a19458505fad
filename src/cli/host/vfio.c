/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vfio …: hand a GPU to vfio-pci from the start of the computer on, and take that back. */
#include "bind/consent.h"
#include "bind/perform.h"
#include "cli/call.h"
#include "cli/host/ask.h"
#include "cli/host/bindplan.h"
#include "cli/json.h"
#include "cli/table.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What every command here looks at. */
struct view {
	struct oriel_host *host;
	GPtrArray *devices;
	GPtrArray *gpus;
};

static void view_init(struct view *view, const struct oriel_call *call)
{
	view->host = oriel_host_create(oriel_call_get_text(call, "target"));
	view->devices = oriel_pci_list(view->host);
	view->gpus = oriel_gpu_list(view->host, view->devices);
}

static void view_finish(struct view *view)
{
	g_ptr_array_unref(view->gpus);
	g_ptr_array_unref(view->devices);
	oriel_host_destroy(view->host);
}

/* ---- which GPU ------------------------------------------------------------------------------ */

/* Its own devices and outputs are this machine's where the target has no /sys, as a mounted system
 * has not: the target is then another system of this computer. */
static void look_at_this_machine(struct view *view)
{
	struct oriel_host *live;

	if (view->devices->len)
		return;
	g_ptr_array_unref(view->gpus);
	g_ptr_array_unref(view->devices);
	live = oriel_host_create(NULL);
	view->devices = oriel_pci_list(live);
	view->gpus = oriel_gpu_list(live, view->devices);
	oriel_host_destroy(live);
}

static const struct oriel_gpu *find_gpu(
	struct view *view, const struct oriel_call *call, int *ret_code, GError **error)
{
	const char *text = oriel_call_get_operand(call, 0);
	struct oriel_pci_address address;
	const struct oriel_gpu *gpu;

	look_at_this_machine(view);
	*ret_code = ORIEL_EXIT_USAGE;
	if (!oriel_pci_address_parse(text, &address, error))
		return NULL;
	*ret_code = ORIEL_EXIT_NOT_FOUND;
	gpu = oriel_gpu_find(view->gpus, &address);
	if (!gpu)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"%s is no display device of this machine: 'oriel gpu list' shows those "
			"there "
			"are",
			text);
	return gpu;
}

/* The user types the address, at the terminal or by --confirm. */
static gboolean is_confirmed(
	const struct oriel_call *call, const struct oriel_gpu *gpu, const GPtrArray *objections)
{
	const char *given = oriel_call_get_text(call, "confirm");
	char line[64] = "";

	if (!objections->len || (given && !strcmp(given, gpu->device->name)))
		return TRUE;
	for (guint i = 0; i < objections->len; i++)
		fprintf(stderr, "oriel: %s\n", (const char *)g_ptr_array_index(objections, i));
	if (given || !isatty(STDIN_FILENO))
		return FALSE;
	fprintf(stderr, "Type %s to do it all the same: ", gpu->device->name);
	if (!fgets(line, sizeof line, stdin))
		return FALSE;
	return !strcmp(g_strchomp(line), gpu->device->name);
}

/* ---- programs ------------------------------------------------------------------------------- */

/* Runs it on this machine; for another system says what there is to run. */
static gboolean run_program(void *view, char **words, GError **error)
{
	g_autofree char *line = g_strjoinv(" ", words);
	g_autoptr(GSubprocessLauncher) launcher = NULL;
	g_autoptr(GSubprocess) process = NULL;

	if (!oriel_host_is_live(((const struct view *)view)->host)) {
		fprintf(stderr, "to be run in that system: %s\n", line);
		return TRUE;
	}
	fprintf(stderr, "running: %s\n", line);
	/* Standard output is for the result. */
	launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_subprocess_launcher_take_stdout_fd(launcher, dup(STDERR_FILENO));
	process = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, error);
	if (process && g_subprocess_wait_check(process, NULL, error))
		return TRUE;
	g_prefix_error(error, "'%s' did not work: ", line);
	return FALSE;
}

/* Only root can write the settings of this machine: anybody else asks oriel-helper. Another tree
 * has owners of its own. */
static gboolean needs_helper(const struct view *view)
{
	return oriel_host_is_live(view->host) && geteuid();
}

/* For systems without the helper, and with a bus that cannot be reached. */
static int ask_helper(const char *verb, const char *method, GVariant *parameters,
	GVariant **ret_reply, GError **error)
{
	int code = oriel_ask_helper(method, parameters, ret_reply, error);

	if (code == ORIEL_EXIT_FAILED)
		g_prefix_error(error, "('sudo oriel vfio %s' does it without oriel-helper) ", verb);
	return code;
}

static gboolean repair(const struct view *view, GError **error)
{
	gboolean repaired;

	if (!oriel_bind_repair(view->host, &repaired, error))
		return FALSE;
	if (repaired)
		fprintf(stderr, "oriel: took back what an interrupted 'oriel vfio apply' had "
				"begun\n");
	return TRUE;
}

/* ---- plan ----------------------------------------------------------------------------------- */

static int run_plan(const struct oriel_call *call, GError **error)
{
	struct oriel_bind_plan *plan;
	const struct oriel_gpu *gpu;
	struct view view;
	int code;

	view_init(&view, call);
	gpu = find_gpu(&view, call, &code, error);
	plan = gpu ? oriel_bind_plan_create(view.host, view.devices, gpu, error) : NULL;
	if (plan) {
		g_autoptr(GPtrArray) objections =
			oriel_gpu_list_objections(view.host, view.devices, view.gpus, gpu);

		if (oriel_call_has(call, "json"))
			oriel_bindplan_print_json(plan, objections);
		else
			oriel_bindplan_print(plan, objections);
		code = ORIEL_EXIT_OK;
	} else if (gpu) {
		code = ORIEL_EXIT_FAILED;
	}
	oriel_bind_plan_free(plan);
	view_finish(&view);
	return code;
}

/* ---- apply ---------------------------------------------------------------------------------- */

static gboolean has_device(const GArray *noted, const struct oriel_pci_address *address)
{
	for (guint i = 0; i < noted->len; i++)
		if (oriel_pci_address_equal(
			    &g_array_index(noted, struct oriel_record_device, i).address, address))
			return TRUE;
	return FALSE;
}

/* TRUE: the plan was carried out before, and there is nothing to do. */
static gboolean is_set_up(
	const struct view *view, const struct oriel_call *call, const struct oriel_gpu *gpu)
{
	g_autoptr(GArray) noted = oriel_record_list_devices(view->host);

	if (!has_device(noted, &gpu->device->address))
		return FALSE;
	if (oriel_call_has(call, "json")) {
		oriel_json_print_done("gpu", gpu->device->name, FALSE);
		return TRUE;
	}
	printf("%s is set up already; nothing was changed. 'oriel vfio status' shows the files.\n",
		gpu->device->name);
	return TRUE;
}

static void print_done(void)
{
	printf("Done. Reboot, then 'oriel vfio verify'. Should the screen stay dark, choose "
	       "\"" ORIEL_BIND_RESCUE_TITLE
	       "\" in the boot menu; 'oriel vfio undo' takes everything back.\n");
}

static int carry_out(const struct view *view, const struct oriel_bind_plan *plan, GError **error)
{
	const struct oriel_bind_runner runner = {run_program, (void *)view};

	if (oriel_bind_perform(plan, &runner, error))
		return ORIEL_EXIT_OK;
	return g_error_matches(*error, G_IO_ERROR, G_IO_ERROR_EXISTS) ? ORIEL_EXIT_REFUSED
								      : ORIEL_EXIT_FAILED;
}

/* The helper makes the plan anew, and carries it out only if it is the one that was shown. */
static int have_carried_out(const struct oriel_bind_plan *plan, const struct oriel_gpu *gpu,
	const GPtrArray *objections, GError **error)
{
	g_autofree char *digest = oriel_bind_consent_get_digest(plan);
	const char *name = gpu->device->name;

	return ask_helper("apply", "ApplyBoot",
		g_variant_new("(sss)", name, objections->len ? name : "", digest), NULL, error);
}

static int apply_plan(const struct view *view, const struct oriel_call *call,
	const struct oriel_gpu *gpu, GError **error)
{
	struct oriel_bind_plan *plan =
		oriel_bind_plan_create(view->host, view->devices, gpu, error);
	g_autoptr(GPtrArray) objections =
		oriel_gpu_list_objections(view->host, view->devices, view->gpus, gpu);
	gboolean json = oriel_call_has(call, "json"), dry = oriel_call_has(call, "dry-run");
	int code = ORIEL_EXIT_FAILED;

	if (!plan)
		return code;
	if (!json)
		oriel_bindplan_print(plan, objections);
	else if (dry)
		oriel_bindplan_print_json(plan, objections);
	if (dry)
		code = ORIEL_EXIT_OK;
	else if (is_confirmed(call, gpu, objections)) {
		code = needs_helper(view) ? have_carried_out(plan, gpu, objections, error)
					  : carry_out(view, plan, error);
		if (!code && json)
			oriel_json_print_done("gpu", gpu->device->name, TRUE);
		else if (!code)
			print_done();
	} else {
		if (json)
			oriel_bindplan_print_json(plan, objections);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
			"nothing was changed: the reasons against it stand above; --confirm %s "
			"does "
			"it all the same",
			gpu->device->name);
		code = ORIEL_EXIT_REFUSED;
	}
	oriel_bind_plan_free(plan);
	return code;
}

static int run_apply(const struct oriel_call *call, GError **error)
{
	gboolean dry = oriel_call_has(call, "dry-run");
	const struct oriel_gpu *gpu;
	struct view view;
	int code;

	view_init(&view, call);
	gpu = find_gpu(&view, call, &code, error);
	if (gpu && !dry && !needs_helper(&view) && !repair(&view, error))
		code = ORIEL_EXIT_FAILED;
	else if (gpu)
		code = is_set_up(&view, call, gpu) ? ORIEL_EXIT_OK
						   : apply_plan(&view, call, gpu, error);
	view_finish(&view);
	return code;
}

/* ---- undo ----------------------------------------------------------------------------------- */

static void print_taken_back_json(const GPtrArray *kept)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	oriel_json_add_texts(builder, "kept", kept);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static void print_taken_back(const struct oriel_call *call, const GPtrArray *kept)
{
	if (oriel_call_has(call, "json")) {
		print_taken_back_json(kept);
		return;
	}
	printf("All files are as they were before.\n");
	for (guint i = 0; i < kept->len; i++)
		printf("Somebody had changed one meanwhile; that text is now in %s.\n",
			(const char *)g_ptr_array_index(kept, i));
}

static int take_back(const struct view *view, const struct oriel_call *call, GError **error)
{
	const struct oriel_bind_runner runner = {run_program, (void *)view};
	g_autoptr(GPtrArray) kept = NULL;

	if (!oriel_bind_perform_undo(view->host, &runner, &kept, error))
		return g_error_matches(*error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
			       ? ORIEL_EXIT_NOT_FOUND
			       : ORIEL_EXIT_FAILED;
	print_taken_back(call, kept);
	return ORIEL_EXIT_OK;
}

static int have_taken_back(const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) kept = g_ptr_array_new();
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GVariantIter) files = NULL;
	const char *file;
	int code = ask_helper("undo", "UndoBoot", NULL, &reply, error);

	if (code)
		return code;
	if (!g_variant_is_of_type(reply, G_VARIANT_TYPE("(as)")))
		return ORIEL_EXIT_FAILED;
	g_variant_get(reply, "(as)", &files);
	while (g_variant_iter_next(files, "&s", &file))
		g_ptr_array_add(kept, (void *)file);
	print_taken_back(call, kept);
	return ORIEL_EXIT_OK;
}

static int run_undo(const struct oriel_call *call, GError **error)
{
	struct view view;
	int code;

	view_init(&view, call);
	code = needs_helper(&view) ? have_taken_back(call, error) : take_back(&view, call, error);
	view_finish(&view);
	return code;
}

/* ---- status, verify ------------------------------------------------------------------------- */

static const char *get_state(const struct oriel_host *host, const struct oriel_record_file *file)
{
	g_autofree char *now = oriel_record_get_sha256(host, file->path);

	if (!now)
		return oriel_host_exists(host, "%s", file->path) ? "unreadable" : "gone";
	return strcmp(now, file->sha256) ? "changed" : "as written";
}

static void print_files(const struct oriel_host *host, const GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++) {
		const struct oriel_record_file *file = g_ptr_array_index(files, i);

		printf("%-11s %s\n", get_state(host, file), file->path);
	}
}

static void print_files_json(const struct oriel_host *host, const GPtrArray *files)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "files");
	json_builder_begin_array(builder);
	for (guint i = 0; files && i < files->len; i++) {
		const struct oriel_record_file *file = g_ptr_array_index(files, i);

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "path", file->path);
		oriel_json_add_text(builder, "state", get_state(host, file));
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static int run_status(const struct oriel_call *call, GError **error)
{
	struct view view;
	g_autofree char *version = NULL;
	g_autoptr(GPtrArray) files = NULL;

	view_init(&view, call);
	files = oriel_record_list_files(view.host, &version);
	if (oriel_call_has(call, "json"))
		print_files_json(view.host, files);
	else if (files)
		print_files(view.host, files);
	else
		printf("Nothing is set up. 'oriel vfio plan ADDRESS' shows what would be.\n");
	view_finish(&view);
	return ORIEL_EXIT_OK;
}

static void print_verified(const GPtrArray *problems, gboolean ok)
{
	for (guint i = 0; i < problems->len; i++)
		printf("%s\n", (const char *)g_ptr_array_index(problems, i));
	if (ok)
		printf("Every device that was set up is bound to vfio-pci.\n");
}

static void print_verified_json(const GPtrArray *problems, gboolean ok)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	oriel_json_add_truth(builder, "bound", ok);
	oriel_json_add_texts(builder, "problems", problems);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static int run_verify(const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	struct view view;
	gboolean ok;

	view_init(&view, call);
	ok = oriel_bind_verify(view.host, view.devices, problems);
	if (oriel_call_has(call, "json"))
		print_verified_json(problems, ok);
	else
		print_verified(problems, ok);
	view_finish(&view);
	return ok ? ORIEL_EXIT_OK : ORIEL_EXIT_FAILED;
}

/* ---- tables --------------------------------------------------------------------------------- */

#define TARGET                                                                                     \
	{                                                                                          \
		"target", ORIEL_OPTION_TEXT, "DIR",                                                \
			"the system below DIR, as a mounted one (default: this one)"               \
	}
#define JSON                                                                                       \
	{                                                                                          \
		"json", ORIEL_OPTION_SWITCH, NULL, "print JSON"                                    \
	}

static const struct oriel_option plain_options[] = {TARGET, JSON, {.name = NULL}};
static const struct oriel_option apply_options[] = {TARGET, JSON,
	{"dry-run", ORIEL_OPTION_SWITCH, NULL, "show the plan and change nothing"},
	{"confirm", ORIEL_OPTION_TEXT, "ADDRESS",
		"do it although there are reasons against it; the address once more"},
	{.name = NULL}};

static const struct oriel_command plan_command = {
	.name = "plan",
	.summary = "Show what binding a GPU at the start would change.",
	.operands = "ADDRESS",
	.operands_min = 1,
	.operands_max = 1,
	.options = plain_options,
	.run = run_plan,
};

static const struct oriel_command apply_command = {
	.name = "apply",
	.summary = "Bind a GPU to vfio-pci from the next start on.",
	.details = "Writes a rescue entry for the boot menu first, then the settings; keeps a copy "
		   "of\n"
		   "every file. A GPU that the host needs is refused until you type its address.",
	.operands = "ADDRESS",
	.operands_min = 1,
	.operands_max = 1,
	.options = apply_options,
	.run = run_apply,
};

static const struct oriel_command undo_command = {
	.name = "undo",
	.summary = "Put every file back as it was.",
	.options = plain_options,
	.run = run_undo,
};

static const struct oriel_command status_command = {
	.name = "status",
	.summary = "List the files that were written, and whether they are still so.",
	.options = plain_options,
	.run = run_status,
};

static const struct oriel_command verify_command = {
	.name = "verify",
	.summary = "After the reboot: is the GPU bound?",
	.options = plain_options,
	.run = run_verify,
};

static const struct oriel_command *const commands[] = {
	&plan_command,
	&apply_command,
	&undo_command,
	&status_command,
	&verify_command,
	NULL,
};

const struct oriel_command oriel_table_vfio = {
	.name = "vfio",
	.summary = "Bind a GPU to vfio-pci from the computer's start on.",
	.children = commands,
};
