/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A made-up machine: a directory tree like /sys, /proc and /etc of a real one, removed at the end.
 */
#ifndef ORIEL_TESTS_HOST_TREE_H
#define ORIEL_TESTS_HOST_TREE_H

#include <glib.h>

struct tree {
	char *root;
};

void tree_init(struct tree *tree);
void tree_finish(struct tree *tree);

/* Writes a file, its folders included; text NULL makes a folder. */
void tree_write(struct tree *tree, const char *path, const char *text);
void tree_write_bytes(struct tree *tree, const char *path, const void *data, gsize size);
void tree_link(struct tree *tree, const char *path, const char *target);
/* Removes a file, link or whole folder. */
void tree_remove(struct tree *tree, const char *path);

struct tree_pci {
	const char *name; /* address */
	guint vendor, device, class_code;
	const char *driver; /* NULL: none */
	int group;	    /* -1: none */
	int boot_vga;	    /* -1: no such file */
};

void tree_add_pci(struct tree *tree, const struct tree_pci *pci);
/* One file of a PCI device. */
void tree_write_pci(struct tree *tree, const char *name, const char *file, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
/* A DRM card with one connector: status "connected" or "disconnected", enabled or not. */
void tree_add_output(struct tree *tree, const char *name, const char *card, const char *connector,
	const char *status, const char *enabled);
/* A process with one open descriptor. */
void tree_add_process(struct tree *tree, int pid, const char *command, const char *node);

/*
 * A desktop ready for passthrough: AMD processor with the IOMMU on, an integrated GPU that shows
 * the picture, a second GPU with audio in a clean group, a disk, a network card.
 */
void tree_add_desktop(struct tree *tree);

#define TREE_HOST_GPU "0000:06:00.0"
#define TREE_GUEST_GPU "0000:01:00.0"
#define TREE_GUEST_AUDIO "0000:01:00.1"

#endif
