/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A source whose pictures and cursors are turned clockwise on their way, as the user wants to see
 * them (--rotate). Frames stay where they lie: only their rotation is another one, which every
 * presenter heeds. Places that place_cursor_rt() takes are those of the guest's own screen, as
 * ever.
 */
#ifndef ORIEL_VIEW_SOURCE_TURNED_H
#define ORIEL_VIEW_SOURCE_TURNED_H

#include "view/source.h"

/* inner becomes the new source's. -ENOMEM, and it is still the caller's. */
int oriel_source_turned_create(struct oriel_source **ret_source, struct oriel_source *inner,
	enum oriel_rotation by, struct oriel_error *error);

#endif
