/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The heartbeat's thread begins sessions anew under the capture thread's feet (relay/producer.h).
 * What this is for shows best in a build with the thread sanitizer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/log.h"
#include "relay/fake_viewer.h"
#include "relay/wire.h"

#define SESSIONS 200u

struct heart {
	struct oriel_producer *producer;
	uint32_t begun;
	uint32_t stop; /* atomic */
};

static void drop_line(void *data, enum oriel_log_level level, const char *line)
{
}

static void *beat(void *data)
{
	struct heart *heart = data;
	uint64_t now_ms = FAKE_T0_MS;

	while (heart->begun < SESSIONS) {
		oriel_wire_store32(&fake_header()->magic, 0);
		if (oriel_producer_step(heart->producer, ++now_ms))
			heart->begun++;
	}
	__atomic_store_n(&heart->stop, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void capture(struct oriel_producer *producer)
{
	static uint8_t pixels[64 * 64 * 4];
	const struct oriel_damage damage = {.count = 1, .rects = {{3, 3, 20, 20}}};
	const struct oriel_cursor_shape shape = {.type = ORIEL_CURSOR_COLOUR,
		.width_px = 16,
		.height_px = 16,
		.pitch_bytes = 64,
		.image = pixels};
	const struct oriel_picture picture = {
		.format = ORIEL_PIXEL_BGRA,
		.width_px = 64,
		.height_px = 64,
		.rows = 64,
		.pitch_bytes = 256,
	};
	int32_t x_px, y_px;

	oriel_producer_is_watched(producer);
	oriel_producer_take_new_viewer(producer);
	oriel_producer_publish_rt(producer, &picture, pixels, &damage);
	oriel_producer_repeat_rt(producer);
	oriel_producer_publish_cursor_rt(producer, 1, 2, true, &shape);
	oriel_producer_publish_cursor_rt(producer, 3, 4, true, NULL);
	oriel_producer_repeat_cursor_rt(producer);
	oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px);
}

static void test_sessions_change_under_the_capture(void **state)
{
	struct heart heart = {.producer = fake_producer_create()};
	pthread_t thread;

	oriel_log_set_sink(drop_line, NULL);
	assert_int_equal(pthread_create(&thread, NULL, beat, &heart), 0);
	while (!__atomic_load_n(&heart.stop, __ATOMIC_ACQUIRE))
		capture(heart.producer);
	pthread_join(thread, NULL);
	assert_int_equal(heart.begun, SESSIONS);
	assert_int_equal(fake_header()->magic, B7_LGMP_MAGIC);
	assert_int_equal(fake_header()->queue_count, 2);
	oriel_producer_destroy(heart.producer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions_change_under_the_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
