/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which presenter to use: the one asked for, or those that are to show which of them is the fastest
 * on this very machine. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "present/contest.h"
#include "present/early.h"

static int open_fastest(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	const struct oriel_presenter_ops *candidates[ORIEL_TRIAL_CANDIDATES_MAX + 1] = {0};
	struct oriel_present_options on_hardware = *options;
	struct oriel_contest_setup setup = {candidates, window, &on_hardware, oriel_time_now_ns};
	struct oriel_native native;
	int count = 0;

	on_hardware.hardware_only = true;
	window->ops->get_native(window, &native);
	for (int i = 0; oriel_presenters[i] && count < ORIEL_TRIAL_CANDIDATES_MAX; i++)
		if (oriel_presenters[i]->probe(&native) == ORIEL_PROBE_GOOD)
			candidates[count++] = oriel_presenters[i];
	if (!count)
		return oriel_error_set(error, -ENODEV, "nothing can draw on this window");
	if (count == 1)
		return candidates[0]->create(ret_presenter, window, &on_hardware, error);
	return oriel_contest_create(ret_presenter, &setup, error);
}

static int open_by_name(struct oriel_presenter **ret_presenter,
	const struct oriel_presenter_ops *ops, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	const char *name = ops->name;
	struct oriel_native native;

	window->ops->get_native(window, &native);
	while (ops->next && ops->probe(&native) == ORIEL_PROBE_NO)
		ops = ops->next;
	if (ops->probe(&native) == ORIEL_PROBE_NO)
		return oriel_error_set(error, -ENOTSUP,
			"the presenter \"%s\" cannot draw on this window; use --present auto",
			name);
	if (strcmp(ops->name, name))
		oriel_log(ORIEL_LOG_INFO,
			"the presenter \"%s\" cannot draw on this window; \"%s\" does it instead",
			name, ops->name);
	/* A shader that is no good is to be an error at the start. */
	if (ops->is_slow && native.kind != ORIEL_NATIVE_HEADLESS && !options->shader)
		return oriel_early_create(ret_presenter, ops, window, options, error);
	return ops->create(ret_presenter, window, options, error);
}

int oriel_presenter_open(struct oriel_presenter **ret_presenter, const char *name,
	const struct oriel_window *window, const struct oriel_present_options *options,
	struct oriel_error *error)
{
	if (!strcmp(name, "auto"))
		return open_fastest(ret_presenter, window, options, error);
	for (int i = 0; oriel_presenters[i]; i++)
		if (!strcmp(oriel_presenters[i]->name, name))
			return open_by_name(
				ret_presenter, oriel_presenters[i], window, options, error);
	return oriel_error_set(error, -ENOSYS, "no presenter \"%s\" in this build", name);
}
