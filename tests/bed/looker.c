/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/time.h"
#include "control/client.h"
#include "control/path.h"
#include "looker.h"

#include <gio/gio.h>
#include <sys/wait.h>

#define VM "looker"
#define ASK_S 20
#define OPTIONS_MAX 8
#define PAUSE_NS (50 * ORIEL_NS_PER_MS)
#define END_NS (20 * ORIEL_NS_PER_S)

int looker_begin(void **state, const char *module, const char *device, bool has_spice)
{
	struct looker *looker = g_new0(struct looker, 1);

	*state = looker;
	looker->viewer = ORIEL_PROCESS_NONE;
	if (!guest_boot(&looker->guest, module, device, has_spice))
		return -1;
	g_setenv("XDG_RUNTIME_DIR", looker->guest.folder, TRUE);
	g_setenv("XDG_CONFIG_HOME", looker->guest.folder, TRUE);
	looker->picture = g_build_filename(looker->guest.folder, "now.png", NULL);
	return 0;
}

int looker_end(void **state)
{
	struct looker *looker = *state;

	oriel_process_stop(&looker->viewer, ORIEL_NS_PER_S);
	guest_finish(&looker->guest);
	g_free(looker->picture);
	g_free(looker);
	return 0;
}

void looker_start(struct looker *looker, const char *const *options)
{
	g_autofree char *source = g_strdup_printf("/proc/self/fd/%d", looker->guest.shm_fd);
	const char *argv[10 + OPTIONS_MAX] = {g_getenv("ORIEL_BED_VIEW"), "--allow-root", "--vm",
		VM, "--source", source, "--headless", "--pictures", looker->guest.folder};
	const struct oriel_process_plan plan = {
		.argv = argv, .keep_fds = {looker->guest.shm_fd, -1}, .error_fd = -1};

	for (int i = 0; options && options[i]; i++) {
		assert_true(i < OPTIONS_MAX);
		argv[9 + i] = options[i];
	}
	looker->was_running = false;
	assert_true(oriel_process_start(&plan, &looker->viewer, NULL));
}

void looker_stop(struct looker *looker)
{
	oriel_process_stop(&looker->viewer, END_NS);
	assert_true(WIFEXITED(looker->viewer.status));
	assert_int_equal(WEXITSTATUS(looker->viewer.status), 0);
}

JsonObject *looker_ask(const char *command, const char *name, const char *value)
{
	g_autofree char *path = oriel_control_path_get(VM);
	g_autoptr(JsonObject) request = json_object_new();

	json_object_set_string_member(request, "command", command);
	if (name)
		json_object_set_string_member(request, name, value);
	return oriel_control_client_ask(path, request, ASK_S, NULL);
}

int looker_count_wrong(
	struct looker *looker, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor)
{
	g_autoptr(JsonObject) done = looker_ask("screenshot", "file", "now.png");
	cairo_surface_t *picture;
	int wrong = -1;

	if (!done || !json_object_get_boolean_member(done, "ok"))
		return -1;
	picture = cairo_image_surface_create_from_png(looker->picture);
	if (cairo_surface_status(picture) == CAIRO_STATUS_SUCCESS)
		wrong = guest_count_wrong(picture, width_px, height_px, seed, cursor);
	cairo_surface_destroy(picture);
	return wrong;
}

void looker_wait_pattern(
	struct looker *looker, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor)
{
	uint64_t deadline_ns = oriel_time_now_ns() + LOOKER_LIMIT_NS;
	int wrong;

	while ((wrong = looker_count_wrong(looker, width_px, height_px, seed, cursor))) {
		if (oriel_time_now_ns() > deadline_ns)
			fail_msg("%d pixels of the picture %u are wrong", wrong, seed);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + PAUSE_NS);
	}
}
