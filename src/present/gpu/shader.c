/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/shader.h"

#include <errno.h>
#include <libplacebo/renderer.h>
#include <stdio.h>
#include <stdlib.h>

#define BYTES_MAX ((size_t)4 << 20)
#define TRIAL_PX 16

static int read_file(
	const char *path, char **ret_text, size_t *ret_bytes, struct oriel_error *error)
{
	FILE *file = fopen(path, "re");
	char *text = file ? calloc(1, BYTES_MAX) : NULL;
	size_t bytes;
	int problem;

	if (!text) {
		problem = errno;
		if (file)
			fclose(file);
		return oriel_error_set_errno(error, -problem, "cannot read the shader %s", path);
	}
	bytes = fread(text, 1, BYTES_MAX, file);
	problem = ferror(file) ? EIO : 0;
	fclose(file);
	if (!problem && bytes && bytes < BYTES_MAX) {
		*ret_text = text;
		*ret_bytes = bytes;
		return 0;
	}
	free(text);
	return oriel_error_set(
		error, -EINVAL, "the shader %s is empty, unreadable or too large", path);
}

static pl_tex make_texture(pl_gpu gpu, const void *pixels)
{
	enum pl_fmt_caps caps = PL_FMT_CAP_RENDERABLE | PL_FMT_CAP_LINEAR;
	pl_fmt format = pl_find_fmt(gpu, PL_FMT_UNORM, 4, 8, 8, caps);

	if (!format)
		return NULL;
	return pl_tex_create(
		gpu, pl_tex_params(.w = TRIAL_PX, .h = TRIAL_PX, .format = format,
			     .renderable = true, .sampleable = true, .initial_data = pixels));
}

/* The driver looks at the shader only when something is drawn with it. */
static bool try_out(struct oriel_gpu_device *device, const struct pl_hook *hook)
{
	static const uint32_t pixels[TRIAL_PX * TRIAL_PX];
	struct pl_render_params params = pl_render_fast_params;
	struct pl_frame image = {.num_planes = 1,
		.planes = {{.components = 3, .component_mapping = {0, 1, 2}}},
		.repr = pl_color_repr_rgb,
		.color = pl_color_space_srgb};
	pl_renderer renderer = pl_renderer_create(device->log, device->gpu);
	struct pl_frame target = image;
	bool drawn;

	params.hooks = &hook;
	params.num_hooks = 1;
	image.planes[0].texture = make_texture(device->gpu, pixels);
	target.planes[0].texture = make_texture(device->gpu, pixels);
	drawn = renderer && image.planes[0].texture && target.planes[0].texture &&
		pl_render_image(renderer, &image, &target, &params);
	pl_gpu_finish(device->gpu);
	pl_renderer_destroy(&renderer);
	pl_tex_destroy(device->gpu, &image.planes[0].texture);
	pl_tex_destroy(device->gpu, &target.planes[0].texture);
	return drawn;
}

int oriel_gpu_shader_open(const struct pl_hook **ret_hook, char **ret_text,
	struct oriel_gpu_device *device, const char *path, struct oriel_error *error)
{
	const struct pl_hook *hook;
	char *text = NULL;
	size_t bytes = 0;
	int result = read_file(path, &text, &bytes, error);

	if (result)
		return result;
	/* What the driver complains about from here on is the shader. */
	device->is_open = false;
	device->complaint[0] = '\0';
	hook = pl_mpv_user_shader_parse(device->gpu, text, bytes);
	if (hook && try_out(device, hook) && !device->complaint[0]) {
		device->is_open = true;
		*ret_hook = hook;
		*ret_text = text;
		return 0;
	}
	pl_mpv_user_shader_destroy(&hook);
	free(text);
	return oriel_error_set(error, -EINVAL, "%s is no shader in mpv's format that %s takes%s%s",
		path, device->ops->name, device->complaint[0] ? ": " : "", device->complaint);
}
