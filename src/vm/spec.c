/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/spec.h"

#include "host/tunings.h"
#include "vm/error.h"
#include "vm/shm.h"

#include <string.h>

#define KIB G_GUINT64_CONSTANT(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define TIB (GIB * 1024)

typedef bool (*set_func)(
	struct oriel_vm_spec *spec, const char *field, const char *text, GError **error);

static bool refuse(const char *field, const char *text, const char *fix, GError **error)
{
	g_autofree char *quoted = oriel_vm_check_quote(text);

	return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID, "%s %s: %s", field, quoted, fix);
}

static void take_text(char **slot, const char *text)
{
	g_free(*slot);
	*slot = g_strdup(text);
}

static bool set_one_of(char **slot, const char *field, const char *text, const char *const *allowed,
	GError **error)
{
	g_autofree char *list = NULL;
	g_autofree char *fix = NULL;

	if (g_strv_contains(allowed, text)) {
		take_text(slot, text);
		return true;
	}
	list = g_strjoinv(", ", (char **)allowed);
	fix = g_strdup_printf("use one of %s", list);
	return refuse(field, text, fix, error);
}

static const struct {
	const char *text;
	enum oriel_vm_choice choice;
} choices[] = {
	{"yes", ORIEL_VM_YES},
	{"no", ORIEL_VM_NO},
	{"on", ORIEL_VM_YES},
	{"off", ORIEL_VM_NO},
};

static bool set_choice(
	enum oriel_vm_choice *slot, const char *field, const char *text, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(choices); i++)
		if (g_str_equal(choices[i].text, text)) {
			*slot = choices[i].choice;
			return true;
		}
	return refuse(field, text, "write yes or no", error);
}

static bool set_path_or_none(char **slot, const char *field, const char *text, GError **error)
{
	if (!g_str_equal(text, "none") && !oriel_vm_check_path(field, text, error))
		return false;
	take_text(slot, text);
	return true;
}

#define SETTER(name)                                                                               \
	static bool set_##name(                                                                    \
		struct oriel_vm_spec *spec, const char *field, const char *text, GError **error)

SETTER(name)
{
	if (!oriel_vm_check_name(field, text, error))
		return false;
	take_text(&spec->name, text);
	return true;
}

SETTER(os)
{
	if (!oriel_vm_check_name(field, text, error))
		return false;
	take_text(&spec->os, text);
	return true;
}

SETTER(profile)
{
	if (!oriel_vm_check_name(field, text, error))
		return false;
	take_text(&spec->profile, text);
	return true;
}

SETTER(title)
{
	if (!oriel_vm_check_text(field, text, error))
		return false;
	take_text(&spec->title, text);
	return true;
}

SETTER(virtualization)
{
	static const char *const allowed[] = {"kvm", "qemu", NULL};

	return set_one_of(&spec->virtualization, field, text, allowed, error);
}

SETTER(firmware)
{
	static const char *const allowed[] = {"efi", "bios", NULL};

	return set_one_of(&spec->firmware, field, text, allowed, error);
}

SETTER(memory)
{
	return oriel_vm_check_size(field, text, 64 * MIB, 16 * TIB, &spec->memory_bytes, error);
}

SETTER(cpus)
{
	guint64 number;

	if (!oriel_vm_check_number(field, text, 1, 1024, &number, error))
		return false;
	spec->cpus = number;
	return true;
}

SETTER(threads)
{
	guint64 number;

	if (!oriel_vm_check_number(field, text, 1, 8, &number, error))
		return false;
	spec->threads = number;
	return true;
}

SETTER(secure_boot)
{
	return set_choice(&spec->secure_boot, field, text, error);
}

SETTER(tpm)
{
	return set_choice(&spec->tpm, field, text, error);
}

SETTER(pin)
{
	return set_choice(&spec->pin, field, text, error);
}

SETTER(hugepages)
{
	return set_choice(&spec->hugepages, field, text, error);
}

SETTER(tune)
{
	g_autoptr(GError) why = NULL;

	if (!oriel_tunings_parse(g_str_equal(text, "none") ? "" : text, &spec->tune, &why))
		return refuse(field, text, why->message, error);
	spec->tune_given = true;
	return true;
}

SETTER(hdr)
{
	return set_choice(&spec->hdr, field, text, error);
}

/* A size, or "none". */
SETTER(disk)
{
	spec->disk_none = g_str_equal(text, "none");
	return spec->disk_none ||
	       oriel_vm_check_size(field, text, MIB, 1024 * TIB, &spec->disk_bytes, error);
}

