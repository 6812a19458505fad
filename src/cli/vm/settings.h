/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of a machine as options of `oriel vm create` and `oriel vm edit`. Thread: main. */
#ifndef ORIEL_CLI_VM_SETTINGS_H
#define ORIEL_CLI_VM_SETTINGS_H

#include "cli/call.h"
#include "vm/spec.h"

#define ORIEL_SETTINGS_TEXT(setting, what, text)                                                   \
	{                                                                                          \
		.name = setting, .kind = ORIEL_OPTION_TEXT, .value = what, .help = text            \
	}

#define ORIEL_SETTINGS_OPTIONS                                                                     \
	ORIEL_SETTINGS_TEXT("title", "TEXT", "a title for people"),                                \
		ORIEL_SETTINGS_TEXT("profile", "NAME", "the settings of that profile first"),      \
		ORIEL_SETTINGS_TEXT("memory", "SIZE", "memory, as in 16G"),                        \
		ORIEL_SETTINGS_TEXT("cpus", "N", "virtual processors"),                            \
		ORIEL_SETTINGS_TEXT("threads", "N", "threads of one core"),                        \
		ORIEL_SETTINGS_TEXT("pin", "yes|no", "pin them to whole cores of the host"),       \
		ORIEL_SETTINGS_TEXT("hugepages", "yes|no", "memory in huge pages"),                \
		ORIEL_SETTINGS_TEXT("tune", "WHAT|none",                                           \
			"the host while it runs: cpus,governor,irq,hugepages,thp"),                \
		ORIEL_SETTINGS_TEXT("firmware", "efi|bios", "its firmware"),                       \
		ORIEL_SETTINGS_TEXT("secure-boot", "yes|no", "firmware with Secure Boot"),         \
		ORIEL_SETTINGS_TEXT("tpm", "yes|no", "a TPM 2.0"),                                 \
		ORIEL_SETTINGS_TEXT("iso", "FILE|none", "the installer's disc"),                   \
		ORIEL_SETTINGS_TEXT("virtio-iso", "FILE|none", "the disc with virtio drivers"),    \
		ORIEL_SETTINGS_TEXT("network", "HOW", "network=NAME, bridge=NAME, user or none"),  \
		ORIEL_SETTINGS_TEXT("sound", "spice|none", "sound through SPICE"),                 \
		ORIEL_SETTINGS_TEXT(                                                               \
			"display", "HOW", "SPICE by socket, local (127.0.0.1) or none"),           \
		ORIEL_SETTINGS_TEXT("video", "MODEL", "vga, qxl, virtio, bochs or none"),          \
		ORIEL_SETTINGS_TEXT(                                                               \
			"gpu", "ADDRESS|none", "host GPUs, as 0000:01:00.0, with commas"),         \
		ORIEL_SETTINGS_TEXT("gpu-rom", "FILE|none", "the GPU's ROM"),                      \
		ORIEL_SETTINGS_TEXT("pci", "ADDRESS|none", "host NVMe, network and USB cards"),    \
		ORIEL_SETTINGS_TEXT(                                                               \
			"usb", "DEVICES|none", "host USB devices, as 046d:c52b or 3-12"),          \
		ORIEL_SETTINGS_TEXT("evdev", "FILES|none", "host keyboards and mice"),             \
		{.name = "looking-glass", .help = "shared memory for the viewer (--relay plain)"}, \
		ORIEL_SETTINGS_TEXT(                                                               \
			"relay", "KIND", "that memory: plain, doorbell, kvmfr or none"),           \
		ORIEL_SETTINGS_TEXT("relay-name", "NAME", "its name below /dev/shm"),              \
		ORIEL_SETTINGS_TEXT("relay-size", "SIZE", "its size, else from the resolution"),   \
		ORIEL_SETTINGS_TEXT("resolution", "WxH", "the largest screen of the guest"),       \
		ORIEL_SETTINGS_TEXT("hdr", "yes|no", "that screen has high dynamic range")

/* Those of one profile; NOT_FOUND, INVALID. */
bool oriel_settings_read_profile(const char *name, struct oriel_vm_spec *spec, GError **error);
/* Reads all that were given, those of the profile first. */
bool oriel_settings_read(const struct oriel_call *call, struct oriel_vm_spec *spec, GError **error);

#endif
