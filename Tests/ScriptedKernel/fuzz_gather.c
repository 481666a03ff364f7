// SPDX-License-Identifier: Apache-2.0
//
// The fuzzer's target for the gather alone: any bytes are a list, the limits of its batches and how far each advances. The
// batches together are the list, whatever was struck off before. Each segment is memory of its own, so that AddressSanitizer
// sees a byte read outside it.
#include "../../Sources/CSendShim/gather.h"
#include "../CSendShimTests/elsewhere.h"
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// With tiny limits a batch is three iovecs, and a list of many bytes a great many batches.
enum { most_segments = 2048, most_bytes = PLATFORM_IOV_MAX < 100 ? 3000 : 130000, longest = 4096, most_steps = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

struct input {
    const uint8_t *next, *end;
};

static struct {
    struct iovec list[most_segments], as_made[most_segments];
    size_t count, bytes;
    uint8_t flat[most_bytes];
} subject;

#define MUST_HOLD(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

static unsigned take(struct input *input)
{
    return input->next < input->end ? *input->next++ : 0;
}

// Small numbers mostly, and up to 64 KiB.
static size_t take_amount(struct input *input)
{
    const unsigned first = take(input);
    return first < 200 ? first : (size_t)(first - 200) << 8 << 3 | take(input);
}

static void append(size_t length)
{
    char *base = length > 0 || subject.count % 2 == 0 ? malloc(length) : NULL;
    for (size_t i = 0; i < length; i++)
        base[i] = (char)(subject.flat[subject.bytes++] = (uint8_t)((subject.count + 1) * 101 + i * 7 + i / 256));
    subject.list[subject.count] = subject.as_made[subject.count] = (struct iovec){base, length};
    subject.count++;
}

static size_t length_of(unsigned byte)
{
    static const size_t borders[] = {
        SENDV_COPY_SEGMENT_MANY - 1,
        SENDV_COPY_SEGMENT_MANY,
        SENDV_COPY_SEGMENT_MANY + 1,
        SENDV_COPY_SEGMENT - 1,
        SENDV_COPY_SEGMENT,
        SENDV_COPY_SEGMENT + 1,
        63,
        65,
        127,
        128,
        129,
        longest,
    };
    return byte < 20 ? byte : borders[byte % (sizeof borders / sizeof *borders)];
}

static void make_list(struct input *input)
{
    static const size_t times[] = {1, 1, 1, 2, 5, 40, 66, 1030};
    subject.count = subject.bytes = 0;
    for (unsigned runs = 1 + take(input) % 16; runs > 0; runs--) {
        const unsigned byte = take(input);
        for (size_t left = times[byte >> 5]; left > 0 && subject.count < most_segments; left--) {
            const size_t length = length_of(byte & 31);
            if (length <= most_bytes - subject.bytes)
                append(length);
        }
    }
    if (subject.count == 0)
        append(0);
}

static void free_list(void)
{
    for (size_t i = 0; i < subject.count; i++)
        free(subject.list[i].iov_base);
}

// The batch is the list's bytes from `done` on.
static void check_batch(const struct batch *batch, size_t done)
{
    size_t at = done;
    for (size_t i = 0; i < batch->count; i++) {
        const struct iovec *piece = &batch->first[i];
        MUST_HOLD(piece->iov_len > 0 && piece->iov_len <= subject.bytes - at);
        MUST_HOLD(memcmp(piece->iov_base, subject.flat + at, piece->iov_len) == 0);
        at += piece->iov_len;
    }
    MUST_HOLD(batch->count <= PLATFORM_IOV_MAX);
    MUST_HOLD(batch->bytes == at - done);
}

static void check_rest(const struct gather *list, size_t done)
{
    size_t left = 0;
    MUST_HOLD(sendv_gather_count(list, done, &left) == 0);
    MUST_HOLD(left == subject.bytes - done);
}

static void check_seek(size_t taken)
{
    size_t offset = 99, before = 0;
    const size_t index = sendv_seek(subject.list, subject.count, taken, &offset);
    MUST_HOLD(index <= subject.count);
    for (size_t i = 0; i < index; i++)
        before += subject.list[i].iov_len;
    MUST_HOLD(index < subject.count ? before + offset == taken : offset == 0 && taken == subject.bytes);
    MUST_HOLD(index == subject.count || taken == 0 || offset < subject.list[index].iov_len);
}

// Strikes amounts off the batch, a few, until nothing is left of it or of the input.
static void advance(struct input *input, struct batch *batch, size_t done)
{
    for (unsigned step = 0; step < most_steps && batch->bytes > 0 && input->next < input->end; step++) {
        const size_t amount = take_amount(input), by = amount < batch->bytes ? amount : batch->bytes;
        sendv_batch_advance(batch, by);
        done += by;
        check_batch(batch, done);
        check_seek(done);
    }
}

static void check_refusals(void)
{
    struct gather list;
    struct elsewhere elsewhere;
    struct iovec window[SENDV_SOURCE_WINDOW];
    MUST_HOLD(sendv_gather_begin(&list, subject.list, 0) == EINVAL);
    MUST_HOLD(sendv_gather_begin(&list, NULL, subject.count) == EFAULT);
    elsewhere_begin(&elsewhere, subject.list, subject.count);
    MUST_HOLD(sendv_gather_begin_source(&list, &elsewhere.source, 0, window) == EINVAL);
    MUST_HOLD(elsewhere.windows == 0);
}

static void gather_all(struct input *input, struct batch *batch, bool from_elsewhere)
{
    struct gather list;
    struct elsewhere elsewhere;
    struct iovec window[SENDV_SOURCE_WINDOW];
    size_t done = 0, round = 0;
    elsewhere_begin(&elsewhere, subject.list, subject.count);
    if (from_elsewhere)
        MUST_HOLD(sendv_gather_begin_source(&list, &elsewhere.source, subject.count, window) == 0);
    else
        MUST_HOLD(sendv_gather_begin(&list, subject.list, subject.count) == 0);
    do {
        const size_t limit = take_amount(input), most = limit > 0 ? limit : SIZE_MAX;
        sendv_gather_next(&list, most, batch);
        MUST_HOLD(batch->bytes <= most);
        MUST_HOLD(batch->bytes > 0 || done == subject.bytes);
        check_batch(batch, done);
        const size_t bytes = batch->bytes;
        if ((round & (round - 1)) == 0) // ever more seldom
            check_rest(&list, done + bytes);
        if ((limit & 2) == 0)
            advance(input, batch, done);
        done += bytes;
        round++;
    } while (done < subject.bytes || list.segments > 0);
    MUST_HOLD(!elsewhere.out_of_turn && elsewhere.mapped == (from_elsewhere ? subject.count : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static struct batch batch;
    static const struct answer none[] = {{.kind = NO_MEMORY}, {.kind = NO_MEMORY}, {.kind = NO_MEMORY}, {.kind = NO_MEMORY}};
    struct input input = {bytes, bytes + count};
    const unsigned how = take(&input);
    const struct scripted_socket socket = {.type = SOCK_STREAM};
    const struct script script = {.answers = none, .count = how % 8 < 5 ? how % 8 : 0};
    kernel_begin(&socket, &script, NULL, NULL);
    make_list(&input);
    sendv_batch_begin(&batch, how < 200);
    check_refusals();
    gather_all(&input, &batch, how % 16 >= 8);
    sendv_batch_end(&batch);
    MUST_HOLD(kernel_log().unfreed == 0);
    MUST_HOLD(memcmp(subject.list, subject.as_made, subject.count * sizeof *subject.list) == 0);
    free_list();
    return 0;
}
