/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/handover/fake_kernel.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"

static gboolean is_struck(struct fake_kernel *fake, GError **error)
{
	fake->calls++;
	if (fake->calls == fake->kill_at)
		_exit(FAKE_KERNEL_KILLED);
	if (fake->calls != fake->fail_at)
		return FALSE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the fake kernel was told to fail");
	return TRUE;
}

static char *get_file(const struct fake_kernel *fake, const char *name, const char *file)
{
	return g_build_filename(fake->tree->root, DEVICES, name, file, NULL);
}

static char *read_file(const struct fake_kernel *fake, const char *name, const char *file)
{
	g_autofree char *path = get_file(fake, name, file);
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text ? g_strchomp(text) : NULL;
}

static char *read_driver(const struct fake_kernel *fake, const char *name)
{
	g_autofree char *path = get_file(fake, name, "driver");
	g_autofree char *target = g_file_read_link(path, NULL);

	return target ? g_path_get_basename(target) : NULL;
}

static void set_driver(const struct fake_kernel *fake, const char *name, const char *driver)
{
	g_autofree char *path = g_strdup_printf(DEVICES "/%s/driver", name);
	g_autofree char *target =
		driver ? g_strdup_printf("../../../bus/pci/drivers/%s", driver) : NULL;

	tree_remove(fake->tree, path);
	if (target)
		tree_link(fake->tree, path, target);
}

static gboolean is_loaded(const struct fake_kernel *fake, const char *driver)
{
	g_autofree char *plain = g_strdelimit(g_strdup(driver), "-", '_');
	g_autofree char *path = g_build_filename(fake->tree->root, "/sys/module", plain, NULL);
	gboolean is_module = g_str_has_prefix(plain, "vfio") || g_str_has_prefix(plain, "nvidia");

	return !is_module || !access(path, F_OK);
}

/* What the kernel's driver core does: the override alone, or the device's own driver. */
static void match(const struct fake_kernel *fake, const char *name)
{
	g_autofree char *override = read_file(fake, name, "driver_override");
	g_autofree char *home = read_file(fake, name, "test_home");
	g_autofree char *driver = read_driver(fake, name);
	const char *wanted = override && strcmp(override, "(null)") ? override : home;

	if (driver || !wanted || !is_loaded(fake, wanted) ||
		(fake->vfio_takes_none && !strcmp(wanted, "vfio-pci")))
		return;
	set_driver(fake, name, wanted);
}

static gboolean set_override(
	void *kernel, const struct oriel_pci_address *address, const char *driver, GError **error)
{
	struct fake_kernel *fake = kernel;
	char name[ORIEL_PCI_ADDRESS_BYTES];

	if (is_struck(fake, error))
		return FALSE;
	tree_write_pci(fake->tree, oriel_pci_address_format(address, name), "driver_override",
		"%s\n", driver ? driver : "(null)");
	return TRUE;
}

static gboolean unbind(void *kernel, const struct oriel_pci_address *address, GError **error)
{
	struct fake_kernel *fake = kernel;
	char name[ORIEL_PCI_ADDRESS_BYTES];

	if (is_struck(fake, error))
		return FALSE;
	set_driver(fake, oriel_pci_address_format(address, name), NULL);
	return TRUE;
}

static gboolean probe(void *kernel, const struct oriel_pci_address *address, GError **error)
{
	struct fake_kernel *fake = kernel;
	char name[ORIEL_PCI_ADDRESS_BYTES];

	if (is_struck(fake, error))
		return FALSE;
	match(fake, oriel_pci_address_format(address, name));
	return TRUE;
}

/* A driver that comes takes every device that is free and fits. */
static gboolean load_module(void *kernel, const char *module, GError **error)
{
	struct fake_kernel *fake = kernel;
	g_autofree char *path = g_strdup_printf("/sys/module/%s", module);
	g_autofree char *devices = g_build_filename(fake->tree->root, DEVICES, NULL);
	g_autoptr(GDir) dir = NULL;
	const char *name;

	if (is_struck(fake, error))
		return FALSE;
	tree_write(fake->tree, path, NULL);
	dir = g_dir_open(devices, 0, NULL);
	while ((name = g_dir_read_name(dir)))
		match(fake, name);
	return TRUE;
}

static gboolean unload_module(void *kernel, const char *module, GError **error)
{
	struct fake_kernel *fake = kernel;
	g_autofree char *path = g_strdup_printf("/sys/module/%s", module);
	g_autofree char *devices = g_build_filename(fake->tree->root, DEVICES, NULL);
	g_autoptr(GDir) dir = g_dir_open(devices, 0, NULL);
	const char *name;

	if (is_struck(fake, error))
		return FALSE;
	if (fake->nvidia_is_used) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
			"cannot unload the module %s: in use", module);
		return FALSE;
	}
	tree_remove(fake->tree, path);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *driver = read_driver(fake, name);

		if (!g_strcmp0(driver, module))
			set_driver(fake, name, NULL);
	}
	return TRUE;
}

static void append(char **list, const char *unit)
{
	char *longer = g_strconcat(*list ? *list : "", unit, " ", NULL);

	g_free(*list);
	*list = longer;
}

/* Its process ends, whatever its number is in the test. */
static gboolean stop_service(void *kernel, const char *unit, GError **error)
{
	struct fake_kernel *fake = kernel;

	if (is_struck(fake, error))
		return FALSE;
	append(&fake->stopped, unit);
	tree_remove(fake->tree, "/proc/900");
	return TRUE;
}

static gboolean start_service(void *kernel, const char *unit, GError **error)
{
	struct fake_kernel *fake = kernel;

	if (is_struck(fake, error))
		return FALSE;
	append(&fake->started, unit);
	return TRUE;
}

