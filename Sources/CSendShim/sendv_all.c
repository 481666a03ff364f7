// SPDX-License-Identifier: Apache-2.0
//
// The policy of a gathered send. A call offers batch after batch to the kernel. What each answer means, and what the call
// does:
//
//   the kernel answers an offer with     which means                  the call
//   all bytes                            taken                        offers the next bytes, or is done
//   fewer bytes                          the socket is full, or an    waits, or ends with what fitted; the next offer gets
//                                        error cut the offer short    the error
//   EAGAIN                               the socket is full           waits, or ends with EAGAIN
//   EAGAIN to a UDP socket without port  no local port is free        ends with EAGAIN
//   EINTR                                a signal                     offers again; inside a waiting send that is a new wait
//   EINPROGRESS (TCP fast open)          connecting, nothing taken    waits, or ends with EINPROGRESS
//   ENOBUFS, ENOMEM, or another error    this error                   ends with it
//
// A call with a deadline ends with ETIMEDOUT if the deadline has passed before a wait, before an offer that does not follow a
// wait, or before the first offer of a long list. After a wait it offers once more. If a time-out of 0 forbids the wait, the
// call ends with ETIMEDOUT where the table says EAGAIN, EINPROGRESS or what fitted. Before a wait the call asks `stopped`
// (csendshim.h has the exception), and ends with ECANCELED if that returns other than 0. wait.c says what poll's answers mean.
//
//   how it waits                         when
//   not at all                           a time-out of 0; O_NONBLOCK or MSG_DONTWAIT, except with SENDV_WAIT_WITHIN
//   not at all, and offers once          SENDV_ONE_OFFER: the caller waits
//   inside send                          a stream in blocking mode without a deadline, except with SENDV_WAIT_WITHIN; on
//                                        Linux alone (PLATFORM_KEEPS_COUNT)
//   outside send, until the deadline     SO_SNDTIMEO or a time-out: one time for the whole call
//   outside send, for ever               a message without a deadline; SENDV_WAIT_WITHIN with a negative time; a stream on
//                                        another system than Linux, or whose send returned EAGAIN where it should have waited
//
// The call decides this once, and again if a send inside which it waits returns EAGAIN. Then another thread made the socket
// non-blocking, or the kernel knows a SO_SNDTIMEO that the call does not know: another thread set it, SENDV_WAIT_BLOCKING did
// not read it, or it is negative, which Linux reports as 0. A message waits outside send because shutting the socket down does
// not wake a sender that waits inside send for a Unix receiver with a full queue.
//
// The first offer never waits. So on Linux, a list of up to IOV_MAX segments without MSG_OOB costs one system call if it fits
// one batch and 1 MiB and the socket takes it. A list without bytes costs a getsockopt more. If the offer comes back short, the
// call finds out how it may wait. As far as it needs them, it reads SO_TYPE (getsockopt), O_NONBLOCK (fcntl), SO_SNDTIMEO
// (getsockopt, about 280 ns) and the clock (25 ns). For a list that may take several offers it does so before the first
// offer; with MSG_OOB or more than IOV_MAX segments, before it gathers. Before the first wait it reads the local address
// (getsockname) if no byte went.
//
// The kernel's own SO_SNDTIMEO is not used: it starts again in every system call, and on a Unix stream for every 32 KiB.
#include "platform.h"

#include "careful.h"
#include "csendshim.h"
#include "earlier_call.h"
#include "gather.h"
#include "probes.h"
#include "wait.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// Room for the batch with its copies, the window of a source's list, and the frames below. stack_test measures it.
#define SENDV_STACK_BYTES (24576 + SENDV_COPY_STACK)

_Static_assert(offsetof(struct sendv_call, unfinished) + sizeof(uint32_t) == sizeof(struct sendv_call),
               "a field of a later version must not lie in the padding of this one, which no caller sets");

