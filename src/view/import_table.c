/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/import_table.h"

#include <string.h>

bool oriel_import_is_yes(const char *value)
{
	static const char *const words[] = {"1", "on", "yes", "true"};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (!g_ascii_strcasecmp(value, words[i]))
			return true;
	return false;
}

/* ---- values --------------------------------------------------------------------------------- */

static char *if_yes(const char *value, const char *ours)
{
	return oriel_import_is_yes(value) ? g_strdup(ours) : NULL;
}

static char *if_no(const char *value, const char *ours)
{
	return oriel_import_is_yes(value) ? NULL : g_strdup(ours);
}

static char *as_it_is(const char *value)
{
	return g_strdup(value);
}

static char *yes_or_nothing(const char *value)
{
	return if_yes(value, "yes");
}

static char *no_or_nothing(const char *value)
{
	return if_no(value, "no");
}

static char *off_or_nothing(const char *value)
{
	return if_no(value, "off");
}

static char *always_or_nothing(const char *value)
{
	return if_yes(value, "always");
}

static char *focus_or_nothing(const char *value)
{
	return if_yes(value, "focus");
}

static char *compress_or_clip(const char *value)
{
	return g_strdup(oriel_import_is_yes(value) ? "compress" : "clip");
}

static char *vsync_or_immediate(const char *value)
{
	return g_strdup(oriel_import_is_yes(value) ? "vsync" : "immediate");
}

/* Both of its ways to draw are a graphics driver's. */
static char *graphics_driver(const char *value)
{
	if (!g_ascii_strcasecmp(value, "auto"))
		return NULL;
	return g_strdup(!g_ascii_strcasecmp(value, "EGL") || !g_ascii_strcasecmp(value, "OpenGL")
				? "gpu"
				: value);
}

/* XxY there, X,Y here. */
static char *place(const char *value)
{
	char *ours;

	if (!g_ascii_strcasecmp(value, "center"))
		return NULL;
	ours = g_strdup(value);
	return g_strdelimit(ours, "x", ',');
}

static char *filter_by_number(const char *value)
{
	static const char *const filters[] = {"auto", "nearest", "linear"};

	return g_strdup(
		*value >= '0' && *value <= '2' && !value[1] ? filters[*value - '0'] : value);
}

static char *blindness_by_number(const char *value)
{
	static const char *const kinds[] = {"none", "protan", "deutan", "tritan"};

	return g_strdup(*value >= '0' && *value <= '3' && !value[1] ? kinds[*value - '0'] : value);
}

/* By the kernel's name or number there. */
static char *key_by_name(const char *value)
{
	if (g_str_has_prefix(value, "KEY_"))
		return g_strdup(value + strlen("KEY_"));
	return g_ascii_isdigit(*value) ? g_strdup_printf("code:%s", value) : g_strdup(value);
}

/* ---- the table ------------------------------------------------------------------------------ */

#define PACE "the viewer finds its own pace"
#define CURSOR "the guest's cursor is drawn as it is, the desktop's hidden over the picture"
#define DIAGNOSTICS "is for finding faults of that client"
#define OF_DRIVER "is a matter of that client's way to draw"
#define SHADERS "--shader FILE draws the picture with a shader"

