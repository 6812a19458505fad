/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/redact_rules.h"

#include <string.h>

/* Words that are part of the name of a setting with a secret in it. */
#define SECRET_WORDS                                                                               \
	"(?:password|passwd|passwort|passphrase|secret|token|credential|cookie|psk|pre-?shared|"   \
	"(?:api|access|auth|account|private|product|wpa|wep|master|luks|crypt)[ "                  \
	"_-]?key|\\bosk\\b|"                                                                       \
	"key_mgmt_secret)"
#define SECRET_NAME "[\\w.-]*" SECRET_WORDS "[\\w.-]*"
#define SERIAL_NAME                                                                                \
	"(?:[\\w.-]*serial(?:[ _-]?(?:number|num|no|short))?|asset[ _-]?tag|[\\w.-]*wwn|wwid|"     \
	"nguid|eui64|service[ _-]?tag)"
/* Behind the name of a setting. */
#define IS "[\"']?[ \\t]*[=:][ \\t]*"
/* A value: in quotes what stands in them, otherwise one word. */
#define QUOTED "(?|\"((?:[^\"\\\\\\n]|\\\\.)++)\"|'([^'\\n]++)')"
#define WORD "([^\\s\"'<>,;\\[\\]{}][^\\s\"'<>,;]*)"
#define EITHER "(?|\"((?:[^\"\\\\\\n]|\\\\.)++)\"|'([^'\\n]++)'|" WORD ")"
/* An element of XML with text. */
#define ELEMENT(names) "<(?:[\\w.-]+:)?" names "(?:\\s[^<>]*)?>\\s*([^<\\s](?:[^<]*[^<\\s])?)\\s*<"

/* ---- what is meant -------------------------------------------------------------------------- */

static const char *const common[] = {"admin", "arch", "archlinux", "computer", "debian", "default",
	"desktop", "false", "fedora", "gdm", "guest", "home", "host", "kvm", "laptop", "libvirt",
	"libvirt-qemu", "linux", "localdomain", "localhost", "machine", "n/a", "nixos", "no",
	"nobody", "none", "null", "oriel", "pc", "pop-os", "public", "qemu", "root", "sddm",
	"server", "system", "test", "true", "ubuntu", "unknown", "user", "vfio", "vm", "windows",
	"yes"};

gboolean oriel_redact_rules_is_common(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(common); i++)
		if (!g_ascii_strcasecmp(common[i], name))
			return TRUE;
	return FALSE;
}

static gboolean is_personal(const char *name)
{
	return !oriel_redact_rules_is_common(name);
}

/* Pages of projects, named in definitions and in messages. */
static gboolean is_private_host(const char *name)
{
	static const char *const known[] = {"libvirt.org", "qemu.org", "www.w3.org", "kernel.org",
		"www.kernel.org", "github.com", "docs.kernel.org", "freedesktop.org"};

	for (guint i = 0; i < G_N_ELEMENTS(known); i++)
		if (!g_ascii_strcasecmp(known[i], name))
			return FALSE;
	return is_personal(name);
}

/* Names of systemd's units look like addresses of mail. */
static gboolean is_mail(const char *text)
{
	static const char *const units[] = {
		".service", ".socket", ".slice", ".scope", ".mount", ".timer", ".device", ".path"};

	for (guint i = 0; i < G_N_ELEMENTS(units); i++)
		if (g_str_has_suffix(text, units[i]))
			return FALSE;
	return TRUE;
}

/* Settings that only look like secrets: password=yes. */
static gboolean is_secret(const char *value)
{
	return g_ascii_strcasecmp(value, "yes") && g_ascii_strcasecmp(value, "no") &&
	       g_ascii_strcasecmp(value, "true") && g_ascii_strcasecmp(value, "false") &&
	       g_ascii_strcasecmp(value, "null");
}

/* ---- the rules ------------------------------------------------------------------------------ */

