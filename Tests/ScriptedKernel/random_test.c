// SPDX-License-Identifier: Apache-2.0
//
// Random trials: lists of up to thousands of segments around every border, long scripts, every kind of call and socket. A case
// that fails is made as short as it stays wrong, and printed with the bytes that run it again.
//
//   random_test [COUNT]      so many trials; CHECK_SEED=N repeats a run
//   random_test --case HEX   one trial
#define _GNU_SOURCE
#include "../CSendShimTests/check.h"
#include "../CSendShimTests/clock.h"
#include "decode.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { most_bytes = decode_head + 64 + 2 * 200 };

struct input {
    unsigned char bytes[most_bytes];
    size_t count;
};

static uint64_t state;
static const struct input *running;

static unsigned below(unsigned limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % limit;
}

static struct input random_input(void)
{
    struct input input = {.count = 0};
    while (input.count < decode_head)
        input.bytes[input.count++] = (unsigned char)below(256);
    // Half of them without flags, as most sends are.
    if (below(2) == 0)
        input.bytes[3] = 0;
    // Mostly hundreds of segments: runs of up to 9, one list in sixteen with longer ones.
    const unsigned runs = 1 + below(below(4) == 0 ? 60 : 12), few = below(16) == 0 ? 255 : below(2) == 0 ? 112 : 56;
    for (unsigned i = 0; i < runs; i++)
        input.bytes[input.count++] = (unsigned char)below(few);
    input.bytes[input.count++] = decode_end_of_list;
    for (unsigned answers = below(below(4) == 0 ? 200 : 12); answers > 0; answers--) {
        input.bytes[input.count++] = (unsigned char)below(256);
        // Errors that end the call would leave little of a long script.
        input.bytes[input.count++] = (unsigned char)(below(8) == 0 ? below(256) : below(16) * 16 + below(8));
    }
    return input;
}

static bool is_wrong(const struct input *input)
{
    struct outcome outcome;
    running = input;
    const struct trial trial = decode_trial(input->bytes, input->count);
    return trial_run(&trial, &outcome) != NULL;
}

// Without `count` bytes at `at`: an answer, a run of segments.
static struct input without(const struct input *input, size_t at, size_t count)
{
    struct input shorter = *input;
    memmove(shorter.bytes + at, shorter.bytes + at + count, input->count - at - count);
    shorter.count -= count;
    return shorter;
}

static bool dropped(struct input *input, size_t at, size_t count)
{
    if (at + count > input->count)
        return false;
    const struct input shorter = without(input, at, count);
    if (!is_wrong(&shorter))
        return false;
    *input = shorter;
    return true;
}

// The same with a smaller byte at `at`: a shorter segment, a lesser count.
static bool lowered(struct input *input, size_t at)
{
    for (unsigned value = 0; value < input->bytes[at]; value++) {
        struct input lower = *input;
        lower.bytes[at] = (unsigned char)value;
        if (is_wrong(&lower)) {
            *input = lower;
            return true;
        }
    }
    return false;
}

static void shrink(struct input *input)
{
    for (bool shorter = true; shorter;) {
        shorter = false;
        for (size_t count = 32; count > 0; count /= 2) {
            for (size_t at = input->count; at-- > decode_head;)
                shorter |= dropped(input, at, count);
        }
        for (size_t at = 0; at < input->count; at++)
            shorter |= lowered(input, at);
    }
}

static void print_bytes(const struct input *input)
{
    printf("again: random_test --case ");
    for (size_t i = 0; i < input->count; i++)
        printf("%02x", input->bytes[i]);
    putchar('\n');
}

// The program ends here: what it prints need not be safe to go on from.
static void crashed(int signal)
{
    printf("wrong: signal %d\n", signal);
    print_bytes(running);
    fflush(stdout);
    _exit(1);
}

static void print_input(const struct input *input)
{
    struct outcome outcome;
    running = input;
    const struct trial trial = decode_trial(input->bytes, input->count);
    const char *wrong = trial_run(&trial, &outcome);
    trial_print(stdout, &trial, &outcome, wrong != NULL ? wrong : "nothing");
    print_bytes(input);
}

static struct input parse(const char *hex)
{
    struct input input = {.count = 0};
    char pair[3] = {0};
    for (; hex[0] != '\0' && hex[1] != '\0' && input.count < most_bytes; hex += 2) {
        memcpy(pair, hex, 2);
        input.bytes[input.count++] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return input;
}

static uint64_t new_seed(void)
{
    const char *given = getenv("CHECK_SEED");
    return given != NULL ? strtoull(given, NULL, 10) : ((uint64_t)now_ns() ^ (uint64_t)getpid() << 20) % 1000000000;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--case") == 0) {
        const struct input input = parse(argv[2]);
        print_input(&input);
        return is_wrong(&input) ? 1 : 0;
    }
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000, seed = new_seed();
    uint64_t calls = 0, segments = 0, done = 0;
    const int64_t start = now_ns();
    state = seed * 0x9e3779b97f4a7c15 + 1;
    (void)signal(SIGSEGV, crashed);
    (void)signal(SIGABRT, crashed);
    bool wrong = false;
    for (; done < count && !wrong; done++) {
        struct input input = random_input();
        struct outcome outcome;
        running = &input;
        const struct trial trial = decode_trial(input.bytes, input.count);
        wrong = trial_run(&trial, &outcome) != NULL;
        calls += kernel_log().count;
        segments += trial.list->count;
        if (wrong) {
            shrink(&input);
            print_input(&input);
        }
    }
    printf("  %" PRIu64 " lists of %" PRIu64 " segments, each with a script, %" PRIu64 " calls of the kernel\n", done, segments,
           calls);
    printf("random_test: %d passed, %d failed, 0 skipped (%.1f s, seed %" PRIu64 ")\n", !wrong && done > 0, wrong || done == 0,
           (double)(now_ns() - start) / 1e9, seed);
    return wrong || done == 0 ? 1 : 0;
}
