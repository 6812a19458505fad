/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The direct presenter's dma-bufs, with a compositor that takes, refuses or ignores them and a
 * driver that hands out the guest's memory itself: what is handed over, how long it is held, and
 * what happens instead. Then the drivers of the kernel, as far as this machine has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "harness/wayland/compositor.h"
#include "present/direct/direct.h"
#include "tests/skip.h"
#include "view/reference.h"
#include "window/wayland/wayland.h"

#define WIDTH_PX 120u
#define HEIGHT_PX 70u
#define PITCH_BYTES (WIDTH_PX * 4)
#define SLOT_BYTES 65536u
/* Where the frame begins in its slot: not at the begin of a page. */
#define AHEAD_BYTES 4160u
#define MEMORY_BYTES (4 * SLOT_BYTES)

static const struct oriel_picture layout = {
	.format = ORIEL_PIXEL_RGBA,
	.width_px = WIDTH_PX,
	.height_px = HEIGHT_PX,
	.rows = HEIGHT_PX,
	.pitch_bytes = PITCH_BYTES,
};

/* ---- a driver -------------------------------------------------------------------------------- */

static struct {
	size_t offset_bytes, bytes; /* of the last part asked for */
	unsigned parts;
	int result;
} driver;

static const char *refuse_nothing(const struct oriel_memory *memory)
{
	return NULL;
}

static int make_part(
	const struct oriel_memory *memory, size_t offset_bytes, size_t bytes, int *ret_fd)
{
	driver.offset_bytes = offset_bytes;
	driver.bytes = bytes;
	driver.parts++;
	if (driver.result)
		return driver.result;
	*ret_fd = dup(memory->fd);
	return 0;
}

static const struct oriel_maker_ops maker = {"the test", refuse_nothing, make_part};
static const struct oriel_maker_ops *const makers[] = {&maker, NULL};

/* ---- a guest and its viewer ------------------------------------------------------------------ */

struct bench {
	struct test_compositor *compositor;
	struct oriel_window *window;
	struct oriel_presenter *presenter;
	struct oriel_direct *direct; /* the same */
	struct oriel_memory memory;
	uint8_t *base;
	uint64_t lease;
};

static void open_memory(struct bench *bench, int fd)
{
	static uint64_t last_id;

	bench->memory = (struct oriel_memory){++last_id, fd, MEMORY_BYTES};
	assert_true(fd >= 0);
}

static void open_bench_on(struct bench *bench, const struct test_compositor_options *options,
	const struct oriel_maker_ops *const *kinds, int fd)
{
	struct oriel_window_options window_options = {.title = "test",
		.width_px = WIDTH_PX,
		.height_px = HEIGHT_PX,
		.is_borderless = true};
	struct oriel_present_options present_options = {0};
	const struct oriel_window_ops *ops = &oriel_window_wayland;

	*bench = (struct bench){.compositor = test_compositor_start(options)};
	open_memory(bench, fd);
	bench->base =
		mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, bench->memory.fd, 0);
	assert_ptr_not_equal(bench->base, MAP_FAILED);
	assert_int_equal(ops->open(&bench->window, &window_options, NULL), 0);
	assert_int_equal(oriel_direct_create(
				 &bench->presenter, bench->window, &present_options, kinds, NULL),
		0);
	/* Only silence is to take that long. */
	bench->direct = (struct oriel_direct *)bench->presenter;
	bench->direct->lender.dmabuf.answer_limit_ns = 60 * ORIEL_NS_PER_S;
	bench->presenter->ops->resize(bench->presenter, WIDTH_PX, HEIGHT_PX, NULL);
	assert_int_equal(bench->presenter->ops->set_layout(bench->presenter, &layout, NULL), 0);
}

static void open_bench(struct bench *bench, const struct test_compositor_options *options)
{
	int fd = memfd_create("lend", MFD_CLOEXEC);

	memset(&driver, 0, sizeof driver);
	assert_int_equal(ftruncate(fd, MEMORY_BYTES), 0);
	open_bench_on(bench, options, makers, fd);
}

