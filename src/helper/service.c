/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper/service.h"

#include "bind/consent.h"
#include "handover/handover.h"
#include "handover/journal.h"
#include "handover/reservation.h"
#include "handover/services.h"
#include "handover/tuning.h"
#include "helper/authority.h"
#include "helper/boot.h"

#include <string.h>

#define ERROR_PREFIX "org.oriel.Helper1.Error."
/* No sane call has more services, and none has texts as long as the bus lets through. */
#define SERVICES_MAX 16
#define TEXT_BYTES_MAX 256
/* More memory than a machine can have. */
#define MEMORY_BYTES_MAX (G_GUINT64_CONSTANT(1) << 50)

static const char introspection[] =
	"<node><interface name='org.oriel.Helper1'>"
	"<method name='Bind'><arg type='s' name='address' direction='in'/>"
	"<arg type='s' name='confirm' direction='in'/>"
	"<arg type='as' name='services' direction='in'/>"
	"<arg type='s' name='vm' direction='in'/></method>"
	"<method name='Release'><arg type='s' name='address' direction='in'/></method>"
	"<method name='Reserve'><arg type='s' name='address' direction='in'/>"
	"<arg type='s' name='vm' direction='in'/></method>"
	"<method name='ApplyBoot'><arg type='s' name='address' direction='in'/>"
	"<arg type='s' name='confirm' direction='in'/>"
	"<arg type='s' name='digest' direction='in'/></method>"
	"<method name='UndoBoot'><arg type='as' name='kept' direction='out'/></method>"
	"<method name='Status'><arg type='a(ss)' name='cards' direction='out'/></method>"
	"<method name='Tune'><arg type='s' name='vm' direction='in'/>"
	"<arg type='s' name='tunings' direction='in'/>"
	"<arg type='s' name='cpus' direction='in'/>"
	"<arg type='t' name='memory_bytes' direction='in'/>"
	"<arg type='i' name='node' direction='in'/>"
	"<arg type='as' name='notes' direction='out'/></method>"
	"<method name='Untune'><arg type='s' name='vm' direction='in'/></method>"
	"<method name='Tunings'><arg type='a(sss)' name='tunings' direction='out'/></method>"
	"</interface></node>";

struct service {
	const struct oriel_helper_settings *settings;
	GMainLoop *loop;
	GThreadPool *worker;
	guint pending; /* calls that were not answered yet; the main loop's */
	guint idle_id;
};

struct job {
	struct service *service;
	const struct verb *verb;
	GDBusMethodInvocation *invocation;
	GVariant *parameters;
	GVariant *result; /* set by the worker; floating, or NULL */
	GError *error;
};

/* ---- checks --------------------------------------------------------------------------------- */

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean refuse(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (error)
		*error = g_error_new_valist(G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, format, args);
	va_end(args);
	return FALSE;
}

static gboolean check_text(const char *name, const char *text, GError **error)
{
	if (strlen(text) <= TEXT_BYTES_MAX)
		return TRUE;
	return refuse(
		error, "%s has %zu bytes, and %d are the most", name, strlen(text), TEXT_BYTES_MAX);
}

/* Long form only: a caller that is a program has no excuse. */
static gboolean check_address(const char *text, GError **error)
{
	struct oriel_pci_address address;
	char name[ORIEL_PCI_ADDRESS_BYTES];

	if (!check_text("the address", text, error))
		return FALSE;
	if (!oriel_pci_address_parse(text, &address, NULL) ||
		strcmp(oriel_pci_address_format(&address, name), text))
		return refuse(error, "'%s' is no PCI address of the form 0000:01:00.0", text);
	return TRUE;
}

static gboolean check_vm(const char *vm, GError **error)
{
	if (!check_text("the machine's name", vm, error))
		return FALSE;
	if (!*vm || oriel_reservation_is_name(vm))
		return TRUE;
	return refuse(error,
		"'%s' is no name of a machine: 1 to 63 letters, digits and . _ + -, the first a "
		"letter or digit",
		vm);
}

