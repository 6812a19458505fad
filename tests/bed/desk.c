/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bed/desk.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"

#define WORD_NS (30 * ORIEL_NS_PER_S)
#define LOOK_NS (10 * ORIEL_NS_PER_MS)
#define END_NS (5 * ORIEL_NS_PER_S)

void desk_init(struct desk *desk)
{
	*desk = (struct desk){
		.display = ORIEL_PROCESS_NONE, .viewer = ORIEL_PROCESS_NONE, .words_fd = -1};
	desk->words = g_string_new(NULL);
}

void desk_finish(struct desk *desk)
{
	oriel_process_stop(&desk->viewer, END_NS);
	oriel_process_stop(&desk->display, END_NS);
	oriel_fd_close(&desk->words_fd);
	g_string_free(desk->words, TRUE);
}

bool desk_start_display(struct desk *desk)
{
	static const char *const argv[] = {"Xvfb", "-displayfd", "1", "-noreset", "-nolisten",
		"tcp", "-screen", "0", "800x600x24", NULL};
	const struct oriel_process_plan plan = {
		.argv = argv, .keep_fds = {-1}, .error_fd = -1, .pipe_out = true};
	char number[16] = ":";
	size_t size = 1;

	if (!oriel_process_start(&plan, &desk->display, NULL))
		return false;
	while (size < sizeof number - 1 && !strchr(number, '\n'))
		if (read(desk->display.out_fd, number + size, 1) == 1)
			size++;
		else
			return false;
	g_setenv("DISPLAY", g_strchomp(number), TRUE);
	return true;
}

void desk_start_viewer(struct desk *desk, const char *const *arguments)
{
	struct oriel_process_plan plan = {.argv = arguments, .keep_fds = {-1}, .pipe_out = true};

	oriel_fd_close(&desk->words_fd);
	desk->words_fd = plan.error_fd = memfd_create("viewer-words", MFD_CLOEXEC);
	g_string_truncate(desk->words, 0);
	desk->heard = 0;
	assert_true(oriel_process_start(&plan, &desk->viewer, NULL));
}

char *desk_stop_viewer(struct desk *desk)
{
	int out_fd ORIEL_FD_AUTO = dup(desk->viewer.out_fd);
	GString *text = g_string_new(NULL);
	char part[4096];
	ssize_t size;

	oriel_process_stop(&desk->viewer, END_NS);
	while ((size = read(out_fd, part, sizeof part)) > 0)
		g_string_append_len(text, part, size);
	assert_int_equal(desk->viewer.status, 0);
	return g_string_free(text, FALSE);
}

static void hear(struct desk *desk)
{
	char part[4096];
	ssize_t size;

	while ((size = pread(desk->words_fd, part, sizeof part, (off_t)desk->words->len)) > 0)
		g_string_append_len(desk->words, part, size);
}

void desk_wait_word(struct desk *desk, const char *word)
{
	uint64_t end_ns = oriel_time_now_ns() + WORD_NS;
	const char *found;

	while (hear(desk), !(found = strstr(desk->words->str + desk->heard, word))) {
		if (oriel_time_now_ns() > end_ns || oriel_process_wait(&desk->viewer, 0))
			fail_msg("the viewer did not say \"%s\":\n%s", word, desk->words->str);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + LOOK_NS);
	}
	desk->heard = (size_t)(found - desk->words->str) + strlen(word);
}

void desk_run_xdotool(const char *arguments)
{
	g_autofree char *line = g_strdup_printf("xdotool %s", arguments);
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	gint status = -1;

	assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
		NULL, NULL, NULL, NULL, &status, NULL));
	assert_true(g_spawn_check_wait_status(status, NULL));
}
