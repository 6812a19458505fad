/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mappings and the guard against their disappearance. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "relay/region.h"
#include "skip.h"

#define SIZE (1u << 20)

static char folder[] = "/tmp/oriel-region-XXXXXX";
static char path[64];
/* cmocka puts its own handler in front of each case. */
static struct sigaction guard;

static int set_up(void **state)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/shm", folder);
	return 0;
}

static int tear_down(void **state)
{
	unlink(path);
	return rmdir(folder);
}

static void make_file(off_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static struct oriel_region *open_region(void)
{
	struct oriel_region *region = NULL;
	struct oriel_error error = {0};

	if (oriel_region_open(&region, path, 4096, &error) < 0)
		fail_msg("%s", error.message);
	return region;
}

static void assert_refused(const char *at, size_t min_bytes, int code, const char *words)
{
	struct oriel_region *region = NULL;
	struct oriel_error error = {0};

	assert_int_equal(oriel_region_open(&region, at, min_bytes, &error), code);
	assert_null(region);
	assert_int_equal(error.code, code);
	if (!strstr(error.message, at) || !strstr(error.message, words))
		fail_msg("\"%s\" does not say \"%s\"", error.message, words);
	assert_int_equal(oriel_region_open(&region, at, min_bytes, NULL), code);
}

static void file_is_mapped_shared(void **state)
{
	struct oriel_region *region;
	uint8_t byte = 0;
	int fd;

	make_file(SIZE);
	region = open_region();
	assert_int_equal(oriel_region_get_size_bytes(region), SIZE);
	assert_int_equal(oriel_region_get_kind(region), ORIEL_REGION_FILE);
	assert_false(oriel_region_is_write_combined(region));
	assert_true(oriel_region_is_current(region));
	assert_false(oriel_region_is_lost(region));
	oriel_region_get_base(region)[SIZE - 1] = 0x5a;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, SIZE - 1), 1);
	assert_int_equal(byte, 0x5a);
	close(fd);
	assert_int_equal(pread(oriel_region_get_memory(region)->fd, &byte, 1, SIZE - 1), 1);
	assert_int_equal(oriel_region_get_memory(region)->size_bytes, SIZE);
	assert_ptr_equal(oriel_region_ref(region), region);
	oriel_region_close(region);
	assert_int_equal(oriel_region_get_base(region)[SIZE - 1], 0x5a);
	oriel_region_close(region);
	oriel_region_close(NULL);
}

static void missing_file_is_told(void **state)
{
	assert_refused(path, 1, -ENOENT, "does not exist");
}

static void directory_is_told(void **state)
{
	assert_refused(folder, 1, -EISDIR, "is a directory");
}

static void small_file_is_told(void **state)
{
	make_file(4095);
	assert_refused(path, 4096, -ENOSPC, "4095");
	make_file(0);
	assert_refused(path, 0, -ENOSPC, "0 bytes");
	make_file(4096);
	oriel_region_close(open_region());
}

static void huge_file_is_told(void **state)
{
	make_file((off_t)1 << 32);
	assert_refused(path, 1, -EFBIG, "4096 MiB");
}

static void odd_size_is_told(void **state)
{
	make_file(9000000);
	assert_refused(path, 1, -EINVAL, "9000000 bytes");
	assert_refused(path, 1, -EINVAL, "make it 16 MiB");
	make_file(8193);
	assert_refused(path, 1, -EINVAL, "make it 1 MiB");
}

static void pipe_is_told(void **state)
{
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(path, 1, -ENODEV, "neither a file nor a character device");
}

static void other_device_is_told(void **state)
{
	assert_refused("/dev/null", 1, -ENODEV, "kvmfr");
}

