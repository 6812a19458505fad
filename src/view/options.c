/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/options.h"

#include <errno.h>
#include <glib.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/suggest.h"
#include "base/time.h"
#include "clipboard/clipboard.h"
#include "view/option.h"
#include "view/pane.h"
#include "view/profile.h"
#include "view/sound.h"

#define SIDE_MAX_PX 16384u
#define POSITION_MAX_PX 32767
#define TIMEOUT_MAX_S 1e9
#define CLIPBOARD_MAX_MIB 1024ul
#define CLIPBOARD_LIMIT_MIB 64u
#define SEND_MAX_MIB (16ul << 20)
#define SEND_LIMIT_MIB 4096u

#define AUDIO_LATENCY_MS 13u
#define AUDIO_LATENCY_MAX_MS 500u

/* A guest gives up a viewer that takes no frame for a second. */
#define FPS_LIMIT_MIN 5u
#define FPS_LIMIT_MAX 1000u

#define NAME_MAX_BYTES 64u
/* A press that is longer shows help. */
#define HELP_DELAY_NS (200 * ORIEL_NS_PER_MS)

static void *member_of(const struct oriel_view_option *option, struct oriel_view_options *options)
{
	return (char *)options + option->offset;
}

/* ---- kinds of values ------------------------------------------------------------------------ */

static int set_text(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	if (!*value)
		return oriel_error_set(error, -EINVAL, "is empty: give it %s", option->argument);
	*(const char **)member_of(option, options) = g_intern_string(value);
	return 0;
}

static int set_folder(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	if (*value != '/')
		return oriel_error_set(
			error, -EINVAL, "takes a path that begins with /, not \"%s\"", value);
	return set_text(option, options, value, error);
}

static bool is_usb_number(const char *text, long least, long most)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 0);
	return end != text && !*end && !errno && number >= least && number <= most &&
	       !strpbrk(text, " \t+");
}

/* As usbredir reads it: a class, a vendor, a product, a version, and whether it is allowed. */
static bool is_usb_rule(const char *rule)
{
	static const struct {
		long least, most;
	} ranges[] = {
		{-1, UINT8_MAX}, {-1, UINT16_MAX}, {-1, UINT16_MAX}, {-1, UINT16_MAX}, {0, 1}};
	g_auto(GStrv) fields = g_strsplit(rule, ",", -1);

	if (g_strv_length(fields) != G_N_ELEMENTS(ranges))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
		if (!is_usb_number(fields[i], ranges[i].least, ranges[i].most))
			return false;
	return true;
}

static int set_usb_filter(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	g_auto(GStrv) rules = g_strsplit(value, "|", -1);
	bool is_good = *rules;

	for (char **at = rules; *at; at++)
		is_good = is_good && is_usb_rule(*at);
	if (is_good)
		return set_text(option, options, value, error);
	return oriel_error_set(error, -EINVAL,
		"takes rules with | between, CLASS,VENDOR,PRODUCT,VERSION,ALLOW each, the class "
		"up to 255, the next three up to 65535, -1 for any, and ALLOW 0 or 1, not \"%s\"",
		value);
}

static int set_flag(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	bool is_yes = !strcmp(value, "yes");

	if (!is_yes && strcmp(value, "no"))
		return oriel_error_set(error, -EINVAL, "takes yes or no, not \"%s\"", value);
	*(bool *)member_of(option, options) = is_yes;
	return 0;
}

static int set_headless(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	options->window = "headless";
	return 0;
}

/* Index of value among the choices. */
static int find_choice(const struct oriel_view_option *option, const char *value, int *ret_index,
	struct oriel_error *error)
{
	const char *near = oriel_suggest_nearest(value, option->choices);
	char list[192] = "";

