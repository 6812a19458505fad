/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image is made under a name nobody else uses and then linked to its own: link() refuses a name
 * that is taken, which no check beforehand could promise.
 */
#include "vm/disk.h"

#include "base/fd.h"
#include "vm/check.h"
#include "vm/error.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool check_free(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"disk-file '%s': there is no folder %s; make it, or choose another", path,
			folder);
	if (access(folder, W_OK))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"disk-file '%s': you may not write to %s; choose a file in a folder of "
			"yours "
			"with --disk-file, or run as root",
			path, folder);
	if (access(path, F_OK) == 0)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"disk-file '%s' is there already and is never overwritten; choose another "
			"name with --disk-file, or remove it yourself",
			path);
	return true;
}

static bool run_qemu_img(const char *const *arguments, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *complaint = NULL;
	g_autoptr(GSubprocess) process = g_subprocess_newv(arguments,
		G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &reason);

	if (!process)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED,
			"cannot run qemu-img: %s; install it (package qemu-utils or qemu-img)",
			reason->message);
	if (!g_subprocess_communicate_utf8(process, NULL, NULL, NULL, &complaint, error))
		return false;
	if (g_subprocess_get_successful(process))
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "qemu-img %s failed: %s",
		arguments[1], g_strstrip(complaint));
}

static bool make_raw(const char *path, guint64 size_bytes, GError **error)
{
	int fd ORIEL_FD_AUTO = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 && !ftruncate(fd, size_bytes))
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "cannot make the disk %s: %s", path,
		g_strerror(errno));
}

static bool make_qcow2(const char *path, guint64 size_bytes, GError **error)
{
	g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, size_bytes);
	const char *const arguments[] = {"qemu-img", "create", "-q", "-f", "qcow2", "-o",
		"preallocation=metadata,lazy_refcounts=on", path, size, NULL};
	const char *const sparse[] = {"qemu-img", "create", "-q", "-f", "qcow2", "-o",
		"lazy_refcounts=on", path, size, NULL};

	/* Metadata of the whole disk ahead costs 0.02 % of its size; beyond a tebibyte that is
	 * slow. */
	return run_qemu_img(size_bytes <= G_GUINT64_CONSTANT(1) << 40 ? arguments : sparse, error);
}

static bool link_into_place(
	struct oriel_vm_journal *journal, const char *temporary, const char *path, GError **error)
{
	int fd ORIEL_FD_AUTO = open(temporary, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || !oriel_vm_journal_note_link(journal, path, fd, error))
		return false;
	if (link(temporary, path))
		return oriel_vm_error_set(error,
			errno == EEXIST ? ORIEL_VM_ERROR_REFUSED : ORIEL_VM_ERROR_FAILED,
			"cannot make the disk %s: %s", path, g_strerror(errno));
	unlink(temporary);
	return true;
}

static char *name_temporary(const char *path)
{
	g_autofree char *random = g_uuid_string_random();

	return g_strdup_printf("%s.%s.part", path, random);
}

bool oriel_vm_disk_create(struct oriel_vm_journal *journal, const char *path, const char *format,
	guint64 size_bytes, GError **error)
{
	g_autofree char *temporary = name_temporary(path);
	bool raw = g_str_equal(format, "raw");

	return check_free(path, error) && oriel_vm_journal_note_file(journal, temporary, error) &&
	       (raw ? make_raw(temporary, size_bytes, error)
		    : make_qcow2(temporary, size_bytes, error)) &&
	       link_into_place(journal, temporary, path, error);
}

/* ---- copying -------------------------------------------------------------------------------- */

struct reading {
	void (*progress)(unsigned int percent, void *data);
	void *data;
	GCancellable *cancellable;
	bool ended;
};

