// SPDX-License-Identifier: Apache-2.0
#include "trial.h"

#include "../CSendShimTests/elsewhere.h"
#include "model.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct run {
    const struct trial *trial;
    struct outcome *outcome;
    struct elsewhere elsewhere;
    size_t asked; // whether the call is stopped
};

// What stands in a field before the call.
enum { unwritten = 0x7a };

static size_t told(const struct sendv_call *call, const void *field, size_t value)
{
    return (size_t)((const char *)field - (const char *)call) < call->size ? value : SIZE_MAX;
}

static void map_slowly(const void *list, size_t first, size_t count, struct iovec *iov)
{
    const struct run *run = list;
    kernel_pass(run->trial->source_ns);
    run->elsewhere.source.map(&run->elsewhere, first, count, iov);
}

static size_t count_bytes(const void *list, size_t first, size_t count)
{
    const struct run *run = list;
    return run->elsewhere.source.count_bytes(&run->elsewhere, first, count);
}

static int is_stopped(const void *context)
{
    struct run *run = (struct run *)(uintptr_t)context; // call_core's, which is no constant
    return ++run->asked >= run->trial->stop_at;
}

static void call_with_structure(struct run *run, const struct iovec *iov, size_t count)
{
    const struct trial *trial = run->trial;
    struct outcome *outcome = run->outcome;
    const bool from_source = trial->entry == BY_SOURCE;
    const struct sendv_source source = {.list = run, .map = map_slowly, .count_bytes = count_bytes};
    struct sendv_call call, before;
    memset(&call, unwritten, sizeof call);
    call.size = trial->size > 0 ? trial->size : sizeof call;
    call.fd = scripted_fd;
    call.flags = trial->flags;
    call.iov = from_source ? NULL : iov;
    call.iovcnt = count;
    if (call.size > offsetof(struct sendv_call, source)) {
        call.source = from_source ? &source : NULL;
        call.address = trial->address;
        call.address_length = trial->address_length;
        call.wait = trial->wait;
        call.timeout_ns = trial->timeout_ns;
        call.stopped = trial->stop_at > 0 ? is_stopped : NULL;
        call.stopped_context = run;
    }
    before = call;
    outcome->error = sendv_perform(&call);
    outcome->sent = told(&call, &call.sent, call.sent);
    outcome->system_calls = told(&call, &call.system_calls, call.system_calls);
    outcome->waits = told(&call, &call.waits, call.waits);
    outcome->taken = told(&call, &call.taken, call.taken);
    outcome->timed_out = told(&call, &call.timed_out, call.timed_out);
    outcome->unfinished = told(&call, &call.unfinished, call.unfinished);
    outcome->wrote_beyond = memcmp((char *)&call + call.size, (char *)&before + call.size, sizeof call - call.size) != 0;
}

static void call_core(void *argument)
{
    struct run *run = argument;
    const struct trial *trial = run->trial;
    struct outcome *outcome = run->outcome;
    const struct iovec *iov = trial->no_list ? NULL : trial->list->segments;
    const size_t count = trial->too_many ? SIZE_MAX : trial->list->count;
    // What an answer has to be written over.
    *outcome = (struct outcome){.sent = SIZE_MAX - 1,
                                .system_calls = SIZE_MAX,
                                .waits = SIZE_MAX,
                                .taken = SIZE_MAX,
                                .timed_out = SIZE_MAX,
                                .unfinished = SIZE_MAX};
    errno = 0;
    if (trial->entry == BY_ALL) {
        outcome->error = sendv_all(scripted_fd, iov, count, trial->flags, &outcome->sent);
    } else if (trial->entry == BY_ALL_UNCOUNTED) {
        outcome->error = sendv_all(scripted_fd, iov, count, trial->flags, NULL);
        outcome->sent = SIZE_MAX;
    } else if (trial->entry == BY_ALL_WITHIN) {
        outcome->error = sendv_all_within(scripted_fd, iov, count, trial->flags, trial->timeout_ns, &outcome->sent);
    } else {
        call_with_structure(run, iov, count);
    }
}

const char *trial_run(const struct trial *trial, struct outcome *outcome)
{
    struct run run = {.trial = trial, .outcome = outcome};
    elsewhere_begin(&run.elsewhere, trial->list->segments, trial->list->count);
    kernel_begin(&trial->socket, &trial->script, list_memory(), list_memory_end());
    if (!kernel_run(call_core, &run))
        return "the call does not come to an end";
    if (run.elsewhere.out_of_turn)
        return "the source was asked for a segment again, out of order, or that is not there";
    const struct log log = kernel_log();
    return model_judge(trial, &log, outcome);
}

