// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "scarcity.h"

#include "check.h"
#include "csendshim.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

// What malloc still had, kept for as long as the scarcity lasts.
struct block {
    struct block *next;
};

static struct {
    enum scarcity what;
    struct rlimit before;
    struct block *hoard;
} scarcity;

static __rlimit_resource_t limit_of(enum scarcity what)
{
    if (what == SHORT_OF_DESCRIPTORS)
        return RLIMIT_NOFILE;
    return what == SHORT_OF_DATA ? RLIMIT_DATA : RLIMIT_AS;
}

static void set_limit(rlim_t limit)
{
    const struct rlimit lower = {.rlim_cur = limit, .rlim_max = scarcity.before.rlim_max};
    MUST(setrlimit(limit_of(scarcity.what), &lower));
}

// More than malloc has of its own: where it hands out that much, the limit does not hold.
static const size_t hoard_most = 16 << 20;

// The limit stops malloc from getting more; what it has is taken from it here.
static void hoard_memory(void)
{
    size_t hoarded = 0;
    for (size_t size = 65536; size >= sizeof(struct block); size /= 2) {
        struct block *block;
        while ((block = malloc(size)) != NULL) {
            hoarded += size;
            MUST(hoarded > hoard_most ? -1 : 0);
            block->next = scarcity.hoard;
            scarcity.hoard = block;
        }
    }
}

static void free_memory(void)
{
    while (scarcity.hoard != NULL) {
        struct block *next = scarcity.hoard->next;
        free(scarcity.hoard);
        scarcity.hoard = next;
    }
}

// The stack cannot grow under RLIMIT_AS: as much of it as the core says that it needs is made real before.
static void __attribute__((noinline)) grow_stack(void)
{
    const size_t bytes = sendv_stack_bytes() + 16384;
    volatile char *const room = __builtin_alloca(bytes);
    for (size_t i = 0; i < bytes; i += 1024)
        room[i] = 0;
}

// Lowers the limit until there is no number below it that is free.
static void refuse_descriptors(void)
{
    for (rlim_t limit = 64; limit > 0; limit--) {
        set_limit(limit);
        const int another = dup(STDOUT_FILENO);
        if (another < 0)
            return;
        close(another);
    }
    MUST(-1);
}

void scarcity_begin(enum scarcity what)
{
    if (what == SHORT_OF_NOTHING)
        return;
    scarcity.what = what;
    MUST(getrlimit(limit_of(what), &scarcity.before));
    if (what == SHORT_OF_DESCRIPTORS) {
        refuse_descriptors();
        return;
    }
    grow_stack();
    set_limit(1); // for RLIMIT_DATA, Linux makes an exception of 0
    hoard_memory();
    void *volatile another = malloc(1); // volatile, or the compiler takes it for granted that there is one
    MUST(another != NULL ? -1 : 0);
}

void scarcity_end(void)
{
    if (scarcity.what == SHORT_OF_NOTHING)
        return;
    set_limit(scarcity.before.rlim_cur);
    free_memory();
    scarcity.what = SHORT_OF_NOTHING;
}
