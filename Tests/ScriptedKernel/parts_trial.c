// SPDX-License-Identifier: Apache-2.0
//
// The judge knows csendshim.h alone.
#define _GNU_SOURCE
#include "parts_trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { most_bytes = 8 << 20 };

const struct form forms[parts_forms] = {
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

const unsigned char *parts_memory(void)
{
    static unsigned char memory[parts_memory_bytes];
    for (size_t i = 0; i < sizeof memory && memory[1] == 0; i++)
        memory[sizeof memory - 1 - i] = (unsigned char)((sizeof memory - 1 - i) * 101 + 7);
    return memory;
}

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

bool parts_has_file(const struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++)
        if (trial->parts[i].is_file != 0)
            return true;
    return false;
}

// What is wrong with the flags of an offer that ends at byte `end` of the list's `whole` bytes; NULL if they are right.
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

// Whether a region ends at byte `end` of the list, with more bytes after it.
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

// Whether sendfile may be offered these bytes of the list. At the end of a file, sendfile sends no packet.
static const char *judge_sendfile(const struct trial *trial, size_t bytes, size_t end, size_t whole)
{
    if (!trial->form->may_sendfile || trial->socket.type != SOCK_STREAM)
        return "sendfile where it could wait, or cut a message";
    if (bytes > 0 && trial->socket.nagle && !trial->socket.no_tcp && ends_a_region(trial, end, whole))
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
    const char *const wrong =
        seen->last_by_sendfile ? judge_sendfile(trial, event->bytes, end, whole) : judge_flags(trial, event, end, whole);
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
    if (error == EINPROGRESS && trial->form->wait != SENDV_ONE_OFFER && !may_send_a_part(trial))
        return "EINPROGRESS where it may wait";
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
    static unsigned char bytes[most_bytes];
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

bool parts_perform(struct trial *trial, const struct script *script)
{
    kernel_begin(&trial->socket, script, parts_memory(), parts_memory() + parts_memory_bytes);
    return kernel_run(perform, trial);
}

const char *parts_run(struct trial *trial, const struct script *script)
{
    return parts_perform(trial, script) ? judge(trial) : "did not come to an end";
}

void parts_print(const struct trial *trial, const struct script *script, const char *wrong)
{
    printf("  %s\n  %s, type %d, file of %" PRId64 " bytes, nagle %d\n", wrong, trial->form->name, trial->socket.type,
           trial->socket.file_size, trial->socket.nagle);
    for (size_t i = 0; i < trial->count; i++)
        printf("  part %zu: %zu bytes %s\n", i, trial->parts[i].length,
               trial->parts[i].is_file != 0 ? "of the file" : "of memory");
    for (size_t i = 0; i < script->count; i++)
        printf("  answer %zu: kind %d, error %d, bytes %zu\n", i, (int)script->answers[i].kind, script->answers[i].error,
               script->answers[i].bytes);
    enum { most_printed = 60 };
    const struct log log = kernel_log();
    for (size_t i = 0; i < log.count && i < most_printed; i++)
        printf("  call %d, %zu bytes, flags %x: %zd, errno %d\n", (int)log.events[i].call, log.events[i].bytes,
               (unsigned)log.events[i].flags, log.events[i].result, log.events[i].error);
    if (log.count > most_printed)
        printf("  and %zu calls more\n", log.count - most_printed);
    printf("  error %d, sent %zu, failed %zu, timed out %u\n", trial->error, trial->call.sent, trial->failed,
           trial->call.timed_out);
}
