// SPDX-License-Identifier: Apache-2.0
//
// A send that waits does not spin: with nobody reading it looks seldom, and where the socket's mode changes meanwhile it goes
// by the new one.
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "segments.h"
#include "sender.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { small_buffer = 8192, list_bytes = 2000000 };

static void nobody_reads(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, list_bytes);
    struct sendv_call call = {
        .size = sizeof call,
        .fd = pair.sender,
        .iov = segments.list,
        .iovcnt = segments.count,
        .wait = SENDV_WAIT_WITHIN,
        .timeout_ns = ns_per_s,
    };
    CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    // Ten looks a second, and the few that found room at the start.
    CHECK_BETWEEN(call.waits, 1, 30);
    segments_free(&segments);
    pair_close(&pair);
}

static void nothing(int signal)
{
    (void)signal;
}

static void the_mode_changes_during_a_wait(unsigned kind)
{
    const struct sigaction interrupt = {.sa_handler = nothing};
    MUST(sigaction(SIGUSR1, &interrupt, NULL));
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, list_bytes);
    const struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
    struct sender sender;
    sender_start(&sender, &call);
    CHECK(sender_is_waiting(&sender));
    MUST(fcntl(pair.sender, F_SETFL, fcntl(pair.sender, F_GETFL) | O_NONBLOCK));
    MUST(-pthread_kill(sender.thread, SIGUSR1));
    CHECK_ERRNO(sender_join(&sender), 0);
    CHECK_BETWEEN(sender.call.sent, 1, segments.bytes - 1);
    CHECK_BETWEEN(sender.call.system_calls, 1, 1000);
    segments_free(&segments);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {ON_STREAMS(nobody_reads), ON_STREAMS(the_mode_changes_during_a_wait)};
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
