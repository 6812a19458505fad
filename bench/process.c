/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"

#define STOP_MS 1000u

void bench_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("oriel-bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* Returns 0 in the child. */
static pid_t fork_tied(void)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		bench_die("cannot start a process: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

void bench_process_fork(struct bench_process *ret_process, void (*run)(void *shared), void *shared)
{
	pid_t pid = fork_tied();

	if (pid == 0) {
		run(shared);
		_exit(0);
	}
	*ret_process = (struct bench_process){.pid = pid, .output_fd = -1};
}

/* Forking this program takes a while for all the memory it has mapped: only the child knows when
 * the other program's time begins. */
static uint64_t *exec_ns;

uint64_t bench_process_get_exec_ns(void)
{
	return __atomic_load_n(exec_ns, __ATOMIC_ACQUIRE);
}

static void become(char *const argv[], const char *display, int output_fd, int keep_fd)
{
	unsetenv("WAYLAND_DISPLAY");
	unsetenv("DISPLAY");
	if (display)
		setenv(display[0] == ':' ? "DISPLAY" : "WAYLAND_DISPLAY", display, 1);
	dup2(output_fd, STDOUT_FILENO);
	if (!getenv("ORIEL_BENCH_VERBOSE")) {
		int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null_fd, STDIN_FILENO);
		dup2(null_fd, STDERR_FILENO);
	}
	if (keep_fd >= 0)
		fcntl(keep_fd, F_SETFD, 0);
	__atomic_store_n(exec_ns, oriel_time_now_ns(), __ATOMIC_RELEASE);
	execvp(argv[0], argv);
	_exit(127);
}

void bench_process_exec(
	struct bench_process *ret_process, char *const argv[], const char *display, int keep_fd)
{
	int output_fd = memfd_create("oriel-bench-output", MFD_CLOEXEC);
	pid_t pid;

	if (output_fd < 0)
		bench_die("cannot make a file for the output of %s: %s", argv[0], strerror(errno));
	if (!exec_ns)
		exec_ns = bench_share(sizeof(*exec_ns));
	*exec_ns = 0;
	pid = fork_tied();
	if (pid == 0)
		become(argv, display, output_fd, keep_fd);
	*ret_process = (struct bench_process){.pid = pid, .output_fd = output_fd};
}

bool bench_process_is_running(struct bench_process *process)
{
	if (process->pid && waitpid(process->pid, NULL, WNOHANG) == process->pid)
		process->pid = 0;
	return process->pid != 0;
}

static void read_output(struct bench_process *process)
{
	struct stat stat;

	if (process->output_fd < 0 || fstat(process->output_fd, &stat) < 0)
		return;
	process->output = calloc(1, (size_t)stat.st_size + 1);
	if (process->output &&
		pread(process->output_fd, process->output, (size_t)stat.st_size, 0) < 0)
		process->output[0] = '\0';
	oriel_fd_close(&process->output_fd);
}

/* Reaps it when it ends before until_ns. */
static bool reap(struct bench_process *process, uint64_t until_ns, int *ret_status)
{
	while (process->pid && waitpid(process->pid, ret_status, WNOHANG) == 0) {
		if (oriel_time_now_ns() >= until_ns)
			return false;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS);
	}
	process->pid = 0;
	read_output(process);
	return true;
}

int bench_process_join(struct bench_process *process)
{
	int status = 0;

	if (!reap(process, oriel_time_now_ns() + STOP_MS * ORIEL_NS_PER_MS, &status))
		status = bench_process_stop(process);
	return status;
}

int bench_process_stop(struct bench_process *process)
{
	int status = 0;

	if (process->pid)
		kill(process->pid, SIGTERM);
	if (!reap(process, oriel_time_now_ns() + STOP_MS * ORIEL_NS_PER_MS, &status)) {
		kill(process->pid, SIGKILL);
		reap(process, UINT64_MAX, &status);
	}
	return status;
}

void bench_process_finish(struct bench_process *process)
{
	bench_process_stop(process);
	free(process->output);
	*process = (struct bench_process){.output_fd = -1};
}

double bench_process_get_cpu_s(const struct bench_process *process)
{
	struct timespec used;
	clockid_t clock;

	if (!process->pid || clock_getcpuclockid(process->pid, &clock) ||
		clock_gettime(clock, &used))
		return 0;
	return (double)used.tv_sec + (double)used.tv_nsec / (double)ORIEL_NS_PER_S;
}

size_t bench_process_get_resident_bytes(const struct bench_process *process)
{
	char path[32];
	size_t pages = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)process->pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*u %zu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

void *bench_share(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		bench_die("cannot share %zu bytes: %s", bytes, strerror(errno));
	return memory;
}

void bench_unshare(void *memory, size_t bytes)
{
	munmap(memory, bytes);
}

bool bench_program_exists(const char *name)
{
	char *folders, *rest, *folder;
	bool found = false;

	if (strchr(name, '/'))
		return access(name, X_OK) == 0;
	folders = rest = strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	while (folders && !found && (folder = strsep(&rest, ":"))) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, name);
		found = access(path, X_OK) == 0;
	}
	free(folders);
	return found;
}
