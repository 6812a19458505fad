/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is said of USB devices, and when: over a library made here, whose devices and answers each
 * case decides. The functions of the SPICE library that usb.c calls are defined in this program,
 * where the linker finds them first; so is access().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spice/usb.h"
#include "stand_in.h"

/* ---- the bed --------------------------------------------------------------------------------- */

struct _SpiceUsbDevice {
	int references;
	const char *numbers;
	int address;
	bool is_there, is_lent, is_cd;
	const char *refusal; /* why the library does not lend it; NULL: it would */
};

enum { STICK, KEYBOARD, CD, DEVICES };

static struct {
	SpiceUsbDevice devices[DEVICES];
	bool has_manager;
	SpiceUsbDeviceManager *manager; /* NULL: nobody asked for one yet */
	char *filter, *redirect;
	bool is_automatic;
	GTask *asked; /* to lend or to take back; NULL: nothing was */
	SpiceUsbDevice *asked_for;
	const char *cd_problem;
	int access_errno; /* of the devices' files; 0: they may be used */
	struct oriel_spice_usb *usb;
	GString *remarks, *answers;
} bed;

/* ---- the library ----------------------------------------------------------------------------- */

int access(const char *path, int mode)
{
	if (!g_str_has_prefix(path, "/dev/bus/usb/"))
		return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
	errno = bed.access_errno;
	return errno ? -1 : 0;
}

static gpointer copy_device(gpointer device)
{
	((SpiceUsbDevice *)device)->references++;
	return device;
}

static void free_device(gpointer device)
{
	((SpiceUsbDevice *)device)->references--;
}

G_DEFINE_BOXED_TYPE(SpiceUsbDevice, spice_usb_device, copy_device, free_device)
G_DEFINE_TYPE(SpiceUsbDeviceManager, spice_usb_device_manager, G_TYPE_OBJECT)

enum { FILTER = 1, REDIRECT, AUTOMATIC };

static void set_property(
	GObject *object, guint number, const GValue *value, GParamSpec *specification)
{
	if (number == AUTOMATIC) {
		bed.is_automatic = g_value_get_boolean(value);
		return;
	}
	g_free(number == FILTER ? bed.filter : bed.redirect);
	*(number == FILTER ? &bed.filter : &bed.redirect) = g_value_dup_string(value);
}

static void spice_usb_device_manager_class_init(SpiceUsbDeviceManagerClass *class)
{
	static const struct {
		const char *name;
		bool has_error;
	} signals[] = {
		{"device-added", false},
		{"device-removed", false},
		{"auto-connect-failed", true},
		{"device-error", true},
	};
	GObjectClass *object = G_OBJECT_CLASS(class);
	GType device = spice_usb_device_get_type();

	object->set_property = set_property;
	g_object_class_install_property(object, FILTER,
		g_param_spec_string("auto-connect-filter", NULL, NULL, NULL, G_PARAM_WRITABLE));
	g_object_class_install_property(object, REDIRECT,
		g_param_spec_string("redirect-on-connect", NULL, NULL, NULL, G_PARAM_WRITABLE));
	g_object_class_install_property(object, AUTOMATIC,
		g_param_spec_boolean("auto-connect", NULL, NULL, FALSE, G_PARAM_WRITABLE));
	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
		g_signal_new(signals[i].name, G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_FIRST, 0, NULL,
			NULL, NULL, G_TYPE_NONE, signals[i].has_error ? 2 : 1, device,
			G_TYPE_ERROR);
}

static void spice_usb_device_manager_init(SpiceUsbDeviceManager *manager)
{
}

SpiceUsbDeviceManager *spice_usb_device_manager_get(SpiceSession *session, GError **error)
{
	if (!bed.has_manager) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "no USB here");
		return NULL;
	}
	if (!bed.manager)
		bed.manager = g_object_new(spice_usb_device_manager_get_type(), NULL);
	return bed.manager;
}

GPtrArray *spice_usb_device_manager_get_devices(SpiceUsbDeviceManager *manager)
{
	GPtrArray *devices = g_ptr_array_new_with_free_func(free_device);

	for (int i = 0; i < DEVICES; i++)
		if (bed.devices[i].is_there)
			g_ptr_array_add(devices, copy_device(&bed.devices[i]));
	return devices;
}

