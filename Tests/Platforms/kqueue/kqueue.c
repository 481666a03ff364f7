// SPDX-License-Identifier: Apache-2.0
//
// The stand-in of sys/event.h. There is one queue in a process. Each filter of a descriptor has an epoll of its own, so that
// one-shot, edge-triggered and level-triggered ones stand beside each other.
#define _GNU_SOURCE
#include "sys/event.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most_notes = 1024 };

static struct note {
    struct kevent event; // ident, filter, flags and udata as they were added
    int epoll;           // of a descriptor's filter
    bool triggered;      // a user event
} notes[most_notes];
static size_t note_count;
static int changed = -1; // an eventfd that ends a poll after a change; it is the queue too
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int kqueue(void)
{
    note_count = 0;
    return changed = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

static struct note *find(const struct kevent *change)
{
    for (size_t i = 0; i < note_count; i++)
        if (notes[i].event.ident == change->ident && notes[i].event.filter == change->filter)
            return &notes[i];
    return NULL;
}

static void drop(struct note *note)
{
    if (note->event.filter != EVFILT_USER)
        close(note->epoll);
    *note = notes[--note_count];
}

// A kqueue forgets a descriptor that is closed, whose number may then be another file's. An epoll knows files.
static bool is_gone(const struct note *note)
{
    struct epoll_event event = {.events = 0};
    return note->event.filter != EVFILT_USER && epoll_ctl(note->epoll, EPOLL_CTL_ADD, (int)note->event.ident, &event) != -1;
}

static int add(const struct kevent *change)
{
    if (note_count == most_notes)
        return ENOMEM;
    struct note note = {.event = *change, .epoll = -1};
    if (change->filter != EVFILT_USER) {
        struct epoll_event event = {.events = change->filter == EVFILT_READ ? EPOLLIN | EPOLLRDHUP : EPOLLOUT};
        event.events |= (change->flags & EV_CLEAR) != 0 ? EPOLLET : 0;
        note.epoll = epoll_create1(EPOLL_CLOEXEC);
        if (epoll_ctl(note.epoll, EPOLL_CTL_ADD, (int)change->ident, &event) != 0) {
            const int error = errno;
            close(note.epoll);
            return error;
        }
    }
    notes[note_count++] = note;
    return 0;
}

static int apply(const struct kevent *change)
{
    struct note *note = find(change);
    if (note != NULL && is_gone(note)) {
        drop(note);
        note = NULL;
    }
    if (note == NULL && (change->flags & EV_ADD) != 0)
        return add(change);
    if (note == NULL)
        return ENOENT;
    if ((change->flags & EV_DELETE) != 0)
        drop(note);
    else if ((change->flags & EV_ADD) != 0)
        note->event.udata = change->udata; // and nothing else
    else if ((change->fflags & NOTE_TRIGGER) != 0)
        note->triggered = true;
    return 0;
}

// Takes the event of a note, if it has one.
static bool take(struct note *note, struct kevent *taken)
{
    struct epoll_event event = {.events = 0};
    *taken = note->event;
    if (note->event.filter == EVFILT_USER) {
        const bool triggered = note->triggered;
        if ((note->event.flags & EV_CLEAR) != 0)
            note->triggered = false;
        return triggered;
    }
    if (epoll_wait(note->epoll, &event, 1, 0) != 1)
        return false;
    const uint32_t end = note->event.filter == EVFILT_READ ? EPOLLRDHUP | EPOLLHUP : EPOLLHUP | EPOLLERR;
    if ((event.events & end) != 0)
        taken->flags |= EV_EOF;
    int error = 0;
    socklen_t length = sizeof error;
    if ((event.events & EPOLLERR) != 0 && getsockopt((int)note->event.ident, SOL_SOCKET, SO_ERROR, &error, &length) == 0)
        taken->fflags = (uint32_t)error;
    return true;
}

static int take_all(struct kevent *events, int count)
{
    int taken = 0;
    for (size_t i = note_count; i-- > 0 && taken < count;) {
        if (!take(&notes[i], &events[taken]))
            continue;
        taken++;
        if ((notes[i].event.flags & EV_ONESHOT) != 0)
            drop(&notes[i]);
    }
    return taken;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void await_something(int64_t left_ns)
{
    static _Thread_local struct pollfd files[most_notes + 1];
    nfds_t count = 0;
    uint64_t changes;
    files[count++] = (struct pollfd){.fd = changed, .events = POLLIN};
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < note_count; i++)
        if (notes[i].event.filter != EVFILT_USER)
            files[count++] = (struct pollfd){.fd = notes[i].epoll, .events = POLLIN};
    pthread_mutex_unlock(&lock);
    const struct timespec time = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
    (void)ppoll(files, count, left_ns < 0 ? NULL : &time, NULL);
    (void)!read(changed, &changes, sizeof changes);
}

int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events, int event_count,
           const struct timespec *time)
{
    const uint64_t one = 1;
    int made = 0;
    if (queue != changed)
        return errno = EBADF, -1;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < change_count; i++) {
        const int error = apply(&changes[i]);
        if (error == 0 && (changes[i].flags & EV_RECEIPT) == 0)
            continue;
        if (made == event_count) {
            pthread_mutex_unlock(&lock);
            return errno = error, -1;
        }
        events[made] = changes[i];
        events[made].flags |= EV_ERROR;
        events[made++].data = error;
    }
    if (change_count > 0)
        (void)!write(changed, &one, sizeof one);
    const int64_t end = time == NULL ? -1 : now_ns() + (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
    while (made == 0 && event_count > 0) {
        made = take_all(events, event_count);
        const int64_t left = end < 0 ? -1 : end - now_ns();
        if (made > 0 || (end >= 0 && left <= 0))
            break;
        pthread_mutex_unlock(&lock);
        await_something(left);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return made;
}
