// SPDX-License-Identifier: Apache-2.0
//
// The policy of a gathered send:
//
//   offer a batch without waiting ──all taken──▶ next batch, or done
//        ▲                        ──error──────▶ the error
//        │                        ──EINTR──────▶ offer again
//        │ room, or a signal      ──short──────▶ may it wait? no: what fitted, or ETIMEDOUT
//        └──────────────────────────────────────────────────┘ yes: poll, until the one deadline of the call; or, on a
//                                                             stream without a deadline, the next offer waits itself
//
// The first offer never waits, so a send that fits costs one system call. Only when an offer comes back short does the call
// ask for O_NONBLOCK (fcntl), SO_SNDTIMEO (getsockopt, about 280 ns) and the time (25 ns). The kernel's own SO_SNDTIMEO is
// not used: it starts again in every system call, and on a Unix stream for every 32 KiB. A datagram waits in poll even
// without a deadline: shutting a socket down does not wake a sender that waits inside send for a Unix receiver with a full
// queue.
#include "platform.h"

#include "csendshim.h"
#include "gather.h"
#include "probes.h"
#include "wait.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// Room for the batch with its copies, the window of a source's list, and the frames below. stack_test measures it.
#define SENDV_STACK_BYTES (24576 + SENDV_COPY_STACK)

_Static_assert(offsetof(struct sendv_call, reserved) + sizeof(uint32_t) == sizeof(struct sendv_call),
               "a field of a later version must not lie in the padding of this one, which no caller sets");

