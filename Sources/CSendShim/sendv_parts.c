// SPDX-License-Identifier: Apache-2.0
//
// Lists that mix memory with regions of files. A list is sent in steps, each of which is one of these:
//
//   a run         memory and files that are read, up to the next sendfile or until the buffer is full: sendv_perform sends the
//                 run as a list
//   a sendfile    of at most 1 MiB of a region; more of them follow until at most 32 KiB are left, which a run reads
//
//   parts    [memory][ 9 KiB file ][memory][          3 MiB file          ][memory]
//   steps    [            run             ][sendfile][sendfile][ sendfile ][  run  ]
//
// On TCP without TCP_NODELAY, if parts follow, the last sendfile is shorter and runs read the rest (SENDV_READ_TAIL, below).
//
// A list whose files are short, and have 64 KiB together at most, is one run. It costs the system calls of a list of memory and
// one pread a file.
//
// All steps share one deadline. Every run that does not hold the end of the list has MSG_MORE; sendfile has no such flag. A step
// begins only if the bytes before it were taken, so the count alone says where to resume.
#include "platform.h"

#include "csendshim.h"
#include "earlier_call.h"
#include "quiet_sendfile.h"
#include "wait.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#if PLATFORM_HAS_SENDFILE
#include <netinet/in.h>
#include <netinet/tcp.h>
#endif

// Regions up to this length are read: one system call with the parts beside them. Measured over TCP, with 200 bytes before the
// region and 100 after: reading takes 0.77 of the time that send, sendfile and send take for a region of 16 KiB, and 1.25 of it
// for 64 KiB.
#ifndef SENDV_READ_REGION
#define SENDV_READ_REGION ((size_t)32768)
#endif
// The size of the buffer on the heap that a run reads its files into. A message has a buffer for all its files instead.
#ifndef SENDV_READ_BUFFER
#define SENDV_READ_BUFFER ((size_t)65536)
#endif
// How many bytes at a region's end are read, not sent by sendfile, if Nagle's algorithm is on and parts follow. sendfile ends
// with a partial packet. The next partial packet then waits until the peer acknowledges the first, which may take 40 ms. If full
// packets come in between, the peer acknowledges at once.
#ifndef SENDV_READ_TAIL
#define SENDV_READ_TAIL ((size_t)262144)
#endif

// The state of one call. Invariant between steps: `count` is 0, or `done` < parts->length.
struct parts_state {
    struct sendv_call *call;
    const struct sendv_part *parts; // the current part
    size_t count;                   // parts from the current one on
    size_t done;                    // bytes of the current part that were sent
    struct waiting waiting;
    bool is_whole; // all parts go in one run: a message, or a stream whose files are short, each and together
    bool may_sendfile;
    bool waits_in_sendfile; // the socket is in blocking mode, so a sendfile may wait
    enum { NAGLE_UNKNOWN, NAGLE_OFF, NAGLE_ON } nagle;
    char *buffer; // for what is read, or NULL
    size_t buffer_size;
    bool file_failed; // the call ends because of the current part's file
};

// What one sendv_perform sends: `count` parts, without the first `done` bytes of the first part and the last `cut` bytes of the
// last part.
struct run {
    const struct sendv_part *parts;
    size_t count;
    size_t done;
    size_t cut;
    size_t bytes;
    const char *copies; // what was read of the files, one after the other; moves on as the parts are mapped
};

// How many bytes of part `index` belong to the run.
static size_t length_in_run(const struct run *run, size_t index)
{
    size_t length = run->parts[index].length;
    if (index == 0)
        length -= run->done;
    return index + 1 == run->count ? length - run->cut : length;
}

