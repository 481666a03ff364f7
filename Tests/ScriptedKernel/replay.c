// SPDX-License-Identifier: Apache-2.0
//
// Runs a target of the fuzzer over the files named, without the fuzzer. A file that shows a fault ends the program.
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int main(int argc, char **argv)
{
    static uint8_t bytes[1 << 16];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            perror(argv[i]);
            return 2;
        }
        const size_t count = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        (void)LLVMFuzzerTestOneInput(bytes, count);
    }
    printf("replayed %d files\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
