// SPDX-License-Identifier: Apache-2.0
//
// What a correct sender does, from csendshim.h alone: given what was asked, what the kernel was asked in turn and answered, and
// what came of it, whether a promise was broken.
#ifndef MODEL_H
#define MODEL_H

#include "trial.h"

// Returns NULL, or the first promise that was broken.
const char *model_judge(const struct trial *trial, const struct log *log, const struct outcome *outcome);

#endif
