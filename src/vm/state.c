/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/state.h"

#include "base/log.h"
#include "vm/error.h"

#include <libvirt/libvirt.h>

G_STATIC_ASSERT((int)ORIEL_VM_RUNNING == VIR_DOMAIN_RUNNING);
G_STATIC_ASSERT((int)ORIEL_VM_SHUTOFF == VIR_DOMAIN_SHUTOFF);
G_STATIC_ASSERT((int)ORIEL_VM_PMSUSPENDED == VIR_DOMAIN_PMSUSPENDED);

static const struct {
	const char *name;
	const char *way_out; /* for what is refused in this state */
} states[ORIEL_VM_STATE_COUNT] = {
	[ORIEL_VM_NOSTATE] = {"no state", "look again with 'oriel vm info'"},
	[ORIEL_VM_RUNNING] = {"running", "stop it first with 'oriel vm stop'"},
	[ORIEL_VM_BLOCKED] = {"blocked", "stop it first with 'oriel vm stop'"},
	[ORIEL_VM_PAUSED] = {"paused", "resume it first with 'oriel vm resume'"},
	[ORIEL_VM_SHUTDOWN] = {"shutting down",
		"wait for it, or end it with 'oriel vm stop --force'"},
	[ORIEL_VM_SHUTOFF] = {"shut off", "start it first with 'oriel vm start'"},
	[ORIEL_VM_CRASHED] = {"crashed", "start it again with 'oriel vm start'"},
	[ORIEL_VM_PMSUSPENDED] = {"suspended", "wake it first with 'oriel vm resume'"},
};

#define IN(state) (1u << ORIEL_VM_##state)
#define IN_RUN (IN(RUNNING) | IN(BLOCKED) | IN(NOSTATE))
#define IN_OFF (IN(SHUTOFF) | IN(CRASHED))
#define IN_ACTIVE (IN_RUN | IN(PAUSED) | IN(SHUTDOWN) | IN(PMSUSPENDED))

static const struct {
	const char *verb;
	unsigned int allowed, done; /* in these states; done: there is nothing left to do */
	const char *already;
} requests[ORIEL_VM_REQUEST_COUNT] = {
	[ORIEL_VM_START] = {"start", IN_OFF, IN_ACTIVE, "it is already there"},
	[ORIEL_VM_PAUSE] = {"pause", IN_RUN, IN(PAUSED), "it is stopped in time already"},
	[ORIEL_VM_RESUME] = {"resume", IN(PAUSED) | IN(PMSUSPENDED) | IN(NOSTATE),
		IN(RUNNING) | IN(BLOCKED), "it goes on already"},
	[ORIEL_VM_RESET] = {"reset", IN_RUN | IN(PAUSED) | IN(CRASHED)},
	[ORIEL_VM_REBOOT] = {"reboot", IN_RUN},
	[ORIEL_VM_STOP] = {"stop", IN_RUN | IN(SHUTDOWN)},
	[ORIEL_VM_FORCE_STOP] = {"force off", IN_ACTIVE | IN(CRASHED)},
	[ORIEL_VM_DELETE] = {"delete", IN_OFF},
	[ORIEL_VM_CLONE] = {"clone", IN_OFF},
	[ORIEL_VM_SNAPSHOT] = {"take a snapshot of", IN_RUN | IN(PAUSED) | IN_OFF},
	[ORIEL_VM_CONSOLE] = {"open the console of", IN_ACTIVE},
	[ORIEL_VM_SCREENSHOT] = {"take a picture of", IN_RUN | IN(PAUSED)},
};

static const struct {
	int event;
	enum oriel_vm_state state;
} events[] = {
	{VIR_DOMAIN_EVENT_STARTED, ORIEL_VM_RUNNING},
	{VIR_DOMAIN_EVENT_SUSPENDED, ORIEL_VM_PAUSED},
	{VIR_DOMAIN_EVENT_RESUMED, ORIEL_VM_RUNNING},
	{VIR_DOMAIN_EVENT_SHUTDOWN, ORIEL_VM_SHUTDOWN},
	{VIR_DOMAIN_EVENT_STOPPED, ORIEL_VM_SHUTOFF},
	{VIR_DOMAIN_EVENT_PMSUSPENDED, ORIEL_VM_PMSUSPENDED},
	{VIR_DOMAIN_EVENT_CRASHED, ORIEL_VM_CRASHED},
	{VIR_DOMAIN_EVENT_UNDEFINED, ORIEL_VM_SHUTOFF},
};

const char *oriel_vm_state_get_name(enum oriel_vm_state state)
{
	return state < ORIEL_VM_STATE_COUNT ? states[state].name : "unknown";
}

void oriel_vm_life_init(struct oriel_vm_life *life, const char *name, enum oriel_vm_state state)
{
	life->name = g_strdup(name);
	life->state = state;
}

void oriel_vm_life_finish(struct oriel_vm_life *life)
{
	g_clear_pointer(&life->name, g_free);
}

static bool set_state(struct oriel_vm_life *life, enum oriel_vm_state state)
{
	if (life->state == state)
		return false;
	oriel_log(ORIEL_LOG_DEBUG, "%s: %s -> %s", life->name, oriel_vm_state_get_name(life->state),
		oriel_vm_state_get_name(state));
	life->state = state;
	return true;
}

static enum oriel_vm_state get_state_after(int event, int detail, enum oriel_vm_state now)
{
	if (event == VIR_DOMAIN_EVENT_STOPPED && detail == VIR_DOMAIN_EVENT_STOPPED_CRASHED)
		return ORIEL_VM_CRASHED;
	/* A machine goes from crashed to stopped when libvirt clears up behind it: still crashed.
	 */
	if (event == VIR_DOMAIN_EVENT_STOPPED && now == ORIEL_VM_CRASHED)
		return ORIEL_VM_CRASHED;
	for (size_t i = 0; i < G_N_ELEMENTS(events); i++)
		if (events[i].event == event)
			return events[i].state;
	return now;
}

bool oriel_vm_life_follow(struct oriel_vm_life *life, int event, int detail)
{
	return set_state(life, get_state_after(event, detail, life->state));
}

bool oriel_vm_life_check(
	const struct oriel_vm_life *life, enum oriel_vm_request request, GError **error)
{
	unsigned int now = 1u << life->state;

	if (requests[request].allowed & now)
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
		"cannot %s '%s' while it is %s; %s", requests[request].verb, life->name,
		states[life->state].name,
		requests[request].done & now ? requests[request].already
					     : states[life->state].way_out);
}