static void close_bench(struct bench *bench)
{
	bench->presenter->ops->destroy(bench->presenter);
	bench->window->ops->close(bench->window);
	test_compositor_stop(bench->compositor);
	munmap(bench->base, MEMORY_BYTES);
	close(bench->memory.fd);
}

/* The next frame, in that slot. */
static struct oriel_frame show(struct bench *bench, unsigned slot)
{
	struct oriel_presenter *presenter = bench->presenter;
	struct oriel_frame frame = {
		.picture = layout,
		.offset_bytes = slot * SLOT_BYTES + AHEAD_BYTES,
		.size_bytes = PITCH_BYTES * HEIGHT_PX,
		.memory = &bench->memory,
		.damage = {.full = true},
		.lease = ++bench->lease,
	};
	uint64_t bytes;

	frame.pixels = bench->base + frame.offset_bytes;
	reference_fill(bench->base + frame.offset_bytes, &layout, (uint32_t)bench->lease);
	assert_int_equal(
		presenter->ops->upload_rt(presenter, &frame, &oriel_present_arrived, &bytes), 0);
	presenter->ops->present_rt(presenter);
	return frame;
}

static void ignore_size(void *data, uint32_t width_px, uint32_t height_px)
{
}

static void ignore(void *data)
{
}

/* Until the presenter holds frame no more: the compositor's word is on its way. */
static void wait_given_back(struct bench *bench, const struct oriel_frame *frame)
{
	static const struct oriel_window_listener listener = {
		.resized_rt = ignore_size, .close_requested_rt = ignore, .grab_lost_rt = ignore};
	struct oriel_presenter *presenter = bench->presenter;

	for (int i = 0; i < 6000 && presenter->ops->holds_rt(presenter, frame); i++) {
		usleep(10000);
		bench->window->ops->dispatch_rt(bench->window, true, &listener, NULL);
		presenter->ops->dispatch_rt(presenter);
	}
	assert_false(presenter->ops->holds_rt(presenter, frame));
}

/* The last frame, as a picture in a wl_shm pool; count: that many of that size were shown. */
static void check_pool(struct bench *bench, const struct oriel_frame *frame, unsigned count)
{
	struct test_buffer shown =
		test_compositor_wait_shown(bench->compositor, WIDTH_PX, HEIGHT_PX, count);

	assert_false(shown.is_dmabuf);
	assert_memory_equal(shown.pixels, frame->pixels, frame->size_bytes);
}

static void check_image(struct bench *bench, const struct oriel_frame *frame)
{
	struct oriel_image image;
	uint8_t rgb[3];

	assert_true(bench->presenter->ops->get_image(bench->presenter, &image));
	for (uint32_t y = 0; y < HEIGHT_PX; y++)
		for (uint32_t x = 0; x < WIDTH_PX; x++) {
			const uint8_t *pixel = image.pixels + y * image.pitch_bytes + 4 * (size_t)x;

			reference_read(frame->pixels, &layout, x, y, rgb);
			assert_true(pixel[2] == rgb[0] && pixel[1] == rgb[1] && pixel[0] == rgb[2]);
		}
}

/* ---- taken ----------------------------------------------------------------------------------- */

static const struct test_compositor_options able = {.dmabuf_version = 3};

static void a_frame_is_handed_over_where_it_lies(void **state)
{
	struct bench bench;
	struct oriel_frame frame;
	struct test_buffer shown;
	struct stat status;

	open_bench(&bench, &able);
	for (unsigned slot = 0; slot < 2; slot++) {
		frame = show(&bench, slot);
		shown = test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, slot + 1);
		assert_true(shown.is_dmabuf);
		assert_int_equal(shown.pitch_bytes, PITCH_BYTES);
		assert_int_equal(shown.modifier, 0);
		assert_memory_equal(&shown.format, "XB24", 4);
		/* Whole pages, no more of them than the frame is on. */
		assert_int_equal(driver.offset_bytes + shown.offset_bytes, frame.offset_bytes);
		assert_int_equal(driver.offset_bytes % 4096, 0);
		assert_int_equal(driver.bytes, 9 * 4096);
		assert_int_equal(fstat(bench.memory.fd, &status), 0);
		assert_int_equal(shown.inode, status.st_ino);
		check_image(&bench, &frame);
	}
	close_bench(&bench);
}