// sendv_perform maps each part once, in order. So each file's bytes begin in `copies` where those of the file before it end.
static void map_run(const void *list, size_t first, size_t count, struct iovec *iov)
{
    struct run *const run = (struct run *)(uintptr_t)list; // perform_run's run, which is not const
    for (size_t i = 0; i < count; i++) {
        const struct sendv_part *const part = &run->parts[first + i];
        const size_t length = length_in_run(run, first + i);
        // A number and not a pointer: C allows no addition to NULL. It also drops const, which is right: send only reads the
        // bytes.
        uintptr_t base = (uintptr_t)part->base + (first + i == 0 ? run->done : 0);
        if (part->is_file != 0) {
            base = (uintptr_t)run->copies;
            run->copies += length;
        }
        iov[i] = (struct iovec){.iov_base = (void *)base, .iov_len = length};
    }
}

static size_t count_run(const void *list, size_t first, size_t count)
{
    const struct run *const run = list;
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t length = length_in_run(run, first + i);
        if (length > SIZE_MAX - bytes)
            return SIZE_MAX;
        bytes += length;
    }
    return bytes;
}

static size_t left_of_part(const struct parts_state *state)
{
    return state->parts->length - state->done;
}

static void advance(struct parts_state *state, size_t bytes)
{
    while (state->count > 0 && bytes >= left_of_part(state)) {
        bytes -= left_of_part(state);
        state->parts++;
        state->count--;
        state->done = 0;
    }
    if (state->count > 0)
        state->done += bytes;
}

// Whether any part after part `index` has bytes. Indices count from the current part.
static bool is_followed(const struct parts_state *state, size_t index)
{
    for (size_t i = index + 1; i < state->count; i++)
        if (state->parts[i].length > 0)
            return true;
    return false;
}

