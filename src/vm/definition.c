/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/definition.h"

#include "vm/definition_parts.h"
#include "vm/error.h"
#include "vm/paths.h"

#include <libxml/relaxng.h>
#include <string.h>

xmlDoc *oriel_vm_definition_load_template(const char *name, GError **error)
{
	g_autofree char *path = oriel_vm_paths_find("templates", ".xml", name, error);
	g_autofree char *what = NULL;
	g_autofree char *text = NULL;

	if (!path || !g_file_get_contents(path, &text, NULL, error))
		return NULL;
	what = g_strdup_printf("template %s", path);
	return oriel_vm_tree_parse(text, what, error);
}

static xmlNode *get_defaults(xmlDoc *document)
{
	return oriel_vm_tree_get(oriel_vm_tree_get_own(document, true), "defaults");
}

static bool check_memory(xmlNode *defaults, const struct oriel_vm_spec *spec, GError **error)
{
	g_autofree char *least = oriel_vm_tree_read(defaults, "memory-min");
	g_autofree char *given = oriel_vm_check_format_size(spec->memory_bytes);
	guint64 ignored;

	return !least || !spec->memory_bytes ||
	       (oriel_vm_check_size("memory", least, 1, G_MAXUINT64, &ignored, error) &&
		       oriel_vm_check_size(
			       "memory", given, ignored, G_MAXUINT64 / 2, &ignored, error));
}

bool oriel_vm_definition_complete(xmlDoc *document, struct oriel_vm_spec *spec, GError **error)
{
	xmlNode *defaults = get_defaults(document);
	g_autofree char *disk = oriel_vm_tree_read(defaults, "disk");

	if (!spec->title)
		spec->title = oriel_vm_tree_read(defaults, "title");
	if (!spec->network)
		spec->network = g_strdup("network=default");
	if (!spec->disk_format)
		spec->disk_format = g_strdup("qcow2");
	if (!spec->disk_none && !spec->disk_bytes && disk &&
		!oriel_vm_spec_set(spec, "disk", disk, error))
		return false;
	return check_memory(defaults, spec, error);
}

static bool apply_identity(struct oriel_vm_work *work, GError **error)
{
	const struct oriel_vm_spec *spec = work->spec;

	if (spec->name)
		oriel_vm_tree_set_text(oriel_vm_tree_make(work->root, "name"), spec->name);
	if (spec->title)
		oriel_vm_tree_set_text(oriel_vm_tree_make(work->root, "title"), spec->title);
	if (spec->profile)
		oriel_vm_tree_set(
			oriel_vm_tree_get_own(work->document, true), "profile", spec->profile);
	return true;
}

static void set_kib(xmlNode *root, const char *name, guint64 bytes)
{
	g_autofree char *kib = g_strdup_printf("%" G_GUINT64_FORMAT, bytes / 1024);
	xmlNode *node = oriel_vm_tree_make(root, name);

	oriel_vm_tree_set(node, "unit", "KiB");
	oriel_vm_tree_set_text(node, kib);
}

static void apply_hugepages(struct oriel_vm_work *work)
{
	xmlNode *backing;

	if (work->spec->hugepages == ORIEL_VM_YES) {
		backing = oriel_vm_tree_make(work->root, "memoryBacking");
		oriel_vm_tree_make(backing, "hugepages");
		oriel_vm_tree_make(backing, "nosharepages");
	}
	backing = oriel_vm_tree_get(work->root, "memoryBacking");
	if (work->spec->hugepages != ORIEL_VM_NO || !backing)
		return;
	oriel_vm_tree_remove_all(backing, "hugepages");
	oriel_vm_tree_remove_all(backing, "nosharepages");
	if (!backing->children)
		oriel_vm_tree_remove(backing);
}

static bool apply_memory(struct oriel_vm_work *work, GError **error)
{
	if (work->spec->memory_bytes) {
		set_kib(work->root, "memory", work->spec->memory_bytes);
		set_kib(work->root, "currentMemory", work->spec->memory_bytes);
	}
	apply_hugepages(work);
	return true;
}

