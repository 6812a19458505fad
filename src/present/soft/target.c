/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/target.h"

const struct oriel_soft_target_ops *const oriel_soft_targets[] = {
#ifdef ORIEL_HAVE_WAYLAND
	&oriel_soft_target_wayland,
#endif
#ifdef ORIEL_HAVE_X11
	&oriel_soft_target_x11,
#endif
	&oriel_soft_target_memory,
	NULL,
};
