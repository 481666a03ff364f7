// SPDX-License-Identifier: Apache-2.0
#include "../../Sources/CSendShim/gather.h" // for their limits alone
#include "../../Sources/CSendShim/wait.h"

#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>

static const int64_t ns_per_ms = 1000000, ns_per_s = 1000000000;

static const int64_t first_pause_ns = 1000, longest_wait_ns = 100000000;

// How long the call may wait; unknown until an offer comes back short.
enum how { UNKNOWN, NEVER, ENDLESS, UNTIL };

// By which call the next wait has to be: the table in wait.c.
enum by { POLL, PAUSE, CHANGE, SLEEP };

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
    enum by by;
    int offer_error;        // what the last offer that took nothing was refused with
    int when_full;          // what a call that may not wait ends with
    bool send_returned;     // a send that should have waited answered EAGAIN
    unsigned pauses;        // pauses and sleeps without a signal, since something was last taken
    unsigned events;        // signals to waits and changes, since something was last taken
    int64_t stuck_since;    // the time at which something was last taken
    size_t stuck_offers;    // offers since then
    size_t stuck_events;    // signals and changes since then
    size_t late_offers;     // offers after the deadline
};

static int64_t added(int64_t start, int64_t ns)
{
    return ns > INT64_MAX - start ? INT64_MAX : start + ns;
}

static void wait_until(struct judge *judge, int64_t start, int64_t timeout_ns)
{
    judge->how = timeout_ns < 0 ? ENDLESS : timeout_ns == 0 ? NEVER : UNTIL;
    judge->when_full = ETIMEDOUT;
    judge->deadline = timeout_ns < 0 ? INT64_MAX : added(start, timeout_ns);
}

static int64_t timeout_of(const struct scripted_socket *socket)
{
    if (socket->timeout_s == 0 && socket->timeout_us == 0)
        return -1;
    if (socket->timeout_s >= INT64_MAX / ns_per_s)
        return INT64_MAX;
    return socket->timeout_s * ns_per_s + socket->timeout_us * 1000;
}

static void end_with(struct judge *judge, int error)
{
    judge->ended = error != 0;
    judge->error = error;
}

// The time begins with the first offer that came back short, or before the first offer of a long list. A question that is refused
// ends the call.
static void begin_waiting(struct judge *judge, int64_t start, bool nonblocking)
{
    const struct trial *trial = judge->trial;
    const struct scripted_socket *socket = &trial->socket;
    const bool dontwait = (trial->flags & MSG_DONTWAIT) != 0 || trial->wait == SENDV_ONE_OFFER;
    if (trial->wait == SENDV_WAIT_WITHIN) {
        wait_until(judge, start, trial->timeout_ns);
    } else if (dontwait || (nonblocking && socket->status_error == 0)) {
        judge->how = NEVER;
        judge->when_full = EAGAIN;
    } else if (socket->status_error != 0) {
        end_with(judge, socket->status_error);
    } else if (trial->wait == SENDV_WAIT_BLOCKING) {
        wait_until(judge, start, trial->timeout_ns);
    } else {
        end_with(judge, socket->option_error);
        wait_until(judge, start, timeout_of(socket));
    }
}

// Whether send itself may wait: a blocking stream's, without a deadline, once the call has waited.
static bool may_wait_in_send(const struct judge *judge)
{
    return judge->how == ENDLESS && judge->stream && judge->trial->wait != SENDV_WAIT_WITHIN && !judge->send_returned;
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
    if (judge->stream && offered(offer) > SENDV_OFFER_BYTES && (offer->flags & MSG_DONTWAIT) != 0)
        return "more bytes than a call that does not wait may offer at once";
    if ((judge->trial->flags & MSG_ZEROCOPY) != 0 && offer->copied)
        return "a copy was offered that is gone after the call";
    return NULL;
}

static int64_t pause_ns(unsigned pauses)
{
    const int64_t pause = first_pause_ns << 2 * (pauses < 9 ? pauses : 9);
    return pause < longest_wait_ns ? pause : longest_wait_ns;
}

