/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rows of the table of options take: each function is one kind of value, see set() of
 * struct oriel_view_option (view/option.h). Texts are kept for as long as the program runs.
 */
#ifndef ORIEL_VIEW_OPTIONS_VALUE_H
#define ORIEL_VIEW_OPTIONS_VALUE_H

#include "view/option.h"

int oriel_option_set_text(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_folder(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_usb_filter(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_flag(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_headless(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_choice(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_name(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_profile(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_shell(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_vm(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error);
int oriel_option_set_count(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_clipboard_limit(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_send_limit(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_seconds(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_latency(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_escape_key(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_binding(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_sensitivity(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_fps_limit(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_brightness(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_nits(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_size(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);
int oriel_option_set_position(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error);

#endif
