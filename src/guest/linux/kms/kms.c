/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/kms/kms.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "guest/core/options.h"
#include "guest/core/tick.h"
#include "guest/core/tiles.h"
#include "guest/linux/kms/card.h"
#include "guest/linux/kms/cursor.h"
#include "guest/linux/kms/scanout.h"

/* Switched off for longer than a mode change takes: perhaps another card took over. Closing the
 * card is also what lets the kernel bring its console back after a display server ended. */
#define OFF_NS ORIEL_NS_PER_S
/* Unchanged for so long: look at a part of the rows only. */
#define QUIET_NS (500 * ORIEL_NS_PER_MS)

struct kms_capture {
	struct oriel_capture base;
	struct oriel_kms_card card;
	struct oriel_kms_crtc crtc; /* as last seen */
	struct oriel_kms_scanout scanout;
	struct oriel_kms_cursor cursor;
	struct oriel_tick tick;
	struct oriel_tiles *tiles;
	const struct oriel_pixels_way *way;
	uint8_t *converted;	      /* when the screen's format is none of the protocol's */
	struct oriel_picture picture; /* of tiles, or of converted; format invalid: none yet */
	const uint8_t *seen_pixels;   /* where tiles were last compared with */
	uint64_t shown_ns;	      /* when something was on */
	uint64_t changed_ns;
	uint32_t looks; /* since the last change */
};

static struct kms_capture *get_self(struct oriel_capture *capture)
{
	return (struct kms_capture *)capture;
}

/* ---- layout --------------------------------------------------------------------------------- */

static void drop_layout(struct kms_capture *self)
{
	oriel_tiles_destroy(self->tiles);
	free(self->converted);
	self->tiles = NULL;
	self->converted = NULL;
	self->picture.format = ORIEL_PIXEL_INVALID;
}

static int set_layout(struct kms_capture *self, const struct oriel_kms_view *view,
	uint32_t width_px, uint32_t height_px, struct oriel_error *error)
{
	uint32_t bytes = oriel_pixel_get_info(view->way->format)->bytes;
	bool is_complete;

	drop_layout(self);
	self->way = view->way;
	self->tiles = oriel_tiles_create(
		width_px * view->way->source_bytes, height_px, view->way->source_bytes);
	if (view->way->convert)
		self->converted = malloc((size_t)width_px * bytes * height_px);
	is_complete = self->tiles && (self->converted || !view->way->convert);
	if (!is_complete)
		return oriel_error_set_errno(error, -ENOMEM,
			"cannot keep a copy of the screen's %ux%u pixels", width_px, height_px);
	self->picture = (struct oriel_picture){
		.format = view->way->format,
		.width_px = width_px,
		.height_px = height_px,
		.rows = height_px,
		.pitch_bytes = self->converted ? width_px * bytes
					       : (uint32_t)oriel_tiles_get_pitch_bytes(self->tiles),
		.screen_width_px = width_px,
		.screen_height_px = height_px,
	};
	return 0;
}

/* Cuts the screen out of the frame buffer, which may be larger (several monitors in one). */
static int fit_layout(struct kms_capture *self, const struct oriel_kms_crtc *crtc,
	struct oriel_kms_view *view, struct oriel_error *error)
{
	struct oriel_rect screen = {crtc->x_px, crtc->y_px, crtc->width_px, crtc->height_px};

	oriel_rect_clip(&screen, view->width_px, view->height_px);
	view->pixels +=
		(size_t)screen.y * view->pitch_bytes + (size_t)screen.x * view->way->source_bytes;
	if (self->picture.format != ORIEL_PIXEL_INVALID && self->way == view->way &&
		self->picture.width_px == screen.w && self->picture.height_px == screen.h)
		return 0;
	return set_layout(self, view, screen.w, screen.h, error);
}

/* ---- looking -------------------------------------------------------------------------------- */

/* A page flip shows other memory: there everything can differ. */
static bool is_worth_comparing(
	struct kms_capture *self, const struct oriel_kms_view *view, uint64_t now_ns)
{
	if (now_ns < self->changed_ns + QUIET_NS || view->pixels != self->seen_pixels)
		return true;
	return oriel_tiles_probe_rt(self->tiles, view->pixels, view->pitch_bytes, self->looks++);
}

