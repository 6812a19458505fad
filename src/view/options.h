/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of oriel-view: one table (view/option.h) gives the command line, the files
 * (view/config.h), --help and shell completion.
 *
 * Main thread; nothing blocks except one look at the file system for the default of --source.
 * Strings of the options live for ever.
 */
#ifndef ORIEL_VIEW_OPTIONS_H
#define ORIEL_VIEW_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "present/present.h"
#include "view/capture.h"

/* Whose picture is shown. */
enum oriel_display {
	ORIEL_DISPLAY_AUTO, /* the shared memory's, and by SPICE while that has none */
	ORIEL_DISPLAY_RELAY,
	ORIEL_DISPLAY_SPICE,
};

/* Where one sees, for as long as it lasts, that input is captured. */
enum oriel_capture_sign {
	ORIEL_CAPTURE_SIGN_TITLE,
	ORIEL_CAPTURE_SIGN_PICTURE,
	ORIEL_CAPTURE_SIGN_NONE,
};

struct oriel_view_options {
	const char *source;
	const char *window;  /* a name of oriel_window_find() */
	const char *present; /* a name of oriel_presenter_open() */
	const char *title;
	const char *output; /* NULL: any */
	bool fullscreen, maximize, borderless;
	const char *screenshot;	      /* NULL: none */
	const char *record;	      /* NULL: nothing */
	bool share;		      /* as a camera */
	const char *record_as;	      /* a name of oriel_encoder_open() */
	const char *config;	      /* the only file of settings to read; NULL: the usual ones */
	const char *import;	      /* a stock client's file to translate; NULL: none */
	const char *vm;		      /* whose settings and control socket; NULL: nobody's */
	const char *profile;	      /* the last one applied, or NULL */
	const char *machine_profile;  /* the VM's, beneath all settings; NULL: it has none */
	const char *pictures;	      /* the folder of screenshots asked for while it runs */
	uint64_t frames;	      /* 0: until closed */
	uint64_t timeout_ns;	      /* 0: none */
	uint32_t width_px, height_px; /* 0: the guest's */
	struct {
		int32_t x_px, y_px;
		int is_set; /* 0: anywhere */
	} position;
	struct oriel_capture_options capture;
	int capture_by;				  /* enum oriel_capture_by */
	int input;				  /* enum oriel_capture_input */
	int capture_sign;			  /* enum oriel_capture_sign */
	const char *input_log;			  /* NULL: none */
	const char *input_evdev;		  /* paths with commas between; NULL: none */
	const char *spice;			  /* address of the VM's SPICE server; NULL: none */
	const char *password_file, *password_env; /* where its password is; one at most */
	int display;				  /* enum oriel_display */
	int follow;				  /* enum oriel_follow */
	const char *share_folder;		  /* the folder shared with the guest; NULL: none */
	const char *send_from;			  /* whose files may be sent, or NULL */
	uint64_t send_limit_bytes;
	const char *usb_auto; /* devices to lend by themselves, or NULL */
	const char *usb_cd;   /* an image to lend as a CD, or NULL */
	int clipboard;	      /* enum oriel_clipboard_ways */
	uint64_t clipboard_limit_bytes;
	const char *spice_ca;	  /* NULL: the system's authorities */
	bool insecure;		  /* plain text to other computers as well */
	int audio;		  /* enum oriel_sound_mode */
	const char *audio_device; /* NULL: the user's default */
	uint32_t audio_latency_ms;
	int microphone;		       /* enum oriel_microphone_policy */
	const char *microphone_device; /* NULL: the user's default */
	bool grab_keyboard;
	int scale;   /* enum oriel_scale */
	int filter;  /* enum oriel_filter */
	int rotate;  /* enum oriel_rotation */
	int swap;    /* enum oriel_swap */
	int content; /* enum oriel_content */
	bool jit;
	uint32_t fps_limit;			     /* 0: none */
	int keep_awake;				     /* enum oriel_awake */
	int colour_blind;			     /* enum oriel_colour_blind */
	int hdr;				     /* enum oriel_hdr */
	uint32_t hdr_white_nits, brightness_percent; /* 0: the format's; 100 */
	const char *shader;			     /* NULL: none */
	int log_level;				     /* enum oriel_log_level */
	int completion;				     /* enum oriel_options_shell */
	bool stats;
	bool sandbox;
	bool allow_root;
	bool help, version; /* asked for: print that and end */
};

/* Whose size the other one takes on. */
enum oriel_follow { ORIEL_FOLLOW_GUEST, ORIEL_FOLLOW_WINDOW };

enum oriel_options_shell {
	ORIEL_OPTIONS_NO_SHELL,
	ORIEL_OPTIONS_BASH,
	ORIEL_OPTIONS_ZSH,
	ORIEL_OPTIONS_FISH,
};

void oriel_options_init(struct oriel_view_options *options);
/* Sets one option by name, as from a file's line. -ENOENT: there is none of that name. */
int oriel_options_set(struct oriel_view_options *options, const char *name, const char *value,
	struct oriel_error *error);
/* Puts what the arguments say over what *options has; argv[0] is passed over. 0, or -EINVAL with
 * the option, its value and what it takes; *options is then untouched. */
int oriel_options_parse(struct oriel_view_options *options, int argc, char *const argv[],
	struct oriel_error *error);
/* Fills what nobody set, and refuses what does not go together. */
int oriel_options_finish(struct oriel_view_options *options, struct oriel_error *error);
/* One line for each setting that changes nothing as the others are. */
void oriel_options_tell_idle(const struct oriel_view_options *options,
	void (*tell)(void *data, const char *text), void *data);

/* What the capture machine gets to know of them; part of the above. */
void oriel_options_finish_capture(struct oriel_view_options *options);

void oriel_options_print_help(FILE *file);
void oriel_options_print_completion(enum oriel_options_shell shell, FILE *file);

#endif