// How many offers without a byte taken the time that passed allows: some at once, while the call finds out what poll is worth, one
// more for each signal and each change, and one more for each pause that fits the time.
static size_t most_offers(const struct judge *judge, int64_t now)
{
    size_t offers = 5 + judge->stuck_events;
    int64_t time = now - judge->stuck_since;
    for (unsigned pauses = 0; time >= pause_ns(pauses); pauses++) {
        time -= pause_ns(pauses);
        offers++;
    }
    return offers;
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
    if (judge->stream && judge->asked_type && judge->offers == 0 && judge->list->count <= PLATFORM_IOV_MAX &&
        offered(offer) == judge->list->bytes && offered(offer) > 1)
        return "the socket was asked for its type though the list fits one offer";
    judge->late_offers += judge->how == UNTIL && offer->before >= judge->deadline;
    if (judge->late_offers > 1)
        return "more than one offer after the deadline";
    if (trial->wait == SENDV_ONE_OFFER && judge->takings > 0)
        return "offered again though the call offers once";
    judge->stuck_offers++;
    if (!waits_inside && judge->stuck_offers > most_offers(judge, offer->before))
        return "spins: more offers than the time that passed allows";
    judge->offers++;
    judge->waits += judge->short_;
    judge->short_ = false;
    if (offer->result < 0 && offer->error == EINTR) {
        judge->stuck_events++;
        judge->short_ = waits_inside; // the next one is a new wait
        return NULL;
    }
    if (offer->result < 0 && offer->error != EAGAIN && offer->error != EINPROGRESS) {
        end_with(judge, offer->error);
        return NULL;
    }
    judge->offer_error = offer->result < 0 ? offer->error : EAGAIN;
    const size_t taken = offer->result > 0 ? (size_t)offer->result : 0;
    judge->taken += taken;
    judge->takings += taken > 0 || (offer->result == 0 && offered(offer) == 0 && !is_known_stream(judge));
    if (taken > 0) {
        judge->stuck_offers = judge->stuck_events = judge->pauses = judge->events = 0;
        judge->stuck_since = offer->after;
        judge->by = judge->by == PAUSE ? POLL : judge->by;
    }
    judge->done = judge->taken == judge->list->bytes && offer->result >= 0;
    judge->short_ = taken < offered(offer) || offer->result < 0;
    judge->send_returned |= waits_inside && taken == 0 && judge->short_;
    if (judge->short_ && (judge->how == UNKNOWN || (waits_inside && taken == 0)))
        begin_waiting(judge, offer->after, offer->nonblocking);
    const bool first_wait =
        judge->short_ && judge->trial->socket.option_error == 0 && judge->waits == 0 && judge->taken == 0 && judge->how != NEVER;
    if (!judge->ended && first_wait && judge->trial->socket.lacks_port && !judge->trial->socket.vsock)
        end_with(judge, judge->offer_error);
    return NULL;
}

// Sixteen signals or changes that were not room.
static bool is_storm(const struct judge *judge)
{
    return judge->events >= 16;
}

// Whether the wait is by the call that it has to be, and for as long.
static const char *judge_way(const struct judge *judge, const struct event *wait)
{
    const bool storm = is_storm(judge);
    const int64_t pause = pause_ns(judge->pauses), left = judge->deadline - wait->before;
    const bool is_pause = judge->by == PAUSE || judge->by == SLEEP || storm;
    const int64_t most = is_pause && pause < longest_wait_ns ? pause : longest_wait_ns;
    if (wait->before >= judge->deadline)
        return "waited after the deadline";
    if (wait->timeout_ns < 1 || wait->timeout_ns > most)
        return "waited not at all, or for too long";
    if (wait->timeout_ns > left && (wait->call != CALL_CHANGE || wait->timeout_ns >= left + ns_per_ms))
        return "waited for a time beyond the deadline";
    if (wait->timeout_ns < most && wait->timeout_ns < left)
        return "waited for less time than there is";
    if (storm)
        return wait->call == CALL_SLEEP ? NULL : "did not sleep in a storm of signals or changes";
    if (judge->by == POLL || judge->by == PAUSE)
        return wait->call == CALL_POLL && wait->events == (judge->by == POLL ? POLLOUT : 0) ? NULL : "not a poll as it has to be";
    if (judge->by == CHANGE)
        return wait->call == CALL_CHANGE ? NULL : "did not wait for a change";
    return wait->call == CALL_SLEEP ? NULL : "did not sleep";
}

