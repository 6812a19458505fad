/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel demo: boots a small guest that draws, captures its screen inside, relays it through shared
 * memory and shows it; what is typed in the window goes to its shell by SPICE. Nothing of it is a
 * file but demo.png, and nothing outlives this process.
 */
#include "base/fd.h"
#include "base/time.h"
#include "bed/initramfs.h"
#include "bed/machine.h"
#include "bed/process.h"
#include "cli/call.h"
#include "cli/demo-files.h"
#include "cli/demo/report.h"
#include "cli/program.h"
#include "cli/table.h"
#include "control/handout.h"

#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define SHM_BYTES (64u << 20)
#define PICTURE "demo.png"
#define SECONDS_HEADLESS 5
#define END_NS (5 * ORIEL_NS_PER_S) /* for the viewer to write its picture and to end */

/* A guest that did not boot in this time does not boot. Emulated, it takes two seconds on an idle
 * machine; where KVM works it is there within one. */
#define BOOT_EMULATED_NS (90 * ORIEL_NS_PER_S)
#define BOOT_KVM_NS (8 * ORIEL_NS_PER_S)

static const char *const modules[] = {"bochs", NULL};
static const char *const devices[] = {"bochs-display,xres=1280,yres=720", NULL};

struct demo {
	bool headless;
	gint64 seconds; /* 0: until the window is closed */
	struct oriel_kernel *kernel;
	struct oriel_bed_machine *machine;
	struct oriel_process viewer;
	struct oriel_report_screen screen;
	int initramfs_fd, shm_fd, signal_fd;
	int handout_fds[2]; /* through which the viewer asks for SPICE connections */
	sigset_t old_mask;
};

/* ---- progress ------------------------------------------------------------------------------- */

static uint64_t begin_step(const char *what)
{
	fprintf(stderr, "%s…", what);
	fflush(stderr);
	return oriel_time_now_ns();
}

static void end_step(uint64_t began_ns)
{
	fprintf(stderr, " %.1f s\n",
		(double)(oriel_time_now_ns() - began_ns) / (double)ORIEL_NS_PER_S);
}

/* ---- the guest ------------------------------------------------------------------------------ */

static int pack_guest(const struct demo *demo, GError **error)
{
	g_autofree char *guest = oriel_program_find("oriel-guest", error);
	g_autofree char *scene = guest ? oriel_program_find("oriel-demo-scene", error) : NULL;
	const char *const programs[] = {guest, scene, NULL};
	g_autoptr(GBytes) init = g_resource_lookup_data(oriel_demo_files_get_resource(),
		"/oriel/demo/init", G_RESOURCE_LOOKUP_FLAGS_NONE, scene ? error : NULL);
	const struct oriel_initramfs_plan plan = {demo->kernel, modules, programs, init};

	return scene && init ? oriel_initramfs_build(&plan, error) : -1;
}

static bool prepare(struct demo *demo, GError **error)
{
	g_autofree char *program_folder = oriel_program_get_folder();
	g_autofree char *folder = g_build_filename(program_folder, "vm", NULL);
	uint64_t began_ns;

	demo->kernel = oriel_kernel_find(folder, error);
	if (!demo->kernel)
		return false;
	began_ns = begin_step("Packing a guest of busybox and oriel-guest");
	demo->initramfs_fd = pack_guest(demo, error);
	end_step(began_ns);
	if (demo->initramfs_fd < 0)
		return false;
	demo->shm_fd = oriel_bed_machine_create_shm(SHM_BYTES, error);
	return demo->shm_fd >= 0 && oriel_handout_open(demo->handout_fds, error);
}

/* There is a window to type in, and SPICE to send it by. */
static bool takes_input(const struct demo *demo)
{
	return ORIEL_HAVE_SPICE && !demo->headless;
}

/* Boots until the guest says that its screen is there. Only a whole boot shows that KVM works: the
 * device may open and still not run a guest. */
