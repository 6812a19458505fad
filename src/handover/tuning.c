/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover/tuning.h"

#include "handover/journal_file.h"
#include "handover/tuning_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* How long another process, a hook of libvirt or the helper, may be at it. */
#define LOCK_PATIENCE_MS 30000
#define LOOK_MS 50
/* Between the tuning and the start of its machine's process. */
#define START_PATIENCE_MS 60000

void oriel_tuning_note(const struct oriel_tuning_work *work, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(work->notes, g_strdup_vprintf(format, args));
	va_end(args);
}

/* ---- one process at a time ------------------------------------------------------------------ */

static int lock(const struct oriel_kernel *kernel, const struct oriel_host *host, GError **error)
{
	g_autofree char *path = oriel_host_get_path(host, ORIEL_RECORD_TUNING "/lock");
	g_autofree char *folder = g_path_get_dirname(path);
	gint64 end_ms = kernel->ops->get_time_ms(kernel->data) + LOCK_PATIENCE_MS;
	int fd, code = 0;

	g_mkdir_with_parents(folder, 0755);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		code = errno;
	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		code = errno;
		if (code != EWOULDBLOCK || kernel->ops->get_time_ms(kernel->data) >= end_ms) {
			close(fd);
			fd = -1;
			break;
		}
		kernel->ops->pause(kernel->data, LOOK_MS);
	}
	if (fd < 0)
		g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code),
			"cannot have %s for the tuning of this computer: %s", path,
			g_strerror(code));
	return fd;
}

/* ---- planning ------------------------------------------------------------------------------- */

static const struct {
	gboolean needs_cpus;
	gboolean (*plan)(struct oriel_tuning_work *work, GError **error);
} tunings[] = {
	[ORIEL_TUNING_HUGEPAGES] = {FALSE, oriel_tuning_plan_hugepages},
	[ORIEL_TUNING_THP] = {FALSE, oriel_tuning_plan_thp},
	[ORIEL_TUNING_CPUS] = {TRUE, oriel_tuning_plan_cpus},
	[ORIEL_TUNING_GOVERNOR] = {TRUE, oriel_tuning_plan_governor},
	[ORIEL_TUNING_IRQ] = {TRUE, oriel_tuning_plan_irq},
};

static char *format_wish(const struct oriel_tuning_wish *wish)
{
	g_autofree char *names = oriel_tunings_format(wish->tunings);
	g_autofree char *cpus = oriel_cpus_format(&wish->cpus);

	return g_strdup_printf("%s; processors %s; %" G_GUINT64_FORMAT " bytes; node %d", names,
		cpus, wish->memory_bytes, wish->node);
}

static guint get_next_order(const struct oriel_host *host)
{
	g_autoptr(GPtrArray) all = oriel_tuning_journal_load_all(host);
	guint order = 0;

	for (guint i = 0; i < all->len; i++)
		order = MAX(order, ((const struct oriel_tuning_journal *)all->pdata[i])->order + 1);
	return order;
}

static gboolean plan(struct oriel_tuning_work *work, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(tunings); i++)
		if (work->wish->tunings & 1u << i) {
			if (tunings[i].needs_cpus && !oriel_tuning_check_cpus(work, error))
				return FALSE;
			if (!tunings[i].plan(work, error))
				return FALSE;
		}
	return TRUE;
}

struct oriel_tuning_journal *oriel_tuning_plan(const struct oriel_kernel *kernel,
	const struct oriel_host *host, const char *vm, const struct oriel_tuning_wish *wish,
	GPtrArray *notes, GError **error)
{
	struct oriel_tuning_work work = {
		.kernel = kernel, .host = host, .wish = wish, .notes = notes};

	work.journal = oriel_tuning_journal_create(vm);
	work.journal->wish = format_wish(wish);
	work.journal->boot = oriel_tuning_journal_read_boot(host);
	work.journal->time_ms = kernel->ops->get_time_ms(kernel->data);
	work.journal->order = get_next_order(host);
	if (!plan(&work, error))
		g_clear_pointer(&work.journal, oriel_tuning_journal_free);
	return work.journal;
}

/* ---- what is left of others ----------------------------------------------------------------- */

/* QEMU's process of that machine, as libvirt starts it. */
static gboolean is_process_of(const struct oriel_host *host, const char *pid, const char *vm)
{
	g_autofree char *path = oriel_host_get_path(host, "/proc/%s/cmdline", pid);
	g_autofree char *sign = g_strdup_printf("guest=%s,", vm);
	g_autofree char *text = NULL;
	gsize size = 0;

	if (!g_ascii_isdigit(*pid) || !g_file_get_contents(path, &text, &size, NULL))
		return FALSE;
	for (gsize at = 0; at < size; at += strlen(text + at) + 1)
		if (g_str_has_prefix(text + at, sign))
			return TRUE;
	return FALSE;
}

static gboolean is_running(const struct oriel_host *host, const char *vm)
{
	g_auto(GStrv) pids = oriel_host_list(host, "/proc");

	for (char **pid = pids; *pid; pid++)
		if (is_process_of(host, *pid, vm))
			return TRUE;
	return FALSE;
}