static const char *judge_wait(struct judge *judge, const struct event *wait)
{
    if (!judge->short_)
        return "waited where nothing came back short";
    if (judge->how == NEVER)
        return "waited where the call may not wait";
    const char *wrong = judge_way(judge, wait);
    if (wrong != NULL)
        return wrong;
    const bool failed = wait->result < 0 && wait->error != EINTR;
    const bool storm = is_storm(judge), signal = wait->result < 0 && wait->error == EINTR;
    judge->pauses += wait->result == 0 && (wait->call == CALL_SLEEP || (wait->call == CALL_POLL && judge->by == PAUSE));
    judge->events += wait->call != CALL_SLEEP && (signal || (wait->call == CALL_CHANGE && wait->result > 0));
    judge->stuck_events += wait->result < 0 && wait->error == EINTR;
    judge->stuck_events += wait->call == CALL_CHANGE && wait->result > 0;
    if (failed || (wait->call == CALL_SLEEP && !storm))
        judge->by = SLEEP;
    else if (wait->call == CALL_POLL && wait->result > 0)
        judge->by = (wait->revents & POLLOUT) != 0 ? PAUSE : CHANGE;
    judge->short_ = false;
    judge->waits++;
    return NULL;
}

// Whether the list may not fit one batch, so that the socket is asked for its type before the first offer.
static bool may_be_long(const struct judge *judge)
{
    const size_t most = SENDV_POINT_REST < PLATFORM_IOV_MAX ? SENDV_POINT_REST : PLATFORM_IOV_MAX;
    return judge->list->bytes > PLATFORM_CALL_BYTES || judge->list->bytes > SENDV_OFFER_BYTES ||
           (judge->list->bytes > 0 && judge->list->count > most) || judge->list->count > PLATFORM_IOV_MAX ||
           (judge->trial->flags & MSG_OOB) != 0;
}

// A question is asked once an offer came back short; or before the first offer of a list that may be long, after its type; or, for an
// empty offer, whether it was a message.
static bool may_ask(const struct judge *judge)
{
    return judge->short_ || (judge->offers == 0 && judge->asked_type) || (judge->done && judge->list->bytes == 0);
}

static const char *judge_option(struct judge *judge, const struct event *option)
{
    if (judge->offers == 0 && may_be_long(judge) && option->option == SO_TYPE && !judge->asked_type) {
        judge->asked_type = true;
        if (option->result < 0)
            end_with(judge, option->error);
        else
            begin_waiting(judge, option->after, option->nonblocking);
        return NULL;
    }
    return may_ask(judge) ? NULL : "the socket was asked for something while it took all it was offered";
}