static const struct oriel_import_row rows[] = {
	{"app", "shmFile", "source", as_it_is},
	{"app", "renderer", "present", graphics_driver},
	{"app", "configFile", .reason = "name the file with --config when starting oriel-view"},
	{"app", "framePollInterval", .reason = PACE},
	{"app", "cursorPollInterval", .reason = PACE},
	{"app", "allowDMA", .reason = "--present direct hands out a kvmfr device's memory"},
	{"app", "license", .reason = "prints a licence and ends"},
	{"app", "transport", .reason = "--display says whose picture is shown"},
	{"lgmp", "shmDevice", "source", as_it_is},
	{"lgmp", "framePollInterval", .reason = PACE},
	{"lgmp", "cursorPollInterval", .reason = PACE},
	{"lgmp", "allowDMA", .reason = "--present direct hands out a kvmfr device's memory"},

	{"win", "title", "title", as_it_is},
	{"win", "position", "position", place},
	{"win", "size", "size", as_it_is},
	{"win", "autoResize"},
	{"win", "setGuestRes"},
	{"win", "keepAspect"},
	{"win", "intUpscale"},
	{"win", "fullScreen", "fullscreen", yes_or_nothing},
	{"win", "maximize", "maximize", yes_or_nothing},
	{"win", "borderless", "borderless", yes_or_nothing},
	{"win", "jitRender", "jit", yes_or_nothing},
	{"win", "appId", .reason = "the window is always oriel-view's"},
	{"win", "allowResize", .reason = "every window can be resized"},
	{"win", "forceAspect", .reason = "what is left of the window stays black"},
	{"win", "dontUpscale", .reason = "--scale none shows a picture 1:1, cut off if too large"},
	{"win", "shrinkOnUpscale", .reason = "no window changes its size by itself"},
	{"win", "minimizeOnFocusLoss", .reason = "minimising is the desktop's"},
	{"win", "fpsMin", .reason = "pictures are drawn when they change"},
	{"win", "ignoreQuit", .reason = "closing the viewer leaves the machine running"},
	{"win", "noScreensaver", "keep-awake", always_or_nothing},
	{"win", "autoScreensaver", .reason = "it is so without being told"},
	{"win", "alerts", .reason = "remarks are shown for as long as it takes to read them"},
	{"win", "quickSplash", .reason = "there is no splash screen"},
	{"win", "overlayDimsDesktop", .reason = "only a picture that stands still is darkened"},
	{"win", "rotate"},
	{"win", "uiFont", .reason = "the desktop's font is taken"},
	{"win", "uiSize", .reason = "the desktop's font is taken"},
	{"win", "requestActivation", .reason = "the guest cannot ask for attention"},
	{"win", "showFPS", .reason = "the escape key and D show it"},
	{"win", "disableWaitingMessage", .reason = "a window always says what it waits for"},

	{"input", "escapeKey", "escape-key", key_by_name},
	{"input", "mouseSens", "sensitivity", as_it_is},
	{"input", "grabKeyboard", "grab-keyboard", no_or_nothing},
	{"input", "captureOnFocus", "capture", focus_or_nothing},
	{"input", "evdev", "input-evdev", as_it_is},
	{"input", "captureOnly"},
	{"input", "rawMouse", .reason = "the captured pointer is always raw"},
	{"input", "mouseSmoothing", .reason = "the pointer goes to the guest as it comes"},
	{"input", "releaseKeysOnFocusLoss", .reason = "keys are always released then"},
	{"input", "grabKeyboardOnFocus", .reason = "--capture focus captures with the focus"},
	{"input", "ignoreWindowsKeys", .reason = "they are the desktop's unless captured"},
	{"input", "evdevExclusive", .reason = "devices are always taken for the guest alone"},
	{"input", "autoCapture", .reason = "only --capture says what captures"},
	{"input", "helpMenuDelay", .reason = "help comes after 0.2 s"},
	{"input", "mouseRedraw", .reason = "the cursor is always drawn when it moves"},
	{"input", "mouseTrace", .reason = DIAGNOSTICS},
	{"input", "captureOnStart", .reason = "--capture focus captures with the focus"},
	{"input", "hideCursor", .reason = CURSOR},
	{"input", "scaleCursor", .reason = CURSOR},
	{"input", "alwaysShowCursor", .reason = CURSOR},
	{"input", "showCursorDot", .reason = CURSOR},
	{"input", "largeCursorDot", .reason = CURSOR},

	{"spice", "enable"},
	{"spice", "host"},
	{"spice", "port"},
	{"spice", "input"},
	{"spice", "clipboard"},
	{"spice", "clipboardToVM"},
	{"spice", "clipboardToLocal"},
	{"clipboard", "toVM"},
	{"clipboard", "toLocal"},
	{"spice", "audio", "audio", off_or_nothing},
	{"spice", "waitForServer", .reason = "a server that is not there is always waited for"},
	{"spice", "usbAudio", .reason = "sound goes over SPICE's own channels"},
	{"spice", "captureOnStart", .reason = "--capture focus captures with the focus"},
	{"spice", "scaleCursor", .reason = CURSOR},
	{"spice", "alwaysShowCursor", .reason = CURSOR},
	{"spice", "showCursorDot", .reason = CURSOR},
	{"spice", "largeCursorDot", .reason = CURSOR},

	{"audio", "bufferLatency", "audio-latency", as_it_is},
	{"audio", "micDefault", "microphone", as_it_is},
	{"pipewire", "outDevice", "audio-device", as_it_is},
	{"pipewire", "recDevice", "microphone-device", as_it_is},
	{"audio", "latencyOffset", .reason = "is added to a measured one; --audio-latency is all"},
	{"audio", "periodSize", .reason = "it follows from --audio-latency"},
	{"audio", "resampler", .reason = "there is one"},
	{"audio", "micShowIndicator", .reason = "an open microphone is always shown"},
	{"audio", "syncVolume", .reason = "the stream always has the guest's volume"},
	{"audio", "debug", .reason = DIAGNOSTICS},

	{"egl", "vsync", "swap", vsync_or_immediate},
	{"opengl", "vsync", "swap", vsync_or_immediate},
	{"egl", "scale", "filter", filter_by_number},
	{"egl", "cbMode", "colour-blind", blindness_by_number},
	{"egl", "mapHDRtoSDR", "hdr", compress_or_clip},
	{"egl", "doubleBuffer", .reason = "the viewer never draws into what is being shown"},
	{"egl", "nvGain", .reason = "--brightness makes the picture brighter"},
	{"egl", "nvGainMax", .reason = "--brightness makes the picture brighter"},
	{"egl", "peakLuminance", .reason = "--hdr-white says what light is shown white"},
	{"egl", "maxCLL", .reason = "light up to 1000 nits is told apart"},
	{"egl", "preset", .reason = SHADERS},
	{"egl", "multisample", .reason = OF_DRIVER},
	{"egl", "scalePointer", .reason = CURSOR},
	{"egl", "debug", .reason = DIAGNOSTICS},
	{"egl", "noBufferAge", .reason = DIAGNOSTICS},
	{"egl", "noSwapDamage", .reason = DIAGNOSTICS},
	{"eglFilter", NULL, .reason = SHADERS},
	{"opengl", "preventBuffer", .reason = "the viewer never queues pictures"},
	{"opengl", "mipmap", .reason = OF_DRIVER},
	{"opengl", "amdPinnedMem", .reason = OF_DRIVER},
	{"wayland", "warpSupport", .reason = "the desktop's pointer is never moved"},
	{"wayland", "fractionScale", .reason = "the picture always gets the screen's own pixels"},
	{"i3", "globalFullScreen", .reason = "the whole screen is one screen"},
	{"test", NULL, .reason = "--source test:WIDTHxHEIGHT@RATE shows a test picture"},
};

