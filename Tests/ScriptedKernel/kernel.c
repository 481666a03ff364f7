// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { most_events = 1 << 15 };

static const int64_t ns_per_ms = 1000000, ns_per_s = 1000000000;

enum asked { ASKED_OFFER, ASKED_POLL, ASKED_READ, ASKED_MALLOC, ASKED_COPY, asked_kinds };

static struct {
    struct scripted_socket socket;
    struct script script;
    size_t next[asked_kinds]; // the script's answers before this one are not for such a call, or were given
    const char *memory, *memory_end;
    int64_t now;
    struct event events[most_events];
    size_t count;
    unsigned char *bytes;
    size_t bytes_count, bytes_room;
    size_t unfreed;
    bool watching, told_of_change, signal_raised;
    jmp_buf stuck;
} kernel;

static enum asked asked_of(enum answer_kind kind)
{
    if (kind <= TAKE_AND_SHRINK)
        return ASKED_OFFER;
    if (kind <= READ_NOT)
        return kind <= FAIL ? ASKED_POLL : ASKED_READ;
    return kind <= NO_MEMORY ? ASKED_MALLOC : ASKED_COPY;
}

static struct answer answer_afterwards(enum asked asked)
{
    if (asked == ASKED_MALLOC)
        return (struct answer){.kind = MEMORY};
    if (asked == ASKED_COPY)
        return (struct answer){.kind = COPY};
    if (asked == ASKED_READ)
        return (struct answer){.kind = READ, .bytes = SIZE_MAX};
    if (asked == ASKED_OFFER) {
        if (kernel.script.afterwards != TAKES_ALL && kernel.script.afterwards != TRICKLES)
            return (struct answer){.kind = REFUSE, .error = EAGAIN};
        return (struct answer){.kind = TAKE, .bytes = kernel.script.afterwards == TRICKLES ? 1 : SIZE_MAX};
    }
    if (kernel.script.afterwards == TAKES_NOTHING)
        return (struct answer){.kind = NOTHING};
    if (kernel.script.afterwards == INTERRUPTS)
        return (struct answer){.kind = SIGNAL, .ns = ns_per_ms};
    if (kernel.script.afterwards == FEIGNS_ERROR)
        return (struct answer){.kind = HANG_UP};
    if (kernel.script.afterwards == FAILS_TO_POLL)
        return (struct answer){.kind = FAIL, .error = EPERM};
    return (struct answer){.kind = ROOM, .ns = kernel.script.afterwards == TRICKLES ? ns_per_ms : 0};
}

static struct answer next_answer(enum asked asked)
{
    size_t *next = &kernel.next[asked];
    while (*next < kernel.script.count && asked_of(kernel.script.answers[*next].kind) != asked)
        ++*next;
    return *next < kernel.script.count ? kernel.script.answers[(*next)++] : answer_afterwards(asked);
}

void kernel_begin(const struct scripted_socket *socket, const struct script *script, const void *memory, const void *memory_end)
{
    kernel.socket = *socket;
    kernel.script = *script;
    memset(kernel.next, 0, sizeof kernel.next);
    kernel.memory = memory;
    kernel.memory_end = memory_end;
    kernel.now = script->start_ns;
    kernel.count = kernel.bytes_count = kernel.unfreed = 0;
    kernel.watching = kernel.told_of_change = kernel.signal_raised = false;
}

bool kernel_run(void (*body)(void *argument), void *argument)
{
    if (setjmp(kernel.stuck) != 0)
        return false;
    body(argument);
    return true;
}

struct log kernel_log(void)
{
    return (struct log){kernel.events,
                        kernel.count,
                        kernel.bytes,
                        kernel.now,
                        kernel.unfreed,
                        kernel.watching,
                        kernel.socket.signal_pends,
                        kernel.socket.signal_blocked,
                        kernel.signal_raised};
}

void kernel_pass(int64_t ns)
{
    kernel.now += ns;
}

static struct event *write_down(enum call call, int fd)
{
    if (kernel.count == most_events)
        longjmp(kernel.stuck, 1);
    struct event *event = &kernel.events[kernel.count++];
    *event = (struct event){.call = call, .fd = fd, .before = kernel.now, .after = kernel.now};
    event->nonblocking = kernel.socket.nonblocking;
    return event;
}

