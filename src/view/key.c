/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/key.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

_Static_assert(ORIEL_KEY_COUNT == KEY_CNT, "as many keys as the kernel knows");

/* What is printed on the key, or what it is for. */
/* clang-format off */
static const char *const names[] = {
	[KEY_ESC] = "Esc", [KEY_1] = "1", [KEY_2] = "2", [KEY_3] = "3", [KEY_4] = "4",
	[KEY_5] = "5", [KEY_6] = "6", [KEY_7] = "7", [KEY_8] = "8", [KEY_9] = "9",
	[KEY_0] = "0", [KEY_MINUS] = "Minus", [KEY_EQUAL] = "Equal",
	[KEY_BACKSPACE] = "Backspace", [KEY_TAB] = "Tab", [KEY_Q] = "Q", [KEY_W] = "W",
	[KEY_E] = "E", [KEY_R] = "R", [KEY_T] = "T", [KEY_Y] = "Y", [KEY_U] = "U",
	[KEY_I] = "I", [KEY_O] = "O", [KEY_P] = "P", [KEY_LEFTBRACE] = "LeftBrace",
	[KEY_RIGHTBRACE] = "RightBrace", [KEY_ENTER] = "Enter", [KEY_LEFTCTRL] = "LeftCtrl",
	[KEY_A] = "A", [KEY_S] = "S", [KEY_D] = "D", [KEY_F] = "F", [KEY_G] = "G",
	[KEY_H] = "H", [KEY_J] = "J", [KEY_K] = "K", [KEY_L] = "L",
	[KEY_SEMICOLON] = "Semicolon", [KEY_APOSTROPHE] = "Apostrophe", [KEY_GRAVE] = "Grave",
	[KEY_LEFTSHIFT] = "LeftShift", [KEY_BACKSLASH] = "Backslash", [KEY_Z] = "Z",
	[KEY_X] = "X", [KEY_C] = "C", [KEY_V] = "V", [KEY_B] = "B", [KEY_N] = "N",
	[KEY_M] = "M", [KEY_COMMA] = "Comma", [KEY_DOT] = "Dot", [KEY_SLASH] = "Slash",
	[KEY_RIGHTSHIFT] = "RightShift", [KEY_KPASTERISK] = "KPAsterisk",
	[KEY_LEFTALT] = "LeftAlt", [KEY_SPACE] = "Space", [KEY_CAPSLOCK] = "CapsLock",
	[KEY_F1] = "F1", [KEY_F2] = "F2", [KEY_F3] = "F3", [KEY_F4] = "F4", [KEY_F5] = "F5",
	[KEY_F6] = "F6", [KEY_F7] = "F7", [KEY_F8] = "F8", [KEY_F9] = "F9", [KEY_F10] = "F10",
	[KEY_NUMLOCK] = "NumLock", [KEY_SCROLLLOCK] = "ScrollLock", [KEY_KP7] = "KP7",
	[KEY_KP8] = "KP8", [KEY_KP9] = "KP9", [KEY_KPMINUS] = "KPMinus", [KEY_KP4] = "KP4",
	[KEY_KP5] = "KP5", [KEY_KP6] = "KP6", [KEY_KPPLUS] = "KPPlus", [KEY_KP1] = "KP1",
	[KEY_KP2] = "KP2", [KEY_KP3] = "KP3", [KEY_KP0] = "KP0", [KEY_KPDOT] = "KPDot",
	[KEY_ZENKAKUHANKAKU] = "ZenkakuHankaku", [KEY_102ND] = "102nd", [KEY_F11] = "F11",
	[KEY_F12] = "F12", [KEY_RO] = "Ro", [KEY_KATAKANA] = "Katakana",
	[KEY_HIRAGANA] = "Hiragana", [KEY_HENKAN] = "Henkan",
	[KEY_KATAKANAHIRAGANA] = "KatakanaHiragana", [KEY_MUHENKAN] = "Muhenkan",
	[KEY_KPJPCOMMA] = "KPJPComma", [KEY_KPENTER] = "KPEnter",
	[KEY_RIGHTCTRL] = "RightCtrl", [KEY_KPSLASH] = "KPSlash", [KEY_SYSRQ] = "Print",
	[KEY_RIGHTALT] = "RightAlt", [KEY_HOME] = "Home", [KEY_UP] = "Up",
	[KEY_PAGEUP] = "PageUp", [KEY_LEFT] = "Left", [KEY_RIGHT] = "Right", [KEY_END] = "End",
	[KEY_DOWN] = "Down", [KEY_PAGEDOWN] = "PageDown", [KEY_INSERT] = "Insert",
	[KEY_DELETE] = "Delete", [KEY_MUTE] = "Mute", [KEY_VOLUMEDOWN] = "VolumeDown",
	[KEY_VOLUMEUP] = "VolumeUp", [KEY_POWER] = "Power", [KEY_KPEQUAL] = "KPEqual",
	[KEY_PAUSE] = "Pause", [KEY_KPCOMMA] = "KPComma", [KEY_HANGEUL] = "Hangeul",
	[KEY_HANJA] = "Hanja", [KEY_YEN] = "Yen", [KEY_LEFTMETA] = "LeftMeta",
	[KEY_RIGHTMETA] = "RightMeta", [KEY_COMPOSE] = "Menu", [KEY_CALC] = "Calculator",
	[KEY_SLEEP] = "Sleep", [KEY_WAKEUP] = "WakeUp", [KEY_WWW] = "Browser",
	[KEY_MAIL] = "Mail", [KEY_COMPUTER] = "Computer", [KEY_BACK] = "Back",
	[KEY_FORWARD] = "Forward", [KEY_NEXTSONG] = "NextSong", [KEY_PLAYPAUSE] = "PlayPause",
	[KEY_PREVIOUSSONG] = "PreviousSong", [KEY_STOPCD] = "StopCD",
	[KEY_HOMEPAGE] = "HomePage", [KEY_F13] = "F13", [KEY_F14] = "F14", [KEY_F15] = "F15",
	[KEY_F16] = "F16", [KEY_F17] = "F17", [KEY_F18] = "F18", [KEY_F19] = "F19",
	[KEY_F20] = "F20", [KEY_F21] = "F21", [KEY_F22] = "F22", [KEY_F23] = "F23",
	[KEY_F24] = "F24", [KEY_BRIGHTNESSDOWN] = "BrightnessDown",
	[KEY_BRIGHTNESSUP] = "BrightnessUp", [KEY_MICMUTE] = "MicMute",
};
/* clang-format on */

