// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "endpoint.h"

#include "check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kind_names[] = {
    [TCP] = "tcp", [UNIX_STREAM] = "unix", [UDP] = "udp", [UNIX_DATAGRAM] = "unix-datagram", [SEQPACKET] = "seqpacket"};

static void refuse(const char *text)
{
    fprintf(stderr, "not an endpoint: %s\n", text);
    exit(2);
}

static bool is_internet(unsigned kind)
{
    return kind == TCP || kind == UDP;
}

static unsigned kind_of(const char *text, size_t length)
{
    unsigned kind = 0;
    while (kind < COUNT_OF(kind_names) && (strlen(kind_names[kind]) != length || strncmp(kind_names[kind], text, length) != 0))
        kind++;
    return kind;
}

// Of "10.0.0.2:80". Returns whether it is one.
static bool read_internet(const char *text, struct sockaddr_in *address)
{
    char host[INET_ADDRSTRLEN] = "";
    unsigned port = 0;
    if (sscanf(text, "%15[0-9.]:%u", host, &port) != 2 || port > 65535)
        return false;
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

struct endpoint endpoint_of(const char *text)
{
    const size_t length = strcspn(text, ":");
    struct endpoint endpoint = {.kind = kind_of(text, length)};
    struct address *address = &endpoint.address;
    if (endpoint.kind == COUNT_OF(kind_names) || text[length] == '\0')
        refuse(text);
    const char *rest = text + length + 1;
    if (is_internet(endpoint.kind)) {
        address->length = sizeof address->to.internet;
        if (!read_internet(rest, &address->to.internet))
            refuse(text);
        return endpoint;
    }
    address->length = sizeof address->to.local;
    address->to.local.sun_family = AF_UNIX;
    if (strlen(rest) >= sizeof address->to.local.sun_path)
        refuse(text);
    memcpy(address->to.local.sun_path, rest, strlen(rest) + 1);
    return endpoint;
}

bool endpoint_is_stream(const struct endpoint *endpoint)
{
    return endpoint->kind == TCP || endpoint->kind == UNIX_STREAM;
}

int endpoint_connect(const struct endpoint *endpoint, int buffer)
{
    const int fd = socket_unconnected(endpoint->kind);
    if (buffer > 0)
        set_buffer(fd, SO_SNDBUF, buffer);
    MUST(connect(fd, &endpoint->address.to.any, endpoint->address.length));
    return fd;
}

int endpoint_bind(struct endpoint *endpoint, int buffer)
{
    struct address *address = &endpoint->address;
    const int fd = socket_unconnected(endpoint->kind);
    if (buffer > 0)
        set_buffer(fd, SO_RCVBUF, buffer); // before it listens: a connection's window is settled before accept returns
    MUST(bind(fd, &address->to.any, address->length));
    MUST(getsockname(fd, &address->to.any, &address->length));
    if (endpoint_is_stream(endpoint) || endpoint->kind == SEQPACKET)
        MUST(listen(fd, 1));
    return fd;
}

int endpoint_accept(const struct endpoint *endpoint, int fd)
{
    if (!endpoint_is_stream(endpoint) && endpoint->kind != SEQPACKET)
        return fd;
    const int connection = MUST(accept4(fd, NULL, NULL, SOCK_CLOEXEC));
    MUST(close(fd));
    return connection;
}

void endpoint_announce(const struct endpoint *endpoint)
{
    const struct address *address = &endpoint->address;
    if (is_internet(endpoint->kind)) {
        char host[INET_ADDRSTRLEN];
        (void)inet_ntop(AF_INET, &address->to.internet.sin_addr, host, sizeof host); // cannot fail: the text has room
        printf("%s:%u\n", host, ntohs(address->to.internet.sin_port));
    } else {
        puts(address->to.local.sun_path);
    }
    MUST(fclose(stdout));
}
