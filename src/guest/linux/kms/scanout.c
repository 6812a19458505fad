/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/kms/scanout.h"

#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/time.h"

#define KEEP_NS (500 * ORIEL_NS_PER_MS)

struct format {
	uint32_t fourcc;
	const struct oriel_pixels_way *way;
};

static const struct format formats[] = {
	{DRM_FORMAT_XRGB8888, &oriel_pixels_bgra},
	{DRM_FORMAT_ARGB8888, &oriel_pixels_bgra},
	{DRM_FORMAT_XBGR8888, &oriel_pixels_rgba},
	{DRM_FORMAT_ABGR8888, &oriel_pixels_rgba},
	{DRM_FORMAT_XBGR2101010, &oriel_pixels_rgba10},
	{DRM_FORMAT_ABGR2101010, &oriel_pixels_rgba10},
	{DRM_FORMAT_XRGB2101010, &oriel_pixels_from_bgra10},
	{DRM_FORMAT_ARGB2101010, &oriel_pixels_from_bgra10},
	{DRM_FORMAT_RGB565, &oriel_pixels_from_rgb565},
};

static const struct oriel_pixels_way *find_way(uint32_t fourcc)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (formats[i].fourcc == fourcc)
			return formats[i].way;
	return NULL;
}

/* ---- mappings ------------------------------------------------------------------------------- */

static void unmap(struct oriel_kms_mapping *mapping)
{
	if (mapping->base)
		munmap(mapping->base, mapping->size_bytes);
	oriel_fd_close(&mapping->dmabuf_fd);
	*mapping = (struct oriel_kms_mapping){.dmabuf_fd = -1};
}

void oriel_kms_scanout_init(struct oriel_kms_scanout *scanout, const struct oriel_kms_card *card)
{
	*scanout = (struct oriel_kms_scanout){.card = card};
	for (size_t i = 0; i < ORIEL_KMS_MAPPINGS; i++)
		scanout->mappings[i].dmabuf_fd = -1;
}

void oriel_kms_scanout_finish(struct oriel_kms_scanout *scanout)
{
	for (size_t i = 0; i < ORIEL_KMS_MAPPINGS; i++)
		unmap(&scanout->mappings[i]);
}

/* A dead buffer must not be held: it may lie in scarce video memory. */
static void drop_unused(struct oriel_kms_scanout *scanout, uint64_t now_ns)
{
	for (size_t i = 0; i < ORIEL_KMS_MAPPINGS; i++)
		if (scanout->mappings[i].base && scanout->mappings[i].used_ns + KEEP_NS < now_ns)
			unmap(&scanout->mappings[i]);
}

static struct oriel_kms_mapping *find_mapping(
	struct oriel_kms_scanout *scanout, uint64_t key, size_t size_bytes, bool is_dmabuf)
{
	for (size_t i = 0; i < ORIEL_KMS_MAPPINGS; i++) {
		struct oriel_kms_mapping *mapping = &scanout->mappings[i];

		if (mapping->base && mapping->key == key && mapping->size_bytes == size_bytes &&
			(mapping->dmabuf_fd >= 0) == is_dmabuf)
			return mapping;
	}
	return NULL;
}

/* An unused one, or the one unused for longest. */
static struct oriel_kms_mapping *make_room(struct oriel_kms_scanout *scanout)
{
	struct oriel_kms_mapping *oldest = &scanout->mappings[0];

	for (size_t i = 1; i < ORIEL_KMS_MAPPINGS; i++)
		if (scanout->mappings[i].used_ns < oldest->used_ns)
			oldest = &scanout->mappings[i];
	unmap(oldest);
	return oldest;
}

/*
 * Numbers of frame buffers are used again for others, so they name nothing. The offset at which the
 * card maps a buffer's memory is its own for as long as that memory is mapped by us.
 */
static int map_by_card(struct oriel_kms_scanout *scanout, uint32_t handle, size_t size_bytes,
	struct oriel_kms_mapping **ret_mapping)
{
	struct drm_mode_map_dumb dumb = {.handle = handle};
	struct oriel_kms_mapping *mapping;
	void *base;
	int rc = oriel_kms_ioctl(scanout->card->fd, DRM_IOCTL_MODE_MAP_DUMB, &dumb);

	if (rc)
		return rc;
	mapping = find_mapping(scanout, dumb.offset, size_bytes, false);
	if (!mapping) {
		base = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, scanout->card->fd,
			(off_t)dumb.offset);
		if (base == MAP_FAILED)
			return -errno;
		mapping = make_room(scanout);
		mapping->base = base;
		mapping->size_bytes = size_bytes;
		mapping->key = dumb.offset;
	}
	*ret_mapping = mapping;
	return 0;
}