static void pass_time(struct event *event, int64_t ns)
{
    kernel.now += ns;
    event->after = kernel.now;
}

// The call's result, with errno as the system leaves it.
static ssize_t answered(const struct event *event)
{
    if (event->result < 0)
        errno = event->error;
    return event->result;
}

static void fail(struct event *event, int error)
{
    event->result = -1;
    event->error = error;
}

static void make_room(size_t length)
{
    if (length <= kernel.bytes_room - kernel.bytes_count)
        return;
    kernel.bytes_room = 2 * (kernel.bytes_count + length);
    kernel.bytes = realloc(kernel.bytes, kernel.bytes_room);
    if (kernel.bytes == NULL)
        abort();
}

static void keep_bytes(struct event *event, const struct iovec *pieces, size_t count)
{
    event->at = kernel.bytes_count;
    event->pieces = count;
    for (size_t i = 0; i < count; i++) {
        const char *from = pieces[i].iov_base;
        const size_t length = pieces[i].iov_len;
        event->empty_piece |= count > 1 && length == 0;
        if (event->unreadable > 0 || (from == NULL && length > 0)) {
            event->unreadable += length;
            continue;
        }
        event->copied |= length > 0 && (from < kernel.memory || from + length > kernel.memory_end);
        make_room(length);
        if (length > 0)
            memcpy(kernel.bytes + kernel.bytes_count, from, length);
        kernel.bytes_count += length;
    }
    event->bytes = kernel.bytes_count - event->at;
}

static void shrink_list(struct event *event)
{
    event->shrunk = true;
    for (size_t i = 0; i < kernel.script.list_count; i++)
        kernel.script.list[i].iov_len = 0;
}

static ssize_t answer_offer(struct event *event, const struct iovec *pieces, size_t count)
{
    keep_bytes(event, pieces, count);
    const struct answer answer = next_answer(ASKED_OFFER);
    pass_time(event, answer.ns);
    const bool taken = answer.kind == TAKE || answer.kind == TAKE_AND_SHRINK;
    const bool whole = answer.kind == TAKE_AND_SHRINK || answer.bytes >= event->bytes || kernel.socket.type != SOCK_STREAM;
    if (answer.kind == TAKE_AND_SHRINK)
        shrink_list(event);
    // What cannot be read ends a stream's offer before it, and a message's altogether.
    if (taken && event->unreadable > 0 && (event->bytes == 0 || kernel.socket.type != SOCK_STREAM))
        fail(event, EFAULT);
    else if (taken)
        event->result = (ssize_t)(whole ? event->bytes : answer.bytes);
    else
        fail(event, answer.kind == TURN_NONBLOCKING ? EAGAIN : answer.error);
    kernel.socket.nonblocking |= answer.kind == TURN_NONBLOCKING;
    event->nonblocking = kernel.socket.nonblocking;
    return answered(event);
}

ssize_t scripted_send(int fd, const void *bytes, size_t count, int flags)
{
    struct event *event = write_down(CALL_SEND, fd);
    event->flags = flags;
    return answer_offer(event, &(struct iovec){(void *)(uintptr_t)bytes, count}, 1);
}

ssize_t scripted_sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *address, socklen_t length)
{
    struct event *event = write_down(CALL_SENDTO, fd);
    event->flags = flags;
    event->address = address;
    event->address_length = length;
    return answer_offer(event, &(struct iovec){(void *)(uintptr_t)bytes, count}, 1);
}

ssize_t scripted_sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct event *event = write_down(CALL_SENDMSG, fd);
    event->flags = flags;
    event->address = message->msg_name;
    event->address_length = message->msg_namelen;
    return answer_offer(event, message->msg_iov, message->msg_iovlen);
}

// What poll answers while nothing but the socket's end is watched for: room is not seen.
static struct answer as_watched(struct answer answer, short events)
{
    if (answer.kind == ROOM && (events & POLLOUT) == 0)
        answer.kind = NOTHING;
    return answer;
}

// Lets the time of a wait pass: all of it without an answer, else what the answer takes.
static void pass_wait(struct event *event, struct answer answer)
{
    const int64_t most = event->timeout_ns;
    pass_time(event, answer.kind == NOTHING || answer.ns > most ? most : answer.ns);
}