static bool (*const parts[])(struct oriel_vm_work *work, GError **error) = {
	apply_identity,
	apply_memory,
	oriel_vm_definition_apply_processor,
	oriel_vm_definition_apply_firmware,
	oriel_vm_definition_apply_disks,
	oriel_vm_definition_apply_network,
	oriel_vm_definition_apply_display,
	oriel_vm_definition_apply_passthrough,
	oriel_vm_definition_apply_relay,
	oriel_vm_definition_apply_tuning,
};

bool oriel_vm_definition_apply(xmlDoc *document, const struct oriel_vm_spec *spec,
	const struct oriel_vm_facts *facts, GError **error)
{
	struct oriel_vm_work work = {.document = document,
		.root = xmlDocGetRootElement(document),
		.spec = spec,
		.facts = facts};

	work.devices = oriel_vm_tree_make(work.root, "devices");
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (!parts[i](&work, error))
			return false;
	return true;
}

/* ---- the schema ----------------------------------------------------------------------------- */

#define SCHEMA "/usr/share/libvirt/schemas/domain.rng"

/* The first complaint is about an outer element, the last about the innermost: that one helps. */
static void keep_violation(void *data, xmlErrorPtr violation)
{
	GString *last = data;

	g_string_printf(last, "line %d: %s", violation->line, violation->message);
	if (last->len && last->str[last->len - 1] == '\n')
		g_string_truncate(last, last->len - 1);
}

static bool validate(xmlRelaxNG *schema, xmlDoc *document, GError **error)
{
	xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(schema);
	g_autoptr(GString) violation = g_string_new(NULL);
	int result;

	xmlRelaxNGSetValidStructuredErrors(context, keep_violation, violation);
	result = xmlRelaxNGValidateDoc(context, document);
	xmlRelaxNGFreeValidCtxt(context);
	if (result <= 0)
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
		"the definition does not follow libvirt's schema (%s): %s", SCHEMA, violation->str);
}

bool oriel_vm_definition_check_schema(xmlDoc *document, GError **error)
{
	g_autofree char *text = oriel_vm_tree_to_text(document);
	g_autoptr(xmlDoc) copy = oriel_vm_tree_parse(text, "the definition", error);
	xmlRelaxNGParserCtxt *parser;
	xmlRelaxNG *schema;
	bool ok;

	if (!copy)
		return false;
	if (!g_file_test(SCHEMA, G_FILE_TEST_EXISTS))
		return true;
	parser = xmlRelaxNGNewParserCtxt(SCHEMA);
	schema = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);
	ok = !schema || validate(schema, copy, error);
	xmlRelaxNGFree(schema);
	return ok;
}

/* ---- reading -------------------------------------------------------------------------------- */

GPtrArray *oriel_vm_definition_list_disks(xmlDoc *document)
{
	GPtrArray *disks = g_ptr_array_new_with_free_func(g_free);
	xmlNode *devices = oriel_vm_tree_get(xmlDocGetRootElement(document), "devices");
	xmlNode *disk = NULL;

	while ((disk = oriel_vm_tree_next(devices, "disk", disk))) {
		char *file = oriel_vm_tree_read(oriel_vm_tree_get(disk, "source"), "file");

		if (file && !oriel_vm_tree_is(disk, "device", "cdrom") &&
			!oriel_vm_tree_is(disk, "device", "floppy"))
			g_ptr_array_add(disks, file);
		else
			g_free(file);
	}
	return disks;
}

void oriel_vm_definition_add_owned(xmlDoc *document, const char *path)
{
	xmlNode *own = oriel_vm_tree_get_own(document, true);

	if (!oriel_vm_tree_find(own, "file", "path", path))
		oriel_vm_tree_set(oriel_vm_tree_add_own(own, "file"), "path", path);
}

GPtrArray *oriel_vm_definition_list_owned(xmlDoc *document)
{
	GPtrArray *owned = g_ptr_array_new_with_free_func(g_free);
	xmlNode *own = oriel_vm_tree_get_own(document, false);
	xmlNode *file = NULL;

	while ((file = oriel_vm_tree_next(own, "file", file)))
		g_ptr_array_add(owned, oriel_vm_tree_read(file, "path"));
	return owned;
}
