// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "pattern.h"

#include <string.h>

// The word of eight bytes number `index`. Words differ from each other in half of their bits.
static uint64_t word_at(uint64_t seed, uint64_t index)
{
    uint64_t mixed = (seed + index) * 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93;
    return mixed ^ mixed >> 32;
}

static unsigned char byte_at(uint64_t seed, uint64_t position)
{
    return (unsigned char)(word_at(seed, position / 8) >> position % 8 * 8);
}

void pattern_fill(unsigned char *to, uint64_t seed, uint64_t position, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = byte_at(seed, position + i);
}

size_t pattern_agreeing(const unsigned char *bytes, uint64_t seed, uint64_t position, size_t count)
{
    size_t i = 0;
    while (i < count && bytes[i] == byte_at(seed, position + i))
        i++;
    return i;
}

// Where datagram `number` begins in the pattern: no two of them overlap.
static uint64_t position_of(uint64_t number)
{
    return number << 32;
}

void datagram_fill(unsigned char *to, uint64_t seed, uint64_t number, size_t length)
{
    const uint64_t header[2] = {number, length};
    memcpy(to, header, datagram_header);
    pattern_fill(to + datagram_header, seed, position_of(number), length - datagram_header);
}

size_t datagram_agreeing(const unsigned char *bytes, uint64_t seed, size_t length)
{
    uint64_t header[2];
    if (length < datagram_header)
        return 0;
    memcpy(header, bytes, datagram_header);
    if (header[1] != length)
        return 0;
    return datagram_header + pattern_agreeing(bytes + datagram_header, seed, position_of(header[0]), length - datagram_header);
}
