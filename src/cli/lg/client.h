/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting a stock Looking Glass client for a machine. Thread: main. */
#ifndef ORIEL_CLI_LG_CLIENT_H
#define ORIEL_CLI_LG_CLIENT_H

#include "cli/command.h"

/* The program of the stock client that is installed, owned by the caller; NULL: none is. */
char *oriel_lg_find_client(void);

extern const struct oriel_command oriel_lg_client;

#endif
