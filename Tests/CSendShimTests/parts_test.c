// SPDX-License-Identifier: Apache-2.0
//
// Lists that mix memory with regions of files: what arrives, what the file's own offset is afterwards, what a call answers when a
// file ends too early, when the socket is full, when the peer is gone, and when the time is over.
#define _GNU_SOURCE
#include "check.h"
#include "child.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A file without a name, and the same bytes in memory.
struct file {
    int fd;
    unsigned char *bytes;
    size_t size;
};

static struct file file_make(struct random *random, size_t size)
{
    char path[] = "/tmp/parts_test.XXXXXX";
    struct file file = {.fd = MUST(mkstemp(path)), .bytes = malloc(size + 1), .size = size};
    MUST(unlink(path));
    // Not a random number for each byte, which an emulated machine takes long for.
    const size_t seed = random_below(random, 256);
    for (size_t i = 0; i < size; i++)
        file.bytes[i] = (unsigned char)(seed + i * 31 + i / 251);
    CHECK_EQ(write(file.fd, file.bytes, size), (ssize_t)size);
    MUST(lseek(file.fd, 7, SEEK_SET));
    return file;
}

static void file_free(struct file *file)
{
    MUST(close(file->fd));
    free(file->bytes);
}

static struct sendv_part memory_part(const void *base, size_t length)
{
    return (struct sendv_part){.base = base, .length = length};
}

static struct sendv_part region(const struct file *file, size_t offset, size_t length)
{
    struct sendv_part part;
    MUST(-sendv_file_part(file->fd, (int64_t)offset, (int64_t)length, &part));
    return part;
}

// `count` random parts: memory from the start of the file's bytes, and regions. Lengths around what the core decides by.
static struct sendv_part *random_parts(struct random *random, const struct file *file, size_t count, size_t longest)
{
    static const size_t lengths[] = {0, 1, 100, 1024, 9000, 32768, 32769, 65536, 65537, 294912, 294913, 700000};
    struct sendv_part *parts = calloc(count, sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        size_t length = lengths[random_below(random, COUNT_OF(lengths))];
        length = length > longest ? longest : length;
        const size_t offset = random_below(random, file->size - length + 1);
        parts[i] = random_below(random, 2) == 0 ? memory_part(file->bytes + offset, length) : region(file, offset, length);
    }
    return parts;
}

static struct digest parts_digest(const struct file *file, const struct sendv_part *parts, size_t count)
{
    struct digest digest = digest_none;
    for (size_t i = 0; i < count; i++)
        digest_add(&digest, parts[i].is_file != 0 ? (const void *)(file->bytes + parts[i].offset) : parts[i].base,
                   parts[i].length);
    return digest;
}

// The parts without the first `sent` bytes of the list, in place. Returns how many are left.
static size_t drop(struct sendv_part *parts, size_t count, size_t sent)
{
    size_t first = 0;
    while (first < count && sent >= parts[first].length)
        sent -= parts[first++].length;
    memmove(parts, parts + first, (count - first) * sizeof *parts);
    if (first < count) {
        parts[0].length -= sent;
        if (parts[0].is_file != 0)
            parts[0].offset += (int64_t)sent;
        else
            parts[0].base = (const char *)parts[0].base + sent;
    }
    return count - first;
}

enum mode {
    blocking,
    blocking_with_timeout,
    within,
    blocking_within_for_ever,
    nonblocking_within,
    one_offer,
    nonblocking,
    modes
};

static struct sendv_call call_in(enum mode mode, int fd)
{
    struct sendv_call call = {.size = sizeof call, .fd = fd};
    if (mode == within || mode == nonblocking_within) {
        call.wait = SENDV_WAIT_WITHIN;
        call.timeout_ns = INT64_C(60000000000);
    } else if (mode == blocking_within_for_ever) {
        call.wait = SENDV_WAIT_WITHIN;
        call.timeout_ns = -1;
    } else if (mode == one_offer) {
        call.wait = SENDV_ONE_OFFER;
    }
    return call;
}

