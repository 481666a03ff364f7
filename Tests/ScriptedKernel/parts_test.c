// SPDX-License-Identifier: Apache-2.0
//
// Every short list of memory and regions of files, over every short script: what went out, what the call said, and how it left the
// thread's signals. The judge below knows csendshim.h alone.
//
//   parts_test            lists of up to 4 parts of 0 to 9 bytes, scripts of up to 4 answers
//   SCRIPTED_QUICK=1      lists of up to 3 parts, scripts of up to 3 answers
#define _GNU_SOURCE
#include "../CSendShimTests/check.h"
#include "kernel.h"

#include "csendshim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { most_parts = 4, most_answers = 4, most_bytes = 512, passing_ns = 2000000 };

// The lengths that a part may have. In the tiny form the core decides at 2, 4 and 5 bytes (Makefile); in the real form at 32 KiB, which
// these lists do not come to, so there the lengths are of one part alone.
static const size_t lengths[] = {0, 1, 4, 9};

struct form {
    const char *name;
    bool nonblocking;
    int flags;
    uint32_t wait;
    int64_t timeout_ns; // of the call
    int64_t timeout_us; // SO_SNDTIMEO
    bool may_sendfile; // the header's rule
};

static const struct form forms[] = {
    {.name = "blocking", .may_sendfile = true},
    {.name = "blocking, SO_SNDTIMEO", .timeout_us = 2500},
    {.name = "non-blocking", .nonblocking = true, .may_sendfile = true},
    {.name = "MSG_DONTWAIT", .flags = MSG_DONTWAIT},
    {.name = "within a time, blocking", .wait = SENDV_WAIT_WITHIN, .timeout_ns = 2500000},
    {.name = "within a time, non-blocking",
     .wait = SENDV_WAIT_WITHIN,
     .timeout_ns = 2500000,
     .nonblocking = true,
     .may_sendfile = true},
    {.name = "within no time", .wait = SENDV_WAIT_WITHIN, .nonblocking = true, .may_sendfile = true},
    {.name = "for ever, in any mode", .wait = SENDV_WAIT_WITHIN, .timeout_ns = -1},
    {.name = "a time in place", .wait = SENDV_WAIT_BLOCKING, .timeout_ns = 2500000},
    {.name = "no time in place", .wait = SENDV_WAIT_BLOCKING},
    {.name = "one offer", .wait = SENDV_ONE_OFFER, .nonblocking = true, .may_sendfile = true},
    {.name = "one offer, blocking", .wait = SENDV_ONE_OFFER},
};

struct trial {
    const struct form *form;
    struct scripted_socket socket;
    struct sendv_part parts[most_parts];
    size_t count;
    int flags;
    bool asks, stops; // whether there is a `stopped`, and what it says
    bool no_failed; // NULL in the place of `failed`
    const struct sockaddr *address;
    // What came of it:
    struct sendv_call call;
    int error;
    size_t failed;
};

static struct {
    uint64_t lists, scripts;
} run;

static const unsigned char memory[65] = "The bytes of memory are told from those of the file by the judge";

// The list's bytes as far as the file has them. Returns the part whose file ends too early, or the count.
static size_t bytes_of_list(const struct trial *trial, unsigned char *bytes, size_t *count, size_t *whole)
{
    size_t short_part = trial->count;
    *count = *whole = 0;
    for (size_t i = 0; i < trial->count; i++) {
        const struct sendv_part *const part = &trial->parts[i];
        *whole += part->length;
        for (size_t at = 0; at < part->length && short_part == trial->count; at++) {
            const int64_t offset = part->offset + (int64_t)at;
            if (part->is_file != 0 && offset >= trial->socket.file_size)
                short_part = i;
            else
                bytes[(*count)++] = part->is_file != 0 ? scripted_file_byte(offset) : ((const unsigned char *)part->base)[at];
        }
    }
    return short_part;
}

static bool has_file(const struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++)
        if (trial->parts[i].is_file != 0)
            return true;
    return false;
}

// Whether an offer's flags are right, that holds the list's bytes up to `end` of `whole`.
static const char *judge_flags(const struct trial *trial, const struct event *event, size_t end, size_t whole)
{
    if ((event->flags & MSG_NOSIGNAL) == 0)
        return "an offer without MSG_NOSIGNAL";
    if (trial->socket.type == SOCK_STREAM && end < whole && (event->flags & MSG_MORE) == 0)
        return "an offer without MSG_MORE before the end of the list";
    if (end == whole && (event->flags & MSG_MORE) != 0 && event->result >= 0)
        return "MSG_MORE at the end of the list";
    return NULL;
}

