// SPDX-License-Identifier: Apache-2.0
//
// Segments in memory that is not there: EFAULT, with the count of what went before on a stream and nothing sent of a message.
// So it is for every segment that the program does not read itself: those above SENDV_COPY_SEGMENT, and of any length in a
// build that copies none (make test-pointing). NULL with a length is EFAULT at every length, in every build. In the build
// without process_vm_readv (make test-no-process-vm), the program reads every segment of a message that it copies into one
// piece.
#define _GNU_SOURCE
#include "../../Sources/CSendShim/gather.h"
#include "arrivals.h"
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "sanitizers.h"
#include "segments.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// `tiny` ones are copied where the build copies any, `pointed_at` is the shortest that is not.
enum { tiny = 8, pointed_at = SENDV_COPY_SEGMENT + 1 };

#ifdef SENDV_NO_PROCESS_VM
enum { kernel_may_copy = false };
#else
enum { kernel_may_copy = true };
#endif

// The kernel's copying, which it can be made to refuse as a sandbox may. Written first, since a sanitizer does not see the call.
static bool refuses_to_copy;
static size_t copies_asked_for;

ssize_t process_vm_readv(pid_t pid, const struct iovec *to, unsigned long pieces, const struct iovec *from, unsigned long count,
                         unsigned long flags)
{
    copies_asked_for++;
    if (refuses_to_copy) {
        errno = EPERM;
        return -1;
    }
    memset(to->iov_base, 0, to->iov_len);
    return syscall(SYS_process_vm_readv, pid, to, pieces, from, count, flags);
}

enum fault { NO_ADDRESS = 0u, SMALL_NUMBER, NO_ACCESS, RUNS_OFF, OF_THE_KERNEL, FAULTS };

static const char *const fault_names[] = {"NULL", "a small number", "no access", "runs off", "the kernel's"};