// The state of one call, which the functions below share.
struct sending {
    struct sendv_call *call;
    struct batch *batch;
    struct gather *list;
    size_t left;     // bytes of the list that are in no batch yet
    bool is_message; // the list must go in one offer. False if begin_time was not called: a message then fits one
    struct waiting waiting;
    size_t low_water; // on some systems the most bytes of an offer; 0: no such limit (careful.h)
};

// Offers the batch to the kernel once. Returns what send returns.
static ssize_t offer(struct sendv_call *call, const struct batch *batch, int flags)
{
    if (call->system_calls > 0)
        flags &= ~PLATFORM_MSG_FASTOPEN;
    call->system_calls++;
    if (batch->count <= 1) {
        // For one iovec, send takes 10 to 17 % less time than sendmsg, measured with small messages.
        const void *bytes = batch->count == 1 ? batch->first->iov_base : "";
        if (call->address == NULL)
            return send(call->fd, bytes, batch->bytes, flags);
        return sendto(call->fd, bytes, batch->bytes, flags, call->address, call->address_length);
    }
    struct msghdr message = {
        .msg_name = (void *)(uintptr_t)call->address, // sendmsg only reads it
        .msg_namelen = call->address_length,
        .msg_iov = batch->first,
    };
    message.msg_iovlen = (__typeof__(message.msg_iovlen))batch->count; // int on some systems, size_t on others; at most IOV_MAX
    return sendmsg(call->fd, &message, flags);
}

// Flags for an offer that does not hold the end of the list: without MSG_OOB and MSG_EOR, which mark the end.
static int flags_of_part(int flags)
{
    return (flags & ~(MSG_OOB | MSG_EOR)) | PLATFORM_MSG_MORE;
}

// What cut_batch changed, so that restore_batch can undo it.
struct whole_batch {
    struct iovec *cut; // the iovec that was cut
    size_t cut_length;
    size_t count;
    size_t bytes;
};

// Cuts the batch after `bytes` bytes, fewer than it has. Out of line, so that a batch
// that needs no cut stays fast.
__attribute__((noinline)) static struct whole_batch cut_batch(struct batch *batch, size_t bytes)
{
    size_t offset;
    const size_t index = sendv_seek(batch->first, batch->count, bytes, &offset);
    struct iovec *const cut = &batch->first[index];
    const struct whole_batch whole = {.cut = cut, .cut_length = cut->iov_len, .count = batch->count, .bytes = batch->bytes};
    if (offset > 0)
        cut->iov_len = offset;
    batch->count = offset > 0 ? index + 1 : index;
    batch->bytes = bytes;
    return whole;
}

static void restore_batch(struct batch *batch, const struct whole_batch *whole)
{
    whole->cut->iov_len = whole->cut_length;
    batch->count = whole->count;
    batch->bytes = whole->bytes;
}

// Decides how the call waits, and starts the deadline. Returns 0 or an errno value.
static int decide_wait(const struct sendv_call *call, struct waiting *waiting, bool is_stream)
{
    bool nonblocking = (call->flags & MSG_DONTWAIT) != 0 || call->wait == SENDV_ONE_OFFER;
    int error = 0;
    if (call->wait == SENDV_WAIT_WITHIN) {
        sendv_wait_from_now(waiting, call->timeout_ns);
        return 0;
    }
    if (!nonblocking)
        error = sendv_ask_nonblocking(call->fd, &nonblocking);
    if (error == 0 && nonblocking) {
        waiting->how = WAIT_NEVER;
        waiting->when_full = EAGAIN;
        return 0;
    }
    if (error == 0 && call->wait == SENDV_WAIT_BLOCKING)
        sendv_wait_from_now(waiting, call->timeout_ns);
    else if (error == 0)
        error = sendv_wait_as_socket(waiting, call->fd);
#if PLATFORM_KEEPS_COUNT
    if (error == 0 && waiting->how == WAIT_FOREVER && is_stream && !waiting->send_gave_up)
        waiting->how = WAIT_IN_SEND;
#else
    (void)is_stream;
#endif
    return error;
}

