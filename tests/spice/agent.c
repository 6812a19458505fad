/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The SPICE agent of the test's guest: has a clipboard that does what the test says, and tells what
 * the viewer does, a line each that begins with AGENT. Commands come from the FIFO /agent:
 *
 *   text WORDS       the clipboard has that text
 *   picture TYPE BYTES   it has a picture of that type and so many bytes, made of noise
 *   fake             it has a PNG picture that is none
 *   file NAME WORDS  it has a file; it goes into the shared folder when somebody asks for it
 *   files WORDS      it has that list of files, whatever it names (| ends a name)
 *   nothing          it has nothing any more
 *   want TYPE        asks for the viewer's clipboard
 *   ask              asks for what was grabbed again and again, sixty times, without reading
 *   hold BYTES       listens to nobody once it has so much of a file, until it is told to
 *   go               go on
 *   lacks WHAT       announces that it takes no files ("files"), or that it does ("nothing")
 *   traps            offers what nobody knows, and sends what nobody asked for
 *   end              goes away
 *
 * Contents are told by their size and their FNV-1a sum. Files that are sent go into /files where
 * that folder is there; what does not come whole is removed.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <spice/vd_agent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "dav.h"
#include "port.h"

#define CONTENT_MAX (64u << 20)
#define FILES_MAX 8

struct file {
	bool is_open;
	uint32_t id;
	uint64_t size, got;
	uint64_t sum;
	char name[128], path[140];
	int fd; /* -1: it goes nowhere */
};

static int port_fd;
static bool is_held, lacks_files;
static uint64_t hold_bytes = UINT64_MAX;
static struct {
	uint32_t type;
	uint8_t *data;
	uint32_t size;
} content;
static struct file files[FILES_MAX];
/* What goes into the shared folder first. */
static struct {
	char name[64], words[256];
} shared;

/* ---- messages ------------------------------------------------------------------------------- */

/* In chunks of what one may hold. */
static void send(
	uint32_t type, const void *head, uint32_t head_size, const void *data, uint32_t data_size)
{
	VDAgentMessage message = {VD_AGENT_PROTOCOL, type, 0, head_size + data_size};
	uint32_t whole = sizeof message + message.size;
	uint8_t *all = malloc(whole);

	memcpy(all, &message, sizeof message);
	if (head_size)
		memcpy(all + sizeof message, head, head_size);
	if (data_size)
		memcpy(all + sizeof message + head_size, data, data_size);
	for (uint32_t done = 0; done < whole;) {
		uint32_t part = whole - done < VD_AGENT_MAX_DATA_SIZE ? whole - done
								      : VD_AGENT_MAX_DATA_SIZE;
		VDIChunkHeader chunk = {VDP_CLIENT_PORT, part};

		port_write(port_fd, &chunk, sizeof chunk);
		port_write(port_fd, all + done, part);
		done += part;
	}
	free(all);
}

static void announce(bool wants_answer)
{
	uint32_t words[2] = {wants_answer,
		(uint32_t)lacks_files << VD_AGENT_CAP_FILE_XFER_DISABLED |
			1u << VD_AGENT_CAP_FILE_XFER_DETAILED_ERRORS |
			1u << VD_AGENT_CAP_CLIPBOARD_BY_DEMAND |
			1u << VD_AGENT_CAP_CLIPBOARD_SELECTION |
			1u << VD_AGENT_CAP_GUEST_LINEEND_CRLF | 1u << VD_AGENT_CAP_MAX_CLIPBOARD};

	send(VD_AGENT_ANNOUNCE_CAPABILITIES, words, sizeof words, NULL, 0);
}

/* ---- the clipboard -------------------------------------------------------------------------- */

static void offer(uint32_t type, const void *data, uint32_t size)
{
	uint32_t words[2] = {VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, type};

	free(content.data);
	content.data = malloc(size);
	memcpy(content.data, data, size);
	content.size = size;
	content.type = type;
	send(VD_AGENT_CLIPBOARD_GRAB, words, sizeof words, NULL, 0);
	printf("AGENT has %u\n", type);
}

static void do_text(const char *words)
{
	offer(VD_AGENT_CLIPBOARD_UTF8_TEXT, words, (uint32_t)strlen(words));
}

