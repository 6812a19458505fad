/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* systemd-boot, and kernelstub that drives it on Pop!_OS. */
#include "bind/loader.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

static gboolean add_rescue(struct oriel_bind_plan *plan, GError **error)
{
	if (oriel_bind_entries_add_rescue(plan))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"no boot entry was found below loader/entries that could be copied for the rescue: "
		"without one nothing is changed");
	return FALSE;
}

/* /etc/kernel/cmdline is what entries of new kernels are made from. */
static gboolean add_parameters(struct oriel_bind_plan *plan, GError **error)
{
	oriel_bind_entries_add_to_cmdline(plan);
	oriel_bind_entries_add_parameters(plan);
	return TRUE;
}

const struct oriel_bind_loader_ops oriel_bind_loader_systemd = {
	ORIEL_BOOT_SYSTEMD, add_rescue, add_parameters};

/* ---- kernelstub ----------------------------------------------------------------------------- */

#define KERNELSTUB_FILE "/etc/kernelstub/configuration"

static gboolean has_option(JsonArray *options, const char *word)
{
	for (guint i = 0; i < json_array_get_length(options); i++) {
		JsonNode *node = json_array_get_element(options, i);

		if (JSON_NODE_HOLDS_VALUE(node) && !g_strcmp0(json_node_get_string(node), word))
			return TRUE;
	}
	return FALSE;
}

/* user.kernel_options, or NULL. */
static JsonArray *find_options(JsonNode *root)
{
	JsonObject *object = JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
	JsonNode *user = object ? json_object_get_member(object, "user") : NULL;
	JsonObject *settings =
		user && JSON_NODE_HOLDS_OBJECT(user) ? json_node_get_object(user) : NULL;
	JsonNode *options = settings ? json_object_get_member(settings, "kernel_options") : NULL;

	return options && JSON_NODE_HOLDS_ARRAY(options) ? json_node_get_array(options) : NULL;
}

/* The settings with the parameters, indented as kernelstub writes them; NULL: not its settings. */
static char *extend_settings(const char *text, const GPtrArray *parameters)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(JsonGenerator) generator = json_generator_new();
	JsonArray *options;
	g_autofree char *data = NULL;

	if (!json_parser_load_from_data(parser, text, -1, NULL))
		return NULL;
	options = find_options(json_parser_get_root(parser));
	if (!options)
		return NULL;
	for (guint i = 0; i < parameters->len; i++)
		if (!has_option(options, g_ptr_array_index(parameters, i)))
			json_array_add_string_element(options, g_ptr_array_index(parameters, i));
	json_generator_set_pretty(generator, TRUE);
	json_generator_set_root(generator, json_parser_get_root(parser));
	data = json_generator_to_data(generator, NULL);
	return g_strconcat(data, "\n", NULL);
}

/* Its settings make the entries of new kernels; those there are get the parameters here. */
static gboolean add_to_kernelstub(struct oriel_bind_plan *plan, GError **error)
{
	g_autofree char *text = oriel_bind_plan_read(plan, KERNELSTUB_FILE);
	g_autofree char *longer = NULL;

	if (!plan->parameters->len)
		return TRUE;
	longer = text ? extend_settings(text, plan->parameters) : NULL;
	if (!longer) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			KERNELSTUB_FILE " has no list user.kernel_options: it is not as kernelstub "
					"writes it, and nothing is changed");
		return FALSE;
	}
	oriel_bind_plan_write(plan, KERNELSTUB_FILE, longer, "the kernel's parameters");
	oriel_bind_entries_add_parameters(plan);
	return TRUE;
}

const struct oriel_bind_loader_ops oriel_bind_loader_kernelstub = {
	ORIEL_BOOT_KERNELSTUB, add_rescue, add_to_kernelstub};