int scripted_ppoll(struct pollfd *sockets, unsigned long count, const struct timespec *timeout, const void *signals)
{
    struct event *event = write_down(CALL_POLL, count == 1 && signals == NULL ? sockets->fd : -1);
    event->events = sockets->events;
    event->timeout_ns = timeout->tv_sec * ns_per_s + timeout->tv_nsec;
    const struct answer answer = as_watched(next_answer(ASKED_POLL), sockets->events);
    pass_wait(event, answer);
    sockets->revents = 0;
    if (answer.kind == ROOM)
        sockets->revents = POLLOUT;
    else if (answer.kind == HANG_UP)
        sockets->revents = POLLERR | POLLHUP;
    else if (answer.kind != NOTHING)
        fail(event, answer.kind == SIGNAL ? EINTR : answer.error);
    event->revents = sockets->revents;
    if (sockets->revents != 0)
        event->result = 1;
    return (int)answered(event);
}

int scripted_epoll_create1(int flags)
{
    struct event *event = write_down(CALL_WATCH, flags == EPOLL_CLOEXEC ? scripted_fd : -1);
    if ((kernel.socket.watch_error != 0 && kernel.socket.watch_error != ENOSPC) || kernel.watching)
        fail(event, kernel.watching ? EEXIST : kernel.socket.watch_error);
    else
        event->result = scripted_watch;
    kernel.watching |= event->result == scripted_watch;
    return (int)answered(event);
}

int scripted_epoll_ctl(int watch, int operation, int fd, struct epoll_event *changes)
{
    const bool right = watch == scripted_watch && operation == EPOLL_CTL_ADD && changes->events == (EPOLLOUT | EPOLLET);
    struct event *event = write_down(CALL_WATCH, right ? fd : -1);
    if (kernel.socket.watch_error == ENOSPC)
        fail(event, ENOSPC);
    return (int)answered(event);
}

int scripted_epoll_wait(int watch, struct epoll_event *changes, int count, int timeout_ms)
{
    struct event *event = write_down(CALL_CHANGE, watch == scripted_watch && count == 1 ? scripted_fd : -1);
    event->timeout_ns = timeout_ms * ns_per_ms;
    struct answer answer = next_answer(ASKED_POLL);
    // An edge is told once; a script can have more of them, each an answer of its own.
    const bool is_change = answer.kind == ROOM || answer.kind == HANG_UP;
    if (is_change && answer.ns == 0 && kernel.next[ASKED_POLL] == kernel.script.count && kernel.told_of_change)
        answer.kind = NOTHING;
    kernel.told_of_change |= is_change;
    pass_wait(event, answer);
    changes->events = EPOLLERR;
    if (answer.kind == SIGNAL || answer.kind == FAIL)
        fail(event, answer.kind == SIGNAL ? EINTR : answer.error);
    else
        event->result = answer.kind != NOTHING;
    return (int)answered(event);
}

int scripted_nanosleep(const struct timespec *time, struct timespec *left)
{
    struct event *event = write_down(CALL_SLEEP, left == NULL ? scripted_fd : -1);
    event->timeout_ns = time->tv_sec * ns_per_s + time->tv_nsec;
    const bool interrupted = kernel.script.afterwards == INTERRUPTS && event->timeout_ns > ns_per_ms;
    pass_time(event, interrupted ? ns_per_ms : event->timeout_ns);
    if (interrupted)
        fail(event, EINTR);
    return (int)answered(event);
}

int scripted_close(int fd)
{
    struct event *event = write_down(CALL_CLOSE, fd == scripted_watch && kernel.watching ? scripted_fd : -1);
    kernel.watching = false;
    return (int)answered(event);
}

int scripted_getsockname(int fd, struct sockaddr *name, socklen_t *length)
{
    struct event *event = write_down(CALL_NAME, fd);
    // Both families have the port at the same place.
    const struct sockaddr_in in = {.sin_family = kernel.socket.nonblocking ? AF_INET6 : AF_INET,
                                   .sin_port = kernel.socket.lacks_port ? 0 : 1};
    const sa_family_t family = kernel.socket.vsock ? AF_VSOCK : AF_UNIX;
    if (kernel.socket.option_error != 0)
        fail(event, kernel.socket.option_error);
    else if (!kernel.socket.vsock && (kernel.socket.lacks_port || kernel.socket.type == SOCK_STREAM))
        memcpy(name, &in, *length < sizeof in ? *length : sizeof in);
    else
        memcpy(name, &family, sizeof family);
    return (int)answered(event);
}

