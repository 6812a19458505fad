/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/notices.h"

#include <glib.h>
#include <string.h>

#include "view/card.h"
#include "view/help.h"
#include "view/key.h"

/* How dark the last picture gets under the reason why there is no newer one. */
#define CARD_DIM 150
/* How long a remark stays, and for each of its letters. */
#define NOTE_MS 1500
#define NOTE_LETTER_MS 40

struct oriel_notices {
	const struct oriel_view_options *options;
	const struct oriel_standing *standing;
	struct oriel_board *board;
	struct oriel_render *render;
	enum oriel_microphone_state microphone;
	guint note_timer; /* 0: none */
	bool has_begun;
};

struct oriel_notices *oriel_notices_create(
	const struct oriel_view_options *options, const struct oriel_standing *standing)
{
	struct oriel_notices *notices = g_new0(struct oriel_notices, 1);

	notices->options = options;
	notices->standing = standing;
	return notices;
}

void oriel_notices_destroy(struct oriel_notices *notices)
{
	if (!notices)
		return;
	if (notices->note_timer)
		g_source_remove(notices->note_timer);
	g_free(notices);
}

void oriel_notices_attach(
	struct oriel_notices *notices, struct oriel_board *board, struct oriel_render *render)
{
	notices->board = board;
	notices->render = render;
}

void oriel_notices_begin(struct oriel_notices *notices)
{
	notices->has_begun = true;
	if (notices->standing->status.status.reason[0])
		oriel_notices_show_waiting(notices);
	oriel_notices_show_microphone(notices, notices->microphone);
}

/* ---- waiting, and remarks ------------------------------------------------------------------- */

void oriel_notices_show_waiting(struct oriel_notices *notices)
{
	const struct oriel_render_event *event = &notices->standing->status;
	bool was_fresh = event->status.was_fresh;
	g_autofree char *reasons = NULL;
	struct oriel_card *card = NULL;

	if (notices->has_begun && !event->status.is_fresh) {
		reasons = g_strjoin(
			"\n", event->status.reason, notices->standing->spice_problem, NULL);
		card = oriel_card_create(
			was_fresh ? "The picture stands still" : "Waiting for the guest", reasons,
			event->status.window_width_px);
	}
	if (card && was_fresh)
		card->overlay.dim = CARD_DIM;
	oriel_board_set(notices->board, ORIEL_BOARD_WAITING, card);
}

void oriel_notices_show_spice(struct oriel_notices *notices, const char *reason, bool is_news)
{
	if (!notices->has_begun)
		return;
	if (!notices->standing->status.status.is_fresh)
		oriel_notices_show_waiting(notices);
	else if (is_news)
		oriel_notices_answer(notices, reason);
}

static gboolean on_note_end(gpointer data)
{
	struct oriel_notices *notices = data;

	notices->note_timer = 0;
	oriel_board_set(notices->board, ORIEL_BOARD_NOTE, NULL);
	return G_SOURCE_REMOVE;
}

void oriel_notices_answer(struct oriel_notices *notices, const char *text)
{
	if (notices->note_timer)
		g_source_remove(notices->note_timer);
	oriel_board_set(notices->board, ORIEL_BOARD_NOTE, oriel_card_create_note(text));
	notices->note_timer =
		g_timeout_add(NOTE_MS + NOTE_LETTER_MS * (guint)strlen(text), on_note_end, notices);
}

void oriel_notices_remark(struct oriel_notices *notices, const char *text)
{
	if (notices->has_begun)
		oriel_notices_answer(notices, text);
}

/* ---- the capture ---------------------------------------------------------------------------- */

static void tell_capture(struct oriel_notices *notices, bool is_held)
{
	char escape[64], text[128];

	oriel_key_print_combination(&notices->options->capture.escape, escape, sizeof escape);
	g_snprintf(text, sizeof text, "%s %s", escape,
		is_held ? "gives keyboard and pointer back" : "gives them to the guest again");
	oriel_notices_answer(notices, text);
}

/* For as long as it lasts, where the user wants to see it. */
static void show_sign(struct oriel_notices *notices, bool is_held)
{
	const struct oriel_view_options *options = notices->options;
	struct oriel_card *card = NULL;
	g_autofree char *title = NULL;
	char escape[64];

	oriel_key_print_combination(&options->capture.escape, escape, sizeof escape);
	if (is_held && options->capture_sign == ORIEL_CAPTURE_SIGN_TITLE)
		title = g_strdup_printf("%s (%s releases)", options->title, escape);
	oriel_render_set_title(notices->render, title ? g_intern_string(title) : options->title);
	if (is_held && options->capture_sign == ORIEL_CAPTURE_SIGN_PICTURE)
		card = oriel_card_create_indicator("Captured");
	if (card)
		card->overlay.x_side = ORIEL_SIDE_MIDDLE;
	oriel_board_set(notices->board, ORIEL_BOARD_CAPTURE, card);
}

void oriel_notices_change_capture(struct oriel_notices *notices, enum oriel_capture_state state)
{
	enum oriel_capture_state before = notices->standing->capture;
	bool is_held = oriel_capture_state_is_held(state);
	bool is_help = oriel_capture_state_is_help(state);
	bool is_change = is_held != oriel_capture_state_is_held(before);

	if (is_change)
		tell_capture(notices, is_held);
	if (is_help != oriel_capture_state_is_help(before))
		oriel_board_set(notices->board, ORIEL_BOARD_HELP,
			is_help ? oriel_help_create(&notices->options->capture) : NULL);
	if (is_change)
		show_sign(notices, is_held);
}

void oriel_notices_show_capture(struct oriel_notices *notices)
{
	show_sign(notices, oriel_capture_state_is_held(notices->standing->capture));
}

/* ---- what else is on ------------------------------------------------------------------------ */

void oriel_notices_show_microphone(struct oriel_notices *notices, enum oriel_microphone_state state)
{
	struct oriel_card *card = NULL;

	notices->microphone = state;
	if (!notices->has_begun)
		return;
	if (state == ORIEL_MICROPHONE_ASKING)
		card = oriel_help_create_question(&notices->options->capture,
			"The guest wants to hear you", ORIEL_ACTION_MICROPHONE,
			ORIEL_ACTION_NO_MICROPHONE,
			notices->standing->status.status.window_width_px);
	else if (state == ORIEL_MICROPHONE_OPEN)
		card = oriel_card_create_indicator("Microphone");
	oriel_board_set(notices->board, ORIEL_BOARD_MICROPHONE, card);
}

void oriel_notices_show_sending(struct oriel_notices *notices, int percent)
{
	struct oriel_card *card = NULL;
	char text[32];

	if (!notices->has_begun)
		return;
	g_snprintf(text, sizeof text, "Sending: %d %%", percent);
	if (percent >= 0)
		card = oriel_card_create_indicator(text);
	if (card)
		card->overlay.x_side = ORIEL_SIDE_START;
	oriel_board_set(notices->board, ORIEL_BOARD_SENDING, card);
}
