/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/evdev.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/input.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#define EVENTS_PER_READ 64
#define NOTCH_120 120

struct device {
	int fd; /* the same as long as it lives, for take_away() */
	const char *name;
	bool is_gone;
	bool is_grabbed;
	bool is_refused; /* somebody else has it; asked again with the next capture */
	bool is_behind;	 /* the kernel dropped events: until the next report they mean nothing */
	/* Whose press was told: their release is, too, even when the device is let go before. */
	uint8_t told[KEY_CNT / 8];
	/* Since the last report. */
	int32_t x_px, y_px;
	int32_t notches[2], wheel_120[2]; /* right and up, as the kernel has them */
};

struct oriel_evdev {
	const struct oriel_evdev_ops *ops;
	struct device devices[ORIEL_EVDEV_DEVICES_MAX];
	size_t count;
	int poll_fd;
	bool is_wanted;
	bool is_due; /* it was not tried yet */
	_Atomic bool is_taken_away;
};

struct delivery {
	struct device *device;
	const struct oriel_window_listener *listener;
	void *data;
};

/* ---- the kernel ----------------------------------------------------------------------------- */

static int grab(int fd, bool wanted)
{
	/* syscalls: ioctl */
	return ioctl(fd, EVIOCGRAB, wanted ? 1L : 0L) ? -errno : 0;
}

static bool is_any_down(int fd)
{
	uint8_t down[KEY_CNT / 8] = {0};

	if (ioctl(fd, EVIOCGKEY(sizeof down), down) < 0)
		return true;
	for (size_t i = 0; i < sizeof down; i++)
		if (down[i])
			return true;
	return false;
}

static const struct oriel_evdev_ops kernel_ops = {grab, is_any_down};

/* ---- events --------------------------------------------------------------------------------- */

static void forget(struct device *device)
{
	device->x_px = device->y_px = 0;
	memset(device->notches, 0, sizeof device->notches);
	memset(device->wheel_120, 0, sizeof device->wheel_120);
}

static bool is_told(const struct device *device, uint32_t code)
{
	return device->told[code / 8] >> code % 8 & 1;
}

static void tell_key(const struct delivery *to, uint32_t code, bool pressed)
{
	uint8_t *told = &to->device->told[code / 8], bit = (uint8_t)(1u << code % 8);

	*told = (uint8_t)(pressed ? *told | bit : *told & ~bit);
	if (code >= BTN_MISC && code < KEY_OK)
		to->listener->button_rt(to->data, code, pressed);
	else
		to->listener->key_rt(to->data, code, pressed);
}

static void take_key(const struct delivery *to, const struct input_event *event)
{
	bool is_new = event->value && to->device->is_grabbed && !to->device->is_behind;
	bool is_end = !event->value && event->code < KEY_CNT && is_told(to->device, event->code);

	if (event->code < KEY_CNT && (is_new || is_end))
		tell_key(to, event->code, is_new);
}

/* They will not be heard of any more. */
static void release_all(const struct delivery *to)
{
	for (uint32_t code = 0; code < KEY_CNT; code++)
		if (is_told(to->device, code))
			tell_key(to, code, false);
	to->listener->device_lost_rt(to->data);
}

static void take_way(const struct delivery *to, const struct input_event *event)
{
	struct device *device = to->device;
	int32_t *const members[REL_CNT] = {
		[REL_X] = &device->x_px,
		[REL_Y] = &device->y_px,
		[REL_HWHEEL] = &device->notches[0],
		[REL_WHEEL] = &device->notches[1],
		[REL_HWHEEL_HI_RES] = &device->wheel_120[0],
		[REL_WHEEL_HI_RES] = &device->wheel_120[1],
	};

	if (event->code < REL_CNT && members[event->code])
		*members[event->code] = event->value;
}

/* A wheel that tells parts of a notch tells whole ones as well. */
static int32_t get_wheel(const struct device *device, int axis)
{
	return device->wheel_120[axis] ? device->wheel_120[axis]
				       : device->notches[axis] * NOTCH_120;
}

static void take_report(const struct delivery *to, const struct input_event *event)
{
	struct device *device = to->device;
	int32_t x_120 = get_wheel(device, 0), y_120 = -get_wheel(device, 1);

	if (event->code == SYN_DROPPED) {
		device->is_behind = true;
		release_all(to);
	} else if (event->code == SYN_REPORT) {
		if (!device->is_behind && (device->x_px || device->y_px))
			to->listener->relative_rt(to->data, device->x_px, device->y_px);
		if (!device->is_behind && (x_120 || y_120))
			to->listener->wheel_rt(to->data, x_120, y_120);
		device->is_behind = false;
		forget(device);
	}
}

static void take_event(const struct delivery *to, const struct input_event *event)
{
	if (event->type == EV_KEY)
		take_key(to, event);
	else if (event->type == EV_SYN && to->device->is_grabbed)
		take_report(to, event);
	else if (event->type == EV_REL && to->device->is_grabbed)
		take_way(to, event);
}

