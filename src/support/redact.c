/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/redact.h"

#include "support/redact_ip.h"
#include "support/redact_rules.h"

#include <stdlib.h>
#include <string.h>

/* Texts are judged in blocks of whole lines, so that a block that cannot be judged takes few others
 * with it. A longer line is cut. */
#define BLOCK_BYTES_MAX 65536
/* A hostile text may name any number of "serial numbers". */
#define WORDS_MAX 512
#define WORD_BYTES_MAX 256
/* From so many letters on a name is also found inside of a word. */
#define INSIDE_LETTERS 5
#define LEARNED_LETTERS_MIN 6

struct word {
	enum oriel_redact_kind kind;
	char *text;
	GRegex *regex;
};

struct oriel_redact {
	GRegex **rules;
	GPtrArray *words;			/* struct word *, the longest first */
	GHashTable *known;			/* char *: of words */
	GHashTable *places[ORIEL_REDACT_KINDS]; /* value in small letters -> its number */
	guint places_count[ORIEL_REDACT_KINDS];
};

static const struct {
	const char *name, *placeholder;
} kinds[] = {
	[ORIEL_REDACT_SECRET] = {"secret", "secret"},
	[ORIEL_REDACT_IP] = {"IP address", "ip"},
	[ORIEL_REDACT_MAC] = {"hardware address", "mac"},
	[ORIEL_REDACT_UUID] = {"UUID", "uuid"},
	[ORIEL_REDACT_SERIAL] = {"serial number", "serial"},
	[ORIEL_REDACT_HOST] = {"host name", "host"},
	[ORIEL_REDACT_USER] = {"user name", "user"},
	[ORIEL_REDACT_HOME] = {"home folder", "home"},
	[ORIEL_REDACT_WIFI] = {"Wi-Fi name", "wifi"},
	[ORIEL_REDACT_MAIL] = {"mail address", "mail"},
};

/* ---- making --------------------------------------------------------------------------------- */

static void free_word(void *data)
{
	struct word *word = data;

	g_regex_unref(word->regex);
	g_free(word->text);
	g_free(word);
}

struct oriel_redact *oriel_redact_create(void)
{
	struct oriel_redact *redact = g_new0(struct oriel_redact, 1);

	redact->words = g_ptr_array_new_with_free_func(free_word);
	redact->known = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < ORIEL_REDACT_KINDS; i++)
		redact->places[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	redact->rules = g_new0(GRegex *, oriel_redact_rules_count);
	for (guint i = 0; i < oriel_redact_rules_count; i++) {
		redact->rules[i] = g_regex_new(oriel_redact_rules[i].pattern,
			G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL);
		g_assert(redact->rules[i]);
	}
	return redact;
}

void oriel_redact_destroy(struct oriel_redact *redact)
{
	if (!redact)
		return;
	for (guint i = 0; i < oriel_redact_rules_count; i++)
		g_regex_unref(redact->rules[i]);
	g_free(redact->rules);
	for (guint i = 0; i < ORIEL_REDACT_KINDS; i++)
		g_hash_table_unref(redact->places[i]);
	g_hash_table_unref(redact->known);
	g_ptr_array_unref(redact->words);
	g_free(redact);
}

/* ---- words ---------------------------------------------------------------------------------- */

static int compare_words(const void *a, const void *b)
{
	const struct word *first = *(const struct word *const *)a;
	const struct word *second = *(const struct word *const *)b;
	size_t length_a = strlen(first->text), length_b = strlen(second->text);

	return length_a > length_b ? -1 : length_a < length_b;
}

static GRegex *make_regex(const char *text)
{
	g_autofree char *escaped = g_regex_escape_string(text, -1);
	gboolean is_inside = g_utf8_strlen(text, -1) >= INSIDE_LETTERS;
	g_autofree char *pattern = g_strdup_printf(
		is_inside ? "(%s)" : "(?<![[:alnum:]])(%s)(?![[:alnum:]])", escaped);

	return g_regex_new(pattern, G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL);
}

void oriel_redact_add_word(
	struct oriel_redact *redact, enum oriel_redact_kind kind, const char *word)
{
	g_autofree char *text = g_utf8_strdown(word, -1);
	struct word *entry;
	GRegex *regex;

	g_strstrip(text);
	if (g_utf8_strlen(text, -1) < 2 || strlen(text) > WORD_BYTES_MAX ||
		oriel_redact_rules_is_common(text) || redact->words->len >= WORDS_MAX ||
		g_hash_table_contains(redact->known, text))
		return;
	regex = make_regex(text);
	if (!regex)
		return;
	entry = g_new0(struct word, 1);
	*entry = (struct word){kind, g_steal_pointer(&text), regex};
	g_hash_table_add(redact->known, entry->text);
	g_ptr_array_add(redact->words, entry);
	g_ptr_array_sort(redact->words, compare_words);
}

