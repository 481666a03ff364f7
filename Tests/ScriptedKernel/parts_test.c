// SPDX-License-Identifier: Apache-2.0
//
// Every short list of memory and regions of files, over every short script: what went out, what the call said, and how it left the
// thread's signals. The judge is in parts_trial.c.
//
//   parts_test            lists of up to 4 parts of 0 to 9 bytes, scripts of up to 4 answers
//   SCRIPTED_QUICK=1      lists of up to 3 parts, scripts of up to 3 answers
#define _GNU_SOURCE
#include "../CSendShimTests/check.h"
#include "parts_trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { most_parts = 4, most_answers = 4, passing_ns = 2000000 };

// The lengths that a part may have. In the tiny form the core decides at 2, 4 and 5 bytes (Makefile); in the real form at 32 KiB, which
// these lists do not come to, so there the lengths are of one part alone.
static const size_t lengths[] = {0, 1, 4, 9};

static struct {
    uint64_t lists, scripts;
} run;

static const char *run_trial(struct trial *trial, const struct script *script)
{
    run.scripts++;
    return parts_run(trial, script);
}

// Runs a trial that the judge does not know: its call is refused.
static void run_refused(struct trial *trial)
{
    CHECK(parts_perform(trial, &(struct script){0}));
    CHECK(trial->call.sent == 0 && trial->call.system_calls == 0);
}

static const struct answer to_offers[] = {
    {.kind = TAKE, .bytes = SIZE_MAX},
    {.kind = TAKE, .bytes = 1},
    {.kind = TAKE, .bytes = 3},
    {.kind = REFUSE, .error = EAGAIN},
    {.kind = REFUSE, .error = EINPROGRESS},
    {.kind = REFUSE, .error = EINTR, .ns = passing_ns},
    {.kind = REFUSE, .error = EPIPE},
    {.kind = REFUSE, .error = EINVAL},
};
static const struct answer to_poll[] = {{.kind = ROOM}, {.kind = SIGNAL, .ns = passing_ns}, {.kind = NOTHING}};
static const struct answer to_pread[] = {{.kind = READ, .bytes = SIZE_MAX},   {.kind = READ, .bytes = 1, .ns = passing_ns},
                                         {.kind = READ_NOT, .error = EINTR},  {.kind = READ_NOT, .error = EIO},
                                         {.kind = READ_NOT, .error = ENOMEM}, {.kind = READ_NOT, .error = EAGAIN}};
static const struct answer to_malloc[] = {{.kind = MEMORY}, {.kind = NO_MEMORY}};

static bool choose(const struct event *event, size_t choice, struct answer *answer)
{
    const bool offer = event->call <= CALL_SENDFILE, wait = event->call == CALL_POLL || event->call == CALL_CHANGE;
    const struct answer *const answers = offer ? to_offers : wait ? to_poll : event->call == CALL_READ ? to_pread : to_malloc;
    const size_t count = offer                      ? COUNT_OF(to_offers)
                         : wait                     ? COUNT_OF(to_poll)
                         : event->call == CALL_READ ? COUNT_OF(to_pread)
                                                    : COUNT_OF(to_malloc);
    if (choice < count)
        *answer = answers[choice];
    return choice < count;
}

// Counts the script up, by the calls that the last run came to. Returns false after the last one.
static bool next_script(struct answer *answers, size_t *choices, size_t most, struct script *script)
{
    const struct log log = kernel_log();
    const struct event *asked[most_answers];
    size_t depth = 0;
    for (size_t i = 0; i < log.count && depth < most; i++)
        if (log.events[i].call <= CALL_MALLOC)
            asked[depth++] = &log.events[i];
    for (size_t i = script->count; i < depth; i++) {
        choices[i] = 0;
        (void)choose(asked[i], 0, &answers[i]);
    }
    while (depth > 0 && !choose(asked[depth - 1], ++choices[depth - 1], &answers[depth - 1]))
        depth--;
    script->count = depth;
    return depth > 0;
}

