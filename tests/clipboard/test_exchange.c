/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exchange of the clipboard: what crosses, which way, how much, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "clipboard/clipboard.h"

#define LIMIT_BYTES 1000u

/* An end that writes down what it is told. */
struct end {
	unsigned int offers, fetches;
	uint32_t offered;
	enum oriel_clipboard_format fetched;
};

struct bed {
	struct oriel_clipboard *clipboard;
	struct end ends[ORIEL_CLIPBOARD_SIDES];
	char remark[256];
	unsigned int remarks, answers;
	bool is_empty; /* the last answer */
	char got[64];
	struct oriel_clipboard *asks_again; /* from within an answer */
};

static void take_offer(void *data, uint32_t formats)
{
	struct end *end = data;

	end->offers++;
	end->offered = formats;
}

static void fetch(void *data, enum oriel_clipboard_format format)
{
	struct end *end = data;

	end->fetches++;
	end->fetched = format;
}

static const struct oriel_clipboard_end recorder = {take_offer, fetch};

static void on_remark(void *data, const char *text)
{
	struct bed *bed = data;

	bed->remarks++;
	g_strlcpy(bed->remark, text, sizeof bed->remark);
}

static void on_answer(void *data, GBytes *bytes)
{
	struct bed *bed = data;

	bed->answers++;
	bed->is_empty = !bytes;
	if (bytes)
		g_snprintf(bed->got, sizeof bed->got, "%.*s", (int)g_bytes_get_size(bytes),
			(const char *)g_bytes_get_data(bytes, NULL));
	if (bed->asks_again)
		oriel_clipboard_request(g_steal_pointer(&bed->asks_again), ORIEL_CLIPBOARD_DESKTOP,
			ORIEL_CLIPBOARD_TEXT, on_answer, bed);
}

static void make(struct bed *bed, enum oriel_clipboard_ways ways)
{
	*bed = (struct bed){0};
	bed->clipboard = oriel_clipboard_create(
		&(struct oriel_clipboard_setup){ways, LIMIT_BYTES, on_remark, bed});
	for (int i = 0; i < ORIEL_CLIPBOARD_SIDES; i++)
		oriel_clipboard_attach(
			bed->clipboard, (enum oriel_clipboard_side)i, &recorder, &bed->ends[i]);
}

static void deliver(
	struct bed *bed, enum oriel_clipboard_format format, const char *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new(data, size);

	oriel_clipboard_deliver(bed->clipboard, ORIEL_CLIPBOARD_GUEST, format, bytes);
}

static void paste(struct bed *bed, enum oriel_clipboard_format format)
{
	oriel_clipboard_request(bed->clipboard, ORIEL_CLIPBOARD_DESKTOP, format, on_answer, bed);
}

/* The guest offers and the desktop pastes. */
static void paste_offered(struct bed *bed, enum oriel_clipboard_format format)
{
	oriel_clipboard_offer(bed->clipboard, ORIEL_CLIPBOARD_GUEST, 1u << format);
	paste(bed, format);
}

/* ---- the cases ------------------------------------------------------------------------------- */

static void test_only_a_paste_fetches(void **state)
{
	struct bed bed;

	make(&bed, ORIEL_CLIPBOARD_BOTH);
	oriel_clipboard_offer(bed.clipboard, ORIEL_CLIPBOARD_GUEST, 1u << ORIEL_CLIPBOARD_TEXT);
	assert_int_equal(bed.ends[ORIEL_CLIPBOARD_DESKTOP].offered, 1u << ORIEL_CLIPBOARD_TEXT);
	assert_int_equal(bed.ends[ORIEL_CLIPBOARD_GUEST].fetches, 0);
	paste(&bed, ORIEL_CLIPBOARD_TEXT);
	paste(&bed, ORIEL_CLIPBOARD_TEXT);
	assert_int_equal(bed.ends[ORIEL_CLIPBOARD_GUEST].fetches, 1);
	deliver(&bed, ORIEL_CLIPBOARD_TEXT, "words", 5);
	assert_int_equal(bed.answers, 2);
	assert_string_equal(bed.got, "words");
	deliver(&bed, ORIEL_CLIPBOARD_TEXT, "unasked", 7);
	assert_int_equal(bed.answers, 2);
	assert_int_equal(bed.remarks, 0);
	oriel_clipboard_destroy(bed.clipboard);
}

