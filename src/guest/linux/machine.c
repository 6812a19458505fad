/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/fd.h"

static int get_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The kernel already undid the byte order of the firmware's table: what it prints is the UUID that
 * the virtual machine was given. */
static bool parse_uuid(const char *text, uint8_t *ret_uuid)
{
	uint8_t uuid[16];
	size_t digits = 0;

	for (; *text && digits < 32; text++) {
		int digit = get_digit(*text);

		if (*text == '-')
			continue;
		if (digit < 0)
			return false;
		uuid[digits / 2] = (uint8_t)(digits % 2 ? uuid[digits / 2] | digit : digit << 4);
		digits++;
	}
	if (digits < 32)
		return false;
	memcpy(ret_uuid, uuid, sizeof uuid);
	return true;
}

static void read_uuid(struct oriel_guest_machine *machine, const char *root)
{
	static const uint8_t unset[16] = {
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
	char path[512], text[64];

	snprintf(path, sizeof path, "%s/sys/class/dmi/id/product_uuid", root);
	if (oriel_fd_read_file(path, text, sizeof text) < 0 || !parse_uuid(text, machine->uuid))
		return;
	if (!memcmp(machine->uuid, unset, sizeof unset))
		memset(machine->uuid, 0, sizeof machine->uuid);
}

/* The value of a "name : value" line, or NULL. */
static const char *get_value(char *line, const char *name)
{
	char *colon = strchr(line, ':');
	size_t length = strlen(name);

	if (strncmp(line, name, length) || (line[length] != '\t' && line[length] != ' ') || !colon)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return colon + 1 + strspn(colon + 1, " ");
}

static uint8_t cap(uint32_t count)
{
	if (!count)
		return 1;
	return count < 255 ? (uint8_t)count : 255;
}

static void read_cpus(struct oriel_guest_machine *machine, const char *root)
{
	char path[512], line[4096];
	uint32_t cpus = 0, cores_of_one = 0, last_socket = 0;
	const char *value;
	FILE *file;

	snprintf(path, sizeof path, "%s/proc/cpuinfo", root);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file)) {
		if (get_value(line, "processor"))
			cpus++;
		else if ((value = get_value(line, "model name")) && !machine->cpu_model[0])
			snprintf(machine->cpu_model, sizeof machine->cpu_model, "%s", value);
		else if ((value = get_value(line, "physical id")) &&
			 strtoul(value, NULL, 10) > last_socket)
			last_socket = (uint32_t)strtoul(value, NULL, 10);
		else if ((value = get_value(line, "cpu cores")))
			cores_of_one = (uint32_t)strtoul(value, NULL, 10);
	}
	if (file)
		fclose(file);
	machine->cpus = cap(cpus);
	machine->sockets = cap(last_socket < 255 ? last_socket + 1 : 255);
	machine->cores = cap(cores_of_one ? cores_of_one * machine->sockets : cpus);
}

static void read_os(struct oriel_guest_machine *machine, const char *root)
{
	static const char key[] = "PRETTY_NAME=";
	char path[512], line[512];
	struct utsname kernel;
	FILE *file;

	uname(&kernel);
	snprintf(machine->os_name, sizeof machine->os_name, "%s %.60s", kernel.sysname,
		kernel.release);
	snprintf(path, sizeof path, "%s/etc/os-release", root);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file)) {
		char *value = line + strlen(key);

		if (strncmp(line, key, strlen(key)))
			continue;
		value += strspn(value, "\"'");
		value[strcspn(value, "\"'\n")] = '\0';
		if (*value)
			snprintf(machine->os_name, sizeof machine->os_name, "%.127s", value);
	}
	if (file)
		fclose(file);
}

void oriel_guest_machine_read(struct oriel_guest_machine *ret_machine, const char *root)
{
	struct oriel_guest_machine machine = {0};

	read_uuid(&machine, root);
	read_cpus(&machine, root);
	read_os(&machine, root);
	*ret_machine = machine;
}
