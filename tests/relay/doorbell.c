/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory from an ivshmem-doorbell server: a good one, and those that are none. */
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "relay/region.h"

#define SIZE (1u << 20)
#define MEMORY (-1)

/* What the server sends; with fd the memory goes along, which does for a bell too. */
struct message {
	int64_t number;
	bool with_fd;
};

static char folder[] = "/tmp/oriel-bell-XXXXXX";
static char path[64];
static int listen_fd = -1, memory_fd = -1, peer_fd = -1;
static const struct message *script;
static size_t script_length;

static int set_up(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/socket", folder);
	strcpy(address.sun_path, path);
	listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memory_fd = memfd_create("bell", MFD_CLOEXEC);
	if (ftruncate(memory_fd, SIZE) ||
		bind(listen_fd, (const struct sockaddr *)&address, sizeof address))
		return -1;
	return listen(listen_fd, 1);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int tear_down(void **state)
{
	close_one(&listen_fd);
	close_one(&memory_fd);
	close_one(&peer_fd);
	unlink(path);
	return rmdir(folder);
}

static void send_message(const struct message *message)
{
	uint64_t wire = htole64((uint64_t)message->number);
	struct iovec part = {.iov_base = &wire, .iov_len = sizeof wire};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (message->with_fd) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof control.bytes;
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &memory_fd, sizeof(int));
	}
	sendmsg(peer_fd, &header, MSG_NOSIGNAL);
}

static void *serve(void *data)
{
	peer_fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	for (size_t i = 0; i < script_length; i++)
		send_message(&script[i]);
	return NULL;
}

static int join(const struct message *messages, size_t count, struct oriel_region **ret_region,
	struct oriel_error *error)
{
	pthread_t thread;
	int r;

	script = messages;
	script_length = count;
	assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
	r = oriel_region_open(ret_region, path, 4096, error);
	pthread_join(thread, NULL);
	return r;
}

static const struct message good[] = {
	{0, false}, {3, false}, {MEMORY, true}, {0, true}, {0, true}, {3, true}};

static struct oriel_region *join_good(void)
{
	struct oriel_region *region = NULL;
	struct oriel_error error = {0};

	if (join(good, sizeof good / sizeof good[0], &region, &error))
		fail_msg("%s", error.message);
	return region;
}

static void memory_is_mapped_shared(void **state)
{
	struct oriel_region *region = join_good();
	char text[6] = "";

	assert_int_equal(oriel_region_get_kind(region), ORIEL_REGION_DOORBELL);
	assert_int_equal(oriel_region_get_size_bytes(region), SIZE);
	memcpy(oriel_region_get_base(region) + 100, "hello", 6);
	assert_int_equal(pread(memory_fd, text, sizeof text, 100), sizeof text);
	assert_string_equal(text, "hello");
	assert_true(oriel_region_is_current(region));
	oriel_region_close(region);
}

static void stays_while_somebody_shares_it(void **state)
{
	struct oriel_region *region = join_good();

	send_message(&(struct message){5, true});
	send_message(&(struct message){0, false});
	assert_true(oriel_region_is_current(region));
	/* Nobody we know of, and ourselves. */
	send_message(&(struct message){7, false});
	send_message(&(struct message){3, false});
	send_message(&(struct message){INT64_MAX, false});
	assert_true(oriel_region_is_current(region));
	send_message(&(struct message){5, false});
	assert_false(oriel_region_is_current(region));
	oriel_region_close(region);
}

static void ends_with_its_server(void **state)
{
	struct oriel_region *region = join_good();

	assert_true(oriel_region_is_current(region));
	close_one(&peer_fd);
	assert_false(oriel_region_is_current(region));
	oriel_region_close(region);
}

static void takes_no_descriptor_of_a_bell(void **state)
{
	struct oriel_region *region = join_good();
	int before = dup(0), after;

	close(before);
	for (int i = 0; i < 100; i++)
		send_message(&(struct message){5, true});
	assert_true(oriel_region_is_current(region));
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
	oriel_region_close(region);
}

static void other_servers_are_told(void **state)
{
	static const struct message versions[] = {{1, false}, {3, false}, {MEMORY, true}};
	static const struct message without_id[] = {{0, false}, {MEMORY, true}};
	static const struct message without_memory[] = {{0, false}, {3, false}, {MEMORY, false}};
	static const struct message other_memory[] = {{0, false}, {3, false}, {4, true}};
	static const struct {
		const struct message *messages;
		size_t count;
	} cases[] = {{versions, 3}, {without_id, 2}, {without_memory, 3}, {other_memory, 3}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct oriel_region *region = NULL;
		struct oriel_error error = {0};

		assert_int_equal(join(cases[i].messages, cases[i].count, &region, &error), -EPROTO);
		assert_non_null(strstr(error.message, path));
		assert_null(region);
		close_one(&peer_fd);
	}
}

static void memory_of_a_wrong_size_is_told(void **state)
{
	struct oriel_region *region = NULL;
	struct oriel_error error = {0};

	assert_int_equal(ftruncate(memory_fd, SIZE + 4096), 0);
	assert_int_equal(join(good, 3, &region, &error), -EINVAL);
	assert_null(region);
}

static void silent_server_is_not_waited_for_long(void **state)
{
	uint64_t start_ns = oriel_time_now_ns();
	struct oriel_region *region = NULL;
	struct oriel_error error = {0};

	assert_int_equal(join(good, 2, &region, &error), -ETIMEDOUT);
	assert_true(oriel_time_now_ns() - start_ns < 20 * ORIEL_NS_PER_S);
}

static void dead_socket_is_told(void **state)
{
	struct oriel_region *region = NULL;
	struct oriel_error error = {0};

	close_one(&listen_fd);
	assert_int_equal(oriel_region_open(&region, path, 4096, &error), -ECONNREFUSED);
	assert_non_null(strstr(error.message, "start the VM"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(memory_is_mapped_shared),
		CASE(stays_while_somebody_shares_it),
		CASE(ends_with_its_server),
		CASE(takes_no_descriptor_of_a_bell),
		CASE(other_servers_are_told),
		CASE(memory_of_a_wrong_size_is_told),
		CASE(silent_server_is_not_waited_for_long),
		CASE(dead_socket_is_told),
	};

	return cmocka_run_group_tests_name("relay-doorbell", tests, NULL, NULL);
}