// Whether this is a TCP socket with Nagle's algorithm: a partial packet then waits until the one before it is acknowledged. The
// socket is asked once a call.
static bool has_nagle(struct parts_state *state)
{
#if PLATFORM_HAS_SENDFILE
    int no_delay = 1;
    socklen_t length = sizeof no_delay;
    if (state->nagle == NAGLE_UNKNOWN) {
        const int result = getsockopt(state->call->fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
        state->nagle = result == 0 && no_delay == 0 ? NAGLE_ON : NAGLE_OFF;
    }
#endif
    return state->nagle == NAGLE_ON;
}

// Returns how many bytes of part `index`, from its byte `done` on, go by sendfile. 0: the part is memory, or its file is read.
static size_t by_sendfile(struct parts_state *state, size_t index, size_t done)
{
    const struct sendv_part *const part = &state->parts[index];
    const size_t left = part->length - done;
    if (part->is_file == 0 || !state->may_sendfile || left <= SENDV_READ_REGION)
        return 0;
    if (!is_followed(state, index) || !has_nagle(state))
        return left;
    return left > SENDV_READ_TAIL + SENDV_READ_REGION ? left - SENDV_READ_TAIL : 0;
}

// Reads `length` bytes of a file. Returns 0 or an errno value, and always writes how many bytes were read. An EAGAIN of the file
// becomes EIO, since EAGAIN says that the socket is full.
static int read_file(const struct sendv_part *part, size_t done, char *to, size_t length, size_t *bytes)
{
    *bytes = 0;
    while (*bytes < length) {
        const ssize_t count = pread(part->file, to + *bytes, length - *bytes, (off_t)(part->offset + (int64_t)(done + *bytes)));
        if (count == 0)
            return SENDV_FILE_ENDED;
        if (count < 0 && errno != EINTR)
            return errno == EAGAIN ? EIO : errno;
        if (count > 0)
            *bytes += (size_t)count;
    }
    return 0;
}

static int make_buffer(struct parts_state *state)
{
    if (state->buffer == NULL)
        state->buffer = malloc(state->buffer_size);
    return state->buffer == NULL ? ENOMEM : 0;
}

// Reads the next part, which is a file, from its byte `done` on, as far as the buffer has room, and adds it to the run. `used`
// are the bytes of the buffer that hold data. Returns 0 or an errno value. What was read before an error is added too.
static int add_file(struct parts_state *state, struct run *run, size_t done, size_t *used)
{
    const struct sendv_part *const part = &run->parts[run->count];
    const size_t left = part->length - done, room = state->buffer_size - *used;
    size_t bytes = 0;
    int error = make_buffer(state);
    if (error == 0)
        error = read_file(part, done, state->buffer + *used, left < room ? left : room, &bytes);
    if (bytes > 0) {
        *used += bytes;
        run->bytes += bytes;
        run->cut = left - bytes;
        run->count++;
    }
    return error;
}

// Makes the longest run that begins at the current part. If reading a file fails, the run ends before the first byte that could
// not be read. If that run has bytes and `is_whole` is false, this returns 0: the caller sends it, and the next run finds the
// error. If it has none, or `is_whole` is true, or malloc fails, this returns the error, and `state->parts` is the part that
// failed. The state's `count` and `done` are not moved with it: the caller ends the call or makes a new state.
static int make_run(struct parts_state *state, struct run *run)
{
    size_t used = 0;
    int error = 0;
    *run = (struct run){.parts = state->parts, .done = state->done};
    while (error == 0 && run->count < state->count && run->cut == 0) {
        const struct sendv_part *const part = &state->parts[run->count];
        const size_t done = run->count == 0 ? state->done : 0;
        const bool is_read = part->is_file != 0 && part->length > done;
        if (by_sendfile(state, run->count, done) > 0 || (is_read && used == state->buffer_size))
            break;
        if (is_read) {
            error = add_file(state, run, done, &used);
        } else {
            run->bytes += part->length - done;
            run->count++;
        }
    }
    run->copies = state->buffer;
    const bool no_memory = error == ENOMEM && state->buffer == NULL;
    if (error == 0 || (run->bytes > 0 && !state->is_whole && !no_memory))
        return 0;
    state->parts += run->cut > 0 ? run->count - 1 : run->count; // the failed part: the last of the run if some of it was read
    state->file_failed = !no_memory;
    return error;
}

// Sends a run by `call`. Sets `source` and `iovcnt` for that, and restores them. The caller has set the rest of the fields.
static int perform_run(struct sendv_call *call, struct run *run)
{
    const struct sendv_source source = {.list = run, .map = map_run, .count_bytes = count_run};
    const struct sendv_source *const callers_source = call->source;
    const size_t callers_iovcnt = call->iovcnt;
    call->source = &source;
    call->iovcnt = run->count;
    const int error = sendv_perform(call);
    call->source = callers_source;
    call->iovcnt = callers_iovcnt;
    return error;
}

// Sets how long the next step may wait: the rest of the call's time. If the call never waits, neither does the step.
static void set_wait(const struct parts_state *state, struct sendv_call *step)
{
    const struct waiting *const waiting = &state->waiting;
    switch (waiting->how) {
    case WAIT_UNTIL:
        step->wait = SENDV_WAIT_WITHIN;
        step->timeout_ns = sendv_wait_left(waiting);
        break;
    case WAIT_FOREVER:
        step->timeout_ns = -1;
        if (step->wait != SENDV_WAIT_WITHIN)
            step->wait = SENDV_WAIT_BLOCKING;
        break;
    default: // WAIT_NEVER
        if (waiting->when_full == ETIMEDOUT) { // the call's time-out is 0
            step->wait = SENDV_WAIT_WITHIN;
            step->timeout_ns = 0;
        } else if (step->wait != SENDV_ONE_OFFER) {
            step->flags |= MSG_DONTWAIT;
        }
    }
}

// Adds the step's counts to the call's.
static void count_step(struct sendv_call *call, const struct sendv_call *step)
{
    call->sent += step->sent;
    call->system_calls += step->system_calls;
    call->waits += step->waits;
    call->taken += step->taken;
    call->timed_out = step->timed_out;
    call->unfinished = step->unfinished;
}

static int send_run(struct parts_state *state)
{
    struct run run;
    const int unreadable = make_run(state, &run);
    if (unreadable != 0)
        return unreadable;
    struct sendv_call step = *state->call;
    if (run.cut > 0 || is_followed(state, run.count - 1))
        step.flags = (step.flags & ~MSG_EOR) | PLATFORM_MSG_MORE;
    if (state->call->system_calls > 0)
        step.flags &= ~PLATFORM_MSG_FASTOPEN;
    set_wait(state, &step);
    const int error = perform_run(&step, &run);
    count_step(state->call, &step);
    advance(state, step.sent);
    // A step that may not wait succeeds if anything fitted. If not all did, the socket is full.
    return error == 0 && step.sent < run.bytes && step.unfinished == 0 ? EAGAIN : error;
}

// Whether sendfile's error may be the file's, or says that sendfile does not work here. The file is then read instead. If the
// error was real, pread or send answers it.
static bool is_of_file(int error)
{
    static const int errors[] = {
        EINVAL,    ENOSYS, EOPNOTSUPP, EIO, EISDIR, EBADF, EACCES, EPERM, EOVERFLOW, ESPIPE, ENXIO, ENOMEM, ESTALE, EBADMSG,
#ifdef ENODATA
        ENODATA,
#endif
#ifdef EUCLEAN
        EUCLEAN,
#endif
#ifdef EREMOTEIO
        EREMOTEIO,
#endif
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i] == error)
            return true;
    return false;
}

