/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover/journal.h"

#include "handover/journal_file.h"

#include <gio/gio.h>
#include <string.h>

#define TITLE "oriel handover 1"
#define NOTHING "-"

static void free_function(void *data)
{
	struct oriel_handover_function *function = data;

	g_free(function->home);
	g_free(function->override);
	g_free(function);
}

struct oriel_handover_journal *oriel_handover_journal_create(
	const struct oriel_pci_address *address)
{
	struct oriel_handover_journal *journal = g_new0(struct oriel_handover_journal, 1);

	journal->address = *address;
	journal->functions = g_ptr_array_new_with_free_func(free_function);
	journal->services = g_ptr_array_new_with_free_func(g_free);
	journal->modules = g_ptr_array_new_with_free_func(g_free);
	return journal;
}

void oriel_handover_journal_free(struct oriel_handover_journal *journal)
{
	if (!journal)
		return;
	g_ptr_array_unref(journal->modules);
	g_ptr_array_unref(journal->services);
	g_ptr_array_unref(journal->functions);
	g_free(journal->last);
	g_free(journal);
}

void oriel_handover_journal_add_function(struct oriel_handover_journal *journal,
	const struct oriel_pci_address *address, const char *home, const char *override)
{
	struct oriel_handover_function *function = g_new0(struct oriel_handover_function, 1);

	function->address = *address;
	function->home = g_strdup(home);
	function->override = g_strdup(override);
	g_ptr_array_add(journal->functions, function);
}

/* ---- files ---------------------------------------------------------------------------------- */

/* name: room for the address, which the file is named by. */
static struct oriel_journal_file get_file(
	const struct oriel_host *host, const struct oriel_pci_address *address, char *name)
{
	return (struct oriel_journal_file){
		host, ORIEL_RECORD_HANDOVER, oriel_pci_address_format(address, name)};
}

gboolean oriel_handover_journal_begin(
	const struct oriel_handover_journal *journal, const struct oriel_host *host, GError **error)
{
	char own[ORIEL_PCI_ADDRESS_BYTES];
	const struct oriel_journal_file file = get_file(host, &journal->address, own);
	g_autoptr(GString) text = g_string_new(TITLE "\n");

	for (guint i = 0; i < journal->functions->len; i++) {
		const struct oriel_handover_function *function =
			g_ptr_array_index(journal->functions, i);
		char name[ORIEL_PCI_ADDRESS_BYTES];

		g_string_append_printf(text, "function %s %s %s\n",
			oriel_pci_address_format(&function->address, name),
			function->home ? function->home : NOTHING,
			function->override ? function->override : NOTHING);
	}
	return oriel_journal_file_begin(&file, text->str, error);
}

void oriel_handover_journal_clear(const struct oriel_host *host)
{
	oriel_journal_file_clear(host, ORIEL_RECORD_HANDOVER);
}

gboolean oriel_handover_journal_step(struct oriel_handover_journal *journal,
	const struct oriel_host *host, const char *word, const char *value, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	const struct oriel_journal_file file = get_file(host, &journal->address, name);
	g_autofree char *line = g_strdup_printf("%s %s\n", word, value);

	g_free(journal->last);
	journal->last = g_strdup_printf("%s %s", word, value);
	if (!strcmp(word, "service"))
		g_ptr_array_add(journal->services, g_strdup(value));
	else if (!strcmp(word, "module"))
		g_ptr_array_add(journal->modules, g_strdup(value));
	return oriel_journal_file_append(&file, line, error);
}

gboolean oriel_handover_journal_set_bound(
	const struct oriel_handover_journal *journal, const struct oriel_host *host, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	const struct oriel_journal_file file = get_file(host, &journal->address, name);

	return oriel_journal_file_set_bound(&file, error);
}

gboolean oriel_handover_journal_remove(
	const struct oriel_handover_journal *journal, const struct oriel_host *host, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	const struct oriel_journal_file file = get_file(host, &journal->address, name);

	return oriel_journal_file_remove(&file, error);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Names of drivers, modules and services: they become part of paths. */
static gboolean is_name(const char *text)
{
	return *text && strlen(text) < 64 && *text != '.' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
		       strlen(text);
}

static gboolean parse_function(struct oriel_handover_journal *journal, char **words)
{
	struct oriel_pci_address address;

	if (g_strv_length(words) != 4 || !oriel_pci_address_parse(words[1], &address, NULL) ||
		!oriel_pci_address_same_slot(&address, &journal->address) || !is_name(words[2]) ||
		!is_name(words[3]))
		return FALSE;
	oriel_handover_journal_add_function(journal, &address,
		strcmp(words[2], NOTHING) ? words[2] : NULL,
		strcmp(words[3], NOTHING) ? words[3] : NULL);
	return TRUE;
}

static gboolean parse_line(struct oriel_handover_journal *journal, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	if (!words[0] || !words[1])
		return FALSE;
	if (!strcmp(words[0], "function"))
		return parse_function(journal, words);
	if (!strcmp(words[0], "service") && is_name(words[1]))
		g_ptr_array_add(journal->services, g_strdup(words[1]));
	else if (!strcmp(words[0], "module") && is_name(words[1]))
		g_ptr_array_add(journal->modules, g_strdup(words[1]));
	g_free(journal->last);
	journal->last = g_strdup(line);
	return TRUE;
}

/* The last part of the split is what stands behind the last line end: nothing, or a line that was
 * cut off. */
static gboolean parse(struct oriel_handover_journal *journal, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint count = g_strv_length(lines);

	if (count < 2 || strcmp(lines[0], TITLE))
		return FALSE;
	for (guint i = 1; i + 1 < count; i++)
		if (!parse_line(journal, lines[i]))
			return FALSE;
	return journal->functions->len > 0;
}

struct oriel_handover_journal *oriel_handover_journal_load(
	const struct oriel_host *host, const struct oriel_pci_address *address, GError **error)
{
	char name[ORIEL_PCI_ADDRESS_BYTES];
	const struct oriel_journal_file file = get_file(host, address, name);
	struct oriel_handover_journal *journal;
	gboolean is_bound = FALSE;
	g_autofree char *path = NULL;
	g_autofree char *text = oriel_journal_file_read(&file, &is_bound, &path);

	if (!text)
		return NULL;
	journal = oriel_handover_journal_create(address);
	journal->is_bound = is_bound;
	if (parse(journal, text))
		return journal;
	oriel_handover_journal_free(journal);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
		"the journal %s is damaged, so it is not known where the card came from: remove "
		"that file and reboot, which gives every card its own driver",
		path);
	return NULL;
}

GArray *oriel_handover_journal_list(const struct oriel_host *host)
{
	GArray *addresses = g_array_new(FALSE, FALSE, sizeof(struct oriel_pci_address));
	g_autoptr(GPtrArray) names = oriel_journal_file_list(host, ORIEL_RECORD_HANDOVER);

	for (guint i = 0; i < names->len; i++) {
		struct oriel_pci_address address;

		/* The function follows a dot too: only whole addresses parse. */
		if (oriel_pci_address_parse(g_ptr_array_index(names, i), &address, NULL))
			g_array_append_val(addresses, address);
	}
	return addresses;
}
