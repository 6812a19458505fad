/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The states, and what is true in each:
 *
 *   AWAY       no focus: no grab, no help, the guest holds nothing of the keyboard
 *   FREE       focus, no grab
 *   HELD       focus and grab
 *   …_DOWN     and the escape key is held: its release will change FREE to HELD or back
 *   …_HELP     and it is held so long that help is shown: its release only hides that
 *   …_USED     and it is held, but served for something else: its release does nothing
 */
#include "view/capture.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "base/log.h"

/* How long to wait before a release is offered again. */
#define OWED_PAUSE_NS (10 * ORIEL_NS_PER_MS)

/* ---- the table ------------------------------------------------------------------------------ */

#define AWAY ORIEL_CAPTURE_AWAY
#define FREE ORIEL_CAPTURE_FREE
#define F_DN ORIEL_CAPTURE_FREE_DOWN
#define F_HP ORIEL_CAPTURE_FREE_HELP
#define F_US ORIEL_CAPTURE_FREE_USED
#define HELD ORIEL_CAPTURE_HELD
#define H_DN ORIEL_CAPTURE_HELD_DOWN
#define H_HP ORIEL_CAPTURE_HELD_HELP
#define H_US ORIEL_CAPTURE_HELD_USED

/* The columns are the events in the order of their enum:
 * escape pressed, released; help due; emergency; another key; focus gained, lost; grab lost; device
 * lost; wanted, unwanted. */
/* clang-format off */
static const uint8_t table[ORIEL_CAPTURE_STATES][ORIEL_CAPTURE_EVENTS] = {
	[AWAY] = {F_DN, AWAY, AWAY, AWAY, AWAY, FREE, AWAY, AWAY, AWAY, HELD, AWAY},
	[FREE] = {F_DN, FREE, FREE, FREE, FREE, FREE, AWAY, FREE, FREE, HELD, FREE},
	[F_DN] = {F_DN, HELD, F_HP, F_US, F_US, F_DN, AWAY, F_DN, F_DN, H_US, F_US},
	[F_HP] = {F_HP, FREE, F_HP, F_HP, F_HP, F_HP, AWAY, F_HP, F_HP, H_HP, F_HP},
	[F_US] = {F_US, FREE, F_US, F_US, F_US, F_US, AWAY, F_US, F_US, H_US, F_US},
	[HELD] = {H_DN, HELD, HELD, FREE, HELD, HELD, AWAY, FREE, HELD, HELD, FREE},
	[H_DN] = {H_DN, FREE, H_HP, F_US, H_US, H_DN, AWAY, F_US, H_DN, H_DN, F_US},
	[H_HP] = {H_HP, HELD, H_HP, F_HP, H_HP, H_HP, AWAY, F_HP, H_HP, H_HP, F_HP},
	[H_US] = {H_US, HELD, H_US, F_US, H_US, H_US, AWAY, F_US, H_US, H_US, F_US},
};
/* clang-format on */

static const struct {
	const char *name;
	bool is_held, is_down, is_help;
	enum oriel_capture_state free_twin; /* the same without the grab */
} states[ORIEL_CAPTURE_STATES] = {
	[AWAY] = {"away", false, false, false, AWAY},
	[FREE] = {"free", false, false, false, FREE},
	[F_DN] = {"free, escape pressed", false, true, false, F_DN},
	[F_HP] = {"free, help", false, true, true, F_HP},
	[F_US] = {"free, escape used", false, true, false, F_US},
	[HELD] = {"captured", true, false, false, FREE},
	[H_DN] = {"captured, escape pressed", true, true, false, F_DN},
	[H_HP] = {"captured, help", true, true, true, F_HP},
	[H_US] = {"captured, escape used", true, true, false, F_US},
};

bool oriel_capture_state_is_held(enum oriel_capture_state state)
{
	return states[state].is_held;
}

bool oriel_capture_state_is_help(enum oriel_capture_state state)
{
	return states[state].is_help;
}

const char *oriel_capture_state_get_name(enum oriel_capture_state state)
{
	return states[state].name;
}

static enum oriel_capture_state get_next(
	enum oriel_capture_state state, enum oriel_capture_event event)
{
	return (enum oriel_capture_state)table[state][event];
}

bool oriel_capture_is_held(const struct oriel_capture *capture)
{
	return oriel_capture_state_is_held(capture->state);
}