struct seen {
    size_t accepted, offers, taken;
    size_t late_sendfiles; // offers after the deadline
    bool was_late; // the socket took an offer after the call's own deadline
    int last_refusal; // errno of the last offer, or EAGAIN if it was taken in part
    bool last_by_sendfile;
    bool no_memory, no_read; // malloc or pread failed
};

// Whether bytes of the list that end at `end` are the end of a region that bytes follow.
static bool ends_a_region(const struct trial *trial, size_t end, size_t whole)
{
    size_t at = 0;
    for (size_t i = 0; i < trial->count; i++) {
        at += trial->parts[i].length;
        if (at == end && end < whole && trial->parts[i].is_file != 0 && trial->parts[i].length > 0)
            return true;
    }
    return false;
}

// Whether sendfile may be offered these bytes of the list.
static const char *judge_sendfile(const struct trial *trial, size_t end, size_t whole)
{
    if (!trial->form->may_sendfile || trial->socket.type != SOCK_STREAM)
        return "sendfile where it could wait, or cut a message";
    if (trial->socket.nagle && !trial->socket.no_tcp && ends_a_region(trial, end, whole))
        return "a small packet after sendfile waits for an acknowledgement";
    return NULL;
}

// Whether the time of the call is over: it begins with the call, as every list here has a region.
static bool is_late(const struct trial *trial, int64_t now)
{
    const int64_t time = trial->form->timeout_ns + trial->form->timeout_us * 1000;
    return time > 0 && now >= time;
}

static const char *judge_offer(const struct trial *trial, const struct event *event, const unsigned char *bytes, size_t whole,
                               struct seen *seen)
{
    const unsigned char *const offered = kernel_log().bytes + event->at;
    seen->offers++;
    if (memcmp(offered, bytes + seen->accepted, event->bytes) != 0)
        return "other bytes were offered than come next in the list";
    const size_t end = seen->accepted + event->bytes;
    seen->last_by_sendfile = event->call == CALL_SENDFILE;
    seen->late_sendfiles += seen->last_by_sendfile && is_late(trial, event->before);
    seen->was_late |= event->result >= 0 && trial->form->timeout_ns > 0 && is_late(trial, event->before);
    if (seen->late_sendfiles > 1)
        return "more than one sendfile after the deadline";
    const char *const wrong = seen->last_by_sendfile ? judge_sendfile(trial, end, whole) : judge_flags(trial, event, end, whole);
    seen->last_refusal = event->result < 0 ? event->error : event->result < (ssize_t)event->bytes ? EAGAIN : 0;
    if (event->result > 0)
        seen->accepted += (size_t)event->result;
    seen->taken += event->result > 0 || (event->result == 0 && event->call != CALL_SENDFILE && trial->socket.type != SOCK_STREAM);
    return wrong;
}

static const char *judge_events(const struct trial *trial, const unsigned char *bytes, size_t whole, struct seen *seen)
{
    const struct log log = kernel_log();
    for (size_t i = 0; i < log.count; i++) {
        const struct event *const event = &log.events[i];
        if (event->fd != scripted_fd && event->call != CALL_FILE)
            return "a call with a wrong argument";
        if (event->call == CALL_READ && seen->was_late)
            return "another part was read after an offer past the deadline";
        seen->no_memory |= event->call == CALL_MALLOC && event->result < 0;
        seen->no_read |= event->call == CALL_READ && event->result < 0 && event->error != EINTR;
        const char *const wrong = event->call <= CALL_SENDFILE ? judge_offer(trial, event, bytes, whole, seen) : NULL;
        if (wrong != NULL)
            return wrong;
    }
    if (log.unfreed != 0 || log.watching)
        return "memory or a descriptor leaked";
    if (log.signal_raised)
        return "SIGPIPE came";
    if (log.signal_blocked != trial->socket.signal_blocked || log.signal_pends != trial->socket.signal_pends)
        return "the thread's signals are not what they were";
    return NULL;
}

// Whether a full socket is EAGAIN, or success after a byte. A call with a time of its own ends with ETIMEDOUT instead.
static bool may_send_a_part(const struct trial *trial)
{
    const struct form *const form = trial->form;
    const bool as_the_mode = form->wait == SENDV_WAIT_AS_SOCKET || form->wait == SENDV_WAIT_BLOCKING;
    return as_the_mode && (form->nonblocking || (form->flags & MSG_DONTWAIT) != 0);
}