/* format comes from usb.c, which knows the order of what there is. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
char *spice_usb_device_get_description(SpiceUsbDevice *device, const char *format)
{
	return g_strdup_printf(format, "Maker", "Thing", device->numbers, 3, device->address);
}

gboolean spice_usb_device_manager_is_device_connected(
	SpiceUsbDeviceManager *manager, SpiceUsbDevice *device)
{
	return device->is_lent;
}

gboolean spice_usb_device_manager_is_device_shared_cd(
	SpiceUsbDeviceManager *manager, SpiceUsbDevice *device)
{
	return device->is_cd;
}

gboolean spice_usb_device_manager_can_redirect_device(
	SpiceUsbDeviceManager *manager, SpiceUsbDevice *device, GError **error)
{
	if (device->refusal && *device->refusal)
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, device->refusal);
	return !device->refusal;
}

static void ask(SpiceUsbDeviceManager *manager, SpiceUsbDevice *device, GCancellable *cancellable,
	GAsyncReadyCallback callback, gpointer data)
{
	assert_null(bed.asked);
	bed.asked = g_task_new(manager, cancellable, callback, data);
	bed.asked_for = device;
}

void spice_usb_device_manager_connect_device_async(SpiceUsbDeviceManager *manager,
	SpiceUsbDevice *device, GCancellable *cancellable, GAsyncReadyCallback callback,
	gpointer data)
{
	ask(manager, device, cancellable, callback, data);
}

void spice_usb_device_manager_disconnect_device_async(SpiceUsbDeviceManager *manager,
	SpiceUsbDevice *device, GCancellable *cancellable, GAsyncReadyCallback callback,
	gpointer data)
{
	ask(manager, device, cancellable, callback, data);
}

gboolean spice_usb_device_manager_connect_device_finish(
	SpiceUsbDeviceManager *manager, GAsyncResult *result, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error);
}

gboolean spice_usb_device_manager_disconnect_device_finish(
	SpiceUsbDeviceManager *manager, GAsyncResult *result, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error);
}

/* problem: NULL for success. */
static void answer(const char *problem)
{
	GTask *task = g_steal_pointer(&bed.asked);

	assert_non_null(task);
	if (problem)
		g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", problem);
	else
		g_task_return_boolean(task, TRUE);
	while (g_main_context_iteration(NULL, FALSE))
		;
	if (!problem)
		bed.asked_for->is_lent = !bed.asked_for->is_lent;
	g_object_unref(task);
}

gboolean spice_usb_device_manager_create_shared_cd_device(
	SpiceUsbDeviceManager *manager, char *path, GError **error)
{
	if (bed.cd_problem) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, bed.cd_problem);
		return FALSE;
	}
	bed.devices[CD].is_there = true;
	g_signal_emit_by_name(manager, "device-added", &bed.devices[CD]);
	return TRUE;
}

static void happen(const char *signal, int device, const char *problem)
{
	g_autoptr(GError) error =
		problem ? g_error_new_literal(G_IO_ERROR, G_IO_ERROR_FAILED, problem) : NULL;

	g_signal_emit_by_name(bed.manager, signal, &bed.devices[device], error);
}

/* ---- each case ------------------------------------------------------------------------------- */

static void on_remark(void *data, const char *text)
{
	g_string_append_printf(bed.remarks, "%s\n", text);
}

static void on_done(void *data, const char *problem)
{
	g_string_append_printf(bed.answers, "%s\n", problem ? problem : "done");
}

static int begin(void **state)
{
	memset(&bed, 0, sizeof bed);
	bed.devices[STICK] =
		(SpiceUsbDevice){.numbers = "[0951:1666]", .address = 7, .is_there = true};
	bed.devices[KEYBOARD] =
		(SpiceUsbDevice){.numbers = "[046d:c31c]", .address = 12, .is_there = true};
	bed.devices[CD] = (SpiceUsbDevice){.numbers = "[0000:0000]", .address = 99, .is_cd = true};
	bed.has_manager = true;
	stand_in_begin();
	bed.remarks = g_string_new(NULL);
	bed.answers = g_string_new(NULL);
	return 0;
}

