/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers of the control socket that need the render thread: it fills a snapshot, and a picture in
 * it is written by a worker, so that neither thread of the viewer waits for a disk. Main thread.
 */
#ifndef ORIEL_VIEW_REMOTE_PICTURE_H
#define ORIEL_VIEW_REMOTE_PICTURE_H

#include "control/server.h"
#include "view/render.h"

/* Answers the call. snapshot: NULL when it could not be taken; its pixels may be stolen. */
typedef void (*oriel_remote_answer)(
	struct oriel_control_call *call, struct oriel_snapshot *snapshot, void *data);

/* Gives answer a snapshot, now or later. */
void oriel_remote_take_snapshot(struct oriel_render *render, struct oriel_control_call *call,
	bool wants_image, oriel_remote_answer answer, void *data);

struct oriel_remote_pictures {
	struct oriel_render *render; /* borrowed, like all here */
	const char *folder, *vm;
	bool is_busy; /* with one: each needs the memory of a whole picture */
	bool is_writing;
};

/* The path of a file called name in folder, or of one called after VM and time, ending in ending,
 * where name is NULL; the caller frees it. NULL: name is no name, and the call was refused. */
char *oriel_remote_make_path(struct oriel_control_call *call, const char *folder, const char *vm,
	const char *name, const char *ending);

/* name: of the file in the folder, NULL for one made of VM and time. Answers when it is written. */
void oriel_remote_take_picture(
	struct oriel_remote_pictures *pictures, struct oriel_control_call *call, const char *name);
/* Waits for one that is being written. */
void oriel_remote_finish_pictures(struct oriel_remote_pictures *pictures);

#endif