// A segment of `length` bytes that cannot be read to its end.
static struct iovec faulty(enum fault fault, size_t length)
{
    static char *pages;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (pages == NULL) {
        pages = mmap(NULL, 8 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(pages == MAP_FAILED ? -1 : 0);
        MUST(mprotect(pages + page, 7 * page, PROT_NONE));
    }
    // The last page of all addresses: no program has it. A 32-bit program on a 64-bit kernel may have its stack 64 KiB below.
    void *const of_the_kernel = (void *)(UINTPTR_MAX - 4095);
    void *const bases[FAULTS] = {NULL, (void *)(uintptr_t)16, pages + page, pages + page - length / 2, of_the_kernel};
    return (struct iovec){bases[fault], length};
}

// A list of `count` segments of `length` bytes, of which the one at `at` is faulty.
static struct segments with_fault(struct random *random, size_t count, size_t length, size_t at, struct iovec segment)
{
    struct segments segments = segments_equal(random, count, length);
    segments.list[at] = segments.as_made[at] = segment;
    segments.bytes += segment.iov_len - length;
    return segments;
}

static struct digest of_the_first(const struct segments *segments, size_t bytes)
{
    struct digest digest = digest_none;
    for (size_t i = 0; digest.bytes < bytes; i++) {
        const struct iovec *segment = &segments->list[i];
        const size_t left = bytes - digest.bytes;
        digest_add(&digest, segment->iov_base, segment->iov_len < left ? segment->iov_len : left);
    }
    return digest;
}

// Sends until an error ends it, and what is left again after a call that may not wait. Writes how many bytes went before the error.
static int send_until_an_error(int fd, const struct segments *segments, int flags, size_t *sent)
{
    int error = 0;
    for (*sent = 0; (error == 0 || error == EAGAIN) && check_failures() == 0;) {
        size_t count, now = SIZE_MAX;
        struct iovec *const left = segments_left(segments, *sent, &count);
        error = sendv_all(fd, left, count, flags, &now);
        free(left);
        CHECK(error != 0 || flags == MSG_DONTWAIT);
        CHECK_BETWEEN(now, error == 0 ? 1 : 0, segments->bytes - *sent);
        *sent += now;
        if (error == EAGAIN)
            CHECK(await_events(fd, POLLOUT) == POLLOUT);
    }
    return error;
}

// What the kernel takes before a fault is its own affair, but what stands in an earlier system call has gone: `least` bytes.
static void stream_faults(unsigned kind, const struct segments *segments, int flags, size_t least, size_t most)
{
    struct pair pair = pair_open(kind, 0);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    size_t sent;
    CHECK_ERRNO(send_until_an_error(pair.sender, segments, flags, &sent), EFAULT);
    CHECK_BETWEEN(sent, least, most);
    MUST(shutdown(pair.sender, SHUT_WR));
    const struct digest arrived = reader_join(&reader);
    CHECK_EQ(arrived.bytes, sent);
    if (sent <= most)
        CHECK(digest_equal(arrived, of_the_first(segments, sent)));
    pair_close(&pair);
}

// The first segment is so long that the kernel takes a part of it before it comes to the fault.
static void a_call_that_may_not_wait(unsigned kind)
{
    enum { before = 64 << 10 };
    if (would_be_reported())
        return;
    struct random random = {check_seed()};
    for (unsigned fault = 0; fault < FAULTS; fault++) {
        check_context("%s", fault_names[fault]);
        struct segments segments = with_fault(&random, 2, before, 1, faulty((enum fault)fault, pointed_at));
        stream_faults(kind, &segments, MSG_DONTWAIT, 0, before + (fault == RUNS_OFF ? pointed_at / 2 : 0));
        segments_free(&segments);
    }
}

static void message_faults(const struct pair *pair, struct segments *segments)
{
    size_t sent = 99;
    CHECK_ERRNO(sendv_all(pair->sender, segments->list, segments->count, 0, &sent), EFAULT);
    CHECK_EQ(sent, 0);
    CHECK(nothing_pending(pair->receiver));
}

// One list over one kind of socket, which for messages is `pair`.
static void list_faults(unsigned kind, const struct pair *pair, struct segments *segments, size_t length, size_t at,
                        enum fault fault)
{
    const struct iovec bad = segments->list[at];
    check_context("%zu of %zu segments of %zu is %s, %zu bytes", at, segments->count, length, fault_names[fault], bad.iov_len);
    const size_t before = at * length;
    const size_t least = SENDV_COPY_SEGMENT == 0 ? length * (at / PLATFORM_IOV_MAX * PLATFORM_IOV_MAX) : 0;
    if (kind == TCP || kind == UNIX_STREAM)
        stream_faults(kind, segments, 0, least, before + (fault == RUNS_OFF ? bad.iov_len / 2 : 0));
    else
        message_faults(pair, segments);
    CHECK(segments_unchanged(segments));
    segments_free(segments);
}

static bool is_udp_and_too_long(unsigned kind, size_t bytes)
{
    return kind == UDP && bytes > 65000;
}

static void every_place_of_a_short_list(unsigned kind)
{
    static const size_t more[] = {0, 1, 14, 100, 3000};
    if (would_be_reported())
        return;
    struct pair pair = pair_open(kind, 1 << 18);
    struct random random = {check_seed()};
    for (size_t count = 1; count <= 6; count++) {
        for (size_t i = 0; i < count * FAULTS * COUNT_OF(more) && check_failures() == 0; i++) {
            const enum fault fault = (enum fault)(i / count % FAULTS);
            const size_t length = i % 2 == 0 ? tiny : pointed_at;
            // One byte cannot run off: its place is that of the byte before the end.
            const size_t bad = pointed_at + more[i / count / FAULTS] + (fault == RUNS_OFF ? 1 : 0);
            struct segments segments = with_fault(&random, count, length, i % count, faulty(fault, bad));
            list_faults(kind, &pair, &segments, length, i % count, fault);
        }
    }
    pair_close(&pair);
}

// The last count is of more short segments than there is room to copy: a message of them is made whole before it is sent.
static void places_in_a_long_list(unsigned kind)
{
    enum { most_in_a_batch = (SENDV_COPY_STACK + SENDV_COPY_HEAP) / tiny };
    static const size_t counts[] = {1023, 1024, 1025, 2048, 2049, 3000, 14000};
    if (would_be_reported())
        return;
    struct pair pair = pair_open(kind, 1 << 18);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts) * FAULTS && check_failures() == 0; i++) {
        const size_t count = counts[i / FAULTS];
        const enum fault fault = (enum fault)(i % FAULTS);
        const bool made_whole = count > most_in_a_batch && kind != TCP && kind != UNIX_STREAM;
        if (made_whole && !kernel_may_copy && fault != NO_ADDRESS)
            continue; // the program reads the segment, and crashes
        const size_t places[] = {0, 1, count / 2, 1022, 1023 % count, 1024 % count, 1025 % count, count - 2, count - 1};
        for (size_t j = 0; j < COUNT_OF(places) && !is_udp_and_too_long(kind, count * tiny); j++) {
            struct segments segments = with_fault(&random, count, tiny, places[j], faulty(fault, pointed_at + 1));
            list_faults(kind, &pair, &segments, tiny, places[j], fault);
        }
    }
    pair_close(&pair);
}

