/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/wayland/compositor.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wayland-server.h>

#include <content-type-v1-server-protocol.h>
#include <linux-dmabuf-unstable-v1-server-protocol.h>
#include <tearing-control-v1-server-protocol.h>
#include <viewporter-server-protocol.h>
#include <xdg-shell-server-protocol.h>

/* Far more than anything here takes, on however busy a machine. */
#define PATIENCE_S 60

struct buffer {
	struct wl_list link;
	struct test_compositor *compositor;
	struct wl_resource *resource; /* NULL: its client destroyed it */
	struct wl_listener destroyed;
	struct test_buffer what;
	void *mapped; /* its dma-buf; MAP_FAILED: it has none, or none that can be mapped */
	size_t mapped_bytes;
	unsigned shown; /* surfaces that show it */
	bool is_held;
};

struct surface {
	struct wl_list link;
	struct test_compositor *compositor;
	struct wl_resource *xdg_surface, *toplevel; /* NULL: no window */
	struct buffer *pending, *current;
	bool is_attached, is_configured;
};

struct test_compositor {
	struct test_compositor_options options;
	struct wl_display *display;
	struct wl_list buffers, surfaces;
	pthread_t thread;
	pthread_mutex_t lock; /* held while anything of libwayland's is used */
	pthread_cond_t changed;
	int wake_fd;
	bool is_over;
	enum test_dmabuf_answer answer;
	unsigned offers;
	struct test_hints hints;
	struct wl_global *screen; /* NULL: there is none */
	struct buffer *last[64];  /* committed, in that order; see wait_shown */
	unsigned commits;
};

static void fail(const char *what)
{
	perror(what);
	abort();
}

static void destroy_resource(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

/* ---- buffers --------------------------------------------------------------------------------- */

static void on_buffer_destroyed(struct wl_listener *listener, void *data)
{
	struct buffer *buffer = wl_container_of(listener, buffer, destroyed);

	buffer->resource = NULL;
	buffer->is_held = false;
}

static struct buffer *add_buffer(struct test_compositor *compositor, struct wl_resource *resource)
{
	struct buffer *buffer = calloc(1, sizeof *buffer);

	buffer->compositor = compositor;
	buffer->mapped = MAP_FAILED;
	buffer->resource = resource;
	buffer->destroyed.notify = on_buffer_destroyed;
	wl_resource_add_destroy_listener(resource, &buffer->destroyed);
	wl_list_insert(&compositor->buffers, &buffer->link);
	return buffer;
}

static void free_buffer(struct buffer *buffer)
{
	if (buffer->mapped != MAP_FAILED)
		munmap(buffer->mapped, buffer->mapped_bytes);
	free(buffer);
}

static struct buffer *find_buffer(struct test_compositor *compositor, struct wl_resource *resource)
{
	struct wl_shm_buffer *shm = wl_shm_buffer_get(resource);
	struct buffer *buffer;

	wl_list_for_each(
		buffer, &compositor->buffers, link) if (buffer->resource == resource) return buffer;
	buffer = add_buffer(compositor, resource);
	buffer->what = (struct test_buffer){
		.width_px = (uint32_t)wl_shm_buffer_get_width(shm),
		.height_px = (uint32_t)wl_shm_buffer_get_height(shm),
		.format = wl_shm_buffer_get_format(shm),
		.pitch_bytes = (uint32_t)wl_shm_buffer_get_stride(shm),
	};
	return buffer;
}

/* ---- surfaces -------------------------------------------------------------------------------- */

static void attach(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *buffer, int32_t x, int32_t y)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	surface->is_attached = true;
	surface->pending = buffer ? find_buffer(surface->compositor, buffer) : NULL;
}

static void show(struct surface *surface)
{
	struct test_compositor *compositor = surface->compositor;

	if (surface->current)
		surface->current->shown--;
	surface->current = surface->pending;
	surface->is_attached = false;
	if (!surface->current)
		return;
	surface->current->shown++;
	surface->current->is_held = true;
	compositor->last[compositor->commits++ % 64] = surface->current;
}

static void commit(struct wl_client *client, struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);
	struct wl_array states;

	if (surface->is_attached)
		show(surface);
	if (!surface->toplevel || surface->is_configured)
		return;
	surface->is_configured = true;
	wl_array_init(&states);
	xdg_toplevel_send_configure(surface->toplevel, 0, 0, &states);
	xdg_surface_send_configure(surface->xdg_surface, 1);
}

static void frame(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct wl_resource *callback = wl_resource_create(client, &wl_callback_interface, 1, id);

	wl_callback_send_done(callback, 0);
	wl_resource_destroy(callback);
}