static void test_ways(void **state)
{
	static const struct {
		enum oriel_clipboard_ways ways;
		bool to_guest, to_host;
	} rows[] = {
		{ORIEL_CLIPBOARD_OFF, false, false},
		{ORIEL_CLIPBOARD_TO_GUEST, true, false},
		{ORIEL_CLIPBOARD_TO_HOST, false, true},
		{ORIEL_CLIPBOARD_BOTH, true, true},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bed bed;

		make(&bed, rows[i].ways);
		oriel_clipboard_offer(
			bed.clipboard, ORIEL_CLIPBOARD_DESKTOP, 1u << ORIEL_CLIPBOARD_PNG);
		assert_int_equal(bed.ends[ORIEL_CLIPBOARD_GUEST].offers, rows[i].to_guest);
		paste_offered(&bed, ORIEL_CLIPBOARD_PNG);
		assert_int_equal(bed.ends[ORIEL_CLIPBOARD_DESKTOP].offers, rows[i].to_host);
		assert_int_equal(bed.ends[ORIEL_CLIPBOARD_GUEST].fetches, rows[i].to_host);
		assert_int_equal(bed.answers, !rows[i].to_host);
		oriel_clipboard_destroy(bed.clipboard);
		assert_int_equal(bed.answers, 1);
	}
}

/* What the guest took over, the desktop no longer has, whatever the ways. */
static void test_the_last_one_to_copy_has_it(void **state)
{
	struct bed bed;

	make(&bed, ORIEL_CLIPBOARD_TO_GUEST);
	oriel_clipboard_offer(bed.clipboard, ORIEL_CLIPBOARD_DESKTOP, 1u << ORIEL_CLIPBOARD_TEXT);
	oriel_clipboard_offer(bed.clipboard, ORIEL_CLIPBOARD_GUEST, 1u << ORIEL_CLIPBOARD_TEXT);
	oriel_clipboard_request(
		bed.clipboard, ORIEL_CLIPBOARD_GUEST, ORIEL_CLIPBOARD_TEXT, on_answer, &bed);
	assert_true(bed.answers == 1 && bed.is_empty);
	assert_int_equal(bed.ends[ORIEL_CLIPBOARD_DESKTOP].fetches, 0);
	oriel_clipboard_destroy(bed.clipboard);
}

static void test_too_large(void **state)
{
	char large[LIMIT_BYTES + 1];
	struct bed bed;

	memset(large, 'a', sizeof large);
	make(&bed, ORIEL_CLIPBOARD_BOTH);
	paste_offered(&bed, ORIEL_CLIPBOARD_TEXT);
	deliver(&bed, ORIEL_CLIPBOARD_TEXT, large, sizeof large);
	assert_true(bed.answers == 1 && bed.is_empty && bed.remarks == 1);
	assert_non_null(strstr(bed.remark, "--clipboard-limit"));
	paste_offered(&bed, ORIEL_CLIPBOARD_TEXT);
	deliver(&bed, ORIEL_CLIPBOARD_TEXT, large, LIMIT_BYTES);
	assert_true(bed.answers == 2 && !bed.is_empty && bed.remarks == 1);
	oriel_clipboard_destroy(bed.clipboard);
}

static void test_contents_that_are_not_what_they_claim(void **state)
{
	static const struct {
		enum oriel_clipboard_format format;
		const char *data;
		size_t size;
		bool is_good;
	} rows[] = {
		{ORIEL_CLIPBOARD_TEXT, "a\0b", 3, false},
		{ORIEL_CLIPBOARD_TEXT, "\xff\xfe", 2, false},
		{ORIEL_CLIPBOARD_TEXT, "", 0, false},
		{ORIEL_CLIPBOARD_TEXT, "\xc3\xbc", 2, true},
		{ORIEL_CLIPBOARD_PNG, "\x89PNG\r\n\x1a\n.", 9, true},
		{ORIEL_CLIPBOARD_PNG, "\x89PNG\r\n\x1a", 7, false},
		{ORIEL_CLIPBOARD_PNG, "GIF89a....", 10, false},
		{ORIEL_CLIPBOARD_BMP, "BM.", 3, true},
		{ORIEL_CLIPBOARD_TIFF, "MM\0*", 4, true},
		{ORIEL_CLIPBOARD_TIFF, "II*\0", 4, true},
		{ORIEL_CLIPBOARD_TIFF, "IM*\0", 4, false},
		{ORIEL_CLIPBOARD_JPEG, "\xff\xd8\xff\xe0", 4, true},
		{ORIEL_CLIPBOARD_JPEG, "#!/bin/sh", 9, false},
	};
	struct bed bed;

	make(&bed, ORIEL_CLIPBOARD_BOTH);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bed.remarks = 0;
		paste_offered(&bed, rows[i].format);
		deliver(&bed, rows[i].format, rows[i].data, rows[i].size);
		assert_int_equal(bed.answers, i + 1);
		assert_int_equal(bed.is_empty, !rows[i].is_good);
		assert_int_equal(bed.remarks, !rows[i].is_good);
	}
	oriel_clipboard_destroy(bed.clipboard);
}

