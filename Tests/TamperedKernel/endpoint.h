// SPDX-License-Identifier: Apache-2.0
//
// The two ends of a connection between two processes, by a text: tcp:10.0.0.2:80, udp:127.0.0.1:0, unix:PATH,
// unix-datagram:PATH, seqpacket:PATH. Text that is none ends the program.
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "pairs.h"

#include <stdbool.h>

struct endpoint {
    unsigned kind; // enum pair_kind
    struct address address;
};

struct endpoint endpoint_of(const char *text);

bool endpoint_is_stream(const struct endpoint *endpoint);

// A socket that is connected to the endpoint. With `buffer` bytes of send buffer if that is above 0.
int endpoint_connect(const struct endpoint *endpoint, int buffer);

// A socket that is bound to the endpoint and listens where its kind does; the port 0 becomes the one it got. With `buffer`
// bytes of receive buffer if that is above 0.
int endpoint_bind(struct endpoint *endpoint, int buffer);

// The socket to read from: the first connection to the bound `fd`, which is closed then, or `fd` itself.
int endpoint_accept(const struct endpoint *endpoint, int fd);

// Prints what follows the kind in the endpoint's text, and closes standard output: whoever waits for it can go on.
void endpoint_announce(const struct endpoint *endpoint);

#endif
