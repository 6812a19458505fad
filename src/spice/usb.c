/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/usb.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

struct oriel_spice_usb {
	struct oriel_spice_session *session;
	struct oriel_spice_usb_setup setup;
	SpiceUsbDeviceManager *manager; /* of this connection; NULL: there is none */
	const char *problem;		/* why there is none */
	GCancellable *ending;
	GQueue waiting;	 /* struct wait */
	GPtrArray *lent; /* SpiceUsbDevice */
	bool has_cd;	 /* this connection was given the CD */
};

/* Somebody who wants to hear what became of a device. */
struct wait {
	struct oriel_spice_usb *usb; /* NULL: it has ended */
	SpiceUsbDevice *device;
	char *name;
	bool is_attaching;
	oriel_spice_usb_done done;
	void *data;
};

/* ---- one device ------------------------------------------------------------------------------ */

/* The C library wants every argument of such a format used, be it by no letter. */
#define UNNAMED "%1$.0s%2$.0s%3$.0s"

static char *get_id(SpiceUsbDevice *device)
{
	return spice_usb_device_get_description(device, UNNAMED "%4$d-%5$d");
}

static char *get_name(SpiceUsbDevice *device)
{
	return spice_usb_device_get_description(device, "%1$s %2$s %3$s (%4$d-%5$d)");
}

static char *tell_denial(SpiceUsbDevice *device, const char *path)
{
	g_autofree char *numbers = spice_usb_device_get_description(device, "%1$.0s%2$.0s%3$s");
	char vendor[5], product[5];

	if (sscanf(numbers, "[%4[0-9a-fA-F]:%4[0-9a-fA-F]]", vendor, product) != 2) {
		g_strlcpy(vendor, "????", sizeof vendor);
		g_strlcpy(product, "????", sizeof product);
	}
	return g_strdup_printf(
		"you may not use %s: have udev give it to whoever sits at the computer, by the "
		"line SUBSYSTEM==\"usb\", ATTR{idVendor}==\"%s\", ATTR{idProduct}==\"%s\", "
		"TAG+=\"uaccess\" in /etc/udev/rules.d/70-oriel-usb.rules, and plug it in again",
		path, vendor, product);
}

/* Why this user may not open it, owned by the caller; NULL: nothing is in the way. */
static char *find_denial(SpiceUsbDeviceManager *manager, SpiceUsbDevice *device)
{
	g_autofree char *place = spice_usb_device_get_description(device, UNNAMED "%4$03d/%5$03d");
	g_autofree char *path = g_strconcat("/dev/bus/usb/", place, NULL);

	if (spice_usb_device_manager_is_device_shared_cd(manager, device) ||
		!access(path, R_OK | W_OK))
		return NULL;
	return errno == ENOENT ? g_strdup("it is not plugged in any more")
			       : tell_denial(device, path);
}

/* Owned by the caller; NULL: it can be lent. */
static char *find_reason(struct oriel_spice_usb *usb, SpiceUsbDevice *device)
{
	g_autoptr(GError) error = NULL;

	if (spice_usb_device_manager_is_device_connected(usb->manager, device))
		return NULL;
	if (!spice_usb_device_manager_can_redirect_device(usb->manager, device, &error))
		return g_strdup(error ? error->message : "the VM takes no USB devices");
	return find_denial(usb->manager, device);
}

/* ---- what there is --------------------------------------------------------------------------- */

void oriel_spice_usb_list(struct oriel_spice_usb *usb,
	void (*each)(void *data, const struct oriel_spice_usb_device *device), void *data)
{
	g_autoptr(GPtrArray) devices =
		usb->manager ? spice_usb_device_manager_get_devices(usb->manager) : NULL;

	for (guint i = 0; devices && i < devices->len; i++) {
		SpiceUsbDevice *device = g_ptr_array_index(devices, i);
		g_autofree char *id = get_id(device), *name = get_name(device);
		g_autofree char *reason = find_reason(usb, device);

		each(data, &(struct oriel_spice_usb_device){
				   .id = id,
				   .name = name,
				   .is_attached = spice_usb_device_manager_is_device_connected(
					   usb->manager, device),
				   .reason = reason,
			   });
	}
}

/* Owned by the list of devices; NULL: there is none with that id. */
static SpiceUsbDevice *find(GPtrArray *devices, const char *id)
{
	for (guint i = 0; devices && i < devices->len; i++) {
		g_autofree char *at = get_id(g_ptr_array_index(devices, i));

		if (!g_strcmp0(at, id))
			return g_ptr_array_index(devices, i);
	}
	return NULL;
}

