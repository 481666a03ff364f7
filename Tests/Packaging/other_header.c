// SPDX-License-Identifier: Apache-2.0
//
// A program that was built with another version's header: its calls work, and the memory after its structure stays as it was.
#include <csendshim.h>

#include <stdio.h>
#include <string.h>

enum { canary_bytes = 64, canary = 0x5a };

static struct {
    struct sendv_call call;
    unsigned char after[canary_bytes];
} ours;

static int is_untouched(void)
{
    for (size_t i = 0; i < sizeof ours.after; i++)
        if (ours.after[i] != canary)
            return 0;
    return 1;
}

int main(void)
{
    int pair[2];
    char header[] = "head", body[] = "body", received[16];
    const struct iovec list[] = {{header, 4}, {body, 4}};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 1;
    memset(ours.after, canary, sizeof ours.after);
    ours.call = (struct sendv_call){.size = sizeof ours.call, .fd = pair[0], .iov = list, .iovcnt = 2};
    if (sendv_perform(&ours.call) != 0 || ours.call.sent != 8 || ours.call.system_calls != 1 || !is_untouched())
        return 1;
    if (recv(pair[1], received, sizeof received, 0) != 8 || memcmp(received, "headbody", 8) != 0)
        return 1;
    ours.call.fd = -1;
    if (sendv_perform(&ours.call) != EBADF || ours.call.sent != 0 || !is_untouched())
        return 1;
    printf("size %zu: sent by version %d of the library\n", sizeof ours.call, sendv_version());
    return 0;
}
