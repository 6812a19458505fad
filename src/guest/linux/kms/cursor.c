/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/kms/cursor.h"

#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#define PLANES_MAX 64
#define PROPERTIES_MAX 64
#define TYPE_CURSOR 2 /* of the property "type" */
/* Programs draw into the buffer that is shown: its number alone does not tell of a new shape. */
#define SHAPE_NS (16 * ORIEL_NS_PER_MS)

struct properties {
	uint32_t ids[PROPERTIES_MAX];
	uint64_t values[PROPERTIES_MAX];
	uint32_t count;
};

static int read_properties(int fd, uint32_t plane_id, struct properties *ret_properties)
{
	struct drm_mode_obj_get_properties get = {
		.props_ptr = (uintptr_t)ret_properties->ids,
		.prop_values_ptr = (uintptr_t)ret_properties->values,
		.count_props = PROPERTIES_MAX,
		.obj_id = plane_id,
		.obj_type = DRM_MODE_OBJECT_PLANE,
	};
	int rc = oriel_kms_ioctl(fd, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, &get);

	ret_properties->count = get.count_props < PROPERTIES_MAX ? get.count_props : PROPERTIES_MAX;
	return rc;
}

/* 0 when there is none; otherwise usable with get_value(). */
static uint32_t find_property(int fd, const struct properties *properties, const char *name)
{
	for (uint32_t i = 0; i < properties->count; i++) {
		struct drm_mode_get_property get = {.prop_id = properties->ids[i]};

		if (!oriel_kms_ioctl(fd, DRM_IOCTL_MODE_GETPROPERTY, &get) &&
			!strncmp(get.name, name, sizeof get.name))
			return get.prop_id;
	}
	return 0;
}

static int64_t get_value(const struct properties *properties, uint32_t id)
{
	for (uint32_t i = 0; id && i < properties->count; i++)
		if (properties->ids[i] == id)
			return (int64_t)properties->values[i];
	return 0;
}

/* ---- finding -------------------------------------------------------------------------------- */

static bool adopt_plane(struct oriel_kms_cursor *cursor, uint32_t plane_id, uint32_t crtc_index)
{
	int fd = cursor->card->fd;
	struct drm_mode_get_plane plane = {.plane_id = plane_id};
	struct properties properties;

	if (oriel_kms_ioctl(fd, DRM_IOCTL_MODE_GETPLANE, &plane) ||
		!(plane.possible_crtcs >> crtc_index & 1) ||
		read_properties(fd, plane_id, &properties))
		return false;
	if (get_value(&properties, find_property(fd, &properties, "type")) != TYPE_CURSOR)
		return false;
	cursor->x_property = find_property(fd, &properties, "CRTC_X");
	cursor->y_property = find_property(fd, &properties, "CRTC_Y");
	cursor->hot_x_property = find_property(fd, &properties, "HOTSPOT_X");
	cursor->hot_y_property = find_property(fd, &properties, "HOTSPOT_Y");
	if (!cursor->x_property || !cursor->y_property)
		return false;
	cursor->plane_id = plane_id;
	return true;
}

static void find_plane(struct oriel_kms_cursor *cursor, uint32_t crtc_index)
{
	uint32_t ids[PLANES_MAX];
	struct drm_mode_get_plane_res resources = {
		.plane_id_ptr = (uintptr_t)ids,
		.count_planes = PLANES_MAX,
	};

	if (oriel_kms_ioctl(cursor->card->fd, DRM_IOCTL_MODE_GETPLANERESOURCES, &resources))
		return;
	for (uint32_t i = 0; i < resources.count_planes && i < PLANES_MAX; i++)
		if (adopt_plane(cursor, ids[i], crtc_index))
			return;
}

int oriel_kms_cursor_init(struct oriel_kms_cursor *cursor, const struct oriel_kms_card *card,
	const struct oriel_kms_crtc *crtc)
{
	*cursor = (struct oriel_kms_cursor){.card = card};
	oriel_kms_scanout_init(&cursor->scanout, card);
	find_plane(cursor, crtc->index);
	if (!cursor->plane_id)
		return 0;
	cursor->image = malloc(ORIEL_CURSOR_BYTES_MAX);
	cursor->fresh = malloc(ORIEL_CURSOR_BYTES_MAX);
	return cursor->image && cursor->fresh ? 0 : -ENOMEM;
}

