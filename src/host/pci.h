/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PCI devices of a machine, from sysfs. Facts only: nothing is written, nothing is guessed from
 * text output of other programs. One thread; may block on the file system.
 */
#ifndef ORIEL_HOST_PCI_H
#define ORIEL_HOST_PCI_H

#include <glib.h>

#include "host/host.h"

/* DDDD:BB:DD.F */
struct oriel_pci_address {
	guint16 domain;
	guint8 bus;
	guint8 slot;	 /* 0..31 */
	guint8 function; /* 0..7 */
};

#define ORIEL_PCI_ADDRESS_BYTES 16

/*
 * Strict: exactly "0000:01:00.0", or "01:00.0" for domain 0; hexadecimal digits of either case, a
 * slot up to 1f, a function up to 7, nothing around it. The error names the text and the form that
 * is meant.
 */
gboolean oriel_pci_address_parse(
	const char *text, struct oriel_pci_address *ret_address, GError **error);
/* The long form in lower case. Returns text. */
char *oriel_pci_address_format(
	const struct oriel_pci_address *address, char text[ORIEL_PCI_ADDRESS_BYTES]);
gboolean oriel_pci_address_equal(
	const struct oriel_pci_address *a, const struct oriel_pci_address *b);
gboolean oriel_pci_address_same_slot(
	const struct oriel_pci_address *a, const struct oriel_pci_address *b);

#define ORIEL_PCI_BARS 6
#define ORIEL_PCI_UNKNOWN (-1)

struct oriel_pci_device {
	struct oriel_pci_address address;
	char name[ORIEL_PCI_ADDRESS_BYTES]; /* the address as text */
	guint16 vendor, device, subvendor, subdevice;
	guint32 class_code; /* 24 bits: 0x030000 is a VGA controller */
	char *vendor_name;  /* from the hardware database; NULL when it does not know */
	char *device_name;
	char *driver;	       /* NULL: none */
	char *driver_override; /* NULL: none */
	int iommu_group;       /* ORIEL_PCI_UNKNOWN: in none */
	int boot_vga;	       /* 1, 0, or ORIEL_PCI_UNKNOWN: no such file */
	int numa_node;	       /* ORIEL_PCI_UNKNOWN: none stated */
	char *reset_method;    /* "flr bus", "" for none, NULL when the kernel does not say */
	gboolean has_rom;
	guint64 bar_start[ORIEL_PCI_BARS]; /* physical address */
	guint64 bar_bytes[ORIEL_PCI_BARS]; /* 0: none */
	gboolean has_resizable_bar;
	char *link_speed;     /* "16.0 GT/s PCIe"; NULL where there is no link */
	int link_width;	      /* lanes; ORIEL_PCI_UNKNOWN */
	char *power_state;    /* "D0", "D3cold"; NULL unknown */
	char *runtime_status; /* "active", "suspended"; NULL unknown */
};

/* All devices, sorted by address; elements are struct oriel_pci_device, freed with the array. Empty
 * where there is no PCI bus. */
GPtrArray *oriel_pci_list(const struct oriel_host *host);
/* NULL when the list has no such device. Owned by the list. */
const struct oriel_pci_device *oriel_pci_find(
	const GPtrArray *devices, const struct oriel_pci_address *address);

/* 0300, 0302 and 0380: VGA controller, 3D controller, other display controller. */
gboolean oriel_pci_is_display(const struct oriel_pci_device *device);
/* A bridge (class 06): exempt from group rules while pcieport or nothing drives it. */
gboolean oriel_pci_is_bridge(const struct oriel_pci_device *device);
/* "0000:01:00.0 NVIDIA Corporation GA104 [GeForce RTX 3070] (10de:2484)"; names only where known.
 * Free with g_free(). */
char *oriel_pci_describe(const struct oriel_pci_device *device);
/* "VGA controller", "audio device", …: the class in words; static. */
const char *oriel_pci_get_class_name(const struct oriel_pci_device *device);

#endif
