/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/perform.h"

static gboolean run_all(
	const struct oriel_bind_runner *runner, const GPtrArray *commands, GError **error)
{
	for (guint i = 0; i < commands->len; i++)
		if (!runner->run(runner->data, g_ptr_array_index(commands, i), error))
			return FALSE;
	return TRUE;
}

gboolean oriel_bind_perform(
	const struct oriel_bind_plan *plan, const struct oriel_bind_runner *runner, GError **error)
{
	if (!oriel_bind_apply(plan, error))
		return FALSE;
	if (run_all(runner, plan->commands, error))
		return TRUE;
	if (oriel_bind_undo(plan->host, NULL, NULL, NULL)) {
		g_prefix_error(error, "everything was taken back, because ");
		run_all(runner, plan->undo_commands, NULL);
	}
	return FALSE;
}

gboolean oriel_bind_perform_undo(const struct oriel_host *host,
	const struct oriel_bind_runner *runner, GPtrArray **ret_kept, GError **error)
{
	g_autoptr(GPtrArray) commands = NULL;

	if (!oriel_bind_undo(host, &commands, ret_kept, error))
		return FALSE;
	if (run_all(runner, commands, error))
		return TRUE;
	g_prefix_error(error, "all files are as they were before, but ");
	return FALSE;
}