/* A new offer, an end that goes, and the end of all answer those who wait. */
static void test_nobody_waits_for_ever(void **state)
{
	struct bed bed;

	make(&bed, ORIEL_CLIPBOARD_BOTH);
	paste_offered(&bed, ORIEL_CLIPBOARD_TEXT);
	oriel_clipboard_offer(bed.clipboard, ORIEL_CLIPBOARD_GUEST, 1u << ORIEL_CLIPBOARD_PNG);
	assert_true(bed.answers == 1 && bed.is_empty);
	paste(&bed, ORIEL_CLIPBOARD_PNG);
	oriel_clipboard_attach(bed.clipboard, ORIEL_CLIPBOARD_GUEST, NULL, NULL);
	assert_true(bed.answers == 2 && bed.is_empty);
	paste(&bed, ORIEL_CLIPBOARD_PNG);
	assert_true(bed.answers == 3 && bed.is_empty);
	oriel_clipboard_attach(
		bed.clipboard, ORIEL_CLIPBOARD_GUEST, &recorder, &bed.ends[ORIEL_CLIPBOARD_GUEST]);
	paste_offered(&bed, ORIEL_CLIPBOARD_TEXT);
	oriel_clipboard_destroy(bed.clipboard);
	assert_true(bed.answers == 4 && bed.is_empty);
}

/* Who asks again from within an answer waits for the next content, and is not answered twice. */
static void test_asking_from_within_an_answer(void **state)
{
	struct bed bed;

	make(&bed, ORIEL_CLIPBOARD_BOTH);
	bed.asks_again = bed.clipboard;
	paste_offered(&bed, ORIEL_CLIPBOARD_TEXT);
	deliver(&bed, ORIEL_CLIPBOARD_TEXT, "one", 3);
	assert_int_equal(bed.answers, 1);
	assert_int_equal(bed.ends[ORIEL_CLIPBOARD_GUEST].fetches, 2);
	deliver(&bed, ORIEL_CLIPBOARD_TEXT, "two", 3);
	assert_int_equal(bed.answers, 2);
	assert_string_equal(bed.got, "two");
	oriel_clipboard_destroy(bed.clipboard);
}

static void test_forgotten(void **state)
{
	struct bed bed;

	make(&bed, ORIEL_CLIPBOARD_BOTH);
	paste_offered(&bed, ORIEL_CLIPBOARD_TEXT);
	oriel_clipboard_forget(bed.clipboard, &bed);
	deliver(&bed, ORIEL_CLIPBOARD_TEXT, "words", 5);
	oriel_clipboard_destroy(bed.clipboard);
	assert_int_equal(bed.answers, 0);
}

/* An end that comes later hears of what there is. */
static void test_late_end(void **state)
{
	struct bed bed;

	make(&bed, ORIEL_CLIPBOARD_BOTH);
	oriel_clipboard_attach(bed.clipboard, ORIEL_CLIPBOARD_GUEST, NULL, NULL);
	oriel_clipboard_offer(bed.clipboard, ORIEL_CLIPBOARD_DESKTOP, 1u << ORIEL_CLIPBOARD_BMP);
	assert_int_equal(bed.ends[ORIEL_CLIPBOARD_GUEST].offers, 0);
	oriel_clipboard_attach(
		bed.clipboard, ORIEL_CLIPBOARD_GUEST, &recorder, &bed.ends[ORIEL_CLIPBOARD_GUEST]);
	assert_int_equal(bed.ends[ORIEL_CLIPBOARD_GUEST].offered, 1u << ORIEL_CLIPBOARD_BMP);
	oriel_clipboard_offer(bed.clipboard, ORIEL_CLIPBOARD_DESKTOP, 0);
	oriel_clipboard_offer(bed.clipboard, ORIEL_CLIPBOARD_DESKTOP, 0);
	assert_int_equal(bed.ends[ORIEL_CLIPBOARD_GUEST].offers, 2);
	oriel_clipboard_destroy(bed.clipboard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_a_paste_fetches),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_the_last_one_to_copy_has_it),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_contents_that_are_not_what_they_claim),
		cmocka_unit_test(test_nobody_waits_for_ever),
		cmocka_unit_test(test_asking_from_within_an_answer),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_late_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
