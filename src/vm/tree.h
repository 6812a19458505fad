/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Definitions as document trees: what libvirt's XML is read into, changed as, and written from.
 * Values go in as values, never as markup. A path is element names with slashes, as
 * "devices/graphics".
 *
 * Thread: any, one document one thread. Never blocks.
 */
#ifndef ORIEL_VM_TREE_H
#define ORIEL_VM_TREE_H

#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>

/* The namespace of everything Oriel keeps in a definition. */
#define ORIEL_VM_NAMESPACE "urn:oriel:vm:1"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/* what: for the message ("the definition of 'win11'"). Refuses documents with a DTD: they could
 * name files. */
xmlDoc *oriel_vm_tree_parse(const char *text, const char *what, GError **error);
/* Indented by two; ends with a newline. Owned by the caller. */
char *oriel_vm_tree_to_text(xmlDoc *document);

/* First element at that path, or NULL. */
xmlNode *oriel_vm_tree_get(xmlNode *parent, const char *path);
/* Likewise, made where it is missing. */
xmlNode *oriel_vm_tree_make(xmlNode *parent, const char *path);
/* A new last child. */
xmlNode *oriel_vm_tree_add(xmlNode *parent, const char *name);
/* The next child of that name after the given one (NULL: the first). */
xmlNode *oriel_vm_tree_next(xmlNode *parent, const char *name, xmlNode *after);
/* The first child of that name with that attribute value. */
xmlNode *oriel_vm_tree_find(
	xmlNode *parent, const char *name, const char *attribute, const char *value);
/* Takes it out and frees it; NULL is fine. */
void oriel_vm_tree_remove(xmlNode *node);
/* Takes out all children of that name. */
void oriel_vm_tree_remove_all(xmlNode *parent, const char *name);

/* value NULL removes the attribute. */
void oriel_vm_tree_set(xmlNode *node, const char *attribute, const char *value);
void oriel_vm_tree_set_number(xmlNode *node, const char *attribute, guint64 value);
/* NULL when node is NULL or has no such attribute. Owned by the caller. */
char *oriel_vm_tree_read(xmlNode *node, const char *attribute);
bool oriel_vm_tree_is(xmlNode *node, const char *attribute, const char *value);
void oriel_vm_tree_set_text(xmlNode *node, const char *text);
/* NULL when node is NULL. Owned by the caller. */
char *oriel_vm_tree_read_text(xmlNode *node);

/* Oriel's own element in <metadata>; make: add it where it is missing, else NULL then. */
xmlNode *oriel_vm_tree_get_own(xmlDoc *document, bool make);
/* A new child of Oriel's own element or of one below it, in its namespace. */
xmlNode *oriel_vm_tree_add_own(xmlNode *parent, const char *name);

#endif
