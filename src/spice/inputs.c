/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/inputs.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "spice/express.h"
#include "spice/scancode.h"

#define NOTCH_120 120
/* A server can be brought to a stop by huge steps; no hand moves a mouse so far at once. */
#define STEP_MAX_PX 1024
/* How long after its first word the server may still switch off locks for the library. */
#define PUT_BACK_NS ORIEL_NS_PER_S
/* A wheel that claims to have turned further than this at once is lying. */
#define NOTCHES_MAX 32

struct oriel_spice_inputs {
	struct oriel_spice_session *session;
	SpiceInputsChannel *channel;	     /* NULL: none; borrowed, as the two below */
	struct oriel_spice_express *express; /* of the channel */
	SpiceMainChannel *main;
	SpiceChannel *display;	    /* the first screen's: positions are told in its pixels */
	bool is_absolute;	    /* the server's mouse mode is now "client" */
	bool can_absolute;	    /* it was so since the connection began */
	bool wants_absolute;	    /* the mode last asked for */
	int32_t due_x_px, due_y_px; /* motion that waits for the other mode */
	int32_t wheel_120;	    /* less than a notch */
	int buttons;		    /* SPICE_MOUSE_BUTTON_MASK_… that are down */
	gint first_locks;	    /* of the guest, as told first: SPICE_INPUTS_…_LOCK */
	gint settled;		    /* those that are not to be put back any more */
	gint now_locks;		    /* as told last */
	void (*tell_locks)(void *data, unsigned changed, unsigned locks); /* NULL: to nobody */
	void *tell_data;
	uint64_t began_ns; /* when it told for the first time; 0: not yet */
	bool held[KEY_CNT];
};

/* ---- keys ---------------------------------------------------------------------------------------
 */

static const struct {
	gint lock;
	uint32_t key;
	enum oriel_lock ours;
} locks[] = {
	{SPICE_INPUTS_CAPS_LOCK, KEY_CAPSLOCK, ORIEL_LOCK_CAPS},
	{SPICE_INPUTS_NUM_LOCK, KEY_NUMLOCK, ORIEL_LOCK_NUM},
	{SPICE_INPUTS_SCROLL_LOCK, KEY_SCROLLLOCK, ORIEL_LOCK_SCROLL},
};

static gint find_lock(uint32_t key)
{
	for (size_t i = 0; i < G_N_ELEMENTS(locks); i++)
		if (locks[i].key == key)
			return locks[i].lock;
	return 0;
}

void oriel_spice_inputs_key(struct oriel_spice_inputs *inputs, uint32_t key, bool pressed)
{
	uint32_t code = oriel_spice_scancode_get(key);

	if (!inputs->channel || !code || (!pressed && !inputs->held[key]))
		return;
	inputs->settled |= find_lock(key);
	inputs->held[key] = pressed;
	if (oriel_spice_express_key(inputs->express, code, pressed))
		return;
	if (pressed)
		spice_inputs_channel_key_press(inputs->channel, code);
	else
		spice_inputs_channel_key_release(inputs->channel, code);
	oriel_spice_express_note(inputs->express);
}

/* ---- buttons and wheel --------------------------------------------------------------------------
 */

static const struct {
	uint32_t button;
	int number, mask;
} buttons[] = {
	{BTN_LEFT, SPICE_MOUSE_BUTTON_LEFT, SPICE_MOUSE_BUTTON_MASK_LEFT},
	{BTN_MIDDLE, SPICE_MOUSE_BUTTON_MIDDLE, SPICE_MOUSE_BUTTON_MASK_MIDDLE},
	{BTN_RIGHT, SPICE_MOUSE_BUTTON_RIGHT, SPICE_MOUSE_BUTTON_MASK_RIGHT},
	{BTN_SIDE, SPICE_MOUSE_BUTTON_SIDE, SPICE_MOUSE_BUTTON_MASK_SIDE},
	{BTN_EXTRA, SPICE_MOUSE_BUTTON_EXTRA, SPICE_MOUSE_BUTTON_MASK_EXTRA},
};

static void send_button(struct oriel_spice_inputs *inputs, int number, int mask, bool pressed)
{
	if (pressed) {
		inputs->buttons |= mask;
		spice_inputs_channel_button_press(inputs->channel, number, inputs->buttons);
	} else {
		inputs->buttons &= ~mask;
		spice_inputs_channel_button_release(inputs->channel, number, inputs->buttons);
	}
	oriel_spice_express_note(inputs->express);
}

void oriel_spice_inputs_button(struct oriel_spice_inputs *inputs, uint32_t button, bool pressed)
{
	for (size_t i = 0; inputs->channel && i < G_N_ELEMENTS(buttons); i++) {
		bool is_down = inputs->buttons & buttons[i].mask;

		if (buttons[i].button == button && is_down != pressed)
			send_button(inputs, buttons[i].number, buttons[i].mask, pressed);
	}
}