static bool compare(struct kms_capture *self, const struct oriel_kms_view *view, bool whole,
	uint64_t now_ns, struct oriel_capture_frame *ret_frame)
{
	struct oriel_damage *damage = &ret_frame->damage;

	oriel_damage_clear(damage);
	oriel_kms_view_begin(view);
	if (whole || is_worth_comparing(self, view, now_ns))
		oriel_tiles_update_rt(self->tiles, view->pixels, view->pitch_bytes, damage);
	oriel_kms_view_end(view);
	self->seen_pixels = view->pixels;
	if (whole)
		oriel_damage_set_full(damage);
	if (oriel_damage_is_empty(damage))
		return false;
	self->changed_ns = now_ns;
	ret_frame->picture = self->picture;
	ret_frame->pixels = oriel_tiles_get_pixels(self->tiles);
	if (self->converted) {
		oriel_pixels_convert_rt(self->way, self->converted, self->picture.pitch_bytes,
			ret_frame->pixels, oriel_tiles_get_pitch_bytes(self->tiles),
			self->picture.width_px, self->picture.height_px, damage);
		ret_frame->pixels = self->converted;
	}
	return true;
}

/* 1: *ret_view is the screen as it is now; 0: nothing is shown at the moment. */
static int look(struct kms_capture *self, uint64_t now_ns, struct oriel_kms_view *ret_view,
	struct oriel_error *error)
{
	int rc = oriel_kms_card_find_crtc(&self->card, &self->crtc);

	if (!rc)
		rc = oriel_kms_scanout_get(
			&self->scanout, self->crtc.fb_id, now_ns, ret_view, error);
	else
		oriel_error_set(error, rc, "%s (%s) shows nothing any more", self->card.path,
			self->card.driver);
	if ((rc == -ENODEV || rc == -ENOENT) && now_ns < self->shown_ns + OFF_NS)
		return 0;
	if (rc)
		return rc;
	self->shown_ns = now_ns;
	rc = fit_layout(self, &self->crtc, ret_view, error);
	return rc ? rc : 1;
}

static int kms_next(struct oriel_capture *capture, uint64_t deadline_ns, bool whole,
	struct oriel_capture_frame *ret_frame, struct oriel_error *error)
{
	struct kms_capture *self = get_self(capture);
	struct oriel_kms_view view;
	uint64_t now_ns;
	int rc;

	if (!whole && !oriel_tick_wait(&self->tick, deadline_ns))
		return 0;
	now_ns = oriel_time_now_ns();
	oriel_tick_advance(&self->tick, now_ns);
	rc = look(self, now_ns, &view, error);
	if (rc <= 0)
		return rc;
	return compare(self, &view, whole, now_ns, ret_frame);
}

static bool kms_take_cursor(struct oriel_capture *capture, struct oriel_capture_cursor *ret_cursor)
{
	struct kms_capture *self = get_self(capture);

	return oriel_kms_cursor_take(&self->cursor, self->crtc.id, oriel_time_now_ns(), ret_cursor);
}

/* ---- life ----------------------------------------------------------------------------------- */

static void kms_close(struct oriel_capture *capture)
{
	struct kms_capture *self = get_self(capture);

	if (!self)
		return;
	drop_layout(self);
	oriel_kms_cursor_finish(&self->cursor);
	oriel_kms_scanout_finish(&self->scanout);
	oriel_kms_card_close(&self->card);
	free(self);
}

/* Tries the whole way to the pixels, so that what cannot be captured is said at once. */
static int begin(struct kms_capture *self, const struct oriel_guest_options *options,
	struct oriel_error *error)
{
	struct oriel_kms_view view;
	int rc = oriel_kms_card_open(&self->card, options->card, error);

	if (rc)
		return rc;
	rc = look(self, oriel_time_now_ns(), &view, error);
	if (rc < 0)
		return rc;
	if (oriel_kms_cursor_init(&self->cursor, &self->card, &self->crtc))
		return oriel_error_set_errno(error, -ENOMEM, "cannot look at the cursor");
	oriel_log(ORIEL_LOG_INFO, "kms: %s (%s), %ux%u, %s", self->card.path, self->card.driver,
		self->crtc.width_px, self->crtc.height_px,
		self->cursor.plane_id ? "with a cursor plane" : "no cursor plane");
	return 0;
}

static int kms_open(struct oriel_capture **ret_capture, const struct oriel_guest_options *options,
	struct oriel_error *error)
{
	struct kms_capture *self = calloc(1, sizeof *self);
	int rc;

	if (!self)
		return oriel_error_set_errno(error, -ENOMEM, "cannot capture");
	self->base.ops = &oriel_capture_kms;
	self->card.fd = -1;
	oriel_kms_scanout_init(&self->scanout, &self->card);
	oriel_kms_scanout_init(&self->cursor.scanout, &self->card);
	oriel_tick_init(&self->tick, options->fps);
	rc = begin(self, options, error);
	if (rc) {
		kms_close(&self->base);
		return rc;
	}
	*ret_capture = &self->base;
	return 0;
}

const struct oriel_capture_ops oriel_capture_kms = {
	.name = "kms",
	.open = kms_open,
	.next = kms_next,
	.take_cursor = kms_take_cursor,
	.close = kms_close,
};
