/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel that lives in a made-up tree: drivers are links, modules are folders, so that its state
 * outlives the process that worked with it. A device's own driver stands in its file "test_home".
 */
#ifndef ORIEL_TESTS_HANDOVER_FAKE_KERNEL_H
#define ORIEL_TESTS_HANDOVER_FAKE_KERNEL_H

#include "handover/kernel.h"
#include "tests/host/tree.h"

struct fake_kernel {
	struct tree *tree;
	guint calls;		  /* of all functions that change something */
	guint kill_at;		  /* the call of that number, from 1, ends the process; 0: none */
	guint fail_at;		  /* or fails; 0: none */
	gboolean vfio_takes_none; /* vfio-pci refuses every device */
	gboolean nvidia_is_used;  /* its modules cannot be unloaded */
	guint64 pages_max;	  /* more huge pages there are not; 0: no end */
	guint compactions;	  /* how often memory was put together */
	const char *stuck;	  /* files with this in their path cannot be written; NULL: none */
	gint64 time_ms;		  /* goes on by pauses only */
	guint blinks;		  /* pauses so far */
	int blinker;		  /* process that opens the card in every other pause; 0: none */
	pid_t process;		  /* that fake_kernel_fork() began */
	/* The limits of units stand in files of /run/systemd/test. */
	char *stopped, *started; /* units, one after another with a blank each */
};

extern const struct oriel_kernel_ops fake_kernel_ops;

void fake_kernel_finish(struct fake_kernel *fake);

/* The exit status of a process that was killed. */
#define FAKE_KERNEL_KILLED 99

/* Begins a copy of this process in which the call of that number ends it. True: this is the copy,
 * which is to work and to exit. */
gboolean fake_kernel_fork(struct fake_kernel *fake, guint kill_at);
/* Its exit status. */
int fake_kernel_wait(const struct fake_kernel *fake);

/* The device of that name has that driver, and comes home to it. */
void fake_kernel_set_home(struct tree *tree, const char *name, const char *driver);

#endif
