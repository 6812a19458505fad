/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sound between a real guest and a real PipeWire, through QEMU, SPICE and oriel-view in its
 * sandbox: what the guest plays is heard on a device, what a microphone hears reaches the guest, or
 * does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gio/gio.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/time.h"
#include "bed/machine.h"
#include "harness/sound/sound.h"
#include "spice/session.h"
#include "spice/sound.h"
#include "tests/bed/desk.h"
#include "tests/bed/parts.h"
#include "tests/remove_tree.h"
#include "tests/skip.h"
#include "view/sound.h"

#define BOOT_NS (120 * ORIEL_NS_PER_S)
#define COMMAND_NS (60 * ORIEL_NS_PER_S)

/* A packet of ten milliseconds that is left out turns it by a quarter. */
#define HZ 1025.0
#define PEAK 0.25
/* SPICE may pack sound with a codec that keeps a tone but not its samples. */
#define SLACK 0.1
#define MINUTE 60
/* Some ten turns of the tone: a gap of a millisecond takes a tenth of it away. */
#define WINDOW (SOUND_RATE_HZ / 100)
/* Half a millisecond of it; a crystal is off by far less within a window. */
#define JUMP (M_PI / 4)
#define TAP_S (MINUTE + 10)
/* More than a busy machine makes a packet late; the latency itself is not what is tested. */
#define LATENCY_MS 200

#define OTHER_SINK "test-other-sink"
/* Longer than a device is kept after the guest fell silent, unless it is kept for good. */
#define SILENCE_NS (7 * ORIEL_NS_PER_S)

#define VOICE_HZ 440.0
#define VOICE_PEAK 0.25

struct bed {
	char *obstacle; /* NULL: there is a guest, and a sound server */
	char *folder, *socket;
	int initramfs_fd;
	struct oriel_bed_machine *machine;
};

/* ---- the guest ------------------------------------------------------------------------------ */

static void tell(struct bed *bed, const char *command, const char *answer)
{
	g_autoptr(GError) error = NULL;

	if (!oriel_bed_machine_send(bed->machine, command, &error) ||
		!oriel_bed_machine_wait_line(
			bed->machine, answer, oriel_time_now_ns() + COMMAND_NS, NULL, &error))
		fail_msg("the guest did not answer '%s' to '%s': %s\n%s", answer, command,
			error->message, oriel_bed_machine_get_log(bed->machine));
}

static void start_tone(struct bed *bed)
{
	g_autofree char *command = g_strdup_printf("bed-sound play %g %g & tone=$!", HZ, PEAK);

	tell(bed, command, "PLAYING");
}

static void stop_tone(struct bed *bed)
{
	tell(bed, "kill $tone; wait $tone; echo STOPPED", "STOPPED");
}

static bool pack(struct bed *bed, const struct oriel_kernel *kernel, GError **error)
{
	/* The codec's driver first: nobody loads it when the card asks for it. The card's last:
	 * while a mixer of OSS comes to a card that comes itself, neither may find the other. */
	static const char *const modules[] = {
		"snd_hda_codec_generic", "snd_mixer_oss", "snd_pcm_oss", "snd_hda_intel", NULL};
	const char *const programs[] = {g_getenv("ORIEL_BED_SOUND"), NULL};

	bed->initramfs_fd = guest_pack(kernel, modules, programs, error);
	return bed->initramfs_fd >= 0;
}

static bool boot(struct bed *bed, const struct oriel_kernel *kernel, GError **error)
{
	static const char *const devices[] = {
		"VGA", "ich9-intel-hda", "hda-duplex,audiodev=sound", NULL};
	g_autofree char *spice =
		g_strdup_printf("unix=on,addr=%s,disable-ticketing=on", bed->socket);
	const struct oriel_bed_machine_plan plan = {
		.kernel = kernel,
		.devices = devices,
		.spice = spice,
		/* Looks more often than a packet lasts: of two at once, SPICE drops one. */
		.audio = "spice,id=sound,timer-period=3000",
		.initramfs_fd = bed->initramfs_fd,
		.shm_fd = -1,
		.memory_mb = 256,
		.cancel_fd = -1,
	};

	bed->machine = oriel_bed_machine_create(&plan, error);
	return bed->machine && oriel_bed_machine_wait_line(bed->machine, "BED-READY",
				       oriel_time_now_ns() + BOOT_NS, NULL, error);
}

