/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper/program.h"

#include <unistd.h>

/* Whoever starts the helper may have given it another one, or none. */
#define SYSTEM_PATH "/usr/sbin:/usr/bin:/sbin:/bin"

static gboolean on_late(void *process)
{
	g_subprocess_force_exit(process);
	return G_SOURCE_REMOVE;
}

static void on_end(GObject *process, GAsyncResult *result, void *ret_result)
{
	*(GAsyncResult **)ret_result = g_object_ref(result);
}

/* On a context of this thread's own, which nothing else runs on. */
static gboolean wait_for(GSubprocess *process, GError **error)
{
	g_autoptr(GMainContext) context = g_main_context_new();
	g_autoptr(GSource) late = g_timeout_source_new_seconds(ORIEL_PROGRAM_LIMIT_S);
	g_autoptr(GAsyncResult) result = NULL;
	gboolean ok;

	g_main_context_push_thread_default(context);
	g_source_set_callback(late, on_late, process, NULL);
	g_source_attach(late, context);
	g_subprocess_wait_check_async(process, NULL, on_end, &result);
	while (!result)
		g_main_context_iteration(context, TRUE);
	ok = g_subprocess_wait_check_finish(process, result, error);
	g_source_destroy(late);
	g_main_context_pop_thread_default(context);
	return ok;
}

static char *find_program(const char *name, GError **error)
{
	g_auto(GStrv) folders = g_strsplit(SYSTEM_PATH, ":", -1);

	for (char **folder = folders; *folder; folder++) {
		g_autofree char *path = g_build_filename(*folder, name, NULL);

		if (!access(path, X_OK))
			return g_steal_pointer(&path);
	}
	g_set_error(
		error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no '%s' in " SYSTEM_PATH, name);
	return NULL;
}

gboolean oriel_program_run(void *data, char **words, GError **error)
{
	g_autoptr(GSubprocessLauncher) launcher =
		g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_autofree char *line = g_strjoinv(" ", words);
	g_autofree const char **found =
		g_memdup2(words, (g_strv_length(words) + 1) * sizeof *words);
	g_autofree char *program = find_program(*words, error);
	g_autoptr(GSubprocess) process = NULL;

	*found = program;
	g_subprocess_launcher_setenv(launcher, "PATH", SYSTEM_PATH, TRUE);
	if (program)
		process = g_subprocess_launcher_spawnv(launcher, found, error);
	if (process && wait_for(process, error))
		return TRUE;
	g_prefix_error(error, "'%s' did not work: ", line);
	return FALSE;
}
