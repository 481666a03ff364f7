// SPDX-License-Identifier: Apache-2.0
//
// The structure of sendv_perform: what a caller of another version's header gets, and what is counted.
#define _GNU_SOURCE
#include "check.h"
#include "csendshim.h"
#include "guarded.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <string.h>
#include <unistd.h>

static char hello[] = "hello";
static const struct iovec hello_list[] = {{hello, 2}, {hello + 2, 3}};

enum { least_size = offsetof(struct sendv_call, source), unset = 0x5a };

// Makes a call whose structure ends after `size` bytes, where memory ends, or within the alignment before that. Returns what is in
// it afterwards.
static struct sendv_call perform_in(size_t size, int fd, int expected)
{
    struct sendv_call call;
    memset(&call, unset, sizeof call);
    call.size = size;
    call.fd = fd;
    call.flags = 0;
    call.iov = hello_list;
    call.iovcnt = COUNT_OF(hello_list);
    call.source = NULL;
    call.address = NULL;
    call.address_length = 0;
    call.wait = SENDV_WAIT_AS_SOCKET;
    call.stopped = NULL;
    const size_t unit = _Alignof(struct sendv_call), room = (size + unit - 1) / unit * unit;
    char *const end = guarded(room), *const start = end - room;
    memcpy(start, &call, size);
    memset(start + size, unset, room - size);
    CHECK_ERRNO(sendv_perform((struct sendv_call *)(void *)start), expected);
    for (const char *after = start + size; after < end; after++)
        CHECK_EQ(*after, unset);
    memcpy(&call, start, size);
    return call;
}

static void check_arrived(int receiver)
{
    char arrived[16];
    CHECK_EQ(recv(receiver, arrived, sizeof arrived, MSG_DONTWAIT), 5);
    CHECK(memcmp(arrived, hello, 5) == 0);
}

// A program that was built before the last fields were added.
static void shorter_structures_are_served(unsigned kind)
{
    static const size_t ends[] = {
        least_size,
        offsetof(struct sendv_call, address),
        offsetof(struct sendv_call, timeout_ns),
        offsetof(struct sendv_call, sent),
        offsetof(struct sendv_call, system_calls),
        offsetof(struct sendv_call, taken),
        offsetof(struct sendv_call, timed_out),
        offsetof(struct sendv_call, unfinished),
        sizeof(struct sendv_call),
    };
    struct pair pair = pair_open(kind, 0);
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        check_context("%zu of %zu bytes", ends[i], sizeof(struct sendv_call));
        const struct sendv_call call = perform_in(ends[i], pair.sender, 0);
        check_arrived(pair.receiver);
        CHECK_EQ(call.size, ends[i]);
        const bool has_sent = ends[i] >= offsetof(struct sendv_call, system_calls);
        const bool has_taken = ends[i] >= offsetof(struct sendv_call, timed_out);
        CHECK(!has_sent || call.sent == 5);
        CHECK(!has_taken || call.taken == 1);
    }
    pair_close(&pair);
}

// A structure without room for what every call needs, and one whose size was forgotten.
static void structures_without_a_list_are_refused(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    for (size_t size = sizeof(size_t); size < least_size; size++) {
        _Alignas(struct sendv_call) char bytes[sizeof(struct sendv_call)];
        char before[sizeof bytes];
        memset(bytes, unset, sizeof bytes);
        memcpy(bytes, &size, sizeof size);
        memcpy(before, bytes, sizeof bytes);
        CHECK_ERRNO(sendv_perform((struct sendv_call *)(void *)bytes), EINVAL);
        CHECK(memcmp(bytes, before, sizeof bytes) == 0);
    }
    struct sendv_call forgotten = {.fd = pair.sender, .iov = hello_list, .iovcnt = COUNT_OF(hello_list), .sent = 99};
    CHECK_ERRNO(sendv_perform(&forgotten), EINVAL);
    CHECK_EQ(forgotten.sent, 99);
    CHECK_EQ(recv(pair.receiver, &(char){0}, 1, MSG_DONTWAIT), -1);
    pair_close(&pair);
}