static int end(void **state)
{
	oriel_spice_usb_destroy(bed.usb);
	for (int i = 0; i < DEVICES; i++)
		assert_int_equal(bed.devices[i].references, 0);
	stand_in_end();
	g_clear_object(&bed.manager);
	g_free(bed.filter);
	g_free(bed.redirect);
	g_string_free(bed.remarks, TRUE);
	g_string_free(bed.answers, TRUE);
	return 0;
}

static void start(const char *automatic, const char *cd)
{
	const struct oriel_spice_usb_setup setup = {
		.automatic = automatic, .cd = cd, .remark = on_remark};

	bed.usb = oriel_spice_usb_create(NULL, &setup);
}

static void expect(GString *said, const char *wanted)
{
	assert_string_equal(said->str, wanted);
	g_string_truncate(said, 0);
}

static void list_one(void *data, const struct oriel_spice_usb_device *device)
{
	g_string_append_printf(data, "%s%s%s%s\n", device->id, device->is_attached ? " lent" : "",
		device->reason ? ": " : "", device->reason ? device->reason : "");
}

static void expect_list(const char *wanted)
{
	g_autoptr(GString) list = g_string_new(NULL);

	oriel_spice_usb_list(bed.usb, list_one, list);
	assert_string_equal(list->str, wanted);
}

static void attach(const char *id)
{
	oriel_spice_usb_attach(bed.usb, id, on_done, NULL);
}

