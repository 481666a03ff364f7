// SPDX-License-Identifier: Apache-2.0
//
// A network of this process alone: a loopback interface whose settings can be changed.
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

// Moves the process into an empty network with a loopback interface. Returns false where that is not allowed. To be called in a
// child.
bool network_enter(void);

// Writes a setting of the network: a file below /proc/sys/net.
void network_set(const char *name, const char *value);

#endif
