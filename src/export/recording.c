/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/time.h"
#include "export/encoder.h"
#include "export/matroska.h"

/* Between two pictures, so that none has the time of another: what a file can tell apart. */
#define STEP_NS (ORIEL_NS_PER_MS / 10)
/* Of nothing to do; then it looks again, whatever it was told. */
#define WAIT_MS 1000
/* Whoever shows or makes the pictures goes first. */
#define NICE 10
#define PARTS_MAX 999

struct oriel_recording {
	struct oriel_tap *tap;
	char *path;	  /* as it was asked for */
	const char *name; /* of the encoder */
	pthread_t thread;
	bool is_joined;
	int event_fd;
	_Atomic uint64_t stopped_ns; /* 0: it goes on */
	_Atomic uint64_t written, missed, bytes;
	_Atomic bool has_ended;
	struct oriel_error error; /* the thread's until then */

	/* the thread's: the file that is being written */
	char *part_path;
	unsigned int part;
	int fd;
	struct oriel_encoder *encoder;
	struct oriel_matroska *matroska;
	uint64_t begin_ns, last_ns, earlier_bytes;
	bool has_picture; /* is in it */
};

/* ---- files ---------------------------------------------------------------------------------- */

/* FILE.mkv, FILE-2.mkv, FILE-3.mkv. */
static char *make_path(const char *path, unsigned int part)
{
	const char *name = strrchr(path, '/');
	const char *dot = strrchr(name ? name : path, '.');
	int stem_bytes = dot && dot > path ? (int)(dot - path) : (int)strlen(path);

	if (part == 1)
		return g_strdup(path);
	return g_strdup_printf("%.*s-%u%s", stem_bytes, path, part, path + stem_bytes);
}

