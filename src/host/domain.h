/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the checks know of a virtual machine: which files and devices of the host it uses, and what
 * is wrong with its definition. Filled by whoever can read definitions (vm/domain.h); plain facts
 * here, so that a check needs no libvirt. One thread; never blocks.
 */
#ifndef ORIEL_HOST_DOMAIN_H
#define ORIEL_HOST_DOMAIN_H

#include "host/pci.h"

enum oriel_domain_file_kind {
	ORIEL_DOMAIN_DISK,   /* an image file or a block device */
	ORIEL_DOMAIN_MEDIUM, /* what lies in a CD-ROM or floppy drive */
	ORIEL_DOMAIN_ROM,    /* the image of a passed-through card's ROM */
};

struct oriel_domain_file {
	char *path;
	enum oriel_domain_file_kind kind;
	gboolean is_shared; /* read-only, or made to be written by several machines */
};

struct oriel_domain_pci {
	struct oriel_pci_address address;
	guint16 vendor, device; /* as they were when it was given to the machine; 0 unknown */
};

struct oriel_domain_usb {
	guint16 vendor, product;
};

/* One thing wrong with a definition. */
struct oriel_domain_flaw {
	char *what;	     /* what stands there and what comes of it */
	char *remedy;	     /* the command that mends it */
	gboolean is_serious; /* it breaks the machine or the host, instead of costing something */
};

/* How far the guest's own agent could be talked to. */
enum oriel_domain_agent {
	ORIEL_DOMAIN_AGENT_NO_CHANNEL, /* the definition has no channel for it */
	ORIEL_DOMAIN_AGENT_OFF,	       /* the machine does not run */
	ORIEL_DOMAIN_AGENT_SILENT,     /* it runs, and nobody answers */
	ORIEL_DOMAIN_AGENT_NOBODY,     /* it answers, and nobody is logged on */
	ORIEL_DOMAIN_AGENT_READY,
};

/* A device as the guest's Windows sees it. */
struct oriel_domain_guest_device {
	char *class_name; /* "Display" */
	char *id;	  /* "PCI\\VEN_10DE&DEV_2484…" */
	char *name;
	guint problem; /* code of the Device Manager; 0: none */
};

struct oriel_domain {
	char *name;
	gboolean autostart, running;
	GPtrArray *files;  /* struct oriel_domain_file * */
	GArray *pci;	   /* struct oriel_domain_pci */
	GArray *usb;	   /* struct oriel_domain_usb */
	GPtrArray *relays; /* char *: names of its shared memories */
	GPtrArray *flaws;  /* struct oriel_domain_flaw * */
	enum oriel_domain_agent agent;
	GPtrArray *guest_devices; /* struct oriel_domain_guest_device *; NULL: not known */
};

/* name is copied; the lists are empty. */
struct oriel_domain *oriel_domain_create(const char *name);
/* NULL is fine. */
void oriel_domain_free(struct oriel_domain *domain);
/* path is copied. */
void oriel_domain_add_file(struct oriel_domain *domain, enum oriel_domain_file_kind kind,
	const char *path, gboolean is_shared);
/* Texts are copied. */
void oriel_domain_add_flaw(
	struct oriel_domain *domain, gboolean is_serious, const char *what, const char *remedy);
/* From now on the guest's devices are known, and are those that are added. */
void oriel_domain_begin_guest_devices(struct oriel_domain *domain);
void oriel_domain_add_guest_device(struct oriel_domain *domain, guint problem,
	const char *class_name, const char *id, const char *name);
/* An array for struct oriel_domain *, which frees them. */
GPtrArray *oriel_domain_list_create(void);
/* NULL when the list has none of that name. */
const struct oriel_domain *oriel_domain_list_find(const GPtrArray *domains, const char *name);

#endif
