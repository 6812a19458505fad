/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tone into a PipeWire microphone, and the microphone gone when it is off. */
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "audio/microphone.h"
#include "base/time.h"
#include "harness/sound/sound.h"
#include "skip.h"

#define HZ 440.0
#define AMPLITUDE 0.25
#define NODE "oriel-microphone"
/* 22 whole turns of the tone. */
#define WINDOW (SOUND_RATE_HZ / 20)
#define WINDOWS 40
#define WINDOWS_MIN 5

static const struct oriel_audio_format stereo = {SOUND_RATE_HZ, 2};
static const struct oriel_microphone_listener no_listener;

static struct oriel_microphone *make(enum oriel_microphone_policy policy)
{
	const struct oriel_microphone_options options = {.policy = policy,
		.ops = &oriel_audio_source_pipewire,
		.source = {.name = "Test machine", .device = SOUND_MICROPHONE, .latency_ms = 200}};
	struct oriel_microphone *microphone = oriel_microphone_create(&options, &no_listener, NULL);

	assert_non_null(microphone);
	return microphone;
}

/* Reads until count frames of sound have come; 0: not within seconds. */
static size_t hear(struct oriel_microphone *microphone, float *ret_left, size_t count)
{
	uint64_t end_ns = oriel_time_now_ns() + 20 * ORIEL_NS_PER_S;
	int16_t samples[512 * 2];
	size_t heard = 0;

	while (heard < count && oriel_time_now_ns() < end_ns) {
		struct oriel_audio_source *source = oriel_microphone_get_source(microphone);
		struct pollfd poll_fd = {.fd = source->ops->get_fd(source), .events = POLLIN};
		int frames;

		poll(&poll_fd, 1, 1000);
		frames = oriel_microphone_read(microphone, samples, 512);
		/* From the first sound on. */
		for (int i = 0; i < frames && heard < count; i++)
			if (heard || samples[2 * i])
				ret_left[heard++] = samples[2 * i] / 32768.0f;
	}
	return heard;
}

/* A machine too busy for the server's own periods loses some of them on the way to the microphone,
 * so it is enough to hear it whole for a while: no other sound would pass for it even once. */
static void judge(const float *left)
{
	int good = 0;

	for (int i = 0; i < WINDOWS; i++) {
		struct sound_tone tone = sound_measure(left + i * WINDOW, WINDOW, HZ);

		good += fabs(tone.amplitude - AMPLITUDE) < 0.01 && tone.purity > 0.999;
	}
	print_message("# %d of %d windows are the tone alone\n", good, WINDOWS);
	assert_true(good >= WINDOWS_MIN);
}

static void test_tone(void **state)
{
	float *left = calloc(WINDOW * WINDOWS, sizeof *left);
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_ALLOW);
	struct sound_mouth *mouth;

	if (sound_find_obstacle())
		oriel_test_skip("%s", sound_find_obstacle());
	mouth = sound_mouth_open(HZ, AMPLITUDE);
	assert_non_null(mouth);
	oriel_microphone_request(microphone, &stereo);
	assert_int_equal(oriel_microphone_get_state(microphone), ORIEL_MICROPHONE_OPEN);
	assert_true(sound_link("test-mouth:output_FL", SOUND_MICROPHONE ":input_FL"));
	assert_int_equal(hear(microphone, left, WINDOW * WINDOWS), WINDOW * WINDOWS);
	judge(left);
	sound_mouth_close(mouth);
	oriel_microphone_destroy(microphone);
	free(left);
}

/* What the server lists, not what we believe: no stream before, none after. */
static void test_really_closed(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_PROMPT);

	if (sound_find_obstacle())
		oriel_test_skip("%s", sound_find_obstacle());
	oriel_microphone_request(microphone, &stereo);
	assert_int_equal(sound_find_listed(NODE), 0);
	oriel_microphone_allow(microphone);
	assert_true(sound_wait_listed(NODE, true));
	oriel_microphone_refuse(microphone);
	assert_true(sound_wait_listed(NODE, false));
	oriel_microphone_allow(microphone);
	assert_true(sound_wait_listed(NODE, true));
	oriel_microphone_release(microphone);
	assert_true(sound_wait_listed(NODE, false));
	oriel_microphone_destroy(microphone);
}

/* A server that goes wakes the reader and ends in REFUSED; switched on again it records again. */
static void test_server_restarts(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_ALLOW);
	struct pollfd poll_fd = {.events = POLLIN};
	int16_t samples[512 * 2];

	if (sound_find_obstacle())
		oriel_test_skip("%s", sound_find_obstacle());
	oriel_microphone_request(microphone, &stereo);
	poll_fd.fd = oriel_audio_source_pipewire.get_fd(oriel_microphone_get_source(microphone));
	sound_stop();
	for (int i = 0; i < 100 && oriel_microphone_get_source(microphone); i++) {
		poll(&poll_fd, 1, 1000);
		oriel_microphone_read(microphone, samples, 512);
	}
	assert_int_equal(oriel_microphone_get_state(microphone), ORIEL_MICROPHONE_REFUSED);
	oriel_microphone_allow(microphone);
	assert_int_equal(oriel_microphone_get_state(microphone), ORIEL_MICROPHONE_REFUSED);
	assert_true(sound_start());
	oriel_microphone_allow(microphone);
	assert_int_equal(oriel_microphone_get_state(microphone), ORIEL_MICROPHONE_OPEN);
	assert_true(sound_wait_listed(NODE, true));
	oriel_microphone_destroy(microphone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_really_closed),
		cmocka_unit_test(test_tone),
		cmocka_unit_test(test_server_restarts),
	};

	return cmocka_run_group_tests(tests, sound_begin_group, sound_end_group);
}