static const char *judge_success(const struct trial *trial, const struct seen *seen, size_t whole)
{
    if (trial->form->wait == SENDV_ONE_OFFER)
        return trial->call.unfinished == (seen->accepted < whole) ? NULL : "`unfinished` is wrong";
    if (seen->accepted < whole && !may_send_a_part(trial))
        return "success before every byte went";
    return seen->accepted > 0 || whole == 0 ? NULL : "success without a byte";
}

// Whether the error is one that this call may end with.
static const char *judge_error(const struct trial *trial, const struct seen *seen, size_t there, size_t short_part)
{
    const int error = trial->error;
    const bool stream = trial->socket.type == SOCK_STREAM;
    if (trial->failed != trial->count) {
        if (trial->failed > trial->count || trial->parts[trial->failed].is_file == 0)
            return "a part that is no file is said to have failed";
        if (error == SENDV_FILE_ENDED)
            return trial->failed == short_part && seen->accepted == (stream ? there : 0) ? NULL : "the file did not end there";
        if (error == EAGAIN)
            return "EAGAIN of a file, which would say that the socket is full";
        return seen->no_read || !stream ? NULL : "the file did not fail";
    }
    if (error == ETIMEDOUT && trial->call.timed_out != 0)
        return trial->form->timeout_ns + trial->form->timeout_us > 0 && kernel_log().now < 2500000 ? "the time-out is early"
                                                                                                   : NULL;
    if (error == EAGAIN && trial->form->wait != SENDV_ONE_OFFER)
        return may_send_a_part(trial) && seen->accepted == 0 ? NULL : "EAGAIN where it may wait, or after a byte";
    if (error == ENOMEM && seen->no_memory)
        return NULL;
    if (error == ECANCELED)
        return trial->stops ? NULL : "ECANCELED";
    if (error == EINVAL && seen->last_by_sendfile)
        return "a file that sendfile does not take was not read";
    return error == seen->last_refusal ? NULL : "an error that nobody answered";
}

static const char *judge(const struct trial *trial)
{
    unsigned char bytes[most_bytes];
    size_t there, whole;
    struct seen seen = {0};
    const size_t short_part = bytes_of_list(trial, bytes, &there, &whole);
    const char *const wrong = judge_events(trial, bytes, whole, &seen);
    const struct sendv_call *const call = &trial->call;
    if (wrong != NULL)
        return wrong;
    if (call->sent != seen.accepted || call->system_calls != seen.offers || call->taken != seen.taken)
        return "a count is wrong";
    if (trial->socket.type != SOCK_STREAM && seen.accepted > 0 && seen.accepted < whole)
        return "a message was cut";
    if (trial->error == 0 && trial->failed != trial->count)
        return "a part is said to have failed, without an error";
    return trial->error == 0 ? judge_success(trial, &seen, whole) : judge_error(trial, &seen, there, short_part);
}

// What `stopped` answers.
static int is_set(const void *context)
{
    return *(const bool *)context;
}

static void perform(void *argument)
{
    struct trial *const trial = argument;
    trial->call = (struct sendv_call){.size = sizeof trial->call,
                                      .fd = scripted_fd,
                                      .flags = trial->form->flags | trial->flags,
                                      .wait = trial->form->wait,
                                      .timeout_ns = trial->form->timeout_ns,
                                      .address = trial->address,
                                      .address_length = trial->address == NULL ? 0 : 16,
                                      .stopped = trial->asks ? is_set : NULL,
                                      .stopped_context = &trial->stops};
    trial->failed = trial->count;
    trial->error = sendv_perform_parts(&trial->call, trial->parts, trial->count, trial->no_failed ? NULL : &trial->failed);
}

static const char *run_trial(struct trial *trial, const struct script *script)
{
    kernel_begin(&trial->socket, script, memory, memory + sizeof memory);
    run.scripts++;
    return kernel_run(perform, trial) ? judge(trial) : "did not come to an end";
}

// Runs a trial that the judge does not know: its call is refused.
static void run_refused(struct trial *trial)
{
    kernel_begin(&trial->socket, &(struct script){0}, memory, memory + sizeof memory);
    CHECK(kernel_run(perform, trial));
    CHECK(trial->call.sent == 0 && trial->call.system_calls == 0);
}

