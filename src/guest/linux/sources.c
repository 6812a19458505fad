/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/sources.h"

#include <errno.h>
#include <string.h>

#include "guest/core/options.h"
#include "guest/linux/kms/kms.h"
#include "guest/linux/x11/x11.h"
#include "guest/test/source_test.h"

struct source {
	const struct oriel_capture_ops *ops;
	bool is_automatic;
};

static const struct source sources[] = {
	{&oriel_capture_x11, true},
	{&oriel_capture_kms, true},
	{&oriel_capture_test, false},
};
#define SOURCES (sizeof sources / sizeof sources[0])

static int open_named(const struct oriel_capture_ops **ret_source,
	struct oriel_capture **ret_capture, const struct oriel_guest_options *options,
	struct oriel_error *error)
{
	for (size_t i = 0; i < SOURCES; i++) {
		if (strcmp(sources[i].ops->name, options->capture))
			continue;
		*ret_source = sources[i].ops;
		return sources[i].ops->open(ret_capture, options, error);
	}
	return oriel_error_set(error, -EINVAL, "no capture source '%s'", options->capture);
}

int oriel_sources_open(const struct oriel_capture_ops **ret_source,
	struct oriel_capture **ret_capture, const struct oriel_guest_options *options,
	struct oriel_error *error)
{
	struct oriel_error last = {0};
	int rc = -ENODEV;

	if (strcmp(options->capture, "auto"))
		return open_named(ret_source, ret_capture, options, error);

	for (size_t i = 0; i < SOURCES; i++) {
		struct oriel_error this_one = {0};

		if (!sources[i].is_automatic)
			continue;
		rc = sources[i].ops->open(ret_capture, options, &this_one);
		if (!rc) {
			*ret_source = sources[i].ops;
			return 0;
		}
		if (last.code)
			oriel_error_prefix(
				&this_one, "%.200s; %s", last.message, sources[i].ops->name);
		else
			oriel_error_prefix(
				&this_one, "no screen to capture: %s", sources[i].ops->name);
		last = this_one;
	}
	return oriel_error_set(error, rc, "%s", last.message);
}
