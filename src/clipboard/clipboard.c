/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipboard/clipboard.h"

#include "base/log.h"

#define MIB (1024.0 * 1024.0)

struct request {
	struct oriel_clipboard *clipboard;
	enum oriel_clipboard_side from; /* who has it */
	enum oriel_clipboard_format format;
	oriel_clipboard_answer answer;
	void *data;
	guint timer;
	uint64_t number;
};

struct side {
	const struct oriel_clipboard_end *end; /* NULL: nobody is there */
	void *data;
	uint32_t offered;
};

struct oriel_clipboard {
	struct oriel_clipboard_setup setup;
	struct side sides[ORIEL_CLIPBOARD_SIDES];
	GQueue requests; /* struct request */
	uint64_t next_number;
};

static const struct {
	const char *name, *other;
	enum oriel_clipboard_ways way; /* from there to the other side */
} sides[ORIEL_CLIPBOARD_SIDES] = {
	[ORIEL_CLIPBOARD_DESKTOP] = {"desktop", "the guest", ORIEL_CLIPBOARD_TO_GUEST},
	[ORIEL_CLIPBOARD_GUEST] = {"guest", "the desktop", ORIEL_CLIPBOARD_TO_HOST},
};

static enum oriel_clipboard_side other(enum oriel_clipboard_side side)
{
	return side == ORIEL_CLIPBOARD_DESKTOP ? ORIEL_CLIPBOARD_GUEST : ORIEL_CLIPBOARD_DESKTOP;
}

void oriel_clipboard_remark(struct oriel_clipboard *clipboard, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	if (clipboard->setup.remark)
		clipboard->setup.remark(clipboard->setup.data, text);
}

/* ---- requests -------------------------------------------------------------------------------- */

static void free_request(struct request *request)
{
	g_source_remove(request->timer);
	g_free(request);
}

/* The first of those who wait for that format of that side (ORIEL_CLIPBOARD_FORMATS: for any) since
 * before that number; taken out. */
static struct request *take_request(struct oriel_clipboard *clipboard,
	enum oriel_clipboard_side from, enum oriel_clipboard_format format, uint64_t before)
{
	for (GList *at = clipboard->requests.head; at; at = at->next) {
		struct request *request = at->data;

		if (request->from != from || request->number >= before ||
			(format != ORIEL_CLIPBOARD_FORMATS && request->format != format))
			continue;
		g_queue_delete_link(&clipboard->requests, at);
		return request;
	}
	return NULL;
}

/* The list is looked through anew after each: an answer may ask for more, or forget others. */
static void answer_all(struct oriel_clipboard *clipboard, enum oriel_clipboard_side from,
	enum oriel_clipboard_format format, GBytes *bytes)
{
	uint64_t before = clipboard->next_number;
	struct request *request;

	while ((request = take_request(clipboard, from, format, before))) {
		request->answer(request->data, bytes);
		free_request(request);
	}
}

static bool is_waited_for(const struct oriel_clipboard *clipboard, enum oriel_clipboard_side from,
	enum oriel_clipboard_format format)
{
	for (GList *at = clipboard->requests.head; at; at = at->next) {
		const struct request *request = at->data;

		if (request->from == from && request->format == format)
			return true;
	}
	return false;
}

static gboolean on_late(gpointer data)
{
	struct request *request = data;
	struct oriel_clipboard *clipboard = request->clipboard;

	oriel_clipboard_remark(clipboard,
		"Nothing was pasted: the %s did not hand its clipboard over within %u seconds",
		sides[request->from].name, ORIEL_CLIPBOARD_WAIT_S);
	g_queue_remove(&clipboard->requests, request);
	request->answer(request->data, NULL);
	g_free(request);
	return G_SOURCE_REMOVE;
}

void oriel_clipboard_request(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side,
	enum oriel_clipboard_format format, oriel_clipboard_answer answer, void *data)
{
	enum oriel_clipboard_side from = other(side);
	struct side *source = &clipboard->sides[from];
	bool is_fetched = is_waited_for(clipboard, from, format);
	struct request *request;