/* qemu-img -p writes "    (12.34/100%)\r". */
static gboolean on_output(GObject *output, void *data)
{
	struct reading *reading = data;
	g_autoptr(GError) error = NULL;
	char buffer[256];
	const char *open;
	gssize got = g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(output),
		buffer, sizeof(buffer) - 1, reading->cancellable, &error);

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
		return G_SOURCE_CONTINUE;
	reading->ended = got <= 0;
	if (reading->ended)
		return G_SOURCE_REMOVE;
	buffer[got] = '\0';
	open = strrchr(buffer, '(');
	if (open && reading->progress)
		reading->progress(MIN(g_ascii_strtoull(open + 1, NULL, 10), 100), reading->data);
	return G_SOURCE_CONTINUE;
}

/* By the main context: whoever cancels, cancels from there. */
static void read_progress(GInputStream *output, struct reading *reading)
{
	g_autoptr(GSource) source = g_pollable_input_stream_create_source(
		G_POLLABLE_INPUT_STREAM(output), reading->cancellable);

	g_source_set_callback(source, G_SOURCE_FUNC(on_output), reading, NULL);
	g_source_attach(source, NULL);
	while (!reading->ended)
		g_main_context_iteration(NULL, TRUE);
}

static bool convert(const char *source, const char *path,
	void (*progress)(unsigned int percent, void *data), void *data, GCancellable *cancellable,
	GError **error)
{
	g_autoptr(GSubprocess) process =
		g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
			error, "qemu-img", "convert", "-p", "-O", "qcow2", "-o",
			"lazy_refcounts=on", source, path, NULL);

	struct reading reading = {.progress = progress, .data = data, .cancellable = cancellable};

	if (!process)
		return false;
	read_progress(g_subprocess_get_stdout_pipe(process), &reading);
	if (g_cancellable_is_cancelled(cancellable))
		g_subprocess_force_exit(process);
	g_subprocess_wait(process, NULL, NULL);
	if (g_cancellable_is_cancelled(cancellable))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_CANCELLED,
			"copying %s was stopped; nothing was kept", source);
	return g_subprocess_get_successful(process) ||
	       oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED,
		       "cannot copy the disk %s to %s: is there enough room, and may you read it?",
		       source, path);
}

bool oriel_vm_disk_copy(struct oriel_vm_journal *journal, const char *source, const char *path,
	void (*progress)(unsigned int percent, void *data), void *data, GCancellable *cancellable,
	GError **error)
{
	g_autofree char *temporary = name_temporary(path);

	return check_free(path, error) && oriel_vm_journal_note_file(journal, temporary, error) &&
	       convert(source, temporary, progress, data, cancellable, error) &&
	       link_into_place(journal, temporary, path, error);
}

/* ---- what an image is based on -------------------------------------------------------------- */

static GPtrArray *read_chain(const char *json)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	GPtrArray *chain = g_ptr_array_new_with_free_func(g_free);
	JsonArray *images;

	if (!json_parser_load_from_data(parser, json, -1, NULL) ||
		!JSON_NODE_HOLDS_ARRAY(json_parser_get_root(parser)))
		return chain;
	images = json_node_get_array(json_parser_get_root(parser));
	for (guint i = 0; i < json_array_get_length(images); i++) {
		JsonObject *image = json_array_get_object_element(images, i);

		g_ptr_array_add(chain, g_strdup(json_object_get_string_member_with_default(
					       image, "filename", "")));
	}
	return chain;
}

GPtrArray *oriel_vm_disk_list_chain(const char *path, GError **error)
{
	g_autoptr(GSubprocess) process = g_subprocess_new(
		G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, error,
		"qemu-img", "info", "-U", "--backing-chain", "--output=json", path, NULL);
	g_autofree char *json = NULL;
	GPtrArray *chain;

	if (!process || !g_subprocess_communicate_utf8(process, NULL, NULL, &json, NULL, error))
		return NULL;
	chain = read_chain(json ? json : "");
	if (g_subprocess_get_successful(process) && chain->len)
		return chain;
	g_ptr_array_unref(chain);
	oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "cannot examine the disk %s", path);
	return NULL;
}