/* ---- lending --------------------------------------------------------------------------------- */

static void free_wait(struct wait *wait)
{
	g_boxed_free(spice_usb_device_get_type(), wait->device);
	g_free(wait->name);
	g_free(wait);
}

/* The library answers even after this has ended. */
static void finish(GObject *source, GAsyncResult *result, gpointer data)
{
	SpiceUsbDeviceManager *manager = SPICE_USB_DEVICE_MANAGER(source);
	struct wait *wait = data;
	g_autoptr(GError) error = NULL;
	g_autofree char *problem = NULL;
	bool is_done = wait->is_attaching ? spice_usb_device_manager_connect_device_finish(
						    manager, result, &error)
					  : spice_usb_device_manager_disconnect_device_finish(
						    manager, result, &error);

	if (wait->usb) {
		g_queue_remove(&wait->usb->waiting, wait);
		if (is_done && wait->is_attaching)
			g_ptr_array_add(wait->usb->lent, wait->device);
		else if (is_done)
			g_ptr_array_remove(wait->usb->lent, wait->device);
		if (!is_done)
			problem = g_strdup_printf("%s cannot be %s: %s", wait->name,
				wait->is_attaching ? "lent to the guest" : "taken back",
				error ? error->message : "the library refused it");
		wait->done(wait->data, problem);
	}
	free_wait(wait);
}

static void move(struct oriel_spice_usb *usb, const char *id, bool is_attaching,
	oriel_spice_usb_done done, void *data)
{
	g_autoptr(GPtrArray) devices =
		usb->manager ? spice_usb_device_manager_get_devices(usb->manager) : NULL;
	SpiceUsbDevice *device = find(devices, id);
	g_autofree char *reason = NULL;
	struct wait *wait;

	if (!device) {
		done(data, usb->manager
				   ? "there is no such USB device; usb-list names those there are"
				   : usb->problem);
		return;
	}
	reason = is_attaching ? find_reason(usb, device) : NULL;
	if (reason) {
		done(data, reason);
		return;
	}
	wait = g_new0(struct wait, 1);
	*wait = (struct wait){usb, g_boxed_copy(spice_usb_device_get_type(), device),
		get_name(device), is_attaching, done, data};
	g_queue_push_tail(&usb->waiting, wait);
	(is_attaching ? spice_usb_device_manager_connect_device_async
		      : spice_usb_device_manager_disconnect_device_async)(
		usb->manager, device, usb->ending, finish, wait);
}

void oriel_spice_usb_attach(
	struct oriel_spice_usb *usb, const char *id, oriel_spice_usb_done done, void *data)
{
	move(usb, id, true, done, data);
}

void oriel_spice_usb_detach(
	struct oriel_spice_usb *usb, const char *id, oriel_spice_usb_done done, void *data)
{
	move(usb, id, false, done, data);
}

/* ---- what happens to them -------------------------------------------------------------------- */

static void tell(
	struct oriel_spice_usb *usb, SpiceUsbDevice *device, const char *what, const GError *error)
{
	g_autofree char *name = get_name(device);
	g_autofree char *text = g_strdup_printf(
		"USB: %s %s%s%s", name, what, error ? ": " : "", error ? error->message : "");

	usb->setup.remark(usb->setup.data, text);
}

static void tell_problem(void *data, const char *problem)
{
	struct oriel_spice_usb *usb = data;

	if (problem)
		usb->setup.remark(usb->setup.data, problem);
}

/* The CD is lent as soon as the library has made its drive. */
static void on_added(
	SpiceUsbDeviceManager *manager, SpiceUsbDevice *device, struct oriel_spice_usb *usb)
{
	g_autofree char *id = get_id(device);

	if (spice_usb_device_manager_is_device_shared_cd(manager, device))
		oriel_spice_usb_attach(usb, id, tell_problem, usb);
}

static void on_removed(
	SpiceUsbDeviceManager *manager, SpiceUsbDevice *device, struct oriel_spice_usb *usb)
{
	/* By now the library has taken it back; of those that it lent by itself it does not tell.
	 */
	if (g_ptr_array_remove(usb->lent, device) || usb->setup.automatic)
		tell(usb, device, "was unplugged; the guest no longer has it", NULL);
}

static void on_failed(SpiceUsbDeviceManager *manager, SpiceUsbDevice *device, GError *error,
	struct oriel_spice_usb *usb)
{
	tell(usb, device, "was not lent to the guest", error);
}