// Offers the batch to the kernel once. Returns what send returns.
static ssize_t offer(struct sendv_call *call, const struct batch *batch, int flags)
{
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

// A stream without a deadline waits inside send, as any blocking program does.
static struct waiting waiting_of_blocking(const struct sendv_call *call, struct waiting waiting)
{
    if (waiting.how == WAIT_FOREVER && sendv_is_stream(call->fd))
        waiting.how = WAIT_IN_SEND;
    return waiting;
}

// How this call waits. Decided when an offer first comes back short: here the time of the call begins.
static struct waiting waiting_of_call(const struct sendv_call *call)
{
    if (call->wait == SENDV_WAIT_WITHIN)
        return sendv_wait_from_now(call->timeout_ns);
    if ((call->flags & MSG_DONTWAIT) != 0 || sendv_is_nonblocking(call->fd))
        return (struct waiting){.how = WAIT_NEVER};
    if (call->wait == SENDV_WAIT_BLOCKING)
        return waiting_of_blocking(call, sendv_wait_from_now(call->timeout_ns));
    return waiting_of_blocking(call, sendv_wait_as_socket(call->fd));
}

// Waits for room. Returns 0 to offer again, or what the call is to end with.
static int await_room(struct sendv_call *call, struct waiting *waiting)
{
    if (waiting->how == WAIT_UNDECIDED)
        *waiting = waiting_of_call(call);
    if (waiting->how == WAIT_NEVER)
        return EAGAIN;
    probe_wait(call, waiting);
    const int error = waiting->how == WAIT_IN_SEND ? 0 : sendv_wait_for_room(call->fd, waiting);
    if (error == 0)
        call->waits++;
    call->timed_out = error == ETIMEDOUT;
    return error;
}

// Sends the batch until all of it is taken. Returns 0 or an errno value; EAGAIN where the call may not wait.
static int send_batch(struct sendv_call *call, struct batch *batch, int flags, struct waiting *waiting)
{
    flags |= PLATFORM_MSG_NOSIGNAL;
    waiting->empty_polls = 0; // the previous batch was taken
    for (;;) {
        const int dont_wait = waiting->how == WAIT_IN_SEND ? 0 : MSG_DONTWAIT;
        const ssize_t taken = offer(call, batch, flags | dont_wait);
        probe_batch(call, batch, taken);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return errno == PLATFORM_TORN_DOWN && call->address == NULL ? EPIPE : errno;
        if (taken > 0) {
            call->sent += (size_t)taken;
            call->taken++;
            waiting->empty_polls = 0;
        }
        if (taken == (ssize_t)batch->bytes) {
            if (taken == 0 && !sendv_is_stream(call->fd))
                call->taken++; // an empty message
            return 0;
        }
        if (taken > 0)
            sendv_batch_advance(batch, (size_t)taken);
        else if (waiting->how == WAIT_IN_SEND)
            waiting->how = WAIT_UNDECIDED; // send did not wait: another thread made the socket non-blocking
        const int error = await_room(call, waiting);
        if (error != 0)
            return error;
    }
}

// Returns how many of the list's last `left` bytes the next batch may hold. With MSG_OOB, the last byte goes in a batch of
// its own: the kernel marks the last byte that it takes, and an offer of more bytes may be cut anywhere.
static size_t batch_limit(const struct sendv_call *call, size_t left)
{
    if ((call->flags & MSG_OOB) != 0 && left > 1)
        left--;
    return left < PLATFORM_CALL_BYTES ? left : PLATFORM_CALL_BYTES;
}

// Sends the batch, then the `left` bytes of the list that follow it.
static int send_batches(struct sendv_call *call, struct gather *list, struct batch *batch, size_t left)
{
    struct waiting waiting = {.how = WAIT_UNDECIDED};
    for (;;) {
        // Flags that mark the end of the list (urgent data, end of record) go with its last batch alone.
        const int flags = left == 0 ? call->flags : (call->flags & ~(MSG_OOB | MSG_EOR)) | PLATFORM_MSG_MORE;
        const int error = send_batch(call, batch, flags, &waiting);
        if (error != 0 || left == 0)
            return error;
        sendv_gather_next(list, batch_limit(call, left), batch);
        if (batch->bytes == 0)
            return EFAULT; // another thread made the list shorter than it was counted
        left -= batch->bytes;
    }
}

// Whether a datagram of `bytes` bytes is too long for any socket, so that no memory has to be taken for it: UDP carries less
// than 64 KiB, and a Unix datagram must fit the send buffer.
static bool exceeds_any_datagram(int fd, size_t bytes)
{
    int buffer = 0;
    return bytes > 65536 && sendv_socket_option(fd, SO_SNDBUF, &buffer) == 0 && bytes > (size_t)buffer;
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

// Sends a message that does not fit one batch: the batch and the list that follows it, `bytes` bytes in all. Two system calls
// would be two messages, so the message is copied into one piece, which is freed before the call returns.
static int send_whole(struct sendv_call *call, struct gather *list, size_t bytes, struct batch *batch)
{
    if (exceeds_any_datagram(call->fd, bytes) || !batch->may_copy)
        return EMSGSIZE;
    char *whole = malloc(bytes);
    if (whole == NULL)
        return ENOMEM;
    int error = copy_message(list, batch, bytes, whole);
    if (error == 0) {
        batch->first = batch->vectors;
        batch->first[0] = (struct iovec){.iov_base = whole, .iov_len = bytes};
        batch->count = 1;
        batch->bytes = bytes;
        error = send_batches(call, NULL, batch, 0);
    }
    free(whole);
    return error;
}

// Sends a list that does not fit one batch: the batch, then the `left` bytes of the list that follow it. Only such a list
// needs to know what kind of socket it is for.
static int send_long_list(struct sendv_call *call, struct gather *list, struct batch *batch, size_t left)
{
    int type = SOCK_STREAM;
    const int error = sendv_socket_option(call->fd, SO_TYPE, &type);
    if (error != 0)
        return error;
    if (type == SOCK_STREAM)
        return send_batches(call, list, batch, left);
    return send_whole(call, list, batch->bytes + left, batch);
}

static int begin_list(struct gather *list, const struct sendv_call *call, struct iovec *window)
{
    if (call->wait > SENDV_WAIT_WITHIN)
        return EINVAL;
    if (call->source != NULL)
        return sendv_gather_begin_source(list, call->source, call->iovcnt, window);
    return sendv_gather_begin(list, call->iov, call->iovcnt);
}

static int send_list(struct sendv_call *call, struct batch *batch)
{
    struct gather list;
    struct iovec window[SENDV_SOURCE_WINDOW];
    int error = begin_list(&list, call, window);
    if (error == 0)
        error = platform_refuse_sigpipe(call->fd);
    if (error != 0)
        return error;
    size_t most = PLATFORM_CALL_BYTES;
    if ((call->flags & MSG_OOB) != 0) {
        size_t bytes;
        error = sendv_gather_count(&list, 0, &bytes);
        if (error != 0)
            return error;
        most = batch_limit(call, bytes);
    }
    sendv_gather_next(&list, most, batch);
    size_t left = 0;
    if (list.segments > 0) {
        error = sendv_gather_count(&list, batch->bytes, &left);
        if (error != 0)
            return error;
    }
    if (left > 0)
        return send_long_list(call, &list, batch, left);
    return send_batches(call, &list, batch, left);
}

// Makes the call of a program that was built with an earlier header, whose structure is shorter. Out of line, so that a call of
// the usual size does not pay for the copy: 11 instructions.
__attribute__((noinline)) static int perform_shorter(struct sendv_call *call)
{
    const size_t size = call->size;
    if (size < offsetof(struct sendv_call, source))
        return EINVAL;
    struct sendv_call whole = {0};
    memcpy(&whole, call, size);
    whole.size = sizeof whole;
    const int error = sendv_perform(&whole);
    whole.size = size;
    memcpy(call, &whole, size);
    return error;
}

int sendv_perform(struct sendv_call *call)
{
    if (call->size < sizeof *call)
        return perform_shorter(call);
    call->sent = call->system_calls = call->waits = call->taken = 0;
    call->timed_out = call->reserved = 0;
    probe_start(call);
    struct batch batch;
    sendv_batch_begin(&batch, (call->flags & PLATFORM_MSG_ZEROCOPY) == 0);
    const int error = send_list(call, &batch);
    sendv_batch_end(&batch);
    // A call that may not wait succeeds if anything fitted.
    const int outcome = error == EAGAIN && call->sent > 0 ? 0 : error;
    probe_end(call, outcome);
    return outcome;
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
    const struct sendv_call call = {.size = sizeof call, .fd = fd, .flags = flags, .iov = iov, .iovcnt = iovcnt,
                                    .wait = SENDV_WAIT_WITHIN, .timeout_ns = timeout_ns};
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