SETTER(disk_file)
{
	if (!oriel_vm_check_path(field, text, error))
		return false;
	take_text(&spec->disk_file, text);
	return true;
}

SETTER(disk_format)
{
	static const char *const allowed[] = {"qcow2", "raw", NULL};

	return set_one_of(&spec->disk_format, field, text, allowed, error);
}

SETTER(iso)
{
	return set_path_or_none(&spec->iso, field, text, error);
}

SETTER(virtio_iso)
{
	return set_path_or_none(&spec->virtio_iso, field, text, error);
}

SETTER(network)
{
	const char *equals = strchr(text, '=');
	bool named = g_str_has_prefix(text, "network=") || g_str_has_prefix(text, "bridge=");

	if (named && !oriel_vm_check_name(field, equals + 1, error))
		return false;
	if (!named && !g_str_equal(text, "none") && !g_str_equal(text, "user"))
		return refuse(field, text,
			"use network=NAME (network=default is libvirt's own), bridge=NAME, user or "
			"none",
			error);
	take_text(&spec->network, text);
	return true;
}

SETTER(sound)
{
	static const char *const allowed[] = {"spice", "none", NULL};

	return set_one_of(&spec->sound, field, text, allowed, error);
}

SETTER(display)
{
	static const char *const allowed[] = {"socket", "local", "none", NULL};

	return set_one_of(&spec->display, field, text, allowed, error);
}

SETTER(video)
{
	static const char *const allowed[] = {"vga", "qxl", "virtio", "bochs", "none", NULL};

	return set_one_of(&spec->video, field, text, allowed, error);
}

/* "none" or items with commas; each is added by add(). */
static bool set_list(struct oriel_vm_spec *spec, const char *field, const char *text, set_func add,
	GError **error)
{
	g_auto(GStrv) items = NULL;

	if (g_str_equal(text, "none"))
		return true;
	items = g_strsplit(text, ",", -1);
	for (char **item = items; *item; item++)
		if (!add(spec, field, *item, error))
			return false;
	return true;
}

static bool add_pci(GArray *list, const char *field, const char *text, GError **error)
{
	struct oriel_vm_pci pci;

	if (!oriel_vm_check_pci(field, text, &pci, error))
		return false;
	g_array_append_val(list, pci);
	return true;
}

static bool add_gpu(struct oriel_vm_spec *spec, const char *field, const char *text, GError **error)
{
	return add_pci(spec->gpus, field, text, error);
}

static bool add_other_pci(
	struct oriel_vm_spec *spec, const char *field, const char *text, GError **error)
{
	return add_pci(spec->pci, field, text, error);
}

SETTER(gpu)
{
	g_clear_pointer(&spec->gpus, g_array_unref);
	spec->gpus = g_array_new(FALSE, FALSE, sizeof(struct oriel_vm_pci));
	return set_list(spec, field, text, add_gpu, error);
}

SETTER(pci)
{
	g_clear_pointer(&spec->pci, g_array_unref);
	spec->pci = g_array_new(FALSE, FALSE, sizeof(struct oriel_vm_pci));
	return set_list(spec, field, text, add_other_pci, error);
}

SETTER(gpu_rom)
{
	return set_path_or_none(&spec->gpu_rom, field, text, error);
}

static bool add_usb(struct oriel_vm_spec *spec, const char *field, const char *text, GError **error)
{
	const char *middle = strpbrk(text, ":-");
	struct oriel_vm_usb usb = {.by_place = middle && *middle == '-'};
	unsigned int base = usb.by_place ? 10 : 16;
	guint64 most = usb.by_place ? 999 : 0xffff, first, second;
	g_autofree char *left = middle ? g_strndup(text, middle - text) : NULL;

	if (!middle || (!usb.by_place && strlen(text) != 9) ||
		!g_ascii_string_to_unsigned(left, base, 1, most, &first, NULL) ||
		!g_ascii_string_to_unsigned(middle + 1, base, 0, most, &second, NULL))
		return refuse(field, text,
			"write VENDOR:PRODUCT as in 046d:c52b, or BUS-DEVICE as in 3-12; "
			"'oriel usb list' shows both",
			error);
	usb.first = first;
	usb.second = second;
	g_array_append_val(spec->usb, usb);
	return true;
}

SETTER(usb)
{
	g_clear_pointer(&spec->usb, g_array_unref);
	spec->usb = g_array_new(FALSE, FALSE, sizeof(struct oriel_vm_usb));
	return set_list(spec, field, text, add_usb, error);
}

