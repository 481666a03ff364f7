// SPDX-License-Identifier: Apache-2.0
//
// The ways to send a header, a region of a file and a trailer. Each sends all bytes, or ends the program.
#ifndef WAYS_H
#define WAYS_H

#include <stddef.h>

enum { HEAD_BYTES = 200, TAIL_BYTES = 100, WAYS = 6 };

struct message {
    int fd;
    int file;
    size_t region;
    char *head, *tail, *buffer; // `buffer` has room for the region
};

struct way {
    const char *name;
    void (*send)(const struct message *message);
};

extern const struct way ways[WAYS];

void require(int holds, const char *what);

#endif
