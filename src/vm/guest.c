/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/guest.h"

#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_BYTES_MAX (64u * 1024)

/* A line for each graphics device and each device of Red Hat's (virtio, IVSHMEM). */
#define SCRIPT                                                                                     \
	"Get-CimInstance Win32_PnPEntity | Where-Object { $_.PNPClass -eq 'Display' -or "          \
	"$_.DeviceID -like 'PCI\\VEN_1AF4*' } | ForEach-Object { '{0}|{1}|{2}|{3}' -f "            \
	"$_.ConfigManagerErrorCode, $_.PNPClass, $_.DeviceID, $_.Name }"

/* ---- the agent's JSON ----------------------------------------------------------------------- */

/* The object in an answer's "return"; NULL: it is an error or makes no sense. */
static JsonObject *read_return(JsonParser *parser, const char *answer)
{
	JsonNode *root;
	JsonNode *result = NULL;

	if (!answer || !json_parser_load_from_data(parser, answer, -1, NULL))
		return NULL;
	root = json_parser_get_root(parser);
	if (root && JSON_NODE_HOLDS_OBJECT(root))
		result = json_object_get_member(json_node_get_object(root), "return");
	return result && JSON_NODE_HOLDS_OBJECT(result) ? json_node_get_object(result) : NULL;
}

static gboolean has_value(JsonObject *object, const char *name, GType type)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type;
}

static const char *get_text(JsonObject *object, const char *name)
{
	return has_value(object, name, G_TYPE_STRING) ? json_object_get_string_member(object, name)
						      : NULL;
}

/* FALSE where it is not there. */
static gboolean get_number(JsonObject *object, const char *name, gint64 *ret_number)
{
	if (!has_value(object, name, G_TYPE_INT64))
		return FALSE;
	*ret_number = json_object_get_int_member(object, name);
	return TRUE;
}

/* ---- running the script --------------------------------------------------------------------- */

static gboolean is_windows(const struct oriel_vm_guest_line *line)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	char *answer = line->ask(line->data, "{\"execute\":\"guest-get-osinfo\"}");
	const char *id = get_text(read_return(parser, answer), "id");
	gboolean is = id && !strcmp(id, "mswindows");

	free(answer);
	return is;
}

static char *make_command(void)
{
	static const char *const words[] = {"-NoProfile", "-NonInteractive", "-Command", SCRIPT};
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autoptr(JsonNode) root = NULL;

	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "execute");
	json_builder_add_string_value(builder, "guest-exec");
	json_builder_set_member_name(builder, "arguments");
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "path");
	json_builder_add_string_value(builder, "powershell.exe");
	json_builder_set_member_name(builder, "capture-output");
	json_builder_add_boolean_value(builder, TRUE);
	json_builder_set_member_name(builder, "arg");
	json_builder_begin_array(builder);
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		json_builder_add_string_value(builder, words[i]);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	json_builder_end_object(builder);
	root = json_builder_get_root(builder);
	return json_to_string(root, FALSE);
}

/* FALSE: the guest runs no programs for others. */
static gboolean start_script(const struct oriel_vm_guest_line *line, gint64 *ret_pid)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autofree char *command = make_command();
	char *answer = line->ask(line->data, command);
	gboolean ok = get_number(read_return(parser, answer), "pid", ret_pid);

	free(answer);
	return ok;
}

/* What it wrote, once it has ended well. */
static char *read_output(JsonObject *status)
{
	const char *data = get_text(status, "out-data");
	gint64 code;
	gsize size;
	g_autofree guchar *bytes = NULL;

	if (!get_number(status, "exitcode", &code) || code || !data ||
		strlen(data) > OUTPUT_BYTES_MAX)
		return NULL;
	bytes = g_base64_decode(data, &size);
	return g_utf8_make_valid((const char *)bytes, (gssize)size);
}

/* NULL and ret_ended FALSE: it still runs. */
static char *ask_status(const struct oriel_vm_guest_line *line, gint64 pid, gboolean *ret_ended)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autofree char *command = g_strdup_printf(
		"{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%" G_GINT64_FORMAT "}}",
		pid);
	char *answer = line->ask(line->data, command);
	JsonObject *status = read_return(parser, answer);
	char *output = NULL;

	*ret_ended = !has_value(status, "exited", G_TYPE_BOOLEAN) ||
		     json_object_get_boolean_member(status, "exited");
	if (*ret_ended && status)
		output = read_output(status);
	free(answer);
	return output;
}

static char *run_script(const struct oriel_vm_guest_line *line)
{
	gboolean ended = FALSE;
	char *output = NULL;
	gint64 pid;

	if (!start_script(line, &pid))
		return NULL;
	for (guint i = 0; i < ORIEL_VM_GUEST_POLLS && !ended; i++) {
		line->pause(line->data);
		output = ask_status(line, pid, &ended);
	}
	return output;
}

/* ---- its output ----------------------------------------------------------------------------- */

/* "43|Display|PCI\VEN_10DE&DEV_2484&…|NVIDIA GeForce RTX 3070"; a name may have bars of its own. */
static void add_device(struct oriel_domain *domain, const char *text)
{
	g_auto(GStrv) fields = g_strsplit(text, "|", 4);
	guint64 problem;

	if (g_strv_length(fields) == 4 &&
		g_ascii_string_to_unsigned(fields[0], 10, 0, G_MAXUINT16, &problem, NULL))
		oriel_domain_add_guest_device(
			domain, (guint)problem, fields[1], fields[2], fields[3]);
}

void oriel_vm_guest_read(const struct oriel_vm_guest_line *line, struct oriel_domain *domain)
{
	g_autofree char *output = is_windows(line) ? run_script(line) : NULL;
	g_auto(GStrv) lines = NULL;

	if (!output)
		return;
	oriel_domain_begin_guest_devices(domain);
	lines = g_strsplit(output, "\n", -1);
	for (guint i = 0; lines[i] && domain->guest_devices->len < ORIEL_VM_GUEST_DEVICES_MAX; i++)
		add_device(domain, g_strstrip(lines[i]));
}