// Called after an offer that was taken whole, or that a signal ended. If a SENDV_ONE_OFFER call has sent something, this returns
// EAGAIN, which ends the call and which sendv_perform turns into 0. Otherwise it returns 0, and the call goes on.
static int end_one_offer(struct sendv_call *call)
{
    if (call->wait != SENDV_ONE_OFFER || call->taken == 0)
        return 0;
    call->unfinished = 1;
    return EAGAIN;
}

// Ends the call if its own deadline has passed.
static int check_deadline(struct sending *sending)
{
    if (!sendv_wait_is_over(&sending->waiting))
        return 0;
    sending->call->timed_out = 1;
    return ETIMEDOUT;
}

// Waits for room and counts the wait. With WAIT_IN_SEND it only counts it, and the next send waits. Returns 0 to offer again,
// or what the call is to end with.
static int await_room(struct sending *sending)
{
    struct sendv_call *const call = sending->call;
    struct waiting *const waiting = &sending->waiting;
    int error = 0;
    if (waiting->how == WAIT_UNDECIDED)
        error = decide_wait(call, waiting, call->wait != SENDV_ONE_OFFER && sendv_is_stream(call->fd));
    if (error != 0)
        return error;
    if (waiting->how == WAIT_NEVER) {
        call->timed_out = waiting->when_full == ETIMEDOUT;
        return waiting->when_full;
    }
    if (call->stopped != NULL && call->stopped(call->stopped_context) != 0)
        return ECANCELED;
    if (call->waits == 0 && call->sent == 0 && sendv_lacks_port(call->fd))
        return EAGAIN; // no port is free. The socket is not full, so a wait for room would not help
    probe_wait(call, waiting);
    if (waiting->how != WAIT_IN_SEND)
        error = sendv_wait_for_room(waiting, call->fd);
    if (error == 0)
        call->waits++;
    call->timed_out = error == ETIMEDOUT;
    return error;
}

// Whether the current offer is a send that may wait inside the kernel. The answer stays the same until `how` or `waits` changes.
// The first offer never waits: no wait was counted before it.
static bool waits_in_send(const struct sending *sending)
{
    return sending->waiting.how == WAIT_IN_SEND && sending->call->waits > 0;
}

// Offers the batch, or as much of it as may be offered at once. Returns what send returns, and writes how much it offered.
static ssize_t offer_batch(struct sending *sending, int flags, size_t *offered)
{
    struct batch *const batch = sending->batch;
    const bool waits = waits_in_send(sending);
    const size_t limit = sendv_careful_limit(sending->low_water);
    const bool in_parts = batch->bytes > limit && !waits && !sending->is_message;
    struct whole_batch whole;
    if (!waits)
        flags |= MSG_DONTWAIT;
    if (in_parts) {
        flags = flags_of_part(flags);
        whole = cut_batch(batch, limit);
    }
    *offered = batch->bytes;
#if PLATFORM_OBEYS_DONTWAIT
    const ssize_t taken = offer(sending->call, batch, flags);
#else
    const bool may_offer = sendv_careful_may_offer(sending->call->fd, sending->low_water, batch->bytes);
    const ssize_t taken = may_offer ? offer(sending->call, batch, flags) : -1;
#endif
    probe_batch(sending->call, batch, taken);
    if (in_parts)
        restore_batch(batch, &whole);
    return taken;
}

static bool means_full(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINPROGRESS;
}

