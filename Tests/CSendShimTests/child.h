// SPDX-License-Identifier: Apache-2.0
//
// A part of a case that runs in a process of its own, because it may end the process or change its limits.
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>

// Runs `body(argument)` in a child. Returns whether no check failed there and no signal ended it; says so if one did.
bool passes_in_child(void (*body)(unsigned argument), unsigned argument);

#endif
