// SPDX-License-Identifier: Apache-2.0
#ifndef SIDE_BY_SIDE_CANDIDATES_H
#define SIDE_BY_SIDE_CANDIDATES_H

#include "side_by_side.h"

// Sends the whole list by the plain loop over sendmsg, 1024 iovecs a call.
void sendmsg_all(int fd, const struct iovec *list, size_t count);

#endif
