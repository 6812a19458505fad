/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bed/machine.h"

#include "base/fd.h"
#include "base/time.h"
#include "bed/monitor.h"
#include "bed/process.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define QBOOT "/usr/share/qemu/qboot.rom"
#define LOG_MAX_BYTES (1u << 20) /* a guest that writes for ever is cut off */

struct oriel_bed_machine {
	struct oriel_process qemu;
	struct oriel_monitor monitor;
	GString *log;	   /* the serial line */
	size_t line_start; /* of the first line in log that nobody waited for yet */
	int error_fd;	   /* QEMU's own words */
	int cancel_fd;
};

/* ---- QEMU's command line -------------------------------------------------------------------- */

static void add(GPtrArray *argv, const char *option, char *value)
{
	g_ptr_array_add(argv, g_strdup(option));
	g_ptr_array_add(argv, value);
}

/* What an emulated processor would lose seconds with at every boot is left out. */
static char *get_kernel_arguments(const struct oriel_bed_machine_plan *plan)
{
	return g_strdup_printf("console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests "
			       "random.trust_cpu=on %s%s",
		plan->use_kvm ? "" : "no_timer_check ",
		plan->kernel_arguments ? plan->kernel_arguments : "");
}

static GPtrArray *make_argv(const struct oriel_bed_machine_plan *plan, int monitor_fd)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup("qemu-system-x86_64"));
	g_ptr_array_add(argv, g_strdup("-nodefaults"));
	g_ptr_array_add(argv, g_strdup("-no-user-config"));
	g_ptr_array_add(argv, g_strdup("-no-reboot"));
	add(argv, "-display", g_strdup("none"));
	add(argv, "-machine", g_strdup("q35"));
	add(argv, "-accel", g_strdup(plan->use_kvm ? "kvm" : "tcg,thread=multi"));
	add(argv, "-cpu", g_strdup(plan->use_kvm ? "host" : "max"));
	add(argv, "-smp", g_strdup("2"));
	add(argv, "-m", g_strdup_printf("%u", plan->memory_mb));
	add(argv, "-sandbox", g_strdup("on,obsolete=deny,elevateprivileges=deny,spawn=deny"));
	if (!access(QBOOT, R_OK))
		add(argv, "-bios", g_strdup(QBOOT));
	add(argv, "-kernel", g_strdup(plan->kernel->image));
	add(argv, "-initrd", g_strdup_printf("/proc/self/fd/%d", plan->initramfs_fd));
	add(argv, "-append", get_kernel_arguments(plan));
	add(argv, "-serial", g_strdup("stdio"));
	add(argv, "-chardev", g_strdup_printf("socket,id=monitor,fd=%d", monitor_fd));
	add(argv, "-mon", g_strdup("chardev=monitor,mode=control"));
	if (plan->spice)
		add(argv, "-spice", g_strdup(plan->spice));
	for (const char *const *chardev = plan->chardevs; chardev && *chardev; chardev++)
		add(argv, "-chardev", g_strdup(*chardev));
	if (plan->audio)
		add(argv, "-audiodev", g_strdup(plan->audio));
	for (const char *const *device = plan->devices; *device; device++)
		add(argv, "-device", g_strdup(*device));
	if (plan->shm_fd >= 0) {
		add(argv, "-object",
			g_strdup_printf("memory-backend-file,id=shm,share=on,"
					"mem-path=/proc/self/fd/%d,size=%zu",
				plan->shm_fd, plan->shm_bytes));
		add(argv, "-device", g_strdup("ivshmem-plain,memdev=shm"));
	}
	g_ptr_array_add(argv, NULL);
	return argv;
}

/* ---- life ----------------------------------------------------------------------------------- */

static bool start_qemu(struct oriel_bed_machine *machine, const struct oriel_bed_machine_plan *plan,
	GError **error)
{
	ORIEL_FD_AUTO int monitor_fd = -1;
	g_autoptr(GPtrArray) argv = NULL;
	struct oriel_process_plan process = {
		.keep_fds = {plan->initramfs_fd, -1, -1},
		.error_fd = machine->error_fd,
		.pipe_in = true,
		.pipe_out = true,
	};

	if (!oriel_monitor_open(&machine->monitor, &monitor_fd, error))
		return false;
	process.keep_fds[1] = monitor_fd;
	process.keep_fds[2] = plan->shm_fd;
	process.keep_fds[3] = -1;
	argv = make_argv(plan, monitor_fd);
	process.argv = (const char *const *)argv->pdata;
	return oriel_process_start(&process, &machine->qemu, error);
}