// Sends the batch until all of it is taken. Returns 0 or an errno value. EAGAIN or EINPROGRESS: the call may not wait. EAGAIN
// also: no local port is free, or a SENDV_ONE_OFFER call has made its offer.
static int send_batch(struct sending *sending, int flags)
{
    struct sendv_call *const call = sending->call;
    struct batch *const batch = sending->batch;
    struct waiting *const waiting = &sending->waiting;
    flags |= PLATFORM_MSG_NOSIGNAL;
    for (;;) {
        size_t offered;
        const ssize_t taken = offer_batch(sending, flags, &offered);
        const int offer_error = taken < 0 ? errno : EAGAIN; // a short count is treated as a full socket
        if (taken < 0 && offer_error != EINTR && !means_full(offer_error))
            return offer_error == PLATFORM_TORN_DOWN && call->address == NULL ? EPIPE : offer_error;
        if (taken > 0) {
            call->sent += (size_t)taken;
            call->taken++;
            sendv_wait_progressed(waiting);
        }
        if (taken == (ssize_t)batch->bytes) {
            if (taken == 0 && !sendv_is_stream(call->fd))
                call->taken++; // an empty message
            return 0;
        }
        if (taken > 0) {
            sendv_batch_advance(batch, (size_t)taken);
        } else if (waits_in_send(sending) && offer_error != EINTR) {
            waiting->how = WAIT_UNDECIDED; // this send may wait, and gave up before there was room
            waiting->send_gave_up = true;
        }
        const bool must_wait = taken < (ssize_t)offered && (offer_error != EINTR || waits_in_send(sending));
        int error = must_wait ? await_room(sending) : end_one_offer(call);
        if (error == 0 && !must_wait)
            error = check_deadline(sending);
        if (error != 0)
            return error == EAGAIN ? offer_error : error; // EINPROGRESS stays EINPROGRESS; offer_error is never EINTR here
    }
}

// Returns how many of the list's last `left` bytes the next batch may hold. With MSG_OOB, the last byte goes in a batch of
// its own: the kernel marks the last byte that it takes, and it may take only part of an offer.
static size_t batch_limit(const struct sendv_call *call, size_t left)
{
    if ((call->flags & MSG_OOB) != 0 && left > 1)
        left--;
    return left < PLATFORM_CALL_BYTES ? left : PLATFORM_CALL_BYTES;
}

// Sends the batch, then what is left of the list.
static int send_batches(struct sending *sending)
{
    struct sendv_call *const call = sending->call;
    for (;;) {
        int error = send_batch(sending, sending->left == 0 ? call->flags : flags_of_part(call->flags));
        if (error != 0 || sending->left == 0)
            return error;
        error = end_one_offer(call);
        if (error != 0)
            return error;
        sendv_gather_next(sending->list, batch_limit(call, sending->left), sending->batch);
        if (sending->batch->bytes == 0)
            return EFAULT; // another thread made the list shorter than it was counted
        sending->left -= sending->batch->bytes;
        error = check_deadline(sending);
        if (error != 0)
            return error;
    }
}

// Whether `bytes` is more than any socket of this kind takes in one message. A UDP or raw socket carries less than 64 KiB; a Unix
// message must fit SO_SNDBUF. For other kinds only the kernel knows.
static bool exceeds_any_message(int fd, size_t bytes)
{
    int type = SOCK_SEQPACKET, buffer = 0; // a kind whose limit only the kernel knows, unless SO_TYPE says more
    const int family = sendv_family(fd);
    if (family == AF_INET || family == AF_INET6) {
        (void)sendv_socket_option(fd, SO_TYPE, &type);
        return type != SOCK_SEQPACKET && bytes > 65535;
    }
    return family == AF_UNIX && sendv_socket_option(fd, SO_SNDBUF, &buffer) == 0 && bytes > (size_t)buffer;
}

// Copies the bytes of a batch to `to`. The kernel reads them if the system has a call for that, and answers a bad pointer
// with EFAULT. Otherwise the program reads them itself.
static int copy_batch(const struct batch *batch, char *to)
{
    const ssize_t copied = platform_copy_own(to, batch->bytes, batch->first, batch->count);
    if (copied >= 0)
        return (size_t)copied == batch->bytes ? 0 : EFAULT;
    if (errno == EFAULT)
        return EFAULT;
    for (size_t i = 0; i < batch->count; i++) {
        const struct iovec part = batch->first[i];
        if (part.iov_base == NULL)
            return EFAULT;
        memcpy(to, part.iov_base, part.iov_len);
        to += part.iov_len;
    }
    return 0;
}