// Sends the list in as many calls as the mode takes, and returns how many bytes went.
static size_t send_all_parts(enum mode mode, int fd, const struct sendv_part *parts, size_t count)
{
    struct sendv_part *left = calloc(count, sizeof *left);
    size_t sent = 0, failed;
    memcpy(left, parts, count * sizeof *left);
    for (bool done = false; !done && check_failures() == 0;) {
        struct sendv_call call = call_in(mode, fd);
        const int error = sendv_perform_parts(&call, left, count, &failed);
        CHECK_EQ(failed, count);
        CHECK(error == 0 || (error == EAGAIN && mode >= one_offer));
        sent += call.sent;
        count = drop(left, count, call.sent);
        done = count == 0 || (mode < one_offer);
        if (mode == one_offer)
            CHECK_EQ(error == 0 && call.unfinished == 0, count == 0);
        struct pollfd socket = {.fd = fd, .events = POLLOUT};
        if (!done)
            MUST(poll(&socket, 1, 20000));
    }
    free(left);
    return sent;
}

static void arrives(unsigned kind, enum mode mode, bool no_delay, int buffer)
{
    struct random random = {check_seed() + mode};
    struct file file = file_make(&random, 1 << 20);
    for (size_t round = 0; round < 10 && check_failures() == 0; round++) {
        struct pair pair = pair_open(kind, buffer);
        const int on = 1;
        if (kind == TCP && no_delay)
            MUST(setsockopt(pair.sender, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
        if (mode == blocking_with_timeout)
            set_send_timeout_ms(pair.sender, 60000);
        if (mode == nonblocking || mode == nonblocking_within || (mode == one_offer && no_delay))
            set_nonblocking(pair.sender);
        const size_t count = 1 + random_below(&random, 8);
        struct sendv_part *parts = random_parts(&random, &file, count, file.size);
        const struct digest expected = parts_digest(&file, parts, count);
        check_context("mode %d, round %zu, %zu parts, %zu bytes", (int)mode, round, count, expected.bytes);
        struct reader reader;
        reader_start(&reader, pair.receiver, fast, digest_none);
        CHECK_EQ(send_all_parts(mode, pair.sender, parts, count), expected.bytes);
        MUST(shutdown(pair.sender, SHUT_WR));
        CHECK(digest_equal(reader_join(&reader), expected));
        CHECK_EQ(lseek(file.fd, 0, SEEK_CUR), 7);
        free(parts);
        pair_close(&pair);
    }
    file_free(&file);
}

static void mixed_lists_arrive(unsigned kind)
{
    for (unsigned mode = 0; mode < modes; mode++) {
        arrives(kind, (enum mode)mode, true, 0);
        arrives(kind, (enum mode)mode, false, 0);
        arrives(kind, (enum mode)mode, true, 8192);
    }
}

static void a_message_goes_whole(unsigned kind)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 4000);
    char received[20000];
    for (size_t round = 0; round < 50; round++) {
        struct pair pair = pair_open(kind, 0);
        const size_t count = 1 + random_below(&random, 4);
        struct sendv_part *parts = random_parts(&random, &file, count, 1024);
        const struct digest expected = parts_digest(&file, parts, count);
        struct sendv_call call = call_in(round % 2 == 0 ? blocking : one_offer, pair.sender);
        CHECK_ERRNO(sendv_perform_parts(&call, parts, count, NULL), 0);
        CHECK(call.sent == expected.bytes && call.taken == 1 && call.system_calls == 1 && call.unfinished == 0);
        struct digest digest = digest_none;
        const ssize_t length = recv(pair.receiver, received, sizeof received, MSG_DONTWAIT);
        CHECK_EQ(length, (ssize_t)expected.bytes);
        digest_add(&digest, received, length > 0 ? (size_t)length : 0);
        CHECK(digest_equal(digest, expected));
        free(parts);
        pair_close(&pair);
    }
    file_free(&file);
}