static void every_script(struct trial *trial, size_t most)
{
    struct answer answers[most_answers];
    size_t choices[most_answers];
    struct script script = {.answers = answers};
    do {
        const char *const wrong = run_trial(trial, &script);
        if (wrong != NULL) {
            CHECK(wrong == NULL);
            parts_print(trial, &script, wrong);
            return;
        }
    } while (next_script(answers, choices, most, &script));
}

// The list of that number: each part is memory or the file, of one of the lengths.
static void make_list(struct trial *trial, size_t count, size_t number)
{
    trial->count = count;
    for (size_t i = 0; i < count; i++, number /= 2 * COUNT_OF(lengths)) {
        const size_t length = lengths[number / 2 % COUNT_OF(lengths)];
        trial->parts[i] =
            number % 2 == 0
                ? (struct sendv_part){.base = parts_memory() + 11 * i, .length = length}
                : (struct sendv_part){.offset = 2 + 3 * (int64_t)i, .length = length, .file = scripted_file, .is_file = 1};
    }
}

static bool quick(void)
{
    return getenv("SCRIPTED_QUICK") != NULL;
}

static void every_list(struct trial *trial)
{
    size_t lists = 1;
    for (size_t count = 1; count <= (quick() ? most_parts - 1 : most_parts); count++) {
        lists *= 2 * COUNT_OF(lengths);
        for (size_t number = 0; number < lists && check_failures() == 0; number++) {
            make_list(trial, count, number);
            run.lists++;
            if (parts_has_file(trial))
                every_script(trial, quick() ? most_answers - 1 : most_answers);
        }
    }
}

static void lists_in_form(unsigned which, int type, int64_t file_size, bool nagle)
{
    struct trial trial = {.form = &forms[which]};
    trial.socket = (struct scripted_socket){.type = type,
                                            .nonblocking = trial.form->nonblocking,
                                            .timeout_us = trial.form->timeout_us,
                                            .buffer = 4096,
                                            .nagle = nagle,
                                            .file_size = file_size,
                                            .file_mode = S_IFREG};
    every_list(&trial);
}

static void streams(unsigned form)
{
    lists_in_form(form, SOCK_STREAM, 1000, false);
}

static void streams_with_nagle(unsigned form)
{
    lists_in_form(form, SOCK_STREAM, 1000, true);
}

static void streams_of_a_file_that_ends(unsigned form)
{
    lists_in_form(form, SOCK_STREAM, 8, false);
}

static void messages(unsigned form)
{
    lists_in_form(form, SOCK_DGRAM, 8, false);
}

// One trial by hand: a region that goes by sendfile in the tiny form, and is read in the real one.
static struct trial long_region(unsigned form)
{
    struct trial trial = {.form = &forms[form], .count = 1};
    trial.parts[0] = (struct sendv_part){.length = 400, .file = scripted_file, .is_file = 1};
    trial.socket = (struct scripted_socket){
        .type = SOCK_STREAM, .nonblocking = trial.form->nonblocking, .buffer = 4096, .file_size = 400, .file_mode = S_IFREG};
    return trial;
}

static void signals(void)
{
    const struct answer gone[] = {{.kind = REFUSE, .error = EPIPE}};
    const struct script script = {.answers = gone, .count = 1};
    for (unsigned i = 0; i < 4; i++) {
        struct trial trial = long_region(2);
        trial.socket.signal_blocked = i > 0;
        trial.socket.signal_pends = i == 2;
        trial.socket.mask_error = i == 3;
        CHECK(run_trial(&trial, &script) == NULL);
        CHECK_ERRNO(trial.error, EPIPE);
    }
}

// In the tiny form the region takes many runs. The first one waits until the deadline, and its last offer is taken.
static void no_run_after_one_that_waited_until_the_deadline(void)
{
    const struct answer late[] = {
        {.kind = MEMORY}, {.kind = READ, .bytes = SIZE_MAX}, {.kind = TAKE, .bytes = 1}, {.kind = NOTHING}};
    struct trial trial = long_region(4);
    CHECK(run_trial(&trial, &(struct script){.answers = late, .count = COUNT_OF(late)}) == NULL);
    CHECK_EQ(trial.call.waits, 1);
}