static bool boot(struct demo *demo, bool use_kvm, GError **error)
{
	const struct oriel_bed_machine_plan plan = {
		.kernel = demo->kernel,
		.devices = devices,
		/* At no address: see make_connection(). */
		.spice = takes_input(demo) ? "port=0,disable-ticketing=on" : NULL,
		.initramfs_fd = demo->initramfs_fd,
		.shm_fd = demo->shm_fd,
		.shm_bytes = SHM_BYTES,
		.memory_mb = 256,
		.use_kvm = use_kvm,
		.cancel_fd = demo->signal_fd,
	};
	uint64_t deadline_ns = oriel_time_now_ns() + (use_kvm ? BOOT_KVM_NS : BOOT_EMULATED_NS);
	g_autofree char *what = g_strdup_printf("Booting the kernel %s under QEMU (%s)",
		demo->kernel->release, use_kvm ? "KVM" : "emulated processor");
	uint64_t began_ns = begin_step(what);
	g_autofree char *size = NULL;

	demo->machine = oriel_bed_machine_create(&plan, error);
	if (!demo->machine ||
		!oriel_bed_machine_wait_line(
			demo->machine, "ORIEL-SCREEN ", deadline_ns, &size, error) ||
		!oriel_bed_machine_wait_line(
			demo->machine, "ORIEL-READY", deadline_ns, NULL, error))
		return false;
	end_step(began_ns);
	return oriel_report_parse_screen(size, &demo->screen, error);
}

static bool boot_somehow(struct demo *demo, GError **error)
{
	g_autoptr(GError) problem = NULL;

	if (oriel_bed_machine_may_use_kvm()) {
		if (boot(demo, true, &problem))
			return true;
		if (g_error_matches(problem, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return false;
		}
		fprintf(stderr, " KVM runs no guest here\n");
		g_clear_pointer(&demo->machine, oriel_bed_machine_destroy);
	}
	return boot(demo, false, error);
}

/* ---- the viewer ----------------------------------------------------------------------------- */

static bool start_viewer(struct demo *demo, GError **error)
{
	g_autofree char *viewer = oriel_program_find("oriel-view", error);
	g_autofree char *source = g_strdup_printf("/proc/self/fd/%d", demo->shm_fd);
	g_autofree char *spice = g_strdup_printf("fd:%d", demo->handout_fds[1]);
	const char *const window_argv[] = {viewer, "--source", source, "--stats", "--log",
		"warning", "--title", "Oriel demo", "--allow-root",
		takes_input(demo) ? "--spice" : NULL, spice, "--display", "relay", NULL};
	const char *const headless_argv[] = {viewer, "--source", source, "--stats", "--log",
		"warning", "--headless", "--screenshot", PICTURE, "--allow-root", NULL};
	const struct oriel_process_plan plan = {
		.argv = demo->headless ? headless_argv : window_argv,
		.keep_fds = {demo->shm_fd, demo->handout_fds[1], -1},
		.error_fd = -1,
		.pipe_out = true,
	};

	return viewer && oriel_process_start(&plan, &demo->viewer, error);
}

static int make_connection(void *data, GError **error)
{
	return oriel_bed_machine_connect_spice(((struct demo *)data)->machine, error);
}

/* The guest is asked for nothing, but it may tell of a failure, end, or a signal may come. */
static bool check_guest(struct demo *demo, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autofree char *failure = NULL;

	if (oriel_bed_machine_wait_line(demo->machine, "ORIEL-FAILED ", 0, &failure, &problem)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", failure);
		return false;
	}
	if (g_error_matches(problem, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
		return true;
	g_propagate_error(error, g_steal_pointer(&problem));
	return false;
}

/* Waits until the viewer ended, the guest has something to say, or deadline_ns is there.
 * False and error set when the demo cannot go on; *ret_due when it is the time. */
static bool wait_for_news(struct demo *demo, uint64_t deadline_ns, bool *ret_due, GError **error)
{
	struct pollfd ends[] = {
		{.fd = demo->viewer.watch_fd, .events = POLLIN},
		{.fd = oriel_bed_machine_get_fd(demo->machine), .events = POLLIN},
		{.fd = demo->signal_fd, .events = POLLIN},
		{.fd = demo->handout_fds[0], .events = POLLIN},
	};
	int ready = poll(ends, G_N_ELEMENTS(ends),
		deadline_ns ? oriel_process_get_timeout_ms(deadline_ns) : -1);

	*ret_due = !ready;
	if (ready > 0 && ends[3].revents &&
		!oriel_handout_answer(demo->handout_fds[0], make_connection, demo))
		oriel_fd_close(&demo->handout_fds[0]);
	return ready <= 0 || (!ends[1].revents && !ends[2].revents) || check_guest(demo, error);
}

/* Asks the viewer to end after the seconds wanted; it then writes its picture and its figures. */
static bool watch(struct demo *demo, GError **error)
{
	uint64_t deadline_ns = 0;
	bool due = false;

	if (demo->seconds)
		deadline_ns = oriel_time_now_ns() + (uint64_t)demo->seconds * ORIEL_NS_PER_S;
	while (!due && !oriel_process_wait(&demo->viewer, 0))
		if (!wait_for_news(demo, deadline_ns, &due, error))
			return false;
	if (demo->viewer.pid)
		kill(demo->viewer.pid, SIGTERM);
	if (oriel_process_wait(&demo->viewer, oriel_time_now_ns() + END_NS))
		return true;
	g_set_error(
		error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "the viewer did not end when asked to");
	return false;
}

/* Everything that the viewer wrote, once it has ended. Less than a pipe holds, so that it never had
 * to wait for us. */
static char *read_figures(struct demo *demo)
{
	char text[4096];
	ssize_t size = read(demo->viewer.out_fd, text, sizeof(text));

	return g_strndup(text, (gsize)MAX(size, 0));
}

static bool show(struct demo *demo, GError **error)
{
	g_autofree char *end = NULL;
	g_autofree char *figures = NULL;

	fprintf(stderr, demo->headless ? "Looking at its screen…\n"
				       : "Showing its screen; close the window to end.\n");
	if (takes_input(demo))
		fprintf(stderr, "What you type in it goes to the guest's shell.\n");
	if (!start_viewer(demo, error) || !watch(demo, error))
		return false;
	if (demo->viewer.status) {
		end = oriel_process_describe_end(&demo->viewer);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "oriel-view %s", end);
		return false;
	}
	figures = read_figures(demo);
	if (!oriel_report_print(figures, &demo->screen, error))
		return false;
	if (demo->headless)
		printf("%-12s %s\n", "Picture", PICTURE);
	return true;
}

/* ---- the command ---------------------------------------------------------------------------- */

static bool has_display(void)
{
	return g_getenv("DISPLAY") || g_getenv("WAYLAND_DISPLAY");
}

/* From here on a signal ends a wait; finish() lets it end the program when all is cleared away. */
static void hold_signals(struct demo *demo)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_BLOCK, &mask, &demo->old_mask);
	signal(SIGPIPE, SIG_IGN);
	demo->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC);
}

