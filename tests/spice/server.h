/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A real SPICE server: QEMU with a machine that never runs. Beside the tests that talk to it. */
#ifndef ORIEL_TESTS_SPICE_SERVER_H
#define ORIEL_TESTS_SPICE_SERVER_H

#include "bed/process.h"
#include "spice/session.h"

struct server {
	struct oriel_process qemu;
	char *folder; /* everything the test writes; gone at the end */
	char *socket; /* in it */
	char *uri;    /* of a TCP server, else NULL */
};

void server_init(struct server *server);
void server_finish(struct server *server);

/* At server->socket, without a password. */
void server_start(struct server *server);
/* On a free port of 127.0.0.1, with the password "correct horse". */
void server_start_tcp(struct server *server);
/* Likewise by TLS as "localhost", without a password; the authority's certificate is
 * folder/ca-cert.pem. False: there is no openssl here. */
bool server_start_tls(struct server *server);
void server_stop(struct server *server);

/* Turns the main loop until the session is in that state; fails the test after 30 s. */
void wait_for_state(struct oriel_spice_session *session, enum oriel_spice_state state);
/* Likewise until is_done(data). */
void wait_until(bool (*is_done)(void *data), void *data);

#endif
