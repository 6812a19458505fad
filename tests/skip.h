/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a cmocka test case skips itself with a reason that `./dev test` shows and counts.
 *
 * cmocka 1.1.5 reports its own skip() as "not ok", which the test runner takes for a failure; this
 * writes the reason as a TAP comment and leaves the case.
 */
#ifndef ORIEL_TESTS_SKIP_H
#define ORIEL_TESTS_SKIP_H

/* Only inside a test case itself, which returns void. Arguments as for printf(), one line. */
#define oriel_test_skip(...)                                                                       \
	do {                                                                                       \
		print_message("# SKIP ");                                                          \
		print_message(__VA_ARGS__);                                                        \
		print_message("\n");                                                               \
		return;                                                                            \
	} while (0)

#endif
