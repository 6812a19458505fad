/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one command is in the middle of making, on disk, so that nothing half-done stays behind.
 *
 * Each thing is noted before it is made. A command that fails undoes its notes in reverse; one that
 * was killed is undone by the next command (recover). A journal in use is locked by its process, so
 * a journal that can be locked is a dead one's.
 *
 * The journal of a machine's run is kept until the machine is off, by the process that sees to it:
 * undoing it then clears the run's things away. Nobody can start the machine anew before that.
 *
 * Thread: one. Blocks on the disk and on libvirt.
 */
#ifndef ORIEL_VM_JOURNAL_H
#define ORIEL_VM_JOURNAL_H

#include "vm/connection.h"

struct oriel_vm_journal;

/* NULL and error set when the journal cannot be written. */
struct oriel_vm_journal *oriel_vm_journal_begin(GError **error);

/* The journal of one machine's run, uuid's. Waits for its last run to be cleared away, at most ten
 * seconds: then REFUSED. */
struct oriel_vm_journal *oriel_vm_journal_begin_run(
	struct oriel_vm_connection *connection, const char *uuid, GError **error);
/* The same journal in a process that inherited its descriptor, which it owns from here on. */
struct oriel_vm_journal *oriel_vm_journal_take_over(const char *uuid, int fd, GError **error);
/* Locked as long as this descriptor, or one that a process inherited, is open. Borrowed. */
int oriel_vm_journal_get_fd(const struct oriel_vm_journal *journal);
/* Frees the journal and leaves its notes to whoever else has it, or to recover. NULL is fine. */
void oriel_vm_journal_leave(struct oriel_vm_journal *journal);

/* A file about to be made at a path that was free. */
bool oriel_vm_journal_note_file(struct oriel_vm_journal *journal, const char *path, GError **error);
/* A file made elsewhere that is about to get this path: it is undone only where it is still that
 * file. */
bool oriel_vm_journal_note_link(
	struct oriel_vm_journal *journal, const char *path, int fd, GError **error);
/* A machine about to be defined. */
bool oriel_vm_journal_note_define(
	struct oriel_vm_journal *journal, const char *uri, const char *uuid, GError **error);
/* A machine that was off, about to be started. */
bool oriel_vm_journal_note_start(
	struct oriel_vm_journal *journal, const char *uri, const char *uuid, GError **error);
/* The computer is about to be tuned for the machine of that name; undone by the connection's tuner
 * (vm/connection.h). */
bool oriel_vm_journal_note_tuned(
	struct oriel_vm_journal *journal, const char *name, GError **error);
/* The machine runs as it should: recover leaves the journal alone until the machine is off, and
 * undoing it no longer stops the machine. */
bool oriel_vm_journal_note_running(
	struct oriel_vm_journal *journal, const char *uri, const char *uuid, GError **error);

/* Everything is as it should be: forgets the notes. Frees the journal. */
void oriel_vm_journal_commit(struct oriel_vm_journal *journal);
/* Undoes the notes in reverse and frees the journal. NULL is fine. */
void oriel_vm_journal_roll_back(
	struct oriel_vm_journal *journal, struct oriel_vm_connection *connection);

/* Undoes what killed commands left behind; what belongs to another libvirt address waits for a
 * connection to that one. Returns how many journals were undone. */
unsigned int oriel_vm_journal_recover(struct oriel_vm_connection *connection);

#endif
