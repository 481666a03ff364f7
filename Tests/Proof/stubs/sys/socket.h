// SPDX-License-Identifier: Apache-2.0
//
// For the proof alone: what the headers need of sockets, of which gather.c uses nothing.
#ifndef PROOF_SYS_SOCKET_H
#define PROOF_SYS_SOCKET_H

#define MSG_NOSIGNAL 0x4000

struct sockaddr;
typedef unsigned int socklen_t;

#endif