// Copies a message to `to`: the batch and the list that follows it. They were counted as `bytes` bytes, and no more is
// copied.
static int copy_message(struct gather *list, struct batch *batch, size_t bytes, char *to)
{
    for (;;) {
        const int error = copy_batch(batch, to);
        if (error != 0 || batch->bytes == bytes)
            return error;
        to += batch->bytes;
        bytes -= batch->bytes;
        sendv_gather_next(list, bytes, batch);
        if (batch->bytes == 0)
            return EFAULT; // another thread made the list shorter than it was counted
    }
}

// Sends a message that does not fit one batch. Two system calls would be two messages, so the message is copied into one
// piece, which is freed before the call returns. A message of 2 GiB or more is refused. If sendmsg could take the list as it
// is (it does not fit the batch because the buffers for short segments are full, or because of MSG_OOB), only the kernel
// decides whether it is too long.
static int send_whole(struct sending *sending)
{
    struct batch *const batch = sending->batch;
    const size_t bytes = batch->bytes + sending->left;
    if (!batch->may_copy || bytes > INT32_MAX)
        return EMSGSIZE;
    const bool fits_a_call = sending->call->iovcnt <= PLATFORM_IOV_MAX && bytes <= PLATFORM_CALL_BYTES;
    if (!fits_a_call && exceeds_any_message(sending->call->fd, bytes))
        return EMSGSIZE;
    char *whole = malloc(bytes);
    if (whole == NULL)
        return ENOMEM;
    int error = copy_message(sending->list, batch, bytes, whole);
    if (error == 0)
        error = check_deadline(sending);
    if (error == 0) {
        batch->first = batch->vectors;
        batch->first[0] = (struct iovec){.iov_base = whole, .iov_len = bytes};
        batch->count = 1;
        batch->bytes = bytes;
        error = send_batch(sending, sending->call->flags);
    }
    free(whole);
    return error;
}

// Finds out whether the socket sends messages, and how the call waits, unless both are known. The deadline begins here.
static int begin_time(struct sending *sending)
{
    int type = SOCK_STREAM;
    if (sending->waiting.how != WAIT_UNDECIDED)
        return 0;
    const int error = sendv_socket_option(sending->call->fd, SO_TYPE, &type);
    sending->is_message = type != SOCK_STREAM;
    return error != 0 ? error : decide_wait(sending->call, &sending->waiting, type == SOCK_STREAM);
}

// Sends a list that may take more than one offer.
static int send_long_list(struct sending *sending)
{
    int error = begin_time(sending);
    if (error == 0 && sending->list->segments > 0)
        error = sendv_gather_count(sending->list, sending->batch->bytes, &sending->left);
    if (error == 0)
        error = check_deadline(sending);
    if (error != 0)
        return error;
    return sending->is_message && sending->left > 0 ? send_whole(sending) : send_batches(sending);
}

// Whether `address` is NULL or of a valid length. sendmsg would ignore an address of length 0, and cut one that is too long.
static bool is_address(const struct sockaddr *address, size_t length)
{
    return address == NULL || (length > 0 && length <= sizeof(struct sockaddr_storage));
}

static int begin_list(struct gather *list, const struct sendv_call *call, struct iovec *window)
{
    if (call->wait > SENDV_ONE_OFFER || !is_address(call->address, call->address_length))
        return EINVAL;
    if (call->source != NULL)
        return sendv_gather_begin_source(list, call->source, call->iovcnt, window);
    return sendv_gather_begin(list, call->iov, call->iovcnt);
}

