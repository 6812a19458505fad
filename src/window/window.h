/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A surface on the user's desktop and the input that reaches it.
 *
 * Implementations are tables of struct oriel_window_ops: Wayland (window/wayland), X11
 * (window/x11), and headless, which has a size and nothing else and always builds. A window is
 * opened on one thread and may then be handed to another one; it belongs to one thread at a time.
 * Only functions ending in _rt may be called on the frame path.
 *
 * A window does not draw: a presenter (present/present.h) puts pictures on its native handle.
 */
#ifndef ORIEL_WINDOW_WINDOW_H
#define ORIEL_WINDOW_WINDOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h"

/* What a presenter needs to reach the surface. Borrowed from the window, valid until it is closed.
 */
enum oriel_native_kind {
	ORIEL_NATIVE_HEADLESS, /* no surface: pictures stay in memory */
	ORIEL_NATIVE_X11,
	ORIEL_NATIVE_WAYLAND,
};

/* On the display that the environment names; a presenter connects by itself, so that its waiting
 * for the server never stands behind input. */
struct oriel_native_x11 {
	uint32_t window; /* XID */
	uint8_t depth;
	uint32_t red_mask, green_mask, blue_mask;
};

/*
 * For another thread with an event queue of its own on the window's connection, such as the
 * clipboard's: the window's thread reads that queue's events off the socket, and tells. Set while
 * the window belongs to nobody's thread.
 */
struct oriel_native_share {
	struct wl_event_queue *queue; /* NULL: there is none */
	int event_fd;		      /* gets a count when the queue or has_focus has news */
	_Atomic uint32_t serial;      /* of what the user did last: focus, key, button */
	_Atomic bool has_focus;	      /* the keyboard's */
};

/*
 * The window's own connection: it reads and dispatches the default queue. What a presenter makes
 * belongs on a queue of its own, by way of proxy wrappers, which it dispatches after each read.
 * Attaching, damaging and committing surface is the presenter's, its size and role the window's.
 */
struct oriel_native_wayland {
	struct wl_display *display;
	struct wl_surface *surface;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	const uint32_t *shm_formats; /* enum wl_shm_format */
	uint32_t shm_format_count;
	struct wl_registry *registry;
	uint32_t dmabuf_name, dmabuf_version;	/* zwp_linux_dmabuf_v1 there; version 0: none */
	struct wl_subcompositor *subcompositor; /* NULL: the compositor has none */
	struct wp_viewporter *viewporter;	/* likewise; else the size is in a viewport */
	uint32_t scale_120;			/* now: 120 are one pixel a unit */
	struct oriel_native_share *share;
};

struct oriel_native {
	enum oriel_native_kind kind;
	union {
		struct oriel_native_x11 x11;
		struct oriel_native_wayland wayland;
	};
};

/* The keyboard's locks. */
enum oriel_lock {
	ORIEL_LOCK_CAPS = 1,
	ORIEL_LOCK_NUM = 2,
	ORIEL_LOCK_SCROLL = 4,
};

/*
 * What happens to the window, told from within dispatch_rt(). Every member must be set. Keys and
 * buttons are numbers of linux/input-event-codes.h. While a key is held, further presses may come.
 */
struct oriel_window_listener {
	void (*resized_rt)(void *data, uint32_t width_px, uint32_t height_px);
	/* Contents were lost: put the picture there again. */
	void (*exposed_rt)(void *data);
	/* The user wants it gone; nothing happens unless the owner does it. */
	void (*close_requested_rt)(void *data);
	void (*key_rt)(void *data, uint32_t key, bool pressed);
	void (*button_rt)(void *data, uint32_t button, bool pressed);
	void (*motion_rt)(void *data, double x_px, double y_px);
	/* In 1/120 of a notch; positive is right and down. */
	void (*wheel_rt)(void *data, int32_t x_120, int32_t y_120);
	void (*focus_rt)(void *data, bool focused);
	/* The desktop's locks that are on, enum oriel_lock: after focus_rt(true), and at each
	 * change until focus_rt(false); again without a change, too. */
	void (*locks_rt)(void *data, unsigned locks);
	/* Only under ORIEL_GRAB_POINTER, instead of motion_rt: how far the device went, before any
	 * acceleration where the system tells that. */
	void (*relative_rt)(void *data, double x_px, double y_px);
	/* The grab asked for was refused or taken away: nothing is grabbed any more. */
	void (*grab_lost_rt)(void *data);
	/* A picture of watch_picture_rt() got to the screen at that time of oriel_time_now_ns();
	 * period_ns: from one refresh of that screen to the next, 0 where they have no rhythm. */
	void (*presented_rt)(void *data, uint64_t stamp_ns, uint64_t seen_ns, uint64_t period_ns);
	/* One that buttons came from: their releases will not. */
	void (*device_lost_rt)(void *data);
};

/* What of the user's input belongs to the window alone. */
enum oriel_grab {
	ORIEL_GRAB_NONE = 0,
	ORIEL_GRAB_POINTER = 1,	 /* stays inside, moves without end */
	ORIEL_GRAB_KEYBOARD = 2, /* shortcuts of the desktop included */
};

