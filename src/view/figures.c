/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/figures.h"

#include <glib.h>

#include "base/time.h"

#define SAMPLES 512u
/* Rates are over the last second and a half, changes fade within one second. */
#define RATE_SPAN_NS (1500 * ORIEL_NS_PER_MS)
#define FADE_NS ORIEL_NS_PER_S

#define MARGIN_PX 12
#define GRAPH_WIDTH_PX 300
#define GRAPH_HEIGHT_PX 44
#define LABEL_HEIGHT_PX 20
#define MAP_WIDTH_PX 320

static const char label_font[] = "Sans 10";
static const char rate_font[] = "Sans Bold 12";

struct oriel_figures {
	struct oriel_sample samples[SAMPLES];
	uint64_t count; /* ever */
};

struct oriel_figures *oriel_figures_create(void)
{
	return g_new0(struct oriel_figures, 1);
}

void oriel_figures_destroy(struct oriel_figures *figures)
{
	g_free(figures);
}

void oriel_figures_add(struct oriel_figures *figures, const struct oriel_sample *sample)
{
	figures->samples[figures->count++ % SAMPLES] = *sample;
}

/* back: 1 is the newest. NULL: there are not so many. */
static const struct oriel_sample *get_sample(const struct oriel_figures *figures, uint64_t back)
{
	return back <= figures->count && back <= SAMPLES
		       ? &figures->samples[(figures->count - back) % SAMPLES]
		       : NULL;
}

static void draw_text(cairo_t *cairo, const char *font, const char *text, double x_px, double y_px)
{
	g_autoptr(PangoLayout) layout = oriel_card_make_text(font, text, -1);

	cairo_set_source_rgb(cairo, 0.93, 0.95, 0.97);
	cairo_move_to(cairo, x_px, y_px);
	pango_cairo_show_layout(cairo, layout);
}

/* ---- rates ---------------------------------------------------------------------------------- */

void oriel_figures_get_rates(const struct oriel_figures *figures, uint64_t now_ns,
	double *ret_frames, double *ret_unique)
{
	const struct oriel_sample *sample;
	uint64_t span_ns = RATE_SPAN_NS;
	unsigned frames = 0, unique = 0;

	for (uint64_t i = 1; (sample = get_sample(figures, i)); i++) {
		if (sample->shown_ns + RATE_SPAN_NS < now_ns)
			break;
		frames++;
		unique += sample->is_unique;
		/* There is room for no more, and they do not reach back as far. */
		if (i == SAMPLES && sample->shown_ns < now_ns)
			span_ns = now_ns - sample->shown_ns;
	}
	*ret_frames = (double)frames * (double)ORIEL_NS_PER_S / (double)span_ns;
	*ret_unique = (double)unique * (double)ORIEL_NS_PER_S / (double)span_ns;
}

struct oriel_card *oriel_figures_draw_rates(const struct oriel_figures *figures, uint64_t now_ns)
{
	double frames, unique;
	char text[64];
	cairo_t *cairo;
	struct oriel_card *card =
		oriel_card_begin(170 + 2 * MARGIN_PX, LABEL_HEIGHT_PX + 2 * MARGIN_PX, &cairo);

	if (!card)
		return NULL;
	oriel_figures_get_rates(figures, now_ns, &frames, &unique);
	g_snprintf(text, sizeof text, "%.0f fps   %.0f ups", frames, unique);
	draw_text(cairo, rate_font, text, MARGIN_PX, MARGIN_PX);
	oriel_card_end(cairo);
	card->overlay.x_side = card->overlay.y_side = ORIEL_SIDE_START;
	return card;
}

/* ---- graphs --------------------------------------------------------------------------------- */

static uint64_t get_longest_ns(const struct oriel_figures *figures, enum oriel_stage stage)
{
	const struct oriel_sample *sample;
	uint64_t longest_ns = 0;

	for (uint64_t i = 1; i <= GRAPH_WIDTH_PX && (sample = get_sample(figures, i)); i++)
		longest_ns = MAX(longest_ns, sample->stages_ns[stage]);
	return longest_ns;
}

/* A pixel a frame, the newest on the right; as high as the longest of them. */
static void draw_graph(cairo_t *cairo, const struct oriel_figures *figures, enum oriel_stage stage,
	uint64_t longest_ns, int top_px)
{
	const struct oriel_sample *sample;

	cairo_set_source_rgb(cairo, 0.2, 0.23, 0.29);
	cairo_rectangle(cairo, MARGIN_PX, top_px, GRAPH_WIDTH_PX, GRAPH_HEIGHT_PX);
	cairo_fill(cairo);
	cairo_set_source_rgb(cairo, 0.45, 0.8, 0.55);
	for (uint64_t i = 1; i <= GRAPH_WIDTH_PX && (sample = get_sample(figures, i)); i++) {
		double height_px = GRAPH_HEIGHT_PX * (double)sample->stages_ns[stage] /
				   (double)MAX(longest_ns, 1);

		cairo_rectangle(cairo, MARGIN_PX + GRAPH_WIDTH_PX - (double)i,
			top_px + GRAPH_HEIGHT_PX - height_px, 1.0, height_px);
	}
	cairo_fill(cairo);
}

