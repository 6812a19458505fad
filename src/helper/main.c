/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-helper: root's part of Oriel. */
#include "helper/hook.h"
#include "helper/program.h"
#include "helper/service.h"
#include "host/host.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define IDLE_S 60
/* Definitions have a few kilobytes. */
#define DEFINITION_BYTES_MAX (1u << 20)

static const char usage[] =
	"usage: oriel-helper [--version | --help]\n"
	"       oriel-helper --libvirt-hook VM OPERATION [SUBOPERATION [EXTRA]]\n"
	"\n"
	"Hands GPUs to virtual machines and takes them home. The system bus starts it, as\n"
	"org.oriel.Helper1; nobody needs to call it. With --libvirt-hook it does what is due when\n"
	"libvirt starts or has ended a machine, whose definition it reads from standard input.\n";

static gboolean on_signal(void *loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

static int serve(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
	struct oriel_host *host = oriel_host_create(NULL);
	struct oriel_helper_settings settings = {.kernel = oriel_kernel_sysfs,
		.runner = {oriel_program_run, NULL},
		.host = host,
		.trust_root = TRUE,
		.idle_s = IDLE_S};
	gboolean ok;

	g_unix_signal_add(SIGTERM, on_signal, loop);
	g_unix_signal_add(SIGINT, on_signal, loop);
	ok = bus && oriel_helper_serve(bus, loop, &settings, &error);
	if (!ok)
		fprintf(stderr, "oriel-helper: cannot serve the system bus: %s\n", error->message);
	oriel_host_destroy(host);
	return ok ? 0 : 1;
}

/* libvirt hands the definition in by standard input. */
static char *read_definition(void)
{
	g_autofree char *text = g_malloc(DEFINITION_BYTES_MAX + 1);
	gsize size = fread(text, 1, DEFINITION_BYTES_MAX, stdin);

	text[size] = '\0';
	return size < DEFINITION_BYTES_MAX ? g_steal_pointer(&text) : NULL;
}

static int run_hook(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *definition = NULL;
	struct oriel_host *host;
	gboolean ok;

	if (argc < 4 || argc > 6) {
		fputs(usage, stderr);
		return 2;
	}
	definition = read_definition();
	if (!definition) {
		fprintf(stderr, "oriel-helper: the definition of '%s' has more than %u bytes\n",
			argv[2], DEFINITION_BYTES_MAX);
		return 1;
	}
	host = oriel_host_create(NULL);
	ok = oriel_hook_run(&oriel_kernel_sysfs, host, argv[2], argv[3], definition, &error);
	if (!ok)
		fprintf(stderr, "oriel-helper: %s\n", error->message);
	oriel_host_destroy(host);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("oriel-helper " ORIEL_VERSION);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--libvirt-hook")) {
		fprintf(stderr,
			"oriel-helper: there is no option '%s'; --help shows those there "
			"are\n",
			argv[1]);
		return 2;
	}
	if (geteuid()) {
		fprintf(stderr, "oriel-helper: works as root only; the system bus starts it so\n");
		return 1;
	}
	return argc > 1 ? run_hook(argc, argv) : serve();
}