static void print_answer(FILE *to, const struct answer *answer)
{
    // clang-format off
    static const char *const names[] = {"take", "refuse", "turn non-blocking", "take all and shrink the list", "room", "nothing",
                                        "signal", "hang-up", "a failure", "memory", "no memory", "copy", "copy not",
                                        "copy and shrink the list"};
    // clang-format on
    fprintf(to, "  %s", names[answer->kind]);
    if (answer->kind == TAKE && answer->bytes > list_most_bytes)
        fprintf(to, " all");
    else if (answer->kind == TAKE)
        fprintf(to, " %zu", answer->bytes);
    if (answer->kind == REFUSE || answer->kind == FAIL || answer->kind == COPY_NOT)
        fprintf(to, " with \"%s\"", strerror(answer->error));
    if (answer->ns > 0)
        fprintf(to, ", after %" PRId64 " ns", answer->ns);
    fputc('\n', to);
}

static void print_event(FILE *to, const struct event *event)
{
    // clang-format off
    static const char *const names[] = {"send", "sendto", "sendmsg", "ppoll", "epoll_wait", "malloc", "process_vm_readv",
                                        "clock_gettime", "fcntl", "getsockopt", "setsockopt", "nanosleep", "epoll_create1 or _ctl",
                                        "close", "getsockname"};
    // clang-format on
    fprintf(to, "  at %" PRId64 " ns %s", event->before, names[event->call]);
    if (event->call <= CALL_SENDMSG)
        fprintf(to, " of %zu bytes in %zu pieces, flags 0x%x", event->bytes, event->pieces, (unsigned)event->flags);
    else if (event->call == CALL_POLL)
        fprintf(to, " for 0x%x, %" PRId64 " ns", (unsigned)event->events, event->timeout_ns);
    else if (event->call == CALL_CHANGE || event->call == CALL_SLEEP)
        fprintf(to, " for %" PRId64 " ns", event->timeout_ns);
    else if (event->call == CALL_MALLOC || event->call == CALL_COPY)
        fprintf(to, " of %zu bytes", event->bytes);
    else
        fprintf(to, " %d", event->option);
    if (event->result < 0)
        fprintf(to, ": %s", strerror(event->error));
    else if (event->call <= CALL_POLL)
        fprintf(to, ": %zd", event->result);
    fputc('\n', to);
}

static void print_list(FILE *to, const struct list *list)
{
    fprintf(to, "list of %zu segments, %zu bytes:", list->count, list->bytes);
    for (size_t i = 0, same = 1; i < list->count; i += same) {
        for (same = 1; i + same < list->count && list->segments[i + same].iov_len == list->segments[i].iov_len;)
            same++;
        fprintf(to, same > 1 ? " %zu times %zu" : "%.0zu %zu", same > 1 ? same : 0, list->segments[i].iov_len);
    }
    fputc('\n', to);
}

static void print_socket(FILE *to, const struct scripted_socket *socket)
{
    fprintf(to,
            "socket: %s%s%s, SO_SNDTIMEO %" PRId64 " s %" PRId64 " us, SO_SNDBUF %d, getsockopt fails with %d, fcntl with %d\n",
            socket->type == SOCK_STREAM ? "stream" : "datagram", socket->vsock ? " of AF_VSOCK" : "",
            socket->nonblocking ? ", non-blocking" : "", socket->timeout_s, socket->timeout_us, socket->buffer,
            socket->option_error, socket->status_error);
}

void trial_print(FILE *to, const struct trial *trial, const struct outcome *outcome, const char *wrong)
{
    static const char *const entries[] = {"sendv_perform", "sendv_all", "sendv_all without a count", "sendv_all_within",
                                          "sendv_perform with a source"};
    static const char *const afterwards[] = {"takes all",       "takes nothing", "feigns room",
                                             "feigns an error", "fails to poll", "trickles"};
    enum { most_printed = 60 };
    fprintf(to, "wrong: %s\n%s, flags 0x%x, wait %d, timeout_ns %" PRId64 "%s%s\n", wrong, entries[trial->entry],
            (unsigned)trial->flags, (int)trial->wait, trial->timeout_ns, trial->address != NULL ? ", with an address" : "",
            trial->no_list    ? ", NULL for the list"
            : trial->too_many ? ", SIZE_MAX for the count"
                              : "");
    print_list(to, trial->list);
    print_socket(to, &trial->socket);
    fprintf(to, "script of %zu answers, then the kernel %s:\n", trial->script.count, afterwards[trial->script.afterwards]);
    for (size_t i = 0; i < trial->script.count; i++)
        print_answer(to, &trial->script.answers[i]);
    const struct log log = kernel_log();
    fprintf(to, "called:\n");
    for (size_t i = 0; i < log.count && i < most_printed; i++)
        print_event(to, &log.events[i]);
    if (log.count > most_printed)
        fprintf(to, "  and %zu calls more\n", log.count - most_printed);
    fprintf(to,
            "outcome at %" PRId64 " ns: %d, sent %zd, system_calls %zd, waits %zd, taken %zd, timed_out %zd, unfinished %zd\n",
            log.now, outcome->error, (ssize_t)outcome->sent, (ssize_t)outcome->system_calls, (ssize_t)outcome->waits,
            (ssize_t)outcome->taken, (ssize_t)outcome->timed_out, (ssize_t)outcome->unfinished);
}
