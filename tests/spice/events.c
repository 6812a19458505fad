/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs in the test's guest: one line for each event of its input devices, in the order in which
 * they are read, "EVENT key 30 1". Syncs and scan codes are left out.
 */
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define DEVICES_MAX 16

static const char *const kinds[EV_CNT] = {[EV_KEY] = "key", [EV_REL] = "rel", [EV_ABS] = "abs"};

static void print_event(int fd)
{
	struct input_event event;

	if (read(fd, &event, sizeof event) == sizeof event && event.type < EV_CNT &&
		kinds[event.type])
		printf("EVENT %s %u %d\n", kinds[event.type], event.code, event.value);
}

int main(void)
{
	struct pollfd devices[DEVICES_MAX];
	nfds_t count = 0;
	char path[32];

	for (int i = 0; i < DEVICES_MAX; i++) {
		snprintf(path, sizeof path, "/dev/input/event%d", i);
		devices[count].fd = open(path, O_RDONLY);
		devices[count].events = POLLIN;
		count += devices[count].fd >= 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("EVENTS-READY %u\n", (unsigned int)count);
	while (poll(devices, count, -1) > 0)
		for (nfds_t i = 0; i < count; i++)
			if (devices[i].revents)
				print_event(devices[i].fd);
	return 1;
}