static char *find_obstacle(struct oriel_kernel **ret_kernel)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");

	if (sound_find_obstacle())
		return g_strdup(sound_find_obstacle());
	if (!qemu)
		return g_strdup("qemu-system-x86_64 is not installed");
	*ret_kernel = oriel_kernel_find(g_getenv("ORIEL_BED_KERNEL"), &error);
	return *ret_kernel ? NULL : g_strdup(error->message);
}

static int begin(void **state)
{
	struct bed *bed = g_new0(struct bed, 1);
	struct oriel_kernel *kernel = NULL;
	g_autoptr(GError) error = NULL;
	bool good = true;

	*state = bed;
	signal(SIGPIPE, SIG_IGN);
	bed->initramfs_fd = -1;
	bed->obstacle = find_obstacle(&kernel);
	if (!bed->obstacle) {
		bed->folder = g_dir_make_tmp("oriel-bed-XXXXXX", NULL);
		bed->socket = g_build_filename(bed->folder, "spice", NULL);
		good = sound_start() && pack(bed, kernel, &error) && boot(bed, kernel, &error);
	}
	oriel_kernel_destroy(kernel);
	/* The kernel looks for the codec beside; it is silent until somebody turns it up. */
	if (good && !bed->obstacle)
		tell(bed,
			"until [ -e /dev/mixer ] && [ -e /dev/dsp ]; do sleep 0.1; done; "
			"bed-sound mix 100 100",
			"MIXED");
	if (!good)
		print_message("# %s\n", error ? error->message : "no sound server comes up");
	return good ? 0 : -1;
}

static int end(void **state)
{
	struct bed *bed = *state;

	oriel_bed_machine_destroy(bed->machine);
	oriel_fd_close(&bed->initramfs_fd);
	sound_stop();
	if (bed->folder)
		remove_tree(bed->folder);
	g_free(bed->folder);
	g_free(bed->socket);
	g_free(bed->obstacle);
	g_free(bed);
	return 0;
}

/* ---- the viewer ----------------------------------------------------------------------------- */

/* more: besides what all have, at most fifteen; ends with NULL. */
static void view(struct bed *bed, struct desk *desk, const char *const *more)
{
	const char *argv[32] = {g_getenv("ORIEL_BED_VIEW"), "--allow-root", "--config", "/dev/null",
		"--source", "test:320x240@5", "--log", "debug", "--spice", bed->socket,
		"--audio-device", SOUND_SINK, "--microphone-device", SOUND_MICROPHONE,
		"--audio-latency", G_STRINGIFY(LATENCY_MS)};
	size_t count = 16;

	while (*more)
		argv[count++] = *more++;
	desk_start_viewer(desk, argv);
	desk_wait_word(desk, "Connected to the SPICE server");
}

/* ---- hearing -------------------------------------------------------------------------------- */

static struct sound_ear *listen(double seconds)
{
	struct sound_ear *ear = sound_ear_open(SOUND_SINK, seconds);

	assert_non_null(ear);
	return ear;
}

static void wait_until_heard(const struct sound_ear *ear, size_t frames)
{
	uint64_t end_ns =
		oriel_time_now_ns() + COMMAND_NS + frames * ORIEL_NS_PER_S / SOUND_RATE_HZ;

	while (sound_ear_get_count(ear) < frames) {
		assert_true(oriel_time_now_ns() < end_ns);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 10 * ORIEL_NS_PER_MS);
	}
}

/* The tone in the next second, at its best: what a busy machine leaves out makes it less. */
static double hear_amplitude(const struct sound_ear *ear)
{
	size_t first = sound_ear_get_count(ear);
	double best = 0;

	wait_until_heard(ear, first + SOUND_RATE_HZ);
	for (size_t i = 0; i < SOUND_RATE_HZ / WINDOW; i++)
		best = fmax(best,
			sound_measure(sound_ear_get_samples(ear) + first + i * WINDOW, WINDOW, HZ)
				.amplitude);
	return best;
}

