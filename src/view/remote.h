/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands of the control socket (control/server.h), one table of them: docs/viewer.md lists
 * them. Main thread; never blocks but in close.
 */
#ifndef ORIEL_VIEW_REMOTE_H
#define ORIEL_VIEW_REMOTE_H

#include <json-glib/json-glib.h>

#include "view/exports.h"
#include "view/render.h"
#include "view/send.h"
#include "view/sound.h"
#include "view/standing.h"

struct oriel_remote;
struct oriel_view_spice;

/* Everything is borrowed. */
struct oriel_remote_setup {
	const char *vm;	      /* names the socket */
	const char *pictures; /* the folder that screenshots and recordings go to */
	const struct oriel_standing *standing;
	struct oriel_render *render;
	struct oriel_exports *exports;
	const struct oriel_sound *sound; /* NULL: none */
	struct oriel_view_spice *spice;	 /* NULL: none */
	struct oriel_send *send;	 /* NULL: none */
	void (*quit)(void *data);
	/* Reads the settings again. The names of what is in force now and of what will be after
	 * the next start go into the arrays; 0, or a negative errno and nothing has changed. */
	int (*reload)(void *data, JsonArray *now, JsonArray *later, struct oriel_error *error);
	void *data;
};

struct oriel_remote *oriel_remote_open(const struct oriel_remote_setup *setup, GError **error);
/* After the render thread ended; waits for a picture that is being written. NULL is fine. */
void oriel_remote_close(struct oriel_remote *remote);

/* For ORIEL_RENDER_SNAPSHOT. */
void oriel_remote_on_snapshot(struct oriel_snapshot *snapshot);

#endif