void oriel_kms_cursor_finish(struct oriel_kms_cursor *cursor)
{
	oriel_kms_scanout_finish(&cursor->scanout);
	free(cursor->image);
	free(cursor->fresh);
	cursor->image = cursor->fresh = NULL;
}

/* ---- looking -------------------------------------------------------------------------------- */

static int8_t clamp_hot(int64_t value)
{
	return (int8_t)(value < 0 ? 0 : value > INT8_MAX ? INT8_MAX : value);
}

/* Copies the image to fresh; what it points to is still being drawn by others. */
static bool read_shape(struct oriel_kms_cursor *cursor, uint32_t fb_id, uint64_t now_ns,
	struct oriel_cursor_shape *ret_shape)
{
	struct oriel_kms_view view;

	if (oriel_kms_scanout_get(&cursor->scanout, fb_id, now_ns, &view, NULL) ||
		view.way != &oriel_pixels_bgra || view.width_px > ORIEL_CURSOR_SIDE_MAX_PX ||
		view.height_px > ORIEL_CURSOR_SIDE_MAX_PX)
		return false;
	*ret_shape = (struct oriel_cursor_shape){
		.type = ORIEL_CURSOR_COLOUR,
		.width_px = view.width_px,
		.height_px = view.height_px,
		.pitch_bytes = view.width_px * 4,
		.image = cursor->fresh,
	};
	oriel_kms_view_begin(&view);
	for (uint32_t y = 0; y < view.height_px; y++)
		memcpy(cursor->fresh + (size_t)y * ret_shape->pitch_bytes,
			view.pixels + (size_t)y * view.pitch_bytes, ret_shape->pitch_bytes);
	oriel_kms_view_end(&view);
	return true;
}

static bool is_same_shape(const struct oriel_cursor_shape *a, const struct oriel_cursor_shape *b)
{
	return a->image && b->image && a->width_px == b->width_px && a->height_px == b->height_px &&
	       a->hot_x_px == b->hot_x_px && a->hot_y_px == b->hot_y_px &&
	       !memcmp(a->image, b->image, oriel_cursor_get_image_bytes(a));
}

/* True when there is a new one, in cursor->last. */
static bool look_at_shape(struct oriel_kms_cursor *cursor, uint32_t fb_id,
	const struct properties *properties, uint64_t now_ns)
{
	struct oriel_cursor_shape shape;
	uint8_t *previous = cursor->image;

	if (fb_id == cursor->shape_fb_id && now_ns < cursor->shape_ns + SHAPE_NS)
		return false;
	cursor->shape_ns = now_ns;
	cursor->shape_fb_id = fb_id;
	if (!read_shape(cursor, fb_id, now_ns, &shape))
		return false;
	shape.hot_x_px = clamp_hot(get_value(properties, cursor->hot_x_property));
	shape.hot_y_px = clamp_hot(get_value(properties, cursor->hot_y_property));
	if (is_same_shape(&cursor->last.shape, &shape))
		return false;
	cursor->last.shape = shape;
	cursor->image = cursor->fresh;
	cursor->fresh = previous;
	return true;
}

bool oriel_kms_cursor_take(struct oriel_kms_cursor *cursor, uint32_t crtc_id, uint64_t now_ns,
	struct oriel_capture_cursor *ret_cursor)
{
	struct drm_mode_get_plane plane = {.plane_id = cursor->plane_id};
	struct oriel_capture_cursor before = cursor->last;
	struct oriel_capture_cursor *last = &cursor->last;
	struct properties properties;

	if (!cursor->plane_id ||
		oriel_kms_ioctl(cursor->card->fd, DRM_IOCTL_MODE_GETPLANE, &plane) ||
		read_properties(cursor->card->fd, cursor->plane_id, &properties))
		return false;
	last->visible = plane.fb_id && plane.crtc_id == crtc_id;
	last->has_shape = false;
	if (last->visible) {
		last->x_px = (int32_t)get_value(&properties, cursor->x_property);
		last->y_px = (int32_t)get_value(&properties, cursor->y_property);
		last->has_shape = look_at_shape(cursor, plane.fb_id, &properties, now_ns);
	}
	if (cursor->is_told && !last->has_shape && last->visible == before.visible &&
		last->x_px == before.x_px && last->y_px == before.y_px)
		return false;
	cursor->is_told = true;
	*ret_cursor = *last;
	return true;
}