int scripted_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
    struct event *event = write_down(CALL_OPTION, fd);
    const bool is_delay = level == IPPROTO_TCP && name == TCP_NODELAY;
    event->option = level == SOL_SOCKET ? name : is_delay ? SO_TYPE : -1;
    if (kernel.socket.option_error != 0)
        fail(event, kernel.socket.option_error);
    else if (is_delay && kernel.socket.no_tcp)
        fail(event, EOPNOTSUPP);
    else if (!is_delay && name == SO_SNDBUF && kernel.socket.buffer < 0)
        fail(event, ENOPROTOOPT);
    if (event->result < 0)
        return (int)answered(event);
    const struct timeval timeout = {.tv_sec = kernel.socket.timeout_s, .tv_usec = kernel.socket.timeout_us};
    const int number = is_delay ? !kernel.socket.nagle : name == SO_TYPE ? kernel.socket.type : kernel.socket.buffer;
    const bool is_time = level == SOL_SOCKET && name == SO_SNDTIMEO;
    const size_t size = is_time ? sizeof timeout : sizeof number;
    if (*length < size)
        abort();
    memcpy(value, is_time ? (const void *)&timeout : (const void *)&number, size);
    *length = (socklen_t)size;
    return 0;
}

int scripted_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    (void)value, (void)length;
    write_down(CALL_SET_OPTION, fd)->option = level == SOL_SOCKET ? name : -1;
    return 0;
}

int scripted_fcntl(int fd, int command, ...)
{
    struct event *event = write_down(CALL_STATUS, fd);
    event->option = command;
    event->result = O_RDWR | (kernel.socket.nonblocking ? O_NONBLOCK : 0);
    if (kernel.socket.status_error != 0)
        fail(event, kernel.socket.status_error);
    return (int)answered(event);
}

int scripted_clock_gettime(int clock, struct timespec *now)
{
    write_down(CALL_CLOCK, scripted_fd)->option = clock;
    now->tv_sec = (time_t)(kernel.now / ns_per_s);
    now->tv_nsec = (long)(kernel.now % ns_per_s);
    return 0;
}

ssize_t scripted_process_vm_readv(pid_t process, const struct iovec *to, unsigned long to_count, const struct iovec *from,
                                  unsigned long from_count, unsigned long flags)
{
    struct event *event = write_down(CALL_COPY, scripted_fd);
    const struct answer answer = next_answer(ASKED_COPY);
    if (answer.kind == COPY_NOT || process != getpid() || to_count != 1 || flags != 0) {
        fail(event, answer.kind == COPY_NOT ? answer.error : EINVAL);
        return answered(event);
    }
    char *at = to->iov_base;
    for (unsigned long i = 0; i < from_count && (from[i].iov_base != NULL || from[i].iov_len == 0); i++) {
        const size_t room = to->iov_len - event->bytes, length = from[i].iov_len < room ? from[i].iov_len : room;
        if (length > 0)
            memcpy(at + event->bytes, from[i].iov_base, length);
        event->bytes += length;
    }
    if (answer.kind == COPY_AND_SHRINK)
        shrink_list(event);
    event->unreadable = to->iov_len - event->bytes;
    event->result = (ssize_t)event->bytes;
    if (event->bytes == 0 && event->unreadable > 0)
        fail(event, EFAULT);
    return answered(event);
}

// How many of `count` bytes from `offset` on the file has.
static size_t bytes_of_file(int64_t offset, size_t count)
{
    const int64_t left = offset < kernel.socket.file_size ? kernel.socket.file_size - offset : 0;
    return count < (size_t)left ? count : (size_t)left;
}

