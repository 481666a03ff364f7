// SPDX-License-Identifier: Apache-2.0
//
// Every short list over every short script: each call of the core is judged by the model. Scripts are counted up depth first,
// and only through positions that the call came to, so that no two runs are the same.
//
//   exhaustive_test              lists of up to 5 segments of 0 to 4 bytes, scripts of up to 4 answers of every kind, of up to 10
//                                of few kinds
//   SCRIPTED_QUICK=1             fewer: what is left out is printed
#include "../CSendShimTests/check.h"
#include "trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { most_segments = 5, longest_segment = 4, most_answers = 4, most_few_answers = 10 };

struct mode {
    bool nonblocking;
    int64_t timeout_us; // SO_SNDTIMEO
    int flags;
    enum sendv_wait wait;
    int64_t timeout_ns;
};

// Half a millisecond more than poll can be asked for exactly.
enum { timeout_us = 2500, timeout_ns = timeout_us * 1000, passing_ns = 2000000 };

enum {
    BLOCKING,
    WITH_TIMEOUT,
    NONBLOCKING,
    DONTWAIT,
    WITHIN_ENDLESS,
    WITHIN_ZERO,
    WITHIN_TIME,
    TIME_IN_PLACE,
    ONE_OFFER,
    all_modes
};

static const struct mode modes[all_modes] = {
    [BLOCKING] = {.nonblocking = false},
    [WITH_TIMEOUT] = {.timeout_us = timeout_us},
    [NONBLOCKING] = {.nonblocking = true, .timeout_us = timeout_us},
    [DONTWAIT] = {.flags = MSG_DONTWAIT, .timeout_us = timeout_us},
    [WITHIN_ENDLESS] = {.wait = SENDV_WAIT_WITHIN, .timeout_ns = -1, .nonblocking = true},
    [WITHIN_ZERO] = {.wait = SENDV_WAIT_WITHIN, .timeout_ns = 0},
    [WITHIN_TIME] = {.wait = SENDV_WAIT_WITHIN, .timeout_ns = timeout_ns, .flags = MSG_DONTWAIT},
    [TIME_IN_PLACE] = {.wait = SENDV_WAIT_BLOCKING, .timeout_ns = timeout_ns},
    [ONE_OFFER] = {.wait = SENDV_ONE_OFFER, .timeout_us = timeout_us},
};

// How far one case goes.
struct extent {
    size_t segments, answers;
    int flags;
    bool few; // kinds of answers, for longer scripts
    size_t size; // of the structure; 0: as the header has it
    enum entry entry;
    int buffer; // SO_SNDBUF; 0: more than any list has
    bool vsock;
};

static struct {
    uint64_t lists, scripts, calls;
} run;

// The answers to an offer, after those that take all and those that take less.
static const struct answer refusals[] = {
    {.kind = REFUSE, .error = EINTR, .ns = passing_ns},
    {.kind = REFUSE, .error = EAGAIN},
    {.kind = REFUSE, .error = EINPROGRESS}, // TCP fast open, which connects
    {.kind = REFUSE, .error = ENOBUFS},
    {.kind = REFUSE, .error = ENOMEM},
    {.kind = REFUSE, .error = EPIPE},
    {.kind = REFUSE, .error = ECONNRESET},
    {.kind = REFUSE, .error = ETIMEDOUT}, // a connection that timed out, which is not this call's deadline
};
static const struct answer of_poll[] = {
    {.kind = ROOM}, {.kind = SIGNAL, .ns = passing_ns}, {.kind = NOTHING}, {.kind = HANG_UP}, {.kind = FAIL, .error = EPERM}};
static const struct answer of_malloc[] = {{.kind = MEMORY}, {.kind = NO_MEMORY}};

// What a socket that is full now and then answers.
static const struct answer few_to_offers[] = {
    {.kind = TAKE, .bytes = SIZE_MAX}, {.kind = REFUSE, .error = EAGAIN}, {.kind = TAKE, .bytes = 1}};
static const struct answer few_of_poll[] = {{.kind = ROOM}, {.kind = SIGNAL, .ns = passing_ns}};

static bool choose_of(const struct answer *answers, size_t count, size_t choice, struct answer *answer)
{
    if (choice < count)
        *answer = answers[choice];
    return choice < count;
}

#define CHOOSE_OF(answers) choose_of((answers), COUNT_OF(answers), choice, answer)

static bool choose_of_few(const struct event *event, bool stream, size_t choice, struct answer *answer)
{
    if (event->call == CALL_POLL || event->call == CALL_CHANGE)
        return CHOOSE_OF(few_of_poll);
    if (event->call == CALL_MALLOC)
        return choose_of(of_malloc, 1, choice, answer);
    return choose_of(few_to_offers, stream && event->bytes > 1 ? 3 : 2, choice, answer);
}