static void stops_and_refusals(void)
{
    const struct answer full[] = {{.kind = REFUSE, .error = EAGAIN}};
    const struct script script = {.answers = full, .count = 1};
    struct trial trial = long_region(5);
    trial.asks = true;
    CHECK(run_trial(&trial, &script) == NULL);
    CHECK_ERRNO(trial.error, 0);
    trial.stops = true;
    CHECK(run_trial(&trial, &script) == NULL);
    CHECK_ERRNO(trial.error, ECANCELED);
    const int errors[] = {ENOTSOCK, 0}, status_errors[] = {0, EBADF};
    for (unsigned i = 0; i < 2; i++) {
        trial = long_region(0);
        trial.socket.option_error = errors[i];
        trial.socket.status_error = status_errors[i];
        // With short regions, nothing is asked before the first offer.
        trial.parts[0].length = 40000;
        run_refused(&trial);
        CHECK_ERRNO(trial.error, i == 0 ? ENOTSOCK : EBADF);
    }
}

// A sendfile that may wait in the kernel, and could not be told to end, is not begun. A send is, since its first offer does not wait.
static void stops_before_a_sendfile_that_may_wait(void)
{
    const struct answer one_byte[] = {{.kind = TAKE, .bytes = 1}};
    struct trial trial = long_region(0);
    trial.asks = trial.stops = true;
    CHECK(run_trial(&trial, &(struct script){.answers = one_byte, .count = 1}) == NULL);
    CHECK_ERRNO(trial.error, ECANCELED);
    CHECK(trial.failed == 1 && trial.call.sent == trial.call.system_calls);
    for (size_t i = 0; i < kernel_log().count; i++)
        CHECK(kernel_log().events[i].call != CALL_SENDFILE);
}

static void calls_that_are_refused(void)
{
    struct trial trial = long_region(0);
    trial.flags = MSG_OOB;
    run_refused(&trial);
    CHECK_ERRNO(trial.error, EINVAL);
    trial = long_region(0);
    trial.parts[0].offset = -1;
    run_refused(&trial);
    CHECK_ERRNO(trial.error, EINVAL);
    trial = long_region(0);
    trial.socket.type = SOCK_DGRAM;
    trial.parts[0].length = (size_t)INT32_MAX + 1;
    run_refused(&trial);
    CHECK_ERRNO(trial.error, EMSGSIZE);
    trial = long_region(0);
    trial.parts[0] = (struct sendv_part){.base = parts_memory(), .length = SIZE_MAX / 2};
    trial.parts[1] = (struct sendv_part){.base = parts_memory(), .length = SIZE_MAX / 2};
    trial.parts[2] = (struct sendv_part){.base = parts_memory(), .length = SIZE_MAX / 2};
    trial.count = 3;
    run_refused(&trial);
    CHECK_ERRNO(trial.error, EINVAL);
    trial.parts[2] = (struct sendv_part){.length = 1, .file = scripted_file, .is_file = 1};
    run_refused(&trial);
    CHECK_ERRNO(trial.error, EINVAL);
    struct sendv_call call = {.size = offsetof(struct sendv_call, source) - 1, .fd = scripted_fd};
    CHECK_ERRNO(sendv_perform_parts(&call, trial.parts, 1, NULL), EINVAL);
    call.size = sizeof call;
    CHECK_ERRNO(sendv_perform_parts(&call, NULL, 1, NULL), EFAULT);
    CHECK_ERRNO(sendv_perform_parts(&call, trial.parts, SIZE_MAX, NULL), EINVAL);
}

static void a_shorter_structure(void)
{
    struct trial trial = long_region(2);
    struct sendv_call call = {.size = offsetof(struct sendv_call, taken), .fd = scripted_fd, .taken = 77};
    kernel_begin(&trial.socket, &(struct script){0}, parts_memory(), parts_memory() + parts_memory_bytes);
    CHECK_EQ(sendv_perform_parts(&call, trial.parts, trial.count, NULL), 0);
    CHECK(call.sent == 400 && call.taken == 77 && call.size == offsetof(struct sendv_call, taken));
}

