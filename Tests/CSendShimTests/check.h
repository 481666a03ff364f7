// SPDX-License-Identifier: Apache-2.0
//
// Named cases and checks. A program lists its cases and hands them to check_run. A check that fails prints where and what,
// and the case goes on; only the thread that runs the case may check.
//
//   NAME_test              runs all cases
//   NAME_test WORD...      runs the cases whose names hold one of the words
//   CHECK_SEED=N           repeats a run's random choices; without it every run makes new ones
//   CHECK_SKIP=FILE        skips the cases of the file's lines "PROGRAM: CASE: REASON", and says so
//   CHECK_VERBOSE=1        names every case with its time
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct check_case {
    const char *name;
    void (*body)(void);
    void (*body_on)(unsigned variant); // in place of body: one body for several kinds of socket
    unsigned variant;
};

#define CASE(function) {.name = #function, .body = (function)}
#define CASE_ON(function, kind) {.name = #function " on " #kind, .body_on = (function), .variant = (kind)}
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

// Runs the cases and prints a line with how many passed, failed and were skipped. Returns the program's exit status.
int check_run(int argc, char **argv, const struct check_case *cases, size_t count);

// Says in a line what the checks that follow are about, for when they fail. Forgotten at the end of the case.
void check_context(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Makes the case count as skipped, with the reason. The case is to return then.
void check_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The run's seed mixed with the case's name, so that a case makes the same choices whether it runs alone or with others.
uint64_t check_seed(void);

// The checks that failed so far in the running case.
unsigned check_failures(void);

#define CHECK(condition) check_true((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(actual, expected) check_equal((intmax_t)(actual), (intmax_t)(expected), __FILE__, __LINE__, #actual)
#define CHECK_ERRNO(actual, expected) check_errno((actual), (expected), __FILE__, __LINE__, #actual)
#define CHECK_BETWEEN(actual, least, most) \
    check_between((intmax_t)(actual), (intmax_t)(least), (intmax_t)(most), __FILE__, __LINE__, #actual)

// Sets a test up: the program ends at once if the call does not return 0 or more. For pthread functions: MUST(-call).
#define MUST(call) check_must((intmax_t)(call), errno, __FILE__, __LINE__, #call)

void check_true(bool condition, const char *file, int line, const char *text);
void check_equal(intmax_t actual, intmax_t expected, const char *file, int line, const char *text);
void check_errno(int actual, int expected, const char *file, int line, const char *text);
void check_between(intmax_t actual, intmax_t least, intmax_t most, const char *file, int line, const char *text);
int check_must(intmax_t result, int error, const char *file, int line, const char *text);

#endif
