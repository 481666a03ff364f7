// SPDX-License-Identifier: Apache-2.0
//
// The fuzzer's target for whole sends: any bytes are a list, a call, a socket and a script, and the model judges.
#include "decode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct outcome outcome;
    const struct trial trial = decode_trial(bytes, count);
    const char *wrong = trial_run(&trial, &outcome);
    if (wrong != NULL) {
        trial_print(stderr, &trial, &outcome, wrong);
        abort();
    }
    return 0;
}