/* Of a driver that knows nothing of how pixels may lie. */
static void a_compositor_may_find_out_itself_how_pixels_lie(void **state)
{
	const struct test_compositor_options options = {
		.dmabuf_version = 3, .dmabuf_modifier = ORIEL_DIRECT_IMPLICIT};
	struct test_buffer shown;
	struct bench bench;

	open_bench(&bench, &options);
	show(&bench, 0);
	shown = test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, 1);
	assert_true(shown.is_dmabuf);
	assert_true(shown.modifier == ORIEL_DIRECT_IMPLICIT);
	close_bench(&bench);
}

static void a_frame_is_held_until_it_was_replaced_and_let_go_of(void **state)
{
	struct oriel_frame first, second;
	struct bench bench;

	open_bench(&bench, &able);
	first = show(&bench, 0);
	test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, 1);
	/* On the screen: the compositor keeps it. */
	test_compositor_let_go(bench.compositor);
	assert_true(bench.presenter->ops->holds_rt(bench.presenter, &first));
	second = show(&bench, 1);
	test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, 2);
	assert_true(bench.presenter->ops->holds_rt(bench.presenter, &first));
	test_compositor_let_go(bench.compositor);
	wait_given_back(&bench, &first);
	assert_true(bench.presenter->ops->holds_rt(bench.presenter, &second));
	close_bench(&bench);
}

static void a_slot_is_handed_over_once(void **state)
{
	struct bench bench;

	open_bench(&bench, &able);
	for (unsigned i = 0; i < 20; i++) {
		struct oriel_frame frame = show(&bench, i % 2);

		test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, i + 1);
		test_compositor_let_go(bench.compositor);
		frame.lease--;
		wait_given_back(&bench, &frame);
	}
	assert_int_equal(driver.parts, 2);
	assert_int_equal(test_compositor_count_offers(bench.compositor), 2);
	close_bench(&bench);
}

static void a_device_can_be_lent_where_no_pool_can(void **state)
{
	struct bench bench;
	struct oriel_frame frame;

	open_bench(&bench, &able);
	close(bench.memory.fd);
	open_memory(&bench, open("/dev/zero", O_RDWR | O_CLOEXEC));
	frame = show(&bench, 0);
	assert_true(test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, 1).is_dmabuf);
	/* With one slot refused, neither way is left: soft goes on, with the picture. */
	test_compositor_answer(bench.compositor, TEST_DMABUF_REFUSED);
	frame = show(&bench, 1);
	assert_true(oriel_direct_is_aside(bench.direct));
	check_image(&bench, &frame);
	close_bench(&bench);
}

/* ---- not taken ------------------------------------------------------------------------------- */

/* Two frames that the compositor gets in a wl_shm pool. */
static void check_falls_back(struct bench *bench)
{
	for (unsigned slot = 0; slot < 2; slot++) {
		struct oriel_frame frame = show(bench, slot);

		check_pool(bench, &frame, slot + 1);
		assert_true(bench->presenter->ops->holds_rt(bench->presenter, &frame));
		check_image(bench, &frame);
	}
	assert_false(oriel_direct_is_aside(bench->direct));
}

static void one_that_is_refused_goes_by_a_pool(void **state)
{
	struct bench bench;

	open_bench(&bench, &able);
	test_compositor_answer(bench.compositor, TEST_DMABUF_REFUSED);
	check_falls_back(&bench);
	/* Asked once: the answer holds for what lies the same way. */
	assert_int_equal(test_compositor_count_offers(bench.compositor), 1);
	close_bench(&bench);
}

static void one_without_an_answer_goes_by_a_pool(void **state)
{
	struct bench bench;

	open_bench(&bench, &able);
	test_compositor_answer(bench.compositor, TEST_DMABUF_SILENCE);
	bench.direct->lender.dmabuf.answer_limit_ns = 50 * ORIEL_NS_PER_MS;
	check_falls_back(&bench);
	assert_int_equal(test_compositor_count_offers(bench.compositor), 1);
	close_bench(&bench);
}