static gboolean check_services(const char *const *services, GError **error)
{
	for (guint i = 0; services[i]; i++) {
		if (i >= SERVICES_MAX)
			return refuse(error, "more than %d services", SERVICES_MAX);
		if (!check_text("a service", services[i], error))
			return FALSE;
		if (!oriel_services_is_known(services[i]))
			return refuse(error,
				"'%s' is no service that may be stopped for a hand-over",
				services[i]);
	}
	return TRUE;
}

static gboolean check_bind(GVariant *parameters, GError **error)
{
	const char *address, *confirm, *vm;
	g_autofree const char **services = NULL;

	g_variant_get(parameters, "(&s&s^a&s&s)", &address, &confirm, &services, &vm);
	return check_address(address, error) && (!*confirm || check_address(confirm, error)) &&
	       check_services((const char *const *)services, error) && check_vm(vm, error);
}

static gboolean check_release(GVariant *parameters, GError **error)
{
	const char *address;

	g_variant_get(parameters, "(&s)", &address);
	return check_address(address, error);
}

static gboolean check_reserve(GVariant *parameters, GError **error)
{
	const char *address, *vm;

	g_variant_get(parameters, "(&s&s)", &address, &vm);
	return check_address(address, error) && check_vm(vm, error);
}

/* A name that must be there. */
static gboolean check_named_vm(const char *vm, GError **error)
{
	return *vm ? check_vm(vm, error) : refuse(error, "the machine's name is empty");
}

/* Into ret_wish; the processors are looked at once more where it is known which there are. */
static gboolean read_tune(GVariant *parameters, const char **ret_vm,
	struct oriel_tuning_wish *ret_wish, GError **error)
{
	struct oriel_tuning_wish wish = {0};
	const char *tunings, *cpus;

	g_variant_get(
		parameters, "(&s&s&sti)", ret_vm, &tunings, &cpus, &wish.memory_bytes, &wish.node);
	if (!check_named_vm(*ret_vm, error) || !check_text("the tunings", tunings, error) ||
		!oriel_tunings_parse(tunings, &wish.tunings, error) ||
		!check_text("the processors", cpus, error))
		return FALSE;
	if (!wish.tunings)
		return refuse(error, "no tuning is named");
	if (!oriel_cpus_parse(cpus, &wish.cpus))
		return refuse(error, "'%s' is no list of processors as 4-7,12", cpus);
	if (wish.memory_bytes > MEMORY_BYTES_MAX)
		return refuse(error,
			"%" G_GUINT64_FORMAT " bytes of memory are more than there can be",
			wish.memory_bytes);
	if (wish.node < ORIEL_TUNING_NODE_ANY || wish.node > ORIEL_TUNING_NODE_MAX)
		return refuse(error, "%d is no memory node: -1 for any, or 0 to %d", wish.node,
			ORIEL_TUNING_NODE_MAX);
	*ret_wish = wish;
	return TRUE;
}

static gboolean check_tune(GVariant *parameters, GError **error)
{
	struct oriel_tuning_wish wish;
	const char *vm;

	return read_tune(parameters, &vm, &wish, error);
}

static gboolean check_untune(GVariant *parameters, GError **error)
{
	const char *vm;

	g_variant_get(parameters, "(&s)", &vm);
	return check_named_vm(vm, error);
}

static gboolean check_apply(GVariant *parameters, GError **error)
{
	const char *address, *confirm, *digest;

	g_variant_get(parameters, "(&s&s&s)", &address, &confirm, &digest);
	if (!check_address(address, error) || (*confirm && !check_address(confirm, error)))
		return FALSE;
	if (strlen(digest) == ORIEL_BIND_DIGEST_CHARS &&
		strspn(digest, "0123456789abcdef") == ORIEL_BIND_DIGEST_CHARS)
		return TRUE;
	return refuse(error, "the plan's digest has to be %d small hexadecimal digits",
		ORIEL_BIND_DIGEST_CHARS);
}

