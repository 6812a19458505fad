/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Error numbers that Linux has and Windows lacks; the values are Linux's. Code that builds for both
 * includes this for <errno.h>. */
#ifndef ORIEL_BASE_ERRNO_H
#define ORIEL_BASE_ERRNO_H

#include <errno.h>

#ifndef ESTALE
#define ESTALE 116
#endif
#ifndef EUSERS
#define EUSERS 87
#endif

#endif
