/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/avcodec/nal.h"

#include <string.h>

#define LENGTH_BYTES 4
#define TYPE_MASK 0x1f
#define TYPE_SEQUENCE 7
#define TYPE_PICTURE 8

static const uint8_t start_code[] = {0, 0, 1};

static const uint8_t *find_code(const uint8_t *from, const uint8_t *end)
{
	const uint8_t *found = memmem(from, (size_t)(end - from), start_code, sizeof start_code);

	return found ? found : end;
}

/* The next unit at *from, without its start code; moves *from behind it. Returns its bytes, 0: none
 * is left. */
static size_t next_unit(const uint8_t **from, const uint8_t *end, const uint8_t **ret_unit)
{
	const uint8_t *code = find_code(*from, end), *unit, *stop;

	*from = end;
	if (code == end)
		return 0;
	unit = code + sizeof start_code;
	*from = stop = find_code(unit, end);
	/* A unit does not end with a zero: those belong to the next start code. */
	while (stop > unit && !stop[-1])
		stop--;
	*ret_unit = unit;
	return (size_t)(stop - unit);
}

size_t oriel_nal_room(size_t bytes)
{
	/* A start code has three bytes or more, a length four. */
	return bytes + bytes / (sizeof start_code + 1) + LENGTH_BYTES;
}

static uint8_t *put_number(uint8_t *to, size_t value, unsigned int bytes)
{
	while (bytes--)
		*to++ = (uint8_t)(value >> (8 * bytes));
	return to;
}

static uint8_t *put_unit(uint8_t *to, const uint8_t *unit, size_t bytes, unsigned int length_bytes)
{
	to = put_number(to, bytes, length_bytes);
	memcpy(to, unit, bytes);
	return to + bytes;
}

size_t oriel_nal_convert(const uint8_t *stream, size_t bytes, uint8_t *to)
{
	const uint8_t *from = stream, *end = stream + bytes, *unit;
	uint8_t *at = to;
	size_t unit_bytes;

	while ((unit_bytes = next_unit(&from, end, &unit)))
		at = put_unit(at, unit, unit_bytes, LENGTH_BYTES);
	return (size_t)(at - to);
}

static size_t find_unit(
	const uint8_t *stream, size_t bytes, unsigned int type, const uint8_t **ret_unit)
{
	const uint8_t *from = stream;
	size_t unit_bytes;

	do
		unit_bytes = next_unit(&from, stream + bytes, ret_unit);
	while (unit_bytes && (**ret_unit & TYPE_MASK) != type);
	return unit_bytes;
}

size_t oriel_nal_make_config(const uint8_t *stream, size_t bytes, uint8_t *to)
{
	/* 4:4:4, 8 bits for brightness and colour, no further parameters. */
	static const uint8_t sampling[] = {0xfc | 3, 0xf8, 0xf8, 0};
	const uint8_t *sequence, *picture;
	size_t sequence_bytes = find_unit(stream, bytes, TYPE_SEQUENCE, &sequence);
	size_t picture_bytes = find_unit(stream, bytes, TYPE_PICTURE, &picture);
	uint8_t *at = to;

	if (sequence_bytes < 4 || !picture_bytes)
		return 0;
	*at++ = 1;
	/* Profile, what it keeps to, level. */
	memcpy(at, sequence + 1, 3);
	at += 3;
	*at++ = 0xfc | (LENGTH_BYTES - 1);
	*at++ = 0xe0 | 1;
	at = put_unit(at, sequence, sequence_bytes, 2);
	*at++ = 1;
	at = put_unit(at, picture, picture_bytes, 2);
	memcpy(at, sampling, sizeof sampling);
	return (size_t)(at + sizeof sampling - to);
}
