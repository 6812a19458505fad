/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/glcorearb.h>
#include <errno.h>
#include <libplacebo/opengl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "present/gpu/device.h"

struct opengl {
	struct oriel_gpu_device base;
	pl_opengl opengl;
	EGLDisplay display;
	EGLContext context;
	EGLSurface surface; /* none: there is no window */
	PFNGLGETSTRINGPROC get_string;
	PFNGLBINDTEXTUREPROC bind_texture;
	PFNGLTEXIMAGE2DPROC set_image;
	PFNGLBINDFRAMEBUFFERPROC bind_framebuffer;
	PFNGLBLITFRAMEBUFFERPROC blit_framebuffer;
};

static bool open_display(struct opengl *opengl)
{
	const struct oriel_gpu_surface_ops *ops = opengl->base.window.ops;

	opengl->display = eglGetPlatformDisplay(
		ops->egl_platform, ops->get_egl_display(&opengl->base.window), NULL);
	return opengl->display != EGL_NO_DISPLAY && eglInitialize(opengl->display, NULL, NULL) &&
	       eglBindAPI(EGL_OPENGL_API);
}

static bool has_window(const struct opengl *opengl)
{
	return opengl->base.window.native.kind != ORIEL_NATIVE_HEADLESS;
}

static bool choose_config(struct opengl *opengl, EGLConfig *ret_config)
{
	const EGLint wanted[] = {EGL_SURFACE_TYPE, has_window(opengl) ? EGL_WINDOW_BIT : 0,
		EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};
	EGLConfig configs[256];
	EGLint count = 0, red = 0;

	if (!eglChooseConfig(opengl->display, wanted, configs, 256, &count))
		return false;
	for (EGLint i = 0; i < count; i++) {
		if (!opengl->base.window.ops->takes_egl_config(
			    &opengl->base.window, opengl->display, configs[i]))
			continue;
		eglGetConfigAttrib(opengl->display, configs[i], EGL_RED_SIZE, &red);
		opengl->base.has_deep_window = red >= 10;
		*ret_config = configs[i];
		return true;
	}
	return false;
}

static void bind_rt(struct oriel_gpu_device *device)
{
	struct opengl *opengl = (struct opengl *)device;

	eglMakeCurrent(opengl->display, opengl->surface, opengl->surface, opengl->context);
}

