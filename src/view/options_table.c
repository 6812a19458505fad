/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/suggest.h"
#include "clipboard/clipboard.h"
#include "view/option.h"
#include "view/options.h"
#include "view/options_value.h"
#include "view/pane.h"
#include "view/profile.h"
#include "view/sound.h"

static const char *const windows[] = {"auto", "wayland", "x11", "headless", NULL};
static const char *const presenters[] = {
	"auto", "soft", "direct", "gpu", "vulkan", "opengl", "null", NULL};
static const char *const encoders[] = {"auto", "h264", "ffv1", "raw", NULL};
static const char *const scales[] = {
	[ORIEL_SCALE_FIT] = "fit",
	[ORIEL_SCALE_NONE] = "none",
	[ORIEL_SCALE_INTEGER] = "integer",
	[ORIEL_SCALE_STRETCH] = "stretch",
	NULL,
};
static const char *const filters[] = {
	[ORIEL_FILTER_AUTO] = "auto",
	[ORIEL_FILTER_NEAREST] = "nearest",
	[ORIEL_FILTER_LINEAR] = "linear",
	[ORIEL_FILTER_BEST] = "best",
	NULL,
};
static const char *const rotations[] = {
	[ORIEL_ROTATE_0] = "0",
	[ORIEL_ROTATE_90] = "90",
	[ORIEL_ROTATE_180] = "180",
	[ORIEL_ROTATE_270] = "270",
	NULL,
};
static const char *const colour_blinds[] = {
	[ORIEL_COLOUR_BLIND_NONE] = "none",
	[ORIEL_COLOUR_BLIND_PROTAN] = "protan",
	[ORIEL_COLOUR_BLIND_DEUTAN] = "deutan",
	[ORIEL_COLOUR_BLIND_TRITAN] = "tritan",
	NULL,
};
static const char *const hdrs[] = {
	[ORIEL_HDR_CLIP] = "clip",
	[ORIEL_HDR_COMPRESS] = "compress",
	NULL,
};
static const char *const swaps[] = {
	[ORIEL_SWAP_MAILBOX] = "mailbox",
	[ORIEL_SWAP_VSYNC] = "vsync",
	[ORIEL_SWAP_IMMEDIATE] = "immediate",
	NULL,
};
static const char *const contents[] = {
	[ORIEL_CONTENT_ANY] = "any",
	[ORIEL_CONTENT_VIDEO] = "video",
	[ORIEL_CONTENT_GAME] = "game",
	NULL,
};
static const char *const log_levels[] = {
	[ORIEL_LOG_ERROR] = "error",
	[ORIEL_LOG_WARNING] = "warning",
	[ORIEL_LOG_INFO] = "info",
	[ORIEL_LOG_DEBUG] = "debug",
	NULL,
};

static const char *const captures[] = {
	[ORIEL_CAPTURE_BY_KEY] = "key",
	[ORIEL_CAPTURE_BY_CLICK] = "click",
	[ORIEL_CAPTURE_BY_FOCUS] = "focus",
	NULL,
};
static const char *const inputs[] = {
	[ORIEL_CAPTURE_INPUT_ALWAYS] = "always",
	[ORIEL_CAPTURE_INPUT_CAPTURED] = "captured",
	[ORIEL_CAPTURE_INPUT_NEVER] = "never",
	NULL,
};