enum oriel_fullscreen {
	ORIEL_FULLSCREEN_OFF,
	ORIEL_FULLSCREEN_ON,
	ORIEL_FULLSCREEN_TOGGLE, /* off where the desktop has it on, however that came about */
};

/* What the pictures are of, as far as anybody knows. */
enum oriel_content {
	ORIEL_CONTENT_ANY,
	ORIEL_CONTENT_VIDEO,
	ORIEL_CONTENT_GAME,
};

struct oriel_window_options {
	const char *title; /* UTF-8 */
	uint32_t width_px, height_px;
	/* How it begins. */
	bool is_fullscreen, is_maximized;
	bool is_borderless; /* the desktop draws no borders around it */
	const char *output; /* the screen to be on, by its name there (DP-1); NULL: any */
	/* For the desktop to know; on Wayland only. */
	enum oriel_content content;
	bool may_tear; /* a picture may replace another in the middle of a refresh */
	/* Where the contents begin; only where windows place themselves, which is X11. */
	bool has_position;
	int32_t x_px, y_px;
};

struct oriel_window_place {
	uint32_t width_px, height_px;
	bool has_position; /* as in the options */
	int32_t x_px, y_px;
};

struct oriel_window {
	const struct oriel_window_ops *ops;
};

struct oriel_window_ops {
	const char *name; /* as in --window */

	/* True when it is worth trying here: the environment names a display. Never blocks. */
	bool (*is_available)(void);

	/* Makes the window, not yet visible. Blocks on the display server for some round trips.
	 * -ENODEV, with the names there are, when no screen has that name. */
	int (*open)(struct oriel_window **ret_window, const struct oriel_window_options *options,
		struct oriel_error *error);
	/* NULL is fine. */
	void (*close)(struct oriel_window *window);

	/* Makes it visible. Does not wait until it is. */
	void (*show)(struct oriel_window *window);
	void (*set_title)(struct oriel_window *window, const char *title);
	/* Asks for a size; a window manager may say otherwise, resized_rt tells what came of it.
	 * Before show() the answer is waited for and get_size() has it at once. */
	void (*set_size)(struct oriel_window *window, uint32_t width_px, uint32_t height_px);
	void (*get_size)(
		const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px);
	/* Where it is and how large. False while it fills the screen or the like, or is not there
	 * any more, or the display server hangs. May wait for that for a moment. NULL: there is no
	 * such thing. */
	bool (*get_place)(struct oriel_window *window, struct oriel_window_place *ret_place);
	/* The largest size that makes sense: the screen's. UINT32_MAX twice where there is no
	 * limit. */
	void (*get_screen_size)(
		const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px);
	/* The guest shows a film or the like: the desktop is not to blank or lock the screen. */
	void (*set_awake_rt)(struct oriel_window *window, bool awake);
	/* The whole screen, or as before. Shown windows only. */
	void (*set_fullscreen_rt)(struct oriel_window *window, enum oriel_fullscreen wanted);
	void (*get_native)(const struct oriel_window *window, struct oriel_native *ret_native);
	/* Has presented_rt tell when the picture that is put there next is seen. The desktop may
	 * keep that to itself. NULL: this window system does. */
	void (*watch_picture_rt)(struct oriel_window *window, uint64_t stamp_ns);
	/* The same, of the picture that was put there last. NULL as above; there is one of them at
	 * most. */
	void (*watch_put_rt)(struct oriel_window *window, uint64_t stamp_ns);

	/* grab: enum oriel_grab, one or both, or none to let go. Returns at once; grab_lost_rt
	 * tells when it did not come to be. */
	void (*set_grab_rt)(struct oriel_window *window, unsigned grab);
	/* Whether the desktop's cursor shows over the window; it does at first. */
	void (*set_cursor_visible_rt)(struct oriel_window *window, bool visible);

	/* Switches the desktop's locks of changed (enum oriel_lock) to what they are in locks. The
	 * listener is told as of any change. NULL: this window system lets nobody do it. */
	void (*set_locks_rt)(struct oriel_window *window, unsigned changed, unsigned locks);

	/* To poll for reading; -1 when nothing ever happens. */
	int (*get_fd)(const struct oriel_window *window);
	/* Delivers what has arrived. readable: poll() said so. 0, or -EPIPE: the display is gone.
	 */
	int (*dispatch_rt)(struct oriel_window *window, bool readable,
		const struct oriel_window_listener *listener, void *data);
};

/* All that were built, the most wanted first; ends with NULL. */
extern const struct oriel_window_ops *const oriel_window_systems[];

extern const struct oriel_window_ops oriel_window_headless;

/*
 * name: one of the table, or "auto" for the first with a display that is available (headless only
 * by its name). NULL, with a message that says what to do, when there is none.
 */
const struct oriel_window_ops *oriel_window_find(const char *name, struct oriel_error *error);

#endif