static void no_address_at_any_length(unsigned kind)
{
    static const size_t lengths[] = {1, 2, 3, 4, 7, 8, 15, 16, 17, 32, 33, 64, 65, 128, 129, 512, 513, 1024, 1025};
    static const size_t counts[] = {1, 2, 3, 40, 1024, 1025, 3000, 14000};
    if (would_be_reported())
        return;
    struct pair pair = pair_open(kind, 1 << 18);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(lengths) * COUNT_OF(counts) && check_failures() == 0; i++) {
        const size_t count = counts[i % COUNT_OF(counts)], at = random_below(&random, count);
        if (is_udp_and_too_long(kind, count * tiny))
            continue;
        struct segments segments = with_fault(&random, count, tiny, at, (struct iovec){NULL, lengths[i / COUNT_OF(counts)]});
        list_faults(kind, &pair, &segments, tiny, at, NO_ADDRESS);
    }
    pair_close(&pair);
}

static void the_socket_is_as_good_as_before(unsigned kind)
{
    static const size_t counts[] = {1, 2, 1024, 1025, 3000};
    if (would_be_reported())
        return;
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments bad = with_fault(&random, counts[i], tiny, counts[i] / 2, faulty(NO_ACCESS, pointed_at));
        message_faults(&pair, &bad);
        segments_free(&bad);
        struct segments good = segments_equal(&random, counts[i], tiny);
        CHECK_ERRNO(sendv_all(pair.sender, good.list, good.count, 0, NULL), 0);
        CHECK(one_message_arrived(pair.receiver, &good));
        segments_free(&good);
    }
    pair_close(&pair);
}

// Only memory that is there: the program reads it then. NULL is still no crash.
static void messages_are_made_whole_where_the_kernel_refuses_to_copy(unsigned kind)
{
    static const size_t counts[] = {1025, 14000};
    struct pair pair = pair_open(kind, 1 << 18);
    struct random random = {check_seed()};
    refuses_to_copy = true;
    copies_asked_for = 0;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        if (is_udp_and_too_long(kind, counts[i] * tiny))
            continue;
        struct segments good = segments_equal(&random, counts[i], tiny);
        CHECK_ERRNO(sendv_all(pair.sender, good.list, good.count, 0, NULL), 0);
        CHECK(one_message_arrived(pair.receiver, &good));
        segments_free(&good);
        struct segments bad = with_fault(&random, counts[i], tiny, counts[i] / 2, (struct iovec){NULL, 1});
        message_faults(&pair, &bad);
        segments_free(&bad);
    }
    refuses_to_copy = false;
    CHECK_EQ(copies_asked_for > 0, kernel_may_copy);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_EVERY_KIND(every_place_of_a_short_list),   ON_EVERY_KIND(places_in_a_long_list),
        ON_EVERY_KIND(no_address_at_any_length),      ON_STREAMS(a_call_that_may_not_wait),
        ON_MESSAGES(the_socket_is_as_good_as_before), ON_MESSAGES(messages_are_made_whole_where_the_kernel_refuses_to_copy),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
