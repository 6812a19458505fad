/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-guest: waits for what is needed, then runs the loop of guest/core until a signal ends it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "guest/core/loop.h"
#include "guest/core/options.h"
#include "guest/linux/ivshmem.h"
#include "guest/linux/machine.h"
#include "guest/linux/sources.h"
#include "relay/region.h"

#define RETRY_NS (200 * ORIEL_NS_PER_MS)

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Everything the program holds; each part may be missing. */
struct guest {
	struct oriel_guest_options options;
	struct oriel_region *region;
	const struct oriel_capture_ops *source;
	struct oriel_capture *capture;
	struct oriel_producer *producer;
};

static atomic_bool is_stopping;

static void stop(int signal_number)
{
	atomic_store(&is_stopping, true);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = stop};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static int open_region(struct guest *guest, struct oriel_error *error)
{
	const struct oriel_guest_options *options = &guest->options;
	struct oriel_ivshmem device;
	const char *path = options->shm;

	if (!path) {
		int rc = oriel_ivshmem_find(&device, ORIEL_IVSHMEM_PCI_DIR, options->device,
			ORIEL_PRODUCER_MIN_BYTES, error);

		if (rc)
			return rc;
		path = device.path;
	}
	return oriel_region_open(&guest->region, path, ORIEL_PRODUCER_MIN_BYTES, error);
}

static int open_source(struct guest *guest, struct oriel_error *error)
{
	return oriel_sources_open(&guest->source, &guest->capture, &guest->options, error);
}

/* With is_patient: tries until it works or the program is to stop (-EINTR), and says each new
 * reason once. */
static int open_patiently(struct guest *guest, bool is_patient,
	int (*open)(struct guest *guest, struct oriel_error *error), struct oriel_error *error)
{
	char reason[sizeof error->message] = "";

	while (!atomic_load(&is_stopping)) {
		int rc = open(guest, error);

		if (!rc || !is_patient)
			return rc;
		if (strcmp(reason, error->message)) {
			oriel_log(ORIEL_LOG_INFO, "%s; waiting", error->message);
			strcpy(reason, error->message);
		}
		oriel_time_sleep_until_ns(oriel_time_now_ns() + RETRY_NS);
	}
	return oriel_error_set(error, -EINTR, "ended while waiting");
}

static int create_producer(struct guest *guest, struct oriel_error *error)
{
	const struct oriel_region *region = guest->region;
	struct oriel_guest_machine machine;
	struct oriel_producer_options options = {
		.host_version = "oriel " ORIEL_VERSION,
		.capture = guest->source->name,
		.cpu_model = machine.cpu_model,
		.os = ORIEL_GUEST_OS_LINUX,
		.os_name = machine.os_name,
		.accepts_set_cursor = guest->source->set_cursor != NULL,
		.write_combined = oriel_region_is_write_combined(region),
	};

	oriel_guest_machine_read(&machine, "");
	options.cpus = machine.cpus;
	options.cores = machine.cores;
	options.sockets = machine.sockets;
	/* A file can be shared with anybody: then this machine need not be the one whose keyboard
	 * the viewer holds, and a wrong UUID makes viewers refuse input (T30). */
	if (oriel_region_get_kind(region) == ORIEL_REGION_PCI)
		memcpy(options.uuid, machine.uuid, sizeof options.uuid);
	return oriel_producer_create(&guest->producer, oriel_region_get_base(region),
		oriel_region_get_size_bytes(region), &options,
		oriel_time_now_ns() / ORIEL_NS_PER_MS, error);
}

static bool is_region_good(void *data)
{
	const struct guest *guest = data;

	return oriel_region_is_current(guest->region) && !oriel_region_is_lost(guest->region);
}

/* From an open region to the end of the session in it: 0 when the program is to stop, 1 when the
 * region went away. */
static int serve_region(struct guest *guest, struct oriel_error *error)
{
	struct oriel_loop_setup setup = {
		.region_bytes = oriel_region_get_size_bytes(guest->region),
		.options = &guest->options,
		.source = guest->source,
		.is_region_good = is_region_good,
		.data = guest,
		.is_stopping = &is_stopping,
	};
	int rc = create_producer(guest, error);

	if (rc)
		return rc;
	setup.producer = guest->producer;
	oriel_log(ORIEL_LOG_INFO, "session begun: %zu MiB, capture %s", setup.region_bytes >> 20,
		guest->source->name);
	rc = oriel_loop_run(&setup, &guest->capture, error);
	oriel_producer_destroy(guest->producer);
	guest->producer = NULL;
	return rc;
}

/* Everything back to where nothing was opened yet. */
static void close_all(struct guest *guest)
{
	if (guest->capture)
		guest->source->close(guest->capture);
	guest->capture = NULL;
	oriel_region_close(guest->region);
	guest->region = NULL;
}

static int run(struct guest *guest, struct oriel_error *error)
{
	bool is_patient = guest->options.wait;
	int rc;

	do {
		rc = open_patiently(guest, is_patient, open_region, error);
		if (!rc)
			rc = open_patiently(guest, is_patient, open_source, error);
		if (!rc)
			rc = serve_region(guest, error);
		close_all(guest);
		if (rc > 0)
			oriel_log(ORIEL_LOG_WARNING, "the shared memory went away or was replaced");
		/* What worked once is worth waiting for. */
		is_patient = true;
	} while (rc > 0);
	return rc == -EINTR ? 0 : rc;
}

int main(int argc, char **argv)
{
	struct guest guest = {0};
	struct oriel_error error = {0};

	oriel_log_set_program("oriel-guest");
	if (oriel_guest_options_parse(&guest.options, argc, argv, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return EXIT_USAGE;
	}
	if (guest.options.action == ORIEL_GUEST_HELP) {
		oriel_guest_options_print_help(stdout);
		return EXIT_DONE;
	}
	if (guest.options.action == ORIEL_GUEST_VERSION) {
		puts("oriel-guest " ORIEL_VERSION);
		return EXIT_DONE;
	}
	if (guest.options.verbose)
		oriel_log_set_level(ORIEL_LOG_DEBUG);
	catch_signals();
	oriel_region_install_guard();
	if (run(&guest, &error)) {
		oriel_log(ORIEL_LOG_ERROR, "%s", error.message);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}
