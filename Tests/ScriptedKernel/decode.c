// SPDX-License-Identifier: Apache-2.0
#include "../../Sources/CSendShim/gather.h" // for its limits alone

#include "decode.h"

#include <errno.h>
#include <limits.h>

enum { most_answers = 256, is_tiny = PLATFORM_CALL_BYTES < 1000 };

// A stream of the tiny form takes 7 bytes a call, and there is an end to how many calls are written down.
enum { most_stream_bytes = is_tiny ? 2000 : 150000, most_message_bytes = 300000, most_trickle_bytes = 500 };

struct input {
    const unsigned char *next, *end;
};

static unsigned take(struct input *input)
{
    return input->next < input->end ? *input->next++ : 0;
}

#define PICK(array, number) ((array)[(number) % (sizeof(array) / sizeof *(array))])

static int flags_of(unsigned byte)
{
    static const int flags[] = {MSG_DONTWAIT, MSG_OOB, MSG_EOR, MSG_MORE, MSG_ZEROCOPY, MSG_DONTROUTE, MSG_NOSIGNAL, MSG_CONFIRM};
    int all = 0;
    for (unsigned i = 0; i < 8; i++)
        all |= (byte >> i & 1) != 0 ? flags[i] : 0;
    return all;
}

// Mostly whole; an error now and then.
static struct scripted_socket socket_of(unsigned kind, unsigned time, unsigned errors)
{
    static const int types[] = {SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    static const int64_t seconds[] = {0, 0, 0, 1, 0, INT64_MAX / 1000000000 - 1, INT64_MAX / 1000000000, INT64_MAX};
    static const int64_t microseconds[] = {0, 2500, 1, 0, 300000, 999999, 0, 999999};
    static const int buffers[] = {4096, 65536, 1 << 20, 0, -1};
    return (struct scripted_socket){
        .type = PICK(types, kind),
        .nonblocking = (kind >> 2 & 3) == 3,
        .timeout_s = PICK(seconds, time),
        .timeout_us = PICK(microseconds, time),
        .buffer = PICK(buffers, kind >> 4),
        .option_error = errors % 16 == 1 ? ENOTSOCK : 0,
        .status_error = errors % 16 >= 14 ? EBADF : 0,
        .watch_error = errors % 16 == 2   ? EMFILE
                       : errors % 16 == 5 ? ENOSPC
                                          : 0,
        .lacks_port = errors % 16 == 3,
        .vsock = PICK(types, kind) == SOCK_SEQPACKET && errors % 16 >= 10 && errors % 16 <= 12,
    };
}

static int64_t timeout_of(unsigned byte)
{
    static const int64_t times[] = {-1,      0,        1,         999999,    1000000,   1000001,
                                    2500000, 99999999, 100000001, 350000000, INT64_MAX, INT64_MIN};
    return PICK(times, byte);
}

static enum entry entry_of(unsigned byte)
{
    const unsigned choice = byte >> 3;
    if (choice < 12)
        return (enum entry)(choice & 3);
    return choice < 16 || choice >= 24 ? BY_SOURCE : BY_PERFORM;
}

// The borders of what is copied, and of the rooms for it.
static size_t length_of(unsigned byte)
{
    // clang-format off
    static const size_t lengths[] = {
        0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65, 127, 129, 700,
        SENDV_COPY_SEGMENT_MANY - 1, SENDV_COPY_SEGMENT_MANY, SENDV_COPY_SEGMENT_MANY + 1, SENDV_COPY_SEGMENT - 1,
        SENDV_COPY_SEGMENT, SENDV_COPY_SEGMENT + 1, SENDV_COPY_STACK - 1, SENDV_COPY_STACK + 1, SENDV_COPY_HEAP, 65537,
    };
    // clang-format on
    return PICK(lengths, byte);
}

static size_t times_of(unsigned byte)
{
    static const size_t times[] = {1, 1, 2, 3, 9, 63, 130, 1021};
    return PICK(times, byte);
}

static void append_run(struct list *list, unsigned byte, size_t most_bytes)
{
    for (size_t times = times_of(byte / 28); times > 0 && list->count < list_most_segments; times--) {
        const size_t length = length_of(byte % 28), room = most_bytes - list->bytes;
        list_append(list, length < room ? length : room);
    }
}

// To an offer, poll or malloc, whichever it is for.
static struct answer answer_of(unsigned kind, unsigned amount)
{
    // clang-format off
    static const enum answer_kind kinds[] = {TAKE, TAKE, TAKE, TAKE, REFUSE, REFUSE, REFUSE, ROOM,
                                             ROOM, NOTHING, SIGNAL, HANG_UP, FAIL, NO_MEMORY, MEMORY, TURN_NONBLOCKING,
                                             TAKE, TAKE, REFUSE, REFUSE, REFUSE, ROOM, NOTHING, SIGNAL,
                                             COPY_NOT, COPY_AND_SHRINK, TAKE_AND_SHRINK, COPY, TAKE, TAKE, TAKE, ROOM};
    // clang-format on
    static const int errors[] = {EAGAIN, EAGAIN,  EAGAIN, EAGAIN,     EAGAIN,   EINTR, EINTR,       EINTR,
                                 EPIPE,  ENOBUFS, ENOMEM, ECONNRESET, EMSGSIZE, EPERM, EINPROGRESS, ENOSYS};
    static const int64_t times[] = {0, 0, 0, 1, 1000000, 2000000, 99999999, 200000000};
    const enum answer_kind kind_of_answer = PICK(kinds, kind);
    const size_t bytes = amount < 128 ? amount : amount == 255 ? SIZE_MAX : (amount - 127) * 521;
    return (struct answer){.kind = kind_of_answer, .error = PICK(errors, amount), .bytes = bytes, .ns = PICK(times, kind >> 5)};
}

// After the script the call has to come to an end.
static enum afterwards afterwards_of(const struct trial *trial, unsigned byte)
{
    static const enum afterwards all[] = {TAKES_ALL, TRICKLES, TAKES_NOTHING, FEIGNS_ROOM};
    static const enum afterwards feigns[] = {FEIGNS_ROOM, FEIGNS_ERROR, FAILS_TO_POLL, INTERRUPTS};
    const enum afterwards wanted = byte % 4 == 3 ? PICK(feigns, byte >> 2) : PICK(all, byte);
    const bool ends = trial->wait == SENDV_WAIT_WITHIN && trial->timeout_ns >= 0 && trial->timeout_ns < 1000000000;
    if (wanted == TRICKLES)
        return trial->list->bytes <= most_trickle_bytes ? TRICKLES : TAKES_ALL;
    return ends ? wanted : TAKES_ALL;
}

struct trial decode_trial(const unsigned char *bytes, size_t count)
{
    static struct list list;
    static struct answer answers[most_answers];
    static const struct sockaddr address;
    struct input input = {bytes, bytes + count};
    const unsigned call = take(&input), kind = take(&input), flags = take(&input), flags_mask = take(&input);
    const unsigned time = take(&input), timeout = take(&input), afterwards = take(&input), odd = take(&input);
    struct trial trial = {
        .list = &list,
        .entry = entry_of(call),
        .no_list = odd == 77 && entry_of(call) != BY_SOURCE,
        .too_many = odd == 76,
        .source_ns = odd % 16 == 4 ? 700000 : 0,
        .stop_at = odd % 16 == 6 ? 1 + (odd >> 4) % 4 : 0,
        .flags = flags_of(flags & flags_mask),
        .wait = odd % 16 == 9 ? SENDV_ONE_OFFER : (enum sendv_wait)(call % 3),
        .timeout_ns = timeout_of(timeout),
        .socket = socket_of(kind, time, odd),
        .script.start_ns = (afterwards >> 4) * 999999937,
    };
    if (trial.entry == BY_ALL_WITHIN)
        trial.wait = SENDV_WAIT_WITHIN;
    else if (!trial_tells_all(&trial))
        trial.wait = SENDV_WAIT_AS_SOCKET;
    if (trial_tells_all(&trial) && trial.socket.type == SOCK_DGRAM && call >> 7 != 0) {
        trial.address = &address;
        trial.address_length = call % 16 == 0 ? 0 : call % 16 == 1 ? sizeof(struct sockaddr_storage) + 1 : call % 16;
    }
    list_clear(&list);
    const size_t most = trial.socket.type == SOCK_STREAM ? most_stream_bytes : most_message_bytes;
    while (input.next < input.end && list.count < list_most_segments) {
        const unsigned run = take(&input);
        if (run == decode_end_of_list)
            break;
        append_run(&list, run, most);
        if (run == 0 && odd % 32 == 5 && list.count < list_most_segments && list.bytes + odd < most)
            list_append_null(&list, odd);
    }
    if (odd % 32 == 13 && list.count < list_most_segments)
        list_append(&list, LIST_TOO_LONG);
    size_t answer = 0;
    while (input.next < input.end && answer < most_answers) {
        const unsigned kind_of_answer = take(&input);
        answers[answer++] = answer_of(kind_of_answer, take(&input));
    }
    trial.script.list = list.segments;
    trial.script.list_count = list.count;
    trial.script.answers = answers;
    trial.script.count = answer;
    trial.script.afterwards = afterwards_of(&trial, afterwards);
    return trial;
}