// The `choice`-th answer to the call, the first of which is the one that is given when the script is at its end. Returns
// whether there are as many.
static bool choose(const struct event *event, bool stream, size_t choice, struct answer *answer)
{
    if (event->call == CALL_POLL || event->call == CALL_CHANGE)
        return CHOOSE_OF(of_poll);
    if (event->call == CALL_MALLOC)
        return CHOOSE_OF(of_malloc);
    const size_t shorter = stream && event->bytes > 1 ? event->bytes - 1 : 0;
    if (choice > shorter)
        return choose_of(refusals, COUNT_OF(refusals), choice - shorter - 1, answer);
    *answer = (struct answer){.kind = TAKE, .bytes = choice == 0 ? SIZE_MAX : choice};
    return true;
}

static bool takes_an_answer(const struct event *event)
{
    return event->call <= CALL_MALLOC;
}

// Counts the script up, by the calls that the last run came to. Returns false after the last one.
static bool next_script(struct answer *answers, size_t *choices, struct extent extent, bool stream, struct script *script)
{
    bool (*const choose_one)(const struct event *, bool, size_t, struct answer *) = extent.few ? choose_of_few : choose;
    const struct log log = kernel_log();
    const struct event *asked[most_few_answers];
    size_t depth = 0;
    for (size_t i = 0; i < log.count && depth < extent.answers; i++) {
        if (takes_an_answer(&log.events[i]))
            asked[depth++] = &log.events[i];
    }
    for (size_t i = script->count; i < depth; i++) {
        choices[i] = 0;
        (void)choose_one(asked[i], stream, 0, &answers[i]);
    }
    while (depth > 0 && !choose_one(asked[depth - 1], stream, ++choices[depth - 1], &answers[depth - 1]))
        depth--;
    script->count = depth;
    return depth > 0;
}

static void every_script(struct trial *trial, struct extent extent)
{
    struct answer answers[most_few_answers];
    size_t choices[most_few_answers];
    trial->script = (struct script){.answers = answers, .start_ns = 1234567890};
    do {
        struct outcome outcome;
        const char *wrong = trial_run(trial, &outcome);
        run.scripts++;
        run.calls += kernel_log().count;
        if (wrong != NULL) {
            CHECK(wrong == NULL);
            trial_print(stdout, trial, &outcome, wrong);
            return;
        }
    } while (next_script(answers, choices, extent, trial->socket.type == SOCK_STREAM, &trial->script));
}

static bool next_lengths(size_t *lengths, size_t count)
{
    while (count > 0 && ++lengths[count - 1] > longest_segment)
        lengths[--count] = 0;
    return count > 0;
}

static void every_list(struct trial *trial, struct extent extent)
{
    static struct list list;
    for (size_t count = 1; count <= extent.segments; count++) {
        size_t lengths[most_segments] = {0};
        do {
            list_clear(&list);
            for (size_t i = 0; i < count; i++)
                list_append(&list, lengths[i]);
            trial->list = &list;
            run.lists++;
            every_script(trial, extent);
        } while (next_lengths(lengths, count) && check_failures() == 0);
    }
}

static void sweep(int type, unsigned which, struct extent extent)
{
    static const struct sockaddr address;
    const struct mode *mode = &modes[which];
    struct trial trial = {
        .entry = extent.entry,
        .size = extent.size,
        .flags = mode->flags | extent.flags,
        .wait = mode->wait,
        .timeout_ns = mode->timeout_ns,
        .address = type == SOCK_STREAM ? NULL : &address,
        .address_length = type == SOCK_STREAM ? 0 : 16,
        .socket = {.type = type,
                   .nonblocking = mode->nonblocking,
                   .timeout_us = mode->timeout_us,
                   .buffer = extent.buffer != 0 ? extent.buffer : 4096,
                   .vsock = extent.vsock},
    };
    every_list(&trial, extent);
}

static bool quick(void)
{
    return getenv("SCRIPTED_QUICK") != NULL;
}

static struct extent all(void)
{
    return (struct extent){.segments = quick() ? most_segments - 1 : most_segments,
                           .answers = quick() ? most_answers - 1 : most_answers};
}

static void streams(unsigned mode)
{
    sweep(SOCK_STREAM, mode, all());
}

static void messages(unsigned mode)
{
    sweep(SOCK_DGRAM, mode, all());
}

// The same lists from a source: in the tiny form with a window of two segments.
static struct extent elsewhere(void)
{
    struct extent extent = all();
    extent.entry = BY_SOURCE;
    return extent;
}

static void streams_from_elsewhere(unsigned mode)
{
    sweep(SOCK_STREAM, mode, elsewhere());
}

static void messages_from_elsewhere(unsigned mode)
{
    sweep(SOCK_DGRAM, mode, elsewhere());
}

// The marks at the list's end, which take another way through the batches.
static void streams_with_urgent_data(unsigned mode)
{
    sweep(SOCK_STREAM, mode, (struct extent){.segments = quick() ? 3 : 4, .answers = 3, .flags = MSG_OOB});
}

