/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/codec.h"

#include <string.h>

#include "relay/wire.h"

#define LGMP_MAGIC UINT32_C(0x504d474c)
#define KVMFR_MAGIC "KVMFR---"
#define KVMFR_VERSION_END 12u /* bytes of a KVMFR header up to and with its version */

struct place {
	uint32_t magic_offset;
	uint32_t timestamp_offset;
};

/* 1.1; the version follows the magic. */
static const struct place places[ORIEL_CODEC_PLACES] = {
	{0, 16},
	{8, 0},
	{8064, 0},
	{9664, 0},
};

/* Where the generations that are known by name keep their application data: their KVMFR version
 * makes a better sentence than its absence. */
struct generation {
	uint32_t place;
	uint32_t first_version, last_version;
	uint32_t udata_offset;
};

static const struct generation generations[] = {
	{0, 4, 4, 5116},
	{0, 5, 6, 5756},
	{0, 7, 7, 5748},
	{0, 8, 8, 7788},
	{1, 9, 10, 8068},
	{2, 10, 11, 8084},
	{3, 12, 12, 9684},
};

static const struct oriel_codec_ops *const codecs[] = {
	&oriel_codec_b7,
};

static const uint32_t *word_at(const struct oriel_codec_map *map, uint32_t offset)
{
	return (const uint32_t *)(const void *)(map->base + offset);
}

bool oriel_codec_has_magic(const struct oriel_codec_map *map, uint32_t place)
{
	uint32_t offset = places[place].magic_offset;

	return map->size_bytes >= ORIEL_CODEC_MIN_BYTES && offset + 8 <= map->size_bytes &&
	       oriel_wire_load32(word_at(map, offset)) == LGMP_MAGIC;
}

uint64_t oriel_codec_get_timestamp_ms(const struct oriel_codec_map *map, uint32_t place)
{
	const void *at = map->base + places[place].timestamp_offset;

	return oriel_wire_load64(at);
}

static uint32_t read_kvmfr_version(const struct oriel_codec_map *map, uint32_t udata_offset)
{
	uint8_t start[KVMFR_VERSION_END];
	uint32_t version;

	if (udata_offset + sizeof start > map->size_bytes)
		return 0;
	oriel_wire_copy(start, map->base + udata_offset, sizeof start);
	if (memcmp(start, KVMFR_MAGIC, 8))
		return 0;
	memcpy(&version, start + 8, sizeof version);
	return version;
}

void oriel_codec_read_versions(
	const struct oriel_codec_map *map, uint32_t place, struct oriel_guest_info *ret_info)
{
	uint32_t version = oriel_wire_load32(word_at(map, places[place].magic_offset + 4));

	memset(ret_info, 0, sizeof *ret_info);
	ret_info->lgmp_version = version;
	for (size_t i = 0; i < ORIEL_CODEC_COUNT(generations); i++) {
		const struct generation *known = &generations[i];

		if (known->place == place && version >= known->first_version &&
			version <= known->last_version)
			ret_info->kvmfr_version = read_kvmfr_version(map, known->udata_offset);
	}
}

const struct oriel_codec_ops *oriel_codec_find(uint32_t place, uint32_t lgmp_version)
{
	for (size_t i = 0; i < ORIEL_CODEC_COUNT(codecs); i++)
		if (codecs[i]->place == place && codecs[i]->lgmp_version == lgmp_version)
			return codecs[i];
	return NULL;
}
