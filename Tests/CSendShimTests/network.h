// SPDX-License-Identifier: Apache-2.0
//
// A network of this process alone: a loopback interface whose settings can be changed.
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

// Moves the process into an empty network with a loopback interface. Returns false where that is not allowed. To be called in a
// child.
bool network_enter(void);

// Whether this process may make an interface as network_add_silent does.
bool network_may_add(void);

// Adds an Ethernet interface with the address 192.0.2.1 of a network of 24 bits, to which nobody else is connected. The
// kernel looks for a packet's neighbour for 100 seconds, and keeps the packet until then, so a UDP socket can be full.
void network_add_silent(void);

// Writes a setting of the network: a file below /proc/sys/net.
void network_set(const char *name, const char *value);

#endif