static bool is_stopped(const struct sendv_call *call)
{
    return call->stopped != NULL && call->stopped(call->stopped_context) != 0;
}

// Waits after sendfile answered EAGAIN (full) or EINPROGRESS (still connecting). Returns 0 to offer again, or what the call is
// to end with.
static int await_region_room(struct parts_state *state, int offer_error)
{
    struct sendv_call *const call = state->call;
    if (state->waiting.how == WAIT_NEVER) {
        call->timed_out = state->waiting.when_full == ETIMEDOUT;
        return call->timed_out != 0 ? ETIMEDOUT : offer_error;
    }
    if (is_stopped(call))
        return ECANCELED;
    const int error = sendv_wait_for_room(&state->waiting, call->fd);
    call->waits += error == 0;
    call->timed_out = error == ETIMEDOUT;
    return error;
}

// Calls sendfile once for the current part, for at most `most` bytes, and waits if the socket is full or still connecting.
// Returns 0, or what the call is to end with.
static int offer_region(struct parts_state *state, size_t most)
{
    struct sendv_call *const call = state->call;
    const struct sendv_part *const part = state->parts;
    const size_t length = most < SENDV_OFFER_BYTES ? most : SENDV_OFFER_BYTES;
    if (state->waits_in_sendfile && is_stopped(call))
        return ECANCELED;
    const ssize_t taken = quiet_sendfile(call->fd, part->file, part->offset + (int64_t)state->done, length);
    const int error = errno;
    call->system_calls += taken >= 0 || error != ENOSYS; // ENOSYS: no sendfile, or SIGPIPE could not be blocked
    if (taken > 0) {
        call->sent += (size_t)taken;
        call->taken++;
        sendv_wait_progressed(&state->waiting);
        advance(state, (size_t)taken);
        return 0;
    }
    if (taken == 0) {
        state->file_failed = true;
        return SENDV_FILE_ENDED;
    }
    if (error == EAGAIN || error == EINPROGRESS)
        return await_region_room(state, error);
    if (is_of_file(error))
        state->may_sendfile = false;
    else if (error != EINTR)
        return error;
    return 0;
}

// Sends step after step. After a wait the call makes one more offer, as sendv_perform does, even if the deadline has passed. A
// run ends with an offer, so it is only a region's step that may end with a wait.
static int send_steps(struct parts_state *state)
{
    struct sendv_call *const call = state->call;
    do {
        const size_t waits = call->waits;
        const size_t region = by_sendfile(state, 0, state->done);
        const int error = region > 0 ? offer_region(state, region) : send_run(state);
        const bool has_waited = region > 0 && call->waits > waits;
        if (error != 0)
            return error;
        if (state->count > 0 && !has_waited && sendv_wait_is_over(&state->waiting)) {
            call->timed_out = 1;
            return ETIMEDOUT;
        }
        if (call->wait == SENDV_ONE_OFFER && call->taken > 0) {
            call->unfinished = state->count > 0;
            return 0;
        }
    } while (state->count > 0);
    return 0;
}

