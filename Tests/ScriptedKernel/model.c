// SPDX-License-Identifier: Apache-2.0
#include "../../Sources/CSendShim/gather.h" // for its limits alone

#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>

static const int64_t ns_per_ms = 1000000, ns_per_s = 1000000000;

enum { longest_poll_ms = 100, longest_pause_ms = 8 };

// How long the call may wait; unknown until an offer comes back short.
enum how { UNKNOWN, NEVER, ENDLESS, UNTIL };

struct judge {
    const struct trial *trial;
    const struct list *list;
    bool stream;
    size_t taken;       // bytes the kernel accepted so far
    size_t offers, waits;
    size_t takings;     // offers of which the kernel took something, or a whole message
    bool done;          // all was accepted
    int error;          // what the kernel or a lack of memory ended the call with
    bool ended;         // by `error`
    bool short_;        // the last offer came back short, and nothing has waited since
    bool asked_type;
    bool shrunk;        // another thread made the list shorter
    bool copy_refused;  // process_vm_readv stopped at a NULL, or said so
    size_t refused_memory; // bytes
    enum how how;
    int64_t deadline;
    bool has_polled_room;  // the last poll saw room, or was a pause
    unsigned empty_polls;    // such polls in a row after which nothing was taken
};

static int64_t added(int64_t start, int64_t ns)
{
    return ns > INT64_MAX - start ? INT64_MAX : start + ns;
}

static void wait_until(struct judge *judge, int64_t start, int64_t timeout_ns)
{
    judge->how = timeout_ns < 0 ? ENDLESS : UNTIL;
    judge->deadline = timeout_ns < 0 ? INT64_MAX : added(start, timeout_ns);
}

static int64_t timeout_of(const struct scripted_socket *socket)
{
    if (socket->option_error != 0 || (socket->timeout_s == 0 && socket->timeout_us == 0))
        return -1;
    if (socket->timeout_s >= INT64_MAX / ns_per_s)
        return INT64_MAX;
    return socket->timeout_s * ns_per_s + socket->timeout_us * 1000;
}

// The time begins with the first offer that came back short.
static void begin_waiting(struct judge *judge, const struct event *offer)
{
    const struct trial *trial = judge->trial;
    const bool nonblocking = offer->nonblocking && trial->socket.status_error == 0;
    if (trial->wait == SENDV_WAIT_WITHIN)
        wait_until(judge, offer->after, trial->timeout_ns);
    else if ((trial->flags & MSG_DONTWAIT) != 0 || nonblocking)
        judge->how = NEVER;
    else if (trial->wait == SENDV_WAIT_BLOCKING)
        wait_until(judge, offer->after, trial->timeout_ns);
    else
        wait_until(judge, offer->after, timeout_of(&trial->socket));
}

// Whether send itself may wait: a blocking stream's, without a deadline.
static bool may_wait_in_send(const struct judge *judge)
{
    return judge->how == ENDLESS && judge->stream && judge->trial->wait != SENDV_WAIT_WITHIN;
}

static bool is_known_stream(const struct judge *judge)
{
    return judge->stream && judge->trial->socket.option_error == 0;
}

static size_t offered(const struct event *offer)
{
    return offer->bytes + offer->unreadable;
}

static const char *judge_flags(const struct judge *judge, const struct event *offer)
{
    const int given = judge->trial->flags, last = MSG_OOB | MSG_EOR;
    const size_t left = judge->list->bytes - judge->taken;
    if ((offer->flags & MSG_NOSIGNAL) == 0)
        return "an offer without MSG_NOSIGNAL";
    if ((offer->flags & MSG_DONTWAIT) == 0 && !may_wait_in_send(judge))
        return "an offer without MSG_DONTWAIT that must not wait";
    if ((offer->flags & MSG_MORE) != (offered(offer) < left ? MSG_MORE : given & MSG_MORE))
        return "MSG_MORE where no byte follows, or none where one does";
    if ((offer->flags & last) != (offered(offer) < left ? 0 : given & last))
        return "MSG_OOB or MSG_EOR before the last offer, or lost";
    if (judge->stream && (offer->flags & MSG_OOB) != 0 && offered(offer) > 1)
        return "more than the last byte offered as urgent";
    const int own = MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE | last;
    return (offer->flags & ~own) == (given & ~own) ? NULL : "the caller's flags were changed";
}

