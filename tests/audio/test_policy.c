/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may hear the user: each state, and what leads out of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "audio/microphone.h"

/* A source that counts, and breaks when told to. */
static struct {
	struct oriel_audio_source source;
	struct oriel_audio_format format;
	int open, opened;
	bool refuses, breaks;
	uint32_t channels; /* as the volume has them */
	float last_amplitude;
	bool mute;
} fake;

static int open_fake(struct oriel_audio_source **ret_source,
	const struct oriel_audio_options *options, const struct oriel_audio_format *format,
	struct oriel_error *error)
{
	if (fake.refuses)
		return oriel_error_set(error, -ECONNREFUSED, "no sound server");
	fake.open++;
	fake.opened++;
	fake.format = *format;
	*ret_source = &fake.source;
	return 0;
}

static void close_fake(struct oriel_audio_source *source)
{
	assert_ptr_equal(source, &fake.source);
	fake.open--;
}

static int read_fake(struct oriel_audio_source *source, int16_t *ret_samples, size_t frames)
{
	assert_int_equal(fake.open, 1);
	return fake.breaks ? -EPIPE : 7;
}

static void set_volume_of_fake(
	struct oriel_audio_source *source, const float *amplitudes, uint32_t channels)
{
	fake.channels = channels;
	fake.last_amplitude = amplitudes[channels - 1];
}

static void set_mute_of_fake(struct oriel_audio_source *source, bool mute)
{
	fake.mute = mute;
}

static const struct oriel_audio_source_ops fake_ops = {
	.name = "fake",
	.open = open_fake,
	.close = close_fake,
	.read = read_fake,
	.set_volume = set_volume_of_fake,
	.set_mute = set_mute_of_fake,
};

/* What the window was told last. */
static struct {
	enum oriel_microphone_state state;
	char reason[128];
	int count;
} told;

static void note(void *data, enum oriel_microphone_state state, const char *reason)
{
	told.state = state;
	told.count++;
	strcpy(told.reason, reason ? reason : "");
	/* The indicator is right at every moment: recording and being told so are one. */
	assert_int_equal(fake.open, state == ORIEL_MICROPHONE_OPEN);
}

static const struct oriel_microphone_listener listener = {.state_changed = note};
static const struct oriel_audio_format stereo = {48000, 2}, mono = {44100, 1};

static struct oriel_microphone *make(enum oriel_microphone_policy policy)
{
	const struct oriel_microphone_options options = {.policy = policy, .ops = &fake_ops};
	struct oriel_microphone *microphone;

	memset(&fake, 0, sizeof fake);
	memset(&told, 0, sizeof told);
	microphone = oriel_microphone_create(&options, &listener, NULL);
	assert_non_null(microphone);
	assert_int_equal(oriel_microphone_get_state(microphone), ORIEL_MICROPHONE_OFF);
	return microphone;
}

static void assert_state(
	const struct oriel_microphone *microphone, enum oriel_microphone_state state)
{
	assert_int_equal(oriel_microphone_get_state(microphone), state);
	assert_int_equal(fake.open, state == ORIEL_MICROPHONE_OPEN);
	assert_int_equal(
		oriel_microphone_get_source(microphone) != NULL, state == ORIEL_MICROPHONE_OPEN);
}

static void test_deny(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_DENY);

	oriel_microphone_request(microphone, &stereo);
	assert_state(microphone, ORIEL_MICROPHONE_REFUSED);
	assert_non_null(strstr(told.reason, "deny"));
	oriel_microphone_allow(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_REFUSED);
	oriel_microphone_release(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_OFF);
	assert_int_equal(fake.opened, 0);
	oriel_microphone_destroy(microphone);
}

static void test_default_is_deny(void **state)
{
	const struct oriel_microphone_options nothing_set = {0};

	assert_int_equal(nothing_set.policy, ORIEL_MICROPHONE_DENY);
}

static void test_prompt_yes(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_PROMPT);

	oriel_microphone_request(microphone, &stereo);
	assert_state(microphone, ORIEL_MICROPHONE_ASKING);
	oriel_microphone_allow(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_OPEN);
	oriel_microphone_release(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_OFF);
	/* Asked once. */
	oriel_microphone_request(microphone, &stereo);
	assert_state(microphone, ORIEL_MICROPHONE_OPEN);
	oriel_microphone_destroy(microphone);
	assert_int_equal(fake.open, 0);
}

