// SPDX-License-Identifier: Apache-2.0
//
// A program's settings from its command line, NAME=NUMBER each.
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>
#include <stdint.h>

struct setting {
    const char *name;
    int64_t *value; // holds the default before settings_read
};

// Reads the arguments into the settings. An argument that is none of them ends the program with status 2.
void settings_read(char **arguments, const struct setting *settings, size_t count);

#endif