static bool exceeds_any_message(const struct judge *judge)
{
    const struct scripted_socket *socket = &judge->trial->socket;
    if (judge->list->count <= PLATFORM_IOV_MAX && judge->list->bytes <= PLATFORM_CALL_BYTES)
        return false;
    if (socket->vsock)
        return false; // only the kernel knows
    if (socket->lacks_port)
        return socket->type != SOCK_SEQPACKET && judge->list->bytes > 65535;
    return socket->option_error == 0 && socket->buffer >= 0 && judge->list->bytes > (size_t)socket->buffer;
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

// Where watching for changes fails, the call offers again, and then sleeps.
static const char *judge_watch(struct judge *judge, const struct event *watch)
{
    if (judge->by != CHANGE || !judge->short_)
        return "watched for changes though poll may tell";
    if (watch->result < 0) {
        judge->by = SLEEP;
        judge->short_ = false;
        judge->waits++;
    }
    return NULL;
}

static const char *judge_question(struct judge *judge, const struct event *event)
{
    switch (event->call) {
    case CALL_CLOCK:
        if (event->option != CLOCK_MONOTONIC)
            return "another clock than the monotonic one was read";
        return may_ask(judge) || judge->how == UNTIL ? NULL : "the clock was read though nothing may have to wait";
    case CALL_STATUS:
        if (event->option != F_GETFL)
            return "the descriptor's flags were changed";
        return may_ask(judge) ? NULL : "the descriptor's flags were read though nothing may have to wait";
    case CALL_OPTION:
        return judge_option(judge, event);
    case CALL_NAME:
        return may_ask(judge) ? NULL : "the socket's name was asked for though nothing may have to wait";
    case CALL_WATCH:
        return judge_watch(judge, event);
    case CALL_CLOSE:
        return NULL;
    case CALL_SLEEP:
        return judge->done || judge->ended ? "slept after the end" : judge_wait(judge, event);
    default:
        return "the socket's options were changed";
    }
}

static const char *judge_event(struct judge *judge, const struct log *log, const struct event *event)
{
    if (event->fd != scripted_fd)
        return "another descriptor was used";
    judge->shrunk |= event->shrunk;
    if (event->call > CALL_COPY)
        return judge_question(judge, event);
    if (judge->done || judge->ended)
        return "something was called after the end";
    switch (event->call) {
    case CALL_SEND:
    case CALL_SENDTO:
    case CALL_SENDMSG:
        return judge_offer(judge, log, event);
    case CALL_POLL:
    case CALL_CHANGE:
        return judge_wait(judge, event);
    case CALL_MALLOC:
        return judge_memory(judge, event);
    default:
        judge->copy_refused |= event->unreadable > 0 || (event->result < 0 && event->error == EFAULT);
        return judge->stream || judge->offers > 0 ? "copied what is no message" : NULL;
    }
}

// What the call has to return where nothing was offered, by the list alone; 0 where something has to be offered.
static int error_of_list(const struct trial *trial)
{
    const bool has_address =
        trial->address == NULL || (trial->address_length > 0 && trial->address_length <= sizeof(struct sockaddr_storage));
    if (trial->wait > SENDV_ONE_OFFER || trial->list->count == 0 || trial->too_many || !has_address)
        return EINVAL;
    if (trial->no_list)
        return EFAULT;
    return trial->list->too_long ? EINVAL : 0;
}

// The wait before which the call is stopped, or 0.
static size_t stop_at(const struct trial *trial)
{
    const bool whole = trial->size == 0 || trial->size >= sizeof(struct sendv_call);
    return trial_tells_all(trial) && whole ? trial->stop_at : 0;
}

// Whether the call offered as often as it may, and the socket took all of it, but bytes of the list are left.
static bool is_unfinished(const struct judge *judge)
{
    return judge->trial->wait == SENDV_ONE_OFFER && judge->takings > 0 && !judge->short_ && !judge->done && !judge->ended;
}

static const char *judge_end(const struct judge *judge, const struct log *log, int error)
{
    if (stop_at(judge->trial) > 0 && judge->waits >= stop_at(judge->trial))
        return "waited though it was stopped";
    if (error == ECANCELED)
        return judge->short_ && judge->how != NEVER && judge->waits + 1 == stop_at(judge->trial)
                   ? NULL
                   : "ended though nobody stopped it";
    if (judge->ended)
        return error == judge->error ? NULL : "the kernel's error was lost";
    if (judge->done)
        return error == 0 ? NULL : "an error though all was accepted";
    if (judge->shrunk && error == EFAULT)
        return NULL;
    if (judge->offers == 0 && !judge->stream && error == EFAULT)
        return judge->copy_refused || judge->list->has_null ? NULL : "EFAULT though every byte can be read";
    if (judge->offers == 0 && !judge->stream && error == EMSGSIZE)
        return exceeds_any_message(judge) || judge->list->bytes > INT32_MAX ||
                       ((judge->trial->flags & MSG_ZEROCOPY) != 0 && may_be_long(judge))
                   ? NULL
                   : "a message was refused that a socket may take";
    if (judge->offers == 0 && !judge->stream && error == ENOMEM)
        return judge->refused_memory == judge->list->bytes ? NULL : "ENOMEM though there was memory";
    if (is_unfinished(judge))
        return error == 0 ? NULL : "not what a call returns whose one offer was taken";
    const bool is_over = judge->how == UNTIL && log->now >= judge->deadline;
    if (!judge->short_ && !is_over)
        return "the call ended though nothing came back short";
    if (judge->how == NEVER) {
        const int when_full = judge->when_full == EAGAIN ? judge->offer_error : judge->when_full;
        const bool succeeds = judge->taken > 0 && when_full == EAGAIN && judge->trial->wait != SENDV_ONE_OFFER;
        return error == (succeeds ? 0 : when_full) ? NULL : "not what a call that may not wait returns";
    }
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
    if (!is_told(outcome->unfinished, is_unfinished(judge)))
        return "unfinished is wrong";
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
    struct judge judge = {
        .trial = trial, .list = trial->list, .stream = trial->socket.type == SOCK_STREAM, .stuck_since = trial->script.start_ns};
    const int refused = error_of_list(trial);
    if (outcome->wrote_beyond)
        return "something was written beyond the structure's size";
    if (log->unfreed > 0)
        return "memory was not given back";
    if (log->watching)
        return "the descriptor that watches for changes was not closed";
    if (refused != 0) {
        for (size_t i = 0; i < log->count; i++) {
            // Malloc for copies of what stands before the length that is too much; questions before a long list is counted.
            if (log->events[i].call < CALL_MALLOC || log->events[i].call == CALL_COPY)
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
