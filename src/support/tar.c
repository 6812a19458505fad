/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/tar.h"

#include <string.h>

#define BLOCK_BYTES 512u

/* Numbers are octal texts. */
struct header {
	char name[100];
	char mode[8], uid[8], gid[8];
	char size[12], time[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6], version[2];
	char user[32], group[32];
	char major[8], minor[8];
	char prefix[155];
	char padding[12];
};

G_STATIC_ASSERT(sizeof(struct header) == BLOCK_BYTES);

static void add_zeros(GByteArray *tar, gsize count)
{
	static const guint8 zeros[BLOCK_BYTES];

	g_byte_array_append(tar, zeros, (guint)count);
}

void oriel_tar_add(GByteArray *tar, const char *name, const char *data, gsize size, gint64 time_s)
{
	struct header header = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
	const guint8 *bytes = (const guint8 *)&header;
	guint sum = 0;

	g_return_if_fail(strlen(name) <= ORIEL_TAR_NAME_BYTES_MAX);
	g_strlcpy(header.name, name, sizeof header.name);
	g_strlcpy(header.mode, "0000600", sizeof header.mode);
	g_strlcpy(header.uid, "0000000", sizeof header.uid);
	g_strlcpy(header.gid, "0000000", sizeof header.gid);
	g_snprintf(header.size, sizeof header.size, "%011" G_GINT64_MODIFIER "o", (guint64)size);
	g_snprintf(header.time, sizeof header.time, "%011" G_GINT64_MODIFIER "o", (guint64)time_s);
	memset(header.checksum, ' ', sizeof header.checksum);
	for (guint i = 0; i < BLOCK_BYTES; i++)
		sum += bytes[i];
	g_snprintf(header.checksum, sizeof header.checksum, "%06o", sum);
	g_byte_array_append(tar, bytes, BLOCK_BYTES);
	g_byte_array_append(tar, (const guint8 *)data, (guint)size);
	add_zeros(tar, (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES);
}

void oriel_tar_finish(GByteArray *tar)
{
	add_zeros(tar, BLOCK_BYTES);
	add_zeros(tar, BLOCK_BYTES);
}
