/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/console.h"

#include "base/fd.h"
#include "vm/error.h"
#include "vm/run.h"
#include "vm/tree.h"

#include <glib-unix.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Typed ahead of a guest that does not read; what comes after that is dropped, as a terminal does,
 * so that the escape is always seen. */
#define AHEAD_BYTES 4096

struct console {
	const struct oriel_vm_console_options *options;
	const char *name;
	virStreamPtr stream;
	GMainLoop *loop;
	GByteArray *ahead;
	GError *error;
};

/* ---- both ways ------------------------------------------------------------------------------ */

static void watch_stream(struct console *console)
{
	int events = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP;

	if (console->ahead->len)
		events |= VIR_STREAM_EVENT_WRITABLE;
	virStreamEventUpdateCallback(console->stream, events);
}

static void fail(struct console *console)
{
	oriel_vm_error_set_libvirt(console->error ? NULL : &console->error,
		"the console of '%s' ended: somebody took it with --force, or it broke",
		console->name);
	g_main_loop_quit(console->loop);
}

static void send_ahead(struct console *console)
{
	int sent = virStreamSend(
		console->stream, (const char *)console->ahead->data, console->ahead->len);

	if (sent > 0)
		g_byte_array_remove_range(console->ahead, 0, (guint)sent);
	else if (sent == -1)
		fail(console);
}

static void receive(struct console *console)
{
	char bytes[4096];
	int size = virStreamRecv(console->stream, bytes, sizeof bytes);

	if (size == -1)
		fail(console);
	if (size == 0 ||
		(size > 0 && oriel_fd_write_all(console->options->out_fd, bytes, (size_t)size) < 0))
		g_main_loop_quit(console->loop);
}

static void on_stream(virStreamPtr stream, int events, void *data)
{
	struct console *console = data;

	if (events & VIR_STREAM_EVENT_READABLE)
		receive(console);
	if (events & VIR_STREAM_EVENT_WRITABLE && console->ahead->len)
		send_ahead(console);
	if (!(events & VIR_STREAM_EVENT_READABLE) &&
		events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP))
		g_main_loop_quit(console->loop);
	watch_stream(console);
}

static gboolean on_typed(int fd, GIOCondition condition, void *data)
{
	struct console *console = data;
	char bytes[256];
	ssize_t size = read(fd, bytes, sizeof bytes);
	const char *escape = size > 0 ? memchr(bytes, console->options->escape, size) : NULL;
	size_t wanted = escape ? (size_t)(escape - bytes) : (size_t)MAX(size, 0);

	g_byte_array_append(console->ahead, (const guint8 *)bytes,
		(guint)MIN(wanted, AHEAD_BYTES - console->ahead->len));
	watch_stream(console);
	if (size <= 0 || escape)
		g_main_loop_quit(console->loop);
	return G_SOURCE_CONTINUE;
}

static void on_cancelled(GCancellable *cancellable, void *data)
{
	struct console *console = data;

	g_main_loop_quit(console->loop);
}

static void carry(struct console *console, GCancellable *cancellable)
{
	guint typed = g_unix_fd_add(
		console->options->in_fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_typed, console);
	gulong cancelled =
		g_signal_connect(cancellable, "cancelled", G_CALLBACK(on_cancelled), console);

	if (console->options->opened)
		console->options->opened(console->options->data);
	if (!g_cancellable_is_cancelled(cancellable))
		g_main_loop_run(console->loop);
	g_signal_handler_disconnect(cancellable, cancelled);
	g_source_remove(typed);
	virStreamEventRemoveCallback(console->stream);
}

/* ---- opening -------------------------------------------------------------------------------- */

static bool check_serial(virDomainPtr domain, GError **error)
{
	const char *name = virDomainGetName(domain);
	char *text = virDomainGetXMLDesc(domain, 0); /* what it runs with, not what comes next */
	g_autoptr(xmlDoc) document = text ? oriel_vm_tree_parse(text, name, error) : NULL;
	xmlNode *devices =
		document ? oriel_vm_tree_get(xmlDocGetRootElement(document), "devices") : NULL;

	if (!text)
		return oriel_vm_error_set_libvirt(
			error, "cannot read the definition of '%s'", name);
	free(text);
	if (!document)
		return false;
	if (devices && (oriel_vm_tree_find(devices, "serial", "type", "pty") ||
			       oriel_vm_tree_find(devices, "console", "type", "pty")))
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
		"the machine '%s' has no serial port to show; stop it, put <serial type='pty'/> "
		"among its devices with 'virsh edit %s', and start it",
		virDomainGetName(domain), virDomainGetName(domain));
}

/* libvirt has no code of its own for a console that is taken; the state and the port were looked
 * at before, so nothing else fails in that way. */
static bool refuse(const char *name, GError **error)
{
	const virError *last = virGetLastError();

	if (last && last->code == VIR_ERR_OPERATION_FAILED)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"somebody else has the console of '%s'; take it from them with --force",
			name);
	return oriel_vm_error_set_libvirt(error, "cannot open the console of '%s'", name);
}

static bool use_stream(
	struct console *console, virDomainPtr domain, GCancellable *cancellable, GError **error)
{
	if (virDomainOpenConsole(domain, NULL, console->stream,
		    console->options->force ? VIR_DOMAIN_CONSOLE_FORCE : 0) < 0)
		return refuse(console->name, error);
	if (virStreamEventAddCallback(console->stream,
		    VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP,
		    on_stream, console, NULL) < 0)
		oriel_vm_error_set_libvirt(
			&console->error, "cannot watch the console of '%s'", console->name);
	else
		carry(console, cancellable);
	virStreamAbort(console->stream);
	if (!console->error)
		return true;
	g_propagate_error(error, g_steal_pointer(&console->error));
	return false;
}

bool oriel_vm_console_run(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_console_options *options, GCancellable *cancellable, GError **error)
{
	g_autoptr(virDomain) domain =
		oriel_vm_run_find_for(connection, name, ORIEL_VM_CONSOLE, error);
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	g_autoptr(GByteArray) ahead = g_byte_array_new();
	struct console console = {.options = options, .name = name, .loop = loop, .ahead = ahead};
	bool ok;

	if (!domain || !check_serial(domain, error))
		return false;
	console.stream = virStreamNew(virDomainGetConnect(domain), VIR_STREAM_NONBLOCK);
	if (!console.stream)
		return oriel_vm_error_set_libvirt(error, "cannot make a stream for '%s'", name);
	ok = use_stream(&console, domain, cancellable, error);
	virStreamFree(console.stream);
	return ok;
}