static void messages_with_a_record_mark(unsigned mode)
{
    sweep(SOCK_SEQPACKET, mode, (struct extent){.segments = quick() ? 3 : 4, .answers = 3, .flags = MSG_EOR | MSG_DONTROUTE});
}

// Lists that are longer than SO_SNDBUF. Only a Unix socket refuses such a message. In the tiny form, the core refuses only
// lists of more segments or bytes than one system call takes.
static void messages_beyond_the_buffer(unsigned mode)
{
    const struct extent extent = {.segments = 4, .answers = 2, .buffer = 5};
    sweep(SOCK_SEQPACKET, mode, extent);
}

static void messages_of_a_third_family_beyond_the_buffer(unsigned mode)
{
    const struct extent extent = {.segments = 4, .answers = 2, .buffer = 5, .vsock = true};
    sweep(SOCK_SEQPACKET, mode, extent);
}

static void streams_without_copies(unsigned mode)
{
    sweep(SOCK_STREAM, mode, (struct extent){.segments = quick() ? 3 : 4, .answers = 3, .flags = MSG_ZEROCOPY | MSG_MORE});
}

// Sockets that are full time and again.
static struct extent long_waits(void)
{
    return (struct extent){.segments = 3, .answers = quick() ? most_few_answers - 2 : most_few_answers, .few = true};
}

static void streams_that_wait_long(unsigned mode)
{
    sweep(SOCK_STREAM, mode, long_waits());
}

static void messages_that_wait_long(unsigned mode)
{
    sweep(SOCK_DGRAM, mode, long_waits());
}

// Programs that were built with an older header, which has no address, wait, time-out and counts, or no counts, or some.
static void shorter_structures(void)
{
    static const size_t sizes[] = {offsetof(struct sendv_call, source), offsetof(struct sendv_call, address),
                                   offsetof(struct sendv_call, sent), offsetof(struct sendv_call, waits),
                                   offsetof(struct sendv_call, timed_out)};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        sweep(SOCK_STREAM, BLOCKING, (struct extent){.segments = 3, .answers = 3, .size = sizes[i]});
        sweep(SOCK_STREAM, NONBLOCKING, (struct extent){.segments = 3, .answers = 3, .size = sizes[i]});
    }
}

static void an_unknown_wait_and_a_size_too_small(void)
{
    static struct list list;
    list_clear(&list);
    list_append(&list, 1);
    struct trial trial = {.list = &list, .wait = SENDV_ONE_OFFER + 1, .socket = {.type = SOCK_STREAM}};
    struct outcome outcome;
    CHECK(trial_run(&trial, &outcome) == NULL);
    CHECK_ERRNO(outcome.error, EINVAL);
    trial.wait = SENDV_WAIT_AS_SOCKET;
    trial.size = offsetof(struct sendv_call, source) - 1;
    CHECK(trial_run(&trial, &outcome) != NULL); // the model knows no such call
    CHECK_ERRNO(outcome.error, EINVAL);
    CHECK_EQ(kernel_log().count, 0);
    CHECK(!outcome.wrote_beyond);
}

static void the_core_tells_its_version_and_stack(void)
{
    CHECK_EQ(sendv_version(), SENDV_VERSION_MAJOR * 10000 + SENDV_VERSION_MINOR * 100 + SENDV_VERSION_PATCH);
    CHECK(sendv_stack_bytes() > 0);
}

#define IN_EVERY_MODE(body) \
    CASE_ON(body, BLOCKING), CASE_ON(body, WITH_TIMEOUT), CASE_ON(body, NONBLOCKING), CASE_ON(body, DONTWAIT), \
        CASE_ON(body, WITHIN_ENDLESS), CASE_ON(body, WITHIN_ZERO), CASE_ON(body, WITHIN_TIME), CASE_ON(body, TIME_IN_PLACE), \
        CASE_ON(body, ONE_OFFER)

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        IN_EVERY_MODE(streams),
        IN_EVERY_MODE(messages),
        IN_EVERY_MODE(streams_from_elsewhere),
        IN_EVERY_MODE(messages_from_elsewhere),
        IN_EVERY_MODE(streams_with_urgent_data),
        IN_EVERY_MODE(messages_with_a_record_mark),
        IN_EVERY_MODE(messages_beyond_the_buffer),
        IN_EVERY_MODE(messages_of_a_third_family_beyond_the_buffer),
        IN_EVERY_MODE(streams_without_copies),
        IN_EVERY_MODE(streams_that_wait_long),
        IN_EVERY_MODE(messages_that_wait_long),
        CASE(shorter_structures),
        CASE(an_unknown_wait_and_a_size_too_small),
        CASE(the_core_tells_its_version_and_stack),
    };
    if (quick())
        puts("  quick: left out are lists of 5 segments (of 4, with flags), scripts of 4 answers (of 9 and 10 of few kinds)");
    const int status = check_run(argc, argv, cases, COUNT_OF(cases));
    printf("  %" PRIu64 " lists, %" PRIu64 " scripts, %" PRIu64 " calls of the kernel\n", run.lists, run.scripts, run.calls);
    return status;
}
