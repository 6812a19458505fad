/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the viewer gives up once it has opened what it needs, before the first frame: new
 * privileges, most of the file system (Landlock) and most system calls (seccomp).
 *
 * The filter's list comes from notes at the calls: a comment that says which system calls the code
 * beside it makes, after the word "syscalls" and a colon (tools/syscalls.py collects them). What is
 * not on it fails as if the kernel did not have it.
 */
#ifndef ORIEL_VIEW_SANDBOX_H
#define ORIEL_VIEW_SANDBOX_H

#include "base/error.h"

/* What it may use besides the system's files and the caches; NULL ones are passed over. */
struct oriel_sandbox_folders {
	const char *source; /* of the guest's memory: its files may be changed, none made */
	const char *pictures, *screenshot, *record, *control, *state, *share;
	const char *send;      /* files in it go to the guest: only to read */
	const char *cd;	       /* the image of one: a file to read, no folder */
	const char *authority; /* of SPICE certificates: a file to read, no folder */
	const char *config;    /* settings elsewhere, as the former */
};

/* Main thread, before other threads of ours: they inherit it. What the kernel or this build lacks
 * is left out and logged in one line; an error is a kernel that refused what it has. */
int oriel_sandbox_enter(const struct oriel_sandbox_folders *folders, struct oriel_error *error);

/* The system-call half, for all threads of the process. -ENOSYS: not in this build or kernel. */
int oriel_sandbox_filter(struct oriel_error *error);

#endif
