/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "relay/region.h"

#define SLOTS 8

/* base 0: free or being filled, which the handler passes over. */
struct oriel_guard_slot {
	_Atomic uintptr_t base;
	size_t size_bytes;
	size_t page_bytes;
	atomic_bool taken;
	atomic_bool lost;
};

static struct oriel_guard_slot slots[SLOTS];
static struct sigaction earlier;

struct oriel_guard_slot *oriel_guard_add(uint8_t *base, size_t size_bytes, size_t page_bytes)
{
	for (int i = 0; i < SLOTS; i++) {
		struct oriel_guard_slot *slot = &slots[i];

		if (atomic_exchange(&slot->taken, true))
			continue;
		slot->size_bytes = size_bytes;
		slot->page_bytes = page_bytes;
		atomic_store(&slot->lost, false);
		atomic_store(&slot->base, (uintptr_t)base);
		return slot;
	}
	return NULL;
}

void oriel_guard_remove(struct oriel_guard_slot *slot)
{
	if (!slot)
		return;
	atomic_store(&slot->base, 0);
	atomic_store(&slot->taken, false);
}

bool oriel_guard_has_lost(const struct oriel_guard_slot *slot)
{
	return slot && atomic_load(&slot->lost);
}

/* Zero pages from the faulting one to the end: what lies in front may still be shared, and with it
 * a lock that the other side wants to see released. */
static bool replace_lost(struct oriel_guard_slot *slot, uintptr_t base, uintptr_t at)
{
	uintptr_t first = at & ~(uintptr_t)(slot->page_bytes - 1);
	uintptr_t end = (base + slot->size_bytes + slot->page_bytes - 1) &
			~(uintptr_t)(slot->page_bytes - 1);

	/* The bare system call: nothing that a tool put in front of mmap() may run inside a signal
	 * handler. */
	if (syscall(SYS_mmap, first, end - first, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0)
		return false;
	atomic_store(&slot->lost, true);
	return true;
}

static bool is_ours(const siginfo_t *info)
{
	uintptr_t at = (uintptr_t)info->si_addr;

	for (int i = 0; i < SLOTS; i++) {
		uintptr_t base = atomic_load(&slots[i].base);

		if (base && at >= base && at - base < slots[i].size_bytes)
			return replace_lost(&slots[i], base, at);
	}
	return false;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
	if (earlier.sa_flags & SA_SIGINFO) {
		earlier.sa_sigaction(number, info, context);
	} else if (earlier.sa_handler != SIG_DFL && earlier.sa_handler != SIG_IGN) {
		earlier.sa_handler(number);
	} else {
		/* A fault comes again as soon as we return; a signal that was sent does not. */
		sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
		if (info->si_code <= 0)
			raise(number);
	}
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
	int kept = errno;

	/* Codes above 0 come from the kernel and carry an address. */
	if (info->si_code <= 0 || !is_ours(info))
		pass_on(number, info, context);
	errno = kept;
}

static void install(void)
{
	struct sigaction action = {
		.sa_sigaction = on_bus_error,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, &earlier);
}

void oriel_region_install_guard(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
}