/* Secrets come first: whatever looks like something else in them goes with them. */
const struct oriel_redact_rule oriel_redact_rules[] = {
	{ORIEL_REDACT_SECRET, "\\bAuthorization" IS "([^\\n]+)", NULL, TRUE},
	{ORIEL_REDACT_SECRET, SECRET_NAME IS QUOTED, is_secret, TRUE},
	{ORIEL_REDACT_SECRET, "(?m)^[ \\t#;]*(?:export\\s+)?" SECRET_NAME IS "([^\\s\"'<>][^\\n]*)",
		is_secret, TRUE},
	/* QEMU writes a comma in a value twice. */
	{ORIEL_REDACT_SECRET, SECRET_NAME IS "((?:[^\\s\"'<>,]|,,)+)", is_secret, TRUE},
	{ORIEL_REDACT_SECRET, ELEMENT("[\\w.-]*" SECRET_WORDS "[\\w.-]*"), NULL, TRUE},
	{ORIEL_REDACT_SECRET, SECRET_WORDS "[\\w.-]*>\\s*<Value>\\s*([^<\\s][^<]*?)\\s*<", NULL,
		TRUE},
	{ORIEL_REDACT_SECRET, SECRET_WORDS "\\s+(?:is\\s+)?" QUOTED, NULL, TRUE},
	{ORIEL_REDACT_SECRET, "--?" SECRET_NAME "[ \\t]+([^\\s-]\\S*)", NULL, TRUE},
	{ORIEL_REDACT_SECRET, "\\bsecret\\b[^\\n]{0,300}?[,{][ ]*\"?data" IS EITHER, NULL, TRUE},
	{ORIEL_REDACT_SECRET, "\\bBearer\\s+([\\w+/.=~-]{8,})", NULL, TRUE},
	{ORIEL_REDACT_SECRET, "\\b[a-z][a-z0-9+.-]*://[^\\s/@:'\"<>]*:([^\\s'\"<>]+)@", NULL, TRUE},
	{ORIEL_REDACT_SECRET,
		"((?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[\\w-]{12,}|(?-i:AKIA[0-9A-Z]{16})|"
		"eyJ[\\w-]{8,}\\.[\\w-]{4,}\\.[\\w-]{4,})",
		NULL, TRUE},
	{ORIEL_REDACT_SECRET, "(\\$(?:1|2[aby]?|5|6|y|gy|7)\\$[^\\s:'\"<>]{8,})", NULL, TRUE},
	{ORIEL_REDACT_SECRET, "(?-i)\\b([A-Z0-9]{5}(?:-[A-Z0-9]{5}){4})\\b", NULL, TRUE},

	{ORIEL_REDACT_UUID, "([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"},
	{ORIEL_REDACT_UUID, "(?<![0-9a-z])([0-9a-f]{32})(?![0-9a-z])"},
	{ORIEL_REDACT_UUID, "(?:\\b(?:PART)?UUID=|by-(?:part)?uuid/|by\\\\x2d(?:part)?uuid-)" WORD},

	{ORIEL_REDACT_MAC, "((?:[0-9a-f]{2}:){5,19}[0-9a-f]{2})"},
	{ORIEL_REDACT_MAC, "((?:[0-9a-f]{2}-){5,7}[0-9a-f]{2})"},
	{ORIEL_REDACT_MAC, "\\b((?:[0-9a-f]{4}\\.){2}[0-9a-f]{4})\\b"},
	{ORIEL_REDACT_MAC, "\\b(?:en|wl|ww)x([0-9a-f]{12})\\b"},
	{ORIEL_REDACT_MAC,
		"\\b(?:hw|mac|perm)[ _-]?(?:addr(?:ess)?)?" IS "[\"']?([0-9a-f]{12})\\b"},

	{ORIEL_REDACT_WIFI,
		"\\bb?e?ssid" IS "(?|\"([^\"\\n]++)\"|'([^'\\n]++)'|([^\\s\"'][^\\n,]*))",
		is_personal, TRUE},
	{ORIEL_REDACT_WIFI, "\\be?ssid[ \\t]+" QUOTED, is_personal, TRUE},
	{ORIEL_REDACT_WIFI, "/system-connections/([^/\\n\"'<>]+?)\\.nmconnection", is_personal,
		TRUE},
	{ORIEL_REDACT_WIFI, "/iwd/([^/\\n\"'<>]+?)\\.(?:psk|8021x|open)\\b", is_personal, TRUE},

	{ORIEL_REDACT_SERIAL, SERIAL_NAME IS EITHER, is_personal, TRUE},
	{ORIEL_REDACT_SERIAL, ELEMENT("(?:serial|wwn|wwid|asset)"), is_personal, TRUE},
	{ORIEL_REDACT_SERIAL,
		"<entry\\s+name=[\"'](?:serial|asset|uuid|sku)[\"']\\s*>\\s*([^<\\s][^<]*?)\\s*<",
		is_personal, TRUE},
	{ORIEL_REDACT_SERIAL, "by-id/" WORD, NULL, TRUE},
	{ORIEL_REDACT_SERIAL, "by\\\\x2did-" WORD, NULL, TRUE},
	{ORIEL_REDACT_SERIAL, "(?:\\b(?:PART)?LABEL=|by-(?:part)?label/)" WORD},

	{ORIEL_REDACT_MAIL, "([\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+)", is_mail},
	{ORIEL_REDACT_USER, "\\b[a-z][a-z0-9+.-]*://([^\\s/@:'\"<>\\[\\]]+)(?::[^\\s/@]*)?@",
		is_personal, TRUE},
	{ORIEL_REDACT_HOST, "\\b[a-z][a-z0-9+.-]*://(?:[^\\s/@'\"<>]*@)?([\\w-][\\w.-]*)",
		is_private_host},
	{ORIEL_REDACT_HOST, "<host\\s[^<>]*\\bname=" QUOTED, is_private_host, TRUE},
	{ORIEL_REDACT_HOST, "\\bhost[ _-]?name" IS EITHER, is_personal, TRUE},
	{ORIEL_REDACT_HOST, "(?m)^\\s*(?:host|server)[ \\t]*[=:][ \\t]*" EITHER, is_personal, TRUE},
	{ORIEL_REDACT_HOST,
		"\\b([\\w-]+(?:\\.[\\w-]+)*\\.(?:local|lan|home|internal|localdomain|fritz\\.box|"
		"home\\.arpa))\\b",
		is_personal, TRUE},
	/* The system's log names the computer on each line. */
	{ORIEL_REDACT_HOST, "(?m)^(?-i:[A-Z][a-z]{2}) [ \\d]\\d \\d\\d:\\d\\d:\\d\\d ([\\w.-]+) ",
		is_personal, TRUE},
	{ORIEL_REDACT_HOST, "(?m)^\\d{4}-\\d\\d-\\d\\dT[\\d:.,+-]+Z? ([\\w.-]+) ", is_personal,
		TRUE},

	{ORIEL_REDACT_USER, "(?:/home/|/Users/|\\\\Users\\\\+)([^/\\\\\\n\"'<>:,;|]+)", is_personal,
		TRUE, TRUE},
	{ORIEL_REDACT_HOME, "((?:(?:/var|/usr)?/home/|/Users/)[^/"
			    "\\s\"'<>:,;|]+|[a-z]:\\\\+Users\\\\+[^/\\\\\\n\"'<>:,;|]+)"},
	{ORIEL_REDACT_USER, "(?:/run/media/|/media/)([^/\\s\"'<>:,;|]+)", is_personal, TRUE},
	{ORIEL_REDACT_USER,
		"\\b(?:user(?:[ _-]?name)?|logname|login|real[ _-]?name|full[ _-]?name)" IS EITHER,
		is_personal, TRUE},
	{ORIEL_REDACT_USER, "\\b(?:for|by|of) user ([\\w.-]+)", is_personal, TRUE},
	{ORIEL_REDACT_USER, "\\b[ug]id=\\d+\\(([^()\\s]+)\\)", is_personal, TRUE},
};

const guint oriel_redact_rules_count = G_N_ELEMENTS(oriel_redact_rules);
