// SPDX-License-Identifier: Apache-2.0
//
// csendshim.h: send a list of byte segments that live in different places, whole and in order, on a connected socket.
//
// The caller owns all memory. The caller's list is read and never changed. Every function may be called from any thread;
// two calls on one stream socket at the same time may mix their bytes, as two write(2)s may.
//
// Every outcome is a return value: 0, or an errno value (errno itself is left unspecified). `*sent` is always written
// (NULL is allowed): the bytes the kernel accepted, on success and on every error. Accepted is not delivered: the bytes
// are in the socket's buffer, and the kernel sends them when it can.
//
//   the socket                            sendv_all
//   stream, blocking, no SO_SNDTIMEO      every byte, or an error with the count
//   stream, blocking, SO_SNDTIMEO = T     every byte, or ETIMEDOUT once T has passed in total for this call, with the count
//   O_NONBLOCK, or MSG_DONTWAIT           what fits now: 0 and the count if any byte went, else EAGAIN
//   datagram, seqpacket                   one message, whole, however many segments, or EMSGSIZE and nothing sent
//
//   input                                 answer
//   iovcnt 0, or more than memory holds   EINVAL, nothing sent
//   iov NULL with iovcnt > 0              EFAULT, nothing sent (iov is not read where there is a source)
//   NULL with a length in a segment       EFAULT with the count; nothing of a message
//   lengths that overflow SSIZE_MAX       EINVAL, nothing sent
//   only empty segments, stream           0 bytes, success; a broken or unconnected socket still says so
//   only empty segments, datagram         exactly one empty datagram
//   empty segments anywhere else          no effect
//   more than IOV_MAX segments, > 2 GiB   no limit a caller has to know
//   EINTR, at any point                   retried; no time-out starts again
//   peer gone                             EPIPE or ECONNRESET with the count; never SIGPIPE
//
// A time-out is measured on the monotonic clock from the moment the socket first takes less than it was offered: until
// then nothing waits. It is never early, and late by the poll(2) granularity of a millisecond and the scheduler's delay.
//
// Between the batches of a long list on a stream MSG_MORE is set, so that no small packet leaves at a batch's border; never
// on the last batch. Where a call ends early after such a batch (time-out, non-blocking), the kernel may hold the last
// partial packet back for up to 200 ms.
//
// MSG_OOB on a stream marks the last byte of the list as urgent, and no other byte, however the list had to be cut.
#ifndef CSENDSHIM_H
#define CSENDSHIM_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

// Semantic versioning. The only place that has the version: what is built and installed takes it from here.
#define SENDV_VERSION_MAJOR 0
#define SENDV_VERSION_MINOR 1
#define SENDV_VERSION_PATCH 0

// Room on the stack for copies of short segments, which is touched only where there are any. It can be set at compile time, to
// the same for the core and its users, for threads with little stack. With 16 KiB, 64 x 512 bytes over UDP take 1.28 of one
// contiguous send's time (the copies go to the heap), with 32 KiB 1.19.
#ifndef SENDV_COPY_STACK
#define SENDV_COPY_STACK 32768
#endif

// No function of this header uses more stack than this, in bytes, the kernel's and libc's own frames included. A wrapper's
// frames, and those of a source's functions, come on top: up to 4 KiB for the Swift module's.
#define SENDV_STACK_BYTES (24576 + SENDV_COPY_STACK)

// Heap memory is taken in two cases, and given back before the call returns: 64 KiB where more than SENDV_COPY_STACK bytes of
// short segments are to be copied (where there is none, the stack's room serves again and again), and the whole message where
// a datagram fits no single system call as it stands (where there is none: ENOMEM, nothing sent).
//
// With MSG_ZEROCOPY nothing is copied, since the kernel goes on reading after the call; a datagram of more than IOV_MAX
// segments is EMSGSIZE then.
//
// Segments of at most SENDV_COPY_SEGMENT bytes (1024) are read by the calling program itself where several stand together, so a
// pointer into unmapped memory is a crash there, as in memcpy. In a longer segment, in a lone one, and NULL in any, it is EFAULT
// with the count of what the kernel had taken before. Built with -DSENDV_COPY_SEGMENT=0 -DSENDV_COPY_SEGMENT_MORE=0, the core
// reads no segment itself and every bad pointer is EFAULT, for the time that many short segments cost the kernel;
// -DSENDV_COPY_STACK=64 then saves the stack too. (A message that fits no single system call is made whole by
// process_vm_readv. Where a system has none or forbids it, the program reads the segments of such a message.)
//
// A list that another thread changes during the call, which is forbidden, still costs no more than what is sent: no byte is
// written or read outside what the list named, and a list that becomes shorter than it was counted is EFAULT with the count.

