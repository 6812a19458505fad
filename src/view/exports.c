/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/exports.h"

#include <glib-unix.h>
#include <glib.h>

#include "base/log.h"

struct oriel_exports {
	struct oriel_exports_setup setup;
	struct oriel_recording *recording; /* NULL: none */
	char *path;
	guint watch;
	bool told_missed;
	oriel_exports_answer answer; /* who waits for its end; NULL: nobody */
	void *answer_data;
	struct oriel_share *share; /* NULL: not shared */
	guint share_watch;
	struct oriel_stats_exports earlier; /* of what has ended */
};

/* ---- how it goes ---------------------------------------------------------------------------- */

static void tell(struct oriel_exports *exports, enum oriel_log_level level, const char *text)
{
	oriel_log(level, "%s", text);
	exports->setup.note(exports->setup.data, text);
}

/* Once, as soon as it is known; at the end at the latest. */
static void tell_missed(struct oriel_exports *exports, const struct oriel_recording_news *news)
{
	if (!news->missed || exports->told_missed)
		return;
	exports->told_missed = true;
	tell(exports, ORIEL_LOG_WARNING,
		"the recording misses pictures: they change faster than they can be written");
}

static void tell_end(struct oriel_exports *exports, const struct oriel_recording_news *news)
{
	g_autofree char *text = NULL;

	if (news->error.code) {
		tell(exports, ORIEL_LOG_ERROR, news->error.message);
		return;
	}
	text = g_strdup_printf("recorded %" G_GUINT64_FORMAT " pictures to %s, %" G_GUINT64_FORMAT
			       " missed",
		news->written, exports->path, news->missed);
	tell(exports, ORIEL_LOG_INFO, text);
}

static void add_counts(struct oriel_stats_exports *counts, const struct oriel_recording_news *news)
{
	counts->recorded += news->written;
	counts->recording_missed += news->missed;
	counts->recorded_bytes += news->bytes;
}

/* It has ended. */
static void finish(struct oriel_exports *exports, const struct oriel_recording_news *news)
{
	oriel_exports_answer answer = g_steal_pointer(&exports->answer);

	tell_missed(exports, news);
	tell_end(exports, news);
	add_counts(&exports->earlier, news);
	if (exports->watch)
		g_source_remove(exports->watch);
	exports->watch = 0;
	oriel_recording_destroy(g_steal_pointer(&exports->recording));
	if (answer)
		answer(exports->answer_data, exports->path, news);
	g_clear_pointer(&exports->path, g_free);
}

static gboolean on_news(gint fd, GIOCondition condition, gpointer data)
{
	struct oriel_exports *exports = data;
	struct oriel_recording_news news;

	oriel_recording_clear_fd(exports->recording);
	oriel_recording_get_news(exports->recording, &news);
	tell_missed(exports, &news);
	if (!news.has_ended)
		return G_SOURCE_CONTINUE;
	exports->watch = 0;
	finish(exports, &news);
	return G_SOURCE_REMOVE;
}

/* ---- beginning and ending ------------------------------------------------------------------- */

int oriel_exports_record(struct oriel_exports *exports, const char *path, struct oriel_error *error)
{
	struct oriel_tap *tap = oriel_render_get_tap(exports->setup.render, ORIEL_RENDER_RECORD);
	int result;

	if (exports->recording)
		return oriel_error_set(error, -EBUSY, "it records already, to %s", exports->path);
	result = oriel_recording_start(
		&exports->recording, tap, path, exports->setup.encoder, error);
	if (result)
		return result;
	exports->path = g_strdup(path);
	exports->told_missed = false;
	exports->watch = g_unix_fd_add(
		oriel_recording_get_fd(exports->recording), G_IO_IN, on_news, exports);
	return 0;
}

bool oriel_exports_end_recording(
	struct oriel_exports *exports, oriel_exports_answer answer, void *data)
{
	if (!exports->recording || exports->answer)
		return false;
	exports->answer = answer;
	exports->answer_data = data;
	oriel_recording_stop(exports->recording);
	return true;
}

const char *oriel_exports_get_recording(const struct oriel_exports *exports)
{
	return exports->path;
}

void oriel_exports_get_counts(
	const struct oriel_exports *exports, struct oriel_stats_exports *ret_counts)
{
	struct oriel_recording_news news;

	*ret_counts = exports->earlier;
	if (exports->share)
		ret_counts->shared += oriel_share_get_count(exports->share);
	if (!exports->recording)
		return;
	oriel_recording_get_news(exports->recording, &news);
	add_counts(ret_counts, &news);
}

/* ---- sharing -------------------------------------------------------------------------------- */

static void stop_sharing(struct oriel_exports *exports)
{
	if (!exports->share)
		return;
	if (exports->share_watch)
		g_source_remove(exports->share_watch);
	exports->share_watch = 0;
	exports->earlier.shared += oriel_share_get_count(exports->share);
	oriel_share_stop(g_steal_pointer(&exports->share));
}

static gboolean on_share_end(gint fd, GIOCondition condition, gpointer data)
{
	struct oriel_exports *exports = data;
	struct oriel_error reason;

	oriel_share_get_reason(exports->share, &reason);
	exports->share_watch = 0;
	stop_sharing(exports);
	tell(exports, ORIEL_LOG_ERROR, reason.message);
	return G_SOURCE_REMOVE;
}

int oriel_exports_share(struct oriel_exports *exports, struct oriel_error *error)
{
	const char *vm = exports->setup.vm;
	g_autofree char *node = g_strdup_printf("oriel-%s", vm ? vm : "view");
	g_autofree char *people =
		vm ? g_strdup_printf("Screen of %s", vm) : g_strdup("Screen in Oriel");
	struct oriel_share_name name = {g_strdelimit(node, " ", '-'), people};
	struct oriel_tap *tap = oriel_render_get_tap(exports->setup.render, ORIEL_RENDER_SHARE);
	int result;

	if (exports->share)
		return oriel_error_set(error, -EBUSY, "the picture is shared already");
	result = oriel_share_start(&exports->share, tap, &name, error);
	if (!result)
		exports->share_watch = g_unix_fd_add(
			oriel_share_get_fd(exports->share), G_IO_IN, on_share_end, exports);
	return result;
}

bool oriel_exports_end_sharing(struct oriel_exports *exports)
{
	bool was_shared = exports->share;

	stop_sharing(exports);
	return was_shared;
}

bool oriel_exports_is_sharing(const struct oriel_exports *exports)
{
	return exports->share;
}

/* ---- life ----------------------------------------------------------------------------------- */

struct oriel_exports *oriel_exports_create(const struct oriel_exports_setup *setup)
{
	struct oriel_exports *exports = g_new0(struct oriel_exports, 1);

	exports->setup = *setup;
	return exports;
}

void oriel_exports_end(struct oriel_exports *exports)
{
	struct oriel_recording_news news;

	stop_sharing(exports);
	if (!exports->recording)
		return;
	oriel_recording_finish(exports->recording);
	oriel_recording_get_news(exports->recording, &news);
	finish(exports, &news);
}

void oriel_exports_destroy(struct oriel_exports *exports)
{
	if (!exports)
		return;
	for (int i = 0; i < ORIEL_RENDER_TAPS; i++)
		oriel_tap_orphan(
			oriel_render_get_tap(exports->setup.render, (enum oriel_render_tap)i));
	stop_sharing(exports);
	oriel_recording_destroy(exports->recording);
	g_free(exports->path);
	g_free(exports);
}