/* ---- preparing a text ----------------------------------------------------------------------- */

static void add_line(GString *text, const char *line, gsize length)
{
	gsize kept = length;

	/* Not within a word: half a secret is one too. */
	if (length >= BLOCK_BYTES_MAX) {
		for (kept = BLOCK_BYTES_MAX / 2; kept && !g_ascii_isspace(line[kept]);)
			kept--;
	}
	g_string_append_len(text, line, (gssize)kept);
	if (kept < length)
		g_string_append_printf(text, " [%" G_GSIZE_FORMAT " bytes of a long line left out]",
			length - kept);
	g_string_append_c(text, '\n');
}

/* Keys stand on several lines between two that say so. */
static gboolean is_key_edge(const char *line, gsize length, const char *word)
{
	return g_strstr_len(line, (gssize)length, word) &&
	       g_strstr_len(line, (gssize)length, "PRIVATE KEY");
}

/* Lines of a bearable length, without private keys and without control characters. */
static char *prepare(const char *text, gsize size, guint *ret_keys)
{
	g_autofree char *valid = g_utf8_make_valid(text, (gssize)size);
	GString *lines = g_string_new(NULL);
	gboolean in_key = FALSE;

	*ret_keys = 0;
	for (char *at = valid; *at; at++)
		if (g_ascii_iscntrl(*at) && *at != '\n' && *at != '\t')
			*at = ' ';
	for (const char *at = valid, *end; *at; at = *end ? end + 1 : end) {
		end = strchrnul(at, '\n');
		if (is_key_edge(at, (gsize)(end - at), "BEGIN")) {
			in_key = TRUE;
			*ret_keys += 1;
			g_string_append(lines, "[private key]\n");
		} else if (!in_key) {
			add_line(lines, at, (gsize)(end - at));
		} else if (is_key_edge(at, (gsize)(end - at), "END")) {
			in_key = FALSE;
		}
	}
	return g_string_free(lines, FALSE);
}

/* The block's end: whole lines, and not more than is judged at once. */
static const char *find_end(const char *block)
{
	const char *end = block;

	while (*end) {
		const char *line = strchrnul(end, '\n');

		line += *line == '\n';
		if (end > block && line - block > BLOCK_BYTES_MAX)
			break;
		end = line;
	}
	return end;
}

/* ---- learning ------------------------------------------------------------------------------- */

/* Plain words stand for themselves too often to be looked for everywhere. */
static gboolean is_worth_learning(const struct oriel_redact_rule *rule, const char *value)
{
	gboolean is_plain = TRUE;

	if (rule->kind == ORIEL_REDACT_USER)
		return strlen(value) > 2;
	if (rule->kind == ORIEL_REDACT_WIFI || rule->kind == ORIEL_REDACT_HOST)
		return strlen(value) > 3;
	for (const char *at = value; *at && is_plain; at++)
		is_plain = g_ascii_islower(*at);
	return strlen(value) >= LEARNED_LETTERS_MIN &&
	       (!is_plain || rule->kind == ORIEL_REDACT_SECRET);
}

static gboolean is_placeholder(const char *value)
{
	if (*value != '[')
		return FALSE;
	for (guint i = 0; i < ORIEL_REDACT_KINDS; i++) {
		gsize length = strlen(kinds[i].placeholder);

		if (!strncmp(value + 1, kinds[i].placeholder, length) && value[1 + length] == '-' &&
			g_ascii_isdigit(value[2 + length]))
			return TRUE;
	}
	return FALSE;
}

static gboolean is_meant(const struct oriel_redact_rule *rule, const char *value)
{
	return *value && !is_placeholder(value) && (!rule->is_meant || rule->is_meant(value));
}