/* Until the tone has that amplitude; what was on its way before a change passes by meanwhile. */
static void expect_amplitude(const struct sound_ear *ear, double wanted)
{
	double heard = 0;

	for (int i = 0; i < 10; i++) {
		heard = hear_amplitude(ear);
		if (fabs(heard - wanted) <= SLACK * wanted + 1e-4)
			return;
	}
	fail_msg("the tone has %.5f, not %.5f", heard, wanted);
}

static double get_frequency(const float *samples, size_t count)
{
	size_t turns = 0, first = 0, last = 0;

	for (size_t i = 1; i < count; i++) {
		if (samples[i - 1] >= 0 || samples[i] < 0)
			continue;
		if (!turns++)
			first = i;
		last = i;
	}
	return turns < 2 ? 0 : (double)(turns - 1) * SOUND_RATE_HZ / (double)(last - first);
}

/* Where the tone is not what it was: missing for a millisecond, or gone on with a jump. */
static size_t count_breaks(const float *samples, size_t frames)
{
	size_t breaks = 0;
	double before = 0;

	for (size_t i = 0; i < frames / WINDOW; i++) {
		struct sound_tone tone = sound_measure(samples + i * WINDOW, WINDOW, HZ);
		double step = remainder(
			tone.phase - before - 2 * M_PI * HZ * WINDOW / SOUND_RATE_HZ, 2 * M_PI);

		breaks += tone.amplitude < PEAK * (1 - SLACK) || (i && fabs(step) > JUMP);
		before = tone.phase;
	}
	return breaks;
}

/* ---- a minute, and what came of it ---------------------------------------------------------- */

/* Beside the viewer's part, on the same session: the sound as it arrives. */
struct tap {
	float *samples;
	size_t count;
};

static void on_tap_started(void *data, const struct oriel_audio_format *format)
{
	assert_int_equal(format->rate_hz, SOUND_RATE_HZ);
	assert_int_equal(format->channels, 2);
}

static void on_tap_stopped(void *data)
{
}

static void on_tap_mixed(void *data, const float *amplitudes, uint32_t channels, bool mute)
{
}

static void on_tap_played(void *data, const int16_t *samples, size_t frames)
{
	struct tap *tap = data;

	for (size_t i = 0; i < frames && tap->count < TAP_S * SOUND_RATE_HZ; i++)
		tap->samples[tap->count++] = samples[2 * i] / 32768.0f;
}

static const struct oriel_spice_sound_events tap_events = {
	.started = on_tap_started,
	.stopped = on_tap_stopped,
	.mixed = on_tap_mixed,
};
static const struct oriel_spice_sound_listener tap_listener = {
	.playback = &tap_events,
	.played = on_tap_played,
};

static void on_told(void *data, const char *text)
{
	print_message("# told: %s\n", text);
}

static void on_microphone(void *data, enum oriel_microphone_state state)
{
}

static void turn_until_tapped(const struct tap *tap, size_t frames)
{
	uint64_t end_ns = oriel_time_now_ns() + COMMAND_NS + TAP_S * ORIEL_NS_PER_S;

	while (tap->count < frames) {
		assert_true(oriel_time_now_ns() < end_ns);
		g_main_context_iteration(NULL, TRUE);
	}
}

/* Plays until a minute has gone by, and some seconds before it; ear and tap hold what was heard. */
static void play_a_minute(struct bed *bed, struct tap *tap, struct oriel_audio_stats *ret_stats)
{
	const struct oriel_sound_setup setup = {
		.playback = {.name = "test", .device = SOUND_SINK, .latency_ms = LATENCY_MS},
		.told = on_told,
		.microphone_changed = on_microphone,
	};
	struct oriel_spice_session *session = oriel_spice_session_create(
		&(struct oriel_spice_setup){.address = bed->socket}, NULL);
	struct oriel_spice_sound *taps;
	struct oriel_sound *sound;

	assert_int_equal(oriel_sound_create(&sound, &setup, NULL), 0);
	oriel_sound_attach(sound, session);
	taps = oriel_spice_sound_create(session, &tap_listener, tap);
	oriel_spice_session_start(session);
	start_tone(bed);
	turn_until_tapped(tap, (MINUTE + 4) * SOUND_RATE_HZ);
	assert_true(oriel_sound_get_stats(sound, ret_stats));
	oriel_sound_destroy(sound);
	oriel_spice_sound_destroy(taps);
	oriel_spice_session_destroy(session);
	stop_tone(bed);
}

