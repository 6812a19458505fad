/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/board.h"

#include <glib.h>

/* What the render thread has, or has had and not given back yet. */
struct list {
	struct oriel_overlay overlays[ORIEL_BOARD_SLOTS];
	struct oriel_card *cards[ORIEL_BOARD_SLOTS];
	int count;
};

struct oriel_board {
	struct oriel_render *render;
	struct oriel_card *cards[ORIEL_BOARD_SLOTS];
	GPtrArray *lists;
	bool is_stale; /* the render thread does not have the newest list */
};

static void free_list(gpointer data)
{
	struct list *list = data;

	for (int i = 0; i < list->count; i++)
		oriel_card_unref(list->cards[i]);
	g_free(list);
}

struct oriel_board *oriel_board_create(struct oriel_render *render)
{
	struct oriel_board *board = g_new0(struct oriel_board, 1);

	board->render = render;
	board->lists = g_ptr_array_new_with_free_func(free_list);
	return board;
}

void oriel_board_destroy(struct oriel_board *board)
{
	if (!board)
		return;
	g_ptr_array_unref(board->lists);
	for (int i = 0; i < ORIEL_BOARD_SLOTS; i++)
		oriel_card_unref(board->cards[i]);
	g_free(board);
}

static struct list *make_list(const struct oriel_board *board)
{
	struct list *list = g_new0(struct list, 1);

	for (int slot = 0; slot < ORIEL_BOARD_SLOTS; slot++) {
		int i = list->count;

		if (!board->cards[slot])
			continue;
		list->cards[i] = oriel_card_ref(board->cards[slot]);
		list->overlays[i] = board->cards[slot]->overlay;
		if (i)
			list->overlays[i - 1].next = &list->overlays[i];
		list->count++;
	}
	return list;
}

static void show(struct oriel_board *board)
{
	struct list *list = make_list(board);
	const struct oriel_overlay *first = list->count ? list->overlays : NULL;

	board->is_stale = !oriel_render_show_cards(
		board->render, first, board->cards[ORIEL_BOARD_WAITING] != NULL);
	if (first && !board->is_stale)
		g_ptr_array_add(board->lists, list);
	else
		free_list(list);
}

void oriel_board_set(struct oriel_board *board, enum oriel_board_slot slot, struct oriel_card *card)
{
	if (!card && !board->cards[slot])
		return;
	oriel_card_unref(board->cards[slot]);
	board->cards[slot] = card;
	show(board);
}

void oriel_board_take_back(struct oriel_board *board, const struct oriel_overlay *first)
{
	/* The overlays are the first member of their list. */
	g_ptr_array_remove(board->lists, (void *)(uintptr_t)first);
	if (board->is_stale)
		show(board);
}