static void parts_that_are_refused(void)
{
    static const struct sendv_part end_of_offsets = {.offset = INT64_MAX, .length = 1, .file = scripted_file, .is_file = 1};
    struct trial trial = long_region(0);
    trial.parts[0] = end_of_offsets;
    run_refused(&trial);
    CHECK_ERRNO(trial.error, EINVAL);
    const size_t most = INT32_MAX;
    const size_t pairs[][2] = {{most + 1, 1}, {most - 1, 1}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        trial = long_region(0);
        trial.socket.type = SOCK_DGRAM;
        trial.count = 2;
        trial.parts[0] =
            (struct sendv_part){.base = parts_memory(), .length = pairs[i][0], .file = scripted_file, .is_file = i == 1};
        trial.parts[1] = (struct sendv_part){.length = pairs[i][1], .file = scripted_file, .is_file = 1};
        run_refused(&trial);
        CHECK_ERRNO(trial.error, EMSGSIZE);
    }
    struct sendv_part many[300];
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = (struct sendv_part){.base = parts_memory(), .length = SIZE_MAX / 2};
    struct sendv_call call = {.size = sizeof call, .fd = scripted_fd};
    kernel_begin(&trial.socket, &(struct script){0}, parts_memory(), parts_memory() + parts_memory_bytes);
    CHECK_ERRNO(sendv_perform_parts(&call, many, COUNT_OF(many), NULL), EINVAL);
    CHECK_ERRNO(sendv_perform_parts(&call, NULL, 0, NULL), EINVAL);
}

// Sockets on which sendfile is not used: the first offer connects, or every offer has an address.
static void connecting_and_addressed_sockets(void)
{
    static const struct sockaddr address;
    struct trial trial = long_region(2);
    trial.flags = MSG_FASTOPEN;
    CHECK(run_trial(&trial, &(struct script){0}) == NULL);
    CHECK_EQ(trial.call.sent, 400);
    trial = long_region(2);
    trial.address = &address;
    CHECK(run_trial(&trial, &(struct script){0}) == NULL);
    CHECK_EQ(trial.call.sent, 400);
    for (size_t i = 0; i < kernel_log().count; i++)
        CHECK(kernel_log().events[i].call != CALL_SENDFILE);
}

static void other_streams_and_waits(void)
{
    struct trial trial = long_region(0);
    trial.socket.no_tcp = true;
    trial.parts[1] = (struct sendv_part){.base = parts_memory(), .length = 3};
    trial.count = 2;
    CHECK(run_trial(&trial, &(struct script){0}) == NULL);
    CHECK_EQ(trial.call.sent, 403);
    const struct form in_place = {.wait = SENDV_WAIT_BLOCKING, .timeout_ns = 5, .nonblocking = true, .may_sendfile = true};
    const struct answer full[] = {{.kind = REFUSE, .error = EAGAIN}};
    trial = long_region(2);
    trial.form = &in_place;
    CHECK(run_trial(&trial, &(struct script){.answers = full, .count = 1}) == NULL);
    CHECK_ERRNO(trial.error, EAGAIN);
    const struct form unknown = {.wait = SENDV_ONE_OFFER + 1};
    trial = long_region(0);
    trial.form = &unknown;
    run_refused(&trial);
    CHECK_ERRNO(trial.error, EINVAL);
    trial = long_region(0);
    trial.no_failed = true;
    trial.socket.file_size = 399;
    CHECK(parts_perform(&trial, &(struct script){0}) && trial.call.sent == 399);
    CHECK_ERRNO(trial.error, SENDV_FILE_ENDED);
}

// In the tiny form, each file is short and all of them are longer than the buffer.
static void short_files_beyond_the_buffer(void)
{
    for (unsigned form = 0; form < parts_forms; form++) {
        struct trial trial = long_region(form);
        trial.count = most_parts;
        for (unsigned i = 0; i < most_parts; i++)
            trial.parts[i] = (struct sendv_part){.length = 2, .offset = 2 * i, .file = scripted_file, .is_file = 1};
        CHECK(run_trial(&trial, &(struct script){0}) == NULL);
        CHECK(trial.call.sent == 8 || (trial.form->wait == SENDV_ONE_OFFER && trial.call.sent > 0));
    }
}