static void test_a_minute(void **state)
{
	const size_t frames = MINUTE * SOUND_RATE_HZ;
	struct bed *bed = *state;
	struct oriel_audio_stats stats;
	struct sound_tone tone;
	struct sound_ear *ear;
	struct tap tap = {0};
	size_t first, sent, heard;
	double hz;

	if (bed->obstacle)
		oriel_test_skip("%s", bed->obstacle);
	tap.samples = g_new0(float, TAP_S *SOUND_RATE_HZ);
	ear = listen(TAP_S + 20);
	play_a_minute(bed, &tap, &stats);
	assert_true(sound_ear_wait(ear, 0, (float)PEAK / 2, 1, &first));
	/* The first second is the guest's own. */
	first += SOUND_RATE_HZ;
	assert_true(sound_ear_get_count(ear) >= first + frames);
	sent = count_breaks(tap.samples + SOUND_RATE_HZ / 2, tap.count - SOUND_RATE_HZ / 2);
	heard = count_breaks(sound_ear_get_samples(ear) + first, frames);
	tone = sound_measure(sound_ear_get_samples(ear) + first, SOUND_RATE_HZ / 10, HZ);
	hz = get_frequency(sound_ear_get_samples(ear) + first, frames);
	print_message("# %.2f Hz, amplitude %.4f, purity %.4f; %zu breaks of %zu that came; %.1f "
		      "ms, %d ppm, %u gaps, %u late\n",
		hz, tone.amplitude, tone.purity, heard, sent, stats.latency_us / 1e3,
		stats.speed_ppm, stats.gaps, stats.late);
	sound_ear_close(ear);
	g_free(tap.samples);
	if (sent || stats.late)
		oriel_test_skip("a busy machine: the guest's own sound broke off %zu times, the "
				"sound server left out %u periods",
			sent, stats.late);
	assert_int_equal(stats.skips, 0);
	assert_int_equal(stats.lost, 0);
	assert_int_equal(stats.gaps, 0);
	assert_int_equal(heard, 0);
	assert_true(fabs(hz - HZ) < 1);
	assert_true(fabs(tone.amplitude - PEAK) < SLACK * PEAK);
	assert_true(tone.purity > 0.99);
}

/* ---- with the viewer ------------------------------------------------------------------------ */

/* Its mixer's control is in steps of a decibel, so half of it is half of 74 of them. */
static void test_volume(void **state)
{
	static const char *const more[] = {"--headless", "--stats", NULL};
	struct bed *bed = *state;
	g_autofree char *json = NULL;
	struct sound_ear *ear;
	struct desk desk;

	if (bed->obstacle)
		oriel_test_skip("%s", bed->obstacle);
	desk_init(&desk);
	view(bed, &desk, more);
	ear = listen(120);
	start_tone(bed);
	expect_amplitude(ear, PEAK);
	tell(bed, "bed-sound mix 50 100", "MIXED");
	expect_amplitude(ear, PEAK * pow(10, -37 / 20.0));
	tell(bed, "bed-sound mix 0 100", "MIXED");
	expect_amplitude(ear, 0);
	tell(bed, "bed-sound mix 100 100", "MIXED");
	expect_amplitude(ear, PEAK);
	json = desk_stop_viewer(&desk);
	stop_tone(bed);
	assert_non_null(strstr(json, "\"sound\": {\"latency_ms\": "));
	assert_null(strstr(json, "\"latency_ms\": 0.000"));
	sound_ear_close(ear);
	desk_finish(&desk);
}