struct oriel_bed_machine *oriel_bed_machine_create(
	const struct oriel_bed_machine_plan *plan, GError **error)
{
	struct oriel_bed_machine *machine = g_new0(struct oriel_bed_machine, 1);

	machine->qemu = ORIEL_PROCESS_NONE;
	machine->monitor = ORIEL_MONITOR_NONE;
	machine->log = g_string_new(NULL);
	machine->cancel_fd = plan->cancel_fd;
	machine->error_fd = memfd_create("oriel-qemu-stderr", MFD_CLOEXEC);
	if (start_qemu(machine, plan, error))
		return machine;
	oriel_bed_machine_destroy(machine);
	return NULL;
}

void oriel_bed_machine_destroy(struct oriel_bed_machine *machine)
{
	if (!machine)
		return;
	oriel_process_stop(&machine->qemu, 0);
	oriel_monitor_close(&machine->monitor);
	oriel_fd_close(&machine->error_fd);
	g_string_free(machine->log, TRUE);
	g_free(machine);
}

bool oriel_bed_machine_may_use_kvm(void)
{
	return !access("/dev/kvm", R_OK | W_OK);
}

int oriel_bed_machine_create_shm(size_t size_bytes, GError **error)
{
	ORIEL_FD_AUTO int fd = memfd_create("oriel-shm", MFD_CLOEXEC);

	if (fd >= 0 && !ftruncate(fd, (off_t)size_bytes))
		return oriel_fd_steal(&fd);
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
		"cannot make %zu bytes of shared memory: %s", size_bytes, g_strerror(errno));
	return -1;
}

/* ---- the serial line ------------------------------------------------------------------------ */

static bool fail_ended(struct oriel_bed_machine *machine, GError **error)
{
	char words[512];
	ssize_t size = pread(machine->error_fd, words, sizeof(words) - 1, 0);
	g_autofree char *end = NULL;

	oriel_process_stop(&machine->qemu, ORIEL_NS_PER_S);
	end = oriel_process_describe_end(&machine->qemu);
	words[MAX(size, 0)] = '\0';
	g_strstrip(words);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_CLOSED, "QEMU %s%s%s", end, words[0] ? ": " : "",
		words);
	return false;
}

/* Takes the next whole line out of the log; NULL when there is none yet. */
static char *take_line(struct oriel_bed_machine *machine)
{
	const char *start = machine->log->str + machine->line_start;
	const char *end = strchr(start, '\n');
	char *line;

	if (!end)
		return NULL;
	line = g_strndup(start, end - start);
	machine->line_start += end + 1 - start;
	return g_strchomp(line);
}

static bool read_more(struct oriel_bed_machine *machine, uint64_t deadline_ns, GError **error)
{
	struct pollfd ends[] = {
		{.fd = machine->qemu.out_fd, .events = POLLIN},
		{.fd = machine->cancel_fd, .events = POLLIN},
	};
	int ready = poll(ends, G_N_ELEMENTS(ends), oriel_process_get_timeout_ms(deadline_ns));
	char text[4096];
	ssize_t size;

	if (ready < 0 && errno == EINTR)
		return true;
	if (ends[1].revents) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped by a signal");
		return false;
	}
	if (ready <= 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
			"the guest said nothing of what was waited for in time");
		return false;
	}
	size = read(machine->qemu.out_fd, text, sizeof(text));
	if (size <= 0 || machine->log->len > LOG_MAX_BYTES)
		return fail_ended(machine, error);
	for (ssize_t i = 0; i < size; i++)
		g_string_append_c(machine->log, text[i] ? text[i] : ' ');
	return true;
}

bool oriel_bed_machine_wait_line(struct oriel_bed_machine *machine, const char *prefix,
	uint64_t deadline_ns, char **ret_line, GError **error)
{
	for (;;) {
		g_autofree char *line = take_line(machine);

		if (line && g_str_has_prefix(line, prefix)) {
			if (ret_line)
				*ret_line = g_strdup(line + strlen(prefix));
			return true;
		}
		if (!line && !read_more(machine, deadline_ns, error))
			return false;
	}
}

bool oriel_bed_machine_send(struct oriel_bed_machine *machine, const char *line, GError **error)
{
	g_autofree char *text = g_strconcat(line, "\n", NULL);
	int rc = oriel_fd_write_all(machine->qemu.in_fd, text, strlen(text));

	if (rc)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-rc),
			"cannot write to the guest's serial line: %s", g_strerror(-rc));
	return !rc;
}

const char *oriel_bed_machine_get_log(const struct oriel_bed_machine *machine)
{
	return machine->log->str;
}

int oriel_bed_machine_get_fd(const struct oriel_bed_machine *machine)
{
	return machine->qemu.out_fd;
}

/* ---- SPICE ---------------------------------------------------------------------------------- */

int oriel_bed_machine_connect_spice(struct oriel_bed_machine *machine, GError **error)
{
	return oriel_monitor_connect_spice(&machine->monitor, error);
}