// A program that was built with a later header: what this version does not know stays as it was.
static void longer_structures_are_served(unsigned kind)
{
    struct {
        struct sendv_call call;
        unsigned char later[64];
    } long_call;
    struct pair pair = pair_open(kind, 0);
    memset(&long_call, 0, sizeof long_call);
    memset(long_call.later, unset, sizeof long_call.later);
    long_call.call = (struct sendv_call){
        .size = sizeof long_call, .fd = pair.sender, .iov = hello_list, .iovcnt = COUNT_OF(hello_list), .sent = 99};
    CHECK_ERRNO(sendv_perform(&long_call.call), 0);
    CHECK_EQ(long_call.call.sent, 5);
    CHECK_EQ(long_call.call.size, sizeof long_call);
    for (size_t i = 0; i < sizeof long_call.later; i++)
        CHECK_EQ(long_call.later[i], unset);
    check_arrived(pair.receiver);
    pair_close(&pair);
}

static void an_unknown_wait_is_refused(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    static const uint32_t unknown[] = {SENDV_ONE_OFFER + 1, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        struct sendv_call call = {.size = sizeof call,
                                  .fd = pair.sender,
                                  .iov = hello_list,
                                  .iovcnt = COUNT_OF(hello_list),
                                  .wait = unknown[i],
                                  .sent = 99};
        CHECK_ERRNO(sendv_perform(&call), EINVAL);
        CHECK_EQ(call.sent, 0);
        CHECK_EQ(call.system_calls, 0);
    }
    CHECK_EQ(recv(pair.receiver, &(char){0}, 1, MSG_DONTWAIT), -1);
    pair_close(&pair);
}

// The calls that took nothing are counted in system_calls alone.
static void taken_counts_the_calls_that_took_something(unsigned kind)
{
    struct pair pair = pair_open(kind, 8192);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 300, 1000000);
    struct sendv_call call = {.size = sizeof call,
                              .fd = pair.sender,
                              .iov = segments.list,
                              .iovcnt = segments.count,
                              .wait = SENDV_WAIT_WITHIN,
                              .timeout_ns = 30000000};
    CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    CHECK_BETWEEN(call.taken, 1, call.system_calls);
    CHECK_EQ(call.timed_out, 1);
    while (call.sent > 0) // until the socket is full
        CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    CHECK_EQ(call.taken, 0);
    CHECK(call.system_calls > 0);
    CHECK_EQ(call.timed_out, 1);
    segments_free(&segments);
    pair_close(&pair);
}

static void an_empty_list_is_taken_as_a_message_alone(unsigned kind)
{
    static const struct iovec empty[] = {{hello, 0}, {NULL, 0}};
    struct pair pair = pair_open(kind, 0);
    struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = empty, .iovcnt = COUNT_OF(empty), .taken = 9};
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.system_calls, 1);
    CHECK_EQ(call.taken, kind == TCP || kind == UNIX_STREAM ? 0 : 1);
    pair_close(&pair);
}

static void other_ends_are_no_time_out(unsigned kind)
{
    struct pair pair = pair_open(kind, 8192);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 300, 1000000);
    struct sendv_call call = {.size = sizeof call,
                              .fd = pair.sender,
                              .flags = MSG_DONTWAIT,
                              .iov = segments.list,
                              .iovcnt = segments.count,
                              .timed_out = 9};
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.timed_out, 0);
    call.timed_out = 9;
    while (sendv_perform(&call) == 0)
        continue;
    CHECK_ERRNO(sendv_perform(&call), EAGAIN);
    CHECK_EQ(call.timed_out, 0);
    call.fd = -1;
    call.timed_out = 9;
    CHECK_ERRNO(sendv_perform(&call), EBADF);
    CHECK_EQ(call.timed_out, 0);
    segments_free(&segments);
    pair_close(&pair);
}

static void the_library_tells_its_version_and_stack(void)
{
    CHECK_EQ(sendv_version(), SENDV_VERSION_MAJOR * 10000 + SENDV_VERSION_MINOR * 100 + SENDV_VERSION_PATCH);
    CHECK_BETWEEN(sendv_stack_bytes(), 16384, 65536);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_EVERY_KIND(shorter_structures_are_served),
        ON_EVERY_KIND(structures_without_a_list_are_refused),
        ON_EVERY_KIND(longer_structures_are_served),
        ON_EVERY_KIND(an_unknown_wait_is_refused),
        ON_STREAMS(taken_counts_the_calls_that_took_something),
        ON_EVERY_KIND(an_empty_list_is_taken_as_a_message_alone),
        ON_STREAMS(other_ends_are_no_time_out),
        CASE(the_library_tells_its_version_and_stack),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