static const char *const capture_signs[] = {
	[ORIEL_CAPTURE_SIGN_TITLE] = "title",
	[ORIEL_CAPTURE_SIGN_PICTURE] = "picture",
	[ORIEL_CAPTURE_SIGN_NONE] = "none",
	NULL,
};
static const char *const displays[] = {
	[ORIEL_DISPLAY_AUTO] = "auto",
	[ORIEL_DISPLAY_RELAY] = "relay",
	[ORIEL_DISPLAY_SPICE] = "spice",
	NULL,
};
static const char *const follows[] = {
	[ORIEL_FOLLOW_GUEST] = "guest",
	[ORIEL_FOLLOW_WINDOW] = "window",
	NULL,
};
static const char *const awakes[] = {
	[ORIEL_AWAKE_GUEST] = "guest",
	[ORIEL_AWAKE_ALWAYS] = "always",
	[ORIEL_AWAKE_NEVER] = "never",
	NULL,
};
static const char *const audios[] = {
	[ORIEL_SOUND_ACTIVE] = "active",
	[ORIEL_SOUND_PERSISTENT] = "persistent",
	[ORIEL_SOUND_OFF] = "off",
	NULL,
};
static const char *const microphones[] = {
	[ORIEL_MICROPHONE_DENY] = "deny",
	[ORIEL_MICROPHONE_PROMPT] = "prompt",
	[ORIEL_MICROPHONE_ALLOW] = "allow",
	NULL,
};

static const char *const clipboards[] = {
	[ORIEL_CLIPBOARD_OFF] = "off",
	[ORIEL_CLIPBOARD_TO_GUEST] = "to-guest",
	[ORIEL_CLIPBOARD_TO_HOST] = "to-host",
	[ORIEL_CLIPBOARD_BOTH] = "both",
	NULL,
};

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

#define MEMBER(name)                                                                               \
	offsetof(struct oriel_view_options, name), sizeof(((struct oriel_view_options *)NULL)->name)
#define SIZE_MEMBERS offsetof(struct oriel_view_options, width_px), 2 * sizeof(uint32_t)
#define NO_MEMBER 0, 0

