/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The filter of system calls. Notes for what the libraries below us do, since they have none:
 */
#include "view/sandbox.h"

#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

/* The C library: memory, threads, signals, time.
 * syscalls: brk mmap munmap mremap mprotect madvise futex membarrier set_robust_list rseq
 * rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait sigaltstack restart_syscall exit
 * exit_group gettid getpid getppid nanosleep clock_nanosleep clock_gettime clock_getres
 * gettimeofday time sched_yield sched_getaffinity sched_getparam sched_getscheduler
 * sched_get_priority_max sched_get_priority_min getrandom prlimit64 getrlimit getrusage sysinfo
 * uname prctl getuid geteuid getgid getegid getresuid getresgid */

/* The C library, GLib, fontconfig and drivers: files, with what Landlock leaves of them.
 * syscalls: open openat read write readv writev pread64 pwrite64 lseek close close_range dup dup2
 * dup3 fcntl fstat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat
 * getcwd getdents64 fstatfs statfs fadvise64 flock ftruncate fallocate memfd_create mkdir mkdirat
 * rename renameat renameat2 unlink unlinkat chmod fchmod fsync fdatasync utimensat umask ioctl */

/* GLib's main loop and that of others.
 * syscalls: poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2
 * pipe2 timerfd_create timerfd_settime timerfd_gettime signalfd4 inotify_init1 inotify_add_watch
 * inotify_rm_watch sched_getattr sched_setattr */

/* Display, sound and SPICE servers, and pictures in memory shared with an X server.
 * syscalls: connect sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg shutdown getsockopt
 * setsockopt getsockname getpeername socketpair shmget shmat shmdt shmctl */

static const char *const allowed[] = {
#include "view/sandbox_calls.h"
	NULL,
};

/* clone3() hides its flags from a filter; the C library then takes clone(). */
static int add_threads(scmp_filter_ctx filter)
{
	int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	/* abort() */
	return result ? result
		      : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
}

static int add_sockets(scmp_filter_ctx filter)
{
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6};

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));

		if (result)
			return result;
	}
	return 0;
}

static int fill(scmp_filter_ctx filter)
{
	int result = add_threads(filter);

	if (!result)
		result = add_sockets(filter);
	for (size_t i = 0; allowed[i] && !result; i++) {
		int number = seccomp_syscall_resolve_name(allowed[i]);

		/* Negative: this processor has it not. */
		if (number >= 0)
			result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	return result;
}

int oriel_sandbox_filter(struct oriel_error *error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int result = filter ? fill(filter) : -ENOMEM;

	/* Threads that a driver has started already, too. */
	if (!result)
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	/* A tree instead of a list: each call of the frame path goes through it. */
	if (!result)
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!result)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result)
		oriel_error_set_errno(error, result, "cannot filter system calls");
	return result;
}
