// SPDX-License-Identifier: Apache-2.0
//
// Connected sockets of every kind the library sends on, all inside this machine.
#ifndef PAIRS_H
#define PAIRS_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

// Unsigned, so that a case can carry one as its variant.
enum pair_kind { TCP = 0u, UNIX_STREAM, UDP, UNIX_DATAGRAM, SEQPACKET };

// The cases of a body that is for all kinds, for streams, for messages. With check.h.
#define ON_STREAMS(body) CASE_ON(body, TCP), CASE_ON(body, UNIX_STREAM)
#define ON_MESSAGES(body) CASE_ON(body, UDP), CASE_ON(body, UNIX_DATAGRAM), CASE_ON(body, SEQPACKET)
#define ON_EVERY_KIND(body) ON_STREAMS(body), ON_MESSAGES(body)

struct pair {
    int sender;
    int receiver;
};

// A socket's address, of the families used here.
struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in internet;
        struct sockaddr_un local;
    } to;
    socklen_t length;
};

const char *pair_name(unsigned kind);

// A connected pair. `buffer` bytes of send buffer and of receive buffer, as far as the system goes that low; 0: its default.
struct pair pair_open(unsigned kind, int buffer);

void pair_close(struct pair *pair);

// Closes the receiver alone. With `abort`, a TCP peer gets a reset in place of an orderly end.
void pair_close_receiver(struct pair *pair, int abort);

// A socket of that kind that is connected to nothing.
int socket_unconnected(unsigned kind);

// A bound, unconnected socket that can receive, and its address. For UDP on 127.0.0.1, for Unix datagrams without a file.
int socket_bound(unsigned kind, struct address *address);

void set_buffer(int fd, int name, int bytes);
void set_nonblocking(int fd);
void set_send_timeout_ms(int fd, int ms);

#endif
