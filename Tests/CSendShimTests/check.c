// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "check.h"

#include "clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    uint64_t seed;
    const char *program;
    const char *name; // of the running case
    char context[160];
    unsigned failures;
    bool skipped;
} run;

static void failed(const char *file, int line, const char *text)
{
    run.failures++;
    printf("%s:%d: %s: %s", file, line, run.name, text);
    if (run.context[0] != '\0')
        printf(" (%s)", run.context);
}

void check_true(bool condition, const char *file, int line, const char *text)
{
    if (condition)
        return;
    failed(file, line, text);
    puts(" is false");
}

void check_equal(intmax_t actual, intmax_t expected, const char *file, int line, const char *text)
{
    if (actual == expected)
        return;
    failed(file, line, text);
    printf(" is %" PRIdMAX ", not %" PRIdMAX "\n", actual, expected);
}

void check_errno(int actual, int expected, const char *file, int line, const char *text)
{
    if (actual == expected)
        return;
    failed(file, line, text);
    printf(" is %d \"%s\"", actual, strerror(actual));
    printf(", not %d \"%s\"\n", expected, strerror(expected));
}

void check_between(intmax_t actual, intmax_t least, intmax_t most, const char *file, int line, const char *text)
{
    if (actual >= least && actual <= most)
        return;
    failed(file, line, text);
    printf(" is %" PRIdMAX ", not from %" PRIdMAX " to %" PRIdMAX "\n", actual, least, most);
}

int check_must(intmax_t result, int error, const char *file, int line, const char *text)
{
    if (result >= 0)
        return (int)result;
    failed(file, line, text);
    // The pthread functions return their error and leave errno alone.
    printf(": %s; the test cannot be set up\n", strerror(result == -1 ? error : (int)-result));
    exit(2);
}

void check_context(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(run.context, sizeof run.context, format, arguments);
    va_end(arguments);
}

void check_skip(const char *format, ...)
{
    run.skipped = true;
    printf("  %s: skipped: ", run.name);
    va_list arguments;
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

uint64_t check_seed(void)
{
    uint64_t seed = run.seed;
    for (const char *c = run.name; *c != '\0'; c++)
        seed = seed * 31 + (unsigned char)*c;
    return seed;
}

unsigned check_failures(void)
{
    return run.failures;
}

static uint64_t new_seed(void)
{
    const char *given = getenv("CHECK_SEED");
    if (given != NULL)
        return strtoull(given, NULL, 10);
    return ((uint64_t)now_ns() ^ (uint64_t)getpid() << 20) % 1000000000;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strstr(name, argv[i]) != NULL)
            return true;
    }
    return argc < 2;
}

// Skips the running case if a line of the file in CHECK_SKIP names it.
static void skip_if_listed(void)
{
    const char *path = getenv("CHECK_SKIP");
    if (path == NULL)
        return;
    FILE *file = fopen(path, "r");
    MUST(file == NULL ? -1 : 0);
    char listed[256], line[512];
    const int length = snprintf(listed, sizeof listed, "%s: %s: ", run.program, run.name);
    while (!run.skipped && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, listed, (size_t)length) == 0)
            check_skip("%s", line + length);
    }
    (void)fclose(file);
}

static void run_case(const struct check_case *test)
{
    run.name = test->name;
    run.failures = 0;
    run.skipped = false;
    run.context[0] = '\0';
    skip_if_listed();
    if (run.skipped)
        return;
    const int64_t start = now_ns();
    if (test->body_on != NULL)
        test->body_on(test->variant);
    else
        test->body();
    if (getenv("CHECK_VERBOSE") != NULL && !run.skipped)
        printf("  %s: %s, %" PRId64 " ms\n", test->name, run.failures > 0 ? "FAILED" : "passed", (now_ns() - start) / ns_per_ms);
}

int check_run(int argc, char **argv, const struct check_case *cases, size_t count)
{
    // By the line, so that a program that crashes has shown what it found before.
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    run.seed = new_seed();
    const char *slash = strrchr(argv[0], '/');
    run.program = slash != NULL ? slash + 1 : argv[0];
    unsigned passed = 0, failures = 0, skipped = 0;
    const int64_t start = now_ns();
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(cases[i].name, argc, argv))
            continue;
        run_case(&cases[i]);
        if (run.failures > 0)
            failures++;
        else if (run.skipped)
            skipped++;
        else
            passed++;
    }
    printf("%s: %u passed, %u failed, %u skipped (%.1f s, seed %" PRIu64 ")\n", run.program, passed, failures, skipped,
           (double)(now_ns() - start) / 1e9, run.seed);
    return failures > 0 ? 1 : 0;
}
