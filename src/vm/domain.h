/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All machines of a connection as the checks want them (host/domain.h): what they use of the host,
 * what is wrong with their definitions, and whether the guest's agent answers.
 *
 * Thread: the connection's. Blocks on libvirt, and for a second at most on the agent of each
 * running machine.
 */
#ifndef ORIEL_VM_DOMAIN_H
#define ORIEL_VM_DOMAIN_H

#include "host/domain.h"
#include "vm/connection.h"
#include "vm/lint.h"

/* struct oriel_domain *, freed with the array; NULL and error set when libvirt does not tell. */
GPtrArray *oriel_vm_domain_list(struct oriel_vm_connection *connection,
	const struct oriel_vm_lint_host *host, GError **error);

/* Asks the agent of a running Windows what is wrong with its devices, which may take some seconds:
 * vm/guest.h. Nothing where no agent answers. */
void oriel_vm_domain_ask_guest(struct oriel_vm_connection *connection, struct oriel_domain *domain);

/* One definition, without asking anybody: for tests, and the parts above. */
struct oriel_domain *oriel_vm_domain_read(xmlDoc *document, const struct oriel_vm_lint_host *host);

/* Whether somebody is logged on, by the agent's answer to guest-get-users. */
gboolean oriel_vm_domain_has_users(const char *answer);

#endif
