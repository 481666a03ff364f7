// SPDX-License-Identifier: Apache-2.0
#ifndef SIDE_BY_SIDE_STATISTICS_H
#define SIDE_BY_SIDE_STATISTICS_H

#include <stddef.h>

enum { MOST_ROUNDS = 101 };

// The value below which the share `q` of the values lies. `values` is left as it is.
double quantile(const double *values, size_t count, double q);

// The median of values[i] / reference[i].
double median_ratio(const double *values, const double *reference, size_t count);

#endif
