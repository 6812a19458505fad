/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/remote_picture.h"

#include <gio/gio.h>
#include <string.h>

#include "view/remote.h"
#include "view/screenshot.h"

/* The guest may change its screen between two of them. */
#define TRIES_MAX 4

struct job {
	struct oriel_snapshot snapshot; /* the first: events name it */
	struct oriel_render *render;
	struct oriel_control_call *call;
	oriel_remote_answer answer;
	void *data;
	int tries;
};

/* ---- snapshots ------------------------------------------------------------------------------ */

/* snapshot: the job's, or NULL when it could not be taken. */
static void finish(struct job *job, struct oriel_snapshot *snapshot)
{
	job->answer(job->call, snapshot, job->data);
	g_free(job->snapshot.pixels);
	g_free(job);
}

static void ask(struct job *job)
{
	job->tries++;
	if (!oriel_render_take_snapshot(job->render, &job->snapshot))
		finish(job, NULL);
}

void oriel_remote_take_snapshot(struct oriel_render *render, struct oriel_control_call *call,
	bool wants_image, oriel_remote_answer answer, void *data)
{
	struct job *job = g_new0(struct job, 1);

	job->render = render;
	job->call = call;
	job->answer = answer;
	job->data = data;
	job->snapshot.wants_image = wants_image;
	ask(job);
}

void oriel_remote_on_snapshot(struct oriel_snapshot *snapshot)
{
	struct job *job = (struct job *)snapshot;
	bool is_too_small = snapshot->image_bytes > snapshot->capacity_bytes;

	if (is_too_small && job->tries < TRIES_MAX) {
		g_free(snapshot->pixels);
		snapshot->capacity_bytes = snapshot->image_bytes;
		snapshot->pixels = g_malloc(snapshot->capacity_bytes);
		ask(job);
		return;
	}
	finish(job, is_too_small ? NULL : snapshot);
}

/* ---- pictures ------------------------------------------------------------------------------- */

struct picture {
	struct oriel_remote_pictures *pictures;
	struct oriel_control_call *call;
	char *path;
	uint8_t *pixels;
	struct oriel_image image;
	struct oriel_error error;
};

static void destroy_picture(struct picture *picture)
{
	picture->pictures->is_busy = picture->pictures->is_writing = false;
	g_free(picture->path);
	g_free(picture->pixels);
	g_free(picture);
}

static void refuse(struct picture *picture, const char *reason)
{
	oriel_control_call_refuse(picture->call, "no screenshot: %s", reason);
	destroy_picture(picture);
}

static void write_picture(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	struct picture *picture = data;
	int result = oriel_screenshot_write(picture->path, &picture->image, &picture->error);

	g_task_return_int(task, result);
}

static void on_written(GObject *source, GAsyncResult *result, gpointer data)
{
	struct picture *picture = data;
	JsonObject *members;

	if (g_task_propagate_int(G_TASK(result), NULL)) {
		refuse(picture, picture->error.message);
		return;
	}
	members = json_object_new();
	json_object_set_string_member(members, "file", picture->path);
	oriel_control_call_answer(picture->call, members);
	destroy_picture(picture);
}

static void on_snapshot(
	struct oriel_control_call *call, struct oriel_snapshot *snapshot, void *data)
{
	struct picture *picture = data;
	g_autoptr(GTask) task = NULL;

	if (!snapshot) {
		refuse(picture, "the viewer is busy");
		return;
	}
	if (!snapshot->image_bytes) {
		refuse(picture, "no frame is there, or --present null keeps none");
		return;
	}
	picture->pictures->is_writing = true;
	picture->image = snapshot->image;
	picture->pixels = g_steal_pointer(&snapshot->pixels);
	task = g_task_new(NULL, NULL, on_written, picture);
	g_task_set_task_data(task, picture, NULL);
	g_task_run_in_thread(task, write_picture);
}

static char *make_name(const char *vm, const char *ending)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *time = g_date_time_format(now, "%Y%m%d-%H%M%S");

	return g_strdup_printf(
		"%s-%s-%03d.%s", vm, time, g_date_time_get_microsecond(now) / 1000, ending);
}

char *oriel_remote_make_path(struct oriel_control_call *call, const char *folder, const char *vm,
	const char *name, const char *ending)
{
	g_autofree char *made = name ? NULL : make_name(vm, ending);

	if (name && (!*name || *name == '.' || strchr(name, '/'))) {
		oriel_control_call_refuse(call,
			"file is a name without / that does not begin with a dot; it is written "
			"into %s",
			folder);
		return NULL;
	}
	return g_build_filename(folder, name ? name : made, NULL);
}

void oriel_remote_take_picture(
	struct oriel_remote_pictures *pictures, struct oriel_control_call *call, const char *name)
{
	g_autofree char *path = NULL;
	struct picture *picture;

	if (pictures->is_busy) {
		oriel_control_call_refuse(call, "another screenshot is being written");
		return;
	}
	path = oriel_remote_make_path(call, pictures->folder, pictures->vm, name, "png");
	if (!path)
		return;
	pictures->is_busy = true;
	picture = g_new0(struct picture, 1);
	picture->pictures = pictures;
	picture->call = call;
	picture->path = g_steal_pointer(&path);
	oriel_remote_take_snapshot(pictures->render, call, true, on_snapshot, picture);
}

void oriel_remote_finish_pictures(struct oriel_remote_pictures *pictures)
{
	while (pictures->is_writing)
		g_main_context_iteration(NULL, TRUE);
}
