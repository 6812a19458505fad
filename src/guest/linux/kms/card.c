/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/kms/card.h"

#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/fd.h"

#define CARDS_MAX 16
#define CRTCS_MAX 32
#define CLIENT_CAP_CURSOR_PLANE_HOTSPOT 6 /* newer than the oldest headers we build with */

int oriel_kms_ioctl(int fd, unsigned long request, void *argument)
{
	int rc;

	do
		rc = ioctl(fd, request, argument);
	while (rc < 0 && (errno == EINTR || errno == EAGAIN));
	return rc < 0 ? -errno : 0;
}

static void set_client_cap(int fd, uint64_t capability)
{
	struct drm_set_client_cap cap = {.capability = capability, .value = 1};

	oriel_kms_ioctl(fd, DRM_IOCTL_SET_CLIENT_CAP, &cap);
}

static int open_path(struct oriel_kms_card *card, const char *path, struct oriel_error *error)
{
	struct drm_version version = {.name = card->driver, .name_len = sizeof card->driver - 1};

	*card = (struct oriel_kms_card){.fd = open(path, O_RDWR | O_CLOEXEC)};
	snprintf(card->path, sizeof card->path, "%s", path);
	if (card->fd < 0)
		return oriel_error_set_errno(error, -errno, "cannot open %s", path);

	/* Who opens a card first becomes its master, and then no display server can. */
	oriel_kms_ioctl(card->fd, DRM_IOCTL_DROP_MASTER, NULL);
	if (oriel_kms_ioctl(card->fd, DRM_IOCTL_VERSION, &version)) {
		oriel_fd_close(&card->fd);
		return oriel_error_set(error, -ENODEV, "%s is no DRM device", path);
	}
	/* To see the cursor's plane and where it is. Drivers of virtual machines hide it from those
	 * who do not know of hot spots. Refused by drivers that have none of this. */
	set_client_cap(card->fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES);
	set_client_cap(card->fd, DRM_CLIENT_CAP_ATOMIC);
	set_client_cap(card->fd, CLIENT_CAP_CURSOR_PLANE_HOTSPOT);
	return 0;
}

static int explain_off(const struct oriel_kms_card *card, struct oriel_error *error)
{
	return oriel_error_set(error, -ENODEV, "nothing is shown on %s (%s): its display is off",
		card->path, card->driver);
}

int oriel_kms_card_open(
	struct oriel_kms_card *ret_card, const char *path, struct oriel_error *error)
{
	struct oriel_error reason = {0};
	struct oriel_kms_card card;
	struct oriel_kms_crtc crtc;
	int rc = oriel_error_set(&reason, -ENODEV,
		"no DRM device in /dev/dri: load the driver of the display adapter");

	for (int i = 0; i < (path ? 1 : CARDS_MAX); i++) {
		struct oriel_error this_one = {0};
		char name[32];
		int found;

		snprintf(name, sizeof name, "/dev/dri/card%d", i);
		found = open_path(&card, path ? path : name, &this_one);
		if (!found && oriel_kms_card_find_crtc(&card, &crtc)) {
			found = explain_off(&card, &this_one);
			oriel_kms_card_close(&card);
		}
		if (!found) {
			*ret_card = card;
			return 0;
		}
		if (path || found != -ENOENT) {
			reason = this_one;
			rc = found;
		}
	}
	return oriel_error_set(error, rc, "%s", reason.message);
}

void oriel_kms_card_close(struct oriel_kms_card *card)
{
	oriel_fd_close(&card->fd);
}

static bool describe_crtc(
	const struct oriel_kms_card *card, uint32_t id, struct oriel_kms_crtc *ret_crtc)
{
	struct drm_mode_crtc now = {.crtc_id = id};

	if (oriel_kms_ioctl(card->fd, DRM_IOCTL_MODE_GETCRTC, &now) || !now.mode_valid ||
		!now.fb_id)
		return false;
	ret_crtc->id = id;
	ret_crtc->fb_id = now.fb_id;
	ret_crtc->x_px = now.x;
	ret_crtc->y_px = now.y;
	ret_crtc->width_px = now.mode.hdisplay;
	ret_crtc->height_px = now.mode.vdisplay;
	return true;
}

int oriel_kms_card_find_crtc(const struct oriel_kms_card *card, struct oriel_kms_crtc *ret_crtc)
{
	uint32_t ids[CRTCS_MAX];
	struct drm_mode_card_res resources = {
		.crtc_id_ptr = (uintptr_t)ids,
		.count_crtcs = CRTCS_MAX,
	};
	struct oriel_kms_crtc crtc;

	if (oriel_kms_ioctl(card->fd, DRM_IOCTL_MODE_GETRESOURCES, &resources))
		return -ENODEV;
	for (uint32_t i = 0; i < resources.count_crtcs && i < CRTCS_MAX; i++) {
		if (!describe_crtc(card, ids[i], &crtc))
			continue;
		crtc.index = i;
		*ret_crtc = crtc;
		return 0;
	}
	return -ENODEV;
}