static void test_prompt_no(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_PROMPT);

	oriel_microphone_request(microphone, &stereo);
	oriel_microphone_refuse(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_REFUSED);
	oriel_microphone_release(microphone);
	/* A guest that asks again and again is not put through. */
	oriel_microphone_request(microphone, &stereo);
	assert_state(microphone, ORIEL_MICROPHONE_REFUSED);
	oriel_microphone_allow(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_OPEN);
	oriel_microphone_destroy(microphone);
}

static void test_release_while_asking(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_PROMPT);

	oriel_microphone_request(microphone, &stereo);
	oriel_microphone_release(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_OFF);
	/* The answer to a question that is gone opens nothing. */
	oriel_microphone_allow(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_OFF);
	oriel_microphone_destroy(microphone);
}

static void test_switch_off(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_ALLOW);
	int16_t samples[2];

	oriel_microphone_request(microphone, &stereo);
	assert_state(microphone, ORIEL_MICROPHONE_OPEN);
	assert_int_equal(oriel_microphone_read(microphone, samples, 1), 7);
	oriel_microphone_refuse(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_REFUSED);
	assert_int_equal(oriel_microphone_read(microphone, samples, 1), 0);
	oriel_microphone_release(microphone);
	oriel_microphone_request(microphone, &stereo);
	assert_state(microphone, ORIEL_MICROPHONE_REFUSED);
	oriel_microphone_destroy(microphone);
}

static void test_format_changes(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_ALLOW);

	oriel_microphone_request(microphone, &stereo);
	oriel_microphone_request(microphone, &stereo);
	assert_int_equal(fake.opened, 1);
	oriel_microphone_request(microphone, &mono);
	assert_state(microphone, ORIEL_MICROPHONE_OPEN);
	assert_int_equal(fake.opened, 2);
	assert_int_equal(fake.format.channels, 1);
	oriel_microphone_destroy(microphone);
}

static void test_cannot_open(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_ALLOW);

	fake.refuses = true;
	oriel_microphone_request(microphone, &stereo);
	assert_state(microphone, ORIEL_MICROPHONE_REFUSED);
	assert_string_equal(told.reason, "no sound server");
	/* Trying once more in vain is told of as well. */
	told.reason[0] = '\0';
	oriel_microphone_allow(microphone);
	assert_string_equal(told.reason, "no sound server");
	fake.refuses = false;
	oriel_microphone_allow(microphone);
	assert_state(microphone, ORIEL_MICROPHONE_OPEN);
	oriel_microphone_destroy(microphone);
}

static void test_breaks(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_ALLOW);
	int16_t samples[2];

	oriel_microphone_request(microphone, &stereo);
	fake.breaks = true;
	assert_int_equal(oriel_microphone_read(microphone, samples, 1), 0);
	assert_state(microphone, ORIEL_MICROPHONE_REFUSED);
	assert_non_null(strstr(told.reason, "sound server is gone"));
	oriel_microphone_destroy(microphone);
	oriel_microphone_destroy(NULL);
}

/* What the guest's mixer says counts for a source that is opened later, and for one that is. */
static void test_volume(void **state)
{
	struct oriel_microphone *microphone = make(ORIEL_MICROPHONE_ALLOW);

	oriel_microphone_set_volume(microphone, (const float[]){0.5f, 0.25f}, 2, true);
	oriel_microphone_request(microphone, &stereo);
	assert_true(fake.channels == 2 && fake.last_amplitude == 0.25f && fake.mute);
	oriel_microphone_set_volume(microphone, (const float[]){1.0f}, 1, false);
	assert_true(fake.channels == 1 && fake.last_amplitude == 1.0f && !fake.mute);
	oriel_microphone_destroy(microphone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deny),
		cmocka_unit_test(test_default_is_deny),
		cmocka_unit_test(test_prompt_yes),
		cmocka_unit_test(test_prompt_no),
		cmocka_unit_test(test_release_while_asking),
		cmocka_unit_test(test_switch_off),
		cmocka_unit_test(test_format_changes),
		cmocka_unit_test(test_cannot_open),
		cmocka_unit_test(test_breaks),
		cmocka_unit_test(test_volume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