// Decides how the call waits, and whether it may use sendfile. With SENDV_WAIT_WITHIN and SENDV_WAIT_BLOCKING, the call's own
// time has begun by now. sendfile on a socket in blocking mode waits in the kernel without a deadline. So there only a call
// that waits for ever uses it, but not with SENDV_WAIT_WITHIN, which never waits inside a system call that sends.
static int begin_wait(struct parts_state *state)
{
    const struct sendv_call *const call = state->call;
    struct waiting *const waiting = &state->waiting;
    bool nonblocking = false;
    int error = sendv_ask_nonblocking(call->fd, &nonblocking);
    if (error != 0)
        return error;
    const bool never = (call->flags & MSG_DONTWAIT) != 0 || call->wait == SENDV_ONE_OFFER || nonblocking;
    if (never && call->wait != SENDV_WAIT_WITHIN)
        *waiting = (struct waiting){.how = WAIT_NEVER, .when_full = EAGAIN};
    else if (call->wait == SENDV_WAIT_AS_SOCKET)
        error = sendv_wait_as_socket(waiting, call->fd);
    state->waits_in_sendfile = !nonblocking;
#if PLATFORM_HAS_SENDFILE
    const bool may_wait_in_kernel = waiting->how == WAIT_FOREVER && call->wait != SENDV_WAIT_WITHIN;
    state->may_sendfile = !state->is_whole && (nonblocking || may_wait_in_kernel) && call->address == NULL &&
                          (call->flags & PLATFORM_MSG_FASTOPEN) == 0;
#endif
    return error;
}

// Writes how many bytes a message's files have, plus 1. Returns 0, or EMSGSIZE if the files, or one segment in memory, are
// longer than any message.
static int size_of_files(const struct parts_state *state, size_t *bytes)
{
    *bytes = 1; // in case no file has bytes: malloc(0) may return NULL, which make_buffer would take for ENOMEM
    for (size_t i = 0; i < state->count; i++) {
        const struct sendv_part *const part = &state->parts[i];
        if (part->length > INT32_MAX || (part->is_file != 0 && part->length > INT32_MAX - *bytes))
            return EMSGSIZE;
        *bytes += part->is_file != 0 ? part->length : 0;
    }
    return 0;
}

static int check_parts(const struct parts_state *state)
{
    const struct sendv_call *const call = state->call;
    size_t bytes = 0;
    for (size_t i = 0; i < state->count; i++) {
        const struct sendv_part *const part = &state->parts[i];
        if (part->length > (size_t)SSIZE_MAX - bytes)
            return EINVAL;
        bytes += part->length;
        if (part->is_file != 0 && (part->offset < 0 || part->length > (uint64_t)(INT64_MAX - part->offset)))
            return EINVAL;
    }
    const bool is_refused = call->wait > SENDV_ONE_OFFER || (call->flags & (MSG_OOB | PLATFORM_MSG_ZEROCOPY)) != 0;
    return is_refused ? EINVAL : 0;
}

static int begin_parts(struct parts_state *state)
{
    int type = SOCK_STREAM;
    int error = sendv_socket_option(state->call->fd, SO_TYPE, &type);
    state->is_whole = type != SOCK_STREAM;
    state->buffer_size = SENDV_READ_BUFFER;
    if (error == 0 && state->is_whole)
        error = size_of_files(state, &state->buffer_size);
    return error != 0 ? error : begin_wait(state);
}

static bool has_file(const struct sendv_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].is_file != 0)
            return true;
    return false;
}

