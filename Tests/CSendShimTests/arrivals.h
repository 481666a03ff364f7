// SPDX-License-Identifier: Apache-2.0
//
// Checks of what arrived at a receiver. Inside one machine a datagram has arrived once its send returned.
#ifndef ARRIVALS_H
#define ARRIVALS_H

#include "pairs.h"
#include "segments.h"

#include <stdbool.h>

// Whether nothing can be read from `fd`, an end of the stream included.
bool nothing_pending(int fd);

// Whether one message with the list's bytes can be read, and nothing after it.
bool one_message_arrived(int fd, const struct segments *segments);

// Whether one empty message can be read, and nothing after it.
bool one_empty_message_arrived(int fd);

// Sends the list, which it frees: all of it is to arrive as one message, by one system call, and to be as it was.
void sends_one_message(const struct pair *pair, struct segments *segments);

#endif
