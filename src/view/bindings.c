/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/bindings.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *help;
} actions[ORIEL_ACTION_COUNT] = {
	[ORIEL_ACTION_NONE] = {"none", "nothing"},
	[ORIEL_ACTION_QUIT] = {"quit", "close this viewer; the machine runs on"},
	[ORIEL_ACTION_FULLSCREEN] = {"fullscreen", "the whole screen, or a window again"},
	[ORIEL_ACTION_FIGURES] = {"figures", "frames and new pictures a second"},
	[ORIEL_ACTION_GRAPHS] = {"graphs", "how long each frame takes, by stage"},
	[ORIEL_ACTION_DAMAGE] = {"damage", "what parts of the screen change"},
	[ORIEL_ACTION_INPUT] = {"input", "keys and pointer go to the guest, or not"},
	[ORIEL_ACTION_MICROPHONE] = {"microphone", "let the guest hear you, or no longer"},
	[ORIEL_ACTION_NO_MICROPHONE] = {"no-microphone", "do not let the guest hear you"},
	[ORIEL_ACTION_SEND_FILES] = {"send-files", "give the guest the files copied here"},
	[ORIEL_ACTION_CANCEL_FILES] = {"cancel-files", "stop sending files"},
	[ORIEL_ACTION_FASTER] = {"faster", "faster captured pointer"},
	[ORIEL_ACTION_SLOWER] = {"slower", "slower captured pointer"},
	[ORIEL_ACTION_SEND_KEY] = {"send-key", "send this key to the guest"},
	[ORIEL_ACTION_SEND_CTRL_ALT_KEY] = {"send-ctrl-alt-key", "send Ctrl+Alt and this key"},
	[ORIEL_ACTION_SEND_CTRL_ALT_DELETE] = {"send-ctrl-alt-delete", "send Ctrl+Alt+Delete"},
};

static const struct {
	uint16_t first, last;
	uint8_t action;
} defaults[] = {
	{KEY_Q, KEY_Q, ORIEL_ACTION_QUIT},
	{KEY_F, KEY_F, ORIEL_ACTION_FULLSCREEN},
	{KEY_D, KEY_D, ORIEL_ACTION_FIGURES},
	{KEY_T, KEY_T, ORIEL_ACTION_GRAPHS},
	{KEY_X, KEY_X, ORIEL_ACTION_DAMAGE},
	{KEY_I, KEY_I, ORIEL_ACTION_INPUT},
	{KEY_M, KEY_M, ORIEL_ACTION_MICROPHONE},
	{KEY_N, KEY_N, ORIEL_ACTION_NO_MICROPHONE},
	{KEY_V, KEY_V, ORIEL_ACTION_SEND_FILES},
	{KEY_C, KEY_C, ORIEL_ACTION_CANCEL_FILES},
	{KEY_INSERT, KEY_INSERT, ORIEL_ACTION_FASTER},
	{KEY_DELETE, KEY_DELETE, ORIEL_ACTION_SLOWER},
	{KEY_END, KEY_END, ORIEL_ACTION_SEND_CTRL_ALT_DELETE},
	{KEY_LEFTMETA, KEY_RIGHTMETA, ORIEL_ACTION_SEND_KEY},
	{KEY_F1, KEY_F10, ORIEL_ACTION_SEND_CTRL_ALT_KEY},
	{KEY_F11, KEY_F12, ORIEL_ACTION_SEND_CTRL_ALT_KEY},
};

void oriel_bindings_init(struct oriel_bindings *bindings)
{
	*bindings = (struct oriel_bindings){0};
	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		for (uint32_t key = defaults[i].first; key <= defaults[i].last; key++)
			bindings->actions[key] = defaults[i].action;
}

const char *oriel_bindings_get_action_name(enum oriel_action action)
{
	return actions[action].name;
}

const char *oriel_bindings_get_action_help(enum oriel_action action)
{
	return actions[action].help;
}

static int find_action(const char *name, uint8_t *ret_action, struct oriel_error *error)
{
	char list[320] = "";
	size_t used = 0;

	for (uint8_t i = 0; i < ORIEL_ACTION_COUNT; i++) {
		if (!strcmp(actions[i].name, name)) {
			*ret_action = i;
			return 0;
		}
		used += (size_t)snprintf(
			list + used, sizeof list - used, "%s%s", i ? ", " : "", actions[i].name);
	}
	return oriel_error_set(
		error, -EINVAL, "there is no action \"%s\": use one of %s", name, list);
}

int oriel_bindings_set(struct oriel_bindings *bindings, const char *text, struct oriel_error *error)
{
	const char *equal = strchr(text, '=');
	char name[64];
	uint32_t key;
	int result;

	if (!equal || (size_t)(equal - text) >= sizeof name)
		return oriel_error_set(error, -EINVAL,
			"\"%s\" is no binding: write KEY=ACTION, like Q=quit", text);
	snprintf(name, sizeof name, "%.*s", (int)(equal - text), text);
	result = oriel_key_find(name, &key, error);
	return result ? result : find_action(equal + 1, &bindings->actions[key], error);
}
