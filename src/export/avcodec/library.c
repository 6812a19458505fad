/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/avcodec/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define TEXT(number) #number
#define NAME_OF(version) "libavcodec.so." TEXT(version)
/* Structures differ from one major version to the next. */
#define NAME NAME_OF(LIBAVCODEC_VERSION_MAJOR)

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define ROW(name) {#name, offsetof(struct oriel_avcodec_library, name)},
	ORIEL_AVCODEC_FUNCTIONS(ROW)
#undef ROW
};

static struct oriel_avcodec_library library;
static bool is_there;
static struct oriel_error reason;

static void load(void)
{
	void *handle = dlopen(NAME, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; handle && i < sizeof functions / sizeof functions[0]; i++) {
		void *function = dlsym(handle, functions[i].name);

		if (!function)
			handle = NULL;
		memcpy((char *)&library + functions[i].offset, &function, sizeof function);
	}
	is_there = handle;
	if (handle)
		library.av_log_set_level(AV_LOG_QUIET);
	else
		oriel_error_set(&reason, -ENOSYS,
			"recordings are not compressed: FFmpeg's %s cannot be loaded", NAME);
}

const struct oriel_avcodec_library *oriel_avcodec_library_get(struct oriel_error *error)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (is_there)
		return &library;
	if (error)
		*error = reason;
	return NULL;
}