static void do_picture(const char *words)
{
	static const struct {
		const char *text;
		size_t size;
	} beginnings[] = {
		[VD_AGENT_CLIPBOARD_IMAGE_PNG] = {"\x89PNG\r\n\x1a\n", 8},
		[VD_AGENT_CLIPBOARD_IMAGE_BMP] = {"BM", 2},
		[VD_AGENT_CLIPBOARD_IMAGE_TIFF] = {"MM\0*", 4},
		[VD_AGENT_CLIPBOARD_IMAGE_JPG] = {"\xff\xd8\xff", 3},
	};
	uint32_t type = 0, size = 0, noise = 1;
	uint8_t *made;

	if (sscanf(words, "%" SCNu32 " %" SCNu32, &type, &size) != 2 || size < 8 ||
		type >= sizeof beginnings / sizeof beginnings[0] || !beginnings[type].text)
		return;
	made = malloc(size);
	for (uint32_t i = 0; i < size; i++) {
		noise = noise * 1664525u + 1013904223u;
		made[i] = (uint8_t)(noise >> 24);
	}
	memcpy(made, beginnings[type].text, beginnings[type].size);
	offer(type, made, size);
	free(made);
}

static void do_fake(const char *words)
{
	offer(VD_AGENT_CLIPBOARD_IMAGE_PNG, "#!/bin/sh", 9);
}

static void do_files(const char *words)
{
	char list[1024];
	uint32_t size = (uint32_t)snprintf(list, sizeof list, "copy|%s|", words);

	for (uint32_t i = 0; i < size; i++)
		if (list[i] == '|')
			list[i] = '\0';
	offer(VD_AGENT_CLIPBOARD_FILE_LIST, list, size);
}

static void do_file(const char *words)
{
	char path[80];

	sscanf(words, "%63s %255[^\n]", shared.name, shared.words);
	snprintf(path, sizeof path, "/%s", shared.name);
	do_files(path);
}

static void do_nothing(const char *words)
{
	uint32_t selection = VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD;

	send(VD_AGENT_CLIPBOARD_RELEASE, &selection, sizeof selection, NULL, 0);
}

static void do_want(const char *words)
{
	uint32_t request[2] = {
		VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, (uint32_t)strtoul(words, NULL, 10)};

	send(VD_AGENT_CLIPBOARD_REQUEST, request, sizeof request, NULL, 0);
}

static void do_ask(const char *words)
{
	for (int i = 0; i < 60; i++)
		do_want(words);
}

static void do_traps(const char *words)
{
	uint32_t grab[] = {VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, 77, UINT32_MAX, 0};
	uint32_t unasked[] = {VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, VD_AGENT_CLIPBOARD_UTF8_TEXT};
	uint32_t wrong[] = {9, VD_AGENT_CLIPBOARD_UTF8_TEXT};

	send(VD_AGENT_CLIPBOARD, unasked, sizeof unasked, "unasked", 7);
	send(VD_AGENT_CLIPBOARD_GRAB, grab, sizeof grab, NULL, 0);
	send(VD_AGENT_CLIPBOARD_GRAB, grab, sizeof grab[0], NULL, 0);
	send(VD_AGENT_CLIPBOARD_REQUEST, wrong, sizeof wrong, NULL, 0);
	send(VD_AGENT_CLIPBOARD_RELEASE, wrong, sizeof wrong[0], NULL, 0);
	printf("AGENT trapped\n");
}

static void hold_at(uint64_t got)
{
	if (got < hold_bytes)
		return;
	hold_bytes = UINT64_MAX;
	is_held = true;
	printf("AGENT holds\n");
}

static void do_hold(const char *words)
{
	hold_bytes = strtoull(words, NULL, 10);
	printf("AGENT will hold\n");
	hold_at(0);
}

static void do_go(const char *words)
{
	is_held = false;
}

static void do_lacks(const char *words)
{
	lacks_files = !strcmp(words, "files");
	announce(false);
	printf("AGENT lacks %s\n", words);
}

static void do_end(const char *words)
{
	exit(0);
}

static void on_grab(const uint8_t *body, uint32_t size)
{
	const uint32_t *words = (const uint32_t *)(const void *)body;

	printf("AGENT offered");
	for (uint32_t i = 1; i < size / sizeof *words; i++)
		printf(" %u", words[i]);
	printf("\n");
}

static void on_release(const uint8_t *body, uint32_t size)
{
	printf("AGENT released\n");
}

static void on_request(const uint8_t *body, uint32_t size)
{
	const uint32_t *words = (const uint32_t *)(const void *)body;
	uint32_t head[2] = {VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, words[1]};
	bool has_it = words[1] == content.type;

	printf("AGENT asked %u\n", words[1]);
	if (has_it && content.type == VD_AGENT_CLIPBOARD_FILE_LIST && *shared.name) {
		printf("AGENT put %d\n", dav_put(shared.name, shared.words, strlen(shared.words)));
		*shared.name = '\0';
	}
	if (!has_it)
		head[1] = VD_AGENT_CLIPBOARD_NONE;
	send(VD_AGENT_CLIPBOARD, head, sizeof head, content.data, has_it ? content.size : 0);
}

