/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition says of tuning. */
#include "handover/tuning.h"

#include <gio/gio.h>
#include <string.h>

/* Where Oriel's own settings of a machine stand (src/vm writes them). */
#define NAMESPACE "urn:oriel:vm:1"

struct reader {
	struct oriel_tuning_wish *wish;
	char *vm;
	GString *text;	 /* of the element that is read */
	char *wrong_pin; /* no list of processors: matters only where something is to be tuned */
};

static const char *find_attribute(const char **names, const char **values, const char *wanted)
{
	for (guint i = 0; names[i]; i++)
		if (!strcmp(names[i], wanted))
			return values[i];
	return NULL;
}

/* <anything:vm xmlns:anything='urn:oriel:vm:1'> */
static gboolean is_own(const char *element, const char **names, const char **values)
{
	const char *colon = strchr(element, ':');
	g_autofree char *declaration = NULL;

	if (!colon || strcmp(colon, ":vm"))
		return FALSE;
	declaration = g_strdup_printf("xmlns:%.*s", (int)(colon - element), element);
	return !g_strcmp0(find_attribute(names, values, declaration), NAMESPACE);
}

/* The names of the elements around it, without the document's: "cputune/vcpupin". */
static gboolean is_at(GMarkupParseContext *context, const char *path)
{
	const GSList *stack = g_markup_parse_context_get_element_stack(context);
	g_autoptr(GString) here = g_string_new(NULL);

	for (; stack && stack->next; stack = stack->next) {
		g_string_prepend(here, stack->data);
		if (stack->next->next)
			g_string_prepend_c(here, '/');
	}
	return !strcmp(here->str, path);
}

static void read_own(struct reader *reader, const char **names, const char **values, GError **error)
{
	const char *tune = find_attribute(names, values, "tune");

	if (tune)
		oriel_tunings_parse(tune, &reader->wish->tunings, error);
}

static void read_pin(struct reader *reader, const char *cpuset)
{
	struct oriel_cpus cpus;

	if (cpuset && oriel_cpus_parse(cpuset, &cpus))
		oriel_cpus_add(&reader->wish->cpus, &cpus);
	else if (!reader->wrong_pin)
		reader->wrong_pin = g_strdup(cpuset ? cpuset : "");
}

/* A machine that is spread over several nodes takes its memory from any. */
static void read_node(struct reader *reader, const char *nodeset)
{
	guint64 node;

	if (nodeset &&
		g_ascii_string_to_unsigned(nodeset, 10, 0, ORIEL_TUNING_NODE_MAX, &node, NULL))
		reader->wish->node = (int)node;
}

static void on_start(GMarkupParseContext *context, const char *element, const char **names,
	const char **values, void *data, GError **error)
{
	struct reader *reader = data;

	g_string_truncate(reader->text, 0);
	if (is_own(element, names, values))
		read_own(reader, names, values, error);
	else if (is_at(context, "cputune/vcpupin"))
		read_pin(reader, find_attribute(names, values, "cpuset"));
	else if (is_at(context, "numatune/memory"))
		read_node(reader, find_attribute(names, values, "nodeset"));
}

static void on_text(
	GMarkupParseContext *context, const char *text, gsize size, void *data, GError **error)
{
	struct reader *reader = data;

	g_string_append_len(reader->text, text, (gssize)size);
}

/* libvirt always writes KiB. */
static void on_end(GMarkupParseContext *context, const char *element, void *data, GError **error)
{
	struct reader *reader = data;
	guint64 kib;

	if (is_at(context, "memory") && g_ascii_string_to_unsigned(reader->text->str, 10, 1,
						G_MAXUINT64 / 2048, &kib, NULL))
		reader->wish->memory_bytes = kib * 1024;
	else if (is_at(context, "name") && !reader->vm)
		reader->vm = g_strdup(reader->text->str);
	g_string_truncate(reader->text, 0);
}

static gboolean check(const struct reader *reader, GError **error)
{
	if (!reader->vm)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			"the definition names no machine");
	else if (reader->wish->tunings && reader->wrong_pin)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			"vcpupin: '%.64s' is no list of processors", reader->wrong_pin);
	else
		return TRUE;
	return FALSE;
}

gboolean oriel_tuning_wish_read(
	const char *definition, struct oriel_tuning_wish *ret_wish, char **ret_vm, GError **error)
{
	static const GMarkupParser parser = {
		.start_element = on_start, .end_element = on_end, .text = on_text};
	struct oriel_tuning_wish wish = {.node = ORIEL_TUNING_NODE_ANY};
	g_autoptr(GString) text = g_string_new(NULL);
	struct reader reader = {.wish = &wish, .text = text};
	g_autoptr(GMarkupParseContext) context =
		g_markup_parse_context_new(&parser, 0, &reader, NULL);
	gboolean ok = g_markup_parse_context_parse(context, definition, -1, error) &&
		      g_markup_parse_context_end_parse(context, error) && check(&reader, error);

	g_free(reader.wrong_pin);
	if (!ok) {
		g_free(reader.vm);
		return FALSE;
	}
	*ret_wish = wish;
	*ret_vm = reader.vm;
	return TRUE;
}
