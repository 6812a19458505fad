/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest program says of itself: the KVMFR header and the records behind it (4.1). */
#include "relay/codec_b7.h"

#include <errno.h>
#include <string.h>

#define UDATA_MAX_BYTES 65536u
#define OS_OTHER 4u

/* A stretch of application data that is still to be read; every piece is copied out once. */
struct cursor {
	const uint8_t *at;
	uint32_t left_bytes;
};

static bool take(struct cursor *cursor, void *to, uint32_t bytes)
{
	if (cursor->left_bytes < bytes)
		return false;
	oriel_wire_copy(to, cursor->at, bytes);
	cursor->at += bytes;
	cursor->left_bytes -= bytes;
	return true;
}

/* Only printable ASCII gets out: the text ends up in windows, logs and terminals. */
static void clean(char *to, size_t to_bytes, const char *from, size_t from_bytes)
{
	size_t length = 0;

	while (length + 1 < to_bytes && length < from_bytes && from[length]) {
		char c = from[length];

		to[length++] = c >= 0x20 && c <= 0x7e ? c : '?';
	}
	to[length] = '\0';
}

/* The text that fills the rest of a record, as far as there is room for it. */
static void take_text(struct cursor *body, char *to, size_t to_bytes)
{
	char text[128];
	uint32_t bytes = body->left_bytes < sizeof text ? body->left_bytes : sizeof text;

	if (take(body, text, bytes))
		clean(to, to_bytes, text, bytes);
}

static void read_vm(struct cursor *body, struct oriel_guest_info *info)
{
	static const uint8_t unknown[16];
	struct b7_record_vm vm;

	if (!take(body, &vm, sizeof vm))
		return;
	memcpy(info->uuid, vm.uuid, sizeof info->uuid);
	info->has_uuid = memcmp(vm.uuid, unknown, sizeof unknown) != 0;
	clean(info->capture, sizeof info->capture, vm.capture, sizeof vm.capture);
	info->cpus = vm.cpus;
	info->cores = vm.cores;
	info->sockets = vm.sockets;
	take_text(body, info->cpu_model, sizeof info->cpu_model);
}

static void read_os(struct cursor *body, struct oriel_guest_info *info)
{
	uint8_t os;

	if (!take(body, &os, sizeof os))
		return;
	info->os = os < OS_OTHER ? os : OS_OTHER;
	take_text(body, info->os_name, sizeof info->os_name);
}

static void read_records(struct cursor *udata, struct oriel_guest_info *info)
{
	struct b7_record record;

	while (take(udata, &record, sizeof record) && record.size <= udata->left_bytes) {
		struct cursor body = {udata->at, record.size};

		if (record.type == B7_RECORD_VM)
			read_vm(&body, info);
		else if (record.type == B7_RECORD_OS)
			read_os(&body, info);
		udata->at += record.size;
		udata->left_bytes -= record.size;
	}
}

int oriel_codec_b7_read_info(const struct oriel_codec_map *map, struct oriel_guest_info *ret_info)
{
	const struct b7_header *header = oriel_codec_b7_header(map);
	struct oriel_guest_info info = {.os = OS_OTHER};
	struct cursor udata = {.at = map->base + B7_UDATA_OFFSET};
	struct b7_kvmfr kvmfr;

	udata.left_bytes = oriel_wire_load32(&header->udata_size);
	if (udata.left_bytes > UDATA_MAX_BYTES ||
		udata.left_bytes > map->size_bytes - B7_UDATA_OFFSET)
		return -EBADMSG;
	info.lgmp_version = oriel_wire_load32(&header->version);
	if (!take(&udata, &kvmfr, sizeof kvmfr) || memcmp(kvmfr.magic, B7_KVMFR_MAGIC, 8))
		return -EAGAIN;
	info.kvmfr_version = kvmfr.version;
	clean(info.host_version, sizeof info.host_version, kvmfr.host_version,
		sizeof kvmfr.host_version);
	if (info.lgmp_version != B7_LGMP_VERSION || info.kvmfr_version != B7_KVMFR_VERSION) {
		*ret_info = info;
		return -EPROTONOSUPPORT;
	}
	info.accepts_set_cursor = kvmfr.features & B7_FEATURE_SET_CURSOR;
	read_records(&udata, &info);
	*ret_info = info;
	return 0;
}
