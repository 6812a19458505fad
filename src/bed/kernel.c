/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bed/kernel.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static struct oriel_kernel *make_kernel(const char *release, char *image, char *modules)
{
	g_autofree char *list = g_build_filename(modules, "modules.dep", NULL);
	struct oriel_kernel *kernel = g_new0(struct oriel_kernel, 1);

	kernel->release = g_strdup(release);
	kernel->image = image;
	kernel->modules = modules;
	if (!access(image, R_OK) && !access(list, R_OK))
		return kernel;
	oriel_kernel_destroy(kernel);
	return NULL;
}

static struct oriel_kernel *find_fetched(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "version", NULL);
	g_autofree char *release = NULL;

	if (!g_file_get_contents(path, &release, NULL, NULL))
		return NULL;
	g_strstrip(release);
	return make_kernel(release, g_build_filename(folder, "vmlinux", NULL),
		g_build_filename(folder, "lib/modules", release, NULL));
}

static struct oriel_kernel *find_release(const char *release)
{
	return make_kernel(release, g_strconcat("/boot/vmlinuz-", release, NULL),
		g_build_filename("/lib/modules", release, NULL));
}

static struct oriel_kernel *find_installed(void)
{
	g_autoptr(GDir) releases = g_dir_open("/lib/modules", 0, NULL);
	struct oriel_kernel *kernel = NULL;
	struct utsname running;
	const char *release;

	if (!uname(&running))
		kernel = find_release(running.release);
	while (!kernel && releases && (release = g_dir_read_name(releases)))
		kernel = find_release(release);
	return kernel;
}

struct oriel_kernel *oriel_kernel_find(const char *folder, GError **error)
{
	struct oriel_kernel *kernel = folder ? find_fetched(folder) : NULL;

	if (!kernel)
		kernel = find_installed();
	if (!kernel)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"found no kernel for the guest, neither in %s nor a readable "
			"/boot/vmlinuz-* with its /lib/modules; run ./dev demo, which fetches "
			"Debian's own, or install the package linux-image-amd64",
			folder ? folder : "the build folder");
	return kernel;
}

void oriel_kernel_destroy(struct oriel_kernel *kernel)
{
	if (!kernel)
		return;
	g_free(kernel->release);
	g_free(kernel->image);
	g_free(kernel->modules);
	g_free(kernel);
}

/* ---- the order of modules ------------------------------------------------------------------- */

/* "kernel/drivers/virtio/virtio-ring.ko" is the module virtio_ring. */
static char *get_name(const char *path)
{
	g_autofree char *file = g_path_get_basename(path);
	char *end = strstr(file, ".ko");

	if (end)
		*end = '\0';
	return g_strdelimit(g_steal_pointer(&file), "-", '_');
}

static char *read_list(const struct oriel_kernel *kernel, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(kernel->modules, name, NULL);
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, error);
	return text;
}

/* name -> the line of modules.dep, "path: needed needed …"; built in ones have an empty line. */
static GHashTable *read_modules(const struct oriel_kernel *kernel, GError **error)
{
	g_autoptr(GHashTable) lines =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autofree char *loadable = read_list(kernel, "modules.dep", error);
	g_autofree char *builtin = loadable ? read_list(kernel, "modules.builtin", error) : NULL;
	g_auto(GStrv) files = NULL;
	g_auto(GStrv) built = NULL;

	if (!builtin)
		return NULL;
	files = g_strsplit(loadable, "\n", -1);
	built = g_strsplit(builtin, "\n", -1);
	for (char **line = built; *line; line++)
		g_hash_table_insert(lines, get_name(*line), g_strdup(""));
	for (char **line = files; *line; line++) {
		g_autofree char *path = g_strndup(*line, strcspn(*line, ":"));

		g_hash_table_insert(lines, get_name(path), g_strdup(*line));
	}
	return g_steal_pointer(&lines);
}

static void add_once(GPtrArray *files, const char *path)
{
	if (*path && !g_ptr_array_find_with_equal_func(files, path, g_str_equal, NULL))
		g_ptr_array_add(files, g_strdup(path));
}

/* modules.dep names what is needed last to first: the last one has to be loaded first. */
static void add_module(GPtrArray *files, const char *line)
{
	g_auto(GStrv) words = g_strsplit_set(line, ": ", -1);

	for (guint i = g_strv_length(words); i > 0; i--)
		add_once(files, words[i - 1]);
}

GPtrArray *oriel_kernel_get_modules(
	const struct oriel_kernel *kernel, const char *const *names, GError **error)
{
	g_autoptr(GHashTable) lines = read_modules(kernel, error);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

	if (!lines)
		return NULL;
	for (; *names; names++) {
		g_autofree char *name = get_name(*names);
		const char *line = g_hash_table_lookup(lines, name);

		if (!line) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
				"the kernel %s has no module %s in %s", kernel->release, name,
				kernel->modules);
			return NULL;
		}
		add_module(files, line);
	}
	return g_steal_pointer(&files);
}
