/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cursor messages of the guest, and the one message that goes back (4.3, 4.9). */
#include "relay/consumer_state.h"

#include <errno.h>

int oriel_consumer_take_cursor_rt(
	struct oriel_consumer *consumer, struct oriel_cursor_update *ret_update)
{
	struct oriel_codec_message message;
	int r = 1;

	while (consumer->state == ORIEL_CONSUMER_LIVE && !consumer->fault &&
		consumer->cursor_budget) {
		bool is_sound;

		r = consumer->codec->peek(&consumer->session, ORIEL_CODEC_POINTER, 0, &message);
		if (!r)
			return 0;
		if (r > 0) {
			consumer->cursor_budget--;
			is_sound = !consumer->codec->read_cursor(
				&consumer->session, &message, consumer->cursor_image, ret_update);
			r = consumer->codec->done(&consumer->session, ORIEL_CODEC_POINTER);
		}
		if (r < 0) {
			oriel_consumer_fault(consumer, r, ORIEL_CODEC_POINTER,
				"keeps a cursor queue that is not in order");
			return 0;
		}
		consumer->has_new_cursor = true;
		if (is_sound)
			return 1;
		consumer->counts.rejected++;
	}
	return 0;
}

int oriel_consumer_send_cursor_rt(struct oriel_consumer *consumer, int32_t x_px, int32_t y_px)
{
	int r;

	if (consumer->state != ORIEL_CONSUMER_LIVE || consumer->fault)
		return -ENOTCONN;
	if (!consumer->guest.accepts_set_cursor)
		return -EOPNOTSUPP;
	r = consumer->codec->send_cursor(&consumer->session, x_px, y_px);
	if (!r || r == -EAGAIN)
		return r;
	oriel_consumer_fault(
		consumer, r, ORIEL_CODEC_POINTER, "keeps a cursor queue that is not in order");
	return -ENOTCONN;
}
