// SPDX-License-Identifier: Apache-2.0
//
// csendshim.h: send a list of byte segments that live in different places, whole and in order, on a socket.
//
// The caller owns all memory. The caller's list is read and never changed. Every function may be called from any thread;
// two calls on one stream socket at the same time may mix their bytes, as two write(2)s may.
//
// Every outcome is a return value: 0, or an errno value (errno itself is left unspecified). `*sent` is always written
// (NULL is allowed): the bytes the kernel accepted, on success and on every error. Exception: if the peer breaks the
// connection during a system call on macOS and the BSDs, the bytes of that call (at most 1 MiB) are not counted. Accepted is
// not delivered: the bytes are in the socket's buffer, and the kernel sends them when it can.
//
//   the socket                            sendv_all
//   stream, blocking, no SO_SNDTIMEO      every byte, or an error with the count
//   stream, blocking, SO_SNDTIMEO = T     every byte, or ETIMEDOUT once T has passed in total for this call, with the count
//   stream, O_NONBLOCK or MSG_DONTWAIT    what fits now: 0 and the count if any byte went, else EAGAIN
//   datagram, seqpacket                   one message, whole, however many segments. EMSGSIZE if it is too long; EAGAIN if
//                                         the call may not wait and the queue is full; nothing is sent in both cases
//
//   input                                 answer
//   iov NULL with iovcnt > 0              EFAULT, nothing sent (with a source, iov is not read)
//   iovcnt 0 or > SSIZE_MAX/sizeof *iov   EINVAL, nothing sent
//   a segment at NULL with a length       EFAULT with the count; a message is not sent. A call on a stream that may not wait
//                                         can end before that segment, as if the socket were full. A later call is EFAULT
//   lengths that overflow SSIZE_MAX       EINVAL, nothing sent
//   only empty segments, stream           0 bytes, success; a broken or unconnected socket answers its error
//   only empty segments, datagram         exactly one empty datagram
//   empty segments anywhere else          no effect
//   more than IOV_MAX segments, > 2 GiB   on a stream, one or more system calls. A message takes one; from 2 GiB on, EMSGSIZE
//
//   the kernel answers                    the call
//   EINTR, at any point                   goes on; no time-out starts again
//   the socket is full                    waits as the first table says, and never spins
//   no local port is free (UDP, Linux)    EAGAIN at once, nothing sent: waiting would not help (time-out of 0: ETIMEDOUT)
//   the peer is gone                      EPIPE or ECONNRESET with the count; never SIGPIPE
//   the connection timed out              ETIMEDOUT with the count, and timed_out of sendv_perform is 0
//   a sandbox refuses fcntl(F_GETFL),     that error with the count. A refused SO_TYPE is an error only if the list may take
//   SO_SNDTIMEO or SO_TYPE                several system calls
//   any other error                       that error with the count
//
// A time-out is one time for the whole call, on the monotonic clock. The time begins when the socket first takes less than
// it was offered. It begins before the first offer if MSG_OOB is set, if the list has more than IOV_MAX segments or more than
// 1 MiB, or if it does not fit one batch (1024 iovecs, with up to 96 KiB of copies). A time-out is never early. Past its
// deadline a call on a stream gathers at most one batch and makes at most one offer of 1 MiB. A call that sends a message
// gathers at most the rest of it, and makes at most one offer. A call with a time-out of 0 has no deadline: it never waits.
//
// On macOS and NetBSD, a send on a socket in blocking mode may wait in the kernel in spite of MSG_DONTWAIT. If it then fails,
// the bytes that it took are not reported. So on a stream in blocking mode the call asks poll(2) before each offer, and
// offers at most SO_SNDLOWAT bytes at a time (2 KiB by default on macOS). These kernels take that many without a wait, so
// counts and time-outs hold there too. The exception: another thread sends on the same stream and takes the room. The price
// is one more system call for each offer, and smaller packets if TCP_NODELAY is set. If O_NONBLOCK is set, every call offers
// as much as on other systems, and sendv_all_within still waits. The call never changes the socket's mode, which belongs to
// everybody who has the socket.
//
// A datagram never waits for its receiver on macOS: if a Unix receiver's queue is full, the send fails with ENOBUFS at
// once. There a Unix datagram of more than 2048 bytes fails with EMSGSIZE unless SO_SNDBUF is set to more.
//
// With MSG_FASTOPEN, or if TCP_FASTOPEN_CONNECT deferred connect(2), the first offer connects. If the kernel has no cookie
// for the server, the first offer takes no bytes and the call waits for the connection. If O_NONBLOCK, MSG_DONTWAIT or
// SENDV_ONE_OFFER forbids the wait, the call returns EINPROGRESS. If a time-out of 0 forbids it, the call returns ETIMEDOUT.
//
// Do not leave a call by pthread_cancel(3) or longjmp(3): its heap memory and its epoll descriptor would leak.
//
// On a Linux stream, every send before the one with the list's last byte has MSG_MORE, so that it ends with a full packet. If
// a call ends early after a send with MSG_MORE, the kernel may hold the last partial packet back for up to 200 ms. A region
// that sendfile sends may end with a partial packet.
//
// MSG_OOB on a stream marks the last byte of the list as urgent, and no other byte. The last byte goes in a system call of
// its own. A Unix stream has no urgent data before Linux 5.15, nor on a later kernel that is built without it. There the call
// sends all bytes but the last, then returns EOPNOTSUPP. For a list of empty segments with MSG_OOB, the call returns what the
// kernel returns.
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