static gboolean is_left_over(const struct oriel_tuning_work *work)
{
	const struct oriel_tuning_journal *journal = work->journal;
	gint64 age_ms = work->kernel->ops->get_time_ms(work->kernel->data) - journal->time_ms;

	return !journal->is_bound ||
	       (age_ms > START_PATIENCE_MS && !is_running(work->host, journal->vm));
}

/* TRUE also where there was nothing to do. The kernel has forgotten what was set before it
 * started. */
static gboolean repair_one(const struct oriel_tuning_work *work, guint *ret_count, GError **error)
{
	g_autofree char *boot = oriel_tuning_journal_read_boot(work->host);

	if (strcmp(boot, work->journal->boot))
		return oriel_tuning_journal_remove(work->journal, work->host, error);
	if (!is_left_over(work))
		return TRUE;
	if (!oriel_tuning_undo(work, error))
		return FALSE;
	(*ret_count)++;
	return TRUE;
}

static gboolean repair_all(const struct oriel_kernel *kernel, const struct oriel_host *host,
	guint *ret_count, GError **error)
{
	g_autoptr(GPtrArray) all = oriel_tuning_journal_load_all(host);
	g_autoptr(GError) first = NULL;

	oriel_journal_file_clear(host, ORIEL_RECORD_TUNING);
	for (guint i = 0; i < all->len; i++) {
		struct oriel_tuning_work work = {
			.kernel = kernel, .host = host, .journal = all->pdata[i]};

		repair_one(&work, ret_count, first ? NULL : &first);
	}
	if (!first)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&first));
	return FALSE;
}

gboolean oriel_tuning_repair(const struct oriel_kernel *kernel, const struct oriel_host *host,
	guint *ret_count, GError **error)
{
	gboolean ok;
	int fd;

	*ret_count = 0;
	if (!oriel_host_exists(host, ORIEL_RECORD_TUNING))
		return TRUE;
	fd = lock(kernel, host, error);
	if (fd < 0)
		return FALSE;
	ok = repair_all(kernel, host, ret_count, error);
	close(fd);
	return ok;
}

/* ---- doors ---------------------------------------------------------------------------------- */

static gboolean apply_fresh(const struct oriel_tuning_work *work, GError **error)
{
	g_autoptr(GError) second = NULL;

	if (oriel_tuning_set(work, error))
		return TRUE;
	if (!oriel_tuning_undo(work, &second))
		g_prefix_error(error,
			"not all could be set back (%s); what came before: ", second->message);
	return FALSE;
}

/* What is left of an earlier run is undone first. */
static gboolean clear_own(const struct oriel_tuning_work *work, const char *vm,
	gboolean *ret_is_there, GError **error)
{
	struct oriel_tuning_work old = *work;
	g_autofree char *wish = format_wish(work->wish);
	g_autoptr(GError) failure = NULL;
	gboolean ok = TRUE;

	*ret_is_there = FALSE;
	old.journal = oriel_tuning_journal_load(work->host, vm, &failure);
	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (!old.journal)
		return TRUE;
	*ret_is_there = old.journal->is_bound && !strcmp(old.journal->wish, wish);
	if (!*ret_is_there)
		ok = oriel_tuning_undo(&old, error);
	oriel_tuning_journal_free(old.journal);
	return ok;
}

static gboolean apply(struct oriel_tuning_work *work, const char *vm, GError **error)
{
	gboolean is_there, ok;
	guint repaired = 0;

	if (!repair_all(work->kernel, work->host, &repaired, error) ||
		!clear_own(work, vm, &is_there, error))
		return FALSE;
	if (is_there)
		return TRUE;
	work->journal =
		oriel_tuning_plan(work->kernel, work->host, vm, work->wish, work->notes, error);
	ok = work->journal && apply_fresh(work, error);
	oriel_tuning_journal_free(work->journal);
	return ok;
}

gboolean oriel_tuning_apply(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, const struct oriel_tuning_wish *wish, GPtrArray *notes, GError **error)
{
	struct oriel_tuning_work work = {
		.kernel = kernel, .host = host, .wish = wish, .notes = notes};
	int fd = lock(kernel, host, error);
	gboolean ok;

	if (fd < 0)
		return FALSE;
	ok = apply(&work, vm, error);
	close(fd);
	return ok;
}

static gboolean revert(struct oriel_tuning_work *work, const char *vm, GError **error)
{
	g_autoptr(GError) failure = NULL;
	gboolean ok;

	work->journal = oriel_tuning_journal_load(work->host, vm, &failure);
	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (!work->journal) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"this computer is not tuned for '%s'", vm);
		return FALSE;
	}
	ok = oriel_tuning_undo(work, error);
	oriel_tuning_journal_free(work->journal);
	return ok;
}

gboolean oriel_tuning_revert(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, GError **error)
{
	struct oriel_tuning_work work = {.kernel = kernel, .host = host};
	int fd = lock(kernel, host, error);
	gboolean ok;

	if (fd < 0)
		return FALSE;
	ok = revert(&work, vm, error);
	close(fd);
	return ok;
}