	for (int i = 0; option->choices[i]; i++) {
		if (!strcmp(option->choices[i], value)) {
			*ret_index = i;
			return 0;
		}
		strncat(list, i ? ", " : "", sizeof list - strlen(list) - 1);
		strncat(list, option->choices[i], sizeof list - strlen(list) - 1);
	}
	return oriel_error_set(error, -EINVAL, "does not know \"%s\": it takes %s%s%s%s", value,
		list, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int set_choice(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	return find_choice(option, value, member_of(option, options), error);
}

static int set_name(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	int index = 0;
	int result = find_choice(option, value, &index, error);

	if (!result)
		*(const char **)member_of(option, options) = option->choices[index];
	return result;
}

static int set_profile(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	int result = set_name(option, options, value, error);

	return result ? result : oriel_profile_apply(options->profile, options, error);
}

static int set_shell(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	int index = 0;
	int result = find_choice(option, value, &index, error);

	if (!result)
		options->completion = index + 1;
	return result;
}

/* It becomes part of file names. */
static int set_vm(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	bool is_good = *value && *value != '.' && strlen(value) <= NAME_MAX_BYTES &&
		       g_utf8_validate(value, -1, NULL);

	for (const char *at = value; *at && is_good; at++)
		is_good = *at != '/' && !g_ascii_iscntrl(*at);
	if (!is_good)
		return oriel_error_set(error, -EINVAL,
			"takes the name of a VM, at most %u bytes without / and not beginning with "
			"a dot, not \"%.*s\"",
			NAME_MAX_BYTES, (int)NAME_MAX_BYTES, value);
	return set_text(option, options, value, error);
}

static bool is_digits(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

static int set_count(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	unsigned long long count;

	errno = 0;
	count = strtoull(value, NULL, 10);
	if (!is_digits(value) || errno || !count)
		return oriel_error_set(
			error, -EINVAL, "takes a whole number from 1 on, not \"%s\"", value);
	*(uint64_t *)member_of(option, options) = count;
	return 0;
}

static int take_mebibytes(
	uint64_t *ret_bytes, const char *value, unsigned long max_mib, struct oriel_error *error)
{
	unsigned long count = strlen(value) <= 8 ? strtoul(value, NULL, 10) : 0;

	if (!is_digits(value) || !count || count > max_mib)
		return oriel_error_set(error, -EINVAL,
			"takes a whole number from 1 to %lu, in MiB, not \"%s\"", max_mib, value);
	*ret_bytes = (uint64_t)count << 20;
	return 0;
}

static int set_clipboard_limit(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return take_mebibytes(member_of(option, options), value, CLIPBOARD_MAX_MIB, error);
}

static int set_send_limit(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return take_mebibytes(member_of(option, options), value, SEND_MAX_MIB, error);
}

static int set_seconds(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	double seconds;

	seconds = strtod(value, NULL);
	if (!*value || value[strspn(value, "0123456789.")] ||
		strchr(value, '.') != strrchr(value, '.') || !(seconds > 0.0) ||
		seconds > TIMEOUT_MAX_S)
		return oriel_error_set(
			error, -EINVAL, "takes seconds above 0, like 10 or 0.5, not \"%s\"", value);
	*(uint64_t *)member_of(option, options) = (uint64_t)(seconds * 1e9);
	return 0;
}

static int set_latency(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	unsigned long latency_ms = is_digits(value) ? strtoul(value, NULL, 10) : 0;

	if (!latency_ms || latency_ms > AUDIO_LATENCY_MAX_MS)
		return oriel_error_set(error, -EINVAL,
			"takes whole milliseconds from 1 to %u, not \"%s\"", AUDIO_LATENCY_MAX_MS,
			value);
	*(uint32_t *)member_of(option, options) = (uint32_t)latency_ms;
	return 0;
}

static int set_escape_key(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return oriel_key_parse_combination(&options->capture.escape, value, error);
}

static int set_binding(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	struct oriel_bindings bindings = options->capture.bindings;
	g_auto(GStrv) each = g_strsplit(value, ",", -1);

	for (char **text = each; *text; text++)
		if (oriel_bindings_set(&bindings, g_strstrip(*text), error))
			return -EINVAL;
	options->capture.bindings = bindings;
	return 0;
}

static int set_sensitivity(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	char *end;
	long number = strtol(value, &end, 10);

	if (!*value || *end || value[strspn(value, "+-0123456789")] ||
		labs(number) > ORIEL_CAPTURE_SENSITIVITY_MAX)
		return oriel_error_set(error, -EINVAL,
			"takes a whole number from -%d to %d, not \"%s\"",
			ORIEL_CAPTURE_SENSITIVITY_MAX, ORIEL_CAPTURE_SENSITIVITY_MAX, value);
	options->capture.sensitivity = (int)number;
	return 0;
}

/* A number within bounds, for a member of 32 bits. */
static int set_bounded(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, uint32_t least, uint32_t most, struct oriel_error *error)
{
	bool is_number = is_digits(value) && strlen(value) < 10;
	unsigned long number = is_number ? strtoul(value, NULL, 10) : 0;

	if (number < least || number > most)
		return oriel_error_set(error, -EINVAL,
			"takes a whole number from %u to %u, not \"%s\"", least, most, value);
	*(uint32_t *)member_of(option, options) = (uint32_t)number;
	return 0;
}

static int set_fps_limit(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	if (!strcmp(value, "none")) {
		options->fps_limit = 0;
		return 0;
	}
	if (set_bounded(option, options, value, FPS_LIMIT_MIN, FPS_LIMIT_MAX, NULL))
		return oriel_error_set(error, -EINVAL,
			"takes none or a whole number from %u to %u, not \"%s\"", FPS_LIMIT_MIN,
			FPS_LIMIT_MAX, value);
	return 0;
}

static int set_brightness(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return set_bounded(option, options, value, 10, 400, error);
}

static int set_nits(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	return set_bounded(option, options, value, 10, 10000, error);
}

static int set_size(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	unsigned width_px = 0, height_px = 0;
	int end = 0;

	if (!strcmp(value, "auto")) {
		options->width_px = options->height_px = 0;
		return 0;
	}
	/* Digits in front keeps sscanf from taking blanks and signs. */
	if (value[strspn(value, "0123456789x")] ||
		sscanf(value, "%5ux%5u%n", &width_px, &height_px, &end) != 2 || value[end] ||
		!width_px || !height_px || width_px > SIDE_MAX_PX || height_px > SIDE_MAX_PX)
		return oriel_error_set(error, -EINVAL,
			"takes auto or WIDTHxHEIGHT with sides of 1 to %u, not \"%s\"", SIDE_MAX_PX,
			value);
	options->width_px = width_px;
	options->height_px = height_px;
	return 0;
}

static int set_position(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	int x_px = 0, y_px = 0, end = 0;

	if (!strcmp(value, "auto")) {
		options->position.is_set = false;
		options->position.x_px = options->position.y_px = 0;
		return 0;
	}
	if (value[strspn(value, "0123456789,-")] ||
		sscanf(value, "%6d,%6d%n", &x_px, &y_px, &end) != 2 || value[end] ||
		abs(x_px) > POSITION_MAX_PX || abs(y_px) > POSITION_MAX_PX)
		return oriel_error_set(error, -EINVAL,
			"takes auto or X,Y from -%d to %d, not \"%s\"", POSITION_MAX_PX,
			POSITION_MAX_PX, value);
	options->position.is_set = true;
	options->position.x_px = x_px;
	options->position.y_px = y_px;
	return 0;
}

/* ---- the table ------------------------------------------------------------------------------ */

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
		set_text, MEMBER(source), NULL, "guest"},

	{"window", "SYSTEM", "auto, wayland, x11 or headless", set_name, MEMBER(window), windows,
		"window"},
	{"size", "SIZE", "auto (the guest's, at most the screen's) or WIDTHxHEIGHT", set_size,
		SIZE_MEMBERS, NULL, "window"},
	{"follow", "WHOM",
		"guest: the window takes on the size of the guest's screen, unless it is\n"
		"given another; window: the guest is asked, over SPICE, for a screen of\n"
		"the window's size",
		set_choice, MEMBER(follow), follows, "window"},
	{"position", "X,Y",
		"auto, or where the window's contents begin on the desktop; X11 only,\n"
		"on Wayland windows are placed by the compositor",
		set_position, MEMBER(position), NULL, "window"},
	{"fullscreen", NULL, "begin with the whole screen", set_flag, MEMBER(fullscreen), NULL,
		"window"},
	{"maximize", NULL, "begin maximised", set_flag, MEMBER(maximize), NULL, "window"},
	{"borderless", NULL, "no borders around the window", set_flag, MEMBER(borderless), NULL,
		"window"},
	{"output", "NAME", "the screen to be on, like DP-1; on Wayland only for the whole screen",
		set_text, MEMBER(output), NULL, "window"},
	{"title", "TEXT", "of the window: Oriel, with --vm the VM's name before it", set_text,
		MEMBER(title), NULL, "window"},

	{"keep-awake", "WHEN",
		"guest (while it asks for that), always or never: when the desktop is held\n"
		"back from blanking the screen, as long as the window has a picture",
		set_choice, MEMBER(keep_awake), awakes, "window"},

	{"present", "PRESENTER",
		"auto, soft, direct (Wayland: nothing is copied), gpu (vulkan, else\n"
		"opengl), vulkan, opengl or null (takes frames, shows nothing)",
		set_name, MEMBER(present), presenters, "picture"},
	{"scale", "HOW",
		"fit (keeps the shape), none (1:1), integer (whole multiples) or\n"
		"stretch (fills the window)",
		set_choice, MEMBER(scale), scales, "picture"},
	{"filter", "FILTER", "auto, nearest, linear or best, where the picture is scaled",
		set_choice, MEMBER(filter), filters, "picture"},
	{"brightness", "PERCENT", "of the picture, from 10 to 400", set_brightness,
		MEMBER(brightness_percent), NULL, "picture"},
	{"colour-blind", "KIND",
		"none, protan (no red), deutan (no green) or tritan (no blue): move\n"
		"differences to colours that such eyes see",
		set_choice, MEMBER(colour_blind), colour_blinds, "picture"},
	{"hdr", "HOW", "compress or clip what is brighter than white", set_choice, MEMBER(hdr),
		hdrs, "picture"},
	{"hdr-white", "NITS", "what is white in an HDR picture; 80 for RGBA16F, 203 for PQ",
		set_nits, MEMBER(hdr_white_nits), NULL, "picture"},
	{"swap", "WHEN",
		"mailbox, vsync or immediate: when a new picture is shown (gpu; on Wayland\n"
		"only immediate, where the compositor allows that)",
		set_choice, MEMBER(swap), swaps, "picture"},
	{"content", "KIND", "any, video or game: what a Wayland desktop is told of the picture",
		set_choice, MEMBER(content), contents, "picture"},
	{"shader", "FILE", "a shader in mpv's format to draw the picture with (gpu)", set_text,
		MEMBER(shader), NULL, "picture"},
	{"jit", NULL, "make each picture just in time for the next refresh of the screen", set_flag,
		MEMBER(jit), NULL, "picture"},
	{"fps-limit", "N", "show at most N pictures a second, the newest ones; none, or 5 to 1000",
		set_fps_limit, MEMBER(fps_limit), NULL, "picture"},

	{"escape-key", "KEY",
		"captures and releases keyboard and pointer, and shows help when held:\n"
		"ScrollLock, RightCtrl or another key, or a combination like LeftCtrl+LeftAlt",
		set_escape_key, MEMBER(capture.escape), NULL, "input"},
	{"bind", "KEY=ACTION",
		"what KEY does while the escape key is held; several with commas between",
		set_binding, MEMBER(capture.bindings), NULL, "input"},
	{"capture", "BY", "key (the escape key alone), click or focus, too", set_choice,
		MEMBER(capture_by), captures, "input"},
	{"input", "WHEN", "always, captured or never: when input goes to the guest", set_choice,
		MEMBER(input), inputs, "input"},
	{"capture-sign", "WHERE", "title, picture or none: where a capture shows while it lasts",
		set_choice, MEMBER(capture_sign), capture_signs, "input"},
	{"input-evdev", "DEVICES",
		"keyboards and mice to take from the kernel while input is captured, such\n"
		"as /dev/input/by-id/...-event-kbd; several with commas between",
		set_text, MEMBER(input_evdev), NULL, "input"},
	{"sensitivity", "N", "of the captured pointer, from -9 to 9, in tenths", set_sensitivity,
		MEMBER(capture.sensitivity), NULL, "input"},
	{"grab-keyboard", NULL,
		"a capture takes the desktop's shortcuts as well, as it does if not said", set_flag,
		MEMBER(grab_keyboard), NULL, "input"},

	{"spice", "ADDRESS",
		"the VM's SPICE server, for keyboard, pointer, sound and the picture until\n"
		"there is one in the shared memory: the path of its socket,\n"
		"spice://HOST:PORT or spice+tls://HOST:PORT",
		set_text, MEMBER(spice), NULL, "spice"},
	{"display", "WHOSE",
		"auto (the shared memory's, and by SPICE while that has none), relay (the\n"
		"shared memory's) or spice: whose picture is shown",
		set_choice, MEMBER(display), displays, "spice"},
	{"password-file", "FILE", "the SPICE password is the first line of FILE", set_text,
		MEMBER(password_file), NULL, "spice"},
	{"spice-ca", "FILE",
		"trust a SPICE server whose certificate that authority signed; else\n"
		"those that the system trusts",
		set_text, MEMBER(spice_ca), NULL, "spice"},
	{"share-folder", "FOLDER",
		"the guest may read and change that folder (WebDAV), and its files\n"
		"cross the clipboard",
		set_folder, MEMBER(share_folder), NULL, "spice"},
	{"send-from", "FOLDER",
		"files in that folder may be sent to the guest: copied, and sent with the\n"
		"escape key and V",
		set_folder, MEMBER(send_from), NULL, "spice"},
	{"send-limit", "MIB", "nothing larger is sent at a time; 4096 if not said", set_send_limit,
		MEMBER(send_limit_bytes), NULL, "spice"},
	{"usb-auto", "FILTER",
		"lend the guest USB devices of that kind, like 0x08,-1,-1,-1,1 for disks,\n"
		"as soon as they are there",
		set_usb_filter, MEMBER(usb_auto), NULL, "spice"},
	{"usb-cd", "FILE", "lend the guest that image as a CD in a USB drive", set_folder,
		MEMBER(usb_cd), NULL, "spice"},
	{"clipboard", "WAYS", "both, to-guest, to-host or off: where what is copied may be pasted",
		set_choice, MEMBER(clipboard), clipboards, "spice"},
	{"clipboard-limit", "MIB", "nothing larger crosses the clipboard; 64 if not said",
		set_clipboard_limit, MEMBER(clipboard_limit_bytes), NULL, "spice"},
	{"insecure", NULL, "allow SPICE in plain text to other computers", set_flag,
		MEMBER(insecure), NULL, "spice"},

	{"audio", "WHEN",
		"active (lets the sound device go while the guest is silent), persistent\n"
		"(keeps it) or off",
		set_choice, MEMBER(audio), audios, "audio"},
	{"audio-device", "NAME", "PipeWire's name of the device to play on; else the default one",
		set_text, MEMBER(audio_device), NULL, "audio"},
	{"audio-latency", "MS",
		"milliseconds of sound held back: less breaks off sooner on a busy machine",
		set_latency, MEMBER(audio_latency_ms), NULL, "audio"},
	{"microphone", "POLICY",
		"deny, prompt (asks in the window) or allow: whether the guest may listen",
		set_choice, MEMBER(microphone), microphones, "audio"},
	{"microphone-device", "NAME",
		"PipeWire's name of the device to listen to; else the default one", set_text,
		MEMBER(microphone_device), NULL, "audio"},

	{"profile", "PROFILE",
		"gaming, productivity, streaming or custom: several settings in one;\n"
		"what comes after it wins",
		set_profile, MEMBER(profile), oriel_profile_names, "program"},
	{"log", "LEVEL", "error, warning, info or debug", set_choice, MEMBER(log_level), log_levels,
		"program"},

	{"pictures", "FOLDER",
		"where screenshots go that are asked for while it runs; the user's\n"
		"folder of pictures",
		set_folder, MEMBER(pictures), NULL, "program"},
	{"share", NULL, "offer the picture to other programs as a camera (PipeWire)", set_flag,
		MEMBER(share), NULL, "program"},
	{"record-as", "ENCODING",
		"auto (the first of these that works here), h264, ffv1 or raw; all are\n"
		"without loss",
		set_name, MEMBER(record_as), encoders, "program"},
	{"sandbox", NULL,
		"give up the files and system calls that a viewer does not need; this is\n"
		"the default, --no-sandbox switches it off",
		set_flag, MEMBER(sandbox), NULL, "program"},
	{"allow-root", NULL, "start even as root", set_flag, MEMBER(allow_root), NULL, "program"},

	{"vm", "NAME", "read the settings of that VM as well, and take its commands", set_vm,
		MEMBER(vm), NULL, NULL},
	{"machine-profile", "PROFILE",
		"the profile of the VM, as oriel view names it: beneath all settings, and\n"
		"without a size; one of another name than --profile has sets nothing",
		set_text, MEMBER(machine_profile), NULL, NULL},
	{"config", "FILE", "read no settings but those of FILE", set_text, MEMBER(config), NULL,
		NULL},
	{"import", "FILE",
		"print the settings of a Looking Glass client's FILE as ours, say what\n"
		"has no equal here, and end",
		set_text, MEMBER(import), NULL, NULL},
	{"headless", NULL, "no window; the same as --window headless", set_headless, NO_MEMBER,
		NULL, NULL},
	{"frames", "N", "end after N shown frames", set_count, MEMBER(frames), NULL, NULL},
	{"screenshot", "FILE", "at the end, write the last shown frame to FILE as PNG", set_text,
		MEMBER(screenshot), NULL, NULL},
	{"record", "FILE", "record what is shown to FILE, which must not be there yet (Matroska)",
		set_text, MEMBER(record), NULL, NULL},
	{"password-env", "NAME", "the SPICE password is in that environment variable", set_text,
		MEMBER(password_env), NULL, NULL},
	{"input-log", "FILE", "write down all input for the guest, one line each", set_text,
		MEMBER(input_log), NULL, NULL},
	{"timeout", "SECONDS", "end with status 124 after that time", set_seconds,
		MEMBER(timeout_ns), NULL, NULL},
	{"stats", NULL, "at the end, print what was measured as one JSON object", set_flag,
		MEMBER(stats), NULL, NULL},
	{"completion", "SHELL", "print the completion script for bash, zsh or fish and end",
		set_shell, MEMBER(completion), shells, NULL},
	{"help", NULL, "print this and end", set_flag, MEMBER(help), NULL, NULL},
	{"version", NULL, "print the version and end", set_flag, MEMBER(version), NULL, NULL},
	{NULL},
};

/* ---- looking up ----------------------------------------------------------------------------- */

static const struct oriel_view_option *find(const char *name, size_t length)
{
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++)
		if (strlen(row->name) == length && !strncmp(row->name, name, length))
			return row;
	return NULL;
}

