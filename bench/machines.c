/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `oriel vm` adds to libvirt: 200 machines listed, against virsh, and one made, against the
 * definition that virt-install prints. All by the driver inside of the process (qemu:///embed) in a
 * folder of their own, so that no daemon and no machine of this computer has to do with it.
 */
#include "base/time.h"
#include "measure.h"
#include "process.h"
#include "samples.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MACHINES 200

static const char config[] = "stdio_handler = \"file\"\nuser = \"root\"\ngroup = \"root\"\n"
			     "dynamic_ownership = 0\nremember_owner = 0\ncgroup_controllers = [ ]\n"
			     "namespaces = [ ]\nsecurity_driver = \"none\"\n";

/* virt-install as it is, with the event loop that libvirt wants where it is in the process. */
static const char in_process[] =
	"import libvirt, runpy, sys\nlibvirt.virEventRegisterDefaultImpl()\n"
	"sys.argv[0] = 'virt-install'\n"
	"runpy.run_path('/usr/bin/virt-install', run_name='__main__')\n";

static const char definition[] =
	"<domain type='qemu'><name>bench%u</name><memory unit='MiB'>256</memory><vcpu>1</vcpu>"
	"<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>\n";

struct bed {
	char folder[64], uri[128], oriel[PATH_MAX];
};

/* ---- the folder ----------------------------------------------------------------------------- */

static void write_file(const struct bed *bed, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", bed->folder, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file))
		bench_die("cannot write %s: %s", path, strerror(errno));
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	return remove(path);
}

static void open_bed(struct bed *bed, const struct bench_run *run)
{
	static const char *const folders[] = {"r", "r/etc", "state"};
	const char *slash = strrchr(run->viewer, '/');

	snprintf(bed->oriel, sizeof bed->oriel, "%.*s/oriel",
		slash ? (int)(slash - run->viewer) : 1, slash ? run->viewer : ".");
	strcpy(bed->folder, "/tmp/oriel-bench-XXXXXX");
	if (!mkdtemp(bed->folder))
		bench_die("cannot make a folder in /tmp: %s", strerror(errno));
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof path, "%s/%s", bed->folder, folders[i]);
		if (mkdir(path, 0700))
			bench_die("cannot make %s: %s", path, strerror(errno));
	}
	write_file(bed, "r/etc/qemu.conf", config);
	snprintf(bed->uri, sizeof bed->uri, "qemu:///embed?root=%s/r", bed->folder);
	setenv("ORIEL_DATA_DIR", BENCH_DATA_DIR, 1);
	setenv("XDG_STATE_HOME", bed->folder, 1);
}

/* ---- what is run ---------------------------------------------------------------------------- */

/* Milliseconds from its start to its end; what it prints is dropped. words end with NULL. */
static double run_words(const char *const *words)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	uint64_t began_ns;
	int status = 0, code;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (!getenv("ORIEL_BENCH_VERBOSE"))
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	began_ns = oriel_time_now_ns();
	code = posix_spawnp(&pid, words[0], &actions, NULL, (char *const *)words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (code)
		bench_die("cannot start %s: %s", words[0], strerror(code));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		bench_die("%s failed; ORIEL_BENCH_VERBOSE=1 shows why", words[0]);
	return (double)(oriel_time_now_ns() - began_ns) / 1e6;
}

/* All by one virsh: each start of the driver costs more than a definition. */
static void define_machines(const struct bed *bed)
{
	char *commands = malloc(MACHINES * 64), *end = commands;
	const char *const words[] = {"virsh", "-q", "-c", bed->uri, commands, NULL};

	if (!commands)
		bench_die("no memory");
	for (unsigned int i = 0; i < MACHINES; i++) {
		char name[32], text[sizeof definition + 16];

		snprintf(name, sizeof name, "%u.xml", i);
		snprintf(text, sizeof text, definition, i);
		write_file(bed, name, text);
		end += sprintf(end, "define %s/%s;", bed->folder, name);
	}
	run_words(words);
	free(commands);
}

/* ---- the figures ---------------------------------------------------------------------------- */

static void add_row(struct bench_run *run, struct bench_samples *ours, struct bench_samples *theirs,
	const char *with, double limit, const char *figure)
{
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(ours),
			.unit = "ms",
			.compared = bench_samples_get_median(theirs),
			.compared_with = with,
			.spread = bench_samples_get_spread(ours),
			.target = BENCH_TARGET_RATIO_AT_MOST,
			.limit = limit},
		"%s", figure);
	bench_samples_finish(ours);
	bench_samples_finish(theirs);
}

static void measure_list(struct bench_run *run, const struct bed *bed)
{
	const char *const ours[] = {bed->oriel, "--connect", bed->uri, "vm", "list", NULL};
	const char *const theirs[] = {"virsh", "-c", bed->uri, "list", "--all", NULL};
	struct bench_samples samples[2] = {0};

	for (unsigned int i = 0; i < (run->quick ? 5 : 20); i++) {
		bench_samples_add(&samples[0], run_words(ours));
		bench_samples_add(&samples[1], run_words(theirs));
	}
	add_row(run, &samples[0], &samples[1], "virsh list --all", 1.2, "list of 200 machines");
}

static void measure_create(struct bench_run *run, const struct bed *bed)
{
	char name[32];
	const char *const ours[] = {bed->oriel, "vm", "create", name, "--connect", bed->uri, "--os",
		"linux", "--virtualization", "qemu", "--memory", "1G", "--cpus", "2", "--disk",
		"none", "--network", "none", NULL};
	const char *const theirs[] = {"/usr/bin/python3", "-c", in_process, "--connect", bed->uri,
		"--print-xml", "1", "--name", name, "--virt-type", "qemu", "--memory", "1024",
		"--vcpus", "2", "--disk", "none", "--import", "--osinfo", "detect=off,name=generic",
		"--network", "none", "--boot", "uefi", NULL};
	struct bench_samples samples[2] = {0};

	for (unsigned int i = 0; i < (run->quick ? 3 : 10); i++) {
		snprintf(name, sizeof name, "made%u", i);
		bench_samples_add(&samples[1], run_words(theirs));
		bench_samples_add(&samples[0], run_words(ours));
	}
	add_row(run, &samples[0], &samples[1], "virt-install --print-xml", 0.5, "machine made");
}

void bench_measure_machines(struct bench_run *run)
{
	struct bed bed;

	if (geteuid() || !bench_program_exists("virsh")) {
		bench_table_skip(run->table, "machines", "it needs root, and virsh");
		return;
	}
	open_bed(&bed, run);
	if (!bench_program_exists(bed.oriel)) {
		bench_table_skip(run->table, "machines", "oriel is not beside oriel-view");
	} else {
		define_machines(&bed);
		measure_list(run, &bed);
		if (bench_program_exists("virt-install"))
			measure_create(run, &bed);
		else
			bench_table_skip(run->table, "machine made", "virt-install is not there");
	}
	nftw(bed.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
