// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "delayed.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct packet *first; // by the time they are due

bool delayed_add(int to, const unsigned char *bytes, size_t length, int64_t due_ns)
{
    struct packet *packet = malloc(sizeof *packet + length);
    MUST(packet == NULL ? -1 : 0);
    packet->due_ns = due_ns;
    packet->to = to;
    packet->length = length;
    memcpy(packet->bytes, bytes, length);
    struct packet **place = &first;
    while (*place != NULL && (*place)->due_ns <= due_ns)
        place = &(*place)->next;
    bool overtakes = false;
    for (const struct packet *later = *place; later != NULL && !overtakes; later = later->next)
        overtakes = later->to == to;
    packet->next = *place;
    *place = packet;
    return overtakes;
}

int64_t delayed_next_ns(void)
{
    return first != NULL ? first->due_ns : -1;
}

static void remove_first(void)
{
    struct packet *gone = first;
    first = gone->next;
    free(gone);
}

void delayed_deliver(int64_t now_ns)
{
    while (first != NULL && first->due_ns <= now_ns) {
        // A device that takes no packet has lost it, as a wire does.
        const ssize_t written = write(first->to, first->bytes, first->length);
        (void)written;
        remove_first();
    }
}

void delayed_clear(void)
{
    while (first != NULL)
        remove_first();
}