// Whether every file of the list is short enough to be read, and all files together fit the buffer.
static bool has_short_files(const struct parts_state *state)
{
    size_t bytes = 0;
    for (size_t i = 0; i < state->count; i++) {
        if (state->parts[i].is_file == 0)
            continue;
        if (state->parts[i].length > SENDV_READ_REGION || state->parts[i].length > SENDV_READ_BUFFER - bytes)
            return false;
        bytes += state->parts[i].length;
    }
    return true;
}

// If all files are short, alone and together, reads them, sends the list as one run, and returns true. It returns true also if a
// file of a message cannot be read: its error ends the call. Otherwise it sends nothing and returns false. The caller then
// begins again, step by step.
static bool send_short_files(struct parts_state *state, int *error)
{
    struct sendv_call *const call = state->call;
    struct run run;
    state->buffer_size = SENDV_READ_BUFFER;
    if (!has_short_files(state))
        return false;
    state->is_whole = true;
    *error = make_run(state, &run);
    if (*error != 0) {
        int type = SOCK_STREAM;
        (void)sendv_socket_option(call->fd, SO_TYPE, &type);
        return type != SOCK_STREAM;
    }
    struct sendv_call whole = *call;
    if (state->waiting.how == WAIT_UNTIL)
        whole.timeout_ns = sendv_wait_left(&state->waiting);
    *error = perform_run(&whole, &run);
    count_step(call, &whole);
    return true;
}

// Makes the call for a structure of an earlier header, which is shorter.
static int perform_parts_shorter(struct sendv_call *call, const struct sendv_part *parts, size_t count, size_t *failed)
{
    struct sendv_call whole;
    if (!earlier_call_read(call, &whole))
        return EINVAL;
    const int error = sendv_perform_parts(&whole, parts, count, failed);
    earlier_call_write(call, &whole);
    return error;
}

int sendv_perform_parts(struct sendv_call *call, const struct sendv_part *parts, size_t count, size_t *failed)
{
    if (failed != NULL)
        *failed = count;
    if (call->size < sizeof *call)
        return perform_parts_shorter(call, parts, count, failed);
    call->sent = call->system_calls = call->waits = call->taken = 0;
    call->timed_out = call->unfinished = 0;
    if (parts == NULL && count > 0)
        return EFAULT;
    if (count > SSIZE_MAX / sizeof *parts) // most likely a negative count
        return EINVAL;
    if (!has_file(parts, count))
        return perform_run(call, &(struct run){.parts = parts, .count = count});
    struct parts_state state = {.call = call, .parts = parts, .count = count};
    int error = check_parts(&state);
    if (error == 0 && (call->wait == SENDV_WAIT_WITHIN || call->wait == SENDV_WAIT_BLOCKING))
        sendv_wait_from_now(&state.waiting, call->timeout_ns);
    if (error == 0 && !send_short_files(&state, &error)) {
        state =
            (struct parts_state){.call = call, .parts = parts, .count = count, .waiting = state.waiting, .buffer = state.buffer};
        error = begin_parts(&state);
        advance(&state, 0); // skips empty parts. Some part has bytes: send_short_files sends a list that has none
        if (error == 0)
            error = send_steps(&state);
    }
    sendv_wait_end(&state.waiting);
    free(state.buffer);
    if (state.file_failed && failed != NULL)
        *failed = (size_t)(state.parts - parts);
    if (error == EAGAIN && call->wait != SENDV_ONE_OFFER && call->sent > 0)
        error = 0;
    return error;
}

int sendv_file_part(int file, int64_t offset, int64_t length, struct sendv_part *part)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
        return S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
    if (offset < 0 || length > INT64_MAX - offset)
        return EINVAL;
    if (length < 0) {
        // fstat gives no length of a block device. lseek would move the file's own offset, and each system has its own ioctl.
        if (S_ISBLK(status.st_mode) || offset > (int64_t)status.st_size)
            return EINVAL;
        length = (int64_t)status.st_size - offset;
    }
    *part = (struct sendv_part){.length = (size_t)length, .offset = offset, .file = file, .is_file = 1};
    return part->length == (uint64_t)length ? 0 : EOVERFLOW; // size_t has 32 bits on some systems
}