	if (!source->end || !(source->offered & 1u << format)) {
		answer(data, NULL);
		return;
	}
	request = g_new0(struct request, 1);
	*request = (struct request){clipboard, from, format, answer, data};
	request->number = clipboard->next_number++;
	request->timer = g_timeout_add_seconds(ORIEL_CLIPBOARD_WAIT_S, on_late, request);
	g_queue_push_tail(&clipboard->requests, request);
	if (!is_fetched)
		source->end->fetch(source->data, format);
}

void oriel_clipboard_forget(struct oriel_clipboard *clipboard, void *data)
{
	GList *next;

	for (GList *at = clipboard->requests.head; at; at = next) {
		struct request *request = at->data;

		next = at->next;
		if (request->data != data)
			continue;
		g_queue_delete_link(&clipboard->requests, at);
		free_request(request);
	}
}

/* ---- contents -------------------------------------------------------------------------------- */

void oriel_clipboard_deliver(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side,
	enum oriel_clipboard_format format, GBytes *bytes)
{
	if (!is_waited_for(clipboard, side, format))
		return;
	if (bytes && g_bytes_get_size(bytes) > clipboard->setup.limit_bytes) {
		oriel_clipboard_refuse(clipboard, side, format);
		return;
	}
	if (bytes && !oriel_clipboard_format_check(format, bytes)) {
		oriel_clipboard_remark(clipboard,
			"Nothing was pasted: what the %s handed over as a %s is none",
			sides[side].name, oriel_clipboard_format_describe(format));
		bytes = NULL;
	}
	answer_all(clipboard, side, format, bytes);
}

void oriel_clipboard_refuse(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side,
	enum oriel_clipboard_format format)
{
	if (!is_waited_for(clipboard, side, format))
		return;
	oriel_clipboard_remark(clipboard,
		"The %s from the %s did not reach %s: it is larger than the %.3g MiB of "
		"--clipboard-limit",
		oriel_clipboard_format_describe(format), sides[side].name, sides[side].other,
		(double)clipboard->setup.limit_bytes / MIB);
	answer_all(clipboard, side, format, NULL);
}

size_t oriel_clipboard_get_limit(const struct oriel_clipboard *clipboard)
{
	return clipboard->setup.limit_bytes;
}

/* ---- offers ---------------------------------------------------------------------------------- */

static void tell_offer(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side)
{
	const struct side *to = &clipboard->sides[other(side)];

	if (to->end)
		to->end->take_offer(to->data, clipboard->sides[side].offered);
}

void oriel_clipboard_offer(
	struct oriel_clipboard *clipboard, enum oriel_clipboard_side side, uint32_t formats)
{
	struct side *from = &clipboard->sides[side];
	bool was_offered = from->offered != 0;

	/* Whoever has something new took it over from the other one. */
	if (formats && clipboard->sides[other(side)].offered) {
		clipboard->sides[other(side)].offered = 0;
		answer_all(clipboard, other(side), ORIEL_CLIPBOARD_FORMATS, NULL);
	}
	if (!(clipboard->setup.ways & sides[side].way))
		return;
	oriel_log(ORIEL_LOG_DEBUG, "clipboard: the %s offers %#x", sides[side].name, formats);
	from->offered = formats;
	answer_all(clipboard, side, ORIEL_CLIPBOARD_FORMATS, NULL);
	if (formats || was_offered)
		tell_offer(clipboard, side);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct oriel_clipboard *oriel_clipboard_create(const struct oriel_clipboard_setup *setup)
{
	struct oriel_clipboard *clipboard = g_new0(struct oriel_clipboard, 1);

	clipboard->setup = *setup;
	g_queue_init(&clipboard->requests);
	return clipboard;
}

void oriel_clipboard_destroy(struct oriel_clipboard *clipboard)
{
	if (!clipboard)
		return;
	for (int side = 0; side < ORIEL_CLIPBOARD_SIDES; side++)
		answer_all(
			clipboard, (enum oriel_clipboard_side)side, ORIEL_CLIPBOARD_FORMATS, NULL);
	g_free(clipboard);
}

void oriel_clipboard_attach(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side,
	const struct oriel_clipboard_end *end, void *data)
{
	struct side *place = &clipboard->sides[side];

	if (!end && place->end)
		oriel_clipboard_offer(clipboard, side, 0);
	place->end = end;
	place->data = data;
	if (end && clipboard->sides[other(side)].offered)
		tell_offer(clipboard, other(side));
}