static void a_message_whose_file_ends_is_not_sent(unsigned kind)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 100);
    struct pair pair = pair_open(kind, 0);
    struct sendv_part parts[] = {memory_part("head", 4), region(&file, 50, 51), memory_part("tail", 4)};
    struct sendv_call call = call_in(blocking, pair.sender);
    size_t failed = 9;
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 3, &failed), SENDV_FILE_ENDED);
    CHECK(failed == 1 && call.sent == 0 && call.system_calls == 0);
    CHECK(recv(pair.receiver, &failed, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
    pair_close(&pair);
    file_free(&file);
}

// One system call for a short file between memory; two for memory and a long file.
static void system_calls(unsigned kind)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 60000);
    struct pair pair = pair_open(kind, 1 << 20);
    struct sendv_part parts[] = {memory_part("head", 4), region(&file, 1, 32768), memory_part("tail", 4)};
    struct sendv_call call = call_in(blocking, pair.sender);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 3, NULL), 0);
    CHECK_EQ(call.system_calls, 1);
    parts[1] = region(&file, 1, 50000);
    call = call_in(blocking, pair.sender);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 2, NULL), 0);
    CHECK_EQ(call.system_calls, 2);
    pair_close(&pair);
    file_free(&file);
}

// The file is changed after the call: what was read arrives as it was. What sendfile took need not.
static void a_region_that_was_read_is_a_copy(unsigned kind)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 32768);
    struct pair pair = pair_open(kind, 1 << 20);
    struct sendv_part parts[] = {region(&file, 0, file.size)};
    struct sendv_call call = call_in(blocking, pair.sender);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, NULL), 0);
    struct digest expected = digest_none;
    digest_add(&expected, file.bytes, file.size);
    memset(file.bytes, 0, file.size);
    CHECK_EQ(pwrite(file.fd, file.bytes, file.size, 0), (ssize_t)file.size);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), expected));
    pair_close(&pair);
    file_free(&file);
}

static void a_file_that_is_shorter_ends_the_send(unsigned kind)
{
    struct random random = {check_seed()};
    for (size_t size = 10; size < 400000; size *= 7) {
        struct file file = file_make(&random, size);
        struct pair pair = pair_open(kind, 0);
        struct sendv_part parts[] = {memory_part("head", 4), region(&file, 3, size * 2), memory_part("tail", 4)};
        struct reader reader;
        struct digest expected = digest_none;
        digest_add(&expected, "head", 4);
        digest_add(&expected, file.bytes + 3, size - 3);
        reader_start(&reader, pair.receiver, fast, digest_none);
        struct sendv_call call = call_in(blocking, pair.sender);
        size_t failed = 9;
        CHECK_ERRNO(sendv_perform_parts(&call, parts, 3, &failed), SENDV_FILE_ENDED);
        CHECK_EQ(failed, 1);
        CHECK_EQ(call.sent, 4 + size - 3);
        MUST(shutdown(pair.sender, SHUT_WR));
        CHECK(digest_equal(reader_join(&reader), expected));
        pair_close(&pair);
        file_free(&file);
    }
}

// The file is cut to 1 MiB while a slow reader holds the send up.
static void *truncate_soon(void *fd)
{
    const struct timespec time = {.tv_nsec = 20000000};
    MUST(nanosleep(&time, NULL));
    MUST(ftruncate(*(int *)fd, 1 << 20));
    return NULL;
}

static void a_file_cut_during_the_send_ends_it(unsigned kind)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 8 << 20);
    struct pair pair = pair_open(kind, 8192);
    struct sendv_part parts[] = {region(&file, 0, file.size)};
    pthread_t cutter;
    struct reader reader;
    reader_start(&reader, pair.receiver, slow, digest_none);
    MUST(-pthread_create(&cutter, NULL, truncate_soon, &file.fd));
    struct sendv_call call = call_in(blocking, pair.sender);
    size_t failed = 9;
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, &failed), SENDV_FILE_ENDED);
    MUST(-pthread_join(cutter, NULL));
    MUST(shutdown(pair.sender, SHUT_WR));
    struct digest expected = digest_none;
    digest_add(&expected, file.bytes, call.sent);
    CHECK_EQ(failed, 0);
    CHECK(call.sent > 0 && call.sent <= file.size && digest_equal(reader_join(&reader), expected));
    pair_close(&pair);
    file_free(&file);
}