/* ---- tuning --------------------------------------------------------------------------------- */

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define CONTROL "/sys/fs/cgroup/cgroup.subtree_control"

/* The kernel shows all words and marks the chosen one. */
static void choose(struct fake_kernel *fake, const char *path, const char *word)
{
	g_autofree char *all = g_strdup(" always madvise never ");
	g_autofree char *blank = g_strdup_printf(" %s ", word);
	g_autofree char *marked = g_strdup_printf(" [%s] ", word);
	g_auto(GStrv) parts = g_strsplit(all, blank, 2);
	g_autofree char *text = g_strjoinv(marked, parts);

	tree_write(fake->tree, path, g_strstrip(text));
}

/* It gives what there is, without a word. */
static void reserve(struct fake_kernel *fake, const char *path, const char *count)
{
	guint64 wanted = g_ascii_strtoull(count, NULL, 10);
	g_autofree char *text = g_strdup_printf(
		"%" G_GUINT64_FORMAT "\n", fake->pages_max ? MIN(wanted, fake->pages_max) : wanted);

	tree_write(fake->tree, path, text);
}

/* The groups have files of the controller only while it is on. */
static void control(struct fake_kernel *fake, const char *word)
{
	static const char *const groups[] = {"init.scope", "system.slice", "user.slice", "machine"};
	gboolean is_on = *word == '+';

	tree_write(fake->tree, CONTROL, is_on ? "cpu cpuset memory\n" : "cpu memory\n");
	for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
		g_autofree char *path = g_strdup_printf("/sys/fs/cgroup/%s/cpuset.cpus", groups[i]);

		if (is_on)
			tree_write(fake->tree, path, "\n");
		else
			tree_remove(fake->tree, path);
	}
}

static gboolean write_file(void *kernel, const char *path, const char *text, GError **error)
{
	struct fake_kernel *fake = kernel;
	g_autofree char *full = g_build_filename(fake->tree->root, path, NULL);
	g_autofree char *value = g_strchomp(g_strdup(text));

	if (is_struck(fake, error))
		return FALSE;
	/* Groups have programs in them. */
	if (access(full, F_OK) || (fake->stuck && strstr(path, fake->stuck)) ||
		(!*value && g_str_has_suffix(path, "/cpuset.cpus"))) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot write '%s' into %s",
			value, path);
		return FALSE;
	}
	if (g_str_has_prefix(path, THP))
		choose(fake, path, value);
	else if (g_str_has_suffix(path, "/nr_hugepages"))
		reserve(fake, path, value);
	else if (!strcmp(path, CONTROL))
		control(fake, value);
	else if (g_str_has_suffix(path, "/compact_memory"))
		fake->compactions++;
	else
		tree_write(fake->tree, path, text);
	return TRUE;
}

static char *get_unit_file(const char *unit)
{
	return g_strdup_printf("/run/systemd/test/%s", unit);
}

static char *get_unit_cpus(void *kernel, const char *unit, GError **error)
{
	struct fake_kernel *fake = kernel;
	g_autofree char *path = get_unit_file(unit);
	g_autofree char *full = g_build_filename(fake->tree->root, path, NULL);
	char *text = NULL;

	return g_file_get_contents(full, &text, NULL, error) ? g_strchomp(text) : NULL;
}

static gboolean set_unit_cpus(void *kernel, const char *unit, const char *cpus, GError **error)
{
	struct fake_kernel *fake = kernel;
	g_autofree char *path = get_unit_file(unit);

	if (is_struck(fake, error))
		return FALSE;
	tree_write(fake->tree, path, cpus);
	return TRUE;
}

/* ---- time ----------------------------------------------------------------------------------- */

/* Time goes by without being waited for. */
static void pause_ms(void *kernel, guint ms)
{
	struct fake_kernel *fake = kernel;
	g_autofree char *fd = g_strdup_printf("/proc/%d/fd/3", fake->blinker);

	fake->time_ms += ms;
	fake->blinks++;
	if (!fake->blinker)
		return;
	tree_remove(fake->tree, fd);
	if (fake->blinks % 3)
		tree_link(fake->tree, fd, "/dev/dri/renderD129");
}

static gint64 get_time_ms(void *kernel)
{
	struct fake_kernel *fake = kernel;

	return fake->time_ms;
}

const struct oriel_kernel_ops fake_kernel_ops = {set_override, unbind, probe, load_module,
	unload_module, stop_service, start_service, write_file, get_unit_cpus, set_unit_cpus,
	pause_ms, get_time_ms};

void fake_kernel_set_home(struct tree *tree, const char *name, const char *driver)
{
	g_autofree char *path = g_strdup_printf("/sys/bus/pci/devices/%s/driver", name);
	g_autofree char *target = g_strdup_printf("../../../bus/pci/drivers/%s", driver);

	tree_write_pci(tree, name, "test_home", "%s\n", driver);
	tree_remove(tree, path);
	tree_link(tree, path, target);
}

void fake_kernel_finish(struct fake_kernel *fake)
{
	g_free(fake->stopped);
	g_free(fake->started);
}

gboolean fake_kernel_fork(struct fake_kernel *fake, guint kill_at)
{
	fake->process = fork();
	if (fake->process)
		return FALSE;
	fake->calls = 0;
	fake->kill_at = kill_at;
	return TRUE;
}

int fake_kernel_wait(const struct fake_kernel *fake)
{
	int status;

	g_assert_cmpint(waitpid(fake->process, &status, 0), ==, fake->process);
	g_assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}