static void print_label(char *text, size_t size, const struct oriel_sample *newest,
	enum oriel_stage stage, uint64_t longest_ns)
{
	const char *name = oriel_sample_get_stage_name(stage);

	if (stage == ORIEL_STAGE_PHOTON && !longest_ns)
		g_snprintf(text, size, "%s: the desktop does not tell", name);
	else
		g_snprintf(text, size, "%s %.2f ms, longest %.2f ms", name,
			newest ? (double)newest->stages_ns[stage] / (double)ORIEL_NS_PER_MS : 0.0,
			(double)longest_ns / (double)ORIEL_NS_PER_MS);
}

struct oriel_card *oriel_figures_draw_graphs(const struct oriel_figures *figures)
{
	const int row_px = LABEL_HEIGHT_PX + GRAPH_HEIGHT_PX + MARGIN_PX / 2;
	const struct oriel_sample *newest = get_sample(figures, 1);
	cairo_t *cairo;
	struct oriel_card *card = oriel_card_begin(
		GRAPH_WIDTH_PX + 2 * MARGIN_PX, ORIEL_STAGE_COUNT * row_px + 2 * MARGIN_PX, &cairo);

	if (!card)
		return NULL;
	for (int i = 0; i < ORIEL_STAGE_COUNT; i++) {
		uint64_t longest_ns = get_longest_ns(figures, (enum oriel_stage)i);
		int top_px = MARGIN_PX + i * row_px;
		char text[96];

		print_label(text, sizeof text, newest, (enum oriel_stage)i, longest_ns);
		draw_text(cairo, label_font, text, MARGIN_PX, top_px);
		draw_graph(
			cairo, figures, (enum oriel_stage)i, longest_ns, top_px + LABEL_HEIGHT_PX);
	}
	oriel_card_end(cairo);
	card->overlay.x_side = ORIEL_SIDE_START;
	card->overlay.y_side = ORIEL_SIDE_END;
	return card;
}

/* ---- damage --------------------------------------------------------------------------------- */

static void draw_changes(
	cairo_t *cairo, const struct oriel_sample *sample, double scale, double alpha)
{
	cairo_set_source_rgba(cairo, 1.0, 0.6, 0.2, alpha);
	for (uint32_t i = 0; i < sample->rect_count; i++) {
		const struct oriel_rect *rect = &sample->rects[i];

		cairo_rectangle(cairo, MARGIN_PX + rect->x * scale, MARGIN_PX + rect->y * scale,
			MAX(rect->w * scale, 1.0), MAX(rect->h * scale, 1.0));
	}
	cairo_fill(cairo);
}

struct oriel_card *oriel_figures_draw_damage(const struct oriel_figures *figures, uint64_t now_ns)
{
	const struct oriel_sample *newest = get_sample(figures, 1), *sample;
	double scale = newest ? (double)MAP_WIDTH_PX / newest->width_px : 1.0;
	int height_px = newest ? (int)CLAMP(newest->height_px * scale, 16, 2 * MAP_WIDTH_PX)
			       : MAP_WIDTH_PX / 2;
	cairo_t *cairo;
	struct oriel_card *card =
		oriel_card_begin(MAP_WIDTH_PX + 2 * MARGIN_PX, height_px + 2 * MARGIN_PX, &cairo);

	if (!card)
		return NULL;
	cairo_rectangle(cairo, MARGIN_PX, MARGIN_PX, MAP_WIDTH_PX, height_px);
	cairo_clip(cairo);
	cairo_set_source_rgb(cairo, 0.2, 0.23, 0.29);
	cairo_paint(cairo);
	for (uint64_t i = 1; (sample = get_sample(figures, i)); i++) {
		uint64_t age_ns = now_ns - MIN(sample->shown_ns, now_ns);

		if (age_ns >= FADE_NS || sample->width_px != newest->width_px)
			break;
		draw_changes(cairo, sample, scale, 0.4 * (1.0 - (double)age_ns / (double)FADE_NS));
	}
	oriel_card_end(cairo);
	card->overlay.x_side = card->overlay.y_side = ORIEL_SIDE_END;
	return card;
}