// Writes how many bytes the first batch may hold. With MSG_OOB, this counts the list's bytes first.
static int first_limit(const struct sendv_call *call, struct gather *list, size_t *most)
{
    size_t bytes = PLATFORM_CALL_BYTES;
    const int error = (call->flags & MSG_OOB) != 0 ? sendv_gather_count(list, 0, &bytes) : 0;
    *most = batch_limit(call, bytes);
    return error;
}

static int send_list(struct sendv_call *call, struct batch *batch)
{
    struct gather list;
    struct iovec window[SENDV_SOURCE_WINDOW];
    struct sending sending = {.call = call, .batch = batch, .list = &list};
    size_t most = PLATFORM_CALL_BYTES;
    const bool known_long = call->iovcnt > PLATFORM_IOV_MAX || (call->flags & MSG_OOB) != 0;
    int error = begin_list(&list, call, window);
    if (error == 0)
        error = platform_refuse_sigpipe(call->fd);
    if (error == 0)
        error = sendv_careful_begin(call->fd, &sending.low_water);
    if (error == 0 && known_long) {
        error = begin_time(&sending);
        if (error == 0)
            error = first_limit(call, &list, &most);
    }
    if (error != 0)
        return error;
    sendv_gather_next(&list, most, batch);
    if (!known_long && list.segments == 0 && batch->bytes <= SENDV_OFFER_BYTES)
        error = send_batch(&sending, call->flags);
    else
        error = send_long_list(&sending);
    sendv_wait_end(&sending.waiting);
    return error;
}

// Makes the call for a structure of an earlier header, which is shorter. Out of line: inlined, its copy would cost every call
// 11 instructions.
__attribute__((noinline)) static int perform_shorter(struct sendv_call *call)
{
    struct sendv_call whole;
    if (!earlier_call_read(call, &whole))
        return EINVAL;
    const int error = sendv_perform(&whole);
    earlier_call_write(call, &whole);
    return error;
}

int sendv_perform(struct sendv_call *call)
{
    if (call->size < sizeof *call)
        return perform_shorter(call);
    call->sent = call->system_calls = call->waits = call->taken = 0;
    call->timed_out = call->unfinished = 0;
    probe_start(call);
    struct batch batch;
    sendv_batch_begin(&batch, (call->flags & PLATFORM_MSG_ZEROCOPY) == 0);
    int error = send_list(call, &batch);
    sendv_batch_end(&batch);
    // A call that may not wait succeeds if anything fitted, and a SENDV_ONE_OFFER call if the socket took the whole offer.
    if (error == EAGAIN && (call->wait == SENDV_ONE_OFFER ? call->unfinished != 0 : call->sent > 0))
        error = 0;
    probe_end(call, error);
    return error;
}

// Makes the call, and writes its count to `*sent` unless that is NULL.
static int perform_counted(struct sendv_call call, size_t *sent)
{
    const int error = sendv_perform(&call);
    if (sent != NULL)
        *sent = call.sent;
    return error;
}

int sendv_all(int fd, const struct iovec *iov, size_t iovcnt, int flags, size_t *sent)
{
    const struct sendv_call call = {.size = sizeof call, .fd = fd, .flags = flags, .iov = iov, .iovcnt = iovcnt};
    return perform_counted(call, sent);
}

int sendv_all_within(int fd, const struct iovec *iov, size_t iovcnt, int flags, int64_t timeout_ns, size_t *sent)
{
    const struct sendv_call call = {.size = sizeof call,
                                    .fd = fd,
                                    .flags = flags,
                                    .iov = iov,
                                    .iovcnt = iovcnt,
                                    .wait = SENDV_WAIT_WITHIN,
                                    .timeout_ns = timeout_ns};
    return perform_counted(call, sent);
}

int sendv_version(void)
{
    return SENDV_VERSION_MAJOR * 10000 + SENDV_VERSION_MINOR * 100 + SENDV_VERSION_PATCH;
}

size_t sendv_stack_bytes(void)
{
    return SENDV_STACK_BYTES;
}
