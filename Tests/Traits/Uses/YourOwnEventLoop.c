// SPDX-License-Identifier: Apache-2.0

// Block: #include <sys/epoll.h>
#include <stdio.h>

int main(void)
{
    printf("epoll is visible: %d\n", epoll_create1(EPOLL_CLOEXEC) >= 0);
    return 0;
}
//> epoll is visible: 1