static void file_without_permission_is_told(void **state)
{
	int status;
	pid_t child;

	make_file(SIZE);
	if (geteuid())
		oriel_test_skip("needs root to become somebody without permission");
	chmod(folder, 0755);
	child = fork();
	if (!child) {
		struct oriel_region *region;
		struct oriel_error error;
		int r = setuid(65534) ? 0 : oriel_region_open(&region, path, 1, &error);

		_exit(r == -EACCES && strstr(error.message, "mode 600") ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* T29. Made and removed only where no such name exists. */
static void stray_file_named_like_the_device_is_told(void **state)
{
	static const char stray[] = "/dev/kvmfr9-oriel-test";
	int fd = open(stray, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		oriel_test_skip("cannot make a file in /dev: %s", strerror(errno));
	assert_int_equal(ftruncate(fd, SIZE), 0);
	close(fd);
	assert_refused(stray, 1, -ENODEV, "ordinary file");
	unlink(stray);
}

/* T28 */
static void replaced_and_resized_files_are_noticed(void **state)
{
	struct oriel_region *region;

	make_file(SIZE);
	region = open_region();
	unlink(path);
	assert_false(oriel_region_is_current(region));
	make_file(SIZE);
	assert_false(oriel_region_is_current(region));
	oriel_region_close(region);
	region = open_region();
	assert_true(oriel_region_is_current(region));
	assert_int_equal(truncate(path, 2 * SIZE), 0);
	assert_false(oriel_region_is_current(region));
	oriel_region_close(region);
}

static void truncated_file_reads_zeros(void **state)
{
	struct oriel_region *region;
	uint8_t *base;

	sigaction(SIGBUS, &guard, NULL);
	make_file(SIZE);
	region = open_region();
	base = oriel_region_get_base(region);
	memset(base, 0x77, SIZE);
	assert_int_equal(truncate(path, 8192), 0);
	assert_false(oriel_region_is_lost(region));
	assert_int_equal(base[SIZE / 2], 0);
	assert_true(oriel_region_is_lost(region));
	assert_int_equal(base[SIZE - 1], 0);
	base[SIZE / 2] = 1;
	assert_int_equal(base[SIZE / 2 - 4096], 0); /* before the first fault, also gone */
	assert_int_equal(base[100], 0x77);
	oriel_region_close(region);
}

static void regions_are_guarded_apart(void **state)
{
	struct oriel_region *regions[9];

	sigaction(SIGBUS, &guard, NULL);
	for (int i = 0; i < 9; i++) { /* one more than there are places */
		make_file(SIZE);
		regions[i] = open_region();
		unlink(path);
	}
	oriel_region_close(regions[8]);
	make_file(SIZE);
	oriel_region_close(regions[0]);
	regions[0] = open_region();
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(oriel_region_get_base(regions[0])[0], 0);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(oriel_region_is_lost(regions[i]), i == 0);
		oriel_region_close(regions[i]);
	}
}

static void touch_lost_memory(int fd)
{
	volatile uint8_t *base = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	_exit(base[0]);
}

static void leave_quietly(int number)
{
	_exit(7);
}

/* What the child ended with after touching lost memory that is no region. */
static int fault_elsewhere(void (*before)(void))
{
	int status;
	pid_t child = fork();

	if (!child) {
		int fd = open(path, O_RDWR | O_CLOEXEC);

		before();
		touch_lost_memory(fd);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void do_nothing(void)
{
}

static void send_signal(void)
{
	raise(SIGBUS);
}

static void faults_elsewhere_go_to_the_handler_before(void **state)
{
	int status;

	sigaction(SIGBUS, &guard, NULL);
	make_file(0);
	status = fault_elsewhere(do_nothing);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	status = fault_elsewhere(send_signal);
	assert_int_equal(WEXITSTATUS(status), 7);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(file_is_mapped_shared),
		CASE(missing_file_is_told),
		CASE(directory_is_told),
		CASE(small_file_is_told),
		CASE(huge_file_is_told),
		CASE(odd_size_is_told),
		CASE(pipe_is_told),
		CASE(other_device_is_told),
		CASE(file_without_permission_is_told),
		CASE(stray_file_named_like_the_device_is_told),
		CASE(replaced_and_resized_files_are_noticed),
		CASE(truncated_file_reads_zeros),
		CASE(regions_are_guarded_apart),
		CASE(faults_elsewhere_go_to_the_handler_before),
	};

	signal(SIGBUS, leave_quietly);
	oriel_region_install_guard();
	sigaction(SIGBUS, NULL, &guard);
	return cmocka_run_group_tests_name("relay-region", tests, NULL, NULL);
}