#define NAME_COUNT (sizeof names / sizeof names[0])

const char *oriel_key_get_name(uint32_t key)
{
	return key < NAME_COUNT && names[key] ? names[key] : NULL;
}

static int find_number(const char *text, uint32_t *ret_key)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !number || number >= ORIEL_KEY_COUNT)
		return -EINVAL;
	*ret_key = (uint32_t)number;
	return 0;
}

int oriel_key_find(const char *name, uint32_t *ret_key, struct oriel_error *error)
{
	static const char number[] = "code:";

	if (!strncasecmp(name, number, strlen(number)) &&
		!find_number(name + strlen(number), ret_key))
		return 0;
	for (uint32_t key = 0; key < NAME_COUNT; key++)
		if (names[key] && !strcasecmp(names[key], name)) {
			*ret_key = key;
			return 0;
		}
	return oriel_error_set(error, -EINVAL,
		"there is no key \"%s\": use a name such as ScrollLock, RightCtrl or F12, or "
		"code:NUMBER with the kernel's number of it",
		name);
}

static bool is_repeated(const struct oriel_key_combination *combination)
{
	for (int i = 0; i + 1 < combination->count; i++)
		if (combination->keys[i] == combination->keys[combination->count - 1])
			return true;
	return false;
}

int oriel_key_parse_combination(
	struct oriel_key_combination *ret_combination, const char *text, struct oriel_error *error)
{
	struct oriel_key_combination combination = {0};
	char part[64];

	for (;;) {
		size_t length = strcspn(text, "+");
		int result;

		if (combination.count == ORIEL_KEY_COMBINATION_MAX || length >= sizeof part)
			return oriel_error_set(error, -EINVAL,
				"a combination has at most %d keys, joined by +",
				ORIEL_KEY_COMBINATION_MAX);
		snprintf(part, sizeof part, "%.*s", (int)length, text);
		result = oriel_key_find(part, &combination.keys[combination.count++], error);
		if (result)
			return result;
		if (is_repeated(&combination))
			return oriel_error_set(
				error, -EINVAL, "\"%s\" stands twice in a combination", part);
		if (!text[length])
			break;
		text += length + 1;
	}
	*ret_combination = combination;
	return 0;
}

void oriel_key_print_combination(
	const struct oriel_key_combination *combination, char *ret_text, size_t size)
{
	int used = 0;

	*ret_text = '\0';
	for (int i = 0; i < combination->count && (size_t)used < size; i++) {
		const char *name = oriel_key_get_name(combination->keys[i]);
		const char *joint = i ? "+" : "";

		used += name ? snprintf(ret_text + used, size - (size_t)used, "%s%s", joint, name)
			     : snprintf(ret_text + used, size - (size_t)used, "%scode:%u", joint,
				       combination->keys[i]);
	}
}
