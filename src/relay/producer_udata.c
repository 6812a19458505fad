/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/producer_private.h"

#include <string.h>

#define TEXT_MAX_BYTES 128u /* of the two strings that the wire does not bound, with their NUL */

static_assert(sizeof(struct b7_kvmfr) + 2 * sizeof(struct b7_record) + sizeof(struct b7_record_vm) +
			      1 + 2 * TEXT_MAX_BYTES <=
		      PRODUCER_UDATA_MAX_BYTES,
	"room for every record");

/* Copies at most size - 1 bytes and ends them with NUL; to is zero. Returns the bytes with the NUL.
 */
static uint32_t put_text(char *to, size_t size, const char *text)
{
	size_t length = text ? strnlen(text, size - 1) : 0;

	if (length)
		memcpy(to, text, length);
	return (uint32_t)length + 1;
}

/* Records lie unaligned one after the other, hence the copies. Returns the bytes used. */
static uint32_t put_record(uint8_t *to, enum b7_record_type type, uint32_t body_bytes)
{
	struct b7_record record = {.type = (uint8_t)type, .size = body_bytes};

	memcpy(to, &record, sizeof record);
	return (uint32_t)sizeof record + body_bytes;
}

static uint32_t put_vm(uint8_t *to, const struct oriel_producer_options *options)
{
	uint8_t *body = to + sizeof(struct b7_record);
	struct b7_record_vm vm = {
		.cpus = options->cpus,
		.cores = options->cores,
		.sockets = options->sockets,
	};
	uint32_t model_bytes;

	memcpy(vm.uuid, options->uuid, sizeof vm.uuid);
	put_text(vm.capture, sizeof vm.capture, options->capture);
	memcpy(body, &vm, sizeof vm);
	model_bytes = put_text((char *)body + sizeof vm, TEXT_MAX_BYTES, options->cpu_model);
	return put_record(to, B7_RECORD_VM, (uint32_t)sizeof vm + model_bytes);
}

static uint32_t put_os(uint8_t *to, const struct oriel_producer_options *options)
{
	uint8_t *body = to + sizeof(struct b7_record);

	body[0] = (uint8_t)options->os;
	return put_record(
		to, B7_RECORD_OS, 1 + put_text((char *)body + 1, TEXT_MAX_BYTES, options->os_name));
}

uint32_t oriel_producer_udata_build(
	const struct oriel_producer_options *options, uint8_t *ret_udata)
{
	struct b7_kvmfr kvmfr = {
		.version = B7_KVMFR_VERSION,
		.features = options->accepts_set_cursor ? B7_FEATURE_SET_CURSOR : 0,
	};
	uint32_t used = sizeof kvmfr;

	memset(ret_udata, 0, PRODUCER_UDATA_MAX_BYTES);
	memcpy(kvmfr.magic, B7_KVMFR_MAGIC, sizeof kvmfr.magic);
	put_text(kvmfr.host_version, sizeof kvmfr.host_version, options->host_version);
	memcpy(ret_udata, &kvmfr, sizeof kvmfr);
	used += put_vm(ret_udata + used, options);
	used += put_os(ret_udata + used, options);
	return used;
}
