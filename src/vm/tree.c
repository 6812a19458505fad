/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/tree.h"

#include "vm/error.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <string.h>

#define CHARS(text) ((const xmlChar *)(text))

static void ignore_error(void *data, xmlErrorPtr error)
{
}

xmlDoc *oriel_vm_tree_parse(const char *text, const char *what, GError **error)
{
	const xmlError *reason;
	xmlDoc *document;

	xmlSetStructuredErrorFunc(NULL, ignore_error);
	document =
		xmlReadMemory(text, strlen(text), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
	if (document && !document->intSubset)
		return document;
	reason = xmlGetLastError();
	if (document)
		oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"%s has a DOCTYPE, which a definition never needs: remove it", what);
	else
		oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID, "%s is not XML: line %d: %s",
			what, reason ? reason->line : 0,
			reason ? g_strchomp(reason->message) : "?");
	xmlFreeDoc(document);
	return NULL;
}

char *oriel_vm_tree_to_text(xmlDoc *document)
{
	xmlChar *text = NULL;
	char *copy;
	const char *start;
	int size = 0;

	xmlDocDumpFormatMemoryEnc(document, &text, &size, "UTF-8", 1);
	/* Without the declaration: libvirt's own documents have none. */
	start = g_str_has_prefix((char *)text, "<?xml") ? strchr((char *)text, '\n') + 1
							: (char *)text;
	copy = g_strdup(start);
	xmlFree(text);
	return copy;
}

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, CHARS(name));
}

xmlNode *oriel_vm_tree_next(xmlNode *parent, const char *name, xmlNode *after)
{
	xmlNode *node = after ? after->next : parent ? parent->children : NULL;

	while (node && !is_element(node, name))
		node = node->next;
	return node;
}

static xmlNode *walk(xmlNode *parent, const char *path, bool make)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	xmlNode *node = parent;

	for (char **name = names; node && *name; name++) {
		xmlNode *child = oriel_vm_tree_next(node, *name, NULL);

		node = child || !make ? child : oriel_vm_tree_add(node, *name);
	}
	return node;
}

xmlNode *oriel_vm_tree_get(xmlNode *parent, const char *path)
{
	return walk(parent, path, false);
}

xmlNode *oriel_vm_tree_make(xmlNode *parent, const char *path)
{
	return walk(parent, path, true);
}

/* libvirt's own order of what stands directly below <domain>. Its schema allows any, but libxml2
 * loses its way in it where the elements of one group are far apart. */
static const char *const domain_order[] = {"name", "uuid", "title", "description", "metadata",
	"memory", "currentMemory", "memoryBacking", "vcpu", "cputune", "numatune", "os", "features",
	"cpu", "clock", "pm", "devices", "commandline"};

static size_t get_rank(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(domain_order); i++)
		if (g_str_equal(domain_order[i], name))
			return i;
	return G_N_ELEMENTS(domain_order);
}

/* The last child that stands before the given one in that order; NULL: none. */
static xmlNode *find_place(xmlNode *domain, const char *name)
{
	xmlNode *place = NULL;

	for (xmlNode *node = domain->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE &&
			get_rank((const char *)node->name) < get_rank(name))
			place = node;
	return place;
}

xmlNode *oriel_vm_tree_add(xmlNode *parent, const char *name)
{
	xmlNode *node = xmlNewDocNode(parent->doc, NULL, CHARS(name), NULL);
	bool ordered = parent == xmlDocGetRootElement(parent->doc) && is_element(parent, "domain");
	xmlNode *place = ordered ? find_place(parent, name) : NULL;

	if (place)
		return xmlAddNextSibling(place, node);
	return xmlAddChild(parent, node);
}

xmlNode *oriel_vm_tree_find(
	xmlNode *parent, const char *name, const char *attribute, const char *value)
{
	xmlNode *node = oriel_vm_tree_next(parent, name, NULL);

	while (node && !oriel_vm_tree_is(node, attribute, value))
		node = oriel_vm_tree_next(parent, name, node);
	return node;
}

void oriel_vm_tree_remove(xmlNode *node)
{
	if (!node)
		return;
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

void oriel_vm_tree_remove_all(xmlNode *parent, const char *name)
{
	xmlNode *node;

	while ((node = oriel_vm_tree_next(parent, name, NULL)))
		oriel_vm_tree_remove(node);
}

void oriel_vm_tree_set(xmlNode *node, const char *attribute, const char *value)
{
	if (value)
		xmlSetProp(node, CHARS(attribute), CHARS(value));
	else
		xmlUnsetProp(node, CHARS(attribute));
}

void oriel_vm_tree_set_number(xmlNode *node, const char *attribute, guint64 value)
{
	g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);

	oriel_vm_tree_set(node, attribute, text);
}

static char *take(xmlChar *text)
{
	char *copy = g_strdup((char *)text);

	xmlFree(text);
	return copy;
}

char *oriel_vm_tree_read(xmlNode *node, const char *attribute)
{
	return node ? take(xmlGetNoNsProp(node, CHARS(attribute))) : NULL;
}

bool oriel_vm_tree_is(xmlNode *node, const char *attribute, const char *value)
{
	g_autofree char *found = oriel_vm_tree_read(node, attribute);

	return found && g_str_equal(found, value);
}

void oriel_vm_tree_set_text(xmlNode *node, const char *text)
{
	xmlNodeSetContent(node, NULL);
	xmlNodeAddContent(node, CHARS(text));
}

char *oriel_vm_tree_read_text(xmlNode *node)
{
	return node ? take(xmlNodeGetContent(node)) : NULL;
}

xmlNode *oriel_vm_tree_get_own(xmlDoc *document, bool make)
{
	xmlNode *root = xmlDocGetRootElement(document);
	xmlNode *metadata =
		make ? oriel_vm_tree_make(root, "metadata") : oriel_vm_tree_get(root, "metadata");
	xmlNode *own = NULL;

	while ((own = oriel_vm_tree_next(metadata, "vm", own)))
		if (own->ns && xmlStrEqual(own->ns->href, CHARS(ORIEL_VM_NAMESPACE)))
			return own;
	if (!make)
		return NULL;
	own = oriel_vm_tree_add(metadata, "vm");
	xmlSetNs(own, xmlNewNs(own, CHARS(ORIEL_VM_NAMESPACE), CHARS("oriel")));
	return own;
}

xmlNode *oriel_vm_tree_add_own(xmlNode *parent, const char *name)
{
	return xmlNewChild(parent, parent->ns, CHARS(name), NULL);
}