// Sends the `iovcnt` segments at `iov` on `fd`, as the socket's own O_NONBLOCK and SO_SNDTIMEO say. `flags` are the
// platform's MSG_*.
int sendv_all(int fd, const struct iovec *iov, size_t iovcnt, int flags, size_t *sent);

// The same with a total time of its own in nanoseconds, whatever O_NONBLOCK, SO_SNDTIMEO and MSG_DONTWAIT say: negative
// waits for ever, 0 never waits. Not done in time is ETIMEDOUT with the count.
int sendv_all_within(int fd, const struct iovec *iov, size_t iovcnt, int flags, int64_t timeout_ns, size_t *sent);

// Where to resume after `bytes` bytes of the list went: returns the index of the segment that holds the next byte, and
// writes the offset in it to `*offset` (NULL is allowed). Returns `iovcnt`, offset 0, once all of the list went; and 0,
// offset 0, for `bytes` 0, whatever the list. Segments that went whole, and empty ones after them, are passed over.
size_t sendv_seek(const struct iovec *iov, size_t iovcnt, size_t bytes, size_t *offset);

// Who decides how long a call may wait.
enum sendv_wait {
    SENDV_WAIT_AS_SOCKET, // the socket: not at all with O_NONBLOCK or MSG_DONTWAIT, else up to SO_SNDTIMEO. As sendv_all
    SENDV_WAIT_BLOCKING,  // the same with timeout_ns in the place of SO_SNDTIMEO
    SENDV_WAIT_WITHIN     // timeout_ns alone, whatever the socket's mode. As sendv_all_within
};

// One call with everything that can be asked of it, for wrappers in other languages: sendv_all and sendv_all_within are
// made of it. Zeroed fields stand for what sendv_all does.
struct sendv_call {
    int fd;
    int flags;
    const struct iovec *iov;
    size_t iovcnt;
    const struct sockaddr *address; // the destination of a datagram; NULL: the connected peer
    socklen_t address_length;
    enum sendv_wait wait;
    int64_t timeout_ns; // negative: for ever. Read unless `wait` is SENDV_WAIT_AS_SOCKET
    // Written on every outcome:
    size_t sent;         // bytes the kernel accepted
    size_t system_calls; // send, sendto, sendmsg
    size_t waits;        // times the call polled for room, or let send wait for it
};

int sendv_perform(struct sendv_call *call);

// A list whose segments are something else than iovecs, for wrappers and for lists of a type of your own. Its iovecs are made as
// the send comes to them, at most SENDV_SOURCE_WINDOW at a time (128), so that a list of any length takes no memory for them.
// Neither function is NULL. Both are called by the thread that sends, during the call; they may not send on the socket, nor
// leave by another way than by returning, as by an exception. To go on after `sent` bytes, let both begin at the first segment
// left and its offset, which you keep with the list: sendv_seek is for iovecs. Where they tell different things, as of a list
// that changes, the same holds as for such a list of iovecs.
struct sendv_source {
    const void *list;
    // Writes the iovecs of the `count` segments from the `first` on to `iov`. Asked for each segment once at most, in order.
    void (*map)(const void *list, size_t first, size_t count, struct iovec *iov);
    // Returns the bytes of these segments, which are the last of the list and not mapped yet, or SIZE_MAX where a size_t cannot
    // hold them; more than SSIZE_MAX are EINVAL. Asked at most twice: with MSG_OOB at once, and where the first batch does not
    // hold the list.
    size_t (*count_bytes)(const void *list, size_t first, size_t count);
};

// The same for the `iovcnt` segments of `source`, and `iov` is not read; or where `source` is NULL for those at `iov`.
int sendv_perform_source(struct sendv_call *call, const struct sendv_source *source);

#ifdef __cplusplus
}
#endif

#endif