/* Takes what has come. False: the device is gone. */
static bool read_events(const struct delivery *to)
{
	struct input_event events[EVENTS_PER_READ];
	ssize_t got;

	/* syscalls: read */
	while ((got = read(to->device->fd, events, sizeof events)) > 0)
		for (size_t i = 0; i < (size_t)got / sizeof *events; i++)
			take_event(to, &events[i]);
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

/* ---- grabs ---------------------------------------------------------------------------------- */

static void try_grab(struct oriel_evdev *evdev, struct device *device)
{
	int result;

	if (device->is_gone || device->is_grabbed || device->is_refused ||
		evdev->ops->is_any_down(device->fd))
		return;
	result = evdev->ops->grab(device->fd, true);
	device->is_grabbed = !result;
	device->is_refused = result != 0;
	forget(device);
	if (result == -EBUSY)
		oriel_log_rt(ORIEL_LOG_WARNING,
			"another program has grabbed %s: its input comes by the window, if at all",
			device->name);
	else if (result)
		oriel_log_rt(
			ORIEL_LOG_WARNING, "cannot grab %s: %s", device->name, strerror(-result));
}

static void let_go(struct oriel_evdev *evdev, struct device *device)
{
	if (!device->is_gone && device->is_grabbed)
		evdev->ops->grab(device->fd, false);
	device->is_grabbed = device->is_refused = device->is_behind = false;
}

void oriel_evdev_set_grab_rt(struct oriel_evdev *evdev, bool wanted)
{
	evdev->is_wanted = evdev->is_due = wanted;
	for (size_t i = 0; i < evdev->count && !wanted; i++)
		let_go(evdev, &evdev->devices[i]);
}

void oriel_evdev_take_away(struct oriel_evdev *evdev)
{
	atomic_store(&evdev->is_taken_away, true);
	for (size_t i = 0; i < evdev->count; i++)
		evdev->ops->grab(evdev->devices[i].fd, false);
}

bool oriel_evdev_is_due_rt(const struct oriel_evdev *evdev)
{
	return evdev->is_due || atomic_load_explicit(&evdev->is_taken_away, memory_order_relaxed);
}

static void lose(struct oriel_evdev *evdev, const struct delivery *to)
{
	struct device *device = to->device;

	/* syscalls: epoll_ctl */
	epoll_ctl(evdev->poll_fd, EPOLL_CTL_DEL, device->fd, NULL);
	device->is_gone = true;
	oriel_log_rt(ORIEL_LOG_WARNING,
		"%s is gone; its input comes by the window until the viewer starts again",
		device->name);
	release_all(to);
	device->is_grabbed = false;
}

void oriel_evdev_dispatch_rt(
	struct oriel_evdev *evdev, const struct oriel_window_listener *listener, void *data)
{
	evdev->is_due = false;
	if (atomic_exchange(&evdev->is_taken_away, false))
		listener->grab_lost_rt(data);
	for (size_t i = 0; i < evdev->count; i++) {
		struct delivery to = {&evdev->devices[i], listener, data};

		if (to.device->is_gone)
			continue;
		/* What waits there from before a grab was for the desktop, which has it. */
		if (!read_events(&to))
			lose(evdev, &to);
		else if (evdev->is_wanted)
			try_grab(evdev, to.device);
	}
}

/* ---- life ----------------------------------------------------------------------------------- */

int oriel_evdev_create(struct oriel_evdev **ret_evdev, const struct oriel_evdev_ops *ops,
	struct oriel_error *error)
{
	struct oriel_evdev *evdev = calloc(1, sizeof *evdev);

	if (!evdev)
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare for input devices");
	evdev->ops = ops ? ops : &kernel_ops;
	evdev->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (evdev->poll_fd < 0) {
		int result = -errno;

		oriel_evdev_destroy(evdev);
		return oriel_error_set_errno(error, result, "cannot prepare for input devices");
	}
	*ret_evdev = evdev;
	return 0;
}

void oriel_evdev_destroy(struct oriel_evdev *evdev)
{
	if (!evdev)
		return;
	for (size_t i = 0; i < evdev->count; i++) {
		let_go(evdev, &evdev->devices[i]);
		oriel_fd_close(&evdev->devices[i].fd);
	}
	oriel_fd_close(&evdev->poll_fd);
	free(evdev);
}

bool oriel_evdev_add(struct oriel_evdev *evdev, int fd, const char *name)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (evdev->count == ORIEL_EVDEV_DEVICES_MAX ||
		epoll_ctl(evdev->poll_fd, EPOLL_CTL_ADD, fd, &event))
		return false;
	evdev->devices[evdev->count++] = (struct device){.fd = fd, .name = name};
	return true;
}

static int open_device(struct oriel_evdev *evdev, const char *path, struct oriel_error *error)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int result = fd < 0 ? -errno : 0, version;

	if (result)
		return oriel_error_set_errno(error, result,
			"cannot open the input device %s (its group, often input, may)", path);
	if (ioctl(fd, EVIOCGVERSION, &version))
		result = oriel_error_set(error, -ENOTTY,
			"%s is no input device: take one of /dev/input/event* or "
			"/dev/input/by-id/*-event-*",
			path);
	else if (!oriel_evdev_add(evdev, fd, g_intern_string(path)))
		result = oriel_error_set(error, -E2BIG,
			"cannot use %s as well: there can be %d input devices, each once", path,
			ORIEL_EVDEV_DEVICES_MAX);
	if (result)
		oriel_fd_close(&fd);
	return result;
}

int oriel_evdev_open(struct oriel_evdev *evdev, const char *paths, struct oriel_error *error)
{
	g_auto(GStrv) each = g_strsplit(paths, ",", -1);
	int result = 0;

	for (char **path = each; *path && !result; path++)
		result = open_device(evdev, g_strstrip(*path), error);
	return result;
}

int oriel_evdev_get_fd(const struct oriel_evdev *evdev)
{
	return evdev->poll_fd;
}