static void ignore_damage(struct wl_client *client, struct wl_resource *resource, int32_t x,
	int32_t y, int32_t width, int32_t height)
{
}

static void ignore_region(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *region)
{
}

static void ignore_number(struct wl_client *client, struct wl_resource *resource, int32_t number)
{
}

static const struct wl_surface_interface surface_calls = {
	.destroy = destroy_resource,
	.attach = attach,
	.damage = ignore_damage,
	.frame = frame,
	.set_opaque_region = ignore_region,
	.set_input_region = ignore_region,
	.commit = commit,
	.set_buffer_transform = ignore_number,
	.set_buffer_scale = ignore_number,
	.damage_buffer = ignore_damage,
};

static void on_surface_destroyed(struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	if (surface->current)
		surface->current->shown--;
	wl_list_remove(&surface->link);
	free(surface);
}

static void create_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct surface *surface = calloc(1, sizeof *surface);
	struct wl_resource *made = wl_resource_create(
		client, &wl_surface_interface, wl_resource_get_version(resource), id);

	surface->compositor = wl_resource_get_user_data(resource);
	wl_list_insert(&surface->compositor->surfaces, &surface->link);
	wl_resource_set_implementation(made, &surface_calls, surface, on_surface_destroyed);
}

static const struct wl_region_interface region_calls = {
	destroy_resource, ignore_damage, ignore_damage};

static void create_region(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	wl_resource_set_implementation(
		wl_resource_create(client, &wl_region_interface, 1, id), &region_calls, NULL, NULL);
}

static const struct wl_compositor_interface compositor_calls = {create_surface, create_region};

/* ---- subsurfaces and viewports, which change nothing here ------------------------------------ */

static void ignore_place(
	struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y)
{
}

static void ignore(struct wl_client *client, struct wl_resource *resource)
{
}

static const struct wl_subsurface_interface subsurface_calls = {
	destroy_resource, ignore_place, ignore_region, ignore_region, ignore, ignore};

static void get_subsurface(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface, struct wl_resource *parent)
{
	wl_resource_set_implementation(wl_resource_create(client, &wl_subsurface_interface, 1, id),
		&subsurface_calls, NULL, NULL);
}

static const struct wl_subcompositor_interface subcompositor_calls = {
	destroy_resource, get_subsurface};

static void ignore_source(struct wl_client *client, struct wl_resource *resource, wl_fixed_t x,
	wl_fixed_t y, wl_fixed_t width, wl_fixed_t height)
{
}

static const struct wp_viewport_interface viewport_calls = {
	destroy_resource, ignore_source, ignore_place};

static void get_viewport(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface)
{
	wl_resource_set_implementation(wl_resource_create(client, &wp_viewport_interface, 1, id),
		&viewport_calls, NULL, NULL);
}

static const struct wp_viewporter_interface viewporter_calls = {destroy_resource, get_viewport};

/* ---- windows --------------------------------------------------------------------------------- */

static void ignore_text(struct wl_client *client, struct wl_resource *resource, const char *text)
{
}

static void set_fullscreen(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *output)
{
	struct test_compositor *compositor = wl_resource_get_user_data(resource);

	compositor->hints.fullscreens++;
	compositor->hints.has_named = output;
}

static const struct xdg_toplevel_interface toplevel_calls = {
	.destroy = destroy_resource,
	.set_title = ignore_text,
	.set_app_id = ignore_text,
	.set_fullscreen = set_fullscreen,
	.unset_fullscreen = ignore,
};

static void get_toplevel(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	surface->toplevel = wl_resource_create(client, &xdg_toplevel_interface, 1, id);
	wl_resource_set_implementation(
		surface->toplevel, &toplevel_calls, surface->compositor, NULL);
}

static void ignore_serial(struct wl_client *client, struct wl_resource *resource, uint32_t serial)
{
}

static const struct xdg_surface_interface xdg_surface_calls = {
	.destroy = destroy_resource, .get_toplevel = get_toplevel, .ack_configure = ignore_serial};

static void get_xdg_surface(
	struct wl_client *client, struct wl_resource *resource, uint32_t id, struct wl_resource *on)
{
	struct surface *surface = wl_resource_get_user_data(on);

	surface->xdg_surface = wl_resource_create(client, &xdg_surface_interface, 1, id);
	wl_resource_set_implementation(surface->xdg_surface, &xdg_surface_calls, surface, NULL);
}

static const struct xdg_wm_base_interface wm_base_calls = {
	.destroy = destroy_resource, .get_xdg_surface = get_xdg_surface};