static void a_region_that_cannot_be_read(unsigned kind)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 70000);
    struct pair pair = pair_open(kind, 0);
    const int unreadable = MUST(open("/dev/null", O_WRONLY));
    for (size_t length = 100; length < 70000; length += 60000) {
        struct sendv_part parts[] = {memory_part("head", 4), region(&file, 0, length), memory_part("tail", 4)};
        parts[1].file = unreadable;
        struct sendv_call call = call_in(blocking, pair.sender);
        size_t failed = 9;
        CHECK_ERRNO(sendv_perform_parts(&call, parts, 3, &failed), EBADF);
        CHECK(failed == 1 && call.sent == 4);
    }
    MUST(close(unreadable));
    pair_close(&pair);
    file_free(&file);
}

static void files_that_sendfile_does_not_take_are_read(void)
{
    char own[100000];
    const int fd = MUST(open("/proc/self/status", O_RDONLY));
    const ssize_t length = pread(fd, own, sizeof own, 0);
    struct pair pair = pair_open(UNIX_STREAM, 0);
    struct sendv_part parts[] = {memory_part("head", 4), {.length = 65536, .file = fd, .is_file = 1}};
    struct sendv_call call = call_in(blocking, pair.sender);
    size_t failed = 9;
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 2, &failed), SENDV_FILE_ENDED);
    CHECK(failed == 1);
    CHECK_BETWEEN(call.sent, 4 + length - 64, 4 + length + 64); // numbers in it change
    pair_close(&pair);
    MUST(close(fd));
}

static void parts_of_files(void)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 1000);
    struct sendv_part part;
    int ends[2];
    MUST(pipe(ends));
    CHECK_ERRNO(sendv_file_part(file.fd, 0, -1, &part), 0);
    CHECK(part.length == 1000 && part.offset == 0);
    CHECK_ERRNO(sendv_file_part(file.fd, 1000, -1, &part), 0);
    CHECK(part.length == 0);
    CHECK_ERRNO(sendv_file_part(file.fd, 1001, -1, &part), EINVAL);
    CHECK_ERRNO(sendv_file_part(file.fd, -1, 1, &part), EINVAL);
    CHECK_ERRNO(sendv_file_part(file.fd, 1, INT64_MAX, &part), EINVAL);
    CHECK_ERRNO(sendv_file_part(ends[0], 0, 1, &part), ESPIPE);
    CHECK_ERRNO(sendv_file_part(-1, 0, 1, &part), EBADF);
    const int directory = MUST(open("/", O_RDONLY | O_DIRECTORY));
    CHECK_ERRNO(sendv_file_part(directory, 0, 1, &part), EISDIR);
    MUST(close(directory));
    MUST(close(ends[0]));
    MUST(close(ends[1]));
    file_free(&file);
}

// On 32-bit systems such an offset has more bits than a size_t.
static void offsets_and_lengths_of_4_gib(void)
{
    const int64_t border = INT64_C(1) << 32;
    struct random random = {check_seed()};
    struct file file = file_make(&random, 100);
    struct pair pair = pair_open(TCP, 0);
    struct sendv_part part;
    char bytes[100];
    CHECK(ftruncate(file.fd, border + 100) == 0 && pwrite(file.fd, file.bytes, 100, border - 50) == 100);
    CHECK_EQ(sendv_file_part(file.fd, border - 50, 100, &part), 0);
    struct sendv_call call = call_in(blocking, pair.sender);
    const bool was_sent = sendv_perform_parts(&call, &part, 1, NULL) == 0;
    CHECK(was_sent && recv(pair.receiver, bytes, sizeof bytes, MSG_WAITALL) == 100 && memcmp(bytes, file.bytes, 100) == 0);
    if (sizeof(size_t) < sizeof(int64_t)) {
        CHECK_ERRNO(sendv_file_part(file.fd, 50, -1, &part), EOVERFLOW);
    } else {
        CHECK_EQ(sendv_file_part(file.fd, 50, -1, &part), 0);
        CHECK(part.length == (uint64_t)border + 50);
    }
    pair_close(&pair);
    file_free(&file);
}