// Semantic versioning. The version stands only here; the build and the installation read it from here.
#define SENDV_VERSION_MAJOR 0
#define SENDV_VERSION_MINOR 1
#define SENDV_VERSION_PATCH 0

// A call takes heap memory in two cases, and frees it before it returns. If it copies more than 31 KiB of short segments
// for one system call, it may take 64 KiB; if malloc fails, it makes more system calls. If a message does not fit one batch
// (up to 1024 iovecs, with up to 96 KiB of copied segments), the call takes as many bytes as the message has. If malloc
// fails then, the call returns ENOMEM and sends nothing. One call may take both: 64 KiB plus the length of the message,
// which is at most 2 GiB. sendv_perform_parts also takes heap for what it reads from files.
//
// With MSG_ZEROCOPY nothing is copied, since the kernel reads the bytes after the call. A message that does not fit one
// system call is then EMSGSIZE.
//
// A message of 2 GiB or more is EMSGSIZE without a system call that sends, even if it has few segments. Linux takes less than
// that from one system call, so it would cut the message and send only its beginning.
//
// The calling program itself may read segments of at most 1024 bytes that are next to each other in the list (of at most 256
// bytes if more than 384 segments are left). A pointer into unmapped memory in a segment that the program reads crashes the
// program, as in memcpy. The kernel reads all other segments and answers a bad pointer with EFAULT. NULL is EFAULT in every
// segment. The count says how many bytes were sent before the EFAULT.
//
// With -DSENDV_COPY_SEGMENT=0 the program copies no short segments, so a bad pointer is EFAULT in every segment of a stream,
// and many short segments take longer. -DSENDV_COPY_STACK=64 then saves the stack of the copies.
//
// A message that does not fit one batch is copied by process_vm_readv, which answers EFAULT for memory that it cannot read: a
// write-only mapping, memfd_secret, a device's memory. If the system lacks that call or forbids it, the program reads the
// segments of the message itself, and a bad pointer crashes it, even with -DSENDV_COPY_SEGMENT=0. Build with
// -DSENDV_NO_PROCESS_VM for a sandbox that kills a program for process_vm_readv.
//
// No other thread may change the list during the call. If one does, the call may send other bytes than the caller meant, and
// may combine the address of a segment before the change with its length after it, or the reverse. The call writes only to
// its own memory. If the list becomes shorter than the call counted, the call returns EFAULT with the count.

// Sends the `iovcnt` segments at `iov` on `fd`, as the socket's own O_NONBLOCK and SO_SNDTIMEO say. `flags` are the
// platform's MSG_*.
int sendv_all(int fd, const struct iovec *iov, size_t iovcnt, int flags, size_t *sent);

// Like sendv_all, with a time of its own: `timeout_ns` nanoseconds in total. O_NONBLOCK, SO_SNDTIMEO and MSG_DONTWAIT have no
// effect. Negative waits for ever, 0 never waits. If the time is over before every byte was sent, returns ETIMEDOUT with the
// count.
int sendv_all_within(int fd, const struct iovec *iov, size_t iovcnt, int flags, int64_t timeout_ns, size_t *sent);

// Finds where to resume after `bytes` bytes were sent. Returns the index of the segment that holds the next byte, and writes
// the offset in that segment to `*offset` (NULL is allowed). If the whole list was sent, the index is `iovcnt` and the offset
// is 0. If `bytes` is 0, both are 0, whatever the list has. Segments that were sent whole, and empty ones after them, are
// skipped.
size_t sendv_seek(const struct iovec *iov, size_t iovcnt, size_t bytes, size_t *offset);

// Returns the version of the running library: major x 10000 + minor x 100 + patch. A program may have been built with the
// header of another version.
int sendv_version(void);

// The most stack, in bytes, that a function of the running library uses, with the libc functions that it calls. Add the
// stack of signal handlers, wrappers, `stopped` and the functions of a source. The Swift module adds up to 4 KiB.
size_t sendv_stack_bytes(void);