static void a_later_one_that_is_refused_keeps_the_picture(void **state)
{
	struct oriel_frame first, second;
	struct bench bench;

	open_bench(&bench, &able);
	first = show(&bench, 0);
	assert_true(test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, 1).is_dmabuf);
	test_compositor_answer(bench.compositor, TEST_DMABUF_REFUSED);
	second = show(&bench, 1);
	check_pool(&bench, &second, 2);
	/* What was handed over before is let go of as ever. */
	assert_true(bench.presenter->ops->holds_rt(bench.presenter, &first));
	test_compositor_let_go(bench.compositor);
	wait_given_back(&bench, &first);
	close_bench(&bench);
}

static void a_driver_that_fails_is_passed_over(void **state)
{
	struct bench bench;

	open_bench(&bench, &able);
	driver.result = -EINVAL;
	check_falls_back(&bench);
	assert_int_equal(driver.parts, 1);
	assert_int_equal(test_compositor_count_offers(bench.compositor), 0);
	close_bench(&bench);
}

static void other_memory_is_another_try(void **state)
{
	struct bench bench;
	int fd;

	open_bench(&bench, &able);
	driver.result = -EINVAL;
	show(&bench, 0);
	driver.result = 0;
	fd = dup(bench.memory.fd);
	close(bench.memory.fd);
	open_memory(&bench, fd);
	show(&bench, 1);
	assert_true(test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, 2).is_dmabuf);
	close_bench(&bench);
}

static void check_is_not_asked(const struct test_compositor_options *options)
{
	struct bench bench;

	open_bench(&bench, options);
	check_falls_back(&bench);
	assert_int_equal(driver.parts, 0);
	assert_int_equal(test_compositor_count_offers(bench.compositor), 0);
	close_bench(&bench);
}

static void a_compositor_that_cannot_is_not_asked(void **state)
{
	check_is_not_asked(&(struct test_compositor_options){.dmabuf_version = 0});
	/* Which does not say how pixels may lie. */
	check_is_not_asked(&(struct test_compositor_options){.dmabuf_version = 2});
	/* Which takes them in tiles only. */
	check_is_not_asked(&(struct test_compositor_options){
		.dmabuf_version = 3, .dmabuf_modifier = UINT64_C(0x0100000000000001)});
}

/* ---- the kernel's drivers -------------------------------------------------------------------- */