/* Definitions write some characters in words; other texts do not. */
static char *unescape(const char *value)
{
	static const char *const names[][2] = {
		{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
	GString *text = g_string_new(value);

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		g_string_replace(text, names[i][0], names[i][1], 0);
	return g_string_free(text, FALSE);
}

static void learn_block(struct oriel_redact *redact, const char *block, gsize length)
{
	for (guint i = 0; i < oriel_redact_rules_count; i++) {
		const struct oriel_redact_rule *rule = &oriel_redact_rules[i];
		g_autoptr(GMatchInfo) found = NULL;

		if (!rule->is_learned)
			continue;
		g_regex_match_full(redact->rules[i], block, (gssize)length, 0, 0, &found, NULL);
		for (; g_match_info_matches(found); g_match_info_next(found, NULL)) {
			g_autofree char *raw = g_match_info_fetch(found, 1);
			g_autofree char *value = unescape(raw);

			if (is_meant(rule, value) && is_worth_learning(rule, value))
				oriel_redact_add_word(redact, rule->kind, value);
		}
	}
}

void oriel_redact_learn(struct oriel_redact *redact, const char *text, gsize size)
{
	guint keys;
	g_autofree char *lines = prepare(text, size, &keys);

	for (const char *at = lines, *end; *at; at = end) {
		end = find_end(at);
		learn_block(redact, at, (gsize)(end - at));
	}
}

/* ---- cleaning ------------------------------------------------------------------------------- */

static void add_placeholder(
	struct oriel_redact *redact, enum oriel_redact_kind kind, const char *value, GString *text)
{
	GHashTable *places = redact->places[kind];
	g_autofree char *plain = unescape(value);
	g_autofree char *key = g_utf8_strdown(plain, -1);
	guint number = GPOINTER_TO_UINT(g_hash_table_lookup(places, key));

	if (!number) {
		number = g_hash_table_size(places) + 1;
		g_hash_table_insert(places, g_steal_pointer(&key), GUINT_TO_POINTER(number));
	}
	redact->places_count[kind]++;
	g_string_append_printf(text, "[%s-%u]", kinds[kind].placeholder, number);
}

/* One rule over a block; FALSE when it could not be judged. */
static gboolean apply(struct oriel_redact *redact, const GRegex *regex,
	const struct oriel_redact_rule *rule, GString *block)
{
	g_autoptr(GMatchInfo) found = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) text = NULL;
	int done = 0;

	g_regex_match_full(regex, block->str, (gssize)block->len, 0, 0, &found, &error);
	for (; !error && g_match_info_matches(found); g_match_info_next(found, &error)) {
		g_autofree char *value = g_match_info_fetch(found, 1);
		int begin, end;

		if (!g_match_info_fetch_pos(found, 1, &begin, &end) || begin < done ||
			!is_meant(rule, value))
			continue;
		text = text ? text : g_string_sized_new(block->len);
		g_string_append_len(text, block->str + done, begin - done);
		add_placeholder(redact, rule->kind, value, text);
		done = end;
	}
	if (text && !error) {
		g_string_append(text, block->str + done);
		g_string_assign(block, text->str);
	}
	return !error;
}

static void apply_ip(struct oriel_redact *redact, GString *block)
{
	g_autoptr(GString) text = g_string_sized_new(block->len);
	const char *at = block->str, *found;
	gsize length;

	while ((found = oriel_redact_ip_find(block->str, at, &length))) {
		g_autofree char *value = g_strndup(found, length);

		g_string_append_len(text, at, found - at);
		add_placeholder(redact, ORIEL_REDACT_IP, value, text);
		at = found + length;
	}
	g_string_append(text, at);
	g_string_assign(block, text->str);
}

static void clean_block(struct oriel_redact *redact, GString *block)
{
	gboolean ok = TRUE;

	for (guint i = 0; i < oriel_redact_rules_count && ok; i++)
		if (!oriel_redact_rules[i].is_only_learned)
			ok = apply(redact, redact->rules[i], &oriel_redact_rules[i], block);
	for (guint i = 0; i < redact->words->len && ok; i++) {
		const struct word *word = g_ptr_array_index(redact->words, i);
		const struct oriel_redact_rule rule = {.kind = word->kind};

		ok = apply(redact, word->regex, &rule, block);
	}
	if (ok)
		apply_ip(redact, block);
	else
		g_string_assign(block, "[left out: it could not be judged]\n");
}

char *oriel_redact_clean(struct oriel_redact *redact, const char *text, gsize size)
{
	guint keys;
	g_autofree char *lines = prepare(text, size, &keys);
	GString *clean = g_string_sized_new(size);

	redact->places_count[ORIEL_REDACT_SECRET] += keys;
	for (const char *at = lines, *end; *at; at = end) {
		g_autoptr(GString) block = NULL;

		end = find_end(at);
		block = g_string_new_len(at, end - at);
		clean_block(redact, block);
		g_string_append_len(clean, block->str, (gssize)block->len);
	}
	return g_string_free(clean, FALSE);
}

/* ---- counting ------------------------------------------------------------------------------- */

const char *oriel_redact_kind_get_name(enum oriel_redact_kind kind)
{
	return kinds[kind].name;
}

guint oriel_redact_count_values(const struct oriel_redact *redact, enum oriel_redact_kind kind)
{
	return g_hash_table_size(redact->places[kind]);
}

guint oriel_redact_count_places(const struct oriel_redact *redact, enum oriel_redact_kind kind)
{
	return redact->places_count[kind];
}
