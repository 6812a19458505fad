/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call of oriel-helper as it comes from the bus. The first byte chooses verb and type, the others
 * are the arguments as they are sent. What is let through is of the right type, names a device and
 * known services or what can be tuned, and has no text that could be a path.
 */
#include "fuzz/target.h"

#include <stdbool.h>

#include "handover/reservation.h"
#include "handover/services.h"
#include "handover/tuning.h"
#include "helper/service.h"

static const char *const verbs[] = {"Bind", "Release", "Reserve", "Status", "Write", "", "Tune",
	"Untune", "Tunings", "ApplyBoot", "UndoBoot"};
static const char *const types[] = {"(ssass)", "(s)", "(ss)", "()", "(ssasss)", "(v)", "a{sv}",
	"(ay)", "(sas)", "(sssti)", "(sss)"};

static void require_address(const char *text)
{
	struct oriel_pci_address address;
	char name[ORIEL_PCI_ADDRESS_BYTES];

	fuzz_require(oriel_pci_address_parse(text, &address, NULL));
	fuzz_require(!strcmp(oriel_pci_address_format(&address, name), text));
}

static void require_bind(GVariant *parameters)
{
	const char *address, *confirm, *vm;
	g_autofree const char **services = NULL;

	g_variant_get(parameters, "(&s&s^a&s&s)", &address, &confirm, &services, &vm);
	require_address(address);
	if (*confirm)
		require_address(confirm);
	for (guint i = 0; services[i]; i++)
		fuzz_require(oriel_services_is_known(services[i]));
	fuzz_require(!strchr(vm, '/') && strlen(vm) < 64);
}

static void require_first(GVariant *parameters)
{
	const char *address;

	g_variant_get_child(parameters, 0, "&s", &address);
	require_address(address);
}

/* What a tuning is let through with can be neither path nor number out of bounds. */
static void require_tune(GVariant *parameters)
{
	const char *vm, *tunings, *cpus;
	struct oriel_cpus set;
	guint64 memory_bytes;
	gint32 node;
	guint bits;

	g_variant_get(parameters, "(&s&s&sti)", &vm, &tunings, &cpus, &memory_bytes, &node);
	fuzz_require(oriel_reservation_is_name(vm));
	fuzz_require(oriel_tunings_parse(tunings, &bits, NULL) && bits);
	fuzz_require(oriel_cpus_parse(cpus, &set));
	fuzz_require(memory_bytes <= G_GUINT64_CONSTANT(1) << 50);
	fuzz_require(node >= -1 && node <= ORIEL_TUNING_NODE_MAX);
}

static void require_untune(GVariant *parameters)
{
	const char *vm;

	g_variant_get(parameters, "(&s)", &vm);
	fuzz_require(oriel_reservation_is_name(vm));
}

static void require_apply(GVariant *parameters)
{
	const char *address, *confirm, *digest;

	g_variant_get(parameters, "(&s&s&s)", &address, &confirm, &digest);
	require_address(address);
	if (*confirm)
		require_address(confirm);
	fuzz_require(strlen(digest) == 64 && strspn(digest, "0123456789abcdef") == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GVariant) parameters = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GError) error = NULL;
	const char *verb, *type;
	bool passes;

	if (!size)
		return 0;
	verb = verbs[*data % G_N_ELEMENTS(verbs)];
	type = types[*data / G_N_ELEMENTS(verbs) % G_N_ELEMENTS(types)];
	bytes = g_bytes_new(data + 1, size - 1);
	parameters =
		g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), bytes, FALSE));
	passes = oriel_helper_check(verb, parameters, &error);
	fuzz_require(passes == !error);
	fuzz_require(passes || *error->message);
	if (!passes)
		return 0;
	fuzz_require(strcmp(verb, "Write") && *verb);
	if (!strcmp(verb, "Bind"))
		require_bind(parameters);
	if (!strcmp(verb, "ApplyBoot"))
		require_apply(parameters);
	if (!strcmp(verb, "Release") || !strcmp(verb, "Reserve"))
		require_first(parameters);
	if (!strcmp(verb, "Tune"))
		require_tune(parameters);
	if (!strcmp(verb, "Untune"))
		require_untune(parameters);
	return 0;
}
