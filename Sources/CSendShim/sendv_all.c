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
// The first offer never waits, so a send that fits costs one system call: O_NONBLOCK (fcntl), SO_SNDTIMEO (getsockopt,
// about 280 ns) and the clock (25 ns) are asked only once an offer comes back short. The kernel's own SO_SNDTIMEO is never
// relied on: it starts again in every call, and on AF_UNIX for every 32 KiB inside one call. A datagram waits in poll even
// without a deadline: a sender that waits inside send for a Unix peer's full queue is not woken when its own socket is shut
// down.
#include "platform.h"

#include "csendshim.h"
#include "gather.h"
#include "probes.h"
#include "wait.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Offers the batch to the kernel once. Returns what send returns.
static ssize_t offer(struct sendv_call *call, const struct batch *batch, int flags)
{
    call->system_calls++;
    if (batch->count <= 1) {
        // One run of bytes goes by send: 10 to 17 % less than sendmsg for small messages.
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

// How a blocking socket waits: a stream without a deadline as in any program, inside send.
static struct patience patience_of_blocking(const struct sendv_call *call, struct patience patience)
{
    if (patience.kind == PATIENCE_ENDLESS && sendv_is_stream(call->fd))
        patience.kind = PATIENCE_IN_SEND;
    return patience;
}

// How long this call may wait, asked when an offer first comes back short.
static struct patience patience_of_call(const struct sendv_call *call)
{
    if (call->wait == SENDV_WAIT_WITHIN)
        return sendv_patience_from_now(call->timeout_ns);
    if ((call->flags & MSG_DONTWAIT) != 0 || sendv_is_nonblocking(call->fd))
        return (struct patience){.kind = PATIENCE_NONE};
    if (call->wait == SENDV_WAIT_BLOCKING)
        return patience_of_blocking(call, sendv_patience_from_now(call->timeout_ns));
    return patience_of_blocking(call, sendv_patience_of_socket(call->fd));
}

// Waits for room. Returns 0 to offer again, or what the call is to end with.
static int await_room(struct sendv_call *call, struct patience *patience)
{
    if (patience->kind == PATIENCE_UNASKED)
        *patience = patience_of_call(call);
    if (patience->kind == PATIENCE_NONE)
        return EAGAIN;
    probe_wait(call, patience);
    const int error = patience->kind == PATIENCE_IN_SEND ? 0 : sendv_wait_for_room(call->fd, patience);
    if (error == 0)
        call->waits++;
    return error;
}

// Sends the batch until all of it is taken. Returns 0 or an errno value; EAGAIN where the call may not wait.
static int send_batch(struct sendv_call *call, struct batch *batch, int flags, struct patience *patience)
{
    flags |= PLATFORM_MSG_NOSIGNAL;
    patience->fruitless = 0; // the batch before this one was taken
    for (;;) {
        const int waiting = patience->kind == PATIENCE_IN_SEND ? 0 : MSG_DONTWAIT;
        const ssize_t taken = offer(call, batch, flags | waiting);
        probe_batch(call, batch, taken);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return errno == PLATFORM_TORN_DOWN && call->address == NULL ? EPIPE : errno;
        if (taken >= 0) {
            call->sent += (size_t)taken;
            if ((size_t)taken == batch->bytes)
                return 0;
            sendv_batch_advance(batch, (size_t)taken);
        }
        if (taken > 0)
            patience->fruitless = 0;
        else if (patience->kind == PATIENCE_IN_SEND)
            patience->kind = PATIENCE_UNASKED; // it came back without waiting to the end: the mode was changed meanwhile
        const int error = await_room(call, patience);
        if (error != 0)
            return error;
    }
}

// The bytes that the next batch may hold, of `left` bytes of the list. The byte that MSG_OOB marks goes in a batch of its
// own: an offer that comes back short would mark the last byte it took instead, and the peer would lose that one from its
// stream.
static size_t batch_limit(const struct sendv_call *call, size_t left)
{
    if ((call->flags & MSG_OOB) != 0 && left > 1)
        left--;
    return left < PLATFORM_CALL_BYTES ? left : PLATFORM_CALL_BYTES;
}

// Sends the batch, and the `left` bytes of the list behind it.
static int send_batches(struct sendv_call *call, struct gather *list, struct batch *batch, size_t left)
{
    struct patience patience = {.kind = PATIENCE_UNASKED};
    for (;;) {
        // What marks the end of the list (urgent data, a record's end) goes with its last batch alone.
        const int flags = left == 0 ? call->flags : (call->flags & ~(MSG_OOB | MSG_EOR)) | PLATFORM_MSG_MORE;
        const int error = send_batch(call, batch, flags, &patience);
        if (error != 0 || left == 0)
            return error;
        sendv_gather_next(list, batch_limit(call, left), batch);
        if (batch->bytes == 0)
            return EFAULT; // another thread made the list shorter than it was counted
        left -= batch->bytes;
    }
}

// Whether no socket takes a datagram of `bytes` bytes: it is longer than 64 KiB, which the Internet protocols cannot carry,
// and longer than the send buffer, which bounds a Unix datagram. So a list of any length is refused before memory is taken
// for it.
static bool exceeds_any_datagram(int fd, size_t bytes)
{
    int buffer = 0;
    return bytes > 65536 && sendv_socket_option(fd, SO_SNDBUF, &buffer) == 0 && bytes > (size_t)buffer;
}

// Copies what a batch stands for to `to`. Memory that is not there is EFAULT where the system reads it for us.
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

// Copies the batch and the list behind it, of `bytes` bytes together when they were counted, and never more than that.
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
            return EFAULT; // the same here
    }
}

