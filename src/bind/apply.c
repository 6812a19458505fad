/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/apply.h"

#include "bind/file.h"

#include <gio/gio.h>
#include <string.h>

#define JOURNAL ORIEL_BIND_STATE_DIR "/journal"

static const struct oriel_file_owner private_file = {0600, 0, 0};
static const struct oriel_file_owner public_file = {0644, 0, 0};

static struct oriel_file_owner get_owner(const struct oriel_bind_entry *entry)
{
	return (struct oriel_file_owner){entry->mode, entry->uid, entry->gid};
}

static GBytes *read_bytes(const struct oriel_host *host, const char *path, GError **error)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);
	char *data;
	gsize size;

	return g_file_get_contents(full, &data, &size, error) ? g_bytes_new_take(data, size) : NULL;
}

/* ---- taking back ---------------------------------------------------------------------------- */

static gboolean restore_entry(const struct oriel_host *host, guint index,
	const struct oriel_bind_entry *entry, GError **error)
{
	g_autofree char *copy = oriel_bind_journal_get_copy(index);
	g_autofree char *now = oriel_record_get_sha256(host, entry->path);
	struct oriel_file_owner owner = get_owner(entry);
	g_autoptr(GBytes) bytes = NULL;

	oriel_bind_file_remove_rest(host, entry->path);
	if (!entry->existed)
		return oriel_bind_file_remove(host, entry->path, error);
	if (!g_strcmp0(now, entry->before_sha256))
		return TRUE;
	bytes = read_bytes(host, copy, error);
	return bytes && oriel_bind_file_write(host, entry->path, bytes, &owner, error);
}

/* The journal goes last, so that an interrupted taking back is taken up again. */
static gboolean forget(
	const struct oriel_bind_journal *journal, const struct oriel_host *host, GError **error)
{
	static const char *const records[] = {ORIEL_RECORD_INSTALLED, ORIEL_RECORD_DEVICES};
	gboolean ok = TRUE;

	for (guint i = 0; i < G_N_ELEMENTS(records) && ok; i++)
		ok = oriel_bind_file_remove(host, records[i], error);
	for (guint i = 0; i < journal->entries->len && ok; i++) {
		g_autofree char *copy = oriel_bind_journal_get_copy(i);

		ok = oriel_bind_file_remove(host, copy, error);
	}
	if (!ok || !oriel_bind_file_remove(host, JOURNAL, error))
		return FALSE;
	for (guint i = journal->folders->len; i > 0; i--)
		oriel_bind_file_remove_folder(host, g_ptr_array_index(journal->folders, i - 1));
	return TRUE;
}

static gboolean take_back(
	const struct oriel_bind_journal *journal, const struct oriel_host *host, GError **error)
{
	for (guint i = journal->entries->len; i > 0; i--)
		if (!restore_entry(host, i - 1, g_ptr_array_index(journal->entries, i - 1), error))
			return FALSE;
	return forget(journal, host, error);
}

/* What was made before a journal spoke of it: copies of files, in folders of Oriel's own. */
static void clear_copies(const struct oriel_host *host)
{
	g_auto(GStrv) names = oriel_host_list(host, ORIEL_BIND_STATE_DIR "/before");

	for (char **name = names; *name; name++) {
		g_autofree char *path = g_strdup_printf(ORIEL_BIND_STATE_DIR "/before/%s", *name);

		oriel_bind_file_remove(host, path, NULL);
	}
	oriel_bind_file_remove(host, JOURNAL, NULL);
	oriel_bind_file_remove_folder(host, ORIEL_BIND_STATE_DIR "/before");
	oriel_bind_file_remove_folder(host, ORIEL_BIND_STATE_DIR);
	oriel_bind_file_remove_folder(host, ORIEL_RECORD_DIR);
}

gboolean oriel_bind_repair(const struct oriel_host *host, gboolean *ret_repaired, GError **error)
{
	g_autoptr(GError) failure = NULL;
	struct oriel_bind_journal *journal = oriel_bind_journal_load(host, &failure);
	gboolean ok = TRUE;

	*ret_repaired = journal && !journal->is_complete;
	if (*ret_repaired)
		ok = take_back(journal, host, &failure);
	else if (!journal && !failure)
		clear_copies(host);
	oriel_bind_journal_free(journal);
	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	return ok;
}

