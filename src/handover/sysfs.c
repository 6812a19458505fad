/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This computer's kernel and service manager. */
#include "handover/kernel.h"

#include "handover/systemd.h"
#include "host/cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A driver may need seconds to let go; one that needs longer hangs. */
#define WRITE_TIMEOUT_MS 20000
#define PROGRAM_TIMEOUT_S 20

/* ---- writes with an end --------------------------------------------------------------------- */

/* In the child: only what may be called after fork(). Ends with the errno. */
static void write_and_exit(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, size) < 0)
		_exit(errno);
	_exit(0);
}

/* The child's errno, or ETIMEDOUT: then it stays behind, for nobody can end it. */
static int wait_for_child(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd poll_fd = {pidfd, POLLIN, 0};
	int status, ready;

	if (pidfd < 0)
		return errno;
	ready = poll(&poll_fd, 1, WRITE_TIMEOUT_MS);
	close(pidfd);
	if (ready <= 0)
		return ETIMEDOUT;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EIO;
	return WEXITSTATUS(status);
}

static gboolean write_attribute(const char *path, const char *text, GError **error)
{
	size_t size = strlen(text);
	pid_t pid = fork();
	int code;

	if (!pid)
		write_and_exit(path, text, size);
	code = pid < 0 ? errno : wait_for_child(pid);
	if (!code)
		return TRUE;
	if (code == ETIMEDOUT)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
			"the kernel has not answered the writing of %s for %d s: a driver hangs, "
			"and only a reboot helps; save your work and reboot",
			path, WRITE_TIMEOUT_MS / 1000);
	else
		g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code),
			"cannot write '%.*s' into %s: %s", (int)strcspn(text, "\n"), text, path,
			g_strerror(code));
	return FALSE;
}

/* ---- devices -------------------------------------------------------------------------------- */

static gboolean set_override(
	void *kernel, const struct oriel_pci_address *address, const char *driver, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	g_autofree char *path = g_strdup_printf(
		"/sys/bus/pci/devices/%s/driver_override", oriel_pci_address_format(address, name));
	g_autofree char *text = g_strconcat(driver ? driver : "", "\n", NULL);

	return write_attribute(path, text, error);
}

static gboolean unbind(void *kernel, const struct oriel_pci_address *address, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	g_autofree char *path = g_strdup_printf(
		"/sys/bus/pci/devices/%s/driver/unbind", oriel_pci_address_format(address, name));

	return access(path, F_OK) || write_attribute(path, name, error);
}

static gboolean probe(void *kernel, const struct oriel_pci_address *address, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];

	return write_attribute(
		"/sys/bus/pci/drivers_probe", oriel_pci_address_format(address, name), error);
}

/* ---- modules -------------------------------------------------------------------------------- */

static gboolean load_module(void *kernel, const char *name, GError **error)
{
	const char *const words[] = {
		"timeout", G_STRINGIFY(PROGRAM_TIMEOUT_S), "modprobe", "--", name, NULL};
	g_autofree char *loaded = g_strconcat("/sys/module/", name, NULL);
	g_autoptr(GSubprocess) process = NULL;

	if (!access(loaded, F_OK))
		return TRUE;
	process = g_subprocess_newv(words, G_SUBPROCESS_FLAGS_STDERR_SILENCE, error);
	if (process && g_subprocess_wait_check(process, NULL, error))
		return TRUE;
	g_prefix_error(error, "cannot load the module %s: ", name);
	return FALSE;
}

static gboolean unload_module(void *kernel, const char *name, GError **error)
{
	if (!syscall(SYS_delete_module, name, O_NONBLOCK) || errno == ENOENT)
		return TRUE;
	g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(errno),
		"cannot unload the module %s: %s%s", name, g_strerror(errno),
		errno == EWOULDBLOCK || errno == EBUSY
			? "; another card or program uses it, and then this card cannot be handed "
			  "over while the computer runs"
			: "");
	return FALSE;
}

/* ---- services ------------------------------------------------------------------------------- */

static gboolean stop_service(void *kernel, const char *unit, GError **error)
{
	return oriel_systemd_stop(unit, error);
}

static gboolean start_service(void *kernel, const char *unit, GError **error)
{
	return oriel_systemd_start(unit, error);
}

/* ---- tuning --------------------------------------------------------------------------------- */

static gboolean write_file(void *kernel, const char *path, const char *text, GError **error)
{
	return write_attribute(path, text, error);
}

static char *get_unit_cpus(void *kernel, const char *unit, GError **error)
{
	return oriel_systemd_get_cpus(unit, error);
}

/* The service manager takes the control away from a group that has no limit any more; while another
 * group needs it, it leaves the last limit in the file. */
static void lift_limit(const char *unit)
{
	g_autofree char *path = g_strdup_printf("/sys/fs/cgroup/%s/cpuset.cpus", unit);
	g_autofree char *all = NULL;

	if (g_file_get_contents(ORIEL_CPUS_POSSIBLE, &all, NULL, NULL))
		write_attribute(path, all, NULL);
}

static gboolean set_unit_cpus(void *kernel, const char *unit, const char *cpus, GError **error)
{
	if (!oriel_systemd_set_cpus(unit, cpus, error))
		return FALSE;
	if (!*cpus)
		lift_limit(unit);
	return TRUE;
}

/* ---- time ----------------------------------------------------------------------------------- */

static void pause_ms(void *kernel, guint ms)
{
	g_usleep(ms * 1000ul);
}

static gint64 get_time_ms(void *kernel)
{
	return g_get_monotonic_time() / 1000;
}

static const struct oriel_kernel_ops sysfs_ops = {set_override, unbind, probe, load_module,
	unload_module, stop_service, start_service, write_file, get_unit_cpus, set_unit_cpus,
	pause_ms, get_time_ms};

const struct oriel_kernel oriel_kernel_sysfs = {&sysfs_ops, NULL};
