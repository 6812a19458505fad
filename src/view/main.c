/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-view: the window onto a guest. What comes before there is one. */
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "view/import.h"
#include "view/options.h"
#include "view/screenshot.h"
#include "view/settings.h"
#include "view/viewer.h"

/* What is only printed. -1: nothing was asked for. */
static int print(const struct oriel_view_options *options)
{
	struct oriel_error error = {0};

	if (options->help)
		oriel_options_print_help(stdout);
	else if (options->version)
		puts("oriel-view " ORIEL_VERSION);
	else if (options->completion)
		oriel_options_print_completion(
			(enum oriel_options_shell)options->completion, stdout);
	else if (!options->import)
		return -1;
	else if (oriel_import_print(options->import, stdout, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return ORIEL_VIEWER_FAILED;
	}
	return fflush(stdout) ? ORIEL_VIEWER_FAILED : ORIEL_VIEWER_DONE;
}

/* A viewer needs nothing of root's, and a guest that takes it over should find little. */
static bool refuses_root(const struct oriel_view_options *options)
{
	if (geteuid() || options->allow_root)
		return false;
	oriel_log(ORIEL_LOG_ERROR,
		"not started as root: the viewer needs no privileges, only access to the shared "
		"memory (%s); run it as an ordinary user, or with --allow-root",
		options->source);
	return true;
}

static void tell(void *data, const char *text)
{
	oriel_log(ORIEL_LOG_WARNING, "%s", text);
}

int main(int argc, char *argv[])
{
	struct oriel_settings settings;
	const struct oriel_view_options *options = &settings.options;
	struct oriel_error error = {0};
	int status;

	oriel_log_set_program("oriel-view");
	/* The SPICE library begins GStreamer, which would look for plugins with a program that the
	 * sandbox does not let it start. None is needed: moving pictures come as JPEG. */
	g_setenv("GST_REGISTRY_DISABLE", "yes", TRUE);
	/* A program that pastes may be gone before it has everything. */
	signal(SIGPIPE, SIG_IGN);
	if (oriel_settings_load(&settings, argc, argv, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return ORIEL_VIEWER_USAGE;
	}
	status = print(options);
	if (status >= 0)
		return status;
	if (refuses_root(options))
		return ORIEL_VIEWER_FAILED;
	oriel_log_set_level((enum oriel_log_level)options->log_level);
	oriel_options_tell_idle(options, tell, NULL);
	if (options->screenshot && oriel_screenshot_check(options->screenshot, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return ORIEL_VIEWER_FAILED;
	}
	return oriel_viewer_run(&settings);
}
