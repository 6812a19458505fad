/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/outcome.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>

#include "base/log.h"
#include "view/memory.h"
#include "view/screenshot.h"
#include "view/stats.h"

static int write_screenshot(const struct oriel_parts *parts, struct oriel_error *error)
{
	const char *path = parts->options->screenshot;
	struct oriel_image image;

	if (!oriel_render_get_stats(parts->render)->frames ||
		!parts->presenter->ops->get_image(parts->presenter, &image))
		return oriel_error_set(
			error, -ENODATA, "no screenshot %s: no frame was shown", path);
	return oriel_screenshot_write(path, &image, error);
}

static void write_stats(const struct oriel_parts *parts)
{
	struct oriel_stats stats = *oriel_render_get_stats(parts->render);

	oriel_exports_get_counts(parts->exports, &stats.exports);
	stats.has_sound = oriel_sound_get_stats(parts->sound, &stats.sound);
	oriel_stats_write(&stats, oriel_stats_get_cpu_seconds(), stdout);
}

static void write_memory(const struct oriel_parts *parts)
{
	const struct oriel_view_options *options = parts->options;
	struct oriel_error error;

	if (options->vm && !options->config &&
		oriel_memory_write(options->vm, parts->window,
			!oriel_render_follows_guest(parts->render), &error))
		oriel_log(ORIEL_LOG_WARNING, "%s", error.message);
}

bool oriel_outcome_write(const struct oriel_parts *parts)
{
	struct oriel_error error;
	bool is_good = true;

	write_memory(parts);
	if (parts->options->stats)
		write_stats(parts);
	if (fflush(stdout)) {
		oriel_log(
			ORIEL_LOG_ERROR, "cannot write to standard output: %s", g_strerror(errno));
		is_good = false;
	}
	if (parts->options->screenshot && write_screenshot(parts, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		is_good = false;
	}
	return is_good;
}