/* Keeps a file that is neither as it was written nor as it was before: it has somebody's work. */
static gboolean keep_changed(const struct oriel_host *host, const struct oriel_bind_entry *entry,
	GPtrArray *kept, GError **error)
{
	g_autofree char *now = oriel_record_get_sha256(host, entry->path);
	g_autofree char *beside = g_strconcat(entry->path, ".oriel-kept", NULL);
	struct oriel_file_owner owner = get_owner(entry);
	g_autoptr(GBytes) bytes = NULL;

	if (!now || !strcmp(now, entry->after_sha256) || !g_strcmp0(now, entry->before_sha256))
		return TRUE;
	bytes = read_bytes(host, entry->path, error);
	if (!bytes || !oriel_bind_file_write(host, beside, bytes, &owner, error))
		return FALSE;
	g_ptr_array_add(kept, g_steal_pointer(&beside));
	return TRUE;
}

static gboolean keep_all_changed(const struct oriel_bind_journal *journal,
	const struct oriel_host *host, GPtrArray *kept, GError **error)
{
	for (guint i = 0; i < journal->entries->len; i++)
		if (!keep_changed(host, g_ptr_array_index(journal->entries, i), kept, error))
			return FALSE;
	return TRUE;
}

gboolean oriel_bind_undo(const struct oriel_host *host, GPtrArray **ret_commands,
	GPtrArray **ret_kept, GError **error)
{
	g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) failure = NULL;
	struct oriel_bind_journal *journal = oriel_bind_journal_load(host, &failure);
	gboolean ok;

	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (!journal) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"nothing is set up that could be taken back (no " JOURNAL ")");
		return FALSE;
	}
	ok = keep_all_changed(journal, host, kept, error) && take_back(journal, host, error);
	if (ok && ret_commands)
		*ret_commands = g_ptr_array_ref(journal->undo_commands);
	if (ok && ret_kept)
		*ret_kept = g_steal_pointer(&kept);
	oriel_bind_journal_free(journal);
	return ok;
}

/* ---- carrying out --------------------------------------------------------------------------- */

static gboolean make_folders(const struct oriel_bind_plan *plan,
	const struct oriel_bind_journal *journal, gboolean ours, GError **error)
{
	for (guint i = 0; i < journal->folders->len; i++) {
		const char *folder = g_ptr_array_index(journal->folders, i);

		if (g_str_has_prefix(ORIEL_BIND_STATE_DIR "/before", folder) == ours &&
			!oriel_bind_file_make_folder(plan->host, folder, error))
			return FALSE;
	}
	return TRUE;
}

/* Oriel's own folders, copies, then the journal that makes them count. */
static gboolean begin(const struct oriel_bind_plan *plan, const struct oriel_bind_journal *journal,
	GError **error)
{
	if (!make_folders(plan, journal, TRUE, error))
		return FALSE;
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct oriel_bind_change *change = g_ptr_array_index(plan->changes, i);
		g_autofree char *copy = oriel_bind_journal_get_copy(i);

		if (change->before && !oriel_bind_file_write(plan->host, copy, change->before,
					      &private_file, error))
			return FALSE;
	}
	return oriel_bind_journal_save(journal, plan->host, error);
}

static gboolean write_changes(const struct oriel_bind_plan *plan,
	const struct oriel_bind_journal *journal, GError **error)
{
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct oriel_bind_change *change = g_ptr_array_index(plan->changes, i);
		struct oriel_file_owner owner = get_owner(g_ptr_array_index(journal->entries, i));

		if (!oriel_bind_file_write(plan->host, change->path, change->after, &owner, error))
			return FALSE;
	}
	return TRUE;
}

/* What the checks compare with later (host/record.h). */
static gboolean write_records(const struct oriel_bind_plan *plan,
	const struct oriel_bind_journal *journal, GError **error)
{
	g_autoptr(GString) installed = g_string_new("# oriel " ORIEL_VERSION "\n");
	g_autoptr(GString) devices = g_string_new(NULL);
	g_autoptr(GBytes) installed_bytes = NULL;
	g_autoptr(GBytes) devices_bytes = NULL;

	for (guint i = 0; i < journal->entries->len; i++) {
		const struct oriel_bind_entry *entry = g_ptr_array_index(journal->entries, i);

		g_string_append_printf(installed, "%s  %s\n", entry->after_sha256, entry->path);
	}
	for (guint i = 0; i < plan->devices->len; i++) {
		const struct oriel_record_device *device =
			&g_array_index(plan->devices, struct oriel_record_device, i);
		char name[ORIEL_PCI_ADDRESS_BYTES];

		g_string_append_printf(devices, "%s %04x:%04x %04x:%04x\n",
			oriel_pci_address_format(&device->address, name), device->vendor,
			device->device, device->subvendor, device->subdevice);
	}
	installed_bytes = g_bytes_new(installed->str, installed->len);
	devices_bytes = g_bytes_new(devices->str, devices->len);
	return oriel_bind_file_write(
		       plan->host, ORIEL_RECORD_INSTALLED, installed_bytes, &public_file, error) &&
	       oriel_bind_file_write(
		       plan->host, ORIEL_RECORD_DEVICES, devices_bytes, &public_file, error);
}