/* ---- hints ----------------------------------------------------------------------------------- */

static void set_content(struct wl_client *client, struct wl_resource *resource, uint32_t content)
{
	struct test_compositor *compositor = wl_resource_get_user_data(resource);

	compositor->hints.content = content;
}

static const struct wp_content_type_v1_interface content_calls = {destroy_resource, set_content};

static void get_content(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface)
{
	struct test_compositor *compositor = wl_resource_get_user_data(resource);

	compositor->hints.has_content = true;
	wl_resource_set_implementation(
		wl_resource_create(client, &wp_content_type_v1_interface, 1, id), &content_calls,
		compositor, NULL);
}

static const struct wp_content_type_manager_v1_interface content_type_calls = {
	destroy_resource, get_content};

static void set_tearing(struct wl_client *client, struct wl_resource *resource, uint32_t hint)
{
	struct test_compositor *compositor = wl_resource_get_user_data(resource);

	compositor->hints.tearing = hint;
}

static const struct wp_tearing_control_v1_interface tearing_calls = {set_tearing, destroy_resource};

static void get_tearing(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface)
{
	struct test_compositor *compositor = wl_resource_get_user_data(resource);

	compositor->hints.has_tearing = true;
	wl_resource_set_implementation(
		wl_resource_create(client, &wp_tearing_control_v1_interface, 1, id), &tearing_calls,
		compositor, NULL);
}

static const struct wp_tearing_control_manager_v1_interface tearing_control_calls = {
	destroy_resource, get_tearing};

/* ---- dma-bufs -------------------------------------------------------------------------------- */

struct params {
	struct test_compositor *compositor;
	struct test_buffer what;
	int fd; /* -1: none was added */
};

static void add_plane(struct wl_client *client, struct wl_resource *resource, int32_t fd,
	uint32_t plane, uint32_t offset, uint32_t stride, uint32_t modifier_high,
	uint32_t modifier_low)
{
	struct params *params = wl_resource_get_user_data(resource);
	struct stat status;

	if (plane || fstat(fd, &status))
		abort();
	params->what.offset_bytes = offset;
	params->what.pitch_bytes = stride;
	params->what.modifier = (uint64_t)modifier_high << 32 | modifier_low;
	params->what.inode = status.st_ino;
	params->fd = fd;
}

static const struct wl_buffer_interface buffer_calls = {destroy_resource};

/* As a compositor without a graphics device would read it. */
static void map_dmabuf(struct buffer *buffer, int fd)
{
	struct test_buffer *what = &buffer->what;

	buffer->mapped_bytes = what->offset_bytes + (size_t)what->pitch_bytes * what->height_px;
	buffer->mapped = mmap(NULL, buffer->mapped_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (buffer->mapped != MAP_FAILED)
		what->pixels = (const uint8_t *)buffer->mapped + what->offset_bytes;
}

static void create_dmabuf(struct wl_client *client, struct wl_resource *resource, int32_t width,
	int32_t height, uint32_t format, uint32_t flags)
{
	struct params *params = wl_resource_get_user_data(resource);
	struct test_compositor *compositor = params->compositor;
	struct wl_resource *made;
	struct buffer *buffer;

	compositor->offers++;
	if (compositor->answer == TEST_DMABUF_REFUSED)
		zwp_linux_buffer_params_v1_send_failed(resource);
	if (compositor->answer != TEST_DMABUF_TAKEN)
		return;
	params->what.is_dmabuf = true;
	params->what.width_px = (uint32_t)width;
	params->what.height_px = (uint32_t)height;
	params->what.format = format;
	made = wl_resource_create(client, &wl_buffer_interface, 1, 0);
	wl_resource_set_implementation(made, &buffer_calls, NULL, NULL);
	buffer = add_buffer(compositor, made);
	buffer->what = params->what;
	map_dmabuf(buffer, params->fd);
	zwp_linux_buffer_params_v1_send_created(resource, made);
}

static const struct zwp_linux_buffer_params_v1_interface params_calls = {
	.destroy = destroy_resource, .add = add_plane, .create = create_dmabuf};

static void on_params_destroyed(struct wl_resource *resource)
{
	struct params *params = wl_resource_get_user_data(resource);

	if (params->fd >= 0)
		close(params->fd);
	free(params);
}

static void create_params(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct params *params = calloc(1, sizeof *params);

	params->fd = -1;
	params->compositor = wl_resource_get_user_data(resource);
	wl_resource_set_implementation(
		wl_resource_create(client, &zwp_linux_buffer_params_v1_interface,
			wl_resource_get_version(resource), id),
		&params_calls, params, on_params_destroyed);
}

static const struct zwp_linux_dmabuf_v1_interface dmabuf_calls = {
	.destroy = destroy_resource, .create_params = create_params};

static void send_formats(struct test_compositor *compositor, struct wl_resource *resource)
{
	static const char *const formats[] = {"XR24", "XB24"};
	uint64_t modifier = compositor->options.dmabuf_modifier;
	uint32_t code;

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		memcpy(&code, formats[i], sizeof code);
		zwp_linux_dmabuf_v1_send_modifier(
			resource, code, (uint32_t)(modifier >> 32), (uint32_t)modifier);
	}
}