static gboolean check_nothing(GVariant *parameters, GError **error)
{
	return TRUE;
}

/* ---- verbs, in the worker ------------------------------------------------------------------- */

static struct oriel_pci_address read_address(const char *text)
{
	struct oriel_pci_address address = {0};

	oriel_pci_address_parse(text, &address, NULL);
	return address;
}

static void do_bind(struct job *job)
{
	const struct oriel_helper_settings *settings = job->service->settings;
	struct oriel_handover_request request = {.confirm = NULL};
	const char *address, *confirm, *vm;
	g_autofree const char **services = NULL;

	g_variant_get(job->parameters, "(&s&s^a&s&s)", &address, &confirm, &services, &vm);
	request.address = read_address(address);
	request.confirm = *confirm ? confirm : NULL;
	request.services = (const char *const *)services;
	request.vm = *vm ? vm : NULL;
	oriel_handover_bind(&settings->kernel, settings->host, &request, &job->error);
}

static void do_release(struct job *job)
{
	const struct oriel_helper_settings *settings = job->service->settings;
	struct oriel_pci_address address;
	const char *text;

	g_variant_get(job->parameters, "(&s)", &text);
	address = read_address(text);
	oriel_handover_release(&settings->kernel, settings->host, &address, &job->error);
}

static void do_reserve(struct job *job)
{
	struct oriel_pci_address address;
	const char *text, *vm;

	g_variant_get(job->parameters, "(&s&s)", &text, &vm);
	address = read_address(text);
	oriel_reservation_set(job->service->settings->host, &address, *vm ? vm : NULL, &job->error);
}

static void do_apply(struct job *job)
{
	const struct oriel_helper_settings *settings = job->service->settings;
	struct oriel_helper_boot_request request;
	const char *address;

	g_variant_get(job->parameters, "(&s&s&s)", &address, &request.confirm, &request.digest);
	request.address = read_address(address);
	oriel_helper_boot_apply(settings->host, &settings->runner, &request, &job->error);
}

static void do_undo(struct job *job)
{
	const struct oriel_helper_settings *settings = job->service->settings;
	g_autoptr(GPtrArray) kept = NULL;

	if (!oriel_bind_perform_undo(settings->host, &settings->runner, &kept, &job->error))
		return;
	g_ptr_array_add(kept, NULL);
	job->result = g_variant_new("(^as)", kept->pdata);
}

static void do_status(struct job *job)
{
	const struct oriel_host *host = job->service->settings->host;
	g_autoptr(GArray) addresses = oriel_handover_journal_list(host);
	GVariantBuilder cards;

	g_variant_builder_init(&cards, G_VARIANT_TYPE("a(ss)"));
	for (guint i = 0; i < addresses->len; i++) {
		const struct oriel_pci_address *address =
			&g_array_index(addresses, struct oriel_pci_address, i);
		struct oriel_handover_journal *journal =
			oriel_handover_journal_load(host, address, NULL);
		char name[ORIEL_PCI_ADDRESS_BYTES];

		g_variant_builder_add(&cards, "(ss)", oriel_pci_address_format(address, name),
			!journal	    ? "damaged"
			: journal->is_bound ? "bound"
					    : "interrupted");
		oriel_handover_journal_free(journal);
	}
	job->result = g_variant_new("(a(ss))", &cards);
}

static void do_tune(struct job *job)
{
	const struct oriel_helper_settings *settings = job->service->settings;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	struct oriel_tuning_wish wish;
	const char *vm;

	if (read_tune(job->parameters, &vm, &wish, &job->error) &&
		oriel_tuning_apply(
			&settings->kernel, settings->host, vm, &wish, notes, &job->error))
		job->result = g_variant_new("(@as)",
			g_variant_new_strv((const char *const *)notes->pdata, (gssize)notes->len));
}

static void do_untune(struct job *job)
{
	const struct oriel_helper_settings *settings = job->service->settings;
	const char *vm;

	g_variant_get(job->parameters, "(&s)", &vm);
	oriel_tuning_revert(&settings->kernel, settings->host, vm, &job->error);
}

