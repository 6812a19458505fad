/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a viewer is made of, opened as its options say and closed in the opposite order. Once the
 * render thread runs, source, window, presenter and input are its; whoever asks a part for
 * something reads that part's header. Main thread; opening blocks on the display server, on small
 * files, and for a moment on PipeWire.
 */
#ifndef ORIEL_VIEW_PARTS_H
#define ORIEL_VIEW_PARTS_H

#include "base/error.h"
#include "present/present.h"
#include "view/box.h"
#include "view/clipboard.h"
#include "view/evdev.h"
#include "view/exports.h"
#include "view/input_path.h"
#include "view/input_queue.h"
#include "view/notices.h"
#include "view/options.h"
#include "view/render.h"
#include "view/send.h"
#include "view/sink.h"
#include "view/sound.h"
#include "view/source.h"
#include "view/spice.h"
#include "view/standing.h"
#include "window/window.h"

struct oriel_parts {
	/* set by the caller, and borrowed */
	const struct oriel_view_options *options;
	struct oriel_standing *standing; /* spice_problem is written there */
	struct oriel_notices *notices;

	struct oriel_source *source;
	struct oriel_box *box; /* for the display that comes by SPICE; NULL: none does */
	struct oriel_window *window;
	struct oriel_native native; /* the window's */
	struct oriel_presenter *presenter;
	struct oriel_evdev *evdev; /* NULL: none */
	struct oriel_input_queue *inputs;
	struct oriel_input_path input;
	struct oriel_sink *recorder;		/* NULL: none */
	struct oriel_view_clipboard *clipboard; /* NULL: none, as the next three */
	struct oriel_sound *sound;
	struct oriel_send *send;
	struct oriel_view_spice *spice;
	struct oriel_render *render;
	struct oriel_exports *exports;
};

/* 0, or a negative errno and what could not be had; close is due in either case. */
int oriel_parts_open(struct oriel_parts *parts, struct oriel_error *error);
/* After the render thread ended, or before it began. */
void oriel_parts_close(struct oriel_parts *parts);

#endif
