/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's tone on a PipeWire device, heard there. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "audio/audio.h"
#include "base/time.h"
#include "harness/sound/sound.h"
#include "skip.h"

#define HZ 1000.0
#define AMPLITUDE 0.5
#define PACKET 480
#define PACKET_NS (10 * ORIEL_NS_PER_MS)
/* More than a busy machine makes a packet late; the latency itself is not what is tested. */
#define LATENCY_MS 200
/* A tone that broke is off by more; rounding to 16 bit by less. */
#define BROKEN 0.01

static const struct oriel_audio_sink_ops *const ops = &oriel_audio_sink_pipewire;
static const struct oriel_audio_format stereo = {SOUND_RATE_HZ, 2};

/* The guest: a tone, packet by packet, with a crystal of its own. */
struct guest {
	struct oriel_audio_sink *sink;
	double ppm;
	uint64_t start_ns, packets, frames;
};

static void speak(struct guest *guest, double seconds)
{
	uint64_t end = guest->packets + (uint64_t)(seconds * 1e9 / PACKET_NS);
	int16_t samples[PACKET * 2];

	if (!guest->start_ns)
		guest->start_ns = oriel_time_now_ns();
	for (; guest->packets < end; guest->packets++) {
		for (int i = 0; i < PACKET; i++, guest->frames++)
			samples[2 * i] = samples[2 * i + 1] = (int16_t)lrint(
				AMPLITUDE * INT16_MAX *
				sin(2 * M_PI * HZ / SOUND_RATE_HZ * (guest->frames % 48)));
		oriel_time_sleep_until_ns(guest->start_ns + (uint64_t)(guest->packets * PACKET_NS /
								       (1 + guest->ppm * 1e-6)));
		ops->write(guest->sink, samples, PACKET, oriel_time_now_ns());
	}
}

static struct oriel_audio_sink *make_sink(bool persistent)
{
	const struct oriel_audio_options options = {.name = "Test machine",
		.device = SOUND_SINK,
		.latency_ms = LATENCY_MS,
		.persistent = persistent};
	struct oriel_audio_sink *sink;
	struct oriel_error error = {0};

	if (ops->create(&sink, &options, &error) < 0)
		fail_msg("%s", error.message);
	return sink;
}

static void begin(struct guest *guest)
{
	struct oriel_error error = {0};

	if (ops->start(guest->sink, &stereo, &error) < 0)
		fail_msg("%s", error.message);
	guest->start_ns = 0;
	guest->packets = 0;
}

/* What the ear heard in the last seconds. */
static struct sound_tone judge(const struct sound_ear *ear, double seconds, double hz)
{
	size_t count = sound_ear_get_count(ear);
	size_t wanted = (size_t)(seconds * SOUND_RATE_HZ);

	assert_true(count >= wanted);
	return sound_measure(sound_ear_get_samples(ear) + count - wanted, wanted, hz);
}

/* A minute, and some seconds before it, with a guest whose crystal is 200 ppm fast. */
static void test_minute(void **state)
{
	struct guest guest = {.sink = make_sink(false), .ppm = 200};
	struct sound_ear *ear;
	struct oriel_audio_stats early, late;
	struct sound_tone tone;
	double worst;
	size_t first;

	if (sound_find_obstacle())
		oriel_test_skip("%s", sound_find_obstacle());
	ear = sound_ear_open(SOUND_SINK, 80);
	assert_non_null(ear);
	begin(&guest);
	speak(&guest, 5);
	assert_true(sound_ear_wait(ear, 0, 0.4f, 1, &first));
	speak(&guest, 15);
	ops->get_stats(guest.sink, &early);
	speak(&guest, 44);
	ops->get_stats(guest.sink, &late);
	worst = judge(ear, 60, HZ).worst;
	/* Played in step with the guest, its tone is 0.2 Hz higher here. */
	tone = judge(ear, 1, HZ * (1 + 200e-6));
	print_message("# amplitude %.4f, purity %.5f, worst step %.5f; %d ppm; %.1f ms, then "
		      "%.1f ms; %u gaps, %u late periods\n",
		tone.amplitude, tone.purity, worst, late.speed_ppm, early.latency_us * 1e-3,
		late.latency_us * 1e-3, late.gaps, late.late);
	assert_int_equal(late.gaps, 0);
	assert_int_equal(late.skips, 0);
	assert_int_equal(late.lost, 0);
	sound_ear_close(ear);
	ops->destroy(guest.sink);
	/* Not even the device was steady, so what it played proves nothing. */
	if (late.late)
		oriel_test_skip("a busy machine: the sound server left out %u periods", late.late);
	assert_true(worst < BROKEN);
	assert_true(fabs(tone.amplitude - AMPLITUDE) < 0.01);
	assert_true(tone.purity > 0.99);
	assert_in_range(late.speed_ppm, 50, 350);
	assert_in_range(late.latency_us, early.latency_us - 10000, early.latency_us + 10000);
}

