/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's sound on its way to the device, minutes of it, with both clocks made up here. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "audio/queue.h"

#define RATE_HZ 48000
#define PACKET 480
#define PERIOD 128
#define LATENCY_MS 10
#define START_NS 5e9

/* Two crystals, and how uneven what they drive is. */
struct world {
	struct oriel_audio_queue *queue;
	double guest_ppm, device_ppm;
	double jitter_ns;
	double stall_from_s, stall_s; /* the guest sends nothing, then all of it at once */

	uint32_t seed;
	uint64_t packets, periods;
	double owed; /* frames the resampler takes beyond whole ones */
	double speed;
	int16_t next;	  /* what the guest writes: 1, 2, 3 ... */
	int16_t expected; /* what the device has to hear next */
	uint32_t breaks;  /* times it heard something else, or silence */
	bool heard;
};

static const struct oriel_audio_format stereo = {RATE_HZ, 2};

static double get_random(struct world *world)
{
	world->seed = world->seed * 1664525 + 1013904223;
	return (world->seed >> 8) / (double)(1 << 24);
}

static int16_t after(int16_t value)
{
	return value == INT16_MAX ? 1 : (int16_t)(value + 1);
}

static double get_packet_ns(struct world *world, uint64_t packet)
{
	double ns = packet * (PACKET * 1e9 / RATE_HZ) / (1 + world->guest_ppm * 1e-6);
	double from = world->stall_from_s * 1e9;

	if (ns >= from && ns < from + world->stall_s * 1e9)
		return START_NS + from + world->stall_s * 1e9;
	return START_NS + ns;
}

static void send_packet(struct world *world, double now_ns)
{
	int16_t samples[PACKET * 2];

	for (int i = 0; i < PACKET; i++) {
		samples[2 * i] = samples[2 * i + 1] = world->next;
		world->next = after(world->next);
	}
	oriel_audio_queue_write(world->queue, samples, PACKET, (uint64_t)now_ns);
}

static void hear(struct world *world, int16_t sample)
{
	if (!sample && !world->heard)
		return;
	if (world->heard && sample != world->expected)
		world->breaks++;
	world->heard = true;
	world->expected = sample ? after(sample) : world->expected;
}

static void play_period(struct world *world, double now_ns)
{
	int16_t samples[PERIOD * 4];
	size_t frames;

	world->owed += PERIOD * world->speed;
	frames = (size_t)world->owed;
	world->owed -= (double)frames;
	world->speed = oriel_audio_queue_take_rt(world->queue, samples, frames, (uint64_t)now_ns);
	for (size_t i = 0; i < frames; i++) {
		assert_int_equal(samples[2 * i], samples[2 * i + 1]);
		hear(world, samples[2 * i]);
	}
}

/* Lets time pass until end_s, in the order in which things happen. */
static void run(struct world *world, double end_s)
{
	double late_ns = get_random(world) * world->jitter_ns;

	for (;;) {
		double packet_ns = get_packet_ns(world, world->packets) + late_ns;
		double period_ns = START_NS + world->periods * (PERIOD * 1e9 / RATE_HZ) /
						      (1 + world->device_ppm * 1e-6);

		if (fmin(packet_ns, period_ns) > START_NS + end_s * 1e9)
			return;
		if (packet_ns <= period_ns) {
			send_packet(world, packet_ns);
			world->packets++;
			late_ns = get_random(world) * world->jitter_ns;
		} else {
			play_period(world, period_ns);
			world->periods++;
		}
	}
}

static void begin(struct world *world, uint32_t latency_ms)
{
	world->queue = oriel_audio_queue_create(&stereo, latency_ms);
	assert_non_null(world->queue);
	world->seed = 1;
	world->speed = 1;
	world->next = 1;
	oriel_audio_queue_start(world->queue);
}

static struct oriel_audio_stats look(const struct world *world)
{
	struct oriel_audio_stats stats;

	oriel_audio_queue_get_stats(world->queue, &stats);
	return stats;
}

/* Two minutes: not a gap, the delay stays, and the speed is the crystals' difference. */
static void assert_steady(double guest_ppm, double device_ppm, double jitter_ns)
{
	struct world world = {
		.guest_ppm = guest_ppm, .device_ppm = device_ppm, .jitter_ns = jitter_ns};
	/* A packet and 2 ms are more than the latency asked for. */
	uint32_t wanted_us = 12000 + (uint32_t)(1.1e6 * PERIOD / RATE_HZ);
	struct oriel_audio_stats stats;

	/* What the unevenness takes has to be held. */
	wanted_us += (uint32_t)(jitter_ns / 1000);
	begin(&world, 12 + (uint32_t)(jitter_ns / 1e6));
	run(&world, 30);
	for (int second = 31; second <= 120; second++) {
		run(&world, second);
		stats = look(&world);
		assert_in_range(stats.latency_us, wanted_us - 500, wanted_us + 500);
		assert_in_range(stats.speed_ppm + 1000, 1000 + guest_ppm - device_ppm - 100,
			1000 + guest_ppm - device_ppm + 100);
	}
	assert_int_equal(stats.gaps, 0);
	assert_int_equal(stats.skips, 0);
	assert_int_equal(stats.lost, 0);
	assert_int_equal(stats.late, 0);
	assert_int_equal(world.breaks, 0);
	assert_true(world.heard);
	oriel_audio_queue_destroy(world.queue);
}