/* ---- what the guest holds ------------------------------------------------------------------- */

static bool get_bit(const uint8_t *bits, uint32_t key)
{
	return bits[key / 8] >> key % 8 & 1;
}

static void set_bit(uint8_t *bits, uint32_t key, bool value)
{
	uint8_t bit = (uint8_t)(1u << key % 8);

	bits[key / 8] = (uint8_t)(value ? bits[key / 8] | bit : bits[key / 8] & ~bit);
}

static bool is_button(uint32_t key)
{
	return key >= BTN_MISC && key < KEY_OK;
}

static bool send_key(struct oriel_capture *capture, uint32_t key, bool pressed)
{
	const struct oriel_input input = {
		.kind = is_button(key) ? ORIEL_INPUT_BUTTON : ORIEL_INPUT_KEY,
		.key = {key, pressed},
	};

	return capture->listener->send_rt(capture->data, &input);
}

static void release(struct oriel_capture *capture, uint32_t key)
{
	if (!get_bit(capture->told, key))
		return;
	if (send_key(capture, key, false)) {
		set_bit(capture->told, key, false);
		set_bit(capture->owed, key, false);
	} else {
		set_bit(capture->owed, key, true);
		capture->owes = true;
	}
}

/* set: told, for everything, or owed. */
static void release_set(struct oriel_capture *capture, const uint8_t *set)
{
	for (uint32_t byte = 0; byte < sizeof capture->told; byte++)
		for (uint32_t bit = 0; set[byte] && bit < 8; bit++)
			if (get_bit(set, byte * 8 + bit))
				release(capture, byte * 8 + bit);
}

static void pay(struct oriel_capture *capture)
{
	if (!capture->owes)
		return;
	capture->owes = false;
	release_set(capture, capture->owed);
}

/* While releases are owed nothing new is pressed: the guest would see it in the wrong order. */
static void press(struct oriel_capture *capture, uint32_t key)
{
	pay(capture);
	if (!capture->owes && send_key(capture, key, true))
		set_bit(capture->told, key, true);
}

static void tap(struct oriel_capture *capture, const uint32_t *keys, int count)
{
	for (int i = 0; i < count; i++)
		press(capture, keys[i]);
	for (int i = count; i-- > 0;)
		release(capture, keys[i]);
}

/* ---- the machine ---------------------------------------------------------------------------- */

static bool may_capture(const struct oriel_capture *capture)
{
	return capture->takes_input && capture->options.input != ORIEL_CAPTURE_INPUT_NEVER;
}

bool oriel_capture_passes_input_rt(const struct oriel_capture *capture)
{
	return oriel_capture_is_held(capture) ||
	       (may_capture(capture) && capture->options.input == ORIEL_CAPTURE_INPUT_ALWAYS);
}

static void set_state(struct oriel_capture *capture, enum oriel_capture_state state)
{
	enum oriel_capture_state old = capture->state;

	if (states[state].is_held && !may_capture(capture))
		state = states[state].free_twin;
	if (state == old)
		return;
	capture->state = state;
	oriel_log_rt(ORIEL_LOG_DEBUG, "input: %s -> %s", states[old].name, states[state].name);
	if (states[old].is_held && !states[state].is_held)
		release_set(capture, capture->told);
	if (states[old].is_held != states[state].is_held) {
		capture->rest_x = capture->rest_y = 0.0;
		capture->listener->grab_rt(capture->data, states[state].is_held);
	}
}

/* After which the guest holds nothing, whatever the state was. */
static bool lets_go(enum oriel_capture_event event)
{
	return event == ORIEL_CAPTURE_EMERGENCY || event == ORIEL_CAPTURE_FOCUS_LOST ||
	       event == ORIEL_CAPTURE_GRAB_LOST || event == ORIEL_CAPTURE_DEVICE_LOST ||
	       event == ORIEL_CAPTURE_UNWANTED;
}

static void note(struct oriel_capture *capture, enum oriel_capture_event event)
{
	set_state(capture, get_next(capture->state, event));
	if (lets_go(event))
		release_set(capture, capture->told);
}

/* Releases are not seen any more, of what the user holds now. */
static void forget_down(struct oriel_capture *capture)
{
	memset(capture->down, 0, sizeof capture->down);
	capture->escape_held = false;
}

