// SPDX-License-Identifier: Apache-2.0
//
// More than 2 GiB in one call, which is more than a system call takes and than 32 bits can count.
#define _GNU_SOURCE
#include "check.h"
#include "csendshim.h"
#include "pairs.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

static const size_t gib = (size_t)1 << 30;

static bool not_wanted(void)
{
    const bool wanted = getenv("CHECK_LARGE") != NULL;
    if (!wanted)
        check_skip("set CHECK_LARGE=1 (make check does)");
    return !wanted;
}

// Whether a list of 3 GiB is no list at all here.
static bool too_long_or_not_wanted(void)
{
    const bool too_long = 3 * gib > SSIZE_MAX;
    if (too_long)
        check_skip("3 GiB are more than SSIZE_MAX");
    return too_long || not_wanted();
}

struct count {
    int fd;
    size_t bytes;
};

static void *read_and_discard(void *argument)
{
    static char bytes[1 << 20];
    struct count *count = argument;
    ssize_t got;
    while ((got = recv(count->fd, bytes, sizeof bytes, 0)) > 0)
        count->bytes += (size_t)got;
    return NULL;
}

// Sends the segments, which all are the same zero pages, and checks that as many bytes arrive.
static void arrives(unsigned kind, const size_t *lengths, size_t count)
{
    size_t longest = 0;
    for (size_t i = 0; i < count; i++)
        longest = lengths[i] > longest ? lengths[i] : longest;
    // Pages that are only read stay the one zero page: it costs no memory.
    void *zeros = mmap(NULL, longest, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    MUST(zeros == MAP_FAILED ? -1 : 0);
    struct iovec list[4] = {{NULL, 0}};
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        list[i] = (struct iovec){zeros, lengths[i]};
        total += lengths[i];
    }
    struct pair pair = pair_open(kind, 0);
    struct count arrived = {.fd = pair.receiver};
    pthread_t reader;
    MUST(-pthread_create(&reader, NULL, read_and_discard, &arrived));
    size_t sent = 0;
    CHECK_ERRNO(sendv_all(pair.sender, list, count, 0, &sent), 0);
    CHECK_EQ(sent, total);
    MUST(shutdown(pair.sender, SHUT_WR));
    MUST(-pthread_join(reader, NULL));
    CHECK_EQ(arrived.bytes, total);
    pair_close(&pair);
    MUST(munmap(zeros, longest));
}

static void three_segments_of_a_gib(unsigned kind)
{
    if (!too_long_or_not_wanted())
        arrives(kind, (const size_t[]){gib, gib, gib}, 3);
}

static void one_segment_of_3_gib(unsigned kind)
{
    if (!too_long_or_not_wanted())
        arrives(kind, (const size_t[]){3 * gib}, 1);
}

// The kernel takes 0x7ffff000 bytes in one call and silently leaves the rest.
static void around_what_a_system_call_takes(unsigned kind)
{
    if (!not_wanted())
        arrives(kind, (const size_t[]){5, 0x7ffff000 - 5, 1, 0}, 4);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(three_segments_of_a_gib),
        ON_STREAMS(one_segment_of_3_gib),
        CASE_ON(around_what_a_system_call_takes, UNIX_STREAM),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