static void do_tunings(struct job *job)
{
	g_autoptr(GPtrArray) all = oriel_tuning_journal_load_all(job->service->settings->host);
	GVariantBuilder list;

	g_variant_builder_init(&list, G_VARIANT_TYPE("a(sss)"));
	for (guint i = 0; i < all->len; i++) {
		const struct oriel_tuning_journal *journal = g_ptr_array_index(all, i);
		g_autofree char *names = oriel_tunings_format(journal->begun);

		g_variant_builder_add(&list, "(sss)", journal->vm, names,
			journal->is_bound ? "tuned" : "interrupted");
	}
	job->result = g_variant_new("(a(sss))", &list);
}

struct verb {
	const char *name, *type, *action; /* action NULL: everybody may */
	gboolean (*check)(GVariant *parameters, GError **error);
	void (*work)(struct job *job);
};

static const struct verb verbs[] = {
	{"Bind", "(ssass)", "org.oriel.helper.handover", check_bind, do_bind},
	{"Release", "(s)", "org.oriel.helper.release", check_release, do_release},
	{"Reserve", "(ss)", "org.oriel.helper.handover", check_reserve, do_reserve},
	{"ApplyBoot", "(sss)", "org.oriel.helper.boot", check_apply, do_apply},
	{"UndoBoot", "()", "org.oriel.helper.boot", check_nothing, do_undo},
	{"Status", "()", NULL, check_nothing, do_status},
	{"Tune", "(sssti)", "org.oriel.helper.tune", check_tune, do_tune},
	{"Untune", "(s)", "org.oriel.helper.untune", check_untune, do_untune},
	{"Tunings", "()", NULL, check_nothing, do_tunings},
};

static const struct verb *find_verb(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

gboolean oriel_helper_check(const char *method, GVariant *parameters, GError **error)
{
	const struct verb *verb = find_verb(method);

	if (!verb)
		return refuse(error, "there is no verb '%.64s'", method);
	if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE(verb->type)))
		return refuse(error, "%s takes %s and got %.64s", method, verb->type,
			g_variant_get_type_string(parameters));
	return verb->check(parameters, error);
}

/* ---- answers -------------------------------------------------------------------------------- */

static const struct {
	gint code;
	const char *name;
} error_names[] = {
	{G_IO_ERROR_INVALID_ARGUMENT, ERROR_PREFIX "Invalid"},
	{G_IO_ERROR_NOT_FOUND, ERROR_PREFIX "NotFound"},
	{G_IO_ERROR_BUSY, ERROR_PREFIX "Busy"},
	{G_IO_ERROR_PERMISSION_DENIED, ERROR_PREFIX "Refused"},
	{G_IO_ERROR_EXISTS, ERROR_PREFIX "Refused"},
	{G_IO_ERROR_CANCELLED, ERROR_PREFIX "Refused"},
	{G_IO_ERROR_NOT_SUPPORTED, ERROR_PREFIX "NotSupported"},
	{G_IO_ERROR_TIMED_OUT, ERROR_PREFIX "TimedOut"},
};

static const char *get_error_name(const GError *error)
{
	for (guint i = 0; i < G_N_ELEMENTS(error_names); i++)
		if (g_error_matches(error, G_IO_ERROR, error_names[i].code))
			return error_names[i].name;
	return ERROR_PREFIX "Failed";
}

static gboolean on_idle(void *data)
{
	struct service *service = data;

	service->idle_id = 0;
	g_main_loop_quit(service->loop);
	return G_SOURCE_REMOVE;
}

static void restart_idle(struct service *service)
{
	g_clear_handle_id(&service->idle_id, g_source_remove);
	if (!service->pending && service->settings->idle_s)
		service->idle_id =
			g_timeout_add_seconds(service->settings->idle_s, on_idle, service);
}

