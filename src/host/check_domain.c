/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the virtual machines: each definition, what they share, the program in the guest. */
#include "host/check_private.h"

#include <string.h>

/* ---- one definition ------------------------------------------------------------------------- */

/* The worst flaw of all machines that are meant; the first of equals. */
static const struct oriel_domain_flaw *find_worst(const struct oriel_check_context *context,
	const struct oriel_domain **ret_domain, guint *ret_count)
{
	const struct oriel_domain_flaw *worst = NULL;

	*ret_count = 0;
	for (guint i = 0; i < context->domains->len; i++) {
		const struct oriel_domain *domain = g_ptr_array_index(context->domains, i);

		if (!oriel_check_is_meant(context, domain))
			continue;
		*ret_count += domain->flaws->len;
		for (guint k = 0; k < domain->flaws->len; k++) {
			const struct oriel_domain_flaw *flaw = g_ptr_array_index(domain->flaws, k);

			if (worst && (worst->is_serious || !flaw->is_serious))
				continue;
			worst = flaw;
			*ret_domain = domain;
		}
	}
	return worst;
}

void oriel_check_dom_lint(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_domain_flaw *flaw;
	const struct oriel_domain *domain = NULL;
	guint count;

	if (!oriel_check_has_domains(context, report))
		return;
	flaw = find_worst(context, &domain, &count);
	if (flaw)
		oriel_check_fill(report, flaw->is_serious ? ORIEL_CHECK_FAIL : ORIEL_CHECK_WARN,
			flaw->what, flaw->remedy,
			"definition of '%s'; %u remarks in all, 'oriel check VM' lists those of "
			"one "
			"machine",
			domain->name, count);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "nothing is wrong with the definitions",
			NULL, "%u definitions read", context->domain ? 1 : context->domains->len);
}

/* ---- two machines --------------------------------------------------------------------------- */

static char *find_shared_device(const struct oriel_domain *a, const struct oriel_domain *b)
{
	for (guint i = 0; i < a->pci->len; i++)
		for (guint k = 0; k < b->pci->len; k++) {
			const struct oriel_pci_address *left =
				&g_array_index(a->pci, struct oriel_domain_pci, i).address;
			const struct oriel_pci_address *right =
				&g_array_index(b->pci, struct oriel_domain_pci, k).address;
			char name[ORIEL_PCI_ADDRESS_BYTES];

			if (oriel_pci_address_equal(left, right))
				return g_strdup_printf(
					"device %s", oriel_pci_address_format(left, name));
		}
	return NULL;
}

static char *find_shared_file(const struct oriel_domain *a, const struct oriel_domain *b)
{
	for (guint i = 0; i < a->files->len; i++)
		for (guint k = 0; k < b->files->len; k++) {
			const struct oriel_domain_file *left = g_ptr_array_index(a->files, i);
			const struct oriel_domain_file *right = g_ptr_array_index(b->files, k);

			if (left->kind == ORIEL_DOMAIN_DISK && right->kind == ORIEL_DOMAIN_DISK &&
				!(left->is_shared && right->is_shared) &&
				!strcmp(left->path, right->path))
				return g_strdup_printf("disk %s", left->path);
		}
	return NULL;
}

static char *find_shared_relay(const struct oriel_domain *a, const struct oriel_domain *b)
{
	for (guint i = 0; i < a->relays->len; i++)
		for (guint k = 0; k < b->relays->len; k++)
			if (!strcmp(g_ptr_array_index(a->relays, i),
				    g_ptr_array_index(b->relays, k)))
				return g_strdup_printf("shared memory %s",
					(char *)g_ptr_array_index(a->relays, i));
	return NULL;
}

static char *find_shared(const struct oriel_domain *a, const struct oriel_domain *b)
{
	char *(*const finders[])(const struct oriel_domain *, const struct oriel_domain *) = {
		find_shared_file, find_shared_device, find_shared_relay};
	char *found = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(finders) && !found; i++)
		found = finders[i](a, b);
	return found;
}

/* Reports the first pair that shares something; those that both start by themselves fail. */
static void report_pair(const struct oriel_domain *a, const struct oriel_domain *b,
	struct oriel_check_report *report)
{
	g_autofree char *shared = find_shared(a, b);
	gboolean both = a->autostart && b->autostart;

	if (shared)
		oriel_check_fill(report, both ? ORIEL_CHECK_FAIL : ORIEL_CHECK_WARN,
			both ? "two machines that start by themselves want the same thing: one of "
			       "them will not start"
			     : "two machines use the same thing: never run both at once",
			"Give one of them its own ('oriel vm edit'), or take one out of the "
			"autostart ('oriel vm autostart VM off')",
			"'%s' and '%s' both have %s", a->name, b->name, shared);
}

void oriel_check_dom_sharing(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	if (!oriel_check_has_domains(context, report))
		return;
	for (guint i = 0; i < context->domains->len && !report->evidence; i++)
		for (guint k = i + 1; k < context->domains->len && !report->evidence; k++) {
			const struct oriel_domain *a = g_ptr_array_index(context->domains, i);
			const struct oriel_domain *b = g_ptr_array_index(context->domains, k);

			if (oriel_check_is_meant(context, a) || oriel_check_is_meant(context, b))
				report_pair(a, b, report);
		}
	if (!report->evidence)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "no two machines want the same thing",
			NULL, "%u definitions compared", context->domains->len);
}
