/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding the IVSHMEM device and describing the machine, from copies of /sys and /proc. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "guest/linux/ivshmem.h"
#include "guest/linux/machine.h"
#include "tests/remove_tree.h"

#define MIB (1u << 20)

static char root[64];

static int begin(void **state)
{
	strcpy(root, "/tmp/oriel-test-machine-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int end(void **state)
{
	return remove_tree(root);
}

/* Makes root/path with this text, and the folders on the way. */
static void put(const char *path, const char *text)
{
	char whole[512];
	int fd;

	snprintf(whole, sizeof whole, "%s/%s", root, path);
	for (char *slash = strchr(whole + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(whole, 0700);
		*slash = '/';
	}
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(oriel_fd_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void put_size(const char *path, off_t bytes)
{
	char whole[512];

	put(path, "");
	snprintf(whole, sizeof whole, "%s/%s", root, path);
	assert_int_equal(truncate(whole, bytes), 0);
}

static void put_device(const char *address, const char *device, off_t bytes)
{
	char path[128];

	snprintf(path, sizeof path, "%s/vendor", address);
	put(path, "0x1af4\n");
	snprintf(path, sizeof path, "%s/device", address);
	put(path, device);
	snprintf(path, sizeof path, "%s/enable", address);
	put(path, "0\n");
	snprintf(path, sizeof path, "%s/resource2", address);
	put_size(path, bytes);
}

static void expect_enabled(const char *address, const char *wanted)
{
	char path[512], text[8];

	snprintf(path, sizeof path, "%s/%s/enable", root, address);
	assert_true(oriel_fd_read_file(path, text, sizeof text) > 0);
	assert_int_equal(text[0], wanted[0]);
}

static void test_find(void **state)
{
	struct oriel_ivshmem found;
	struct oriel_error error;
	char wanted[128];

	put_device("0000:00:01.0", "0x1050\n", 64 * MIB);
	put_device("0000:00:02.0", "0x1110\n", 1 * MIB);
	put_device("0000:00:05.0", "0x1110\n", 32 * MIB);
	put_device("0000:00:06.0", "0x1110\n", 64 * MIB);

	/* The one of 1 MiB serves something else. */
	assert_int_equal(oriel_ivshmem_find(&found, root, NULL, 8 * MIB, &error), 0);
	assert_string_equal(found.address, "0000:00:05.0");
	snprintf(wanted, sizeof wanted, "%s/0000:00:05.0/resource2", root);
	assert_string_equal(found.path, wanted);
	expect_enabled("0000:00:05.0", "1");
	expect_enabled("0000:00:02.0", "0");

	put_size("0000:00:06.0/resource2_wc", 64 * MIB);
	assert_int_equal(oriel_ivshmem_find(&found, root, "0000:00:06.0", 8 * MIB, &error), 0);
	snprintf(wanted, sizeof wanted, "%s/0000:00:06.0/resource2_wc", root);
	assert_string_equal(found.path, wanted);
}

static void test_find_fails(void **state)
{
	struct oriel_ivshmem found = {.address = "untouched"};
	struct oriel_error error;

	put_device("0000:00:01.0", "0x1050\n", 64 * MIB);
	assert_int_equal(oriel_ivshmem_find(&found, root, NULL, 8 * MIB, &error), -ENODEV);
	assert_non_null(strstr(error.message, "1af4:1110"));
	assert_int_equal(
		oriel_ivshmem_find(&found, root, "0000:00:09.0", 8 * MIB, &error), -ENODEV);
	assert_non_null(strstr(error.message, "0000:00:09.0"));
	assert_int_equal(oriel_ivshmem_find(&found, root, "0000:00:01.0", 8 * MIB, &error), -ENXIO);
	assert_non_null(strstr(error.message, "1af4:1050"));
	put_device("0000:00:02.0", "0x1110\n", 4 * MIB);
	assert_int_equal(oriel_ivshmem_find(&found, root, NULL, 8 * MIB, &error), -ENOSPC);
	assert_non_null(strstr(error.message, "4 MiB"));
	assert_string_equal(found.address, "untouched");
	assert_int_equal(
		oriel_ivshmem_find(&found, "/nonexistent", NULL, 8 * MIB, &error), -ENOENT);
}

static void test_machine(void **state)
{
	static const uint8_t wanted[16] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x01,
		0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
	struct oriel_guest_machine machine;

	put("sys/class/dmi/id/product_uuid", "12345678-9ABC-def0-0123-456789abcdef\n");
	put("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU 9000\nphysical id\t: 0\n"
			    "cpu cores\t: 2\n\nprocessor\t: 1\nmodel name\t: Some CPU 9000\n"
			    "physical id\t: 1\ncpu cores\t: 2\n");
	put("etc/os-release", "NAME=\"X\"\nPRETTY_NAME=\"X Linux 3\"\n");
	oriel_guest_machine_read(&machine, root);
	assert_memory_equal(machine.uuid, wanted, sizeof wanted);
	assert_string_equal(machine.cpu_model, "Some CPU 9000");
	assert_int_equal(machine.cpus, 2);
	assert_int_equal(machine.cores, 4);
	assert_int_equal(machine.sockets, 2);
	assert_string_equal(machine.os_name, "X Linux 3");
}

/* In an initramfs most of it is missing; no UUID is better than a wrong one. */
static void test_bare_machine(void **state)
{
	static const uint8_t zeros[16];
	static const char *const wrong[] = {"", "Not Settable\n",
		"ffffffff-ffff-ffff-ffff-ffffffffffff\n", "12345678-9abc-def0-0123-456789abcde\n",
		"12345678-9abc-def0-0123-456789abcdex\n"};
	struct oriel_guest_machine machine;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		put("sys/class/dmi/id/product_uuid", wrong[i]);
		oriel_guest_machine_read(&machine, root);
		assert_memory_equal(machine.uuid, zeros, sizeof zeros);
	}
	assert_string_equal(machine.cpu_model, "");
	assert_int_equal(machine.cpus, 1);
	assert_int_equal(machine.sockets, 1);
	assert_int_equal(strncmp(machine.os_name, "Linux ", 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_find, begin, end),
		cmocka_unit_test_setup_teardown(test_find_fails, begin, end),
		cmocka_unit_test_setup_teardown(test_machine, begin, end),
		cmocka_unit_test_setup_teardown(test_bare_machine, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