void oriel_spice_inputs_wheel(struct oriel_spice_inputs *inputs, int32_t y_120)
{
	int32_t most_120 = NOTCHES_MAX * NOTCH_120;
	bool is_down;

	if (!inputs->channel)
		return;
	inputs->wheel_120 += CLAMP(y_120, -most_120, most_120);
	is_down = inputs->wheel_120 > 0;
	while (ABS(inputs->wheel_120) >= NOTCH_120) {
		int number = is_down ? SPICE_MOUSE_BUTTON_DOWN : SPICE_MOUSE_BUTTON_UP;
		int mask = is_down ? SPICE_MOUSE_BUTTON_MASK_DOWN : SPICE_MOUSE_BUTTON_MASK_UP;

		send_button(inputs, number, mask, true);
		send_button(inputs, number, mask, false);
		inputs->wheel_120 += is_down ? -NOTCH_120 : NOTCH_120;
	}
}

/* ---- the pointer --------------------------------------------------------------------------------
 */

/* The server takes positions or motion, never both. */
static void want_mode(struct oriel_spice_inputs *inputs, bool absolute)
{
	if (inputs->wants_absolute == absolute || !inputs->main)
		return;
	inputs->wants_absolute = absolute;
	spice_main_channel_request_mouse_mode(
		inputs->main, absolute ? SPICE_MOUSE_MODE_CLIENT : SPICE_MOUSE_MODE_SERVER);
}

static void send_due_motion(struct oriel_spice_inputs *inputs)
{
	if (!inputs->channel || inputs->is_absolute || (!inputs->due_x_px && !inputs->due_y_px))
		return;
	spice_inputs_channel_motion(
		inputs->channel, inputs->due_x_px, inputs->due_y_px, inputs->buttons);
	oriel_spice_express_note(inputs->express);
	inputs->due_x_px = inputs->due_y_px = 0;
}

void oriel_spice_inputs_move_by(struct oriel_spice_inputs *inputs, int32_t x_px, int32_t y_px)
{
	if (!inputs->channel)
		return;
	want_mode(inputs, false);
	x_px = CLAMP(x_px, -STEP_MAX_PX, STEP_MAX_PX);
	y_px = CLAMP(y_px, -STEP_MAX_PX, STEP_MAX_PX);
	inputs->due_x_px = CLAMP(inputs->due_x_px + x_px, -STEP_MAX_PX, STEP_MAX_PX);
	inputs->due_y_px = CLAMP(inputs->due_y_px + y_px, -STEP_MAX_PX, STEP_MAX_PX);
	send_due_motion(inputs);
}

static int32_t scale(int32_t at_px, uint32_t from_px, uint32_t to_px)
{
	int64_t scaled_px = from_px ? (int64_t)at_px * to_px / from_px : at_px;

	return (int32_t)CLAMP(scaled_px, 0, (int64_t)to_px - 1);
}

void oriel_spice_inputs_move_to(struct oriel_spice_inputs *inputs, int32_t x_px, int32_t y_px,
	uint32_t width_px, uint32_t height_px)
{
	SpiceDisplayPrimary primary;

	if (!inputs->channel)
		return;
	want_mode(inputs, true);
	if (!inputs->is_absolute)
		return;
	if (inputs->display && spice_display_channel_get_primary(inputs->display, 0, &primary) &&
		primary.width > 0 && primary.height > 0) {
		x_px = scale(x_px, width_px, (uint32_t)primary.width);
		y_px = scale(y_px, height_px, (uint32_t)primary.height);
	}
	spice_inputs_channel_position(inputs->channel, x_px, y_px, 0, inputs->buttons);
	oriel_spice_express_note(inputs->express);
}

bool oriel_spice_inputs_takes_positions(const struct oriel_spice_inputs *inputs)
{
	return inputs->channel && inputs->can_absolute;
}

static void on_mouse_mode(SpiceMainChannel *main, gpointer data)
{
	struct oriel_spice_inputs *inputs = data;
	gint mode;

	g_object_get(main, "mouse-mode", &mode, NULL);
	inputs->is_absolute = mode == SPICE_MOUSE_MODE_CLIENT;
	inputs->can_absolute |= inputs->is_absolute;
	/* A guest that lost its tablet while positions were wanted takes none any more. */
	if (inputs->wants_absolute)
		inputs->can_absolute = inputs->is_absolute;
	send_due_motion(inputs);
}

/* ---- channels -----------------------------------------------------------------------------------
 */

static void add_main(struct oriel_spice_inputs *inputs, SpiceChannel *channel)
{
	inputs->main = SPICE_MAIN_CHANNEL(channel);
	inputs->wants_absolute = true; /* what the library asks for by itself */
	g_signal_connect(channel, "main-mouse-update", G_CALLBACK(on_mouse_mode), inputs);
}

/* Presses the keys of those locks. Asking the server for a state instead does not do: it compares
 * with what the guest's lamps last told, and they tell late. */
static void toggle_locks(struct oriel_spice_inputs *inputs, gint which)
{
	for (size_t i = 0; i < G_N_ELEMENTS(locks); i++) {
		if (!(which & locks[i].lock))
			continue;
		oriel_spice_inputs_key(inputs, locks[i].key, true);
		oriel_spice_inputs_key(inputs, locks[i].key, false);
	}
}