// In the tiny form, the files fill the buffer.
static void memory_behind_a_full_buffer(void)
{
    for (unsigned form = 0; form < parts_forms; form++) {
        struct trial trial = long_region(form);
        trial.count = most_parts;
        for (unsigned i = 0; i < 2; i++)
            trial.parts[i] = (struct sendv_part){.length = 2, .offset = 2 * i, .file = scripted_file, .is_file = 1};
        trial.parts[2] = (struct sendv_part){.file = scripted_file, .is_file = 1};
        trial.parts[3] = (struct sendv_part){.base = parts_memory(), .length = 3};
        CHECK(run_trial(&trial, &(struct script){0}) == NULL);
        CHECK(trial.call.sent == 7 || (trial.form->wait == SENDV_ONE_OFFER && trial.call.sent > 0));
    }
}

static void a_list_of_memory_is_one_call(void)
{
    struct trial trial = {.form = &forms[0], .count = 2};
    trial.parts[0] = (struct sendv_part){.base = parts_memory(), .length = 5};
    trial.parts[1] = (struct sendv_part){.base = parts_memory() + 7, .length = 5};
    trial.socket = (struct scripted_socket){.type = SOCK_STREAM, .buffer = 4096};
    CHECK(run_trial(&trial, &(struct script){0}) == NULL);
    CHECK_ERRNO(trial.error, 0);
    CHECK(trial.call.sent == 10 && trial.call.source == NULL);
}

static void the_part_of_a_file(void)
{
    static const struct {
        int fd;
        unsigned mode;
        int64_t offset, length;
        int error;
    } cases[] = {{scripted_file, S_IFREG, 0, -1, 0},        {scripted_file, S_IFREG, 401, -1, EINVAL},
                 {scripted_file, S_IFREG, -1, 3, EINVAL},   {scripted_file, S_IFREG, 1, INT64_MAX, EINVAL},
                 {scripted_file, S_IFIFO, 0, 3, ESPIPE},    {scripted_file, S_IFDIR, 0, 3, EISDIR},
                 {scripted_file, S_IFBLK, 0, -1, EINVAL},   {scripted_file, S_IFBLK, 0, 3, 0},
                 {scripted_file + 9, S_IFREG, 0, 3, EBADF}, {scripted_file, S_IFREG, 401, 3, 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct trial trial = long_region(0);
        struct sendv_part part;
        trial.socket.file_mode = cases[i].mode;
        kernel_begin(&trial.socket, &(struct script){0}, NULL, NULL);
        CHECK_ERRNO(sendv_file_part(cases[i].fd, cases[i].offset, cases[i].length, &part), cases[i].error);
    }
}

#define IN_EVERY_FORM(body) \
    CASE_ON(body, 0), CASE_ON(body, 1), CASE_ON(body, 2), CASE_ON(body, 3), CASE_ON(body, 4), CASE_ON(body, 5), \
        CASE_ON(body, 6), CASE_ON(body, 7), CASE_ON(body, 8), CASE_ON(body, 9), CASE_ON(body, 10), CASE_ON(body, 11)

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        IN_EVERY_FORM(streams),
        IN_EVERY_FORM(streams_with_nagle),
        IN_EVERY_FORM(streams_of_a_file_that_ends),
        IN_EVERY_FORM(messages),
        CASE(signals),
        CASE(no_run_after_one_that_waited_until_the_deadline),
        CASE(stops_and_refusals),
        CASE(stops_before_a_sendfile_that_may_wait),
        CASE(calls_that_are_refused),
        CASE(a_shorter_structure),
        CASE(parts_that_are_refused),
        CASE(connecting_and_addressed_sockets),
        CASE(other_streams_and_waits),
        CASE(short_files_beyond_the_buffer),
        CASE(memory_behind_a_full_buffer),
        CASE(a_list_of_memory_is_one_call),
        CASE(the_part_of_a_file),
    };
    if (quick())
        puts("  quick: left out are lists of 4 parts and scripts of 4 answers");
    const int status = check_run(argc, argv, cases, COUNT_OF(cases));
    printf("  %" PRIu64 " lists, %" PRIu64 " scripts\n", run.lists, run.scripts);
    return status;
}
