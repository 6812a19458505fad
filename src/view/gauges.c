/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/gauges.h"

#include <glib.h>

#include "base/time.h"
#include "view/figures.h"

/* How often figures are drawn. */
#define FIGURES_MS 250

struct oriel_gauges {
	struct oriel_board *board;
	struct oriel_render *render;
	struct oriel_figures *figures;
	uint32_t shown; /* 1 << enum oriel_action */
	guint timer;	/* 0: none */
};

struct oriel_gauges *oriel_gauges_create(struct oriel_board *board, struct oriel_render *render)
{
	struct oriel_gauges *gauges = g_new0(struct oriel_gauges, 1);

	gauges->board = board;
	gauges->render = render;
	gauges->figures = oriel_figures_create();
	return gauges;
}

static void stop_timer(struct oriel_gauges *gauges)
{
	if (gauges->timer)
		g_source_remove(gauges->timer);
	gauges->timer = 0;
}

void oriel_gauges_destroy(struct oriel_gauges *gauges)
{
	if (!gauges)
		return;
	stop_timer(gauges);
	oriel_figures_destroy(gauges->figures);
	g_free(gauges);
}

static void draw(struct oriel_gauges *gauges)
{
	uint64_t now_ns = oriel_time_now_ns();
	uint32_t shown = gauges->shown;

	oriel_board_set(gauges->board, ORIEL_BOARD_FIGURES,
		shown & 1u << ORIEL_ACTION_FIGURES
			? oriel_figures_draw_rates(gauges->figures, now_ns)
			: NULL);
	oriel_board_set(gauges->board, ORIEL_BOARD_GRAPHS,
		shown & 1u << ORIEL_ACTION_GRAPHS ? oriel_figures_draw_graphs(gauges->figures)
						  : NULL);
	oriel_board_set(gauges->board, ORIEL_BOARD_DAMAGE,
		shown & 1u << ORIEL_ACTION_DAMAGE
			? oriel_figures_draw_damage(gauges->figures, now_ns)
			: NULL);
}

static gboolean on_figures(gpointer data)
{
	struct oriel_gauges *gauges = data;
	struct oriel_sample sample;

	while (oriel_render_take_sample(gauges->render, &sample))
		oriel_figures_add(gauges->figures, &sample);
	draw(gauges);
	return G_SOURCE_CONTINUE;
}

void oriel_gauges_switch(struct oriel_gauges *gauges, uint32_t actions)
{
	gauges->shown ^= actions & ORIEL_GAUGES_ACTIONS;
	oriel_render_want_samples(gauges->render, gauges->shown != 0);
	if (!gauges->shown)
		stop_timer(gauges);
	else if (!gauges->timer)
		gauges->timer = g_timeout_add(FIGURES_MS, on_figures, gauges);
	draw(gauges);
}