static void finish(struct demo *demo)
{
	oriel_process_stop(&demo->viewer, ORIEL_NS_PER_S);
	oriel_bed_machine_destroy(demo->machine);
	oriel_kernel_destroy(demo->kernel);
	oriel_fd_close(&demo->initramfs_fd);
	oriel_fd_close(&demo->shm_fd);
	oriel_fd_close(&demo->signal_fd);
	oriel_fd_close(&demo->handout_fds[0]);
	oriel_fd_close(&demo->handout_fds[1]);
	sigprocmask(SIG_SETMASK, &demo->old_mask, NULL);
}

static int run_demo(const struct oriel_call *call, GError **error)
{
	struct demo demo = {
		.headless = oriel_call_has(call, "headless") || !has_display(),
		.viewer = ORIEL_PROCESS_NONE,
		.initramfs_fd = -1,
		.shm_fd = -1,
		.handout_fds = {-1, -1},
	};
	bool good;

	demo.seconds = oriel_call_get_number(call, "seconds", demo.headless ? SECONDS_HEADLESS : 0);
	hold_signals(&demo);
	good = prepare(&demo, error) && boot_somehow(&demo, error) && show(&demo, error);
	finish(&demo);
	return good ? ORIEL_EXIT_OK : ORIEL_EXIT_FAILED;
}

static const struct oriel_option options[] = {
	{.name = "headless", .help = "no window: write " PICTURE " here and print the figures"},
	{"seconds", ORIEL_OPTION_NUMBER, "N", "how long to look at the guest", 1, 3600},
	{.name = NULL},
};

const struct oriel_command oriel_table_demo = {
	.name = "demo",
	.summary = "Boot a small virtual machine and show its screen.",
	.details = "The guest's screen is captured inside the guest and relayed through shared "
		   "memory;\n"
		   "what is typed in the window goes to the guest's shell.\n"
		   "Without a display this does what --headless does.",
	.options = options,
	.run = run_demo,
};
