// SPDX-License-Identifier: Apache-2.0
//
// What AddressLayout.swift takes for granted of a system's addresses, asserted of each system's headers when they are compiled. Its
// rule is: where a family has one byte, the length of the address stands before it.
#define _GNU_SOURCE 1
#define _DARWIN_C_SOURCE 1
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define HAS_LENGTH (sizeof(sa_family_t) == 1)

#define ASSERT_START(structure, family) \
    _Static_assert(offsetof(struct structure, family) == (HAS_LENGTH ? 1 : 0), "where the family is"); \
    _Static_assert(sizeof(((struct structure *)0)->family) == sizeof(sa_family_t), "how long the family is")

_Static_assert(HAS_LENGTH || sizeof(sa_family_t) == 2, "a family has one byte or two");
ASSERT_START(sockaddr, sa_family);
ASSERT_START(sockaddr_in, sin_family);
ASSERT_START(sockaddr_in6, sin6_family);
ASSERT_START(sockaddr_un, sun_family);
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
_Static_assert(HAS_LENGTH, "these systems have a length");
_Static_assert(offsetof(struct sockaddr, sa_len) == 0, "it stands first");
_Static_assert(sizeof((struct sockaddr *)0)->sa_len == 1, "and has one byte");
#else
_Static_assert(!HAS_LENGTH, "no other system has the length of an address in it");
#endif

_Static_assert(offsetof(struct sockaddr_in, sin_port) == 2 && offsetof(struct sockaddr_in, sin_addr) == 4, "IPv4");
_Static_assert(sizeof(struct sockaddr_in) == 16, "IPv4");
_Static_assert(offsetof(struct sockaddr_in6, sin6_port) == 2 && offsetof(struct sockaddr_in6, sin6_addr) == 8, "IPv6");
_Static_assert(offsetof(struct sockaddr_in6, sin6_scope_id) == 24 && sizeof(struct sockaddr_in6) == 28, "IPv6");
_Static_assert(offsetof(struct sockaddr_un, sun_path) == 2, "the path of a Unix socket");
_Static_assert(AF_INET < 256 && AF_INET6 < 256 && AF_UNIX < 256, "families of one byte");

// Groups: the options that are given bytes.
_Static_assert(sizeof(struct ip_mreq) == 8 && offsetof(struct ip_mreq, imr_multiaddr) == 0, "an IPv4 group");
_Static_assert(sizeof(struct ipv6_mreq) == 20 && offsetof(struct ipv6_mreq, ipv6mr_multiaddr) == 0, "an IPv6 group");
