/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bed/process.h"

#include "base/fd.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both ends of what the child and we have in common, before the child is there. */
struct channels {
	int in[2], out[2], failure[2]; /* read end, write end */
};

static void close_channels(struct channels *channels)
{
	for (int end = 0; end < 2; end++) {
		oriel_fd_close(&channels->in[end]);
		oriel_fd_close(&channels->out[end]);
		oriel_fd_close(&channels->failure[end]);
	}
}

static bool open_channels(struct channels *channels, const struct oriel_process_plan *plan)
{
	if (plan->pipe_in && pipe2(channels->in, O_CLOEXEC))
		return false;
	if (!plan->pipe_in) {
		channels->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (channels->in[0] < 0)
			return false;
	}
	if (plan->pipe_out && pipe2(channels->out, O_CLOEXEC))
		return false;
	return !pipe2(channels->failure, O_CLOEXEC);
}

/* In the child. A parent that died before we asked to die with it is noticed by its number. */
static bool bind_life(pid_t parent)
{
	return !prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == parent;
}

static bool place_fds(const struct oriel_process_plan *plan, const struct channels *channels)
{
	if (dup2(channels->in[0], STDIN_FILENO) < 0)
		return false;
	if (plan->pipe_out && dup2(channels->out[1], STDOUT_FILENO) < 0)
		return false;
	if (plan->error_fd >= 0 && dup2(plan->error_fd, STDERR_FILENO) < 0)
		return false;
	for (const int *fd = plan->keep_fds; *fd >= 0; fd++)
		if (fcntl(*fd, F_SETFD, 0))
			return false;
	return true;
}

/* In the child: becomes the program, or tells why not. Never returns. */
static void become(
	const struct oriel_process_plan *plan, const struct channels *channels, pid_t parent)
{
	const struct rlimit no_core = {0, 0};
	sigset_t none;
	int failed;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setrlimit(RLIMIT_CORE, &no_core);
	if (bind_life(parent) && place_fds(plan, channels))
		execvp(plan->argv[0], (char **)plan->argv);
	failed = errno ? errno : ESRCH;
	oriel_fd_write_all(channels->failure[1], &failed, sizeof(failed));
	_exit(127);
}

/* 0 when the child became the program, else the errno it told. */
static int read_failure(int fd)
{
	int failed;
	ssize_t got;

	do
		got = read(fd, &failed, sizeof(failed));
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(failed) ? failed : 0;
}

bool oriel_process_start(
	const struct oriel_process_plan *plan, struct oriel_process *ret_process, GError **error)
{
	struct channels channels = {{-1, -1}, {-1, -1}, {-1, -1}};
	pid_t parent = getpid();
	pid_t pid = open_channels(&channels, plan) ? fork() : -1;
	int failed = pid < 0 ? errno : 0;

	if (!pid)
		become(plan, &channels, parent);
	oriel_fd_close(&channels.failure[1]);
	if (pid > 0)
		failed = read_failure(channels.failure[0]);
	if (!failed)
		*ret_process = (struct oriel_process){
			.pid = pid,
			.watch_fd = (int)syscall(SYS_pidfd_open, pid, 0),
			.in_fd = oriel_fd_steal(&channels.in[1]),
			.out_fd = oriel_fd_steal(&channels.out[0]),
		};
	else if (pid > 0)
		waitpid(pid, NULL, 0);
	close_channels(&channels);
	if (failed)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(failed), "cannot start %s: %s",
			plan->argv[0], g_strerror(failed));
	return !failed;
}

int oriel_process_get_timeout_ms(uint64_t deadline_ns)
{
	uint64_t now_ns = oriel_time_now_ns();

	if (deadline_ns <= now_ns)
		return 0;
	return (int)MIN((deadline_ns - now_ns) / ORIEL_NS_PER_MS + 1, (uint64_t)G_MAXINT);
}

bool oriel_process_wait(struct oriel_process *process, uint64_t deadline_ns)
{
	struct pollfd end = {.fd = process->watch_fd, .events = POLLIN};

	if (!process->pid)
		return true;
	while (poll(&end, 1, oriel_process_get_timeout_ms(deadline_ns)) < 0)
		if (errno != EINTR)
			return false;
	if (waitpid(process->pid, &process->status, WNOHANG) != process->pid)
		return false;
	process->pid = 0;
	return true;
}

void oriel_process_stop(struct oriel_process *process, uint64_t grace_ns)
{
	if (process->pid) {
		kill(process->pid, SIGTERM);
		if (!oriel_process_wait(process, oriel_time_now_ns() + grace_ns)) {
			kill(process->pid, SIGKILL);
			waitpid(process->pid, &process->status, 0);
			process->pid = 0;
		}
	}
	oriel_fd_close(&process->watch_fd);
	oriel_fd_close(&process->in_fd);
	oriel_fd_close(&process->out_fd);
}

char *oriel_process_describe_end(const struct oriel_process *process)
{
	if (WIFSIGNALED(process->status))
		return g_strdup_printf("was killed by signal %d", WTERMSIG(process->status));
	return g_strdup_printf("ended with %d", WEXITSTATUS(process->status));
}