static int make_file(struct oriel_recording *recording, struct oriel_error *error)
{
	g_free(recording->part_path);
	recording->part_path = make_path(recording->path, ++recording->part);
	recording->fd = open(recording->part_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (recording->fd >= 0)
		return 0;
	if (errno == EEXIST)
		return oriel_error_set(error, -EEXIST,
			"cannot record to %s: there is such a file already, and a recording "
			"replaces none; name another one",
			recording->part_path);
	return oriel_error_set_errno(error, -errno, "cannot record to %s", recording->part_path);
}

/* ---- the thread: one file ------------------------------------------------------------------- */

static int fail_to_write(struct oriel_recording *recording, int code)
{
	return oriel_error_set_errno(&recording->error, code,
		recording->has_picture ? "the recording %s ends here, and keeps what it has: it "
					 "cannot be written"
				       : "cannot record to %s, and there is no such file",
		recording->part_path);
}

static int emit(void *data, const uint8_t *packet, size_t bytes, uint64_t time_ns, bool is_key)
{
	struct oriel_recording *recording = data;
	int result = oriel_matroska_write(recording->matroska, packet, bytes, time_ns, is_key);

	atomic_store(&recording->bytes,
		recording->earlier_bytes + oriel_matroska_get_bytes(recording->matroska));
	if (result)
		return fail_to_write(recording, result);
	recording->has_picture = true;
	atomic_fetch_add(&recording->written, 1);
	return 0;
}

static int open_part(struct oriel_recording *recording, const struct oriel_tap_slot *slot)
{
	int result = recording->fd < 0 ? make_file(recording, &recording->error) : 0;

	if (!result)
		result = oriel_encoder_open(&recording->encoder, recording->name, slot->width_px,
			slot->height_px, &recording->error);
	if (result)
		return result;
	recording->begin_ns = recording->last_ns = slot->time_ns;
	result = oriel_matroska_create(
		&recording->matroska, recording->fd, &recording->encoder->track);
	if (result)
		return fail_to_write(recording, result);
	oriel_log(ORIEL_LOG_INFO, "recording %u x %u pixels as %s to %s", slot->width_px,
		slot->height_px, recording->encoder->ops->name, recording->part_path);
	return 0;
}

static int finish_part(struct oriel_recording *recording, uint64_t end_ns)
{
	uint64_t length_ns = end_ns > recording->begin_ns ? end_ns - recording->begin_ns : 0;
	int result = 0, finished = 0;

	if (recording->matroska && !recording->error.code)
		result = recording->encoder->ops->encode(
			recording->encoder, NULL, 0, emit, recording, &recording->error);
	if (recording->has_picture) {
		finished = oriel_matroska_finish(recording->matroska, length_ns);
		recording->earlier_bytes += oriel_matroska_get_bytes(recording->matroska);
	} else if (recording->fd >= 0) {
		unlink(recording->part_path);
	}
	atomic_store(&recording->bytes, recording->earlier_bytes);
	oriel_matroska_destroy(g_steal_pointer(&recording->matroska));
	if (recording->encoder)
		recording->encoder->ops->close(g_steal_pointer(&recording->encoder));
	oriel_fd_close(&recording->fd);
	if (finished && !recording->error.code)
		result = fail_to_write(recording, finished);
	recording->has_picture = false;
	return result;
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void tell(struct oriel_recording *recording)
{
	eventfd_write(recording->event_fd, 1);
}

static bool is_of_size(const struct oriel_recording *recording, const struct oriel_tap_slot *slot)
{
	const struct oriel_matroska_track *track = &recording->encoder->track;

	return track->width_px == slot->width_px && track->height_px == slot->height_px;
}

static void note_missed(struct oriel_recording *recording)
{
	uint64_t missed = oriel_tap_get_missed(recording->tap);

	if (missed && !atomic_exchange(&recording->missed, missed))
		tell(recording);
}

static int record(struct oriel_recording *recording, struct oriel_tap_slot *slot)
{
	bool is_first = !recording->matroska;
	int result = 0;

	note_missed(recording);
	if (!is_first && !is_of_size(recording, slot)) {
		is_first = true;
		result = recording->part < PARTS_MAX
				 ? finish_part(recording, slot->time_ns)
				 : oriel_error_set(&recording->error, -EMFILE,
					   "the recording %s ends here: the guest's screen changed "
					   "its size too often",
					   recording->part_path);
	}
	if (!result && is_first)
		result = open_part(recording, slot);
	if (result)
		return result;
	if (!is_first)
		recording->last_ns = MAX(slot->time_ns, recording->last_ns + STEP_NS);
	return recording->encoder->ops->encode(recording->encoder, slot,
		recording->last_ns - recording->begin_ns, emit, recording, &recording->error);
}

static void record_all(struct oriel_recording *recording)
{
	struct oriel_tap_slot *slot;

	while ((slot = oriel_tap_next(recording->tap))) {
		if (!recording->error.code && record(recording, slot))
			oriel_tap_close(recording->tap);
		oriel_tap_give_back(recording->tap, slot);
	}
}

static void heed_refusal(struct oriel_recording *recording)
{
	int refusal = oriel_tap_get_refusal(recording->tap);

	if (!refusal || recording->error.code)
		return;
	if (refusal == -ENODATA)
		oriel_error_set(&recording->error, refusal,
			"cannot record to %s: this presenter keeps no picture; use --present soft",
			recording->part_path);
	else
		oriel_error_set_errno(
			&recording->error, refusal, "cannot record to %s", recording->part_path);
	oriel_tap_close(recording->tap);
}

/* Not before what takes long at the first picture is done. */
static void begin_taking(struct oriel_recording *recording)
{
	oriel_encoder_prepare();
	oriel_tap_open(recording->tap);
	/* Whoever stopped it before it was open could not close it. */
	if (atomic_load(&recording->stopped_ns))
		oriel_tap_close(recording->tap);
}

static void *run(void *data)
{
	struct oriel_recording *recording = data;
	struct pollfd poll_fd = {oriel_tap_get_fd(recording->tap), POLLIN, 0};
	uint64_t stopped_ns;

	pthread_setname_np(pthread_self(), "oriel-record");
	/* syscalls: setpriority */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	begin_taking(recording);
	while (!oriel_tap_is_home(recording->tap)) {
		poll(&poll_fd, 1, WAIT_MS);
		oriel_tap_clear_fd(recording->tap);
		record_all(recording);
		heed_refusal(recording);
	}
	stopped_ns = atomic_load(&recording->stopped_ns);
	note_missed(recording);
	finish_part(recording, stopped_ns ? stopped_ns : oriel_time_now_ns());
	atomic_store(&recording->has_ended, true);
	tell(recording);
	return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

static void free_recording(struct oriel_recording *recording)
{
	oriel_fd_close(&recording->fd);
	oriel_fd_close(&recording->event_fd);
	g_free(recording->part_path);
	g_free(recording->path);
	g_free(recording);
}

static int start_thread(struct oriel_recording *recording, struct oriel_error *error)
{
	int result;

	/* A file that reaches the limit is an error like a full disk, no reason to die. */
	signal(SIGXFSZ, SIG_IGN);
	result = pthread_create(&recording->thread, NULL, run, recording);
	if (!result)
		return 0;
	unlink(recording->part_path);
	return oriel_error_set_errno(error, -result, "cannot record to %s", recording->path);
}

int oriel_recording_start(struct oriel_recording **ret_recording, struct oriel_tap *tap,
	const char *path, const char *encoder, struct oriel_error *error)
{
	struct oriel_recording *recording = g_new0(struct oriel_recording, 1);
	int result;

	recording->tap = tap;
	recording->path = g_strdup(path);
	recording->name = encoder;
	recording->fd = -1;
	recording->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (recording->event_fd < 0)
		result = oriel_error_set_errno(error, -errno, "cannot record to %s", path);
	else
		result = make_file(recording, error);
	if (!result)
		result = start_thread(recording, error);
	if (result)
		free_recording(recording);
	else
		*ret_recording = recording;
	return result;
}

void oriel_recording_stop(struct oriel_recording *recording)
{
	if (!atomic_load(&recording->stopped_ns))
		atomic_store(&recording->stopped_ns, oriel_time_now_ns());
	oriel_tap_close(recording->tap);
}

void oriel_recording_finish(struct oriel_recording *recording)
{
	if (recording->is_joined)
		return;
	oriel_recording_stop(recording);
	pthread_join(recording->thread, NULL);
	recording->is_joined = true;
}

void oriel_recording_destroy(struct oriel_recording *recording)
{
	if (!recording)
		return;
	oriel_recording_finish(recording);
	free_recording(recording);
}

int oriel_recording_get_fd(const struct oriel_recording *recording)
{
	return recording->event_fd;
}

void oriel_recording_clear_fd(struct oriel_recording *recording)
{
	eventfd_read(recording->event_fd, &(eventfd_t){0});
}

void oriel_recording_get_news(
	const struct oriel_recording *recording, struct oriel_recording_news *ret_news)
{
	*ret_news = (struct oriel_recording_news){
		.written = atomic_load(&recording->written),
		.missed = atomic_load(&recording->missed),
		.bytes = atomic_load(&recording->bytes),
		.has_ended = atomic_load(&recording->has_ended),
	};
	if (ret_news->has_ended)
		ret_news->error = recording->error;
}
