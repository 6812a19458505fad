/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/copy_kinds.h"

#include <windows.h>

#define ENTRIES_MAX 512

size_t oriel_copy_read_cache_bytes(void)
{
	static SYSTEM_LOGICAL_PROCESSOR_INFORMATION entries[ENTRIES_MAX];
	DWORD bytes = sizeof entries;
	size_t largest = 0;

	if (!GetLogicalProcessorInformation(entries, &bytes))
		return 0;
	for (size_t i = 0; i < bytes / sizeof entries[0]; i++)
		if (entries[i].Relationship == RelationCache && entries[i].Cache.Size > largest)
			largest = entries[i].Cache.Size;
	return largest;
}
