/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spice-guest SOCKET PROGRAM: boots a guest whose SPICE server listens at SOCKET and runs PROGRAM
 * (a SPICE agent, or the reader of its keyboard, mouse and tablet) in it. Lines of standard input
 * become lines of the guest's shell, lines of the guest that begin with AGENT or EVENT lines of
 * standard output. Ends with the standard input. Status 77:
 * this machine lacks what it takes.
 */
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "bed/machine.h"
#include "tests/bed/parts.h"

enum { STATUS_LACKING = 77 };

#define BOOT_NS (120 * ORIEL_NS_PER_S)
/* A line that has begun to come is there at once. */
#define LINE_NS (100 * ORIEL_NS_PER_MS)

static int pack(const struct oriel_kernel *kernel, const char *program, GError **error)
{
	static const char *const modules[] = {"virtio_pci", "virtio_console", "virtio_input",
		"evdev", "xhci_pci", "usb_storage", "sr_mod", NULL};
	const char *const programs[] = {program, NULL};

	return guest_pack(kernel, modules, programs, error);
}

static struct oriel_bed_machine *boot(const struct oriel_kernel *kernel, int initramfs_fd,
	const char *socket, const char *program, GError **error)
{
	static const char *const chardevs[] = {"spicevmc,id=agent,name=vdagent",
		"spiceport,id=files,name=org.spice-space.webdav.0", "spicevmc,id=usb,name=usbredir",
		NULL};
	/* The tablet comes last, so that QEMU asks it first. */
	static const char *const devices[] = {"VGA", "virtio-keyboard-pci", "virtio-mouse-pci",
		"virtio-tablet-pci", "virtio-serial-pci",
		"virtserialport,chardev=agent,name=com.redhat.spice.0",
		"virtserialport,chardev=files,name=org.spice-space.webdav.0", "qemu-xhci",
		"usb-redir,chardev=usb", NULL};
	g_autofree char *spice = g_strdup_printf("unix=on,addr=%s,disable-ticketing=on", socket);
	g_autofree char *name = g_path_get_basename(program);
	g_autofree char *start = g_strdup_printf("%s &", name);
	const struct oriel_bed_machine_plan plan = {
		.kernel = kernel,
		.chardevs = chardevs,
		.devices = devices,
		.spice = spice,
		.initramfs_fd = initramfs_fd,
		.shm_fd = -1,
		.memory_mb = 512,
		.cancel_fd = -1,
	};
	struct oriel_bed_machine *machine = oriel_bed_machine_create(&plan, error);

	if (machine &&
		oriel_bed_machine_wait_line(
			machine, "BED-READY", oriel_time_now_ns() + BOOT_NS, NULL, error) &&
		oriel_bed_machine_send(machine, start, error))
		return machine;
	oriel_bed_machine_destroy(machine);
	return NULL;
}

/* Every line that is there. False: the machine ended. */
static bool print_lines(struct oriel_bed_machine *machine)
{
	for (;;) {
		g_autoptr(GError) error = NULL;
		g_autofree char *line = NULL;

		if (!oriel_bed_machine_wait_line(
			    machine, "", oriel_time_now_ns() + LINE_NS, &line, &error))
			return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
		if (g_str_has_prefix(line, "AGENT ") || g_str_has_prefix(line, "EVENT"))
			puts(g_strchomp(line));
	}
}

/* What was typed. False: nothing comes any more. */
static bool take_input(struct oriel_bed_machine *machine)
{
	char text[4096];
	ssize_t size = read(STDIN_FILENO, text, sizeof text - 1);
	g_auto(GStrv) lines = NULL;

	if (size <= 0)
		return false;
	text[size] = '\0';
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	for (char **line = lines; *line; line++)
		oriel_bed_machine_send(machine, *line, NULL);
	return true;
}

static int relay(struct oriel_bed_machine *machine)
{
	struct pollfd wait[] = {
		{STDIN_FILENO, POLLIN, 0}, {oriel_bed_machine_get_fd(machine), POLLIN, 0}};

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Some may have come with the last one that was waited for. */
	print_lines(machine);
	while (poll(wait, G_N_ELEMENTS(wait), -1) > 0) {
		if (wait[0].revents && !take_input(machine))
			return 0;
		if (wait[1].revents && !print_lines(machine))
			break;
	}
	fprintf(stderr, "the guest ended: %s\n", oriel_bed_machine_get_log(machine));
	return 1;
}

int main(int argc, char *argv[])
{
	g_autoptr(GError) error = NULL;
	struct oriel_bed_machine *machine = NULL;
	struct oriel_kernel *kernel;
	int initramfs_fd ORIEL_FD_AUTO = -1;
	int status = STATUS_LACKING;

	if (argc != 3)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	kernel = oriel_kernel_find(g_getenv("ORIEL_BED_KERNEL"), &error);
	if (kernel)
		initramfs_fd = pack(kernel, argv[2], &error);
	if (initramfs_fd >= 0)
		machine = boot(kernel, initramfs_fd, argv[1], argv[2], &error);
	oriel_kernel_destroy(kernel);
	if (machine)
		status = relay(machine);
	else
		fprintf(stderr, "%s\n", error->message);
	oriel_bed_machine_destroy(machine);
	return status;
}