/* In the main loop. */
static gboolean answer(void *data)
{
	struct job *job = data;

	if (job->error)
		g_dbus_method_invocation_return_dbus_error(
			job->invocation, get_error_name(job->error), job->error->message);
	else
		g_dbus_method_invocation_return_value(job->invocation, job->result);
	job->service->pending--;
	restart_idle(job->service);
	g_clear_error(&job->error);
	g_variant_unref(job->parameters);
	g_free(job);
	return G_SOURCE_REMOVE;
}

static void on_worker(void *data, void *unused)
{
	struct job *job = data;

	job->verb->work(job);
	g_idle_add(answer, job);
}

static void on_authority(gboolean allowed, const char *why, void *data)
{
	struct job *job = data;

	if (allowed) {
		g_thread_pool_push(job->service->worker, job, NULL);
		return;
	}
	g_set_error(&job->error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
		"you may not do this: %s", why);
	answer(job);
}

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
	const char *interface, const char *method, GVariant *parameters,
	GDBusMethodInvocation *invocation, void *data)
{
	struct service *service = data;
	struct job *job = g_new0(struct job, 1);

	*job = (struct job){.service = service,
		.verb = find_verb(method),
		.invocation = invocation,
		.parameters = g_variant_ref(parameters)};
	service->pending++;
	restart_idle(service);
	if (!oriel_helper_check(method, parameters, &job->error))
		answer(job);
	else if (!job->verb->action)
		on_authority(TRUE, NULL, job);
	else
		oriel_authority_ask(bus, sender, job->verb->action, service->settings->trust_root,
			on_authority, job);
}

/* ---- serving -------------------------------------------------------------------------------- */

static const GDBusInterfaceVTable vtable = {.method_call = on_call};

static gboolean request_name(GDBusConnection *bus, GError **error)
{
	enum { DO_NOT_QUEUE = 4, PRIMARY_OWNER = 1 };
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(bus, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
		g_variant_new("(su)", ORIEL_HELPER_NAME, DO_NOT_QUEUE), G_VARIANT_TYPE("(u)"),
		G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
	guint32 result = 0;

	if (!reply)
		return FALSE;
	g_variant_get(reply, "(u)", &result);
	if (result == PRIMARY_OWNER)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
		"another oriel-helper serves this bus already");
	return FALSE;
}

static void repair(const struct oriel_helper_settings *settings)
{
	g_autoptr(GError) error = NULL, second = NULL, boot_error = NULL;
	gboolean repaired;
	guint count;

	if (!oriel_bind_repair(settings->host, &repaired, &boot_error))
		g_warning("%s", boot_error->message);
	if (!oriel_handover_repair(&settings->kernel, settings->host, &count, &error))
		g_warning("%s", error->message);
	if (count)
		g_message("took home %u card%s whose hand-over was interrupted", count,
			count == 1 ? "" : "s");
	if (!oriel_tuning_repair(&settings->kernel, settings->host, &count, &second))
		g_warning("%s", second->message);
	if (count)
		g_message(
			"undid %u tuning%s whose machine has ended", count, count == 1 ? "" : "s");
}

gboolean oriel_helper_serve(GDBusConnection *bus, GMainLoop *loop,
	const struct oriel_helper_settings *settings, GError **error)
{
	g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(introspection, error);
	struct service service = {.settings = settings, .loop = loop};
	guint id;

	g_return_val_if_fail(node, FALSE);
	repair(settings);
	service.worker = g_thread_pool_new(on_worker, NULL, 1, FALSE, NULL);
	id = g_dbus_connection_register_object(
		bus, ORIEL_HELPER_PATH, node->interfaces[0], &vtable, &service, NULL, error);
	if (id && request_name(bus, error)) {
		restart_idle(&service);
		g_main_loop_run(loop);
	}
	g_clear_handle_id(&service.idle_id, g_source_remove);
	if (id)
		g_dbus_connection_unregister_object(bus, id);
	g_thread_pool_free(service.worker, FALSE, TRUE);
	return id && (!error || !*error);
}
