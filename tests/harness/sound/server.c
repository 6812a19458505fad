/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/sound/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"

#define START_S 20
#define STEP_NS (50 * ORIEL_NS_PER_MS)

static struct {
	char folder[64];
	pid_t server, manager;
} rig;

static bool exists(const char *program)
{
	char path[128];

	snprintf(path, sizeof path, "/usr/bin/%s", program);
	return access(path, X_OK) == 0;
}

const char *sound_find_obstacle(void)
{
	static const char *const needed[][2] = {
		{"pipewire", "no sound server (Debian package pipewire)"},
		{"wireplumber", "nobody connects streams (Debian package wireplumber)"},
		{"pw-cli", "no tool to make devices (Debian package pipewire-bin)"},
		{"pw-link", "no tool to connect ports (Debian package pipewire-bin)"},
	};

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!exists(needed[i][0]))
			return needed[i][1];
	return NULL;
}

/* output_fd takes both outputs. */
static pid_t spawn(const char *const argv[], int output_fd)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	dup2(output_fd, STDOUT_FILENO);
	dup2(output_fd, STDERR_FILENO);
	execvp(argv[0], (char **)argv);
	_exit(127);
}

/* True when it ended with status 0 in time. */
static bool wait_end(pid_t pid)
{
	uint64_t end_ns = oriel_time_now_ns() + START_S * ORIEL_NS_PER_S;
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (oriel_time_now_ns() > end_ns) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return false;
		}
		oriel_time_sleep_until_ns(oriel_time_now_ns() + STEP_NS / 5);
	}
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* Runs a tool to its end; its output, owned, or NULL when it failed. */
static char *run(const char *const argv[])
{
	size_t room = 1 << 20;
	char *text = malloc(room);
	int fd = open(rig.folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	ssize_t length = -1;

	if (text && fd >= 0 && wait_end(spawn(argv, fd)))
		length = pread(fd, text, room - 1, 0);
	if (fd >= 0)
		close(fd);
	if (length < 0) {
		free(text);
		return NULL;
	}
	text[length] = '\0';
	return text;
}

static bool succeeds(const char *const argv[])
{
	char *text = run(argv);

	free(text);
	return text;
}

char *sound_list(void)
{
	return run((const char *const[]){"pw-cli", "ls", NULL});
}

int sound_find_listed(const char *name)
{
	char *text = sound_list();
	int found = !text ? -1 : strstr(text, name) != NULL;

	free(text);
	return found;
}

bool sound_wait_listed(const char *name, bool is_wanted)
{
	uint64_t end_ns = oriel_time_now_ns() + START_S * ORIEL_NS_PER_S;

	while (sound_find_listed(name) != is_wanted) {
		if (oriel_time_now_ns() >= end_ns)
			return false;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + STEP_NS);
	}
	return true;
}

bool sound_link(const char *output, const char *input)
{
	uint64_t end_ns = oriel_time_now_ns() + START_S * ORIEL_NS_PER_S;

	while (!succeeds((const char *const[]){"pw-link", output, input, NULL})) {
		if (oriel_time_now_ns() > end_ns)
			return false;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + STEP_NS);
	}
	return true;
}

static bool make_device(const char *name, const char *class)
{
	char description[256];

	snprintf(description, sizeof description,
		"{ factory.name=support.null-audio-sink node.name=%s media.class=%s "
		"object.linger=true audio.position=[FL FR] monitor.channel-volumes=true }",
		name, class);
	return succeeds(
		(const char *const[]){"pw-cli", "create-node", "adapter", description, NULL});
}

/* A device has ports once the session manager has seen it. */
static bool wait_for_ports(const char *name)
{
	uint64_t end_ns = oriel_time_now_ns() + START_S * ORIEL_NS_PER_S;
	char prefix[64];
	bool there = false;

	snprintf(prefix, sizeof prefix, "%s:", name);
	while (!there && oriel_time_now_ns() < end_ns) {
		char *text = run((const char *const[]){"pw-link", "-io", NULL});

		there = text && strstr(text, prefix);
		free(text);
		if (!there)
			oriel_time_sleep_until_ns(oriel_time_now_ns() + STEP_NS);
	}
	return there;
}

static bool wait_for_socket(void)
{
	uint64_t end_ns = oriel_time_now_ns() + START_S * ORIEL_NS_PER_S;
	char path[96];

	snprintf(path, sizeof path, "%s/pipewire-0", rig.folder);
	while (access(path, F_OK) < 0) {
		if (oriel_time_now_ns() > end_ns)
			return false;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + STEP_NS);
	}
	return true;
}

static pid_t start_daemon(const char *const argv[])
{
	char path[96];
	pid_t pid;
	int fd;

	snprintf(path, sizeof path, "%s/%s.log", rig.folder, argv[0]);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	pid = spawn(argv, fd);
	close(fd);
	return pid;
}

void sound_come_first(void)
{
	sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
}

bool sound_start(void)
{
	strcpy(rig.folder, "/tmp/oriel-sound-XXXXXX");
	if (!mkdtemp(rig.folder))
		return false;
	setenv("XDG_RUNTIME_DIR", rig.folder, 1);
	setenv("HOME", rig.folder, 1);
	/* Nobody there: neither the user's bus nor one started on the way. */
	setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", 1);
	unsetenv("PIPEWIRE_REMOTE");
	unsetenv("PIPEWIRE_RUNTIME_DIR");
	return sound_begin();
}

bool sound_begin(void)
{
	rig.server = start_daemon((const char *const[]){"pipewire", NULL});
	/* The part that connects streams; the parts for real devices want a system bus. */
	if (wait_for_socket())
		rig.manager = start_daemon(
			(const char *const[]){"wireplumber", "-c", "policy.conf", NULL});
	return rig.manager && make_device(SOUND_SINK, "Audio/Sink") &&
	       make_device(SOUND_MICROPHONE, "Audio/Source/Virtual") &&
	       wait_for_ports(SOUND_SINK) && wait_for_ports(SOUND_MICROPHONE);
}

bool sound_add_sink(const char *name)
{
	return make_device(name, "Audio/Sink") && wait_for_ports(name);
}

static int forget(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	return remove(path);
}

static void end(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGTERM);
		wait_end(*pid);
	}
	*pid = 0;
}

void sound_end(void)
{
	end(&rig.manager);
	end(&rig.server);
}

void sound_stop(void)
{
	sound_end();
	if (rig.folder[0])
		nftw(rig.folder, forget, 16, FTW_DEPTH | FTW_PHYS);
	rig.folder[0] = '\0';
}

int sound_begin_group(void **state)
{
	return !sound_find_obstacle() && !sound_start();
}

int sound_end_group(void **state)
{
	sound_stop();
	return 0;
}
