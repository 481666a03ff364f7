// SPDX-License-Identifier: Apache-2.0
//
// A kernel that answers by a script and writes down what it was asked: one socket, one thread, and a clock that moves only when
// the script says so or poll waits.
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

// The socket's descriptor, the one that epoll_create1 gives, and the file's: any other number is a mistake.
enum { scripted_fd = 77, scripted_watch = 78, scripted_file = 79 };

struct scripted_socket {
    int type; // SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
    bool nonblocking;
    int64_t timeout_s, timeout_us; // SO_SNDTIMEO
    int buffer;                    // SO_SNDBUF, which cannot be read where it is negative
    int option_error;              // what getsockopt and getsockname fail with, or 0
    int status_error;              // what fcntl fails with, or 0
    int watch_error;               // what epoll_create1 fails with, or 0; epoll_ctl, where it is ENOSPC
    bool lacks_port;               // an Internet socket that has no local port
    bool vsock;                    // a socket of AF_VSOCK, whatever lacks_port says
    bool nagle;                    // TCP_NODELAY reads as 0
    bool no_tcp;                   // TCP_NODELAY cannot be read
    int64_t file_size;             // bytes of the one file; scripted_file_byte says which
    unsigned file_mode;            // S_IFREG, or what else fstat tells
    bool signal_pends, signal_blocked; // SIGPIPE of the calling thread, before the call
    bool mask_error;               // pthread_sigmask fails
};

// Each answer is for one kind of call: the next such call takes it, whatever answers to others stand before it.
enum answer_kind {
    // Send, sendto, sendmsg, sendfile. A message is taken whole or not at all.
    TAKE,               // `bytes` bytes of what is offered, or all of them where that is less
    REFUSE,             // `error`
    TURN_NONBLOCKING,   // EAGAIN, since the socket's mode was changed
    TAKE_AND_SHRINK,    // all, and then the caller's list is made one of empty segments, by another thread
    // Ppoll and epoll_wait, to which room and a hang-up are a change.
    ROOM,               // room
    NOTHING,            // nothing, until the time-out
    SIGNAL,             // EINTR
    HANG_UP,            // POLLERR and POLLHUP
    FAIL,               // `error`
    // Pread.
    READ,               // `bytes` bytes, or what is asked for or there where that is less
    READ_NOT,           // `error`
    // Malloc.
    MEMORY,
    NO_MEMORY,
    // Process_vm_readv.
    COPY,          // all that can be read
    COPY_NOT,      // `error`
    COPY_AND_SHRINK // the same as COPY; then the caller's list is made one of empty segments, by another thread
};

struct answer {
    enum answer_kind kind;
    int error;
    size_t bytes;
    int64_t ns; // passes before the answer; of poll's at most what is waited for
};

// What the kernel does once the script has no answer left for a call.
enum afterwards {
    TAKES_ALL,     // takes everything
    TAKES_NOTHING, // EAGAIN, and nothing in poll until its time-out
    FEIGNS_ROOM,   // EAGAIN, while ppoll says at once that there is room
    FEIGNS_ERROR,  // EAGAIN, while ppoll answers POLLERR at once; epoll_wait tells of it once
    FAILS_TO_POLL, // EAGAIN, while ppoll fails with EPERM
    INTERRUPTS,    // EAGAIN, while a signal comes a millisecond after each wait began
    TRICKLES       // a byte every millisecond
};

struct script {
    const struct answer *answers;
    size_t count;
    enum afterwards afterwards;
    int64_t start_ns; // of the clock
    struct iovec *list; // what is made shorter
    size_t list_count;
};

enum call {
    CALL_SEND,
    CALL_SENDTO,
    CALL_SENDMSG,
    CALL_SENDFILE,
    CALL_POLL,
    CALL_CHANGE,
    CALL_READ,
    CALL_MALLOC,
    CALL_COPY,
    CALL_CLOCK,
    CALL_STATUS,
    CALL_OPTION,
    CALL_SET_OPTION,
    CALL_SLEEP,
    CALL_WATCH,
    CALL_CLOSE,
    CALL_NAME,
    CALL_FILE,
    CALL_SIGNAL
};

