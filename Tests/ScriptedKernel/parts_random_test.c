// SPDX-License-Identifier: Apache-2.0
//
// Random lists of memory and regions of files: lengths around every border, files that end too early, long scripts, every
// form of call. A case that fails is shortened for as long as it still fails, then printed.
//
//   parts_random_test [COUNT]   so many trials; CHECK_SEED=N repeats a run
#define _GNU_SOURCE
#include "../../Sources/CSendShim/gather.h" // for its limits alone
#include "../CSendShimTests/check.h"
#include "../CSendShimTests/clock.h"
#include "parts_trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { most_answers = 100, is_tiny = PLATFORM_CALL_BYTES < 1000 };

struct input {
    struct trial trial;
    struct answer answers[most_answers];
    struct script script;
};

static uint64_t state;

static unsigned below(unsigned limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % limit;
}

#define PICK(array) ((array)[below((unsigned)COUNT_OF(array))])

// In the tiny form, the core's limits are 2 to 7 bytes; in the real one, 1 KiB, 32 KiB, 64 KiB, 256 KiB and 1 MiB. Few lists
// have regions above 64 KiB, because judging them is slow.
static size_t random_length(bool is_file, bool has_long)
{
    static const size_t borders[] = {1024, 32768, 65536, 262144, 262144 + 32768, 1 << 20};
    if (is_tiny || below(3) > 0)
        return below(is_tiny && below(8) == 0 ? 60 : 12);
    const size_t border = borders[below(!is_file ? 2 : has_long ? (unsigned)COUNT_OF(borders) : 3)];
    return border - 2 + below(5);
}

static struct sendv_part random_part(bool has_long)
{
    if (below(2) == 0) {
        const size_t length = random_length(false, has_long);
        return (struct sendv_part){.base = parts_memory() + below((unsigned)(parts_memory_bytes - length)), .length = length};
    }
    return (struct sendv_part){
        .offset = (int64_t)below(1000), .length = random_length(true, has_long), .file = scripted_file, .is_file = 1};
}

// What a call answers, whichever it is. Errors that end the call are rare, since they would leave little of a long script.
static struct answer random_answer(void)
{
    static const enum answer_kind kinds[] = {TAKE,   TAKE,    TAKE, TAKE, REFUSE,   REFUSE,  ROOM,   ROOM,
                                             SIGNAL, NOTHING, READ, READ, READ_NOT, HANG_UP, MEMORY, FAIL};
    static const int socket_errors[] = {EAGAIN, EAGAIN, EINPROGRESS, EINTR}, file_errors[] = {EINTR};
    static const int last_errors[] = {EPIPE, EINVAL, ECONNRESET, ENOMEM, EIO, EAGAIN};
    static const size_t amounts[] = {1, 2, 3, 7, 1000, 32768, 65537, 300000, SIZE_MAX, SIZE_MAX};
    static const int64_t times[] = {0, 0, 0, 1000, 2000000};
    struct answer answer = {.kind = PICK(kinds), .bytes = PICK(amounts), .ns = PICK(times)};
    if (answer.kind == MEMORY && below(4) == 0)
        answer.kind = NO_MEMORY;
    if (answer.kind == FAIL)
        answer.error = EPERM;
    else if (answer.kind == REFUSE || answer.kind == READ_NOT)
        answer.error = below(8) == 0 ? PICK(last_errors) : answer.kind == REFUSE ? PICK(socket_errors) : PICK(file_errors);
    return answer;
}

static void random_input(struct input *input)
{
    static const int types[] = {SOCK_STREAM, SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM};
    struct trial *const trial = &input->trial;
    *trial = (struct trial){.form = &forms[below(parts_forms)]};
    trial->socket = (struct scripted_socket){.type = PICK(types),
                                             .nonblocking = trial->form->nonblocking,
                                             .timeout_us = trial->form->timeout_us,
                                             .buffer = 4096,
                                             .nagle = below(2) == 0,
                                             .no_tcp = below(8) == 0,
                                             .signal_blocked = below(8) == 0,
                                             .mask_error = below(32) == 0,
                                             .file_mode = S_IFREG};
    trial->socket.signal_pends = trial->socket.signal_blocked && below(2) == 0;
    trial->asks = below(4) == 0;
    trial->stops = trial->asks && below(2) == 0;
    const bool has_long = below(32) == 0;
    trial->count = 1 + below(has_long ? 4 : parts_most);
    for (size_t i = 0; i < trial->count; i++)
        trial->parts[i] = random_part(has_long);
    if (!parts_has_file(trial))
        trial->parts[below((unsigned)trial->count)] = (struct sendv_part){.length = 5, .file = scripted_file, .is_file = 1};
    trial->socket.file_size = below(4) == 0 ? (int64_t)below(is_tiny ? 1020 : 70000) : 4 << 20;
    input->script = (struct script){.answers = input->answers, .count = below(below(4) == 0 ? most_answers : 12)};
    for (size_t i = 0; i < input->script.count; i++)
        input->answers[i] = random_answer();
}

static bool is_wrong(struct input *input)
{
    return parts_has_file(&input->trial) && parts_run(&input->trial, &input->script) != NULL;
}

// Removes each answer and each part of the list without which the case still fails.
static void shrink(struct input *input)
{
    for (bool shorter = true; shorter;) {
        shorter = false;
        for (size_t at = input->script.count; at-- > 0;) {
            struct input less = *input;
            less.script.count--;
            memmove(&less.answers[at], &less.answers[at + 1], (less.script.count - at) * sizeof *less.answers);
            less.script.answers = less.answers;
            if (is_wrong(&less)) {
                *input = less;
                shorter = true;
            }
            input->script.answers = input->answers;
        }
        for (size_t at = input->trial.count; at-- > 0;) {
            struct input less = *input;
            less.trial.count--;
            memmove(&less.trial.parts[at], &less.trial.parts[at + 1], (less.trial.count - at) * sizeof *less.trial.parts);
            less.script.answers = less.answers;
            if (is_wrong(&less)) {
                *input = less;
                shorter = true;
            }
            input->script.answers = input->answers;
        }
    }
}

static uint64_t new_seed(void)
{
    const char *given = getenv("CHECK_SEED");
    return given != NULL ? strtoull(given, NULL, 10) : ((uint64_t)now_ns() ^ (uint64_t)getpid() << 20) % 1000000000;
}

int main(int argc, char **argv)
{
    static struct input input;
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000, seed = new_seed();
    const int64_t start = now_ns();
    uint64_t done = 0, parts = 0, calls = 0;
    bool wrong = false;
    state = seed * 0x9e3779b97f4a7c15 + 1;
    for (; done < count && !wrong; done++) {
        random_input(&input);
        wrong = is_wrong(&input);
        parts += input.trial.count;
        calls += kernel_log().count;
    }
    if (wrong) {
        shrink(&input);
        parts_print(&input.trial, &input.script, parts_run(&input.trial, &input.script));
    }
    printf("  %" PRIu64 " lists of %" PRIu64 " parts, each with a script, %" PRIu64 " calls of the kernel\n", done, parts, calls);
    printf("parts_random_test: %d passed, %d failed, 0 skipped (%.1f s, seed %" PRIu64 ")\n", !wrong && done > 0,
           wrong || done == 0, (double)(now_ns() - start) / 1e9, seed);
    return wrong || done == 0 ? 1 : 0;
}