/* Amplitude heard while speaking on: the best of some windows, since periods that a busy machine
 * left out make it less in others, never more. */
static double listen(struct guest *guest, const struct sound_ear *ear)
{
	const size_t window = SOUND_RATE_HZ / 20;
	double best = 0;
	size_t count;

	speak(guest, 1.5);
	count = sound_ear_get_count(ear);
	assert_true(count >= 10 * window);
	for (size_t i = 1; i <= 10; i++)
		best = fmax(best,
			sound_measure(sound_ear_get_samples(ear) + count - i * window, window, HZ)
				.amplitude);
	return best;
}

static void test_volume(void **state)
{
	struct guest guest = {.sink = make_sink(false)};
	struct sound_ear *ear;
	size_t first;

	if (sound_find_obstacle())
		oriel_test_skip("%s", sound_find_obstacle());
	ear = sound_ear_open(SOUND_SINK, 30);
	assert_non_null(ear);
	/* Before there is a stream ... */
	ops->set_volume(guest.sink, (const float[]){0.5f, 0.5f}, 2);
	begin(&guest);
	speak(&guest, 4);
	assert_true(sound_ear_wait(ear, 0, 0.1f, 1, &first));
	assert_true(fabs(listen(&guest, ear) - AMPLITUDE / 2) < 0.01);
	/* ... and while it plays. */
	ops->set_volume(guest.sink, (const float[]){1, 1}, 2);
	assert_true(fabs(listen(&guest, ear) - AMPLITUDE) < 0.01);
	ops->set_mute(guest.sink, true);
	assert_true(listen(&guest, ear) < 1e-6);
	ops->set_mute(guest.sink, false);
	assert_true(fabs(listen(&guest, ear) - AMPLITUDE) < 0.01);
	sound_ear_close(ear);
	ops->destroy(guest.sink);
}

/* After destroy() nothing of it is left at the server. */
static void test_gone(void **state)
{
	struct guest guest = {.sink = make_sink(false)};

	if (sound_find_obstacle())
		oriel_test_skip("%s", sound_find_obstacle());
	begin(&guest);
	speak(&guest, 1);
	assert_true(sound_wait_listed("oriel-sound", true));
	ops->destroy(guest.sink);
	assert_true(sound_wait_listed("oriel-sound", false));
}

/* The server goes in the middle of a sound and comes back: the next start plays again. */
static void test_server_restarts(void **state)
{
	struct guest guest = {.sink = make_sink(false)};
	struct oriel_error error = {0};
	struct sound_ear *ear;
	size_t first;

	if (sound_find_obstacle())
		oriel_test_skip("%s", sound_find_obstacle());
	begin(&guest);
	speak(&guest, 1);
	sound_stop();
	speak(&guest, 1);
	ops->stop(guest.sink);
	assert_true(ops->start(guest.sink, &stereo, &error) < 0);
	assert_non_null(strstr(error.message, "PipeWire"));
	assert_true(sound_start());
	ear = sound_ear_open(SOUND_SINK, 30);
	assert_non_null(ear);
	begin(&guest);
	speak(&guest, 5);
	assert_true(sound_ear_wait(ear, 0, 0.4f, 1, &first));
	sound_ear_close(ear);
	ops->destroy(guest.sink);
}

static void test_wrong_format(void **state)
{
	struct oriel_audio_sink *sink = make_sink(false);
	struct oriel_error error = {0};

	assert_int_equal(ops->start(sink, &(struct oriel_audio_format){48000, 0}, &error), -22);
	assert_non_null(strstr(error.message, "channels"));
	assert_int_equal(ops->start(sink, &(struct oriel_audio_format){1, 2}, &error), -22);
	/* Before a start that went well, all of these are without effect. */
	ops->write(sink, (const int16_t[2]){0}, 1, oriel_time_now_ns());
	ops->stop(sink);
	ops->destroy(sink);
	ops->destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_format),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_volume),
		cmocka_unit_test(test_minute),
		cmocka_unit_test(test_server_restarts),
	};

	sound_come_first();
	return cmocka_run_group_tests(tests, sound_begin_group, sound_end_group);
}
