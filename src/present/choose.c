/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which presenter to use: the one asked for, or the one that is fastest on this very machine. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/time.h"
#include "present/early.h"

/* What is measured: whole frames of an ordinary screen, black ones. The best of a few counts, since
 * the first ones pay for memory and shaders. */
#define TRIAL_WIDTH_PX 1920u
#define TRIAL_HEIGHT_PX 1080u
#define TRIAL_FRAMES 4
#define TRIAL_LIMIT_NS (500 * ORIEL_NS_PER_MS)

/* False: the display did not take it over in time. */
static bool show_frame(struct oriel_presenter *presenter, const struct oriel_frame *frame)
{
	uint64_t deadline_ns = oriel_time_now_ns() + TRIAL_LIMIT_NS;
	uint64_t bytes;

	if (presenter->ops->upload_rt(presenter, frame, &oriel_present_arrived, &bytes))
		return false;
	presenter->ops->present_rt(presenter);
	while (presenter->ops->is_busy_rt(presenter)) {
		if (presenter->ops->dispatch_rt(presenter) || oriel_time_now_ns() > deadline_ns)
			return false;
		oriel_time_relax();
	}
	return true;
}

static uint64_t measure_frames(struct oriel_presenter *presenter, const struct oriel_frame *frame)
{
	uint64_t best_ns = UINT64_MAX;

	if (presenter->ops->set_layout(presenter, &frame->picture, NULL))
		return UINT64_MAX;
	for (int i = 0; i < TRIAL_FRAMES; i++) {
		uint64_t began_ns = oriel_time_now_ns(), took_ns;

		if (!show_frame(presenter, frame))
			return UINT64_MAX;
		took_ns = oriel_time_now_ns() - began_ns;
		best_ns = took_ns < best_ns ? took_ns : best_ns;
	}
	return best_ns;
}

uint64_t oriel_presenter_measure_ns(
	struct oriel_presenter *presenter, const struct oriel_window *window)
{
	size_t bytes = (size_t)TRIAL_WIDTH_PX * 4 * TRIAL_HEIGHT_PX;
	void *pixels = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct oriel_frame frame = {
		.picture = {.format = ORIEL_PIXEL_BGRA,
			.width_px = TRIAL_WIDTH_PX,
			.height_px = TRIAL_HEIGHT_PX,
			.rows = TRIAL_HEIGHT_PX,
			.pitch_bytes = TRIAL_WIDTH_PX * 4},
		.pixels = pixels,
		.size_bytes = bytes,
		.damage = {.full = true},
	};
	uint32_t width_px, height_px;
	uint64_t took_ns = UINT64_MAX;

	if (pixels == MAP_FAILED)
		return UINT64_MAX;
	window->ops->get_size(window, &width_px, &height_px);
	if (!presenter->ops->resize(presenter, width_px, height_px, NULL))
		took_ns = measure_frames(presenter, &frame);
	munmap(pixels, bytes);
	return took_ns;
}

/* ---- the choice ----------------------------------------------------------------------------- */

struct choice {
	struct oriel_presenter *presenter; /* NULL: none yet */
	uint64_t took_ns;
};

static void try_one(struct choice *choice, const struct oriel_presenter_ops *ops,
	const struct oriel_window *window, const struct oriel_present_options *options,
	struct oriel_error *error)
{
	struct choice other = {.took_ns = UINT64_MAX};

	if (ops->create(&other.presenter, window, options, error)) {
		oriel_log(ORIEL_LOG_DEBUG, "not %s: %s", ops->name, error->message);
		return;
	}
	other.took_ns = oriel_presenter_measure_ns(other.presenter, window);
	oriel_log(ORIEL_LOG_DEBUG, "%s takes %.2f ms for a frame", ops->name,
		(double)other.took_ns / 1e6);
	if (choice->presenter && choice->took_ns <= other.took_ns) {
		ops->destroy(other.presenter);
		return;
	}
	if (choice->presenter)
		choice->presenter->ops->destroy(choice->presenter);
	*choice = other;
}

static bool is_candidate(const struct oriel_presenter_ops *ops, const struct oriel_native *native)
{
	return ops->probe(native) == ORIEL_PROBE_GOOD;
}

static int open_fastest(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	struct oriel_present_options on_hardware = *options;
	const struct oriel_presenter_ops *only = NULL;
	struct choice choice = {0};
	struct oriel_error reason = {0};
	struct oriel_native native;
	int candidates = 0;

	on_hardware.hardware_only = true;
	window->ops->get_native(window, &native);
	for (int i = 0; oriel_presenters[i]; i++)
		if (is_candidate(oriel_presenters[i], &native)) {
			only = oriel_presenters[i];
			candidates++;
		}
	if (candidates == 1)
		return only->create(ret_presenter, window, &on_hardware, error);
	for (int i = 0; oriel_presenters[i]; i++)
		if (is_candidate(oriel_presenters[i], &native))
			try_one(&choice, oriel_presenters[i], window, &on_hardware, &reason);
	if (!choice.presenter)
		return oriel_error_set(
			error, -ENODEV, "nothing can draw on this window: %s", reason.message);
	*ret_presenter = choice.presenter;
	return 0;
}

static int open_by_name(struct oriel_presenter **ret_presenter,
	const struct oriel_presenter_ops *ops, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	const char *name = ops->name;
	struct oriel_native native;

	window->ops->get_native(window, &native);
	while (ops->next && ops->probe(&native) == ORIEL_PROBE_NO)
		ops = ops->next;
	if (ops->probe(&native) == ORIEL_PROBE_NO)
		return oriel_error_set(error, -ENOTSUP,
			"the presenter \"%s\" cannot draw on this window; use --present auto",
			name);
	if (strcmp(ops->name, name))
		oriel_log(ORIEL_LOG_INFO,
			"the presenter \"%s\" cannot draw on this window; \"%s\" does it instead",
			name, ops->name);
	/* A shader that is no good is to be an error at the start. */
	if (ops->is_slow && native.kind != ORIEL_NATIVE_HEADLESS && !options->shader)
		return oriel_early_create(ret_presenter, ops, window, options, error);
	return ops->create(ret_presenter, window, options, error);
}

int oriel_presenter_open(struct oriel_presenter **ret_presenter, const char *name,
	const struct oriel_window *window, const struct oriel_present_options *options,
	struct oriel_error *error)
{
	if (!strcmp(name, "auto"))
		return open_fastest(ret_presenter, window, options, error);
	for (int i = 0; oriel_presenters[i]; i++)
		if (!strcmp(oriel_presenters[i]->name, name))
			return open_by_name(
				ret_presenter, oriel_presenters[i], window, options, error);
	return oriel_error_set(error, -ENOSYS, "no presenter \"%s\" in this build", name);
}
