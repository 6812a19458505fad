/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/locks.h"

#include <stddef.h>
#include <sys/mman.h>
#include <xkbcommon/xkbcommon.h>

#include "base/fd.h"
#include "window/window.h"

static const struct {
	const char *lamp;
	unsigned lock;
} names[] = {
	{XKB_LED_NAME_CAPS, ORIEL_LOCK_CAPS},
	{XKB_LED_NAME_NUM, ORIEL_LOCK_NUM},
	{XKB_LED_NAME_SCROLL, ORIEL_LOCK_SCROLL},
};

void oriel_wayland_locks_init(struct oriel_wayland_locks *locks)
{
	*locks = (struct oriel_wayland_locks){.keymap_fd = -1};
}

void oriel_wayland_locks_finish(struct oriel_wayland_locks *locks)
{
	xkb_keymap_unref(locks->keymap);
	locks->keymap = NULL;
	oriel_fd_close(&locks->keymap_fd);
}

void oriel_wayland_locks_set_keymap(struct oriel_wayland_locks *locks, int fd, uint32_t bytes)
{
	oriel_wayland_locks_finish(locks);
	locks->keymap_fd = fd;
	locks->keymap_bytes = bytes;
}

/* The whole of it is in the text: nothing is looked up in files. */
static void read_keymap(struct oriel_wayland_locks *locks)
{
	struct xkb_context *context =
		xkb_context_new(XKB_CONTEXT_NO_DEFAULT_INCLUDES | XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	void *text = MAP_FAILED;

	if (context && locks->keymap_fd >= 0 && locks->keymap_bytes)
		text = mmap(NULL, locks->keymap_bytes, PROT_READ, MAP_PRIVATE, locks->keymap_fd, 0);
	if (text != MAP_FAILED) {
		/* It ends with a zero. */
		locks->keymap = xkb_keymap_new_from_buffer(context, text, locks->keymap_bytes - 1,
			XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS);
		munmap(text, locks->keymap_bytes);
	}
	xkb_context_unref(context);
	oriel_fd_close(&locks->keymap_fd);
}

static unsigned find_lit(struct xkb_keymap *keymap, uint32_t locked)
{
	struct xkb_state *state = xkb_state_new(keymap);
	unsigned lit = 0;

	if (!state)
		return 0;
	xkb_state_update_mask(state, 0, 0, locked, 0, 0, 0);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (xkb_state_led_name_is_active(state, names[i].lamp) > 0)
			lit |= names[i].lock;
	xkb_state_unref(state);
	return lit;
}

unsigned oriel_wayland_locks_update(struct oriel_wayland_locks *locks, uint32_t locked)
{
	if (locked == locks->locked)
		return locks->now;
	if (locked && !locks->keymap)
		read_keymap(locks);
	locks->locked = locked;
	locks->now = locked && locks->keymap ? find_lit(locks->keymap, locked) : 0;
	return locks->now;
}