/* Of two devices that which is asked for plays; it is kept while the guest is silent. */
static void test_device_kept(void **state)
{
	static const char *const more[] = {
		"--headless", "--audio", "persistent", "--audio-device", OTHER_SINK, NULL};
	struct bed *bed = *state;
	struct sound_ear *ear, *other;
	struct desk desk;

	if (bed->obstacle)
		oriel_test_skip("%s", bed->obstacle);
	desk_init(&desk);
	assert_true(sound_add_sink(OTHER_SINK));
	view(bed, &desk, more);
	other = listen(120);
	ear = sound_ear_open(OTHER_SINK, 120);
	assert_non_null(ear);
	start_tone(bed);
	expect_amplitude(ear, PEAK);
	assert_true(hear_amplitude(other) < PEAK / 1000);
	stop_tone(bed);
	desk_wait_word(&desk, "the guest is silent");
	oriel_time_sleep_until_ns(oriel_time_now_ns() + SILENCE_NS);
	start_tone(bed);
	desk_wait_word(&desk, "the guest plays");
	expect_amplitude(ear, PEAK);
	assert_null(strstr(desk.words->str, "streaming -> paused"));
	stop_tone(bed);
	sound_ear_close(ear);
	sound_ear_close(other);
	desk_finish(&desk);
}

static void test_device_let_go(void **state)
{
	static const char *const more[] = {"--headless", "--audio", "active", NULL};
	struct bed *bed = *state;
	struct sound_ear *ear;
	struct desk desk;

	if (bed->obstacle)
		oriel_test_skip("%s", bed->obstacle);
	desk_init(&desk);
	view(bed, &desk, more);
	ear = listen(120);
	start_tone(bed);
	desk_wait_word(&desk, "-> streaming");
	stop_tone(bed);
	desk_wait_word(&desk, "streaming -> paused");
	start_tone(bed);
	desk_wait_word(&desk, "-> streaming");
	expect_amplitude(ear, PEAK);
	stop_tone(bed);
	sound_ear_close(ear);
	desk_finish(&desk);
}

static void test_server_goes_and_comes(void **state)
{
	static const char *const more[] = {"--headless", NULL};
	struct bed *bed = *state;
	struct sound_ear *ear;
	struct desk desk;

	if (bed->obstacle)
		oriel_test_skip("%s", bed->obstacle);
	desk_init(&desk);
	view(bed, &desk, more);
	start_tone(bed);
	desk_wait_word(&desk, "-> streaming");
	sound_end();
	desk_wait_word(&desk, "the connection to PipeWire is gone");
	assert_true(sound_begin());
	desk_wait_word(&desk, "PipeWire is back");
	ear = listen(60);
	expect_amplitude(ear, PEAK);
	stop_tone(bed);
	sound_ear_close(ear);
	desk_finish(&desk);
}

/* ---- the microphone ------------------------------------------------------------------------- */

static void start_hearing(struct bed *bed)
{
	g_autofree char *command = g_strdup_printf("bed-sound record %g & ears=$!", VOICE_HZ);

	tell(bed, command, "HEARD ");
}

static void stop_hearing(struct bed *bed)
{
	tell(bed, "kill $ears; wait $ears; echo DEAF", "DEAF");
}

/* Until the guest hears the voice alone, or nothing at all. */
static void expect_voice(struct bed *bed, bool wanted)
{
	uint64_t end_ns = oriel_time_now_ns() + COMMAND_NS;
	double amplitude, purity;

	do {
		g_autofree char *line = NULL;

		assert_true(
			oriel_bed_machine_wait_line(bed->machine, "HEARD ", end_ns, &line, NULL));
		assert_int_equal(sscanf(line, "%lf %lf", &amplitude, &purity), 2);
	} while (wanted ? fabs(amplitude - VOICE_PEAK) > SLACK * VOICE_PEAK || purity < 0.98
			: amplitude > 0);
	print_message("# the guest hears %.4f, purity %.4f\n", amplitude, purity);
}

static void press(const char *keys)
{
	g_autofree char *line =
		g_strdup_printf("keydown Scroll_Lock key %s keyup Scroll_Lock", keys);

	desk_run_xdotool(line);
}

/* The red dot that says that the microphone is open, at the top of the window. */
static bool is_indicated(void)
{
	static const char *const argv[] = {
		"import", "-window", "root", "-crop", "320x80+0+0", "-depth", "8", "rgb:-", NULL};
	g_autofree uint8_t *pixels = NULL;
	gint status = -1;
	int red = 0;

	assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
		(char **)&pixels, NULL, &status, NULL));
	assert_int_equal(status, 0);
	for (int i = 0; i < 320 * 80; i++)
		red += abs(pixels[3 * i] - 230) < 3 && abs(pixels[3 * i + 1] - 41) < 3 &&
		       abs(pixels[3 * i + 2] - 41) < 3;
	return red > 60;
}

