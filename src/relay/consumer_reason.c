/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user is told: for each link one sentence with the value that matters and the way out. */
#include "relay/consumer_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void oriel_consumer_tell(
	struct oriel_consumer *consumer, enum oriel_link link, const char *format, ...)
{
	va_list args;

	consumer->link = link;
	va_start(args, format);
	vsnprintf(consumer->reason, sizeof consumer->reason, format, args);
	va_end(args);
}

static enum oriel_link link_of_open_error(int code)
{
	switch (code) {
	case -ENOENT:
	case -ENOTDIR:
		return ORIEL_LINK_NO_FILE;
	case -EACCES:
	case -EPERM:
		return ORIEL_LINK_NO_PERMISSION;
	case -ENOSPC:
		return ORIEL_LINK_TOO_SMALL;
	default:
		return ORIEL_LINK_BAD_FILE;
	}
}

void oriel_consumer_tell_open_error(
	struct oriel_consumer *consumer, const struct oriel_error *error)
{
	oriel_consumer_tell(consumer, link_of_open_error(error->code), "%s", error->message);
}

void oriel_consumer_tell_silence(struct oriel_consumer *consumer, bool has_magic)
{
	size_t mib = oriel_region_get_size_bytes(consumer->region) >> 20;

	if (consumer->was_live)
		oriel_consumer_tell(consumer, ORIEL_LINK_STOPPED,
			"the guest program at %s stopped; the picture comes back by itself when it "
			"runs again",
			consumer->path);
	else if (has_magic)
		oriel_consumer_tell(consumer, ORIEL_LINK_NO_GUEST,
			"%s (%zu MiB) holds what an earlier guest program left, and it does not "
			"run now: start oriel-guest or Looking Glass B7 in the guest",
			consumer->path, mib);
	else
		oriel_consumer_tell(consumer, ORIEL_LINK_NO_GUEST,
			"no guest program has written to %s (%zu MiB) yet: start oriel-guest or "
			"Looking Glass B7 in the guest",
			consumer->path, mib);
}

void oriel_consumer_tell_unsupported(
	struct oriel_consumer *consumer, const struct oriel_guest_info *info)
{
	char kvmfr[24] = "";

	if (info->kvmfr_version)
		snprintf(kvmfr, sizeof kvmfr, " / KVMFR %" PRIu32, info->kvmfr_version);
	oriel_consumer_tell(consumer, ORIEL_LINK_UNSUPPORTED,
		"the guest program at %s speaks LGMP %" PRIu32
		"%s, and this viewer speaks LGMP %" PRIu32 " / KVMFR %" PRIu32
		": install oriel-guest or Looking Glass %s in the guest",
		consumer->path, info->lgmp_version, kvmfr, oriel_codec_b7.lgmp_version,
		oriel_codec_b7.kvmfr_version, oriel_codec_b7.name);
}

void oriel_consumer_tell_starting(struct oriel_consumer *consumer, const char *what)
{
	oriel_consumer_tell(consumer, ORIEL_LINK_STARTING,
		"the guest program at %s is starting: %s", consumer->path, what);
}