static void only_sealed_memory_is_for_udmabuf(void **state)
{
	struct oriel_memory memory = {1, memfd_create("lend", MFD_ALLOW_SEALING), MEMORY_BYTES};
	const struct oriel_maker_ops *udmabuf = &oriel_maker_udmabuf;

	assert_non_null(udmabuf->refuse(&memory));
	assert_non_null(oriel_maker_kvmfr.refuse(&memory));
	/* As a doorbell server seals it. */
	assert_int_equal(fcntl(memory.fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	assert_null(udmabuf->refuse(&memory));
	assert_int_equal(fcntl(memory.fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	assert_non_null(udmabuf->refuse(&memory));
	close(memory.fd);
}

static void a_device_of_another_kind_makes_nothing(void **state)
{
	struct oriel_memory memory = {1, open("/dev/null", O_RDWR | O_CLOEXEC), MEMORY_BYTES};
	int fd = -1;

	assert_null(oriel_maker_kvmfr.refuse(&memory));
	assert_int_equal(oriel_maker_kvmfr.make(&memory, 0, 4096, &fd), -ENOTTY);
	assert_int_equal(fd, -1);
	close(memory.fd);
}

/* tests/kvmfr boots a kernel that has it. */
#define KVMFR "/dev/kvmfr0"

static void kvmfr_makes_whole_pages_inside_it(void **state)
{
	static const size_t wrong[][2] = {
		{100, 4096}, {0, 100}, {0, 0}, {0, (size_t)1 << 40}, {(size_t)1 << 40, 4096}};
	struct oriel_memory memory = {1, open(KVMFR, O_RDWR | O_CLOEXEC), MEMORY_BYTES};
	const struct oriel_maker_ops *kvmfr = &oriel_maker_kvmfr;
	int fd = -1;

	if (memory.fd < 0)
		oriel_test_skip("no " KVMFR " here: %s", strerror(errno));
	assert_null(kvmfr->refuse(&memory));
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(kvmfr->make(&memory, wrong[i][0], wrong[i][1], &fd), -EINVAL);
	assert_int_equal(fd, -1);
	assert_int_equal(kvmfr->make(&memory, SLOT_BYTES, SLOT_BYTES, &fd), 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(lseek(fd, 0, SEEK_END), SLOT_BYTES);
	close(fd);
	close(memory.fd);
}

static void a_compositor_reads_what_kvmfr_made(void **state)
{
	int fd = open(KVMFR, O_RDWR | O_CLOEXEC);
	struct oriel_frame frame, last = {0};
	struct test_buffer shown;
	struct bench bench;

	if (fd < 0)
		oriel_test_skip("no " KVMFR " here: %s", strerror(errno));
	open_bench_on(&bench, &able, oriel_makers, fd);
	for (unsigned i = 0; i < 8; i++) {
		frame = show(&bench, i % 2);
		shown = test_compositor_wait_shown(bench.compositor, WIDTH_PX, HEIGHT_PX, i + 1);
		assert_true(shown.is_dmabuf);
		assert_memory_equal(shown.pixels, frame.pixels, frame.size_bytes);
		/* Not as it was: as it is. */
		reference_fill(bench.base + frame.offset_bytes, &layout, 1000 + i);
		assert_memory_equal(shown.pixels, frame.pixels, frame.size_bytes);
		assert_true(bench.presenter->ops->holds_rt(bench.presenter, &frame));
		test_compositor_let_go(bench.compositor);
		if (i)
			wait_given_back(&bench, &last);
		last = frame;
	}
	assert_int_equal(test_compositor_count_offers(bench.compositor), 2);
	close_bench(&bench);
}

static void udmabuf_makes_one_of_the_same_memory(void **state)
{
	struct oriel_memory memory = {1, memfd_create("lend", MFD_ALLOW_SEALING), MEMORY_BYTES};
	uint8_t *whole, *part;
	int fd = -1, result;

	assert_int_equal(ftruncate(memory.fd, MEMORY_BYTES), 0);
	assert_int_equal(fcntl(memory.fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	result = oriel_maker_udmabuf.make(&memory, SLOT_BYTES, SLOT_BYTES, &fd);
	if (result) {
		close(memory.fd);
		oriel_test_skip("no /dev/udmabuf here: %s", strerror(-result));
	}
	whole = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd, 0);
	part = mmap(NULL, SLOT_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(part, MAP_FAILED);
	whole[SLOT_BYTES + 5] = 77;
	assert_int_equal(part[5], 77);
	munmap(whole, MEMORY_BYTES);
	munmap(part, SLOT_BYTES);
	close(fd);
	close(memory.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_handed_over_where_it_lies),
		cmocka_unit_test(a_compositor_may_find_out_itself_how_pixels_lie),
		cmocka_unit_test(a_frame_is_held_until_it_was_replaced_and_let_go_of),
		cmocka_unit_test(a_slot_is_handed_over_once),
		cmocka_unit_test(a_device_can_be_lent_where_no_pool_can),
		cmocka_unit_test(one_that_is_refused_goes_by_a_pool),
		cmocka_unit_test(one_without_an_answer_goes_by_a_pool),
		cmocka_unit_test(a_later_one_that_is_refused_keeps_the_picture),
		cmocka_unit_test(a_driver_that_fails_is_passed_over),
		cmocka_unit_test(other_memory_is_another_try),
		cmocka_unit_test(a_compositor_that_cannot_is_not_asked),
		cmocka_unit_test(only_sealed_memory_is_for_udmabuf),
		cmocka_unit_test(a_device_of_another_kind_makes_nothing),
		cmocka_unit_test(kvmfr_makes_whole_pages_inside_it),
		cmocka_unit_test(a_compositor_reads_what_kvmfr_made),
		cmocka_unit_test(udmabuf_makes_one_of_the_same_memory),
	};

	oriel_log_set_level(ORIEL_LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
