/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/pane.h"

void oriel_pane_init(struct oriel_pane *pane, struct oriel_window *window,
	struct oriel_presenter *presenter, bool follows_guest, enum oriel_awake awake)
{
	*pane = (struct oriel_pane){
		.window = window,
		.presenter = presenter,
		.follows_guest = follows_guest,
		.awake = awake,
	};
}

int oriel_pane_prepare(struct oriel_pane *pane, struct oriel_error *error)
{
	uint32_t width_px, height_px;

	pane->window->ops->get_screen_size(pane->window, &width_px, &height_px);
	if (!pane->follows_guest || width_px == UINT32_MAX)
		return 0;
	return pane->presenter->ops->resize(pane->presenter, width_px, height_px, error);
}

bool oriel_pane_begin(struct oriel_pane *pane)
{
	if (pane->is_shown)
		return false;
	pane->is_shown = true;
	pane->window->ops->get_size(pane->window, &pane->width_px, &pane->height_px);
	pane->asked_width_px = pane->width_px;
	pane->asked_height_px = pane->height_px;
	pane->is_resized = true;
	return true;
}

void oriel_pane_note_size_rt(struct oriel_pane *pane, uint32_t width_px, uint32_t height_px)
{
	/* Someone else decides about the size: leave it to them from now on. */
	if (width_px != pane->asked_width_px || height_px != pane->asked_height_px)
		pane->follows_guest = false;
	pane->width_px = width_px;
	pane->height_px = height_px;
	pane->is_resized = true;
}

int oriel_pane_fit(struct oriel_pane *pane, struct oriel_error *error)
{
	pane->is_resized = false;
	return pane->presenter->ops->resize(
		pane->presenter, pane->width_px, pane->height_px, error);
}

static bool is_lying(const struct oriel_picture *picture)
{
	return picture->rotation == ORIEL_ROTATE_90 || picture->rotation == ORIEL_ROTATE_270;
}

void oriel_pane_follow(struct oriel_pane *pane, const struct oriel_picture *picture)
{
	struct oriel_window *window = pane->window;
	uint64_t width_px = is_lying(picture) ? picture->height_px : picture->width_px;
	uint64_t height_px = is_lying(picture) ? picture->width_px : picture->height_px;
	uint32_t screen_width_px, screen_height_px;

	if (!pane->follows_guest)
		return;
	window->ops->get_screen_size(window, &screen_width_px, &screen_height_px);
	if (width_px > screen_width_px) {
		height_px = height_px * screen_width_px / width_px;
		width_px = screen_width_px;
	}
	if (height_px > screen_height_px) {
		width_px = width_px * screen_height_px / height_px;
		height_px = screen_height_px;
	}
	pane->asked_width_px = width_px ? (uint32_t)width_px : 1;
	pane->asked_height_px = height_px ? (uint32_t)height_px : 1;
	if (pane->asked_width_px != pane->width_px || pane->asked_height_px != pane->height_px)
		window->ops->set_size(window, pane->asked_width_px, pane->asked_height_px);
}

void oriel_pane_keep_awake_rt(struct oriel_pane *pane, bool has_picture, bool is_wished)
{
	bool awake = has_picture && pane->awake != ORIEL_AWAKE_NEVER &&
		     (is_wished || pane->awake == ORIEL_AWAKE_ALWAYS);

	if (awake != pane->is_awake)
		pane->window->ops->set_awake_rt(pane->window, awake);
	pane->is_awake = awake;
}
