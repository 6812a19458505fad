/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sink that writes down what it is sent, one line each, at once. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "view/sink.h"

struct recorder {
	struct oriel_sink base;
	FILE *file;
};

static void destroy(struct oriel_sink *sink)
{
	struct recorder *recorder = (struct recorder *)sink;

	if (recorder && recorder->file)
		fclose(recorder->file);
	free(recorder);
}

static bool takes_positions(const struct oriel_sink *sink)
{
	return true;
}

static void write_key(FILE *file, const struct oriel_input *input)
{
	fprintf(file, "%s %" PRIu32 " %s\n", input->kind == ORIEL_INPUT_KEY ? "key" : "button",
		input->key.code, input->key.pressed ? "down" : "up");
}

static void write_move_to(FILE *file, const struct oriel_input *input)
{
	fprintf(file, "to %" PRId32 " %" PRId32 " of %" PRIu32 " %" PRIu32 "\n",
		input->move_to.x_px, input->move_to.y_px, input->move_to.width_px,
		input->move_to.height_px);
}

static void write_move_by(FILE *file, const struct oriel_input *input)
{
	fprintf(file, "by %" PRId32 " %" PRId32 "\n", input->move_by.x_px, input->move_by.y_px);
}

static void write_wheel(FILE *file, const struct oriel_input *input)
{
	fprintf(file, "wheel %" PRId32 " %" PRId32 "\n", input->wheel.x_120, input->wheel.y_120);
}

static void write_lock(FILE *file, const struct oriel_input *input)
{
	fprintf(file, "lock %" PRIu32 " %s\n", input->key.code, input->key.pressed ? "on" : "off");
}

static void (*const writers[])(FILE *file, const struct oriel_input *input) = {
	[ORIEL_INPUT_KEY] = write_key,
	[ORIEL_INPUT_BUTTON] = write_key,
	[ORIEL_INPUT_MOVE_TO] = write_move_to,
	[ORIEL_INPUT_MOVE_BY] = write_move_by,
	[ORIEL_INPUT_WHEEL] = write_wheel,
	[ORIEL_INPUT_LOCK] = write_lock,
};

static void send_input(struct oriel_sink *sink, const struct oriel_input *input)
{
	writers[input->kind](((struct recorder *)sink)->file, input);
}

static const struct oriel_sink_ops recorder_ops = {
	.name = "recorder",
	.destroy = destroy,
	.takes_positions = takes_positions,
	.send = send_input,
};

int oriel_sink_create_recorder(
	struct oriel_sink **ret_sink, const char *path, struct oriel_error *error)
{
	struct recorder *recorder = calloc(1, sizeof *recorder);

	if (!recorder)
		return oriel_error_set_errno(error, -ENOMEM, "cannot record input");
	recorder->base.ops = &recorder_ops;
	recorder->file = fopen(path, "we");
	if (!recorder->file) {
		int code = -errno;

		free(recorder);
		return oriel_error_set_errno(error, code, "cannot record input into %s", path);
	}
	/* Whoever reads along sees each line when it happens. */
	setvbuf(recorder->file, NULL, _IOLBF, 0);
	*ret_sink = &recorder->base;
	return 0;
}