/* For drivers that map only what was made as a dumb buffer. */
static int map_by_prime(struct oriel_kms_scanout *scanout, uint32_t handle, size_t size_bytes,
	struct oriel_kms_mapping **ret_mapping)
{
	struct drm_prime_handle prime = {.handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR};
	struct oriel_kms_mapping *mapping;
	struct stat status;
	void *base;
	int fd ORIEL_FD_AUTO = -1;
	int rc = oriel_kms_ioctl(scanout->card->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	if (rc)
		return rc;
	fd = prime.fd;
	if (fstat(fd, &status))
		return -errno;
	mapping = find_mapping(scanout, status.st_ino, size_bytes, true);
	if (!mapping) {
		base = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, fd, 0);
		if (base == MAP_FAILED)
			return -errno;
		mapping = make_room(scanout);
		mapping->base = base;
		mapping->size_bytes = size_bytes;
		mapping->key = status.st_ino;
		mapping->dmabuf_fd = oriel_fd_steal(&fd);
	}
	*ret_mapping = mapping;
	return 0;
}

/* ---- frame buffers -------------------------------------------------------------------------- */

static int check_buffer(const struct drm_mode_fb_cmd2 *fb, const struct oriel_kms_card *card,
	struct oriel_error *error)
{
	if (!fb->handles[0])
		return oriel_error_set(error, -EACCES,
			"not allowed to read the screen of %s: run oriel-guest as root",
			card->path);
	if ((fb->flags & DRM_MODE_FB_MODIFIERS) && fb->modifier[0] != DRM_FORMAT_MOD_LINEAR &&
		fb->modifier[0] != DRM_FORMAT_MOD_INVALID)
		return oriel_error_set(error, -ENOTSUP,
			"the screen of %s (%s) is stored in tiles (modifier 0x%llx) that cannot be "
			"read: use --capture x11",
			card->path, card->driver, (unsigned long long)fb->modifier[0]);
	if (!find_way(fb->pixel_format))
		return oriel_error_set(error, -ENOTSUP,
			"the screen of %s (%s) has the pixel format %.4s, which is not supported",
			card->path, card->driver, (const char *)&fb->pixel_format);
	return 0;
}

static void close_handles(int fd, const struct drm_mode_fb_cmd2 *fb)
{
	for (size_t i = 0; i < 4; i++) {
		struct drm_gem_close gem = {.handle = fb->handles[i]};
		bool is_repeated = false;

		for (size_t j = 0; j < i; j++)
			is_repeated |= fb->handles[j] == fb->handles[i];
		if (gem.handle && !is_repeated)
			oriel_kms_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &gem);
	}
}

static int view_buffer(struct oriel_kms_scanout *scanout, const struct drm_mode_fb_cmd2 *fb,
	uint64_t now_ns, struct oriel_kms_view *ret_view, struct oriel_error *error)
{
	size_t size_bytes = fb->offsets[0] + (size_t)fb->pitches[0] * fb->height;
	struct oriel_kms_mapping *mapping = NULL;
	int rc = check_buffer(fb, scanout->card, error);

	if (rc)
		return rc;
	rc = map_by_card(scanout, fb->handles[0], size_bytes, &mapping);
	if (rc)
		rc = map_by_prime(scanout, fb->handles[0], size_bytes, &mapping);
	if (rc)
		return oriel_error_set_errno(error, rc, "cannot map the screen of %s (%s)",
			scanout->card->path, scanout->card->driver);
	mapping->used_ns = now_ns;
	*ret_view = (struct oriel_kms_view){
		.pixels = mapping->base + fb->offsets[0],
		.pitch_bytes = fb->pitches[0],
		.width_px = fb->width,
		.height_px = fb->height,
		.way = find_way(fb->pixel_format),
		.mapping = mapping,
	};
	return 0;
}

int oriel_kms_scanout_get(struct oriel_kms_scanout *scanout, uint32_t fb_id, uint64_t now_ns,
	struct oriel_kms_view *ret_view, struct oriel_error *error)
{
	struct drm_mode_fb_cmd2 fb = {.fb_id = fb_id};
	int rc = oriel_kms_ioctl(scanout->card->fd, DRM_IOCTL_MODE_GETFB2, &fb);

	if (rc)
		return oriel_error_set_errno(
			error, rc, "cannot look at the screen of %s", scanout->card->path);
	rc = view_buffer(scanout, &fb, now_ns, ret_view, error);
	/* Each GETFB2 opened them anew; the mapping lives on without. */
	close_handles(scanout->card->fd, &fb);
	drop_unused(scanout, now_ns);
	return rc;
}

static void sync_dmabuf(const struct oriel_kms_view *view, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags | DMA_BUF_SYNC_READ};

	if (view->mapping->dmabuf_fd >= 0)
		oriel_kms_ioctl(view->mapping->dmabuf_fd, DMA_BUF_IOCTL_SYNC, &sync);
}

void oriel_kms_view_begin(const struct oriel_kms_view *view)
{
	sync_dmabuf(view, DMA_BUF_SYNC_START);
}

void oriel_kms_view_end(const struct oriel_kms_view *view)
{
	sync_dmabuf(view, DMA_BUF_SYNC_END);
}
