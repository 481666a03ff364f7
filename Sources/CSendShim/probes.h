// SPDX-License-Identifier: Apache-2.0
//
// Static probes (USDT) where a tracer can look into a send. A probe that nobody listens to costs one nop and a few loads
// for its arguments. Docs/Tracing.md says how to use them.
//
// Probes are compiled in on Linux if <sys/sdt.h> is found (Debian's systemtap-sdt-dev) and SENDV_NO_PROBES is not defined.
// Other systems have another <sys/sdt.h>, so there the probes compile to nothing.
#ifndef CSENDSHIM_PROBES_H
#define CSENDSHIM_PROBES_H

#include "csendshim.h"
#include "gather.h"
#include "wait.h"

#include <errno.h>
#include <sys/types.h>

#if defined(__linux__) && defined(__has_include) && !defined(SENDV_NO_PROBES)
#if __has_include(<sys/sdt.h>)
// Arguments in registers or constants: 12 instructions a send of one segment. By default clang stores every argument on
// the stack: 22 instructions.
#if defined(__clang__) && !defined(STAP_SDT_ARG_CONSTRAINT)
#define STAP_SDT_ARG_CONSTRAINT nr
#endif
#include <sys/sdt.h>
#endif
#endif

// Without probes the arguments are not evaluated.
#ifdef DTRACE_PROBE4
#define PROBE3(name, a, b, c) DTRACE_PROBE3(csendshim, name, a, b, c)
#define PROBE4(name, a, b, c, d) DTRACE_PROBE4(csendshim, name, a, b, c, d)
#else
#define PROBE3(name, a, b, c) ((void)(sizeof(a) + sizeof(b) + sizeof(c)))
#define PROBE4(name, a, b, c, d) ((void)(sizeof(a) + sizeof(b) + sizeof(c) + sizeof(d)))
#endif

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpedantic" // the system header's macros leave variable arguments out
#endif

// A call begins; its list has not been looked at.
static inline void probe_start(const struct sendv_call *call)
{
    PROBE3(start, call->fd, call->iovcnt, call->flags);
}

// The batch was offered to the kernel, and send returned `taken`. The probe's last argument is `taken`, or the negative errno
// value if send failed.
static inline void probe_batch(const struct sendv_call *call, const struct batch *batch, ssize_t taken)
{
    // errno is a function call. Called first, it does not force clang to keep the probe's other arguments across the call.
    const ssize_t result = taken < 0 ? -errno : taken;
    PROBE4(batch, call->fd, batch->count, batch->bytes, result);
}

// The socket has no room. The call waits inside send (1) or outside send (0), until deadline_ns on the monotonic clock (0: for
// ever). If the deadline has passed, the call ends instead.
static inline void probe_wait(const struct sendv_call *call, const struct waiting *waiting)
{
    PROBE3(wait, call->fd, waiting->how == WAIT_IN_SEND, waiting->deadline_ns);
}

// The call ends with `error`, after the kernel accepted call->sent bytes.
static inline void probe_end(const struct sendv_call *call, int error)
{
    PROBE3(end, call->fd, call->sent, error);
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

#undef PROBE3
#undef PROBE4

#endif
