/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/bundle.h"

#include "support/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define README "README.txt"

struct entry {
	char *name, *text;
	gsize size;
};

struct missing {
	char *name, *why;
};

struct oriel_bundle {
	struct oriel_redact *redact;
	GPtrArray *entries; /* struct entry * */
	GPtrArray *missing; /* struct missing * */
	char *list;	    /* NULL: not sealed yet */
};

static void free_entry(void *data)
{
	struct entry *entry = data;

	g_free(entry->name);
	g_free(entry->text);
	g_free(entry);
}

static void free_missing(void *data)
{
	struct missing *missing = data;

	g_free(missing->name);
	g_free(missing->why);
	g_free(missing);
}

struct oriel_bundle *oriel_bundle_create(void)
{
	struct oriel_bundle *bundle = g_new0(struct oriel_bundle, 1);

	bundle->redact = oriel_redact_create();
	bundle->entries = g_ptr_array_new_with_free_func(free_entry);
	bundle->missing = g_ptr_array_new_with_free_func(free_missing);
	return bundle;
}

void oriel_bundle_destroy(struct oriel_bundle *bundle)
{
	if (!bundle)
		return;
	oriel_redact_destroy(bundle->redact);
	g_ptr_array_unref(bundle->entries);
	g_ptr_array_unref(bundle->missing);
	g_free(bundle->list);
	g_free(bundle);
}

void oriel_bundle_add_word(
	struct oriel_bundle *bundle, enum oriel_redact_kind kind, const char *word)
{
	oriel_redact_add_word(bundle->redact, kind, word);
}

void oriel_bundle_learn(struct oriel_bundle *bundle, const char *text, gsize size)
{
	oriel_redact_learn(bundle->redact, text, size);
}

void oriel_bundle_add(struct oriel_bundle *bundle, const char *name, const char *text, gsize size)
{
	struct entry *entry = g_new0(struct entry, 1);

	g_return_if_fail(!bundle->list);
	*entry = (struct entry){g_strdup(name), g_malloc(size + 1), size};
	memcpy(entry->text, text, size);
	entry->text[size] = '\0';
	g_ptr_array_add(bundle->entries, entry);
}

void oriel_bundle_add_missing(struct oriel_bundle *bundle, const char *name, const char *why)
{
	struct missing *missing = g_new0(struct missing, 1);

	g_return_if_fail(!bundle->list);
	*missing = (struct missing){g_strdup(name), g_strdup(why)};
	g_ptr_array_add(bundle->missing, missing);
}

/* ---- sealing -------------------------------------------------------------------------------- */

static gboolean has_name(const struct oriel_bundle *bundle, guint count, const char *name)
{
	for (guint i = 0; i < count; i++) {
		const struct entry *entry = g_ptr_array_index(bundle->entries, i);

		if (!strcmp(entry->name, name))
			return TRUE;
	}
	return !strcmp(name, README);
}