const struct oriel_view_option oriel_view_option_table[] = {
	{"source", "PATH",
		"the guest's shared memory; /dev/kvmfr0 where that is a device, else\n"
		"/dev/shm/looking-glass; test:WIDTHxHEIGHT@RATE shows a test picture",
		oriel_option_set_text, MEMBER(source), NULL, "guest"},

	{"window", "SYSTEM", "auto, wayland, x11 or headless", oriel_option_set_name,
		MEMBER(window), windows, "window"},
	{"size", "SIZE", "auto (the guest's, at most the screen's) or WIDTHxHEIGHT",
		oriel_option_set_size, SIZE_MEMBERS, NULL, "window"},
	{"follow", "WHOM",
		"guest: the window takes on the size of the guest's screen, unless it is\n"
		"given another; window: the guest is asked, over SPICE, for a screen of\n"
		"the window's size",
		oriel_option_set_choice, MEMBER(follow), follows, "window"},
	{"position", "X,Y",
		"auto, or where the window's contents begin on the desktop; X11 only,\n"
		"on Wayland windows are placed by the compositor",
		oriel_option_set_position, MEMBER(position), NULL, "window"},
	{"fullscreen", NULL, "begin with the whole screen", oriel_option_set_flag,
		MEMBER(fullscreen), NULL, "window"},
	{"maximize", NULL, "begin maximised", oriel_option_set_flag, MEMBER(maximize), NULL,
		"window"},
	{"borderless", NULL, "no borders around the window", oriel_option_set_flag,
		MEMBER(borderless), NULL, "window"},
	{"output", "NAME", "the screen to be on, like DP-1; on Wayland only for the whole screen",
		oriel_option_set_text, MEMBER(output), NULL, "window"},
	{"title", "TEXT", "of the window: Oriel, with --vm the VM's name before it",
		oriel_option_set_text, MEMBER(title), NULL, "window"},

	{"keep-awake", "WHEN",
		"guest (while it asks for that), always or never: when the desktop is held\n"
		"back from blanking the screen, as long as the window has a picture",
		oriel_option_set_choice, MEMBER(keep_awake), awakes, "window"},

	{"present", "PRESENTER",
		"auto, soft, direct (Wayland: nothing is copied), gpu (vulkan, else\n"
		"opengl), vulkan, opengl or null (takes frames, shows nothing)",
		oriel_option_set_name, MEMBER(present), presenters, "picture"},
	{"scale", "HOW",
		"fit (keeps the shape), none (1:1), integer (whole multiples) or\n"
		"stretch (fills the window)",
		oriel_option_set_choice, MEMBER(scale), scales, "picture"},
	{"filter", "FILTER", "auto, nearest, linear or best, where the picture is scaled",
		oriel_option_set_choice, MEMBER(filter), filters, "picture"},
	{"rotate", "DEGREES", "0, 90, 180 or 270: turn the picture clockwise",
		oriel_option_set_choice, MEMBER(rotate), rotations, "picture"},
	{"brightness", "PERCENT", "of the picture, from 10 to 400", oriel_option_set_brightness,
		MEMBER(brightness_percent), NULL, "picture"},
	{"colour-blind", "KIND",
		"none, protan (no red), deutan (no green) or tritan (no blue): move\n"
		"differences to colours that such eyes see",
		oriel_option_set_choice, MEMBER(colour_blind), colour_blinds, "picture"},
	{"hdr", "HOW", "compress or clip what is brighter than white", oriel_option_set_choice,
		MEMBER(hdr), hdrs, "picture"},
	{"hdr-white", "NITS", "what is white in an HDR picture; 80 for RGBA16F, 203 for PQ",
		oriel_option_set_nits, MEMBER(hdr_white_nits), NULL, "picture"},
	{"swap", "WHEN",
		"mailbox, vsync or immediate: when a new picture is shown (gpu; on Wayland\n"
		"only immediate, where the compositor allows that)",
		oriel_option_set_choice, MEMBER(swap), swaps, "picture"},
	{"content", "KIND", "any, video or game: what a Wayland desktop is told of the picture",
		oriel_option_set_choice, MEMBER(content), contents, "picture"},
	{"shader", "FILE", "a shader in mpv's format to draw the picture with (gpu)",
		oriel_option_set_text, MEMBER(shader), NULL, "picture"},
	{"jit", NULL, "make each picture just in time for the next refresh of the screen",
		oriel_option_set_flag, MEMBER(jit), NULL, "picture"},
	{"fps-limit", "N", "show at most N pictures a second, the newest ones; none, or 5 to 1000",
		oriel_option_set_fps_limit, MEMBER(fps_limit), NULL, "picture"},

	{"escape-key", "KEY",
		"captures and releases keyboard and pointer, and shows help when held:\n"
		"ScrollLock, RightCtrl or another key, or a combination like LeftCtrl+LeftAlt",
		oriel_option_set_escape_key, MEMBER(capture.escape), NULL, "input"},
	{"bind", "KEY=ACTION",
		"what KEY does while the escape key is held; several with commas between",
		oriel_option_set_binding, MEMBER(capture.bindings), NULL, "input"},
	{"capture", "BY", "key (the escape key alone), click or focus, too",
		oriel_option_set_choice, MEMBER(capture_by), captures, "input"},
	{"input", "WHEN", "always, captured or never: when input goes to the guest",
		oriel_option_set_choice, MEMBER(input), inputs, "input"},
	{"capture-sign", "WHERE", "title, picture or none: where a capture shows while it lasts",
		oriel_option_set_choice, MEMBER(capture_sign), capture_signs, "input"},
	{"input-evdev", "DEVICES",
		"keyboards and mice to take from the kernel while input is captured, such\n"
		"as /dev/input/by-id/...-event-kbd; several with commas between",
		oriel_option_set_text, MEMBER(input_evdev), NULL, "input"},
	{"sensitivity", "N", "of the captured pointer, from -9 to 9, in tenths",
		oriel_option_set_sensitivity, MEMBER(capture.sensitivity), NULL, "input"},
	{"grab-keyboard", NULL,
		"a capture takes the desktop's shortcuts as well, as it does if not said",
		oriel_option_set_flag, MEMBER(grab_keyboard), NULL, "input"},

	{"spice", "ADDRESS",
		"the VM's SPICE server, for keyboard, pointer, sound and the picture until\n"
		"there is one in the shared memory: the path of its socket,\n"
		"spice://HOST:PORT or spice+tls://HOST:PORT",
		oriel_option_set_text, MEMBER(spice), NULL, "spice"},
	{"display", "WHOSE",
		"auto (the shared memory's, and by SPICE while that has none), relay (the\n"
		"shared memory's) or spice: whose picture is shown",
		oriel_option_set_choice, MEMBER(display), displays, "spice"},
	{"password-file", "FILE", "the SPICE password is the first line of FILE",
		oriel_option_set_text, MEMBER(password_file), NULL, "spice"},
	{"spice-ca", "FILE",
		"trust a SPICE server whose certificate that authority signed; else\n"
		"those that the system trusts",
		oriel_option_set_text, MEMBER(spice_ca), NULL, "spice"},
	{"share-folder", "FOLDER",
		"the guest may read and change that folder (WebDAV), and its files\n"
		"cross the clipboard",
		oriel_option_set_folder, MEMBER(share_folder), NULL, "spice"},
	{"send-from", "FOLDER",
		"files in that folder may be sent to the guest: copied, and sent with the\n"
		"escape key and V",
		oriel_option_set_folder, MEMBER(send_from), NULL, "spice"},
	{"send-limit", "MIB", "nothing larger is sent at a time; 4096 if not said",
		oriel_option_set_send_limit, MEMBER(send_limit_bytes), NULL, "spice"},
	{"usb-auto", "FILTER",
		"lend the guest USB devices of that kind, like 0x08,-1,-1,-1,1 for disks,\n"
		"as soon as they are there",
		oriel_option_set_usb_filter, MEMBER(usb_auto), NULL, "spice"},
	{"usb-cd", "FILE", "lend the guest that image as a CD in a USB drive",
		oriel_option_set_folder, MEMBER(usb_cd), NULL, "spice"},
	{"clipboard", "WAYS", "both, to-guest, to-host or off: where what is copied may be pasted",
		oriel_option_set_choice, MEMBER(clipboard), clipboards, "spice"},
	{"clipboard-limit", "MIB", "nothing larger crosses the clipboard; 64 if not said",
		oriel_option_set_clipboard_limit, MEMBER(clipboard_limit_bytes), NULL, "spice"},
	{"insecure", NULL, "allow SPICE in plain text to other computers", oriel_option_set_flag,
		MEMBER(insecure), NULL, "spice"},

	{"audio", "WHEN",
		"active (lets the sound device go while the guest is silent), persistent\n"
		"(keeps it) or off",
		oriel_option_set_choice, MEMBER(audio), audios, "audio"},
	{"audio-device", "NAME", "PipeWire's name of the device to play on; else the default one",
		oriel_option_set_text, MEMBER(audio_device), NULL, "audio"},
	{"audio-latency", "MS",
		"milliseconds of sound held back: less breaks off sooner on a busy machine",
		oriel_option_set_latency, MEMBER(audio_latency_ms), NULL, "audio"},
	{"microphone", "POLICY",
		"deny, prompt (asks in the window) or allow: whether the guest may listen",
		oriel_option_set_choice, MEMBER(microphone), microphones, "audio"},
	{"microphone-device", "NAME",
		"PipeWire's name of the device to listen to; else the default one",
		oriel_option_set_text, MEMBER(microphone_device), NULL, "audio"},

	{"profile", "PROFILE",
		"gaming, productivity, streaming or custom: several settings in one;\n"
		"what comes after it wins",
		oriel_option_set_profile, MEMBER(profile), oriel_profile_names, "program"},
	{"log", "LEVEL", "error, warning, info or debug", oriel_option_set_choice,
		MEMBER(log_level), log_levels, "program"},

	{"pictures", "FOLDER",
		"where screenshots go that are asked for while it runs; the user's\n"
		"folder of pictures",
		oriel_option_set_folder, MEMBER(pictures), NULL, "program"},
	{"share", NULL, "offer the picture to other programs as a camera (PipeWire)",
		oriel_option_set_flag, MEMBER(share), NULL, "program"},
	{"record-as", "ENCODING",
		"auto (the first of these that works here), h264, ffv1 or raw; all are\n"
		"without loss",
		oriel_option_set_name, MEMBER(record_as), encoders, "program"},
	{"sandbox", NULL,
		"give up the files and system calls that a viewer does not need; this is\n"
		"the default, --no-sandbox switches it off",
		oriel_option_set_flag, MEMBER(sandbox), NULL, "program"},
	{"allow-root", NULL, "start even as root", oriel_option_set_flag, MEMBER(allow_root), NULL,
		"program"},

	{"vm", "NAME", "read the settings of that VM as well, and take its commands",
		oriel_option_set_vm, MEMBER(vm), NULL, NULL},
	{"machine-profile", "PROFILE",
		"the profile of the VM, as oriel view names it: beneath all settings, and\n"
		"without a size; one of another name than --profile has sets nothing",
		oriel_option_set_text, MEMBER(machine_profile), NULL, NULL},
	{"config", "FILE", "read no settings but those of FILE", oriel_option_set_text,
		MEMBER(config), NULL, NULL},
	{"import", "FILE",
		"print the settings of a Looking Glass client's FILE as ours, say what\n"
		"has no equal here, and end",
		oriel_option_set_text, MEMBER(import), NULL, NULL},
	{"headless", NULL, "no window; the same as --window headless", oriel_option_set_headless,
		NO_MEMBER, NULL, NULL},
	{"frames", "N", "end after N shown frames", oriel_option_set_count, MEMBER(frames), NULL,
		NULL},
	{"screenshot", "FILE", "at the end, write the last shown frame to FILE as PNG",
		oriel_option_set_text, MEMBER(screenshot), NULL, NULL},
	{"record", "FILE", "record what is shown to FILE, which must not be there yet (Matroska)",
		oriel_option_set_text, MEMBER(record), NULL, NULL},
	{"password-env", "NAME", "the SPICE password is in that environment variable",
		oriel_option_set_text, MEMBER(password_env), NULL, NULL},
	{"input-log", "FILE", "write down all input for the guest, one line each",
		oriel_option_set_text, MEMBER(input_log), NULL, NULL},
	{"timeout", "SECONDS", "end with status 124 after that time", oriel_option_set_seconds,
		MEMBER(timeout_ns), NULL, NULL},
	{"stats", NULL, "at the end, print what was measured as one JSON object",
		oriel_option_set_flag, MEMBER(stats), NULL, NULL},
	{"completion", "SHELL", "print the completion script for bash, zsh or fish and end",
		oriel_option_set_shell, MEMBER(completion), shells, NULL},
	{"help", NULL, "print this and end", oriel_option_set_flag, MEMBER(help), NULL, NULL},
	{"version", NULL, "print the version and end", oriel_option_set_flag, MEMBER(version), NULL,
		NULL},
	{NULL},
};

const struct oriel_view_option *oriel_view_option_find_part(const char *name, size_t length)
{
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++)
		if (strlen(row->name) == length && !strncmp(row->name, name, length))
			return row;
	return NULL;
}

const struct oriel_view_option *oriel_view_option_find(const char *name)
{
	return oriel_view_option_find_part(name, strlen(name));
}

const char *oriel_view_option_suggest(const char *name)
{
	const char *names[sizeof oriel_view_option_table / sizeof oriel_view_option_table[0]];
	size_t count = 0;

	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++)
		names[count++] = row->name;
	names[count] = NULL;
	return oriel_suggest_nearest(name, names);
}