static const char *judge_bytes(const struct judge *judge, const struct log *log, const struct event *offer)
{
    const size_t left = judge->list->bytes - judge->taken;
    if (offered(offer) > left)
        return "more bytes were offered than those of the list";
    if (offer->bytes > 0 && memcmp(log->bytes + offer->at, judge->list->flat + judge->taken, offer->bytes) != 0)
        return "other bytes were offered than those of the list";
    if (!judge->stream && offered(offer) != judge->list->bytes)
        return "a part of a message was offered";
    if (judge->stream && offered(offer) == 0 && judge->list->bytes > 0)
        return "an empty offer";
    if (offered(offer) > 0 && offer->empty_piece)
        return "an empty iovec was offered";
    if (offer->pieces > PLATFORM_IOV_MAX)
        return "more iovecs than the kernel takes";
    if (judge->stream && offered(offer) > PLATFORM_CALL_BYTES)
        return "more bytes than the kernel takes";
    if ((judge->trial->flags & MSG_ZEROCOPY) != 0 && offer->copied)
        return "a copy was offered that is gone after the call";
    return NULL;
}

static const char *judge_offer(struct judge *judge, const struct log *log, const struct event *offer)
{
    const struct trial *trial = judge->trial;
    const bool waits_inside = (offer->flags & MSG_DONTWAIT) == 0;
    if (offer->address != trial->address || offer->address_length != (trial->address != NULL ? trial->address_length : 0))
        return "the destination was changed";
    const char *wrong = judge_flags(judge, offer);
    if (wrong == NULL)
        wrong = judge_bytes(judge, log, offer);
    if (wrong != NULL)
        return wrong;
    if (judge->short_ && !waits_inside)
        return "offered again without a wait";
    if (judge->stream && judge->asked_type && judge->offers == 0 && offered(offer) == judge->list->bytes)
        return "the socket was asked for its type though the list fits one offer";
    judge->offers++;
    judge->waits += judge->short_;
    judge->short_ = false;
    if (offer->result < 0 && offer->error == EINTR)
        return NULL;
    if (offer->result < 0 && offer->error != EAGAIN) {
        judge->ended = true;
        judge->error = offer->error;
        return NULL;
    }
    const size_t taken = offer->result > 0 ? (size_t)offer->result : 0;
    judge->taken += taken;
    judge->takings += taken > 0 || (offer->result == 0 && offered(offer) == 0 && !is_known_stream(judge));
    judge->empty_polls = taken > 0 ? 0 : judge->empty_polls + judge->has_polled_room;
    judge->has_polled_room = false;
    judge->done = judge->taken == judge->list->bytes && offer->result >= 0;
    judge->short_ = taken < offered(offer) || offer->result < 0;
    if (judge->short_ && (judge->how == UNKNOWN || (waits_inside && taken == 0)))
        begin_waiting(judge, offer);
    return NULL;
}

static const char *judge_poll(struct judge *judge, const struct event *poll)
{
    if (!judge->short_)
        return "polled where nothing came back short";
    if (judge->how == NEVER)
        return "polled where the call may not wait";
    if (poll->before >= judge->deadline)
        return "waited after the deadline";
    // Sending on a Unix stream may be shut down without an answer from poll.
    if (poll->timeout_ms < 1 || poll->timeout_ms > longest_poll_ms)
        return "polled without a pause, or for too long";
    if (judge->how == UNTIL && poll->before + (poll->timeout_ms - 1) * ns_per_ms >= judge->deadline)
        return "waited for a time beyond the deadline";
    // Where poll promises room twice and there is none, it would spin.
    const bool pause = judge->empty_polls >= 2;
    if (poll->events != (pause ? 0 : POLLOUT) || (pause && poll->timeout_ms > longest_pause_ms))
        return pause ? "spins: poll feigns room" : "polled for something else than room";
    if (!pause && (poll->revents & POLLOUT) == 0)
        judge->empty_polls = 0;
    judge->has_polled_room = pause || (poll->revents & POLLOUT) != 0;
    judge->short_ = false;
    judge->waits++;
    return NULL;
}

