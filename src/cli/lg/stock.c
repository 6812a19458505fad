/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/lg/stock.h"

#include "vm/error.h"

#include <string.h>

/* What both releases have by the same name. */
#define COMMON                                                                                     \
	[ORIEL_STOCK_TITLE] = "win:title", [ORIEL_STOCK_SIZE] = "win:size",                        \
	[ORIEL_STOCK_FULLSCREEN] = "win:fullScreen", [ORIEL_STOCK_JIT] = "win:jitRender",          \
	[ORIEL_STOCK_VSYNC] = "egl:vsync", [ORIEL_STOCK_VSYNC_OPENGL] = "opengl:vsync",            \
	[ORIEL_STOCK_DOUBLE_BUFFER] = "egl:doubleBuffer",                                          \
	[ORIEL_STOCK_RAW_MOUSE] = "input:rawMouse", [ORIEL_STOCK_ESCAPE_KEY] = "input:escapeKey",  \
	[ORIEL_STOCK_SPICE_ENABLE] = "spice:enable", [ORIEL_STOCK_SPICE_HOST] = "spice:host",      \
	[ORIEL_STOCK_SPICE_PORT] = "spice:port"

/* One release a row; later ones are taken as the last. B8 adds its latency to a measured one, so
 * that a profile's has no equal there. */
static const struct oriel_stock_release releases[] = {
	{"B7", {COMMON, [ORIEL_STOCK_MEMORY] = "app:shmFile",
		       [ORIEL_STOCK_AUDIO_LATENCY] = "audio:bufferLatency"}},
	{"B8", {COMMON, [ORIEL_STOCK_MEMORY] = "lgmp:shmDevice"}},
};

const struct oriel_stock_release *oriel_stock_find_release(const char *name, GError **error)
{
	g_autoptr(GString) known = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(releases); i++) {
		if (!name || g_str_equal(name, releases[i].name))
			return &releases[i];
		g_string_append_printf(known, "%s%s", i ? ", " : "", releases[i].name);
	}
	oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
		"release '%.64s' of the stock client is not known; known are: %s (newer ones: the "
		"last)",
		name, known->str);
	return NULL;
}

void oriel_stock_add(GPtrArray *words, const struct oriel_stock_release *release,
	enum oriel_stock_setting setting, const char *value)
{
	if (release->names[setting])
		g_ptr_array_add(words, g_strdup_printf("%s=%s", release->names[setting], value));
}

/* ---- profiles ------------------------------------------------------------------------------- */

static const struct {
	const char *group, *key;
	enum oriel_stock_setting settings[2];
	unsigned int count;
} of_profile[] = {
	{"vm", "resolution", {ORIEL_STOCK_SIZE}, 1},
	{"viewer", "jit-render", {ORIEL_STOCK_JIT}, 1},
	{"viewer", "vsync", {ORIEL_STOCK_VSYNC, ORIEL_STOCK_VSYNC_OPENGL}, 2},
	/* Pictures that wait for a refresh need another buffer to be drawn into. */
	{"viewer", "vsync", {ORIEL_STOCK_DOUBLE_BUFFER}, 1},
	{"viewer", "raw-mouse", {ORIEL_STOCK_RAW_MOUSE}, 1},
	{"viewer", "audio-latency-ms", {ORIEL_STOCK_AUDIO_LATENCY}, 1},
};

void oriel_stock_add_profile(
	GPtrArray *words, const struct oriel_stock_release *release, GKeyFile *profile)
{
	for (size_t i = 0; i < G_N_ELEMENTS(of_profile); i++) {
		g_autofree char *value = g_key_file_get_string(
			profile, of_profile[i].group, of_profile[i].key, NULL);

		for (unsigned int j = 0; value && j < of_profile[i].count; j++)
			oriel_stock_add(words, release, of_profile[i].settings[j], value);
	}
}

/* ---- as a file ------------------------------------------------------------------------------ */

static void append_group(GString *text, const GPtrArray *words, const char *group)
{
	size_t length = strlen(group);

	g_string_append_printf(text, "[%s]\n", group);
	for (guint i = 0; i < words->len; i++) {
		const char *word = words->pdata[i];

		if (!strncmp(word, group, length) && word[length] == ':')
			g_string_append_printf(text, "%s\n", word + length + 1);
	}
}

char *oriel_stock_make_file(const GPtrArray *words)
{
	g_autoptr(GHashTable) done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < words->len; i++) {
		const char *word = words->pdata[i];
		char *group = g_strndup(word, strcspn(word, ":"));

		if (!g_hash_table_contains(done, group))
			append_group(text, words, group);
		g_hash_table_add(done, group);
	}
	return g_string_free(text, FALSE);
}