/* The folders are ours; names of files can be private. */
static char *clean_name(const struct oriel_bundle *bundle, const char *name)
{
	g_autofree char *folder = g_path_get_dirname(name);
	g_autofree char *file = g_path_get_basename(name);
	g_autofree char *clean = oriel_redact_clean(bundle->redact, file, strlen(file));
	g_autofree char *all = NULL;

	g_strcanon(g_strchomp(clean),
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._[]:-", '_');
	all = strcmp(folder, ".") ? g_build_filename(folder, clean, NULL) : g_strdup(clean);
	return g_strndup(all, ORIEL_TAR_NAME_BYTES_MAX - 4);
}

/* Cleaned names may fall together. */
static void name_entry(struct oriel_bundle *bundle, guint index)
{
	struct entry *entry = g_ptr_array_index(bundle->entries, index);
	g_autofree char *clean = clean_name(bundle, entry->name);
	g_autofree char *name = g_strdup(clean);

	for (guint i = 2; has_name(bundle, index, name); i++) {
		g_free(name);
		name = g_strdup_printf("%s-%u", clean, i);
	}
	g_free(entry->name);
	entry->name = g_steal_pointer(&name);
}

static void clean_entry(struct oriel_bundle *bundle, guint index)
{
	struct entry *entry = g_ptr_array_index(bundle->entries, index);
	char *text = oriel_redact_clean(bundle->redact, entry->text, entry->size);

	g_free(entry->text);
	entry->text = text;
	entry->size = strlen(text);
	name_entry(bundle, index);
}

static void add_kinds(const struct oriel_bundle *bundle, GString *list)
{
	guint any = 0;

	g_string_append(list, "\nTaken out (the same value has the same number everywhere):\n");
	for (guint i = 0; i < ORIEL_REDACT_KINDS; i++) {
		guint values = oriel_redact_count_values(bundle->redact, i);
		guint places = oriel_redact_count_places(bundle->redact, i);

		any += places;
		if (places)
			g_string_append_printf(list, "  %-17s %u different, in %u places\n",
				oriel_redact_kind_get_name(i), values, places);
	}
	if (!any)
		g_string_append(list, "  nothing\n");
}

static char *make_list(const struct oriel_bundle *bundle)
{
	GString *list = g_string_new("A bundle for whoever helps with Oriel " ORIEL_VERSION ".\n"
				     "Look it through before you send it: no program knows "
				     "everything that is private.\n\nInside:\n");

	for (guint i = 0; i < bundle->entries->len; i++) {
		const struct entry *entry = g_ptr_array_index(bundle->entries, i);

		g_string_append_printf(
			list, "  %8" G_GSIZE_FORMAT " %s\n", entry->size, entry->name);
	}
	if (bundle->missing->len)
		g_string_append(list, "\nLeft out:\n");
	for (guint i = 0; i < bundle->missing->len; i++) {
		const struct missing *missing = g_ptr_array_index(bundle->missing, i);
		g_autofree char *name = clean_name(bundle, missing->name);
		g_autofree char *why =
			oriel_redact_clean(bundle->redact, missing->why, strlen(missing->why));

		g_string_append_printf(list, "  %s: %s\n", name, g_strchomp(why));
	}
	add_kinds(bundle, list);
	return g_string_free(list, FALSE);
}

void oriel_bundle_seal(struct oriel_bundle *bundle)
{
	g_return_if_fail(!bundle->list);
	for (guint i = 0; i < bundle->entries->len; i++) {
		const struct entry *entry = g_ptr_array_index(bundle->entries, i);

		oriel_redact_learn(bundle->redact, entry->text, entry->size);
		oriel_redact_learn(bundle->redact, entry->name, strlen(entry->name));
	}
	for (guint i = 0; i < bundle->entries->len; i++)
		clean_entry(bundle, i);
	bundle->list = make_list(bundle);
}

const char *oriel_bundle_get_list(const struct oriel_bundle *bundle)
{
	return bundle->list;
}

/* ---- writing -------------------------------------------------------------------------------- */

static GByteArray *make_tar(const struct oriel_bundle *bundle)
{
	GByteArray *tar = g_byte_array_new();
	gint64 now_s = g_get_real_time() / G_USEC_PER_SEC;

	oriel_tar_add(tar, README, bundle->list, strlen(bundle->list), now_s);
	for (guint i = 0; i < bundle->entries->len; i++) {
		const struct entry *entry = g_ptr_array_index(bundle->entries, i);

		oriel_tar_add(tar, entry->name, entry->text, entry->size, now_s);
	}
	oriel_tar_finish(tar);
	return tar;
}

static gboolean write_all(int fd, const GByteArray *bytes)
{
	for (gsize done = 0; done < bytes->len;) {
		ssize_t written = write(fd, bytes->data + done, bytes->len - done);

		if (written < 0 && errno != EINTR)
			return FALSE;
		done += written > 0 ? (gsize)written : 0;
	}
	return TRUE;
}

gboolean oriel_bundle_write(const struct oriel_bundle *bundle, const char *path, GError **error)
{
	g_autoptr(GByteArray) tar = make_tar(bundle);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	gboolean is_written;
	int code;

	if (fd < 0) {
		code = errno;
		g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code),
			"cannot make the bundle %s: %s%s", path, g_strerror(code),
			code == EEXIST ? "; it is never overwritten: name another one with --output"
				       : "");
		return FALSE;
	}
	is_written = write_all(fd, tar);
	code = is_written ? 0 : errno;
	if (close(fd) && is_written)
		code = errno;
	if (!code)
		return TRUE;
	unlink(path);
	g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code),
		"cannot write the bundle %s: %s; it was removed again", path, g_strerror(code));
	return FALSE;
}
