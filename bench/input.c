/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a key of the window to the bytes on the SPICE socket: through the viewer's own path (capture
 * machine, queue, main thread, sink, SPICE library) to a real server, whose connections pass
 * through here. In turns with the floor: a thread that is woken and sends as many bytes.
 */
#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "bed/monitor.h"
#include "control/handout.h"
#include "measure.h"
#include "process.h"
#include "samples.h"
#include "view/input_path.h"
#include "view/spice.h"
#include "window/window.h"

#include <linux/input-event-codes.h>

#define LINES_MAX 16
#define PERIOD_NS (5 * ORIEL_NS_PER_MS)
#define ANSWER_NS (2 * ORIEL_NS_PER_S)
#define CONNECT_NS (30 * ORIEL_NS_PER_S)
/* The library does more than keys at first. */
#define SETTLE_NS ORIEL_NS_PER_S
/* Where a connection's first message says which channel it is, and the number of the keyboard's. */
#define CHANNEL_AT 20
#define CHANNEL_INPUTS 3

/* One connection: what comes at ours goes to the server, and back. */
struct line {
	int ours, server;
	bool is_known, is_inputs;
};

/* When bytes got onto a socket, told by the thread that wrote them: one that looks for them from
 * elsewhere would be late, or in the way. */
struct stamp {
	_Atomic int watched_fd; /* the socket's other end; -1: nothing is looked for */
	_Atomic uint64_t written_ns;
	int done_fd; /* gets a count with each stamp */
};

struct floor {
	pthread_t thread;
	int key_fd;  /* wakes the thread, as the queue's wakes the main thread */
	int ends[2]; /* it writes to the second */
	_Atomic bool is_over;
	struct bench_samples samples_ms;
};

struct talk {
	struct oriel_monitor monitor;
	struct bench_process qemu;
	int handout_fds[2];
	struct line lines[LINES_MAX];
	int line_count;
	struct oriel_input_queue *queue;
	struct oriel_input_path path; /* the thread's while it runs */
	pthread_t thread;
	struct oriel_window *window;
	struct oriel_source *source;
	struct oriel_view_spice *spice;
	GMainLoop *loop;
	uint32_t rounds;
	struct bench_samples samples_ms;
	struct floor floor;
};

static struct stamp stamp = {.watched_fd = -1, .done_fd = -1};

/* ---- the connections ------------------------------------------------------------------------ */

static int add_line(void *data, GError **error)
{
	struct talk *talk = data;
	int ends[2], server = oriel_monitor_connect_spice(&talk->monitor, error);

	if (server < 0)
		return -1;
	if (talk->line_count == LINES_MAX ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		bench_die("too many SPICE connections");
	talk->lines[talk->line_count++] = (struct line){.ours = ends[0], .server = server};
	return ends[1];
}

/* Whether anything came. */
static bool pass_on(int from, int to)
{
	char bytes[65536];
	ssize_t size = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);

	return size > 0 && !oriel_fd_write_all(to, bytes, (size_t)size);
}

static bool pass_on_to_server(struct line *line)
{
	char head[CHANNEL_AT + 1];

	if (!line->is_known && recv(line->ours, head, sizeof head, MSG_PEEK | MSG_DONTWAIT) ==
				       (ssize_t)sizeof head) {
		line->is_known = true;
		line->is_inputs = head[CHANNEL_AT] == CHANNEL_INPUTS;
	}
	return pass_on(line->ours, line->server);
}

/* What is there, or comes until then. */
static void pump(struct talk *talk, uint64_t until_ns)
{
	do {
		uint64_t now_ns = oriel_time_now_ns();
		struct pollfd polls[1 + 2 * LINES_MAX] = {{talk->handout_fds[0], POLLIN, 0}};
		int count = talk->line_count;

		for (int i = 0; i < count; i++) {
			polls[1 + 2 * i] = (struct pollfd){talk->lines[i].ours, POLLIN, 0};
			polls[2 + 2 * i] = (struct pollfd){talk->lines[i].server, POLLIN, 0};
		}
		poll(polls, 1 + 2 * (nfds_t)count,
			until_ns > now_ns ? (int)((until_ns - now_ns) / ORIEL_NS_PER_MS) : 0);
		for (int i = 0; i < count; i++) {
			pass_on_to_server(&talk->lines[i]);
			pass_on(talk->lines[i].server, talk->lines[i].ours);
		}
		if (polls[0].revents)
			oriel_handout_answer(talk->handout_fds[0], add_line, talk);
	} while (oriel_time_now_ns() + ORIEL_NS_PER_MS < until_ns);
}

static struct line *find_inputs(struct talk *talk)
{
	for (int i = 0; i < talk->line_count; i++)
		if (talk->lines[i].is_inputs)
			return &talk->lines[i];
	return NULL;
}

/* ---- measuring ------------------------------------------------------------------------------ */

