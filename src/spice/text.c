/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/text.h"

GBytes *oriel_spice_text_to_crlf(const void *data, gsize size)
{
	const guint8 *text = data;
	GByteArray *made = g_byte_array_sized_new((guint)size);

	for (gsize i = 0; i < size; i++) {
		if (text[i] == '\n' && (!i || text[i - 1] != '\r'))
			g_byte_array_append(made, (const guint8 *)"\r", 1);
		g_byte_array_append(made, &text[i], 1);
	}
	return g_byte_array_free_to_bytes(made);
}

GBytes *oriel_spice_text_from_crlf(const void *data, gsize size)
{
	const guint8 *text = data;
	GByteArray *made = g_byte_array_sized_new((guint)size);

	while (size && !text[size - 1])
		size--;
	for (gsize i = 0; i < size; i++)
		if (text[i] != '\r' || i + 1 == size || text[i + 1] != '\n')
			g_byte_array_append(made, &text[i], 1);
	return g_byte_array_free_to_bytes(made);
}