/* An escape key that has been held for long is no emergency of a capture that begins now. */
static void want(struct oriel_capture *capture, uint64_t now_ns)
{
	capture->escape_ns = now_ns;
	note(capture, ORIEL_CAPTURE_WANTED);
}

void oriel_capture_note_rt(
	struct oriel_capture *capture, uint64_t now_ns, enum oriel_capture_event event)
{
	bool was_away = capture->state == AWAY;

	oriel_capture_tick_rt(capture, now_ns);
	if (event == ORIEL_CAPTURE_WANTED)
		want(capture, now_ns);
	else
		note(capture, event);
	if (event == ORIEL_CAPTURE_FOCUS_LOST)
		forget_down(capture);
	if (event == ORIEL_CAPTURE_FOCUS_GAINED && was_away &&
		capture->options.by == ORIEL_CAPTURE_BY_FOCUS)
		want(capture, now_ns);
}

/* ---- bindings ------------------------------------------------------------------------------- */

static void change_sensitivity(struct oriel_capture *capture, int change)
{
	int sensitivity = capture->options.sensitivity + change;

	if (sensitivity < -ORIEL_CAPTURE_SENSITIVITY_MAX ||
		sensitivity > ORIEL_CAPTURE_SENSITIVITY_MAX)
		return;
	capture->options.sensitivity = sensitivity;
	oriel_log_rt(ORIEL_LOG_INFO, "the pointer's sensitivity is %d", sensitivity);
}

static void act_input(struct oriel_capture *capture, uint32_t key)
{
	capture->takes_input = !capture->takes_input;
	oriel_log_rt(ORIEL_LOG_INFO, "keys and pointer %s",
		capture->takes_input ? "go to the guest" : "stay here");
	if (!capture->takes_input)
		note(capture, ORIEL_CAPTURE_UNWANTED);
	capture->listener->act_rt(capture->data, ORIEL_ACTION_INPUT);
}

static void act_faster(struct oriel_capture *capture, uint32_t key)
{
	change_sensitivity(capture, 1);
}

static void act_slower(struct oriel_capture *capture, uint32_t key)
{
	change_sensitivity(capture, -1);
}

static void act_send_key(struct oriel_capture *capture, uint32_t key)
{
	tap(capture, &key, 1);
}

static void act_send_ctrl_alt_key(struct oriel_capture *capture, uint32_t key)
{
	const uint32_t keys[] = {KEY_LEFTCTRL, KEY_LEFTALT, key};

	tap(capture, keys, 3);
}

static void act_send_ctrl_alt_delete(struct oriel_capture *capture, uint32_t key)
{
	act_send_ctrl_alt_key(capture, KEY_DELETE);
}

/* The others are for the listener. */
static void (*const acts[ORIEL_ACTION_COUNT])(struct oriel_capture *capture, uint32_t key) = {
	[ORIEL_ACTION_INPUT] = act_input,
	[ORIEL_ACTION_FASTER] = act_faster,
	[ORIEL_ACTION_SLOWER] = act_slower,
	[ORIEL_ACTION_SEND_KEY] = act_send_key,
	[ORIEL_ACTION_SEND_CTRL_ALT_KEY] = act_send_ctrl_alt_key,
	[ORIEL_ACTION_SEND_CTRL_ALT_DELETE] = act_send_ctrl_alt_delete,
};

static bool is_sending(enum oriel_action action)
{
	return action == ORIEL_ACTION_SEND_KEY || action == ORIEL_ACTION_SEND_CTRL_ALT_KEY ||
	       action == ORIEL_ACTION_SEND_CTRL_ALT_DELETE;
}