// Who decides how long a call may wait. Values of sendv_call.wait.
enum sendv_wait {
    SENDV_WAIT_AS_SOCKET, // the socket: not at all with O_NONBLOCK or MSG_DONTWAIT, else up to SO_SNDTIMEO. As sendv_all
    SENDV_WAIT_BLOCKING,  // as SENDV_WAIT_AS_SOCKET, with timeout_ns in the place of SO_SNDTIMEO; 0 never waits
    SENDV_WAIT_WITHIN,    // timeout_ns alone, whatever the socket's mode. As sendv_all_within
    SENDV_ONE_OFFER       // the caller waits: the call offers once, and never waits, whatever the socket's mode
};

// A list whose segments are not iovecs, for wrappers and for lists of a type of your own. The call asks for the list's iovecs
// when it needs them, at most 128 at a time, so a list of any length takes 2 KiB of stack for its iovecs and no heap. Set both
// functions below. The thread that sends calls both, during the call. They must not send on the socket, and must end by
// returning: not by an exception or longjmp. To send what is left, keep with the list the index of the first segment left and
// the offset of the first unsent byte in it. Let both functions begin there. sendv_seek works on iovecs only. If the two
// functions contradict each other, the call behaves as for a list that another thread changes (above).
struct sendv_source {
    const void *list;
    // Writes the iovecs of `count` segments, from segment `first` on, to `iov`. Called at most once for each segment, in
    // order.
    void (*map)(const void *list, size_t first, size_t count, struct iovec *iov);
    // Returns the number of bytes in `count` segments, from segment `first` on. They are the list's last segments, not mapped
    // yet. Returns SIZE_MAX if a size_t cannot hold the number; more than SSIZE_MAX is EINVAL. Called at most twice: at the
    // start of the call if MSG_OOB is set, and when the first batch does not hold the whole list.
    size_t (*count_bytes)(const void *list, size_t first, size_t count);
};

// One call with every option. sendv_all and sendv_all_within use it; it is also for wrappers in other languages. Zero the
// structure, then set `size` and what you need: a zeroed field stands for what sendv_all does.
//
// The structure grows at its end from version to version. `size` is its size in the header that the program was built with.
// If the program's structure is shorter, the missing fields are zero, their default. If it is longer, an older library
// ignores the fields it does not know: check sendv_version() before you rely on a field added after 0.1. The library reads
// and writes no byte beyond `size`.
//
// SENDV_ONE_OFFER is for a program that does its own waiting, for example in an event loop. The call sends by one system
// call: at most one batch and 1 MiB of a stream, or a whole message. What it returns says what to do next:
//
//   answer                 meaning
//   0, unfinished 0        the whole list was sent
//   0, unfinished 1        the socket took the whole offer, or sendfile took a part of it: offer the rest (`sent` bytes went)
//   EAGAIN or EINPROGRESS  the socket is full or connecting: wait for room, then offer the rest (`sent` may be more than 0)
//   another error          the error, with the count
//
// If a UDP socket's local port is still 0 after EAGAIN, no port is free. Then do not wait for room: there is room.
// With MSG_FASTOPEN, clear the flag after the first offer: the next call does not know that this one has connected.
//
// A wait in poll, epoll or nanosleep lasts at most 100 ms before `stopped` is asked again. On Linux, a call on a stream in
// blocking mode without a deadline waits inside send or sendfile, except with SENDV_WAIT_WITHIN. Before each sendfile that may
// wait, `stopped` is asked. Once a call waits inside send, it asks `stopped` again only if a send returns before it has taken
// all that it was offered, for example after a signal.
struct sendv_call {
    size_t size; // sizeof(struct sendv_call)
    int32_t fd;
    int32_t flags; // the platform's MSG_*
    const struct iovec *iov;
    size_t iovcnt;
    const struct sendv_source *source; // not NULL: its `iovcnt` segments are sent, and `iov` is not read
    const struct sockaddr *address;    // a datagram's receiver; with MSG_FASTOPEN, the server. NULL: the connected peer
    uint32_t address_length;
    uint32_t wait;      // of enum sendv_wait
    int64_t timeout_ns; // negative: for ever. Not read with SENDV_WAIT_AS_SOCKET and SENDV_ONE_OFFER
    int (*stopped)(const void *context); // asked before a wait: see above; not 0: ECANCELED. NULL: never asked
    const void *stopped_context;
    // Written on every outcome, except for a wrong size:
    size_t sent;         // bytes the kernel accepted
    size_t system_calls; // send, sendto, sendmsg, sendfile
    // Waits for room. A wait inside send counts only if the system call before it took less than it was offered. A wait
    // inside sendfile never counts.
    size_t waits;
    // System calls that took a byte or a message. The notifications of MSG_ZEROCOPY count the same calls, except for the call
    // of an empty message.
    size_t taken;
    uint32_t timed_out;  // 1: this call's own time-out ended it. 0 with ETIMEDOUT: the connection timed out, and is gone
    uint32_t unfinished; // with SENDV_ONE_OFFER, 1: bytes of the list are left, and may be offered at once
};

