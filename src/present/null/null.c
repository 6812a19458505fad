/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes frames and shows nothing: what the way up to a presenter costs, and a twin for tests. */
#include <errno.h>
#include <stdlib.h>

#include "present/present.h"

static enum oriel_probe probe(const struct oriel_native *native)
{
	return ORIEL_PROBE_ASKED;
}

static int create(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	struct oriel_presenter *presenter = calloc(1, sizeof *presenter);

	if (!presenter)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a presenter");
	presenter->ops = &oriel_presenter_null;
	*ret_presenter = presenter;
	return 0;
}

static void destroy(struct oriel_presenter *presenter)
{
	free(presenter);
}

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	return 0;
}

static int set_layout(struct oriel_presenter *presenter, const struct oriel_picture *picture,
	struct oriel_error *error)
{
	return 0;
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	return 0;
}

/* Waits for the whole frame, as any other presenter would, and reads none of it. */
static int upload_rt(struct oriel_presenter *presenter, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	size_t arrived;

	*ret_bytes = 0;
	return arrival->wait_rt(arrival->data, frame,
		(size_t)frame->picture.rows * frame->picture.pitch_bytes, &arrived);
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
}

static void present_rt(struct oriel_presenter *presenter)
{
}

static void expose_rt(struct oriel_presenter *presenter)
{
}

static bool is_busy_rt(const struct oriel_presenter *presenter)
{
	return false;
}

static int get_fd(const struct oriel_presenter *presenter)
{
	return -1;
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	return 0;
}

static bool get_image(const struct oriel_presenter *presenter, struct oriel_image *ret_image)
{
	return false;
}

const struct oriel_presenter_ops oriel_presenter_null = {
	.name = "null",
	.probe = probe,
	.create = create,
	.destroy = destroy,
	.resize = resize,
	.set_layout = set_layout,
	.set_overlay = set_overlay,
	.upload_rt = upload_rt,
	.set_cursor_rt = set_cursor_rt,
	.present_rt = present_rt,
	.expose_rt = expose_rt,
	.is_busy_rt = is_busy_rt,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
	.get_image = get_image,
};
