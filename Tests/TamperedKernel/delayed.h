// SPDX-License-Identifier: Apache-2.0
//
// Packets on their way: kept until they are due.
#ifndef DELAYED_H
#define DELAYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet {
    struct packet *next;
    int64_t due_ns;
    int to; // the descriptor it is written to
    size_t length;
    unsigned char bytes[];
};

// Puts a copy of a packet on its way. Returns whether it overtakes another that goes to the same place.
bool delayed_add(int to, const unsigned char *bytes, size_t length, int64_t due_ns);

// When the next packet is due; -1 if there is none.
int64_t delayed_next_ns(void);

// Writes the packets that are due at `now_ns`.
void delayed_deliver(int64_t now_ns);

// Forgets all packets.
void delayed_clear(void);

#endif