// Makes the call. Returns 0 or an errno value, as sendv_all does. Returns EINVAL for a `wait` that is not of enum sendv_wait,
// for an address with an address_length that is 0 or longer than struct sockaddr_storage, and for a `size` that ends before
// the end of `iovcnt`; after such a `size` nothing is written.
int sendv_perform(struct sendv_call *call);

// A part of a list that mixes memory with regions of files. A zeroed part is empty memory.
struct sendv_part {
    const void *base; // the memory's address; not used for a file
    size_t length;    // bytes
    int64_t offset;   // of a file's region, in bytes from the file's start
    int32_t file;     // the file's descriptor, if is_file. Its own offset is neither used nor changed
    uint32_t is_file;
};

// Makes a part of `length` bytes of a file from `offset` on, or of all bytes from there to the file's present end if `length`
// is negative. Sends nothing. A file of /proc reports no length, so give `length` for it. Returns 0, or:
//
//   EINVAL     the offset is negative, or offset plus length is more than INT64_MAX
//              `length` is negative, and the offset lies beyond the end or the file is a block device
//   ESPIPE     the file is a pipe, a socket, a terminal or another character device: a send that resumes could not read
//              its bytes again
//   EISDIR     the file is a directory
//   EBADF      the descriptor is not open
//   EOVERFLOW  the length is more than SIZE_MAX, which is 4 GiB - 1 on 32-bit systems
int sendv_file_part(int file, int64_t offset, int64_t length, struct sendv_part *part);

// Sends `count` parts in order, as one send: one count, one deadline, one set of rules, all as in sendv_perform. `iov`,
// `iovcnt` and `source` of the call are not read.
//
//   the region                                     is sent by
//   stream, longer than 32 KiB, see below          sendfile, at most 1 MiB a system call; the last 32 KiB may be read
//   up to 32 KiB, or sendfile is not used          pread into 64 KiB of heap, and one system call for each 64 KiB. The parts
//                                                  beside the region go in the same system calls
//   of a datagram or seqpacket message             pread into the message: 64 KiB of heap, or the regions' length if one is
//                                                  longer than 32 KiB or all together are longer than 64 KiB
//
// sendfile is used on Linux alone, and not with an address or MSG_FASTOPEN. It has no MSG_DONTWAIT. So it is used only if the
// socket is O_NONBLOCK, or if the call waits for ever and not by SENDV_WAIT_WITHIN. A call with a deadline on a socket in
// blocking mode reads its files, which takes more processor time. If parts follow on a TCP socket without TCP_NODELAY, the
// last 256 to 288 KiB of a region are read too, so that no small packet waits for an acknowledgement. SIGPIPE is blocked
// during sendfile for the calling thread alone, and a SIGPIPE that sendfile raised is removed. Before its first offer, a call
// that uses sendfile reads O_NONBLOCK. With SENDV_WAIT_AS_SOCKET, on a socket in blocking mode, it reads SO_SNDTIMEO too.
//
// The socket's buffer holds no copy of what sendfile took. If the file is changed before the peer has received those bytes,
// the peer gets the changed ones, although the call has returned. The buffer does hold a copy of a region that was read.
//
// If there is a region, the time begins before the first offer. Exception: with SO_SNDTIMEO, if every region has at most 32
// KiB and all have at most 64 KiB together, the time begins as for a list of memory. Reading a file may wait for its disk: at
// most 1 MiB at a time on a stream, all regions of a message. No deadline ends that wait.
//
// If a file cannot be read, or ends before its region does, the parts before it and the bytes that it had are sent. Then the
// call returns the error of the file, or SENDV_FILE_ENDED, and writes the index of that part to `*failed`. After every
// other outcome `*failed` is `count`. `failed` may be NULL. With SENDV_ONE_OFFER, a call that sent something leaves the error to
// a later call. If a file of a message cannot be read or ends early, nothing is sent. MSG_OOB and MSG_ZEROCOPY are EINVAL in a
// list with a region. `parts` NULL with `count` > 0 is EFAULT. `count` 0, or more than SSIZE_MAX / sizeof *parts, is EINVAL.
int sendv_perform_parts(struct sendv_call *call, const struct sendv_part *parts, size_t count, size_t *failed);

#ifdef ENODATA
#define SENDV_FILE_ENDED ENODATA
#else
#define SENDV_FILE_ENDED EIO
#endif

#ifdef __cplusplus
}
#endif

#endif
