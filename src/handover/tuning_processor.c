/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's processors: kept free of programs and interrupts, and at their full clock. */
#include "handover/tuning_plan.h"

#include <gio/gio.h>
#include <string.h>

#define CGROUP "/sys/fs/cgroup"
#define CPUFREQ "/sys/devices/system/cpu/cpufreq"

gboolean oriel_tuning_check_cpus(struct oriel_tuning_work *work, GError **error)
{
	const struct oriel_cpus *cpus = &work->wish->cpus;
	g_autofree char *online = NULL, *wanted = NULL;

	if (!oriel_cpus_read(work->host, "/sys/devices/system/cpu/online", &work->online)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
			"it is not known which processors there are: "
			"/sys/devices/system/cpu/online cannot be read");
		return FALSE;
	}
	if (!oriel_cpus_is_empty(cpus) && oriel_cpus_are_in(cpus, &work->online) &&
		!oriel_cpus_are_in(&work->online, cpus))
		return TRUE;
	online = oriel_cpus_format(&work->online);
	wanted = oriel_cpus_format(cpus);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		"the machine's processors '%s' cannot be kept for it: they must be some of %s, and "
		"leave the host at least one ('oriel vm edit VM --pin yes' chooses them)",
		wanted, online);
	return FALSE;
}

/* What stays of before ("": all there are) without the machine's. NULL: nothing would. */
static char *take_away(const struct oriel_tuning_work *work, const char *before)
{
	struct oriel_cpus cpus = work->online;

	if (*before && !oriel_cpus_parse(before, &cpus))
		return NULL;
	oriel_cpus_take(&cpus, &work->wish->cpus);
	return oriel_cpus_is_empty(&cpus) ? NULL : oriel_cpus_format(&cpus);
}

static void add_group(struct oriel_tuning_work *work, const char *target, const char *before)
{
	g_autofree char *after = take_away(work, before);

	if (after)
		oriel_tuning_journal_add(work->journal, ORIEL_TUNING_CPUS, target, before, after);
	else
		oriel_tuning_note(work,
			"cpus: %s may use only the machine's own processors (%s), and is left so",
			target, before);
}

/* ---- by the service manager ----------------------------------------------------------------- */

/* The host's own; machines run in machine.slice. */
static gboolean plan_units(struct oriel_tuning_work *work, GError **error)
{
	static const char *const units[] = {"system.slice", "user.slice", "init.scope"};

	for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
		g_autofree char *before =
			work->kernel->ops->get_unit_cpus(work->kernel->data, units[i], error);

		if (!before)
			return FALSE;
		add_group(work, units[i], before);
	}
	return TRUE;
}

/* ---- by the groups' files, where there is no systemd ---------------------------------------- */

static gboolean is_for_machines(const char *group)
{
	return !strcmp(group, "machine") || !strcmp(group, "machine.slice");
}

static void plan_groups(struct oriel_tuning_work *work)
{
	g_auto(GStrv) groups = oriel_host_list(work->host, CGROUP);
	g_autofree char *control = oriel_host_read(work->host, CGROUP "/cgroup.subtree_control");
	g_auto(GStrv) enabled = g_strsplit(control ? control : "", " ", -1);
	gboolean is_on = g_strv_contains((const char *const *)enabled, "cpuset");

	oriel_tuning_journal_add(work->journal, ORIEL_TUNING_CPUS, CGROUP "/cgroup.subtree_control",
		is_on ? "+cpuset" : "-cpuset", "+cpuset");
	for (char **group = groups; *group; group++) {
		g_autofree char *path = g_strdup_printf(CGROUP "/%s/cpuset.cpus", *group);
		g_autofree char *before = oriel_host_read(work->host, "%s", path);

		if (oriel_host_exists(work->host, CGROUP "/%s/cgroup.procs", *group) &&
			!is_for_machines(*group))
			add_group(work, path, before ? before : "");
	}
}