static void unbind_rt(struct oriel_gpu_device *device)
{
	struct opengl *opengl = (struct opengl *)device;

	eglMakeCurrent(opengl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
}

static bool open_surface(struct opengl *opengl, EGLConfig config)
{
	void *window = opengl->base.window.ops->make_egl_window(&opengl->base.window);

	if (window)
		opengl->surface =
			eglCreatePlatformWindowSurface(opengl->display, config, window, NULL);
	return opengl->surface != EGL_NO_SURFACE;
}

static bool open_context(struct opengl *opengl, const struct oriel_present_options *options)
{
	static const EGLint version[] = {
		EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 3, EGL_NONE};
	EGLConfig config;

	if (!choose_config(opengl, &config))
		return false;
	opengl->context = eglCreateContext(opengl->display, config, EGL_NO_CONTEXT, version);
	if (opengl->context == EGL_NO_CONTEXT)
		return false;
	if (has_window(opengl) && !open_surface(opengl, config))
		return false;
	if (!eglMakeCurrent(opengl->display, opengl->surface, opengl->surface, opengl->context))
		return false;
	/* In Wayland a picture is shown at the next refresh in any case, and drivers that wait for
	 * their turn wait without an end where nobody sees the window. */
	if (has_window(opengl))
		eglSwapInterval(opengl->display,
			options->swap == ORIEL_SWAP_VSYNC &&
				opengl->base.window.native.kind != ORIEL_NATIVE_WAYLAND);
	return true;
}

static bool open_device(struct opengl *opengl, const struct oriel_present_options *options)
{
	opengl->opengl = pl_opengl_create(opengl->base.log,
		pl_opengl_params(.allow_software = !options->hardware_only,
			.egl_display = opengl->display, .egl_context = opengl->context));
	if (opengl->opengl)
		opengl->base.gpu = opengl->opengl->gpu;
	return opengl->opengl;
}

static void find_functions(struct opengl *opengl)
{
	opengl->get_string = (PFNGLGETSTRINGPROC)eglGetProcAddress("glGetString");
	opengl->bind_texture = (PFNGLBINDTEXTUREPROC)eglGetProcAddress("glBindTexture");
	opengl->set_image = (PFNGLTEXIMAGE2DPROC)eglGetProcAddress("glTexImage2D");
	opengl->bind_framebuffer = (PFNGLBINDFRAMEBUFFERPROC)eglGetProcAddress("glBindFramebuffer");
	opengl->blit_framebuffer = (PFNGLBLITFRAMEBUFFERPROC)eglGetProcAddress("glBlitFramebuffer");
}

static void note_model(struct opengl *opengl)
{
	snprintf(opengl->base.model, sizeof opengl->base.model, "%s",
		(const char *)opengl->get_string(GL_RENDERER));
	opengl->base.is_processor =
		strstr(opengl->base.model, "llvmpipe") || strstr(opengl->base.model, "softpipe");
}

/* Mesa keeps a texture with the red first when it is asked for with so many bits, but its windows
 * with the blue first, as the pixels come. Asked for without bits, it goes by the pixels. */
static void store_as_window(struct oriel_gpu_device *device, pl_tex texture)
{
	struct opengl *opengl = (struct opengl *)device;
	unsigned int target, name = pl_opengl_unwrap(device->gpu, texture, &target, NULL, NULL);

	opengl->bind_texture(target, name);
	opengl->set_image(target, 0, GL_RGBA, texture->params.w, texture->params.h, 0, GL_BGRA,
		GL_UNSIGNED_BYTE, NULL);
	opengl->bind_texture(target, 0);
}

/* libplacebo does not copy to a window, whose format it does not know. */
static void copy_to_window_rt(
	const struct oriel_gpu_device *device, const struct pl_tex_blit_params *params)
{
	const struct opengl *opengl = (const struct opengl *)device;
	const struct pl_rect3d *from = &params->src_rc, *to = &params->dst_rc;
	unsigned int source = 0, window = 0;

	pl_opengl_unwrap(device->gpu, params->src, NULL, NULL, &source);
	if (!has_window(opengl))
		pl_opengl_unwrap(device->gpu, params->dst, NULL, NULL, &window);
	opengl->bind_framebuffer(GL_READ_FRAMEBUFFER, source);
	opengl->bind_framebuffer(GL_DRAW_FRAMEBUFFER, window);
	opengl->blit_framebuffer(from->x0, from->y0, from->x1, from->y1, to->x0, to->y0, to->x1,
		to->y1, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	opengl->bind_framebuffer(GL_READ_FRAMEBUFFER, 0);
	opengl->bind_framebuffer(GL_DRAW_FRAMEBUFFER, 0);
}

static void resize(struct oriel_gpu_device *device, uint32_t width_px, uint32_t height_px)
{
	struct oriel_gpu_surface *window = &device->window;

	if (window->ops->resize_egl_window)
		window->ops->resize_egl_window(window, width_px, height_px);
}

static void swap_buffers(void *data)
{
	struct opengl *opengl = data;

	eglSwapBuffers(opengl->display, opengl->surface);
}

static bool open_swapchain(struct opengl *opengl)
{
	if (!has_window(opengl))
		return true;
	opengl->base.swapchain = pl_opengl_create_swapchain(
		opengl->opengl, pl_opengl_swapchain_params(.swap_buffers = swap_buffers,
					.priv = opengl, .max_swapchain_depth = 1));
	return opengl->base.swapchain;
}

static void close_display(struct opengl *opengl)
{
	if (opengl->display == EGL_NO_DISPLAY)
		return;
	unbind_rt(&opengl->base);
	if (opengl->surface != EGL_NO_SURFACE)
		eglDestroySurface(opengl->display, opengl->surface);
	if (opengl->context != EGL_NO_CONTEXT)
		eglDestroyContext(opengl->display, opengl->context);
	/* The display without a surface is everybody's in this process. */
	if (has_window(opengl))
		eglTerminate(opengl->display);
}

static void close_device(struct oriel_gpu_device *device)
{
	struct opengl *opengl = (struct opengl *)device;

	if (!opengl)
		return;
	pl_swapchain_destroy(&opengl->base.swapchain);
	pl_opengl_destroy(&opengl->opengl);
	close_display(opengl);
	oriel_gpu_surface_close(&opengl->base.window);
	oriel_gpu_device_finish(&opengl->base);
	free(opengl);
}

static const char *open_parts(struct opengl *opengl, const struct oriel_native *native,
	const struct oriel_present_options *options)
{
	if (!oriel_gpu_surface_open(&opengl->base.window, native))
		return "there is no window";
	if (!open_display(opengl))
		return "no driver is installed";
	if (!open_context(opengl, options))
		return "the window cannot be drawn on";
	if (!open_device(opengl, options))
		return "the driver cannot do what is needed";
	find_functions(opengl);
	/* Its configuration was chosen for that. */
	opengl->base.is_opaque = true;
	note_model(opengl);
	return open_swapchain(opengl) ? NULL : "pictures cannot be put on the window";
}

static int open(struct oriel_gpu_device **ret_device, const struct oriel_native *native,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	struct opengl *opengl = calloc(1, sizeof *opengl);
	const char *failed;
	int result;

	if (!opengl)
		return oriel_error_set_errno(error, -ENOMEM, "OpenGL");
	oriel_gpu_device_init(&opengl->base, &oriel_gpu_device_opengl);
	failed = open_parts(opengl, native, options);
	if (!failed) {
		opengl->base.is_open = true;
		*ret_device = &opengl->base;
		return 0;
	}
	result = oriel_gpu_device_refuse(&opengl->base, failed, error);
	close_device(&opengl->base);
	return result;
}

const struct oriel_gpu_device_ops oriel_gpu_device_opengl = {
	.name = "OpenGL",
	.copies_any_order = true,
	.open = open,
	.close = close_device,
	.store_as_window = store_as_window,
	.copy_to_window_rt = copy_to_window_rt,
	.resize = resize,
	.bind_rt = bind_rt,
	.unbind_rt = unbind_rt,
};