// Whether the list may not fit one batch, so that the socket is asked for its type before the first offer.
static bool may_be_long(const struct judge *judge)
{
    const size_t most = SENDV_POINT_REST < PLATFORM_IOV_MAX ? SENDV_POINT_REST : PLATFORM_IOV_MAX;
    return judge->list->bytes > PLATFORM_CALL_BYTES || (judge->list->bytes > 0 && judge->list->count > most) ||
           (judge->list->bytes > 1 && (judge->trial->flags & MSG_OOB) != 0);
}

static const char *judge_option(struct judge *judge, const struct event *option)
{
    if (judge->how != UNKNOWN)
        return judge->short_ ? NULL : "the socket was asked for something while it took all it was offered";
    if (judge->offers > 0 || !may_be_long(judge))
        return "the socket was asked for something while it took all it was offered";
    if (option->option == SO_TYPE && !judge->asked_type) {
        judge->asked_type = true;
        judge->ended = option->result < 0;
        judge->error = option->error;
        return NULL;
    }
    return option->option == SO_SNDBUF && !judge->stream ? NULL : "the socket was asked for something needless";
}

static bool exceeds_any_message(const struct judge *judge)
{
    const struct scripted_socket *socket = &judge->trial->socket;
    const bool known = socket->option_error == 0 && socket->buffer >= 0;
    return known && judge->list->bytes > 65536 && judge->list->bytes > (size_t)socket->buffer;
}

static const char *judge_memory(struct judge *judge, const struct event *event)
{
    if (event->bytes > SENDV_COPY_HEAP && (judge->stream || event->bytes != judge->list->bytes))
        return "more memory taken than the header says";
    if (event->bytes > SENDV_COPY_HEAP && exceeds_any_message(judge))
        return "memory taken for a message that no socket takes";
    if ((judge->trial->flags & MSG_ZEROCOPY) != 0)
        return "memory for copies taken where nothing may be copied";
    if (event->result < 0)
        judge->refused_memory = event->bytes;
    return NULL;
}

static const char *judge_event(struct judge *judge, const struct log *log, const struct event *event)
{
    // Only whether an empty offer was a message is asked afterwards, for the count of those.
    if (judge->done && judge->list->bytes == 0 && event->call == CALL_OPTION && event->option == SO_TYPE && !judge->asked_type) {
        judge->asked_type = true;
        return NULL;
    }
    if (judge->done || judge->ended)
        return "something was called after the end";
    if (event->fd != scripted_fd)
        return "another descriptor was used";
    judge->shrunk |= event->shrunk;
    switch (event->call) {
    case CALL_SEND:
    case CALL_SENDTO:
    case CALL_SENDMSG:
        return judge_offer(judge, log, event);
    case CALL_POLL:
        return judge_poll(judge, event);
    case CALL_MALLOC:
        return judge_memory(judge, event);
    case CALL_COPY:
        judge->copy_refused |= event->unreadable > 0 || (event->result < 0 && event->error == EFAULT);
        return judge->stream || judge->offers > 0 ? "copied what is no message" : NULL;
    case CALL_CLOCK:
        if (event->option != CLOCK_MONOTONIC)
            return "another clock than the monotonic one was read";
        return judge->short_ ? NULL : "the clock was read where nothing came back short";
    case CALL_STATUS:
        if (event->option != F_GETFL)
            return "the descriptor's flags were changed";
        return judge->short_ ? NULL : "the descriptor's flags were read where nothing came back short";
    case CALL_OPTION:
        return judge_option(judge, event);
    case CALL_SET_OPTION:
    default:
        return "the socket's options were changed";
    }
}

// What the call has to return where nothing was offered, by the list alone; 0 where something has to be offered.
static int refusal(const struct trial *trial)
{
    if (trial->wait > SENDV_WAIT_WITHIN || trial->list->count == 0 || trial->too_many)
        return EINVAL;
    if (trial->no_list)
        return EFAULT;
    return trial->list->too_long ? EINVAL : 0;
}