const struct oriel_import_row *oriel_import_find(const char *group, const char *key)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (!strcmp(rows[i].group, group) && (!rows[i].key || !strcmp(rows[i].key, key)))
			return &rows[i];
	return NULL;
}

/* ---- several together ----------------------------------------------------------------------- */

static bool is_said(GHashTable *parts, const char *name, bool is_wanted)
{
	const char *value = g_hash_table_lookup(parts, name);

	return value && oriel_import_is_yes(value) == is_wanted;
}

/* A window that follows the guest has its size only to begin with. */
static char *join_size(GHashTable *parts)
{
	return is_said(parts, "win:autoResize", true) ? g_strdup("auto") : NULL;
}

static char *join_scale(GHashTable *parts)
{
	if (is_said(parts, "win:keepAspect", false))
		return g_strdup("stretch");
	return is_said(parts, "win:intUpscale", true) ? g_strdup("integer") : NULL;
}

static char *join_rotate(GHashTable *parts)
{
	const char *value = g_hash_table_lookup(parts, "win:rotate");

	return g_strcmp0(value, "0") ? g_strdup(value) : NULL;
}

/* It shows what the guest stores, so that some need it to see that upright. */
static const char *remark_rotate(GHashTable *parts)
{
	g_autofree char *turn = join_rotate(parts);

	return turn ? "leave it out where the picture was only turned upright with it: here it "
		      "stands upright by itself"
		    : NULL;
}

static char *join_spice(GHashTable *parts)
{
	const char *host = g_hash_table_lookup(parts, "spice:host");
	const char *port = g_hash_table_lookup(parts, "spice:port");
	bool is_path = host && (*host == '/' || !g_strcmp0(port, "0"));

	if (is_said(parts, "spice:enable", false) || (!host && !port))
		return NULL;
	if (is_path)
		return g_strdup(host);
	host = host ? host : "127.0.0.1";
	return g_strdup_printf(strchr(host, ':') ? "spice://[%s]:%s" : "spice://%s:%s", host,
		port ? port : "5900");
}

static const char *remark_spice(GHashTable *parts)
{
	if (is_said(parts, "spice:enable", false) || g_hash_table_contains(parts, "spice:host") ||
		g_hash_table_contains(parts, "spice:port"))
		return NULL;
	return "the stock client takes the server at 127.0.0.1:5900 without being told; oriel view "
	       "VM finds a machine's server by itself";
}

static char *join_follow(GHashTable *parts)
{
	g_autofree char *spice = join_spice(parts);

	return spice && is_said(parts, "win:setGuestRes", true) ? g_strdup("window") : NULL;
}

static const char *remark_follow(GHashTable *parts)
{
	g_autofree char *spice = join_spice(parts);

	return !spice && is_said(parts, "win:setGuestRes", true)
		       ? "window (win:setGuestRes) needs --spice"
		       : NULL;
}

static char *join_input(GHashTable *parts)
{
	if (is_said(parts, "spice:input", false))
		return g_strdup("never");
	return is_said(parts, "input:captureOnly", true) ? g_strdup("captured") : NULL;
}

static char *join_clipboard(GHashTable *parts)
{
	bool is_off = is_said(parts, "spice:clipboard", false);
	bool no_guest = is_off || is_said(parts, "spice:clipboardToVM", false) ||
			is_said(parts, "clipboard:toVM", false);
	bool no_host = is_off || is_said(parts, "spice:clipboardToLocal", false) ||
		       is_said(parts, "clipboard:toLocal", false);

	if (!no_guest && !no_host)
		return NULL;
	return g_strdup(!no_host ? "to-host" : !no_guest ? "to-guest" : "off");
}

const struct oriel_import_join oriel_import_joins[] = {
	{"size", join_size},
	{"scale", join_scale},
	{"rotate", join_rotate, remark_rotate},
	{"spice", join_spice, remark_spice},
	{"follow", join_follow, remark_follow},
	{"input", join_input},
	{"clipboard", join_clipboard},
	{NULL},
};
