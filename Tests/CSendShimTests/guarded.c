// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "guarded.h"

#include "check.h"

#include <sys/mman.h>
#include <unistd.h>

char *guarded(size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t room = (bytes + page - 1) / page * page;
    char *memory = mmap(NULL, room + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(memory == MAP_FAILED ? -1 : 0);
    MUST(mprotect(memory, page, PROT_NONE));
    MUST(mprotect(memory + page + room, page, PROT_NONE));
    return memory + page + room;
}
