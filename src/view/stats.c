/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/stats.h"

#include <sys/resource.h>

#include <inttypes.h>

#include "base/time.h"

/* Each power of two has this many steps. */
#define PER_OCTAVE 16u
#define OCTAVE_SHIFT 4

static uint32_t step_of(uint64_t duration_ns)
{
	uint32_t octave, step;

	if (duration_ns < PER_OCTAVE)
		return (uint32_t)duration_ns;
	octave = 63 - (uint32_t)__builtin_clzll(duration_ns);
	step = (octave - OCTAVE_SHIFT + 1) * PER_OCTAVE +
	       (uint32_t)(duration_ns >> (octave - OCTAVE_SHIFT) & (PER_OCTAVE - 1));
	return step < ORIEL_STATS_STEPS ? step : ORIEL_STATS_STEPS - 1;
}

/* The longest duration that falls into step. */
static uint64_t end_of_step(uint32_t step)
{
	uint32_t shift = step / PER_OCTAVE - 1;

	if (step < PER_OCTAVE)
		return step;
	return (((uint64_t)PER_OCTAVE + step % PER_OCTAVE + 1) << shift) - 1;
}

void oriel_stats_spread_add_rt(struct oriel_stats_spread *spread, uint64_t duration_ns)
{
	spread->count++;
	spread->steps[step_of(duration_ns)]++;
	if (duration_ns > spread->max_ns)
		spread->max_ns = duration_ns;
}

uint64_t oriel_stats_spread_get_ns(const struct oriel_stats_spread *spread, uint32_t percent)
{
	uint64_t wanted = (spread->count * percent + 99) / 100, seen = 0;

	for (uint32_t i = 0; i < ORIEL_STATS_STEPS; i++) {
		seen += spread->steps[i];
		if (seen && seen >= wanted)
			return end_of_step(i) < spread->max_ns ? end_of_step(i) : spread->max_ns;
	}
	return 0;
}

static void write_spread(const struct oriel_stats_spread *spread, const char *name, FILE *file)
{
	static const uint32_t percents[] = {50, 90, 99};

	fprintf(file, ", \"%s\": {", name);
	for (size_t i = 0; i < sizeof percents / sizeof percents[0]; i++)
		fprintf(file, "\"p%u\": %.4f, ", percents[i],
			(double)oriel_stats_spread_get_ns(spread, percents[i]) /
				(double)ORIEL_NS_PER_MS);
	fprintf(file, "\"max\": %.4f}", (double)spread->max_ns / (double)ORIEL_NS_PER_MS);
}

/* Of so many frames. */
static double rate_of(const struct oriel_stats *stats, uint64_t frames)
{
	uint64_t span_ns = stats->last_frame_ns - stats->first_frame_ns;

	return frames > 1 && span_ns
		       ? (double)(frames - 1) * (double)ORIEL_NS_PER_S / (double)span_ns
		       : 0.0;
}

double oriel_stats_get_cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void write_sound(const struct oriel_audio_stats *sound, FILE *file)
{
	fprintf(file,
		", \"sound\": {\"latency_ms\": %.3f, \"speed_ppm\": %d, \"gaps\": %u, "
		"\"skips\": %u, \"late\": %u, \"lost\": %u}",
		sound->latency_us / 1e3, sound->speed_ppm, sound->gaps, sound->skips, sound->late,
		sound->lost);
}

void oriel_stats_write(const struct oriel_stats *stats, double cpu_seconds, FILE *file)
{
	const struct {
		const char *name;
		uint64_t value;
	} counts[] = {
		{"unique_frames", stats->unique_frames},
		{"cursor_updates", stats->cursor_updates},
		{"presents", stats->presents},
		{"skipped", stats->source.skipped},
		{"incomplete", stats->incomplete},
		{"rejected", stats->source.rejected},
		{"sessions", stats->source.sessions},
		{"display_switches", stats->display_switches},
		{"refreshes_missed", stats->refreshes_missed},
		{"bytes_copied", stats->bytes_copied},
		{"bytes_damaged", stats->bytes_damaged},
		{"recorded", stats->exports.recorded},
		{"recording_missed", stats->exports.recording_missed},
		{"recorded_bytes", stats->exports.recorded_bytes},
		{"shared", stats->exports.shared},
	};

	fprintf(file, "{\"display\": \"%s\", \"frames\": %" PRIu64,
		stats->display ? stats->display : "none", stats->frames);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		fprintf(file, ", \"%s\": %" PRIu64, counts[i].name, counts[i].value);
	fprintf(file, ", \"fps\": %.3f, \"ups\": %.3f, \"cpu_seconds\": %.4f",
		rate_of(stats, stats->frames), rate_of(stats, stats->unique_frames), cpu_seconds);
	write_spread(&stats->arrival, "arrival_latency_ms", file);
	write_spread(&stats->upload, "upload_latency_ms", file);
	write_spread(&stats->render, "render_latency_ms", file);
	write_spread(&stats->present, "present_latency_ms", file);
	write_spread(&stats->photon, "photon_latency_ms", file);
	write_spread(&stats->held, "held_ms", file);
	if (stats->has_sound)
		write_sound(&stats->sound, file);
	fprintf(file, "}\n");
}