// A program built with an earlier header has a shorter structure, of which nothing beyond its size is written.
static void a_shorter_structure(void)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 1000);
    struct pair pair = pair_open(TCP, 0);
    const struct sendv_part parts[] = {memory_part("head", 4), region(&file, 0, 1000)};
    struct sendv_call call = call_in(blocking, pair.sender);
    call.size = offsetof(struct sendv_call, taken);
    call.taken = 77;
    CHECK_EQ(sendv_perform_parts(&call, parts, 2, NULL), 0);
    CHECK(call.sent == 1004 && call.taken == 77 && call.size == offsetof(struct sendv_call, taken));
    call.size = offsetof(struct sendv_call, iovcnt);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 2, NULL), EINVAL);
    pair_close(&pair);
    file_free(&file);
}

// A list without a region goes another way than one with regions.
static void the_call_keeps_its_list(void)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 1000);
    struct pair pair = pair_open(TCP, 0);
    const struct sendv_part parts[] = {memory_part("head", 4), region(&file, 0, 1000)};
    const struct sendv_source source = {.list = parts};
    const struct iovec list[3] = {{0}};
    for (size_t count = 1; count <= 2; count++) {
        struct sendv_call call = call_in(blocking, pair.sender);
        call.iov = list;
        call.iovcnt = 3;
        call.source = &source;
        CHECK_EQ(sendv_perform_parts(&call, parts, count, NULL), 0);
        CHECK(call.iov == list && call.iovcnt == 3 && call.source == &source);
    }
    pair_close(&pair);
    file_free(&file);
}

static void lengths_that_overflow_send_nothing(void)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 300000);
    struct pair pair = pair_open(TCP, 0);
    set_nonblocking(pair.sender);
    const struct sendv_part parts[] = {region(&file, 0, 300000), memory_part("", (size_t)PTRDIFF_MAX)};
    struct sendv_call call = call_in(nonblocking_within, pair.sender);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 2, NULL), EINVAL);
    CHECK(call.sent == 0 && call.system_calls == 0);
    pair_close(&pair);
    file_free(&file);
}

// A zeroed timeout_ns is a time-out of 0.
static void no_time_in_blocking_mode(unsigned kind)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 16 << 20);
    struct pair pair = pair_open(kind, 0);
    const struct sendv_part parts[] = {memory_part("head", 4), region(&file, 0, file.size)};
    struct sendv_call call = call_in(blocking, pair.sender);
    call.wait = SENDV_WAIT_BLOCKING;
    call.timeout_ns = 0;
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 2, NULL), ETIMEDOUT);
    CHECK(call.timed_out == 1 && call.sent > 4 && call.sent < file.size && call.waits == 0);
    pair_close(&pair);
    file_free(&file);
}

static void empty_parts_at_the_start_cost_nothing(void)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 100000);
    struct pair pair = pair_open(UNIX_STREAM, 0);
    set_nonblocking(pair.sender);
    const struct sendv_part parts[] = {memory_part("", 0), region(&file, 0, 0), region(&file, 0, 100000)};
    struct sendv_call call = call_in(nonblocking_within, pair.sender);
    call.wait = SENDV_ONE_OFFER;
    CHECK_EQ(sendv_perform_parts(&call, parts, 3, NULL), 0);
    CHECK_EQ(call.system_calls, 1);
    CHECK(call.sent > 0);
    pair_close(&pair);
    file_free(&file);
}

