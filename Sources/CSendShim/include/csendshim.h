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
//   iov NULL with iovcnt > 0              EFAULT, nothing sent (with a source, iov is not read)
//   NULL with a length in a segment       EFAULT with the count; nothing of a message
//   lengths that overflow SSIZE_MAX       EINVAL, nothing sent
//   only empty segments, stream           0 bytes, success; a broken or unconnected socket still says so
//   only empty segments, datagram         exactly one empty datagram
//   empty segments anywhere else          no effect
//   more than IOV_MAX segments, > 2 GiB   no limit a caller has to know
//
//   the kernel answers                    the call
//   EINTR, at any point                   goes on; no time-out starts again
//   it is full                            waits as the first table says, without spinning, whatever poll(2) answers meanwhile
//   no local port is free (UDP, Linux)    EAGAIN at once, nothing sent: waiting would not help
//   the peer is gone                      EPIPE or ECONNRESET with the count; never SIGPIPE
//   the connection timed out              ETIMEDOUT with the count, and timed_out is 0
//   a question is refused (a sandbox)     that error with the count
//   any other error                       that error with the count
//
// A time-out is one time for the whole call, on the monotonic clock. It begins when the socket first takes less than it was
// offered; for a list that takes more than one system call, before the first. It is never early. A call ends no later than
// its deadline plus one offer: at most 1 MiB of a stream, or a message. (Counting a list of many segments is part of its first
// offer.)
//
// With MSG_FASTOPEN the first offer connects. If the kernel has no cookie of the server, it takes no bytes with that offer, and
// the call waits for the connection; a call that may not wait returns EINPROGRESS.
//
// A call must not be left by pthread_cancel(3) or longjmp(3): what it took of the heap, and a descriptor that it may wait with,
// would be lost.
//
// Between the batches of a long list on a stream MSG_MORE is set, so that no small packet leaves at a batch's border; never
// on the last batch. Where a call ends early after such a batch (time-out, non-blocking), the kernel may hold the last
// partial packet back for up to 200 ms.
//
// MSG_OOB on a stream marks the last byte of the list as urgent, and no other byte, however the list had to be cut. That byte
// goes in a system call of its own. On a stream without urgent data (a Unix stream on some kernels, before Linux 5.15 on all)
// the call therefore fails with EOPNOTSUPP after the other bytes of the list were sent, and the count is all but one.
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

// Semantic versioning. This is the only place that has the version: what is built and installed takes it from here.
#define SENDV_VERSION_MAJOR 0
#define SENDV_VERSION_MINOR 1
#define SENDV_VERSION_PATCH 0

// A call takes heap memory in two cases, and frees it before it returns. A list with more than 32 KiB of short segments
// takes 64 KiB; without them the call copies to the stack alone, in more system calls. A datagram that does not fit one
// system call as it stands takes its own length; without that the call returns ENOMEM and sends nothing.
//
// With MSG_ZEROCOPY nothing is copied, since the kernel goes on reading after the call; a datagram of more than IOV_MAX
// segments is EMSGSIZE then.
//
// The calling program itself reads segments of at most 1024 bytes where several stand together: a pointer into unmapped
// memory crashes it there, as in memcpy. The kernel reads every other segment, and answers a bad pointer with EFAULT, as it
// does NULL in any segment; the count says what it took before. A core built with -DSENDV_COPY_SEGMENT=0 reads no segment
// itself, so that every bad pointer is EFAULT; many short segments take longer then, and -DSENDV_COPY_STACK=64 saves the
// stack too. (A message that does not fit one system call is copied by process_vm_readv. Where the system has no such call or
// forbids it, the program reads that message's segments itself. Build with -DSENDV_NO_PROCESS_VM for a sandbox that kills a
// program for that call.)
//
// No other thread may change the list during the call. If one does, the call may send other bytes than the caller meant, but
// it reads and writes no byte outside what the list named. A list that becomes shorter than it was counted is EFAULT with the
// count.

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