static void test_equal_clocks(void **state)
{
	assert_steady(0, 0, 0);
}

static void test_fast_guest(void **state)
{
	assert_steady(200, 0, 0);
}

static void test_slow_guest(void **state)
{
	assert_steady(-200, 0, 0);
}

static void test_both_drift(void **state)
{
	assert_steady(150, -50, 0);
}

static void test_uneven_arrival(void **state)
{
	assert_steady(200, 0, 3e6);
}

/* Without the speed the same two minutes run dry: the cases above cannot pass by luck. */
static void test_without_compensation(void **state)
{
	struct world world = {.guest_ppm = -200};

	begin(&world, LATENCY_MS);
	for (int i = 1; i < 120 * RATE_HZ / PERIOD; i++) {
		run(&world, i * (double)PERIOD / RATE_HZ);
		world.speed = 1;
		world.owed = 0;
	}
	assert_true(look(&world).gaps > 0);
	assert_true(world.breaks > 0);
	oriel_audio_queue_destroy(world.queue);
}

/* A guest that stands still costs one gap, and no delay afterwards. */
static void test_stall(void **state)
{
	struct world world = {.stall_from_s = 10, .stall_s = 0.5};
	struct oriel_audio_stats stats;

	begin(&world, LATENCY_MS);
	run(&world, 9);
	assert_int_equal(look(&world).gaps, 0);
	run(&world, 11);
	assert_in_range(look(&world).gaps, 1, 2);
	run(&world, 60);
	stats = look(&world);
	assert_in_range(stats.gaps, 1, 2);
	assert_in_range(stats.latency_us, 14000, 16000);
	oriel_audio_queue_destroy(world.queue);
}

/* A device that stands still breaks the sound once, and no delay stays. */
static void test_device_stalls(void **state)
{
	struct world world = {0};

	begin(&world, LATENCY_MS);
	run(&world, 5);
	world.periods += 8;
	run(&world, 5.1);
	assert_in_range(look(&world).latency_us, 14500, 15500);
	run(&world, 60);
	assert_in_range(look(&world).latency_us, 14500, 15500);
	assert_int_equal(look(&world).late, 1);
	assert_int_equal(look(&world).gaps, 0);
	assert_int_equal(look(&world).skips, 0);
	assert_int_equal(world.breaks, 1);
	oriel_audio_queue_destroy(world.queue);
}

/* A sound shorter than the delay is heard whole. */
static void test_short_sound(void **state)
{
	struct world world = {0};

	begin(&world, 50);
	send_packet(&world, START_NS);
	oriel_audio_queue_stop(world.queue);
	for (int i = 1; i < 100; i++)
		play_period(&world, START_NS + i * 1e9 * PERIOD / RATE_HZ);
	assert_int_equal(world.expected, PACKET + 1);
	assert_int_equal(look(&world).gaps, 0);
	oriel_audio_queue_destroy(world.queue);
}

/* Silent again after the guest stopped, without counting a gap; sound again after the next start.
 */
static void test_stop_and_start(void **state)
{
	struct world world = {0};
	int16_t samples[PERIOD * 2];

	begin(&world, LATENCY_MS);
	run(&world, 2);
	oriel_audio_queue_stop(world.queue);
	send_packet(&world, START_NS + 2e9);
	for (int i = 1; i < 100; i++)
		oriel_audio_queue_take_rt(world.queue, samples, PERIOD,
			(uint64_t)(START_NS + 2e9 + i * 1e9 * PERIOD / RATE_HZ));
	for (int i = 0; i < PERIOD * 2; i++)
		assert_int_equal(samples[i], 0);
	assert_int_equal(look(&world).gaps, 0);
	oriel_audio_queue_start(world.queue);
	world.heard = false;
	world.packets = world.packets + 100;
	world.periods = world.periods + 100 * PACKET / PERIOD;
	run(&world, 5);
	assert_true(world.heard);
	assert_int_equal(world.breaks, 0);
	oriel_audio_queue_destroy(world.queue);
}

/* Nobody takes: packets are refused, never written over what is being read. */
static void test_full(void **state)
{
	struct world world = {0};

	begin(&world, LATENCY_MS);
	for (int i = 0; i < 1000; i++)
		send_packet(&world, START_NS + i * 1e7);
	assert_true(look(&world).lost > 0);
	for (int i = 0; i < 20; i++)
		play_period(&world, START_NS + 2.73e9 + i * 1e9 * PERIOD / RATE_HZ);
	assert_true(world.heard);
	oriel_audio_queue_destroy(world.queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_clocks),
		cmocka_unit_test(test_fast_guest),
		cmocka_unit_test(test_slow_guest),
		cmocka_unit_test(test_both_drift),
		cmocka_unit_test(test_uneven_arrival),
		cmocka_unit_test(test_without_compensation),
		cmocka_unit_test(test_stall),
		cmocka_unit_test(test_device_stalls),
		cmocka_unit_test(test_short_sound),
		cmocka_unit_test(test_stop_and_start),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
