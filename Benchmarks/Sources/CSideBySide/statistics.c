// SPDX-License-Identifier: Apache-2.0
#include "statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quantile(const double *values, size_t count, double q)
{
    double sorted[MOST_ROUNDS];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, ascending);
    return sorted[(size_t)(q * (double)(count - 1) + 0.5)];
}

struct ratio median_ratio(const double *values, const double *reference, size_t count)
{
    double ratios[MOST_ROUNDS];
    for (size_t i = 0; i < count; i++)
        ratios[i] = values[i] / reference[i];
    const double between_quartiles = quantile(ratios, count, 0.75) - quantile(ratios, count, 0.25);
    return (struct ratio){
        .median = quantile(ratios, count, 0.5),
        .error = 0.93 * between_quartiles / sqrt((double)count), // of a median, where the values are spread normally
    };
}