/* ---- what it offers -------------------------------------------------------------------------- */

static void take(struct wl_client *client, struct test_compositor *compositor,
	const struct wl_interface *interface, const void *calls, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = wl_resource_create(client, interface, (int)version, id);

	wl_resource_set_implementation(resource, calls, compositor, NULL);
	if (interface == &zwp_linux_dmabuf_v1_interface)
		send_formats(compositor, resource);
}

/* clang-format off */
#define BIND(name, interface)                                                                      \
	static void bind_##name(                                                                   \
		struct wl_client *client, void *data, uint32_t version, uint32_t id)               \
	{                                                                                          \
		take(client, data, &interface, &name##_calls, version, id);                        \
	}

BIND(compositor, wl_compositor_interface)
BIND(subcompositor, wl_subcompositor_interface)
BIND(viewporter, wp_viewporter_interface)
BIND(wm_base, xdg_wm_base_interface)
BIND(content_type, wp_content_type_manager_v1_interface)
BIND(tearing_control, wp_tearing_control_manager_v1_interface)
BIND(dmabuf, zwp_linux_dmabuf_v1_interface)
/* clang-format on */

static const struct wl_output_interface output_calls = {destroy_resource};

static void bind_output(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct test_compositor *compositor = data;
	struct wl_resource *resource =
		wl_resource_create(client, &wl_output_interface, (int)version, id);

	wl_resource_set_implementation(resource, &output_calls, compositor, NULL);
	wl_output_send_name(resource, compositor->options.output);
	wl_output_send_done(resource);
}

static void offer(struct test_compositor *compositor)
{
	uint32_t hints = compositor->options.has_hints;
	const struct {
		const struct wl_interface *interface;
		uint32_t version; /* 0: not at all */
		wl_global_bind_func_t bind;
	} globals[] = {
		{&wl_compositor_interface, 4, bind_compositor},
		{&wl_subcompositor_interface, 1, bind_subcompositor},
		{&wp_viewporter_interface, 1, bind_viewporter},
		{&xdg_wm_base_interface, 1, bind_wm_base},
		{&wp_content_type_manager_v1_interface, hints, bind_content_type},
		{&wp_tearing_control_manager_v1_interface, hints, bind_tearing_control},
		{&zwp_linux_dmabuf_v1_interface, compositor->options.dmabuf_version, bind_dmabuf},
	};

	for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
		if (globals[i].version)
			wl_global_create(compositor->display, globals[i].interface,
				(int)globals[i].version, compositor, globals[i].bind);
	if (compositor->options.output)
		compositor->screen = wl_global_create(
			compositor->display, &wl_output_interface, 4, compositor, bind_output);
	wl_display_init_shm(compositor->display);
	wl_display_add_shm_format(compositor->display, WL_SHM_FORMAT_XBGR8888);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void *run(void *data)
{
	struct test_compositor *compositor = data;
	struct wl_event_loop *loop = wl_display_get_event_loop(compositor->display);
	struct pollfd waits[] = {
		{wl_event_loop_get_fd(loop), POLLIN, 0}, {compositor->wake_fd, POLLIN, 0}};
	bool is_over = false;

	while (!is_over) {
		poll(waits, 2, -1);
		pthread_mutex_lock(&compositor->lock);
		wl_event_loop_dispatch(loop, 0);
		wl_display_flush_clients(compositor->display);
		is_over = compositor->is_over;
		pthread_cond_broadcast(&compositor->changed);
		pthread_mutex_unlock(&compositor->lock);
	}
	return NULL;
}

static void connect_next(struct test_compositor *compositor)
{
	char number[16];
	int fds[2];

	/* libwayland closes the client's end as soon as it has it. */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		fail("socketpair");
	if (!wl_client_create(compositor->display, fds[0]))
		fail("wl_client_create");
	snprintf(number, sizeof number, "%d", fds[1]);
	setenv("WAYLAND_SOCKET", number, true);
}

struct test_compositor *test_compositor_start(const struct test_compositor_options *options)
{
	struct test_compositor *compositor = calloc(1, sizeof *compositor);

	compositor->options = *options;
	compositor->display = wl_display_create();
	compositor->wake_fd = eventfd(0, EFD_CLOEXEC);
	wl_list_init(&compositor->buffers);
	wl_list_init(&compositor->surfaces);
	pthread_mutex_init(&compositor->lock, NULL);
	pthread_cond_init(&compositor->changed, NULL);
	offer(compositor);
	connect_next(compositor);
	if (pthread_create(&compositor->thread, NULL, run, compositor))
		fail("pthread_create");
	return compositor;
}

void test_compositor_stop(struct test_compositor *compositor)
{
	struct buffer *buffer, *next;
	uint64_t one = 1;

	pthread_mutex_lock(&compositor->lock);
	compositor->is_over = true;
	pthread_mutex_unlock(&compositor->lock);
	if (write(compositor->wake_fd, &one, sizeof one) < 0)
		fail("write");
	pthread_join(compositor->thread, NULL);
	wl_display_destroy_clients(compositor->display);
	wl_display_destroy(compositor->display);
	wl_list_for_each_safe(buffer, next, &compositor->buffers, link) free_buffer(buffer);
	close(compositor->wake_fd);
	pthread_cond_destroy(&compositor->changed);
	pthread_mutex_destroy(&compositor->lock);
	free(compositor);
}

/* ---- the test's calls ------------------------------------------------------------------------ */

void test_compositor_answer(struct test_compositor *compositor, enum test_dmabuf_answer answer)
{
	pthread_mutex_lock(&compositor->lock);
	compositor->answer = answer;
	pthread_mutex_unlock(&compositor->lock);
}

unsigned test_compositor_count_offers(struct test_compositor *compositor)
{
	unsigned offers;

	pthread_mutex_lock(&compositor->lock);
	offers = compositor->offers;
	pthread_mutex_unlock(&compositor->lock);
	return offers;
}

struct test_hints test_compositor_get_hints(struct test_compositor *compositor)
{
	struct test_hints hints;

	pthread_mutex_lock(&compositor->lock);
	hints = compositor->hints;
	pthread_mutex_unlock(&compositor->lock);
	return hints;
}

void test_compositor_unplug(struct test_compositor *compositor)
{
	pthread_mutex_lock(&compositor->lock);
	wl_global_destroy(compositor->screen);
	compositor->screen = NULL;
	pthread_mutex_unlock(&compositor->lock);
}

static bool is_of_size(const struct buffer *buffer, uint32_t width_px, uint32_t height_px)
{
	return buffer->what.width_px == width_px && buffer->what.height_px == height_px;
}

static struct buffer *find_shown(
	struct test_compositor *compositor, uint32_t width_px, uint32_t height_px, unsigned count)
{
	struct buffer *last = NULL;

	for (unsigned i = 0; i < compositor->commits && i < 64; i++)
		if (is_of_size(compositor->last[i], width_px, height_px) && count-- == 1)
			last = compositor->last[i];
	return last;
}

static void wait_change(struct test_compositor *compositor)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_S;
	if (pthread_cond_timedwait(&compositor->changed, &compositor->lock, &end)) {
		fprintf(stderr, "the client does not commit what is waited for\n");
		abort();
	}
}

struct test_buffer test_compositor_wait_shown(
	struct test_compositor *compositor, uint32_t width_px, uint32_t height_px, unsigned count)
{
	struct test_buffer what;
	struct buffer *buffer;

	pthread_mutex_lock(&compositor->lock);
	while (!(buffer = find_shown(compositor, width_px, height_px, count)))
		wait_change(compositor);
	what = buffer->what;
	if (!what.is_dmabuf && buffer->resource)
		what.pixels = wl_shm_buffer_get_data(wl_shm_buffer_get(buffer->resource));
	pthread_mutex_unlock(&compositor->lock);
	return what;
}

void test_compositor_let_go(struct test_compositor *compositor)
{
	struct buffer *buffer;

	pthread_mutex_lock(&compositor->lock);
	wl_list_for_each(buffer, &compositor->buffers, link)
	{
		if (buffer->is_held && !buffer->shown && buffer->resource)
			wl_buffer_send_release(buffer->resource);
		buffer->is_held = buffer->is_held && buffer->shown;
	}
	wl_display_flush_clients(compositor->display);
	pthread_mutex_unlock(&compositor->lock);
}