// An offer of bytes that do not pass through the caller's memory. The file's own offset is not to be used.
ssize_t scripted_sendfile(int fd, int file, off_t *offset, size_t count)
{
    struct event *event = write_down(CALL_SENDFILE, file == scripted_file && offset != NULL ? fd : -1);
    event->bytes = bytes_of_file(*offset, count);
    event->at = kernel.bytes_count;
    make_room(event->bytes);
    for (size_t i = 0; i < event->bytes; i++)
        kernel.bytes[kernel.bytes_count++] = scripted_file_byte(*offset + (int64_t)i);
    const struct answer answer = next_answer(ASKED_OFFER);
    pass_time(event, answer.ns);
    if (answer.kind == TAKE || answer.kind == TAKE_AND_SHRINK)
        event->result = (ssize_t)(answer.bytes < event->bytes ? answer.bytes : event->bytes);
    else
        fail(event, answer.kind == TURN_NONBLOCKING ? EAGAIN : answer.error);
    if (event->error == EPIPE) {
        kernel.signal_raised |= !kernel.socket.signal_blocked;
        kernel.socket.signal_pends = true;
    }
    return answered(event);
}

ssize_t scripted_pread(int fd, void *to, size_t count, off_t offset)
{
    struct event *event = write_down(CALL_READ, fd == scripted_file ? scripted_fd : -1);
    const struct answer answer = next_answer(ASKED_READ);
    const size_t there = bytes_of_file(offset, count);
    pass_time(event, answer.ns);
    event->bytes = count;
    if (answer.kind == READ_NOT)
        fail(event, answer.error);
    else
        event->result = (ssize_t)(answer.bytes < there ? answer.bytes : there);
    for (ssize_t i = 0; i < event->result; i++)
        ((unsigned char *)to)[i] = scripted_file_byte(offset + i);
    return answered(event);
}

int scripted_fstat(int fd, struct stat *status)
{
    struct event *event = write_down(CALL_FILE, fd);
    *status = (struct stat){.st_size = kernel.socket.file_size, .st_mode = kernel.socket.file_mode};
    if (fd != scripted_file)
        fail(event, EBADF);
    return (int)answered(event);
}

// SIGPIPE is the only signal that may be named.
static bool is_alone(const sigset_t *set)
{
    sigset_t other = *set;
    sigdelset(&other, SIGPIPE);
    return sigisemptyset(&other) != 0 && sigismember(set, SIGPIPE) == 1;
}

static void write_signal(sigset_t *set, bool is_there)
{
    sigemptyset(set);
    if (is_there)
        sigaddset(set, SIGPIPE);
}

int scripted_pthread_sigmask(int how, const void *set, void *before)
{
    struct event *event = write_down(CALL_SIGNAL, how == SIG_SETMASK || is_alone(set) ? scripted_fd : -1);
    event->option = how;
    if (kernel.socket.mask_error)
        return EPERM;
    if (before != NULL)
        write_signal(before, kernel.socket.signal_blocked);
    kernel.socket.signal_blocked = sigismember(set, SIGPIPE) == 1;
    kernel.signal_raised |= kernel.socket.signal_pends && !kernel.socket.signal_blocked;
    return 0;
}

int scripted_sigpending(void *set)
{
    write_down(CALL_SIGNAL, scripted_fd);
    write_signal(set, kernel.socket.signal_pends);
    return 0;
}

int scripted_sigtimedwait(const void *set, void *information, const struct timespec *timeout)
{
    const bool at_once = timeout != NULL && timeout->tv_sec == 0 && timeout->tv_nsec == 0;
    struct event *event = write_down(CALL_SIGNAL, is_alone(set) && information == NULL && at_once ? scripted_fd : -1);
    event->result = SIGPIPE;
    if (!kernel.socket.signal_pends)
        fail(event, EAGAIN);
    kernel.socket.signal_pends = false;
    return (int)answered(event);
}

void *scripted_malloc(size_t bytes)
{
    struct event *event = write_down(CALL_MALLOC, scripted_fd);
    event->bytes = bytes;
    if (next_answer(ASKED_MALLOC).kind == NO_MEMORY) {
        fail(event, ENOMEM);
        return NULL;
    }
    kernel.unfreed++;
    return malloc(bytes);
}

void scripted_free(void *memory)
{
    if (memory != NULL)
        kernel.unfreed--;
    free(memory);
}