// One call and its answer.
struct event {
    enum call call;
    int fd;
    ssize_t result;       // -1: failed with `error`
    int error;
    int64_t before, after; // the clock
    bool nonblocking;      // the socket's mode as the call returned
    int flags;             // of an offer
    size_t at, bytes;      // of an offer: its bytes are log.bytes[at...]; of malloc and copies: how many
    size_t unreadable;     // of an offer and a copy: bytes behind these, from a NULL on
    bool shrunk;           // the caller's list was made shorter then
    size_t pieces;         // of an offer: iovecs
    bool empty_piece;      // one of several iovecs was empty
    bool copied;           // a piece lies outside the caller's memory
    const void *address;   // of an offer
    socklen_t address_length;
    short events, revents; // of poll
    int64_t timeout_ns;    // of ppoll, epoll_wait and nanosleep
    int option;            // of getsockopt, setsockopt; the command of fcntl
};

// What was called since kernel_begin.
struct log {
    const struct event *events;
    size_t count;
    const unsigned char *bytes; // all that was offered
    int64_t now;
    size_t unfreed; // pieces of memory
    bool watching;  // the descriptor of epoll_create1 was not closed
    bool signal_pends, signal_blocked; // as before the call, unless something is wrong
    bool signal_raised; // SIGPIPE came while it was not blocked
};

// The file's byte at an offset.
static inline unsigned char scripted_file_byte(int64_t offset)
{
    return (unsigned char)(offset * 37 + 11);
}

// Sets the kernel up. The memory from `memory` to `memory_end` is the caller's own; the rest is copies.
void kernel_begin(const struct scripted_socket *socket, const struct script *script, const void *memory, const void *memory_end);

// Runs `body`, and returns false if it did not come to an end within as many calls as are written down.
bool kernel_run(void (*body)(void *argument), void *argument);

struct log kernel_log(void);

// Lets time pass outside of the kernel.
void kernel_pass(int64_t ns);

// What the core's calls are renamed to.
ssize_t scripted_send(int fd, const void *bytes, size_t count, int flags);
ssize_t scripted_sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *address, socklen_t length);
ssize_t scripted_sendmsg(int fd, const struct msghdr *message, int flags);
struct pollfd;
struct timespec;
int scripted_ppoll(struct pollfd *sockets, unsigned long count, const struct timespec *timeout, const void *signals);
int scripted_epoll_create1(int flags);
struct epoll_event;
int scripted_epoll_ctl(int watch, int operation, int fd, struct epoll_event *changes);
int scripted_epoll_wait(int watch, struct epoll_event *changes, int count, int timeout_ms);
int scripted_nanosleep(const struct timespec *time, struct timespec *left);
int scripted_close(int fd);
int scripted_getsockname(int fd, struct sockaddr *name, socklen_t *length);
int scripted_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int scripted_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int scripted_fcntl(int fd, int command, ...);
int scripted_clock_gettime(int clock, struct timespec *now);
ssize_t scripted_process_vm_readv(pid_t process, const struct iovec *to, unsigned long to_count, const struct iovec *from,
                                  unsigned long from_count, unsigned long flags);
struct stat;
int scripted_fstat(int fd, struct stat *status);
ssize_t scripted_sendfile(int fd, int file, off_t *offset, size_t count);
ssize_t scripted_pread(int fd, void *to, size_t count, off_t offset);
int scripted_pthread_sigmask(int how, const void *set, void *before); // of sigset_t, as the next two
int scripted_sigpending(void *set);
int scripted_sigtimedwait(const void *set, void *information, const struct timespec *timeout);
void *scripted_malloc(size_t bytes);
void scripted_free(void *memory);

#endif