static void print_trial(const struct trial *trial, const struct script *script, const char *wrong)
{
    printf("  %s\n  %s, type %d, file of %" PRId64 " bytes, nagle %d\n", wrong, trial->form->name, trial->socket.type,
           trial->socket.file_size, trial->socket.nagle);
    for (size_t i = 0; i < trial->count; i++)
        printf("  part %zu: %zu bytes %s\n", i, trial->parts[i].length,
               trial->parts[i].is_file != 0 ? "of the file" : "of memory");
    for (size_t i = 0; i < script->count; i++)
        printf("  answer %zu: kind %d, error %d, bytes %zu\n", i, (int)script->answers[i].kind, script->answers[i].error,
               script->answers[i].bytes);
    const struct log log = kernel_log();
    for (size_t i = 0; i < log.count; i++)
        printf("  call %d, %zu bytes, flags %x: %zd, errno %d\n", (int)log.events[i].call, log.events[i].bytes,
               (unsigned)log.events[i].flags, log.events[i].result, log.events[i].error);
    printf("  error %d, sent %zu, failed %zu, timed out %u\n", trial->error, trial->call.sent, trial->failed,
           trial->call.timed_out);
}

static const struct answer to_offers[] = {
    {.kind = TAKE, .bytes = SIZE_MAX},
    {.kind = TAKE, .bytes = 1},
    {.kind = TAKE, .bytes = 3},
    {.kind = REFUSE, .error = EAGAIN},
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
            print_trial(trial, &script, wrong);
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
                ? (struct sendv_part){.base = memory + 11 * i, .length = length}
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
            if (has_file(trial))
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
    trial.parts[0] = (struct sendv_part){.base = memory, .length = SIZE_MAX / 2};
    trial.parts[1] = (struct sendv_part){.base = memory, .length = SIZE_MAX / 2};
    trial.parts[2] = (struct sendv_part){.base = memory, .length = SIZE_MAX / 2};
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
    kernel_begin(&trial.socket, &(struct script){0}, memory, memory + sizeof memory);
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
        trial.parts[0] = (struct sendv_part){.base = memory, .length = pairs[i][0], .file = scripted_file, .is_file = i == 1};
        trial.parts[1] = (struct sendv_part){.length = pairs[i][1], .file = scripted_file, .is_file = 1};
        run_refused(&trial);
        CHECK_ERRNO(trial.error, EMSGSIZE);
    }
    struct sendv_part many[300];
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = (struct sendv_part){.base = memory, .length = SIZE_MAX / 2};
    struct sendv_call call = {.size = sizeof call, .fd = scripted_fd};
    kernel_begin(&trial.socket, &(struct script){0}, memory, memory + sizeof memory);
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
    trial.parts[1] = (struct sendv_part){.base = memory, .length = 3};
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
    kernel_begin(&trial.socket, &(struct script){0}, memory, memory + sizeof memory);
    CHECK(kernel_run(perform, &trial) && trial.call.sent == 399);
    CHECK_ERRNO(trial.error, SENDV_FILE_ENDED);
}

// In the tiny form, each file is short and all of them are longer than the buffer.
static void short_files_beyond_the_buffer(void)
{
    for (unsigned form = 0; form < COUNT_OF(forms); form++) {
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
    for (unsigned form = 0; form < COUNT_OF(forms); form++) {
        struct trial trial = long_region(form);
        trial.count = most_parts;
        for (unsigned i = 0; i < 2; i++)
            trial.parts[i] = (struct sendv_part){.length = 2, .offset = 2 * i, .file = scripted_file, .is_file = 1};
        trial.parts[2] = (struct sendv_part){.file = scripted_file, .is_file = 1};
        trial.parts[3] = (struct sendv_part){.base = memory, .length = 3};
        CHECK(run_trial(&trial, &(struct script){0}) == NULL);
        CHECK(trial.call.sent == 7 || (trial.form->wait == SENDV_ONE_OFFER && trial.call.sent > 0));
    }
}

static void a_list_of_memory_is_one_call(void)
{
    struct trial trial = {.form = &forms[0], .count = 2};
    trial.parts[0] = (struct sendv_part){.base = memory, .length = 5};
    trial.parts[1] = (struct sendv_part){.base = memory + 7, .length = 5};
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
        kernel_begin(&trial.socket, &(struct script){0}, memory, memory + sizeof memory);
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
