/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/report.h"

#include <string.h>

void oriel_report_init(struct oriel_report *report, const struct oriel_source *source,
	struct oriel_mail *mail, const struct oriel_window *window)
{
	*report = (struct oriel_report){
		.source = source, .mail = mail, .event = {.kind = ORIEL_RENDER_STATUS}};
	window->ops->get_size(window, &report->event.status.window_width_px,
		&report->event.status.window_height_px);
}

static void tell(struct oriel_report *report)
{
	if (report->is_due && oriel_mail_tell_rt(report->mail, &report->event))
		report->is_due = false;
}

bool oriel_report_is_fresh(const struct oriel_report *report)
{
	return report->event.status.is_fresh;
}

void oriel_report_fresh_rt(struct oriel_report *report)
{
	const char *origin = report->source->ops->get_origin(report->source);

	if (report->event.status.is_fresh && report->event.status.origin == origin)
		return;
	report->event.status.origin = origin;
	report->event.status.is_fresh = report->event.status.was_fresh = true;
	report->event.status.is_refused = false;
	report->is_due = true;
	tell(report);
}

void oriel_report_stale_rt(struct oriel_report *report)
{
	const char *reason = report->source->ops->get_reason(report->source);
	char *told = report->event.status.reason;
	size_t room = sizeof report->event.status.reason - 1;

	if (report->event.status.is_fresh || strncmp(reason, told, room)) {
		strncpy(told, reason, room);
		report->event.status.is_refused = report->source->ops->is_refused(report->source);
		report->is_due = true;
	}
	report->event.status.is_fresh = false;
	tell(report);
}

void oriel_report_size_rt(struct oriel_report *report, uint32_t width_px, uint32_t height_px)
{
	report->event.status.window_width_px = width_px;
	report->event.status.window_height_px = height_px;
	report->is_due = true;
	tell(report);
}