// Sends a message that does not fit one batch: its `bytes` bytes, those of the batch and of the list behind it, have to be made
// one piece, since two calls would be two messages. The copy lives for this call.
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

// Sends a list that does not fit one batch, of which the `left` bytes behind the batch were counted. Only such a list has to
// ask what kind of socket it is for.
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

static int begin_list(struct gather *list, const struct sendv_call *call, const struct sendv_source *source, struct iovec *window)
{
    if (source != NULL)
        return sendv_gather_begin_source(list, source, call->iovcnt, window);
    return sendv_gather_begin(list, call->iov, call->iovcnt);
}

static int send_list(struct sendv_call *call, const struct sendv_source *source, struct batch *batch)
{
    struct gather list;
    struct iovec window[SENDV_SOURCE_WINDOW];
    int error = begin_list(&list, call, source, window);
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

int sendv_perform_source(struct sendv_call *call, const struct sendv_source *source)
{
    call->sent = 0;
    call->system_calls = 0;
    call->waits = 0;
    probe_start(call);
    struct batch batch;
    sendv_batch_begin(&batch, (call->flags & PLATFORM_MSG_ZEROCOPY) == 0);
    const int error = send_list(call, source, &batch);
    sendv_batch_end(&batch);
    // Where a call may not wait, what fitted is a success.
    const int outcome = error == EAGAIN && call->sent > 0 ? 0 : error;
    probe_end(call, outcome);
    return outcome;
}

int sendv_perform(struct sendv_call *call)
{
    return sendv_perform_source(call, NULL);
}

// Makes the call and hands its count to a caller who may not want it.
static int perform_counted(struct sendv_call call, size_t *sent)
{
    const int error = sendv_perform(&call);
    if (sent != NULL)
        *sent = call.sent;
    return error;
}

int sendv_all(int fd, const struct iovec *iov, size_t iovcnt, int flags, size_t *sent)
{
    return perform_counted((struct sendv_call){.fd = fd, .flags = flags, .iov = iov, .iovcnt = iovcnt}, sent);
}

int sendv_all_within(int fd, const struct iovec *iov, size_t iovcnt, int flags, int64_t timeout_ns, size_t *sent)
{
    const struct sendv_call call = {
        .fd = fd, .flags = flags, .iov = iov, .iovcnt = iovcnt, .wait = SENDV_WAIT_WITHIN, .timeout_ns = timeout_ns};
    return perform_counted(call, sent);
}
