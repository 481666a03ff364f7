// SPDX-License-Identifier: Apache-2.0
//
// A program of the library, in C and in C++: sends a list whole, then one that its socket has no room for, with every
// function. Into the file that its argument names it writes what a tracer has to see at the probes start and end: the probe's
// name and its arguments.
#include <csendshim.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char large[4 << 20];

static struct iovec segment(char *bytes, size_t length)
{
    struct iovec one;
    one.iov_base = bytes;
    one.iov_len = length;
    return one;
}

#ifdef __cplusplus
extern "C" {
#endif

// A list of two equal texts.
static void map(const void *list, size_t first, size_t count, struct iovec *iov)
{
    (void)first;
    for (size_t i = 0; i < count; i++)
        iov[i] = segment((char *)(size_t)list, 3);
}

static size_t count_bytes(const void *list, size_t first, size_t count)
{
    (void)list, (void)first;
    return 3 * count;
}

#ifdef __cplusplus
}
#endif

static int send_source(int fd, int receiver)
{
    struct sendv_source source;
    source.list = "ab,";
    source.map = map;
    source.count_bytes = count_bytes;
    struct sendv_call call;
    memset(&call, 0, sizeof call);
    call.size = sizeof call;
    call.fd = fd;
    call.iovcnt = 2;
    call.source = &source;
    char received[6];
    return sendv_perform(&call) == 0 && call.sent == 6 && read(receiver, received, 6) == 6 && memcmp(received, "ab,ab,", 6) == 0;
}

int main(int argc, char **argv)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 1;

    char header[] = "a header ", body[] = "a body", end[] = "..";
    const struct iovec list[] = {segment(header, 9), segment(body, 6), segment(end, 1), segment(end, 1)};
    size_t sent = 0;
    if (sendv_all(pair[0], list, 4, 0, &sent) != 0)
        return 1;
    char received[64] = "";
    if (read(pair[1], received, sizeof received - 1) < 0)
        return 1;
    received[16] = '\0'; // one of the two full stops
    printf("sent %zu: %s\n", sent, received);

    if (!send_source(pair[0], pair[1]))
        return 1;

    const struct iovec too_much[] = {segment(header, 9), segment(large, sizeof large)};
    struct sendv_call call;
    memset(&call, 0, sizeof call);
    call.size = sizeof call;
    call.fd = pair[0];
    call.iov = too_much;
    call.iovcnt = 2;
    call.wait = SENDV_WAIT_WITHIN;
    call.timeout_ns = 20000000;
    const int error = sendv_perform(&call);
    size_t offset = 0;
    const size_t index = sendv_seek(too_much, 2, call.sent, &offset);
    if (error != ETIMEDOUT || call.timed_out != 1 || call.taken == 0 || call.waits == 0 || offset != call.sent - 9)
        return 1;
    if (sendv_version() != SENDV_VERSION_MAJOR * 10000 + SENDV_VERSION_MINOR * 100 + SENDV_VERSION_PATCH)
        return 1;
    if (sendv_stack_bytes() == 0)
        return 1;
    printf("timed out, the rest begins in segment %zu\n", index);

    size_t more = 1;
    if (sendv_all_within(pair[0], list, 4, MSG_DONTWAIT, 0, &more) != ETIMEDOUT || more != 0)
        return 1;
    if (argc < 2)
        return 0;
    FILE *const trace = fopen(argv[1], "w");
    if (trace == NULL)
        return 1;
    fprintf(trace, "start %d 4 0\nend %d %zu 0\n", pair[0], pair[0], sent);
    fprintf(trace, "start %d 2 0\nend %d 6 0\n", pair[0], pair[0]);
    fprintf(trace, "start %d 2 0\nend %d %zu %d\n", pair[0], pair[0], call.sent, ETIMEDOUT);
    fprintf(trace, "start %d 4 %d\nend %d 0 %d\n", pair[0], MSG_DONTWAIT, pair[0], ETIMEDOUT);
    return fclose(trace) == 0 ? 0 : 1;
}