static void wake(int event_fd)
{
	const uint64_t one = 1;

	if (write(event_fd, &one, sizeof one) != (ssize_t)sizeof one)
		bench_die("cannot wake another thread: %s", strerror(errno));
}

/* False: no count came in time. */
static bool wait_for_count(int event_fd)
{
	struct pollfd poll_fd = {event_fd, POLLIN, 0};
	uint64_t count;

	return poll(&poll_fd, 1, (int)(ANSWER_NS / ORIEL_NS_PER_MS)) == 1 &&
	       read(event_fd, &count, sizeof count) == (ssize_t)sizeof count;
}

static void stamp_written(void)
{
	int watched_fd = atomic_load(&stamp.watched_fd), size = 0;

	if (watched_fd < 0 || ioctl(watched_fd, FIONREAD, &size) || !size)
		return;
	atomic_store(&stamp.written_ns, oriel_time_now_ns());
	atomic_store(&stamp.watched_fd, -1);
	wake(stamp.done_fd);
}

/* The main loop comes by here as soon as the library has written. */
static gint stamp_and_poll(GPollFD *fds, guint count, gint timeout_ms)
{
	stamp_written();
	return g_poll(fds, count, timeout_ms);
}

static void wait_for_stamp(struct bench_samples *samples_ms, uint64_t began_ns)
{
	if (!wait_for_count(stamp.done_fd))
		bench_die("a key did not get to the SPICE socket");
	bench_samples_add(samples_ms, (double)(atomic_load(&stamp.written_ns) - began_ns) / 1e6);
}

static void measure_key(struct talk *talk, struct line *inputs, bool pressed)
{
	uint64_t began_ns;

	atomic_store(&stamp.watched_fd, inputs->ours);
	began_ns = oriel_time_now_ns();
	oriel_input_path_key_rt(&talk->path, KEY_A, pressed);
	wait_for_stamp(&talk->samples_ms, began_ns);
	pump(talk, oriel_time_now_ns() + PERIOD_NS);
}

/* A key's message has as many bytes. */
static void *run_floor(void *data)
{
	const char bytes[10] = {0};
	struct floor *floor = data;
	struct pollfd poll_fd = {floor->key_fd, POLLIN, 0};
	uint64_t count;

	while (poll(&poll_fd, 1, -1) == 1 && !atomic_load(&floor->is_over)) {
		if (read(floor->key_fd, &count, sizeof count) != (ssize_t)sizeof count ||
			oriel_fd_write_all(floor->ends[1], bytes, sizeof bytes))
			bench_die("the floor cannot send");
		stamp_written();
	}
	return NULL;
}

static void measure_floor(struct talk *talk)
{
	struct floor *floor = &talk->floor;
	char bytes[16];
	uint64_t began_ns;

	atomic_store(&stamp.watched_fd, floor->ends[0]);
	began_ns = oriel_time_now_ns();
	wake(floor->key_fd);
	wait_for_stamp(&floor->samples_ms, began_ns);
	(void)!read(floor->ends[0], bytes, sizeof bytes);
	pump(talk, oriel_time_now_ns() + PERIOD_NS);
}

static void open_floor(struct floor *floor)
{
	floor->key_fd = eventfd(0, EFD_CLOEXEC);
	stamp.done_fd = eventfd(0, EFD_CLOEXEC);
	if (floor->key_fd < 0 || stamp.done_fd < 0 ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, floor->ends) ||
		pthread_create(&floor->thread, NULL, run_floor, floor))
		bench_die("cannot start a thread");
}

static void close_floor(struct floor *floor)
{
	atomic_store(&floor->is_over, true);
	wake(floor->key_fd);
	pthread_join(floor->thread, NULL);
	oriel_fd_close(&floor->key_fd);
	oriel_fd_close(&stamp.done_fd);
	oriel_fd_close(&floor->ends[0]);
	oriel_fd_close(&floor->ends[1]);
	bench_samples_finish(&floor->samples_ms);
}

