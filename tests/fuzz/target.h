/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fuzz target is one file that defines LLVMFuzzerTestOneInput(): libFuzzer calls it with inputs
 * of its own making, and the ordinary test run with those of tests/corpus. Its input is a script:
 * bytes that are read one after the other and mean zero when there are no more.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, which is how libFuzzer and the replay learn of a broken promise. */
#define fuzz_require(condition)                                                                    \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

struct fuzz_script {
	const uint8_t *at, *end;
};

/* Copies bytes, as far as there are any; returns how many there were. */
static inline size_t fuzz_read(struct fuzz_script *script, void *to, size_t bytes)
{
	size_t left = (size_t)(script->end - script->at);

	if (bytes > left)
		bytes = left;
	if (bytes)
		memcpy(to, script->at, bytes);
	script->at += bytes;
	return bytes;
}

static inline uint8_t fuzz_u8(struct fuzz_script *script)
{
	uint8_t value = 0;

	fuzz_read(script, &value, sizeof value);
	return value;
}

static inline uint16_t fuzz_u16(struct fuzz_script *script)
{
	uint16_t value = 0;

	fuzz_read(script, &value, sizeof value);
	return value;
}

static inline uint32_t fuzz_u32(struct fuzz_script *script)
{
	uint32_t value = 0;

	fuzz_read(script, &value, sizeof value);
	return value;
}

/* Reads every byte, so that a sanitizer or the kernel objects where there are none. */
static inline void fuzz_touch(const uint8_t *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		(void)*(const volatile uint8_t *)(at + i);
}

/* A clock that moves by itself at every look, so that waiting for a lock that is held for ever
 * takes no time, and the same input always does the same. */
void fuzz_set_clock_ns(uint64_t now_ns);
void fuzz_advance_clock_ns(uint64_t by_ns);

#endif
