/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-bench: measures what Oriel promises about speed, as ratios within one run. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "measure.h"
#include "process.h"
#include "screen.h"

const struct bench_measure bench_measures[] = {
	{"copy", "the producer's whole frames against plain copies", false, bench_measure_copy},
	{"damage", "one per cent of damage against a whole frame, end to end", false,
		bench_measure_damage},
	{"arrival", "from post to seen by the consumer", false, bench_measure_arrival},
	{"idle", "processor time of oriel-view while the guest is idle", true, bench_measure_idle},
	{"start", "exec of oriel-view to the first exact frame", true, bench_measure_start},
	{"latency", "guest writes to pixel on the X screen, against the floor", true,
		bench_measure_latency},
	{"drivers", "each presenter by its name, on drivers that draw with the processor", true,
		bench_measure_drivers},
	{"wayland", "frames that a compositor reads itself against copied ones", true,
		bench_measure_wayland},
	{"rate", "4K at 60 fps: frames shown, processor time, copies", true, bench_measure_rate},
	{"record", "guest writes to pixel on the X screen, with a recording and without", true,
		bench_measure_record},
	{"input", "from a key of the window to the SPICE socket", false, bench_measure_input},
	{"machines", "200 machines listed against virsh, one made against virt-install", false,
		bench_measure_machines},
	{"sound", "what the way of the guest's sound adds, by profile", false, bench_measure_sound},
	{0},
};

static const char help[] =
	"usage: oriel-bench [--quick] [--only NAME]... [--json FILE] [--viewer PATH]\n"
	"       oriel-bench --list\n"
	"\n"
	"Measures what Oriel promises about speed and prints one table. What is compared is "
	"compared\n"
	"within the same run, side by side in turns; keep the machine otherwise idle.\n"
	"\n"
	"  --only NAME    only this measurement (may be given several times); see --list\n"
	"  --list         the names of the measurements\n"
	"  --quick        fewer rounds: a first look, not figures to keep\n"
	"  --json FILE    also write the figures to FILE\n"
	"  --viewer PATH  the oriel-view to measure (default: the one beside oriel-bench)\n"
	"  --help         this text\n"
	"\n"
	"Exit status: 0 measured, whatever the verdicts; 1 failed; 2 wrong usage.\n";

struct choice {
	struct bench_run run;
	const char *json;
	uint32_t only; /* bit i: measurement i was asked for by name; none: all */
	char viewer[PATH_MAX];
};

static void interrupted(int signal)
{
	bench_screen_forget_files();
	_exit(128 + signal);
}

static void catch_signals(void)
{
	const struct sigaction action = {.sa_handler = interrupted};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	atexit(bench_screen_forget_files);
}

static void refuse(const char *what, const char *value)
{
	fprintf(stderr, "oriel-bench: %s '%s'; see oriel-bench --help\n", what, value);
	exit(2);
}

/* getopt has said what was wrong. */
static void refuse_silently(void)
{
	fputs("see oriel-bench --help\n", stderr);
	exit(2);
}

static void list_measures(void)
{
	for (const struct bench_measure *measure = bench_measures; measure->name; measure++)
		printf("%-8s %s\n", measure->name, measure->what);
}

static uint32_t find_measure(const char *name)
{
	for (uint32_t i = 0; bench_measures[i].name; i++)
		if (!strcmp(bench_measures[i].name, name))
			return 1u << i;
	refuse("no measurement is called", name);
	return 0;
}

static void find_viewer(struct choice *choice)
{
	ssize_t length = readlink("/proc/self/exe", choice->viewer, sizeof(choice->viewer) - 16);
	char *slash;

	if (choice->run.viewer)
		return;
	choice->viewer[length > 0 ? length : 0] = '\0';
	slash = strrchr(choice->viewer, '/');
	strcpy(slash ? slash + 1 : choice->viewer, "oriel-view");
	choice->run.viewer = choice->viewer;
}

static void parse(int argc, char **argv, struct choice *choice)
{
	static const struct option options[] = {
		{"only", required_argument, NULL, 'o'},
		{"json", required_argument, NULL, 'j'},
		{"viewer", required_argument, NULL, 'v'},
		{"quick", no_argument, NULL, 'q'},
		{"list", no_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'o')
			choice->only |= find_measure(optarg);
		else if (option == 'j')
			choice->json = optarg;
		else if (option == 'v')
			choice->run.viewer = optarg;
		else if (option == 'q')
			choice->run.quick = true;
		else if (option == 'l')
			list_measures();
		else if (option == 'h')
			fputs(help, stdout);
		else
			refuse_silently();
		if (option == 'l' || option == 'h')
			exit(0);
	}
	if (optind < argc)
		refuse("unexpected argument", argv[optind]);
}

static const char *find_obstacle(const struct bench_run *run, const struct bench_measure *measure)
{
	if (!measure->needs_screen)
		return NULL;
	if (!bench_program_exists(run->viewer))
		return "there is no oriel-view (build it, or name it with --viewer)";
	return bench_program_exists("Xvfb") ? NULL : "there is no Xvfb (Debian package xvfb)";
}

static void measure_all(struct choice *choice)
{
	for (uint32_t i = 0; bench_measures[i].name; i++) {
		const struct bench_measure *measure = &bench_measures[i];
		const char *obstacle = find_obstacle(&choice->run, measure);

		if (choice->only && !(choice->only & 1u << i))
			continue;
		if (obstacle) {
			bench_table_skip(choice->run.table, measure->name, obstacle);
			continue;
		}
		fprintf(stderr, "oriel-bench: measuring %s...\n", measure->what);
		measure->run(&choice->run);
	}
}

int main(int argc, char **argv)
{
	struct bench_table table = {0};
	struct choice choice = {.run = {.table = &table}};
	int rc = 0;

	oriel_log_set_program("oriel-bench");
	parse(argc, argv, &choice);
	find_viewer(&choice);
	catch_signals();
	oriel_time_sharpen();
	measure_all(&choice);
	bench_table_print(&table, stdout);
	if (choice.json)
		rc = bench_table_write_json(&table, choice.json);
	if (rc < 0)
		fprintf(stderr, "oriel-bench: cannot write %s: %s\n", choice.json, strerror(-rc));
	bench_table_finish(&table);
	return rc < 0 ? 1 : 0;
}
