/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/vm/detach.h"

#include "base/fd.h"
#include "base/time.h"
#include "cli/program.h"
#include "vm/error.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define READY 'r'
#define READY_MS 20000

void oriel_detach(void)
{
	int nowhere ORIEL_FD_AUTO = open("/dev/null", O_RDWR | O_CLOEXEC);

	putchar(READY);
	fflush(stdout);
	setsid();
	signal(SIGHUP, SIG_IGN);
	/* Whoever reads what the starting command prints must not wait for this process. */
	for (int fd = 0; nowhere >= 0 && fd <= 2; fd++)
		dup2(nowhere, fd);
}

static bool wait_until_ready(GSubprocess *process)
{
	GInputStream *stream = g_subprocess_get_stdout_pipe(process);
	struct pollfd answer = {
		.fd = g_unix_input_stream_get_fd(G_UNIX_INPUT_STREAM(stream)), .events = POLLIN};
	char byte = 0;

	if (poll(&answer, 1, READY_MS) == 1 && read(answer.fd, &byte, 1) == 1 && byte == READY)
		return true;
	g_subprocess_force_exit(process);
	return false;
}

bool oriel_detach_start(
	const char *const *arguments, int inherited_fd, const char *what, GError **error)
{
	g_autoptr(GSubprocessLauncher) launcher =
		g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_autofree char *program = oriel_program_find("oriel", error);
	g_autoptr(GSubprocess) process = NULL;
	g_auto(GStrv) argv = NULL;

	if (!program)
		return false;
	g_strv_builder_add(builder, program);
	g_strv_builder_addv(builder, (const char **)arguments);
	argv = g_strv_builder_end(builder);
	if (inherited_fd >= 0)
		g_subprocess_launcher_take_fd(launcher, fcntl(inherited_fd, F_DUPFD_CLOEXEC, 10),
			ORIEL_DETACH_INHERITED_FD);
	process = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv, error);
	if (!process)
		return false;
	return wait_until_ready(process) ||
	       oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "%s did not start", what);
}