static void bad_calls(void)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 1000);
    struct pair pair = pair_open(TCP, 0);
    struct sendv_part parts[] = {region(&file, 0, 1000)};
    struct sendv_call call = call_in(blocking, pair.sender);
    call.sent = 7;
    CHECK_ERRNO(sendv_perform_parts(&call, NULL, 1, NULL), EFAULT);
    CHECK_EQ(call.sent, 0);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, (size_t)-1, NULL), EINVAL);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 0, NULL), EINVAL);
    call.flags = MSG_OOB;
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, NULL), EINVAL);
    call.flags = MSG_ZEROCOPY;
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, NULL), EINVAL);
    call = call_in(blocking, file.fd);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, NULL), ENOTSOCK);
    call = call_in(blocking, -1);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, NULL), EBADF);
    parts[0].offset = INT64_MAX - 999;
    call = call_in(blocking, pair.sender);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, NULL), EINVAL);
    CHECK_EQ(call.sent, 0);
    pair_close(&pair);
    file_free(&file);
}

// A deadline holds in every mode, although sendfile itself knows none.
static void holds_its_deadline(unsigned kind, enum mode mode)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 16 << 20);
    struct pair pair = pair_open(kind, 0);
    struct sendv_part parts[] = {memory_part("head", 4), region(&file, 0, file.size)};
    struct sendv_call call = call_in(mode, pair.sender);
    if (mode == blocking_with_timeout)
        set_send_timeout_ms(pair.sender, 200);
    if (mode == nonblocking_within)
        set_nonblocking(pair.sender);
    call.timeout_ns = 200000000;
    const int64_t start = now_ns();
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 2, NULL), ETIMEDOUT);
    CHECK(call.timed_out == 1 && call.sent > 4 && call.sent < file.size);
    CHECK_BETWEEN(now_ns() - start, 200000000, 20000000000);
    pair_close(&pair);
    file_free(&file);
}

static void the_socket_time_out_holds(unsigned kind)
{
    holds_its_deadline(kind, blocking_with_timeout);
}

static void a_deadline_in_blocking_mode_holds(unsigned kind)
{
    holds_its_deadline(kind, within);
}

static void a_deadline_in_nonblocking_mode_holds(unsigned kind)
{
    holds_its_deadline(kind, nonblocking_within);
}

static int is_stopped(const void *context)
{
    (void)context;
    return 1;
}

static void stopped_ends_the_wait(unsigned kind)
{
    struct random random = {check_seed()};
    struct file file = file_make(&random, 16 << 20);
    struct pair pair = pair_open(kind, 0);
    set_nonblocking(pair.sender);
    struct sendv_part parts[] = {region(&file, 0, file.size)};
    struct sendv_call call = call_in(nonblocking_within, pair.sender);
    call.stopped = is_stopped;
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, NULL), ECANCELED);
    CHECK(call.sent > 0 && call.waits == 0);
    pair_close(&pair);
    file_free(&file);
}

// SIGPIPE has its default action in the child, which would end it.
static void sends_to_nobody(unsigned kind)
{
    struct random random = {17};
    struct file file = file_make(&random, 1 << 20);
    for (unsigned nonblocking_mode = 0; nonblocking_mode < 2; nonblocking_mode++) {
        struct pair pair = pair_open(kind, 0);
        struct sendv_part parts[] = {region(&file, 0, file.size)};
        signal(SIGPIPE, SIG_DFL);
        if (nonblocking_mode != 0)
            set_nonblocking(pair.sender);
        pair_close_receiver(&pair, 1);
        int error = 0;
        for (int i = 0; i < 1000 && error != EPIPE; i++) {
            struct sendv_call call = call_in(blocking, pair.sender);
            error = sendv_perform_parts(&call, parts, 1, NULL);
        }
        CHECK_ERRNO(error, EPIPE);
        sigset_t pending, blocked;
        MUST(sigpending(&pending));
        MUST(-pthread_sigmask(SIG_BLOCK, NULL, &blocked));
        CHECK(sigismember(&pending, SIGPIPE) == 0 && sigismember(&blocked, SIGPIPE) == 0);
        pair_close(&pair);
    }
    file_free(&file);
}

// The first offer holds what is before the region for sendfile.
static void a_short_region_before_a_long_one_is_read(unsigned kind)
{
    struct random random = {17};
    struct file file = file_make(&random, 1 << 20);
    struct pair pair = pair_open(kind, 0);
    struct sendv_part parts[] = {{.base = "0123456789", .length = 10}, region(&file, 0, 1000), region(&file, 0, file.size)};
    set_nonblocking(pair.sender);
    struct sendv_call call = call_in(one_offer, pair.sender);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, COUNT_OF(parts), NULL), 0);
    CHECK_EQ(call.sent, 1010);
    pair_close(&pair);
    file_free(&file);
}