static bool add_evdev(
	struct oriel_vm_spec *spec, const char *field, const char *text, GError **error)
{
	if (!oriel_vm_check_path(field, text, error))
		return false;
	if (!g_str_has_prefix(text, "/dev/input/"))
		return refuse(
			field, text, "it must be below /dev/input/, best /dev/input/by-id/", error);
	g_ptr_array_add(spec->evdev, g_strdup(text));
	return true;
}

SETTER(evdev)
{
	g_clear_pointer(&spec->evdev, g_ptr_array_unref);
	spec->evdev = g_ptr_array_new_with_free_func(g_free);
	return set_list(spec, field, text, add_evdev, error);
}

static const char *const relay_names[] = {
	[ORIEL_VM_RELAY_NONE] = "none",
	[ORIEL_VM_RELAY_PLAIN] = "plain",
	[ORIEL_VM_RELAY_DOORBELL] = "doorbell",
	[ORIEL_VM_RELAY_KVMFR] = "kvmfr",
};

const char *oriel_vm_relay_get_name(enum oriel_vm_relay relay)
{
	return relay == ORIEL_VM_RELAY_UNSET ? NULL : relay_names[relay];
}

SETTER(relay)
{
	for (int i = ORIEL_VM_RELAY_NONE; i <= ORIEL_VM_RELAY_KVMFR; i++)
		if (g_str_equal(relay_names[i], text)) {
			spec->relay = i;
			return true;
		}
	return refuse(field, text, "use plain, doorbell, kvmfr or none", error);
}

SETTER(relay_name)
{
	if (!oriel_vm_check_name(field, text, error))
		return false;
	take_text(&spec->relay_name, text);
	return true;
}

SETTER(relay_size)
{
	guint64 bytes;

	if (!oriel_vm_check_size(
		    field, text, ORIEL_VM_SHM_BYTES_MIN, ORIEL_VM_SHM_BYTES_MAX, &bytes, error))
		return false;
	if (bytes & (bytes - 1))
		return refuse(field, text,
			"it must be a power of two, as a PCI device's memory is: 32M, 64M, 128M "
			"...",
			error);
	spec->relay_bytes = bytes;
	return true;
}

SETTER(resolution)
{
	return oriel_vm_check_resolution(field, text, &spec->width_px, &spec->height_px, error);
}

#undef SETTER

/* The names stand apart so that they can be handed out as a list; a test holds the two together. */
static const char *const names[] = {"name", "os", "title", "profile", "virtualization", "firmware",
	"memory", "cpus", "threads", "secure-boot", "tpm", "pin", "hugepages", "tune", "hdr",
	"disk", "disk-file", "disk-format", "iso", "virtio-iso", "network", "sound", "display",
	"video", "gpu", "gpu-rom", "pci", "usb", "evdev", "relay", "relay-name", "relay-size",
	"resolution", NULL};

static const set_func setters[] = {set_name, set_os, set_title, set_profile, set_virtualization,
	set_firmware, set_memory, set_cpus, set_threads, set_secure_boot, set_tpm, set_pin,
	set_hugepages, set_tune, set_hdr, set_disk, set_disk_file, set_disk_format, set_iso,
	set_virtio_iso, set_network, set_sound, set_display, set_video, set_gpu, set_gpu_rom,
	set_pci, set_usb, set_evdev, set_relay, set_relay_name, set_relay_size, set_resolution};

G_STATIC_ASSERT(G_N_ELEMENTS(names) == G_N_ELEMENTS(setters) + 1);

const char *const *oriel_vm_spec_list(void)
{
	return names;
}

bool oriel_vm_spec_set(
	struct oriel_vm_spec *spec, const char *setting, const char *text, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(setters); i++)
		if (g_str_equal(names[i], setting))
			return setters[i](spec, setting, text, error);
	return oriel_vm_error_set(
		error, ORIEL_VM_ERROR_INVALID, "there is no setting '%.64s'", setting);
}

void oriel_vm_spec_init(struct oriel_vm_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
}

void oriel_vm_spec_finish(struct oriel_vm_spec *spec)
{
	char **texts[] = {&spec->name, &spec->os, &spec->title, &spec->profile,
		&spec->virtualization, &spec->firmware, &spec->disk_file, &spec->disk_format,
		&spec->iso, &spec->virtio_iso, &spec->network, &spec->sound, &spec->display,
		&spec->video, &spec->gpu_rom, &spec->relay_name};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_clear_pointer(texts[i], g_free);
	g_clear_pointer(&spec->gpus, g_array_unref);
	g_clear_pointer(&spec->pci, g_array_unref);
	g_clear_pointer(&spec->usb, g_array_unref);
	g_clear_pointer(&spec->evdev, g_ptr_array_unref);
}
