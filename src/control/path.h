/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the control sockets are. Thread: any. */
#ifndef ORIEL_CONTROL_PATH_H
#define ORIEL_CONTROL_PATH_H

/* $XDG_RUNTIME_DIR/oriel, owned by the caller. */
char *oriel_control_path_get_folder(void);
/* The socket of that VM's viewer there, owned by the caller. */
char *oriel_control_path_get(const char *vm);
/* Where the keeper of that VM's viewer leaves word while it is not running, owned by the caller. */
char *oriel_control_path_get_note(const char *vm);

#endif
