/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded into oriel, it ends the process with SIGKILL right before or after a call: DIE is
 * "before NAME [N]" or "after NAME [N]", with the N-th call of that name (the first).
 */
#include <dlfcn.h>
#include <glib.h>
#include <libvirt/libvirt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	char when[16], name[64];
	int left;
} plan = {.left = 1};

__attribute__((constructor)) static void read_plan(void)
{
	const char *text = getenv("DIE");

	if (text)
		sscanf(text, "%15s %63s %d", plan.when, plan.name, &plan.left);
	/* Not in what oriel starts. */
	unsetenv("LD_PRELOAD");
}

static int is_due(const char *name)
{
	return strcmp(plan.name, name) == 0 && --plan.left == 0;
}

static void die(int due, const char *when)
{
	if (due && strcmp(plan.when, when) == 0)
		kill(getpid(), SIGKILL);
}

#define WRAP(type, name, parameters, arguments)                                                    \
	__attribute__((visibility("default"))) type name parameters                                \
	{                                                                                          \
		type(*real) parameters = (type(*) parameters)dlsym(RTLD_NEXT, #name);              \
		int due = is_due(#name);                                                           \
		type result;                                                                       \
                                                                                                   \
		die(due, "before");                                                                \
		result = real arguments;                                                           \
		die(due, "after");                                                                 \
		return result;                                                                     \
	}

WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(virDomainPtr, virDomainDefineXMLFlags,
	(virConnectPtr connection, const char *text, unsigned int flags), (connection, text, flags))
WRAP(int, virDomainCreateWithFlags, (virDomainPtr domain, unsigned int flags), (domain, flags))