// The version of the library that runs: major x 10000 + minor x 100 + patch. The header that a program was built with may be
// another version's.
int sendv_version(void);

// No function of the library that runs uses more stack than this, in bytes, the kernel's and libc's own frames included. A
// wrapper's frames and those of a source's functions come on top: up to 4 KiB for the Swift module's.
size_t sendv_stack_bytes(void);

// Who decides how long a call may wait: the values of sendv_call.wait.
enum sendv_wait {
    SENDV_WAIT_AS_SOCKET, // the socket: not at all with O_NONBLOCK or MSG_DONTWAIT, else up to SO_SNDTIMEO. As sendv_all
    SENDV_WAIT_BLOCKING,  // the socket's mode, with timeout_ns in the place of SO_SNDTIMEO
    SENDV_WAIT_WITHIN     // timeout_ns alone, whatever the socket's mode. As sendv_all_within
};

// A list whose segments are not iovecs, for wrappers and for lists of a type of your own. The call asks for its iovecs as it
// comes to them, at most 128 at a time, so that a list of any length takes no memory for them. Neither function may be NULL.
// The thread that sends calls both, during the call. They must not send on the socket, and must end by returning: not by an
// exception or longjmp. To go on after `sent` bytes, let both functions begin at the first segment left, from an offset that
// you keep with the list: sendv_seek is for iovecs. Where the two functions contradict each other, as for a list that
// changes, the call behaves as for a list of iovecs that changes.
struct sendv_source {
    const void *list;
    // Writes the iovecs of `count` segments, from segment `first` on, to `iov`. Called at most once for each segment, in
    // order.
    void (*map)(const void *list, size_t first, size_t count, struct iovec *iov);
    // Returns the bytes of `count` segments, from segment `first` on: the last segments of the list, which are not mapped
    // yet. Returns SIZE_MAX if a size_t cannot hold them; more than SSIZE_MAX is EINVAL. Called at most twice: at once with
    // MSG_OOB, and when the first batch does not hold the whole list.
    size_t (*count_bytes)(const void *list, size_t first, size_t count);
};

// One call with everything that can be asked of it, for wrappers in other languages; sendv_all and sendv_all_within are made
// of it. Zero the structure, then set `size` and what you need: a zeroed field stands for what sendv_all does.
//
// The structure grows at its end from version to version. The library reads and writes no byte beyond `size`. A field that a
// newer library does not find has its default, which is zero. An older library leaves fields alone that it does not know: ask
// sendv_version() before you rely on a field that is newer than 0.1.
struct sendv_call {
    size_t size; // sizeof(struct sendv_call)
    int32_t fd;
    int32_t flags; // the platform's MSG_*
    const struct iovec *iov;
    size_t iovcnt;
    const struct sendv_source *source; // not NULL: its `iovcnt` segments are sent, and `iov` is not read
    const struct sockaddr *address;    // the destination of a datagram; NULL: the connected peer
    uint32_t address_length;
    uint32_t wait;      // SENDV_WAIT_*
    int64_t timeout_ns; // negative: for ever. Not read with SENDV_WAIT_AS_SOCKET
    int (*stopped)(const void *context); // asked before each wait: not 0 ends the call with ECANCELED. NULL: nothing stops it
    const void *stopped_context;
    // Written on every outcome:
    size_t sent;         // bytes the kernel accepted
    size_t system_calls; // send, sendto, sendmsg
    size_t waits;        // times the call polled for room, or let send wait for it
    size_t taken;        // system calls that took at least one byte, or a message: with MSG_ZEROCOPY, notifications to expect
    uint32_t timed_out;  // 1: this call's own deadline passed. 0 with ETIMEDOUT: the connection timed out, and is gone
    uint32_t reserved;   // 0
};

// Returns EINVAL for a `size` that does not reach to the end of `iovcnt`, and writes nothing then; EINVAL too for a `wait`
// that is not one of the three.
int sendv_perform(struct sendv_call *call);

#ifdef __cplusplus
}
#endif

#endif
