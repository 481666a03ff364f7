// SPDX-License-Identifier: Apache-2.0
#ifndef SIDE_BY_SIDE_STATISTICS_H
#define SIDE_BY_SIDE_STATISTICS_H

#include "side_by_side.h"

#include <stddef.h>

enum { MOST_ROUNDS = 101 };

// The value below which the share `q` of the values lies. `values` is left as it is.
double quantile(const double *values, size_t count, double q);

#endif