static void on_error(SpiceUsbDeviceManager *manager, SpiceUsbDevice *device, GError *error,
	struct oriel_spice_usb *usb)
{
	tell(usb, device, "is gone from the guest", error);
}

/* ---- the connection -------------------------------------------------------------------------- */

/* Once a connection, when its channels are there: the drive needs one of them. */
static void insert_cd(struct oriel_spice_usb *usb)
{
	g_autofree char *path = g_strdup(usb->setup.cd);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	usb->has_cd = true;
	if (spice_usb_device_manager_create_shared_cd_device(usb->manager, path, &error))
		return;
	text = g_strdup_printf("The guest gets no CD: %s: %s", path,
		error ? error->message : "the image cannot be used");
	usb->setup.remark(usb->setup.data, text);
}

static void on_state(void *data)
{
	struct oriel_spice_usb *usb = data;
	enum oriel_spice_state state = oriel_spice_session_get_state(usb->session);

	if (usb->setup.cd && usb->manager && !usb->has_cd &&
		(state == ORIEL_SPICE_CONNECTED || state == ORIEL_SPICE_DEGRADED))
		insert_cd(usb);
}

static void begin(struct oriel_spice_usb *usb, SpiceChannel *channel)
{
	SpiceSession *spice;
	g_autoptr(GError) error = NULL;

	g_object_get(channel, "spice-session", &spice, NULL);
	usb->manager = spice_usb_device_manager_get(spice, &error);
	g_object_unref(spice);
	if (!usb->manager) {
		usb->problem = "USB devices cannot be used here: the SPICE library was built "
			       "without them, or the kernel shows none";
		oriel_log(ORIEL_LOG_DEBUG, "USB: %s", error ? error->message : usb->problem);
		return;
	}
	g_object_ref(usb->manager);
	g_signal_connect(usb->manager, "device-added", G_CALLBACK(on_added), usb);
	g_signal_connect(usb->manager, "device-removed", G_CALLBACK(on_removed), usb);
	g_signal_connect(usb->manager, "auto-connect-failed", G_CALLBACK(on_failed), usb);
	g_signal_connect(usb->manager, "device-error", G_CALLBACK(on_error), usb);
	if (usb->setup.automatic)
		g_object_set(usb->manager, "auto-connect-filter", usb->setup.automatic,
			"redirect-on-connect", usb->setup.automatic, "auto-connect", TRUE, NULL);
}

static void stop(struct oriel_spice_usb *usb)
{
	usb->problem = "USB devices need a connection to the SPICE server";
	if (!usb->manager)
		return;
	g_signal_handlers_disconnect_by_data(usb->manager, usb);
	g_clear_object(&usb->manager);
	g_ptr_array_set_size(usb->lent, 0);
	usb->has_cd = false;
}

static enum oriel_spice_need on_channel_added(void *data, SpiceChannel *channel)
{
	struct oriel_spice_usb *usb = data;

	if (SPICE_IS_MAIN_CHANNEL(channel) && !usb->manager)
		begin(usb, channel);
	return ORIEL_SPICE_UNWANTED; /* the library connects the others when they are needed
				      */
}

static void on_channel_removed(void *data, SpiceChannel *channel)
{
	if (SPICE_IS_MAIN_CHANNEL(channel))
		stop(data);
}

static const struct oriel_spice_listener listener = {
	.state_changed = on_state,
	.channel_added = on_channel_added,
	.channel_removed = on_channel_removed,
};

struct oriel_spice_usb *oriel_spice_usb_create(
	struct oriel_spice_session *session, const struct oriel_spice_usb_setup *setup)
{
	struct oriel_spice_usb *usb = g_new0(struct oriel_spice_usb, 1);

	usb->session = session;
	usb->setup = *setup;
	usb->ending = g_cancellable_new();
	usb->lent = g_ptr_array_new();
	g_queue_init(&usb->waiting);
	stop(usb);
	oriel_spice_session_add_listener(session, &listener, usb);
	return usb;
}

void oriel_spice_usb_destroy(struct oriel_spice_usb *usb)
{
	struct wait *wait;

	if (!usb)
		return;
	oriel_spice_session_remove_listener(usb->session, usb);
	stop(usb);
	g_cancellable_cancel(usb->ending);
	while ((wait = g_queue_pop_head(&usb->waiting))) {
		wait->usb = NULL;
		wait->done(wait->data, "the viewer ends");
	}
	g_object_unref(usb->ending);
	g_ptr_array_unref(usb->lent);
	g_free(usb);
}