static void act(struct oriel_capture *capture, uint32_t key)
{
	enum oriel_action action = (enum oriel_action)capture->options.bindings.actions[key];

	if (action == ORIEL_ACTION_NONE || (is_sending(action) && !may_capture(capture)))
		return;
	if (acts[action])
		acts[action](capture, key);
	else
		capture->listener->act_rt(capture->data, action);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static bool is_either_down(const struct oriel_capture *capture, uint32_t left, uint32_t right)
{
	return get_bit(capture->down, left) || get_bit(capture->down, right);
}

static bool is_emergency(const struct oriel_capture *capture, uint32_t key)
{
	return key == KEY_ESC && is_either_down(capture, KEY_LEFTCTRL, KEY_RIGHTCTRL) &&
	       is_either_down(capture, KEY_LEFTALT, KEY_RIGHTALT) &&
	       is_either_down(capture, KEY_LEFTSHIFT, KEY_RIGHTSHIFT);
}

static bool is_of_escape(const struct oriel_capture *capture, uint32_t key)
{
	for (int i = 0; i < capture->options.escape.count; i++)
		if (capture->options.escape.keys[i] == key)
			return true;
	return false;
}

static bool is_escape_down(const struct oriel_capture *capture)
{
	for (int i = 0; i < capture->options.escape.count; i++)
		if (!get_bit(capture->down, capture->options.escape.keys[i]))
			return false;
	return capture->options.escape.count > 0;
}

/* The keys of a combination that came first were the guest's until now. */
static void begin_escape(struct oriel_capture *capture, uint64_t now_ns)
{
	for (int i = 0; i < capture->options.escape.count; i++)
		release(capture, capture->options.escape.keys[i]);
	capture->escape_held = true;
	capture->escape_ns = now_ns;
	note(capture, ORIEL_CAPTURE_ESCAPE_PRESSED);
}

static void use_escape(struct oriel_capture *capture, uint64_t now_ns, uint32_t key)
{
	capture->escape_ns = now_ns;
	note(capture, ORIEL_CAPTURE_OTHER_KEY);
	act(capture, key);
}

static void on_press(struct oriel_capture *capture, uint64_t now_ns, uint32_t key)
{
	bool is_repeat = get_bit(capture->down, key);

	set_bit(capture->down, key, true);
	/* A key reaches the window that has the focus, even where nobody told of it. */
	if (capture->state == AWAY)
		note(capture, ORIEL_CAPTURE_FOCUS_GAINED);
	if (is_emergency(capture, key))
		note(capture, ORIEL_CAPTURE_EMERGENCY);
	else if (capture->escape_held && !is_repeat)
		use_escape(capture, now_ns, key);
	else if (!capture->escape_held && !is_repeat && is_of_escape(capture, key) &&
		 is_escape_down(capture))
		begin_escape(capture, now_ns);
	else if (!capture->escape_held && oriel_capture_passes_input_rt(capture) &&
		 (!is_repeat || get_bit(capture->told, key)))
		press(capture, key);
}

static void on_release(struct oriel_capture *capture, uint32_t key)
{
	set_bit(capture->down, key, false);
	if (capture->escape_held && is_of_escape(capture, key)) {
		capture->escape_held = false;
		note(capture, ORIEL_CAPTURE_ESCAPE_RELEASED);
	}
	release(capture, key);
}

void oriel_capture_key_rt(
	struct oriel_capture *capture, uint64_t now_ns, uint32_t key, bool pressed)
{
	if (key >= ORIEL_KEY_COUNT)
		return;
	oriel_capture_tick_rt(capture, now_ns);
	if (pressed)
		on_press(capture, now_ns, key);
	else
		on_release(capture, key);
}

/* ---- the pointer ---------------------------------------------------------------------------- */

void oriel_capture_button_rt(struct oriel_capture *capture, uint64_t now_ns, uint32_t button,
	bool pressed, bool on_picture)
{
	bool is_captive = oriel_capture_is_held(capture);

	if (button >= ORIEL_KEY_COUNT)
		return;
	oriel_capture_tick_rt(capture, now_ns);
	set_bit(capture->down, button, pressed);
	if (!pressed)
		release(capture, button);
	else if (!is_captive && on_picture && capture->options.by == ORIEL_CAPTURE_BY_CLICK)
		want(capture, now_ns);
	else if (oriel_capture_passes_input_rt(capture) && (on_picture || is_captive))
		press(capture, button);
}

static bool holds_buttons(const struct oriel_capture *capture)
{
	for (uint32_t button = BTN_MOUSE; button < BTN_JOYSTICK; button++)
		if (get_bit(capture->told, button))
			return true;
	return false;
}

/* With a button held the pointer is followed beyond the picture's edge. */
void oriel_capture_move_to_rt(struct oriel_capture *capture, int32_t x_px, int32_t y_px,
	uint32_t width_px, uint32_t height_px, bool on_picture)
{
	const struct oriel_input input = {
		.kind = ORIEL_INPUT_MOVE_TO,
		.move_to = {x_px, y_px, width_px, height_px},
	};

	if (oriel_capture_passes_input_rt(capture) && !oriel_capture_is_held(capture) &&
		(on_picture || holds_buttons(capture)))
		capture->listener->send_rt(capture->data, &input);
}

static int32_t whole_of(double rest)
{
	/* As much as any pointing device moves between two reports. */
	const double limit = 32767.0;

	return (int32_t)(rest > limit ? limit : rest < -limit ? -limit : rest);
}

void oriel_capture_move_by_rt(struct oriel_capture *capture, double x_px, double y_px)
{
	double tenths = 10.0 + capture->options.sensitivity;
	struct oriel_input input = {.kind = ORIEL_INPUT_MOVE_BY};

	if (!oriel_capture_is_held(capture))
		return;
	capture->rest_x += x_px * tenths / 10.0;
	capture->rest_y += y_px * tenths / 10.0;
	input.move_by.x_px = whole_of(capture->rest_x);
	input.move_by.y_px = whole_of(capture->rest_y);
	if ((!input.move_by.x_px && !input.move_by.y_px) ||
		!capture->listener->send_rt(capture->data, &input))
		return;
	capture->rest_x -= input.move_by.x_px;
	capture->rest_y -= input.move_by.y_px;
}

void oriel_capture_wheel_rt(
	struct oriel_capture *capture, int32_t x_120, int32_t y_120, bool on_picture)
{
	const struct oriel_input input = {.kind = ORIEL_INPUT_WHEEL, .wheel = {x_120, y_120}};

	if (oriel_capture_passes_input_rt(capture) &&
		(on_picture || oriel_capture_is_held(capture)))
		capture->listener->send_rt(capture->data, &input);
}

/* ---- time ----------------------------------------------------------------------------------- */

static bool is_help_awaited(const struct oriel_capture *capture)
{
	return capture->state == F_DN || capture->state == H_DN;
}

static bool is_emergency_awaited(const struct oriel_capture *capture)
{
	return states[capture->state].is_held && states[capture->state].is_down;
}

static bool is_due(const struct oriel_capture *capture, uint64_t now_ns, uint64_t delay_ns)
{
	return now_ns >= capture->escape_ns && now_ns - capture->escape_ns >= delay_ns;
}

void oriel_capture_tick_rt(struct oriel_capture *capture, uint64_t now_ns)
{
	pay(capture);
	if (is_help_awaited(capture) && is_due(capture, now_ns, capture->options.help_delay_ns))
		note(capture, ORIEL_CAPTURE_HELP_DUE);
	if (is_emergency_awaited(capture) && is_due(capture, now_ns, ORIEL_CAPTURE_EMERGENCY_NS))
		note(capture, ORIEL_CAPTURE_EMERGENCY);
}

uint64_t oriel_capture_get_deadline_ns(const struct oriel_capture *capture, uint64_t now_ns)
{
	uint64_t deadline_ns = capture->owes ? now_ns + OWED_PAUSE_NS : UINT64_MAX;

	if (is_emergency_awaited(capture) &&
		capture->escape_ns + ORIEL_CAPTURE_EMERGENCY_NS < deadline_ns)
		deadline_ns = capture->escape_ns + ORIEL_CAPTURE_EMERGENCY_NS;
	if (is_help_awaited(capture) &&
		capture->escape_ns + capture->options.help_delay_ns < deadline_ns)
		deadline_ns = capture->escape_ns + capture->options.help_delay_ns;
	return deadline_ns;
}

/* ---- life ----------------------------------------------------------------------------------- */

void oriel_capture_init(struct oriel_capture *capture, const struct oriel_capture_options *options,
	const struct oriel_capture_listener *listener, void *data)
{
	*capture = (struct oriel_capture){
		.options = *options,
		.listener = listener,
		.data = data,
		.state = AWAY,
		.takes_input = true,
	};
}

void oriel_capture_finish_rt(struct oriel_capture *capture)
{
	set_state(capture, AWAY);
	release_set(capture, capture->told);
}

void oriel_capture_set_options_rt(
	struct oriel_capture *capture, const struct oriel_capture_options *options)
{
	capture->options = *options;
	/* A new escape key is not held yet. */
	capture->escape_held = false;
	set_state(capture, states[capture->state].is_held ? HELD
			   : capture->state == AWAY	  ? AWAY
							  : FREE);
	if (!oriel_capture_passes_input_rt(capture))
		release_set(capture, capture->told);
}
