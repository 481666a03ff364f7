// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "csendshim.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

// Above what any datagram here may hold, so that a message is never cut by it.
static char room[1 << 19];

bool nothing_pending(int fd)
{
    const ssize_t count = recv(fd, room, sizeof room, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
        return true;
    printf("a read gives %zd where nothing should be pending\n", count);
    return false;
}

static bool message_arrived(int fd, struct digest expected)
{
    const ssize_t count = recv(fd, room, sizeof room, MSG_DONTWAIT);
    if (count != (ssize_t)expected.bytes) {
        printf("a message of %zd bytes where %zu are expected\n", count, expected.bytes);
        return false;
    }
    struct digest digest = digest_none;
    digest_add(&digest, room, (size_t)count);
    return digest_equal(digest, expected) && nothing_pending(fd);
}

bool one_message_arrived(int fd, const struct segments *segments)
{
    return message_arrived(fd, segments_digest(segments));
}

bool one_empty_message_arrived(int fd)
{
    return message_arrived(fd, digest_none);
}

void sends_one_message(const struct pair *pair, struct segments *segments)
{
    check_context("%zu segments, %zu bytes", segments->count, segments->bytes);
    struct sendv_call call = {.size = sizeof call, .fd = pair->sender, .iov = segments->list, .iovcnt = segments->count};
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.sent, segments->bytes);
    CHECK_EQ(call.system_calls, 1);
    CHECK(one_message_arrived(pair->receiver, segments));
    CHECK(segments_unchanged(segments));
    segments_free(segments);
}
