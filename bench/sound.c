/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the way of the guest's sound adds: from its arrival here to the device playing it. */
#include <stdlib.h>
#include <string.h>

#include "audio/audio.h"
#include "base/time.h"
#include "harness/sound/sound.h"
#include "measure.h"
#include "process.h"
#include "samples.h"

#define PACKET 480
#define PACKET_NS (10 * ORIEL_NS_PER_MS)
/* One click in so many packets. */
#define CLICK_EVERY 30
#define CLICK_AFTER_S 2
#define LOUD 0.2f

static const uint32_t latencies_ms[] = {10, 13, 15, 20};

struct talk {
	struct oriel_audio_sink *sink;
	struct sound_ear *ear;
	struct bench_samples delays_ms;
	uint64_t click_ns; /* when the last one was handed over; 0: none to look for */
	size_t looked;	   /* frames of the ear already searched */
};

/* The newest frame of a packet is a click on every channel. */
static void speak(struct talk *talk, bool click)
{
	int16_t samples[PACKET * 2] = {0};
	uint64_t now_ns = oriel_time_now_ns();

	for (int i = 2 * PACKET - 8; click && i < 2 * PACKET; i++)
		samples[i] = INT16_MAX;
	if (click)
		talk->click_ns = now_ns;
	talk->sink->ops->write(talk->sink, samples, PACKET, now_ns);
}

static void listen(struct talk *talk)
{
	const float *samples = sound_ear_get_samples(talk->ear);
	size_t count = sound_ear_get_count(talk->ear);

	for (; talk->looked < count; talk->looked++) {
		if (!talk->click_ns || samples[talk->looked] < LOUD)
			continue;
		bench_samples_add(
			&talk->delays_ms, ((double)sound_ear_get_time_ns(talk->ear, talk->looked) -
						  (double)talk->click_ns) /
						  1e6);
		talk->click_ns = 0;
	}
}

static void run_talk(struct talk *talk, uint32_t seconds)
{
	uint64_t start_ns = oriel_time_now_ns();
	uint32_t packets = seconds * 100;

	for (uint32_t i = 0; i < packets; i++) {
		oriel_time_sleep_until_ns(start_ns + i * PACKET_NS);
		speak(talk, i >= CLICK_AFTER_S * 100 && i % CLICK_EVERY == 0);
		listen(talk);
	}
}

static void measure(struct bench_run *run, uint32_t latency_ms)
{
	const struct oriel_audio_options options = {
		.name = "bench", .device = SOUND_SINK, .latency_ms = latency_ms};
	const struct oriel_audio_format format = {SOUND_RATE_HZ, 2};
	uint32_t seconds = run->quick ? 6 : 20;
	struct oriel_audio_stats stats;
	struct oriel_error error = {0};
	struct talk talk = {0};

	talk.ear = sound_ear_open(SOUND_SINK, seconds + 5);
	if (!talk.ear || oriel_audio_sink_pipewire.create(&talk.sink, &options, &error) < 0 ||
		talk.sink->ops->start(talk.sink, &format, &error) < 0)
		bench_die("cannot play on a sound server of our own: %s", error.message);
	run_talk(&talk, seconds);
	talk.sink->ops->get_stats(talk.sink, &stats);
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&talk.delays_ms),
			.unit = "ms",
			.spread = bench_samples_get_spread(&talk.delays_ms)},
		"sound, profile of %u ms", latency_ms);
	bench_table_add(run->table, (struct bench_row){.value = stats.gaps, .unit = "times"},
		"- its gaps in %u s", seconds);
	bench_table_add(run->table, (struct bench_row){.value = stats.late, .unit = "times"},
		"- periods the server left out");
	bench_samples_finish(&talk.delays_ms);
	talk.sink->ops->destroy(talk.sink);
	sound_ear_close(talk.ear);
}

void bench_measure_sound(struct bench_run *run)
{
	const char *obstacle = sound_find_obstacle();

	if (obstacle) {
		bench_table_skip(run->table, "sound", obstacle);
		return;
	}
	if (!sound_start())
		bench_die("cannot start a sound server of our own");
	for (size_t i = 0; i < sizeof latencies_ms / sizeof *latencies_ms; i++)
		measure(run, latencies_ms[i]);
	sound_stop();
}