static void print_files(const char *list, uint32_t size)
{
	printf("AGENT files");
	for (uint32_t i = 0; i < size; i += (uint32_t)strlen(list + i) + 1) {
		printf(" %s", list + i);
		if (i)
			printf(" %016" PRIx64, dav_sum(list + i + 1));
	}
	printf("\n");
}

static void on_content(const uint8_t *body, uint32_t size)
{
	const uint32_t *words = (const uint32_t *)(const void *)body;

	if (words[1] == VD_AGENT_CLIPBOARD_FILE_LIST)
		print_files((const char *)body + 8, size - 8);
	printf("AGENT content %u %u %016" PRIx64 "\n", words[1], size - 8,
		add_sum(SUM_BEGIN, body + 8, size - 8));
}

/* ---- files ---------------------------------------------------------------------------------- */

static void answer_file(uint32_t id, uint32_t result)
{
	uint32_t words[2] = {id, result};

	send(VD_AGENT_FILE_XFER_STATUS, words, sizeof words, NULL, 0);
}

static struct file *find_file(uint32_t id, bool is_open)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (files[i].is_open == is_open && (!is_open || files[i].id == id))
			return &files[i];
	return NULL;
}

/* False, and the other end told: it would not fit. */
static bool has_room(const struct file *file)
{
	struct statvfs status;
	struct __attribute__((packed)) {
		uint32_t id, result;
		uint64_t free_bytes;
	} answer = {file->id, VD_AGENT_FILE_XFER_STATUS_NOT_ENOUGH_SPACE, 0};

	if (statvfs("/files", &status))
		return true;
	answer.free_bytes = (uint64_t)status.f_bavail * status.f_bsize;
	if (file->size <= answer.free_bytes)
		return true;
	send(VD_AGENT_FILE_XFER_STATUS, &answer, sizeof answer, NULL, 0);
	return false;
}

static void end_file(struct file *file, const char *how)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->got < file->size)
		unlink(file->path);
	printf("AGENT file %s %s %" PRIu64 " %016" PRIx64 "\n", how, file->name, file->got,
		file->sum);
	file->is_open = false;
}

static void on_file_start(const uint8_t *body, uint32_t size)
{
	uint32_t id = *(const uint32_t *)(const void *)body;
	char text[1024] = "";
	struct file *former = find_file(id, true), *file;
	const char *name, *bytes;

	/* Of a client that is gone: the next one counts its files from the beginning. */
	if (former)
		end_file(former, "dropped");
	file = find_file(id, false);
	memcpy(text, body + 4, size - 4 < sizeof text ? size - 4 : sizeof text - 1);
	name = strstr(text, "name=");
	bytes = strstr(text, "size=");
	if (!file || !name || !bytes) {
		answer_file(id, VD_AGENT_FILE_XFER_STATUS_ERROR);
		return;
	}
	*file = (struct file){.is_open = true, .id = id, .sum = SUM_BEGIN};
	file->size = strtoull(bytes + 5, NULL, 10);
	snprintf(file->name, sizeof file->name, "%.*s", (int)strcspn(name + 5, "\n"), name + 5);
	snprintf(file->path, sizeof file->path, "/files/%s", file->name);
	if (!has_room(file)) {
		file->is_open = false;
		return;
	}
	file->fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	answer_file(id, VD_AGENT_FILE_XFER_STATUS_CAN_SEND_DATA);
}

static void on_file_data(const uint8_t *body, uint32_t size)
{
	const VDAgentFileXferDataMessage *data = (const void *)body;
	struct file *file = find_file(data->id, true);

	if (!file)
		return;
	if (file->fd >= 0 && write(file->fd, data->data, data->size) != (ssize_t)data->size) {
		end_file(file, "failed");
		answer_file(data->id, VD_AGENT_FILE_XFER_STATUS_ERROR);
		return;
	}
	file->sum = add_sum(file->sum, data->data, data->size);
	file->got += data->size;
	hold_at(file->got);
	if (file->got < file->size)
		return;
	end_file(file, "done");
	answer_file(data->id, VD_AGENT_FILE_XFER_STATUS_SUCCESS);
}

static void on_file_status(const uint8_t *body, uint32_t size)
{
	const VDAgentFileXferStatusMessage *status = (const void *)body;
	struct file *file = find_file(status->id, true);

	if (file)
		end_file(file, "cancelled");
}

static void on_capabilities(const uint8_t *body, uint32_t size)
{
	printf("AGENT linked\n");
	if (*(const uint32_t *)(const void *)body)
		announce(false);
}