static gboolean quit(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static void *run_window(void *data)
{
	struct talk *talk = data;
	uint64_t deadline_ns = oriel_time_now_ns() + CONNECT_NS;
	struct line *inputs;

	while (!(inputs = find_inputs(talk))) {
		if (oriel_time_now_ns() > deadline_ns)
			bench_die("QEMU's SPICE server does not answer");
		pump(talk, oriel_time_now_ns() + PERIOD_NS);
	}
	pump(talk, oriel_time_now_ns() + SETTLE_NS);
	oriel_input_path_note_rt(&talk->path, ORIEL_CAPTURE_FOCUS_GAINED);
	for (uint32_t i = 0; i < talk->rounds; i++) {
		measure_key(talk, inputs, i % 2 == 0);
		measure_floor(talk);
	}
	g_idle_add(quit, talk->loop);
	return NULL;
}

static gboolean on_inputs(gint fd, GIOCondition condition, gpointer queue)
{
	oriel_input_queue_drain(queue);
	return G_SOURCE_CONTINUE;
}

/* ---- the parts ------------------------------------------------------------------------------ */

/* -chardev's value comes after it. */
static const char *const words[] = {"qemu-system-x86_64", "-S", "-nodefaults", "-no-user-config",
	"-display", "none", "-machine", "q35", "-accel", "tcg", "-m", "64", "-device", "VGA",
	"-mon", "chardev=monitor,mode=control", "-spice", "port=0,disable-ticketing=on",
	"-chardev"};

static void start_qemu(struct talk *talk)
{
	char *argv[G_N_ELEMENTS(words) + 2] = {NULL};
	g_autoptr(GError) error = NULL;
	g_autofree char *monitor = NULL;
	int qemu_fd;

	if (!oriel_monitor_open(&talk->monitor, &qemu_fd, &error))
		bench_die("%s", error->message);
	monitor = g_strdup_printf("socket,id=monitor,fd=%d", qemu_fd);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		argv[i] = (char *)words[i];
	argv[G_N_ELEMENTS(words)] = monitor;
	bench_process_exec(&talk->qemu, argv, NULL, qemu_fd);
	oriel_fd_close(&qemu_fd);
}

static void on_spice(void *data, const char *reason, bool is_problem)
{
	if (is_problem)
		bench_die("%s", reason);
}

static void open_parts(struct talk *talk)
{
	struct oriel_window_options options = {.title = "", .width_px = 640, .height_px = 480};
	struct oriel_input_path_setup path = {.capture = {.escape = {{KEY_SCROLLLOCK}, 1}}};
	char address[32];
	struct oriel_view_spice_setup spice = {.address = address, .changed = on_spice};
	struct oriel_error error = {0};
	g_autoptr(GError) reason = NULL;

	start_qemu(talk);
	if (!oriel_handout_open(talk->handout_fds, &reason))
		bench_die("%s", reason->message);
	talk->queue = spice.inputs = path.queue = oriel_input_queue_create();
	g_snprintf(address, sizeof address, "fd:%d", talk->handout_fds[1]);
	if (!talk->queue || oriel_window_headless.open(&talk->window, &options, &error) ||
		oriel_source_test.create(&talk->source, "test:640x480@1", &error))
		bench_die("%s", error.message);
	path.window = talk->window;
	path.source = talk->source;
	oriel_input_path_init(&talk->path, &path);
	talk->loop = g_main_loop_new(NULL, FALSE);
	/* It answers while the session is opened. */
	if (pthread_create(&talk->thread, NULL, run_window, talk))
		bench_die("cannot start a thread");
	if (oriel_view_spice_open(&talk->spice, &spice, &error))
		bench_die("%s", error.message);
}

static void close_parts(struct talk *talk)
{
	oriel_view_spice_close(talk->spice);
	oriel_input_queue_destroy(talk->queue);
	talk->source->ops->destroy(talk->source);
	talk->window->ops->close(talk->window);
	for (int i = 0; i < talk->line_count; i++) {
		oriel_fd_close(&talk->lines[i].ours);
		oriel_fd_close(&talk->lines[i].server);
	}
	oriel_fd_close(&talk->handout_fds[0]);
	oriel_fd_close(&talk->handout_fds[1]);
	oriel_monitor_close(&talk->monitor);
	bench_process_finish(&talk->qemu);
	g_main_loop_unref(talk->loop);
}

static void add_rows(struct bench_run *run, const struct talk *talk)
{
	const struct bench_samples *samples = &talk->samples_ms, *floor = &talk->floor.samples_ms;

	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(samples),
			.unit = "ms",
			.compared = bench_samples_get_median(floor),
			.compared_with = "thread woken to send",
			.spread = bench_samples_get_spread(samples),
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 0.1},
		"key to SPICE socket");
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_quantile(samples, 0.99),
			.unit = "ms",
			.compared = bench_samples_get_quantile(floor, 0.99),
			.compared_with = "thread woken to send",
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 1},
		"key to SPICE socket, p99");
}

void bench_measure_input(struct bench_run *run)
{
	struct talk talk = {.rounds = run->quick ? 400 : 2000};
	guint watch;

	if (!bench_program_exists("qemu-system-x86_64")) {
		bench_table_skip(run->table, "input", "there is no qemu-system-x86_64");
		return;
	}
	open_floor(&talk.floor);
	open_parts(&talk);
	watch = g_unix_fd_add_full(G_PRIORITY_HIGH, oriel_input_queue_get_fd(talk.queue), G_IO_IN,
		on_inputs, talk.queue, NULL);
	g_main_context_set_poll_func(NULL, stamp_and_poll);
	g_main_loop_run(talk.loop);
	g_main_context_set_poll_func(NULL, NULL);
	pthread_join(talk.thread, NULL);
	g_source_remove(watch);
	add_rows(run, &talk);
	bench_samples_finish(&talk.samples_ms);
	close_parts(&talk);
	close_floor(&talk.floor);
}
