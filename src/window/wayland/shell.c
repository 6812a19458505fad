/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/shell.h"

#include <errno.h>
#include <stddef.h>

/* The most wanted first. */
static const struct oriel_wayland_shell_ops *const shells[] = {
#ifdef ORIEL_HAVE_LIBDECOR
	&oriel_wayland_shell_libdecor,
#endif
	&oriel_wayland_shell_xdg,
};

int oriel_wayland_shell_create(
	struct oriel_wayland_shell **ret_shell, const struct oriel_wayland_shell_setup *setup)
{
	int result = -ENOTSUP;

	for (size_t i = 0; i < sizeof shells / sizeof shells[0] && result; i++)
		if (!shells[i]->suits || shells[i]->suits(setup))
			result = shells[i]->create(ret_shell, setup);
	return result;
}

struct wl_output *oriel_wayland_shell_get_output(const struct oriel_wayland_shell *shell)
{
	const struct oriel_wayland_shell_setup *setup = &shell->setup;

	return setup->output ? oriel_wayland_output_look_up(&setup->globals->outputs, setup->output)
			     : NULL;
}

void oriel_wayland_shell_set_fullscreen(
	struct oriel_wayland_shell *shell, enum oriel_fullscreen wanted)
{
	bool is_off = wanted == ORIEL_FULLSCREEN_OFF ||
		      (wanted == ORIEL_FULLSCREEN_TOGGLE && shell->is_fullscreen);

	shell->ops->set_fullscreen(shell, !is_off);
}