const struct oriel_view_option *oriel_view_option_find(const char *name)
{
	return find(name, strlen(name));
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

int oriel_options_set(struct oriel_view_options *options, const char *name, const char *value,
	struct oriel_error *error)
{
	const struct oriel_view_option *option = oriel_view_option_find(name);

	if (!option)
		return oriel_error_set(error, -ENOENT, "there is no option \"%s\"", name);
	return option->set(option, options, value, error);
}

/* ---- the command line ----------------------------------------------------------------------- */

static int refuse_unknown(const char *argument, struct oriel_error *error)
{
	g_autofree char *name = g_strndup(argument + 2, strcspn(argument + 2, "="));
	const char *near = oriel_view_option_suggest(name);

	if (near)
		return oriel_error_set(error, -EINVAL,
			"unknown option \"%s\"; did you mean \"--%s\"?", argument, near);
	return oriel_error_set(error, -EINVAL,
		"unknown option \"%s\"; oriel-view --help lists them all", argument);
}

/* --no-NAME takes back what a file said. */
static const struct oriel_view_option *find_switched_off(const char *text, size_t length)
{
	const struct oriel_view_option *option =
		length > 3 && !strncmp(text, "no-", 3) ? find(text + 3, length - 3) : NULL;

	return option && !option->argument && option->section ? option : NULL;
}

static int take_switch(struct oriel_view_options *options, const struct oriel_view_option *option,
	const char *value, bool is_on, struct oriel_error *error)
{
	if (value)
		return oriel_error_set(error, -EINVAL, "--%s takes no value, not even \"%s\"",
			option->name, value);
	return option->set(option, options, is_on ? "yes" : "no", error);
}

/* argument begins with two dashes; next: the argument behind it or NULL. *ret_used: how many of the
 * two were taken. */
static int take(struct oriel_view_options *options, const char *argument, const char *next,
	int *ret_used, struct oriel_error *error)
{
	size_t length = strcspn(argument + 2, "=");
	const char *value = argument[2 + length] ? argument + 2 + length + 1 : NULL;
	const struct oriel_view_option *off = find_switched_off(argument + 2, length);
	const struct oriel_view_option *option = off ? off : find(argument + 2, length);
	int result;

	*ret_used = 1;
	if (!option)
		return refuse_unknown(argument, error);
	if (!option->argument)
		return take_switch(options, option, value, !off, error);
	if (!value) {
		value = next;
		*ret_used = 2;
	}
	if (!value)
		return oriel_error_set(
			error, -EINVAL, "--%s needs a value: %s", option->name, option->argument);
	result = option->set(option, options, value, error);
	if (result)
		oriel_error_prefix(error, "--%s", option->name);
	return result;
}

int oriel_options_parse(
	struct oriel_view_options *options, int argc, char *const argv[], struct oriel_error *error)
{
	struct oriel_view_options taken = *options;

	for (int i = 1, used; i < argc; i += used) {
		int result;

		if (argv[i][0] == '-' && argv[i][1] != '-')
			return oriel_error_set(error, -EINVAL,
				"unknown option \"%s\"; options have two dashes, oriel-view --help "
				"lists them all",
				argv[i]);
		if (strncmp(argv[i], "--", 2) || !argv[i][2])
			return oriel_error_set(error, -EINVAL,
				"unexpected argument \"%s\"; the guest's memory is named by "
				"--source",
				argv[i]);
		result = take(&taken, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used, error);
		if (result)
			return result;
	}
	*options = taken;
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

void oriel_options_init(struct oriel_view_options *options)
{
	*options = (struct oriel_view_options){
		.window = "auto",
		.present = "auto",
		.record_as = "auto",
		.brightness_percent = 100,
		.hdr = ORIEL_HDR_COMPRESS,
		.log_level = ORIEL_LOG_INFO,
		.audio_latency_ms = AUDIO_LATENCY_MS,
		.grab_keyboard = true,
		.capture =
			{
				.escape = {{KEY_SCROLLLOCK}, 1},
				.help_delay_ns = HELP_DELAY_NS,
			},
		.clipboard = ORIEL_CLIPBOARD_BOTH,
		.clipboard_limit_bytes = (uint64_t)CLIPBOARD_LIMIT_MIB << 20,
		.send_limit_bytes = (uint64_t)SEND_LIMIT_MIB << 20,
		.sandbox = true,
	};
	oriel_bindings_init(&options->capture.bindings);
}

static const char *default_source(void)
{
	struct stat status;

	if (!stat("/dev/kvmfr0", &status) && S_ISCHR(status.st_mode))
		return "/dev/kvmfr0";
	return "/dev/shm/looking-glass";
}

static const char *default_title(const char *vm)
{
	g_autofree char *title = vm ? g_strdup_printf("%s - Oriel", vm) : NULL;

	return title ? g_intern_string(title) : "Oriel";
}

static const char *default_pictures(void)
{
	const char *folder = g_get_user_special_dir(G_USER_DIRECTORY_PICTURES);

	g_autofree char *fallback = g_build_filename(g_get_user_data_dir(), "oriel", NULL);

	return folder ? folder : g_intern_string(fallback);
}

void oriel_options_finish_capture(struct oriel_view_options *options)
{
	options->capture.by = (enum oriel_capture_by)options->capture_by;
	options->capture.input = (enum oriel_capture_input)options->input;
}

/* Only these draw with a shader, and auto may take another. */
static bool takes_shader(const char *presenter)
{
	return !strcmp(presenter, "gpu") || !strcmp(presenter, "vulkan") ||
	       !strcmp(presenter, "opengl");
}

int oriel_options_finish(struct oriel_view_options *options, struct oriel_error *error)
{
	if (!options->source)
		options->source = default_source();
	if (!options->title)
		options->title = default_title(options->vm);
	if (!options->pictures)
		options->pictures = default_pictures();
	oriel_options_finish_capture(options);
	if (options->password_file && options->password_env)
		return oriel_error_set(error, -EINVAL,
			"--password-file and --password-env both name the SPICE password; give "
			"one");
	if (options->display == ORIEL_DISPLAY_SPICE && !options->spice)
		return oriel_error_set(error, -EINVAL,
			"--display spice needs --spice ADDRESS, where the VM's SPICE server is");
	if (options->follow == ORIEL_FOLLOW_WINDOW && !options->spice)
		return oriel_error_set(error, -EINVAL,
			"--follow window needs --spice ADDRESS: the guest's SPICE agent is asked "
			"for the size");
	if ((options->screenshot || options->record || options->share) &&
		!strcmp(options->present, "null"))
		return oriel_error_set(error, -EINVAL,
			"--present null keeps no picture for --%s; use --present soft",
			options->screenshot ? "screenshot"
			: options->record   ? "record"
					    : "share");
	if (options->shader && !takes_shader(options->present))
		return oriel_error_set(error, -EINVAL,
			"--present %s draws without --shader; use --present gpu", options->present);
	return 0;
}
