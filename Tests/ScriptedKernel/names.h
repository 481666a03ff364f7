// SPDX-License-Identifier: Apache-2.0
//
// The seam. The core's sources are compiled with `-include names.h`, and then call the scripted kernel where they call the
// system. Declarations in the system's headers are renamed with the calls, so that their types stay those of the system.
// A normal build has nothing of this; `seam` checks that the machine code is the same but for the names.
#ifndef NAMES_H
#define NAMES_H

#define send scripted_send
#define sendto scripted_sendto
#define sendmsg scripted_sendmsg
#define ppoll scripted_ppoll
#define epoll_create1 scripted_epoll_create1
#define epoll_ctl scripted_epoll_ctl
#define epoll_wait scripted_epoll_wait
#define nanosleep scripted_nanosleep
#define close scripted_close
#define getsockname scripted_getsockname
#define getsockopt scripted_getsockopt
#define setsockopt scripted_setsockopt
#define fcntl scripted_fcntl
#define clock_gettime scripted_clock_gettime
#define process_vm_readv scripted_process_vm_readv
#define sendfile scripted_sendfile
#define pread scripted_pread
#define fstat scripted_fstat
#define pthread_sigmask scripted_pthread_sigmask
#define sigpending scripted_sigpending
#define sigtimedwait scripted_sigtimedwait
#define malloc scripted_malloc
#define free scripted_free

#endif