void oriel_spice_inputs_set_lock(struct oriel_spice_inputs *inputs, uint32_t key, bool on)
{
	gint lock = find_lock(key), now;

	if (!inputs->channel || !lock)
		return;
	g_object_get(inputs->channel, "key-modifiers", &now, NULL);
	if (!!(now & lock) != on)
		toggle_locks(inputs, lock);
}

static unsigned find_ours(gint which)
{
	unsigned ours = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(locks); i++)
		ours |= which & locks[i].lock ? locks[i].ours : 0;
	return ours;
}

/* The library begins a connection by switching off Caps, Num and Scroll Lock in the guest: they are
 * to be again as they were. Those that the server names at first are put back at once. It may have
 * switched others as well, since it goes by keys and the guest's lamps tell late: what then changes
 * without a key of the user's was not the guest's wish. */
static void on_modifiers(SpiceChannel *channel, gpointer data)
{
	struct oriel_spice_inputs *inputs = data;
	uint64_t now_ns = oriel_time_now_ns();
	gint now, changed;

	oriel_spice_express_open(inputs->express);
	g_object_get(channel, "key-modifiers", &now, NULL);
	oriel_log(ORIEL_LOG_DEBUG, "the guest's locks (Scroll 1, Num 2, Caps 4): %d", now);
	changed = inputs->began_ns ? now ^ inputs->first_locks : now;
	if (!inputs->began_ns) {
		inputs->began_ns = now_ns;
		inputs->first_locks = now;
	}
	if (now_ns - inputs->began_ns < PUT_BACK_NS)
		toggle_locks(inputs, changed & ~inputs->settled);
	else if (inputs->tell_locks && now != inputs->now_locks)
		inputs->tell_locks(
			inputs->tell_data, find_ours(now ^ inputs->now_locks), find_ours(now));
	inputs->now_locks = now;
}

void oriel_spice_inputs_watch_locks(struct oriel_spice_inputs *inputs,
	void (*tell)(void *data, unsigned changed, unsigned locks), void *data)
{
	inputs->tell_locks = tell;
	inputs->tell_data = data;
}

static void forget_held(struct oriel_spice_inputs *inputs)
{
	memset(inputs->held, 0, sizeof inputs->held);
	inputs->buttons = 0;
	inputs->wheel_120 = inputs->due_x_px = inputs->due_y_px = 0;
}

static enum oriel_spice_need on_added(void *data, SpiceChannel *channel)
{
	struct oriel_spice_inputs *inputs = data;
	gint id;

	g_object_get(channel, "channel-id", &id, NULL);
	if (SPICE_IS_MAIN_CHANNEL(channel))
		add_main(inputs, channel);
	if (SPICE_IS_DISPLAY_CHANNEL(channel) && !id) {
		inputs->display = channel;
		return ORIEL_SPICE_WANTED;
	}
	if (!SPICE_IS_INPUTS_CHANNEL(channel))
		return ORIEL_SPICE_UNWANTED;
	inputs->channel = SPICE_INPUTS_CHANNEL(channel);
	inputs->express = oriel_spice_express_create(inputs->channel);
	inputs->settled = 0;
	inputs->began_ns = 0;
	g_signal_connect(channel, "inputs-modifiers", G_CALLBACK(on_modifiers), inputs);
	return ORIEL_SPICE_NEEDED;
}

static void on_removed(void *data, SpiceChannel *channel)
{
	struct oriel_spice_inputs *inputs = data;

	if (channel == (void *)inputs->main) {
		g_signal_handlers_disconnect_by_data(channel, inputs);
		inputs->main = NULL;
		inputs->is_absolute = inputs->can_absolute = false;
	}
	if (channel == inputs->display)
		inputs->display = NULL;
	if (channel == (void *)inputs->channel) {
		g_signal_handlers_disconnect_by_data(channel, inputs);
		g_clear_pointer(&inputs->express, oriel_spice_express_destroy);
		inputs->channel = NULL;
		forget_held(inputs); /* the server has let go of them itself */
	}
}

static const struct oriel_spice_listener listener = {
	.channel_added = on_added,
	.channel_removed = on_removed,
};

/* ---- life ---------------------------------------------------------------------------------------
 */

struct oriel_spice_inputs *oriel_spice_inputs_create(struct oriel_spice_session *session)
{
	struct oriel_spice_inputs *inputs = g_new0(struct oriel_spice_inputs, 1);

	inputs->session = session;
	oriel_spice_session_add_listener(session, &listener, inputs);
	return inputs;
}

static void release_all(struct oriel_spice_inputs *inputs)
{
	for (uint32_t key = 0; key < KEY_CNT; key++)
		oriel_spice_inputs_key(inputs, key, false);
	for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++)
		oriel_spice_inputs_button(inputs, buttons[i].button, false);
}

void oriel_spice_inputs_destroy(struct oriel_spice_inputs *inputs)
{
	if (!inputs)
		return;
	release_all(inputs);
	oriel_spice_session_remove_listener(inputs->session, inputs);
	g_free(inputs);
}