static void on_monitors(const uint8_t *body, uint32_t size)
{
	const VDAgentMonitorsConfig *config = (const void *)body;

	if (config->num_of_monitors)
		printf("AGENT monitors %u: %ux%u\n", config->num_of_monitors,
			config->monitors[0].width, config->monitors[0].height);
}

/* ---- the loop ------------------------------------------------------------------------------- */

static const struct {
	uint32_t type, size_min;
	void (*take)(const uint8_t *body, uint32_t size);
} messages[] = {
	{VD_AGENT_ANNOUNCE_CAPABILITIES, 4, on_capabilities},
	{VD_AGENT_CLIPBOARD_GRAB, 4, on_grab},
	{VD_AGENT_CLIPBOARD_RELEASE, 4, on_release},
	{VD_AGENT_CLIPBOARD_REQUEST, 8, on_request},
	{VD_AGENT_CLIPBOARD, 8, on_content},
	{VD_AGENT_FILE_XFER_START, 5, on_file_start},
	{VD_AGENT_FILE_XFER_DATA, sizeof(VDAgentFileXferDataMessage), on_file_data},
	{VD_AGENT_FILE_XFER_STATUS, 8, on_file_status},
	{VD_AGENT_MONITORS_CONFIG, sizeof(VDAgentMonitorsConfig) + sizeof(struct VDAgentMonConfig),
		on_monitors},
};

static const struct {
	const char *name;
	void (*run)(const char *words);
} commands[] = {
	{"text", do_text},
	{"picture", do_picture},
	{"fake", do_fake},
	{"file", do_file},
	{"files", do_files},
	{"nothing", do_nothing},
	{"want", do_want},
	{"ask", do_ask},
	{"hold", do_hold},
	{"go", do_go},
	{"lacks", do_lacks},
	{"traps", do_traps},
	{"end", do_end},
};

static void take_message(const VDAgentMessage *message, const uint8_t *body)
{
	for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
		if (messages[i].type == message->type && message->size >= messages[i].size_min)
			messages[i].take(body, message->size);
}

/* One chunk. A message may take many. */
static bool read_chunk(void)
{
	static uint8_t *all;
	static uint32_t have;
	VDIChunkHeader chunk;
	const VDAgentMessage *message;

	if (!port_read(port_fd, &chunk, sizeof chunk))
		return false;
	if (!all)
		all = malloc(CONTENT_MAX);
	if (have + chunk.size > CONTENT_MAX || !port_read(port_fd, all + have, chunk.size))
		exit(1);
	if (chunk.port == VDP_SERVER_PORT) {
		/* The server's own word: the client is gone, be it in the middle of a message. */
		have = 0;
		return true;
	}
	have += chunk.size;
	message = (const VDAgentMessage *)(const void *)all;
	if (have < sizeof *message || have < sizeof *message + message->size)
		return true;
	take_message(message, all + sizeof *message);
	have = 0;
	return true;
}

static void run_command(char *line)
{
	char *words = strchr(line, ' ');

	if (words)
		*words++ = '\0';
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (!strcmp(line, commands[i].name))
			commands[i].run(words ? words : "");
}

static void read_commands(int fd)
{
	static char text[4096];
	static size_t size;
	ssize_t count = read(fd, text + size, sizeof text - 1 - size);
	char *end;

	if (count <= 0)
		return;
	size += (size_t)count;
	text[size] = '\0';
	while ((end = strchr(text, '\n'))) {
		*end = '\0';
		run_command(text);
		size -= (size_t)(end + 1 - text);
		memmove(text, end + 1, size + 1);
	}
}

int main(void)
{
	struct pollfd wait[2] = {{.events = POLLIN}, {.events = POLLIN}};

	setvbuf(stdout, NULL, _IOLBF, 0);
	mkfifo("/agent", 0600);
	port_fd = wait[0].fd = port_open("com.redhat.spice.0");
	wait[1].fd = open("/agent", O_RDWR);
	if (port_fd < 0 || wait[1].fd < 0) {
		printf("AGENT failed: no port\n");
		return 1;
	}
	printf("AGENT ready\n");
	announce(true);
	for (;;) {
		wait[0].events = is_held ? 0 : POLLIN;
		if (poll(wait, 2, -1) < 0)
			return 1;
		if (wait[1].revents & POLLIN)
			read_commands(wait[1].fd);
		if (!is_held && wait[0].revents & POLLIN && !read_chunk())
			printf("AGENT unlinked\n");
		if (wait[0].revents & POLLHUP)
			usleep(10000); /* no client is there */
	}
}