static void expect_indicator(bool wanted)
{
	uint64_t end_ns = oriel_time_now_ns() + COMMAND_NS;

	while (is_indicated() != wanted) {
		if (oriel_time_now_ns() > end_ns)
			fail_msg("the indicator is %s", wanted ? "missing" : "still there");
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 50 * ORIEL_NS_PER_MS);
	}
}

static bool has_tools(void)
{
	g_autofree char *xdotool = g_find_program_in_path("xdotool");
	g_autofree char *import = g_find_program_in_path("import");

	return xdotool && import;
}

/* Asked, allowed, switched off: the guest hears the voice just as long as it may. */
static void test_microphone(void **state)
{
	static const char *const more[] = {"--window", "x11", "--present", "soft", "--size",
		"320x240", "--title", "spoken", "--microphone", "prompt", NULL};
	struct bed *bed = *state;
	struct sound_mouth *mouth;
	struct desk desk;

	if (bed->obstacle)
		oriel_test_skip("%s", bed->obstacle);
	desk_init(&desk);
	if (!desk_start_display(&desk) || !has_tools()) {
		desk_finish(&desk);
		oriel_test_skip("Xvfb, xdotool or ImageMagick is not installed");
	}
	view(bed, &desk, more);
	desk_run_xdotool("mousemove --sync 100 200 search --sync --onlyvisible --name ^spoken$ "
			 "windowfocus --sync");
	desk_wait_word(&desk, "away -> free");
	mouth = sound_mouth_open(VOICE_HZ, VOICE_PEAK);
	assert_true(sound_link("test-mouth:output_FL", SOUND_MICROPHONE ":input_FL"));
	start_hearing(bed);
	desk_wait_word(&desk, "microphone: off -> asking");
	assert_int_equal(sound_find_listed("oriel-microphone"), 0);
	expect_voice(bed, false);
	expect_indicator(false);
	press("m");
	desk_wait_word(&desk, "microphone: asking -> open");
	assert_true(sound_wait_listed("oriel-microphone", true));
	expect_indicator(true);
	expect_voice(bed, true);
	press("m");
	desk_wait_word(&desk, "microphone: open -> refused");
	assert_true(sound_wait_listed("oriel-microphone", false));
	expect_indicator(false);
	expect_voice(bed, false);
	press("m");
	desk_wait_word(&desk, "microphone: refused -> open");
	press("n");
	desk_wait_word(&desk, "microphone: open -> refused");
	assert_true(sound_wait_listed("oriel-microphone", false));
	stop_hearing(bed);
	desk_wait_word(&desk, "microphone: refused -> off");
	sound_mouth_close(mouth);
	desk_finish(&desk);
}

/* What is not allowed by anybody is denied, and said. */
static void test_no_microphone(void **state)
{
	static const char *const more[] = {"--headless", NULL};
	struct bed *bed = *state;
	struct desk desk;

	if (bed->obstacle)
		oriel_test_skip("%s", bed->obstacle);
	desk_init(&desk);
	view(bed, &desk, more);
	start_hearing(bed);
	desk_wait_word(&desk, "microphone: off -> refused: the guest wants the microphone");
	assert_int_equal(sound_find_listed("oriel-microphone"), 0);
	expect_voice(bed, false);
	stop_hearing(bed);
	desk_finish(&desk);
}

/* "minute": that case alone, which lets nothing come between. */
int main(int argc, char *argv[])
{
	const struct CMUnitTest minute[] = {cmocka_unit_test(test_a_minute)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_volume),
		cmocka_unit_test(test_device_kept),
		cmocka_unit_test(test_device_let_go),
		cmocka_unit_test(test_microphone),
		cmocka_unit_test(test_no_microphone),
		cmocka_unit_test(test_server_goes_and_comes),
	};

	if (argc == 2 && !strcmp(argv[1], "minute")) {
		sound_come_first();
		return cmocka_run_group_tests(minute, begin, end);
	}
	return cmocka_run_group_tests(tests, begin, end);
}
