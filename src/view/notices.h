/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the viewer says on its window, over the picture: why there is none, remarks, and signs of
 * what is on. Words load fonts, so that most of them come only from oriel_notices_begin() on; a
 * headless viewer never begins. Main thread; never blocks.
 */
#ifndef ORIEL_VIEW_NOTICES_H
#define ORIEL_VIEW_NOTICES_H

#include <stdbool.h>

#include "audio/microphone.h"
#include "view/board.h"
#include "view/options.h"
#include "view/standing.h"

struct oriel_notices;

/* Both are borrowed. */
struct oriel_notices *oriel_notices_create(
	const struct oriel_view_options *options, const struct oriel_standing *standing);
/* Before the board goes. NULL is fine. */
void oriel_notices_destroy(struct oriel_notices *notices);

/* Both are borrowed: where words go, and the title. */
void oriel_notices_attach(
	struct oriel_notices *notices, struct oriel_board *board, struct oriel_render *render);
/* Somebody has been waiting for a picture for a while. After attach. */
void oriel_notices_begin(struct oriel_notices *notices);

/* The standing's status has changed: why there is no newer picture. */
void oriel_notices_show_waiting(struct oriel_notices *notices);
/* Of SPICE, news or the end of a problem: waiting says what is wrong, over a picture it is a
 * remark. The standing has it already. */
void oriel_notices_show_spice(struct oriel_notices *notices, const char *reason, bool is_news);
/* A short remark that goes by itself: an answer to the user, after attach; and one that nobody
 * asked for. */
void oriel_notices_answer(struct oriel_notices *notices, const char *text);
void oriel_notices_remark(struct oriel_notices *notices, const char *text);

/* Keyboard and pointer come to that state, from the standing's. */
void oriel_notices_change_capture(struct oriel_notices *notices, enum oriel_capture_state state);
/* How a capture is shown was changed. */
void oriel_notices_show_capture(struct oriel_notices *notices);
void oriel_notices_show_microphone(
	struct oriel_notices *notices, enum oriel_microphone_state state);
/* How much of the files the guest has; -1: none are sent. */
void oriel_notices_show_sending(struct oriel_notices *notices, int percent);

#endif