static void detach(const char *id)
{
	oriel_spice_usb_detach(bed.usb, id, on_done, NULL);
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void test_lent_and_taken_back(void **state)
{
	start(NULL, NULL);
	stand_in_connect();
	expect_list("3-7\n3-12\n");
	attach("3-7");
	expect(bed.answers, "");
	answer(NULL);
	expect(bed.answers, "done\n");
	expect_list("3-7 lent\n3-12\n");
	detach("3-7");
	answer(NULL);
	expect(bed.answers, "done\n");
	expect_list("3-7\n3-12\n");
	/* The desktop's again: what becomes of it there is not ours to tell. */
	happen("device-removed", STICK, NULL);
	expect(bed.remarks, "");
	assert_false(bed.is_automatic);
}

static void test_no_permission(void **state)
{
	static const char reason[] =
		"you may not use /dev/bus/usb/003/012: have udev give it to whoever sits at the "
		"computer, by the line SUBSYSTEM==\"usb\", ATTR{idVendor}==\"046d\", "
		"ATTR{idProduct}==\"c31c\", TAG+=\"uaccess\" in "
		"/etc/udev/rules.d/70-oriel-usb.rules, and plug it in again\n";
	g_autofree char *listed = g_strconcat("3-12: ", reason, NULL);

	bed.access_errno = EACCES;
	bed.devices[STICK].is_there = false;
	start(NULL, NULL);
	stand_in_connect();
	expect_list(listed);
	attach("3-12");
	expect(bed.answers, reason);
	assert_null(bed.asked);
	bed.access_errno = ENOENT;
	attach("3-12");
	expect(bed.answers, "it is not plugged in any more\n");
	/* What has no numbers gets a line to fill in. */
	bed.access_errno = EACCES;
	bed.devices[KEYBOARD].numbers = "";
	attach("3-12");
	assert_non_null(strstr(bed.answers->str, "ATTR{idVendor}==\"????\""));
}

static void test_refused_by_the_library(void **state)
{
	bed.devices[STICK].refusal = "All channels are in use";
	bed.devices[KEYBOARD].refusal = "";
	start(NULL, NULL);
	stand_in_connect();
	expect_list("3-7: All channels are in use\n3-12: the VM takes no USB devices\n");
	attach("3-7");
	expect(bed.answers, "All channels are in use\n");
	bed.devices[STICK].refusal = NULL;
	attach("3-7");
	answer("Device is busy");
	expect(bed.answers,
		"Maker Thing [0951:1666] (3-7) cannot be lent to the guest: Device is busy\n");
	attach("3-7");
	answer(NULL);
	expect(bed.answers, "done\n");
	detach("3-7");
	answer("No answer");
	expect(bed.answers, "Maker Thing [0951:1666] (3-7) cannot be taken back: No answer\n");
}

static void test_nothing_to_lend(void **state)
{
	start(NULL, NULL);
	expect_list("");
	attach("3-7");
	expect(bed.answers, "USB devices need a connection to the SPICE server\n");
	stand_in_connect();
	attach("9-9");
	detach("9-9");
	expect(bed.answers, "there is no such USB device; usb-list names those there are\n"
			    "there is no such USB device; usb-list names those there are\n");
	stand_in_disconnect();
	expect_list("");
	attach("3-7");
	expect(bed.answers, "USB devices need a connection to the SPICE server\n");
}

static void test_no_manager(void **state)
{
	bed.has_manager = false;
	start("0x08,-1,-1,-1,1", "/cd.iso");
	stand_in_connect();
	expect_list("");
	attach("3-7");
	expect(bed.answers,
		"USB devices cannot be used here: the SPICE library was built without them, or "
		"the kernel shows none\n");
}

static void test_unplugged(void **state)
{
	start(NULL, NULL);
	stand_in_connect();
	attach("3-7");
	answer(NULL);
	bed.devices[STICK].is_there = false;
	happen("device-removed", STICK, NULL);
	expect(bed.remarks,
		"USB: Maker Thing [0951:1666] (3-7) was unplugged; the guest no longer has it\n");
	expect_list("3-12\n");
	happen("device-removed", KEYBOARD, NULL);
	expect(bed.remarks, "");
	happen("device-error", KEYBOARD, "Input/output error");
	expect(bed.remarks,
		"USB: Maker Thing [046d:c31c] (3-12) is gone from the guest: Input/output error\n");
}

static void test_automatic(void **state)
{
	static const char filter[] = "0x08,-1,-1,-1,1";

	start(filter, NULL);
	stand_in_connect();
	assert_true(bed.is_automatic);
	assert_string_equal(bed.filter, filter);
	assert_string_equal(bed.redirect, filter);
	happen("auto-connect-failed", STICK, "Access denied");
	expect(bed.remarks,
		"USB: Maker Thing [0951:1666] (3-7) was not lent to the guest: Access denied\n");
	happen("device-removed", STICK, NULL);
	expect(bed.remarks,
		"USB: Maker Thing [0951:1666] (3-7) was unplugged; the guest no longer has it\n");
}

static void test_cd(void **state)
{
	start(NULL, "/cd.iso");
	stand_in_connect();
	answer(NULL);
	expect(bed.remarks, "");
	stand_in_set_state(ORIEL_SPICE_DEGRADED);
	assert_null(bed.asked); /* once a connection */
	bed.devices[CD] = (SpiceUsbDevice){.numbers = "[0000:0000]", .address = 99, .is_cd = true};
	stand_in_disconnect();
	bed.cd_problem = "No such file";
	stand_in_connect();
	expect(bed.remarks, "The guest gets no CD: /cd.iso: No such file\n");
	bed.cd_problem = NULL;
	stand_in_disconnect();
	stand_in_connect();
	answer("No channel is free");
	expect(bed.remarks,
		"Maker Thing [0000:0000] (3-99) cannot be lent to the guest: No channel is free\n");
}

/* Whoever waits is told; the library's answer that comes later finds nobody. */
static void test_end_while_waiting(void **state)
{
	start(NULL, NULL);
	stand_in_connect();
	attach("3-7");
	g_clear_pointer(&bed.usb, oriel_spice_usb_destroy);
	expect(bed.answers, "the viewer ends\n");
	answer("cancelled");
	expect(bed.answers, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lent_and_taken_back, begin, end),
		cmocka_unit_test_setup_teardown(test_no_permission, begin, end),
		cmocka_unit_test_setup_teardown(test_refused_by_the_library, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing_to_lend, begin, end),
		cmocka_unit_test_setup_teardown(test_no_manager, begin, end),
		cmocka_unit_test_setup_teardown(test_unplugged, begin, end),
		cmocka_unit_test_setup_teardown(test_automatic, begin, end),
		cmocka_unit_test_setup_teardown(test_cd, begin, end),
		cmocka_unit_test_setup_teardown(test_end_while_waiting, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
