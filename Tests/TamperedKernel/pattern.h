// SPDX-License-Identifier: Apache-2.0
//
// Bytes that are known by their place: every byte's value derives from its position in the connection's stream, so a byte
// that is lost, doubled or out of place shows at the reader without the sender's help.
#ifndef PATTERN_H
#define PATTERN_H

#include <stddef.h>
#include <stdint.h>

// Writes the `count` bytes from `position` on.
void pattern_fill(unsigned char *to, uint64_t seed, uint64_t position, size_t count);

// Returns how many of the `count` bytes are those from `position` on, up to the first that is not.
size_t pattern_agreeing(const unsigned char *bytes, uint64_t seed, uint64_t position, size_t count);

// A datagram is a piece of a stream of its own: it begins with its number and its length, and goes on with the pattern.
enum { datagram_header = 16, datagram_longest = 60000 };

// Writes datagram `number`, of `length` bytes.
void datagram_fill(unsigned char *to, uint64_t seed, uint64_t number, size_t length);

// Returns how many of the `length` bytes that arrived are those of the whole datagram that they say they are: `length` if
// it is whole.
size_t datagram_agreeing(const unsigned char *bytes, uint64_t seed, size_t length);

#endif
