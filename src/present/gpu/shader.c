/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/shader.h"

#include <errno.h>
#include <libplacebo/renderer.h>
#include <stdlib.h>

#include "base/fd.h"

#define BYTES_MAX ((size_t)4 << 20)
#define TRIAL_PX 16

static int read_text(
	const char *path, char **ret_text, size_t *ret_bytes, struct oriel_error *error)
{
	char *text = malloc(BYTES_MAX + 1);
	ssize_t got = text ? oriel_fd_read_file(path, text, BYTES_MAX + 1) : -ENOMEM;

	if (got > 0) {
		*ret_text = text;
		*ret_bytes = (size_t)got;
		return 0;
	}
	free(text);
	if (!got)
		return oriel_error_set(error, -EINVAL, "the shader %s is empty", path);
	if (got == -EFBIG)
		return oriel_error_set(error, -EFBIG,
			"the shader %s is too large: it may have %zu MiB", path, BYTES_MAX >> 20);
	return oriel_error_set_errno(error, (int)got, "cannot read the shader %s", path);
}

static pl_tex make_texture(pl_gpu gpu, const void *pixels)
{
	pl_fmt format =
		pl_find_fmt(gpu, PL_FMT_UNORM, 4, 8, 8, PL_FMT_CAP_RENDERABLE | PL_FMT_CAP_LINEAR);

	if (!format)
		return NULL;
	return pl_tex_create(
		gpu, pl_tex_params(.w = TRIAL_PX, .h = TRIAL_PX, .format = format,
			     .renderable = true, .sampleable = true, .initial_data = pixels));
}

/* The driver looks at the shader only when something is drawn with it. */
static bool try_out(const struct oriel_gpu_device *device, const struct pl_hook *hook)
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

static int parse(struct oriel_gpu_shader *shader, size_t bytes, struct oriel_gpu_device *device,
	const char *path, struct oriel_error *error)
{
	bool is_good;

	/* What the driver complains about from here on is the shader. */
	device->is_open = false;
	device->complaint[0] = '\0';
	shader->hook = pl_mpv_user_shader_parse(device->gpu, shader->text, bytes);
	is_good = shader->hook && try_out(device, shader->hook) && !device->complaint[0];
	device->is_open = true;
	if (is_good)
		return 0;
	return oriel_error_set(error, -EINVAL, "%s is no shader in mpv's format that %s takes%s%s",
		path, device->ops->name, device->complaint[0] ? ": " : "", device->complaint);
}

int oriel_gpu_shader_open(struct oriel_gpu_shader *ret_shader, struct oriel_gpu_device *device,
	const char *path, struct oriel_error *error)
{
	struct oriel_gpu_shader shader = {0};
	size_t bytes = 0;
	int result;

	if (!path)
		return 0;
	result = read_text(path, &shader.text, &bytes, error);
	if (!result)
		result = parse(&shader, bytes, device, path, error);
	if (result)
		oriel_gpu_shader_close(&shader);
	else
		*ret_shader = shader;
	return result;
}

void oriel_gpu_shader_close(struct oriel_gpu_shader *shader)
{
	pl_mpv_user_shader_destroy(&shader->hook);
	free(shader->text);
	*shader = (struct oriel_gpu_shader){0};
}
