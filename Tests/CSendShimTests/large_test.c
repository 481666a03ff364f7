// SPDX-License-Identifier: Apache-2.0
//
// More than 2 GiB in one call, which is more than a system call takes and than 32 bits can count.
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

// Bytes of the region that are not 0. Some are at the limit of one system call, or of 31 bits.
static const size_t marks[] = {0, 1, 0x7ffff000 - 1, 0x7ffff000, 0x7fffffff, 0x80000000, 0xbfffffff};

enum { head = 5, tail = 3, beside = 0xee };

static unsigned char mark(size_t i)
{
    return (unsigned char)(i + 1);
}

// Counts what arrives, and the marks among it.
struct marked {
    int fd;
    size_t bytes, found;
};

static void *read_and_look(void *argument)
{
    enum { size = 1 << 20 };
    // Not static: for s390x, the compiler and linker of zig 0.17.1 get the address `bytes` + 0x80000005 - `arrived->bytes` wrong.
    unsigned char *const bytes = malloc(size);
    MUST(bytes == NULL ? -1 : 0);
    struct marked *arrived = argument;
    ssize_t got;
    while ((got = recv(arrived->fd, bytes, size, 0)) > 0) {
        for (size_t i = 0; i < COUNT_OF(marks); i++) {
            const size_t at = head + marks[i];
            if (at >= arrived->bytes && at < arrived->bytes + (size_t)got)
                arrived->found += bytes[at - arrived->bytes] == mark(i);
        }
        arrived->bytes += (size_t)got;
        // A sendfile wakes the reader for each page, which is ten times slower than letting the socket fill.
        if (got < 1 << 16)
            sleep_ns(200 * ns_per_us);
    }
    free(bytes);
    return NULL;
}

// A sparse file: only the marks have blocks. They are behind an offset of more than 32 bits.
static int sparse_file(int64_t offset, int64_t length)
{
    static const unsigned char other = beside;
    char path[] = "/tmp/large_test.XXXXXX";
    const int fd = MUST(mkstemp(path));
    MUST(unlink(path));
    if (ftruncate(fd, offset + length + 1) != 0) {
        check_skip("no file of %jd bytes in /tmp: %s", (intmax_t)(offset + length + 1), strerror(errno));
        MUST(close(fd));
        return -1;
    }
    MUST(pwrite(fd, &other, 1, offset - 1));
    MUST(pwrite(fd, &other, 1, offset + length));
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        MUST(pwrite(fd, &(unsigned char){mark(i)}, 1, offset + (int64_t)marks[i]));
    return fd;
}

// Without a time-out the core uses sendfile; with one it uses a buffer, because the socket is in blocking mode.
static void region_arrives(uint32_t wait)
{
    const int64_t offset = ((int64_t)5 << 30) + 77, length = (int64_t)(3 * gib);
    const int file = sparse_file(offset, length);
    if (file < 0)
        return;
    static const char memory[] = "memory";
    struct sendv_part parts[] = {{.base = memory, .length = head}, {.length = 0}, {.base = memory, .length = tail}};
    CHECK_ERRNO(sendv_file_part(file, offset, length, &parts[1]), 0);
    struct pair pair = pair_open(UNIX_STREAM, 0);
    struct marked arrived = {.fd = pair.receiver};
    pthread_t reader;
    MUST(-pthread_create(&reader, NULL, read_and_look, &arrived));
    struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .wait = wait, .timeout_ns = (int64_t)100 * ns_per_s};
    size_t failed = 99;
    CHECK_ERRNO(sendv_perform_parts(&call, parts, COUNT_OF(parts), &failed), 0);
    CHECK_EQ(failed, COUNT_OF(parts));
    CHECK_EQ(call.sent, head + 3 * gib + tail);
    MUST(shutdown(pair.sender, SHUT_WR));
    MUST(-pthread_join(reader, NULL));
    CHECK_EQ(arrived.bytes, head + 3 * gib + tail);
    CHECK_EQ(arrived.found, COUNT_OF(marks));
    pair_close(&pair);
    MUST(close(file));
}

static void a_region_of_3_gib(unsigned wait)
{
    if (!too_long_or_not_wanted())
        region_arrives(wait);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(three_segments_of_a_gib),
        ON_STREAMS(one_segment_of_3_gib),
        CASE_ON(a_region_of_3_gib, SENDV_WAIT_AS_SOCKET),
        CASE_ON(a_region_of_3_gib, SENDV_WAIT_WITHIN),
        CASE_ON(around_what_a_system_call_takes, UNIX_STREAM),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