static void *shut_down_soon(void *context)
{
    const int *const fd = context;
    sleep_ns(ns_per_ms / 2);
    MUST(shutdown(*fd, SHUT_WR));
    return NULL;
}

// A sendfile that is under way then returns the bytes that went before, with SIGPIPE pending.
static void is_shut_down_meanwhile(unsigned kind)
{
    struct random random = {17};
    struct file file = file_make(&random, 1 << 20);
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 100; i++) {
        struct pair pair = pair_open(kind, 0);
        struct sendv_part parts[] = {region(&file, 0, file.size)};
        struct sendv_call call = call_in(blocking, pair.sender);
        pthread_t thread;
        MUST(-pthread_create(&thread, NULL, shut_down_soon, &pair.sender));
        int error = 0;
        while (error == 0)
            error = sendv_perform_parts(&call, parts, 1, NULL);
        CHECK_ERRNO(error, EPIPE);
        MUST(-pthread_join(thread, NULL));
        pair_close(&pair);
    }
    file_free(&file);
}

static void shutting_down_meanwhile_is_no_signal(unsigned kind)
{
    CHECK(passes_in_child(is_shut_down_meanwhile, kind));
}

static void a_vanished_peer_is_no_signal(unsigned kind)
{
    CHECK(passes_in_child(sends_to_nobody, kind));
}

// A SIGPIPE that was pending before is still pending afterwards.
static void keeps_its_signal(unsigned kind)
{
    struct random random = {17};
    struct file file = file_make(&random, 1 << 20);
    struct pair pair = pair_open(kind, 0);
    struct sendv_part parts[] = {region(&file, 0, file.size)};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    MUST(-pthread_sigmask(SIG_BLOCK, &set, NULL));
    MUST(-pthread_kill(pthread_self(), SIGPIPE));
    MUST(shutdown(pair.sender, SHUT_WR));
    struct sendv_call call = call_in(blocking, pair.sender);
    CHECK_ERRNO(sendv_perform_parts(&call, parts, 1, NULL), EPIPE);
    MUST(sigpending(&set));
    CHECK(sigismember(&set, SIGPIPE) == 1);
    pair_close(&pair);
    file_free(&file);
}

static void a_pending_signal_stays(unsigned kind)
{
    CHECK(passes_in_child(keeps_its_signal, kind));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(mixed_lists_arrive),
        ON_MESSAGES(a_message_goes_whole),
        ON_MESSAGES(a_message_whose_file_ends_is_not_sent),
        ON_STREAMS(system_calls),
        ON_STREAMS(a_region_that_was_read_is_a_copy),
        ON_STREAMS(a_file_that_is_shorter_ends_the_send),
        ON_STREAMS(a_file_cut_during_the_send_ends_it),
        ON_STREAMS(a_region_that_cannot_be_read),
        CASE(files_that_sendfile_does_not_take_are_read),
        CASE(parts_of_files),
        CASE(offsets_and_lengths_of_4_gib),
        CASE(a_shorter_structure),
        ON_STREAMS(no_time_in_blocking_mode),
        CASE(empty_parts_at_the_start_cost_nothing),
        CASE(the_call_keeps_its_list),
        CASE(lengths_that_overflow_send_nothing),
        CASE(bad_calls),
        ON_STREAMS(the_socket_time_out_holds),
        ON_STREAMS(a_deadline_in_blocking_mode_holds),
        ON_STREAMS(a_deadline_in_nonblocking_mode_holds),
        ON_STREAMS(stopped_ends_the_wait),
        ON_STREAMS(a_short_region_before_a_long_one_is_read),
        ON_STREAMS(shutting_down_meanwhile_is_no_signal),
        ON_STREAMS(a_vanished_peer_is_no_signal),
        ON_STREAMS(a_pending_signal_stays),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