gboolean oriel_tuning_plan_cpus(struct oriel_tuning_work *work, GError **error)
{
	g_autofree char *text = oriel_host_read(work->host, CGROUP "/cgroup.controllers");
	g_auto(GStrv) controllers = g_strsplit(text ? text : "", " ", -1);

	if (!text)
		oriel_tuning_note(work,
			"cpus: this computer has control groups of version 1 or none, and "
			"processors are kept free only with version 2: start it with the kernel's "
			"parameter systemd.unified_cgroup_hierarchy=1");
	else if (!g_strv_contains((const char *const *)controllers, "cpuset"))
		oriel_tuning_note(work,
			"cpus: the kernel offers no control of processors here (" CGROUP
			"/cgroup.controllers: %s)",
			text);
	else if (oriel_host_exists(work->host, "/run/systemd/system"))
		return plan_units(work, error);
	else
		plan_groups(work);
	return TRUE;
}

/* ---- clock ---------------------------------------------------------------------------------- */

#define FULL_CLOCK "performance"

static void plan_policy(struct oriel_tuning_work *work, const char *policy, guint *ret_missing)
{
	g_autofree char *path = g_strdup_printf(CPUFREQ "/%s/scaling_governor", policy);
	g_autofree char *whose = g_strdup_printf(CPUFREQ "/%s/affected_cpus", policy);
	g_autofree char *now = oriel_host_read(work->host, "%s", path);
	g_autofree char *known =
		oriel_host_read(work->host, CPUFREQ "/%s/scaling_available_governors", policy);
	g_auto(GStrv) governors = g_strsplit(known ? known : "", " ", -1);
	g_autofree char *list = oriel_host_read(work->host, "%s", whose);
	struct oriel_cpus cpus;

	/* This file alone has blanks in its list. */
	if (!now || !list || !oriel_cpus_parse(g_strdelimit(list, " ", ','), &cpus) ||
		!oriel_cpus_meet(&cpus, &work->wish->cpus))
		return;
	if (g_strv_contains((const char *const *)governors, FULL_CLOCK))
		oriel_tuning_journal_add(
			work->journal, ORIEL_TUNING_GOVERNOR, path, now, FULL_CLOCK);
	else
		(*ret_missing)++;
}

gboolean oriel_tuning_plan_governor(struct oriel_tuning_work *work, GError **error)
{
	g_auto(GStrv) names = oriel_host_list(work->host, CPUFREQ);
	guint before = work->journal->settings->len;
	guint missing = 0;

	for (char **name = names; *name; name++)
		if (g_str_has_prefix(*name, "policy"))
			plan_policy(work, *name, &missing);
	if (missing)
		oriel_tuning_note(work,
			"governor: %u of the machine's processors have no governor '" FULL_CLOCK
			"'",
			missing);
	else if (work->journal->settings->len == before)
		oriel_tuning_note(work,
			"governor: the processors' clock is not the kernel's to set here (" CPUFREQ
			" has no policy)");
	return TRUE;
}

/* ---- interrupts ----------------------------------------------------------------------------- */

gboolean oriel_tuning_plan_irq(struct oriel_tuning_work *work, GError **error)
{
	g_auto(GStrv) names = oriel_host_list(work->host, "/proc/irq");

	for (char **name = names; *name; name++) {
		g_autofree char *path = g_strdup_printf("/proc/irq/%s/smp_affinity_list", *name);
		g_autofree char *before = oriel_host_read(work->host, "%s", path);
		g_autofree char *after = NULL;
		struct oriel_cpus cpus;

		if (!before || !oriel_cpus_parse(before, &cpus) ||
			!oriel_cpus_meet(&cpus, &work->wish->cpus))
			continue;
		after = take_away(work, before);
		/* One that is the machine's processors' alone goes to all others. */
		if (!after)
			after = take_away(work, "");
		oriel_tuning_journal_add(work->journal, ORIEL_TUNING_IRQ, path, before, after);
	}
	return TRUE;
}
