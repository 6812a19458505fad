/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/mail.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "base/fd.h"
#include "base/log.h"

#define EVENTS 32
#define COMMANDS 8

int oriel_mail_init(struct oriel_mail *mail)
{
	*mail = (struct oriel_mail){
		.events = oriel_ring_create(sizeof(struct oriel_render_event), EVENTS),
		.commands = oriel_ring_create(sizeof(struct oriel_mail_command), COMMANDS),
		.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.command_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	if (mail->event_fd < 0 || mail->command_fd < 0)
		return -EMFILE;
	return mail->events && mail->commands ? 0 : -ENOMEM;
}

void oriel_mail_finish(struct oriel_mail *mail)
{
	oriel_ring_destroy(mail->events);
	oriel_ring_destroy(mail->commands);
	oriel_fd_close(&mail->event_fd);
	oriel_fd_close(&mail->command_fd);
}

void oriel_mail_wake_rt(struct oriel_mail *mail)
{
	eventfd_write(mail->command_fd, 1);
}

void oriel_mail_ask_end(struct oriel_mail *mail)
{
	atomic_store(&mail->is_end_wanted, true);
	eventfd_write(mail->command_fd, 1);
}

unsigned oriel_mail_get_beat(const struct oriel_mail *mail)
{
	return atomic_load_explicit(&mail->beat, memory_order_relaxed);
}

bool oriel_mail_send(struct oriel_mail *mail, const struct oriel_mail_command *command)
{
	if (!oriel_ring_push_rt(mail->commands, command))
		return false;
	eventfd_write(mail->command_fd, 1);
	return true;
}

bool oriel_mail_take_event(struct oriel_mail *mail, struct oriel_render_event *ret_event)
{
	if (oriel_ring_pop_rt(mail->events, ret_event))
		return true;
	eventfd_read(mail->event_fd, &(eventfd_t){0});
	return oriel_ring_pop_rt(mail->events, ret_event);
}

void oriel_mail_beat_rt(struct oriel_mail *mail)
{
	atomic_fetch_add_explicit(&mail->beat, 1, memory_order_relaxed);
}

bool oriel_mail_tell_rt(struct oriel_mail *mail, const struct oriel_render_event *event)
{
	bool pushed = oriel_ring_push_rt(mail->events, event);

	if (pushed)
		eventfd_write(mail->event_fd, 1);
	return pushed;
}

void oriel_mail_tell_lines_rt(struct oriel_mail *mail)
{
	unsigned lines = oriel_log_count_rt();

	if (lines != mail->lines)
		eventfd_write(mail->event_fd, 1);
	mail->lines = lines;
}

bool oriel_mail_take_command_rt(struct oriel_mail *mail, struct oriel_mail_command *ret_command)
{
	return oriel_ring_pop_rt(mail->commands, ret_command);
}

void oriel_mail_woken_rt(struct oriel_mail *mail)
{
	eventfd_read(mail->command_fd, &(eventfd_t){0});
}

bool oriel_mail_is_end_wanted_rt(const struct oriel_mail *mail)
{
	return atomic_load_explicit(&mail->is_end_wanted, memory_order_relaxed);
}
