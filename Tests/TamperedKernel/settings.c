// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct setting *find(const struct setting *settings, size_t count, const char *argument, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(settings[i].name) == length && strncmp(settings[i].name, argument, length) == 0)
            return &settings[i];
    }
    return NULL;
}

void settings_read(char **arguments, const struct setting *settings, size_t count)
{
    for (; *arguments != NULL; arguments++) {
        const size_t length = strcspn(*arguments, "=");
        const struct setting *setting = find(settings, count, *arguments, length);
        const char *number = *arguments + length + 1;
        char *end = NULL;
        if (setting != NULL && (*arguments)[length] == '=')
            *setting->value = (int64_t)strtoll(number, &end, 10);
        if (end == NULL || end == number || *end != '\0') {
            fprintf(stderr, "not a setting: %s\n", *arguments);
            exit(2);
        }
    }
}