static const char *judge_end(const struct judge *judge, const struct log *log, int error)
{
    if (judge->ended)
        return error == judge->error ? NULL : "the kernel's error was lost";
    if (judge->done)
        return error == 0 ? NULL : "an error though all was accepted";
    if (judge->shrunk && error == EFAULT)
        return NULL;
    if (judge->offers == 0 && !judge->stream && error == EFAULT)
        return judge->copy_refused || judge->list->has_null ? NULL : "EFAULT though every byte can be read";
    if (judge->offers == 0 && !judge->stream && error == EMSGSIZE)
        return exceeds_any_message(judge) || ((judge->trial->flags & MSG_ZEROCOPY) != 0 && may_be_long(judge))
                   ? NULL
                   : "a message was refused that a socket may take";
    if (judge->offers == 0 && !judge->stream && error == ENOMEM)
        return judge->refused_memory == judge->list->bytes ? NULL : "ENOMEM though there was memory";
    if (!judge->short_)
        return "the call ended though nothing came back short";
    if (judge->how == NEVER)
        return error == (judge->taken > 0 ? 0 : EAGAIN) ? NULL : "not what a call that may not wait returns";
    if (log->now < judge->deadline)
        return "the call gave up before its deadline";
    return error == ETIMEDOUT ? NULL : "not ETIMEDOUT after the deadline";
}

static bool is_told(size_t number, size_t expected)
{
    return number == expected || number == SIZE_MAX;
}

static const char *judge_counts(const struct judge *judge, const struct outcome *outcome)
{
    if (!is_told(outcome->sent, judge->taken))
        return "the count is not what the kernel accepted";
    if (!is_told(outcome->system_calls, judge->offers))
        return "system_calls is wrong";
    if (!is_told(outcome->taken, judge->takings))
        return "taken is wrong";
    if (!is_told(outcome->timed_out, outcome->error == ETIMEDOUT && !judge->ended))
        return "timed_out is wrong";
    return is_told(outcome->waits, judge->waits) ? NULL : "waits is wrong";
}

// Where to resume: the segment and offset of the first byte that was not taken.
static const char *judge_seek(const struct list *list, size_t taken)
{
    size_t offset = 99, before = 0, index = 0;
    while (taken > 0 && index < list->count && before + list->segments[index].iov_len <= taken)
        before += list->segments[index++].iov_len;
    const size_t found = sendv_seek(list->segments, list->count, taken, &offset);
    if (found != index || sendv_seek(list->segments, list->count, taken, NULL) != index)
        return "sendv_seek names another segment";
    return offset == (index < list->count ? taken - before : 0) ? NULL : "sendv_seek gives another offset";
}

const char *model_judge(const struct trial *trial, const struct log *log, const struct outcome *outcome)
{
    struct judge judge = {.trial = trial, .list = trial->list, .stream = trial->socket.type == SOCK_STREAM};
    const int refused = refusal(trial);
    if (outcome->wrote_beyond)
        return "something was written beyond the structure's size";
    if (log->unfreed > 0)
        return "memory was not given back";
    if (refused != 0) {
        for (size_t i = 0; i < log->count; i++) {
            if (log->events[i].call != CALL_MALLOC) // for copies of what stands before the length that is too much
                return "a list that has to be refused was sent";
        }
        return outcome->error == refused ? judge_counts(&judge, outcome) : "a list that has to be refused was not";
    }
    for (size_t i = 0; i < log->count; i++) {
        const char *wrong = judge_event(&judge, log, &log->events[i]);
        if (wrong != NULL)
            return wrong;
    }
    if (!judge.shrunk && !list_unchanged(trial->list))
        return "the caller's list was changed";
    const char *wrong = judge_end(&judge, log, outcome->error);
    if (wrong == NULL)
        wrong = judge_counts(&judge, outcome);
    return wrong != NULL || judge.shrunk ? wrong : judge_seek(trial->list, judge.taken);
}