static gboolean carry_out(
	const struct oriel_bind_plan *plan, struct oriel_bind_journal *journal, GError **error)
{
	g_autoptr(GError) second = NULL;

	if (begin(plan, journal, error) && make_folders(plan, journal, FALSE, error) &&
		write_changes(plan, journal, error) && write_records(plan, journal, error)) {
		journal->is_complete = TRUE;
		if (oriel_bind_journal_save(journal, plan->host, error))
			return TRUE;
	}
	if (!take_back(journal, plan->host, &second))
		g_prefix_error(error,
			"and what was begun could not be taken back (%s), so run 'oriel vfio undo' "
			"once there is room; the first failure: ",
			second->message);
	return FALSE;
}

/* A file that is there but could not be read must not be taken for one that is not. */
static const char *find_unreadable(const struct oriel_bind_plan *plan)
{
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct oriel_bind_change *change = g_ptr_array_index(plan->changes, i);

		if (!change->before && oriel_host_exists(plan->host, "%s", change->path))
			return change->path;
	}
	return NULL;
}

gboolean oriel_bind_apply(const struct oriel_bind_plan *plan, GError **error)
{
	g_autoptr(GError) failure = NULL;
	struct oriel_bind_journal *journal = oriel_bind_journal_load(plan->host, &failure);
	const char *unreadable = find_unreadable(plan);
	gboolean ok;

	if (unreadable && !journal && !failure) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
			"%s is there and cannot be read, so it could not be put back: run this as "
			"root",
			unreadable);
		return FALSE;
	}
	if (journal || failure) {
		if (failure)
			g_propagate_error(error, g_steal_pointer(&failure));
		else
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
				"something is set up already: 'oriel vfio status' shows it, 'oriel "
				"vfio undo' takes it back");
		oriel_bind_journal_free(journal);
		return FALSE;
	}
	journal = oriel_bind_journal_create(plan);
	ok = carry_out(plan, journal, error);
	oriel_bind_journal_free(journal);
	return ok;
}

/* ---- after the reboot ----------------------------------------------------------------------- */

static char *judge(const GPtrArray *devices, const struct oriel_record_device *noted)
{
	const struct oriel_pci_device *device = oriel_pci_find(devices, &noted->address);
	char name[ORIEL_PCI_ADDRESS_BYTES];

	oriel_pci_address_format(&noted->address, name);
	if (!device)
		return g_strdup_printf(
			"%s: there is no device any more; the card was moved, or "
			"the firmware renumbered: 'oriel gpu list' shows where it is",
			name);
	if (device->vendor != noted->vendor || device->device != noted->device)
		return g_strdup_printf(
			"%s: is another device (%04x:%04x) than was noted (%04x:%04x)", name,
			device->vendor, device->device, noted->vendor, noted->device);
	if (!g_strcmp0(device->driver, "vfio-pci"))
		return NULL;
	return g_strdup_printf("%s: is driven by %s, not by vfio-pci", name,
		device->driver ? device->driver : "nothing");
}

gboolean oriel_bind_verify(
	const struct oriel_host *host, const GPtrArray *devices, GPtrArray *ret_problems)
{
	g_autoptr(GArray) noted = oriel_record_list_devices(host);

	if (!noted->len)
		g_ptr_array_add(ret_problems,
			g_strdup("nothing is set up to be bound at the start: 'oriel vfio plan' "
				 "shows how"));
	for (guint i = 0; i < noted->len; i++) {
		char *problem =
			judge(devices, &g_array_index(noted, struct oriel_record_device, i));

		if (problem)
			g_ptr_array_add(ret_problems, problem);
	}
	return ret_problems->len == 0;
}
